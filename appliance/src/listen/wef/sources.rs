//! Everybody who sends: where each is, what was counted of it, and whose turn it is.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use capture::Timestamp;
use compact_str::CompactString;
use tokio::sync::Semaphore;

use super::config::WefConfig;
use super::journal::{MAX_SOURCES, Place, Places, recent_line};
use super::marks::Seen;
use super::recent::{MAX_ALL, MAX_RECENT, Recent};
use crate::health::snapshot::Teller;

/// Sources that health hears of: those that have been silent for longest, and the busiest.
const MAX_SHOWN: usize = 64;

/// A source that was last heard before the start so long ago is not missed any more.
const MISSED: Duration = Duration::from_secs(7 * 86_400);

/// Requests of a source that wait for its turn.
pub(super) const MAX_QUEUED: usize = 4;

/// A source.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) place: Place,
    /// Of a relay: its last events.
    recent: Recent,
    pub(super) teller: Teller,
    /// Whether its silence is told.
    missed: bool,
    /// One batch at a time: what comes again while the first is on its way is looked at when that has arrived.
    pub(super) turn: Arc<Semaphore>,
    pub(super) queued: usize,
}

/// The sources, and the events that are stored beyond what each has acknowledged.
#[derive(Debug)]
pub(super) struct Sources {
    known: HashMap<CompactString, Source>,
    /// Of all relays.
    remembered: usize,
    pub(super) seen: Seen,
}

impl Sources {
    /// Those of `places`, and those that `config` names, which are missed.
    pub(super) fn new(config: &WefConfig, places: Places, now: Timestamp) -> Self {
        let named = config.sources.iter().filter_map(|name| name.host());
        let mut sources = Self {
            known: HashMap::new(),
            remembered: 0,
            seen: places.seen,
        };
        let mut recents = places.recents;
        for (name, place) in places.sources {
            let missed = place.acknowledged.is_some_and(|last| now.since(last) < MISSED);
            let recent = recents.remove(&name).unwrap_or_default();
            sources.remembered += recent.len();
            let source = Source {
                recent,
                ..Source::new(&name, place, missed)
            };
            sources.known.insert(name, source);
        }
        for name in named.take(MAX_SOURCES) {
            let new = || Source::new(name, Place::default(), true);
            sources.known.entry(name.into()).or_insert_with(new).missed = true;
        }
        sources
    }

    /// The source `name` has proved who it is; false where there are too many to know it.
    pub(super) fn meet(&mut self, name: &CompactString) -> bool {
        if self.known.len() >= MAX_SOURCES && !self.known.contains_key(name) {
            return false;
        }
        let new = || Source::new(name, Place::default(), true);
        self.known.entry(name.clone()).or_insert_with(new).missed = true;
        true
    }

    /// The source `name` has sent events, or says that it has none.
    pub(super) fn heard(&mut self, name: &CompactString, now: Timestamp) {
        if let Some(source) = self.known.get_mut(name) {
            source.teller.last = Some(now);
        }
    }

    /// The source `name`, if it is known.
    pub(super) fn of(&mut self, name: &CompactString) -> Option<&mut Source> {
        self.known.get_mut(name)
    }

    /// Where the source `name` is, and its last events, which are to come [`back`](Self::back).
    pub(super) fn leave(&mut self, name: &CompactString) -> (Place, Recent) {
        let source = self.known.get_mut(name);
        source
            .map(|source| (source.place.clone(), std::mem::take(&mut source.recent)))
            .unwrap_or_default()
    }

    /// The last events of the source `name`, as they were.
    pub(super) fn back(&mut self, name: &CompactString, recent: Recent) {
        if let Some(source) = self.known.get_mut(name) {
            source.recent = recent;
        }
    }

