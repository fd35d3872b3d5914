//! Deadlines by second of packet time: what is due costs what it is, what is not due costs nothing.

use std::collections::BTreeMap;

use crate::time::Timestamp;

/// Things to look at again, each at or after its time.
#[derive(Debug)]
pub(crate) struct Timer<T> {
    buckets: BTreeMap<i64, Vec<T>>,
}

impl<T> Timer<T> {
    pub(crate) const fn new() -> Self {
        Self {
            buckets: BTreeMap::new(),
        }
    }

    /// Remembers `item` for the first whole second at or after `time`.
    pub(crate) fn arm(&mut self, time: Timestamp, item: T) {
        let second = time.seconds() + i64::from(time.0.rem_euclid(1_000_000_000) > 0);
        self.buckets.entry(second).or_default().push(item);
    }

    /// Takes out everything due at `now` or before.
    pub(crate) fn due(&mut self, now: Timestamp, items: &mut Vec<T>) {
        while let Some(bucket) = self.buckets.first_entry() {
            if *bucket.key() > now.seconds() {
                return;
            }
            items.append(&mut bucket.remove());
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_early() {
        let mut timer = Timer::new();
        timer.arm(Timestamp::new(10, 1), 'b');
        timer.arm(Timestamp::new(10, 0), 'a');
        let mut due = Vec::new();
        timer.due(Timestamp::new(9, 999_999_999), &mut due);
        assert!(due.is_empty());
        timer.due(Timestamp::new(10, 500), &mut due);
        assert_eq!(due, ['a']);
        timer.due(Timestamp::new(40, 0), &mut due);
        assert_eq!(due, ['a', 'b']);
    }
}
