//! One domain: which controller is asked, with which account, and what a round of questions is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use capture::source::live::now;
use resolver::directory::Attribute;
use resolver::directory::sync::{Change, Context, Replica, Search, Session};

use tokio::runtime::Runtime;

use super::config::{Config, DomainConfig};
use super::connection::{Connection, Root};
use super::credentials::Credentials;
use super::folder::Folder;
use super::password;
use super::status::{DomainStatus, Unreachable};
use super::trouble::{Kind, Trouble};

/// Between two looks at the Configuration partition: sites and controllers change rarely.
const CONFIGURATION: Duration = Duration::from_secs(60);
/// Between two looks at when the password ends.
const PASSWORD: Duration = Duration::from_secs(3_600);
/// The longest wait after a failure.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// A domain that is synchronised.
pub(super) struct Domain {
    pub(super) config: DomainConfig,
    interval: Duration,
    full_read: Option<Duration>,
    /// The domain's own, and the forest's Configuration partition where this domain reads it.
    pub(super) sessions: Vec<Session>,
    credentials: Credentials,
    connection: Option<Connection>,
    /// The place among the hosts of the one to begin with.
    first: usize,
    looked: Option<Instant>,
    password: Option<Instant>,
    /// When the next round is due.
    pub(super) due: Instant,
    pub(super) status: DomainStatus,
}

