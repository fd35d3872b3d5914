//! Sends what the spool holds, at least once, until the receiver has acknowledged it.
//!
//! One task: it connects, says hello, goes on where the receiver's welcome says, and keeps a window of activities under way;
//! whatever goes wrong, it starts over after a jittered pause. The receiver's speed never reaches the appender: between the
//! two lies the disk.

mod backoff;
mod batch;
pub(crate) mod channel;
mod config;
pub(crate) mod session;

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};

use crate::proto;
use crate::spool::{Reader, SpoolStats};
use backoff::Backoff;
pub use config::SenderConfig;
use session::Session;

/// Why there is no sender.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The configuration cannot work: `where: what; consequence; fix`.
    #[error("{0}")]
    Config(String),
}

/// What a heartbeat says of the stages before the spool; the spool's own figures are added to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The loss ledger: totals since the start, each named with its unit.
    pub losses: Vec<proto::Counter>,
    /// What is not as it should be.
    pub health: Vec<proto::Condition>,
}

/// How sending goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SenderStatus {
    /// The receiver has welcomed this sensor, and the stream stands.
    pub connected: bool,
    /// Everything up to this id is stored.
    pub acknowledged_id: u64,
    /// Why the last stream ended or could not be opened; gone once one stands.
    pub error: Option<String>,
}

/// How a sender ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Activities the receiver has stored while this sender ran.
    pub acknowledged: u64,
    /// Activities that wait in the spool.
    pub waiting: u64,
    /// Why they wait.
    pub error: Option<String>,
}

/// The way to start sending.
#[derive(Debug)]
pub struct Sender;

impl Sender {
    /// Starts sending on `runtime`. `report` is asked before every heartbeat and has to be quick.
    ///
    /// # Errors
    /// The configuration cannot work. That the receiver cannot be reached is none: the spool waits.
    pub fn spawn(
        runtime: &Handle,
        config: SenderConfig,
        reader: Reader,
        report: impl Fn() -> Report + Send + Sync + 'static,
    ) -> Result<SenderHandle, SenderError> {
        let _inside = runtime.enter();
        let endpoint = channel::endpoint(&config)?;
        let acknowledged_id = reader.stats().acknowledged_id;
        let status = watch::Sender::new(SenderStatus {
            acknowledged_id,
            ..SenderStatus::default()
        });
        let (stop, stopped) = watch::channel(false);
        let reader = Arc::new(Mutex::new(reader));
        let handle_status = status.subscribe();
        let session = Session {
            config: Arc::new(config),
            endpoint,
            reader: reader.clone(),
            report: Arc::new(report),
            status,
            stop: stopped,
        };
        let task = runtime.spawn(run(session));
        Ok(SenderHandle {
            reader,
            stop,
            status: handle_status,
            before: acknowledged_id,
            task,
        })
    }
}

/// Session after session, until one has sent everything and is asked to stop.
async fn run(mut session: Session) {
    let first = Duration::from_millis(session.config.backoff_ms);
    let mut backoff = Backoff::new(first, Duration::from_millis(session.config.max_backoff_ms));
    loop {
        let before = session.status.borrow().acknowledged_id;
        let Err(error) = session.run().await else { return };
        tracing::debug!(%error, "the stream to the receiver ended");
        session.status.send_modify(|status| {
            status.connected = false;
            status.error = Some(error.to_string());
        });
        if session.status.borrow().acknowledged_id > before {
            backoff.reset();
        }
        sleep(backoff.delay()).await;
    }
}

/// A running sender; it stops at once when this is dropped.
#[derive(Debug)]
pub struct SenderHandle {
    reader: Arc<Mutex<Reader>>,
    stop: watch::Sender<bool>,
    status: watch::Receiver<SenderStatus>,
    before: u64,
    task: JoinHandle<()>,
}

impl SenderHandle {
    /// How sending goes.
    #[must_use]
    pub fn status(&self) -> SenderStatus {
        self.status.borrow().clone()
    }

    /// Follows how sending goes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<SenderStatus> {
        self.status.clone()
    }

    /// Whether it sends no more, which before [`Self::drain`] it never should.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// How the spool is doing.
    #[must_use]
    pub fn spool(&self) -> SpoolStats {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).stats()
    }

    /// Sends what is synced and still waits, and stops: when everything is acknowledged, or when no acknowledgement has come
    /// for `patience`. Call [`crate::Appender::sync`] before. What waits then stays in the spool.
    pub async fn drain(mut self, patience: Duration) -> Drained {
        self.stop.send_replace(true);
        let mut seen = self.status().acknowledged_id;
        let mut deadline = Instant::now() + patience;
        // The sender's end closes the channel.
        while let Ok(Ok(())) = timeout_at(deadline, self.status.changed()).await {
            let acknowledged = self.status.borrow_and_update().acknowledged_id;
            if acknowledged > seen {
                (seen, deadline) = (acknowledged, Instant::now() + patience);
            }
        }
        self.task.abort();
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = reader.save() {
            tracing::warn!(%error, "the spool's cursor is behind");
        }
        let (stats, status) = (reader.stats(), self.status.borrow().clone());
        Drained {
            acknowledged: stats.acknowledged_id.saturating_sub(self.before),
            waiting: stats.waiting,
            error: status.error,
        }
    }
}

impl Drop for SenderHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An error with its causes, in one line: gRPC hides the interesting one deepest.
pub(crate) fn reason(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
