//! Which computer holds which address, and held it when: a timeline for each address, in packet time.
//!
//! What is said of an address is a [`Claim`]; claims about one host make a [`tenure`], and whoever proves that it holds an
//! address ends the tenures of others ([`timeline`]). Every piece of evidence is kept, so that any moment can be judged
//! ([`verdict`]). Addresses are bounded, and those nobody asks about go first.

mod claim;
mod crowd;
mod history;
mod home;
mod pool;
mod prints;
mod rest;
mod state;
mod tenure;
#[cfg(test)]
mod tests;
mod timeline;
mod verdict;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use capture::{Stack, Timestamp};
use compact_str::CompactString;
use hashbrown::HashMap;

use crate::bounds::full;
use crate::config::Config;
use crate::directory::Snapshot;
use crate::entity::{Certainty, Computer, Doubt, Method};
use crate::host::HostName;
use crate::marks::Marks;
use crate::networks::Networks;
pub(crate) use claim::{Claim, Standing};
pub(crate) use crowd::Crowding;
pub use history::{Held, History, Said};
pub use state::StateError;

use claim::Spans;
use home::Homes;
use pool::Pools;
pub(crate) use pool::Prefix;
use prints::Unnamed;
use rest::Rest;
pub(crate) use timeline::Session;
use timeline::{Judged, Timeline};
use verdict::Case;

/// A verdict on an address that several are said to hold, or that nobody proved, is looked at again after this: what others do
/// elsewhere may change it.
const AGAIN: Duration = Duration::from_secs(300);
/// The most addresses held.
const MAX_ADDRESSES: usize = full(1 << 17);

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Addresses forgotten because there were too many.
    pub(crate) evicted: u64,
    /// Those of them that several shared: they have to be recognised anew.
    pub(crate) shared_forgotten: u64,
    /// Tenures forgotten because an address had too many.
    pub(crate) tenures_forgotten: u64,
    /// Times an address went from one computer to another.
    pub(crate) conflicts: u64,
    /// Claims that gave way to newer ones.
    pub(crate) replaced: u64,
}

/// The addresses.
#[derive(Debug)]
pub(crate) struct AddressBook {
    /// Boxed: a table grows by being copied.
    timelines: HashMap<IpAddr, Box<Timeline>>,
    /// Every address once, longest unused first, as far as `used` has not said otherwise.
    queue: VecDeque<IpAddr>,
    rest: Rest,
    limit: usize,
    spans: Spans,
    homes: Homes,
    pools: Pools,
    /// SYNs of addresses that are no timelines yet.
    unnamed: Unnamed,
    fingerprints: bool,
    shared: Networks,
    excluded: Networks,
    /// Which domain controllers are where, as the configuration has it.
    controllers: HashMap<IpAddr, CompactString>,
    directory: Arc<Snapshot>,
    marks: Arc<Marks>,
    counts: Counts,
    /// Moves with whatever is heard for the first time.
    news: u64,
}

impl AddressBook {
    pub(crate) fn new(config: &Config, directory: Arc<Snapshot>) -> Self {
        Self {
            timelines: HashMap::new(),
            queue: VecDeque::new(),
            rest: Rest::default(),
            limit: MAX_ADDRESSES,
            spans: Spans::new(config),
            homes: Homes::default(),
            pools: Pools::default(),
            unnamed: Unnamed::default(),
            fingerprints: config.tcp_fingerprints,
            shared: Networks::new(&config.shared_networks),
            excluded: Networks::new(&config.excluded_networks),
            controllers: config.controllers.iter().cloned().collect(),
            directory,
            marks: Arc::default(),
            counts: Counts::default(),
            news: 0,
        }
    }

    /// From now on computers are looked up in `directory`, and bear what `marks` says of them.
    pub(crate) fn take_directory(&mut self, directory: Arc<Snapshot>, marks: Arc<Marks>) {
        self.directory = directory;
        self.mark(marks);
    }

    /// From now on computers bear what `marks` says of them: every address is judged anew when it is asked for.
    pub(crate) fn mark(&mut self, marks: Arc<Marks>) {
        self.marks = marks;
        for timeline in self.timelines.values_mut() {
            timeline.judged.until = None;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.timelines.len()
    }

    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }

    /// Computers whose last address was forgotten, VPN networks that were one too many, and addresses whose SYNs were forgotten before
    /// they had a name.
    pub(crate) const fn bounds_hit(&self) -> (u64, u64, u64) {
        (self.homes.forgotten(), self.pools.refused(), self.unnamed.forgotten())
    }

    pub(crate) const fn news(&self) -> u64 {
        self.news
    }

    /// Whether `ip` can be one host's, and is to be resolved.
    pub(crate) fn is_host(&self, ip: IpAddr) -> bool {
        is_host(ip) && !self.excluded.hold(ip)
    }

