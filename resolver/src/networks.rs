//! Networks as an operator writes them: `10.8.0.0/16`, `fd77::/64`, an address, or a range `10.8.0.10-10.8.0.99`.

use std::net::IpAddr;

use ipnet::IpNet;

/// The first and the last address of each, of one family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Networks(Vec<(IpAddr, IpAddr)>);

impl Networks {
    /// Those that can be read: [`Self::problems`] names the others.
    pub(crate) fn new(written: &[String]) -> Self {
        Self(written.iter().filter_map(|network| range(network)).collect())
    }

    /// What is wrong with the entries of the setting `name`, each as `where: what; consequence; fix`.
    pub(crate) fn problems(name: &str, written: &[String]) -> impl Iterator<Item = String> {
        let wrong = written.iter().filter(|network| range(network).is_none());
        wrong.map(move |network| {
            format!(
                "{name}: \"{}\" is no network; its addresses would be taken for any others; write 10.8.0.0/16, fd77::/64, an address, or first-last",
                network.escape_debug()
            )
        })
    }

    /// Whether `ip` lies in one of them.
    pub(crate) fn hold(&self, ip: IpAddr) -> bool {
        self.0
            .iter()
            .any(|(first, last)| first.is_ipv4() == ip.is_ipv4() && *first <= ip && ip <= *last)
    }
}

fn range(written: &str) -> Option<(IpAddr, IpAddr)> {
    let written = written.trim();
    if let Some((first, last)) = written.split_once('-') {
        let (first, last): (IpAddr, IpAddr) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        return (first.is_ipv4() == last.is_ipv4() && first <= last).then_some((first, last));
    }
    if written.contains('/') {
        let network: IpNet = written.parse().ok()?;
        return Some((network.network(), network.broadcast()));
    }
    let address = written.parse().ok()?;
    Some((address, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_written_in_many_ways() {
        let written = [
            "10.8.0.0/16",
            "fd77::/64",
            "192.0.2.7",
            "10.9.0.10 - 10.9.0.99",
            "10.1.2.3/24",
        ];
        let networks = Networks::new(&written.map(String::from));
        for inside in [
            "10.8.255.255",
            "fd77::1",
            "192.0.2.7",
            "10.9.0.10",
            "10.9.0.99",
            "10.1.2.250",
        ] {
            assert!(networks.hold(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "10.7.255.255",
            "10.9.0.0",
            "fd77:0:0:1::1",
            "192.0.2.8",
            "10.9.0.100",
            "::",
        ] {
            assert!(!networks.hold(outside.parse().unwrap()), "{outside}");
        }
        assert!(Networks::new(&["0.0.0.0/0".into()]).hold("255.255.255.255".parse().unwrap()));
    }

    #[test]
    fn what_is_none_is_told() {
        let wrong = [
            "10.8.0.0/33",
            "fd77::/129",
            "10.8",
            "10.9.0.9-10.9.0.1",
            "10.0.0.1-fd77::1",
            "",
            "lan",
        ];
        let wrong = wrong.map(String::from);
        let problems: Vec<_> = Networks::problems("resolver.shared-networks", &wrong).collect();
        assert_eq!(problems.len(), wrong.len());
        assert!(problems[0].starts_with("resolver.shared-networks: \"10.8.0.0/33\" is no network;"));
        assert_eq!(Networks::new(&wrong), Networks::default());
    }
}
