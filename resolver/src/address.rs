//! Which computer holds which address: claims from the traffic, each with its method, certainty and validity in packet time.
//!
//! An address keeps one claim a method. A certain claim drives out those that disagree; an uncertain one is not even heard
//! against a certain one that still holds. Addresses are bounded, and those nobody asks about go first.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use capture::Timestamp;
use compact_str::CompactString;
use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::config::Config;
use crate::directory::Snapshot;
use crate::entity::{Certainty, Computer, Method};
use crate::host::HostName;
use crate::marks::Marks;
use crate::verdict;

/// The most addresses held.
const MAX_ADDRESSES: usize = 1 << 16;
/// The time shown with evidence moves in steps of this.
const STEP: Duration = Duration::from_secs(60);
/// An address that changes hands twice within this time is shared (NAT, VPN, a terminal server), and nothing about it is
/// certain for as long.
const SHARED: Duration = Duration::from_secs(3_600);

/// What the traffic says of an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) method: Method,
    pub(crate) certainty: Certainty,
    /// The host's name as it stood there.
    pub(crate) name: &'a str,
    /// A domain that stood beside it.
    pub(crate) domain: Option<&'a str>,
}

/// A claim that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) method: Method,
    pub(crate) certainty: Certainty,
    pub(crate) name: CompactString,
    pub(crate) domain: Option<CompactString>,
    pub(crate) host: HostName,
    pub(crate) seen: Timestamp,
    pub(crate) shown: Timestamp,
}

/// How long claims hold without being repeated.
#[derive(Clone, Copy, Debug)]
struct Validity {
    high: Duration,
    low: Duration,
}

impl Validity {
    fn end(self, held: &Held) -> Timestamp {
        held.seen.after(match held.certainty {
            Certainty::High => self.high,
            Certainty::Low => self.low,
        })
    }
}

#[derive(Debug, Default)]
struct Address {
    claims: SmallVec<[Held; 2]>,
    /// What the claims come to, until one changes or ends.
    computer: Option<Arc<Computer>>,
    valid_until: Timestamp,
    changed: Option<Timestamp>,
    shared_until: Option<Timestamp>,
    /// Used since it was last considered for being forgotten.
    used: bool,
}

/// The addresses.
#[derive(Debug)]
pub(crate) struct AddressBook {
    /// Boxed: a table grows by being copied.
    addresses: HashMap<IpAddr, Box<Address>>,
    /// Every address once, longest unused first, as far as `used` has not said otherwise.
    queue: VecDeque<IpAddr>,
    limit: usize,
    validity: Validity,
    directory: Arc<Snapshot>,
    marks: Arc<Marks>,
    evicted: u64,
    conflicts: u64,
    replaced: u64,
}

impl AddressBook {
    pub(crate) fn new(config: &Config, directory: Arc<Snapshot>) -> Self {
        Self {
            addresses: HashMap::new(),
            queue: VecDeque::new(),
            limit: MAX_ADDRESSES,
            validity: Validity {
                high: Duration::from_secs(config.evidence_validity.into()),
                low: Duration::from_secs(config.low_evidence_validity.into()),
            },
            directory,
            marks: Arc::default(),
            evicted: 0,
            conflicts: 0,
            replaced: 0,
        }
    }

    /// From now on computers bear what `marks` says of them: every address is judged anew when it is asked for.
    pub(crate) fn mark(&mut self, marks: Arc<Marks>) {
        self.marks = marks;
        for address in self.addresses.values_mut() {
            address.valid_until = Timestamp(i64::MIN);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.addresses.len()
    }

    /// Addresses forgotten because there were too many.
    pub(crate) const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Times an address went from one computer to another.
    pub(crate) const fn conflicts(&self) -> u64 {
        self.conflicts
    }

    /// Claims that gave way to newer ones.
    pub(crate) const fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Hears `claim` about `ip`, made at `now`.
    pub(crate) fn learn(&mut self, ip: IpAddr, claim: &Claim<'_>, now: Timestamp) {
        if self.repeats(ip, claim, now) || !is_host(ip) {
            return;
        }
        let Some(host) = HostName::of(claim.name, claim.domain) else {
            return;
        };
        let held = Held {
            method: claim.method,
            certainty: claim.certainty,
            name: claim.name.into(),
            domain: claim.domain.map(Into::into),
            host,
            seen: now,
            shown: now,
        };
        if !self.addresses.contains_key(&ip) {
            self.make_room();
            self.queue.push_back(ip);
        }
        let outcome = self.addresses.entry(ip).or_default().hear(held, self.validity);
        self.conflicts += u64::from(outcome.conflict);
        self.replaced += outcome.replaced;
    }

    /// Whether `claim` is one that is held, and now is heard again.
    pub(crate) fn repeats(&mut self, ip: IpAddr, claim: &Claim<'_>, now: Timestamp) -> bool {
        self.addresses
            .get_mut(&ip)
            .is_some_and(|address| address.repeat(claim, now))
    }

    /// The computer that holds `ip` at `now`.
    pub(crate) fn computer(&mut self, ip: IpAddr, now: Timestamp) -> Option<Arc<Computer>> {
        let address = self.addresses.get_mut(&ip)?;
        address.used = true;
        if now >= address.valid_until {
            address.judge(now, self.validity, &self.directory, &self.marks);
        }
        address.computer.clone()
    }

    /// Forgets the address unused for longest where there are too many.
    fn make_room(&mut self) {
        while self.addresses.len() >= self.limit {
            let Some(ip) = self.queue.pop_front() else { return };
            let used = self
                .addresses
                .get_mut(&ip)
                .map(|address| std::mem::take(&mut address.used));
            if used == Some(true) {
                self.queue.push_back(ip);
            } else {
                self.addresses.remove(&ip);
                self.evicted += 1;
            }
        }
    }
}

/// What hearing a claim did.
#[derive(Debug, Default)]
struct Heard {
    conflict: bool,
    replaced: u64,
}

impl Address {
    /// Whether `claim` is one that is held, said again.
    fn repeat(&mut self, claim: &Claim<'_>, now: Timestamp) -> bool {
        let same = |held: &&mut Held| {
            held.method == claim.method
                && held.certainty == claim.certainty
                && held.name == claim.name
                && held.domain.as_deref() == claim.domain
        };
        let Some(held) = self.claims.iter_mut().find(same) else {
            return false;
        };
        if now >= self.valid_until && now.since(held.seen) >= STEP {
            return false; // it may have ended meanwhile: heard as a new one
        }
        held.seen = held.seen.max(now);
        if held.seen.since(held.shown) >= STEP {
            held.shown = held.seen;
            self.valid_until = Timestamp(i64::MIN);
        }
        true
    }

