//! From a name to the objects that bear it: one line of the cache for nearly every look-up.
//!
//! A name stands as 40 bits of its hash and the position of its bearer, in the line that other bits of the hash choose or, where
//! that is full, in the next one. Of a million names those are 57 bits of a keyed hash: of the names that nobody bears, one in a
//! hundred thousand million is taken for another one's, until it is compared with the object itself. Lines are filled once and
//! never changed.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use smallvec::SmallVec;

/// Bits of an entry that are its position.
const POSITION: u32 = 23;
/// Positions an index can hold.
pub(crate) const MAX_POSITIONS: usize = 1 << POSITION;
/// An entry is there.
const TAKEN: u64 = 1 << 63;
/// The bits of a hash that are kept.
const KEPT: u64 = (1 << 40) - 1;
/// Entries of a line; and how many of them are taken on average.
const SLOTS: usize = 8;
const FILLED: usize = 7;
/// Names of more bearers than any two names have by chance are kept beside the lines, which they would fill for others.
const CROWD: u32 = 64;

/// Names on their way into an [`Index`].
#[derive(Debug, Default)]
pub(crate) struct Names {
    hashes: Vec<u64>,
    /// The bearer of each.
    positions: Vec<u32>,
}

impl Names {
    /// Enters the name of hash `hash`.
    pub(crate) fn add(&mut self, hash: u64, position: u32) {
        self.hashes.push(hash);
        self.positions.push(position);
    }

    /// The index; names keep the order they were entered in.
    pub(crate) fn index(self) -> Index {
        let homes = self.hashes.len().div_ceil(FILLED) as u32;
        let mut next = vec![0_u32; homes as usize];
        for hash in &self.hashes {
            if let Some(count) = next.get_mut(home(*hash, homes)) {
                *count += 1;
            }
        }
        let (crowded, end) = lay_out(&mut next);
        let mut index = Index {
            homes,
            lines: vec![Line::default(); end.div_ceil(SLOTS)],
            crowded: Vec::with_capacity(crowded),
        };
        for (hash, position) in self.hashes.into_iter().zip(self.positions) {
            index.put(&mut next, hash, position);
        }
        index.crowded.sort_unstable();
        index
    }
}

/// Turns the counts of names into where the first of each line goes, which is behind what the lines before it do not hold;
/// [`u32::MAX`] for a crowded line. Answers how many names are crowded, and where the others end.
fn lay_out(counts: &mut [u32]) -> (usize, usize) {
    let (mut crowded, mut end) = (0, 0);
    for (count, line) in counts.iter_mut().zip(0_usize..) {
        let many = *count as usize;
        if *count > CROWD {
            crowded += many;
            *count = u32::MAX;
            continue;
        }
        let start = end.max(line * SLOTS);
        *count = start as u32;
        end = start + many;
    }
    (crowded, end)
}

/// A line of the cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Line([u64; SLOTS]);

/// Positions of objects by one of their names.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Lines that a hash may choose; a few more may be behind them.
    homes: u32,
    lines: Vec<Line>,
    /// The names of crowded lines by their hash, sorted.
    crowded: Vec<(u64, u32)>,
}

impl Index {
    /// Positions of names of this hash, each once, in the order they were entered in.
    pub(crate) fn bearers(&self, hash: u64) -> SmallVec<[u32; 4]> {
        let mut found = SmallVec::new();
        let tag = tag(hash);
        let lines = self.lines.get(home(hash, self.homes)..).unwrap_or_default();
        for Line(slots) in lines {
            for slot in slots.iter().filter(|slot| **slot >> POSITION == tag) {
                add(&mut found, (*slot & (MAX_POSITIONS as u64 - 1)) as u32);
            }
            if slots.last() == Some(&0) {
                break;
            }
        }
        if !self.crowded.is_empty() {
            let from = self.crowded.partition_point(|(other, _)| *other < hash);
            let same = self.crowded.iter().skip(from).take_while(|(other, _)| *other == hash);
            same.for_each(|(_, position)| add(&mut found, *position));
        }
        found
    }

