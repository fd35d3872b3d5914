//! What one worker owns: decode, defragmentation, the flow table and TCP reassembly, run to completion for every frame.
//!
//! Nothing here expires between ticks. Every worker of a run is given the same ticks at the same places in the frame sequence, so that what
//! comes out does not depend on how flows are spread over workers.

use std::time::Duration;

mod expiry;

use crate::chunk::{Chunk, Payload};
use crate::config::Config;
use crate::connection::{Connection, Means, Syn};
use crate::controllers::{Arrival, Controllers};
use crate::decode::{self, Datagram, Decoded, Fragment, Packet, Path, Refusal, Segment, Transport as Header};
use crate::dedup::Dedup;
use crate::defrag::Defrag;
use crate::ends::{Ends, Opening};
use crate::flow::{Direction, Flow, Transport};
use crate::source::Frame;
use crate::source::live::Elephants;
use crate::stack::Stack;
use crate::stats::Stats;
use crate::stream::Bounds;
use crate::table::{Class, Key, Side, Table};
use crate::time::Timestamp;
use crate::timer::Timer;

/// What the next stage does with flows; `S` is what it keeps per flow.
pub trait Handler<S> {
    /// The next piece of a flow; client and server may be swapped.
    fn chunk(&mut self, flow: &mut Flow, session: &mut S, chunk: &Chunk<'_>);
    /// Bytes that `direction` sends next and that the session does not read, whatever they are: it is told their number alone then
    /// ([`crate::Payload::Unread`]), and only the last of them may change what it does. `u64::MAX` where it will never read any.
    fn unread(&self, _session: &S, _direction: Direction) -> u64 {
        0
    }
    /// `sender`'s TCP is `stack`, as its SYN told: of a connection whose first bytes come next.
    fn stack(&mut self, _flow: &Flow, _sender: Direction, _stack: Stack, _time: Timestamp) {}
    /// When the session wants to be woken, asked after every chunk.
    fn deadline(&self, session: &S) -> Option<Timestamp>;
    /// The session's deadline has passed.
    fn expire(&mut self, flow: &Flow, session: &mut S, now: Timestamp);
    /// The flow has ended: closed, reset, silent, evicted, or the capture is over. Nothing comes after it.
    fn close(&mut self, flow: &Flow, session: &mut S, now: Timestamp);
}

/// One worker's share of the traffic.
pub struct Assembly<S> {
    table: Table<Connection<S>>,
    dedup: Dedup,
    defrag: Defrag,
    deadlines: Timer<Entry>,
    /// Flows whose bytes wait behind a hole.
    waiting: Vec<Entry>,
    /// Scratch for what a tick looks at.
    due: Vec<Entry>,
    bounds: Bounds,
    stats: Stats,
    controllers: Controllers,
    /// Whom to tell what nobody reads; none where everything is to be read.
    elephants: Option<Elephants>,
    clock: Option<Timestamp>,
    patience: Patience,
    max_flows: usize,
}

/// A flow's number and place; the number tells whether the place is still the flow's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    id: u64,
    place: u32,
}

/// How long silence is borne, per class.
struct Patience {
    linger: Duration,
    half: Duration,
    answered: Duration,
    udp: Duration,
    idle: Duration,
}

impl Patience {
    fn new(config: &Config) -> Self {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Self {
            linger: seconds(config.tcp_linger_seconds),
            half: seconds(config.tcp_half_seconds),
            answered: seconds(config.udp_answered_seconds.min(config.udp_idle_seconds)),
            udp: seconds(config.udp_idle_seconds),
            idle: seconds(config.tcp_idle_seconds),
        }
    }

    const fn of(&self, class: Class) -> Duration {
        match class {
            Class::Ended => self.linger,
            Class::Opening | Class::Closing => self.half,
            Class::Answered => self.answered,
            Class::Udp => self.udp,
            Class::Established => self.idle,
        }
    }
}

