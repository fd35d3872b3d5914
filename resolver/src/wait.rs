//! Activities from addresses that have only just appeared, waiting a moment for evidence of their computer.
//!
//! An address's life begins with its first activity whose computer is not sure, and with every lease to somebody else. For a moment
//! from then on its activities wait; they leave as soon as the computer is sure, and at the latest when the moment is over.
//! Later ones do not wait: what was not told by then is not about to be. They leave in the order they came, so that none waits
//! longer than the moment lasts.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use capture::Timestamp;

use crate::bounds::{Room, full};
use crate::generations::Generations;
use crate::resolved::Resolved;

/// The most activities that wait; beyond it the oldest leaves early.
const MAX_WAITING: usize = 8_192;
/// The most octets that their details may take, likewise.
const MAX_OCTETS: usize = 32 << 20;
/// The most addresses whose beginning is remembered; beyond it the older half is forgotten, and may begin once more.
const MAX_LIVES: usize = 2 * full(1 << 16);

/// The activities that wait.
#[derive(Debug)]
pub(crate) struct Waiting {
    span: Duration,
    limit: usize,
    room: Room,
    /// With the octets of their details.
    queue: VecDeque<(Timestamp, usize, Resolved)>,
    lives: Generations<IpAddr, Timestamp>,
    waited: u64,
    early: u64,
}

impl Waiting {
    pub(crate) fn new(span: Duration) -> Self {
        Self {
            span,
            limit: MAX_WAITING,
            room: Room::new(MAX_OCTETS),
            queue: VecDeque::new(),
            lives: Generations::new(MAX_LIVES),
            waited: 0,
            early: 0,
        }
    }

    /// Activities that waited, and those of them that left early because too many did.
    pub(crate) const fn counts(&self) -> (u64, u64) {
        (self.waited, self.early)
    }

    /// When the beginning of `ip` is over, where an activity at `now` falls into it.
    pub(crate) fn deadline(&mut self, ip: IpAddr, now: Timestamp) -> Option<Timestamp> {
        if self.span.is_zero() {
            return None;
        }
        let began = self.lives.get(&ip).copied();
        let began = began.unwrap_or_else(|| self.begin(ip, now));
        Some(began.after(self.span)).filter(|deadline| *deadline > now)
    }

    fn begin(&mut self, ip: IpAddr, now: Timestamp) -> Timestamp {
        self.lives.insert(ip, now);
        now
    }

    /// `ip` was granted to somebody else: its life begins anew.
    pub(crate) fn again(&mut self, ip: IpAddr) {
        self.lives.remove(&ip);
    }

    /// The oldest, where there is no room for one more whose details weigh so much. Call until there is.
    pub(crate) fn surplus(&mut self, weight: usize) -> Option<Resolved> {
        if self.queue.len() < self.limit && self.room.fits(weight) {
            return None;
        }
        let oldest = self.pop();
        self.early += u64::from(oldest.is_some());
        oldest
    }

    /// `resolved`, whose details weigh so much, waits until `deadline`.
    pub(crate) fn push(&mut self, deadline: Timestamp, weight: usize, mut resolved: Resolved) {
        resolved.waited = true;
        self.room.take(weight);
        self.waited += 1;
        self.queue.push_back((deadline, weight, resolved));
    }

    /// The oldest and its deadline.
    pub(crate) fn first(&self) -> Option<(Timestamp, &Resolved)> {
        self.queue.front().map(|(deadline, _, resolved)| (*deadline, resolved))
    }

    /// Takes the oldest out.
    pub(crate) fn pop(&mut self) -> Option<Resolved> {
        let (_, weight, resolved) = self.queue.pop_front()?;
        self.room.give(weight);
        Some(resolved)
    }

    /// The clock was set back: every beginning was later than now.
    pub(crate) fn set_back(&mut self) {
        self.lives.clear();
    }
}
