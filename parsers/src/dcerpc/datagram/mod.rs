//! Connectionless DCE/RPC over UDP (C706 chapters 9 and 12.5): no bind, each request names interface and operation.
//!
//! A call is known by the UUID of its client's activity and a sequence number within it. Requests and responses may come in
//! fragments, and any of them twice: a call is told once, when its answer is there in full.

mod message;
#[cfg(test)]
mod tests;
mod wire;

use capture::{Direction, Timestamp, Transport};

use super::activity::Call;
use super::auth::Security;
use super::interfaces::Interface;
use super::ndr::Transfer;
use super::stubs::{Memory, Part, Reading, Stubs};
use super::uuid::Uuid;
use super::wire::PRIVACY;
use crate::context::Context;
use crate::pending::{Evicted, Pending};
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Sender, Verdict};
use crate::reader::Malformed;
use wire::{Header, Ptype, flags};

/// Calls of one flow that wait for their answer.
const MAX_CALLS: usize = 64;

/// Octets of stubs in fragments that one flow keeps.
const MAX_KEPT: usize = 64 * 1024;

/// The header is its own signature: version, type, data representation and length must agree with the datagram.
pub(super) fn recognise(probe: &Probe<'_>) -> Verdict {
    match Header::parse(probe.bytes) {
        Ok(header) if probe.transport == Transport::Udp && header.is_plausible(probe.bytes.len()) => {
            Verdict::Sure(sender(header.ptype))
        }
        _ => Verdict::No,
    }
}

const fn sender(ptype: Ptype) -> Sender {
    match ptype {
        Ptype::Request | Ptype::Ping | Ptype::Ack | Ptype::Cancel => Sender::Client,
        Ptype::Response | Ptype::Fault | Ptype::Working | Ptype::NoCall | Ptype::Reject | Ptype::CancelAck => {
            Sender::Server
        }
        Ptype::Fack => Sender::Either,
    }
}

/// One activity's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CallId {
    activity: Uuid,
    sequence: u32,
}

#[derive(Debug)]
struct Waiting {
    call: Call,
    /// Fragments of the request that were seen, in order.
    asked: u16,
    /// Fragments of the response that were seen, in order.
    answered: u16,
}

/// The calls of one flow.
#[derive(Debug)]
pub(super) struct Datagrams {
    calls: Pending<CallId, Waiting>,
    /// The call that was answered last: its answer may come again.
    answered: Option<CallId>,
    /// Nobody authenticates the association that is not there.
    security: Security,
    memory: Memory,
}

impl Default for Datagrams {
    fn default() -> Self {
        Self {
            calls: Pending::new(MAX_CALLS),
            answered: None,
            security: Security::default(),
            memory: Memory::default(),
        }
    }
}

impl Protocol for Datagrams {
    fn id(&self) -> ProtocolId {
        ProtocolId::Dcerpc
    }

    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        Framing::Whole(head.len())
    }

    fn plausible(&self, _direction: Direction, _head: &[u8]) -> bool {
        false
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
        while let Some(waiting) = self.calls.expired(context.time) {
            waiting.call.unanswered(&self.security, context);
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        while let Some(waiting) = self.calls.drain() {
            waiting.call.unanswered(&self.security, context);
        }
    }
}

impl Datagrams {
    fn read(&mut self, datagram: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let header = Header::parse(datagram)?;
        let status = match header.ptype {
            Ptype::Fault | Ptype::Reject => Some(header.status(datagram)?),
            _ => None,
        };
        message::write(&header, datagram, status, context);
        match header.ptype {
            Ptype::Request => self.request(&header, datagram, context),
            Ptype::Response => self.answer(&header, datagram, None, context),
            Ptype::Fault | Ptype::Reject => self.answer(&header, datagram, status, context),
            _ => {}
        }
        Ok(())
    }

    fn request(&mut self, header: &Header, datagram: &[u8], context: &mut Context<'_>) {
        let id = header.call();
        if self.calls.waits(&id).is_none() && self.answered != Some(id) {
            let object = Some(header.object).filter(|object| !object.is_nil());
            let mut call = Call::datagram(header.operation(), object, header.protection(datagram), context);
            call.reading = header.reading();
            self.ask(id, Waiting::new(call), context);
        }
        let room = self.room();
        if let Some(waiting) = self.calls.peek(&id)
            && let Some(lost) = header.follows(&mut waiting.asked)
        {
            let call = &mut waiting.call;
            call.stub_size = call.stub_size.saturating_add(header.length.into());
            if let Some(reading) = &mut call.reading {
                reading.request(&header.part(datagram, lost, room), &mut self.memory, context);
            }
        }
        if header.flags & flags::MAYBE != 0 && header.ends() {
            self.conclude(id, None, context);
        }
    }

