//! TLS: the part of a connection that stands in the clear, which says who is spoken to, by whom, and how well protected.
//!
//! Hellos, certificates (up to TLS 1.2) and alerts are messages; a handshake that is over is a `tls_session`, with JA3, JA3S
//! and JA4. What follows is opaque and counted as such, never taken for something else. A connection whose handshake was not
//! seen is opaque from its first record on. Protocols that change to TLS under way (StartTLS, RDP, TDS) hand the rest of
//! their stream to a [`Stream`].

mod activity;
mod certificate;
mod connection;
mod fingerprint;
mod handshake;
mod message;
mod names;
mod revoked;
mod subject;
#[cfg(test)]
mod tests;
mod wire;

pub use revoked::next_update;
pub use subject::Subject;

use capture::{Direction, Flow, Timestamp, Transport};

use crate::context::Context;
use crate::inbox::Inbox;
use crate::protocol::{Framing, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use connection::Connection;
use wire::{CLIENT_HELLO, HANDSHAKE, RECORD, SERVER_HELLO};

/// TLS' row in the table of protocols: HTTPS, SMTP, LDAP, IMAP, POP3, the global catalog and WinRM over it.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Tls,
    tcp: &[443, 465, 636, 993, 995, 3269, 5986, 8443],
    udp: &[],
    recognise,
    open: |_: &Flow| Box::new(Connection::default()),
};

/// A hello is TLS wherever it is seen; any other record only where the port says so too.
fn recognise(probe: &Probe<'_>) -> Verdict {
    let bytes = probe.bytes;
    let begun = bytes.len() < RECORD && matches!(bytes, [20..=23] | [20..=23, 3] | [20..=23, 3, 0..=4, ..]);
    if probe.transport != Transport::Tcp || !begun && wire::record(bytes).is_none() {
        return Verdict::No;
    }
    match bytes {
        [
            HANDSHAKE,
            _,
            _,
            _,
            _,
            kind @ (CLIENT_HELLO | SERVER_HELLO),
            0,
            _,
            _,
            3,
            0..=4,
            ..,
        ] => Verdict::Sure(if *kind == CLIENT_HELLO {
            Sender::Client
        } else {
            Sender::Server
        }),
        [HANDSHAKE, ..] if bytes.len() < 11 => Verdict::Need(11),
        _ if bytes.len() < RECORD => Verdict::Need(RECORD),
        _ => Verdict::Weak(Sender::Either),
    }
}

/// TLS inside a flow that began as another protocol: give it what either side sends from then on, in a context within that
/// protocol's layer (`context.within("ldap")`).
#[derive(Debug, Default)]
pub struct Stream {
    connection: Connection,
    inboxes: [Inbox; 2],
}

impl Stream {
    /// Where the carrier's next PDU ends: whatever is there is taken at once, until the direction is encrypted.
    #[must_use]
    pub const fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        if self.connection.is_encrypted(direction) {
            Framing::Opaque("tls")
        } else {
            Framing::Whole(head.len())
        }
    }

    /// Whether a record may start at `head`.
    #[must_use]
    pub fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        self.connection.plausible(direction, head)
    }

    /// The next bytes of `context.direction`.
    pub fn bytes(&mut self, data: &[u8], context: &mut Context<'_>) {
        let [up, down] = &mut self.inboxes;
        let inbox = if context.direction == Direction::Up { up } else { down };
        inbox.bytes(data, &mut self.connection, context);
    }

    /// Bytes of `context.direction` were lost: the carrier goes on with what is [`Self::plausible`].
    pub fn gap(&mut self, context: &mut Context<'_>) {
        let [up, down] = &mut self.inboxes;
        let inbox = if context.direction == Direction::Up { up } else { down };
        inbox.gap(u64::MAX, &mut self.connection, context);
    }

    /// Whether both sides have begun to encrypt.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.connection.is_encrypted(Direction::Up) && self.connection.is_encrypted(Direction::Down)
    }

    /// When [`Self::expire`] wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.connection.deadline()
    }

    /// `context.time` has passed the deadline: emits a handshake that nobody finished.
    pub fn expire(&mut self, context: &mut Context<'_>) {
        self.connection.expire(context);
    }

    /// The flow ended: emits whatever still waits.
    pub fn finish(&mut self, context: &mut Context<'_>) {
        self.connection.finish(context);
    }
}
