//! A replica handed from the sensor that reads a domain to those that do not: as a whole, or what has changed.
//!
//! An object is handed on as it is, not what became of it: taking one in twice, or an older state and then the newer, comes to the
//! newer. What is taken in is told to nobody as a change: whoever found it told it. Nothing is handed on but the
//! attributes that are kept, none of which holds a secret, and the mark that reading goes on from.

use capture::Timestamp;

use super::replica::Replica;
use super::session::{Context, Mark, Session, Stamp};
use super::touched::Touched;
use crate::directory::packed::Packed;
use crate::directory::{Guid, Record};

/// The state of an object that is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is not there any more.
    Gone,
    /// It is an object of the naming context, tombstones included.
    Object,
    /// It is known only as somebody's member.
    Stub,
    /// It came before, and these are further members: a group may have more than a message holds.
    More,
}

/// An object that is handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// objectGUID.
    pub guid: Guid,
    /// What it is.
    pub state: State,
    /// Its DN and attributes; empty where it is gone.
    pub record: Record,
    /// Who belongs to it.
    pub members: Vec<Guid>,
}

/// What of a naming context goes with its objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Which naming context it is.
    pub context: Context,
    /// Its DN.
    pub base: String,
    /// DNS name of its domain.
    pub domain: String,
    /// Whether it was read as a whole.
    pub complete: bool,
    /// Where reading goes on.
    pub mark: Option<Mark>,
    /// End of the last full read.
    pub read: Option<Timestamp>,
    /// End of the last round.
    pub synced: Option<Timestamp>,
    /// The controller that was asked.
    pub controller: String,
}

impl Session {
    /// An empty one of a naming context that is handed on. `dirsync` as in [`Self::new`].
    #[must_use]
    pub fn of(section: &Section, dirsync: bool) -> Self {
        Self::new(
            section.context,
            section.base.clone(),
            Replica::new(&section.domain),
            None,
            dirsync,
        )
    }

    /// What goes with its objects.
    #[must_use]
    pub fn section(&self) -> Section {
        Section {
            context: self.context(),
            base: self.base().to_owned(),
            domain: self.replica.domain().to_owned(),
            complete: self.replica.complete,
            mark: self.mark.clone(),
            read: self.stamp.read,
            synced: self.stamp.synced,
            controller: self.stamp.controller.clone(),
        }
    }

    /// Whether everything it found was told, so that it may be handed on.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.replica.changes.is_empty()
    }

    /// Whether anything has changed since [`Self::handed_on`]; yes, where it never was.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        !matches!(&self.replica.touched, Touched::Some(positions) if positions.is_empty())
    }

    /// The objects that have changed since [`Self::handed_on`]; none where that is not known of each.
    #[must_use]
    pub fn touched(&self) -> Option<impl Iterator<Item = Shared>> {
        let Touched::Some(positions) = &self.replica.touched else {
            return None;
        };
        Some(positions.iter().filter_map(|position| self.replica.shared(*position)))
    }

    /// Every object.
    pub fn all_shared(&self) -> impl Iterator<Item = Shared> {
        let all = 0..self.replica.slots.len() as u32;
        let there = |shared: &Shared| shared.state != State::Gone;
        all.filter_map(|position| self.replica.shared(position)).filter(there)
    }

    /// It was handed on as it is: from here on it is remembered what changes.
    pub fn handed_on(&mut self) {
        self.replica.touched = Touched::none();
    }

    /// What is handed on by another begins; `whole`: what does not come is not there.
    pub fn begin_taking(&mut self, whole: bool) {
        self.abort();
        self.replica.forget_wants();
        self.replica.changes.clear();
        if whole {
            self.replica.begin_full();
        }
    }

    /// Takes an object in.
    pub fn take(&mut self, shared: &Shared) {
        self.replica.take(shared);
    }

    /// Everything was taken in.
    pub fn end_taking(&mut self, section: Section) {
        self.replica.end_whole();
        self.replica.complete = section.complete;
        self.mark = section.mark;
        self.stamp = Stamp {
            synced: section.synced,
            read: section.read,
            controller: section.controller,
        };
        self.handed_on();
    }
}

impl Replica {
    fn shared(&self, position: u32) -> Option<Shared> {
        let slot = self.slots.get(position as usize)?;
        let members = self.members.get(&position).map_or(&[][..], Vec::as_slice);
        let guid = |member: &u32| self.slots.get(*member as usize).map(|slot| slot.guid);
        Some(Shared {
            guid: slot.guid,
            state: match (&slot.packed, slot.stub) {
                (None, _) => State::Gone,
                (Some(_), false) => State::Object,
                (Some(_), true) => State::Stub,
            },
            record: slot.packed.as_ref().map(Packed::record).unwrap_or_default(),
            members: members.iter().filter_map(guid).collect(),
        })
    }

    fn take(&mut self, shared: &Shared) {
        let Some(position) = self.place(shared.guid) else {
            return;
        };
        self.see(position);
        self.cut.remove(&position);
        let mut members: Vec<u32> = shared.members.iter().filter_map(|guid| self.place(*guid)).collect();
        if shared.state == State::More {
            members.extend(self.members.remove(&position).unwrap_or_default());
        } else if let Some(slot) = self.slots.get_mut(position as usize) {
            slot.packed = (shared.state != State::Gone).then(|| Packed::of(&shared.record));
            slot.stub = shared.state == State::Stub;
        }
        members.sort_unstable();
        members.dedup();
        if members.is_empty() {
            self.members.remove(&position);
        } else {
            self.members.insert(position, members);
        }
    }

    /// What a whole did not show is not there; nobody is told.
    fn end_whole(&mut self) {
        let Some(seen) = self.seen.take() else { return };
        for position in 0..self.slots.len() as u32 {
            if seen.get(position as usize).copied().unwrap_or_default() {
                continue;
            }
            self.members.remove(&position);
            if let Some(slot) = self.slots.get_mut(position as usize) {
                (slot.packed, slot.stub) = (None, false);
            }
        }
    }
}
