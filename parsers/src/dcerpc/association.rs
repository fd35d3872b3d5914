//! The state of one connection or pipe: presentation contexts, security contexts and calls that wait for their answer.

use capture::{Direction, Timestamp};

use super::activity::Call;
use super::auth::{Protection, Security};
use super::interfaces::Interface;
use super::message::{self, Said};
use super::names;
use super::wire::{self, Bind, BindAck, Header, Ptype, Request, Trailer, flags};
use crate::context::Context;
use crate::gss::Identity;
use crate::pending::{Evicted, Pending};
use crate::protocol::{Framing, Pdu, Protocol, ProtocolId};
use crate::reader::Malformed;

/// Calls of one association that wait for their answer.
const MAX_CALLS: usize = 256;

/// Presentation contexts of one association.
const MAX_CONTEXTS: usize = 128;

/// Octets kept of a request or response without verifier: its head and the object. The stub is measured, not read; a
/// verifier stands at the end, so fragments that have one are read whole.
const KEEP: usize = 40;

/// One RPC connection or pipe.
#[derive(Debug)]
pub(super) struct Association {
    /// A PDU was read: what follows is RPC too.
    spoken: bool,
    /// Interfaces by presentation context id.
    interfaces: Vec<(u16, Interface)>,
    security: Security,
    calls: Pending<u32, Call>,
}

