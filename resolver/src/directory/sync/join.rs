//! A replica becomes a part of a snapshot.

use super::replica::{Replica, Slot};
use crate::directory::{Attribute, Builder};

impl Replica {
    /// Adds every object and its members to a snapshot.
    pub(crate) fn add_to(&self, builder: &mut Builder) {
        if !self.complete {
            builder.unfinished(&self.domain);
        }
        let add = |slot: &Slot| {
            slot.packed
                .as_ref()
                .filter(|_| !slot.stub)
                .and_then(|packed| builder.add_packed(packed))
        };
        let positions: Vec<Option<u32>> = self.slots.iter().map(add).collect();
        let at = |position: &u32| positions.get(*position as usize).copied().flatten();
        for (group, members) in &self.members {
            let Some(group) = at(group) else { continue };
            for member in members {
                match at(member) {
                    Some(member) => builder.link(group, member),
                    None => self.link_foreign(builder, group, *member),
                }
            }
        }
    }

    /// A member of another domain, or one that stands for it: by its SID.
    fn link_foreign(&self, builder: &mut Builder, group: u32, member: u32) {
        let packed = self.slots.get(member as usize).and_then(|slot| slot.packed.as_ref());
        if let Some(sid) = packed.and_then(|packed| packed.first(Attribute::ObjectSid)) {
            builder.link_sid(group, sid);
        }
    }
}
