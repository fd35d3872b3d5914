//! What the entries of an answer tell: which objects came back while they are few, which secrets however many there are.
//!
//! Values are told of [`told`]'s attributes alone, those that detections ask for; every other attribute is a name. A search keeps
//! of its entries what [`MOST_OBJECTS`] and [`ROOM`] leave room for, and counts the rest; an entry that is not kept
//! costs a look at its attributes' names where a secret may be among them, and else nothing.

#[cfg(test)]
mod tests;
mod told;

use crate::asn1::{Element, OCTET_STRING, SEQUENCE, Walker};
use crate::context::Context;
use crate::fields::{Fields, Value};

use super::names;
use super::request::SearchRequest;
use super::response::Entry;
use super::secrets::{Kind, Secret, begins, secret};
use super::wire::Attribute;
use told::{Told, counted, told};

/// Octets of an entry that are read where its values are wanted. What is longer (photographs, members by the thousand) passes.
pub(super) const READ: usize = 16 * 1024;

/// Objects of one answer that are told.
const MOST_OBJECTS: usize = 16;

/// Octets that the objects of one answer may take, so that what folds stays small.
const ROOM: usize = 6 * 1024;

/// What an attribute costs of that beside its values.
const ATTRIBUTE: usize = 128;

/// Secrets of one answer that are told one by one; more are counted.
const MOST_SECRETS: usize = 64;

/// Octets that the secrets of one answer may take: as many as there may be, of objects with names of usual length. What is longer is
/// counted, and leaves its place to others.
const SECRETS_ROOM: usize = 16 * 1024;

/// What a secret costs of that beside its object's name.
const SECRET: usize = 96;

/// Attributes of an entry that a message tells.
const MOST_ATTRIBUTES: usize = 256;

/// What the entries of a search have told so far.
#[derive(Debug)]
pub(super) struct Returned {
    objects: Vec<Value>,
    secrets: Vec<Value>,
    /// Octets that are left for objects.
    room: usize,
    /// Octets that are left for secrets.
    secrets_room: usize,
    /// Entries of objects without a name: the root DSE.
    nameless: u64,
    /// Entries that were not read to their end, where secrets may be in them.
    cut: u64,
    /// Secrets that came back.
    found: u64,
    /// Secrets may be among what comes back.
    watches: bool,
}

impl Returned {
    /// Before the first entry; `request` where it was seen.
    pub(super) fn new(request: Option<&SearchRequest<'_>>) -> Self {
        Self {
            objects: Vec::new(),
            secrets: Vec::new(),
            room: ROOM,
            secrets_room: SECRETS_ROOM,
            nameless: 0,
            cut: 0,
            found: 0,
            watches: request.is_none_or(may_bring_secrets),
        }
    }

    /// Whether the next entry has anything to tell.
    pub(super) const fn reads(&self) -> bool {
        self.watches || self.tells()
    }

    const fn tells(&self) -> bool {
        self.room > 0 && self.objects.len() < MOST_OBJECTS
    }

    /// An entry came, which is `whole` or was cut.
    pub(super) fn entry(&mut self, entry: &Entry<'_>, whole: bool, context: &mut Context<'_>) {
        if self.watches {
            self.cut += u64::from(!whole);
            self.watch(entry, context);
        }
        if entry.dn.is_empty() {
            self.nameless += 1;
        } else if self.tells() {
            self.object(entry, whole);
        }
    }

    /// Looks for secrets: of nearly all other attributes the first octets of the name alone are read.
    fn watch(&mut self, entry: &Entry<'_>, context: &mut Context<'_>) {
        let mut list = Walker::new(entry.attributes);
        while let Ok(Some(element)) = list.optional(SEQUENCE) {
            if !may_be_secret(element.value) {
                continue;
            }
            let Some(secret) = name(&element).and_then(secret) else {
                continue;
            };
            let Some(attribute) = Attribute::read(element).ok().filter(|attribute| attribute.count() > 0) else {
                continue;
            };
            if self.secret(entry.dn, secret, &attribute).is_none() {
                context.limit("ldap.secrets");
            }
        }
    }

    /// Tells a secret, if there is room for it.
    fn secret(&mut self, dn: &[u8], secret: &Secret, attribute: &Attribute<'_>) -> Option<()> {
        self.found += 1;
        if self.secrets.len() >= MOST_SECRETS {
            return None;
        }
        let dn = names::text(dn);
        self.secrets_room = self.secrets_room.checked_sub(SECRET + dn.len())?;
        let mut told = Fields::sized(3);
        told.set("dn", dn);
        told.set("attribute", secret.name);
        size(secret, attribute, &mut told);
        self.secrets.push(Value::Map(told));
        Some(())
    }

