//! Two sensors and a real receiver on loopback, without a controller: what they would have read is put into their sessions.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use resolver::directory::sync::{Change, Controller, Done, Entry, Replica, Session};
use resolver::directory::{Guid, Record, sync};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use uplink::directory::Exchange;
use uplink::{Receiver, ReceiverConfig, SenderConfig};

use super::asking::lock;
use super::candidate::{Candidate, Role};
use super::seat::{Seat, Step};
use super::status::Duty;
use crate::directory::config::{Config, DomainConfig};
use crate::directory::domain::{Domain, Round};
use crate::directory::folder::Folder;
use crate::directory::trouble::{Kind, Trouble};

pub(in crate::directory) const NAME: &str = "lab.example";
/// Long enough for a busy machine.
pub(in crate::directory) const PATIENCE: Duration = Duration::from_secs(60);

/// A receiver, and the runtime that it and the exchanges live on.
pub(in crate::directory) struct Lab {
    pub(in crate::directory) runtime: Runtime,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Lab {
    pub(in crate::directory) fn new(store: &Path, silence: u64) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let config = ReceiverConfig {
            synchronizer_silence_seconds: silence,
            ..ReceiverConfig::embedded(store)
        };
        let receiver = runtime.block_on(Receiver::bind(config)).unwrap();
        let address = receiver.address();
        let (stop, stopped) = oneshot::channel();
        runtime.spawn(receiver.serve(async { stopped.await.unwrap_or_default() }));
        Self {
            runtime,
            address,
            _stop: stop,
        }
    }

    /// How the sensor of this number calls the receiver.
    pub(in crate::directory) fn sender(&self, number: u8) -> SenderConfig {
        SenderConfig {
            sensor: Some(format!("site-{number}")),
            ..SenderConfig::new(format!("http://{}", self.address))
        }
    }
}

/// One sensor's thread.
pub(in crate::directory) struct Sensor {
    seat: Seat,
    candidate: Arc<Mutex<Candidate>>,
    pub(in crate::directory) exchange: Exchange,
    domain: Domain,
    folder: Folder,
    runtime: Runtime,
    usn: u64,
    told: Vec<Change>,
}

impl Sensor {
    pub(in crate::directory) fn new(lab: &Lab, number: u8, stands: bool, folder: &Path) -> Self {
        let sender = lab.sender(number);
        let config = Config {
            folder: folder.join(number.to_string()),
            domains: vec![DomainConfig {
                dirsync: false,
                ..toml::from_str(&format!("name = {NAME:?}")).unwrap()
            }],
            ..Config::default()
        };
        let exchange = Exchange::new(lab.runtime.handle(), &sender, &format!("{number:016x}")).unwrap();
        let candidate = Arc::new(Mutex::new(Candidate::new(stands, PATIENCE, Instant::now())));
        Self {
            seat: Seat::new(NAME.to_owned(), candidate.clone(), exchange.clone()),
            candidate,
            exchange,
            domain: Domain::new(&config.domains[0], &config, Vec::new()),
            folder: Folder::new(&config),
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            usn: 100,
            told: Vec::new(),
        }
    }

    /// Asks once, and does what is due.
    pub(in crate::directory) fn step(&mut self) -> Step {
        let now = Instant::now();
        let (stands, epoch) = {
            let candidate = lock(&self.candidate);
            (candidate.stands(now), candidate.epoch())
        };
        let answer = self.runtime.block_on(self.exchange.lease(NAME, stands, epoch, None));
        lock(&self.candidate).handle(now, answer);
        self.seat.step(&mut self.domain, &self.folder, &self.runtime)
    }

    /// Publishes what waits, as at its end.
    pub(in crate::directory) fn end(&mut self) {
        self.seat.end(&self.domain, &self.runtime, Instant::now() + PATIENCE);
    }

    fn duty(&self) -> Duty {
        self.domain.status.election.as_ref().unwrap().duty
    }

