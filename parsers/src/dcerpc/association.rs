//! The state of one connection or pipe: presentation contexts, security contexts and calls that wait for their answer.

use capture::{Direction, Timestamp};
use compact_str::CompactString;
use smallvec::SmallVec;

use super::activity::Call;
use super::auth::{Protection, Security};
use super::interfaces::Interface;
use super::message::{self, Said};
use super::names;
use super::ndr::Transfer;
use super::objects::Peers;
use super::shape;
use super::stubs::{Fit, Memory, Operation, Part, Reading, Stubs};
use super::virtual_connection::Side;
use super::wire::{self, Bind, BindAck, Header, Offer, Ptype, Request, Rts, Trailer, flags};
use crate::context::Context;
use crate::gss::Identity;
use crate::pending::{Evicted, Pending};
use crate::protocol::{Framing, Pdu, Protocol, ProtocolId};
use crate::reader::Malformed;

/// Calls of one association that wait for their answer.
const MAX_CALLS: usize = 256;

/// Octets of stubs of one association that wait for their last fragment.
const MAX_KEPT: usize = 256 * 1024;

/// Octets of long requests of one association that were read and wait for their answer: what they said is kept until then.
const MAX_READ: u64 = 1024 * 1024;

/// A request is long from here on; shorter ones are bounded by their number.
const LONG: u64 = 4 * 1024;

/// Presentation contexts of one association.
const MAX_CONTEXTS: usize = 128;

/// Requests of one association that are looked at for what their interface is, where no bind named it: what the first do not
/// tell, the rest hardly will.
const MAX_GUESSES: u8 = 32;

/// Octets kept of a request or response without verifier whose stub nobody reads: its head and the object. The stub is
/// measured; a verifier stands at the end, so fragments that have one are read whole.
const KEEP: usize = 40;

/// One RPC connection or pipe.
#[derive(Debug)]
pub(super) struct Association {
    /// A PDU was read: what follows is RPC too.
    spoken: bool,
    presentations: Vec<Presentation>,
    /// Requests that may still be looked at for what their interface is, where no bind named it.
    guesses: u8,
    /// The call id of the last bind or alter_context, and the contexts that it offered.
    offered: (u32, SmallVec<[u16; 8]>),
    security: Security,
    calls: Pending<u32, Call>,
    memory: Memory,
}

/// A presentation context: an interface and how its calls are marshalled.
#[derive(Debug)]
struct Presentation {
    id: u16,
    interface: Interface,
    /// None where no bind was seen and no stub has told yet.
    transfer: Option<Transfer>,
    /// Its operations whose stubs are read.
    stubs: Option<&'static Stubs>,
}

