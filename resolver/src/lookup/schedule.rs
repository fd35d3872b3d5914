//! Whom to ask, when, and by which ways: rates, limits and what is known already. No socket, no clock.
//!
//! The host itself is asked first, by every way at once. Where it names itself nowhere, or differently, the DNS server is
//! asked about it. Invariant: an address is queued, under way or known, never two of these, and all three are bounded.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::config::Config;
use super::finding::Finding;
use super::identity::{Identity, Reason};
use super::rate::Rate;
use super::stats::Stats;
use crate::answer::Probe;

/// The most addresses of which it is remembered when they were asked. More than may be queued and under way together.
const MAX_KNOWN: usize = 1 << 17;

/// An address to ask now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The address.
    pub ip: IpAddr,
    /// The ways, all at once.
    pub probes: SmallVec<[Probe; 4]>,
    /// How long each may take.
    pub patience: Duration,
}

/// What comes next for an address, after a probe came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Other probes are under way.
    Wait,
    /// One more is to be sent, and may take so long.
    Ask(Probe, Duration),
    /// That was all.
    Over(Finding),
}

#[derive(Debug)]
enum Standing {
    Queued,
    UnderWay(Flight),
    /// It is left in peace until then.
    Known(Duration),
}

/// A look-up under way.
#[derive(Debug)]
struct Flight {
    began: Duration,
    /// Probes that have not come to their end.
    open: SmallVec<[Probe; 4]>,
    /// The DNS server is still to be asked, should it be needed.
    pointer: bool,
    finding: Finding,
}

/// The schedule. Time is that since any moment, as long as it does not go back.
#[derive(Debug)]
pub struct Schedule {
    config: Config,
    rate: Rate,
    addresses: HashMap<IpAddr, Standing>,
    /// Every address once, longest in it first.
    order: VecDeque<IpAddr>,
    queue: VecDeque<IpAddr>,
    under_way: usize,
    stats: Stats,
}

impl Schedule {
    /// A schedule by `config`.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            rate: Rate::new(config.per_second),
            addresses: HashMap::new(),
            order: VecDeque::new(),
            queue: VecDeque::new(),
            under_way: 0,
            stats: Stats::default(),
        }
    }

    /// Somebody wants to know who `ip` is. Answers a finding where there is none to wait for.
    pub fn want(&mut self, ip: IpAddr, now: Duration) -> Option<Finding> {
        match self.addresses.get(&ip) {
            _ if self.probes(ip).is_empty() => self.stats.unaskable += 1,
            Some(Standing::Known(until)) if *until > now => self.stats.known += 1,
            Some(Standing::Queued | Standing::UnderWay(_)) => {
                self.stats.joined += 1;
                return None;
            }
            _ if self.queue.len() >= self.config.queue as usize => self.stats.queue_full += 1,
            known => {
                if known.is_none() {
                    self.make_room();
                    self.order.push_back(ip);
                }
                self.addresses.insert(ip, Standing::Queued);
                self.queue.push_back(ip);
                return None;
            }
        }
        Some(Finding::nothing(ip))
    }

    /// The next address to ask at `now`, if any may be. Every probe of it is to be [`Self::handle`]d.
    pub fn poll_start(&mut self, now: Duration) -> Option<Start> {
        if !self.has_room() || self.rate.ready() > now {
            return None;
        }
        let ip = self.queue.pop_front()?;
        self.rate.take(now);
        let probes = self.probes(ip);
        let primary: SmallVec<_> = probes.iter().copied().filter(|probe| probe.is_primary()).collect();
        let pointer = probes.contains(&Probe::Pointer) && !primary.is_empty();
        let start = Start {
            ip,
            patience: match pointer {
                true => self.config.deadline() / 4 * 3,
                false => self.config.deadline(),
            },
            probes: if primary.is_empty() { probes } else { primary },
        };
        let flight = Flight {
            began: now,
            open: start.probes.clone(),
            pointer,
            finding: Finding::nothing(ip),
        };
        self.addresses.insert(ip, Standing::UnderWay(flight));
        self.under_way += 1;
        self.stats.begun += 1;
        Some(start)
    }

    /// When [`Self::poll_start`] is to be asked again; none before something else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        (self.has_room() && !self.queue.is_empty()).then(|| self.rate.ready())
    }

    /// `probe` of `ip` came to `told`.
    pub fn handle(&mut self, ip: IpAddr, probe: Probe, told: Result<Identity, Reason>, now: Duration) -> Step {
        let Some(Standing::UnderWay(flight)) = self.addresses.get_mut(&ip) else {
            return Step::Wait;
        };
        let Some(at) = flight.open.iter().position(|open| *open == probe) else {
            return Step::Wait;
        };
        flight.open.swap_remove(at);
        self.stats.count(probe, &told);
        flight.finding.told.push((probe, told));
        if !flight.open.is_empty() {
            return Step::Wait;
        }
        let left = self.config.deadline().saturating_sub(now.saturating_sub(flight.began));
        if flight.wants_pointer() && !left.is_zero() {
            flight.pointer = false;
            flight.open.push(Probe::Pointer);
            return Step::Ask(Probe::Pointer, left);
        }
        let finding = flight.finding.clone();
        self.land(&finding, now);
        Step::Over(finding)
    }

    /// What was counted so far.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// The ways to ask `ip`.
    fn probes(&self, ip: IpAddr) -> SmallVec<[Probe; 4]> {
        let probes = self.config.probes().into_iter();
        probes.filter(|probe| probe.reaches(ip)).collect()
    }

    fn has_room(&self) -> bool {
        self.under_way < self.config.at_once as usize
    }

    fn land(&mut self, finding: &Finding, now: Duration) {
        let named = finding.identities().next().is_some();
        self.under_way -= 1;
        self.stats.named += u64::from(named);
        self.stats.conflicts += u64::from(finding.conflicts());
        let peace = match named {
            true => self.config.named_seconds,
            false => self.config.unnamed_seconds,
        };
        let until = now + Duration::from_secs(peace.into());
        self.addresses.insert(finding.ip, Standing::Known(until));
    }

    /// Forgets what is known of the address that has been there for longest, where there are too many.
    fn make_room(&mut self) {
        while self.addresses.len() >= MAX_KNOWN {
            let Some(ip) = self.order.pop_front() else { return };
            match self.addresses.get(&ip) {
                Some(Standing::Known(_)) => {
                    self.addresses.remove(&ip);
                    self.stats.forgotten += 1;
                }
                Some(_) => self.order.push_back(ip),
                None => {}
            }
        }
    }
}

impl Flight {
    /// No host named itself, or several did.
    fn wants_pointer(&self) -> bool {
        self.pointer && (self.finding.identities().next().is_none() || self.finding.conflicts())
    }
}
