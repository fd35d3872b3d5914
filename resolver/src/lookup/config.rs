//! What an operator may set about asking hosts who they are.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;
use smallvec::SmallVec;

use crate::answer::Probe;

/// The most name servers that are asked.
const MAX_NAME_SERVERS: usize = 8;

/// The `[lookup]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Whether hosts are asked at all.
    pub enabled: bool,
    /// The management NIC's own address, or one of each family, that everything is sent from; the route's where none is set.
    pub source: Sources,
    /// Whether hosts are asked by NTLM over RPC (TCP 135).
    pub rpc: bool,
    /// Whether hosts are asked by NetBIOS (UDP 137).
    pub netbios: bool,
    /// Whether hosts are asked by RDP (TCP 3389).
    pub rdp: bool,
    /// Whether the DNS server is asked where no host answered, or answers differ (UDP 53).
    pub ptr: bool,
    /// The DNS servers to ask; those of `/etc/resolv.conf` where none is named.
    pub name_servers: Vec<IpAddr>,
    /// The networks whose addresses may be asked.
    pub subnets: Vec<IpNet>,
    /// Networks and addresses in them that are never asked.
    pub exclude: Vec<IpNet>,
    /// Milliseconds that a look-up may take.
    pub deadline_ms: u32,
    /// Look-ups that begin in a second, at most.
    pub per_second: u32,
    /// Look-ups that are under way at a time.
    pub at_once: u32,
    /// Addresses that wait for theirs.
    pub queue: u32,
    /// Seconds for which an address that told its name is not asked again.
    pub named_seconds: u32,
    /// The same for one that did not.
    pub unnamed_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: false,
            source: Sources::default(),
            rpc: true,
            netbios: true,
            rdp: true,
            ptr: true,
            name_servers: Vec::new(),
            subnets: private(),
            exclude: Vec::new(),
            deadline_ms: 2_000,
            per_second: 50,
            at_once: 64,
            queue: 4_096,
            named_seconds: 3_600,
            unnamed_seconds: 900,
        }
    }
}

/// Addresses that nobody in the Internet has (RFC 1918, RFC 4193).
fn private() -> Vec<IpNet> {
    let networks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
    networks.iter().filter_map(|network| network.parse().ok()).collect()
}

/// One address, or one of each family.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "source wants an address, or a list of one IPv4 and one IPv6 address"
)]
pub enum Sources {
    /// `source = "10.77.0.200"`
    One(IpAddr),
    /// `source = ["10.77.0.200", "fd77::200"]`
    Several(Vec<IpAddr>),
}

impl Default for Sources {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Sources {
    /// The addresses.
    #[must_use]
    pub fn all(&self) -> &[IpAddr] {
        match self {
            Self::One(address) => std::slice::from_ref(address),
            Self::Several(addresses) => addresses,
        }
    }

    /// The address to ask `ip` from: none where any will do.
    ///
    /// # Errors
    /// Addresses are configured, and none is of `ip`'s family: it is not to be asked.
    pub fn towards(&self, ip: IpAddr) -> Result<Option<IpAddr>, NoSource> {
        let same = self.all().iter().find(|source| source.is_ipv4() == ip.is_ipv4());
        match same {
            None if !self.all().is_empty() => Err(NoSource),
            same => Ok(same.copied()),
        }
    }
}

/// There is no address to ask from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSource;

impl Config {
    /// The longest a look-up may take, milliseconds.
    pub const MAX_DEADLINE: u32 = 30_000;

    /// The time a look-up has.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms as u64)
    }

    /// The ways to ask that are switched on.
    #[must_use]
    pub fn probes(&self) -> SmallVec<[Probe; 4]> {
        Probe::ALL.into_iter().filter(|probe| self.asks(*probe)).collect()
    }

    const fn asks(&self, probe: Probe) -> bool {
        match probe {
            Probe::NtlmOverRpc => self.rpc,
            Probe::Netbios => self.netbios,
            Probe::Rdp => self.rdp,
            Probe::Pointer => self.ptr,
        }
    }

    /// Everything wrong with the values, each as `where: what; consequence; fix`.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.numbers();
        if self.enabled && self.probes().is_empty() {
            problems.push("lookup: every way to ask is switched off; nobody could be asked; switch one on, or set enabled = false".into());
        }
        for family in [true, false] {
            let mut sources = self.source.all().iter().filter(|source| source.is_ipv4() == family);
            if let (Some(one), Some(another)) = (sources.next(), sources.next()) {
                problems.push(format!(
                    "lookup.source: {one} and {another} are of one family; only one can be sent from; name one IPv4 and one IPv6 address at most"
                ));
            }
        }
        let nowhere = |address: &&IpAddr| address.is_unspecified() || address.is_multicast();
        problems.extend(self.source.all().iter().find(nowhere).map(|source| {
            format!("lookup.source: {source} is no host's address; nothing could be sent from it; name the management NIC's own")
        }));
        if self.name_servers.len() > MAX_NAME_SERVERS {
            problems.push(format!(
                "lookup.name-servers: {} are more than {MAX_NAME_SERVERS}; no look-up would get to the last; name fewer",
                self.name_servers.len()
            ));
        }
        problems
    }

    fn numbers(&self) -> Vec<String> {
        let within = [
            ("deadline-ms", self.deadline_ms, 50, Self::MAX_DEADLINE),
            ("per-second", self.per_second, 1, 10_000),
            ("at-once", self.at_once, 1, 4_096),
            ("queue", self.queue, 1, 65_536),
            ("named-seconds", self.named_seconds, 1, 604_800),
            ("unnamed-seconds", self.unnamed_seconds, 1, 604_800),
        ];
        let wrong = within
            .into_iter()
            .filter(|(_, value, least, most)| !(least..=most).contains(&value));
        let wrong = wrong.map(|(key, value, least, most)| {
            format!("lookup.{key}: {value} is not from {least} to {most}; the file is refused; give one of these, or leave it out")
        });
        wrong.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: &str) -> Config {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_default_is_sound_and_asks_nobody() {
        assert_eq!(Config::default().problems(), Vec::<String>::new());
        assert!(!Config::default().enabled && Config::default().subnets.len() == 4);
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let wrong = config(
            r#"{"enabled": true, "rpc": false, "netbios": false, "rdp": false, "ptr": false, "per-second": 0, "deadline-ms": 60000,
                "source": ["10.0.0.1", "10.0.0.2", "0.0.0.0"]}"#,
        );
        assert_eq!(wrong.problems().len(), 5, "{:?}", wrong.problems());
        assert!(serde_json::from_str::<Config>(r#"{"subnets": ["10.0.0.0/33"]}"#).is_err());
        assert!(serde_json::from_str::<Config>(r#"{"subnet": []}"#).is_err());
    }

    #[test]
    fn an_address_is_asked_from_its_own_family_alone() {
        let to = |source: &str, ip: &str| config(source).source.towards(ip.parse().unwrap());
        let four = r#"{"source": "10.0.0.1"}"#;
        assert_eq!(to("{}", "fd77::1"), Ok(None));
        assert_eq!(to(four, "10.0.0.9"), Ok(Some("10.0.0.1".parse().unwrap())));
        assert_eq!(to(four, "fd77::1"), Err(NoSource));
        let both = r#"{"source": ["10.0.0.1", "fd77::2"]}"#;
        assert_eq!(to(both, "fd77::1"), Ok(Some("fd77::2".parse().unwrap())));
    }
}
