//! One direction of a stream becomes PDUs.
//!
//! Whole PDUs are read where they lie; only what a segment boundary cuts is copied. A PDU costs itself alone: it is skipped
//! by its own length, a gap inside it is stepped over by count, and after damage the stream is searched for the next
//! plausible header. The result does not depend on where the stream was cut into segments.

use crate::context::Context;
use crate::protocol::{Framing, Pdu, Protocol};

/// Bytes shown to [`Protocol::plausible`].
pub const LOOK: usize = 16;

/// The largest PDU that is collected whole; of a larger one the first bytes are delivered. Directory servers send signed
/// answers in buffers of 256 KiB and one message more.
pub const MAX_PDU: usize = 512 * 1024;

/// Bytes of one direction that wait for the rest of their PDU, and what is to be done with the next ones.
#[derive(Debug, Default)]
pub struct Inbox {
    buffer: Vec<u8>,
    wanted: usize,
    /// Bytes the PDU in the buffer has in all, where that is known.
    total: Option<u64>,
    skip: u64,
    /// First bytes of a PDU whose rest is being skipped: delivered by the packet that completes it.
    held: Option<(Vec<u8>, u64)>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Aligned,
    Searching,
    Opaque(&'static str),
}

/// What became of the bytes at the front.
enum Step {
    /// So many were used up.
    Used(usize),
    /// Nothing can be done before there are so many.
    Wait(usize, Option<u64>),
}

impl Inbox {
    /// An inbox in the middle of a stream, which looks for a header first.
    #[must_use]
    pub fn searching() -> Self {
        Self {
            state: State::Searching,
            ..Self::default()
        }
    }

    /// The next bytes of the stream.
    pub fn bytes(&mut self, mut data: &[u8], protocol: &mut dyn Protocol, context: &mut Context<'_>) {
        while !data.is_empty() {
            if let State::Opaque(reason) = self.state {
                context.opaque(reason, data.len() as u64);
                return;
            }
            if self.skip > 0 {
                let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(data.len());
                self.skip -= skipped as u64;
                data = data.get(skipped..).unwrap_or_default();
                if self.skip == 0 {
                    self.release(protocol, context);
                }
            } else if self.buffer.is_empty() {
                data = self.in_place(data, protocol, context);
            } else {
                data = self.collect(data, protocol, context);
            }
        }
    }

    /// Bytes of the stream that come next and are not read, whatever they are; `u64::MAX` where none ever will be.
    #[must_use]
    pub const fn unread(&self) -> u64 {
        match self.state {
            State::Opaque(_) => u64::MAX,
            _ => self.skip,
        }
    }

    /// The next `count` bytes of the stream came, of which [`Self::unread`] said that nobody reads them.
    pub fn pass(&mut self, count: u64, protocol: &mut dyn Protocol, context: &mut Context<'_>) {
        if let State::Opaque(reason) = self.state {
            return context.opaque(reason, count);
        }
        let skipped = count.min(self.skip);
        self.skip -= skipped;
        if skipped > 0 && self.skip == 0 {
            self.release(protocol, context);
        }
        if count > skipped {
            self.gap(count - skipped, protocol, context);
        }
    }

    /// `missing` bytes of the stream were lost.
    pub fn gap(&mut self, missing: u64, protocol: &mut dyn Protocol, context: &mut Context<'_>) {
        // What ended in the middle of a segment is over before the next one comes.
        if self.state == State::Aligned
            && self.buffer.is_empty()
            && self.skip == 0
            && let Framing::Opaque(reason) = protocol.frame(context.direction, &[])
        {
            self.state = State::Opaque(reason);
        }
        if matches!(self.state, State::Opaque(_)) {
            return;
        }
        context.gapped = true;
        self.release(protocol, context);
        context.gapped = false;
        let waiting = std::mem::take(&mut self.buffer);
        let partial = self.state == State::Aligned && !waiting.is_empty();
        let expected = match (partial, self.total) {
            (true, Some(total)) => total.saturating_sub(waiting.len() as u64),
            _ => self.skip,
        };
        if partial {
            context.gapped = true;
            let total = self.total.unwrap_or(waiting.len() as u64);
            protocol.pdu(Pdu { bytes: &waiting, total }, context);
            context.gapped = false;
        }
        (self.wanted, self.total) = (0, None);
        self.skip = expected.saturating_sub(missing);
        if missing > expected {
            self.state = State::Searching;
        }
        protocol.gap(missing, context);
    }

    /// Reads PDUs where they lie and keeps what is left over.
    fn in_place<'d>(&mut self, data: &'d [u8], protocol: &mut dyn Protocol, context: &mut Context<'_>) -> &'d [u8] {
        match self.step(data, protocol, context) {
            Step::Used(used) => data.get(used..).unwrap_or_default(),
            Step::Wait(wanted, total) => {
                self.buffer.extend_from_slice(data);
                (self.wanted, self.total) = (wanted, total);
                &[]
            }
        }
    }

