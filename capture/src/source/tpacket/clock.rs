//! Whether the times that a NIC gives are of this world.
//!
//! A hardware clock that nobody sets counts from 1970 or from the start of the machine, and one that follows TAI is 37 s ahead. Frames of such a
//! clock would be out of order with those of every other interface, so the kernel's time is taken instead.

use std::time::Duration;

use super::block::Entry;
use crate::source::live;
use crate::time::Timestamp;

/// How long before it is read a frame may have come that the worker was waiting for.
const TOLERANCE: Duration = Duration::from_millis(250);

/// Judges the hardware's times.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Nothing was there when the ring was last asked: what comes next has just arrived.
    waiting: bool,
    /// What takes the place of times that are not believed.
    instead: Option<Timestamp>,
}

impl Clock {
    /// The ring has nothing.
    pub(super) const fn wait(&mut self) {
        self.waiting = true;
    }

    /// A block begins with `entry`: whether its hardware time is to be given up from now on.
    pub(super) fn refuses(&mut self, entry: &Entry) -> bool {
        let fresh = std::mem::take(&mut self.waiting);
        if !entry.hardware || !(fresh || self.instead.is_some()) {
            return false;
        }
        let now = live::now();
        let off = now.since(entry.head.time).max(entry.head.time.since(now));
        if off > TOLERANCE || self.instead.is_some() {
            self.instead = Some(now);
        }
        self.instead.is_some()
    }

    /// The time of `entry`.
    pub(super) fn time(&self, entry: &Entry) -> Timestamp {
        match self.instead {
            Some(instead) if entry.hardware => instead,
            _ => entry.head.time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::live::Head;

    fn entry(time: Timestamp) -> Entry {
        let head = Head {
            time,
            wire_len: 60,
            stripped: None,
        };
        Entry {
            head,
            start: 0,
            end: 60,
            next: None,
            truncated: false,
            hardware: true,
        }
    }

    #[test]
    fn a_clock_that_is_far_off_is_not_believed() {
        for wrong in [Timestamp::new(100, 0), live::now().after(Duration::from_secs(37))] {
            let mut clock = Clock::default();
            clock.wait();
            assert!(clock.refuses(&entry(wrong)));
            assert!(live::now().since(clock.time(&entry(wrong))) < Duration::from_secs(5));
        }
    }

    #[test]
    fn a_worker_that_lags_blames_no_clock() {
        let mut clock = Clock::default();
        let late = Timestamp(live::now().0 - 3_000_000_000);
        assert!(!clock.refuses(&entry(late)));
        assert_eq!(clock.time(&entry(late)), late);
        clock.wait();
        assert!(!clock.refuses(&entry(live::now())));
    }
}
