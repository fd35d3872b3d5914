//! Whose a ticket or a connection is: an account as the traffic names it.

use std::hash::BuildHasher;
use std::sync::Arc;

use compact_str::CompactString;
use hashbrown::DefaultHashBuilder;

/// Owners remembered: a power of two.
const SLOTS: usize = 1 << 13;

/// A ticket's client, as the KDC was asked for it, or who logged on to a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) account: CompactString,
    pub(crate) domain: Option<CompactString>,
}

/// The owners met of late, so that an account's many tickets and connections share one name. Each has one place, where the next
/// with the same place follows it.
#[derive(Debug)]
pub(crate) struct Owners {
    slots: Box<[Option<Arc<Owner>>]>,
    hasher: DefaultHashBuilder,
}

impl Default for Owners {
    fn default() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| None).collect(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl Owners {
    /// The owner of these names.
    pub(crate) fn named(&mut self, account: &CompactString, domain: Option<&CompactString>) -> Arc<Owner> {
        let make = || {
            Arc::new(Owner {
                account: account.clone(),
                domain: domain.cloned(),
            })
        };
        let place = self.hasher.hash_one((account, domain)) as usize % SLOTS;
        let Some(slot) = self.slots.get_mut(place) else {
            return make();
        };
        match slot {
            Some(owner) if owner.account == account && owner.domain.as_ref() == domain => Arc::clone(owner),
            _ => Arc::clone(slot.insert(make())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_has_one_name_and_two_have_two() {
        let mut owners = Owners::default();
        let [alice, bob, lab]: [CompactString; 3] = ["alice", "bob", "LAB"].map(Into::into);
        let first = owners.named(&alice, Some(&lab));
        assert!(Arc::ptr_eq(&first, &owners.named(&alice, Some(&lab))));
        assert_ne!(*first, *owners.named(&alice, None));
        for number in 0..3 * SLOTS {
            let name: CompactString = format!("user{number}").into();
            assert_eq!(owners.named(&name, Some(&lab)).account, name);
        }
        assert_eq!(owners.named(&bob, None).account, "bob");
    }
}
