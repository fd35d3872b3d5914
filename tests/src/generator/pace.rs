//! Evenly spread sending: how many frames are due by now.

use std::thread;
use std::time::{Duration, Instant};

/// So long a wait is slept through; a shorter one is not worth it.
const SHORTEST: Duration = Duration::from_micros(200);

/// A rate since a moment.
#[derive(Debug)]
pub struct Pace {
    rate: f64,
    started: Instant,
}

impl Pace {
    /// `rate` frames per second from `started` on.
    #[must_use]
    pub const fn new(rate: f64, started: Instant) -> Self {
        Self { rate, started }
    }

    /// Frames that should have gone and have not, when `sent` have.
    #[must_use]
    pub fn due(&self, sent: u64) -> u64 {
        self.until(Instant::now()).saturating_sub(sent)
    }

    /// Sleeps until the next frame is due.
    pub fn wait(&mut self, sent: u64) {
        let next = self.started + Duration::from_secs_f64((sent + 1) as f64 / self.rate);
        thread::sleep(next.saturating_duration_since(Instant::now()).max(SHORTEST));
    }

    fn until(&self, now: Instant) -> u64 {
        (now.saturating_duration_since(self.started).as_secs_f64() * self.rate) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_due_at_their_rate() {
        let started = Instant::now();
        let pace = Pace::new(1000.0, started);
        assert_eq!(pace.until(started), 0);
        assert_eq!(pace.until(started + Duration::from_millis(2500)), 2500);
    }
}
