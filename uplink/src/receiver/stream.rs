//! One sensor's stream: hello, batches, acknowledgements.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tonic::{Status, Streaming};

use super::heartbeat;
use super::ingest::{Ingest, Refused, Taken};
use super::ledger::Ledger;
use super::registry::{Claim, Registry};
use super::store::Source;
use crate::proto::receiver_message::Message as Said;
use crate::proto::sensor_message::Message as Heard;
use crate::proto::{Ack, Batch, Heartbeat, Hello, ReceiverMessage, SensorMessage, Welcome};
use crate::sensor::is_sensor_name;
use crate::spool::is_identity;

/// How long a sensor may take to say hello.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two heartbeats that are kept, at least: a disk write is not to be had more often.
const BEAT: Duration = Duration::from_secs(1);

/// What a receiver has seen, since it was started.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) streams: AtomicU64,
    pub(super) stored: AtomicU64,
    pub(super) duplicates: AtomicU64,
    pub(super) malformed: AtomicU64,
}

/// A stream's end in the receiver.
pub(super) struct Stream {
    pub(super) heard: Streaming<SensorMessage>,
    pub(super) said: mpsc::Sender<Result<ReceiverMessage, Status>>,
    pub(super) registry: Arc<Registry>,
    pub(super) counters: Arc<Counters>,
    pub(super) flush_records: usize,
    pub(super) flush_after: Duration,
    /// Zero where only what is written out is acknowledged.
    pub(super) acknowledge_after: Duration,
    /// Becomes true when the receiver stops.
    pub(super) stop: watch::Receiver<bool>,
}

/// What there is to do next.
enum Event {
    Batch(Batch),
    Acknowledge,
    Beat(Heartbeat),
    Flush,
    /// The sensor has said everything.
    Over,
}

impl Stream {
    /// Serves the stream to its end. Whatever ends it, what has arrived is stored if that is possible.
    pub(super) async fn run(mut self) {
        self.counters.streams.fetch_add(1, Ordering::Relaxed);
        let end = self.serve().await;
        if let Err(status) = end {
            tracing::debug!(%status, "a stream ended");
            // The sensor may be gone; nobody else needs to know.
            let _ = self.said.send(Err(status)).await;
        }
    }

    async fn serve(&mut self) -> Result<(), Status> {
        let hello = self.hello().await?;
        let source = Source {
            sensor: hello.sensor,
            spool: hello.spool,
        };
        let claim = self
            .registry
            .claim(&source)
            .await
            .map_err(|error| Status::resource_exhausted(format!("the store: {error}")))?;
        let Claim { ledger, mut superseded } = claim;
        tracing::info!(
            sensor = source.sensor,
            spool = source.spool,
            version = hello.version,
            "a sensor is here"
        );
        let mut desk = Some(Desk::new(ledger)?);
        let stored = desk.as_ref().map_or(0, Desk::stored);
        self.say(Said::Welcome(Welcome { last_id: stored })).await?;
        let end = self.receive(&mut desk, &mut superseded, &source).await;
        let flushed = self.flush(&mut desk).await;
        end.and(flushed)
    }

    async fn hello(&mut self) -> Result<Hello, Status> {
        let first = timeout(PATIENCE, self.heard.message())
            .await
            .map_err(|_| Status::deadline_exceeded("no hello"))??;
        match first.and_then(|message| message.message) {
            Some(Heard::Hello(hello)) if !is_sensor_name(&hello.sensor) => Err(Status::invalid_argument(
                "a sensor's name is 1 to 64 letters, digits, '.', '_' or '-'",
            )),
            Some(Heard::Hello(hello)) if !is_identity(&hello.spool) => {
                Err(Status::invalid_argument("a spool's identity is 16 hexadecimal digits"))
            }
            Some(Heard::Hello(hello)) => Ok(hello),
            _ => Err(Status::failed_precondition("a stream begins with a hello")),
        }
    }

    /// Takes batches and flushes when it is time, until the sensor ends its side.
    async fn receive(
        &mut self,
        desk: &mut Option<Desk>,
        superseded: &mut watch::Receiver<u64>,
        source: &Source,
    ) -> Result<(), Status> {
        let (mut flush_at, mut acknowledge_at, mut beat_at) = (None, None, Instant::now());
        loop {
            let event = tokio::select! {
                biased;
                _ = superseded.changed() => return Err(Status::aborted("another stream of this spool has begun")),
                _ = self.stop.wait_for(|stop| *stop) => return Err(Status::unavailable("the receiver stops")),
                () = wait(acknowledge_at) => Event::Acknowledge,
                () = wait(flush_at) => Event::Flush,
                message = self.heard.message() => match message?.map(|message| message.message) {
                    None => Event::Over,
                    Some(Some(Heard::Batch(batch))) => Event::Batch(batch),
                    Some(Some(Heard::Heartbeat(heartbeat))) => Event::Beat(heartbeat),
                    Some(Some(Heard::Hello(_))) => return Err(Status::failed_precondition("a second hello")),
                    Some(None) => continue, // something newer
                },
            };
            match event {
                Event::Over => return Ok(()),
                Event::Acknowledge => {
                    self.acknowledge(desk).await?;
                    acknowledge_at = None;
                }
                Event::Beat(heartbeat) => {
                    if Instant::now() >= beat_at {
                        self.beat(source, heartbeat).await;
                        beat_at = Instant::now() + BEAT;
                    }
                }
                Event::Flush => {
                    self.flush(desk).await?;
                    (flush_at, acknowledge_at) = (None, None);
                }
                Event::Batch(batch) => {
                    self.take(desk, batch).await?;
                    if desk.as_ref().is_some_and(|desk| desk.is_full(self.flush_records)) {
                        self.flush(desk).await?;
                        (flush_at, acknowledge_at) = (None, None);
                        continue;
                    }
                    let now = Instant::now();
                    flush_at = flush_at.or(Some(now + self.flush_after));
                    if self.keeps() {
                        acknowledge_at = acknowledge_at.or(Some(now + self.acknowledge_after));
                    }
                }
            }
        }
    }

