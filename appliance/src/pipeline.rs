//! Every thread and channel of a replay is made here: source → workers → resolve → store.
//!
//! Between stages go batches over bounded channels, so a slow stage holds up the ones before it and nothing is lost: a replay
//! is lossless. A round's results are put in [`Order`] before they are resolved, so the number of workers changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};

use anyhow::anyhow;
use capture::Affinity;
use capture::Timestamp;
use capture::source::Frame;
use capture::source::file::{Damage, FileSource};
use crossbeam_channel::{Receiver, Sender, bounded};
use parsers::activity::Activity;
use parsers::kerberos::keytab::Keys;
use resolver::directory::Snapshot;
use resolver::{Resolved, Resolver};

use crate::eventlog::EventLog;
use crate::lone::Lone;
use crate::worker::{Produced, Round, Tick, Totals, Worker};

/// Rounds that may wait between two stages.
const DEPTH: usize = 4;

/// Resolved events that move on together once the packets have ended.
const LATE: usize = 4_096;

/// Timers fire when packet time enters a new second.
const TICK: i64 = 1_000_000_000;

/// What a run is made of.
pub(crate) struct Run<'a> {
    pub(crate) source: FileSource,
    /// What files of Windows events told, by time.
    pub(crate) events: EventLog<Box<Activity>>,
    pub(crate) workers: u8,
    pub(crate) capture: &'a capture::Config,
    /// What opens tickets.
    pub(crate) keys: Option<Arc<Keys>>,
    pub(crate) resolver: &'a resolver::Config,
    pub(crate) directory: Arc<Snapshot>,
    pub(crate) progress: &'a Progress,
    /// Set to end the run early: what was read so far is still processed.
    pub(crate) stop: &'a AtomicBool,
}

/// How far the source is, for whoever watches.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) bytes: AtomicU64,
    pub(crate) frames: AtomicU64,
}

/// What a run amounted to.
pub(crate) struct Report {
    pub(crate) source: FileSource,
    pub(crate) events: EventReport,
    pub(crate) totals: Totals,
    /// What it knows by then.
    pub(crate) resolver: Resolver,
}

/// What the files of events amounted to.
pub(crate) struct EventReport {
    pub(crate) counters: Vec<(&'static str, u64)>,
    pub(crate) damages: Vec<Damage>,
}

impl EventReport {
    fn of(events: &EventLog<Box<Activity>>) -> Self {
        Self {
            counters: events.counters(),
            damages: events.damages().to_vec(),
        }
    }
}

/// Runs the pipeline to its end; `store` is called on this thread with resolved activities in order.
///
/// One worker is one thread for all stages but the spool's and the network's: what moves from core to core costs more than what is won.
pub(crate) fn run(run: Run<'_>, store: impl FnMut(Vec<Resolved>)) -> anyhow::Result<Report> {
    match run.workers {
        0 | 1 => Ok(run_alone(run, store)),
        _ => run_shared(run, store),
    }
}

/// Source, worker and resolver in turn, a few hundred frames at a time, so that what one makes is still near when the next reads it.
fn run_alone(run: Run<'_>, mut store: impl FnMut(Vec<Resolved>)) -> Report {
    let mut lone = Lone::new(run.source, Worker::new(0, run.capture, false).with_keys(run.keys));
    let (mut resolver, mut events) = (Resolver::new(run.resolver, run.directory), run.events);
    let report = EventReport::of(&events);
    expect(&mut resolver, &events);
    while !run.stop.load(Ordering::Relaxed) {
        let Some(produced) = lone.next() else { break };
        let (bytes, frames) = lone.progress();
        run.progress.bytes.store(bytes, Ordering::Relaxed);
        run.progress.frames.store(frames, Ordering::Relaxed);
        let out = resolve(&mut resolver, &mut events, produced);
        if !out.is_empty() {
            store(out);
        }
    }
    let (produced, totals, source) = lone.finish();
    store(resolve(&mut resolver, &mut events, produced));
    conclude(&mut resolver, &mut events, store);
    Report {
        source,
        events: report,
        totals,
        resolver,
    }
}

fn run_shared(run: Run<'_>, mut store: impl FnMut(Vec<Resolved>)) -> anyhow::Result<Report> {
    let Run {
        source,
        events,
        workers,
        capture,
        keys,
        resolver,
        directory,
        progress,
        stop,
    } = run;
    let report = EventReport::of(&events);
    thread::scope(|scope| {
        let (recycle, recycled) = bounded(DEPTH * 2);
        let (mut inputs, mut outputs, mut threads) = (Vec::new(), Vec::new(), Vec::new());
        for index in 0..workers {
            let (input, rounds) = bounded(DEPTH);
            let (produced, output) = bounded(DEPTH);
            let worker = Worker::new(index, capture, false).with_keys(keys.clone());
            let recycle = recycle.clone();
            let name = format!("worker-{index}");
            threads.push(spawn(scope, &name, move || work(worker, &rounds, &produced, &recycle))?);
            inputs.push(input);
            outputs.push(output);
        }
        let reading = spawn(scope, "source", move || {
            read(source, &inputs, &recycled, progress, stop)
        })?;
        let (resolved, store_input) = bounded(DEPTH);
        let resolve = Resolver::new(resolver, directory);
        let resolving = spawn(scope, "resolve", move || {
            resolve_rounds(resolve, events, &outputs, &resolved)
        })?;
        for batch in store_input {
            store(batch);
        }
        let resolver = join(resolving)?;
        let mut totals = Totals::default();
        for thread in threads {
            totals.add(&join(thread)?);
        }
        let source = join(reading)?;
        Ok(Report {
            source,
            events: report,
            totals,
            resolver,
        })
    })
}

fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: &str,
    body: impl FnOnce() -> T + Send + 'scope,
) -> anyhow::Result<ScopedJoinHandle<'scope, T>> {
    Ok(thread::Builder::new().name(name.into()).spawn_scoped(scope, body)?)
}

