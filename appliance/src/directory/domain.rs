//! One domain: which controller is asked, with which account, and what a round of questions is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use capture::source::live::now;
use resolver::directory::sync::{Change, Context, Replica, Session};

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::config::{Config, DomainConfig};
use super::connection::{Connection, Patience, Root, Source};
use super::credentials::Credentials;
use super::folder::Folder;
use super::follow::Followed;
use super::locate::{Located, Wanted, locate};
use super::notice::{LEAST, Notice};
use super::password::{self, Ends};
use super::status::DomainStatus;
use super::trouble::{Kind, Trouble};

use asking::Asking;
use beside::Second;
use reach::Reached;

mod asking;
mod beside;
mod page;
mod reach;

/// Between two looks at the Configuration partition: sites and controllers change rarely.
const CONFIGURATION: Duration = Duration::from_secs(60);
/// Between two looks at when the password ends.
const PASSWORD: Duration = Duration::from_secs(3_600);
/// How long a global catalog stands in before the domain's own controllers are tried again.
const STANDING_IN: Duration = Duration::from_secs(600);
/// The longest wait after a failure.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// A domain that is synchronised.
pub(super) struct Domain {
    pub(super) config: DomainConfig,
    interval: Duration,
    full_read: Option<Duration>,
    /// The domain's own, and the forest's Configuration partition where this domain reads it.
    pub(super) sessions: Vec<Session>,
    pub(super) credentials: Credentials,
    connection: Option<Connection>,
    /// Where a domain that is followed is, as far as that is being found out.
    search: Place,
    /// DNS servers that should know its controllers.
    servers: Vec<String>,
    /// Who tells that something has changed, where that is wanted.
    notice: Option<Notice>,
    notifies: bool,
    /// Whether everything is read on two connections.
    halves: bool,
    /// When the last round began.
    begun: Instant,
    pub(super) patience: Patience,
    /// The place among the hosts of the one to begin with.
    first: usize,
    /// The one that is asked, or was last.
    asking: String,
    looked: Option<Instant>,
    password: Option<Instant>,
    /// What this round has brought so far; its changes lie in the sessions until it is handed out.
    found: Round,
    /// When the next round is due at the latest.
    due: Instant,
    pub(super) status: DomainStatus,
}

/// Where the controllers of a domain are.
#[derive(Debug, Default)]
enum Place {
    /// In the configuration, or not looked for yet.
    #[default]
    Unsought,
    Sought(JoinHandle<Located>),
    Found(Located),
}

/// What a round brought, whether it came to its end or not: the marks have moved on past it.
#[derive(Default)]
pub(super) struct Round {
    pub(super) changes: Vec<Change>,
    /// A naming context was read as a whole.
    pub(super) read: bool,
    pub(super) entries: u64,
    /// Why it did not come to its end.
    pub(super) trouble: Option<Trouble>,
}

impl Domain {
    /// From what was kept of it.
    pub(super) fn new(config: &DomainConfig, all: &Config, sessions: Vec<Session>) -> Self {
        let own = sessions.iter().find(|session| session.context() == Context::Domain);
        let status = own.map(DomainStatus::of).unwrap_or_default();
        Self {
            interval: Duration::from_secs(all.interval_seconds),
            full_read: (all.full_read_hours > 0).then(|| Duration::from_secs(all.full_read_hours * 3_600)),
            status: DomainStatus {
                name: config.name.to_lowercase(),
                ..status
            },
            config: config.clone(),
            sessions,
            credentials: Credentials::new(&all.credentials),
            connection: None,
            search: Place::default(),
            servers: Vec::new(),
            notice: None,
            notifies: all.change_notification,
            halves: all.full_read_connections > 1,
            begun: Instant::now(),
            patience: Patience::default(),
            first: 0,
            asking: String::new(),
            looked: None,
            password: None,
            found: Round::default(),
            due: Instant::now(),
        }
    }

