//! A worker: owns its flows and their sessions, and runs each frame to completion.
//!
//! No lock and no clock. What it produces for a round depends on the round alone, so that the number of workers changes
//! nothing: timers fire only at the round's ticks, which every worker sees.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use capture::assembly::{Assembly, Handler};
use capture::source::live::Elephants;
use capture::source::{Batch, Frame};
use capture::stats::Stats;
use capture::{Chunk, Controllers, Direction, Flow, Stack, Timestamp};
use parsers::activity::{Activity, Order};
use parsers::clock::Clocks;
use parsers::context::{Counters, Output};
use parsers::kerberos::keytab::Keys;
use parsers::message::Message;
use parsers::session::Session;
use parsers::sighting::Sighting;
use uplink::proto::Counter;

use crate::health::snapshot::Named;
use crate::health::{Shed, Shedding};

/// Controllers whose accounts a heartbeat carries; configured ones go before learned ones.
const MAX_CONTROLLERS: usize = 64;

/// Frames in order, which worker each belongs to, and when timers fire among them.
#[derive(Debug, Default)]
pub(crate) struct Round {
    pub(crate) batch: Batch,
    /// The worker of each frame; empty when there is one worker.
    pub(crate) owners: Vec<u8>,
    /// In order of frames.
    pub(crate) ticks: Vec<Tick>,
}

/// Packet time reached `now` before frame `before`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick {
    pub(crate) before: u64,
    pub(crate) now: Timestamp,
}

/// Frames or bytes of streams were found to be missing, by a tick and after the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Noticed {
    /// Where that belongs among the activities of a run.
    pub(crate) order: Order,
    pub(crate) time: Timestamp,
}

/// What a worker made of a round.
#[derive(Debug, Default)]
pub(crate) struct Produced {
    pub(crate) activities: Vec<Box<Activity>>,
    pub(crate) sightings: Vec<Sighting>,
    /// Where it was noticed that something is missing.
    pub(crate) losses: Vec<Noticed>,
    pub(crate) messages: Vec<Message>,
}

/// A worker's totals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) stats: Stats,
    pub(crate) counters: Counters,
    pub(crate) controllers: Controllers,
    /// What servers' clocks said.
    pub(crate) clocks: Clocks,
    /// Sessions that were given up because their parser panicked.
    pub(crate) panics: u64,
}

impl Totals {
    pub(crate) fn add(&mut self, other: &Self) {
        self.stats.add(&other.stats);
        self.counters.add(&other.counters);
        self.controllers.add(&other.controllers);
        self.clocks.add(&other.clocks);
        self.panics += other.panics;
    }
}

impl Totals {
    /// The loss ledger, as the heartbeat carries it: every counter with its unit in its name.
    pub(crate) fn ledger(&self) -> Vec<Counter> {
        let counter = |name: String, value| Counter { name, value };
        let mut rows: Vec<_> = self
            .stats
            .iter()
            .map(|(name, value)| counter(format!("capture.{name}"), value))
            .collect();
        let parsers = &self.counters;
        rows.extend(
            parsers
                .malformed()
                .into_iter()
                .map(|(id, what, count)| counter(format!("malformed.{}.{what}", id.name()), count)),
        );
        rows.extend(
            parsers
                .limits()
                .into_iter()
                .map(|(name, count)| counter(format!("limits.{name}"), count)),
        );
        rows.extend(
            parsers
                .opaque_bytes()
                .into_iter()
                .map(|(name, bytes)| counter(format!("opaque.{name}.bytes"), bytes)),
        );
        for controller in self.controllers.iter().take(MAX_CONTROLLERS) {
            let name = &controller.name;
            rows.extend(
                controller
                    .iter()
                    .map(|(what, value)| counter(format!("controller.{name}.{what}"), value)),
            );
        }
        rows.retain(|row| row.value > 0);
        rows
    }
}

/// One of the workers.
pub(crate) struct Worker {
    index: u8,
    assembly: Assembly<Session>,
    reading: Reading,
    /// Frames and bytes that were missing when it was last looked.
    missing: u64,
    losses: Vec<Noticed>,
}

impl Worker {
    pub(crate) fn new(index: u8, config: &capture::Config, messages: bool) -> Self {
        let reading = Reading {
            out: Output::new(messages),
            panics: 0,
            provoke: None,
            shedding: Shedding::default(),
        };
        Self {
            index,
            assembly: Assembly::new(config),
            reading,
            missing: 0,
            losses: Vec::new(),
        }
    }

    /// From now on `elephants` are told what of the flows nobody reads.
    pub(crate) fn tell(&mut self, elephants: Elephants) {
        self.assembly.tell(elephants);
    }

    /// Opens tickets with `keys`.
    pub(crate) fn with_keys(mut self, keys: Option<Arc<Keys>>) -> Self {
        self.reading.out.keys = keys;
        self
    }

    /// Leaves out what `shed` says.
    pub(crate) fn shed(&mut self, shed: Shed) {
        self.reading.shedding = Shedding::new(shed);
    }

    /// A batch begins: how much is to be left out of it is looked up.
    pub(crate) fn begin(&mut self) {
        self.reading.shedding.begin();
    }

    /// What was left out, by kind.
    pub(crate) fn left_out(&self) -> Named {
        self.reading.shedding.counts()
    }

    /// From now on, what a test asks for goes wrong.
    pub(crate) const fn provoke(&mut self, provoke: Option<Provoke>) {
        self.reading.provoke = provoke;
    }

