//! How to wait for frames: at rate by short sleeps, in silence by poll(2).
//!
//! A socket that is polled wakes its reader at every batch of the driver, some ten times as dear as the frames are worth; a sleep of a millisecond lets a thousand of them gather at a million per second. Where nothing arrives poll(2) costs nothing and wakes at once.

use std::time::Duration;

/// How long frames gather; a ring of 32,768 chunks holds those of 30 ms at a million frames per second.
const NAP: Duration = Duration::from_millis(1);
/// Empty naps after which the traffic is taken to have stopped.
const PATIENCE: u32 = 8;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Sleep so long.
    Nap(Duration),
    /// Wait for the socket.
    Poll,
}

/// Remembers whether frames came lately.
#[derive(Debug, Default)]
pub(super) struct Pace {
    quiet: u32,
}

impl Pace {
    /// How to wait, after `frames` since the last time.
    pub(super) fn rest(&mut self, frames: u64) -> Rest {
        self.quiet = if frames > 0 { 0 } else { self.quiet.saturating_add(1) };
        if self.quiet < PATIENCE {
            Rest::Nap(NAP)
        } else {
            Rest::Poll
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_naps_at_rate_and_polls_in_silence() {
        let mut pace = Pace::default();
        assert_eq!(pace.rest(100), Rest::Nap(NAP));
        for _ in 1..PATIENCE {
            assert_eq!(pace.rest(0), Rest::Nap(NAP));
        }
        assert_eq!(pace.rest(0), Rest::Poll);
        assert_eq!(pace.rest(1), Rest::Nap(NAP));
    }
}