    fn ask(&mut self, id: CallId, waiting: Waiting, context: &mut Context<'_>) {
        match self.calls.insert(id, context.time, waiting) {
            Some(Evicted::Full(evicted)) => {
                context.limit("dcerpc.pending");
                evicted.call.unanswered(&self.security, context);
            }
            Some(Evicted::Reused(evicted)) => evicted.call.unanswered(&self.security, context),
            None => {}
        }
    }

    /// A fragment of a response, a fault or a rejection. The last one ends the call.
    fn answer(&mut self, header: &Header, datagram: &[u8], fault: Option<u32>, context: &mut Context<'_>) {
        let id = header.call();
        if self.answered == Some(id) {
            return;
        }
        if fault.is_none() {
            self.response(header, datagram, context);
        }
        if !header.ends() {
            return;
        }
        if self.calls.waits(&id).is_none() {
            let call = Call::unasked_datagram(header.operation(), header.protection(datagram), context);
            self.ask(id, Waiting::new(call), context);
        }
        self.conclude(id, Some(fault), context);
    }

    fn response(&mut self, header: &Header, datagram: &[u8], context: &mut Context<'_>) {
        let room = self.room();
        if let Some(waiting) = self.calls.peek(&header.call())
            && let Some(lost) = header.follows(&mut waiting.answered)
            && let Some(reading) = &mut waiting.call.reading
        {
            reading.response_size += u64::from(header.length);
            reading.response(&header.part(datagram, lost, room), &mut self.memory, context);
        }
    }

    /// Octets that may still be kept of stubs that are cut into fragments.
    fn room(&self) -> usize {
        let readings = self.calls.iter().filter_map(|waiting| waiting.call.reading.as_ref());
        MAX_KEPT.saturating_sub(readings.map(|reading| reading.waiting()).sum())
    }

    /// The call is over: answered, well or by a fault, or never to be.
    fn conclude(&mut self, id: CallId, answer: Option<Option<u32>>, context: &mut Context<'_>) {
        if let Some(waiting) = self.calls.take(&id) {
            match answer {
                Some(fault) => waiting.call.answered(fault, &self.security, context),
                None => waiting.call.unanswered(&self.security, context),
            }
        }
        self.answered = Some(id);
    }
}

impl Header {
    const fn call(&self) -> CallId {
        CallId {
            activity: self.activity,
            sequence: self.sequence,
        }
    }

    fn operation(&self) -> (Interface, u16) {
        (Interface::of(self.interface), self.opnum)
    }

    /// Whoever reads the stubs of the call, which are NDR20: connectionless RPC has no other.
    fn reading(&self) -> Option<Box<Reading>> {
        let operation = Stubs::of(self.interface.uuid)?.operation(self.opnum)?;
        let object = Some(self.object).filter(|object| !object.is_nil());
        Some(Box::new(Reading::new(operation, Some(Transfer::Ndr20), object)))
    }

    /// Whether fragments before it were lost, after so many that were seen; none where it was seen before, and is sent again.
    fn follows(&self, seen: &mut u16) -> Option<bool> {
        let lost = self.fragment.checked_sub(*seen)? > 0;
        *seen = self.fragment.saturating_add(1);
        Some(lost)
    }

    fn part<'a>(&self, datagram: &'a [u8], lost: bool, room: usize) -> Part<'a> {
        let level = self.protection(datagram).map(|protection| protection.level);
        let body = self.body(datagram);
        Part {
            bytes: Some(body).filter(|body| !lost && body.len() == usize::from(self.length)),
            first: self.fragment == 0,
            last: self.ends(),
            sealed: level == Some(PRIVACY),
            order: self.order,
            room,
        }
    }
}

impl Waiting {
    const fn new(call: Call) -> Self {
        Self {
            call,
            asked: 0,
            answered: 0,
        }
    }
}
