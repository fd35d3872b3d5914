//! A connection that carries PDUs of RPC over HTTP: one channel of a virtual connection (version 2), or all of an association
//! (version 1, and a server's own port).
//!
//! Its first RTS PDU tells which virtual connection it is of. From then on it reads into the association that
//! [`Connections`](super::virtual_connection::Connections) keeps for all channels of that cookie; until then, and where the cookie was not seen,
//! into one of its own, which tells one side.

#[cfg(test)]
mod tests;

use capture::{Direction, Timestamp};
use compact_str::CompactString;

use super::association::Association;
use super::rts;
use super::virtual_connection::{Joined, Key, Side};
use super::wire::{Header, Ptype, Rts};
use crate::context::Context;
use crate::gss::Identity;
use crate::inbox::Inbox;
use crate::protocol::{Framing, Pdu, Protocol, ProtocolId};

/// The layer that its PDUs are carried in.
const LAYER: &str = "ncacn_http";

/// What a server greets with ([MS-RPCH] 2.1.2.2.1).
pub(super) const GREETING: &[u8] = b"ncacn_http/1.0";

/// Both directions of one connection, as far as they are RPC.
#[derive(Debug)]
pub(crate) struct Channel {
    end: End,
    inboxes: [Inbox; 2],
}

impl Channel {
    /// A channel of `side`, where that is known, which leads to `server` as the client named it, and who has opened it.
    pub(crate) fn new(side: Option<Side>, server: Option<CompactString>, identity: Option<Identity>) -> Self {
        Self {
            end: End {
                side,
                server,
                identity,
                ..End::default()
            },
            inboxes: [Inbox::default(), Inbox::default()],
        }
    }

    /// The next bytes of `context.direction`.
    pub(crate) fn bytes(&mut self, data: &[u8], context: &mut Context<'_>) {
        self.read(context, |inbox, end, context| inbox.bytes(data, end, context));
    }

    /// So many bytes of `context.direction` were lost after what was given so far.
    pub(crate) fn gap(&mut self, missing: u64, context: &mut Context<'_>) {
        self.read(context, |inbox, end, context| inbox.gap(missing, end, context));
    }

    fn read(&mut self, context: &mut Context<'_>, read: impl FnOnce(&mut Inbox, &mut End, &mut Context<'_>)) {
        let [up, down] = &mut self.inboxes;
        let inbox = if context.direction == Direction::Up { up } else { down };
        self.end.begin(context);
        read(inbox, &mut self.end, &mut context.within(LAYER));
        self.end.pause(context);
    }

    /// Whether the client has called or bound here.
    pub(crate) const fn has_called(&self) -> bool {
        self.end.called
    }

    /// When [`Self::expire`] wants to be called. What was asked here and then answered on another channel is not told apart before.
    pub(crate) const fn deadline(&self) -> Option<Timestamp> {
        self.end.due
    }

    /// `context.time` has passed the deadline: emits what was not answered.
    pub(crate) fn expire(&mut self, context: &mut Context<'_>) {
        self.end.begin(context);
        if let Some(association) = &mut self.end.association {
            association.expire(&mut context.within(LAYER));
        }
        self.end.pause(context);
    }

    /// The connection ended. What waits is emitted with the last channel.
    pub(crate) fn finish(&mut self, context: &mut Context<'_>) {
        self.end.begin(context);
        self.end.due = None;
        let Some(association) = self.end.association.take() else {
            return;
        };
        let ended = match self.end.key.take() {
            Some(key) => context.connections().leave(&key, association),
            None => Some(association),
        };
        if let Some(mut association) = ended {
            association.finish(&mut context.within(LAYER));
        }
    }
}

/// What both directions read into.
#[derive(Debug, Default)]
struct End {
    side: Option<Side>,
    server: Option<CompactString>,
    identity: Option<Identity>,
    /// Its virtual connection, once that is known.
    key: Option<Key>,
    /// Here while bytes are read; and always, where it is no other's.
    association: Option<Box<Association>>,
    /// When the oldest call's time is up, as far as was known when bytes were read here.
    due: Option<Timestamp>,
    called: bool,
}

impl End {
    fn begin(&mut self, context: &mut Context<'_>) {
        if self.association.is_some() {
            return;
        }
        let shared = self.key.and_then(|key| context.connections().take(&key));
        self.association = Some(shared.unwrap_or_else(|| self.introduce(Box::default())));
    }

    fn pause(&mut self, context: &mut Context<'_>) {
        self.due = self.association.as_ref().and_then(|association| association.deadline());
        if let Some(key) = self.key
            && let Some(association) = self.association.take()
        {
            context.connections().put(&key, association);
        }
    }

    /// Tells an association what this channel knows.
    fn introduce(&self, mut association: Box<Association>) -> Box<Association> {
        association.comes_by(self.side, self.server.as_ref());
        if let Some(identity) = &self.identity {
            association.act_as(identity);
        }
        association
    }

    /// An RTS PDU may say which virtual connection this is a channel of.
    fn link(&mut self, rts: &Rts<'_>, context: &mut Context<'_>) {
        let Some(cookie) = rts.virtual_connection().filter(|_| self.key.is_none()) else {
            return;
        };
        self.side = self.side.or_else(|| side(rts));
        let key = Key::new(cookie, context);
        let other = match context.connections().join(key) {
            Joined::First => self.association.take(),
            Joined::Other(other) => {
                if let Some(mut own) = self.association.take() {
                    own.finish(context);
                }
                Some(other)
            }
            Joined::Full => return context.limit("dcerpc.virtual_connections"),
        };
        self.key = Some(key);
        self.association = other.map(|association| self.introduce(association));
    }
}

/// Which channel is set up by it, as its name says.
fn side(rts: &Rts<'_>) -> Option<Side> {
    let name = rts::names(rts).first()?;
    match name {
        _ if name.starts_with("CONN/A") || name.starts_with("OUT_") => Some(Side::Out),
        _ if name.starts_with("CONN/B") || name.starts_with("IN_") => Some(Side::In),
        _ => None,
    }
}

impl Protocol for End {
    fn id(&self) -> ProtocolId {
        ProtocolId::Dcerpc
    }

    fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        let shown = GREETING.get(..head.len()).unwrap_or(GREETING);
        match (direction, &self.association) {
            (Direction::Down, _) if head.starts_with(GREETING) => Framing::Whole(GREETING.len()),
            (Direction::Down, _) if head.starts_with(shown) => Framing::Need(GREETING.len()),
            (_, Some(association)) => association.frame(direction, head),
            (_, None) => Framing::Opaque(LAYER),
        }
    }

    fn plausible(&self, _direction: Direction, head: &[u8]) -> bool {
        Header::parse(head).is_ok_and(|header| header.is_plausible())
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        if pdu.bytes.starts_with(GREETING) {
            return;
        }
        match Header::parse(pdu.bytes) {
            Ok(header) if header.ptype == Ptype::Rts => {
                if let Ok(rts) = Rts::parse(&header, pdu.bytes) {
                    self.link(&rts, context);
                }
            }
            Ok(_) => self.called |= context.direction == Direction::Up,
            Err(_) => {}
        }
        if let Some(association) = &mut self.association {
            association.pdu(pdu, context);
        }
    }
}
