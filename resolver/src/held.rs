//! Uses of tickets that look as if nobody had issued them, until it is sure.
//!
//! The exchange that issued a ticket may come a moment later than its use: another worker read it. And that something was lost
//! is known only when it has not come for a while. So such a use waits, of packet time, before anything is said of it.

use std::collections::VecDeque;
use std::time::Duration;

use capture::Timestamp;

use crate::resolved::Resolved;

/// How long: longer than bytes behind a hole wait for those before them.
const WAIT: Duration = Duration::from_secs(5);

/// The most that wait; what comes beyond it is not judged.
const MAX_HELD: usize = 1_024;

/// What waits, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Held {
    waiting: VecDeque<(Timestamp, Resolved)>,
    refused: u64,
}

impl Held {
    /// How many uses were told without judgement, because too many waited.
    pub(crate) const fn refused(&self) -> u64 {
        self.refused
    }

    /// Keeps `resolved` from `now` on; gives it back where too many wait.
    pub(crate) fn keep(&mut self, resolved: Resolved, now: Timestamp) -> Option<Resolved> {
        if self.waiting.len() >= MAX_HELD {
            self.refused += 1;
            return Some(resolved);
        }
        self.waiting.push_back((now.after(WAIT), resolved));
        None
    }

    /// The oldest, where it has waited long enough by `now`.
    pub(crate) fn ripe(&mut self, now: Timestamp) -> Option<Resolved> {
        self.waiting.front().filter(|(due, _)| *due <= now)?;
        self.pop()
    }

    /// The oldest.
    pub(crate) fn pop(&mut self) -> Option<Resolved> {
        self.waiting.pop_front().map(|(_, resolved)| resolved)
    }
}
