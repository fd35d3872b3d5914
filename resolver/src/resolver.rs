//! The stage itself: activities in, resolved activities out, in an order that depends on nothing but the input.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use capture::{CaptureId, Timestamp};
use compact_str::CompactString;
use parsers::activity::{Activity, Kind};
use parsers::sighting::Sighting;

use crate::address::{self, AddressBook};
use crate::answer::Answer;
use crate::author::Authors;
use crate::bearer::Bearers;
use crate::config::Config;
use crate::correlation::Correlation;
use crate::directory::Snapshot;
use crate::directory::change::{Difference, differences};
use crate::directory::sync::Change;
use crate::entity::{Certainty, Computer, Entity};
use crate::evidence::{self, Domains, Learner};
use crate::fold::{self, Fold};
use crate::held::Held;
use crate::identity::Identities;
use crate::question::Questions;
use crate::resolved::Resolved;
use crate::stats::Stats;
use crate::ticket::{Owner, Tickets};

/// Resolves and folds the activities of a run.
///
/// Give it every activity in the run's order ([`parsers::activity::Order`]). An activity that folds leaves when its window
/// closes, everything else at once. Packet time is the latest seen in an activity or given to [`Self::advance`]: for the same
/// output every time, call that at places which depend on the packets alone, or in a replay not at all.
#[derive(Debug)]
pub struct Resolver {
    now: Timestamp,
    fold: Fold,
    identities: Identities,
    addresses: AddressBook,
    questions: Questions,
    domains: Domains,
    tickets: Tickets,
    held: Held,
    bearers: Bearers,
    authors: Authors,
    directory: Arc<Snapshot>,
    stats: Stats,
}

impl Resolver {
    /// A resolver that knows `directory` and no address yet.
    #[must_use]
    pub fn new(config: &Config, directory: Arc<Snapshot>) -> Self {
        let identities = Identities::new(config, Arc::clone(&directory));
        let mut addresses = AddressBook::new(config, Arc::clone(&directory));
        addresses.mark(identities.marks());
        Self {
            now: Timestamp(i64::MIN),
            fold: Fold::new(Duration::from_secs(config.fold.into()), fold::MAX_OPEN),
            stats: Stats {
                directory_objects: directory.len() as u64,
                ..Stats::default()
            },
            identities,
            addresses,
            questions: Questions::default(),
            domains: Domains::default(),
            tickets: Tickets::new(Duration::from_secs(config.ticket_lifetime.into()), &directory),
            held: Held::default(),
            bearers: Bearers::default(),
            authors: Authors::default(),
            directory,
        }
    }

    /// The next activity of the run: learnt from, resolved, and either passed on to `out` at once or kept while it folds.
    pub fn activity(&mut self, activity: Box<Activity>, out: &mut Vec<Resolved>) {
        self.stats.activities += 1;
        self.advance(activity.time, out);
        let bearer = self.bearer(&activity);
        if !self.fold.is_on() || !fold::foldable(&activity) {
            let resolved = self.resolve(activity, bearer.as_ref());
            out.extend(self.present(resolved));
            return;
        }
        let owner = bearer.as_ref().map(|(owner, _)| owner.as_ref());
        let hash = self.fold.hash(&activity, owner);
        if self.fold.join(hash, &activity, owner) {
            self.stats.folded += 1;
            return;
        }
        let resolved = self.resolve(activity, bearer.as_ref());
        out.extend(self.fold.open(hash, resolved, bearer.map(|(owner, _)| owner)));
    }

    /// What the synchronisation of the directory found changed at `seen`: every difference is an activity, by whoever was seen
    /// to bring it about. It folds with nothing, leaves at once, and does not move packet time: its time is the directory's.
    /// `capture` says where it was seen.
    pub fn change(&mut self, change: &Change, seen: Timestamp, capture: CaptureId, out: &mut Vec<Resolved>) {
        let names = change.names();
        let object = change.entity().map(|entity| self.identities.tagged(entity));
        for difference in differences(change, seen) {
            self.stats.activities += 1;
            self.stats.directory_changes += 1;
            let target = match &difference.about {
                Some(member) => self.identities.by_dn(member),
                None => object.clone(),
            };
            let activity = difference.activity(change, seen, capture);
            let mut resolved = Resolved {
                activity,
                actor: None,
                correlated: None,
                target,
                source: None,
                destination: None,
            };
            self.sign(&difference, &names, &mut resolved);
            self.count(&resolved);
            out.push(resolved);
        }
    }

