//! Every thread and channel of a live run is made here: workers → resolve → store, and listeners → resolve; beside them, what is known
//! of addresses is kept.
//!
//! From the worker on, a frame goes through the same code as in a replay. What differs is who waits: a worker never does.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use capture::CaptureId;
use crossbeam_channel::{Receiver, Sender, bounded};
use parsers::kerberos::keytab::Keys;
use resolver::Resolver;
use resolver::directory::Snapshot;
use uplink::Appender;

use super::cores;
use super::delay::Delays;
use super::event::{Event, Farewell};
use super::exchange::Exchange;
use super::feed::Feed;
use super::known::{self, Keeper};
use super::outbox::Outbox;
use super::pulse::Pulse;
use super::resolve::Resolving;
use super::store::Storing;
use super::watch::Watcher;
use crate::config::Config;
use crate::directory::Renewal;
use crate::health::snapshot::Lookup;
use crate::health::{Latest, Shed};
use crate::listen::{Office, Station};
use crate::lookup::{self, Figures};
use crate::worker::{Provoke, Worker};

/// Parcels that may wait for the resolve stage, all workers together.
const PARCELS: usize = 256;

/// Letters of listeners that may wait for the resolve stage: a queue of their own, so that no flood of events costs a worker anything.
const LETTERS: usize = 32;

/// Batches that may wait for the store stage; the resolve stage waits for room.
const BATCHES: usize = 16;

/// What a pipeline is made of.
pub(super) struct Parts<F> {
    /// One for each worker.
    pub(super) feeds: Vec<F>,
    /// Interfaces by `CaptureId`.
    pub(super) names: Vec<String>,
    pub(super) directory: Arc<Snapshot>,
    /// Newer directories, and what has changed in them.
    pub(super) renewals: (Receiver<Renewal>, CaptureId),
    /// What opens tickets.
    pub(super) keys: Option<Arc<Keys>>,
    pub(super) appender: Appender,
    /// Where what is known of addresses is kept.
    pub(super) known: PathBuf,
    /// Where it is told what left.
    pub(super) delays: Delays,
    /// What is to be left out under pressure.
    pub(super) shed: Shed,
    /// Whoever watches what happens.
    pub(super) latest: Latest,
    /// The listeners.
    pub(super) stations: Vec<Station>,
    /// What a test wants to go wrong.
    pub(super) provoke: Option<Provoke>,
}

/// A running pipeline.
pub(super) struct Pipeline<F> {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    /// Feeds of workers that have ended, with their numbers.
    feeds: Arc<Mutex<Vec<(usize, F)>>>,
    pulses: Vec<Arc<Pulse>>,
    resolver: Arc<Mutex<resolver::Stats>>,
    lookup: Option<Arc<Figures>>,
    /// Frames that the interfaces themselves have dropped.
    dropped: Arc<AtomicU64>,
}

