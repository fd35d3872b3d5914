//! From a name to the objects that bear it: buckets by hash, filled once and never changed.
//!
//! An entry holds a position and a few bits of its name's hash, no name: whoever asks compares with the object itself. That
//! is eight octets an entry, of which a million objects have ten million.

use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher;

/// Bits of an entry that are its position.
const POSITION: u32 = 23;
/// Positions an index can hold.
pub(crate) const MAX_POSITIONS: usize = 1 << POSITION;

/// Names on their way into an [`Index`].
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<(u32, u32)>);

impl Names {
    /// Enters the name of hash `hash`.
    pub(crate) fn add(&mut self, hash: u32, position: u32) {
        self.0.push((hash, position));
    }

    /// The index; names keep the order they were entered in.
    pub(crate) fn index(self) -> Index {
        let bits = usize::BITS - self.0.len().leading_zeros();
        let shift = 32 - bits.clamp(1, 31);
        let mut starts = vec![0_u32; (1 << (32 - shift)) + 1];
        let bucket = |hash: u32| (hash >> shift) as usize;
        for (hash, _) in &self.0 {
            if let Some(start) = starts.get_mut(bucket(*hash) + 1) {
                *start += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut entries = vec![0_u32; self.0.len()];
        let mut next = starts.clone();
        for (hash, position) in self.0 {
            if let Some(at) = next.get_mut(bucket(hash)) {
                if let Some(entry) = entries.get_mut(*at as usize) {
                    *entry = entry_of(hash, position);
                }
                *at += 1;
            }
        }
        Index { shift, starts, entries }
    }
}

/// Positions of objects by one of their names.
#[derive(Debug)]
pub(crate) struct Index {
    /// How far a hash is shifted to be its bucket.
    shift: u32,
    /// Where each bucket begins, and at last where the last one ends.
    starts: Vec<u32>,
    entries: Vec<u32>,
}

impl Default for Index {
    fn default() -> Self {
        Names::default().index()
    }
}

impl Index {
    /// Positions of names of this hash, and rarely of others.
    pub(crate) fn candidates(&self, hash: u32) -> impl Iterator<Item = u32> {
        let bucket = (hash >> self.shift) as usize;
        let start = self.starts.get(bucket).copied().unwrap_or_default() as usize;
        let end = self.starts.get(bucket + 1).copied().unwrap_or_default() as usize;
        let entries = self.entries.get(start..end).unwrap_or_default();
        let tag = entry_of(hash, 0);
        let same = move |entry: &&u32| **entry >> POSITION == tag >> POSITION;
        entries.iter().filter(same).map(|entry| *entry & ((1 << POSITION) - 1))
    }
}

/// The low bits of a hash, which the bucket does not tell, before the position.
const fn entry_of(hash: u32, position: u32) -> u32 {
    hash << POSITION | position
}

/// Hashes names; the same for all indices of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct NameHasher(DefaultHashBuilder);

impl NameHasher {
    pub(crate) fn hash(&self, name: &[u8]) -> u32 {
        let hash = self.0.hash_one(name);
        (hash >> 32) as u32 ^ hash as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_empty_index_holds_nothing() {
        let index = Index::default();
        assert_eq!(index.candidates(0).count() + index.candidates(u32::MAX).count(), 0);
    }

    proptest! {
        #[test]
        fn every_name_is_among_its_candidates(names in proptest::collection::vec((any::<u32>(), 0..1_u32 << POSITION), 0..400)) {
            let mut entered = Names::default();
            names.iter().for_each(|(hash, position)| entered.add(*hash, *position));
            let index = entered.index();
            for (hash, position) in &names {
                prop_assert!(index.candidates(*hash).any(|found| found == *position));
            }
        }
    }
}