    /// Adds to the buffer until it holds what was asked for, then reads it.
    fn collect<'d>(&mut self, data: &'d [u8], protocol: &mut dyn Protocol, context: &mut Context<'_>) -> &'d [u8] {
        let missing = self.wanted.saturating_sub(self.buffer.len()).min(data.len());
        let (taken, rest) = data.split_at_checked(missing).unwrap_or((data, &[]));
        self.buffer.extend_from_slice(taken);
        if self.buffer.len() < self.wanted {
            return rest;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        match self.step(&buffer, protocol, context) {
            Step::Used(used) => {
                buffer.drain(..used.min(buffer.len()));
                (self.wanted, self.total) = (0, None);
                self.refill(buffer, protocol, context);
            }
            Step::Wait(wanted, total) => {
                (self.wanted, self.total) = (wanted, total);
                self.buffer = buffer;
            }
        }
        rest
    }

    /// Bytes that were buffered for one PDU and turned out to belong to the next.
    fn refill(&mut self, mut buffer: Vec<u8>, protocol: &mut dyn Protocol, context: &mut Context<'_>) {
        if buffer.is_empty() {
            if buffer.capacity() <= 4096 {
                self.buffer = buffer; // kept for the next cut PDU
            }
            return;
        }
        let rest = std::mem::take(&mut buffer);
        self.bytes(&rest, protocol, context);
    }

    fn step(&mut self, data: &[u8], protocol: &mut dyn Protocol, context: &mut Context<'_>) -> Step {
        if self.state == State::Searching {
            return self.search(data, protocol, context);
        }
        match protocol.frame(context.direction, data) {
            Framing::Need(count) if count > data.len() && count <= MAX_PDU => Step::Wait(count, None),
            Framing::Need(_) => self.lost_step(data, "header too long", protocol, context),
            Framing::Whole(0) => self.lost_step(data, "empty", protocol, context),
            Framing::Whole(total) if total > MAX_PDU => {
                if data.len() < MAX_PDU {
                    return Step::Wait(MAX_PDU, Some(total as u64));
                }
                context.limit("pdu_size");
                self.deliver(data, MAX_PDU, total as u64, protocol, context)
            }
            Framing::Whole(total) if data.len() < total => Step::Wait(total, Some(total as u64)),
            Framing::Whole(total) => self.deliver(data, total, total as u64, protocol, context),
            Framing::Head { keep, total } if keep == 0 || total < keep as u64 || keep > MAX_PDU => {
                self.lost_step(data, "length", protocol, context)
            }
            Framing::Head { keep, total } if data.len() < keep => Step::Wait(keep, Some(total)),
            Framing::Head { keep, total } if (data.len() as u64) < total => {
                self.held = Some((data.get(..keep).unwrap_or(data).to_vec(), total));
                self.skip = total - keep as u64;
                Step::Used(keep)
            }
            Framing::Head { keep, total } => self.deliver(data, keep, total, protocol, context),
            Framing::Opaque(reason) => {
                self.state = State::Opaque(reason);
                context.opaque(reason, data.len() as u64);
                Step::Used(data.len())
            }
            Framing::Invalid(what) => self.lost_step(data, what, protocol, context),
        }
    }

    /// The rest of a held PDU has passed, or was lost.
    fn release(&mut self, protocol: &mut dyn Protocol, context: &mut Context<'_>) {
        if let Some((bytes, total)) = self.held.take() {
            protocol.pdu(Pdu { bytes: &bytes, total }, context);
        }
    }

    fn deliver(
        &mut self,
        data: &[u8],
        keep: usize,
        total: u64,
        protocol: &mut dyn Protocol,
        context: &mut Context<'_>,
    ) -> Step {
        protocol.pdu(
            Pdu {
                bytes: data.get(..keep).unwrap_or(data),
                total,
            },
            context,
        );
        self.skip = total - keep as u64;
        Step::Used(keep)
    }

    fn lost_step(
        &mut self,
        data: &[u8],
        what: &'static str,
        protocol: &mut dyn Protocol,
        context: &mut Context<'_>,
    ) -> Step {
        context.malformed(protocol.id(), what);
        self.state = State::Searching;
        Step::Used(1.min(data.len()))
    }

    /// Looks for the next header; every offset is judged by exactly [`LOOK`] bytes, or by a PDU that is shorter and whole, so cuts
    /// do not matter.
    fn search(&mut self, data: &[u8], protocol: &mut dyn Protocol, context: &mut Context<'_>) -> Step {
        let found = if data.len() < LOOK {
            match short(data, protocol, context) {
                Some(at) => Some(at),
                None => return Step::Wait(data.len() + 1, None),
            }
        } else {
            data.windows(LOOK)
                .position(|head| protocol.plausible(context.direction, head))
        };
        let skipped = found.unwrap_or_else(|| data.len() - (LOOK - 1));
        context.opaque("resynchronising", skipped as u64);
        if found.is_some() {
            self.state = State::Aligned;
        }
        Step::Used(skipped)
    }
}

/// Where a PDU begins that is whole although fewer than [`LOOK`] bytes are there: nothing may come behind it for long, or ever.
/// None where an offset is not to be judged yet.
fn short(data: &[u8], protocol: &dyn Protocol, context: &Context<'_>) -> Option<usize> {
    for at in 0..data.len() {
        let rest = data.get(at..)?;
        match protocol.frame(context.direction, rest) {
            Framing::Invalid(_) => {}
            Framing::Whole(total) if (1..=rest.len()).contains(&total) => {
                if protocol.plausible(context.direction, rest) {
                    return Some(at);
                }
            }
            _ => return None,
        }
    }
    None
}
