//! The Windows event collector: source-initiated subscriptions over HTTPS, whose sources prove by their certificates who they are, and
//! over HTTP, where they do by Kerberos (feature `gssapi`).
//!
//! ```text
//! source ─ TLS ─ connection ─ HTTP ─ request ─┬ Enumerate ─ offer: the subscription, from where the source is
//!                                             ├ Heartbeat
//!                                             └ Events ─ delivery ─ letter ─► resolve ─► store ─ receipt ─► journal ─► Ack
//! ```
//! A source waits while nothing more can be taken, and sends again what was not acknowledged: nothing is lost here. In the place of TLS,
//! [`kerberos`] opens what is sealed and seals what is answered.

mod config;
mod connection;
mod delivery;
mod identity;
mod intake;
mod journal;
#[cfg(feature = "gssapi")]
mod kerberos;
mod marks;
mod offer;
mod patient;
mod recent;
mod request;
mod sources;
#[cfg(test)]
mod tests;

use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use capture::source::live;
use capture::{CaptureId, Timestamp};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use parsers::wef::{Charset, Content, Limits, Refusal};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use super::board::Board;
use super::post::Signed;
use super::revocation::Revocation;
use super::shared::Shared;
use super::sockets::Sockets;
use super::station::Office;
use super::tls;
use crate::exit::{Code, Failure};
use crate::health::Shed;
use connection::Door;
use intake::Intake;
use journal::Journal;
use sources::Sources;

pub(crate) use config::WefConfig;
pub(crate) use identity::Proof;
pub(crate) use journal::Places as Sourced;
pub(crate) use offer::Offer;

/// How often it is looked whether it is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Looks between two times of publishing what was counted.
const PUBLISH: u32 = 10;

/// Octets of bodies that are held at a time.
const BODIES: usize = 32 << 20;

/// By how much an envelope may be longer than its source was told.
const LENIENCY: usize = 2;

/// Lines that are written down in one go at most.
const LINES: usize = 1_024;

/// Descriptors that everything else needs.
const OTHER_FILES: u64 = 512;

/// How sources come in, as far as that is configured.
#[derive(Clone, Default)]
struct Doors {
    tls: Option<tls::Door>,
    #[cfg(feature = "gssapi")]
    kerberos: Option<kerberos::Acceptor>,
}

impl Doors {
    /// Reads certificates, and the keytab.
    fn open(config: &WefConfig) -> Result<Self, Failure> {
        let places = config.places();
        Ok(Self {
            tls: match places.tls.is_empty() {
                true => None,
                false => Some(offer::files(config)?.door()?),
            },
            #[cfg(feature = "gssapi")]
            kerberos: match &config.keytab {
                Some(keytab) if !places.tcp.is_empty() => Some(kerberos::Acceptor::open(keytab)?),
                _ => None,
            },
        })
    }

    /// Who knows which certificates were taken back.
    fn revocation(&self) -> Option<Arc<Revocation>> {
        self.tls.as_ref()?.revocation.clone()
    }

    /// Each socket with what is behind it.
    fn behind(self, sockets: Sockets) -> Vec<(TcpListener, Door)> {
        let mut all = Vec::new();
        if let Some(tls::Door { acceptor, .. }) = self.tls {
            let door = |socket| (socket, Door::Tls(acceptor.clone()));
            all.extend(sockets.tls.into_iter().map(door));
        }
        #[cfg(feature = "gssapi")]
        if let Some(acceptor) = self.kerberos {
            let door = |socket| (socket, Door::Kerberos(acceptor.clone()));
            all.extend(sockets.tcp.into_iter().map(door));
        }
        all
    }
}

/// What has to be there before it runs.
pub(crate) struct Parts {
    doors: Doors,
    offer: Arc<Offer>,
    /// Taken by the one that runs.
    journal: Mutex<Option<(Journal, Sourced)>>,
}

impl Parts {
    /// Who knows which certificates were taken back.
    pub(super) fn revocation(&self) -> Option<Arc<Revocation>> {
        self.doors.revocation()
    }

