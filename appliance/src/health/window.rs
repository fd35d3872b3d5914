//! The last minutes: the newest snapshot, and older ones at a distance, to see what has grown since.
//!
//! Durations are measured by uptime, so a clock that is set changes nothing. Invariant: ascending by uptime, bounded, and closer to each
//! other the younger they are: a half-hour is not looked at by the second.

use std::collections::VecDeque;

use super::snapshot::Snapshot;

/// Seconds between two young snapshots that are kept.
const STEP: u64 = 10;

/// Seconds between two old ones.
const STRIDE: u64 = 60;

/// Young snapshots kept: ten minutes.
const YOUNG: usize = 61;

/// Old snapshots kept.
const OLD: usize = 20;

/// Most seconds a condition can look back.
pub(super) const SPAN: u64 = STEP * (YOUNG as u64 - 1) + STRIDE * OLD as u64;

/// The newest snapshot and those before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    older: VecDeque<Snapshot>,
    now: Snapshot,
    filled: bool,
    /// Seconds for which the sensor had not been running before this start.
    pub(super) absence_seconds: u64,
}

impl Window {
    /// Takes in the newest snapshot.
    pub(crate) fn push(&mut self, snapshot: Snapshot) {
        if self.filled {
            let last = std::mem::replace(&mut self.now, snapshot);
            let due = self
                .older
                .back()
                .is_none_or(|kept| last.uptime_seconds >= kept.uptime_seconds + STEP);
            if due {
                self.older.push_back(last);
                self.age();
            }
        } else {
            (self.now, self.filled) = (snapshot, true);
        }
    }

    /// What is young no longer goes, unless it is far enough from what is old already; so does what is too old.
    fn age(&mut self) {
        let Some(aged) = self.older.len().checked_sub(YOUNG + 1) else {
            return;
        };
        let uptime = |at: usize| self.older.get(at).map(|kept| kept.uptime_seconds);
        let near = aged.checked_sub(1).and_then(uptime).map(|before| before + STRIDE);
        if near > uptime(aged) {
            self.older.remove(aged);
        }
        while self.older.len() > YOUNG + OLD + 1 {
            self.older.pop_front();
        }
    }

    /// The newest.
    pub(crate) const fn now(&self) -> &Snapshot {
        &self.now
    }

    /// The youngest that is at least so many seconds old; none where adtap does not run for that long.
    pub(crate) fn before(&self, seconds: u64) -> Option<&Snapshot> {
        let limit = self.now.uptime_seconds.checked_sub(seconds)?;
        self.older.iter().rev().find(|kept| kept.uptime_seconds <= limit)
    }

    /// The newest and that of so many seconds ago; the oldest there is where it is not that old.
    pub(crate) fn recent(&self, seconds: u64) -> Option<Span<'_>> {
        let then = self.before(seconds).or_else(|| self.older.front())?;
        Some(Span { then, now: &self.now })
    }

    /// The same, where adtap runs for that long.
    pub(super) fn span(&self, seconds: u64) -> Option<Span<'_>> {
        Some(Span {
            then: self.before(seconds)?,
            now: &self.now,
        })
    }

    /// Whether `holds` of every snapshot that is kept of so many seconds, the newest included.
    pub(super) fn always(&self, seconds: u64, holds: impl Fn(&Snapshot) -> bool) -> bool {
        let Some(first) = self.before(seconds) else {
            return false;
        };
        let inside = |kept: &&Snapshot| kept.uptime_seconds >= first.uptime_seconds;
        self.older.iter().filter(inside).chain([&self.now]).all(holds)
    }
}

/// Two snapshots, to see what grew between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span<'a> {
    pub(crate) then: &'a Snapshot,
    pub(crate) now: &'a Snapshot,
}

impl Span<'_> {
    pub(crate) const fn seconds(&self) -> u64 {
        self.now.uptime_seconds.saturating_sub(self.then.uptime_seconds)
    }

    /// How much a total has grown.
    pub(crate) fn grown(&self, total: impl Fn(&Snapshot) -> u64) -> u64 {
        total(self.now).saturating_sub(total(self.then))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(uptime_seconds: u64) -> Snapshot {
        Snapshot {
            uptime_seconds,
            ..Snapshot::default()
        }
    }

    #[test]
    fn looks_back_in_steps_and_stays_bounded() {
        let mut window = Window::default();
        for second in 0..5_000 {
            window.push(at(second));
        }
        assert_eq!(window.now().uptime_seconds, 4_999);
        let minute = window.before(60).unwrap().uptime_seconds;
        assert!((4_929..=4_939).contains(&minute), "{minute}");
        assert!(window.before(SPAN).is_some());
        assert!(window.before(SPAN + 2 * STRIDE).is_none());
        assert_eq!(window.older.len(), YOUNG + OLD + 1);
        let distances = window.older.iter().zip(window.older.iter().skip(1));
        let distances: Vec<_> = distances.map(|(a, b)| b.uptime_seconds - a.uptime_seconds).collect();
        assert_eq!(distances[..OLD], [STRIDE; OLD]);
        assert_eq!(distances[OLD + 1..], [STEP; YOUNG - 1]);
    }

    #[test]
    fn a_young_window_does_not_look_back_far() {
        let mut window = Window::default();
        window.push(at(0));
        assert!(window.recent(60).is_none());
        window.push(at(1));
        assert!(window.before(60).is_none() && window.span(60).is_none());
        assert_eq!(window.recent(60).unwrap().seconds(), 1);
        assert!(!window.always(60, |_| true));
    }
}
