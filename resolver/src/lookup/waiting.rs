//! Activities that wait until it is known who their addresses are, and not longer than a deadline.
//!
//! Packet time tells how long. Invariant: what came in goes out, once, whatever becomes of the look-up.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use capture::Timestamp;
use hashbrown::HashMap;

use super::config::Config;
use crate::resolved::Resolved;
use crate::resolver::Resolver;

/// The most activities that wait; beyond it the next ones do not.
const MAX_WAITING: usize = 16_384;

/// The most addresses that are waited for; beyond it nobody waits for the next ones.
const MAX_ASKED: usize = 8_192;

/// Activities that wait.
#[derive(Debug)]
pub struct Waiting {
    deadline: Duration,
    /// Addresses that are being asked, and until when activities wait for them.
    asked: HashMap<IpAddr, Timestamp>,
    held: VecDeque<Held>,
    /// When the first of them has waited long enough.
    next: Timestamp,
    /// Somebody answered since the last release.
    told: bool,
    waited: u64,
    impatient: u64,
    full: u64,
}

#[derive(Debug)]
struct Held {
    resolved: Resolved,
    until: Timestamp,
}

const NEVER: Timestamp = Timestamp(i64::MAX);

impl Waiting {
    /// Nobody waits longer than the deadline of `config`.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            deadline: config.deadline(),
            asked: HashMap::new(),
            held: VecDeque::new(),
            next: NEVER,
            told: false,
            waited: 0,
            impatient: 0,
            full: 0,
        }
    }

    /// `ip` is being asked since `now`.
    pub fn ask(&mut self, ip: IpAddr, now: Timestamp) {
        if self.asked.len() >= MAX_ASKED {
            self.asked.retain(|_, until| *until > now);
        }
        if self.asked.len() < MAX_ASKED {
            self.asked.insert(ip, now.after(self.deadline));
        }
    }

    /// All that `ip` may say was said.
    pub fn told(&mut self, ip: IpAddr) {
        self.told |= self.asked.remove(&ip).is_some();
    }

    /// Keeps `resolved` where it misses a computer that is being asked for, and gives it back where it need not wait.
    pub fn hold(&mut self, resolved: Resolved, now: Timestamp) -> Option<Resolved> {
        let Some(until) = self.until(&resolved, now) else {
            return Some(resolved);
        };
        if self.held.len() >= MAX_WAITING {
            self.full += 1;
            return Some(resolved);
        }
        self.waited += 1;
        self.next = self.next.min(until);
        self.held.push_back(Held { resolved, until });
        None
    }

    /// Lets go of what need not wait any more at `now`, with what `resolver` knows by now.
    pub fn release(&mut self, now: Timestamp, resolver: &mut Resolver, out: &mut Vec<Resolved>) {
        if self.held.is_empty() || (!self.told && now < self.next) {
            return;
        }
        self.told = false;
        self.next = NEVER;
        for mut held in std::mem::take(&mut self.held) {
            match self.until(&held.resolved, now).filter(|_| held.until > now) {
                Some(_) => {
                    self.next = self.next.min(held.until);
                    self.held.push_back(held);
                }
                None => {
                    self.impatient += u64::from(held.until <= now);
                    resolver.complete(&mut held.resolved);
                    out.push(held.resolved);
                }
            }
        }
    }

    /// Lets go of everything: the run ended, or the clock was set back.
    pub fn finish(&mut self, resolver: &mut Resolver, out: &mut Vec<Resolved>) {
        self.asked.clear();
        self.next = NEVER;
        for mut held in std::mem::take(&mut self.held) {
            resolver.complete(&mut held.resolved);
            out.push(held.resolved);
        }
    }

    /// Every counter by name: activities that waited, that left unanswered, that did not wait because too many did.
    #[must_use]
    pub const fn counters(&self) -> [(&'static str, u64); 3] {
        [
            ("activities_waited", self.waited),
            ("activities_unanswered", self.impatient),
            ("activities_full", self.full),
        ]
    }

    /// Until when `resolved` has to wait.
    fn until(&self, resolved: &Resolved, now: Timestamp) -> Option<Timestamp> {
        let activity = &resolved.activity;
        let source = resolved.source.is_none().then_some(activity.client.ip);
        let destination = resolved.destination.is_none().then_some(activity.server.ip);
        let missing = source.into_iter().chain(destination);
        missing
            .filter_map(|ip| self.asked.get(&ip).copied())
            .filter(|until| *until > now)
            .max()
    }
}