impl<S: Default> Assembly<S> {
    /// An assembly without flows.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            table: Table::new(),
            dedup: Dedup::new(config),
            defrag: Defrag::new(config),
            deadlines: Timer::new(),
            waiting: Vec::new(),
            due: Vec::new(),
            bounds: Bounds {
                waiting: 0,
                max_waiting: config.out_of_order_bytes,
                max_flow: config.out_of_order_flow_bytes,
                patience: Duration::from_millis(config.out_of_order_milliseconds.into()),
            },
            stats: Stats::default(),
            controllers: Controllers::new(config),
            elephants: config.filter.elephants.then(Elephants::default),
            clock: None,
            patience: Patience::new(config),
            max_flows: config.max_flows.max(1),
        }
    }

    /// From now on `elephants` are told what of the flows nobody reads, unless everything is to be read.
    pub fn tell(&mut self, elephants: Elephants) {
        if let Some(told) = &mut self.elephants {
            *told = elephants;
        }
    }

    /// What has been counted so far.
    #[must_use]
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// What was seen of every domain controller so far.
    #[must_use]
    pub const fn controllers(&self) -> &Controllers {
        &self.controllers
    }

    /// Flows remembered at present.
    #[must_use]
    pub fn flows(&self) -> usize {
        self.table.len()
    }

    /// Takes one frame through to the handler.
    pub fn frame(&mut self, frame: &Frame<'_>, handler: &mut impl Handler<S>) {
        self.stats.frames += 1;
        self.stats.bytes += frame.data.len() as u64;
        self.take(&decode::decode(frame), frame, 1, handler);
    }

    /// What `frames` frames, of which `frame` is the last, turned out to be.
    fn take(
        &mut self,
        decoded: &Result<Decoded<'_>, Refusal>,
        frame: &Frame<'_>,
        frames: u64,
        handler: &mut impl Handler<S>,
    ) {
        match decoded {
            Ok(Decoded::Packet(packet)) if self.dedup.is_copy(packet, frame.time) => {
                self.stats.skipped_duplicate += frames;
                self.duplicate(packet, frames);
            }
            Ok(Decoded::Fragment(fragment)) if self.dedup.is_copied_fragment(fragment, frame.time) => {
                self.stats.skipped_duplicate += frames;
                let ends = [fragment.path.source, fragment.path.destination];
                self.controllers.duplicate_between(ends, frames);
            }
            Ok(Decoded::Packet(packet)) => {
                self.stats.decoded += frames;
                self.packet(packet, frame, frames, handler);
            }
            Ok(Decoded::Fragment(fragment)) => self.fragment(fragment, frame, frames, handler),
            Err(refusal) => self.refuse(*refusal, frame, frames),
        }
    }

    /// What it completes may be a tunnel with another fragment in it; the decoder's bound on tunnels is the bound of this, too.
    fn fragment(&mut self, fragment: &Fragment<'_>, frame: &Frame<'_>, frames: u64, handler: &mut impl Handler<S>) {
        let clock = self.clock(frame);
        let outcome = self.defrag.accept_of(fragment, frames, clock);
        self.stats.fragments += 1;
        self.stats.malformed_fragment += if outcome.refused { frames } else { 0 };
        self.stats.lost_fragments_limit += outcome.lost;
        self.stats.fragment_overlap_bytes += outcome.overlap;
        let Some(complete) = outcome.complete else { return };
        self.stats.reassembled += 1;
        let decoded = decode::reassembled(fragment, &complete.payload, 0);
        let depth = decoded.as_ref().map_or(0, |decoded| decoded.path().tunnel.depth());
        self.stats.reassembled_tunnels += u64::from(depth > fragment.path.tunnel.depth());
        self.take(&decoded, frame, complete.frames, handler);
    }

    fn refuse(&mut self, refusal: Refusal, frame: &Frame<'_>, frames: u64) {
        if refusal == Refusal::LinkType {
            *self.stats.link_types.entry(frame.link).or_default() += frames;
        }
        *self.stats.refusal(refusal) += frames;
    }

    /// The last tick; before the first, the first frame's second.
    fn clock(&mut self, frame: &Frame<'_>) -> Timestamp {
        *self
            .clock
            .get_or_insert_with(|| Timestamp::new(frame.time.seconds(), 0))
    }

    fn packet(&mut self, packet: &Packet<'_>, frame: &Frame<'_>, frames: u64, handler: &mut impl Handler<S>) {
        let (key, side) = packet.key();
        let place = match &packet.payload {
            Header::Tcp(segment) => self.segment((key, side), packet, segment, frame, handler),
            Header::Udp(datagram) => Some(self.datagram((key, side), &packet.path, datagram, frame, handler)),
        };
        let Some(connection) = place.and_then(|place| self.table.value(place)) else {
            return;
        };
        let arrival = Arrival::new(packet, side, frame.time, frames);
        self.controllers.packet(&mut connection.parties, &arrival);
    }

    /// A copy of a packet: it counts with its flow.
    fn duplicate(&mut self, packet: &Packet<'_>, frames: u64) {
        let place = self.table.find(&packet.key().0);
        if let Some(connection) = place.and_then(|place| self.table.peek(place)) {
            self.controllers.duplicate(&connection.parties, frames);
        }
    }

    fn datagram(
        &mut self,
        (key, side): (Key, Side),
        path: &Path,
        datagram: &Datagram<'_>,
        frame: &Frame<'_>,
        handler: &mut impl Handler<S>,
    ) -> u32 {
        self.stats.datagrams += 1;
        let place = match self.table.find(&key) {
            Some(place) => place,
            None => {
                let ends = Ends::new(path, datagram.source_port, datagram.destination_port);
                self.open(key, &ends.udp(), path, frame, handler)
            }
        };
        let Some(connection) = self.table.value(place) else {
            return place;
        };
        let payload = Payload::Datagram {
            data: datagram.data,
            missing: datagram.missing,
        };
        connection.learn_macs(&key, side, path);
        connection.datagram(&key, side, payload, frame, (handler, &mut self.controllers));
        self.settle(place, frame, handler);
        place
    }

    fn segment(
        &mut self,
        (key, side): (Key, Side),
        packet: &Packet<'_>,
        segment: &Segment<'_>,
        frame: &Frame<'_>,
        handler: &mut impl Handler<S>,
    ) -> Option<u32> {
        self.stats.segments += 1;
        let Some(place) = self.connection(key, side, packet, segment, frame, handler) else {
            self.stats.late_segments += 1;
            return None;
        };
        let connection = self.table.value(place)?;
        connection.learn_macs(&key, side, &packet.path);
        let mut means = Means {
            handler,
            bounds: &mut self.bounds,
            stats: &mut self.stats,
            controllers: &mut self.controllers,
            elephants: self.elephants.as_ref(),
        };
        if connection.segment(&key, side, segment, frame.time, frame.id, &mut means) {
            connection.end(&key, frame.time, &mut means);
            self.stats.flows_closed += 1;
        }
        self.settle(place, frame, handler);
        Some(place)
    }

    /// The connection a segment belongs to, opened if need be; none when the segment tells nothing of an unknown or ended one.
    fn connection(
        &mut self,
        key: Key,
        side: Side,
        packet: &Packet<'_>,
        segment: &Segment<'_>,
        frame: &Frame<'_>,
        handler: &mut impl Handler<S>,
    ) -> Option<u32> {
        if let Some(place) = self.table.find(&key) {
            let connection = self.table.value(place)?;
            let syn = if segment.syn {
                connection.open(side, packet, segment)
            } else {
                Syn::Own
            };
            if syn != Syn::New {
                return (syn == Syn::Own && !connection.ended).then_some(place);
            }
            self.stats.flows_reused += u64::from(!connection.ended);
            self.remove(place, frame.time, handler);
        } else if segment.rst || (!segment.syn && segment.data.is_empty() && segment.missing == 0) {
            return None;
        }
        let ends = Ends::new(&packet.path, segment.source_port, segment.destination_port);
        let place = self.open(key, &ends.tcp(segment), &packet.path, frame, handler);
        if segment.syn {
            self.table.value(place)?.open(side, packet, segment);
        }
        Some(place)
    }

    /// Adds a flow; with too many there, the one that has been silent longest goes.
    fn open(&mut self, key: Key, ends: &Opening, path: &Path, frame: &Frame<'_>, handler: &mut impl Handler<S>) -> u32 {
        while self.table.len() >= self.max_flows && self.evict(frame.time, handler) {}
        let clock = self.clock(frame);
        self.stats.flows_midstream += u64::from(ends.midstream);
        match ends.transport {
            Transport::Tcp => self.stats.flows_tcp += 1,
            Transport::Udp => self.stats.flows_udp += 1,
        }
        let parties = self.controllers.open(&key, ends);
        let flow = Flow {
            id: frame.seq,
            transport: ends.transport,
            client: ends.client,
            server: ends.server,
            tunnel: path.tunnel.clone(),
            capture: frame.id.capture,
            midstream: ends.midstream,
        };
        let connection = Connection::new(flow, parties);
        self.table.insert(key, connection.class(), clock, connection)
    }

    fn evict(&mut self, now: Timestamp, handler: &mut impl Handler<S>) -> bool {
        let oldest = Class::ALL.iter().filter_map(|class| {
            let (place, touched) = self.table.oldest(*class).next()?;
            // A flow that has ended costs nothing to forget.
            Some((*class != Class::Ended, touched, place))
        });
        let Some((alive, _, place)) = oldest.min() else {
            return false;
        };
        self.stats.flows_evicted += u64::from(alive);
        self.remove(place, now, handler);
        true
    }

    /// Ends a flow and forgets it.
    fn remove(&mut self, place: u32, now: Timestamp, handler: &mut impl Handler<S>) {
        let Some(key) = self.table.key(place) else { return };
        let Some(mut connection) = self.table.remove(place) else {
            return;
        };
        let mut means = Means {
            handler,
            bounds: &mut self.bounds,
            stats: &mut self.stats,
            controllers: &mut self.controllers,
            elephants: self.elephants.as_ref(),
        };
        connection.finish(&key, &mut means);
        connection.end(&key, now, &mut means);
        self.controllers.close(&mut connection.parties);
    }

    /// Counters that are kept where they arise.
    const fn gather(&mut self) {
        let lost = self.controllers.lost();
        self.stats.missing_bytes = lost.missing_bytes;
        self.stats.cut_bytes = lost.cut_bytes;
        self.stats.controllers_limit = self.controllers.unwatched();
        self.stats.duplicates_limit = self.dedup.forgotten();
    }

    /// After a packet: when the session wants to be woken, whether bytes wait, how long silence is borne.
    fn settle(&mut self, place: u32, frame: &Frame<'_>, handler: &impl Handler<S>) {
        let clock = self.clock(frame);
        let Some(connection) = self.table.value(place) else {
            return;
        };
        let entry = Entry {
            id: connection.flow.id,
            place,
        };
        // A deadline moves only by what is heard, and asking is a walk through cold memory: most packets acknowledge, no more.
        if std::mem::take(&mut connection.heard) {
            arm(&mut self.deadlines, entry, connection, handler);
        }
        if connection.awaits_tick() && !connection.listed {
            connection.listed = true;
            self.waiting.push(entry);
        }
        let class = connection.class();
        self.table.touch(place, class, clock);
    }
}

/// Has the session woken at its deadline, unless it will be before.
fn arm<S: Default>(
    deadlines: &mut Timer<Entry>,
    entry: Entry,
    connection: &mut Connection<S>,
    handler: &impl Handler<S>,
) {
    if connection.ended {
        return;
    }
    let deadline = handler.deadline(&connection.session);
    connection.expectant = deadline.is_some();
    if let Some(deadline) = deadline
        && deadline < connection.armed
    {
        connection.armed = deadline;
        deadlines.arm(deadline, entry);
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod stacks;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unread;
