//! Which events of a source are stored already, so that a batch that comes again is stored once.
//!
//! EventRecordIDs of a channel grow, and a source sends them in their order: what is not above the highest that was stored is a
//! repetition. Two things break that, and are seen. A log that began anew (the computer was installed again) has low numbers and later
//! times: no repetition is later than what was stored. And a kill may leave events of a batch stored whose batch was not acknowledged:
//! those are known one by one ([`Seen`]).

use std::collections::{BTreeMap, HashMap, HashSet};

use compact_str::{CompactString, ToCompactString};
use parsers::event::{Clock, Event};
use serde::{Deserialize, Serialize};

/// Logs of a source that are told apart: a relay has those of many computers.
const MAX_LOGS: usize = 16_384;

/// Events that are known one by one.
const MAX_SEEN: usize = 262_144;

/// A log: a channel of a computer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Log {
    /// In lower case.
    pub(super) computer: CompactString,
    pub(super) channel: CompactString,
}

impl Log {
    /// That of `computer` called `channel`.
    pub(super) fn new(computer: &str, channel: &str) -> Self {
        Self {
            computer: computer.trim_end_matches('.').to_lowercase().into(),
            channel: channel.to_compact_string(),
        }
    }
}

/// How far a log is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) record_id: u64,
    /// The latest time of an event up to there, in nanoseconds since 1970.
    pub(super) time: i64,
}

/// What an event is to what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    New,
    Stored,
    /// New, and the first of a log that began anew.
    Anew,
    /// Nothing can be told of it: it has no number, or there are too many logs to know this one.
    Unnumbered,
}

/// How far each log of a source is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks(pub(super) BTreeMap<Log, Mark>);

impl Marks {
    /// Goes on to `event`, if it is not stored yet.
    pub(super) fn take(&mut self, event: &Event, seen: &Seen) -> Known {
        let Some(record_id) = event.record_id else {
            return Known::Unnumbered;
        };
        let log = Log::new(&event.computer, &event.channel);
        let stored = seen.has(&log, record_id);
        let new = if stored { Known::Stored } else { Known::New };
        let time = if event.clock == Clock::Event {
            event.time.0
        } else {
            i64::MIN
        };
        let full = self.0.len() >= MAX_LOGS;
        match self.0.get_mut(&log) {
            Some(mark) if record_id > mark.record_id => {
                *mark = Mark {
                    record_id,
                    time: mark.time.max(time),
                };
                new
            }
            Some(mark) if time > mark.time => {
                *mark = Mark { record_id, time };
                if stored { Known::Stored } else { Known::Anew }
            }
            Some(_) => Known::Stored,
            None if full => Known::Unnumbered,
            None => {
                self.0.insert(log, Mark { record_id, time });
                new
            }
        }
    }
}

/// Events that are stored beyond the marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    logs: HashMap<Log, HashSet<u64>>,
    count: usize,
}

impl Seen {
    /// One more; false where there is no room.
    pub(super) fn add(&mut self, log: Log, record_id: u64) -> bool {
        if self.is_full() {
            return false;
        }
        self.count += usize::from(self.logs.entry(log).or_default().insert(record_id));
        true
    }

    fn has(&self, log: &Log, record_id: u64) -> bool {
        self.logs.get(log).is_some_and(|ids| ids.contains(&record_id))
    }

    /// Forgets those that a mark is beyond.
    pub(super) fn pass(&mut self, marks: &Marks) {
        if self.count == 0 {
            return;
        }
        for (log, mark) in &marks.0 {
            if let Some(ids) = self.logs.get_mut(log) {
                ids.retain(|record_id| *record_id > mark.record_id);
                if ids.is_empty() {
                    self.logs.remove(log);
                }
            }
        }
        self.count = self.logs.values().map(HashSet::len).sum();
    }

    /// Whether there is no room for more.
    pub(super) const fn is_full(&self) -> bool {
        self.count >= MAX_SEEN
    }

    /// How many there are.
    #[cfg(test)]
    const fn len(&self) -> usize {
        self.count
    }

    /// Every log of them.
    pub(super) fn logs(&self) -> impl Iterator<Item = (&Log, impl Iterator<Item = u64>)> {
        self.logs.iter().map(|(log, ids)| (log, ids.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parsers::event::{self, Arrival};

    fn event(channel: &str, record_id: u64, seconds: u32) -> Event {
        let text = format!(
            "<Event><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>4776</EventID>\
             <TimeCreated SystemTime='2026-11-30T10:{:02}:{:02}Z'/><EventRecordID>{record_id}</EventRecordID><Channel>{channel}</Channel>\
             <Computer>DC1.lab.example</Computer></System></Event>",
            seconds / 60,
            seconds % 60
        );
        event::read(text.as_bytes(), &Arrival::default()).unwrap()
    }

    #[test]
    fn what_comes_again_is_stored_already() {
        let (mut marks, seen) = (Marks::default(), Seen::default());
        let mut take = |channel, record_id, seconds| marks.take(&event(channel, record_id, seconds), &seen);
        assert_eq!(take("Security", 5, 10), Known::New);
        assert_eq!(take("Security", 5, 10), Known::Stored);
        assert_eq!(take("Security", 4, 9), Known::Stored);
        assert_eq!(take("System", 1, 3), Known::New, "each channel has numbers of its own");
        assert_eq!(take("Security", 9, 8), Known::New, "clocks may go back, numbers do not");
        assert_eq!(take("Security", 6, 10), Known::Stored);
    }

    #[test]
    fn a_log_that_began_anew_is_no_repetition() {
        let (mut marks, seen) = (Marks::default(), Seen::default());
        let mut take = |record_id, seconds| marks.take(&event("Security", record_id, seconds), &seen);
        assert_eq!(take(1_000, 100), Known::New);
        assert_eq!(take(1, 2_000), Known::Anew);
        assert_eq!(take(2, 2_001), Known::New);
        assert_eq!(take(2, 2_001), Known::Stored);
    }

    #[test]
    fn what_a_kill_left_behind_is_known_one_by_one() {
        let (mut marks, mut seen) = (Marks::default(), Seen::default());
        let log = Log::new("dc1.LAB.example", "Security");
        assert!(seen.add(log.clone(), 7) && seen.add(log.clone(), 7) && seen.add(log, 9));
        assert_eq!(seen.len(), 2);
        let known: Vec<_> = (6..=10)
            .map(|id| marks.take(&event("Security", id, 5), &seen))
            .collect();
        assert_eq!(
            known,
            [Known::New, Known::Stored, Known::New, Known::Stored, Known::New]
        );
        seen.pass(&marks);
        assert_eq!(seen, Seen::default());
    }

    #[test]
    fn logs_and_events_are_bounded() {
        let (mut marks, mut seen) = (Marks::default(), Seen::default());
        for number in 0..MAX_LOGS + 10 {
            marks.take(&event(&number.to_string(), 1, 1), &seen);
        }
        assert_eq!(marks.0.len(), MAX_LOGS);
        let added = (0..MAX_SEEN as u64 + 9)
            .filter(|id| seen.add(Log::new("a", "b"), *id))
            .count();
        assert_eq!((added, seen.len()), (MAX_SEEN, MAX_SEEN));
    }
}
