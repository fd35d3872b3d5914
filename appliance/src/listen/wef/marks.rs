//! Which events of a source are stored already, so that a batch that comes again is stored once.
//!
//! EventRecordIDs of a channel grow, and a source sends them in their order: what is not above the highest that was stored is a
//! repetition. Two things break that, and are seen. A log that began anew (the computer was installed again) has low numbers and later
//! times: no repetition is later than what was stored. And a kill may leave events of a batch stored whose batch was not acknowledged:
//! those are known one by one ([`Seen`]).
//!
//! A relay sends what others logged, in no order: there each event is known by itself ([`Recent`]), as far back as is remembered. What is
//! older than that is stored, rather twice than never.

use std::collections::BTreeMap;

use compact_str::{CompactString, ToCompactString};
use parsers::event::{Clock, Event};
use serde::{Deserialize, Serialize};

use super::recent::{ANY, Recent};

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
    /// Of a relay: up to here events are not remembered one by one any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) forgotten: Option<u64>,
}

impl Mark {
    /// Of the first event of a log.
    const fn new(record_id: u64, time: i64) -> Self {
        Self {
            record_id,
            time,
            forgotten: None,
        }
    }
}

/// What an event is to what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    New,
    Stored,
    /// New, and the first of a log that began anew.
    Anew,
    /// It may be stored already: it is of a relay, and older than what is remembered.
    Undecided,
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
        let time = time(event);
        let full = self.0.len() >= MAX_LOGS;
        match self.0.get_mut(&log) {
            Some(mark) if record_id > mark.record_id => {
                *mark = Mark::new(record_id, mark.time.max(time));
                new
            }
            Some(mark) if time > mark.time => {
                *mark = Mark::new(record_id, time);
                if stored { Known::Stored } else { Known::Anew }
            }
            Some(_) => Known::Stored,
            None if full => Known::Unnumbered,
            None => {
                self.0.insert(log, Mark::new(record_id, time));
                new
            }
        }
    }

    /// Goes on to `event`, which a relay sends, and which is one of `fresh` then; `recent` are those before.
    pub(super) fn take_relayed(&mut self, event: &Event, seen: &Seen, recent: &Recent, fresh: &mut Recent) -> Known {
        let Some(record_id) = event.record_id else {
            return Known::Unnumbered;
        };
        let (log, time) = (Log::new(&event.computer, &event.channel), time(event));
        if recent.has(&log, record_id, time) || fresh.has(&log, record_id, time) {
            return Known::Stored;
        }
        if self.0.len() >= MAX_LOGS && !self.0.contains_key(&log) {
            return Known::Unnumbered;
        }
        let is_first = !recent.knows(&log) && !fresh.knows(&log);
        let undecided = self.goes_on(&log, record_id, time, is_first);
        fresh.push(&log, record_id, time);
        match (seen.has(&log, record_id), undecided) {
            (true, _) => Known::Stored,
            (false, true) => Known::Undecided,
            (false, false) => Known::New,
        }
    }

    /// The log has an event of this number; whether it may have had it before. `is_first` is one of a log of which none is remembered.
    fn goes_on(&mut self, log: &Log, record_id: u64, time: i64, is_first: bool) -> bool {
        let Some(mark) = self.0.get_mut(log) else {
            self.0.insert(log.clone(), Mark::new(record_id, time));
            return false;
        };
        if is_first {
            mark.forgotten = Some(mark.record_id);
        }
        mark.record_id = mark.record_id.max(record_id);
        mark.time = mark.time.max(time);
        mark.forgotten >= Some(record_id)
    }

    /// An event of a relay is not remembered any more.
    pub(super) fn forget(&mut self, log: &Log, record_id: u64) {
        if let Some(mark) = self.0.get_mut(log) {
            mark.forgotten = mark.forgotten.max(Some(record_id));
        }
    }
}

/// The event's own time, where it has one.
fn time(event: &Event) -> i64 {
    match event.clock {
        Clock::Event => event.time.0,
        _ => ANY,
    }
}

/// Events that a kill left stored and not acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    events: Recent,
    /// How many were forgotten, since there were too many.
    forgotten: usize,
}

impl Seen {
    /// One more; beyond the limit the oldest is forgotten.
    pub(super) fn add(&mut self, log: &Log, record_id: u64) {
        if self.has(log, record_id) {
            return;
        }
        if self.events.len() >= MAX_SEEN {
            self.events.pop();
            self.forgotten += 1;
        }
        self.events.push(log, record_id, ANY);
    }

    fn has(&self, log: &Log, record_id: u64) -> bool {
        self.events.has(log, record_id, ANY)
    }

