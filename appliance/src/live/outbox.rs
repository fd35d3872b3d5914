//! A worker's way to the resolve stage: it never waits there.
//!
//! While the queue is full, activities gather here, up to a limit; what comes beyond it is lost and counted.

use std::time::Duration;

use capture::Timestamp;
use crossbeam_channel::{Sender, TrySendError};
use parsers::activity::{Activity, ByKind};
use parsers::sighting::Sighting;

use crate::worker::Worker;

/// Activities that wait for room in the queue: some 20 MB.
const MAX_WAITING: usize = 16_384;

/// How often packet time is told while there is nothing else to tell: windows of folded activities close by it.
const TELL: Duration = Duration::from_millis(50);

/// How long the end of a worker waits for room.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a worker says in one go.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) worker: usize,
    /// In the order in which they came about.
    pub(super) activities: Vec<Box<Activity>>,
    /// Names and addresses seen together meanwhile.
    pub(super) sightings: Vec<Sighting>,
    /// When something was last found to be missing, if it was meanwhile.
    pub(super) missed: Option<Timestamp>,
    /// The packet time it has reached.
    pub(super) now: Timestamp,
}

#[derive(Debug)]
pub(super) struct Outbox {
    worker: usize,
    waiting: Vec<Box<Activity>>,
    /// No more than one worker's batch: the next ones wait there.
    seen: Vec<Sighting>,
    missed: Option<Timestamp>,
    queue: Sender<Parcel>,
    told: Timestamp,
    kinds: ByKind,
    lost: u64,
}

impl Outbox {
    pub(super) const fn new(worker: usize, queue: Sender<Parcel>) -> Self {
        Self {
            worker,
            waiting: Vec::new(),
            seen: Vec::new(),
            missed: None,
            queue,
            told: Timestamp(0),
            kinds: ByKind::NONE,
            lost: 0,
        }
    }

    /// Activities by kind that came in.
    pub(super) const fn kinds(&self) -> &ByKind {
        &self.kinds
    }

    /// Activities that found no room.
    pub(super) const fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes what `worker` has produced.
    pub(super) fn take(&mut self, worker: &mut Worker) {
        let before = self.waiting.len();
        worker.drain(&mut self.waiting);
        self.count(before);
        if self.seen.is_empty() {
            worker.sightings(&mut self.seen);
        }
        self.missed = self.missed.max(worker.missed());
        if let Some(excess) = self.waiting.len().checked_sub(MAX_WAITING).filter(|excess| *excess > 0) {
            let last = self.waiting.last().map(|activity| activity.time);
            self.missing(last.unwrap_or_default());
            self.waiting.truncate(MAX_WAITING);
            self.lost += excess as u64;
        }
    }

    /// Something was missed by `time`: frames, or activities.
    pub(super) fn missing(&mut self, time: Timestamp) {
        self.missed = self.missed.max(Some(time));
    }

    /// Sends what there is, or at least the time, as far as the queue has room.
    pub(super) fn send(&mut self, now: Timestamp) {
        let silent = now.0.abs_diff(self.told.0);
        if self.waiting.is_empty() && self.seen.is_empty() && u128::from(silent) < TELL.as_nanos() {
            return;
        }
        let parcel = self.parcel(now);
        match self.queue.try_send(parcel) {
            Ok(()) => {}
            Err(TrySendError::Full(parcel)) => {
                (self.waiting, self.seen) = (parcel.activities, parcel.sightings);
                self.missed = parcel.missed;
            }
            Err(TrySendError::Disconnected(parcel)) => self.lost += parcel.activities.len() as u64,
        }
    }

    /// The worker ends: what it said last is waited for.
    pub(super) fn finish(&mut self, last: Vec<Box<Activity>>, now: Timestamp) {
        let before = self.waiting.len();
        self.waiting.extend(last);
        self.count(before);
        let parcel = self.parcel(now);
        if let Err(error) = self.queue.send_timeout(parcel, PATIENCE) {
            self.lost += error.into_inner().activities.len() as u64;
        }
    }

    fn parcel(&mut self, now: Timestamp) -> Parcel {
        self.told = now;
        Parcel {
            worker: self.worker,
            activities: std::mem::take(&mut self.waiting),
            sightings: std::mem::take(&mut self.seen),
            missed: self.missed.take(),
            now,
        }
    }

    fn count(&mut self, from: usize) {
        for activity in self.waiting.iter().skip(from) {
            self.kinds.count(activity.kind);
        }
    }
}
