//! What asking came to, in numbers: those behind health.

use super::identity::{Identity, Reason};
use crate::answer::Probe;

/// Whatever may come of a probe.
const OUTCOMES: [&str; 8] = [
    "named",
    "silent",
    "refused",
    "unreachable",
    "closed",
    "unnamed",
    "malformed",
    "local",
];

/// Counters since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// By the places in [`Probe::ALL`] and [`OUTCOMES`].
    outcomes: [[u64; OUTCOMES.len()]; Probe::ALL.len()],
    /// Addresses that were asked.
    pub begun: u64,
    /// Addresses that at least one answer named.
    pub named: u64,
    /// Addresses whose answers name different hosts.
    pub conflicts: u64,
    /// Addresses that no way to ask that is switched on can reach.
    pub unaskable: u64,
    /// Addresses that had been asked not long ago.
    pub known: u64,
    /// Addresses that were to be asked already.
    pub joined: u64,
    /// Addresses that were not asked because too many waited.
    pub queue_full: u64,
    /// Addresses of which it was forgotten when they were asked, because there were too many.
    pub forgotten: u64,
}

impl Stats {
    /// A probe came to this.
    pub(super) fn count(&mut self, probe: Probe, told: &Result<Identity, Reason>) {
        let name = told.as_ref().map_or_else(|reason| reason.name(), |_| "named");
        let place = OUTCOMES.iter().position(|outcome| *outcome == name);
        let counts = self.outcomes.get_mut(probe.index());
        if let Some(count) = counts.zip(place).and_then(|(counts, place)| counts.get_mut(place)) {
            *count += 1;
        }
    }

    /// How often each way came to what: the way's name, the outcome's name, the count.
    pub fn outcomes(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let ways = Probe::ALL.iter().zip(self.outcomes);
        ways.flat_map(|(probe, counts)| {
            let counts = OUTCOMES.iter().zip(counts);
            counts.map(move |(outcome, count)| (probe.name(), *outcome, count))
        })
    }

    /// Every other counter by name.
    #[must_use]
    pub const fn counters(&self) -> [(&'static str, u64); 8] {
        [
            ("begun", self.begun),
            ("named", self.named),
            ("conflicts", self.conflicts),
            ("unaskable", self.unaskable),
            ("known", self.known),
            ("joined", self.joined),
            ("queue_full", self.queue_full),
            ("forgotten", self.forgotten),
        ]
    }
}
