//! The store stage: every activity gets its id and its place in the spool, and is synced in groups, also while nothing comes.
//!
//! It waits for the disk and for nobody else. What the disk does not take is lost, counted, and told once.

use crossbeam_channel::{Receiver, RecvTimeoutError};
use resolver::Resolved;
use uplink::{Appender, SpoolError};

use super::delay::{Delays, completed};
use crate::cli::line;
use crate::health::Latest;

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
}

impl Storing {
    pub(super) const fn new(appender: Appender, names: Vec<String>, latest: Latest, delays: Delays) -> Self {
        Self {
            appender,
            names,
            latest,
            delays,
            failing: false,
        }
    }

    /// Works until the resolve stage has ended; then everything is synced.
    pub(super) fn run(mut self, batches: &Receiver<Vec<Resolved>>) {
        loop {
            let received = match self.appender.due() {
                Some(wait) => batches.recv_timeout(wait),
                None => batches.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(batch) => self.batch(&batch),
                Err(RecvTimeoutError::Timeout) => self.sync(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.sync();
    }

    fn batch(&mut self, batch: &[Resolved]) {
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
    }

    /// An error is told when it begins, and its end as well.
    fn told(&mut self, result: Result<(), SpoolError>) {
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
