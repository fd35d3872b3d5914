//! The thread that keeps the directory as it is: it has a runtime of its own, and nobody waits for it.
//!
//! What a controller sends is read by a library that is not ours: should it panic, the thread goes on with what it last wrote
//! down, after a while that grows each time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError};
use resolver::directory::Snapshot;
use resolver::directory::sync::{Change, Session, StoreError};

use super::config::Config;
use super::domain::{Domain, Round};
use super::election::{Election, Seat};
use super::folder::Folder;
use super::follow;
use super::status::DomainStatus;

/// Between two looks at what is due.
const GLANCE: Duration = Duration::from_millis(200);
/// How long a change waits for its author at most, and to be synced.
pub(super) const SETTLING: Duration = Duration::from_secs(8);
/// Between two times that it is written down; twice that where something changes all the time.
const SAVE: Duration = Duration::from_secs(60);
/// Making a snapshot, writing it down, and looking through it for trusts may each take this part of the time.
const SHARE: u32 = 20;
/// The longest wait after a panic.
const MAX_PAUSE: Duration = Duration::from_secs(300);
/// Changes that may wait for the resolve stage; beyond, they are lost and counted.
const MAX_CHANGES: usize = 1 << 17;
/// For publishing what is left at the end.
const PARTING: Duration = Duration::from_secs(3);
/// Entries between two times that a reading is told of.
const TELL: u64 = 500;

/// What the resolve stage is told.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    /// What names are to be looked up in from now on; none where it is not worth making yet.
    pub(crate) directory: Option<Arc<Snapshot>>,
    /// What has changed, in the order it was found.
    pub(crate) changes: Vec<Change>,
}

/// What is known before any controller was asked.
pub(crate) struct Loaded {
    config: Config,
    folder: Folder,
    domains: Vec<Domain>,
    files: Arc<Snapshot>,
    directory: Arc<Snapshot>,
}

impl Loaded {
    /// What was kept of each domain, joined with what was read from files.
    pub(crate) fn open(config: &Config, files: Snapshot) -> Self {
        let folder = Folder::new(config);
        if config.is_on() {
            folder.make(); // while it still may: what is granted later is what is there now
        }
        let domains = load(config, &folder);
        let files = Arc::new(files);
        let directory = match domains.iter().all(|domain| domain.sessions.is_empty()) {
            true => Arc::clone(&files),
            false => Arc::new(join(&files, &domains)),
        };
        Self {
            config: config.clone(),
            folder,
            domains,
            files,
            directory,
        }
    }

    /// The directory to begin with.
    pub(crate) fn directory(&self) -> Arc<Snapshot> {
        Arc::clone(&self.directory)
    }
}

fn load(config: &Config, folder: &Folder) -> Vec<Domain> {
    let domains = config.domains.iter();
    let kept = |domain| folder.load(domain, |error| tracing::warn!("{error}"));
    let mut domains: Vec<Domain> = domains
        .map(|domain| Domain::new(domain, config, kept(domain)))
        .collect();
    follow::settle(config, folder, &mut domains, |error| tracing::warn!("{error}"));
    domains
}

fn join(files: &Snapshot, domains: &[Domain]) -> Snapshot {
    files.joined(domains.iter().flat_map(|domain| &domain.sessions).map(Session::replica))
}

/// The running thread.
pub(crate) struct Synchronizer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    shared: Arc<Mutex<Vec<DomainStatus>>>,
}

impl Synchronizer {
    /// Starts it; what it finds goes to `out`. Without an election every domain is read here.
    pub(crate) fn start(loaded: Loaded, election: Option<Election>, out: Sender<Renewal>) -> std::io::Result<Self> {
        let stop = Arc::<AtomicBool>::default();
        let statuses = loaded.domains.iter().map(|domain| domain.status.clone()).collect();
        let shared = Arc::new(Mutex::new(statuses));
        let mut work = Work::new(loaded, election, out, Arc::clone(&shared), Arc::clone(&stop));
        let thread = thread::Builder::new()
            .name("directory".into())
            .spawn(move || work.run())?;
        Ok(Self { stop, thread, shared })
    }

