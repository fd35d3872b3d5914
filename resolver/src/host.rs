//! A host's name as the traffic writes it, and whether two names can be of one host.

use compact_str::CompactString;

/// NetBIOS names are cut after so many characters ([MS-NBTE] 2.2.1).
const NETBIOS: usize = 15;

/// A host's name in parts, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostName {
    /// The first label, without `$`.
    pub(crate) label: CompactString,
    /// What is known of its domain: a DNS name, or a NetBIOS name (no dot).
    pub(crate) domain: Option<CompactString>,
}

impl HostName {
    /// The parts of `name`: `dc1.lab.example.`, `DC1`, `DC1$`. `domain` is what stood beside a name that holds none. None for
    /// what names no host: nothing, an address, a name of the directory's own bookkeeping.
    pub(crate) fn of(name: &str, domain: Option<&str>) -> Option<Self> {
        let name = name.trim().trim_end_matches('.').trim_start_matches('\\');
        let name = name.strip_suffix('$').unwrap_or(name);
        if name.is_empty()
            || name.len() > 255
            || name.parse::<std::net::IpAddr>().is_ok()
            || name.contains(['*', '\\', '/', ' '])
        {
            return None;
        }
        let (label, suffix) = match name.split_once('.') {
            Some((label, suffix)) => (label, Some(suffix)),
            None => (
                name,
                domain
                    .map(|domain| domain.trim_end_matches('.'))
                    .filter(|domain| !domain.is_empty()),
            ),
        };
        let service =
            label.is_empty() || label.starts_with('_') || suffix.is_some_and(|suffix| suffix.starts_with("_"));
        (!service).then(|| Self {
            label: fold(label),
            domain: suffix.map(fold),
        })
    }

    /// Whether both can be names of one host: labels agree, as far as NetBIOS keeps them, and so do domains where both are
    /// DNS names; whether `LAB` is `lab.example` is not for names to tell.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        let cut = |long: &str, short: &str| short.len() == NETBIOS && long.starts_with(short);
        let labels = self.label == other.label || cut(&self.label, &other.label) || cut(&other.label, &self.label);
        labels
            && match (self.dns_domain(), other.dns_domain()) {
                (Some(one), Some(two)) => one == two,
                _ => true,
            }
    }

    /// Takes over what `other`, a name of the same host, says more fully.
    pub(crate) fn learn(&mut self, other: &Self) {
        if other.label.len() > self.label.len() {
            self.label.clone_from(&other.label);
        }
        if self.dns_domain().is_none() && other.domain.is_some() {
            self.domain.clone_from(&other.domain);
        }
    }

    /// Its domain, where that is a DNS name.
    pub(crate) fn dns_domain(&self) -> Option<&str> {
        self.domain.as_deref().filter(|domain| domain.contains('.'))
    }
}

fn fold(text: &str) -> CompactString {
    let mut folded = CompactString::new(text);
    if folded.is_ascii() {
        folded.make_ascii_lowercase();
        return folded;
    }
    folded.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> HostName {
        HostName::of(name, None).unwrap()
    }

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(
            host("DC1.Lab.Example."),
            HostName {
                label: "dc1".into(),
                domain: Some("lab.example".into())
            }
        );
        assert_eq!(
            HostName::of("CLIENT$", Some("LAB")).unwrap().domain.as_deref(),
            Some("lab")
        );
        for none in [
            "",
            "$",
            "10.77.0.10",
            "fd77::10",
            "*",
            "_ldap._tcp.lab.example",
            "gc._msdcs.lab.example",
            "a b",
        ] {
            assert_eq!(HostName::of(none, None), None, "{none}");
        }
    }

    #[test]
    fn one_host_has_many_names() {
        assert!(host("dc1.lab.example").agrees(&host("DC1")));
        assert!(host("averylonghostname.lab.example").agrees(&host("AVERYLONGHOSTNA")));
        assert!(!host("dc1.lab.example").agrees(&host("dc1.dev.example")));
        assert!(!host("dc1").agrees(&host("dc2")));
        assert!(!host("dc11").agrees(&host("dc1")));
        let mut cut = HostName::of("AVERYLONGHOSTNA", Some("LAB")).unwrap();
        cut.learn(&host("averylonghostname.lab.example"));
        cut.learn(&HostName::of("AVERYLONGHOSTNA", Some("OTHER")).unwrap());
        assert_eq!(cut, host("averylonghostname.lab.example"));
    }
}
