//! One direction of a TCP connection: segments in, bytes in order out. No I/O, no clock, no knowledge of flows.
//!
//! In-order bytes pass through borrowed, without copy or allocation. What comes before the bytes in front of it waits, sorted, within
//! bounds; of bytes that come twice the first win. Sequence numbers wrap; everything is compared relative to the next one expected
//! (RFC 9293 §3.4).

use std::time::Duration;

mod unread;
mod waiting;

use unread::Unread;
pub(crate) use unread::Word;
use waiting::{OVERHEAD, Waiting};
pub(crate) use waiting::{PATIENCE, Piece};

use crate::chunk::Payload;
use crate::flow::FrameId;
use crate::stats::Stats;
use crate::time::Timestamp;

/// Packets of the flow after which bytes that the receiver has acknowledged over a hole no longer wait: mirrors reorder.
const PATIENCE_PACKETS: u8 = 3;
/// How much longer a hole is waited for that the receiver has too.
const PATIENCE_MISSED: u32 = 15;
/// How far from the expected sequence number a segment or a reset is believed; larger windows are legal (RFC 7323 §2.3) but not met.
const REACH: u32 = 1 << 24;
/// Consecutive segments out of reach that continue each other before the direction goes on with them.
const STRAYS: u8 = 4;
/// Acknowledged bytes of a direction in which nothing was seen yet, after which they no longer may be on their way through the mirror.
const UNSEEN: i32 = 1 << 16;

/// Where ordered bytes go.
pub(crate) trait Sink {
    fn put(&mut self, payload: Payload<'_>, time: Timestamp, frame: FrameId);
    /// Bytes that nobody will see.
    fn lose(&mut self, loss: Loss);
}

/// Bytes that were not captured, by what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The receiver has acknowledged so many.
    Received(u32),
    /// The receiver is not known to have so many.
    Unacknowledged(u32),
    /// The snap length cut off so many.
    Cut(u32),
}

/// What is in flight and how much of it may be.
pub(crate) struct Bounds {
    /// Cost of what waits in all flows.
    pub(crate) waiting: usize,
    pub(crate) max_waiting: usize,
    pub(crate) max_flow: usize,
    pub(crate) patience: Duration,
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Half {
    /// Sequence number of the next byte expected, once `started`; before, of the first byte whose loss is not counted, once `acknowledged`.
    next: u32,
    /// The highest acknowledgment from the other side, once `acknowledged`.
    acked: u32,
    /// Initial sequence number, once `opened`.
    initial: u32,
    /// Sequence number behind the last byte, once `ended`.
    last: u32,
    started: bool,
    acknowledged: bool,
    opened: bool,
    ended: bool,
    /// The receiver's window is closed.
    shut: bool,
    /// Segments out of reach in a row, and where the last one ended.
    strays: u8,
    stray: u32,
    unread: Option<Unread>,
    waiting: Option<Box<Waiting>>,
}

impl Half {
    /// A SYN with initial sequence number `initial`; false when this direction is already that of another connection.
    pub(crate) fn open(&mut self, initial: u32) -> bool {
        if self.opened {
            return self.initial == initial;
        }
        let first = initial.wrapping_add(1);
        if self.started && self.next != first {
            return false;
        }
        (self.opened, self.initial) = (true, initial);
        (self.started, self.next) = (true, first);
        true
    }

    /// Whether a SYN from the receiver that acknowledges `first` can answer this direction's.
    pub(crate) const fn is_answered_by(&self, first: u32) -> bool {
        !self.opened || self.initial.wrapping_add(1) == first
    }

    /// The receiver's SYN told that the sender starts at `first`.
    pub(crate) const fn expect(&mut self, first: u32) {
        if !self.started {
            self.started = true;
            self.next = first;
        }
    }

    /// Whether anything of this direction has been seen.
    pub(crate) const fn is_started(&self) -> bool {
        self.started
    }

    /// Whether its SYN was seen.
    pub(crate) const fn is_opened(&self) -> bool {
        self.opened
    }

    /// Whether `sequence` is that of the next byte.
    pub(crate) const fn is_next(&self, sequence: u32) -> bool {
        self.started && self.next == sequence
    }

    /// Whether bytes wait behind a hole.
    pub(crate) const fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether `sequence` is that of a keep-alive without data.
    pub(crate) const fn is_keep_alive(&self, sequence: u32) -> bool {
        self.started && sequence.wrapping_add(1) == self.next
    }

    /// Whether a reset at `sequence` can be meant for this connection.
    pub(crate) const fn believes_reset(&self, sequence: u32) -> bool {
        !self.started || distance(self.next, sequence).unsigned_abs() <= REACH
    }