fn join<T>(thread: ScopedJoinHandle<'_, T>) -> anyhow::Result<T> {
    let name = thread.thread().name().unwrap_or("thread").to_owned();
    thread
        .join()
        .map_err(|_| anyhow!("the {name} stage ended by a defect of adtap; its message stands above"))
}

/// What the source sends a worker.
enum Work {
    Round(Arc<Round>),
    /// The source has ended at this packet time.
    End(Timestamp),
}

/// Source stage: frames become rounds that every worker gets.
fn read(
    mut source: FileSource,
    workers: &[Sender<Work>],
    recycled: &Receiver<Round>,
    progress: &Progress,
    stop: &AtomicBool,
) -> FileSource {
    let mut clock = Clock::default();
    while !stop.load(Ordering::Relaxed) {
        let mut round = recycled.try_recv().unwrap_or_default();
        let more = round.batch.fill(&mut source);
        clock.prepare(&mut round, workers.len());
        progress.bytes.store(source.progress().0, Ordering::Relaxed);
        progress.frames.fetch_add(round.batch.len() as u64, Ordering::Relaxed);
        let round = Arc::new(round);
        for worker in workers {
            if worker.send(Work::Round(Arc::clone(&round))).is_err() {
                return source;
            }
        }
        if !more {
            break;
        }
    }
    for worker in workers {
        let _ = worker.send(Work::End(clock.now)); // a worker that is gone is reported when it is joined
    }
    source
}

/// Packet time of the whole run, which never steps back.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    now: Timestamp,
    started: bool,
    affinity: Affinity,
}

impl Clock {
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// It is `frame`'s time; timers fire before it where that is a new second.
    pub(crate) const fn reach(&mut self, frame: &Frame<'_>) -> Option<Tick> {
        if self.started && frame.time.0 <= self.now.0 {
            return None;
        }
        let fires = self.started && frame.time.0.div_euclid(TICK) > self.now.0.div_euclid(TICK);
        (self.now, self.started) = (frame.time, true);
        if !fires {
            return None;
        }
        Some(Tick {
            before: frame.seq,
            now: frame.time,
        })
    }

