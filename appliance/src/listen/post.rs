//! How what listeners hear joins what the mirror shows: letters to the resolve stage, and receipts that come back.

use parsers::activity::Activity;
use tokio::sync::mpsc::UnboundedSender;

/// What a listener says in one go. Its activities bear their own times, and move nobody's clock.
#[derive(Debug)]
pub(crate) struct Letter {
    /// In the order in which they came.
    pub(crate) activities: Vec<Box<Activity>>,
    /// Who wants to know when they are stored.
    pub(crate) receipt: Option<Receipt>,
}

/// The other half of a letter whose sender waits: given back once everything in it is synced, or is lost.
#[derive(Debug)]
pub(crate) struct Receipt {
    number: u64,
    /// Not bounded: there are no more receipts than letters, whose senders bound them.
    desk: UnboundedSender<Signed>,
}

/// A receipt that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The number that its letter was sent under.
    pub(crate) number: u64,
    /// Whether all of it survives a power cut from now on.
    pub(crate) stored: bool,
}

impl Receipt {
    /// A receipt for letter `number`, to be brought to `desk`.
    pub(crate) const fn new(number: u64, desk: UnboundedSender<Signed>) -> Self {
        Self { number, desk }
    }

    /// Brings it back; that nobody waits any more is no matter.
    pub(crate) fn sign(self, stored: bool) {
        let number = self.number;
        let _gone = self.desk.send(Signed { number, stored });
    }
}
