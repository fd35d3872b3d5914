//! Every index of a snapshot, by what a name is.

use super::index::{Index, NameHasher, Names};
use super::name;
use super::object::Object;
use super::record::Attribute;

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// sAMAccountName, or what stands for it; folded.
    Account,
    /// userPrincipalName; folded.
    Upn,
    /// A value of servicePrincipalName; folded.
    Spn,
    /// DN in its normal form.
    Dn,
    /// objectSid; its bytes.
    Sid,
    /// A value of sIDHistory; its bytes.
    History,
    /// objectGUID; its bytes.
    Guid,
    /// dNSHostName; folded.
    Host,
    /// Partner of a trust; folded.
    Trust,
}

const KEYS: [Key; 9] = [
    Key::Account,
    Key::Upn,
    Key::Spn,
    Key::Dn,
    Key::Sid,
    Key::History,
    Key::Guid,
    Key::Host,
    Key::Trust,
];

/// The indices.
#[derive(Debug, Default)]
pub(crate) struct Table([Index; KEYS.len()]);

impl Table {
    /// Every name of every object; one index after the other, since names on their way into one take room.
    pub(crate) fn of(objects: &[Object], hasher: &NameHasher) -> Self {
        Self(KEYS.map(|key| {
            let mut names = Names::default();
            for (object, position) in objects.iter().zip(0_u32..) {
                each_name(object, key, |name| names.add(hasher.hash(name), position));
            }
            names.index()
        }))
    }

    /// Positions that may bear a name of this hash.
    pub(crate) fn candidates(&self, key: Key, hash: u32) -> impl Iterator<Item = u32> {
        let index = self.0.get(key as usize);
        index.into_iter().flat_map(move |index| index.candidates(hash))
    }
}

/// Every name of this kind that leads to `object`; a tombstone's names are free, its identifiers are not.
fn each_name(object: &Object, key: Key, mut name: impl FnMut(&[u8])) {
    let packed = &object.packed;
    let folded = |value: &[u8]| name::fold(&parsers::text::bytes(value));
    match key {
        Key::Dn => name(name::dn(packed.dn()).as_bytes()),
        Key::Sid => packed.first(Attribute::ObjectSid).into_iter().for_each(name),
        Key::History => packed.all(Attribute::SidHistory).for_each(name),
        Key::Guid => packed.first(Attribute::ObjectGuid).into_iter().for_each(name),
        _ if object.deleted => {}
        Key::Account | Key::Trust => {
            if object.is_trusted_domain() == (key == Key::Trust) {
                name(name::fold(&object.name()).as_bytes());
            }
        }
        Key::Upn => {
            let own = packed.first(Attribute::UserPrincipalName);
            own.into_iter().for_each(|value| name(folded(value).as_bytes()));
        }
        Key::Host => {
            let own = packed.first(Attribute::DnsHostName);
            own.into_iter().for_each(|value| name(folded(value).as_bytes()));
        }
        Key::Spn => {
            let own = packed.all(Attribute::ServicePrincipalName);
            own.for_each(|value| name(folded(value).as_bytes()));
        }
    }
}

/// Whether `object` bears the name.
pub(crate) fn bears(object: &Object, key: Key, name: &[u8]) -> bool {
    let packed = &object.packed;
    let text = || std::str::from_utf8(name).unwrap_or_default();
    match key {
        Key::Sid => packed.first(Attribute::ObjectSid) == Some(name),
        Key::History => packed.all(Attribute::SidHistory).any(|value| value == name),
        Key::Guid => packed.first(Attribute::ObjectGuid) == Some(name),
        Key::Dn => packed.dn().as_bytes().eq_ignore_ascii_case(name) || name::dn(packed.dn()).as_bytes() == name,
        Key::Upn => packed
            .first(Attribute::UserPrincipalName)
            .is_some_and(|value| name::is(text(), value)),
        Key::Host => packed
            .first(Attribute::DnsHostName)
            .is_some_and(|value| name::is(text(), value)),
        Key::Spn => packed
            .all(Attribute::ServicePrincipalName)
            .any(|value| name::is(text(), value)),
        Key::Account | Key::Trust => match packed.first(Attribute::SamAccountName) {
            Some(value) if !value.is_empty() => name::is(text(), value),
            _ => name::is(text(), object.name().as_bytes()),
        },
    }
}
