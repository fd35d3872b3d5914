//! Flags of the wire by name.

/// The names of the flags that `value` has, in the order of `table`.
pub(super) fn names(value: u32, table: &'static [(u32, &'static str)]) -> impl Iterator<Item = &'static str> {
    table
        .iter()
        .filter(move |(flag, _)| value & flag == *flag)
        .map(|(_, name)| *name)
}
