//! What a worker lets others see of itself: that it lives, and once a second its totals.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use capture::source::live::SourceStats;
use parsers::activity::ByKind;

use crate::health::snapshot::Named;
use crate::worker::Totals;

/// Shared by one worker and the supervision; the lock is taken once a second by either.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    beats: AtomicU64,
    totals: Mutex<LiveTotals>,
}

/// A worker's totals, with what only a live worker has.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiveTotals {
    pub(crate) totals: Totals,
    /// What its rings counted.
    pub(crate) source: SourceStats,
    /// Activities by kind, before the queue.
    pub(crate) kinds: ByKind,
    /// Activities for which the queue to the resolve stage had no room.
    pub(crate) queue_lost: u64,
    /// Frames of other workers for which the queue to their owner had no room.
    pub(crate) handover_lost: u64,
    /// Frames that were given to the worker that owns them.
    pub(crate) handed_over: u64,
    /// What was left out under pressure, by kind.
    pub(crate) shed: Named,
    /// Flows remembered at present.
    pub(crate) flows: u64,
}

impl LiveTotals {
    /// Adds another worker's, but for its rings'.
    pub(super) fn add(&mut self, other: &Self) {
        self.totals.add(&other.totals);
        self.kinds.add(&other.kinds);
        self.queue_lost += other.queue_lost;
        self.handover_lost += other.handover_lost;
        self.handed_over += other.handed_over;
        self.shed.add(&other.shed);
        self.flows += other.flows;
    }
}

impl Pulse {
    /// The worker lives.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it said so.
    pub(super) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    pub(super) fn publish(&self, totals: LiveTotals) {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner) = totals;
    }

    /// What it published last.
    pub(crate) fn totals(&self) -> LiveTotals {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
