//! The last events of a relay, by which a batch that comes again is known.
//!
//! A relay forwards what others logged, of several subscriptions and in the order in which it came to it: EventRecordIDs of one log
//! interleave and descend, so the highest tells nothing of the others. What can come again is what the relay has had no Ack for: one batch,
//! which is far less than is remembered here. An event is the same where log, number and time are: a log that began anew has its old numbers
//! at other times.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parsers::wef::MAX_EVENTS;

use super::marks::Log;

/// Events of a relay that are remembered: two of the largest batches, some 1 MB.
pub(super) const MAX_RECENT: usize = 2 * MAX_EVENTS;

/// Events of all relays that are, some 30 MB; beyond it a relay that sends forgets its own.
pub(super) const MAX_ALL: usize = 32 * MAX_RECENT;

/// Stands for a time that is not known: of any.
pub(super) const ANY: i64 = i64::MIN;

/// The last so many events, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recent {
    /// The time of each by its number.
    logs: HashMap<Arc<Log>, HashMap<u64, i64>>,
    /// In the order they came; those that were taken out have left the other alone.
    order: VecDeque<(Arc<Log>, u64)>,
}

impl Recent {
    /// How many there are, at most.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether an event of this number and time is among them.
    pub(super) fn has(&self, log: &Log, record_id: u64, time: i64) -> bool {
        let known = self.logs.get(log).and_then(|ids| ids.get(&record_id));
        known.is_some_and(|known| *known == time || *known == ANY || time == ANY)
    }

    /// Whether any event of the log is.
    pub(super) fn knows(&self, log: &Log) -> bool {
        self.logs.contains_key(log)
    }

    /// Every log of which there are any.
    pub(super) fn logs(&self) -> impl Iterator<Item = &Log> {
        self.logs.keys().map(Arc::as_ref)
    }

    /// One more.
    pub(super) fn push(&mut self, log: &Log, record_id: u64, time: i64) {
        let log = match self.logs.get_key_value(log) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::new(log.clone()),
        };
        self.logs.entry(Arc::clone(&log)).or_default().insert(record_id, time);
        self.order.push_back((log, record_id));
    }

    /// Forgets the oldest.
    pub(super) fn pop(&mut self) -> Option<(Arc<Log>, u64)> {
        let (log, record_id) = self.order.pop_front()?;
        self.retain(&log, |id| id != record_id);
        Some((log, record_id))
    }

    /// Takes out those of `log` that are not to stay.
    pub(super) fn retain(&mut self, log: &Log, mut stays: impl FnMut(u64) -> bool) {
        let Some(ids) = self.logs.get_mut(log) else { return };
        ids.retain(|record_id, _| stays(*record_id));
        if ids.is_empty() {
            self.logs.remove(log);
        }
        if self.logs.is_empty() {
            self.order.clear();
        }
    }

    /// All of them as they came, those of one log that came together in one.
    pub(super) fn runs(&self) -> Vec<(Log, Vec<(u64, i64)>)> {
        let mut runs = Vec::<(&Arc<Log>, Vec<_>)>::new();
        for (log, record_id) in &self.order {
            let Some(time) = self.logs.get(log).and_then(|ids| ids.get(record_id)) else {
                continue;
            };
            match runs.last_mut() {
                Some((last, run)) if *last == log => run.push((*record_id, *time)),
                _ => runs.push((log, vec![(*record_id, *time)])),
            }
        }
        runs.into_iter().map(|(log, run)| (Log::clone(log), run)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(channel: &str) -> Log {
        Log::new("dc1.lab.example", channel)
    }

    #[test]
    fn an_event_is_known_by_log_number_and_time() {
        let mut recent = Recent::default();
        recent.push(&log("Security"), 5, 100);
        recent.push(&log("Security"), 3, ANY);
        assert!(recent.has(&log("Security"), 5, 100) && recent.has(&log("Security"), 5, ANY));
        assert!(recent.has(&log("Security"), 3, 7));
        assert!(!recent.has(&log("Security"), 5, 101) && !recent.has(&log("System"), 5, 100));
        assert!(!recent.has(&log("Security"), 4, 100));
    }

    #[test]
    fn the_oldest_go_first_and_the_order_stays() {
        let mut recent = Recent::default();
        for (channel, record_id) in [("Security", 9), ("Security", 2), ("System", 1), ("Security", 4)] {
            recent.push(&log(channel), record_id, 0);
        }
        let runs = vec![
            (log("Security"), vec![(9, 0), (2, 0)]),
            (log("System"), vec![(1, 0)]),
            (log("Security"), vec![(4, 0)]),
        ];
        assert_eq!(recent.runs(), runs);
        assert_eq!(recent.pop().map(|(_, id)| id), Some(9));
        assert!(!recent.has(&log("Security"), 9, 0) && recent.has(&log("Security"), 2, 0));
        recent.retain(&log("Security"), |id| id > 2);
        assert_eq!(recent.runs(), runs[1..]);
        recent.retain(&log("Security"), |_| false);
        recent.retain(&log("System"), |_| false);
        assert_eq!(recent, Recent::default());
    }
}
