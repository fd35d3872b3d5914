//! A record in one piece of memory: a million of them fit, and two are the same where their bytes are.
//!
//! ```text
//! packed = DN, then one or more values: attribute (its place in Attribute::ALL), length, octets
//! ```
//! Lengths are LEB128. Values are sorted; a SID and a GUID is always its bytes; the class list of an ordinary object is one
//! octet. Links (`member`, `memberOf`) and what changes with every change (`whenChanged`, `uSNChanged`) are kept elsewhere.

use std::sync::Arc;

use compact_str::CompactString;
use parsers::text;
use smallvec::SmallVec;

use super::record::{Attribute, Record, guid_bytes, sid_bytes};

/// The class lists of nearly all objects ([MS-ADSC]), each written as its place here.
const CLASSES: [&[&str]; 9] = [
    &["top", "person", "organizationalPerson", "user"],
    &["top", "person", "organizationalPerson", "user", "computer"],
    &["top", "group"],
    &["top", "organizationalUnit"],
    &["top", "container"],
    &["top", "foreignSecurityPrincipal"],
    &[
        "top",
        "person",
        "organizationalPerson",
        "user",
        "computer",
        "msDS-GroupManagedServiceAccount",
    ],
    &[
        "top",
        "person",
        "organizationalPerson",
        "user",
        "computer",
        "msDS-ManagedServiceAccount",
    ],
    &["top", "leaf", "trustedDomain"],
];

/// A record, packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed(Arc<[u8]>);

impl Packed {
    /// `record` without its links.
    pub(crate) fn of(record: &Record) -> Self {
        let mut values: Vec<(u8, Vec<u8>)> = Vec::with_capacity(record.values.len());
        for (attribute, value) in &record.values {
            if is_kept(*attribute)
                && let Some(value) = canonical(*attribute, value)
            {
                values.push((*attribute as u8, value));
            }
        }
        values.sort_unstable();
        values.dedup();
        intern_classes(&mut values);
        let mut bytes = Vec::with_capacity(64 + values.iter().map(|(_, value)| value.len() + 2).sum::<usize>());
        write(&mut bytes, record.dn.as_bytes());
        for (attribute, value) in values {
            bytes.push(attribute);
            write(&mut bytes, &value);
        }
        Self(bytes.into())
    }

    /// What [`Self::bytes`] gave; none where it is something else.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        std::str::from_utf8(read(&mut rest)?).ok()?;
        while let Some((attribute, after)) = rest.split_first() {
            Attribute::ALL.get(usize::from(*attribute))?;
            rest = after;
            read(&mut rest)?;
        }
        Some(Self(bytes.into()))
    }

    /// The same object elsewhere.
    pub(crate) fn with_dn(&self, dn: &str) -> Self {
        let mut rest = &*self.0;
        let _before = read(&mut rest);
        let mut bytes = Vec::with_capacity(dn.len() + rest.len() + 4);
        write(&mut bytes, dn.as_bytes());
        bytes.extend_from_slice(rest);
        Self(bytes.into())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The DN as written.
    pub(crate) fn dn(&self) -> &str {
        let mut rest = &*self.0;
        read(&mut rest)
            .and_then(|dn| std::str::from_utf8(dn).ok())
            .unwrap_or_default()
    }

    /// Every value of `attribute`, classes excepted.
    pub(crate) fn all(&self, attribute: Attribute) -> impl Iterator<Item = &[u8]> {
        self.values()
            .skip_while(move |(found, _)| *found < attribute)
            .take_while(move |(found, _)| *found == attribute)
            .map(|(_, value)| value)
    }

    /// The first value of `attribute`.
    pub(crate) fn first(&self, attribute: Attribute) -> Option<&[u8]> {
        self.all(attribute).next()
    }

    /// The first value of `attribute` as text, where it is not empty.
    pub(crate) fn text(&self, attribute: Attribute) -> Option<CompactString> {
        self.all(attribute).map(text::bytes).find(|value| !value.is_empty())
    }

    /// The first value of `attribute` as a number.
    pub(crate) fn number(&self, attribute: Attribute) -> Option<i64> {
        std::str::from_utf8(self.first(attribute)?).ok()?.trim().parse().ok()
    }

    /// Its classes, from `top` down where they are of the usual ones.
    pub(crate) fn classes(&self) -> impl Iterator<Item = &str> {
        let values = self.all(Attribute::ObjectClass);
        values.flat_map(|value| match value {
            [place] => CLASSES.get(usize::from(*place)).copied().unwrap_or_default().to_vec(),
            name => std::str::from_utf8(name).into_iter().collect(),
        })
    }

    /// Whether it is of `class`.
    pub(crate) fn is(&self, class: &str) -> bool {
        self.classes().any(|own| own.eq_ignore_ascii_case(class))
    }

    /// Values of links beside members.
    pub(crate) fn links(&self) -> impl Iterator<Item = &[u8]> {
        self.values()
            .filter(|(attribute, _)| attribute.is_link())
            .map(|(_, value)| value)
    }

    /// Whether it is a tombstone.
    pub(crate) fn is_deleted(&self) -> bool {
        self.first(Attribute::IsDeleted)
            .is_some_and(|value| value.eq_ignore_ascii_case(b"TRUE"))
    }

    /// The record that was packed, in the order of packing.
    pub(crate) fn record(&self) -> Record {
        let classes = self
            .classes()
            .map(|class| (Attribute::ObjectClass, class.as_bytes().to_vec()));
        let others = self
            .values()
            .filter(|(attribute, _)| *attribute != Attribute::ObjectClass);
        let others = others.map(|(attribute, value)| (attribute, value.to_vec()));
        Record {
            line: 0,
            dn: self.dn().into(),
            values: classes.chain(others).collect(),
        }
    }

    /// Every value with its attribute, sorted; a usual list of classes as its place.
    pub(crate) fn values(&self) -> impl Iterator<Item = (Attribute, &[u8])> {
        let mut rest = &*self.0;
        let _dn = read(&mut rest);
        std::iter::from_fn(move || {
            let (place, after) = rest.split_first()?;
            rest = after;
            Some((*Attribute::ALL.get(usize::from(*place))?, read(&mut rest)?))
        })
    }
}

