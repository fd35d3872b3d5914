//! What the filter takes and what it leaves out, from the configuration: addresses and ports, sorted.
//!
//! **With controllers** a frame is taken for its addresses: parsers recognise protocols by content on any port, so everything from and to a
//! controller passes, but for the ports that are known to carry bulk which nobody reads. **Without** them only ports are left to judge by.

use std::net::IpAddr;

use crate::config::Config;

/// The ports that the directory's protocols and those around them are served on (IANA; [MS-ADTS] 3.1.1.3.1 for the catalogue's, Microsoft's
/// "Service overview and network port requirements for Windows" for the others).
pub const PORTS: &[u16] = &[
    53,     // DNS
    67,     // DHCP: addresses and names
    80,     // HTTP: NTLM and Kerberos in it
    88,     // Kerberos
    123,    // NTP: the controllers' clocks
    135,    // endpoint mapper
    137,    // NetBIOS names
    138,    // NetBIOS datagrams
    139,    // SMB over NetBIOS
    389,    // LDAP
    443,    // HTTPS
    445,    // SMB
    464,    // kpasswd
    547,    // DHCPv6
    593,    // RPC over HTTP
    636,    // LDAPS
    1_645,  // RADIUS, as it was
    1_646,  // RADIUS accounting, as it was
    1_812,  // RADIUS
    1_813,  // RADIUS accounting
    3_128,  // HTTP proxies
    3_268,  // global catalogue
    3_269,  // global catalogue over TLS
    3_389,  // RDP
    5_353,  // mDNS
    5_355,  // LLMNR
    5_722,  // DFS replication
    5_985,  // WinRM
    5_986,  // WinRM over TLS
    8_080,  // HTTP proxies
    9_389,  // AD web services
    47_001, // WinRM's listener
];

/// Where hosts ask everyone for names, and for addresses: it tells who has which address, and who answers for others.
const NAMES: &[u16] = &[67, 137, 138, 547, 5_353, 5_355];

/// From here on servers have their RPC interfaces (RFC 6335 §6, [MS-RPCE] by way of "netsh int ipv4 show dynamicport").
pub(super) const DYNAMIC: u16 = 49_152;
/// Below, a port is a service's (RFC 6335 §6), and what is not among [`PORTS`] is not read.
pub(super) const SYSTEM: u16 = 1_024;

/// UDP 443 is QUIC (RFC 9000), encrypted from the first packet.
const QUIC: u16 = 443;

/// Whose traffic passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everyone's, whatever it is: the filter is off.
    All,
    /// The controllers', and questions for names.
    Controllers,
    /// The controllers', and everyone's to the directory's ports.
    Both,
    /// Everyone's to the directory's ports.
    Ports,
}

/// The configuration as the program is made from it; lists are sorted and have nothing twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) scope: Scope,
    /// The controllers' IPv4 addresses, one word each.
    pub(super) v4: Vec<Vec<u32>>,
    /// The controllers' IPv6 addresses, four words each.
    pub(super) v6: Vec<Vec<u32>>,
    /// Ports taken of TCP between any hosts, and whether RPC's are too.
    pub(super) tcp: Vec<u16>,
    pub(super) dynamic: bool,
    /// Ports taken of UDP between any hosts.
    pub(super) udp: Vec<u16>,
    /// Ports left out of TCP and UDP of controllers, unless the other end's is one of `known`.
    pub(super) bulk_tcp: Vec<u16>,
    pub(super) bulk_udp: Vec<u16>,
    /// Ports of the directory, and those that the configuration adds.
    pub(super) known: Vec<u16>,
}

impl Rules {
    pub(super) fn new(config: &Config) -> Self {
        let filter = &config.filter;
        let addresses = || config.controllers.iter().flat_map(|controller| &controller.addresses);
        let scope = match (filter.enabled, addresses().next()) {
            (false, _) => Scope::All,
            (true, None) => Scope::Ports,
            (true, Some(_)) if filter.controllers_only => Scope::Controllers,
            (true, Some(_)) => Scope::Both,
        };
        let everyone = scope != Scope::Controllers;
        let (tcp, udp) = if everyone { (PORTS, PORTS) } else { (&[][..], NAMES) };
        let known = ports(PORTS, &filter.ports);
        let but_known = |bulk: Vec<u16>| bulk.into_iter().filter(|port| !known.contains(port)).collect();
        Self {
            scope,
            v4: sorted(addresses().filter_map(v4)),
            v6: sorted(addresses().filter_map(v6)),
            tcp: ports(tcp, &filter.ports),
            dynamic: everyone,
            udp: ports(udp, &filter.ports),
            bulk_tcp: but_known(ports(&[], &filter.bulk_ports)),
            bulk_udp: if filter.ports.contains(&QUIC) {
                Vec::new()
            } else {
                vec![QUIC]
            },
            known,
        }
    }

    /// Whether anything is taken for its ports, so that those must be looked at.
    pub(super) const fn reads_tcp_ports(&self) -> bool {
        self.dynamic || !self.tcp.is_empty()
    }
}

fn ports(some: &[u16], more: &[u16]) -> Vec<u16> {
    sorted(some.iter().chain(more).copied())
}

fn v4(address: &IpAddr) -> Option<Vec<u32>> {
    match address.to_canonical() {
        IpAddr::V4(v4) => Some(vec![v4.to_bits()]),
        IpAddr::V6(_) => None,
    }
}

fn v6(address: &IpAddr) -> Option<Vec<u32>> {
    match address.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(v6) => Some((0..4).map(|word| (v6.to_bits() >> (96 - 32 * word)) as u32).collect()),
    }
}

fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Controller;

    fn rules(change: impl FnOnce(&mut Config)) -> Rules {
        let mut config = Config::default();
        change(&mut config);
        Rules::new(&config)
    }

    fn controller(addresses: &[&str]) -> Controller {
        Controller {
            name: "dc1".to_owned(),
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn the_scope_follows_what_is_configured() {
        assert_eq!(rules(|_| ()).scope, Scope::Ports);
        assert_eq!(rules(|config| config.filter.enabled = false).scope, Scope::All);
        let with = |only| {
            rules(|config| {
                config.controllers.push(controller(&["10.0.0.1"]));
                config.filter.controllers_only = only;
            })
        };
        assert_eq!((with(true).scope, with(false).scope), (Scope::Controllers, Scope::Both));
        assert_eq!((with(true).tcp.len(), with(true).udp.as_slice()), (0, NAMES));
    }

    #[test]
    fn addresses_are_words_and_a_mapped_one_is_the_one_it_maps() {
        let rules = rules(|config| {
            config
                .controllers
                .push(controller(&["10.0.0.2", "fd77::10", "10.0.0.1", "::ffff:10.0.0.2"]));
        });
        assert_eq!(rules.v4, [[0x0a00_0001], [0x0a00_0002]]);
        assert_eq!(rules.v6, [[0xfd77_0000, 0, 0, 0x10]]);
    }

    #[test]
    fn a_port_that_is_read_is_no_bulk() {
        let rules = rules(|config| config.filter.bulk_ports = vec![22, 445]);
        assert_eq!(rules.bulk_tcp, [22]);
    }
}
