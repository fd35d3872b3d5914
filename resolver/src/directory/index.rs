//! From a name to the objects that bear it.

use compact_str::CompactString;
use hashbrown::HashMap;
use smallvec::SmallVec;

/// Positions of objects by one of their names.
#[derive(Debug, Default)]
pub(crate) struct Index(HashMap<CompactString, SmallVec<[u32; 2]>>);

impl Index {
    pub(crate) fn insert(&mut self, name: CompactString, position: u32) {
        let positions = self.0.entry(name).or_default();
        if !positions.contains(&position) {
            positions.push(position);
        }
    }

    /// As [`Self::insert`], where nobody bears the name yet.
    pub(crate) fn insert_absent(&mut self, name: CompactString, position: u32) {
        self.0.entry(name).or_insert_with(|| SmallVec::from_slice(&[position]));
    }

    /// Everybody of that name.
    pub(crate) fn all(&self, name: &str) -> &[u32] {
        self.0.get(name).map_or(&[], SmallVec::as_slice)
    }

    /// The only one of that name.
    pub(crate) fn unique(&self, name: &str) -> Option<u32> {
        match self.all(name) {
            [position] => Some(*position),
            _ => None,
        }
    }
}