    /// Traffic that tickets may have been issued in was lost at `time`: that one was never issued is not said of any for as long
    /// as it could be good.
    pub fn lost(&mut self, time: Timestamp) {
        self.tickets.lost(time);
    }

    /// A name and an address that stood together, in its place among the activities: learnt from, and no more.
    pub fn sighting(&mut self, sighting: &Sighting) {
        evidence::sighting(&mut self.addresses, sighting);
    }

    /// What an address answered when it was asked who it is: learnt from, and no more.
    pub fn answer(&mut self, answer: &Answer) {
        self.addresses.learn(answer.ip, &answer.claim(), answer.time);
    }

    /// From now on [`Self::question`] names the addresses to ask. A replay asks nobody.
    pub const fn ask(&mut self) {
        self.questions.start();
    }

    /// The next address that an activity came from or went to and whose computer is not known for sure: each once in five
    /// minutes of packet time. Which networks may be asked, and how fast, is for whoever asks to say.
    pub fn question(&mut self) -> Option<IpAddr> {
        self.questions.next()
    }

    /// Looks again for the computers that were not known when `resolved` was.
    pub fn complete(&mut self, resolved: &mut Resolved) {
        let now = self.now.max(resolved.activity.time);
        if resolved.source.is_none() {
            resolved.source = self.addresses.computer(resolved.activity.client.ip, now);
            self.stats.sources_resolved += u64::from(resolved.source.is_some());
        }
        if resolved.destination.is_none() {
            resolved.destination = self.addresses.computer(resolved.activity.server.ip, now);
            self.stats.destinations_resolved += u64::from(resolved.destination.is_some());
        }
    }

