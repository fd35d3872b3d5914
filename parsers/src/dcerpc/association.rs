//! The state of one connection or pipe.

use capture::Direction;

use super::wire::{self, Header};
use crate::context::Context;
use crate::protocol::{Framing, Pdu, Protocol, ProtocolId};

/// One RPC connection or pipe.
#[derive(Debug, Default)]
pub(super) struct Association {
    /// A PDU was read: what follows is RPC too.
    spoken: bool,
}

impl Protocol for Association {
    fn id(&self) -> ProtocolId {
        ProtocolId::Dcerpc
    }

    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        if head.len() < wire::HEADER {
            return Framing::Need(wire::HEADER);
        }
        match Header::parse(head) {
            Ok(header) => Framing::Whole(usize::from(header.length)),
            Err(_) if !self.spoken => Framing::Opaque("pipe without rpc"),
            Err(malformed) => Framing::Invalid(malformed.0),
        }
    }

    fn plausible(&self, _direction: Direction, head: &[u8]) -> bool {
        Header::parse(head).is_ok_and(|header| header.is_plausible())
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        match Header::parse(pdu.bytes) {
            Ok(header) => {
                self.spoken = true;
                context.message(ProtocolId::Dcerpc, header.ptype.name(), |fields| {
                    fields.set("call_id", header.call_id);
                });
            }
            Err(malformed) => context.malformed(ProtocolId::Dcerpc, malformed.0),
        }
    }
}
