//! When each attribute of an object last changed: replPropertyMetaData, as controllers keep it.
//!
//! A vector of version 1: a head of 16 octets (version, reserved, count, reserved), then 48 of each attribute: attrType, version,
//! time, invocation GUID and USN of the origin, and the USN at the controller that is asked.

use super::entry::Entry;
use super::session::Mark;
use crate::directory::Attribute;

/// The attribute's name.
pub(super) const ATTRIBUTE: &str = "replPropertyMetaData";

/// attrType of isDeleted, 1.2.840.113556.1.2.48: the prefix's place in the default table, and the last arc.
const IS_DELETED: u32 = 0x2_0030;

const HEAD: usize = 16;
const EACH: usize = 48;

/// What an entry says that was found by uSNChanged since `mark`: one that was deleted and restored meanwhile says so, as DirSync
/// would, where its metadata may be read.
pub(super) fn with_restoration(mut entry: Entry, mark: Option<&Mark>) -> Entry {
    let Some(Mark::Usn { usn, .. }) = mark else {
        return entry;
    };
    let says = |(name, _): &(Vec<u8>, _)| Attribute::of(name) == Some(Attribute::IsDeleted);
    if has_changed(&entry, IS_DELETED, *usn) && !entry.attributes.iter().any(says) {
        entry.attributes.push((Attribute::IsDeleted.name().into(), Vec::new()));
    }
    entry
}

/// Whether the attribute changed after `usn`, be it to nothing; no, where the entry does not tell.
fn has_changed(entry: &Entry, attribute: u32, usn: u64) -> bool {
    let own = |(name, _): &&(Vec<u8>, _)| name.eq_ignore_ascii_case(ATTRIBUTE.as_bytes());
    let value = entry.attributes.iter().find(own).and_then(|(_, values)| values.first());
    value.is_some_and(|value| local_usn(value, attribute).is_some_and(|changed| changed > usn))
}

/// The USN at which the attribute last changed at the controller.
fn local_usn(value: &[u8], attribute: u32) -> Option<u64> {
    let version = value.first_chunk::<4>().map(|version| u32::from_le_bytes(*version));
    let each = value.get(HEAD..).filter(|_| version == Some(1))?.chunks_exact(EACH);
    let of = |each: &&[u8]| each.first_chunk::<4>() == Some(&attribute.to_le_bytes());
    let usn = each.into_iter().find(of)?.last_chunk::<8>()?;
    Some(u64::from_le_bytes(*usn))
}

/// The metadata of an object that was deleted, or restored, at `usn`.
#[cfg(test)]
pub(super) fn written(usn: u64) -> Vec<u8> {
    let mut value = [[1_u32, 0, 2, 0].map(u32::to_le_bytes).concat(), vec![0; EACH]].concat();
    value.extend(IS_DELETED.to_le_bytes());
    value.extend([7; EACH - 12]);
    value.extend(usn.to_le_bytes());
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(value: Vec<u8>) -> Entry {
        Entry {
            attributes: vec![(ATTRIBUTE.into(), vec![value])],
            ..Entry::default()
        }
    }

    #[test]
    fn an_attribute_has_changed_after_its_usn_and_not_before() {
        let told = entry(written(300));
        assert!(has_changed(&told, IS_DELETED, 299));
        assert!(!has_changed(&told, IS_DELETED, 300));
        assert!(!has_changed(&told, IS_DELETED + 1, 0));
        assert!(!has_changed(&Entry::default(), IS_DELETED, 0));
        let mut newer = written(300);
        newer[0] = 2;
        assert!(!has_changed(&entry(newer), IS_DELETED, 0), "another version");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            has_changed(&entry(bytes), IS_DELETED, 0);
        }
    }
}
