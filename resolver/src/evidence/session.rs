//! Sessions that RADIUS accounting reports: who was given an address, by a VPN gateway or by the network it is plugged into.

use std::net::IpAddr;

use parsers::activity::{Activity, Outcome};
use parsers::fields::{Fields, Value};

use super::Learner;
use crate::address::{Claim, Standing};
use crate::entity::Method;

/// Start, Stop, Interim-Update (RFC 2866 §5.1).
const START: i64 = 1;
const STOP: i64 = 2;
const INTERIM: i64 = 3;

/// NAS-Port-Types of a local network, wired or wireless (RFC 2865 §5.41): Ethernet, Wireless - Other, IEEE 802.11, Token-Ring, FDDI.
const LOCAL: [i64; 5] = [15, 18, 19, 20, 21];

/// A session began, goes on or ended, and the server took the report.
pub(super) fn accounting(learner: &mut Learner<'_>, activity: &Activity) {
    let details = &activity.details;
    if activity.outcome != Outcome::Success {
        return;
    }
    for ip in ["framed_ip", "framed_ipv6"]
        .into_iter()
        .filter_map(|name| address(details, name))
    {
        match details.get("status_type") {
            Some(&Value::Number(START | INTERIM)) => goes_on(learner, activity, ip),
            Some(&Value::Number(STOP)) => learner.book.release(ip, activity.time),
            _ => {}
        }
    }
}

/// A session has `ip`. Where a computer is who logged on (802.1X), it is the holder.
fn goes_on(learner: &mut Learner<'_>, activity: &Activity, ip: IpAddr) {
    let user = activity.details.get_text("user").unwrap_or_default();
    let local = matches!(activity.details.get("nas_port_type"), Some(Value::Number(kind)) if LOCAL.contains(kind));
    learner.book.session(ip, user, !local, activity.time);
    let account = activity.observed.account.as_deref().unwrap_or(user);
    let machine = account
        .strip_prefix("host/")
        .or(Some(account).filter(|account| account.ends_with('$')));
    if let Some(name) = machine {
        let domain = activity.observed.domain.as_deref();
        let claim = Claim::word(Method::RadiusSession, name).with(Standing::Answer, domain);
        learner.book.learn(ip, &claim, activity.time);
    }
}

fn address(details: &Fields, name: &str) -> Option<IpAddr> {
    details.get_text(name)?.parse().ok()
}