    /// Reads certificates and keys, and where sources are.
    pub(super) fn open(config: &WefConfig, spool: &Path) -> Result<Self, Failure> {
        let offer = Arc::new(Offer::new(config)?);
        let doors = Doors::open(config)?;
        let opened = Journal::open(spool).map_err(|error| {
            let sentence = format!(
                "{}: where sources of events are cannot be written down ({error}); nothing was started; make the folder writable",
                spool.display()
            );
            Failure::new(Code::CannotCreate, sentence)
        })?;
        allow_files(config.connections as u64 + OTHER_FILES);
        Ok(Self {
            doors,
            offer,
            journal: Mutex::new(Some(opened)),
        })
    }
}

/// Each connection is a descriptor, of which a process may by default have few.
fn allow_files(wanted: u64) {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    if soft < wanted {
        let _as_many_as_may_be = setrlimit(Resource::RLIMIT_NOFILE, wanted.min(hard), hard);
    }
    if hard < wanted {
        tracing::warn!(
            "events.wef.connections: this process may have {hard} files open and {wanted} are needed; further sources are turned away; raise LimitNOFILE in the unit"
        );
    }
}

/// The listener, before it runs.
pub(crate) struct Wef {
    runtime: Runtime,
    sockets: Sockets,
    doors: Doors,
    offer: Arc<Offer>,
    journal: (Journal, Sourced),
    config: WefConfig,
    capture: CaptureId,
    shed: Shed,
    board: Board,
}

/// What the tasks of the listener have in common.
#[derive(Clone)]
struct Common {
    intake: Shared<Intake>,
    config: Arc<WefConfig>,
    revocation: Option<Arc<Revocation>>,
    offer: Arc<Offer>,
    limits: Limits,
    /// Room for bodies, in units of [`request::UNIT`].
    bodies: Arc<Semaphore>,
    /// Whose batch is read.
    reader: Arc<Semaphore>,
    /// Room for what is decompressed.
    octets: Arc<Mutex<Vec<u8>>>,
    /// Lines to be written down.
    lines: UnboundedSender<(String, oneshot::Sender<bool>)>,
    stop: watch::Receiver<bool>,
}

impl Common {
    fn new(
        intake: Shared<Intake>,
        config: Arc<WefConfig>,
        offer: Arc<Offer>,
        lines: UnboundedSender<(String, oneshot::Sender<bool>)>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            intake,
            limits: Limits {
                envelope: config.envelope_bytes * LENIENCY,
            },
            config,
            revocation: None,
            offer,
            bodies: Arc::new(Semaphore::new(BODIES / request::UNIT)),
            reader: Arc::new(Semaphore::new(1)),
            octets: Arc::default(),
            lines,
            stop,
        }
    }

    fn now(&self) -> Timestamp {
        live::now()
    }

    /// How long a connection may be idle: three heartbeats, since a source may have nothing else to say.
    fn idle(&self) -> Duration {
        Duration::from_secs(3 * self.config.heartbeat_seconds + self.config.patience_seconds)
    }

    fn text(&self, content: Content, body: &[u8]) -> Result<(String, Charset), Refusal> {
        let mut octets = self.octets.lock().unwrap_or_else(PoisonError::into_inner);
        content.text(body, self.limits, &mut octets)
    }

    /// Until it is to stop.
    async fn stopped(&self) {
        let mut stop = self.stop.clone();
        let _also_when_nobody_says_so = stop.wait_for(|stop| *stop).await.is_ok();
    }

    /// Writes a line down; whether it is synced.
    async fn write(&self, line: String) -> bool {
        let (told, hears) = oneshot::channel();
        self.lines.send((line, told)).is_ok() && hears.await.unwrap_or(false)
    }
}

impl Wef {
    pub(super) fn new(
        sockets: Sockets,
        parts: &Parts,
        config: WefConfig,
        capture: CaptureId,
        shed: Shed,
        board: Board,
    ) -> io::Result<Self> {
        let journal = parts.journal.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(Self {
            runtime: super::runtime()?,
            sockets,
            doors: parts.doors.clone(),
            offer: Arc::clone(&parts.offer),
            journal: journal.ok_or_else(|| io::Error::other("where sources are is read already"))?,
            config,
            capture,
            shed,
            board,
        })
    }