    /// The first byte that is seen is at `first`: what was acknowledged in front of it was not.
    fn start(&mut self, first: u32, sink: &mut impl Sink) {
        if !self.started && self.acknowledged {
            // What is acknowledged far from it is that of another connection.
            self.acknowledged = distance(first, self.acked).unsigned_abs() <= REACH;
            if self.acknowledged {
                lose(
                    sink,
                    Loss::Received,
                    distance(self.next, first).min(distance(self.next, self.acked)),
                );
            }
        }
        self.expect(first);
    }

    /// A FIN behind the bytes before `last`; one in front of bytes already delivered is not this connection's.
    pub(crate) fn end(&mut self, last: u32, sink: &mut impl Sink) {
        self.start(last, sink);
        if !self.ended && distance(self.next, last) >= 0 {
            self.ended = true;
            self.last = last;
        }
    }

    /// Whether a FIN was seen.
    pub(crate) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Whether every byte up to the FIN has been delivered.
    pub(crate) const fn is_finished(&self) -> bool {
        self.ended && distance(self.next, self.last) <= 0
    }

    /// The receiver has everything before `acknowledgment`, and takes nothing more if `shut`.
    pub(crate) fn acknowledge(&mut self, acknowledgment: u32, shut: bool, time: Timestamp, sink: &mut impl Sink) {
        self.shut = shut;
        if self.believes_acknowledgment(acknowledgment) {
            if !self.acknowledged && !self.started {
                self.next = acknowledgment;
            }
            (self.acknowledged, self.acked) = (true, acknowledgment);
        }
        if self.waiting.is_some() {
            self.consider_acknowledgment(time);
        }
        if !self.started && distance(self.next, self.acked) > UNSEEN {
            lose(sink, Loss::Received, distance(self.next, self.acked));
            self.next = self.acked;
        }
    }

    /// Whether `acknowledgment` acknowledges more than is known, and not more than can be.
    const fn believes_acknowledgment(&self, acknowledgment: u32) -> bool {
        if !self.acknowledged {
            return !self.started || distance(self.next, acknowledgment).unsigned_abs() <= REACH;
        }
        let known = if self.started && distance(self.acked, self.next) > 0 {
            self.next
        } else {
            self.acked
        };
        distance(self.acked, acknowledgment) > 0 && distance(known, acknowledgment) <= REACH as i32
    }

    /// Begins to lose patience once the receiver has the whole hole.
    fn consider_acknowledgment(&mut self, time: Timestamp) {
        let Some(waiting) = &mut self.waiting else { return };
        let Some(first) = waiting.parts.first() else { return };
        if waiting.acked.is_none() && self.acknowledged && distance(first.sequence, self.acked) >= 0 {
            waiting.acked = Some((time, 0));
        }
    }

    /// Whether it is to be asked what of the next bytes is read.
    pub(crate) fn asks(&self) -> bool {
        self.started && self.unread.is_none_or(|unread| unread.is_spent(self.next))
    }

    /// Nobody reads the next `bytes`: what that changes for the kernel.
    pub(crate) fn leave_out(&mut self, bytes: u64) -> Option<Word> {
        let before = self.unread.take();
        self.unread = Unread::new(self.next, bytes);
        match self.unread {
            Some(unread) => Some(Word::Skip(unread.stretch())),
            None => before.map(|_| Word::Read),
        }
    }

    /// Takes a segment's payload.
    pub(crate) fn accept(
        &mut self,
        mut piece: Piece<'_>,
        sink: &mut impl Sink,
        bounds: &mut Bounds,
        stats: &mut Stats,
    ) {
        piece.unread = self
            .unread
            .is_some_and(|unread| unread.holds(piece.sequence, piece.length()));
        if !self.started && self.begin(&piece, sink, stats) {
            return;
        }
        // A probe of a closed window carries the next byte of the stream: it is delivered, and its repetition is one.
        stats.window_probes += u64::from(self.shut && piece.data.len() == 1);
        let ahead = distance(self.next, piece.sequence);
        if ahead.unsigned_abs() > REACH {
            return self.stray(piece, sink, bounds, stats);
        }
        self.strays = 0;
        match ahead {
            0 if self.waiting.is_none() => self.deliver(piece, sink, stats),
            ahead if ahead > 0 => self.hold(piece, sink, bounds, stats),
            behind => self.behind(piece, behind.unsigned_abs(), sink, bounds, stats),
        }
    }

    /// A segment out of reach is forged, or of the same connection behind a firewall that renumbers it, or much was not captured: it is
    /// dropped until others continue it without one in reach between them.
    fn stray(&mut self, piece: Piece<'_>, sink: &mut impl Sink, bounds: &mut Bounds, stats: &mut Stats) {
        stats.strays += 1;
        self.strays = if self.strays > 0 && self.stray == piece.sequence {
            self.strays + 1
        } else {
            1
        };
        self.stray = piece.sequence.wrapping_add(piece.length());
        if self.strays < STRAYS {
            return;
        }
        self.flush(sink, bounds, stats);
        // Backwards there is no telling how many bytes are missing, only that some are.
        let hole = distance(self.next, piece.sequence);
        give_up(hole.max(1) as u32, &piece, sink, stats);
        // A sender does not go on so far without an acknowledgment.
        lose(sink, Loss::Received, hole);
        (self.strays, self.next) = (0, piece.sequence);
        self.deliver(piece, sink, stats);
    }