impl Default for Association {
    fn default() -> Self {
        Self {
            spoken: false,
            presentations: Vec::new(),
            guesses: MAX_GUESSES,
            offered: (0, SmallVec::new()),
            security: Security::default(),
            calls: Pending::new(MAX_CALLS),
            memory: Memory::default(),
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
            Ok(header) => self.framing(&header, head),
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

impl Association {
    /// Whole PDUs, but for stubs that nobody reads.
    fn framing(&self, header: &Header, head: &[u8]) -> Framing {
        let length = usize::from(header.length);
        let read = match header.ptype {
            _ if header.auth_length > 0 || length <= KEEP => true,
            Ptype::Request => match wire::asked(header, head) {
                Ok((id, opnum)) => self.wants_request(header, id, opnum),
                Err(_) => return Framing::Need(wire::RESPONSE_HEAD),
            },
            Ptype::Response => self.wants_response(header),
            _ => true,
        };
        match read {
            true => Framing::Whole(length),
            false => Framing::Head {
                keep: KEEP,
                total: length as u64,
            },
        }
    }

    /// Whether somebody reads the stub of this fragment of a request.
    fn wants_request(&self, header: &Header, id: u16, opnum: u16) -> bool {
        let known = self.presentation(id);
        if self.guesses() || known.is_none() && header.flags & flags::OBJECT != 0 {
            return true;
        }
        let stubs = known.and_then(|known| known.stubs);
        let reads = stubs
            .and_then(|stubs| stubs.operation(opnum))
            .is_some_and(Operation::reads_request);
        reads
            && (header.ends().0
                || self
                    .reading(header)
                    .is_some_and(|reading| reading.wants_request(header)))
    }

    /// Whether somebody reads the stub of this fragment of a response.
    fn wants_response(&self, header: &Header) -> bool {
        self.reading(header)
            .is_some_and(|reading| reading.wants_response(header))
    }

    fn reading(&self, header: &Header) -> Option<&Reading> {
        self.calls.waits(&header.call_id)?.reading.as_deref()
    }

    /// The carrier has authenticated `identity`.
    pub(super) fn act_as(&mut self, identity: &Identity) {
        self.security.carried = Some(identity.clone());
    }

    /// HTTP carries it: a channel was seen that leads to `server`.
    pub(super) fn comes_by(&mut self, side: Option<Side>, server: Option<&CompactString>) {
        self.security.proxied.seen(side, server);
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
            Ptype::Rts => message::write(&header, &Said::Rts(&Rts::parse(&header, pdu)?), None, context),
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
        self.offered = (header.call_id, bind.offers().map(|offer| offer.id).collect());
        for offer in bind.offers() {
            self.presentations.retain(|known| known.id != offer.id);
            if self.presentations.len() >= MAX_CONTEXTS {
                context.limit("dcerpc.contexts");
                self.presentations.remove(0);
            }
            self.presentations.push(Presentation::offered(&offer));
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
        if self.offered.0 == header.call_id {
            self.accepted(&ack);
        }
        if let Some(trailer) = trailer {
            self.security.answered(trailer, context);
        }
        Ok(())
    }

    /// The server chose how the contexts are marshalled.
    fn accepted(&mut self, ack: &BindAck<'_>) {
        for (id, verdict) in self.offered.1.iter().zip(ack.results()) {
            let chosen = Transfer::of(verdict.transfer).filter(|_| verdict.result == 0);
            let offered = self.presentations.iter_mut().find(|known| known.id == *id);
            if let (Some(known), Some(transfer)) = (offered, chosen) {
                known.transfer = Some(transfer);
            }
        }
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
        let room = self.room(header);
        let part = Part::of(header, wire::stub(header, pdu, request.head, trailer), trailer, room);
        self.guess(&request, &part, trailer, context);
        let interface = self.interface(request.context_id);
        let size = request.stub_size(header, pdu, trailer);
        message::write(header, &Said::Request(&request, interface, size), trailer, context);
        if !part.first
            && let Some(call) = self.calls.peek(&header.call_id)
        {
            call.stub_size = call.stub_size.saturating_add(size);
            if let Some(reading) = &mut call.reading {
                reading.request(&part, &mut self.memory, context);
            }
            let size = call.read_size();
            self.relieve(size, context);
            return Ok(());
        }
        let reading = self
            .presentation(request.context_id)
            .and_then(|known| known.read(&request, context));
        let protection = trailer.map(Protection::from).or_else(|| self.security.implied());
        let mut call = Call::asked(&request, interface, protection, size, context);
        if let Some(mut reading) = reading {
            reading.request(&part, &mut self.memory, context);
            call.reading = Some(reading);
        }
        let size = call.read_size();
        self.ask(header, call, context);
        self.relieve(size, context);
        Ok(())
    }

    /// After a request of which `size` octets were read: the oldest wait no more where too much of them is kept.
    fn relieve(&mut self, size: u64, context: &mut Context<'_>) {
        if size < LONG {
            return;
        }
        let mut read: u64 = self.calls.iter().map(Call::read_size).sum();
        while read > MAX_READ
            && let Some(oldest) = self.calls.drain()
        {
            read -= oldest.read_size();
            context.limit("dcerpc.pending");
            oldest.unanswered(&self.security, context);
        }
    }

    /// Whether no bind was seen, and requests are looked at for what they are of.
    fn guesses(&self) -> bool {
        self.presentations.is_empty() && self.guesses > 0
    }

    /// The bind was not seen: the object, the request, the pipe or the port may tell what is spoken in its context. A stub that
    /// is none of the guessed operation takes the guess back, for good where it was no object's.
    fn guess(&mut self, request: &Request, part: &Part<'_>, trailer: Option<&Trailer<'_>>, context: &mut Context<'_>) {
        self.look_up(request, context);
        if self.guesses() && part.first {
            self.guesses -= 1;
            let seems = shape::guessed(request, part, trailer, context);
            let guessed = seems.map(|seems| Presentation::guessed(request.context_id, seems));
            self.presentations.extend(guessed);
        }
        let known = self
            .presentations
            .iter_mut()
            .find(|known| known.id == request.context_id);
        if known.is_some_and(|known| !known.holds(request.opnum, part)) {
            self.presentations.retain(|known| known.id != request.context_id);
            self.guesses = 0;
        }
    }

    /// Nothing is known of its context, but of its object.
    fn look_up(&mut self, request: &Request, context: &Context<'_>) {
        if self.presentation(request.context_id).is_none()
            && self.presentations.len() < MAX_CONTEXTS
            && let Some(interface) = shape::of_object(request, context)
        {
            let guessed = Presentation::guessed(request.context_id, (interface, None));
            self.presentations.push(guessed);
        }
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
        if fault.is_none() {
            self.read_response(header, pdu, trailer, context);
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

    fn read_response(&mut self, header: &Header, pdu: &[u8], trailer: Option<&Trailer<'_>>, context: &mut Context<'_>) {
        let room = self.room(header);
        let waiting = self.calls.peek(&header.call_id);
        if let Some(reading) = waiting.and_then(|call| call.reading.as_mut()) {
            let part = Part::of(
                header,
                wire::stub(header, pdu, wire::RESPONSE_HEAD, trailer),
                trailer,
                room,
            );
            reading.response_size += wire::response_size(header, trailer);
            reading.response(&part, &mut self.memory, context);
        }
    }

    /// Octets that may still be kept of stubs that are cut into fragments.
    fn room(&self, header: &Header) -> usize {
        if header.ends() == (true, true) {
            return 0;
        }
        let readings = self.calls.iter().filter_map(|call| call.reading.as_ref());
        MAX_KEPT.saturating_sub(readings.map(|reading| reading.waiting()).sum())
    }

    fn presentation(&self, id: u16) -> Option<&Presentation> {
        self.presentations.iter().find(|known| known.id == id)
    }

    fn interface(&self, id: u16) -> Option<Interface> {
        self.presentation(id).map(|known| known.interface)
    }
}

impl Presentation {
    /// As it is offered: what the server chooses of several transfer syntaxes is told by its answer.
    fn offered(offer: &Offer<'_>) -> Self {
        Self {
            id: offer.id,
            interface: Interface::of(offer.interface),
            transfer: Some(offer.transfers().find_map(Transfer::of).unwrap_or_default()),
            stubs: Stubs::of(offer.interface.uuid),
        }
    }

    /// As it seems to be. How it is marshalled the first stub tells that can be read in one way alone.
    fn guessed(id: u16, (interface, transfer): (Interface, Option<Transfer>)) -> Self {
        Self {
            id,
            interface,
            transfer,
            stubs: Stubs::of(interface.syntax.uuid),
        }
    }

    /// Whether a request may be of it. Only a guess can be wrong, and only a stub that is there in full shows it.
    fn holds(&mut self, opnum: u16, part: &Part<'_>) -> bool {
        let Some(stub) = part.alone().filter(|_| self.transfer.is_none()) else {
            return true;
        };
        let operation = self.stubs.and_then(|stubs| stubs.operation(opnum));
        let fit = operation.map(|operation| operation.fit(stub, part.order));
        if let Some(Fit::One(transfer)) = fit {
            self.transfer = Some(transfer);
        }
        fit != Some(Fit::None)
    }

    /// Whoever reads the call: of a method that nobody reads, the result of an object that is known.
    fn read(&self, request: &Request, context: &Context<'_>) -> Option<Box<Reading>> {
        if let Some(stubs) = self.stubs {
            let operation = stubs.operation(request.opnum)?;
            return Some(Box::new(Reading::new(operation, self.transfer, request.object)));
        }
        context.objects().get(Peers::of(context), request.object?)?;
        let changes = self.interface.changes(request.opnum);
        Some(Box::new(Reading::method(changes)))
    }
}
