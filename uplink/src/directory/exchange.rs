//! A sensor's end: asks for leases, publishes, follows. Every wait has an end, so that nobody behind it stands still.

use std::future::Future;
use std::time::Duration;

use capture::Timestamp;
use resolver::directory::sync::{Section, Shared, schema};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::object::{self, Malformed};
use super::publication::Publication;
use super::section::{self, nanoseconds, time};
use crate::proto::directory_client::DirectoryClient;
use crate::proto::follow_message::Message as Heard;
use crate::proto::publish_message::Message as Said;
use crate::proto::{End, FollowRequest, LeaseRequest, PublishHead, PublishMessage};
use crate::sender::session::MAX_MESSAGE;
use crate::sender::{SenderConfig, SenderError, channel, reason};

/// For a publication, and the bytes of it that may take another second.
const PUBLISHING: (Duration, usize) = (Duration::from_secs(30), 256 << 10);
/// For the next message of what is followed.
const FOLLOWING: Duration = Duration::from_secs(30);

/// Where a domain's log is known up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Identity of the log.
    pub log: String,
    /// The last publication that is known.
    pub sequence: u64,
}

/// What the receiver says of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The lease is ours.
    pub granted: bool,
    /// Whose it is; none where it is nobody's.
    pub holder: Option<String>,
    /// Of the lease that is or was last lent.
    pub epoch: u64,
    /// Until it ends unless its holder asks again.
    pub remaining: Duration,
    /// Where the log ends; sequence 0 where nothing was published.
    pub end: Place,
    /// When the holder last looked what has changed.
    pub synced: Option<Timestamp>,
    /// The log has grown so much that everything should be published.
    pub wants_whole: bool,
}

/// What is heard of a domain's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// A publication begins; `whole`: what does not come is not there.
    Begin {
        /// Where the log is known up to once it has ended.
        place: Place,
        /// Everything is told.
        whole: bool,
    },
    /// The objects of a naming context follow; `same`: whoever published it keeps the attributes that are kept here.
    Section(Section, bool),
    /// Objects of it.
    Objects(Vec<Shared>),
    /// Until now nothing was to be concluded.
    End,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// An older receiver.
    #[error("the receiver does not know of synchronizers: it is older than this sensor")]
    Unknown,
    /// It does not answer, or not in time.
    #[error("{0}")]
    Unreachable(String),
    /// The lease is another's, or what is published does not follow what was.
    #[error("the receiver says: {0}")]
    Refused(String),
    /// What it says is none of what it may.
    #[error("the receiver broke the protocol: {0}")]
    Malformed(#[from] Malformed),
}

impl From<Status> for ExchangeError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unimplemented => Self::Unknown,
            Code::Aborted
            | Code::FailedPrecondition
            | Code::InvalidArgument
            | Code::ResourceExhausted
            | Code::DataLoss => Self::Refused(status.message().to_owned()),
            _ => Self::Unreachable(reason(&status)),
        }
    }
}

/// The connection to the receiver, made when it is needed, and again when it breaks. Clones share it.
#[derive(Clone, Debug)]
pub struct Exchange {
    client: DirectoryClient<Channel>,
    sensor: String,
    spool: String,
    patience: Duration,
}

impl Exchange {
    /// To the receiver of `config`, driven by `runtime`, for the sensor with this spool.
    ///
    /// # Errors
    /// The configuration cannot work.
    pub fn new(runtime: &Handle, config: &SenderConfig, spool: &str) -> Result<Self, SenderError> {
        let _inside = runtime.enter();
        let channel = channel::endpoint(config)?.connect_lazy();
        let client = DirectoryClient::new(channel)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        Ok(Self {
            client,
            sensor: config.sensor(),
            spool: spool.to_owned(),
            patience: Duration::from_secs(config.connect_seconds),
        })
    }

