//! IP datagrams from fragments (RFC 791 §3.2, RFC 8200 §4.5): out of order, overlapping (the first bytes win), and bounded in number, bytes
//! and time.
//!
//! Every frame taken in is accounted for: with its datagram when that becomes complete, else as lost.

use std::collections::VecDeque;
use std::net::IpAddr;

use hashbrown::HashMap;

use crate::config::Config;
use crate::decode::Fragment;
use crate::time::Timestamp;

/// The longest IP payload.
const MAX_PAYLOAD: u32 = 65_535;
/// Fragments of one datagram that wait; a fragment carries at least eight bytes.
const MAX_FRAGMENTS: usize = 1_024;
/// What a waiting fragment costs beyond its bytes.
const OVERHEAD: usize = 64;

/// Incomplete datagrams.
pub(crate) struct Defrag {
    datagrams: HashMap<Key, Incomplete>,
    /// Keys by age; those of datagrams that are gone are passed over.
    order: VecDeque<(Key, u64)>,
    bytes: usize,
    serial: u64,
    max_datagrams: usize,
    max_bytes: usize,
    patience: std::time::Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    protocol: u8,
}

struct Incomplete {
    serial: u64,
    since: Timestamp,
    frames: u64,
    cost: usize,
    have: usize,
    /// The payload's length, known from the last fragment.
    total: Option<u32>,
    /// Disjoint pieces, by offset.
    pieces: Vec<(u32, Box<[u8]>)>,
}

/// What a datagram made of a fragment.
enum Added {
    New { overlap: u64 },
    Contradicts,
    TooMany,
}

/// A complete payload.
pub(crate) struct Complete {
    /// Frames it came in.
    pub(crate) frames: u64,
    pub(crate) payload: Vec<u8>,
}

/// What became of a fragment.
pub(crate) struct Outcome {
    /// Its datagram, if it was the last one missing.
    pub(crate) complete: Option<Complete>,
    /// It contradicts its datagram and was not kept.
    pub(crate) refused: bool,
    /// Frames of datagrams that had to go.
    pub(crate) lost: u64,
    /// Bytes that were there already.
    pub(crate) overlap: u64,
}

impl Defrag {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            datagrams: HashMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            serial: 0,
            max_datagrams: config.fragment_datagrams.max(1),
            max_bytes: config.fragment_bytes.max(MAX_PAYLOAD as usize * 2),
            patience: std::time::Duration::from_secs(config.fragment_seconds.into()),
        }
    }

    /// Takes a fragment in; `clock` is when the waiting of a new datagram begins.
    #[cfg(test)]
    pub(crate) fn accept(&mut self, fragment: &Fragment<'_>, clock: Timestamp) -> Outcome {
        self.accept_of(fragment, 1, clock)
    }

    /// As `accept`, of a fragment that came in `frames` frames: in fragments of a tunnel.
    pub(crate) fn accept_of(&mut self, fragment: &Fragment<'_>, frames: u64, clock: Timestamp) -> Outcome {
        let mut outcome = Outcome {
            complete: None,
            refused: false,
            lost: 0,
            overlap: 0,
        };
        let key = Key::of(fragment);
        if !fragment.is_plausible() {
            outcome.refused = true;
            return outcome;
        }
        if !self.datagrams.contains_key(&key) {
            self.begin(key, clock, &mut outcome);
        }
        let Some(datagram) = self.datagrams.get_mut(&key) else {
            return outcome;
        };
        let before = datagram.cost;
        match datagram.add(fragment) {
            Added::New { overlap } => {
                datagram.frames += frames;
                outcome.overlap = overlap;
            }
            Added::Contradicts => outcome.refused = true,
            Added::TooMany => outcome.lost += frames,
        }
        self.bytes += datagram.cost - before;
        if datagram.is_complete() {
            outcome.complete = self.remove(&key).map(Incomplete::finish);
        }
        self.bound(&mut outcome);
        outcome
    }

    fn begin(&mut self, key: Key, clock: Timestamp, outcome: &mut Outcome) {
        if self.datagrams.len() >= self.max_datagrams {
            outcome.lost += self.drop_oldest();
        }
        self.serial += 1;
        self.bytes += OVERHEAD;
        self.order.push_back((key, self.serial));
        self.datagrams.insert(key, Incomplete::new(self.serial, clock));
    }

    fn bound(&mut self, outcome: &mut Outcome) {
        while self.bytes > self.max_bytes && !self.datagrams.is_empty() {
            outcome.lost += self.drop_oldest();
        }
        // Datagrams that became complete leave their key behind.
        while self.order.front().is_some_and(|(key, serial)| !self.is(key, *serial)) {
            self.order.pop_front();
        }
        if self.order.len() > self.datagrams.len() * 2 + 64 {
            let datagrams = &self.datagrams;
            self.order
                .retain(|(key, serial)| datagrams.get(key).is_some_and(|datagram| datagram.serial == *serial));
        }
    }

    /// Frames of the oldest datagram, which goes.
    fn drop_oldest(&mut self) -> u64 {
        while let Some((key, serial)) = self.order.pop_front() {
            if self.is(&key, serial) {
                return self.remove(&key).map_or(0, |datagram| datagram.frames);
            }
        }
        0
    }

    /// Frames of datagrams that have waited too long at `now`, which go.
    pub(crate) fn expire(&mut self, now: Timestamp) -> u64 {
        let mut lost = 0;
        while let Some(&(key, serial)) = self.order.front() {
            match self.datagrams.get(&key).filter(|datagram| datagram.serial == serial) {
                Some(datagram) if datagram.since.after(self.patience) > now => break,
                Some(_) => lost += self.drop_oldest(),
                None => drop(self.order.pop_front()),
            }
        }
        lost
    }

    /// Frames of all datagrams, which go.
    pub(crate) fn finish(&mut self) -> u64 {
        let lost = self.datagrams.values().map(|datagram| datagram.frames).sum();
        self.datagrams.clear();
        self.order.clear();
        self.bytes = 0;
        lost
    }

    fn is(&self, key: &Key, serial: u64) -> bool {
        self.datagrams
            .get(key)
            .is_some_and(|datagram| datagram.serial == serial)
    }

    fn remove(&mut self, key: &Key) -> Option<Incomplete> {
        let datagram = self.datagrams.remove(key)?;
        self.bytes -= datagram.cost;
        Some(datagram)
    }
}

