//! The domains of a snapshot and the two names each goes by: `lab.example` and `LAB`.
//!
//! A DNS name is one domain's. A NetBIOS name may be that of several: forests that never knew of each other, or whoever was free to
//! choose. It then leads to all of them, and to nobody's account but one that only one of them has.

use std::collections::BTreeMap;

use compact_str::CompactString;
use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

use super::name;
use super::packed::Packed;
use super::record::Attribute;

/// Domains of one name that are told apart; a name of more is nobody's.
const MAX_NAMESAKES: usize = 8;

/// Names of domains, in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Domains {
    /// DNS name → the NetBIOS names that records have for it.
    learned: BTreeMap<CompactString, SmallVec<[CompactString; 1]>>,
    /// Domains whose heads were among the records: what else they hold is there too.
    heads: HashSet<CompactString>,
    /// Domains that are being read for the first time: what they hold is not there yet.
    unfinished: HashSet<CompactString>,
    /// NetBIOS or DNS name → who is called so.
    names: HashMap<CompactString, Called>,
}

/// The domains of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Called {
    /// Their DNS names, in order.
    dns: SmallVec<[CompactString; 1]>,
    /// Whoever is in none but one of them is meant: it is one alone, or every one of them is known as a whole.
    decides: bool,
}

impl Called {
    /// Whether it is the name of the domain `dns`, among others.
    pub(crate) fn is(&self, dns: &str) -> bool {
        self.dns.iter().any(|own| own == dns)
    }

    /// Whether an account that one of the domains has, and none of the others, is the one that is meant.
    pub(crate) const fn decides(&self) -> bool {
        self.decides
    }

    fn add(&mut self, dns: &CompactString) {
        if !self.dns.contains(dns) && self.dns.len() <= MAX_NAMESAKES {
            self.dns.push(dns.clone());
        }
    }
}

impl Domains {
    /// Learns from records that name a domain: `crossRef` ([MS-ADTS] 6.1.1.2.1.1), `trustedDomain`, `domainDNS`.
    pub(crate) fn learn(&mut self, record: &Packed) {
        let (dns, netbios) = if record.is("crossRef") {
            (Attribute::DnsRoot, Attribute::NetbiosName)
        } else if record.is("trustedDomain") {
            (Attribute::TrustPartner, Attribute::FlatName)
        } else {
            if record.is("domainDNS")
                && let Some(dns) = name::domain_of(&name::dn(record.dn()))
            {
                self.heads.insert(dns.clone());
                self.pair(Some(dns), None);
            }
            return;
        };
        if !record.is_deleted() {
            self.pair(record.text(dns), record.text(netbios));
        }
    }

    /// The domain `dns` was not read to its end yet: whom it lacks, it may have.
    pub(crate) fn unfinished(&mut self, dns: &str) {
        self.unfinished.insert(dns.into());
    }

    /// Every domain that objects lie in is known, by its first label too where no NetBIOS name is: the default one. Of a domain without
    /// objects that is a guess, which takes no name away from those that are called so.
    pub(crate) fn complete<'a>(&mut self, domains: impl Iterator<Item = &'a str>) {
        let held: HashSet<CompactString> = domains.map(CompactString::new).collect();
        for dns in &held {
            self.learned.entry(dns.clone()).or_default();
        }
        self.names.clear();
        for (dns, netbios) in &self.learned {
            for name in std::iter::once(dns).chain(netbios) {
                self.names.entry(name.clone()).or_default().add(dns);
            }
        }
        let nameless = self
            .learned
            .iter()
            .filter(|(dns, netbios)| netbios.iter().all(|name| name == *dns));
        let guesses = nameless.map(|(dns, _)| (default_netbios(dns), dns));
        let guesses: Vec<_> = guesses
            .filter(|(label, dns)| held.contains(*dns) || !self.names.contains_key(label))
            .collect();
        for (label, dns) in guesses {
            self.names.entry(label).or_default().add(dns);
        }
        for (name, called) in &mut self.names {
            settle(name, called, &|dns| {
                self.heads.contains(dns) && !self.unfinished.contains(dns)
            });
        }
    }

    /// Who is called `name`, in any case; none where no domain is.
    pub(crate) fn called(&self, name: &str) -> Option<&Called> {
        self.names.get(&name::fold(name.strip_suffix('.').unwrap_or(name)))
    }

    /// The DNS name of the only domain called `name` in either way, in any case.
    pub(crate) fn dns_name(&self, name: &str) -> Option<&str> {
        match self.called(name)?.dns.as_slice() {
            [dns] => Some(dns),
            _ => None,
        }
    }

    /// Whether `host` lies in one of the domains or is one's name.
    pub(crate) fn holds(&self, host: &str) -> bool {
        let host = name::fold(host.strip_suffix('.').unwrap_or(host));
        let mut rest = host.as_str();
        loop {
            if rest.contains('.') && self.names.contains_key(rest) {
                return true;
            }
            match rest.split_once('.') {
                Some((_, parent)) => rest = parent,
                None => return false,
            }
        }
    }

    fn pair(&mut self, dns: Option<CompactString>, netbios: Option<CompactString>) {
        let Some(dns) = dns.map(|dns| name::fold(dns.strip_suffix('.').unwrap_or(&dns))) else {
            return;
        };
        let known = self.learned.entry(dns).or_default();
        if let Some(netbios) = netbios.map(|netbios| name::fold(&netbios))
            && !known.contains(&netbios)
        {
            known.push(netbios);
        }
    }
}

