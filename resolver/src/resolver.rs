//! The stage itself: activities in, resolved activities out, in an order that depends on nothing but the input.

use std::sync::Arc;

use capture::Timestamp;
use parsers::activity::Activity;

use crate::config::Config;
use crate::directory::Snapshot;
use crate::resolved::Resolved;
use crate::stats::Stats;

/// Resolves and folds the activities of a run.
///
/// Give it every activity in the run's order ([`parsers::activity::Order`]). Where [`Self::advance`] is called between them
/// must not depend on the number of workers either, for that is where folded activities leave.
#[derive(Debug)]
pub struct Resolver {
    stats: Stats,
}

impl Resolver {
    /// A resolver that knows `directory` and no address yet.
    #[must_use]
    pub fn new(_config: &Config, directory: Arc<Snapshot>) -> Self {
        Self {
            stats: Stats {
                directory_objects: directory.len() as u64,
                ..Stats::default()
            },
        }
    }

    /// The next activity of the run: learnt from, resolved, and either passed on to `out` at once or kept while it folds.
    pub fn activity(&mut self, activity: Activity, out: &mut Vec<Resolved>) {
        self.stats.activities += 1;
        out.push(Resolved {
            activity,
            actor: None,
            target: None,
            source: None,
            destination: None,
        });
    }

    /// Packet time has reached `now`: folded activities whose window closed leave.
    pub fn advance(&mut self, _now: Timestamp, _out: &mut Vec<Resolved>) {}

    /// The run ended: everything kept leaves.
    pub fn finish(&mut self, _out: &mut Vec<Resolved>) {}

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }
}
