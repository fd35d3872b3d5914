//! Values that come in ranges ([MS-ADTS] 3.1.1.3.1.3.3): of any attribute a controller gives no more than MaxValRange (1,500) at once,
//! and has to be asked for the others.
//!
//! ```text
//! entry with attribute;range=0-1499 ─► Partial, wants the values from 1500 on ─► … ─► range=4500-*: taken in as if it had come at once
//!      busy  ─► taken in without, and wanted as a whole in the next round
//!      other ─► taken in without
//! ```
//! Taken in without: what is known of the attribute stays. Where nothing is, what came is kept and marked as cut, and when all of it comes
//! that is told as no change: nobody did anything.

use super::entry::Entry;
use super::replica::{MAX_MEMBERS, Replica};
use super::update::{Reading, Update};
use crate::directory::{Attribute, Guid};

/// The most values of an attribute, members aside, that are kept where they come in ranges. What is no link has fewer: they have to
/// fit into a page of the controller's database.
const MAX_VALUES: usize = 8_192;

/// noSuchObject (RFC 4511 §4.1.9).
const NO_SUCH_OBJECT: u32 = 32;

/// What has to be asked for beside what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Values of an attribute from this one on.
    Further(Guid, Attribute, u32),
    /// An object as a whole, with the groups it belongs to.
    Whole(Guid),
}

/// An entry whose values have not all come yet.
#[derive(Clone, Debug)]
pub(super) struct Partial {
    update: Update,
    reading: Reading,
}

impl Replica {
    /// An entry of the answer to a search for what is wanted. Of an object as a whole no groups are said where there are none.
    pub(crate) fn wanted(&mut self, want: Want, entry: Entry) {
        self.counters.entries += u64::from(matches!(want, Want::Whole(_)));
        let Some(mut update) = Update::of(entry, Reading::Whole) else {
            return;
        };
        match want {
            Want::Further(guid, attribute, from) => self.further(guid, attribute, from, update),
            Want::Whole(_) => {
                update.groups.get_or_insert_default();
                self.update(update, Reading::Whole);
            }
        }
    }

    /// The search for what is wanted has ended: what did not come is asked for again where the controller was busy, else done without.
    pub(crate) fn fetched(&mut self, want: Want, code: u32) {
        match want {
            _ if is_passing(code) => self.postpone(want),
            Want::Further(guid, attribute, from) if self.waits_for(guid, attribute, from) => match code {
                NO_SUCH_OBJECT => drop(self.partial.remove(&guid)),
                _ => self.refused(guid, attribute),
            },
            Want::Further(..) | Want::Whole(_) => {}
        }
    }

    /// A round begins: what had to wait is wanted.
    pub(crate) fn resume(&mut self) {
        self.wants.extend(self.later.drain(..));
    }

    /// Another reads on: what is wanted is asked for by that.
    pub(super) fn forget_wants(&mut self) {
        self.partial.clear();
        self.wants.clear();
        self.later.clear();
    }

    /// The entry waits for the values of `attribute` from `from` on, which are asked for first: few wait at a time.
    pub(super) fn wait(&mut self, attribute: Attribute, from: u32, update: Update, reading: Reading) {
        self.wants.push_front(Want::Further(update.guid, attribute, from));
        self.partial.insert(update.guid, Partial { update, reading });
    }

    /// Something newer is said of an object. Where that is a part of it, what waits is taken in before, and all of it is asked for.
    pub(super) fn overtake(&mut self, guid: Guid, newer: Reading) {
        match newer {
            Reading::Whole => drop(self.partial.remove(&guid)),
            Reading::Increment if self.partial.contains_key(&guid) => {
                self.do_without(guid);
                self.wants.push_back(Want::Whole(guid));
            }
            Reading::Increment => {}
        }
    }