    /// Asks for the lease of `domain`, or to keep the one of `epoch`; tells when it was last looked what has changed.
    ///
    /// # Errors
    /// The receiver does not answer, or does not know the question.
    pub async fn lease(
        &self,
        domain: &str,
        candidate: bool,
        epoch: u64,
        synced: Option<Timestamp>,
    ) -> Result<Answer, ExchangeError> {
        let request = LeaseRequest {
            sensor: self.sensor.clone(),
            spool: self.spool.clone(),
            domain: domain.to_owned(),
            candidate,
            epoch,
            synced: nanoseconds(synced),
        };
        let mut client = self.client.clone();
        let answer = within(self.patience, client.lease(request)).await?.into_inner();
        Ok(Answer {
            granted: answer.granted,
            holder: Some(answer.holder).filter(|holder| !holder.is_empty()),
            epoch: answer.epoch,
            remaining: Duration::from_millis(answer.remaining_ms),
            end: Place {
                log: answer.log,
                sequence: answer.sequence,
            },
            synced: time(answer.synced),
            wants_whole: answer.wants_whole,
        })
    }

    /// Publishes as the holder of `epoch`; `place` is what the log ends with then. Answers with what it ends with.
    ///
    /// # Errors
    /// The lease is another's, `place` does not follow what is there, or the receiver does not answer: then it may have been taken.
    pub async fn publish(
        &self,
        domain: &str,
        epoch: u64,
        place: &Place,
        publication: &Publication,
    ) -> Result<u64, ExchangeError> {
        let head = Said::Head(PublishHead {
            sensor: self.sensor.clone(),
            spool: self.spool.clone(),
            domain: domain.to_owned(),
            epoch,
            log: place.log.clone(),
            sequence: place.sequence,
            whole: publication.is_whole(),
        });
        let message = |said| PublishMessage { message: Some(said) };
        let parts = std::iter::once(message(head))
            .chain(publication.parts())
            .chain([message(Said::End(End {}))]);
        let (least, each) = PUBLISHING;
        let patience = least + Duration::from_secs((publication.bytes() / each) as u64);
        let mut client = self.client.clone();
        let answer = within(patience, client.publish(tokio_stream::iter(parts))).await?;
        Ok(answer.into_inner().sequence)
    }

    /// Hears everything in the log of `domain` after `place`; `each` is given one after the other.
    ///
    /// # Errors
    /// The receiver does not answer, or broke off: what had come to its end counts.
    pub async fn follow(
        &self,
        domain: &str,
        place: Option<&Place>,
        mut each: impl FnMut(Followed),
    ) -> Result<(), ExchangeError> {
        let request = FollowRequest {
            sensor: self.sensor.clone(),
            spool: self.spool.clone(),
            domain: domain.to_owned(),
            log: place.map(|place| place.log.clone()).unwrap_or_default(),
            after: place.map_or(0, |place| place.sequence),
        };
        let mut client = self.client.clone();
        let mut heard = within(self.patience, client.follow(request)).await?.into_inner();
        let mut skipping = false;
        while let Some(message) = within(FOLLOWING, heard.message()).await? {
            match message.message {
                Some(Heard::Publication(begun)) => each(Followed::Begin {
                    place: Place {
                        log: begun.log,
                        sequence: begun.sequence,
                    },
                    whole: begun.whole,
                }),
                Some(Heard::Section(told)) => {
                    let same = told.schema == schema();
                    let told = section::decode(told)?;
                    skipping = told.is_none();
                    told.into_iter()
                        .for_each(|section| each(Followed::Section(section, same)));
                }
                Some(Heard::Objects(run)) if !skipping => each(Followed::Objects(object::unpack(&run)?)),
                Some(Heard::End(_)) => each(Followed::End),
                Some(Heard::Objects(_)) | None => {} // something newer
            }
        }
        Ok(())
    }
}

async fn within<T>(patience: Duration, answer: impl Future<Output = Result<T, Status>>) -> Result<T, ExchangeError> {
    match timeout(patience, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(ExchangeError::Unreachable(format!(
            "the receiver did not answer within {} s",
            patience.as_secs()
        ))),
    }
}
