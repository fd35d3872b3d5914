//! The flow table: found by a key that is the same for both directions, ordered by last activity within classes of the same patience.
//!
//! Activity counts by the tick: a flow is moved to the front of its class at most once between two ticks, so that the order, and with it
//! expiry, depends on ticks alone. Expiry and eviction take from the back and never look at other flows.

use std::hash::{BuildHasher, Hash, Hasher};
use std::net::IpAddr;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::flow::{Endpoint, Transport};
use crate::time::Timestamp;

/// No slot.
const NONE: u32 = u32::MAX;

/// Both ends of a flow in canonical order, and its transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Each in two halves: the key, and what a flow is found and ordered by, then fill 64 bytes.
    addresses: [[u64; 2]; 2],
    ports: u32,
    transport: u8,
}

/// The sender's place in a [`Key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    First,
    Second,
}

impl Side {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

impl Key {
    /// The key, and which end of it is the source.
    pub(crate) fn new(transport: Transport, source: (IpAddr, u16), destination: (IpAddr, u16)) -> (Self, Side) {
        let [a, b] = [source, destination].map(|(ip, port)| (number(ip), port));
        let (first, second, side) = if a <= b {
            (a, b, Side::First)
        } else {
            (b, a, Side::Second)
        };
        let ports = u32::from(first.1) << 16 | u32::from(second.1);
        (
            Self {
                addresses: [halves(first.0), halves(second.0)],
                ports,
                transport: transport as u8,
            },
            side,
        )
    }

    /// Which end `endpoint` is.
    pub(crate) fn side(&self, endpoint: &Endpoint) -> Side {
        let first = halves(number(endpoint.ip)) == self.addresses[0] && u32::from(endpoint.port) == self.ports >> 16;
        if first { Side::First } else { Side::Second }
    }
}

impl Hash for Key {
    /// In words: the derived way hashes arrays as byte strings, which costs three times as much.
    fn hash<H: Hasher>(&self, state: &mut H) {
        for [high, low] in self.addresses {
            state.write_u128(u128::from(high) << 64 | u128::from(low));
        }
        state.write_u64(u64::from(self.ports) << 8 | u64::from(self.transport));
    }
}

/// IPv4 as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2).
const fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => 0xffff_0000_0000 | v4.to_bits() as u128,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

const fn halves(number: u128) -> [u64; 2] {
    [(number >> 64) as u64, number as u64]
}

/// How long silence is borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Ended, remembered against late segments.
    Ended,
    /// TCP not answered yet.
    Opening,
    /// TCP that one end has closed.
    Closing,
    /// UDP both ends of which have spoken, and nothing waits for an answer.
    Answered,
    Udp,
    Established,
}

impl Class {
    /// Every class, the ones easiest to miss first.
    pub(crate) const ALL: [Self; 6] = [
        Self::Ended,
        Self::Opening,
        Self::Closing,
        Self::Answered,
        Self::Udp,
        Self::Established,
    ];
}

/// Values that are allocated together.
const CHUNK: usize = 256;

/// Flows and what belongs to them.
pub(crate) struct Table<T> {
    /// What a flow is found and ordered by.
    slots: Vec<Slot>,
    /// What belongs to the flows of the same places, a [`CHUNK`] at a time: much, which is never moved to grow.
    values: Vec<Vec<Option<T>>>,
    free: Vec<u32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    lists: [List; Class::ALL.len()],
}

struct Slot {
    key: Key,
    class: Class,
    newer: u32,
    older: u32,
    touched: Timestamp,
}

/// The chunk of a place, and where in it.
const fn split(place: u32) -> (usize, usize) {
    (place as usize / CHUNK, place as usize % CHUNK)
}

#[derive(Clone, Copy)]
struct List {
    newest: u32,
    oldest: u32,
}