    /// Listens until it is told to stop, and for as long as batches are on their way then.
    pub(super) fn run(self, office: &Office) {
        let Self {
            runtime,
            sockets,
            doors,
            offer,
            journal: (journal, sourced),
            config,
            capture,
            shed,
            board,
        } = self;
        let config = Arc::new(config);
        let sources = Sources::new(&config, sourced, live::now());
        let (desk, receipts) = unbounded_channel();
        let (lines, written) = unbounded_channel();
        let (stop, stops) = watch::channel(false);
        let intake = Shared::new(Intake::new(&config, capture, shed, sources, office.post.clone(), desk));
        let common = Common {
            revocation: doors.revocation(),
            ..Common::new(intake.clone(), config, offer, lines, stops)
        };
        let floor = Floor {
            names: sockets.names(),
            board,
            intake: intake.clone(),
            stop,
        };
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for (socket, door) in doors.behind(sockets) {
                tasks.spawn(connection::listen(socket, door, common.clone()));
            }
            drop(common);
            let hearing = tokio::spawn(hear(receipts, intake.clone()));
            let writing = tokio::spawn(write(journal, written, intake));
            floor.watch(tasks, office).await;
            floor.clear().await;
            hearing.abort();
            let _as_far_as_it_came = timeout(connection::PATIENCE, writing).await;
            floor.publish();
        });
    }
}

/// What is looked after while everybody works.
struct Floor {
    names: Vec<String>,
    board: Board,
    intake: Shared<Intake>,
    stop: watch::Sender<bool>,
}

impl Floor {
    /// Until every socket's task has ended. A socket that cannot be heard is told, and no reason for anybody to end.
    async fn watch(&self, mut tasks: JoinSet<io::Result<()>>, office: &Office) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look = 0;
        while !tasks.is_empty() || !office.stop.load(Ordering::Relaxed) {
            tokio::select! {
                Some(ended) = tasks.join_next() => match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => self.intake.lock().stop(error.to_string()),
                    Err(error) => self.intake.lock().stop(error.to_string()),
                },
                _ = looks.tick() => {
                    let _nobody_listens = self.stop.send(office.stop.load(Ordering::Relaxed));
                    look = (look + 1) % PUBLISH;
                    if look == 0 {
                        self.publish();
                    }
                }
            }
        }
    }

    /// What was sent on its way is waited for, and written down, whether or not its source still waits.
    async fn clear(&self) {
        let deadline = Instant::now() + connection::PATIENCE;
        while !self.intake.lock().is_idle() && Instant::now() < deadline {
            sleep(LOOK).await;
        }
    }

    fn publish(&self) {
        self.board.publish(self.intake.lock().listener(&self.names));
    }
}

/// Receipts that come back.
async fn hear(mut receipts: UnboundedReceiver<Signed>, intake: Shared<Intake>) {
    while let Some(signed) = receipts.recv().await {
        intake.lock().signed(signed);
    }
}

/// Writes lines down, as many as have come together, until nobody has any more.
async fn write(
    mut journal: Journal,
    mut lines: UnboundedReceiver<(String, oneshot::Sender<bool>)>,
    intake: Shared<Intake>,
) {
    let mut come = Vec::new();
    while lines.recv_many(&mut come, LINES).await > 0 {
        let (texts, tell): (Vec<_>, Vec<_>) = come.drain(..).unzip();
        let all = journal
            .is_large()
            .then(|| intake.lock().sources.places().lines().collect::<Vec<_>>());
        let written = tokio::task::spawn_blocking(move || {
            let written = match all {
                Some(all) => journal.renew(all).and_then(|()| journal.append(&texts)),
                None => journal.append(&texts),
            };
            (journal, written)
        });
        let Ok((back, written)) = written.await else {
            return intake
                .lock()
                .stop("where sources are is not written down any more".to_owned());
        };
        journal = back;
        if let Err(error) = &written {
            tracing::error!(
                "{error}; batches of events are not acknowledged until it works again; make room or mend the disk"
            );
        }
        tell.into_iter().for_each(|tell| {
            let _nobody_waits_any_more = tell.send(written.is_ok());
        });
    }
}
