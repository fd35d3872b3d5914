//! Identical chatter within a window becomes one activity with a count.
//!
//! A window opens with its first member and closes that many seconds of packet time later. Windows leave in the order of their
//! first members, so one that closed may wait a moment for an earlier one that has not. No activity is lost or counted twice:
//! the counts that leave add up to the counts that came in.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use capture::Timestamp;
use hashbrown::{DefaultHashBuilder, HashTable};
use parsers::activity::Activity;
use parsers::fields::Value;

use crate::bounds::Room;
use crate::owner::Owner;
use crate::resolved::Pending;

/// The most windows open at once, about 30 MB of activities. Beyond it the oldest leaves early.
pub(crate) const MAX_OPEN: usize = 24_576;
/// The most octets that their details may take, likewise.
pub(crate) const MAX_OCTETS: usize = 64 << 20;

/// The open windows.
#[derive(Debug)]
pub(crate) struct Fold {
    window: Duration,
    limit: usize,
    room: Room,
    hasher: DefaultHashBuilder,
    /// Sequence numbers of the windows that still take members.
    table: HashTable<u64>,
    /// Every window that has not left, oldest first member first.
    open: VecDeque<Window>,
    /// Sequence number of the first of `open`.
    first: u64,
    evicted: u64,
}

#[derive(Debug)]
struct Window {
    hash: u64,
    close: Timestamp,
    owner: Option<Arc<Owner>>,
    /// Octets of its details.
    weight: usize,
    pending: Pending,
}

/// Whether repeats of `activity` are chatter: failures and changes are always told one by one.
pub(crate) fn foldable(activity: &Activity) -> bool {
    activity.folds()
}

impl Fold {
    pub(crate) fn new(window: Duration, limit: usize, octets: usize) -> Self {
        Self {
            window,
            limit: limit.max(1),
            room: Room::new(octets),
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            open: VecDeque::new(),
            first: 0,
            evicted: 0,
        }
    }

    /// Whether anything folds at all.
    pub(crate) const fn is_on(&self) -> bool {
        !self.window.is_zero()
    }

    /// How many windows left early.
    pub(crate) const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// What identical activities have in common, in brief: to be computed once for each. `owner` is who acts where the
    /// activity itself does not say.
    pub(crate) fn hash(&self, activity: &Activity, owner: Option<&Owner>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        activity.kind.hash(&mut hasher);
        activity.client.ip.hash(&mut hasher);
        activity.server.ip.hash(&mut hasher);
        activity.observed.account.hash(&mut hasher);
        owner.map(|owner| &owner.account).hash(&mut hasher);
        // Names repeat from one activity of a kind to the next: the values tell them apart.
        for (_, value) in activity.details.iter() {
            mix(value, &mut hasher);
        }
        hasher.finish()
    }

    /// Counts `activity` in the window of its like; false where none is open.
    pub(crate) fn join(&mut self, hash: u64, activity: &Activity, owner: Option<&Owner>) -> bool {
        let (open, first) = (&mut self.open, self.first);
        let entry = self.table.find_entry(hash, |number| {
            window(open, first, *number).is_some_and(|window| {
                window.hash == hash
                    && window.owner.as_deref() == owner
                    && alike(&window.pending.resolved.activity, activity)
            })
        });
        let Ok(entry) = entry else { return false };
        let Some(window) = window_mut(open, first, *entry.get()) else {
            return false;
        };
        let first = &mut window.pending.resolved.activity;
        if activity.time >= window.close || first.time.since(activity.time) >= self.window {
            entry.remove(); // A new window takes its place; this one leaves in its turn.
            return false;
        }
        count(first, activity);
        true
    }

    /// The oldest window, where there is no room for one more whose first member is `pending`. Call until there is.
    pub(crate) fn surplus(&mut self, pending: &Pending) -> Option<Pending> {
        let weight = pending.resolved.activity.details.weight();
        if self.open.len() < self.limit && self.room.fits(weight) {
            return None;
        }
        let early = self.pop();
        self.evicted += u64::from(early.is_some());
        early
    }

    /// Opens a window with its first member.
    pub(crate) fn open(&mut self, hash: u64, mut pending: Pending, owner: Option<Arc<Owner>>) {
        pending.resolved.activity.details.shrink();
        let weight = pending.resolved.activity.details.weight();
        self.room.take(weight);
        let number = self.first.wrapping_add(self.open.len() as u64);
        self.open.push_back(Window {
            hash,
            close: pending.resolved.activity.time.after(self.window),
            owner,
            weight,
            pending,
        });
        let (open, first) = (&self.open, self.first);
        self.table.insert_unique(hash, number, |number| {
            window(open, first, *number).map_or(0, |window| window.hash)
        });
    }

    /// The oldest window, where it has closed by `now`.
    pub(crate) fn closed(&mut self, now: Timestamp) -> Option<Pending> {
        if self.open.front()?.close > now {
            return None;
        }
        self.pop()
    }

    /// The oldest window, closed or not.
    pub(crate) fn pop(&mut self) -> Option<Pending> {
        let window = self.open.pop_front()?;
        self.room.give(window.weight);
        let number = self.first;
        self.first = number.wrapping_add(1);
        if let Ok(entry) = self.table.find_entry(window.hash, |held| *held == number) {
            entry.remove();
        }
        Some(window.pending)
    }
}

/// What a value says, without the names in it.
fn mix(value: &Value, hasher: &mut impl Hasher) {
    match value {
        Value::Bool(value) => hasher.write_u8((*value).into()),
        Value::Number(value) => hasher.write_i64(*value),
        Value::Large(value) => hasher.write_u64(*value),
        Value::Text(value) => hasher.write(value.as_bytes()),
        Value::Name(value) => hasher.write(value.as_bytes()),
        Value::Time(value) => hasher.write_i64(value.0),
        Value::List(values) => values.iter().for_each(|value| mix(value, hasher)),
        Value::Map(fields) => fields.iter().for_each(|(_, value)| mix(value, hasher)),
    }
}

fn window(open: &VecDeque<Window>, first: u64, number: u64) -> Option<&Window> {
    open.get(usize::try_from(number.wrapping_sub(first)).ok()?)
}

fn window_mut(open: &mut VecDeque<Window>, first: u64, number: u64) -> Option<&mut Window> {
    open.get_mut(usize::try_from(number.wrapping_sub(first)).ok()?)
}

/// Whether two activities say the same but for their time, their client's port and where they were captured.
fn alike(a: &Activity, b: &Activity) -> bool {
    a.kind == b.kind
        && a.client.ip == b.client.ip
        && a.server.ip == b.server.ip
        && a.server.port == b.server.port
        && a.outcome == b.outcome
        && a.protocol == b.protocol
        && a.transport == b.transport
        && a.action_type == b.action_type
        && a.status == b.status
        && a.failure_reason == b.failure_reason
        && a.carrier == b.carrier
        && a.observed == b.observed
        && a.details == b.details
}

/// `next` is one more of `first`.
fn count(first: &mut Activity, next: &Activity) {
    first.count = first.count.saturating_add(next.count);
    let end = next.end_time.unwrap_or(next.time);
    let last = first.end_time.unwrap_or(first.time);
    first.end_time = Some(last.max(end));
}
