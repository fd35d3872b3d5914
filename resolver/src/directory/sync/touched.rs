//! Which objects are not as they were when a replica was last handed on.

use hashbrown::HashSet;

/// Objects that are remembered one by one; beyond, all of them are taken for changed.
const MAX_TOUCHED: usize = 1 << 16;

/// Positions of objects that have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Touched {
    /// Nobody wants to know.
    #[default]
    Untold,
    /// These.
    Some(HashSet<u32>),
    /// Too many to be told apart.
    All,
}

impl Touched {
    /// None, from now on.
    pub(super) fn none() -> Self {
        Self::Some(HashSet::new())
    }

    pub(super) fn touch(&mut self, position: u32) {
        if let Self::Some(positions) = self {
            if positions.len() < MAX_TOUCHED {
                positions.insert(position);
            } else {
                *self = Self::All;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_are_all() {
        let mut touched = Touched::none();
        (0..MAX_TOUCHED as u32).for_each(|position| touched.touch(position));
        assert!(matches!(&touched, Touched::Some(all) if all.len() == MAX_TOUCHED));
        touched.touch(u32::MAX);
        assert_eq!(touched, Touched::All);
        let mut untold = Touched::default();
        untold.touch(1);
        assert_eq!(untold, Touched::Untold);
    }
}
