//! So many in a second, and a few at once: the generic cell rate algorithm (ITU-T I.371 annex A), in time as it is told.

use std::time::Duration;

/// How many may come together after a pause.
const BURST: u32 = 8;

/// A rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    interval: Duration,
    tolerance: Duration,
    /// When the next would come, if they came evenly.
    expected: Duration,
}

impl Rate {
    /// So many a second; at least one.
    pub(super) fn new(per_second: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self {
            interval,
            tolerance: interval * (BURST - 1),
            expected: Duration::ZERO,
        }
    }

    /// From when on the next may go.
    pub(super) const fn ready(&self) -> Duration {
        self.expected.saturating_sub(self.tolerance)
    }

    /// One goes at `now`, which is not before [`Self::ready`].
    pub(super) fn take(&mut self, now: Duration) {
        self.expected = self.expected.max(now) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut rate = Rate::new(50);
        let mut gone = 0;
        for millisecond in 5_000..6_000 {
            let now = Duration::from_millis(millisecond);
            while rate.ready() <= now {
                rate.take(now);
                gone += 1;
            }
        }
        assert_eq!(gone, 50 + BURST - 1);
    }
}
