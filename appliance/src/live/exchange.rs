//! Frames that reached a worker which does not own them are handed to the one that does.
//!
//! The kernel spreads frames by what it can see of them; later fragments of a tunnel's packet, and the queues of a NIC, go by
//! something else. A worker never waits here: where the owner's queue is full, the frames are lost and counted.

use capture::Affinity;
use capture::source::{Batch, Frame};
use crossbeam_channel::{Receiver, Sender, bounded};

/// Batches that wait for their owner.
const DEPTH: usize = 64;

/// Emptied batches that are kept for each worker.
const SPARE: usize = 8;

/// One worker's end.
#[derive(Debug)]
pub(super) struct Exchange {
    index: usize,
    affinity: Affinity,
    /// By worker; the own place is never used.
    out: Vec<(Batch, Sender<Batch>)>,
    inbox: Receiver<Batch>,
    spare: (Sender<Batch>, Receiver<Batch>),
    handed: u64,
    lost: u64,
}

impl Exchange {
    /// The ends of `workers` workers.
    pub(super) fn between(workers: usize) -> Vec<Self> {
        let spare = bounded(SPARE * workers);
        let (senders, inboxes): (Vec<_>, Vec<_>) = (0..workers).map(|_| bounded(DEPTH)).unzip();
        let end = |(index, inbox)| Self {
            index,
            affinity: Affinity::default(),
            out: senders.iter().map(|sender| (Batch::new(), sender.clone())).collect(),
            inbox,
            spare: spare.clone(),
            handed: 0,
            lost: 0,
        };
        inboxes.into_iter().enumerate().map(end).collect()
    }

    /// Frames given to their owners.
    pub(super) const fn handed(&self) -> u64 {
        self.handed
    }

    /// Frames whose owner had no room.
    pub(super) const fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether the frame is this worker's; if not, it goes to its owner.
    pub(super) fn keeps(&mut self, frame: &Frame<'_>) -> bool {
        let workers = self.out.len();
        if workers == 1 {
            return true;
        }
        let owner = self.affinity.worker(frame, workers);
        if owner == self.index {
            return true;
        }
        let full = self.out.get_mut(owner).is_some_and(|(batch, _)| {
            batch.push(frame);
            batch.is_full()
        });
        if full {
            self.post(owner);
        }
        false
    }

    /// Sends on what has gathered.
    pub(super) fn flush(&mut self) {
        for owner in 0..self.out.len() {
            self.post(owner);
        }
    }

    /// A batch of frames that others handed over.
    pub(super) fn next(&self) -> Option<Batch> {
        self.inbox.try_recv().ok()
    }

    /// Keeps the memory of a batch that was read.
    pub(super) fn recycle(&self, mut batch: Batch) {
        batch.clear();
        let _ = self.spare.0.try_send(batch); // enough are kept already
    }

    fn post(&mut self, owner: usize) {
        let Some((batch, queue)) = self.out.get_mut(owner).filter(|(batch, _)| !batch.is_empty()) else {
            return;
        };
        let full = std::mem::replace(batch, self.spare.1.try_recv().unwrap_or_default());
        let count = full.len() as u64;
        match queue.try_send(full) {
            Ok(()) => self.handed += count,
            Err(refused) => {
                self.lost += count;
                self.recycle(refused.into_inner());
            }
        }
    }
}
