//! The resolve stage of a live run: what workers say, as it comes, folded and resolved.
//!
//! Each worker's activities keep their order but for those that wait a moment for evidence. Between workers there is none to wait for:
//! packet time is that of the worker that is furthest behind. Listeners' letters are read when no worker waits; what they tell bears its
//! own time, and never moves packet time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use capture::source::live;
use capture::{CaptureId, Timestamp};
use crossbeam_channel::{Receiver, Sender, never, select_biased};
use parsers::activity::Origin;
use resolver::Resolver;

use super::known::Keeper;
use super::outbox::Parcel;
use super::store::Batch;
use crate::directory::Renewal;
use crate::listen::{Letter, Receipt};
use crate::lookup::Asking;

/// How long the directory's thread may take to tell what it has found, before the end.
const PARTING: Duration = Duration::from_secs(5);
/// How often counters are published.
const PUBLISH: Duration = Duration::from_secs(1);

/// The stage.
pub(super) struct Resolving {
    resolver: Resolver,
    /// The packet time that each worker has reached.
    times: Vec<Option<Timestamp>>,
    /// Newer directories with what has changed, and where that was seen.
    renewals: (Receiver<Renewal>, CaptureId),
    stats: Arc<Mutex<resolver::Stats>>,
    /// Where hosts are asked who they are.
    asking: Option<Asking>,
    published: Instant,
    /// Frames that the interfaces dropped, as supervision counts them, and as they were counted when it was last looked.
    dropped: Arc<AtomicU64>,
    known: u64,
    keeper: Keeper,
    /// Who waits for events that wait for their like, by when these have left.
    owed: VecDeque<(Timestamp, Receipt)>,
}

impl Resolving {
    pub(super) fn new(
        mut resolver: Resolver,
        workers: usize,
        stats: Arc<Mutex<resolver::Stats>>,
        asking: Option<Asking>,
        dropped: Arc<AtomicU64>,
        keeper: Keeper,
        renewals: (Receiver<Renewal>, CaptureId),
    ) -> Self {
        if asking.is_some() {
            resolver.ask();
        }
        Self {
            keeper,
            resolver,
            times: vec![None; workers],
            renewals,
            stats,
            asking,
            published: Instant::now(),
            dropped,
            known: 0,
            owed: VecDeque::new(),
        }
    }

    /// Works until every worker and every listener has ended.
    pub(super) fn run(mut self, parcels: &Receiver<Parcel>, letters: &Receiver<Letter>, store: &Sender<Batch>) {
        let (mut parcels, mut letters) = (parcels.clone(), letters.clone());
        let (mut workers, mut listeners) = (true, true);
        while workers || listeners {
            let mut batch = Batch::default();
            self.renew(&mut batch);
            if let (Some(asking), Some(now)) = (&mut self.asking, self.times.iter().copied().min().flatten()) {
                asking.learn(&mut self.resolver, now);
            }
            select_biased! {
                recv(parcels) -> parcel => match parcel {
                    Ok(parcel) => self.parcel(parcel, &mut batch),
                    Err(_) => workers = false,
                },
                recv(letters) -> letter => match letter {
                    Ok(letter) => self.letter(letter, &mut batch),
                    Err(_) => listeners = false,
                },
            }
            if !workers {
                parcels = never();
                self.clear(&mut batch); // packet time has ended, too
            }
            if !listeners {
                letters = never();
            }
            // Whatever else has come by now goes along, within reason.
            parcels
                .try_iter()
                .take(64)
                .for_each(|parcel| self.parcel(parcel, &mut batch));
            letters
                .try_iter()
                .take(8)
                .for_each(|letter| self.letter(letter, &mut batch));
            if let Some(asking) = &mut self.asking {
                asking.ask(&mut self.resolver);
            }
            if !batch.is_empty() && store.send(batch).is_err() {
                return; // that it ended is told by itself
            }
            if self.published.elapsed() >= PUBLISH {
                self.publish();
            }
            self.keeper.glance(&self.resolver);
        }
        let (mut last, mut told) = (Batch::default(), Batch::default());
        self.clear(&mut last);
        let _ = store.send(last);
        self.renew_to_the_end(&mut told);
        self.clear(&mut told);
        let _ = store.send(told);
        self.publish();
        self.keeper.last(&self.resolver);
    }

    /// Between two rounds, a newer directory takes the place of the one before: nobody waits, and whoever made it frees it.
    fn renew(&mut self, batch: &mut Batch) {
        while let Ok(renewal) = self.renewals.0.try_recv() {
            self.take(renewal, batch);
        }
    }