    /// Steps until the sensor is that.
    pub(in crate::directory) fn until(&mut self, duty: Duty, reads: bool) {
        let deadline = Instant::now() + PATIENCE;
        while self.step().reads != reads || self.duty() != duty {
            assert!(Instant::now() < deadline, "{:?}", self.domain.status.election);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A controller answers with these users.
    fn read(&mut self, users: &[(u8, &str)]) {
        self.read_entries(users.iter().map(|(id, title)| user(*id, title)).collect());
    }

    /// A controller answers with these objects.
    pub(in crate::directory) fn read_entries(&mut self, entries: Vec<Entry>) {
        self.read_until(entries, None);
    }

    /// As that; then the round fails, where there is trouble.
    fn read_until(&mut self, entries: Vec<Entry>, trouble: Option<Trouble>) {
        if self.domain.sessions.is_empty() {
            let replica = Replica::new(NAME);
            let base = "DC=lab,DC=example".to_owned();
            self.domain
                .sessions
                .push(Session::new(sync::Context::Domain, base, replica, None, false));
        }
        self.usn += 1;
        let session = &mut self.domain.sessions[0];
        session.begin(Controller {
            name: "CN=NTDS Settings".to_owned(),
            usn: self.usn,
        });
        let mut entries = Some(entries);
        while session.poll_search().is_some() {
            entries
                .take()
                .into_iter()
                .flatten()
                .for_each(|entry| session.handle_entry(entry));
            session.handle_done(Done::default()).unwrap();
        }
        let changes: Vec<Change> = std::iter::from_fn(|| session.poll_change()).collect();
        self.told.extend(changes.clone());
        let round = Round {
            changes,
            trouble,
            ..Round::default()
        };
        self.seat.found(&mut self.domain, &round);
    }

    fn title(&self, id: u8) -> Option<String> {
        let found: Record = self.domain.sessions.first()?.replica().find(Guid([id; 16]))?;
        Some(found.text(resolver::directory::Attribute::Title)?.to_string())
    }

    fn sequence(&self) -> u64 {
        self.domain.status.election.as_ref().unwrap().sequence
    }
}

fn user(id: u8, title: &str) -> Entry {
    let value = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), vec![value.to_vec()]);
    Entry {
        dn: format!("CN=user{id},DC=lab,DC=example").into_bytes(),
        attributes: vec![
            value("objectGUID", &[id; 16]),
            value("objectClass", b"user"),
            value("title", title.as_bytes()),
        ],
    }
}

#[test]
fn one_reads_the_other_takes_in_and_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::new(&folder.path().join("store"), 2);
    let (mut one, mut two) = (
        Sensor::new(&lab, 1, true, folder.path()),
        Sensor::new(&lab, 2, true, folder.path()),
    );
    one.until(Duty::Synchronizer, true);
    one.read(&[(1, "first"), (2, "second")]);
    one.step();
    assert_eq!(
        one.sequence(),
        1,
        "a first read tells nothing, and is published at once"
    );
    two.until(Duty::Follower, false);
    assert_eq!((two.title(2).as_deref(), two.sequence()), (Some("second"), 1));

    // A change waits until it is surely in the spool: who is killed before has told it to nobody.
    one.read(&[(1, "promoted")]);
    one.step();
    assert_eq!(one.sequence(), 1);
    one.end();
    one.step();
    assert_eq!(one.sequence(), 2, "at the end it does not wait");
    two.step();
    assert_eq!((two.title(1).as_deref(), two.told.len()), (Some("promoted"), 0));

    two.until(Duty::Synchronizer, true);
    two.usn = one.usn;
    two.read(&[(1, "promoted"), (2, "retired")]);
    assert_eq!((one.told.len(), two.told.len()), (1, 1));
    two.end();

    // The first comes back: what it found meanwhile for itself gives way.
    one.read(&[(2, "something else")]);
    one.until(Duty::Follower, false);
    assert_eq!((one.title(2).as_deref(), one.sequence()), (Some("retired"), 3));
}

