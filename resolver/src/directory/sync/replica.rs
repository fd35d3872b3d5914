//! One naming context as it is now: objects by GUID, groups with their members by GUID, and what changed about them.
//!
//! Members are kept by identity: who is renamed or moved stays a member, and the group does not change. An object is told
//! deleted once; then it leaves its groups, and a restored one is asked for again with the groups it came back to.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use compact_str::CompactString;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::change::Change;
use super::described::octets;
use super::entry::{Entry, ExtendedDn, Reference, below, referred};
use super::range::{Partial, Want};
use super::touched::Touched;
use super::update::{Members, Reading, Said, Update};
use crate::directory::builder::MAX_OBJECTS;
use crate::directory::packed::Packed;
use crate::directory::{Attribute, Guid, Record};

/// The most members of a group that are kept.
pub(super) const MAX_MEMBERS: usize = 4 << 20;

/// What a replica counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Entries taken in.
    pub entries: u64,
    /// Entries that do not say which object they are about.
    pub nameless: u64,
    /// Members that came without a GUID and are none that is known.
    pub unknown_members: u64,
    /// Objects, members and values for which there was no room, and values that a controller refused to give.
    pub refused: u64,
    /// Objects that were to get another SID: they keep theirs.
    pub sids_kept: u64,
    /// Descriptors for which there was no room.
    pub undescribed: u64,
}

/// A place for an object.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) guid: Guid,
    /// The object; none where it is gone.
    pub(super) packed: Option<Packed>,
    /// Known only as somebody's member: nothing but its DN and SID.
    pub(super) stub: bool,
}

/// The objects of a naming context.
#[derive(Debug, Default)]
pub struct Replica {
    /// DNS name of its domain.
    pub(super) domain: CompactString,
    pub(super) slots: Vec<Slot>,
    /// Positions by GUID.
    by_guid: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Positions of every group's members, sorted.
    pub(super) members: HashMap<u32, Vec<u32>>,
    /// Octets of the descriptors that are kept.
    pub(super) described: usize,
    /// It was read as a whole at least once: from then on differences are changes.
    pub(super) complete: bool,
    /// What was seen since a full read began.
    pub(super) seen: Option<Vec<bool>>,
    /// Objects whose values have not all come yet.
    pub(super) partial: HashMap<Guid, Partial>,
    /// Attributes of objects of which not all values are known.
    pub(super) cut: HashMap<u32, Vec<Attribute>>,
    /// What is not as it was when it was last handed on.
    pub(super) touched: Touched,
    pub(super) wants: VecDeque<Want>,
    /// What is asked for again in the next round.
    pub(super) later: Vec<Want>,
    pub(super) changes: VecDeque<Change>,
    pub(super) counters: Counters,
}

