//! From the clock that an XDP program can read, `CLOCK_MONOTONIC`, to the one that frames carry, `CLOCK_REALTIME`.

use nix::sys::time::TimeSpec;
use nix::time::{ClockId, clock_gettime};

use crate::time::Timestamp;

/// Both clocks are disciplined alike, so their distance changes by a step only; what is less is the noise of reading them.
const STEP: i64 = 20_000;
/// Readings of which the tightest counts.
const READINGS: usize = 3;

/// The distance between the clocks.
#[derive(Debug, Default)]
pub(super) struct Clock {
    distance: i64,
}

impl Clock {
    /// Looks again whether somebody has set the time.
    pub(super) fn look(&mut self) {
        let measured = (0..READINGS).map(|_| measure()).min_by_key(|(width, _)| *width);
        if let Some((_, distance)) = measured
            && distance.abs_diff(self.distance) > STEP as u64
        {
            self.distance = distance;
        }
    }

    /// The time of day at `monotonic` nanoseconds.
    pub(super) fn real(&self, monotonic: u64) -> Timestamp {
        let monotonic = i64::try_from(monotonic).unwrap_or(i64::MAX);
        Timestamp(monotonic.saturating_add(self.distance))
    }

    /// The time of day now.
    pub(super) fn now() -> Timestamp {
        Timestamp(read(ClockId::CLOCK_REALTIME))
    }
}

/// How long it took to read both clocks, and their distance.
fn measure() -> (i64, i64) {
    let before = read(ClockId::CLOCK_MONOTONIC);
    let real = read(ClockId::CLOCK_REALTIME);
    let after = read(ClockId::CLOCK_MONOTONIC);
    let width = after.saturating_sub(before);
    (width, real.saturating_sub(before.saturating_add(width / 2)))
}

/// Nanoseconds; 0 from a kernel without that clock, of which there is none.
fn read(clock: ClockId) -> i64 {
    let time = clock_gettime(clock).unwrap_or(TimeSpec::new(0, 0));
    Timestamp::new(time.tv_sec(), u32::try_from(time.tv_nsec()).unwrap_or(0)).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monotonic_time_becomes_the_time_of_day() {
        let mut clock = Clock::default();
        clock.look();
        let now = clock.real(read(ClockId::CLOCK_MONOTONIC) as u64);
        assert!(now.0.abs_diff(Clock::now().0) < 1_000_000_000);
        let before = clock.distance;
        clock.look();
        assert_eq!(clock.distance, before, "noise is not a step");
    }
}
