//! The same fact seen on the wire and told by Windows events becomes one activity, whose `details.events` says which events.
//!
//! Logons, tickets and changes wait for a window of packet time where events are expected at all: an event comes later than its
//! packets, and out of order. What waits is found by what both sides know: the client's connection, the account, or the
//! server and what is changed there. An activity takes each event identifier once, and of a change once for each value of it, so that of
//! two like attempts each gets its own event, the older one first.

mod absorb;
mod deed;
mod key;
mod likes;
mod same;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use capture::Timestamp;
use parsers::activity::Origin;
use smallvec::SmallVec;

use self::absorb::absorb;
use self::key::{Key, keys};
use self::likes::Likes;
pub(crate) use self::same::logger;
use self::same::{Mark, same};
use crate::bounds::Room;
use crate::resolved::Resolved;

/// The most activities that wait, about 60 MB. Beyond it the oldest leaves early.
pub(crate) const MAX_HELD: usize = 32_768;
/// The most octets that their details may take, likewise.
pub(crate) const MAX_OCTETS: usize = 96 << 20;
/// How long an event waits for its like, and what it has become part of for more, where its sender waits for the answer: batches come
/// one after the other, each when the one before is answered, so that a source tells of no more than so many a second. Events come later than
/// the packets they tell of, as a rule: those wait already.
const STAY: Duration = Duration::from_millis(250);
/// What waits.
#[derive(Debug)]
pub(crate) struct Join {
    on: bool,
    window: Duration,
    limit: usize,
    room: Room,
    likes: Likes,
    /// In order of arrival; those that were taken are empty until they are the oldest.
    held: VecDeque<Option<Held>>,
    /// Those that leave earlier than their turn, by when.
    promised: BTreeSet<(Timestamp, u64)>,
    /// Sequence number of the first of `held`.
    first: u64,
    joined: u64,
    evicted: u64,
}

#[derive(Debug)]
struct Held {
    keys: SmallVec<[Key; 2]>,
    due: Timestamp,
    /// When it leaves at the latest, since somebody waits for it.
    promised: Option<Timestamp>,
    /// Octets of its details when it came; each event that it absorbs adds a little.
    weight: usize,
    resolved: Resolved,
}

/// Whether what was taken waits, itself or as a part of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waits(pub(crate) bool);

impl Join {
    pub(crate) fn new(window: Duration, limit: usize, octets: usize) -> Self {
        Self {
            on: false,
            window,
            limit: limit.max(1),
            room: Room::new(octets),
            likes: Likes::default(),
            held: VecDeque::new(),
            promised: BTreeSet::new(),
            first: 0,
            joined: 0,
            evicted: 0,
        }
    }

    /// From now on events are expected.
    pub(crate) const fn expect(&mut self) {
        self.on = !self.window.is_zero();
    }

    /// How long an event waits whose sender waits.
    pub(crate) fn stay(&self) -> Duration {
        STAY.min(self.window)
    }

    /// How many events were joined with what was known already.
    pub(crate) const fn joined(&self) -> u64 {
        self.joined
    }

    /// How many activities left early.
    pub(crate) const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// How often one was not found, or not compared with all of its like, because there were too many.
    pub(crate) const fn crowded(&self) -> u64 {
        self.likes.crowded()
    }

