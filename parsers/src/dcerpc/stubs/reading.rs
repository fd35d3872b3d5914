//! The stubs of one call: put together from fragments, then read.
//!
//! A stub of one fragment is read where it lies. What is cut, lost, sealed or too long is not read, and the call is told
//! without its arguments; the result of a response stands in its last fragment and is read from that alone.

use super::fit::{Fit, fit};
use super::{Memory, Operation, Reads, Returns, Told};
use crate::activity::{Activity, FailureReason, Kind, Outcome, Status};
use crate::context::Context;
use crate::dcerpc::ndr::{Ndr, Transfer};
use crate::dcerpc::uuid::Uuid;
use crate::dcerpc::wire::{Header, Order, PRIVACY, Trailer};
use crate::ntstatus;
use crate::protocol::ProtocolId;
use crate::win32;

/// Octets of one stub.
pub(in crate::dcerpc) const MAX_STUB: usize = 64 * 1024;

/// Any method of an object: all of them end in an HRESULT ([MS-DCOM] 2.2.13.4).
static METHOD: Operation = Operation::new(0, Kind::RpcCall, Returns::Hresult);

/// One fragment of a stub.
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc) struct Part<'a> {
    /// Its octets, without padding and verifier; none where they were lost, or not kept.
    pub(in crate::dcerpc) bytes: Option<&'a [u8]>,
    /// It is the first fragment.
    pub(in crate::dcerpc) first: bool,
    /// It is the last fragment.
    pub(in crate::dcerpc) last: bool,
    /// It is encrypted.
    pub(in crate::dcerpc) sealed: bool,
    /// The byte order of its PDU.
    pub(in crate::dcerpc) order: Order,
    /// Octets that the association may still keep.
    pub(in crate::dcerpc) room: usize,
}

impl<'a> Part<'a> {
    /// The stub of a fragment.
    pub(in crate::dcerpc) fn of(
        header: &Header,
        bytes: Option<&'a [u8]>,
        trailer: Option<&Trailer<'_>>,
        room: usize,
    ) -> Self {
        let (first, last) = header.ends();
        Self {
            bytes,
            first,
            last,
            sealed: trailer.is_some_and(|trailer| trailer.level == PRIVACY),
            order: header.order(),
            room,
        }
    }

    /// A stub that is there in full and in the clear.
    pub(in crate::dcerpc) fn alone(&self) -> Option<&'a [u8]> {
        self.bytes.filter(|_| self.first && self.last && !self.sealed)
    }
}

/// The stubs of one call.
#[derive(Debug)]
pub(in crate::dcerpc) struct Reading {
    operation: &'static Operation,
    /// How it is marshalled; none where no bind was seen and no stub has told yet.
    transfer: Option<Transfer>,
    /// What the call has said so far.
    told: Told,
    /// What the server made of it.
    result: Option<(Outcome, Status)>,
    /// A fragment was encrypted.
    sealed: bool,
    /// Octets of the response's stub, of all its fragments.
    pub(in crate::dcerpc) response_size: u64,
    /// Fragments that wait for the last one.
    stub: Vec<u8>,
    /// They are all there.
    whole: bool,
}

impl Reading {
    /// A call of `operation` that begins, on an object where it names one.
    pub(in crate::dcerpc) fn new(
        operation: &'static Operation,
        transfer: Option<Transfer>,
        object: Option<Uuid>,
    ) -> Self {
        let mut told = Told::new(operation);
        told.object = object;
        Self {
            operation,
            transfer,
            told,
            result: None,
            sealed: false,
            response_size: 0,
            stub: Vec::new(),
            whole: false,
        }
    }

    /// A call of an object's method that nobody reads, and that `changes` something: its result alone.
    pub(in crate::dcerpc) fn method(changes: bool) -> Self {
        let mut reading = Self::new(&METHOD, None, None);
        reading.told.changes = changes;
        reading
    }

    /// Octets that wait for the last fragment.
    pub(in crate::dcerpc) const fn waiting(&self) -> usize {
        self.stub.len()
    }

    /// Whether a further fragment of the request is worth having.
    pub(in crate::dcerpc) fn wants_request(&self, header: &Header) -> bool {
        self.fits(header)
    }

    /// Whether the next fragment of the response is worth having.
    pub(in crate::dcerpc) fn wants_response(&self, header: &Header) -> bool {
        let result = header.ends().1 && self.operation.returns != Returns::Nothing;
        let bulk = self.operation.begins && !header.ends().0;
        result || self.operation.response.is_some() && !bulk && self.fits(header)
    }

    fn fits(&self, header: &Header) -> bool {
        header.ends().0 || self.whole && self.stub.len() + usize::from(header.length) <= MAX_STUB
    }

    /// Says what was read, and returns what came of the call: unknown where the result was sealed or lost.
    pub(in crate::dcerpc) fn tell(self, activity: &mut Activity) -> Option<(Outcome, Option<Status>)> {
        activity.kind = self.told.kind;
        activity.action_type = self.told.action;
        activity.changes = self.told.changes;
        activity.observed = self.told.observed;
        if self.sealed && self.response_size > 0 {
            activity.details.set("response_size", self.response_size);
        }
        activity.details.append(self.told.details);
        activity.details.append(self.told.inherited);
        let ntstatus = self.result.as_ref().and_then(|(_, status)| status.ntstatus);
        if let (true, Some(code)) = (self.told.logon, ntstatus) {
            activity.failure_reason = FailureReason::of_ntstatus(code);
        }
        match self.result {
            Some((outcome, status)) => Some((self.told.outcome.unwrap_or(outcome), Some(status))),
            None if self.operation.returns == Returns::Nothing => None,
            None => Some((Outcome::Unknown, None)),
        }
    }

