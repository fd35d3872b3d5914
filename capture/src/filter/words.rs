//! The rules in sentences: what passes, what does not, and why.

use std::fmt::{self, Formatter};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::rules::{DYNAMIC, Rules, SYSTEM, Scope};

/// Addresses named before the rest is only counted.
const MAX_ADDRESSES: usize = 16;

pub(super) fn write(rules: &Rules, depth: usize, f: &mut Formatter<'_>) -> fmt::Result {
    if rules.scope == Scope::All {
        return writeln!(
            f,
            "Every frame passes: the filter is off, or there are too many controllers to look for."
        );
    }
    writeln!(f, "What passes")?;
    passes(rules, f)?;
    tunnels(depth, f)?;
    writeln!(f, "\nWhat does not")?;
    drops(rules, f)
}

fn passes(rules: &Rules, f: &mut Formatter<'_>) -> fmt::Result {
    let controllers = matches!(rules.scope, Scope::Controllers | Scope::Both);
    if controllers {
        writeln!(
            f,
            "  Everything from and to a controller, on any port: protocols are recognised by content.\n    {}",
            addresses(rules)
        )?;
    }
    if rules.scope == Scope::Controllers {
        writeln!(
            f,
            "  Questions for names between any hosts, which tell whose an address is: UDP {}.",
            ports(&rules.udp)
        )?;
        if !rules.tcp.is_empty() {
            writeln!(
                f,
                "  Ports of the configuration between any hosts: TCP {}.",
                ports(&rules.tcp)
            )?;
        }
    } else {
        writeln!(
            f,
            "  Ports of the directory's protocols between any hosts: TCP {}.",
            ports(&rules.tcp)
        )?;
        writeln!(f, "    The same of UDP.")?;
        writeln!(
            f,
            "  TCP between a port from {DYNAMIC} on and another from {SYSTEM} on: RPC's interfaces have such ports."
        )?;
    }
    writeln!(
        f,
        "  Fragments of UDP and of tunnels between any hosts: all but the first do not say what is in them."
    )?;
    writeln!(
        f,
        "  What announces IP and is none: it is counted as malformed where it is decoded."
    )
}

fn tunnels(depth: usize, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(
        f,
        "\nTags and tunnels\n  VLAN tags (three at most), PPPoE and MPLS are looked through, whether the kernel has taken a tag off or not."
    )?;
    if depth > 0 {
        writeln!(
            f,
            "  GRE, ERSPAN I to III, VXLAN (UDP 4789, 8472), VXLAN-GPE, GENEVE, GTP-U, GRE and MPLS in UDP and IP in IP are looked into, {depth} deep:\n  \
             what is inside is judged like what is outside. Deeper ones pass."
        )?;
    } else {
        writeln!(
            f,
            "  Tunnels pass whole: the controllers leave no room to look into them."
        )?;
    }
    writeln!(
        f,
        "  What cannot be looked into passes: MACsec, ESP, AH, L2TP, NSH, TZSP, VN-Tag, TRILL, PPTP, MPLS pseudowires."
    )
}

fn drops(rules: &Rules, f: &mut Formatter<'_>) -> fmt::Result {
    match rules.scope {
        Scope::Controllers => writeln!(
            f,
            "  Traffic between hosts that are no controllers (capture.filter.controllers-only)."
        )?,
        _ => writeln!(f, "  TCP and UDP between other ports.")?,
    }
    if matches!(rules.scope, Scope::Controllers | Scope::Both) {
        writeln!(
            f,
            "  A controller's bulk that nobody reads, unless the other port is the directory's: TCP {} (capture.filter.bulk-ports), UDP {}.",
            ports(&rules.bulk_tcp),
            ports(&rules.bulk_udp)
        )?;
    }
    writeln!(
        f,
        "  What is no IP (ARP, spanning tree, LLDP, FCoE, RoCE) and IP protocols that are not read, between others."
    )?;
    writeln!(f, "  Frames that end within the headers that are looked at.")
}

fn addresses(rules: &Rules) -> String {
    let v4 = rules
        .v4
        .iter()
        .flatten()
        .map(|word| Ipv4Addr::from_bits(*word).to_string());
    let v6 = rules.v6.iter().map(|words| {
        let bits = words.iter().fold(0_u128, |bits, word| bits << 32 | u128::from(*word));
        Ipv6Addr::from_bits(bits).to_string()
    });
    let count = rules.v4.len() + rules.v6.len();
    let mut names: Vec<_> = v4.chain(v6).take(MAX_ADDRESSES).collect();
    if count > names.len() {
        names.push(format!("and {} more", count - names.len()));
    }
    names.join(", ")
}

fn ports(ports: &[u16]) -> String {
    if ports.is_empty() {
        return "none".to_owned();
    }
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}
