//! What both halves count, for health: told once in a while, never per packet.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use resolver::lookup::Stats;

use crate::health::snapshot::{Lookup, Named};

/// The counters of both halves.
#[derive(Debug, Default)]
pub(crate) struct Figures(Mutex<Both>);

#[derive(Debug, Default)]
struct Both {
    asker: Stats,
    /// Findings that found no room on their way back.
    lost: u64,
    asking: [(&'static str, u64); 2],
}

impl Figures {
    /// The thread's.
    pub(super) fn tell_asker(&self, stats: &Stats, lost: u64) {
        let mut both = self.both();
        (both.asker, both.lost) = (*stats, lost);
    }

    /// The resolve stage's.
    pub(super) fn tell_asking(&self, counters: [(&'static str, u64); 2]) {
        self.both().asking = counters;
    }

    /// All of them.
    pub(crate) fn snapshot(&self) -> Lookup {
        let both = self.both();
        let mut methods = BTreeMap::<String, Named>::new();
        for (method, outcome, count) in both.asker.outcomes() {
            let counts = methods.entry(method.to_owned()).or_default();
            if count > 0 {
                counts.0.insert(outcome.to_owned(), count);
            }
        }
        let lost = [("findings_lost", both.lost)];
        let counters = both.asker.counters().into_iter().chain(lost);
        Lookup {
            methods,
            counters: Named::of(counters.chain(both.asking)),
        }
    }

    fn both(&self) -> MutexGuard<'_, Both> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