/// What a round brought.
#[derive(Default)]
pub(super) struct Round {
    pub(super) changes: Vec<Change>,
    /// A naming context was read as a whole.
    pub(super) read: bool,
    pub(super) entries: u64,
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
            first: 0,
            looked: None,
            password: None,
            due: Instant::now(),
        }
    }

    /// As [`Self::round`], to its end. A controller's garbage may make the library that reads it panic: that ends the round like any
    /// other trouble, and everything is read again.
    pub(super) fn round_on(
        &mut self,
        runtime: &Runtime,
        folder: &Folder,
        watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
    ) -> Result<Round, Trouble> {
        let guarded = catch_unwind(AssertUnwindSafe(|| runtime.block_on(self.round(folder, watch))));
        guarded.unwrap_or_else(|_| {
            let what = format!("{}: its answer is none that can be read", self.config.name);
            self.connection = None;
            self.sessions.iter_mut().for_each(Session::renew);
            let trouble = Trouble::new(Kind::Refused, what);
            self.failed(&trouble);
            Err(trouble)
        })
    }

    fn failed(&mut self, trouble: &Trouble) {
        self.sessions.iter_mut().for_each(Session::abort);
        self.status.failures += 1;
        self.status.reading = false;
        (self.status.trouble, self.status.error) = (Some(trouble.kind), Some(trouble.what.clone()));
        self.due = Instant::now() + self.wait();
    }

    /// Looks what has changed, and decides when to look again. `watch` is called for every entry; false ends the round.
    pub(super) async fn round(
        &mut self,
        folder: &Folder,
        watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
    ) -> Result<Round, Trouble> {
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
    ) -> Result<Round, Trouble> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let mut root = connection.root().await;
        if root.is_err() {
            // A connection that was idle is often gone: that is no trouble yet.
            connection = self.connect().await?;
            root = connection.root().await;
        }
        let outcome = self.ask(&mut connection, root, folder, watch).await;
        match outcome {
            Ok(_) => self.connection = Some(connection),
            Err(_) => self.first += 1, // another one may do better
        }
        outcome
    }

    /// Everything that is asked of a controller in a round.
    async fn ask(
        &mut self,
        connection: &mut Connection,
        root: Result<Root, Trouble>,
        folder: &Folder,
        watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
    ) -> Result<Round, Trouble> {
        let root = root?;
        self.belongs(connection, &root)?;
        self.sessions_of(&root, folder);
        let mut round = Round::default();
        for place in 0..self.sessions.len() {
            if self.is_due(place) {
                self.follow(place, connection, &root, &mut round, watch).await?;
            }
        }
        if self.password.is_none_or(|looked| looked.elapsed() >= PASSWORD) {
            self.status.password_expires = password::expires(connection, &root.domain, &self.status.account).await?;
            self.password = Some(Instant::now());
        }
        Ok(round)
    }

    /// The first controller that answers, and accepts an account.
    async fn connect(&mut self) -> Result<Connection, Trouble> {
        let hosts = self.config.hosts();
        let accounts = self.credentials.accounts(&self.config.name)?;
        let mut last = None;
        for step in 0..hosts.len() {
            let place = (self.first + step) % hosts.len();
            let Some(host) = hosts.get(place) else { continue };
            let mut connection = match Connection::open(&self.config, host).await {
                Ok(connection) => connection,
                Err(trouble) => {
                    self.unreachable(host, Some(&trouble));
                    last = Some(trouble);
                    continue;
                }
            };
            self.unreachable(host, None);
            self.first = place;
            for account in &accounts {
                match connection.bind(account).await {
                    Ok(()) => {
                        self.status.account.clone_from(&account.user);
                        return Ok(connection);
                    }
                    Err(trouble) => {
                        if matches!(trouble.kind, Kind::Credentials | Kind::PasswordExpired) {
                            self.credentials.refuse(account, trouble.clone());
                        }
                        last = Some(trouble);
                    }
                }
            }
            // Another controller of the domain would not think otherwise of the accounts.
            break;
        }
        Err(last.unwrap_or_else(|| Trouble::new(Kind::Unreachable, "no controller is configured")))
    }

    fn unreachable(&mut self, host: &str, trouble: Option<&Trouble>) {
        self.status.unreachable.retain(|other| other.controller != host);
        if let Some(trouble) = trouble {
            self.status.unreachable.push(Unreachable {
                controller: host.to_owned(),
                why: trouble.what.clone(),
            });
        }
    }

    /// A controller of another domain would fill this one with strangers.
    fn belongs(&self, connection: &Connection, root: &Root) -> Result<(), Trouble> {
        let domain = domain_of(&root.domain);
        if domain.eq_ignore_ascii_case(&self.config.name) {
            return Ok(());
        }
        let what = format!(
            "{} is a controller of {domain}, not of {}",
            connection.host, self.config.name
        );
        Err(Trouble::new(Kind::Refused, what))
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
        round: &mut Round,
        watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
    ) -> Result<(), Trouble> {
        let Some(session) = self.sessions.get_mut(place) else {
            return Ok(());
        };
        let old = session
            .stamp
            .read
            .is_none_or(|read| self.full_read.is_some_and(|most| now().since(read) >= most));
        if old {
            session.renew();
        }
        let reads = session.full_reads();
        session.begin(root.controller.clone());
        let mut ahead = None;
        while let Some(search) = session.poll_search() {
            let reading = session.is_reading();
            self.status.reading = reading;
            let asked = match ahead.take() {
                Some(asked) => asked,
                None => connection.ask(&search).await?,
            };
            let (mut page, mut go_on) = (Vec::new(), true);
            let (status, entries) = (&self.status, &mut round.entries);
            let take = |entry| {
                *entries += 1;
                go_on &= watch(status, *entries);
                match reading {
                    true => page.push(entry),
                    false => session.handle_entry(entry),
                }
            };
            let done = connection.hear(asked, take).await?;
            if !go_on {
                return Err(Trouble::new(Kind::Unreachable, "adtap ends"));
            }
            // The controller makes the next page while this one is taken in.
            if let Some(next) = session.poll_ahead(&done) {
                ahead = Some(connection.ask(&next).await?);
            }
            page.into_iter().for_each(|entry| session.handle_entry(entry));
            let refused = |refusal: resolver::directory::sync::Refusal| {
                Trouble::new(Kind::Refused, format!("{}: {refusal}", connection.host))
            };
            session.handle_done(done).map_err(refused)?;
        }
        let fresh = session.full_reads() > reads;
        session.stamp.synced = Some(now());
        session.stamp.controller.clone_from(&connection.host);
        if fresh {
            session.stamp.read = Some(now());
        }
        round.read |= fresh;
        let before = round.changes.len();
        round.changes.extend(std::iter::from_fn(|| session.poll_change()));
        let changed = round.changes.len() - before;
        if session.context() == Context::Configuration {
            self.looked = Some(Instant::now());
        } else {
            self.status.changes += changed as u64;
            self.tell(place, fresh || changed > 0);
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
            let trusts = session.replica().records().filter(|record| record.is("trustedDomain"));
            self.status.trusts = trusts
                .filter_map(|trust| trust.text(Attribute::TrustPartner))
                .map(String::from)
                .collect();
            self.status.trusts.sort();
        }
        self.status.synced = session.stamp.synced;
        self.status.controller.clone_from(&session.stamp.controller);
    }

    /// Leaves the controller.
    pub(super) async fn leave(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
    }
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

/// A search for one object's attributes.
pub(super) fn base_search(base: String, filter: String, attribute: &str) -> Search {
    Search {
        subtree: !base.starts_with('<'),
        base,
        filter,
        attributes: vec![attribute.to_owned()],
        controls: Vec::new(),
    }
}
