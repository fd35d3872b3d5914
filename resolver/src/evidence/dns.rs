//! Address and pointer records in answers, and address records that are registered.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use capture::Timestamp;
use parsers::activity::{Activity, Outcome};
use parsers::fields::{Fields, Value};
use parsers::protocol::ProtocolId;

use super::Learner;
use crate::address::{Claim, Standing};
use crate::entity::Method;

/// Names in a domain that every domain controller answers to ([MS-ADTS] 6.3.2.3): no host's.
const ZONES: [&str; 2] = ["domaindnszones.", "forestdnszones."];

/// An answer: what a name leads to may be an old record, so it is never certain by itself. Whom LLMNR and mDNS ask, anybody
/// answers, and who answers for others wants to be taken for them: those prove nothing.
pub(super) fn answer(learner: &mut Learner<'_>, activity: &Activity) {
    if activity.outcome != Outcome::Success || matches!(activity.protocol, ProtocolId::Llmnr | ProtocolId::Mdns) {
        return;
    }
    for record in records(&activity.details, "answers") {
        let Some((name, ip)) = host_and_address(record) else {
            continue;
        };
        // A name with several addresses is a service's, not a host's.
        let same = |other: &&Fields| {
            other.get_text("name") == record.get_text("name") && other.get("type") == record.get("type")
        };
        if records(&activity.details, "answers").filter(same).nth(1).is_none() {
            let claim = Claim {
                until: until(learner, activity, record),
                ..Claim::word(Method::DnsAnswer, name)
            };
            tell(learner, activity, ip, &claim);
        }
    }
}

/// A registration that the server took: a proof where the host registers the address it asks from and signs with its key.
pub(super) fn update(learner: &mut Learner<'_>, activity: &Activity) {
    if activity.outcome != Outcome::Success {
        return;
    }
    let signed = activity.details.get_text("tsig_key").is_some();
    for record in records(&activity.details, "added") {
        let Some((name, ip)) = host_and_address(record) else {
            continue;
        };
        let standing = match signed && ip == activity.client.ip {
            true => Standing::Proof,
            false => Standing::Word,
        };
        tell(
            learner,
            activity,
            ip,
            &Claim::word(Method::DnsUpdate, name).with(standing, None),
        );
    }
}

/// When the record is to be asked for again.
fn until(learner: &Learner<'_>, activity: &Activity, record: &Fields) -> Option<Timestamp> {
    match record.get("ttl")? {
        Value::Number(seconds) => Some(learner.book.ttl(activity.time, u64::try_from(*seconds).unwrap_or(0))),
        _ => None,
    }
}

fn tell(learner: &mut Learner<'_>, activity: &Activity, ip: IpAddr, claim: &Claim<'_>) {
    if !learner.book.repeats(ip, claim, activity.time) && is_host(learner, claim.name, ip) {
        learner.claim(activity, ip, claim);
    }
}

fn records<'a>(details: &'a Fields, name: &str) -> impl Iterator<Item = &'a Fields> {
    let list = match details.get(name) {
        Some(Value::List(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|record| match record {
        Value::Map(record) => Some(record),
        _ => None,
    })
}

/// The host and the address that a record of type A, AAAA or PTR joins.
fn host_and_address(record: &Fields) -> Option<(&str, IpAddr)> {
    let (name, data) = (record.get_text("name")?, record.get_text("data")?);
    match record.get_text("type")? {
        "A" | "AAAA" => Some((name, data.parse().ok()?)),
        "PTR" => Some((data, reverse(name)?)),
        _ => None,
    }
}

/// Whether `name` is likely a host of the network: not a domain's own name, and not the Internet's.
fn is_host(learner: &Learner<'_>, name: &str, ip: IpAddr) -> bool {
    let zone = ZONES.iter().any(|zone| {
        name.get(..zone.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(zone))
    });
    if zone || learner.domains.holds(name) {
        return false;
    }
    match learner.directory.holds(name) {
        true => learner.directory.domain(name).is_none(),
        false => is_private(ip),
    }
}

const fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// The address whose pointer record `name` is: `10.0.77.10.in-addr.arpa` (RFC 1035 §3.5), nibbles under `ip6.arpa`
/// (RFC 3596 §2.5).
fn reverse(name: &str) -> Option<IpAddr> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if let Some(octets) = name.strip_suffix(".in-addr.arpa") {
        let mut address = [0; 4];
        let mut labels = octets.split('.');
        for slot in address.iter_mut().rev() {
            *slot = labels.next()?.parse().ok()?;
        }
        return labels.next().is_none().then(|| Ipv4Addr::from(address).into());
    }
    let nibbles = name.strip_suffix(".ip6.arpa")?;
    let (mut address, mut count) = (0_u128, 0_u32);
    for label in nibbles.split('.') {
        let nibble = u128::from_str_radix(label, 16).ok().filter(|nibble| *nibble < 16)?;
        address |= nibble.checked_shl(4 * count)?;
        count += 1;
    }
    (count == 32).then(|| Ipv6Addr::from(address).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverse_names_hold_addresses() {
        assert_eq!(reverse("10.0.77.10.in-addr.arpa").unwrap().to_string(), "10.77.0.10");
        let six = "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.d.f.ip6.arpa";
        assert_eq!(reverse(six).unwrap().to_string(), "fd77::10");
        for bad in [
            "77.10.in-addr.arpa",
            "1.2.3.4.5.in-addr.arpa",
            "g.ip6.arpa",
            "lab.example",
            "1.ip6.arpa",
        ] {
            assert_eq!(reverse(bad), None);
        }
    }
}