    /// The first bytes seen of a connection under way; true when they are a keep-alive: one zero byte, already received before.
    fn begin(&mut self, piece: &Piece<'_>, sink: &mut impl Sink, stats: &mut Stats) -> bool {
        let keep_alive = piece.data == [0] && piece.missing == 0;
        self.start(piece.sequence.wrapping_add(u32::from(keep_alive)), sink);
        stats.keep_alives += u64::from(keep_alive);
        keep_alive
    }

    /// Delivers bytes that are next.
    fn deliver(&mut self, piece: Piece<'_>, sink: &mut impl Sink, stats: &mut Stats) {
        self.next = self.next.wrapping_add(piece.length());
        if piece.unread {
            return pass_over(&piece, sink, stats);
        }
        if !piece.data.is_empty() {
            stats.stream_bytes += piece.data.len() as u64;
            sink.put(Payload::Bytes(piece.data), piece.time, piece.frame);
        }
        if piece.missing > 0 {
            give_up(piece.missing, &piece, sink, stats);
            sink.lose(Loss::Cut(piece.missing));
        }
    }

    /// Bytes of which the first `known` are not new.
    fn behind(&mut self, piece: Piece<'_>, known: u32, sink: &mut impl Sink, bounds: &mut Bounds, stats: &mut Stats) {
        if known >= piece.length() {
            let keep_alive = known == 1 && piece.length() <= 1;
            stats.keep_alives += u64::from(keep_alive);
            stats.retransmissions += u64::from(!keep_alive);
            stats.overlap_bytes += if keep_alive { 0 } else { piece.data.len() as u64 };
            return;
        }
        let (old, new) = piece.split(known);
        stats.overlap_bytes += old.data.len() as u64;
        self.join(new, sink, bounds, stats);
    }

    /// Delivers `piece`, which is next, and what waited behind it; where both have bytes, those that waited came first.
    fn join(&mut self, mut piece: Piece<'_>, sink: &mut impl Sink, bounds: &mut Bounds, stats: &mut Stats) {
        while piece.length() > 0 {
            let first = self.waiting.as_ref().and_then(|waiting| waiting.parts.first());
            let room = first.map_or(u32::MAX, |part| distance(self.next, part.sequence).max(0) as u32);
            let (now, rest) = piece.split(room.min(piece.length()));
            self.deliver(now, sink, stats);
            self.drain(Some((piece.time, piece.frame)), sink, bounds, stats);
            let known = distance(rest.sequence, self.next).max(0) as u32;
            let (old, new) = rest.split(known.min(rest.length()));
            stats.overlap_bytes += old.data.len() as u64;
            piece = new;
        }
    }

    /// Delivers waiting parts that are next; as of the packet that closed the hole, else as of their own.
    fn drain(
        &mut self,
        closed: Option<(Timestamp, FrameId)>,
        sink: &mut impl Sink,
        bounds: &mut Bounds,
        stats: &mut Stats,
    ) {
        let Some(mut waiting) = self.waiting.take() else { return };
        let before = waiting.cost;
        let ready = waiting.parts.iter().scan(self.next, |next, part| {
            let here = part.sequence == *next;
            *next = next.wrapping_add(part.piece().length());
            here.then_some(())
        });
        let ready = ready.count();
        for part in waiting.parts.drain(..ready) {
            waiting.cost -= part.data.len() + OVERHEAD;
            let (time, frame) = closed.unwrap_or((part.time, part.frame));
            self.deliver(
                Piece {
                    time,
                    frame,
                    ..part.piece()
                },
                sink,
                stats,
            );
        }
        bounds.waiting -= before - waiting.cost;
        if ready == 0 {
            self.waiting = Some(waiting);
        } else if let Some(first) = waiting.parts.first() {
            (waiting.since, waiting.acked) = (first.time, None);
            let time = closed.map_or(first.time, |(time, _)| time);
            self.waiting = Some(waiting);
            self.consider_acknowledgment(time);
        }
    }