    fn object(&mut self, entry: &Entry<'_>, whole: bool) {
        let dn = names::text(entry.dn);
        let mut left = self.room.saturating_sub(ATTRIBUTE + dn.len());
        let mut told = Vec::new();
        let mut cut = false;
        for (attribute, known) in attributes(entry.attributes).filter_map(known) {
            let cost = ATTRIBUTE + known.cost(&attribute);
            cut = cost > left;
            if cut {
                left = 0;
                break;
            }
            left -= cost;
            told.push(Value::Map(known.fields(&attribute)));
        }
        self.room = left;
        let mut object = Fields::sized(3);
        object.set("dn", dn);
        object.list("attributes", told);
        object.flag("attributes_cut", cut || !whole);
        self.objects.push(Value::Map(object));
    }

    /// Whether secrets came back.
    pub(super) const fn has_secrets(&self) -> bool {
        self.found > 0
    }

    /// What there is to say of `entries`.
    pub(super) fn write(self, entries: u64, details: &mut Fields) {
        let omitted = entries.saturating_sub(self.objects.len() as u64 + self.nameless);
        details.list("objects", self.objects);
        for (name, count) in [
            ("objects_omitted", omitted),
            ("entries_cut", self.cut),
            ("secrets_returned", self.found),
        ] {
            details.set_some(name, Some(count).filter(|count| *count > 0));
        }
        details.list("secrets", self.secrets);
    }
}

/// Whether secrets may come back: they are asked for by name, or with all attributes (of users' or, as histories of passwords are,
/// of operation: RFC 3673), and their values too.
fn may_bring_secrets(request: &SearchRequest<'_>) -> bool {
    let mut asked = request.attributes.peekable();
    let all = asked.peek().is_none();
    !request.types_only && (all || asked.any(|name| matches!(name, b"*" | b"+" | [b'@', ..]) || secret(name).is_some()))
}

/// The attributes of an entry as a message tells them: every name, values of those that may be told.
pub(super) fn list(list: &[u8]) -> impl Iterator<Item = Fields> {
    attributes(list)
        .take(MOST_ATTRIBUTES)
        .map(|attribute| match secret(attribute.name) {
            Some(secret) => secret_fields(secret, &attribute),
            None => told(attribute.name).map_or_else(|| named(&attribute), |known| known.fields(&attribute)),
        })
}

fn named(attribute: &Attribute<'_>) -> Fields {
    let mut fields = Fields::sized(2);
    fields.set("attribute", names::text(attribute.name));
    counted(attribute, &mut fields);
    fields
}

fn secret_fields(secret: &Secret, attribute: &Attribute<'_>) -> Fields {
    let mut fields = Fields::sized(3);
    fields.set("attribute", secret.name);
    fields.flag("returned", attribute.count() > 0);
    size(secret, attribute, &mut fields);
    fields
}

/// How large a secret is, where that is no password's length.
fn size(secret: &Secret, attribute: &Attribute<'_>, fields: &mut Fields) {
    if secret.kind == Kind::Sized {
        fields.set("size", attribute.values.map(<[u8]>::len).sum::<usize>());
    }
}

/// By the length and the first octets of the name that stands at the front of an attribute.
#[inline]
fn may_be_secret(attribute: &[u8]) -> bool {
    /// The first length that has octets of its own.
    const LONG: u8 = 0x80;
    match attribute {
        [OCTET_STRING, length, name @ ..] => *length >= LONG || name.first_chunk().is_some_and(begins),
        _ => false,
    }
}

fn name<'a>(attribute: &Element<'a>) -> Option<&'a [u8]> {
    let name = attribute.inside().optional(OCTET_STRING).ok()??;
    Some(name.value)
}

/// The attributes of an entry; ends at the first that is cut or breaks the grammar.
fn attributes(list: &[u8]) -> impl Iterator<Item = Attribute<'_>> {
    let mut list = Walker::new(list);
    std::iter::from_fn(move || Attribute::read(list.optional(SEQUENCE).ok()??).ok())
}

fn known(attribute: Attribute<'_>) -> Option<(Attribute<'_>, &'static Told)> {
    let known = told(attribute.name).filter(|_| attribute.count() > 0)?;
    Some((attribute, known))
}
