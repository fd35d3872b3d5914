//! One flow with its session and, for TCP, its two directions.
//!
//! Directions are kept by the physical side of the flow's key; which of them is up is asked of the flow at every chunk, so that a swap by the
//! handler holds from the next chunk on.

use crate::assembly::Handler;
use crate::chunk::{Chunk, Payload};
use crate::controllers::{Controllers, Parties};
use crate::decode::{Packet, Path, Segment};
use crate::filter::elephants;
use crate::flow::{Direction, Flow, FrameId, Transport};
use crate::source::Frame;
use crate::source::live::Elephants;
use crate::stack::{self, Stack};
use crate::stats::Stats;
use crate::stream::{Bounds, Half, Loss, PATIENCE, Piece, Sink};
use crate::table::{Class, Key, Side};
use crate::time::Timestamp;

/// A flow in the table.
pub(crate) struct Connection<S> {
    pub(crate) flow: Flow,
    /// The controllers at its ends.
    pub(crate) parties: Parties,
    pub(crate) session: S,
    /// The earliest deadline that the timer knows of.
    pub(crate) armed: Timestamp,
    /// The handler was given something, and has not been asked since when its session wants to be woken.
    pub(crate) heard: bool,
    /// The session waits for something, as it said when it was last asked.
    pub(crate) expectant: bool,
    /// What the SYNs of the sides told, until the first bytes come.
    stacks: [Option<Stack>; 2],
    /// Which sides have sent a datagram.
    spoken: [bool; 2],
    /// It is on the list of flows whose bytes wait.
    pub(crate) listed: bool,
    /// It has ended and was closed.
    pub(crate) ended: bool,
    reset: Reset,
    first: Half,
    second: Half,
}

/// Whether the connection was reset. What crosses a reset on the wire is still delivered, so it ends at a tick and not at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reset {
    None,
    /// By this side, at this time.
    By(Side, Timestamp),
    /// The side that had reset it went on: the reset was forged.
    Doubted,
}

/// Whose SYN it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syn {
    /// This connection's.
    Own,
    /// That of another connection between the same ends.
    New,
    /// The answer to a SYN that was not this connection's: some firewalls renumber, and a mirror may see both sides of one.
    Foreign,
}

/// What every step needs beside the connection.
pub(crate) struct Means<'a, H> {
    pub(crate) handler: &'a mut H,
    pub(crate) bounds: &'a mut Bounds,
    pub(crate) stats: &'a mut Stats,
    pub(crate) controllers: &'a mut Controllers,
    /// Who is told what nobody reads; none where all is to be read.
    pub(crate) elephants: Option<&'a Elephants>,
}

/// Hands ordered bytes of one direction to the handler.
struct Delivery<'a, S, H> {
    key: &'a Key,
    side: Side,
    flow: &'a mut Flow,
    session: &'a mut S,
    heard: &'a mut bool,
    stacks: &'a mut [Option<Stack>; 2],
    handler: &'a mut H,
    parties: &'a Parties,
    controllers: &'a mut Controllers,
}

impl<S, H: Handler<S>> Sink for Delivery<'_, S, H> {
    fn put(&mut self, payload: Payload<'_>, time: Timestamp, frame: FrameId) {
        let direction = direction(self.key, self.side, self.flow);
        *self.heard = true;
        if *self.stacks != [None; 2] {
            self.tell_stacks(time);
        }
        let came = match payload {
            Payload::Bytes(data) => data.len() as u64,
            Payload::Unread(bytes) => bytes,
            Payload::Gap(_) | Payload::Datagram { .. } => 0,
        };
        self.controllers.deliver(self.parties, self.side, came);
        self.handler.chunk(
            self.flow,
            self.session,
            &Chunk {
                direction,
                time,
                frame,
                payload,
            },
        );
    }

    fn lose(&mut self, loss: Loss) {
        self.controllers.lose(self.parties, self.side, loss);
    }
}

impl<S, H: Handler<S>> Delivery<'_, S, H> {
    /// The connection is more than a SYN that anybody could have sent: what the SYNs told counts.
    #[cold]
    fn tell_stacks(&mut self, time: Timestamp) {
        for (side, stack) in [Side::First, Side::Second].into_iter().zip(std::mem::take(self.stacks)) {
            if let Some(stack) = stack {
                let sender = direction(self.key, side, self.flow);
                self.handler.stack(self.flow, sender, stack, time);
            }
        }
    }
}

/// Which way `side` sends.
fn direction(key: &Key, side: Side, flow: &Flow) -> Direction {
    if key.side(&flow.client) == side {
        Direction::Up
    } else {
        Direction::Down
    }
}

/// What the kernel knows a direction by.
const fn way(flow: &Flow, direction: Direction) -> elephants::Key {
    let (source, destination) = flow.ends(direction);
    elephants::Key {
        source: (source.ip, source.port),
        destination: (destination.ip, destination.port),
    }
}

