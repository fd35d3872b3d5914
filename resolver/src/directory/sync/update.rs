//! An entry, understood: which object it is about, what is said of it, and how complete that is.

use capture::Timestamp;
use compact_str::CompactString;
use parsers::kerberos::time::KerberosTime;

use super::entry::{Entry, ExtendedDn, Reference};
use crate::directory::packed::is_kept;
use crate::directory::{Attribute, Guid};

/// How an entry is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A search's: what it does not say is not there.
    Whole,
    /// DirSync's ([MS-ADTS] 3.1.1.3.4.1.3): what it does not say has not changed.
    Increment,
}

/// What is said of the members of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Members {
    /// Nothing.
    #[default]
    Unsaid,
    /// All of them; the next range begins there, where these are not all.
    List(Vec<ExtendedDn>, Option<u32>),
    /// Who joined and who left: `member;range=1-1` and `member;range=0-0` of DirSync with incremental values.
    Difference(Vec<ExtendedDn>, Vec<ExtendedDn>),
}

/// The groups that an object belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups {
    pub(crate) told: Vec<ExtendedDn>,
    /// There are more of them: a controller says no more than MaxValRange at once.
    pub(crate) more: bool,
}

/// What is said of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Said {
    /// These are all.
    All,
    /// These are there no more: `range=0-0` of DirSync with incremental values.
    Gone,
    /// These are new: `range=1-1`.
    Come,
}

impl Said {
    fn of(description: &[u8], reading: Reading) -> Self {
        match (range(description), reading) {
            (Some(Range::Of(0, Some(0))), Reading::Increment) => Self::Gone,
            (Some(Range::Of(1, Some(1))), Reading::Increment) => Self::Come,
            _ => Self::All,
        }
    }
}

/// What an entry says.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub(crate) guid: Guid,
    /// Empty where whoever asks may not know.
    pub(crate) dn: CompactString,
    /// Attributes that are said, each with its values; none where it was cleared.
    pub(crate) values: Vec<(Attribute, Vec<Vec<u8>>)>,
    /// What is said of values that refer to other objects; who is gone stands before who has come.
    pub(crate) references: Vec<(Said, Attribute, Vec<Reference>)>,
    pub(crate) members: Members,
    /// The groups it belongs to, where that was asked.
    pub(crate) groups: Option<Groups>,
    pub(crate) when_changed: Option<Timestamp>,
    pub(crate) usn: Option<u64>,
}

impl Update {
    /// What `entry` says; none where it does not say which object it is about.
    pub(crate) fn of(entry: Entry, reading: Reading) -> Option<Self> {
        let dn = ExtendedDn::of(&entry.dn);
        let mut update = Self {
            guid: Guid::default(),
            dn: dn.dn,
            values: Vec::with_capacity(entry.attributes.len()),
            references: Vec::new(),
            members: Members::default(),
            groups: None,
            when_changed: None,
            usn: None,
        };
        let mut guid = dn.guid;
        for (description, values) in entry.attributes {
            let Some(attribute) = Attribute::of(&description) else {
                continue;
            };
            match attribute {
                Attribute::Member => update.members(&description, &values, reading),
                Attribute::MemberOf => update.groups(&description, &values),
                Attribute::WhenChanged => update.when_changed = values.first().and_then(|value| generalized(value)),
                Attribute::UsnChanged => update.usn = values.first().and_then(|value| decimal(value)),
                _ if attribute.is_dn() => {
                    let said = Said::of(&description, reading);
                    let references = values.iter().map(|value| Reference::of(value)).collect();
                    update.references.push((said, attribute, references));
                }
                _ if is_kept(attribute) => {
                    if attribute == Attribute::ObjectGuid {
                        guid = values.first().and_then(|value| Guid::of(value)).or(guid);
                    }
                    update.values.push((attribute, values));
                }
                _ => {}
            }
        }
        update
            .references
            .sort_by_key(|(said, attribute, _)| (*said, *attribute));
        update.guid = guid?;
        Some(update)
    }

    /// Whether it says that the object is not deleted any more.
    pub(crate) fn is_restored(&self) -> bool {
        let deleted = self
            .values
            .iter()
            .find(|(attribute, _)| *attribute == Attribute::IsDeleted);
        deleted.is_some_and(|(_, values)| values.is_empty())
    }

    fn groups(&mut self, description: &[u8], values: &[Vec<u8>]) {
        let groups = self.groups.get_or_insert_default();
        groups.told.extend(values.iter().map(|dn| ExtendedDn::of(dn)));
        groups.more |= matches!(range(description), Some(Range::Of(_, Some(_))));
    }