impl Key {
    const fn of(fragment: &Fragment<'_>) -> Self {
        Self {
            source: fragment.path.source,
            destination: fragment.path.destination,
            identification: fragment.identification,
            protocol: fragment.protocol,
        }
    }
}

impl Fragment<'_> {
    const fn end(&self) -> u32 {
        self.offset + self.data.len() as u32
    }

    /// All but the last are multiples of eight bytes, none is empty, none reaches beyond the longest payload.
    fn is_plausible(&self) -> bool {
        let whole = !self.more || self.data.len().is_multiple_of(8);
        whole && !self.data.is_empty() && self.data.len() <= MAX_PAYLOAD as usize && self.end() <= MAX_PAYLOAD
    }
}

impl Incomplete {
    const fn new(serial: u64, since: Timestamp) -> Self {
        Self {
            serial,
            since,
            frames: 0,
            cost: OVERHEAD,
            have: 0,
            total: None,
            pieces: Vec::new(),
        }
    }

    /// Keeps what is new of `fragment`.
    fn add(&mut self, fragment: &Fragment<'_>) -> Added {
        let end = fragment.end();
        let reach = self
            .pieces
            .last()
            .map_or(0, |(offset, data)| offset + data.len() as u32);
        let contradicts = match self.total {
            Some(total) => end > total || (!fragment.more && end != total),
            None => !fragment.more && reach > end,
        };
        if contradicts {
            return Added::Contradicts;
        }
        if self.pieces.len() >= MAX_FRAGMENTS {
            return Added::TooMany;
        }
        if !fragment.more {
            self.total = Some(end);
        }
        Added::New {
            overlap: self.fill(fragment.offset, fragment.data),
        }
    }

    /// Puts `data` into the holes it covers; how much of it was there already.
    fn fill(&mut self, mut offset: u32, mut data: &[u8]) -> u64 {
        let mut overlap = 0;
        let mut at = self
            .pieces
            .partition_point(|(start, piece)| start + piece.len() as u32 <= offset);
        while let Some((start, piece)) = self.pieces.get(at) {
            let (start, stop) = (*start, start + piece.len() as u32);
            let (free, rest) = data.split_at(data.len().min(start.saturating_sub(offset) as usize));
            if !free.is_empty() {
                self.put(at, offset, free);
                at += 1;
            }
            let covered = rest.len().min(stop.saturating_sub(offset.max(start)) as usize);
            overlap += covered as u64;
            data = rest.get(covered..).unwrap_or_default();
            if data.is_empty() {
                return overlap;
            }
            offset = stop;
            at += 1;
        }
        self.put(at, offset, data);
        overlap
    }

    fn put(&mut self, at: usize, offset: u32, data: &[u8]) {
        self.cost += data.len() + OVERHEAD;
        self.have += data.len();
        self.pieces.insert(at, (offset, data.into()));
    }

    fn is_complete(&self) -> bool {
        self.total.is_some_and(|total| self.have == total as usize)
    }

    fn finish(self) -> Complete {
        let payload = self
            .pieces
            .iter()
            .flat_map(|(_, piece)| piece.iter().copied())
            .collect();
        Complete {
            frames: self.frames,
            payload,
        }
    }
}

#[cfg(test)]
mod tests;