    /// A fragment of the request.
    pub(in crate::dcerpc) fn request(&mut self, part: &Part<'_>, memory: &mut Memory, context: &mut Context<'_>) {
        self.sealed |= part.sealed;
        if let (false, Some(reads)) = (part.sealed, self.operation.request) {
            self.part(part, reads, memory, context);
        }
    }

    /// A fragment of the response.
    pub(in crate::dcerpc) fn response(&mut self, part: &Part<'_>, memory: &mut Memory, context: &mut Context<'_>) {
        if let (true, false, Some(bytes)) = (part.last, part.sealed, part.bytes) {
            self.result = returned(self.operation.returns, bytes, part.order);
        }
        self.sealed |= part.sealed;
        if let (false, Some(reads)) = (part.sealed, self.operation.response) {
            match (self.operation.begins, part.first, part.bytes) {
                (false, ..) => self.part(part, reads, memory, context),
                (true, true, Some(stub)) => self.entire(stub, part.order, reads, memory, context),
                (true, ..) => {}
            }
        }
    }

    fn part(&mut self, part: &Part<'_>, reads: Reads, memory: &mut Memory, context: &mut Context<'_>) {
        if let (true, true, Some(stub)) = (part.first, part.last, part.bytes) {
            return self.entire(stub, part.order, reads, memory, context);
        }
        self.keep(part, context);
        if part.last {
            let stub = std::mem::take(&mut self.stub);
            if std::mem::take(&mut self.whole) {
                self.entire(&stub, part.order, reads, memory, context);
            }
        }
    }

    /// A stub that is there in full. One that does not tell how it is marshalled is not read.
    fn entire(&mut self, stub: &[u8], order: Order, reads: Reads, memory: &mut Memory, context: &mut Context<'_>) {
        let fit = match self.transfer {
            Some(known) => Fit::One(known),
            None => fit(self.operation, reads, stub, order),
        };
        if let Fit::One(transfer) = fit {
            self.transfer = Some(transfer);
        }
        if let Fit::One(transfer) | Fit::Either(transfer) = fit {
            self.read(stub, (order, transfer), reads, memory, context);
        }
    }

    /// Adds a fragment to those before it. One that is missing costs the stub: the rest is not kept.
    fn keep(&mut self, part: &Part<'_>, context: &mut Context<'_>) {
        if part.first {
            self.whole = true;
            self.stub.clear();
        }
        let fits = |bytes: &&[u8]| self.stub.len() + bytes.len() <= MAX_STUB && bytes.len() <= part.room;
        match part.bytes.filter(fits) {
            Some(bytes) if self.whole => self.stub.extend_from_slice(bytes),
            Some(_) => {}
            None => {
                if self.whole && !context.gapped {
                    context.limit("dcerpc.stub");
                }
                self.whole = false;
                self.stub = Vec::new();
            }
        }
    }

    fn read(
        &mut self,
        stub: &[u8],
        (order, transfer): (Order, Transfer),
        reads: Reads,
        memory: &mut Memory,
        context: &mut Context<'_>,
    ) {
        let mut ndr = Ndr::new(stub, order, transfer);
        let read = memory.with_objects(context, |memory| (reads.0)(&mut ndr, &mut self.told, memory));
        if let Err(malformed) = read {
            context.malformed(ProtocolId::Dcerpc, malformed.0);
        }
        if let Some(clock) = self.told.clock.take() {
            self.told.details.set("server_time", clock);
            let ahead = clock.micros().saturating_sub(context.time.micros());
            self.told.details.set("clock_skew_us", ahead);
        }
        for endpoint in self.told.learnt.drain(..) {
            endpoint.learn(context);
        }
        for limit in [self.told.limit.take(), memory.limit.take()].into_iter().flatten() {
            context.limit(limit);
        }
    }
}

/// What the last four octets of a response say.
fn returned(returns: Returns, stub: &[u8], order: Order) -> Option<(Outcome, Status)> {
    let tail = *stub.last_chunk::<4>()?;
    let code = if order.little {
        u32::from_le_bytes(tail)
    } else {
        u32::from_be_bytes(tail)
    };
    match returns {
        Returns::NtStatus => Some((outcome(code >> 30 < 3), ntstatus(code))),
        Returns::Win32 => Some((
            outcome(win32::is_success(code)),
            Status::new(code.into(), win32::name(code)),
        )),
        Returns::Hresult => Some((outcome(code >> 31 == 0), Status::new(code.into(), win32::hresult(code)))),
        Returns::Nothing => None,
    }
}

const fn outcome(success: bool) -> Outcome {
    if success { Outcome::Success } else { Outcome::Failure }
}

fn ntstatus(code: u32) -> Status {
    Status {
        code: code.into(),
        name: ntstatus::name(code),
        ntstatus: Some(code),
        ntstatus_name: ntstatus::name(code),
    }
}