#[test]
fn what_a_round_told_that_failed_is_published_with_the_next_and_no_sooner() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::new(&folder.path().join("store"), 3_600);
    let mut one = Sensor::new(&lab, 1, true, folder.path());
    one.until(Duty::Synchronizer, true);
    one.read(&[(1, "first")]);
    one.step();
    one.read_until(
        vec![user(1, "promoted")],
        Some(Trouble::new(Kind::Unreachable, "the connection broke")),
    );
    one.step();
    assert_eq!(one.sequence(), 1, "the round is not over");
    one.read(&[(1, "promoted")]);
    one.step();
    assert_eq!(
        (one.sequence(), one.told.len()),
        (1, 1),
        "told in the round before, it is not yet surely in the spool"
    );
    one.end();
    one.step();
    assert_eq!(one.sequence(), 2);
}

#[test]
fn who_starts_anew_goes_on_where_the_log_ends() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::new(&folder.path().join("store"), 3_600);
    let mut one = Sensor::new(&lab, 1, true, folder.path());
    one.until(Duty::Synchronizer, true);
    one.read(&[(1, "first")]);
    one.step();
    one.read(&[(1, "promoted")]);
    one.end();
    // What it has on its disk is older than that: here it has nothing.
    let mut again = Sensor::new(&lab, 1, true, folder.path());
    again.until(Duty::Synchronizer, true);
    assert_eq!((again.title(1).as_deref(), again.sequence()), (Some("promoted"), 2));
    again.usn = one.usn;
    again.read(&[(1, "promoted"), (2, "new")]);
    assert_eq!(again.told.len(), 1, "what was told before is not told again");
    // Its older self may still run, and is fenced off.
    one.read(&[(1, "late")]);
    one.end();
    again.step();
    assert_eq!(again.sequence(), 2);
}

#[test]
fn who_cannot_read_gives_way() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::new(&folder.path().join("store"), 3_600);
    let (mut one, mut two) = (
        Sensor::new(&lab, 1, true, folder.path()),
        Sensor::new(&lab, 2, true, folder.path()),
    );
    one.until(Duty::Synchronizer, true);
    two.until(Duty::Follower, false);
    let then = Instant::now();
    lock(&one.candidate).read(false, then - PATIENCE);
    lock(&one.candidate).read(false, then);
    one.until(Duty::Unassigned, false);
    two.until(Duty::Synchronizer, true);
    one.until(Duty::Follower, false);
}

#[test]
fn where_nobody_would_nobody_does() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::new(&folder.path().join("store"), 2);
    let mut one = Sensor::new(&lab, 1, false, folder.path());
    one.until(Duty::Unassigned, false);
    let mut two = Sensor::new(&lab, 2, true, folder.path());
    two.until(Duty::Synchronizer, true);
    two.read(&[(1, "first")]);
    two.step();
    one.until(Duty::Follower, false);
    assert_eq!(one.title(1).as_deref(), Some("first"));
}

#[test]
fn a_receiver_that_goes_leaves_the_holder_its_lease_and_then_everybody_alone() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::new(&folder.path().join("store"), 3_600);
    let mut one = Sensor::new(&lab, 1, true, folder.path());
    one.until(Duty::Synchronizer, true);
    one.read(&[(1, "first")]);
    one.step();
    drop(lab);
    assert!(one.step().reads);
    assert_eq!(one.duty(), Duty::Synchronizer);
    let late = Instant::now() + Duration::from_secs(3_601);
    assert!(matches!(lock(&one.candidate).role(late), Role::Alone(_)));
}

#[test]
fn a_receiver_that_does_not_know_of_it_leaves_everybody_alone_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    // What tonic answers for a service that is not there: trailers alone, with grpc-status 12.
    runtime.spawn(older(listener));
    let (stop, _) = oneshot::channel();
    let lab = Lab {
        runtime,
        address,
        _stop: stop,
    };
    let mut one = Sensor::new(&lab, 1, true, folder.path());
    one.until(Duty::Alone, true);
}

async fn older(listener: tokio::net::TcpListener) {
    use http_body_util::Empty;
    use hyper::service::service_fn;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    while let Ok((stream, _)) = listener.accept().await {
        let answer = service_fn(|_| async {
            let answer = hyper::Response::builder()
                .header("content-type", "application/grpc")
                .header("grpc-status", "12");
            answer.body(Empty::<hyper::body::Bytes>::new())
        });
        let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        tokio::spawn(async move { connection.serve_connection(TokioIo::new(stream), answer).await });
    }
}
