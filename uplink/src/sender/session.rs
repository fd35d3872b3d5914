//! One stream to the receiver, from connecting to its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Endpoint;

use super::batch::Packer;
use super::config::SenderConfig;
use super::{Report, SenderStatus, reason};
use crate::proto::receiver_message::Message as Heard;
use crate::proto::sensor_message::Message as Said;
use crate::proto::uplink_client::UplinkClient;
use crate::proto::{Heartbeat, Hello, ReceiverMessage, SensorMessage, Welcome};
use crate::spool::{Portion, Reader, SpoolError};

/// Messages that wait for the connection; what else is under way lies in the spool.
const QUEUE: usize = 4;

/// Bytes a message has at most, in either direction.
pub(crate) const MAX_MESSAGE: usize = 8 << 20;

/// Everything a stream needs, kept from one to the next.
pub(super) struct Session {
    pub(super) config: Arc<SenderConfig>,
    pub(super) endpoint: Endpoint,
    pub(super) reader: Arc<Mutex<Reader>>,
    pub(super) report: Arc<dyn Fn() -> Report + Send + Sync>,
    pub(super) status: watch::Sender<SenderStatus>,
    pub(super) stop: watch::Receiver<bool>,
}

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error("{} cannot be reached: {}", .0, .1)]
    Connect(String, String),
    #[error("the receiver says: {0}")]
    Refused(String),
    #[error("the receiver did not answer within {0} s")]
    Silent(u64),
    #[error("the receiver ended the stream")]
    Ended,
    #[error("the receiver broke the protocol: {0}")]
    Protocol(&'static str),
    #[error(
        "the receiver holds activities of this spool up to {receiver}, but the spool ends at {spool}: it was set back; move \
         {identity} away so that a new one begins"
    )]
    SetBack {
        receiver: u64,
        spool: u64,
        identity: String,
    },
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error("{0}")]
    Internal(String),
}

impl From<tonic::Status> for SessionError {
    fn from(status: tonic::Status) -> Self {
        Self::Refused(reason(&status))
    }
}

impl Session {
    /// One stream. Ends well only when the sender is asked to stop and everything is acknowledged.
    pub(super) async fn run(&mut self) -> Result<(), SessionError> {
        let (said, queue) = mpsc::channel(QUEUE);
        // The queue is empty: there is room for it.
        let _ = said.try_send(SensorMessage {
            message: Some(Said::Hello(self.hello())),
        });
        let mut heard = self.connect(queue).await?;
        let patience = Duration::from_secs(self.config.connect_seconds);
        let first = timeout(patience, heard.message())
            .await
            .map_err(|_| SessionError::Silent(self.config.connect_seconds))?;
        match first?.and_then(|message| message.message) {
            Some(Heard::Welcome(welcome)) => self.welcomed(&welcome).await?,
            Some(Heard::Ack(_)) => return Err(SessionError::Protocol("an acknowledgement before the welcome")),
            None => return Err(SessionError::Ended),
        }
        self.exchange(said, heard).await
    }

    fn hello(&self) -> Hello {
        let reader = self.reader();
        let stats = reader.stats();
        Hello {
            sensor: self.config.sensor(),
            spool: reader.identity().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            first_id: stats.first_id,
            last_id: stats.last_id,
        }
    }

    async fn connect(&self, queue: mpsc::Receiver<SensorMessage>) -> Result<Streaming<ReceiverMessage>, SessionError> {
        let unreachable = |why: String| SessionError::Connect(self.config.url.clone(), why);
        let channel = self
            .endpoint
            .connect()
            .await
            .map_err(|error| unreachable(reason(&error)))?;
        let mut client = UplinkClient::new(channel)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let patience = Duration::from_secs(self.config.connect_seconds);
        let opened = timeout(patience, client.stream(ReceiverStream::new(queue))).await;
        Ok(opened
            .map_err(|_| SessionError::Silent(self.config.connect_seconds))??
            .into_inner())
    }

    /// Goes on where the receiver's disk ends.
    async fn welcomed(&self, welcome: &Welcome) -> Result<(), SessionError> {
        let stats = self.reader().stats();
        if welcome.last_id > stats.last_id {
            let identity = self.reader().identity().to_owned();
            return Err(SessionError::SetBack {
                receiver: welcome.last_id,
                spool: stats.last_id,
                identity,
            });
        }
        if welcome.last_id < stats.acknowledged_id {
            tracing::warn!(
                receiver = welcome.last_id,
                acknowledged = stats.acknowledged_id,
                "the receiver has lost activities it had acknowledged"
            );
        }
        self.acknowledge(welcome.last_id, true).await?;
        self.status.send_modify(|status| {
            status.connected = true;
            status.error = None;
        });
        Ok(())
    }

