//! The domains of a snapshot and the two names each goes by: `lab.example` and `LAB`.

use compact_str::CompactString;
use hashbrown::HashMap;

use super::name;
use super::packed::Packed;
use super::record::Attribute;

/// Names of domains, in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Domains {
    /// NetBIOS or DNS name → DNS name.
    names: HashMap<CompactString, CompactString>,
}

impl Domains {
    /// Learns from records that name a domain: `crossRef` ([MS-ADTS] 6.1.1.2.1.1), `trustedDomain`, `domainDNS`.
    pub(crate) fn learn(&mut self, record: &Packed) {
        if record.is("crossRef") {
            self.pair(record.text(Attribute::DnsRoot), record.text(Attribute::NetbiosName));
        } else if record.is("trustedDomain") {
            self.pair(record.text(Attribute::TrustPartner), record.text(Attribute::FlatName));
        } else if record.is("domainDNS") {
            self.pair(name::domain_of(&name::dn(record.dn())), None);
        }
    }

    /// Every domain that objects lie in is known, by its first label too where nothing else is called so: the default
    /// NetBIOS name.
    pub(crate) fn complete<'a>(&mut self, domains: impl Iterator<Item = &'a str>) {
        for dns in domains {
            if !self.names.contains_key(dns) {
                self.names.insert(dns.into(), dns.into());
            }
        }
        let mut known: Vec<CompactString> = self.names.values().cloned().collect();
        known.sort_unstable();
        known.dedup();
        for dns in known {
            if self.names.iter().any(|(alias, of)| *of == dns && *alias != dns) {
                continue;
            }
            let label: CompactString = dns.split('.').next().unwrap_or_default().chars().take(15).collect();
            self.names.entry(label).or_insert(dns);
        }
    }

    /// The DNS name of the domain called `name` in either way, in any case.
    pub(crate) fn dns_name(&self, name: &str) -> Option<&str> {
        let name = name::fold(name.strip_suffix('.').unwrap_or(name));
        self.names.get(&name).map(CompactString::as_str)
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
        let Some(dns) = dns.map(|dns| name::fold(&dns)) else {
            return;
        };
        if let Some(netbios) = netbios {
            self.names.insert(name::fold(&netbios), dns.clone());
        }
        self.names.insert(dns.clone(), dns);
    }
}
