//! A sensor and a receiver in one process, and a look into the store.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use capture::{CaptureId, Endpoint, Flow, Timestamp, Transport, Tunnel};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parsers::activity::{Activity, FailureReason, Kind, Outcome, Status};
use parsers::protocol::ProtocolId;
use resolver::Resolved;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uplink::{
    Appender, Drained, Reader, Received, Receiver, ReceiverConfig, Report, Sender, SenderConfig, SenderHandle, Spool,
    SpoolConfig,
};

/// Long enough for a busy machine; nothing waits for it unless something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// 2026-11-20T08:00:00Z.
pub(crate) const MORNING: Timestamp = Timestamp(1_795_161_600_000_000_000);

/// A failed or successful Kerberos logon, `number` deciding the rest.
pub(crate) fn logon(number: u64) -> Resolved {
    let end = |last: u8, port| Endpoint {
        ip: Ipv4Addr::new(10, 0, 0, last).into(),
        port,
        mac: None,
    };
    let flow = Flow {
        id: number,
        transport: Transport::Tcp,
        client: end(20, 50_000),
        server: end(1, 88),
        tunnel: Tunnel::default(),
        capture: CaptureId(0),
        midstream: false,
    };
    let time = Timestamp(MORNING.0 + number as i64 * 1_000_000_000);
    let mut activity = Activity::new(Kind::KerberosAs, ProtocolId::Kerberos, &flow, time);
    activity.observed.account = Some(format!("user{}", number % 7).into());
    activity.observed.domain = Some("LAB.EXAMPLE".into());
    activity.details.set("etype", 18_u8);
    if number.is_multiple_of(3) {
        activity.conclude(Outcome::Failure);
        activity.status = Some(Status::new(24, Some("KDC_ERR_PREAUTH_FAILED")));
        activity.failure_reason = Some(FailureReason::WrongPassword);
    } else {
        activity.conclude(Outcome::Success);
    }
    Resolved {
        activity: Box::new(activity),
        actor: None,
        correlated: None,
        target: None,
        source: None,
        destination: None,
        waited: false,
    }
}

/// A spool with small segments.
pub(crate) fn spool(folder: &Path) -> (Appender, Reader) {
    let config = SpoolConfig {
        segment_bytes: 16 << 10,
        ..SpoolConfig::new(folder.join("spool"))
    };
    Spool::open(&config).unwrap()
}

/// Appends so many logons and syncs them.
pub(crate) fn append(appender: &mut Appender, count: u64) {
    for _ in 0..count {
        appender
            .append(|id, buffer| uplink::encode(id, &logon(id), "test.pcap", buffer))
            .unwrap();
    }
    appender.sync().unwrap();
}

/// Sends to `url`, in small batches and with short pauses.
pub(crate) fn send(url: &str, reader: Reader) -> SenderHandle {
    let config = SenderConfig {
        batch_records: 50,
        backoff_ms: 5,
        max_backoff_ms: 50,
        ..SenderConfig::new(url)
    };
    send_with(config, reader)
}

pub(crate) fn send_with(config: SenderConfig, reader: Reader) -> SenderHandle {
    let config = SenderConfig {
        sensor: Some("dc1".into()),
        ..config
    };
    Sender::spawn(&Handle::current(), config, reader, Report::default).unwrap()
}

/// Waits until the sender has said why it cannot send, and gives up.
pub(crate) async fn fail(sender: SenderHandle) -> (Drained, String) {
    let mut status = sender.watch();
    let failed = status.wait_for(|status| status.error.is_some());
    let error = tokio::time::timeout(PATIENCE, failed)
        .await
        .unwrap()
        .unwrap()
        .error
        .clone()
        .unwrap();
    (sender.drain(Duration::ZERO).await, error)
}

/// A receiver with a runtime of its own, so that it can end at once and altogether.
pub(crate) struct Serving {
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Received>,
    runtime: Runtime,
}

pub(crate) async fn serve(config: ReceiverConfig) -> Serving {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (stop, stopped) = oneshot::channel();
    let (told, bound) = oneshot::channel();
    let task = runtime.spawn(async move {
        let receiver = Receiver::bind(config).await.unwrap();
        told.send((receiver.url(), receiver.address())).unwrap();
        receiver
            .serve(async { stopped.await.unwrap_or_default() })
            .await
            .unwrap()
    });
    let (url, address) = bound.await.unwrap();
    Serving {
        url,
        address,
        stop,
        task,
        runtime,
    }
}

impl Serving {
    /// Ends as an operator ends it.
    pub(crate) async fn stop(self) -> Received {
        self.stop.send(()).unwrap();
        let received = self.task.await.unwrap();
        end(self.runtime).await;
        received
    }

    /// Ends in the middle of whatever it does.
    pub(crate) async fn kill(self) {
        end(self.runtime).await;
    }
}

/// A runtime is not dropped inside another.
async fn end(runtime: Runtime) {
    tokio::task::spawn_blocking(|| drop(runtime)).await.unwrap();
}

/// Ids of the table `activities` and how often each is stored.
pub(crate) fn stored(store: &Path) -> BTreeMap<i64, usize> {
    let mut ids = BTreeMap::new();
    for file in files(&store.join("activities")) {
        for batch in ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(file).unwrap())
            .unwrap()
            .build()
            .unwrap()
        {
            let batch = batch.unwrap();
            for id in batch
                .column_by_name("id")
                .unwrap()
                .as_primitive::<Int64Type>()
                .iter()
                .flatten()
            {
                *ids.entry(id).or_default() += 1;
            }
        }
    }
    ids
}

/// Asserts that ids 1 to `last` are stored, each once.
pub(crate) fn assert_stored_once(store: &Path, last: i64) {
    let stored = stored(store);
    let expected: BTreeMap<i64, usize> = (1..=last).map(|id| (id, 1)).collect();
    assert_eq!(stored, expected);
}

/// The Parquet files of a table.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return vec![];
    };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            found.push(path);
        }
    }
    found.sort();
    found
}
