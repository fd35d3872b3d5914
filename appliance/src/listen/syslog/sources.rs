//! Who may send, and what each has sent.

use std::collections::HashMap;
use std::net::IpAddr;

use super::super::address::Prefix;
use crate::health::snapshot::Teller;

/// Sources that are told apart; those beyond are counted together.
const MAX_SOURCES: usize = 1_024;

/// Sources that health hears of: those that are named one by one, and the busiest.
const MAX_SHOWN: usize = 64;

/// The sources of `[events.syslog]`.
#[derive(Debug)]
pub(super) struct Sources {
    allowed: Vec<Prefix>,
    known: HashMap<IpAddr, Teller>,
    others: Teller,
}

impl Sources {
    /// Those of `allowed`; one that is named by its address is missed when it is silent.
    pub(super) fn new(allowed: &[Prefix]) -> Self {
        let hosts = allowed.iter().filter_map(|prefix| prefix.host()).take(MAX_SOURCES);
        let others = Teller {
            name: "others".to_owned(),
            ..Teller::default()
        };
        Self {
            known: hosts.map(|host| (host, teller(host))).collect(),
            allowed: allowed.to_vec(),
            others,
        }
    }

    /// Whether `ip` may send.
    pub(super) fn admits(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.known.contains_key(&ip) || self.allowed.iter().any(|prefix| prefix.holds(ip))
    }

    /// What is counted of `ip`.
    pub(super) fn teller(&mut self, ip: IpAddr) -> &mut Teller {
        let ip = ip.to_canonical();
        if self.known.len() >= MAX_SOURCES && !self.known.contains_key(&ip) {
            return &mut self.others;
        }
        self.known.entry(ip).or_insert_with(|| teller(ip))
    }

    /// What health hears.
    pub(super) fn tellers(&self) -> Vec<Teller> {
        let mut all: Vec<_> = self.known.iter().collect();
        let named = |ip: &IpAddr| self.allowed.iter().any(|prefix| prefix.host() == Some(*ip));
        all.sort_by_cached_key(|(ip, teller)| (!named(ip), std::cmp::Reverse(teller.received), **ip));
        let shown = all.into_iter().take(MAX_SHOWN).map(|(_, teller)| teller);
        let others = Some(&self.others).filter(|others| others.received > 0);
        shown.chain(others).cloned().collect()
    }
}

fn teller(ip: IpAddr) -> Teller {
    Teller {
        name: ip.to_string(),
        ..Teller::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(allowed: &[&str]) -> Sources {
        let prefixes: Vec<_> = allowed
            .iter()
            .map(|text| Prefix::try_from((*text).to_owned()).unwrap())
            .collect();
        Sources::new(&prefixes)
    }

    #[test]
    fn only_who_is_named_may_send() {
        let sources = sources(&["10.0.0.5", "fd00::/64"]);
        let admits = |ip: &str| sources.admits(ip.parse().unwrap());
        assert!(admits("10.0.0.5") && admits("::ffff:10.0.0.5") && admits("fd00::9"));
        assert!(!admits("10.0.0.6") && !admits("fd01::9"));
        assert_eq!(sources.tellers().len(), 1, "one that is named is missed");
    }

    #[test]
    fn many_sources_are_bounded() {
        let mut sources = sources(&["0.0.0.0/0", "192.0.2.1"]);
        for host in 0..5_000_u32 {
            sources.teller(IpAddr::V4((0x0a00_0000 + host).into())).received += 1;
        }
        let tellers = sources.tellers();
        assert_eq!(tellers.len(), MAX_SHOWN + 1);
        assert_eq!(tellers[0].name, "192.0.2.1", "those that are named come first");
        let others = tellers.last().unwrap();
        assert_eq!(
            (others.name.as_str(), others.received),
            ("others", 5_001 - MAX_SOURCES as u64)
        );
    }
}
