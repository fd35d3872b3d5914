//! Which domains lead to which: those that a domain trusts or is trusted by, and those of its forest.

use compact_str::CompactString;

use super::replica::{Replica, Slot};
use crate::directory::record::sid;
use crate::directory::{Attribute, Record};

/// TRUST_DIRECTION_INBOUND ([MS-ADTS] 6.1.6.7.12): the partner trusts, so that it accepts this domain's accounts.
const INBOUND: i64 = 1;
/// TRUST_TYPE_UPLEVEL (6.1.6.7.15): the partner is a domain of Active Directory.
const UPLEVEL: i64 = 2;
/// TRUST_ATTRIBUTE_FOREST_TRANSITIVE and TRUST_ATTRIBUTE_WITHIN_FOREST (6.1.6.7.9).
const FOREST_TRANSITIVE: i64 = 0x08;
const WITHIN_FOREST: i64 = 0x20;

/// A trust, as the `trustedDomain` object of the domain that was read has it ([MS-ADTS] 6.1.6.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// trustPartner in lower case: the other domain's DNS name, of one that is no [`Self::uplevel`] its NetBIOS name.
    pub partner: CompactString,
    /// flatName: its NetBIOS name.
    pub flat_name: Option<CompactString>,
    /// securityIdentifier.
    pub sid: Option<CompactString>,
    /// The partner accepts accounts of the domain that was read.
    pub inbound: bool,
    /// The partner is a domain of Active Directory, no realm of another Kerberos and no domain of Windows NT.
    pub uplevel: bool,
    /// It is a trust between forests: it reaches every domain of the partner's.
    pub forest: bool,
    /// Both are of one forest.
    pub within_forest: bool,
}

impl Trust {
    /// Of a `trustedDomain` object; none without a partner.
    fn of(record: &Record) -> Option<Self> {
        let bits = |attribute| record.number(attribute).unwrap_or_default();
        let attributes = bits(Attribute::TrustAttributes);
        let partner = record.text(Attribute::TrustPartner)?;
        Some(Self {
            partner: partner.trim_end_matches('.').to_lowercase().into(),
            flat_name: record.text(Attribute::FlatName),
            sid: record.all(Attribute::SecurityIdentifier).next().and_then(sid),
            inbound: bits(Attribute::TrustDirection) & INBOUND != 0,
            uplevel: bits(Attribute::TrustType) == UPLEVEL,
            forest: attributes & FOREST_TRANSITIVE != 0,
            within_forest: attributes & WITHIN_FOREST != 0,
        })
    }
}

impl Replica {
    /// Every object of `class` that is not deleted.
    pub fn of_class(&self, class: &str) -> impl Iterator<Item = Record> {
        let is_wanted = move |slot: &Slot| {
            let packed = slot.packed.as_ref().filter(|_| !slot.stub);
            packed.is_some_and(|packed| packed.is(class) && !packed.is_deleted())
        };
        let positions = (0..self.slots.len() as u32).zip(&self.slots);
        positions.filter_map(move |(position, slot)| is_wanted(slot).then(|| self.record(position))?)
    }

    /// The trusts of this domain, by their partners' names.
    #[must_use]
    pub fn trusts(&self) -> Vec<Trust> {
        let mut trusts: Vec<Trust> = self
            .of_class("trustedDomain")
            .filter_map(|record| Trust::of(&record))
            .collect();
        trusts.sort_by(|one, other| one.partner.cmp(&other.partner));
        trusts
    }

    /// The DNS names, in lower case, of the domains of the forest whose Configuration partition this is: of its `crossRef`
    /// objects those with a NetBIOS name, which only domains have ([MS-ADTS] 6.1.1.2.1.1.5).
    #[must_use]
    pub fn domains_of_forest(&self) -> Vec<CompactString> {
        let domain = |record: Record| {
            record.text(Attribute::NetbiosName)?;
            Some(
                record
                    .text(Attribute::DnsRoot)?
                    .trim_end_matches('.')
                    .to_lowercase()
                    .into(),
            )
        };
        let mut domains: Vec<CompactString> = self.of_class("crossRef").filter_map(domain).collect();
        domains.sort();
        domains.dedup();
        domains
    }
}