impl<S: Default> Connection<S> {
    pub(crate) fn new(flow: Flow, parties: Parties) -> Self {
        Self {
            flow,
            parties,
            session: S::default(),
            armed: Timestamp(i64::MAX),
            heard: false,
            expectant: false,
            stacks: [None; 2],
            spoken: [false; 2],
            listed: false,
            ended: false,
            reset: Reset::None,
            first: Half::default(),
            second: Half::default(),
        }
    }

    /// Delivers a datagram's payload.
    pub(crate) fn datagram<H: Handler<S>>(
        &mut self,
        key: &Key,
        side: Side,
        payload: Payload<'_>,
        frame: &Frame<'_>,
        (handler, controllers): (&mut H, &mut Controllers),
    ) {
        let [first, second] = &mut self.spoken;
        *(if side == Side::First { first } else { second }) = true;
        let (_, mut delivery) = self.parts(key, side, handler, controllers);
        delivery.put(payload, frame.time, frame.id);
    }

    /// A cooked capture tells only the sender's hardware address: the other end's comes with its first packet.
    pub(crate) fn learn_macs(&mut self, key: &Key, side: Side, path: &Path) {
        if path.source_mac.is_none() || (self.flow.client.mac.is_some() && self.flow.server.mac.is_some()) {
            return;
        }
        let client = key.side(&self.flow.client) == side;
        let sender = if client {
            &mut self.flow.client
        } else {
            &mut self.flow.server
        };
        sender.mac = sender.mac.or(path.source_mac);
    }

    /// Takes in a SYN from `side`, if it is of this connection.
    pub(crate) fn open(&mut self, side: Side, packet: &Packet<'_>, segment: &Segment<'_>) -> Syn {
        let again = self.half(side).is_opened();
        let first = segment.acknowledgment;
        if !self.half(side).is_started() && first.is_some_and(|first| !self.half(side.other()).is_answered_by(first)) {
            return Syn::Foreign;
        }
        let refused = self.ended && !self.half(side).is_opened();
        if refused || !self.half(side).open(segment.sequence) {
            return Syn::New;
        }
        if let Some(first) = first {
            self.half(side.other()).expect(first);
        }
        if !again {
            let [first, second] = &mut self.stacks;
            let stack = if side == Side::First { first } else { second };
            *stack = stack::Syn::read(packet.ttl, packet.bytes).and_then(|syn| syn.stack());
        }
        Syn::Own
    }

    /// Takes a segment in; true when the connection has come to its end.
    pub(crate) fn segment<H: Handler<S>>(
        &mut self,
        key: &Key,
        side: Side,
        segment: &Segment<'_>,
        time: Timestamp,
        frame: FrameId,
        means: &mut Means<'_, H>,
    ) -> bool {
        if segment.rst {
            self.take_reset(side, segment, time, means.stats);
            return false;
        }
        let waited = self.is_waiting();
        if let Some(acknowledgment) = segment.acknowledgment {
            let (half, mut delivery) = self.parts(key, side.other(), means.handler, means.controllers);
            half.acknowledge(acknowledgment, segment.window == 0, time, &mut delivery);
        }
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        let piece = Piece {
            sequence,
            data: segment.data,
            missing: segment.missing,
            unread: false,
            time,
            frame,
        };
        self.doubt_reset(side, segment, sequence, means.stats);
        if !segment.data.is_empty() || segment.missing > 0 {
            self.payload(key, side, piece, means);
        } else if !segment.syn && !segment.fin {
            means.stats.keep_alives += u64::from(self.half(side).is_keep_alive(sequence));
        }
        if segment.fin {
            let (half, mut delivery) = self.parts(key, side, means.handler, means.controllers);
            half.end(
                sequence.wrapping_add(segment.data.len() as u32 + segment.missing),
                &mut delivery,
            );
        }
        if waited {
            self.each(key, means, |half, delivery, bounds, stats| {
                half.pass(delivery, bounds, stats);
            });
        }
        self.first.is_finished() && self.second.is_finished()
    }

    fn payload<H: Handler<S>>(&mut self, key: &Key, side: Side, piece: Piece<'_>, means: &mut Means<'_, H>) {
        let (half, mut delivery) = self.parts(key, side, means.handler, means.controllers);
        half.accept(piece, &mut delivery, means.bounds, means.stats);
        if half.asks()
            && let Some(elephants) = means.elephants
        {
            self.leave_out(key, side, piece.frame, (elephants, means.handler, means.stats));
        }
    }

    /// Asks how much of what `side` sends next nobody reads.
    fn leave_out<H: Handler<S>>(
        &mut self,
        key: &Key,
        side: Side,
        frame: FrameId,
        (elephants, handler, stats): (&Elephants, &H, &mut Stats),
    ) {
        let direction = direction(key, side, &self.flow);
        let bytes = handler.unread(&self.session, direction);
        if let Some(word) = self.half(side).leave_out(bytes) {
            elephants.tell(frame.capture, &way(&self.flow, direction), word, stats);
        }
    }