    /// One that another domain led to.
    pub(super) fn followed(followed: Followed, all: &Config, sessions: Vec<Session>) -> Self {
        let mut domain = Self::new(&followed.config, all, sessions);
        domain.status.followed = followed.via;
        domain.servers = followed.servers;
        domain
    }

    /// Whether it is time for a round, or the controller has something to tell.
    pub(super) fn is_awaited(&self) -> bool {
        let told = self.notice.as_ref().is_some_and(Notice::is_waiting) && self.status.failures == 0;
        self.due <= Instant::now() || (told && self.begun.elapsed() >= LEAST)
    }

    /// Whether a round may begin: the controllers of a domain that is followed are looked for in the background first.
    pub(super) fn is_ready(&mut self, runtime: &Runtime) -> bool {
        let is_spent = |connection: &Connection| connection.catalog && connection.since.elapsed() >= STANDING_IN;
        self.connection = self.connection.take().filter(|connection| !is_spent(connection));
        if self.status.followed.is_empty() || self.connection.is_some() {
            return true;
        }
        self.search = match std::mem::take(&mut self.search) {
            Place::Unsought => Place::Sought(runtime.spawn(locate(self.wanted()))),
            Place::Sought(task) if task.is_finished() => Place::Found(runtime.block_on(located(task))),
            other => other,
        };
        matches!(self.search, Place::Found(_))
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            domain: self.config.name.clone(),
            port: self.config.port(),
            servers: self.servers.clone(),
            skip: self.first,
            dns: None,
        }
    }

    /// As [`Self::round`], to its end; what it brought is handed out however it ended. A controller's garbage may make the library that
    /// reads it panic: that ends the round like any other trouble, and everything is read again.
    pub(super) fn round_on(
        &mut self,
        runtime: &Runtime,
        folder: &Folder,
        watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
    ) -> Round {
        let guarded = catch_unwind(AssertUnwindSafe(|| runtime.block_on(self.round(folder, watch))));
        let outcome = guarded.unwrap_or_else(|_| {
            let what = format!("{}: its answer is none that can be read", self.asking);
            self.connection = None;
            self.sessions.iter_mut().for_each(Session::renew);
            let trouble = Trouble::new(Kind::Garbled, what);
            self.passed(&trouble);
            self.failed(&trouble);
            Err(trouble)
        });
        Round {
            changes: self.take_changes(),
            trouble: outcome.err(),
            ..std::mem::take(&mut self.found)
        }
    }

    /// What the sessions have found, of a round that ended early too.
    fn take_changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        for session in &mut self.sessions {
            let before = changes.len();
            changes.extend(std::iter::from_fn(|| session.poll_change()));
            if session.context() == Context::Domain {
                self.status.changes += (changes.len() - before) as u64;
            }
        }
        changes
    }

    fn failed(&mut self, trouble: &Trouble) {
        self.sessions.iter_mut().for_each(Session::abort);
        self.status.failures += 1;
        self.status.reading = false;
        (self.status.trouble, self.status.error) = (Some(trouble.kind), Some(trouble.what.clone()));
        self.due = Instant::now() + self.wait();
    }

    /// Looks what has changed, and decides when to look again. `watch` is called for every entry; false ends the round.
    async fn round(
        &mut self,
        folder: &Folder,
        watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
    ) -> Result<(), Trouble> {
        self.begun = Instant::now();
        self.status.notices += u64::from(self.notice.as_ref().is_some_and(Notice::take));
        let outcome = self.try_round(folder, watch).await;
        match &outcome {
            Ok(_) => {
                self.status.failures = 0;
                (self.status.trouble, self.status.error) = (None, None);
                self.due = Instant::now() + self.interval;
            }
            Err(trouble) => {
                self.failed(trouble);
            }
        }
        self.status.reading = false;
        outcome
    }

    /// Longer and longer, up to five minutes.
    fn wait(&self) -> Duration {
        let doubled = self.status.failures.saturating_sub(1).min(8) as u32;
        (self.interval * 2_u32.pow(doubled)).clamp(self.interval, MAX_WAIT.max(self.interval))
    }

    async fn try_round(
        &mut self,
        folder: &Folder,
        watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
    ) -> Result<(), Trouble> {
        let Reached { mut connection, root } = self.reached().await?;
        let outcome = self.ask(&mut connection, root, folder, watch).await;
        match &outcome {
            Ok(()) => {
                self.unreachable(&self.asking.clone(), None);
                self.connection = Some(connection);
            }
            Err(trouble) => self.passed(trouble),
        }
        outcome
    }

    /// The controller that was asked has failed: another one may do better.
    fn passed(&mut self, trouble: &Trouble) {
        self.first += usize::from(trouble.kind != Kind::Ended);
        if matches!(trouble.kind, Kind::Unreachable | Kind::Garbled) {
            let host = self.asking.clone();
            self.unreachable(&host, Some(&trouble.what));
        }
    }

    /// Everything that is asked of a controller in a round.
    async fn ask(
        &mut self,
        connection: &mut Connection,
        root: Root,
        folder: &Folder,
        watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
    ) -> Result<(), Trouble> {
        self.sessions_of(&root, folder);
        for place in 0..self.sessions.len() {
            if self.is_due(place) {
                self.follow(place, connection, &root, watch).await?;
            }
        }
        if connection.catalog {
            return Ok(());
        }
        if self.password.is_none_or(|looked| looked.elapsed() >= PASSWORD) {
            self.watch_password(connection, &root).await;
        }
        self.listen(connection, root.domain);
        Ok(())
    }

    /// Asks when the password ends. That this is not told is no trouble of the domain: it is as well known as ever.
    async fn watch_password(&mut self, connection: &mut Connection, root: &Root) {
        self.password = Some(Instant::now());
        let Some(account) = self.credentials.config(&self.status.account) else {
            return;
        };
        let ends = password::expires(connection, root, account).await;
        let before = self.status.password_unknown.take();
        match ends {
            Ok(Ends::At(time)) => self.status.password_expires = Some(time),
            Ok(Ends::Never) => self.status.password_expires = None,
            Ok(Ends::Unwatched(why)) => {
                (self.status.password_expires, self.status.password_unknown) = (None, Some(why));
            }
            Err(trouble) => {
                if before.as_ref() != Some(&trouble.what) {
                    let (name, user) = (&self.status.name, &self.status.account);
                    tracing::warn!(
                        "directory {name}: when the password of {user} ends cannot be told: {trouble}; it is asked again in an hour"
                    );
                }
                self.status.password_unknown = Some(trouble.what);
            }
        }
    }

    /// Has the controller tell when something changes, on a connection of its own.
    fn listen(&mut self, connection: &Connection, base: String) {
        self.status.notices_refused = self.notice.as_ref().and_then(Notice::refused);
        if !self.notifies || self.notice.as_ref().is_some_and(|notice| !notice.is_over()) {
            return;
        }
        let source = self.source(connection);
        self.notice = source.map(|source| Notice::listen(source, base));
    }

    /// For the second connection of a full read, where one is wanted.
    fn second(&mut self, connection: &Connection, root: &Root) -> Option<Second> {
        if !self.halves {
            return None;
        }
        Some(Second {
            source: self.source(connection)?,
            controller: root.controller.name.clone(),
            patience: self.patience,
        })
    }

    /// Where the controller is, and as whom it is asked: for a further connection.
    fn source(&mut self, connection: &Connection) -> Option<Source> {
        let accounts = self.credentials.accounts(&self.config.name).unwrap_or_default();
        let account = accounts
            .into_iter()
            .find(|account| account.user == self.status.account)?;
        Some(Source {
            config: self.config.clone(),
            host: connection.host.clone(),
            address: connection.address,
            account,
        })
    }

    /// Sessions for the naming contexts that the controller has, as far as they are this domain's to read.
    fn sessions_of(&mut self, root: &Root, folder: &Folder) {
        let wanted = [
            (Context::Domain, &root.domain),
            (Context::Configuration, &root.configuration),
        ];
        for (context, base) in wanted {
            let known = self.sessions.iter().any(|session| session.context() == context);
            let ours = context == Context::Domain || folder.claim(base, &self.status.name);
            if !known && ours && !base.is_empty() {
                let replica = Replica::new(&domain_of(base));
                let session = Session::new(context, base.clone(), replica, None, self.config.dirsync);
                self.sessions.push(session);
            }
        }
    }

    fn is_due(&self, place: usize) -> bool {
        let context = self.sessions.get(place).map(Session::context);
        context != Some(Context::Configuration) || self.looked.is_none_or(|looked| looked.elapsed() >= CONFIGURATION)
    }

    /// Asks for one naming context until nothing is left to ask.
    async fn follow(
        &mut self,
        place: usize,
        connection: &mut Connection,
        root: &Root,
        watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
    ) -> Result<(), Trouble> {
        let full_read = self.full_read;
        let Some(session) = self.sessions.get_mut(place) else {
            return Ok(());
        };
        let is_old = |read| full_read.is_some_and(|most| now().since(read) >= most);
        if session.stamp.read.is_none_or(is_old) {
            session.renew();
        }
        let second = match session.mark() {
            None => self.second(connection, root),
            Some(_) => None,
        };
        let Some(session) = self.sessions.get_mut(place) else {
            return Ok(());
        };
        let reads = session.full_reads();
        session.ask_of(connection.catalog, self.config.dirsync);
        session.begin(root.controller.clone());
        let asking = Asking {
            session,
            connection,
            status: &mut self.status,
            entries: &mut self.found.entries,
            watch,
            second,
            beside: None,
        };
        asking.all().await?;
        let fresh = session.full_reads() > reads;
        session.stamp.synced = Some(now());
        session.stamp.controller.clone_from(&connection.host);
        if fresh {
            session.stamp.read = Some(now());
        }
        self.found.read |= fresh;
        let happened = fresh || !session.is_told();
        if session.context() == Context::Configuration {
            self.looked = Some(Instant::now());
        } else {
            self.tell(place, happened);
        }
        Ok(())
    }

    /// Brings the status up to date; what takes long only where something happened.
    fn tell(&mut self, place: usize, happened: bool) {
        let Some(session) = self.sessions.get(place) else {
            return;
        };
        if happened {
            self.status.take(session);
            let trusts = session.replica().trusts().into_iter();
            self.status.trusts = trusts.map(|trust| trust.partner.into_string()).collect();
        }
        self.status.synced = session.stamp.synced;
        self.status.controller.clone_from(&session.stamp.controller);
    }

    /// What another sensor read was taken in.
    pub(super) fn taken(&mut self) {
        let own = |session: &Session| session.context() == Context::Domain;
        if let Some(place) = self.sessions.iter().position(own) {
            self.tell(place, true);
        }
    }

    /// Another sensor reads it: there is no connection, and nothing is the matter with one.
    pub(super) fn rest(&mut self) {
        self.connection = None;
        self.due = Instant::now();
        let status = &mut self.status;
        (status.trouble, status.error, status.failures) = (None, None, 0);
        status.unreachable.clear();
        status.account.clear();
        (status.password_expires, status.password_unknown) = (None, None);
        self.password = None;
    }

    /// Leaves the controller.
    pub(super) async fn leave(&mut self) {
        self.notice = None;
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
    }
}

async fn located(task: JoinHandle<Located>) -> Located {
    let ended =
        |error: tokio::task::JoinError| Located::none(format!("its controllers could not be looked for: {error}"));
    task.await.unwrap_or_else(ended)
}

/// The DNS name that `DC=lab,DC=example` spells, at the end of any DN.
pub(super) fn domain_of(dn: &str) -> String {
    let labels = dn.split(',').filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("dc")
            .then(|| value.trim().to_lowercase())
    });
    labels.collect::<Vec<_>>().join(".")
}

/// The DN of the head of the domain `name`.
fn dn_of(name: &str) -> String {
    let labels: Vec<String> = name.split('.').map(|label| format!("DC={label}")).collect();
    labels.join(",")
}
