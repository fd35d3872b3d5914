//! How the sensor is: what its numbers mean, what is the matter, and what to do about it.
//!
//! ```text
//! Snapshot (once a second) ─► Window ─► evaluate ─► Finding ─► Alerts ─► Status ─► /status.json, page, `adtap status`
//!                                                                   └──► Report ─► heartbeat ─► receiver
//! ```
//! All but this handle is without I/O and without a clock. Health is told of everything and changes nothing: what is done
//! under pressure is the governor's.

mod alerts;
mod config;
mod evaluate;
#[cfg(test)]
pub(crate) mod examples;
mod finding;
mod governor;
mod heartbeat;
mod issue;
mod latest;
mod ledger;
mod memory;
pub(crate) mod moment;
mod process;
mod shed;
pub(crate) mod snapshot;
mod status;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
mod window;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use uplink::Report;

pub(crate) use alerts::{Alert, Alerts, Standing};
pub(crate) use config::Config;
pub(crate) use governor::{Governor, Limits};
pub(crate) use issue::Severity;
pub(crate) use latest::Latest;
pub(crate) use process::Meter;
pub(crate) use shed::{Shed, Shedding};
pub(crate) use snapshot::Snapshot;
pub(crate) use status::Status;
pub(crate) use tables::Table;

use alerts::Now;
use memory::{Memory, Remembered};
use window::Window;

/// Seconds between two times of writing down that adtap is awake.
const KEEP: u64 = 60;

/// Health, shared by whoever tells it and whoever asks it.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    config: Arc<Config>,
    inner: Arc<Mutex<Inner>>,
    memory: Arc<Mutex<Memory>>,
    latest: Latest,
}

#[derive(Debug, Default)]
struct Inner {
    window: Window,
    alerts: Alerts,
    /// When a snapshot was last taken in.
    observed: Option<Instant>,
    /// When the run before was last awake.
    before: Option<capture::Timestamp>,
    /// Uptime at which it was last written down.
    kept: Option<u64>,
}

impl Health {
    /// Health that goes on with the alerts remembered in `folder`, the spool's.
    pub(crate) fn open(config: &Config, folder: &Path) -> Self {
        let memory = Memory::new(folder);
        let remembered = memory.recall();
        let before = remembered.as_ref().map(|remembered| remembered.seen);
        let inner = Inner {
            alerts: remembered.unwrap_or_default().alerts,
            before,
            ..Inner::default()
        };
        Self {
            config: Arc::new(config.clone()),
            inner: Arc::new(Mutex::new(inner)),
            memory: Arc::new(Mutex::new(memory)),
            latest: Latest::default(),
        }
    }

    /// Takes in what is known now: once a second. What changes is logged, and written down.
    pub(crate) fn observe(&self, snapshot: Snapshot) {
        let (changed, due) = {
            let mut inner = self.inner();
            inner.observed = Some(Instant::now());
            inner.observe(snapshot, &self.config)
        };
        changed.iter().for_each(log);
        if due || !changed.is_empty() {
            self.keep();
        }
    }

    /// All there is to say.
    pub(crate) fn status(&self) -> Status {
        let inner = self.inner();
        let stale = inner.observed.map_or(0, |observed| observed.elapsed().as_secs());
        Status::new(&inner.window, &inner.alerts, stale)
    }

    /// The latest activities, for those who watch.
    pub(crate) const fn activities(&self) -> &Latest {
        &self.latest
    }

    /// The newest snapshot and the alerts that stand, for metrics.
    pub(crate) fn newest(&self) -> (Snapshot, Vec<Alert>) {
        let inner = self.inner();
        (inner.window.now().clone(), inner.alerts.standing().to_vec())
    }

    /// What the next heartbeat says.
    pub(crate) fn report(&self) -> Report {
        let inner = self.inner();
        heartbeat::report(inner.window.now(), inner.alerts.open())
    }

    /// An operator's word on the alert of this number; none where no such alert stands.
    pub(crate) fn set(&self, number: u64, standing: Standing) -> Option<Alert> {
        let alert = {
            let mut inner = self.inner();
            let time = inner.window.now().time;
            inner.alerts.set(number, standing, time)?
        };
        log(&alert);
        self.keep();
        Some(alert)
    }

    /// Writes down what is to be remembered; at the end of a run too, so that the next knows how long nobody watched.
    pub(crate) fn keep(&self) {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = self.inner().remember();
        if let Err(error) = memory.keep(&remembered) {
            tracing::warn!(
                "health cannot be written down ({error}); alerts are forgotten at a restart; check the spool's disk"
            );
        }
    }

    /// A panic while it was held left it whole: it holds nothing that spans two assignments.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Answers what changed, and whether it is time to write down that adtap is awake.
    fn observe(&mut self, snapshot: Snapshot, config: &Config) -> (Vec<Alert>, bool) {
        let (time, uptime) = (snapshot.time, snapshot.uptime_seconds);
        if let Some(before) = self.before.take() {
            self.window.absence_seconds = time.since(before).as_secs().saturating_sub(uptime);
        }
        self.window.push(snapshot);
        let findings = evaluate::evaluate(&self.window, config);
        let changed = self.alerts.observe(findings, Now { time, uptime });
        let due = self.kept.is_none_or(|kept| uptime >= kept + KEEP);
        if due {
            self.kept = Some(uptime);
        }
        (changed, due)
    }

    fn remember(&self) -> Remembered {
        Remembered {
            alerts: self.alerts.clone(),
            seen: self.window.now().time,
        }
    }
}

/// Says a change in one line.
fn log(alert: &Alert) {
    let (number, id, sentence) = (alert.number, alert.id, alert.finding.sentence());
    match alert.standing {
        Standing::Open => tracing::warn!(number, id, "{}: {sentence}", alert.name),
        Standing::ClosedAuto => tracing::info!(number, id, "{}: over", alert.name),
        Standing::ClosedManual => tracing::info!(number, id, "{}: closed by hand", alert.name),
        Standing::Suppressed => tracing::info!(number, id, "{}: suppressed for seven days", alert.name),
    }
}