    /// Marks what of an object is cut now. Answers the attributes whose values it tells nothing by: they are not all there, or were not.
    /// Of an object that is told as new nothing is marked: what comes later is as new as the object.
    pub(super) fn cut_now(
        &mut self,
        position: u32,
        update: &Update,
        reading: Reading,
        deleted: bool,
    ) -> Vec<Attribute> {
        let is_told_as_new = self.complete && self.state(position).is_none();
        let before = self.cut.remove(&position).unwrap_or_default();
        let (mut untold, mut cut): (Vec<_>, Vec<_>) = before
            .into_iter()
            .partition(|attribute| update.says_all(*attribute, reading));
        let new = update.cut.iter().filter(|attribute| **attribute != Attribute::MemberOf);
        untold.extend(new.clone());
        cut.extend(new);
        cut.sort_unstable();
        cut.dedup();
        if !cut.is_empty() && !deleted && !is_told_as_new {
            self.cut.insert(position, cut);
        }
        untold
    }

    /// Of the object that was read last from a file not all is known: it is asked for again.
    pub(super) fn is_cut(&mut self, guid: Guid, places: &[u8]) {
        let attributes = places
            .iter()
            .filter_map(|place| Attribute::ALL.get(usize::from(*place)).copied());
        if let Some(position) = self.position(guid) {
            self.cut.insert(position, attributes.collect());
            self.later.push(Want::Whole(guid));
        }
    }

    /// A controller that is busy is left alone until the next round, in which what it did not give comes last.
    fn postpone(&mut self, want: Want) {
        while let Some(other) = self.wants.pop_front() {
            self.ask_later(other);
        }
        self.ask_later(want);
    }

    fn ask_later(&mut self, want: Want) {
        match want {
            Want::Whole(_) => self.later.push(want),
            Want::Further(guid, attribute, from) if self.waits_for(guid, attribute, from) => {
                self.do_without(guid);
                self.later.push(Want::Whole(guid));
            }
            Want::Further(..) => {}
        }
    }

    fn waits_for(&self, guid: Guid, attribute: Attribute, from: u32) -> bool {
        let partial = self.partial.get(&guid);
        partial.is_some_and(|partial| partial.update.further.first() == Some(&(attribute, from)))
    }

    /// Further values of an entry that waits for them.
    fn further(&mut self, guid: Guid, attribute: Attribute, from: u32, more: Update) {
        if !self.waits_for(guid, attribute, from) {
            return;
        }
        let Some(Partial { mut update, reading }) = self.partial.remove(&guid) else {
            return;
        };
        let most = if attribute == Attribute::Member {
            MAX_MEMBERS
        } else {
            MAX_VALUES
        };
        let goes_on = update.add(attribute, from, more);
        let has_next = update.further.iter().any(|(own, _)| *own == attribute);
        match goes_on {
            None => {
                let is_known = self.knows_all(guid, attribute);
                update.end(attribute, is_known);
            }
            Some(true) if !has_next || update.count(attribute) >= most => {
                self.counters.refused += 1;
                update.end(attribute, false);
            }
            Some(_) => {}
        }
        self.update(update, reading);
    }

    /// A controller that is not busy does not give them.
    fn refused(&mut self, guid: Guid, attribute: Attribute) {
        self.counters.refused += 1;
        let is_known = self.knows_all(guid, attribute);
        if let Some(Partial { mut update, reading }) = self.partial.remove(&guid) {
            update.end(attribute, is_known);
            self.update(update, reading);
        }
    }

    /// Takes in what waits, without what it waits for.
    fn do_without(&mut self, guid: Guid) {
        let Some(Partial { mut update, reading }) = self.partial.remove(&guid) else {
            return;
        };
        while let Some((attribute, _)) = update.further.first().copied() {
            let is_known = self.knows_all(guid, attribute);
            update.end(attribute, is_known);
        }
        self.update(update, reading);
    }

    /// Whether every value is known that the object had when it was last looked at.
    fn knows_all(&self, guid: Guid, attribute: Attribute) -> bool {
        let Some(position) = self.position(guid) else {
            return false;
        };
        let is_cut = self.cut.get(&position).is_some_and(|cut| cut.contains(&attribute));
        self.state(position).is_some() && !is_cut
    }
}

/// Whether what a controller says passes by itself: timeLimitExceeded, busy, unavailable (RFC 4511 §4.1.9).
const fn is_passing(code: u32) -> bool {
    matches!(code, 3 | 51 | 52)
}