    /// Hears `claim` about `ip`, made at `now`.
    pub(crate) fn learn(&mut self, ip: IpAddr, claim: &Claim<'_>, now: Timestamp) {
        if self.repeats(ip, claim, now) || !self.is_host(ip) {
            return;
        }
        let Some(host) = HostName::of(claim.name, claim.domain) else {
            return;
        };
        let spans = self.spans;
        let heard = self.timeline(ip, now).hear(&host, claim, now, &spans);
        self.news += 1;
        self.counts.conflicts += u64::from(heard.conflict);
        self.counts.replaced += heard.replaced;
        self.counts.tenures_forgotten += heard.forgotten;
        match claim.standing {
            Standing::Proof => self.settle(&host, ip, now),
            Standing::Answer => self.homes.answered(&host, ip),
            Standing::Word => {}
        }
    }

    /// Whether `claim` is one that is held, and now is heard again.
    pub(crate) fn repeats(&mut self, ip: IpAddr, claim: &Claim<'_>, now: Timestamp) -> bool {
        let timeline = self.timelines.get_mut(&ip);
        timeline.is_some_and(|timeline| timeline.repeat(claim, now, &self.spans))
    }

    /// When a DNS record that was seen `now` with this time to live, in seconds, is to be asked for again.
    pub(crate) fn ttl(&self, now: Timestamp, seconds: u64) -> Timestamp {
        self.spans.ttl(now, seconds)
    }

    /// A DHCP server granted `ip` to `mac`, who calls itself `name`; true where that is somebody else than before.
    pub(crate) fn grant(&mut self, ip: IpAddr, mac: Option<[u8; 6]>, host: Option<&HostName>, now: Timestamp) -> bool {
        if !self.is_host(ip) || (host.is_none() && mac.is_none()) {
            return false;
        }
        let spans = self.spans;
        self.timeline(ip, now).grant(mac, host, now, &spans)
    }

    /// `ip` was given back, or a session on it ended.
    pub(crate) fn release(&mut self, ip: IpAddr, now: Timestamp) {
        if let Some(timeline) = self.timelines.get_mut(&ip) {
            timeline.release(now, &self.spans);
        }
    }

    /// `session` was given `ip`.
    pub(crate) fn session(&mut self, ip: IpAddr, session: &Session<'_>, now: Timestamp) {
        if !self.is_host(ip) {
            return;
        }
        if session.vpn {
            self.pools.learn(ip, now);
        }
        let spans = self.spans;
        self.timeline(ip, now).begin(session, now, &spans);
        self.news += 1;
    }

    /// A session was given a whole prefix by a VPN gateway.
    pub(crate) fn prefix(&mut self, prefix: Prefix, now: Timestamp) {
        self.pools.learn_prefix(prefix, now);
    }

    /// The gateway that calls itself one of `names` began anew, or ends: none of its sessions goes on. Every address is looked at, which takes
    /// milliseconds, and is seldom.
    pub(crate) fn restarted(&mut self, names: &[CompactString], now: Timestamp) {
        for timeline in self
            .timelines
            .values_mut()
            .filter(|timeline| timeline.is_given_by(names))
        {
            timeline.release(now, &self.spans);
        }
        self.news += 1;
    }

    /// A connection from or to `ip` began, and its own SYN was made by `stack`.
    pub(crate) fn stack(&mut self, ip: IpAddr, stack: Stack, now: Timestamp) {
        if !self.fingerprints || !self.is_host(ip) {
            return;
        }
        match self.timelines.get_mut(&ip) {
            Some(timeline) => timeline.print(stack, now),
            None => self.unnamed.see(ip, stack, now),
        }
    }

    /// `name`, an account's or a machine's, came from `ip`.
    pub(crate) fn crowd(&mut self, ip: IpAddr, what: Crowding, name: &str, now: Timestamp) {
        if let Some(timeline) = self.timelines.get_mut(&ip) {
            timeline.crowd(what, name, now);
        }
    }

    /// `ip` is about to be asked for: what is known of it comes out of memory while other things are done.
    pub(crate) fn touch(&mut self, ip: IpAddr) {
        if let Some(timeline) = self.timelines.get_mut(&ip) {
            timeline.used = true;
        }
    }

    /// Whether what [`Self::computer`] answered last of `ip` is certain.
    pub(crate) fn is_certain(&self, ip: IpAddr) -> bool {
        self.timelines.get(&ip).is_some_and(|timeline| timeline.judged.certain)
    }

    /// The computer that holds `ip` at `now`.
    pub(crate) fn computer(&mut self, ip: IpAddr, now: Timestamp) -> Option<Arc<Computer>> {
        let pools = self.pools.version();
        if let Some(timeline) = self.timelines.get_mut(&ip) {
            timeline.used = true;
            timeline.asked = true;
            let judged = &timeline.judged;
            if judged.pools == pools && judged.until.is_some_and(|until| now < until) {
                return judged.computer.clone();
            }
        }
        self.configured(ip, now);
        self.judge(ip, now)
    }

