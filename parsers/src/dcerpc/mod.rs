//! DCE/RPC (C706, [MS-RPCE]) over TCP, over SMB named pipes and, connectionless, over UDP: who called which operation of which interface, and what
//! came of it.
//!
//! One [`Association`] reads one connection or one open pipe; its calls are joined by call id, its interfaces by
//! presentation context, its authentications by auth context id. Stubs are measured; those of operations that somebody reads
//! ([`stubs`]) are collected and read in their transfer syntax ([`ndr`]). Where nobody saw the bind, [`shape`] guesses.
//! What HTTP carries comes by [`channel`]s, two of which are one association ([`virtual_connection`]).

mod activity;
mod association;
mod auth;
mod bound;
pub(crate) mod channel;
mod datagram;
pub(crate) mod endpoints;
mod http;
mod interfaces;
mod message;
mod names;
mod ndr;
pub(crate) mod objects;
mod rts;
mod shape;
mod stubs;
#[cfg(test)]
mod tests;
mod tower;
mod uuid;
pub(crate) mod virtual_connection;
mod wire;

pub use bound::Bound;
pub use http::HTTP;

use capture::{Direction, Timestamp, Transport};

use crate::context::Context;
use crate::gss::Identity;
use crate::inbox::Inbox;
use crate::protocol::{Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use association::Association;
use datagram::Datagrams;
use wire::{Header, Ptype};

/// The interfaces whose stubs are read: the UUID as the number that its text spells, and the operations' numbers.
pub fn understood() -> impl Iterator<Item = (u128, impl Iterator<Item = u16>)> {
    stubs::Stubs::all().map(|(interface, operations)| (interface.number(), operations))
}

/// DCE/RPC over TCP: the endpoint mapper's port, and by content any other, since endpoints are dynamic; over UDP by content
/// alone.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Dcerpc,
    tcp: &[135],
    udp: &[],
    recognise,
    open: |flow| match flow.transport {
        Transport::Tcp => Box::new(Association::default()),
        Transport::Udp => Box::new(Datagrams::default()),
    },
};

/// The common header is its own signature: version, type, data representation and lengths must agree.
fn recognise(probe: &Probe<'_>) -> Verdict {
    match probe.bytes {
        _ if probe.transport == Transport::Udp => datagram::recognise(probe),
        [] | [5] | [5, 0 | 1, ..] if probe.bytes.len() < wire::HEADER => Verdict::Need(wire::HEADER),
        bytes => match Header::parse(bytes) {
            Ok(header) if header.is_plausible() && header.ptype != Ptype::Rts => {
                Verdict::Sure(match header.ptype.is_request() {
                    true => Sender::Client,
                    false => Sender::Server,
                })
            }
            _ => Verdict::No,
        },
    }
}

/// RPC over one open named pipe: give it what was written (`Direction::Up`) and what was read (`Direction::Down`), in order.
///
/// PDUs that are cut over several writes or reads are put together here. Use a context within the pipe's carrier
/// (`context.within("pipe:samr")`).
#[derive(Debug, Default)]
pub struct Pipe {
    association: Association,
    inboxes: [Inbox; 2],
}

impl Pipe {
    /// A pipe whose opening was seen.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A pipe that was already open: its first bytes need not be the start of a PDU.
    #[must_use]
    pub fn midstream() -> Self {
        Self {
            association: Association::default(),
            inboxes: [Inbox::searching(), Inbox::searching()],
        }
    }

    /// Whose session the pipe was opened in: who calls, wherever RPC itself authenticates nobody.
    pub fn act_as(&mut self, identity: &Identity) {
        self.association.act_as(identity);
    }

    /// The next bytes of `context.direction`.
    pub fn bytes(&mut self, data: &[u8], context: &mut Context<'_>) {
        let Self {
            association,
            inboxes: [up, down],
        } = self;
        let inbox = if context.direction == Direction::Up { up } else { down };
        inbox.bytes(data, association, context);
    }

    /// So many bytes of `context.direction` were lost after what was given so far.
    pub fn gap(&mut self, missing: u64, context: &mut Context<'_>) {
        let Self {
            association,
            inboxes: [up, down],
        } = self;
        let inbox = if context.direction == Direction::Up { up } else { down };
        inbox.gap(missing, association, context);
    }

    /// When [`Self::expire`] wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.association.deadline()
    }

    /// `context.time` has passed the deadline: emits what was not answered.
    pub fn expire(&mut self, context: &mut Context<'_>) {
        self.association.expire(context);
    }

    /// The pipe was closed, or its flow ended: emits whatever still waits.
    pub fn finish(&mut self, context: &mut Context<'_>) {
        self.association.finish(context);
    }
}