impl<F: Feed> Pipeline<F> {
    /// Starts every thread, the last stage first. Each end is told to `events`.
    pub(super) fn start(mut parts: Parts<F>, config: &Config, events: &Sender<Event>) -> std::io::Result<Self> {
        let workers = parts.feeds.len();
        let (queue, parcels) = bounded(PARCELS);
        let (resolved, batches) = bounded(BATCHES);
        let mut pipeline = Self {
            stop: Arc::default(),
            threads: Vec::new(),
            feeds: Arc::default(),
            pulses: Vec::new(),
            resolver: Arc::default(),
            lookup: None,
            dropped: Arc::default(),
        };
        if let Some(marker) = parts.appender.marker() {
            pipeline.spawn("mark", events, move || marker.run())?;
        }
        let storing = Storing::new(parts.appender, parts.names, parts.latest, parts.delays);
        pipeline.spawn("store", events, move || storing.run(&batches))?;
        let mut resolver = Resolver::new(&config.resolver, parts.directory);
        resolver.reserve();
        known::restore(&mut resolver, &parts.known);
        let (keeper, kept) = Keeper::new();
        pipeline.spawn("keep", events, move || known::write(&parts.known, &kept))?;
        if config.events.are_expected() {
            resolver.expect_events();
        }
        let asking = match lookup::halves(&config.lookup)? {
            Some((asking, asker, figures)) => {
                pipeline.lookup = Some(figures);
                pipeline.spawn("lookup", events, move || asker.run())?;
                Some(asking)
            }
            None => None,
        };
        let stats = Arc::clone(&pipeline.resolver);
        let dropped = Arc::clone(&pipeline.dropped);
        let resolving = Resolving::new(resolver, workers, stats, asking, dropped, keeper, parts.renewals);
        let (post, letters) = bounded(LETTERS);
        pipeline.spawn("resolve", events, move || resolving.run(&parcels, &letters, &resolved))?;
        for station in parts.stations {
            let office = Office {
                stop: Arc::clone(&pipeline.stop),
                post: post.clone(),
            };
            pipeline.spawn(station.name, events, move || station.run(&office))?;
        }
        let cores = cores::of(workers, config.run.pin);
        for (index, (feed, exchange)) in parts.feeds.into_iter().zip(Exchange::between(workers)).enumerate() {
            let pulse = Arc::<Pulse>::default();
            pipeline.pulses.push(Arc::clone(&pulse));
            let index_of = u8::try_from(index).unwrap_or_default();
            let mut worker = Worker::new(index_of, &config.capture, false).with_keys(parts.keys.clone());
            worker.shed(parts.shed.clone());
            worker.provoke(parts.provoke);
            worker.tell(feed.elephants());
            let watcher = Watcher::new(feed, worker, exchange, Outbox::new(index, queue.clone()), pulse);
            let feeds = Arc::clone(&pipeline.feeds);
            let (stop, core) = (Arc::clone(&pipeline.stop), cores.get(index).copied());
            pipeline.spawn(&format!("worker-{index}"), events, move || {
                cores::pin(core);
                let feed = watcher.run(&stop);
                feeds.lock().unwrap_or_else(PoisonError::into_inner).push((index, feed));
            })?;
        }
        Ok(pipeline)
    }
}

impl<F> Pipeline<F> {
    /// What each worker shows of itself.
    pub(super) fn pulses(&self) -> &[Arc<Pulse>] {
        &self.pulses
    }

    /// What the resolver has counted, a second ago at most.
    pub(super) fn resolver(&self) -> resolver::Stats {
        *self.resolver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What asking hosts came to; none where nobody is asked.
    pub(super) fn lookup(&self) -> Option<Lookup> {
        self.lookup.as_deref().map(Figures::snapshot)
    }

    /// The interfaces have dropped so many frames by now, which the workers do not know.
    pub(super) fn dropped(&self, frames: u64) {
        self.dropped.store(frames, Ordering::Relaxed);
    }

    /// Asks the workers to end; every later stage ends when the one before it has.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether every thread has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// The workers' feeds in their order, once all have ended; none where one did not give its own back.
    pub(super) fn into_feeds(self) -> Vec<F> {
        let mut feeds = std::mem::take(&mut *self.feeds.lock().unwrap_or_else(PoisonError::into_inner));
        if feeds.len() != self.pulses.len() {
            return Vec::new();
        }
        feeds.sort_by_key(|(index, _)| *index);
        feeds.into_iter().map(|(_, feed)| feed).collect()
    }

    /// The threads that have not ended.
    pub(super) fn running(&self) -> Vec<String> {
        let running = self.threads.iter().filter(|thread| !thread.is_finished());
        running
            .map(|thread| thread.thread().name().unwrap_or_default().to_owned())
            .collect()
    }

    fn spawn(
        &mut self,
        name: &str,
        events: &Sender<Event>,
        body: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        let farewell = Farewell {
            thread: name.to_owned(),
            events: events.clone(),
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _farewell = farewell;
            body();
        })?;
        self.threads.push(thread);
        Ok(())
    }
}