    /// Says and hears until the stream ends.
    async fn exchange(
        &self,
        said: mpsc::Sender<SensorMessage>,
        mut heard: Streaming<ReceiverMessage>,
    ) -> Result<(), SessionError> {
        let saying = self.say(said);
        tokio::pin!(saying);
        let mut all_said = false;
        loop {
            let message = tokio::select! {
                result = &mut saying, if !all_said => {
                    result?;
                    all_said = true;
                    continue;
                }
                message = heard.message() => message?,
            };
            match message.map(|message| message.message) {
                Some(Some(Heard::Ack(ack))) => self.acknowledge(ack.last_id, false).await?,
                Some(Some(Heard::Welcome(_))) => return Err(SessionError::Protocol("a second welcome")),
                Some(None) => {} // something newer
                None if all_said && self.is_done() => return Ok(()),
                None => return Err(SessionError::Ended),
            }
        }
    }

    /// Batches and heartbeats, until asked to stop and nothing is left to say: then the stream's own side ends.
    async fn say(&self, said: mpsc::Sender<SensorMessage>) -> Result<(), SessionError> {
        let (mut stop, mut status) = (self.stop.clone(), self.status.subscribe());
        let mut synced = self.reader().watch();
        let mut packer = Some(self.packer()?);
        let mut beat = ticks(self.config.heartbeat_seconds);
        loop {
            synced.borrow_and_update();
            status.borrow_and_update();
            let stopping = *stop.borrow_and_update();
            if self.has_room() {
                match self.pack(&mut packer).await? {
                    Some(batch) => {
                        send(&said, batch).await?;
                        continue;
                    }
                    None if stopping => return Ok(()),
                    None => {}
                }
            }
            tokio::select! {
                _ = beat.tick() => send(&said, Said::Heartbeat(self.heartbeat())).await?,
                _ = synced.changed() => {}
                _ = status.changed() => {}
                _ = stop.changed(), if !stopping => {}
            }
        }
    }

    fn packer(&self) -> Result<Packer, SessionError> {
        let portion = Portion {
            records: self.config.batch_records,
            bytes: self.config.batch_bytes,
        };
        Packer::new(self.reader.clone(), portion, self.config.is_local())
            .map_err(|error| SessionError::Internal(error.to_string()))
    }

    fn has_room(&self) -> bool {
        self.reader().in_flight() < self.config.window
    }

    fn is_done(&self) -> bool {
        self.reader().is_drained()
    }

    fn heartbeat(&self) -> Heartbeat {
        let report = (self.report)();
        let stats = self.reader().stats();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Heartbeat {
            time: i64::try_from(now.as_nanos()).unwrap_or(i64::MAX),
            losses: report.losses,
            health: report.health,
            first_id: stats.first_id,
            last_id: stats.last_id,
            evicted: stats.evicted,
            damaged: stats.damaged,
            unwritten: stats.unwritten,
        }
    }

    /// Moves the cursor up to `id`, off this thread: it deletes files. `rewind` where a stream begins.
    async fn acknowledge(&self, id: u64, rewind: bool) -> Result<(), SessionError> {
        let reader = self.reader.clone();
        let acknowledged = blocking(move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            reader.acknowledge(id);
            if rewind {
                reader.rewind();
            }
            reader.stats().acknowledged_id
        })
        .await?;
        self.status.send_modify(|status| status.acknowledged_id = acknowledged);
        Ok(())
    }

    /// The next batch, read and compressed off this thread.
    async fn pack(&self, packer: &mut Option<Packer>) -> Result<Option<Said>, SessionError> {
        let mut busy = match packer.take() {
            Some(packer) => packer,
            None => self.packer()?,
        };
        let (busy, batch) = blocking(move || {
            let batch = busy.next();
            (busy, batch)
        })
        .await?;
        *packer = Some(busy);
        Ok(batch?.map(Said::Batch))
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(said: &mpsc::Sender<SensorMessage>, message: Said) -> Result<(), SessionError> {
    said.send(SensorMessage { message: Some(message) })
        .await
        .map_err(|_| SessionError::Ended)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SessionError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| SessionError::Internal(error.to_string()))
}

/// At once, then every so many seconds; what was missed is not made up for.
fn ticks(seconds: u64) -> Interval {
    let mut ticks = interval(Duration::from_secs(seconds.max(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
