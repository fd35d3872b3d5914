//! The stage itself: activities in, resolved activities out, in an order that depends on nothing but the input.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use capture::{CaptureId, Timestamp};
use compact_str::CompactString;
use parsers::activity::{Activity, Kind, Origin};
use parsers::sighting::Sighting;

use crate::address::{AddressBook, History, StateError};
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
use crate::join::{self, Join, Waits};
use crate::owner::Owner;
use crate::question::Questions;
use crate::resolved::{Pending, Resolved};
use crate::stats::Stats;
use crate::ticket::Tickets;
use crate::wait::Waiting;

/// Resolves and folds the activities of a run.
///
/// Give it every activity in the run's order ([`parsers::activity::Order`]). An activity that folds leaves when its window
/// closes, one from an address that has only just appeared when its computer is sure or a moment is over, one with a ticket that nobody
/// seems to have issued after another moment, everything else at once. Packet time is the latest seen in an activity or given to [`Self::advance`]: for the same
/// output every time, call that at places which depend on the packets alone, or in a replay not at all.
#[derive(Debug)]
pub struct Resolver {
    now: Timestamp,
    fold: Fold,
    join: Join,
    identities: Identities,
    addresses: AddressBook,
    questions: Questions,
    waiting: Waiting,
    /// What the book had heard when the waiting ones were last looked at.
    news: u64,
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
            fold: Fold::new(
                Duration::from_secs(config.fold.into()),
                fold::MAX_OPEN,
                fold::MAX_OCTETS,
            ),
            join: Join::new(
                Duration::from_secs(config.event_join.into()),
                join::MAX_HELD,
                join::MAX_OCTETS,
            ),
            stats: Stats {
                directory_objects: directory.len() as u64,
                ..Stats::default()
            },
            identities,
            addresses,
            questions: Questions::default(),
            waiting: Waiting::new(Duration::from_millis(config.wait_milliseconds.into())),
            news: 0,
            domains: Domains::default(),
            tickets: Tickets::new(config, &directory),
            held: Held::default(),
            bearers: Bearers::default(),
            authors: Authors::default(),
            directory,
        }
    }

    /// Takes the memory now that is needed sooner or later by whoever runs for long.
    pub fn reserve(&mut self) {
        self.tickets.reserve();
    }

    /// From now on `directory` is what names are looked up in; what was learnt of addresses stays. Answers the one before, for
    /// whoever has the time to free it.
    pub fn take_directory(&mut self, directory: Arc<Snapshot>) -> Arc<Snapshot> {
        self.stats.directory_objects = directory.len() as u64;
        self.stats.directories += 1;
        self.identities.take_directory(Arc::clone(&directory));
        self.addresses
            .take_directory(Arc::clone(&directory), self.identities.marks());
        self.tickets.take_directory(&directory);
        std::mem::replace(&mut self.directory, directory)
    }

    /// The next activity of the run: learnt from, resolved, and either passed on to `out` at once or kept while it folds.
    pub fn activity(&mut self, activity: Box<Activity>, out: &mut Vec<Resolved>) {
        self.stats.activities += 1;
        if activity.origin == Origin::Event {
            self.told(activity, None, out);
            return;
        }
        self.addresses.touch(activity.client.ip);
        self.advance(activity.time, out);
        let bearer = self.bearer(&activity);
        if !self.fold.is_on() || !fold::foldable(&activity) {
            let pending = self.resolve(activity, bearer.as_ref());
            return self.leave(pending, out);
        }
        let owner = bearer.as_ref().map(|(owner, _)| owner.as_ref());
        let brief = self.fold.brief(&activity, owner);
        if self.fold.join(brief, &activity, owner) {
            self.stats.folded += 1;
            return;
        }
        let pending = self.resolve(activity, bearer.as_ref());
        self.deadline(&pending);
        while let Some(early) = self.fold.surplus(brief) {
            out.push(self.last_look(early));
        }
        self.fold.open(brief, pending, bearer.map(|(owner, _)| owner));
    }

    /// A Windows event whose sender waits to hear that it is stored: as [`Self::activity`], but it leaves within a quarter of a second of packet time,
    /// alone or with what it became part of. Answers when that is, unless it has left; then [`Self::advance`] has seen it off.
    pub fn deliver(&mut self, activity: Box<Activity>, out: &mut Vec<Resolved>) -> Option<Timestamp> {
        self.stats.activities += 1;
        let by = self.now.after(self.join.stay());
        self.told(activity, Some(by), out).0.then_some(by)
    }

    /// An event is joined with what is known of the same fact.
    fn told(&mut self, activity: Box<Activity>, promised: Option<Timestamp>, out: &mut Vec<Resolved>) -> Waits {
        // Before the first packet, an event's time is all there is.
        let now = match self.now {
            Timestamp(i64::MIN) => activity.time,
            now => now,
        };
        let resolved = self.event(activity);
        self.join.take(resolved, now, promised, out)
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
                waited: false,
            };
            self.sign(&difference, change, &names, &mut resolved);
            let certain = resolved.is_source_certain();
            out.push(self.counted(Pending { resolved, certain }));
        }
    }

    /// Traffic that tickets may have been issued in was lost at `time`: that one was never issued is not said of any for as long
    /// as it could be good.
    pub fn lost(&mut self, time: Timestamp) {
        self.tickets.lost(time);
    }

    /// What a device that is believed reports of its own, beside the packets: learnt from and resolved like what they show, and
    /// passed on at once. Its time is that of its coming, a little ahead of the packets, and moves nobody's clock; it waits for no
    /// event and never folds, since whoever reports may wait to hear that it is stored.
    pub fn report(&mut self, activity: Box<Activity>, out: &mut Vec<Resolved>) {
        self.stats.activities += 1;
        let pending = self.resolve(activity, None);
        out.push(self.counted(pending));
    }

    /// Windows events come in beside the packets: what they may tell of too waits for them from now on, for the window that the
    /// configuration says.
    pub const fn expect_events(&mut self) {
        self.join.expect();
    }

    /// A name and an address that stood together, in its place among the activities: learnt from, and no more.
    pub fn sighting(&mut self, sighting: &Sighting) {
        if evidence::sighting(&mut self.addresses, sighting) {
            self.waiting.again(sighting.ip);
        }
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

    /// Packet time has reached `now`: folded activities whose window closed leave.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<Resolved>) {
        if now <= self.now {
            return;
        }
        self.now = now;
        self.addresses.rest(now);
        self.release(now, out);
        while let Some(pending) = self.fold.closed(now) {
            out.push(self.last_look(pending));
        }
        while let Some(resolved) = self.held.ripe(now) {
            let resolved = self.judge(resolved);
            self.join.take(resolved, now, None, out);
        }
        while let Some(resolved) = self.join.due(now) {
            out.push(resolved);
        }
    }

    /// The clock that packet time comes from was set back to `now`: everything kept leaves, since its window would close late.
    pub fn set_back(&mut self, now: Timestamp, out: &mut Vec<Resolved>) {
        self.finish(out);
        self.questions.set_back();
        self.waiting.set_back();
        self.now = now;
    }

    /// The run ended: everything kept leaves.
    pub fn finish(&mut self, out: &mut Vec<Resolved>) {
        while let Some(resolved) = self.waiting.pop() {
            self.depart(resolved, out);
        }
        while let Some(pending) = self.fold.pop() {
            out.push(self.last_look(pending));
        }
        while let Some(resolved) = self.held.pop() {
            self.join.take(resolved, self.now, None, out); // it did not wait long enough for anything to be sure
        }
        while let Some(resolved) = self.join.leave() {
            out.push(resolved);
        }
    }

    /// What is known of `ip`, judged at `at`; none where nothing is.
    #[must_use]
    pub fn history(&self, ip: IpAddr, at: Timestamp) -> Option<History> {
        self.addresses.history(ip, at)
    }

    /// The latest packet time seen.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Everything known of addresses as bytes, for [`Self::restore`] in a process to come.
    ///
    /// # Errors
    /// There is no memory for the compressor.
    pub fn keep(&self) -> std::io::Result<Vec<u8>> {
        self.addresses.keep(self.now)
    }

    /// Takes over what was kept, before the first activity; answers as of when it was.
    ///
    /// # Errors
    /// Bytes that are not what was kept: then nothing is taken over.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<Timestamp, StateError> {
        self.addresses.restore(bytes)
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let addresses = self.addresses.counts();
        let (homes_forgotten, pools_refused, fingerprints_forgotten) = self.addresses.bounds_hit();
        let (waited, waited_evicted) = self.waiting.counts();
        Stats {
            fold_evicted: self.fold.evicted(),
            events_joined: self.join.joined(),
            join_evicted: self.join.evicted(),
            join_crowded: self.join.crowded(),
            tickets_forgotten: self.tickets.forgotten(),
            tickets_unjudged: self.held.refused(),
            writes_forgotten: self.authors.forgotten(),
            connections_forgotten: self.bearers.forgotten(),
            names_flushed: self.identities.flushed(),
            addresses: self.addresses.len() as u64,
            addresses_evicted: addresses.evicted,
            shared_forgotten: addresses.shared_forgotten,
            address_conflicts: addresses.conflicts,
            evidence_replaced: addresses.replaced,
            tenures_forgotten: addresses.tenures_forgotten,
            homes_forgotten,
            pools_refused,
            fingerprints_forgotten,
            waited,
            waited_evicted,
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
    fn sign(&mut self, difference: &Difference, change: &Change, names: &[CompactString], resolved: &mut Resolved) {
        let about = difference.about.as_deref().map(crate::directory::folded_dn);
        let names = names.iter().chain(&about).map(CompactString::as_str);
        if let Some(author) = self.authors.of(difference, change, names, resolved.activity.time) {
            author.sign(resolved);
            self.stats.changes_attributed += 1;
        }
    }

    /// What the activity itself tells of its addresses is known before they are looked up.
    fn resolve(&mut self, activity: Box<Activity>, bearer: Option<&(Arc<Owner>, Correlation)>) -> Pending {
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
        if let Some((owner, _)) = bearer {
            learner.confirm(&activity, owner);
        }
        let source = self.computer(activity.client.ip, activity.time);
        let certain = source.is_some() && self.addresses.is_certain(activity.client.ip);
        let destination = self.computer(activity.server.ip, activity.time);
        self.tickets.learn(&activity, destination.as_deref());
        let resolved = Resolved {
            activity,
            actor,
            correlated,
            target,
            source,
            destination,
            waited: false,
        };
        self.authors.hear(&resolved, &self.directory);
        Pending { resolved, certain }
    }

    /// What `pending` holds leaves, now or when its address's beginning is over.
    fn leave(&mut self, pending: Pending, out: &mut Vec<Resolved>) {
        match self.deadline(&pending) {
            Some(deadline) => {
                let mut resolved = pending.resolved;
                resolved.activity.details.shrink();
                let weight = resolved.activity.details.weight();
                while let Some(oldest) = self.waiting.surplus(weight) {
                    self.depart(oldest, out);
                }
                self.waiting.push(deadline, weight, resolved);
            }
            None => {
                let (resolved, from) = (self.counted(pending), self.now);
                self.present(resolved, from, out);
            }
        }
    }

    /// When `pending` has waited long enough, where its address is at its beginning; which is now, where it never was seen.
    fn deadline(&mut self, pending: &Pending) -> Option<Timestamp> {
        let activity = &pending.resolved.activity;
        let waits = !pending.certain && self.addresses.is_host(activity.client.ip);
        waits
            .then(|| self.waiting.deadline(activity.client.ip, activity.time))
            .flatten()
    }

    /// Those that have waited long enough, or need not wait any more, leave.
    fn release(&mut self, now: Timestamp, out: &mut Vec<Resolved>) {
        let news = self.addresses.news() != self.news;
        self.news = self.addresses.news();
        while let Some((deadline, resolved)) = self.waiting.first() {
            let (ip, time) = (resolved.activity.client.ip, resolved.activity.time);
            let is_certain = |computer: Computer| computer.certainty == Certainty::High;
            if now < deadline && !(news && self.addresses.computer_at(ip, time).is_some_and(is_certain)) {
                return;
            }
            let Some(resolved) = self.waiting.pop() else { return };
            self.depart(resolved, out);
        }
    }

    /// What waited leaves, but for tickets that nobody seems to have issued.
    fn depart(&mut self, resolved: Resolved, out: &mut Vec<Resolved>) {
        // Nothing waits whose source is certain.
        let resolved = self.last_look(Pending {
            resolved,
            certain: false,
        });
        let from = resolved.activity.time;
        self.present(resolved, from, out);
    }

    /// What was kept is about to leave: what its address told a little later counts, too.
    fn last_look(&mut self, mut pending: Pending) -> Resolved {
        if !pending.certain {
            let resolved = &mut pending.resolved;
            let (ip, time) = (resolved.activity.client.ip, resolved.activity.time);
            if self.addresses.heard_since(ip, time) {
                resolved.source = self.addresses.computer_at(ip, time).map(Arc::new);
                pending.certain = resolved.is_source_certain();
            }
        }
        self.counted(pending)
    }

    /// Who holds `ip`; where that is not sure, it is to be asked.
    fn computer(&mut self, ip: IpAddr, now: Timestamp) -> Option<Arc<Computer>> {
        let computer = self.addresses.computer(ip, now);
        let is_certain = |computer: &Arc<Computer>| computer.certainty == Certainty::High;
        if self.questions.are_asked() && !computer.as_ref().is_some_and(is_certain) && self.addresses.is_host(ip) {
            self.questions.raise(ip, now);
        }
        computer
    }

    /// Says where the ticket comes from that `resolved` shows, if it shows one; keeps it for a while, beginning at `from`, where nobody
    /// seems to have issued it. Then it leaves, or waits for its event.
    fn present(&mut self, mut resolved: Resolved, from: Timestamp, out: &mut Vec<Resolved>) {
        let suspicious = self
            .tickets
            .trace(&mut resolved.activity, resolved.source.as_deref(), &self.addresses);
        let told = match suspicious {
            true => self.held.keep(resolved, from),
            false => Some(resolved),
        };
        if let Some(resolved) = told {
            self.join.take(resolved, self.now, None, out);
        }
    }

    fn judge(&self, mut resolved: Resolved) -> Resolved {
        self.tickets
            .judge(&mut resolved.activity, resolved.source.as_deref(), &self.addresses);
        resolved
    }

    /// An event is hearsay: whoever can send one could say anything with it. It is resolved by what is known, teaches nothing
    /// of addresses, tickets and connections, and its time is no packet's.
    fn event(&mut self, activity: Box<Activity>) -> Resolved {
        self.stats.events += 1;
        let actor = self.identities.actor(&activity);
        let target = self.identities.target(&activity);
        let source = self.addresses.computer(activity.client.ip, activity.time.min(self.now));
        let logger = join::logger(&activity.details).and_then(|name| self.addresses.logger(name));
        let resolved = Resolved {
            activity,
            actor,
            correlated: None,
            target,
            source,
            destination: logger.map(Arc::new),
            waited: false,
        };
        self.authors.hear(&resolved, &self.directory);
        let certain = resolved.is_source_certain();
        self.counted(Pending { resolved, certain })
    }

    fn counted(&mut self, pending: Pending) -> Resolved {
        let Pending { resolved, certain } = pending;
        let stats = &mut self.stats;
        let unresolved = resolved.actor.is_none() && resolved.activity.observed.account.is_some();
        stats.actors_resolved += u64::from(resolved.actor.is_some());
        stats.actors_unresolved += u64::from(unresolved);
        stats.targets_resolved += u64::from(resolved.target.is_some());
        stats.sources_resolved += u64::from(resolved.source.is_some());
        stats.sources_certain += u64::from(certain);
        stats.destinations_resolved += u64::from(resolved.destination.is_some());
        resolved
    }
}

/// Who changes a password and names nobody changes the own one.
fn own(activity: &Activity, actor: Option<&Arc<Entity>>) -> Option<Arc<Entity>> {
    let change = activity.kind == Kind::PasswordChange && activity.details.get_text("operation") == Some("change");
    let named = activity.observed.target_account.is_some() || activity.observed.dn.is_some();
    actor.filter(|_| change && !named).cloned()
}
