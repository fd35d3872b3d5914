//! What a worker takes frames from while they happen: its rings, or in tests whatever they like.

use std::time::Duration;

use capture::source::live::{Elephants, Live, SourceStats};
use capture::{Source, Timestamp};

/// A source that never ends, with a clock beside it.
pub(crate) trait Feed: Source + Send + 'static {
    /// Sleeps until there are frames, but no longer than so.
    fn wait(&mut self, at_most: Duration);
    /// The time that the next frame would bear.
    fn now(&self) -> Timestamp;
    /// What its rings counted since they were opened.
    fn stats(&mut self) -> SourceStats;
    /// Who is to be told what nobody reads.
    fn elephants(&self) -> Elephants {
        Elephants::default()
    }
}

impl Feed for Live {
    fn wait(&mut self, at_most: Duration) {
        Self::wait(self, at_most);
    }

    fn now(&self) -> Timestamp {
        Self::now(self)
    }

    fn stats(&mut self) -> SourceStats {
        Self::stats(self).clone()
    }

    fn elephants(&self) -> Elephants {
        Self::elephants(self)
    }
}
