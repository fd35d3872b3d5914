//! What changed about an object of the directory, under the names that the hunting tables have for it.
//!
//! Each difference is a fact of its own: a `userAccountControl` that goes from 512 to 66050 is two, that the account was disabled
//! and that its password never expires any more. Values are told of the attributes in [`Attribute`] alone, none of which holds a
//! secret; of keys and descriptors what they say, never their bytes. Pure: the same two records give the same differences.

mod account;
mod activity;
mod attribute;
mod descriptor;
mod key;
mod life;
mod member;
mod names;
#[cfg(test)]
mod tests;

use capture::Timestamp;
use compact_str::CompactString;
use parsers::fields::{Fields, Value};
use parsers::text;

use super::sync::Change;
use super::{Attribute, Record};
pub(crate) use descriptor::condensed;

/// Values of one attribute that are told; how many there are beyond is told as a number.
const MAX_VALUES: usize = 64;

/// Bytes of a value that are told; further ones are cut.
const MAX_TEXT: usize = 1_024;

/// What of an object a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// It is new.
    Created,
    /// It was deleted, or restored.
    Deleted,
    /// It has another name or place.
    Moved,
    /// An attribute has other values.
    Attribute(Attribute),
}

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The hunting tables' name for it, where they have one.
    pub action: Option<&'static str>,
    /// What it is about.
    pub aspect: Aspect,
    /// DN of whom it is about, where that is not the object itself: the member of a group.
    pub about: Option<CompactString>,
    /// Old and new, by the names that docs/activities.md has.
    pub details: Fields,
}

impl Difference {
    fn new(action: Option<&'static str>, aspect: Aspect) -> Self {
        let mut details = Fields::new();
        if let Aspect::Attribute(attribute) = aspect {
            details.set("attribute", attribute.name());
        }
        Self {
            action,
            aspect,
            about: None,
            details,
        }
    }

    fn of(attribute: Attribute, action: Option<&'static str>) -> Self {
        Self::new(action, Aspect::Attribute(attribute))
    }

    /// With what it was and what it is; absent is unset.
    fn between(mut self, old: Option<impl Into<Value>>, new: Option<impl Into<Value>>) -> Self {
        self.details.set_some("old", old);
        self.details.set_some("new", new);
        self
    }
}

/// Everything that `change` changed, as it was found at `seen`: what is judged by the time (an account that has expired) is
/// judged by whenChanged, or by `seen` where that is not known.
#[must_use]
pub fn differences(change: &Change, seen: Timestamp) -> Vec<Difference> {
    let now = change.when_changed.unwrap_or(seen);
    let mut found = Vec::new();
    match (&change.before, &change.after) {
        (None, None) => {}
        (None, Some(after)) => {
            found.push(life::created(after));
            member::changed(change, after, &mut found);
        }
        (Some(before), None) => found.push(life::deleted(before, true)),
        (Some(before), Some(after)) => match (life::is_deleted(before), life::is_deleted(after)) {
            (false, true) => found.push(life::deleted(before, true)),
            (true, false) => {
                found.push(life::deleted(after, false));
                member::changed(change, after, &mut found);
            }
            (true, true) => {}
            (false, false) => {
                life::moved(change, before, after, &mut found);
                account::changed(before, after, now, &mut found);
                member::changed(change, after, &mut found);
                attribute::changed(change, &mut found);
            }
        },
    }
    found
}

/// A value as text, of bounded length.
fn told(value: &[u8]) -> CompactString {
    let cut = value.get(..MAX_TEXT).unwrap_or(value);
    text::bytes(cut)
}

/// A FILETIME ([MS-DTYP] 2.3.3) as the directory writes it, a signed number; none where it stands for no time.
fn filetime(ticks: i64) -> Option<Timestamp> {
    let ticks = u64::try_from(ticks).ok().filter(|ticks| *ticks > 0)?;
    parsers::ntlm::av::filetime(ticks)
}

/// Adds `values` under `name`, and under `count` how many there are where not all are told.
fn list<T: Into<Value>>(
    fields: &mut Fields,
    name: &'static str,
    count: &'static str,
    values: impl ExactSizeIterator<Item = T>,
) {
    if values.len() > MAX_VALUES {
        fields.set(count, values.len());
    }
    fields.list(name, values.take(MAX_VALUES));
}

/// What an object is called: sAMAccountName, else the value of its RDN.
fn called(record: &Record) -> Option<CompactString> {
    let rdn = || super::name::first_value(&record.dn).map(CompactString::new);
    record.text(Attribute::SamAccountName).or_else(rdn)
}
