//! Every index of a snapshot, by what a name is.

use smallvec::SmallVec;

use super::index::{Index, NameHasher, Names};
use super::name;
use super::object::Object;
use super::packed::Packed;
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

/// A name as it is looked for: its octets in the form that its key says. Those of most names and DNs need no memory.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    key: Key,
    octets: SmallVec<[u8; 96]>,
}

impl Name {
    /// A name that does not tell upper from lower case.
    pub(crate) fn folded(key: Key, name: &str) -> Self {
        let mut octets = SmallVec::new();
        name::fold_onto(&mut octets, name);
        Self { key, octets }
    }

    /// A DN, however written.
    pub(crate) fn dn(written: &str) -> Self {
        let mut octets = SmallVec::new();
        name::dn_onto(&mut octets, written);
        Self { key: Key::Dn, octets }
    }

    /// An identifier that is octets.
    pub(crate) fn octets(key: Key, octets: &[u8]) -> Self {
        Self {
            key,
            octets: SmallVec::from_slice(octets),
        }
    }

    /// The same octets as another kind of name.
    pub(crate) const fn with_key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Its text, where it is a name of text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.octets).unwrap_or_default()
    }

    /// Whether `object` bears it.
    pub(crate) fn is_of(&self, object: &Object) -> bool {
        let (packed, octets) = (&object.packed, self.octets.as_slice());
        let is = |value: &[u8]| name::is(octets, value);
        match self.key {
            Key::Sid => packed.first(Attribute::ObjectSid) == Some(octets),
            Key::History => packed.all(Attribute::SidHistory).any(|value| value == octets),
            Key::Guid => packed.first(Attribute::ObjectGuid) == Some(octets),
            Key::Dn => packed.dn().as_bytes().eq_ignore_ascii_case(octets) || is_dn(octets, packed),
            Key::Upn => packed.first(Attribute::UserPrincipalName).is_some_and(is),
            Key::Host => packed.first(Attribute::DnsHostName).is_some_and(is),
            Key::Spn => packed.all(Attribute::ServicePrincipalName).any(is),
            Key::Account | Key::Trust => match packed.first(Attribute::SamAccountName) {
                Some(value) if !value.is_empty() => is(value),
                _ => is(object.name().as_bytes()),
            },
        }
    }
}

fn is_dn(octets: &[u8], packed: &Packed) -> bool {
    name::dn(packed.dn()).as_bytes() == octets
}

/// The indices.
#[derive(Debug, Default)]
pub(crate) struct Table {
    indices: [Index; KEYS.len()],
    hasher: NameHasher,
}

impl Table {
    /// Every name of every object; one index after the other, since names on their way into one take room.
    pub(crate) fn of(objects: &[Object]) -> Self {
        let hasher = NameHasher::default();
        let indices = KEYS.map(|key| {
            let mut names = Names::default();
            for (object, position) in objects.iter().zip(0_u32..) {
                each_name(object, key, |name| names.add(hasher.hash(name), position));
            }
            names.index()
        });
        Self { indices, hasher }
    }

    /// Positions of those who bear `name`, as far as its hash tells.
    pub(crate) fn bearers(&self, name: &Name) -> SmallVec<[u32; 4]> {
        match self.indices.get(name.key as usize) {
            Some(index) => index.bearers(self.hasher.hash(&name.octets)),
            None => SmallVec::new(),
        }
    }
}

/// Every name of this kind that leads to `object`; a tombstone's names are free, its identifiers are not.
fn each_name(object: &Object, key: Key, mut name: impl FnMut(&[u8])) {
    let packed = &object.packed;
    let mut folded = |value: &[u8]| match std::str::from_utf8(value) {
        Ok(text) => name(&Name::folded(key, text).octets),
        Err(_) => name(&Name::folded(key, &parsers::text::bytes(value)).octets),
    };
    match key {
        Key::Dn => name(&Name::dn(packed.dn()).octets),
        Key::Sid => packed.first(Attribute::ObjectSid).into_iter().for_each(name),
        Key::History => packed.all(Attribute::SidHistory).for_each(name),
        Key::Guid => packed.first(Attribute::ObjectGuid).into_iter().for_each(name),
        _ if object.deleted => {}
        Key::Account | Key::Trust => {
            if object.is_trusted_domain() == (key == Key::Trust) {
                folded(object.name().as_bytes());
            }
        }
        Key::Upn => packed.first(Attribute::UserPrincipalName).into_iter().for_each(folded),
        Key::Host => packed.first(Attribute::DnsHostName).into_iter().for_each(folded),
        Key::Spn => packed.all(Attribute::ServicePrincipalName).for_each(folded),
    }
}
