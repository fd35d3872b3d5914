//! The gRPC service: a desk for each domain, and how many may be served at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::desk::Desk;
use super::log::{Kept, Pages};
use super::publishing;
use crate::directory::is_domain;
use crate::proto::directory_server::Directory;
use crate::proto::follow_message::Message as Said;
use crate::proto::publish_message::Message as Published;
use crate::proto::{
    End, FollowMessage, FollowRequest, LeaseAnswer, LeaseRequest, Publication, PublishAnswer, PublishMessage,
};
use crate::sensor::is_sensor_name;
use crate::spool::is_identity;

/// Domains of all sensors together.
const MAX_DOMAINS: usize = 1_024;
/// Publications and followers at once; more are asked to come again.
const MAX_STREAMS: usize = 64;
/// Messages that wait for a follower.
const QUEUE: usize = 4;

/// The service.
#[derive(Clone, Debug)]
pub(in crate::receiver) struct Office {
    root: PathBuf,
    desks: Arc<Mutex<HashMap<String, Arc<Mutex<Desk>>>>>,
    silence: Duration,
    began: Instant,
    streams: Arc<Semaphore>,
}

impl Office {
    /// The desks that are kept in the store at `root`; a holder that is silent for `silence` loses its lease. One that cannot be
    /// read is told, and begun anew.
    pub(in crate::receiver) fn open(root: &Path, silence: Duration) -> io::Result<Self> {
        let office = Self {
            root: root.join(".adtap/directory"),
            desks: Arc::default(),
            silence,
            began: Instant::now(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
        };
        let entries = match fs::read_dir(&office.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(office),
            entries => entries?,
        };
        for entry in entries {
            let name = entry?.file_name();
            if let Some(name) = name.to_str().filter(|name| is_domain(name)) {
                office.reopen(name)?;
            }
        }
        Ok(office)
    }

    fn reopen(&self, name: &str) -> io::Result<()> {
        let folder = self.root.join(name);
        let desk = match Desk::open(folder.clone(), Duration::ZERO) {
            Ok(desk) => desk,
            Err(error) => {
                tracing::warn!(
                    "{}: {error}; who synchronises {name} is found out anew, and the domain is published again",
                    folder.display()
                );
                fs::remove_dir_all(&folder)?;
                Desk::new(folder)
            }
        };
        self.lock().insert(name.to_owned(), Arc::new(Mutex::new(desk)));
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Mutex<Desk>>>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The desk of `domain`, for a sensor that names itself so.
    pub(super) fn desk(&self, sensor: &str, spool: &str, domain: &str) -> Result<Arc<Mutex<Desk>>, Status> {
        if !is_sensor_name(sensor) || !is_identity(spool) {
            return Err(Status::invalid_argument("a sensor has a name, and a spool an identity"));
        }
        if !is_domain(domain) {
            return Err(Status::invalid_argument("a domain has a DNS name, in lower case"));
        }
        let mut desks = self.lock();
        if desks.len() >= MAX_DOMAINS && !desks.contains_key(domain) {
            return Err(Status::resource_exhausted("too many domains"));
        }
        let new = || Arc::new(Mutex::new(Desk::new(self.root.join(domain))));
        Ok(desks.entry_ref(domain).or_insert_with(new).clone())
    }

    fn permit(&self) -> Result<OwnedSemaphorePermit, Status> {
        let permit = self.streams.clone().try_acquire_owned();
        permit.map_err(|_| Status::unavailable("too many sensors publish or follow; come again"))
    }
}

#[tonic::async_trait]
impl Directory for Office {
    type FollowStream = ReceiverStream<Result<FollowMessage, Status>>;

    async fn lease(&self, request: Request<LeaseRequest>) -> Result<Response<LeaseAnswer>, Status> {
        let request = request.into_inner();
        let desk = self.desk(&request.sensor, &request.spool, &request.domain)?;
        let (silence, now) = (self.silence, self.began.elapsed());
        let answer = at(desk, move |desk| desk.ask(&request, silence, now)).await?;
        answer.map(Response::new).map_err(|error| store(&error))
    }

    async fn publish(&self, request: Request<Streaming<PublishMessage>>) -> Result<Response<PublishAnswer>, Status> {
        let _permit = self.permit()?;
        let sequence = publishing::serve(self, request.into_inner()).await?;
        Ok(Response::new(PublishAnswer { sequence }))
    }

    async fn follow(&self, request: Request<FollowRequest>) -> Result<Response<Self::FollowStream>, Status> {
        let permit = self.permit()?;
        let request = request.into_inner();
        let desk = self.desk(&request.sensor, &request.spool, &request.domain)?;
        let (said, answers) = mpsc::channel(QUEUE);
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            follow(&desk, &request, &said);
        });
        Ok(Response::new(ReceiverStream::new(answers)))
    }
}

/// Does blocking work at a desk.
pub(super) async fn at<T: Send + 'static>(
    desk: Arc<Mutex<Desk>>,
    work: impl FnOnce(&mut Desk) -> T + Send + 'static,
) -> Result<T, Status> {
    let done = tokio::task::spawn_blocking(move || work(&mut desk.lock().unwrap_or_else(PoisonError::into_inner)));
    done.await.map_err(|error| Status::internal(error.to_string()))
}

pub(super) fn store(error: &io::Error) -> Status {
    Status::resource_exhausted(format!("the store: {error}"))
}

/// Tells what was asked for, publication after publication, until the end or until nobody listens.
fn follow(desk: &Mutex<Desk>, request: &FollowRequest, said: &mpsc::Sender<Result<FollowMessage, Status>>) {
    let (log, kept) = {
        let desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
        (
            desk.log.identity().to_owned(),
            desk.log.after(&request.log, request.after),
        )
    };
    for kept in kept {
        let end = match tell(&log, &kept, said) {
            Ok(true) => continue,
            Ok(false) => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Status::aborted("the log has moved on; come again")
            }
            Err(error) => {
                let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
                tracing::warn!("{}: {error}; what was published is begun anew", kept.path.display());
                let begun = if desk.log.identity() == log {
                    desk.begin_anew()
                } else {
                    Ok(())
                };
                begun.map_or_else(
                    |error| store(&error),
                    |()| Status::data_loss("the log is damaged; it begins anew"),
                )
            }
        };
        let _ = said.blocking_send(Err(end));
        return;
    }
}

/// One publication; false where nobody listens.
fn tell(log: &str, kept: &Kept, said: &mpsc::Sender<Result<FollowMessage, Status>>) -> io::Result<bool> {
    let say = |message| {
        let message = FollowMessage { message: Some(message) };
        said.blocking_send(Ok(message)).is_ok()
    };
    let mut pages = Pages::open(&kept.path)?;
    let begun = Publication {
        log: log.to_owned(),
        sequence: kept.sequence,
        whole: kept.whole,
    };
    let mut heard = say(Said::Publication(begun));
    while let Some(message) = pages.next()?.filter(|_| heard) {
        heard = match message.message {
            Some(Published::Section(section)) => say(Said::Section(section)),
            Some(Published::Objects(objects)) => say(Said::Objects(objects)),
            _ => true,
        };
    }
    Ok(heard && say(Said::End(End {})))
}