    fn put(&mut self, next: &mut [u32], hash: u64, position: u32) {
        let Some(place) = next.get_mut(home(hash, self.homes)) else {
            return;
        };
        if *place == u32::MAX {
            self.crowded.push((hash, position));
            return;
        }
        let at = *place as usize;
        *place += 1;
        let line = self.lines.get_mut(at / SLOTS);
        if let Some(slot) = line.and_then(|Line(slots)| slots.get_mut(at % SLOTS)) {
            *slot = tag(hash) << POSITION | u64::from(position);
        }
    }
}

/// An object that bears a name twice comes twice in a row.
fn add(found: &mut SmallVec<[u32; 4]>, position: u32) {
    if found.last() != Some(&position) {
        found.push(position);
    }
}

/// The line that a name belongs into: the high bits of its hash, of `homes`.
const fn home(hash: u64, homes: u32) -> usize {
    (((hash >> 32) * homes as u64) >> 32) as usize
}

/// What stands of a hash before the position.
const fn tag(hash: u64) -> u64 {
    TAKEN >> POSITION | hash & KEPT
}

/// Hashes names with a key of its own, so that nobody can choose names that are taken for another's; the same for all indices of
/// a snapshot.
#[derive(Debug, Default)]
pub(crate) struct NameHasher(RandomState);

impl NameHasher {
    pub(crate) fn hash(&self, name: &[u8]) -> u64 {
        self.0.hash_one(name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn index(names: &[(u64, u32)]) -> Index {
        let mut entered = Names::default();
        names.iter().for_each(|(hash, position)| entered.add(*hash, *position));
        entered.index()
    }

    #[test]
    fn an_empty_index_holds_nothing() {
        for index in [Index::default(), index(&[])] {
            assert!(index.bearers(0).is_empty() && index.bearers(u64::MAX).is_empty());
        }
    }

    #[test]
    fn a_name_that_all_bear_is_in_nobodys_way() {
        let names: Vec<(u64, u32)> = (0..10_000).map(|position| (77, position)).collect();
        let others = (0..1_000_u32).map(|number| (u64::from(number) << 54 | 5, 20_000 + number));
        let all: Vec<(u64, u32)> = names.into_iter().chain(others).collect();
        let index = index(&all);
        assert_eq!(index.bearers(77).len(), 10_000);
        assert_eq!(index.bearers(999 << 54 | 5).as_slice(), [20_999]);
        assert!(index.lines.len() < 2_000);
    }

    #[test]
    fn lines_hold_what_the_bar_for_memory_allows() {
        let hasher = NameHasher::default();
        let names: Vec<(u64, u32)> = (0..100_000_u32)
            .map(|number| (hasher.hash(&number.to_le_bytes()), number))
            .collect();
        let index = index(&names);
        assert!(index.lines.len() * SLOTS * 8 <= 100_000 * 10, "octets a name");
        let missing = names
            .iter()
            .filter(|(hash, position)| index.bearers(*hash).as_slice() != [*position]);
        assert_eq!(missing.count(), 0);
    }

    proptest! {
        #[test]
        fn every_name_has_its_bearers_and_no_others(names in proptest::collection::vec((0..200_u64, 0..1_u32 << POSITION), 0..400)) {
            let spread = |name: u64| name.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let names: Vec<(u64, u32)> = names.into_iter().map(|(name, position)| (spread(name), position)).collect();
            let index = index(&names);
            for name in 0..200 {
                let hash = spread(name);
                let mut expected: Vec<u32> = names.iter().filter(|(other, _)| *other == hash).map(|(_, position)| *position).collect();
                let mut found = index.bearers(hash).to_vec();
                for list in [&mut expected, &mut found] {
                    list.sort_unstable();
                    list.dedup();
                }
                prop_assert_eq!(found, expected);
            }
        }
    }
}
