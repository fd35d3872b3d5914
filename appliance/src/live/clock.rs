//! Packet time as one worker sees it, and when its timers fire.
//!
//! Rings hand over in blocks and interfaces differ by a little, so time may step back a moment: it then stays where it is. Only
//! when the host's clock was set back does it follow, since otherwise no timer would fire until the old time comes again.

use std::time::Duration;

use capture::Timestamp;

/// Timers fire when packet time enters a new second.
const TICK: i64 = 1_000_000_000;

/// A step back that no ring explains.
const SET_BACK: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Clock {
    now: Timestamp,
    /// The next whole second.
    next: i64,
}

impl Clock {
    /// A clock that starts at `now`.
    pub(super) const fn new(now: Timestamp) -> Self {
        Self {
            now,
            next: second_after(now),
        }
    }

    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// It is `time` somewhere; true where timers are to fire.
    pub(super) const fn reach(&mut self, time: Timestamp) -> bool {
        let set_back = time.0 < self.now.0 && self.now.since(time).as_nanos() > SET_BACK.as_nanos();
        if time.0 <= self.now.0 && !set_back {
            return false;
        }
        self.now = time;
        if time.0 < self.next && !set_back {
            return false;
        }
        self.next = second_after(time);
        true
    }
}

const fn second_after(time: Timestamp) -> i64 {
    time.0.saturating_sub(time.0.rem_euclid(TICK)).saturating_add(TICK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_once_a_second() {
        let mut clock = Clock::new(Timestamp::new(100, 0));
        let fired: Vec<_> = (0..40)
            .filter(|tenth| clock.reach(Timestamp::new(100, 0).after(Duration::from_millis(tenth * 100))))
            .collect();
        assert_eq!(fired, [10, 20, 30]);
    }

    #[test]
    fn a_moment_back_changes_nothing_but_a_set_clock_does() {
        let mut clock = Clock::new(Timestamp::new(100, 0));
        assert!(!clock.reach(Timestamp::new(99, 0)));
        assert_eq!(clock.now(), Timestamp::new(100, 0));
        assert!(clock.reach(Timestamp::new(50, 0)));
        assert_eq!(clock.now(), Timestamp::new(50, 0));
        assert!(clock.reach(Timestamp::new(51, 0)));
    }
}
