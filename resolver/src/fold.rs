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
    brief: Brief,
    close: Timestamp,
    owner: Option<Arc<Owner>>,
    pending: Pending,
}

/// What activities have in common that say the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brief {
    hash: u64,
    /// About as many octets as its details take.
    weight: usize,
}

/// Weighs what it hashes: every value is looked at once.
struct Weighing<H> {
    hasher: H,
    weight: usize,
}

/// Octets of a value and its name, besides those of a text.
const VALUE: usize = size_of::<(&str, Value)>();

impl<H: Hasher> Hasher for Weighing<H> {
    fn finish(&self) -> u64 {
        self.hasher.finish()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.weight += VALUE + bytes.len();
        self.hasher.write(bytes);
    }

    fn write_u8(&mut self, value: u8) {
        self.weight += VALUE;
        self.hasher.write_u8(value);
    }

    fn write_u64(&mut self, value: u64) {
        self.weight += VALUE;
        self.hasher.write_u64(value);
    }

    fn write_i64(&mut self, value: i64) {
        self.weight += VALUE;
        self.hasher.write_i64(value);
    }
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

    /// What identical activities have in common: to be computed once for each. `owner` is who acts where the
    /// activity itself does not say.
    pub(crate) fn brief(&self, activity: &Activity, owner: Option<&Owner>) -> Brief {
        let mut hasher = Weighing {
            hasher: self.hasher.build_hasher(),
            weight: 0,
        };
        activity.kind.hash(&mut hasher);
        activity.client.ip.hash(&mut hasher);
        activity.server.ip.hash(&mut hasher);
        activity.observed.account.hash(&mut hasher);
        owner.map(|owner| &owner.account).hash(&mut hasher);
        // Names repeat from one activity of a kind to the next: the values tell them apart.
        for (_, value) in activity.details.iter() {
            mix(value, &mut hasher);
        }
        Brief {
            hash: hasher.finish(),
            weight: hasher.weight,
        }
    }

    /// Counts `activity` in the window of its like; false where none is open.
    pub(crate) fn join(&mut self, brief: Brief, activity: &Activity, owner: Option<&Owner>) -> bool {
        let (open, first, hash) = (&mut self.open, self.first, brief.hash);
        let entry = self.table.find_entry(hash, |number| {
            window(open, first, *number).is_some_and(|window| {
                window.brief.hash == hash
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

    /// The oldest window, where there is no room for one more. Call until there is.
    pub(crate) fn surplus(&mut self, brief: Brief) -> Option<Pending> {
        if self.open.len() < self.limit && self.room.fits(brief.weight) {
            return None;
        }
        let early = self.pop();
        self.evicted += u64::from(early.is_some());
        early
    }

    /// Opens a window with its first member.
    pub(crate) fn open(&mut self, brief: Brief, mut pending: Pending, owner: Option<Arc<Owner>>) {
        pending.resolved.activity.details.shrink();
        self.room.take(brief.weight);
        let number = self.first.wrapping_add(self.open.len() as u64);
        self.open.push_back(Window {
            brief,
            close: pending.resolved.activity.time.after(self.window),
            owner,
            pending,
        });
        let (open, first) = (&self.open, self.first);
        self.table.insert_unique(brief.hash, number, |number| {
            window(open, first, *number).map_or(0, |window| window.brief.hash)
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
        self.room.give(window.brief.weight);
        let number = self.first;
        self.first = number.wrapping_add(1);
        if let Ok(entry) = self.table.find_entry(window.brief.hash, |held| *held == number) {
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
