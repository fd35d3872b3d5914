//! How a probe is spoken, whoever drives the socket.

use super::identity::{Identity, Reason};

/// A conversation over TCP. It ends with the first [`Turn::Over`]; the connection is then closed, and nothing more is said.
pub trait Conversation {
    /// What is said once the connection stands.
    fn open(&mut self) -> Vec<u8>;

    /// The host said `bytes`.
    fn handle(&mut self, bytes: &[u8]) -> Turn;
}

/// What comes next in a [`Conversation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// More is to be heard.
    Listen,
    /// This is to be said.
    Say(Vec<u8>),
    /// It is over.
    Over(Result<Identity, Reason>),
}

/// A question in one datagram.
pub trait Question {
    /// The datagram.
    fn datagram(&self) -> &[u8];

    /// What `datagram`, from whom was asked, says; none where it answers something else.
    fn answer(&self, datagram: &[u8]) -> Option<Result<Identity, Reason>>;
}
