//! The store stage: every activity gets its id and its place in the spool, and is synced in groups, also while nothing comes.
//!
//! It waits for the disk and for nobody else. What the disk does not take is lost, counted, and told once. Where somebody waits
//! for a receipt, it syncs as soon as nothing more has come, so that a slow disk makes larger groups and not longer queues.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use resolver::Resolved;
use uplink::{Appender, SpoolError};

use super::delay::{Delays, completed};
use crate::cli::line;
use crate::health::Latest;
use crate::listen::Receipt;

/// How long a receipt waits at most while more comes.
const PROMPT: Duration = Duration::from_millis(2);

/// What the resolve stage passes on in one go.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) resolved: Vec<Resolved>,
    /// Of those whose activities are all in here, or before.
    pub(super) receipts: Vec<Receipt>,
}

impl Batch {
    pub(super) const fn is_empty(&self) -> bool {
        self.resolved.is_empty() && self.receipts.is_empty()
    }
}

/// The stage.
pub(super) struct Storing {
    appender: Appender,
    /// Interfaces by `CaptureId`.
    names: Vec<String>,
    /// Whoever watches what happens.
    latest: Latest,
    delays: Delays,
    /// The disk has failed, and that was told.
    failing: bool,
    /// Who waits for the next sync, and since when.
    owed: Vec<Receipt>,
    since: Option<Instant>,
    /// Something that is not synced yet was lost.
    amiss: bool,
}

impl Storing {
    pub(super) const fn new(appender: Appender, names: Vec<String>, latest: Latest, delays: Delays) -> Self {
        Self {
            appender,
            names,
            latest,
            delays,
            failing: false,
            owed: Vec::new(),
            since: None,
            amiss: false,
        }
    }

    /// Works until the resolve stage has ended; then everything is synced.
    pub(super) fn run(mut self, batches: &Receiver<Batch>) {
        loop {
            let received = match self.due() {
                Some(wait) => batches.recv_timeout(wait),
                None => batches.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(batch) => self.batch(batch),
                Err(RecvTimeoutError::Timeout) => self.sync(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.sync();
    }

    /// How long it may wait before it syncs; none where nothing is to be synced.
    fn due(&self) -> Option<Duration> {
        match self.since {
            Some(_) => Some(Duration::ZERO),
            None => self.appender.due(),
        }
    }

    fn batch(&mut self, batch: Batch) {
        self.append(&batch.resolved);
        if !batch.receipts.is_empty() {
            self.owed.extend(batch.receipts);
            self.since.get_or_insert_with(Instant::now);
        }
        if self.amiss || self.since.is_some_and(|since| since.elapsed() >= PROMPT) {
            self.sync();
        }
    }

    fn append(&mut self, batch: &[Resolved]) {
        self.latest.show(batch, line::text);
        let mut left = Vec::new();
        for resolved in batch {
            let capture = usize::from(resolved.activity.capture.0);
            let name = self.names.get(capture).map_or("", String::as_str);
            let appended = self
                .appender
                .append(|id, buffer| uplink::encode(id, resolved, name, buffer));
            if let (Ok(id), Some(time)) = (&appended, completed(resolved)) {
                left.push((*id, time));
            }
            self.told(appended.map(drop));
        }
        self.delays.follow(left.into_iter());
    }

    fn sync(&mut self) {
        let synced = self.appender.sync();
        self.told(synced);
        let stored = !std::mem::take(&mut self.amiss);
        self.since = None;
        self.owed.drain(..).for_each(|receipt| receipt.sign(stored));
    }

    /// An error is told when it begins, and its end as well.
    fn told(&mut self, result: Result<(), SpoolError>) {
        self.amiss |= result.is_err();
        match result {
            Err(error) if !self.failing => {
                tracing::error!("{error}; activities are lost until it works again; make room or mend the disk");
                self.failing = true;
            }
            Ok(()) if self.failing && self.appender.stats().stopped.is_none() => {
                tracing::info!("the spool takes activities again");
                self.failing = false;
            }
            _ => {}
        }
    }
}