    /// Nothing of it is to be left out any more: others may come to speak between the same ends.
    fn forget_unread(&mut self, key: &Key, elephants: Option<&Elephants>, stats: &mut Stats) {
        for side in [Side::First, Side::Second] {
            let word = self.half(side).leave_out(0);
            if let (Some(word), Some(elephants)) = (word, elephants) {
                let way = way(&self.flow, direction(key, side, &self.flow));
                elephants.tell(self.flow.capture, &way, word, stats);
            }
        }
    }

    /// A reset ends the connection, unless it cannot be meant for it.
    fn take_reset(&mut self, side: Side, segment: &Segment<'_>, time: Timestamp, stats: &mut Stats) {
        if !self.half(side).believes_reset(segment.sequence) {
            stats.resets_ignored += 1;
        } else if !matches!(self.reset, Reset::By(..)) {
            self.reset = Reset::By(side, time);
        }
    }

    /// Who has reset a connection does not go on with it.
    fn doubt_reset(&mut self, side: Side, segment: &Segment<'_>, sequence: u32, stats: &mut Stats) {
        let Reset::By(sender, _) = self.reset else { return };
        let speaks = !segment.data.is_empty() || segment.missing > 0;
        let goes_on = segment.syn || (speaks && self.half(side).is_next(sequence));
        if sender == side && goes_on {
            self.reset = Reset::Doubted;
            stats.resets_ignored += 1;
        }
    }

    /// Whether a tick at `now` ends the connection for a reset.
    pub(crate) fn is_reset(&self, now: Timestamp) -> bool {
        matches!(self.reset, Reset::By(_, time) if time.after(PATIENCE) <= now)
    }

    /// Gives up what has been waited for long enough.
    pub(crate) fn tick<H: Handler<S>>(&mut self, key: &Key, now: Timestamp, means: &mut Means<'_, H>) {
        self.each(key, means, |half, delivery, bounds, stats| {
            half.tick(now, delivery, bounds, stats);
        });
    }

    /// Delivers whatever still waits.
    pub(crate) fn finish<H: Handler<S>>(&mut self, key: &Key, means: &mut Means<'_, H>) {
        self.each(key, means, |half, delivery, bounds, stats| {
            half.finish(delivery, bounds, stats);
        });
    }

    /// Does the same with both directions.
    fn each<H: Handler<S>>(
        &mut self,
        key: &Key,
        means: &mut Means<'_, H>,
        act: impl Fn(&mut Half, &mut Delivery<'_, S, H>, &mut Bounds, &mut Stats),
    ) {
        for side in [Side::First, Side::Second] {
            let (half, mut delivery) = self.parts(key, side, means.handler, means.controllers);
            act(half, &mut delivery, means.bounds, means.stats);
        }
    }

    /// Closes the session; what is left is a memory of the connection.
    pub(crate) fn end<H: Handler<S>>(&mut self, key: &Key, now: Timestamp, means: &mut Means<'_, H>) {
        if !self.ended {
            means.handler.close(&self.flow, &mut self.session, now);
            self.ended = true;
            self.session = S::default();
            self.forget_unread(key, means.elephants, means.stats);
        }
    }

    /// How long silence is borne.
    pub(crate) const fn class(&self) -> Class {
        if matches!(self.flow.transport, Transport::Udp) {
            match self.spoken {
                [true, true] if !self.expectant => Class::Answered,
                _ => Class::Udp,
            }
        } else if self.ended {
            Class::Ended
        } else if self.first.is_ended() || self.second.is_ended() || !matches!(self.reset, Reset::None) {
            Class::Closing
        } else if self.first.is_started() && self.second.is_started() || self.flow.midstream {
            Class::Established
        } else {
            Class::Opening
        }
    }

    /// Whether the next tick has something to do.
    pub(crate) const fn awaits_tick(&self) -> bool {
        !self.ended && (self.is_waiting() || matches!(self.reset, Reset::By(..)))
    }

    const fn is_waiting(&self) -> bool {
        self.first.is_waiting() || self.second.is_waiting()
    }

    const fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::First => &mut self.first,
            Side::Second => &mut self.second,
        }
    }

    fn parts<'a, H>(
        &'a mut self,
        key: &'a Key,
        side: Side,
        handler: &'a mut H,
        controllers: &'a mut Controllers,
    ) -> (&'a mut Half, Delivery<'a, S, H>) {
        let Self {
            flow,
            parties,
            session,
            heard,
            stacks,
            first,
            second,
            ..
        } = self;
        let half = match side {
            Side::First => first,
            Side::Second => second,
        };
        (
            half,
            Delivery {
                key,
                side,
                flow,
                session,
                heard,
                stacks,
                handler,
                parties,
                controllers,
            },
        )
    }
}