    /// Reads its frames of a round.
    pub(crate) fn round(&mut self, round: &Round) -> Produced {
        let mut ticks = round.ticks.iter().peekable();
        for (at, frame) in round.batch.frames().enumerate() {
            while let Some(tick) = ticks.next_if(|tick| tick.before <= frame.seq) {
                self.tick(*tick);
            }
            if round.owners.get(at).is_none_or(|owner| *owner == self.index) {
                self.frame(&frame);
            }
        }
        for tick in ticks {
            self.tick(*tick);
        }
        self.take()
    }

    /// Runs one frame of its own to completion.
    pub(crate) fn frame(&mut self, frame: &Frame<'_>) {
        // Odd numbers are frames and even ones the ticks before them: an order that all workers share.
        self.reading.out.begin(frame.seq.saturating_mul(2).saturating_add(1));
        self.assembly.frame(frame, &mut self.reading);
    }

    /// Timers fire.
    pub(crate) fn tick(&mut self, tick: Tick) {
        let packet = tick.before.saturating_mul(2);
        self.reading.out.begin(packet);
        self.assembly.tick(tick.now, &mut self.reading);
        let missing = self.missing();
        if missing > self.missing {
            self.missing = missing;
            let order = Order {
                packet,
                ..Order::default()
            };
            self.losses.push(Noticed { order, time: tick.now });
        }
    }

    fn missing(&self) -> u64 {
        let stats = self.assembly.stats();
        stats.lost().saturating_add(stats.missing_bytes)
    }

    /// The source has ended at packet time `now`: what still waits is said.
    pub(crate) fn finish(mut self, now: Timestamp) -> (Produced, Totals) {
        self.reading.out.begin(u64::MAX);
        self.assembly.finish(now, &mut self.reading);
        let produced = self.take();
        (produced, self.totals())
    }

    /// Moves the activities there are by now to the end of `out`.
    pub(crate) fn drain(&mut self, out: &mut Vec<Box<Activity>>) {
        self.reading.shedding.thin(&mut self.reading.out.activities);
        out.append(&mut self.reading.out.activities);
    }

    /// Moves the names and addresses seen together by now to the end of `out`. Those that nobody takes are counted as a limit.
    pub(crate) fn sightings(&mut self, out: &mut Vec<Sighting>) {
        out.append(&mut self.reading.out.sightings);
    }

    /// When something was last found to be missing, if it was since this was asked last.
    pub(crate) fn missed(&mut self) -> Option<Timestamp> {
        self.losses.drain(..).map(|noticed| noticed.time).max()
    }

    /// What was counted so far.
    pub(crate) fn totals(&self) -> Totals {
        Totals {
            stats: self.assembly.stats().clone(),
            counters: self.reading.out.counters.clone(),
            controllers: self.assembly.controllers().clone(),
            clocks: self.reading.out.clocks.clone(),
            panics: self.reading.panics,
        }
    }

    /// Flows remembered at present.
    pub(crate) fn flows(&self) -> usize {
        self.assembly.flows()
    }

    /// What was brought about since it was asked last.
    pub(crate) fn take(&mut self) -> Produced {
        Produced {
            activities: std::mem::take(&mut self.reading.out.activities),
            sightings: std::mem::take(&mut self.reading.out.sightings),
            losses: std::mem::take(&mut self.losses),
            messages: self
                .reading
                .out
                .messages
                .as_mut()
                .map(std::mem::take)
                .unwrap_or_default(),
        }
    }
}

/// A fault that a test asks for, on flows with a server port: the lab shows by it that a parser's panic costs its flow alone,
/// and that a worker which hangs is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provoke {
    /// The parser panics.
    Panic(u16),
    /// The worker hangs.
    Stall(u16),
}

impl Provoke {
    #[expect(clippy::panic, reason = "that is what was asked for")]
    fn act(self, flow: &Flow) {
        match self {
            Self::Panic(port) if flow.server.port == port => panic!("a test asked for this panic"),
            Self::Stall(port) if flow.server.port == port => loop {
                std::thread::park();
            },
            _ => {}
        }
    }
}

/// Hands chunks to sessions, and survives a parser's panic at the cost of that flow.
struct Reading {
    out: Output,
    panics: u64,
    provoke: Option<Provoke>,
    shedding: Shedding,
}

impl Reading {
    fn guard(&mut self, session: &mut Session, act: impl FnOnce(&mut Session, &mut Output)) {
        let Self { out, panics, .. } = self;
        // A session that panicked is replaced whole, and Output only ever grows by finished items.
        if catch_unwind(AssertUnwindSafe(|| act(session, out))).is_err() {
            *session = Session::abandoned();
            *panics += 1;
        }
    }
}

impl Handler<Session> for Reading {
    fn chunk(&mut self, flow: &mut Flow, session: &mut Session, chunk: &Chunk<'_>) {
        if self.shedding.skips(flow) {
            return;
        }
        let provoke = self.provoke;
        self.guard(session, |session, out| {
            if let Some(provoke) = provoke {
                provoke.act(flow);
            }
            session.chunk(flow, chunk, out);
        });
    }

    fn stack(&mut self, flow: &Flow, sender: Direction, stack: Stack, time: Timestamp) {
        self.out.stack(flow, sender, stack, time);
    }

    fn unread(&self, session: &Session, direction: Direction) -> u64 {
        session.unread(direction)
    }

    fn deadline(&self, session: &Session) -> Option<Timestamp> {
        session.deadline()
    }

    fn expire(&mut self, flow: &Flow, session: &mut Session, now: Timestamp) {
        self.guard(session, |session, out| session.expire(flow, now, out));
    }

    fn close(&mut self, flow: &Flow, session: &mut Session, now: Timestamp) {
        self.guard(session, |session, out| session.finish(flow, now, out));
    }
}