    /// Whether nothing waits, nor anything is remembered of what did.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.likes.is_empty() && self.promised.is_empty()
    }

    /// Joins `resolved` with what waits, keeps it, or gives it back: what has no counterpart does not wait. Where it waits, it leaves at
    /// `promised`, if anything is.
    pub(crate) fn take(
        &mut self,
        mut resolved: Resolved,
        now: Timestamp,
        mut promised: Option<Timestamp>,
        out: &mut Vec<Resolved>,
    ) -> Waits {
        let keys = if self.on { keys(&resolved) } else { SmallVec::new() };
        if keys.is_empty() {
            out.push(resolved);
            return Waits(false);
        }
        while let Some(number) = self.counterpart(&keys, &resolved) {
            self.joined += 1;
            let Some(held) = self.held_mut(number) else { break };
            if resolved.activity.origin == Origin::Event {
                absorb(&mut held.resolved, resolved);
                self.file(number);
                self.promise(number, promised);
                return Waits(true);
            }
            // Packets take what events told before, and whatever else waits for them.
            if let Some(told) = self.remove(number) {
                promised = earlier(promised, told.promised);
                absorb(&mut resolved, told.resolved);
            }
        }
        let number = self.hold(keys, resolved, now, out);
        self.promise(number, promised);
        Waits(true)
    }

    /// One that was promised by `now`, or the oldest, where its window closed by then.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<Resolved> {
        if let Some((_, number)) = self.promised.first().copied().filter(|(promised, _)| *promised <= now) {
            let held = self.remove(number);
            if let Some(held) = held {
                return Some(held.resolved);
            }
        }
        while let Some(front) = self.held.front() {
            match front {
                Some(held) if held.due > now => return None,
                _ => {}
            }
            if let Some(held) = self.pop() {
                return Some(held.resolved);
            }
        }
        None
    }

    /// The oldest, due or not.
    pub(crate) fn leave(&mut self) -> Option<Resolved> {
        while !self.held.is_empty() {
            if let Some(held) = self.pop() {
                return Some(held.resolved);
            }
        }
        None
    }

    /// The oldest that waits and says the same as `resolved`.
    fn counterpart(&mut self, keys: &[Key], resolved: &Resolved) -> Option<u64> {
        let (mark, first, held, window) = (Mark::of(&resolved.activity), self.first, &self.held, self.window);
        keys.iter().find_map(|key| {
            self.likes.find(key, mark, |number| {
                let held = index(first, number).and_then(|index| held.get(index)?.as_ref());
                held.is_some_and(|held| same(key, &held.resolved, resolved, window))
            })
        })
    }

    fn hold(&mut self, keys: SmallVec<[Key; 2]>, resolved: Resolved, now: Timestamp, out: &mut Vec<Resolved>) -> u64 {
        let weight = resolved.activity.details.weight();
        while self.held.len() >= self.limit || !self.held.is_empty() && !self.room.fits(weight) {
            if let Some(early) = self.pop() {
                self.evicted += 1;
                out.push(early.resolved);
            }
        }
        let number = self.first.wrapping_add(self.held.len() as u64);
        let mark = Mark::of(&resolved.activity);
        for key in &keys {
            self.likes.add(key.clone(), number, mark);
        }
        self.room.take(weight);
        self.held.push_back(Some(Held {
            keys,
            due: now.after(self.window),
            promised: None,
            weight,
            resolved,
        }));
        number
    }

    /// What waits under `number` leaves at `promised`, or when it was to before, whichever comes first.
    fn promise(&mut self, number: u64, promised: Option<Timestamp>) {
        let Some(held) = self.held_mut(number) else { return };
        let (before, after) = (held.promised, earlier(held.promised, promised));
        held.promised = after;
        if before != after {
            before.map(|before| self.promised.remove(&(before, number)));
            self.promised.extend(after.map(|after| (after, number)));
        }
    }

    /// What it absorbed may have told it more to be found by.
    fn file(&mut self, number: u64) {
        let Some(held) = index(self.first, number).and_then(|index| self.held.get_mut(index)?.as_mut()) else {
            return;
        };
        let mark = Mark::of(&held.resolved.activity);
        for key in &held.keys {
            self.likes.mark(key, number, mark);
        }
        for key in keys(&held.resolved) {
            if !held.keys.contains(&key) {
                held.keys.push(key.clone());
                self.likes.add(key, number, mark);
            }
        }
    }

    fn held_mut(&mut self, number: u64) -> Option<&mut Held> {
        let index = index(self.first, number)?;
        self.held.get_mut(index)?.as_mut()
    }

    fn remove(&mut self, number: u64) -> Option<Held> {
        let held = self.held.get_mut(index(self.first, number)?)?.take()?;
        self.forget(number, &held);
        Some(held)
    }

    /// Takes the oldest off, which may be empty.
    fn pop(&mut self) -> Option<Held> {
        let held = self.held.pop_front()?;
        let number = self.first;
        self.first = number.wrapping_add(1);
        if let Some(held) = &held {
            self.forget(number, held);
        }
        held
    }

    fn forget(&mut self, number: u64, held: &Held) {
        self.room.give(held.weight);
        held.promised.map(|promised| self.promised.remove(&(promised, number)));
        for key in &held.keys {
            self.likes.remove(key, number);
        }
    }
}

/// Where what has `number` is, of those that wait since `first`.
fn index(first: u64, number: u64) -> Option<usize> {
    usize::try_from(number.wrapping_sub(first)).ok()
}

/// The earlier of two times, as far as there are any.
fn earlier(one: Option<Timestamp>, two: Option<Timestamp>) -> Option<Timestamp> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one.min(two)),
        _ => one.or(two),
    }
}
