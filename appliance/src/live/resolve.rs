//! The resolve stage of a live run: what workers say, as it comes, folded and resolved.
//!
//! Each worker's activities keep their order but for those that wait a moment for evidence. Between workers there is none to wait for:
//! packet time is that of the worker that is furthest behind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use capture::Timestamp;
use crossbeam_channel::{Receiver, Sender};
use resolver::{Resolved, Resolver};

use super::known::Keeper;
use super::outbox::Parcel;
use crate::lookup::Asking;

/// How often counters are published.
const PUBLISH: Duration = Duration::from_secs(1);

/// The stage.
pub(super) struct Resolving {
    resolver: Resolver,
    /// The packet time that each worker has reached.
    times: Vec<Option<Timestamp>>,
    stats: Arc<Mutex<resolver::Stats>>,
    /// Where hosts are asked who they are.
    asking: Option<Asking>,
    published: Instant,
    /// Frames that the interfaces dropped, as supervision counts them, and as they were counted when it was last looked.
    dropped: Arc<AtomicU64>,
    known: u64,
    keeper: Keeper,
}

impl Resolving {
    pub(super) fn new(
        mut resolver: Resolver,
        workers: usize,
        stats: Arc<Mutex<resolver::Stats>>,
        asking: Option<Asking>,
        dropped: Arc<AtomicU64>,
        keeper: Keeper,
    ) -> Self {
        if asking.is_some() {
            resolver.ask();
        }
        Self {
            keeper,
            resolver,
            times: vec![None; workers],
            stats,
            asking,
            published: Instant::now(),
            dropped,
            known: 0,
        }
    }

    /// Works until every worker has ended.
    pub(super) fn run(mut self, parcels: &Receiver<Parcel>, store: &Sender<Vec<Resolved>>) {
        for parcel in parcels {
            let mut out = Vec::with_capacity(parcel.activities.len());
            if let Some(asking) = &mut self.asking {
                asking.learn(&mut self.resolver, parcel.now);
            }
            self.parcel(parcel, &mut out);
            // Whatever else has come by now goes along, within reason.
            for parcel in parcels.try_iter().take(64) {
                self.parcel(parcel, &mut out);
            }
            if let Some(asking) = &mut self.asking {
                asking.ask(&mut self.resolver);
            }
            if !out.is_empty() && store.send(out).is_err() {
                return; // that it ended is told by itself
            }
            if self.published.elapsed() >= PUBLISH {
                self.publish();
            }
            self.keeper.glance(&self.resolver);
        }
        let mut out = Vec::new();
        self.resolver.finish(&mut out);
        let _ = store.send(out);
        self.publish();
        self.keeper.last(&self.resolver);
    }

    fn parcel(&mut self, parcel: Parcel, out: &mut Vec<Resolved>) {
        self.reach(parcel.worker, parcel.now, out);
        let dropped = self.dropped.load(Ordering::Relaxed);
        let dropped = (std::mem::replace(&mut self.known, dropped) != dropped).then_some(parcel.now);
        if let Some(time) = parcel.missed.max(dropped) {
            self.resolver.lost(time);
        }
        for sighting in &parcel.sightings {
            self.resolver.sighting(sighting);
        }
        for activity in parcel.activities {
            self.resolver.activity(activity, out);
        }
        if let Some(now) = self.times.iter().copied().min().flatten() {
            self.resolver.advance(now, out);
        }
    }

    /// A worker has reached `now`; where that is earlier than before, the host's clock was set back.
    fn reach(&mut self, worker: usize, now: Timestamp, out: &mut Vec<Resolved>) {
        let Some(time) = self.times.get_mut(worker) else { return };
        let set_back = time.is_some_and(|before| now < before);
        *time = Some(now);
        if set_back {
            self.resolver.set_back(now, out);
        }
    }

    fn publish(&mut self) {
        self.published = Instant::now();
        if let Some(asking) = &self.asking {
            asking.publish();
        }
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner) = self.resolver.stats();
    }
}