    fn members(&mut self, description: &[u8], values: &[Vec<u8>], reading: Reading) {
        let links: Vec<ExtendedDn> = values.iter().map(|dn| ExtendedDn::of(dn)).collect();
        match (range(description), reading, &mut self.members) {
            (Some(Range::Of(1, Some(1))), Reading::Increment, Members::Difference(joined, _)) => joined.extend(links),
            (Some(Range::Of(0, Some(0))), Reading::Increment, Members::Difference(_, left)) => left.extend(links),
            (Some(Range::Of(1, Some(1))), Reading::Increment, members) => {
                *members = Members::Difference(links, Vec::new());
            }
            (Some(Range::Of(0, Some(0))), Reading::Increment, members) => {
                *members = Members::Difference(Vec::new(), links);
            }
            // A controller that answers in ranges says `member` too, without values.
            (None, _, Members::List(..)) if links.is_empty() => {}
            (found, _, members) => {
                let next = match found {
                    Some(Range::Of(_, Some(last))) => last.checked_add(1),
                    _ => None,
                };
                *members = Members::List(links, next);
            }
        }
    }
}

/// An attribute option `range=0-1499`, or `range=1500-*` for the last one ([MS-ADTS] 3.1.1.3.1.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Of(u32, Option<u32>),
}

fn range(description: &[u8]) -> Option<Range> {
    let text = std::str::from_utf8(description).ok()?;
    let option = text.split(';').find_map(|option| {
        let head = option.get(..6)?;
        head.eq_ignore_ascii_case("range=").then(|| option.get(6..))?
    })?;
    let (first, last) = option.split_once('-')?;
    let last = match last {
        "*" => None,
        number => Some(number.parse().ok()?),
    };
    Some(Range::Of(first.parse().ok()?, last))
}

pub(super) fn decimal(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// GeneralizedTime (RFC 4517 §3.3.13) as Active Directory writes it: `20261130095643.0Z`.
fn generalized(value: &[u8]) -> Option<Timestamp> {
    let (digits, fraction) = value.split_at_checked(14)?;
    let utc = fraction == b"Z" || (fraction.starts_with(b".") && fraction.ends_with(b"Z"));
    let whole = [digits, b"Z"].concat();
    KerberosTime(&whole).timestamp(None).filter(|_| utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(attributes: &[(&str, &[&str])]) -> Entry {
        let values = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
        Entry {
            dn: b"<GUID=03020100-0504-0706-0809-0a0b0c0d0e0f>;CN=g,DC=x".to_vec(),
            attributes: attributes
                .iter()
                .map(|(name, list)| (name.as_bytes().to_vec(), values(list)))
                .collect(),
        }
    }

    #[test]
    fn ranges_are_told_from_increments() {
        let told = [("member", &[][..]), ("member;range=0-1499", &["CN=a"][..])];
        let update = Update::of(entry(&told), Reading::Whole).unwrap();
        assert!(matches!(&update.members, Members::List(links, Some(1500)) if links.len() == 1));
        let last = Update::of(entry(&[("member;range=1500-*", &["CN=b"])]), Reading::Whole).unwrap();
        assert!(matches!(&last.members, Members::List(_, None)));
        let told = [
            ("member;range=1-1", &["CN=a", "CN=b"][..]),
            ("member;range=0-0", &["CN=c"][..]),
        ];
        let update = Update::of(entry(&told), Reading::Increment).unwrap();
        assert!(matches!(&update.members, Members::Difference(joined, left) if joined.len() == 2 && left.len() == 1));
        assert_eq!(range(b"member;RANGE=7-x"), None);
    }

    #[test]
    fn groups_that_are_not_all_say_so() {
        let groups = |told: &[(&str, &[&str])]| Update::of(entry(told), Reading::Whole).unwrap().groups;
        assert_eq!(groups(&[("cn", &["x"])]), None);
        let all = groups(&[("memberOf", &["CN=a", "CN=b"])]).unwrap();
        assert_eq!((all.told.len(), all.more), (2, false));
        let part = groups(&[("memberOf;range=0-1499", &["CN=a"]), ("memberOf", &[])]).unwrap();
        assert_eq!((part.told.len(), part.more), (1, true));
    }

    #[test]
    fn an_entry_that_names_no_object_is_none() {
        let nameless = Entry {
            dn: Vec::new(),
            attributes: vec![(b"cn".to_vec(), vec![b"x".to_vec()])],
        };
        assert!(Update::of(nameless, Reading::Whole).is_none());
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        let time = |text: &str| generalized(text.as_bytes()).map(|time| time.to_string());
        assert_eq!(
            time("20261130095643.0Z").as_deref(),
            Some("2026-11-30T09:56:43.000000Z")
        );
        assert_eq!(
            time("20240229000000.0Z").as_deref(),
            Some("2024-02-29T00:00:00.000000Z")
        );
        assert_eq!(time("2026"), None);
        assert_eq!(time("20261330000000.0Z"), None);
    }
}
