//! How long it takes from a frame on the wire to the receiver's acknowledgement of what was in it.
//!
//! Measured on activities that leave at once: what folds waits for its window, what was never answered for its timeout, and what
//! came from an address that had only just appeared for evidence of its computer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use capture::Timestamp;
use resolver::Resolved;
use tokio::sync::watch;
use uplink::SenderStatus;

/// Activities under way that are followed; what comes while there are so many is not measured.
const MAX_FOLLOWED: usize = 4_096;

/// Delays are counted by the millisecond up to here.
const LONGEST: usize = 2_000;

/// How long a delay counts: between one span and two.
const SPAN: Duration = Duration::from_secs(30);

/// Shared by the store stage, which tells what left, and the task that sees it acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Delays(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    /// Ids, and when the frame came that completed them.
    followed: VecDeque<(u64, Timestamp)>,
    /// By millisecond: this span, and the one before.
    spans: [Vec<u32>; 2],
    began: Instant,
}

impl Default for Delays {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Inner {
            followed: VecDeque::with_capacity(MAX_FOLLOWED),
            spans: [vec![0; LONGEST + 1], vec![0; LONGEST + 1]],
            began: Instant::now(),
        })))
    }
}

impl Delays {
    /// Follows activities that were given these ids; ascending.
    pub(super) fn follow(&self, left: impl Iterator<Item = (u64, Timestamp)>) {
        let mut inner = self.inner();
        for one in left {
            if inner.followed.len() < MAX_FOLLOWED {
                inner.followed.push_back(one);
            }
        }
    }

    /// Watches acknowledgements for as long as there are any.
    pub(super) async fn watch(self, mut status: watch::Receiver<SenderStatus>) {
        while status.changed().await.is_ok() {
            let id = status.borrow_and_update().acknowledged_id;
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.inner().acknowledged(id, Timestamp(0).after(now));
        }
    }

    /// The delay, ms, that `share` of all did not exceed lately; none where there were none.
    pub(super) fn quantile(&self, share: f64) -> Option<u64> {
        let inner = self.inner();
        let counts = || {
            let [now, before] = &inner.spans;
            now.iter()
                .zip(before)
                .map(|(one, other)| u64::from(*one) + u64::from(*other))
        };
        let wanted = (counts().sum::<u64>() as f64 * share).ceil().max(1.0) as u64;
        let reached = counts().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        let mut at = reached.enumerate().filter(|(_, sum)| *sum >= wanted);
        at.next().and_then(|(milliseconds, _)| u64::try_from(milliseconds).ok())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn acknowledged(&mut self, id: u64, now: Timestamp) {
        if self.began.elapsed() >= SPAN {
            self.began = Instant::now();
            self.spans.swap(0, 1);
            self.spans[0].fill(0);
        }
        while let Some((_, time)) = self.followed.pop_front_if(|(followed, _)| *followed <= id) {
            let milliseconds = usize::try_from(now.since(time).as_millis()).unwrap_or(LONGEST);
            if let Some(count) = self.spans[0].get_mut(milliseconds.min(LONGEST)) {
                *count = count.saturating_add(1);
            }
        }
    }
}

/// When the frame came that completed an activity which left at once.
pub(super) fn completed(resolved: &Resolved) -> Option<Timestamp> {
    let activity = &resolved.activity;
    let at_once = !activity.folds() && !resolved.waited;
    let duration = activity.duration_us.filter(|_| at_once)?;
    Some(activity.time.after(Duration::from_micros(duration)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_those_of_what_was_acknowledged() {
        let delays = Delays::default();
        assert_eq!(delays.quantile(0.99), None);
        delays.follow((1..=100).map(|id| (id, Timestamp(0))));
        let at = |milliseconds| Timestamp(0).after(Duration::from_millis(milliseconds));
        delays.inner().acknowledged(90, at(40));
        delays.inner().acknowledged(99, at(200));
        assert_eq!((delays.quantile(0.5), delays.quantile(0.99)), (Some(40), Some(200)));
        delays.inner().acknowledged(100, at(60_000));
        assert_eq!(delays.quantile(1.0), Some(LONGEST as u64));
    }
}
