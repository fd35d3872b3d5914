//! A bounded table in two generations: when the younger one is full, the older one is forgotten, and its memory is the next one's.

use std::hash::Hash;

use hashbrown::HashMap;

/// Values by key, the latest `limit` of them or nearly so.
#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash, V> Generations<K, V> {
    /// At most `limit` are remembered; beyond it the older half is forgotten.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            half: (limit / 2).max(1),
        }
    }

    /// Takes the memory of a full table now: it is filled with `filler` by number, and emptied.
    pub(crate) fn reserve(&mut self, filler: impl Fn(u64) -> (K, V)) {
        let both = [&mut self.young, &mut self.old];
        for table in both.into_iter().filter(|table| table.is_empty()) {
            table.reserve(self.half);
            table.extend((0..self.half as u64).map(&filler));
            table.clear();
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// How many were forgotten to make room, where a generation ended.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<usize> {
        let ended = self.young.len() >= self.half && !self.young.contains_key(&key);
        let forgotten = ended.then(|| self.turn());
        self.young.insert(key, value);
        forgotten
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    fn turn(&mut self) -> usize {
        std::mem::swap(&mut self.young, &mut self.old);
        let forgotten = self.young.len();
        self.young.clear();
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_half_goes() {
        let mut table = Generations::new(4);
        let forgotten: Vec<_> = (0..6).map(|number| table.insert(number, number)).collect();
        assert_eq!(forgotten, [None, None, Some(0), None, Some(2), None]);
        let kept: Vec<_> = (0..6).filter(|number| table.get(number).is_some()).collect();
        assert_eq!(kept, [2, 3, 4, 5]);
        assert_eq!(table.insert(5, 6), None, "it is there already");
        table.remove(&5);
        assert_eq!(table.get(&5), None);
        table.clear();
        assert_eq!(table.get(&2), None);
    }

    #[test]
    fn what_is_reserved_is_all_it_takes() {
        let mut table = Generations::new(2_000);
        table.reserve(|number| (number, ()));
        assert_eq!(table.get(&7), None);
        let before = [table.young.capacity(), table.old.capacity()];
        for number in 0..10_000_u64 {
            table.insert(number, ());
        }
        assert_eq!([table.young.capacity(), table.old.capacity()], before);
    }
}