    /// The source `name` is at `place` now; of a relay, with `fresh` events. Answers the lines that say so.
    pub(super) fn moved(&mut self, name: &CompactString, mut place: Place, fresh: Option<Box<Recent>>) -> String {
        let Some(fresh) = fresh else {
            self.seen.pass(&place.marks);
            let line = place.line(name);
            if let Some(source) = self.known.get_mut(name) {
                source.place = place;
            }
            return line;
        };
        self.seen.pass_all(&fresh);
        if let Some(source) = self.known.get_mut(name) {
            self.remembered -= source.recent.len();
            source.remember(&fresh, &mut place, MAX_ALL.saturating_sub(self.remembered));
            self.remembered += source.recent.len();
            source.place.clone_from(&place);
        }
        recent_line(name, &fresh) + &place.line(name)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Where everybody is.
    pub(super) fn places(&self) -> Places {
        let places = self.known.iter();
        Places {
            sources: places
                .clone()
                .filter(|(_, source)| source.place != Place::default())
                .map(|(name, source)| (name.clone(), source.place.clone()))
                .collect(),
            recents: places
                .filter(|(_, source)| source.recent.len() > 0)
                .map(|(name, source)| (name.clone(), source.recent.clone()))
                .collect(),
            seen: self.seen.clone(),
        }
    }

    /// What health hears.
    pub(super) fn tellers(&self) -> Vec<Teller> {
        let mut all: Vec<_> = self
            .known
            .values()
            .filter(|source| source.missed)
            .map(|source| &source.teller)
            .collect();
        if all.len() > MAX_SHOWN {
            all.sort_by_cached_key(|teller| (teller.last, teller.name.clone()));
            let busiest = all.get_mut(MAX_SHOWN / 2..).unwrap_or_default();
            busiest.sort_by_cached_key(|teller| (Reverse(teller.received), teller.name.clone()));
            all.truncate(MAX_SHOWN);
        }
        all.sort_by_cached_key(|teller| teller.name.clone());
        all.into_iter().cloned().collect()
    }
}

impl Source {
    /// Remembers events of a relay, as many in all as there is room for.
    fn remember(&mut self, fresh: &Recent, place: &mut Place, room: usize) {
        let limit = room.min(MAX_RECENT);
        for (log, ids) in fresh.runs() {
            for (record_id, time) in ids {
                self.recent.push(&log, record_id, time);
                while self.recent.len() > limit
                    && let Some((log, record_id)) = self.recent.pop()
                {
                    place.marks.forget(&log, record_id);
                }
            }
        }
    }

    fn new(name: &str, place: Place, missed: bool) -> Self {
        Self {
            place,
            recent: Recent::default(),
            teller: Teller {
                name: name.to_owned(),
                ..Teller::default()
            },
            missed,
            turn: Arc::new(Semaphore::new(1)),
            queued: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_named_or_was_heard_lately_is_missed() {
        let config: WefConfig = toml::from_str("sources = [\"dc1.lab.example\", \"*.lab.example\"]").unwrap();
        let day = 86_400_000_000_000;
        let at = |days: i64| Place {
            acknowledged: Some(Timestamp(days * day)),
            ..Place::default()
        };
        let places = Places {
            sources: [("dc2".into(), at(99)), ("dc3".into(), at(90))].into(),
            ..Places::default()
        };
        let mut sources = Sources::new(&config, places, Timestamp(100 * day));
        let names = |sources: &Sources| {
            let tellers = sources.tellers();
            tellers.into_iter().map(|teller| teller.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&sources), ["dc1.lab.example", "dc2"]);
        assert!(sources.meet(&"dc3".into()));
        assert_eq!(names(&sources), ["dc1.lab.example", "dc2", "dc3"]);
        assert_eq!((sources.len(), sources.places().sources.len()), (3, 2));
    }

    #[test]
    fn the_silent_and_the_busy_are_shown_first() {
        let mut sources = Sources::new(&WefConfig::default(), Places::default(), Timestamp(0));
        for number in 0..MAX_SOURCES + 9 {
            let name = format!("s{number}").into();
            assert_eq!(sources.meet(&name), number < MAX_SOURCES);
            sources.heard(&name, Timestamp(number as i64));
            if let Some(source) = sources.of(&name) {
                source.teller.received = number as u64;
            }
        }
        assert_eq!(sources.len(), MAX_SOURCES);
        let tellers = sources.tellers();
        assert_eq!(tellers.len(), MAX_SHOWN);
        let shown = |number: usize| tellers.iter().any(|teller| teller.name == format!("s{number}"));
        assert!(shown(0) && shown(31) && !shown(32) && shown(MAX_SOURCES - 1) && !shown(MAX_SOURCES - 33));
    }
}