    /// How each domain stands.
    pub(crate) fn status(&self) -> Vec<DomainStatus> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks it to write down what it knows, and to end.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

struct Work {
    config: Config,
    folder: Folder,
    domains: Vec<Domain>,
    /// Asks for leases for as long as the thread runs.
    election: Option<Election>,
    /// One for each domain, where there is an election.
    seats: Vec<Seat>,
    files: Arc<Snapshot>,
    /// Snapshots that were handed out: freed here, where nobody waits for it.
    handed: Vec<Arc<Snapshot>>,
    out: Sender<Renewal>,
    shared: Arc<Mutex<Vec<DomainStatus>>>,
    stop: Arc<AtomicBool>,
    waiting: Vec<Change>,
    lost: u64,
    /// Something has changed since the last snapshot, and since the last file.
    unpublished: bool,
    unsaved: bool,
    published: Pace,
    saved: Pace,
    /// When changes were last handed out.
    told: Option<Instant>,
    /// Something has come in since it was last looked at which domains are to be followed.
    unmapped: bool,
    mapped: Pace,
}

/// When something was done last, and how long it took.
struct Pace {
    last: Instant,
    took: Duration,
}

impl Pace {
    fn new() -> Self {
        Self {
            last: Instant::now(),
            took: Duration::ZERO,
        }
    }

    /// Whether it is time again, `least` apart.
    fn is_due(&self, least: Duration) -> bool {
        self.last.elapsed() >= least.max(self.took * SHARE)
    }

    fn time<T>(&mut self, act: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = act();
        (self.last, self.took) = (Instant::now(), began.elapsed());
        done
    }
}

impl Work {
    fn new(
        loaded: Loaded,
        election: Option<Election>,
        out: Sender<Renewal>,
        shared: Arc<Mutex<Vec<DomainStatus>>>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self {
            config: loaded.config,
            folder: loaded.folder,
            domains: loaded.domains,
            seats: Vec::new(),
            election,
            files: loaded.files,
            handed: vec![loaded.directory],
            out,
            shared,
            stop,
            waiting: Vec::new(),
            lost: 0,
            unpublished: false,
            unsaved: false,
            published: Pace::new(),
            saved: Pace::new(),
            told: None,
            unmapped: false,
            mapped: Pace::new(),
        }
    }

    fn run(&mut self) {
        self.take_seats();
        let mut pause = GLANCE;
        while !self.is_stopped() {
            if catch_unwind(AssertUnwindSafe(|| self.rounds())).is_ok() {
                pause = GLANCE;
                continue;
            }
            pause = (pause * 5).min(MAX_PAUSE);
            tracing::error!(
                "reading the directory failed by a defect, whose message stands above; it goes on in {} s with what was last kept; please report it",
                pause.as_secs().max(1)
            );
            self.domains = load(&self.config, &self.folder);
            self.take_seats();
            self.seats.iter_mut().for_each(Seat::reset);
            self.show_all();
            self.sleep(pause);
        }
        self.save();
    }

    /// Rounds until it is asked to end; the runtime ends with them, and every connection with it.
    fn rounds(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime.inspect_err(|error| tracing::error!("directory: {error}; it is not read")) else {
            return self.sleep(MAX_PAUSE);
        };
        while !self.is_stopped() {
            for place in 0..self.domains.len() {
                if self.elected(place, &runtime) {
                    self.round(place, &runtime);
                }
            }
            self.map();
            self.publish();
            if self.unsaved && self.saved.is_due(SAVE) && (self.is_settled() || self.saved.is_due(SAVE * 2)) {
                self.save();
            }
            self.handed.retain(|directory| Arc::strong_count(directory) > 1);
            // What goes on in the background does so meanwhile.
            runtime.block_on(async { tokio::time::sleep(GLANCE).await });
        }
        if !self.hand_out() {
            return; // what was told to nobody is neither published nor written down: it is found again
        }
        let deadline = Instant::now() + PARTING;
        for (seat, domain) in self.seats.iter_mut().zip(&self.domains) {
            seat.end(domain, &runtime, deadline);
        }
        let leave = async {
            for domain in &mut self.domains {
                domain.leave().await;
            }
        };
        runtime.block_on(leave);
    }

