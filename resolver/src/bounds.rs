//! How many entries a bounded table may hold, so that its bound is its memory.

/// As many as a table of `slots`, a power of two, takes before it doubles: one in eight stays free.
pub(crate) const fn full(slots: usize) -> usize {
    slots / 8 * 7
}

#[cfg(test)]
mod tests {
    use hashbrown::HashMap;

    use super::full;

    #[test]
    fn a_full_table_has_not_doubled() {
        let mut table: HashMap<usize, ()> = (0..full(1 << 10)).map(|key| (key, ())).collect();
        assert_eq!(table.capacity(), full(1 << 10));
        table.insert(usize::MAX, ());
        assert!(table.capacity() > full(1 << 10));
    }
}
