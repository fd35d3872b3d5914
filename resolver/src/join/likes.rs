//! Where those that wait are found: by each key, in order of arrival, no more than may be looked at.

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::key::Key;
use super::same::Mark;

/// The most that are found by one key; beyond it the oldest is found by it no longer. So many attempts of one account in a window are
/// a spray.
pub(super) const MAX_ALIKE: usize = 1_024;
/// The most of them that one arrival is compared with, beside those that their mark rules out.
pub(super) const MAX_COMPARED: usize = 64;

/// Sequence numbers of those that wait, by what they may be found by.
#[derive(Debug, Default)]
pub(super) struct Likes {
    keys: HashMap<Key, SmallVec<[(u64, Mark); 2]>>,
    crowded: u64,
}

impl Likes {
    /// How often one was not found, or not compared with all of its like, because there were too many.
    pub(super) const fn crowded(&self) -> u64 {
        self.crowded
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn add(&mut self, key: Key, number: u64, mark: Mark) {
        let alike = self.keys.entry(key).or_default();
        if alike.len() >= MAX_ALIKE {
            alike.remove(0);
            self.crowded += 1;
        }
        alike.push((number, mark));
    }

    /// It has become another.
    pub(super) fn mark(&mut self, key: &Key, number: u64, mark: Mark) {
        let alike = self.keys.get_mut(key).into_iter().flatten();
        for (_, held) in alike.filter(|(held, _)| *held == number) {
            *held = mark;
        }
    }

    pub(super) fn remove(&mut self, key: &Key, number: u64) {
        let Some(alike) = self.keys.get_mut(key) else { return };
        if let Some(at) = alike.iter().position(|(held, _)| *held == number) {
            alike.remove(at);
        }
        if alike.is_empty() {
            self.keys.remove(key);
        }
    }

    /// The first under `key` that `mark` does not exclude and that `is` the same.
    pub(super) fn find(&mut self, key: &Key, mark: Mark, mut is: impl FnMut(u64) -> bool) -> Option<u64> {
        let alike = self.keys.get(key)?;
        let mut open = alike
            .iter()
            .filter(|(_, held)| !held.excludes(mark))
            .map(|(number, _)| *number);
        let found = open.by_ref().take(MAX_COMPARED).find(|number| is(*number));
        if found.is_none() && open.next().is_some() {
            self.crowded += 1;
        }
        found
    }
}