    /// Gives each frame its worker, and sets the ticks.
    pub(crate) fn prepare(&mut self, round: &mut Round, workers: usize) {
        round.ticks.clear();
        round.owners.clear();
        for frame in round.batch.frames() {
            round.ticks.extend(self.reach(&frame));
            if workers > 1 {
                round
                    .owners
                    .push(u8::try_from(self.affinity.worker(&frame, workers)).unwrap_or_default());
            }
        }
    }
}

/// Worker stage.
fn work(mut worker: Worker, rounds: &Receiver<Work>, output: &Sender<Produced>, recycle: &Sender<Round>) -> Totals {
    for work in rounds {
        match work {
            Work::Round(round) => {
                if output.send(worker.round(&round)).is_err() {
                    break;
                }
                if let Some(mut round) = Arc::into_inner(round) {
                    round.batch.clear();
                    let _ = recycle.try_send(round); // a full pool frees it instead
                }
            }
            Work::End(now) => {
                let (produced, totals) = worker.finish(now);
                let _ = output.send(produced);
                return totals;
            }
        }
    }
    worker.finish(Timestamp::default()).1
}

/// Resolve stage: the workers' results of each round in one order, folded and resolved.
fn resolve_rounds(
    mut resolver: Resolver,
    mut events: EventLog<Box<Activity>>,
    workers: &[Receiver<Produced>],
    store: &Sender<Vec<Resolved>>,
) -> Resolver {
    expect(&mut resolver, &events);
    while let Some(produced) = gather(workers) {
        let out = resolve(&mut resolver, &mut events, produced);
        if !out.is_empty() && store.send(out).is_err() {
            return resolver;
        }
    }
    conclude(&mut resolver, &mut events, |out| drop(store.send(out)));
    resolver
}

/// Where there are no events, nothing waits for one.
fn expect(resolver: &mut Resolver, events: &EventLog<Box<Activity>>) {
    if !events.is_empty() {
        resolver.expect_events();
    }
}

/// The packets have ended: the later events, some at a time, and what still waits.
fn conclude(resolver: &mut Resolver, events: &mut EventLog<Box<Activity>>, mut store: impl FnMut(Vec<Resolved>)) {
    let mut out = Vec::new();
    while let Some((time, event)) = events.next_by(Timestamp(i64::MAX)) {
        resolver.advance(time, &mut out);
        resolver.activity(event, &mut out);
        if out.len() >= LATE {
            store(std::mem::take(&mut out));
        }
    }
    resolver.finish(&mut out);
    store(out);
}

/// Windows close by the activities' own times, never by where a round happens to end.
/// An event comes before the first activity that is later.
fn resolve(resolver: &mut Resolver, events: &mut EventLog<Box<Activity>>, produced: Produced) -> Vec<Resolved> {
    let Produced {
        mut activities,
        mut sightings,
        mut losses,
        ..
    } = produced;
    let mut out = Vec::with_capacity(activities.len());
    activities.sort_by_key(|activity| activity.order); // nearly sorted: cheap
    sightings.sort_by_key(|sighting| sighting.order);
    losses.sort_unstable();
    let (mut sightings, mut losses) = (sightings.into_iter().peekable(), losses.into_iter().peekable());
    for activity in activities {
        while let Some(sighting) = sightings.next_if(|sighting| sighting.order < activity.order) {
            resolver.sighting(&sighting);
        }
        while let Some(noticed) = losses.next_if(|noticed| noticed.order < activity.order) {
            resolver.lost(noticed.time);
        }
        while let Some((time, event)) = events.next_by(activity.time) {
            resolver.advance(time, &mut out);
            resolver.activity(event, &mut out);
        }
        resolver.activity(activity, &mut out);
    }
    sightings.for_each(|sighting| resolver.sighting(&sighting));
    losses.for_each(|noticed| resolver.lost(noticed.time));
    out
}

/// What all workers made of one round; none when they have ended.
fn gather(workers: &[Receiver<Produced>]) -> Option<Produced> {
    let mut parts = workers.iter().map(|worker| worker.recv().ok());
    let mut all = parts.next()??;
    for part in parts {
        let part = part?;
        all.activities.extend(part.activities);
        all.sightings.extend(part.sightings);
        all.losses.extend(part.losses);
    }
    Some(all)
}