    fn hear(&mut self, new: Held, validity: Validity) -> Heard {
        let now = new.seen;
        self.claims.retain(|held| validity.end(held) > now);
        let against = |held: &Held| held.certainty == Certainty::High && !held.host.agrees(&new.host);
        let conflict = self.claims.iter().any(against);
        let proved = |held: &Held| held.certainty == Certainty::High && held.method == new.method;
        if new.certainty == Certainty::Low && (conflict || self.claims.iter().any(proved)) {
            return Heard::default();
        }
        if conflict {
            self.change(now);
        }
        let mut replaced = 0;
        self.claims.retain(|held| {
            let stays = held.method != new.method && (new.certainty == Certainty::Low || held.host.agrees(&new.host));
            replaced += u64::from(!stays && held.host != new.host);
            stays
        });
        self.claims.push(new);
        self.valid_until = Timestamp(i64::MIN);
        Heard { conflict, replaced }
    }

    /// The address goes to another computer.
    fn change(&mut self, now: Timestamp) {
        if self.changed.is_some_and(|changed| now.since(changed) < SHARED) {
            self.shared_until = Some(now.after(SHARED));
        }
        self.changed = Some(now);
    }

    /// Weighs the claims that hold at `now`.
    fn judge(&mut self, now: Timestamp, validity: Validity, directory: &Snapshot, marks: &Marks) {
        self.claims.retain(|held| validity.end(held) > now);
        let shared = self.shared_until.filter(|end| *end > now);
        let ends = self.claims.iter().map(|held| validity.end(held)).chain(shared);
        self.valid_until = ends.min().unwrap_or(Timestamp(i64::MAX));
        let computer = verdict::computer(&self.claims, shared.is_some(), directory);
        self.computer = computer.map(|mut computer| {
            marks.onto(&mut computer);
            Arc::new(computer)
        });
    }
}

/// Whether an address can be one host's.
pub(crate) fn is_host(ip: IpAddr) -> bool {
    let special = ip.is_loopback() || ip.is_unspecified() || ip.is_multicast();
    !special && !matches!(ip, IpAddr::V4(ip) if ip.is_broadcast())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(name: &str) -> Claim<'_> {
        Claim {
            method: Method::DnsAnswer,
            certainty: Certainty::Low,
            name,
            domain: None,
        }
    }

    fn book(limit: usize) -> AddressBook {
        let mut book = AddressBook::new(&Config::default(), Arc::new(Snapshot::empty()));
        book.limit = limit;
        book
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([10, 77, 0, last])
    }

    #[test]
    fn the_address_nobody_asks_about_goes_first() {
        let mut book = book(2);
        let now = Timestamp::new(100, 0);
        book.learn(ip(1), &claim("one"), now);
        book.learn(ip(2), &claim("two"), now);
        assert!(book.computer(ip(1), now).is_some());
        book.learn(ip(3), &claim("three"), now);
        assert_eq!((book.len(), book.evicted()), (2, 1));
        assert!(book.computer(ip(2), now).is_none());
        assert!(book.computer(ip(1), now).is_some() && book.computer(ip(3), now).is_some());
        for last in 4..=255 {
            book.learn(ip(last), &claim("more"), now);
        }
        assert_eq!((book.len(), book.queue.len()), (2, 2));
    }

    #[test]
    fn repeating_a_claim_keeps_it_and_shows_the_minute() {
        let mut book = book(9);
        let at = |seconds| Timestamp::new(seconds, 0);
        for seconds in (0..7_200).step_by(30) {
            book.learn(ip(1), &claim("one"), at(seconds));
        }
        let computer = book.computer(ip(1), at(7_200)).unwrap();
        assert_eq!(computer.evidence[0].time, at(7_140));
        assert!(book.computer(ip(1), at(7_170 + 3_599)).is_some());
        assert!(book.computer(ip(1), at(7_170 + 3_600)).is_none());
        assert_eq!(book.replaced(), 0);
    }
}
