//! How to wait for frames: at rate by short sleeps, in silence by poll(2).
//!
//! A socket that is polled wakes its reader at every batch of the driver, some ten times as dear as the frames are worth; a sleep of a millisecond
//! lets a thousand of them gather at a million per second. Where nothing arrives poll(2) costs nothing and wakes at once.

use std::time::Duration;

/// How long frames gather; a ring of 32,768 chunks holds those of 30 ms at a million frames per second.
const NAP: Duration = Duration::from_millis(1);
/// Empty naps after which the traffic is taken to have stopped.
const PATIENCE: u32 = 8;

/// Remembers whether frames came lately.
#[derive(Debug, Default)]
pub(super) struct Pace {
    quiet: u32,
}

impl Pace {
    /// How long to sleep, after `frames` since the last time; none when it is better to wait for the next.
    pub(super) fn nap(&mut self, frames: u64) -> Option<Duration> {
        self.quiet = if frames > 0 { 0 } else { self.quiet.saturating_add(1) };
        (self.quiet < PATIENCE).then_some(NAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_naps_at_rate_and_waits_in_silence() {
        let mut pace = Pace::default();
        assert_eq!(pace.nap(100), Some(NAP));
        for _ in 1..PATIENCE {
            assert_eq!(pace.nap(0), Some(NAP));
        }
        assert_eq!(pace.nap(0), None);
        assert_eq!(pace.nap(1), Some(NAP));
    }
}