    /// Whether this sensor is the one that reads the domain; takes in what another has read.
    fn elected(&mut self, place: usize, runtime: &tokio::runtime::Runtime) -> bool {
        let (Some(domain), Some(seat)) = (self.domains.get_mut(place), self.seats.get_mut(place)) else {
            return true;
        };
        let before = domain.status.clone();
        let step = seat.step(domain, &self.folder, runtime);
        if !step.reads {
            domain.rest();
        }
        if domain.status != before {
            show(&self.shared, place, domain.status.clone());
        }
        self.unpublished |= step.taken;
        self.unsaved |= step.taken;
        self.unmapped |= step.taken;
        step.reads
    }

    fn round(&mut self, place: usize, runtime: &tokio::runtime::Runtime) {
        let Some(domain) = self.domains.get_mut(place).filter(|domain| domain.is_awaited()) else {
            return;
        };
        if !domain.is_ready(runtime) {
            return;
        }
        let (shared, stop) = (&self.shared, &self.stop);
        let mut watch = |status: &DomainStatus, entries: u64| {
            if status.reading && entries.is_multiple_of(TELL) {
                show(
                    shared,
                    place,
                    DomainStatus {
                        objects: entries,
                        ..status.clone()
                    },
                );
            }
            !stop.load(Ordering::Relaxed)
        };
        let before = domain.status.error.clone();
        let began = Instant::now();
        let round = domain.round_on(runtime, &self.folder, &mut watch);
        if let Some(seat) = self.seats.get_mut(place) {
            seat.found(domain, &round);
        }
        show(shared, place, domain.status.clone());
        match &round.trouble {
            None => tell(&domain.status, before.is_some(), &round, began.elapsed()),
            Some(trouble) if before.as_ref() != Some(&trouble.what) && !stop.load(Ordering::Relaxed) => {
                tracing::warn!("directory {}: {trouble}; what is known of it stays", domain.status.name);
            }
            Some(_) => {}
        }
        self.take(round);
    }

    /// What a round brought, however it ended: its marks have moved on, so that nobody finds its changes again.
    fn take(&mut self, round: Round) {
        let changed = round.read || !round.changes.is_empty();
        self.unpublished |= changed;
        self.unmapped |= round.read || round.entries > 0;
        self.unsaved |= changed || (round.trouble.is_none() && round.entries > 0);
        self.keep(round.changes);
        if round.read {
            self.publish();
            if self.is_settled() {
                self.save();
            }
        }
    }

    /// Whether what was handed out last is surely in the spool: a kill would cost it, were it written down sooner.
    fn is_settled(&self) -> bool {
        self.told.is_none_or(|told| told.elapsed() >= SETTLING)
    }

    /// Takes up domains that are to be followed from now on, and leaves those that are not any more.
    fn map(&mut self) {
        if !self.unmapped || !self.mapped.is_due(Duration::ZERO) {
            return;
        }
        self.unmapped = false;
        let tell = |error: &StoreError| tracing::warn!("{error}");
        let (config, folder, domains) = (&self.config, &self.folder, &mut self.domains);
        if self.mapped.time(|| follow::settle(config, folder, domains, tell)) {
            let followed = self.domains.iter().filter(|domain| !domain.status.followed.is_empty());
            let names: Vec<_> = followed.map(|domain| domain.status.name.as_str()).collect();
            tracing::info!("directory: {} domains are followed: {}", names.len(), names.join(", "));
            self.unpublished = true;
        }
        self.take_seats();
        self.show_all();
    }

