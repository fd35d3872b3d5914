//! How long to wait before connecting again: twice as long each time, with jitter, so that a thousand sensors do not come
//! back at once.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The waiting times of one sender.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
    state: u64,
}

impl Backoff {
    /// From `first` to `most`, jitter seeded by the operating system.
    pub(super) fn new(first: Duration, most: Duration) -> Self {
        Self::seeded(first, most, RandomState::new().build_hasher().finish())
    }

    fn seeded(first: Duration, most: Duration, seed: u64) -> Self {
        Self {
            first,
            most,
            next: first.min(most),
            state: seed | 1,
        }
    }

    /// It works: start over the next time.
    pub(super) fn reset(&mut self) {
        self.next = self.first.min(self.most);
    }

    /// How long to wait now: between half and the whole of a time that doubles.
    pub(super) fn delay(&mut self) -> Duration {
        let whole = self.next;
        self.next = whole.saturating_mul(2).min(self.most);
        // xorshift64 (Marsaglia, 2003)
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        whole / 2 + (whole / 2).mul_f64((self.state >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_differ_between_sensors() {
        let (first, most) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::seeded(first, most, 7);
        for whole in [100, 200, 400, 800, 1_000, 1_000] {
            let delay = backoff.delay();
            assert!(
                (Duration::from_millis(whole / 2)..=Duration::from_millis(whole)).contains(&delay),
                "{delay:?}"
            );
        }
        backoff.reset();
        assert!(backoff.delay() <= first);
        assert_ne!(
            Backoff::seeded(first, most, 0x1234_5678_9abc_def1).delay(),
            Backoff::seeded(first, most, 0xfeed_beef_0bad_cafe).delay()
        );
    }
}