impl Default for Association {
    fn default() -> Self {
        Self {
            spoken: false,
            interfaces: Vec::new(),
            security: Security::default(),
            calls: Pending::new(MAX_CALLS),
        }
    }
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
            Ok(header) => framing(&header),
            Err(_) if !self.spoken => Framing::Opaque("pipe without rpc"),
            Err(malformed) => Framing::Invalid(malformed.0),
        }
    }

    fn plausible(&self, _direction: Direction, head: &[u8]) -> bool {
        Header::parse(head).is_ok_and(|header| header.is_plausible())
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        if let Err(Malformed(what)) = self.read(pdu.bytes, context) {
            context.malformed(ProtocolId::Dcerpc, what);
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.calls.deadline()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        while let Some(call) = self.calls.expired(context.time) {
            call.unanswered(&self.security, context);
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        while let Some(call) = self.calls.drain() {
            call.unanswered(&self.security, context);
        }
        self.security.finish(context);
    }
}

fn framing(header: &Header) -> Framing {
    let length = usize::from(header.length);
    match header.ptype {
        Ptype::Request | Ptype::Response if header.auth_length == 0 && length > KEEP => Framing::Head {
            keep: KEEP,
            total: length as u64,
        },
        _ => Framing::Whole(length),
    }
}

impl Association {
    /// The carrier has authenticated `identity`.
    pub(super) fn act_as(&mut self, identity: &Identity) {
        self.security.carried = Some(identity.clone());
    }

    fn read(&mut self, pdu: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let header = Header::parse(pdu)?;
        let trailer = header.trailer(pdu);
        self.spoken = true;
        match header.ptype {
            Ptype::Bind | Ptype::AlterContext => self.bind(&header, pdu, trailer.as_ref(), context)?,
            Ptype::BindAck | Ptype::AlterContextResp => self.bind_ack(&header, pdu, trailer.as_ref(), context)?,
            Ptype::BindNak => self.bind_nak(&header, pdu, context)?,
            Ptype::Request => self.request(&header, pdu, trailer.as_ref(), context)?,
            Ptype::Response | Ptype::Fault => self.answer(&header, pdu, trailer.as_ref(), context)?,
            Ptype::Auth3 => {
                message::write(&header, &Said::Nothing, trailer.as_ref(), context);
                self.presented(&header, trailer.as_ref(), context);
            }
            Ptype::Shutdown | Ptype::Cancel | Ptype::Orphaned => {
                message::write(&header, &Said::Nothing, trailer.as_ref(), context);
            }
            Ptype::Unknown(_) => return Err(Malformed("type")),
        }
        Ok(())
    }

    fn bind(
        &mut self,
        header: &Header,
        pdu: &[u8],
        trailer: Option<&Trailer<'_>>,
        context: &mut Context<'_>,
    ) -> Result<(), Malformed> {
        let bind = Bind::parse(header, pdu)?;
        message::write(header, &Said::Bind(&bind), trailer, context);
        for offer in bind.offers() {
            self.interfaces.retain(|(id, _)| *id != offer.id);
            if self.interfaces.len() >= MAX_CONTEXTS {
                context.limit("dcerpc.contexts");
                self.interfaces.remove(0);
            }
            self.interfaces.push((offer.id, Interface::of(offer.interface)));
        }
        self.presented(header, trailer, context);
        Ok(())
    }

    fn presented(&mut self, header: &Header, trailer: Option<&Trailer<'_>>, context: &mut Context<'_>) {
        if let Some(trailer) = trailer {
            self.security.presented(trailer, header.call_id, context);
        }
    }

    fn bind_ack(
        &mut self,
        header: &Header,
        pdu: &[u8],
        trailer: Option<&Trailer<'_>>,
        context: &mut Context<'_>,
    ) -> Result<(), Malformed> {
        let ack = BindAck::parse(header, pdu)?;
        message::write(header, &Said::BindAck(&ack), trailer, context);
        if let Some(trailer) = trailer {
            self.security.answered(trailer, context);
        }
        Ok(())
    }

    fn bind_nak(&mut self, header: &Header, pdu: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let reason = wire::reject_reason(header, pdu)?;
        message::write(header, &Said::BindNak(reason), None, context);
        self.security
            .refused(header.call_id, &names::reject_status(reason), context);
        Ok(())
    }

    fn request(
        &mut self,
        header: &Header,
        pdu: &[u8],
        trailer: Option<&Trailer<'_>>,
        context: &mut Context<'_>,
    ) -> Result<(), Malformed> {
        let request = Request::parse(header, pdu)?;
        let interface = self.interface(request.context_id);
        let stub = request.stub_size(header, pdu, trailer);
        message::write(header, &Said::Request(&request, interface, stub), trailer, context);
        let (first, _) = header.ends();
        if !first && let Some(call) = self.calls.peek(&header.call_id) {
            call.stub_size = call.stub_size.saturating_add(stub);
            return Ok(());
        }
        let protection = trailer.map(Protection::from).or_else(|| self.security.implied());
        let call = Call::asked(&request, interface, protection, stub, context);
        self.ask(header, call, context);
        Ok(())
    }

    fn ask(&mut self, header: &Header, call: Call, context: &mut Context<'_>) {
        if header.flags & flags::MAYBE != 0 {
            return call.unanswered(&self.security, context);
        }
        match self.calls.insert(header.call_id, context.time, call) {
            Some(Evicted::Full(evicted)) => {
                context.limit("dcerpc.pending");
                evicted.unanswered(&self.security, context);
            }
            Some(Evicted::Reused(evicted)) => evicted.unanswered(&self.security, context),
            None => {}
        }
    }

    /// A fragment of a response, or a fault. The last one ends the call; the first tells about its authentication.
    fn answer(
        &mut self,
        header: &Header,
        pdu: &[u8],
        trailer: Option<&Trailer<'_>>,
        context: &mut Context<'_>,
    ) -> Result<(), Malformed> {
        let interface = self.interface(wire::answered_context(header, pdu)?);
        let fault = match header.ptype {
            Ptype::Fault => Some(wire::fault_status(header, pdu)?),
            _ => None,
        };
        let waiting = self.calls.peek(&header.call_id);
        let asked = waiting.as_deref().and_then(|call| Some((call.opnum?, call.interface?)));
        message::write(
            header,
            &Said::Answer {
                asked,
                interface,
                fault,
            },
            trailer,
            context,
        );
        let known = trailer.map(Protection::from);
        if let Some(protection) = waiting.and_then(|call| call.protection).or(known) {
            self.security.tried(protection.id, fault, trailer.is_some(), context);
        }
        if let Some(code) = fault {
            self.security
                .refused(header.call_id, &names::fault_status(code), context);
        }
        if fault.is_some() || header.ends().1 {
            let call = self.calls.take(&header.call_id);
            let call = call.unwrap_or_else(|| Call::unasked(interface, known, context));
            call.answered(fault, &self.security, context);
        }
        Ok(())
    }

    fn interface(&self, id: u16) -> Option<Interface> {
        self.interfaces
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, interface)| *interface)
    }
}