    /// Forgets those that a mark is beyond, of a source that sends in order.
    pub(super) fn pass(&mut self, marks: &Marks) {
        for (log, mark) in &marks.0 {
            self.events.retain(log, |record_id| record_id > mark.record_id);
        }
    }

    /// Forgets those that are known otherwise now.
    pub(super) fn pass_all(&mut self, known: &Recent) {
        for log in known.logs() {
            self.events.retain(log, |record_id| !known.has(log, record_id, ANY));
        }
    }

    /// Forgets those of `log`.
    pub(super) fn clear(&mut self, log: &Log) {
        self.events.retain(log, |_| false);
    }

    /// Whether some were forgotten.
    pub(super) const fn overflowed(&self) -> bool {
        self.forgotten > 0
    }

    /// Every log of them.
    pub(super) fn logs(&self) -> impl Iterator<Item = (Log, Vec<u64>)> {
        let ids = |run: Vec<(u64, i64)>| run.into_iter().map(|(id, _)| id).collect();
        self.events.runs().into_iter().map(move |(log, run)| (log, ids(run)))
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
        [7, 7, 9].into_iter().for_each(|id| seen.add(&log, id));
        assert_eq!(seen.events.len(), 2);
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
        let log = Log::new("a", "b");
        (0..MAX_SEEN as u64 + 9).for_each(|id| seen.add(&log, id));
        assert_eq!((seen.events.len(), seen.forgotten), (MAX_SEEN, 9));
        assert!(!seen.has(&log, 8) && seen.has(&log, 9), "the oldest are forgotten");
    }

    /// A relay: what is stored, and what was stored of it before.
    #[derive(Default)]
    struct Relay {
        marks: Marks,
        seen: Seen,
        recent: Recent,
    }

    impl Relay {
        /// Takes a batch of events of one channel, and stores it.
        fn batch(&mut self, events: &[(u64, u32)]) -> Vec<Known> {
            let mut fresh = Recent::default();
            let known = events.iter().map(|(id, seconds)| {
                let event = event("Security", *id, *seconds);
                self.marks.take_relayed(&event, &self.seen, &self.recent, &mut fresh)
            });
            let known = known.collect();
            for (log, ids) in fresh.runs() {
                ids.iter().for_each(|(id, time)| self.recent.push(&log, *id, *time));
            }
            known
        }
    }

    #[test]
    fn a_relay_s_events_come_in_any_order_and_are_known_one_by_one() {
        let mut relay = Relay::default();
        let descending: Vec<_> = (1..=50).rev().map(|id| (id, id as u32)).collect();
        assert_eq!(relay.batch(&descending), [Known::New; 50]);
        assert_eq!(relay.batch(&descending), [Known::Stored; 50], "it comes again");
        let interleaved = [(100, 5), (60, 5), (101, 6), (61, 6), (60, 5)];
        let known = [Known::New, Known::New, Known::New, Known::New, Known::Stored];
        assert_eq!(relay.batch(&interleaved), known);
        assert_eq!(
            relay.batch(&[(60, 900)]),
            [Known::New],
            "a log that began anew has other times"
        );
    }

    #[test]
    fn what_a_relay_sent_too_long_ago_is_stored_rather_twice_than_never() {
        let mut relay = Relay::default();
        relay.batch(&[(10, 1), (30, 1), (50, 1)]);
        for _ in 0..2 {
            let (log, id) = relay.recent.pop().unwrap();
            relay.marks.forget(&log, id);
        }
        let known = [Known::Undecided, Known::Undecided, Known::New, Known::Stored];
        assert_eq!(relay.batch(&[(10, 1), (20, 1), (40, 1), (50, 1)]), known);
        // What was a source like others before has marks alone.
        let mut relay = Relay::default();
        relay.marks.take(&event("Security", 7, 1), &Seen::default());
        assert_eq!(
            relay.batch(&[(6, 1), (7, 1), (8, 1)]),
            [Known::Undecided, Known::Undecided, Known::New]
        );
        assert_eq!(relay.batch(&[(6, 1), (5, 1)]), [Known::Stored, Known::Undecided]);
    }

    #[test]
    fn what_a_kill_left_behind_of_a_relay_is_known_whatever_its_number() {
        let mut relay = Relay::default();
        relay.batch(&[(10, 1), (30, 1)]);
        let log = Log::new("dc1.lab.example", "Security");
        relay.seen.add(&log, 20);
        assert_eq!(relay.batch(&[(20, 1), (21, 1)]), [Known::Stored, Known::New]);
        relay.seen.pass_all(&relay.recent);
        assert_eq!(relay.seen, Seen::default());
        assert_eq!(relay.batch(&[(20, 1)]), [Known::Stored]);
    }
}