    /// A seat for each domain, in their order; none for those that are gone.
    fn take_seats(&mut self) {
        let Some(election) = &self.election else { return };
        let mut before = std::mem::take(&mut self.seats);
        let seat = |domain: &Domain| {
            let name = domain.config.name.to_lowercase();
            match before.iter().position(|seat| seat.is_of(&name)) {
                Some(place) => before.swap_remove(place),
                None => election.seat(&domain.config),
            }
        };
        self.seats = self.domains.iter().map(seat).collect();
        election.keep(&self.seats);
    }

    fn show_all(&self) {
        let statuses = self.domains.iter().map(|domain| domain.status.clone()).collect();
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = statuses;
    }

    fn keep(&mut self, changes: Vec<Change>) {
        let room = MAX_CHANGES - self.waiting.len();
        self.lost += changes.len().saturating_sub(room) as u64;
        self.waiting.extend(changes.into_iter().take(room));
    }

    /// Hands out what has changed before the end; whether all of it was taken.
    fn hand_out(&mut self) -> bool {
        let changes = std::mem::take(&mut self.waiting);
        if changes.is_empty() {
            return true;
        }
        let renewal = Renewal {
            directory: None,
            changes,
        };
        if let Err(refused) = self.out.send_timeout(renewal, PARTING) {
            self.waiting = refused.into_inner().changes;
        }
        self.waiting.is_empty()
    }

    /// Hands out what has changed; a new snapshot where making one is worth it.
    fn publish(&mut self) {
        let due = self.unpublished && self.published.is_due(Duration::ZERO);
        if (!due && self.waiting.is_empty()) || self.out.is_full() {
            return;
        }
        let made = due.then(|| self.published.time(|| Arc::new(join(&self.files, &self.domains))));
        self.handed.extend(made.clone());
        let renewal = Renewal {
            directory: made,
            changes: std::mem::take(&mut self.waiting),
        };
        let tells = !renewal.changes.is_empty();
        match self.out.try_send(renewal) {
            Ok(()) => {
                self.unpublished &= !due;
                self.told = tells.then(Instant::now).or(self.told);
            }
            Err(TrySendError::Full(renewal) | TrySendError::Disconnected(renewal)) => self.waiting = renewal.changes,
        }
    }

    /// Writes everything down, unless a change is still to be handed out: after a kill, what is not written down is found again.
    fn save(&mut self) {
        if !self.unsaved || !self.waiting.is_empty() {
            return;
        }
        let (folder, domains) = (&self.folder, &self.domains);
        let failed = self.saved.time(|| {
            let each = domains
                .iter()
                .flat_map(|domain| domain.sessions.iter().map(|session| (&domain.status.name, session)));
            each.filter_map(|(name, session)| folder.save(name, session).err())
                .last()
        });
        self.unsaved = failed.is_some();
        if let Some(error) = failed {
            tracing::warn!(
                "{}: {error}; the directory is not kept, and a start would have to read it anew; make the folder writable",
                self.folder.path().display()
            );
        }
    }

    fn sleep(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.is_stopped() && Instant::now() < until {
            thread::sleep(GLANCE.min(until.saturating_duration_since(Instant::now())));
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn show(shared: &Mutex<Vec<DomainStatus>>, place: usize, status: DomainStatus) {
    if let Some(shown) = shared.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place) {
        *shown = status;
    }
}

/// What an operator wants to know of a round: that it works again, and that everything was read.
fn tell(status: &DomainStatus, failed: bool, round: &Round, took: Duration) {
    let (name, controller) = (&status.name, &status.controller);
    if round.read {
        tracing::info!(
            "directory {name}: {} objects read from {controller} in {:.1} s; changes follow by {}",
            status.objects,
            took.as_secs_f64(),
            status.method
        );
    } else if failed {
        tracing::info!("directory {name}: {controller} answers again");
    }
}

#[cfg(test)]
mod tests;