    /// Keeps bytes that are not next.
    fn hold(&mut self, piece: Piece<'_>, sink: &mut impl Sink, bounds: &mut Bounds, stats: &mut Stats) {
        let waiting = self.waiting.get_or_insert_with(|| Box::new(Waiting::new(piece.time)));
        let (before, parts) = (waiting.cost, waiting.parts.len());
        waiting.fill(self.next, piece, stats);
        bounds.waiting += waiting.cost - before;
        match waiting.parts.len() == parts {
            true => stats.retransmissions += 1,
            false => stats.out_of_order += 1,
        }
        self.consider_acknowledgment(piece.time);
        while self.is_over(bounds) {
            stats.out_of_order_limit += 1;
            self.release(sink, bounds, stats);
        }
    }

    fn is_over(&self, bounds: &Bounds) -> bool {
        let cost = self.waiting.as_ref().map_or(0, |waiting| waiting.cost);
        cost > bounds.max_flow || (cost > 0 && bounds.waiting > bounds.max_waiting)
    }

    /// A further packet of the flow has passed while bytes wait.
    pub(crate) fn pass(&mut self, sink: &mut impl Sink, bounds: &mut Bounds, stats: &mut Stats) {
        let Some((_, packets)) = self.waiting.as_mut().and_then(|waiting| waiting.acked.as_mut()) else {
            return;
        };
        *packets += 1;
        if *packets > PATIENCE_PACKETS {
            self.release(sink, bounds, stats);
        }
    }

    /// Gives up holes that have been waited for long enough at `now`.
    pub(crate) fn tick(&mut self, now: Timestamp, sink: &mut impl Sink, bounds: &mut Bounds, stats: &mut Stats) {
        while self.is_due(now, bounds.patience) {
            self.release(sink, bounds, stats);
        }
    }

    /// A hole that the receiver is seen to have too will be filled by a retransmission, however long that takes.
    fn is_due(&self, now: Timestamp, patience: Duration) -> bool {
        let Some(waiting) = &self.waiting else { return false };
        let first = waiting.parts.first();
        let missed = self.acknowledged && first.is_some_and(|part| distance(part.sequence, self.acked) < 0);
        waiting.is_due(now, if missed { patience * PATIENCE_MISSED } else { patience })
    }

    /// The flow is at its end: gives up every hole, and counts what was acknowledged behind the last byte that was seen.
    pub(crate) fn finish(&mut self, sink: &mut impl Sink, bounds: &mut Bounds, stats: &mut Stats) {
        self.flush(sink, bounds, stats);
        if !std::mem::take(&mut self.acknowledged) {
            return;
        }
        match self.ended {
            true => lose(
                sink,
                Loss::Received,
                distance(self.next, self.acked).min(distance(self.next, self.last)),
            ),
            // A FIN takes a number, too, and may be all that is missing.
            false => match distance(self.next, self.acked) {
                1 => {}
                bytes => lose(sink, Loss::Received, bytes),
            },
        }
    }

    /// Gives up every hole.
    fn flush(&mut self, sink: &mut impl Sink, bounds: &mut Bounds, stats: &mut Stats) {
        while self.waiting.is_some() {
            self.release(sink, bounds, stats);
        }
    }

    /// Gives up the first hole and delivers what waited behind it.
    fn release(&mut self, sink: &mut impl Sink, bounds: &mut Bounds, stats: &mut Stats) {
        let first = self.waiting.as_ref().and_then(|waiting| waiting.parts.first());
        let Some(first) = first.map(|part| Piece {
            data: &[],
            ..part.piece()
        }) else {
            self.waiting = None;
            return;
        };
        let hole = distance(self.next, first.sequence).max(0);
        let received = if self.acknowledged {
            distance(self.next, self.acked).clamp(0, hole)
        } else {
            0
        };
        give_up(hole as u32, &first, sink, stats);
        lose(sink, Loss::Received, received);
        lose(sink, Loss::Unacknowledged, hole - received);
        self.next = first.sequence;
        self.drain(None, sink, bounds, stats);
    }
}

/// Delivers the number of bytes that nobody reads.
fn pass_over(piece: &Piece<'_>, sink: &mut impl Sink, stats: &mut Stats) {
    let bytes = u64::from(piece.length());
    if bytes > 0 {
        stats.stream_bytes += bytes;
        stats.unread_bytes += bytes;
        sink.put(Payload::Unread(bytes), piece.time, piece.frame);
    }
}

/// Delivers a hole of `count` bytes in front of `piece`.
fn give_up(count: u32, piece: &Piece<'_>, sink: &mut impl Sink, stats: &mut Stats) {
    stats.gaps += 1;
    stats.gap_bytes += u64::from(count);
    sink.put(Payload::Gap(count.into()), piece.time, piece.frame);
}

/// So many bytes are lost, if any.
fn lose(sink: &mut impl Sink, loss: fn(u32) -> Loss, bytes: i32) {
    if let Ok(bytes @ 1..) = u32::try_from(bytes) {
        sink.lose(loss(bytes));
    }
}

/// Signed distance from `from` to `to` on the circle of sequence numbers.
const fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from) as i32
}
