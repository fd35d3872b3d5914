//! What a synchronisation found changed: one object, as it was and as it is.

use capture::Timestamp;
use compact_str::CompactString;

use crate::directory::{Attribute, Guid, Record};

/// An object of the directory whose tracked attributes, or whose place, differ from what was known.
///
/// Nothing is told of what the first full read of a domain finds: everything would be new. `before` is none where the object
/// is new, `after` where it is gone. A deleted object that leaves a tombstone has an `after` with `isDeleted` TRUE and the DN
/// of its tombstone ([MS-ADTS] 3.1.1.5.5); a restored one a `before` like that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// DNS name of the domain, in lower case.
    pub domain: CompactString,
    /// objectGUID: which object it is, whatever it is called.
    pub guid: Guid,
    /// The DN before, where it was known.
    pub dn_before: Option<CompactString>,
    /// Every tracked attribute before.
    pub before: Option<Record>,
    /// Every tracked attribute after. Values of `member` are DNs.
    pub after: Option<Record>,
    /// whenChanged, where the controller tells it: it is no part of DirSync, and each controller has its own.
    pub when_changed: Option<Timestamp>,
    /// uSNChanged at the controller that was asked, where it tells it.
    pub usn: Option<u64>,
}

impl Change {
    /// Tells nothing of these attributes; whether anything is left to tell.
    pub(super) fn without(&mut self, attributes: &[Attribute]) -> bool {
        let (Some(before), Some(after)) = (&mut self.before, &self.after) else {
            return true;
        };
        let is_one = |(attribute, _): &&(Attribute, Vec<u8>)| attributes.contains(attribute);
        before.values.retain(|(attribute, _)| !attributes.contains(attribute));
        before.values.extend(after.values.iter().filter(is_one).cloned());
        let (mut old, mut new) = (before.values.clone(), after.values.clone());
        old.sort_unstable();
        new.sort_unstable();
        before.dn != after.dn || old != new
    }

    /// The values of `attribute` that are there no more, and those that are new.
    #[must_use]
    pub fn difference(&self, attribute: Attribute) -> (Vec<&[u8]>, Vec<&[u8]>) {
        let before = sorted(self.before.as_ref(), attribute);
        let after = sorted(self.after.as_ref(), attribute);
        (without(&before, &after), without(&after, &before))
    }
}

fn sorted(record: Option<&Record>, attribute: Attribute) -> Vec<&[u8]> {
    let mut values: Vec<&[u8]> = record.into_iter().flat_map(|record| record.all(attribute)).collect();
    values.sort_unstable();
    values
}

/// The values of `of` that `other`, which is sorted, lacks.
fn without<'a>(of: &[&'a [u8]], other: &[&[u8]]) -> Vec<&'a [u8]> {
    let lacks = |value: &&&[u8]| other.binary_search(*value).is_err();
    of.iter().filter(lacks).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(members: &[&str]) -> Record {
        let values = members
            .iter()
            .map(|member| (Attribute::Member, member.as_bytes().to_vec()));
        Record {
            values: values.collect(),
            ..Record::default()
        }
    }

    #[test]
    fn a_difference_is_what_went_and_what_came() {
        let change = Change {
            domain: "lab.example".into(),
            guid: Guid([7; 16]),
            dn_before: None,
            before: Some(record(&["CN=c", "CN=a"])),
            after: Some(record(&["CN=b", "CN=a"])),
            when_changed: None,
            usn: None,
        };
        assert_eq!(
            change.difference(Attribute::Member),
            (vec![&b"CN=c"[..]], vec![&b"CN=b"[..]])
        );
        assert_eq!(change.difference(Attribute::Mail), (vec![], vec![]));
        assert_eq!(change.guid.to_string(), "07070707-0707-0707-0707-070707070707");
    }
}