    /// What the directory's thread found before it was asked to end: it writes down that it has told that.
    fn renew_to_the_end(&mut self, batch: &mut Batch) {
        let until = Instant::now() + PARTING;
        while let Ok(renewal) = self.renewals.0.recv_deadline(until) {
            self.take(renewal, batch);
        }
    }

    fn take(&mut self, renewal: Renewal, batch: &mut Batch) {
        if let Some(directory) = renewal.directory {
            drop(self.resolver.take_directory(directory));
        }
        let seen = live::now();
        for change in &renewal.changes {
            self.resolver.change(change, seen, self.renewals.1, &mut batch.resolved);
        }
    }

    fn parcel(&mut self, parcel: Parcel, batch: &mut Batch) {
        if self.reach(parcel.worker, parcel.now) {
            self.resolver.set_back(parcel.now, &mut batch.resolved);
            self.clear(batch);
        }
        let out = &mut batch.resolved;
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
            while self.owed.front().is_some_and(|(by, _)| *by <= now) {
                batch.receipts.extend(self.owed.pop_front().map(|(_, receipt)| receipt));
            }
        }
    }

    fn letter(&mut self, letter: Letter, batch: &mut Batch) {
        let (mut by, out) = (None, &mut batch.resolved);
        for activity in letter.activities {
            match activity.origin {
                // It may be the same fact as one that the mirror shows.
                Origin::Event if letter.receipt.is_some() => by = by.max(self.resolver.deliver(activity, out)),
                Origin::Event => self.resolver.activity(activity, out),
                Origin::Wire | Origin::Directory => self.resolver.report(activity, out),
            }
        }
        match (letter.receipt, by) {
            (Some(receipt), Some(by)) => self.owed.push_back((by, receipt)),
            (receipt, _) => batch.receipts.extend(receipt),
        }
    }

    /// Everything that waits leaves, and who waits for it hears.
    fn clear(&mut self, batch: &mut Batch) {
        self.resolver.finish(&mut batch.resolved);
        batch.receipts.extend(self.owed.drain(..).map(|(_, receipt)| receipt));
    }

    /// A worker has reached `now`; whether that is earlier than before, since the host's clock was set back.
    fn reach(&mut self, worker: usize, now: Timestamp) -> bool {
        let Some(time) = self.times.get_mut(worker) else {
            return false;
        };
        time.replace(now).is_some_and(|before| now < before)
    }

    fn publish(&mut self) {
        self.published = Instant::now();
        if let Some(asking) = &self.asking {
            asking.publish();
        }
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner) = self.resolver.stats();
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;
    use parsers::activity::Kind;
    use resolver::directory::sync::Change;
    use resolver::directory::{Attribute, Guid, Record, Snapshot};

    use super::*;

    #[test]
    fn what_the_directory_finds_at_the_end_is_told() {
        let user = Record {
            line: 0,
            dn: "CN=bob,DC=lab,DC=example".into(),
            values: vec![
                (Attribute::ObjectClass, b"user".to_vec()),
                (Attribute::SamAccountName, b"bob".to_vec()),
            ],
        };
        let change = Change {
            domain: "lab.example".into(),
            guid: Guid([1; 16]),
            dn_before: None,
            before: None,
            after: Some(user),
            when_changed: None,
            usn: None,
        };
        let (find, renewals) = bounded(1);
        let resolver = Resolver::new(&resolver::Config::default(), Arc::new(Snapshot::empty()));
        let (keeper, _kept) = Keeper::new();
        let stage = Resolving::new(
            resolver,
            1,
            Arc::default(),
            None,
            Arc::default(),
            keeper,
            (renewals, CaptureId(1)),
        );
        let (store, stored) = bounded(1);
        // The workers and listeners are gone.
        let ((_, parcels), (_, letters)) = (bounded(0), bounded(0));
        let running = std::thread::spawn(move || stage.run(&parcels, &letters, &store));
        assert!(stored.recv().unwrap().resolved.is_empty());
        let renewal = Renewal {
            directory: None,
            changes: vec![change],
        };
        let _ = find.send(renewal);
        drop(find);
        let told: Vec<_> = stored.iter().flat_map(|batch| batch.resolved).collect();
        let kinds: Vec<Kind> = told.iter().map(|resolved| resolved.activity.kind).collect();
        assert_eq!(kinds, [Kind::DirectoryChange]);
        running.join().unwrap();
    }
}