    /// Whether batches are acknowledged before they are written out.
    const fn keeps(&self) -> bool {
        !self.acknowledge_after.is_zero()
    }

    /// Writes a batch, off this thread.
    async fn take(&self, desk: &mut Option<Desk>, batch: Batch) -> Result<(), Status> {
        let keep = self.keeps();
        let taken = at_desk(desk, move |desk| desk.take(&batch, keep))
            .await?
            .map_err(|refused| match refused {
                Refused::Malformed(..) => Status::invalid_argument(refused.to_string()),
                Refused::Store(_) => Status::resource_exhausted(refused.to_string()),
            })?;
        self.counters.duplicates.fetch_add(taken.duplicates, Ordering::Relaxed);
        self.counters.malformed.fetch_add(taken.malformed, Ordering::Relaxed);
        Ok(())
    }

    /// Syncs what has arrived, and acknowledges it.
    async fn acknowledge(&self, desk: &mut Option<Desk>) -> Result<(), Status> {
        let kept = at_desk(desk, Desk::secure)
            .await?
            .map_err(|error| Status::resource_exhausted(format!("the store: {error}")))?;
        self.say(Said::Ack(Ack { last_id: kept })).await
    }

    /// Stores what waits, and acknowledges it.
    async fn flush(&self, desk: &mut Option<Desk>) -> Result<(), Status> {
        let (stored, new) = at_desk(desk, Desk::commit)
            .await?
            .map_err(|error| Status::resource_exhausted(format!("the store: {error}")))?;
        self.counters.stored.fetch_add(new, Ordering::Relaxed);
        self.say(Said::Ack(Ack { last_id: stored })).await
    }

    /// Keeps the heartbeat, off this thread. That it cannot be kept costs nothing but its being seen.
    async fn beat(&self, source: &Source, heartbeat: Heartbeat) {
        tracing::debug!(sensor = source.sensor, ?heartbeat, "heartbeat");
        let (root, source) = (self.registry.root(), source.clone());
        let kept = tokio::task::spawn_blocking(move || heartbeat::keep(&root, &source, &heartbeat)).await;
        if let Ok(Err(error)) = kept {
            tracing::warn!("a heartbeat cannot be kept: {error}");
        }
    }

    async fn say(&self, message: Said) -> Result<(), Status> {
        let message = ReceiverMessage { message: Some(message) };
        self.said
            .send(Ok(message))
            .await
            .map_err(|_| Status::cancelled("the sensor is gone"))
    }
}

/// Where a source's batches are worked on, by one thread at a time.
struct Desk {
    ledger: OwnedMutexGuard<Option<Ledger>>,
    ingest: Ingest,
}

impl Desk {
    fn new(ledger: OwnedMutexGuard<Option<Ledger>>) -> Result<Self, Status> {
        let ingest = Ingest::new().map_err(|error| Status::internal(error.to_string()))?;
        Ok(Self { ledger, ingest })
    }

    fn stored(&self) -> u64 {
        self.ledger.as_ref().map_or(0, Ledger::stored)
    }

    /// Whether so much waits that a commit is due.
    fn is_full(&self, records: usize) -> bool {
        let full = |ledger: &Ledger| ledger.waiting() >= records || ledger.is_full();
        self.ledger.as_ref().is_some_and(full)
    }

    /// `keep`: the batch is to be acknowledged before it is written out.
    fn take(&mut self, batch: &Batch, keep: bool) -> Result<Taken, Refused> {
        let ledger = self.ledger.as_mut().ok_or_else(lost)?;
        let mut taken = self.ingest.take(batch, ledger);
        if let Ok(whole) = &taken
            && keep
            && whole.new + whole.malformed > 0
            && let Err(error) = ledger.keep(batch)
        {
            taken = Err(error.into());
        }
        if matches!(taken, Err(Refused::Store(_))) {
            *self.ledger = None;
        }
        taken
    }

    /// Answers up to which id everything may be acknowledged.
    fn secure(&mut self) -> io::Result<u64> {
        let ledger = self.ledger.as_mut().ok_or_else(lost)?;
        let secured = ledger.secure();
        if secured.is_err() {
            *self.ledger = None;
        }
        secured
    }

    /// Answers up to which id everything is stored, and how many activities that added.
    fn commit(&mut self) -> io::Result<(u64, u64)> {
        let ledger = self.ledger.as_mut().ok_or_else(lost)?;
        let new = ledger.waiting() as u64;
        let committed = ledger.commit().map(|()| (ledger.stored(), new));
        if committed.is_err() {
            // What happened is to be read from the disk: the next stream opens it anew.
            *self.ledger = None;
        }
        committed
    }
}

fn lost() -> io::Error {
    io::Error::other("an earlier error has closed the ledger")
}

/// Does blocking work at the desk, which comes back with the answer.
async fn at_desk<T: Send + 'static>(
    desk: &mut Option<Desk>,
    work: impl FnOnce(&mut Desk) -> T + Send + 'static,
) -> Result<T, Status> {
    let mut busy = desk.take().ok_or_else(|| Status::internal("the ledger was lost"))?;
    let done = tokio::task::spawn_blocking(move || {
        let answer = work(&mut busy);
        (busy, answer)
    });
    let (busy, answer) = done.await.map_err(|error| Status::internal(error.to_string()))?;
    *desk = Some(busy);
    Ok(answer)
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}
