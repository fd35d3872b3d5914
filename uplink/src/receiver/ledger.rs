//! What one sensor's spool has stored: takes batches, drops what it has already, commits.
//!
//! A batch is kept in the [`Intake`] as it came, and may be acknowledged when that is synced; its rows are stored by the next
//! commit, or after a kill by the next start.
//!
//! Invariant: an id is stored once, or above `stored`. The rows of a commit are written under staged names and become
//! part of the store, all of them at once, by [`Journal::write`].

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::activities::ACTIVITIES;
use super::details::Details;
use super::hunting::{IDENTITY_DIRECTORY_EVENTS, IDENTITY_LOGON_EVENTS, IDENTITY_QUERY_EVENTS};
use super::ingest::{Entry, Ingest, Refused};
use super::intake::Intake;
use super::journal::{Journal, Move};
use super::partition::Partition;
use super::store::{Source, Store};
use super::table::{Row, Table};
use crate::durable;
use crate::proto::Batch;

/// Days whose files are open at once; one more, and everything is committed first.
const MAX_DAYS: usize = 16;

static TABLES: [&Table; 4] = [
    &ACTIVITIES,
    &IDENTITY_LOGON_EVENTS,
    &IDENTITY_QUERY_EVENTS,
    &IDENTITY_DIRECTORY_EVENTS,
];

/// The ledger of one source.
pub(super) struct Ledger {
    store: Arc<Store>,
    source: Source,
    journal: Journal,
    /// None while it is being read: commits are not to empty it then.
    intake: Option<Intake>,
    /// Everything up to this id is stored or in `open`.
    seen: u64,
    /// Everything up to this id is stored, or synced in the intake.
    kept: u64,
    /// Files of the next commit, by day and table.
    open: BTreeMap<(i64, usize), Partition>,
    /// Activities in them.
    rows: usize,
}

impl Ledger {
    /// Reads what is stored of `source`, finishing the commit that was interrupted, and deletes what belongs to none.
    pub(super) fn open(store: Arc<Store>, source: Source) -> io::Result<Self> {
        let journal = store.recover(&source)?;
        let last_id = journal.last_id;
        let mut ledger = Self {
            intake: None,
            store,
            source,
            journal,
            seen: last_id,
            kept: last_id,
            open: BTreeMap::new(),
            rows: 0,
        };
        ledger.take_in()?;
        Ok(ledger)
    }

    /// Stores what the intake still holds.
    fn take_in(&mut self) -> io::Result<()> {
        let mut intake = Intake::new(self.store.intake(&self.source));
        let mut ingest = Ingest::new()?;
        intake.replay(|batch| match ingest.take(batch, self) {
            Err(Refused::Store(error)) => Err(error),
            // It was looked at before it was kept.
            _ => Ok(()),
        })?;
        self.commit()?;
        intake.clear()?;
        self.intake = Some(intake);
        Ok(())
    }

    /// Keeps a batch that was just taken, as it came.
    pub(super) fn keep(&mut self, batch: &Batch) -> io::Result<()> {
        self.intake.as_mut().map_or(Ok(()), |intake| intake.append(batch))
    }

    /// Syncs what is kept. Answers the id up to which everything may be acknowledged. Blocking.
    pub(super) fn secure(&mut self) -> io::Result<u64> {
        if let Some(intake) = &mut self.intake
            && intake.sync()?
        {
            self.kept = self.seen;
        }
        Ok(self.kept.max(self.stored()))
    }

    /// Whether a commit is due because so much is kept.
    pub(super) fn is_full(&self) -> bool {
        self.intake.as_ref().is_some_and(Intake::is_full)
    }

    /// Everything up to this id is stored.
    pub(super) const fn stored(&self) -> u64 {
        self.journal.last_id
    }

    /// Everything up to this id is stored, or written and not yet committed.
    pub(super) const fn seen(&self) -> u64 {
        self.seen
    }

    /// Activities that wait for the next commit.
    pub(super) const fn waiting(&self) -> usize {
        self.rows
    }

