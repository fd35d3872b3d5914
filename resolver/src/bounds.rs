//! How many entries a bounded table may hold, so that its bound is its memory; and how much those of a queue may weigh.

/// As many as a table of `slots`, a power of two, takes before it doubles: one in eight stays free.
pub(crate) const fn full(slots: usize) -> usize {
    slots / 8 * 7
}

/// Octets that the details of what waits may take: their number bounds what usual ones take, not what a sender can make of them.
#[derive(Debug)]
pub(crate) struct Room {
    most: usize,
    used: usize,
}

impl Room {
    pub(crate) const fn new(most: usize) -> Self {
        Self { most, used: 0 }
    }

    /// Whether there is room for so many octets more.
    pub(crate) const fn fits(&self, weight: usize) -> bool {
        self.used.saturating_add(weight) <= self.most
    }

    /// Something of that weight begins to wait.
    pub(crate) const fn take(&mut self, weight: usize) {
        self.used = self.used.saturating_add(weight);
    }

    /// Something of that weight waits no more.
    pub(crate) const fn give(&mut self, weight: usize) {
        self.used = self.used.saturating_sub(weight);
    }
}

#[cfg(test)]
mod tests {
    use hashbrown::HashMap;

    use super::{Room, full};

    #[test]
    fn room_is_given_back() {
        let mut room = Room::new(10);
        room.take(7);
        assert!(room.fits(3) && !room.fits(4) && !room.fits(usize::MAX));
        room.give(7);
        assert!(room.fits(10) && !room.fits(11));
    }

    #[test]
    fn a_full_table_has_not_doubled() {
        let mut table: HashMap<usize, ()> = (0..full(1 << 10)).map(|key| (key, ())).collect();
        assert_eq!(table.capacity(), full(1 << 10));
        table.insert(usize::MAX, ());
        assert!(table.capacity() > full(1 << 10));
    }
}
