//! Requests that wait for their answer, by the protocol's own identifier.

use std::collections::VecDeque;
use std::time::Duration;

use capture::Timestamp;

/// How long a request waits, in packet time.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// A bounded set of waiting requests in order of arrival. Few wait at a time, so the search is linear from the oldest.
#[derive(Debug)]
pub struct Pending<K, V> {
    waiting: VecDeque<(K, Timestamp, V)>,
    capacity: usize,
}

impl<K: PartialEq, V> Pending<K, V> {
    /// At most `capacity` requests wait.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            capacity,
        }
    }

    /// `value` begins to wait under `key`. Returns what had to make room: the request whose key is used again, or the
    /// oldest when full (a limit to count); the caller emits it unanswered.
    pub fn insert(&mut self, key: K, time: Timestamp, value: V) -> Option<Evicted<V>> {
        let reused = self.take(&key).map(Evicted::Reused);
        let evicted = reused.or_else(|| {
            let full = self.waiting.len() >= self.capacity;
            full.then(|| self.waiting.pop_front())
                .flatten()
                .map(|(_, _, value)| Evicted::Full(value))
        });
        if self.waiting.capacity() == 0 {
            self.waiting.reserve_exact(1); // most flows of datagrams see one request
        }
        self.waiting.push_back((key, time, value));
        evicted
    }

    /// The request that waits under `key`, which stays.
    pub fn peek(&mut self, key: &K) -> Option<&mut V> {
        self.waiting
            .iter_mut()
            .find(|(known, ..)| known == key)
            .map(|(_, _, value)| value)
    }

    /// As [`Self::peek`], to look only.
    pub fn waits(&self, key: &K) -> Option<&V> {
        self.waiting
            .iter()
            .find(|(known, ..)| known == key)
            .map(|(_, _, value)| value)
    }

    /// Those that wait, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &V> {
        self.waiting.iter().map(|(_, _, value)| value)
    }

    /// The request that waits under `key`, which waits no more.
    pub fn take(&mut self, key: &K) -> Option<V> {
        let at = self.waiting.iter().position(|(known, ..)| known == key)?;
        self.waiting.remove(at).map(|(_, _, value)| value)
    }

    /// The oldest request that `wanted` holds for, which stays.
    pub fn find(&mut self, mut wanted: impl FnMut(&mut V) -> bool) -> Option<&mut V> {
        self.waiting
            .iter_mut()
            .map(|(_, _, value)| value)
            .find_map(|value| wanted(value).then_some(value))
    }

    /// The oldest request that `wanted` holds for, which waits no more: for protocols whose answers carry no identifier.
    pub fn take_where(&mut self, mut wanted: impl FnMut(&V) -> bool) -> Option<V> {
        let at = self.waiting.iter().position(|(_, _, value)| wanted(value))?;
        self.waiting.remove(at).map(|(_, _, value)| value)
    }

    /// When the oldest request's time is up.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.waiting.front().map(|(_, since, _)| since.after(TIMEOUT))
    }

    /// The oldest request, if its time is up at `now`. Call until there is none.
    pub fn expired(&mut self, now: Timestamp) -> Option<V> {
        if self.deadline()? > now {
            return None;
        }
        self.waiting.pop_front().map(|(_, _, value)| value)
    }

    /// The oldest request, whatever its time: for the flow's end. Call until there is none.
    pub fn drain(&mut self) -> Option<V> {
        self.waiting.pop_front().map(|(_, _, value)| value)
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// Why a request stopped waiting without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evicted<V> {
    /// Its key was used for a new request.
    Reused(V),
    /// The set was full: a limit to count.
    Full(V),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_find_their_request_in_any_order() {
        let mut pending = Pending::new(2);
        assert_eq!(pending.insert(1, Timestamp(0), 'a'), None);
        assert_eq!(pending.insert(2, Timestamp(1), 'b'), None);
        assert_eq!(pending.take(&2), Some('b'));
        assert_eq!(pending.insert(1, Timestamp(2), 'c'), Some(Evicted::Reused('a')));
        assert_eq!(pending.insert(3, Timestamp(3), 'd'), None);
        assert_eq!(pending.insert(4, Timestamp(4), 'e'), Some(Evicted::Full('c')));
        assert_eq!(pending.expired(Timestamp(0)), None);
        assert_eq!(pending.expired(Timestamp::new(60, 0)), Some('d'));
    }
}