/// Puts those of one name in order; a DNS name is that domain's alone, whoever else claims it as a NetBIOS name.
fn settle(name: &CompactString, called: &mut Called, is_whole: &impl Fn(&CompactString) -> bool) {
    if name.contains('.') && called.is(name) {
        called.dns = std::iter::once(name.clone()).collect();
    }
    called.dns.sort_unstable();
    let few = called.dns.len() <= MAX_NAMESAKES;
    called.decides = called.dns.len() == 1 || (few && called.dns.iter().all(is_whole));
}

/// The NetBIOS name that a domain gets where nobody chooses another one.
fn default_netbios(dns: &str) -> CompactString {
    dns.split('.').next().unwrap_or_default().chars().take(15).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Record;

    fn record(dn: &str, values: &[(Attribute, &str)]) -> Packed {
        let values = values
            .iter()
            .map(|(attribute, value)| (*attribute, value.as_bytes().to_vec()));
        Packed::of(&Record {
            dn: dn.into(),
            values: values.collect(),
            ..Record::default()
        })
    }

    fn cross_ref(dns: &str, netbios: &str) -> Packed {
        let values = [
            (Attribute::ObjectClass, "crossRef"),
            (Attribute::DnsRoot, dns),
            (Attribute::NetbiosName, netbios),
        ];
        record("CN=x,CN=Partitions,CN=Configuration,DC=x", &values)
    }

    fn head(dn: &str) -> Packed {
        record(dn, &[(Attribute::ObjectClass, "domainDNS")])
    }

    fn domains(records: &[Packed], held: &[&str]) -> Domains {
        let mut domains = Domains::default();
        records.iter().for_each(|record| domains.learn(record));
        domains.complete(held.iter().copied());
        domains
    }

    #[test]
    fn a_name_of_two_is_neithers_in_whatever_order_they_come() {
        let records = [cross_ref("lab.example", "LAB"), cross_ref("lab.test", "Lab")];
        let reversed = [records[1].clone(), records[0].clone()];
        for records in [records, reversed] {
            let domains = domains(&records, &["lab.example"]);
            assert_eq!(domains.dns_name("LAB"), None);
            let called = domains.called("lab").unwrap();
            assert!(called.is("lab.example") && called.is("lab.test"));
            assert!(!called.decides(), "neither is known as a whole");
            assert_eq!(domains.dns_name("LAB.TEST."), Some("lab.test"));
        }
        let again = [cross_ref("lab.example", "LAB"), cross_ref("Lab.Example", "LAB")];
        assert_eq!(domains(&again, &[]).dns_name("lab"), Some("lab.example"));
    }

    #[test]
    fn those_that_are_known_as_a_whole_decide() {
        let records = [head("DC=lab,DC=example"), head("DC=lab,DC=test")];
        let mut domains = domains(&records, &["lab.example", "lab.test"]);
        assert!(domains.called("LAB").is_some_and(Called::decides));
        domains.unfinished("lab.test");
        domains.complete(["lab.example", "lab.test"].into_iter());
        assert!(!domains.called("LAB").is_some_and(Called::decides));
        assert!(domains.called("lab.test").is_some_and(Called::decides));
    }

    #[test]
    fn a_guess_takes_no_name_away_and_gives_way_to_what_is_told() {
        let only_named = [cross_ref("lab.example", "LAB"), cross_ref("lab.elsewhere", "")];
        assert_eq!(
            domains(&only_named, &["lab.example"]).dns_name("LAB"),
            Some("lab.example")
        );
        let mut domains = domains(&[cross_ref("lab.example", "LAB")], &["lab.example", "lab.test"]);
        assert_eq!(
            domains.dns_name("LAB"),
            None,
            "it holds objects, and is most likely called so"
        );
        domains.learn(&cross_ref("lab.test", "TEST"));
        domains.complete(["lab.example", "lab.test"].into_iter());
        assert_eq!(domains.dns_name("LAB"), Some("lab.example"));
        assert_eq!(domains.dns_name("TEST"), Some("lab.test"));
    }

    #[test]
    fn a_dns_name_is_nobody_elses() {
        let records = [cross_ref("lab.example", "LAB"), cross_ref("evil.test", "lab.example")];
        assert_eq!(domains(&records, &[]).dns_name("lab.example"), Some("lab.example"));
    }

    #[test]
    fn what_was_deleted_names_nothing_and_a_crowd_is_nobody() {
        let values = [
            (Attribute::ObjectClass, "trustedDomain"),
            (Attribute::TrustPartner, "gone.test"),
            (Attribute::FlatName, "LAB"),
            (Attribute::IsDeleted, "TRUE"),
        ];
        let gone = record("CN=gone.test\\0ADEL:7,CN=Deleted Objects,DC=lab,DC=example", &values);
        let domains_of = |records: &[Packed]| domains(records, &[]);
        assert_eq!(
            domains_of(&[cross_ref("lab.example", "LAB"), gone]).dns_name("LAB"),
            Some("lab.example")
        );
        let many: Vec<Packed> = (0..20)
            .flat_map(|number| {
                let dns = format!("d{number:02}.test");
                [cross_ref(&dns, "LAB"), head(&format!("DC=d{number:02},DC=test"))]
            })
            .collect();
        let domains = domains_of(&many);
        assert!(domains.called("LAB").is_some_and(|called| !called.decides()));
        assert_eq!(
            (domains.dns_name("LAB"), domains.dns_name("d19.test")),
            (None, Some("d19.test"))
        );
    }
}