    /// Nothing happened since the last commit but that these ids came and hold nothing: they count as stored with the next.
    pub(super) fn pass(&mut self, last_id: u64) {
        self.seen = self.seen.max(last_id);
    }

    /// Writes activities with ids above [`Self::seen`], in order. Blocking.
    pub(super) fn append<'a>(&mut self, entries: &[Entry<'a>]) -> Result<(), Refused> {
        let details: Vec<_> = entries.iter().map(|entry| Details::of(&entry.view)).collect();
        let mut start = 0;
        for run in entries.chunk_by(|one, other| one.day() == other.day()) {
            let details = details.get(start..start + run.len()).unwrap_or_default();
            start += run.len();
            self.append_day(run, details)?;
        }
        Ok(())
    }

    /// Writes activities of one day.
    fn append_day<'a>(&mut self, entries: &[Entry<'a>], details: &[Details<'a>]) -> Result<(), Refused> {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Ok(());
        };
        let day = first.day();
        let bytes = entries.iter().map(|entry| entry.bytes).sum();
        if self.open.len() >= MAX_DAYS * TABLES.len() && !self.open.contains_key(&(day, 0)) {
            self.commit()?;
        }
        let source = self.source.clone();
        for (index, table) in TABLES.iter().enumerate() {
            let held = entries
                .iter()
                .zip(details)
                .filter(|(entry, _)| (table.holds)(&entry.view));
            let rows: Vec<_> = held
                .map(|(entry, details)| Row {
                    source: &source,
                    view: &entry.view,
                    details,
                })
                .collect();
            if !rows.is_empty() {
                // Bytes that one view passes over are counted for it too: they bound memory, nothing else.
                self.partition(day, index, table)?.append(&rows, bytes)?;
            }
        }
        self.rows += entries.len();
        self.seen = self.seen.max(last.view.id);
        Ok(())
    }

    fn partition(&mut self, day: i64, index: usize, table: &'static Table) -> io::Result<&mut Partition> {
        let key = (day, index);
        if !self.open.contains_key(&key) {
            let folder = Store::staging(&self.source);
            fs::create_dir_all(self.store.root.join(&folder))?;
            let name = format!("{}-{}-{}.parquet", table.name, date(day), self.stored() + 1);
            let partition = Partition::create(table, &self.store.root, folder.join(name))?;
            self.open.insert(key, partition);
        }
        self.open
            .get_mut(&key)
            .ok_or_else(|| io::Error::other("a file vanished from the list it was put in"))
    }

    /// Stores what waits: when it returns well, everything up to [`Self::seen`] is stored. Otherwise that is not to be told
    /// from here, and the ledger has to be opened anew. Blocking.
    pub(super) fn commit(&mut self) -> io::Result<()> {
        if self.seen == self.stored() {
            return Ok(());
        }
        let (first, last) = (self.stored() + 1, self.seen);
        let mut moves = Vec::new();
        for ((day, table), partition) in std::mem::take(&mut self.open) {
            let to = self.place(table, day, first, last);
            moves.push(Move {
                from: partition.close()?,
                to,
            });
        }
        if !moves.is_empty() {
            durable::sync_folder(&self.store.root.join(Store::staging(&self.source)))?;
        }
        self.journal = Journal { last_id: last, moves };
        self.rows = 0;
        self.journal.write(&self.store.journal(&self.source))?;
        self.journal.finish(&self.store.root)?;
        self.intake.as_mut().map_or(Ok(()), Intake::clear)
    }

    /// Where a file of the commit from `first` to `last` belongs, relative to the store.
    fn place(&self, table: usize, day: i64, first: u64, last: u64) -> PathBuf {
        let folder = TABLES.get(table).map_or("", |table| table.name);
        let Source { sensor, spool } = &self.source;
        PathBuf::from(format!(
            "{folder}/day={}/sensor={sensor}/{spool}-{first:012}-{last:012}.parquet",
            date(day)
        ))
    }
}

/// The date of a day since 1970-01-01.
fn date(day: i64) -> String {
    let mut text = capture::Timestamp::new(day.saturating_mul(86_400), 0).to_string();
    text.truncate(10);
    text
}
