//! Delivery of a replay: every activity through the spool, over gRPC, to a receiver; its own one on loopback, or another.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use resolver::Resolved;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uplink::spool::SpoolStats;
use uplink::{
    Appender, Drained, Received, Receiver, ReceiverConfig, ReceiverError, Report, Sender, SenderHandle, Spool,
    SpoolError,
};

use crate::cli::replay::Destination;
use crate::cli::summary::number;
use crate::config::Config;
use crate::exit::{Code, Failure};
use crate::worker::Totals;

/// How long a drain waits for the next acknowledgement before it leaves the rest in the spool.
const PATIENCE: Duration = Duration::from_secs(10);

/// The same once the user has asked to stop.
const IMPATIENCE: Duration = Duration::from_secs(2);

/// Activities between two looks at the spool's size.
const LOOK: u64 = 8_192;

/// A spool, the sender that empties it, and the own receiver where there is one.
pub(super) struct Delivery {
    runtime: Runtime,
    appender: Appender,
    sender: SenderHandle,
    receiver: Option<Embedded>,
    /// A spool that is gone after the run, unless something still waits in it.
    temporary: Option<TempDir>,
    spool: PathBuf,
    limit: u64,
    to: String,
    ledger: Arc<Mutex<Report>>,
    appended: u64,
    trouble: Option<SpoolError>,
}

/// The own receiver.
struct Embedded {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<Received, ReceiverError>>,
}

impl Delivery {
    /// Opens the spool, starts the own receiver where no other is named, and starts sending.
    pub(super) fn start(destination: &Destination, config: &Config) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .thread_name("uplink")
            .build()?;
        let (spool, temporary) = destination.spool()?;
        let spool_config = uplink::SpoolConfig {
            directory: spool.clone(),
            ..config.spool.clone()
        };
        let (appender, reader) =
            Spool::open(&spool_config).map_err(|error| Failure::new(Code::CannotCreate, error.to_string()))?;
        let (receiver, url) = match &destination.to {
            Some(url) => (None, url.clone()),
            None => Embedded::start(&runtime, &destination.store).map(|(receiver, url)| (Some(receiver), url))?,
        };
        let sender_config = destination.sender(&config.sender, &url);
        if let Some(problem) = sender_config.problems().into_iter().next() {
            return Err(Failure::new(Code::Config, problem).into());
        }
        let ledger = Arc::new(Mutex::new(Report::default()));
        let report = Arc::clone(&ledger);
        let told = move || report.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let sender = Sender::spawn(runtime.handle(), sender_config, reader, told)
            .map_err(|error| Failure::new(Code::Config, error.to_string()))?;
        let to = if destination.to.is_some() {
            url
        } else {
            destination.store.display().to_string()
        };
        let limit = spool_config.max_bytes / 4 * 3;
        Ok(Self {
            runtime,
            appender,
            sender,
            receiver,
            temporary,
            spool,
            limit,
            to,
            ledger,
            appended: 0,
            trouble: None,
        })
    }

    /// Gives an activity its id and its place in the spool; none where the disk took neither, which is counted.
    pub(super) fn append(&mut self, resolved: &Resolved, capture: &str) -> Option<u64> {
        self.appended += 1;
        if self.appended.is_multiple_of(LOOK) {
            self.wait_for_room();
        }
        match self
            .appender
            .append(|id, buffer| uplink::encode(id, resolved, capture, buffer))
        {
            Ok(id) => Some(id),
            Err(error) => {
                self.trouble.get_or_insert(error);
                None
            }
        }
    }

    /// A replay loses nothing: while a receiver takes what is sent, a full spool is waited for. Without one it is not, and
    /// the spool evicts its oldest.
    fn wait_for_room(&self) {
        let mut status = self.sender.watch();
        while self.sender.spool().bytes > self.limit && status.borrow_and_update().connected {
            let progress = async { tokio::time::timeout(PATIENCE, status.changed()).await };
            if !matches!(self.runtime.block_on(progress), Ok(Ok(()))) {
                return;
            }
        }
    }

    /// Makes everything durable, sees it delivered as far as the receiver goes along, and stops.
    pub(super) fn finish(mut self, totals: &Totals, stop: &AtomicBool) -> anyhow::Result<Delivered> {
        if let Err(error) = self.appender.sync() {
            self.trouble.get_or_insert(error);
        }
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).losses = totals.ledger();
        let patience = if stop.load(Ordering::Relaxed) {
            IMPATIENCE
        } else {
            PATIENCE
        };
        let drained = self.runtime.block_on(self.sender.drain(patience));
        let received = self
            .receiver
            .map(|receiver| receiver.finish(&self.runtime))
            .transpose()?;
        let stats = self.appender.stats();
        if let Some(folder) = self.temporary
            && drained.waiting > 0
        {
            let _kept = folder.keep();
        }
        let trouble = self.trouble.map(|error| error.to_string());
        Ok(Delivered {
            drained,
            received,
            stats,
            spool: self.spool,
            to: self.to,
            trouble,
        })
    }
}

impl Embedded {
    fn start(runtime: &Runtime, store: &Path) -> anyhow::Result<(Self, String)> {
        let receiver = runtime
            .block_on(Receiver::bind(ReceiverConfig::embedded(store)))
            .map_err(|error| Failure::new(Code::CannotCreate, error.to_string()))?;
        let (url, (stop, stopped)) = (receiver.url(), oneshot::channel());
        let task = runtime.spawn(receiver.serve(async {
            let _dropped_or_told = stopped.await;
        }));
        Ok((Self { stop, task }, url))
    }

    fn finish(self, runtime: &Runtime) -> anyhow::Result<Received> {
        let _gone = self.stop.send(());
        let received = runtime.block_on(self.task)?;
        Ok(received.map_err(|error| Failure::new(Code::Io, error.to_string()))?)
    }
}

/// How a delivery ended.
pub(super) struct Delivered {
    drained: Drained,
    received: Option<Received>,
    stats: SpoolStats,
    spool: PathBuf,
    to: String,
    trouble: Option<String>,
}

impl Delivered {
    /// For the summary.
    pub(super) fn text(&self) -> String {
        let mut text = format!("delivered    {} to {}", number(self.drained.acknowledged), self.to);
        if let Some(received) = self.received.filter(|received| received.duplicates > 0) {
            text.push_str(&format!(
                ", {} came twice and were dropped",
                number(received.duplicates)
            ));
        }
        text.push('\n');
        let lost = [
            ("evicted", self.stats.evicted),
            ("damaged", self.stats.damaged),
            ("unwritten", self.stats.unwritten),
        ];
        for (why, count) in lost.into_iter().filter(|(_, count)| *count > 0) {
            text.push_str(&format!("lost         {} {why}\n", number(count)));
        }
        text
    }

    /// The failure to leave with, where not everything was delivered.
    pub(super) fn verdict(&self) -> anyhow::Result<()> {
        if let Some(trouble) = &self.trouble {
            let lost = number(self.stats.unwritten);
            let sentence = format!(
                "{trouble}; {lost} activities were not kept, what was synced before is; make room and replay again"
            );
            return Err(Failure::new(Code::Io, sentence).into());
        }
        if self.drained.waiting == 0 {
            return Ok(());
        }
        let why = self.drained.error.as_deref().unwrap_or("no acknowledgement came");
        let sentence = format!(
            "{} activities wait in {}: {why}; nothing is lost, they are sent first by the next run with --spool {} --to {}",
            number(self.drained.waiting),
            self.spool.display(),
            self.spool.display(),
            self.to
        );
        Err(Failure::new(Code::Unavailable, sentence).into())
    }
}
