//! Sessions that RADIUS accounting reports: who was given an address, by a VPN gateway or by the network it is plugged into.

use std::net::{IpAddr, Ipv6Addr};

use compact_str::{CompactString, ToCompactString};
use parsers::activity::{Activity, Outcome};
use parsers::fields::{Fields, Value};
use smallvec::SmallVec;

use super::Learner;
use crate::address::{Claim, Prefix, Session, Standing};
use crate::directory::split_account;
use crate::entity::Method;

/// Start, Stop, Interim-Update, Accounting-On, Accounting-Off (RFC 2866 §5.1).
const START: i64 = 1;
const STOP: i64 = 2;
const INTERIM: i64 = 3;
const ON: i64 = 7;
const OFF: i64 = 8;

/// NAS-Port-Types of a local network, wired or wireless (RFC 2865 §5.41): Ethernet, Wireless - Other, IEEE 802.11, Token-Ring, FDDI.
const LOCAL: [i64; 5] = [15, 18, 19, 20, 21];

/// What gateways call themselves: NAS-Identifier, NAS-IP-Address, NAS-IPv6-Address.
const GATEWAY: [&str; 3] = ["nas", "nas_ip", "nas_ipv6"];

/// A session began, goes on or ended, or all of a gateway's did, and the server took the report.
pub(super) fn accounting(learner: &mut Learner<'_>, activity: &Activity) {
    if activity.outcome != Outcome::Success {
        return;
    }
    let details = &activity.details;
    match details.get("status_type") {
        Some(&Value::Number(START | INTERIM)) => goes_on(learner, activity),
        Some(&Value::Number(STOP)) => addresses(details)
            .iter()
            .for_each(|ip| learner.book.release(*ip, activity.time)),
        Some(&Value::Number(ON | OFF)) => learner.book.restarted(&gateway(activity), activity.time),
        _ => {}
    }
}

/// A session has its addresses. Where a computer is who logged on (802.1X), it is the holder. A prefix says whose network it is, and of no
/// address that it is somebody else's now.
fn goes_on(learner: &mut Learner<'_>, activity: &Activity) {
    let details = &activity.details;
    let local = matches!(details.get("nas_port_type"), Some(Value::Number(kind)) if LOCAL.contains(kind));
    let gateway = gateway(activity);
    let session = Session {
        user: details.get_text("user").unwrap_or_default(),
        vpn: !local,
        gateway: &gateway,
    };
    for ip in addresses(details) {
        learner.book.session(ip, &session, activity.time);
        computer(learner, activity, ip);
    }
    for name in ["framed_ipv6_prefix", "delegated_ipv6_prefix"] {
        if let Some(prefix) = prefix(details, name).filter(|_| !local) {
            learner.book.prefix(prefix, activity.time);
        }
    }
}

fn computer(learner: &mut Learner<'_>, activity: &Activity, ip: IpAddr) {
    let user = activity.details.get_text("user").unwrap_or_default();
    let account = activity.observed.account.as_deref().unwrap_or(user);
    let (account, domain) = split_account(account, activity.observed.domain.as_deref());
    let machine = account
        .strip_prefix("host/")
        .or(Some(account).filter(|account| account.ends_with('$')));
    if let Some(name) = machine {
        let claim = Claim::word(Method::RadiusSession, name).with(Standing::Answer, domain);
        learner.book.learn(ip, &claim, activity.time);
    }
}

/// What the gateway calls itself; the address that it reports from where it has no name.
fn gateway(activity: &Activity) -> SmallVec<[CompactString; 3]> {
    let named = GATEWAY.iter().filter_map(|name| activity.details.get_text(name));
    let mut names: SmallVec<[CompactString; 3]> = named.map(CompactString::new).collect();
    if names.is_empty() {
        names.push(activity.client.ip.to_compact_string());
    }
    names
}

/// The addresses that a session was given: also the one that a prefix of 64 bits and an interface identifier make (RFC 3162 §2.2, 2.3).
fn addresses(details: &Fields) -> SmallVec<[IpAddr; 3]> {
    let named = ["framed_ip", "framed_ipv6"];
    let mut found: SmallVec<[IpAddr; 3]> = named.iter().filter_map(|name| address(details, name)).collect();
    let prefix = prefix(details, "framed_ipv6_prefix");
    let made = prefix.and_then(|prefix| match prefix.length {
        64 => Some(u128::from(prefix.network) | u128::from(interface(details)?)),
        128 => Some(prefix.network.into()),
        _ => None,
    });
    if let Some(ip) = made.map(|bits| IpAddr::V6(bits.into()))
        && !found.contains(&ip)
    {
        found.push(ip);
    }
    found
}

/// Framed-Interface-Id: 16 hexadecimal digits.
fn interface(details: &Fields) -> Option<u64> {
    u64::from_str_radix(details.get_text("framed_interface_id")?, 16).ok()
}

fn prefix(details: &Fields, name: &str) -> Option<Prefix> {
    let (network, length) = details.get_text(name)?.split_once('/')?;
    let network: Ipv6Addr = network.parse().ok()?;
    Some(Prefix::of(network, length.parse().ok()?))
}

fn address(details: &Fields, name: &str) -> Option<IpAddr> {
    details.get_text(name)?.parse().ok()
}
