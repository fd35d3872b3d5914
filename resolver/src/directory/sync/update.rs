//! An entry, understood: which object it is about, what is said of it, and how complete that is.

use capture::Timestamp;
use compact_str::CompactString;
use parsers::kerberos::time::KerberosTime;
use smallvec::SmallVec;

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
    /// All of them.
    List(Vec<ExtendedDn>),
    /// Who joined and who left: `member;range=1-1` and `member;range=0-0` of DirSync with incremental values.
    Difference(Vec<ExtendedDn>, Vec<ExtendedDn>),
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
    fn of(attribute: Attribute, range: Option<Range>, reading: Reading) -> Self {
        let is_link = attribute == Attribute::Member || attribute.is_link();
        match (range, reading) {
            (Some(Range::Of(0, Some(0))), Reading::Increment) if is_link => Self::Gone,
            (Some(Range::Of(1, Some(1))), Reading::Increment) if is_link => Self::Come,
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
    pub(crate) groups: Option<Vec<ExtendedDn>>,
    /// Attributes of which there are more values, from this one on: a controller gives no more than MaxValRange at once.
    pub(crate) further: Vec<(Attribute, u32)>,
    /// Attributes of which there are more values that do not come.
    pub(crate) cut: Vec<Attribute>,
    /// Attributes that are said in part, so that what is known of them counts instead.
    pub(crate) kept: Vec<Attribute>,
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
            further: Vec::new(),
            cut: Vec::new(),
            kept: Vec::new(),
            when_changed: None,
            usn: None,
        };
        let mut guid = dn.guid;
        let ranged = ranged(&entry);
        for (description, values) in entry.attributes {
            let Some(attribute) = Attribute::of(&description) else {
                continue;
            };
            let range = range(&description);
            if range.is_none() && values.is_empty() && ranged.contains(&attribute) {
                continue; // a controller that answers in ranges names the attribute too, without values
            }
            let said = Said::of(attribute, range, reading);
            if let (Said::All, Some(Range::Of(_, Some(last)))) = (said, range) {
                update.go_on(attribute, last.checked_add(1));
            }
            let links = || values.iter().map(|dn| ExtendedDn::of(dn));
            match attribute {
                Attribute::Member => update.members(said, links().collect()),
                Attribute::MemberOf => update.groups.get_or_insert_default().extend(links()),
                Attribute::WhenChanged => update.when_changed = values.first().and_then(|value| generalized(value)),
                Attribute::UsnChanged => update.usn = values.first().and_then(|value| decimal(value)),
                _ if attribute.is_dn() => {
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

    /// Adds the values of `attribute` from `from` on that `more` has. Whether there are others still; none where nothing came.
    pub(crate) fn add(&mut self, attribute: Attribute, from: u32, more: Self) -> Option<bool> {
        let next = more
            .further
            .iter()
            .find(|(own, _)| *own == attribute)
            .map(|(_, next)| *next);
        let before = self.count(attribute);
        match (attribute, &mut self.members, more.members) {
            (Attribute::Member, Members::List(all), Members::List(links)) => all.extend(links),
            (Attribute::MemberOf, ..) => self
                .groups
                .get_or_insert_default()
                .extend(more.groups.unwrap_or_default()),
            _ => {
                self.values
                    .extend(more.values.into_iter().filter(|(own, _)| *own == attribute));
                let references = more.references.into_iter().filter(|(_, own, _)| *own == attribute);
                references.for_each(|(_, _, references)| self.refer(attribute, references));
            }
        }
        if self.count(attribute) == before {
            return None;
        }
        self.go_on(attribute, next.filter(|next| *next > from));
        Some(next.is_some())
    }

    /// There are no further values of `attribute` to be asked for, though there may be some: those that came stand for all, or what
    /// is known does.
    pub(crate) fn end(&mut self, attribute: Attribute, is_known: bool) {
        self.go_on(attribute, None);
        // Groups that an object belongs to are only added to, where they are not all.
        if !is_known || attribute == Attribute::MemberOf {
            self.cut.push(attribute);
            return;
        }
        self.kept.push(attribute);
        self.values.retain(|(own, _)| *own != attribute);
        self.references.retain(|(_, own, _)| *own != attribute);
        if attribute == Attribute::Member {
            self.members = Members::Unsaid;
        }
    }

    /// How many values of `attribute` are said.
    pub(crate) fn count(&self, attribute: Attribute) -> usize {
        let values = self.values.iter().filter(|(own, _)| *own == attribute);
        let references = self.references.iter().filter(|(_, own, _)| *own == attribute);
        match (attribute, &self.members) {
            (Attribute::Member, Members::List(all)) => all.len(),
            (Attribute::MemberOf, _) => self.groups.as_ref().map_or(0, Vec::len),
            _ => {
                let references: usize = references.map(|(_, _, references)| references.len()).sum();
                references + values.map(|(_, values)| values.len()).sum::<usize>()
            }
        }
    }

    /// Whether every value of `attribute` is said.
    pub(crate) fn says_all(&self, attribute: Attribute, reading: Reading) -> bool {
        let is = |own: &Attribute| *own == attribute;
        let all = reading == Reading::Whole
            || self.values.iter().any(|(own, _)| is(own))
            || self
                .references
                .iter()
                .any(|(said, own, _)| *said == Said::All && is(own))
            || (is(&Attribute::Member) && matches!(self.members, Members::List(_)));
        all && !self.kept.iter().any(is)
    }

    fn go_on(&mut self, attribute: Attribute, next: Option<u32>) {
        self.further.retain(|(own, _)| *own != attribute);
        self.further.extend(next.map(|next| (attribute, next)));
    }

    fn refer(&mut self, attribute: Attribute, further: Vec<Reference>) {
        let own = |(said, own, _): &&mut (Said, Attribute, Vec<Reference>)| *said == Said::All && *own == attribute;
        match self.references.iter_mut().find(own) {
            Some((_, _, references)) => references.extend(further),
            None => self.references.push((Said::All, attribute, further)),
        }
    }

    fn members(&mut self, said: Said, links: Vec<ExtendedDn>) {
        match (said, &mut self.members) {
            (Said::All, Members::List(all)) => all.extend(links),
            (Said::All, members) => *members = Members::List(links),
            (Said::Come, Members::Difference(joined, _)) => joined.extend(links),
            (Said::Gone, Members::Difference(_, left)) => left.extend(links),
            (Said::Come, members) => *members = Members::Difference(links, Vec::new()),
            (Said::Gone, members) => *members = Members::Difference(Vec::new(), links),
        }
    }
}

/// Attributes that come in ranges.
fn ranged(entry: &Entry) -> SmallVec<[Attribute; 2]> {
    let ranged = entry
        .attributes
        .iter()
        .filter(|(description, _)| range(description).is_some());
    ranged
        .filter_map(|(description, _)| Attribute::of(description))
        .collect()
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
        assert!(matches!(&update.members, Members::List(links) if links.len() == 1));
        assert_eq!(update.further, [(Attribute::Member, 1_500)]);
        let last = Update::of(entry(&[("member;range=1500-*", &["CN=b"])]), Reading::Whole).unwrap();
        assert!(matches!(&last.members, Members::List(_)) && last.further.is_empty());
        let told = [
            ("member;range=1-1", &["CN=a", "CN=b"][..]),
            ("member;range=0-0", &["CN=c"][..]),
        ];
        let update = Update::of(entry(&told), Reading::Increment).unwrap();
        assert!(matches!(&update.members, Members::Difference(joined, left) if joined.len() == 2 && left.len() == 1));
        assert_eq!(range(b"member;RANGE=7-x"), None);
    }

    #[test]
    fn any_attribute_may_come_in_ranges_and_its_bare_name_clears_nothing() {
        let spn = Attribute::ServicePrincipalName;
        for (name, attribute) in [
            ("memberOf", Attribute::MemberOf),
            ("servicePrincipalName", spn),
            ("msDS-KeyCredentialLink", Attribute::KeyCredentialLink),
        ] {
            let part = format!("{name};range=0-1");
            let told = [(part.as_str(), &["CN=a", "CN=b"][..]), (name, &[][..])];
            for told in [told, [told[1], told[0]]] {
                for reading in [Reading::Whole, Reading::Increment] {
                    let update = Update::of(entry(&told), reading).unwrap();
                    assert_eq!(update.count(attribute), 2, "{name}");
                    assert_eq!(update.further, [(attribute, 2)]);
                    assert_eq!(
                        update.references.len() + update.values.len(),
                        usize::from(name != "memberOf")
                    );
                }
            }
        }
        let cleared = Update::of(entry(&[("servicePrincipalName", &[])]), Reading::Increment).unwrap();
        assert_eq!(
            (cleared.values.len(), cleared.count(spn)),
            (1, 0),
            "without a range it says that there are none"
        );
    }

    #[test]
    fn further_values_are_added_until_there_are_none() {
        let spn = Attribute::ServicePrincipalName;
        let of = |name: &str| Update::of(entry(&[(name, &["a/b"])]), Reading::Whole).unwrap();
        let mut update = of("servicePrincipalName;range=0-0");
        assert_eq!(update.add(spn, 1, of("servicePrincipalName;range=1-1")), Some(true));
        assert_eq!((update.count(spn), &update.further[..]), (2, &[(spn, 2)][..]));
        assert_eq!(update.add(spn, 2, of("mail")), None, "nothing came");
        assert_eq!(update.add(spn, 2, of("servicePrincipalName;range=2-*")), Some(false));
        assert!(update.further.is_empty() && update.says_all(spn, Reading::Increment));
        update.end(spn, true);
        assert!(!update.says_all(spn, Reading::Whole), "what is known counts");
        assert_eq!(update.count(spn), 0);
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
