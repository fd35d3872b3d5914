//! A few values by key: what a connection keeps of its sessions, shares and encrypted bytes.

use std::collections::VecDeque;

/// A few values by key, of which the oldest makes room for a new one. Searched from the newest.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    rows: VecDeque<(K, V)>,
    capacity: usize,
}

impl<K: PartialEq, V> Table<K, V> {
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            rows: VecDeque::new(),
            capacity,
        }
    }

    /// Puts `value` in place of what was known under `key`; true when an older key had to go for it.
    pub(super) fn insert(&mut self, key: K, value: V) -> bool {
        if let Some(slot) = self.find_mut(&key) {
            *slot = value;
            return false;
        }
        let full = self.rows.len() >= self.capacity;
        if full {
            self.rows.pop_front();
        }
        self.rows.push_back((key, value));
        full
    }

    pub(super) fn find(&self, key: &K) -> Option<&V> {
        self.rows
            .iter()
            .rev()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    pub(super) fn find_mut(&mut self, key: &K) -> Option<&mut V> {
        self.rows
            .iter_mut()
            .rev()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    pub(super) fn retain(&mut self, keeps: impl Fn(&K) -> bool) {
        self.rows.retain(|(key, _)| keeps(key));
    }

    /// The oldest, which goes.
    pub(super) fn pop(&mut self) -> Option<(K, V)> {
        self.rows.pop_front()
    }
}