impl Replica {
    /// An empty one of the domain called so.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        Self {
            domain: domain.to_lowercase().into(),
            ..Self::default()
        }
    }

    /// DNS name of its domain, in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether it was read as a whole.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// What was counted.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// How many objects it holds, tombstones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live().count()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live().next().is_none()
    }

    /// Every object with the DNs of its members, in no order.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let record = |position| self.record(position);
        (0..self.slots.len() as u32).filter_map(record)
    }

    /// The object of this GUID.
    #[must_use]
    pub fn find(&self, guid: Guid) -> Option<Record> {
        self.record(self.position(guid)?)
    }

    pub(super) fn live(&self) -> impl Iterator<Item = &Packed> {
        let slots = self.slots.iter().filter(|slot| !slot.stub);
        slots.filter_map(|slot| slot.packed.as_ref())
    }

    /// A full read begins.
    pub(crate) fn begin_full(&mut self) {
        self.seen = Some(vec![false; self.slots.len()]);
        self.forget_wants();
    }

    /// A full read has come to its end: what it did not show is gone.
    pub(crate) fn end_full(&mut self) {
        let Some(seen) = self.seen.take() else { return };
        for position in 0..self.slots.len() as u32 {
            if !seen.get(position as usize).copied().unwrap_or_default() {
                self.vanish(position);
            }
        }
        self.complete = true;
    }

    /// A full read was cut off: what it showed is kept, and nothing is concluded from the rest.
    pub(crate) fn abort_full(&mut self) {
        self.seen = None;
        self.partial.clear();
    }

    /// Takes in an entry.
    pub(crate) fn entry(&mut self, entry: Entry, reading: Reading) {
        self.counters.entries += 1;
        let Some(update) = Update::of(entry, reading) else {
            self.counters.nameless += 1;
            return;
        };
        self.update(update, reading);
    }

    pub(super) fn update(&mut self, update: Update, reading: Reading) {
        let Some(position) = self.place(update.guid) else {
            return;
        };
        self.see(position);
        self.overtake(update.guid, reading);
        if let Some((attribute, from)) = update.further.first().copied() {
            self.wait(attribute, from, update, reading);
            return;
        }
        let before = self.state(position);
        let known = before.as_ref();
        let was_deleted = known.is_some_and(|(packed, _)| packed.is_deleted());
        let packed = self.merged(known.map(|(packed, _)| packed), &update, reading);
        let deleted = packed.is_deleted();
        let mut members = known.map(|(_, members)| members.clone()).unwrap_or_default();
        match update.members {
            _ if deleted => members.clear(),
            Members::List(ref links) => members = self.positions(links.iter()),
            Members::Difference(ref joined, ref left) => {
                let (joined, left) = (self.positions(joined.iter()), self.positions(left.iter()));
                members.retain(|member| left.binary_search(member).is_err());
                members.extend(joined);
                members.sort_unstable();
                members.dedup();
            }
            Members::Unsaid if update.says_all(Attribute::Member, reading) => members.clear(),
            Members::Unsaid => {}
        }
        let unfinished = reading == Reading::Increment && !deleted && packed.classes().next().is_none();
        let untold = self.cut_now(position, &update, reading, deleted);
        self.settle(position, before, packed, members, &update, &untold);
        if deleted && !was_deleted {
            self.leave_groups(position);
        }
        if let Some(groups) = &update.groups {
            self.belong(position, groups, update.cut.contains(&Attribute::MemberOf));
        }
        if !deleted && (was_deleted || update.is_restored()) && update.groups.is_none() {
            self.restored(update.guid);
        } else if unfinished {
            self.wants.push_back(Want::Whole(update.guid));
        }
    }

    /// An object came back: whether its links did is not told, neither of it nor of those that refer to it.
    fn restored(&mut self, guid: Guid) {
        self.wants.push_back(Want::Whole(guid));
        let refers = |slot: &&Slot| {
            let values = slot.packed.iter().flat_map(|packed| packed.links());
            values.filter_map(referred).any(|(_, other)| other == guid)
        };
        let others = self.slots.iter().filter(refers).map(|slot| Want::Whole(slot.guid));
        self.wants.extend(others);
    }

    /// What is known with what is said on top of it.
    fn merged(&mut self, known: Option<&Packed>, update: &Update, reading: Reading) -> Packed {
        let mut record = match (known, reading) {
            (Some(known), Reading::Increment) => known.record(),
            (Some(known), Reading::Whole) if !update.kept.is_empty() => kept(known, &update.kept),
            _ => Record::default(),
        };
        if !update.dn.is_empty() {
            record.dn = update.dn.clone();
        } else if let Some(known) = known {
            record.dn = known.dn().into();
        }
        let said = |attribute: Attribute| update.values.iter().any(|(name, _)| *name == attribute);
        record.values.retain(|(attribute, _)| !said(*attribute));
        for (attribute, values) in &update.values {
            record
                .values
                .extend(values.iter().map(|value| (*attribute, value.clone())));
        }
        for (said, attribute, references) in &update.references {
            let _placed = self.positions(references.iter().map(|reference| &reference.to));
            let kept: Vec<Vec<u8>> = references.iter().map(Reference::kept).collect();
            match said {
                Said::All => record.values.retain(|(own, _)| own != attribute),
                Said::Gone => record
                    .values
                    .retain(|(own, value)| own != attribute || !kept.contains(value)),
                Said::Come => {}
            }
            if *said != Said::Gone {
                record.values.extend(kept.into_iter().map(|value| (*attribute, value)));
            }
        }
        if record.all(Attribute::ObjectGuid).next().is_none() {
            record.values.push((Attribute::ObjectGuid, update.guid.0.to_vec()));
        }
        self.keep_sid(known, &mut record);
        self.keep_descriptor(known, &mut record);
        if record
            .text(Attribute::IsDeleted)
            .is_some_and(|value| value.eq_ignore_ascii_case("TRUE"))
        {
            record.values.retain(|(attribute, _)| !attribute.is_link()); // its links are gone, and nobody says so
        }
        Packed::of(&record)
    }

    /// A SID never changes its owner, nor an owner its SID ([MS-ADTS] 3.1.1.1.3).
    fn keep_sid(&mut self, known: Option<&Packed>, record: &mut Record) {
        let Some(sid) = known.and_then(|known| known.first(Attribute::ObjectSid)) else {
            return;
        };
        if record.all(Attribute::ObjectSid).next() == Some(sid) {
            return;
        }
        self.counters.sids_kept += u64::from(record.all(Attribute::ObjectSid).next().is_some());
        record
            .values
            .retain(|(attribute, _)| *attribute != Attribute::ObjectSid);
        record.values.push((Attribute::ObjectSid, sid.to_vec()));
    }

    /// Puts the new state in the place of the old, and tells the difference.
    fn settle(
        &mut self,
        position: u32,
        before: Option<(Packed, Vec<u32>)>,
        packed: Packed,
        members: Vec<u32>,
        update: &Update,
        untold: &[Attribute],
    ) {
        let same = before
            .as_ref()
            .is_some_and(|(old, old_members)| *old == packed && *old_members == members);
        if same {
            return;
        }
        let told = self.complete.then(|| self.change(position, before.as_ref()));
        let moved = before.filter(|(old, _)| old.dn() != packed.dn());
        let dn = CompactString::new(packed.dn());
        let may_hold = !packed.is("user") && !packed.is("group");
        self.put(position, packed, members);
        if let Some(mut change) = told {
            change.after = self.record(position);
            change.when_changed = update.when_changed;
            change.usn = update.usn;
            if untold.is_empty() || change.without(untold) {
                self.changes.push_back(change);
            }
        }
        if let Some((old, _)) = moved.filter(|_| may_hold) {
            self.move_below(old.dn(), &dn);
        }
    }

    fn put(&mut self, position: u32, packed: Packed, members: Vec<u32>) {
        self.touched.touch(position);
        if let Some(slot) = self.slots.get_mut(position as usize) {
            slot.packed = Some(packed);
            slot.stub = false;
        }
        if members.is_empty() {
            self.members.remove(&position);
        } else {
            self.members.insert(position, members);
        }
    }

    /// Everything below a container goes where it goes: controllers do not say so of each.
    fn move_below(&mut self, from: &str, to: &str) {
        for position in 0..self.slots.len() as u32 {
            let Some(slot) = self.slots.get(position as usize) else {
                continue;
            };
            let Some((packed, stub)) = slot.packed.as_ref().map(|packed| (packed, slot.stub)) else {
                continue;
            };
            let Some(head) = below(packed.dn(), from) else { continue };
            let moved = packed.with_dn(&format!("{head}{to}"));
            let told = (self.complete && !stub).then(|| self.change(position, self.state(position).as_ref()));
            if let Some(slot) = self.slots.get_mut(position as usize) {
                slot.packed = Some(moved);
            }
            self.touched.touch(position);
            if let Some(mut change) = told {
                change.after = self.record(position);
                self.changes.push_back(change);
            }
        }
    }

    /// An object that is not there any more, and left no tombstone.
    fn vanish(&mut self, position: u32) {
        let Some((packed, members)) = self.state(position) else {
            return;
        };
        if self.complete && !packed.is_deleted() {
            let change = self.change(position, Some(&(packed, members)));
            self.changes.push_back(change);
        }
        self.members.remove(&position);
        self.cut.remove(&position);
        self.leave_groups(position);
        self.touched.touch(position);
        if let Some(slot) = self.slots.get_mut(position as usize) {
            let gone = slot.packed.take();
            self.described -= gone.map_or(0, |gone| octets(&gone));
        }
    }

    /// The change of an object, its end still open.
    fn change(&self, position: u32, before: Option<&(Packed, Vec<u32>)>) -> Change {
        Change {
            domain: self.domain.clone(),
            guid: self
                .slots
                .get(position as usize)
                .map(|slot| slot.guid)
                .unwrap_or_default(),
            dn_before: before.map(|(packed, _)| packed.dn().into()),
            before: before.map(|(packed, members)| self.with_members(packed, members)),
            after: None,
            when_changed: None,
            usn: None,
        }
    }

    fn leave_groups(&mut self, position: u32) {
        for (group, members) in &mut self.members {
            if let Ok(at) = members.binary_search(&position) {
                members.remove(at);
                self.touched.touch(*group);
            }
        }
    }

    /// The groups that an object belongs to. Where there are more, it leaves none.
    fn belong(&mut self, position: u32, told: &[ExtendedDn], more: bool) {
        let groups = self.positions(told.iter());
        let holds = |(_, members): &(&u32, &Vec<u32>)| members.binary_search(&position).is_ok();
        let mut concerned: Vec<u32> = self.members.iter().filter(holds).map(|(group, _)| *group).collect();
        concerned.extend(&groups);
        concerned.sort_unstable();
        concerned.dedup();
        for group in concerned {
            let Some(before) = self.state(group) else { continue };
            let mut members = before.1.clone();
            match (members.binary_search(&position), groups.binary_search(&group).is_ok()) {
                (Ok(at), false) if !more => drop(members.remove(at)),
                (Err(at), true) => members.insert(at, position),
                _ => continue,
            }
            let told = self.complete.then(|| self.change(group, Some(&before)));
            self.put(group, before.0.clone(), members);
            if let Some(mut change) = told {
                change.after = self.record(group);
                self.changes.push_back(change);
            }
        }
    }

    /// An object, not a stub, and its members.
    pub(super) fn state(&self, position: u32) -> Option<(Packed, Vec<u32>)> {
        let slot = self.slots.get(position as usize).filter(|slot| !slot.stub)?;
        let members = self.members.get(&position).cloned().unwrap_or_default();
        Some((slot.packed.clone()?, members))
    }

    pub(super) fn record(&self, position: u32) -> Option<Record> {
        let slot = self.slots.get(position as usize).filter(|slot| !slot.stub)?;
        let members = self.members.get(&position).map_or(&[][..], Vec::as_slice);
        Some(self.with_members(slot.packed.as_ref()?, members))
    }

    fn with_members(&self, packed: &Packed, members: &[u32]) -> Record {
        let mut record = packed.record();
        record.values = std::mem::take(&mut record.values)
            .into_iter()
            .filter_map(|(attribute, value)| Some((attribute, self.shown(attribute, value)?)))
            .collect();
        let member = |position: &u32| {
            let packed = self.slots.get(*position as usize)?.packed.as_ref()?;
            Some((Attribute::Member, packed.dn().as_bytes().to_vec()))
        };
        record.values.extend(members.iter().filter_map(member));
        record
    }

    /// A value as the directory shows it: references by the other's DN; none where a link leads to what is deleted.
    fn shown(&self, attribute: Attribute, value: Vec<u8>) -> Option<Vec<u8>> {
        let Some((prefix, guid)) = referred(&value).filter(|_| attribute.is_dn()) else {
            return Some(value);
        };
        let position = self.position(guid).unwrap_or(u32::MAX);
        let other = self.slots.get(position as usize).and_then(|slot| slot.packed.as_ref());
        match other {
            Some(other) if attribute.is_link() && other.is_deleted() => None,
            Some(other) => Some([prefix, other.dn().as_bytes()].concat()),
            None => (!attribute.is_link()).then_some(value),
        }
    }

    /// Where the objects that links lead to are, sorted; those that are not known yet get a place.
    fn positions<'a>(&mut self, links: impl Iterator<Item = &'a ExtendedDn>) -> Vec<u32> {
        let mut positions = Vec::new();
        for link in links.take(MAX_MEMBERS) {
            let Some(guid) = link.guid else {
                self.counters.unknown_members += 1;
                continue;
            };
            let Some(position) = self.place(guid) else { continue };
            if let Some(slot) = self.slots.get_mut(position as usize)
                && slot.packed.is_none()
            {
                slot.packed = Some(stub(link));
                slot.stub = true;
                self.touched.touch(position);
            }
            positions.push(position);
        }
        positions.sort_unstable();
        positions.dedup();
        positions
    }

    /// The place of the object with this GUID; none where there is no room for one more.
    pub(super) fn place(&mut self, guid: Guid) -> Option<u32> {
        if let Some(position) = self.position(guid) {
            return Some(position);
        }
        if self.slots.len() >= MAX_OBJECTS {
            self.counters.refused += 1;
            return None;
        }
        let position = self.slots.len() as u32;
        self.insert(Slot {
            guid,
            packed: None,
            stub: false,
        });
        Some(position)
    }

    pub(super) fn position(&self, guid: Guid) -> Option<u32> {
        let same = |position: &u32| self.slots.get(*position as usize).is_some_and(|slot| slot.guid == guid);
        self.by_guid.find(self.hasher.hash_one(guid), same).copied()
    }

    pub(super) fn insert(&mut self, slot: Slot) {
        let (position, hash) = (self.slots.len() as u32, self.hasher.hash_one(slot.guid));
        self.described += slot.packed.as_ref().map_or(0, octets);
        self.slots.push(slot);
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_guid
            .insert_unique(hash, position, |position| rehash(slots, hasher, *position));
    }

    pub(super) fn reserve(&mut self, count: usize) {
        self.slots.reserve_exact(count);
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_guid.reserve(count, |position| rehash(slots, hasher, *position));
    }

    pub(super) fn see(&mut self, position: u32) {
        if let Some(seen) = &mut self.seen {
            let at = position as usize;
            if seen.len() <= at {
                seen.resize(at + 1, false);
            }
            if let Some(seen) = seen.get_mut(at) {
                *seen = true;
            }
        }
    }
}

/// Of what is known, the values of these attributes.
fn kept(known: &Packed, attributes: &[Attribute]) -> Record {
    let mut record = known.record();
    record.values.retain(|(attribute, _)| attributes.contains(attribute));
    record
}

fn rehash(slots: &[Slot], hasher: &DefaultHashBuilder, position: u32) -> u64 {
    let guid = slots.get(position as usize).map(|slot| slot.guid);
    hasher.hash_one(guid.unwrap_or_default())
}

/// What is known of an object that was only named.
fn stub(link: &ExtendedDn) -> Packed {
    let sid = link.sid.iter().map(|sid| (Attribute::ObjectSid, sid.clone()));
    Packed::of(&Record {
        line: 0,
        dn: link.dn.clone(),
        values: sid.collect(),
    })
}