    /// How far packet time is.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Packet time has reached `now`: folded activities whose window closed leave.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<Resolved>) {
        if now <= self.now {
            return;
        }
        self.now = now;
        while let Some(resolved) = self.fold.closed(now) {
            out.push(resolved);
        }
        while let Some(resolved) = self.held.ripe(now) {
            out.push(self.judge(resolved));
        }
    }

    /// The clock that packet time comes from was set back to `now`: everything kept leaves, since its window would close late.
    pub fn set_back(&mut self, now: Timestamp, out: &mut Vec<Resolved>) {
        self.finish(out);
        self.questions.set_back();
        self.now = now;
    }

    /// The run ended: everything kept leaves.
    pub fn finish(&mut self, out: &mut Vec<Resolved>) {
        while let Some(resolved) = self.fold.pop() {
            out.push(resolved);
        }
        while let Some(resolved) = self.held.pop() {
            out.push(resolved); // it did not wait long enough for anything to be sure
        }
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            fold_evicted: self.fold.evicted(),
            tickets_forgotten: self.tickets.forgotten(),
            tickets_unjudged: self.held.refused(),
            writes_forgotten: self.authors.forgotten(),
            connections_forgotten: self.bearers.forgotten(),
            names_flushed: self.identities.flushed(),
            addresses: self.addresses.len() as u64,
            addresses_evicted: self.addresses.evicted(),
            address_conflicts: self.addresses.conflicts(),
            evidence_replaced: self.addresses.replaced(),
            questions_dropped: self.questions.dropped(),
            ..self.stats
        }
    }

    /// Who acts, where the activity names nobody, and how that is known: the client of the ticket that is shown, whoever's
    /// ticket the session began with, or who logged on to the connection.
    fn bearer(&mut self, activity: &Activity) -> Option<(Arc<Owner>, Correlation)> {
        let owner = self.tickets.owner(activity);
        self.bearers.hear(activity, owner.as_ref());
        let by_ticket = owner.map(|owner| (owner, Correlation::KerberosTicket));
        by_ticket
            .or_else(|| Some((self.tickets.bearer(activity)?, Correlation::session(activity))))
            .or_else(|| Some((self.bearers.owner(activity)?, Correlation::Connection)))
    }

    /// Writes onto a change of the directory whoever was seen to make it.
    fn sign(&mut self, difference: &Difference, names: &[CompactString], resolved: &mut Resolved) {
        let about = difference.about.as_deref().map(crate::directory::folded_dn);
        let names = names.iter().chain(&about).map(CompactString::as_str);
        if let Some(author) = self.authors.of(difference, names, resolved.activity.time) {
            author.sign(resolved);
            self.stats.changes_attributed += 1;
        }
    }

    /// What the activity itself tells of its addresses is known before they are looked up.
    fn resolve(&mut self, activity: Box<Activity>, bearer: Option<&(Arc<Owner>, Correlation)>) -> Resolved {
        let (actor, correlated) = match bearer {
            Some((owner, correlation)) => {
                self.stats.actors_by_ticket += 1;
                (Some(self.identities.owner(owner)), Some(*correlation))
            }
            None => (self.identities.actor(&activity), Correlation::named(&activity)),
        };
        let target = self
            .identities
            .target(&activity)
            .or_else(|| own(&activity, actor.as_ref()));
        let mut learner = Learner {
            book: &mut self.addresses,
            domains: &mut self.domains,
            directory: &self.directory,
        };
        learner.learn(&activity, actor.as_deref(), target.as_deref());
        let source = self.computer(activity.client.ip, activity.time);
        let destination = self.computer(activity.server.ip, activity.time);
        self.tickets.learn(&activity, source.as_ref(), destination.as_deref());
        let resolved = Resolved {
            activity,
            actor,
            correlated,
            target,
            source,
            destination,
        };
        self.authors.hear(&resolved, &self.directory);
        self.count(&resolved);
        resolved
    }

    /// Who holds `ip`; where that is not sure, it is to be asked.
    fn computer(&mut self, ip: IpAddr, now: Timestamp) -> Option<Arc<Computer>> {
        let computer = self.addresses.computer(ip, now);
        if computer
            .as_ref()
            .is_none_or(|computer| computer.certainty == Certainty::Low)
            && address::is_host(ip)
        {
            self.questions.raise(ip, now);
        }
        computer
    }

    /// Says where the ticket comes from that `resolved` shows, if it shows one; keeps it for a while where nobody seems to have
    /// issued it.
    fn present(&mut self, mut resolved: Resolved) -> Option<Resolved> {
        let suspicious = self.tickets.trace(&mut resolved.activity, resolved.source.as_deref());
        let time = resolved.activity.time;
        match suspicious {
            true => self.held.keep(resolved, time.max(self.now)),
            false => Some(resolved),
        }
    }

    fn judge(&self, mut resolved: Resolved) -> Resolved {
        self.tickets.judge(&mut resolved.activity, resolved.source.as_deref());
        resolved
    }

    fn count(&mut self, resolved: &Resolved) {
        let stats = &mut self.stats;
        let unresolved = resolved.actor.is_none() && resolved.activity.observed.account.is_some();
        stats.actors_resolved += u64::from(resolved.actor.is_some());
        stats.actors_unresolved += u64::from(unresolved);
        stats.targets_resolved += u64::from(resolved.target.is_some());
        stats.sources_resolved += u64::from(resolved.source.is_some());
        stats.destinations_resolved += u64::from(resolved.destination.is_some());
    }
}

/// Who changes a password and names nobody changes the own one.
fn own(activity: &Activity, actor: Option<&Arc<Entity>>) -> Option<Arc<Entity>> {
    let change = activity.kind == Kind::PasswordChange && activity.details.get_text("operation") == Some("change");
    let named = activity.observed.target_account.is_some() || activity.observed.dn.is_some();
    actor.filter(|_| change && !named).cloned()
}