    /// What the configuration says of `ip` is said again. A name that the directory does not have is one for health alone.
    fn configured(&mut self, ip: IpAddr, now: Timestamp) {
        let Some(name) = self.controllers.get(&ip).cloned() else {
            return;
        };
        if self.directory.is_empty() || self.directory.host(&name, None).is_some() {
            self.learn(ip, &Claim::word(Method::Configuration, &name), now);
        }
    }

    /// The computer that held `ip` at `at`, by all that is known by now.
    pub(crate) fn computer_at(&self, ip: IpAddr, at: Timestamp) -> Option<Computer> {
        self.case(ip, at, self.timelines.get(&ip)?).computer()
    }

    /// The computer that calls itself `name` in an event of its own log: as the directory has it, else by that name.
    pub(crate) fn logger(&self, name: &str) -> Option<Computer> {
        let mut computer = verdict::logger(name, &self.directory)?;
        self.marks.onto(&mut computer);
        Some(computer)
    }

    /// Whether something new was said of `ip` since `at`: it may speak for that moment, too.
    pub(crate) fn heard_since(&self, ip: IpAddr, at: Timestamp) -> bool {
        let timeline = self.timelines.get(&ip);
        timeline.is_some_and(|timeline| timeline.heard >= at)
    }

    fn judge(&mut self, ip: IpAddr, now: Timestamp) -> Option<Arc<Computer>> {
        let timeline = self.timelines.get(&ip)?;
        let case = self.case(ip, now, timeline);
        let lot = timeline.lot();
        let marks = [lot.shared, lot.crowded, lot.pooled];
        let ends = marks.into_iter().map(|span| span.until).filter(|until| *until > now);
        let again = (!timeline.is_firm(now, &self.spans)).then(|| now.after(AGAIN));
        let computer = case.computer();
        let judged = Judged {
            certain: computer
                .as_ref()
                .is_some_and(|computer| computer.certainty == Certainty::High),
            until: ends.chain(again).chain([case.stands_until()]).min(),
            computer: computer.map(Arc::new),
            pools: self.pools.version(),
        };
        let computer = judged.computer.clone();
        let timeline = self.timelines.get_mut(&ip)?;
        timeline.judged = judged;
        if !std::mem::replace(&mut timeline.queued, true) {
            self.rest.add(ip, now);
        }
        computer
    }

    fn case<'a>(&'a self, ip: IpAddr, at: Timestamp, timeline: &'a Timeline) -> Case<'a> {
        let mut shared = timeline.doubts(at);
        if !shared.contains(&Doubt::Vpn) && self.pools.hold(ip, at) {
            shared.push(Doubt::Vpn);
        }
        if self.shared.hold(ip) {
            shared.push(Doubt::SharedNetwork);
        }
        Case {
            ip,
            at,
            tenures: &timeline.tenures,
            shared,
            prints: timeline.prints,
            spans: &self.spans,
            homes: &self.homes,
            directory: &self.directory,
            marks: &self.marks,
        }
    }

    /// `host` proved itself at `ip`: it is no longer where it was.
    fn settle(&mut self, host: &HostName, ip: IpAddr, now: Timestamp) {
        for before in self.homes.settle(host, ip).into_iter().flatten() {
            if let Some(timeline) = self.timelines.get_mut(&before) {
                timeline.left(host, now, &self.spans);
            }
        }
    }

    fn timeline(&mut self, ip: IpAddr, now: Timestamp) -> &mut Timeline {
        if !self.timelines.contains_key(&ip) {
            self.make_room(now);
            self.queue.push_back(ip);
        }
        let unnamed = &mut self.unnamed;
        self.timelines.entry(ip).or_insert_with(|| {
            Box::new(Timeline {
                prints: unnamed.take(ip),
                ..Timeline::default()
            })
        })
    }

    /// Forgets the address unused for longest where there are too many.
    fn make_room(&mut self, now: Timestamp) {
        while self.timelines.len() >= self.limit {
            let Some(ip) = self.queue.pop_front() else { return };
            let timeline = self.timelines.get_mut(&ip);
            let used = timeline.map(|timeline| std::mem::take(&mut timeline.used));
            if used == Some(true) {
                self.queue.push_back(ip);
            } else {
                let gone = self.timelines.remove(&ip);
                self.counts.evicted += 1;
                self.counts.shared_forgotten += u64::from(gone.is_some_and(|gone| !gone.doubts(now).is_empty()));
            }
        }
    }
}

/// Whether an address can be one host's.
pub(crate) fn is_host(ip: IpAddr) -> bool {
    let special = ip.is_loopback() || ip.is_unspecified() || ip.is_multicast();
    !special && !matches!(ip, IpAddr::V4(ip) if ip.is_broadcast())
}