impl<T> Table<T> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::new(),
            values: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            lists: [List {
                newest: NONE,
                oldest: NONE,
            }; Class::ALL.len()],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    pub(crate) fn find(&self, key: &Key) -> Option<u32> {
        let is = |&place: &u32| self.slots.get(place as usize).is_some_and(|slot| slot.key == *key);
        self.index.find(self.hasher.hash_one(key), is).copied()
    }

    pub(crate) fn value(&mut self, place: u32) -> Option<&mut T> {
        self.place_mut(place)?.as_mut()
    }

    pub(crate) fn peek(&self, place: u32) -> Option<&T> {
        let (chunk, at) = split(place);
        self.values.get(chunk)?.get(at)?.as_ref()
    }

    fn place_mut(&mut self, place: u32) -> Option<&mut Option<T>> {
        let (chunk, at) = split(place);
        self.values.get_mut(chunk)?.get_mut(at)
    }

    pub(crate) fn key(&self, place: u32) -> Option<Key> {
        self.slots.get(place as usize).map(|slot| slot.key)
    }

    /// Adds a flow that is not there.
    pub(crate) fn insert(&mut self, key: Key, class: Class, now: Timestamp, value: T) -> u32 {
        let slot = Slot {
            key,
            class,
            newer: NONE,
            older: NONE,
            touched: now,
        };
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(old) = self.slots.get_mut(place as usize) {
                    *old = slot;
                }
                if let Some(old) = self.place_mut(place) {
                    *old = Some(value);
                }
                place
            }
            None => self.push(slot, value),
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        let hash = |place: &u32| slots.get(*place as usize).map_or(0, |slot| hasher.hash_one(slot.key));
        self.index.insert_unique(self.hasher.hash_one(key), place, hash);
        self.link(place);
        place
    }

    /// Makes a new place.
    fn push(&mut self, slot: Slot, value: T) -> u32 {
        let place = self.slots.len() as u32;
        self.slots.push(slot);
        if split(place).1 == 0 {
            self.values.push(Vec::with_capacity(CHUNK));
        }
        if let Some(chunk) = self.values.last_mut() {
            chunk.push(Some(value));
        }
        place
    }

    /// Takes a flow out.
    pub(crate) fn remove(&mut self, place: u32) -> Option<T> {
        self.unlink(place);
        let value = self.place_mut(place)?.take()?;
        let hash = self.hasher.hash_one(self.slots.get(place as usize)?.key);
        if let Ok(entry) = self.index.find_entry(hash, |&other| other == place) {
            entry.remove();
        }
        self.free.push(place);
        Some(value)
    }

    /// The flow was active, and is of `class` from now on.
    pub(crate) fn touch(&mut self, place: u32, class: Class, now: Timestamp) {
        let Some(slot) = self.slots.get(place as usize) else {
            return;
        };
        if slot.class == class && slot.touched >= now {
            return;
        }
        self.unlink(place);
        if let Some(slot) = self.slots.get_mut(place as usize) {
            (slot.class, slot.touched) = (class, now);
        }
        self.link(place);
    }

    /// Class and last activity of a flow.
    pub(crate) fn activity(&self, place: u32) -> Option<(Class, Timestamp)> {
        self.slots.get(place as usize).map(|slot| (slot.class, slot.touched))
    }

    /// Flows of `class`, the longest silent first.
    pub(crate) fn oldest(&self, class: Class) -> impl Iterator<Item = (u32, Timestamp)> {
        let mut at = self.list(class).oldest;
        std::iter::from_fn(move || {
            let slot = self.slots.get(at as usize)?;
            let here = (at, slot.touched);
            at = slot.newer;
            Some(here)
        })
    }

    /// Every flow.
    pub(crate) fn places(&self) -> impl Iterator<Item = u32> {
        self.index.iter().copied()
    }

    fn list(&self, class: Class) -> List {
        self.lists.get(class as usize).copied().unwrap_or(List {
            newest: NONE,
            oldest: NONE,
        })
    }

    /// Puts a slot at the front of its class.
    fn link(&mut self, place: u32) {
        let Some(slot) = self.slots.get_mut(place as usize) else {
            return;
        };
        let Some(list) = self.lists.get_mut(slot.class as usize) else {
            return;
        };
        (slot.newer, slot.older) = (NONE, list.newest);
        list.newest = place;
        let behind = slot.older;
        match self.slots.get_mut(behind as usize) {
            Some(behind) => behind.newer = place,
            None => list.oldest = place,
        }
    }

    fn unlink(&mut self, place: u32) {
        let Some(slot) = self.slots.get(place as usize) else {
            return;
        };
        let (class, newer, older) = (slot.class, slot.newer, slot.older);
        let Some(list) = self.lists.get_mut(class as usize) else {
            return;
        };
        match self.slots.get_mut(newer as usize) {
            Some(slot) => slot.older = older,
            None => list.newest = older,
        }
        match self.slots.get_mut(older as usize) {
            Some(slot) => slot.newer = newer,
            None => list.oldest = newer,
        }
    }
}