/// Whether an attribute belongs into a packed record.
pub(crate) const fn is_kept(attribute: Attribute) -> bool {
    !matches!(
        attribute,
        Attribute::Member
            | Attribute::MemberOf
            | Attribute::WhenChanged
            | Attribute::UsnChanged
            | Attribute::DistinguishedName
    )
}

/// One value has one form; an identifier that is none has no form at all.
fn canonical(attribute: Attribute, value: &[u8]) -> Option<Vec<u8>> {
    match attribute {
        Attribute::ObjectSid | Attribute::SidHistory | Attribute::SecurityIdentifier => {
            sid_bytes(value).map(SmallVec::into_vec)
        }
        Attribute::ObjectGuid => guid_bytes(value).map(|guid| guid.to_vec()),
        // A class has a name, and a place of one octet is not mistaken for it.
        Attribute::ObjectClass if value.len() < 2 || std::str::from_utf8(value).is_err() => None,
        _ => Some(value.to_vec()),
    }
}

/// Writes a known list of classes as one octet.
fn intern_classes(values: &mut Vec<(u8, Vec<u8>)>) {
    let class = Attribute::ObjectClass as u8;
    let own: Vec<&[u8]> = values
        .iter()
        .filter(|(found, _)| *found == class)
        .map(|(_, value)| value.as_slice())
        .collect();
    let same = |list: &&&[&str]| list.len() == own.len() && list.iter().all(|name| own.contains(&name.as_bytes()));
    let Some(place) = CLASSES
        .iter()
        .position(|list| same(&list))
        .and_then(|place| u8::try_from(place).ok())
    else {
        return;
    };
    values.retain(|(found, _)| *found != class);
    let at = values.partition_point(|(found, _)| *found < class);
    values.insert(at, (class, vec![place]));
}

fn write(out: &mut Vec<u8>, value: &[u8]) {
    let mut length = value.len();
    while length >= 0x80 {
        out.push(0x80 | (length & 0x7f) as u8);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(value);
}

/// The octets behind a length; none where they are not all there.
fn read<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (mut length, mut shift) = (0_usize, 0_u32);
    loop {
        let (octet, after) = rest.split_first()?;
        *rest = after;
        length |= usize::from(octet & 0x7f).checked_shl(shift)?;
        shift += 7;
        if octet & 0x80 == 0 {
            break;
        }
        if shift > 28 {
            return None;
        }
    }
    let (value, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(values: &[(Attribute, &[u8])]) -> Record {
        Record {
            dn: "CN=bob,DC=lab,DC=example".into(),
            values: values
                .iter()
                .map(|(attribute, value)| (*attribute, value.to_vec()))
                .collect(),
            ..Record::default()
        }
    }

    #[test]
    fn a_record_comes_back_without_its_links() {
        let packed = Packed::of(&record(&[
            (Attribute::Mail, b"bob@lab.example"),
            (Attribute::ObjectClass, b"group"),
            (Attribute::ObjectClass, b"top"),
            (Attribute::ObjectSid, b"S-1-5-32-544"),
            (Attribute::Member, b"CN=a"),
            (Attribute::UsnChanged, b"7"),
        ]));
        assert_eq!(packed.dn(), "CN=bob,DC=lab,DC=example");
        assert!(packed.is("group") && packed.is("TOP") && !packed.is("user"));
        assert_eq!(packed.first(Attribute::ObjectSid).map(<[u8]>::len), Some(16));
        assert_eq!(packed.text(Attribute::Mail).as_deref(), Some("bob@lab.example"));
        assert_eq!(packed.first(Attribute::Member), None);
        let again = Packed::of(&packed.record());
        assert_eq!(again, packed);
        assert_eq!(Packed::from_bytes(packed.bytes()), Some(packed));
    }

    #[test]
    fn order_and_form_make_no_difference() {
        let one = record(&[
            (Attribute::ObjectSid, b"s-1-5-32-544"),
            (Attribute::ServicePrincipalName, b"http/a"),
            (Attribute::ServicePrincipalName, b"http/b"),
        ]);
        let other = record(&[
            (Attribute::ServicePrincipalName, b"http/b"),
            (Attribute::ServicePrincipalName, b"http/a"),
            (
                Attribute::ObjectSid,
                &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0],
            ),
        ]);
        assert_eq!(Packed::of(&one), Packed::of(&other));
    }

    proptest! {
        #[test]
        fn any_value_survives(values in proptest::collection::vec((0..Attribute::ALL.len(), proptest::collection::vec(any::<u8>(), 0..300)), 0..20)) {
            let values: Vec<_> = values.into_iter().map(|(place, value)| (Attribute::ALL[place], value)).collect();
            let packed = Packed::of(&Record { dn: "CN=x".into(), values, line: 0 });
            prop_assert_eq!(&Packed::of(&packed.record()), &packed);
            prop_assert!(Packed::from_bytes(packed.bytes()).is_some());
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(packed) = Packed::from_bytes(&bytes) {
                let _ = (packed.record(), packed.is("user"), packed.dn().len());
            }
        }
    }
}
