//! What a KDC wants to be asked again over TCP, since its answer does not fit a datagram (KRB_ERR_RESPONSE_TOO_BIG).
//!
//! The two halves travel on two flows, so they meet here, beyond any one of them: a worker reads all flows between two
//! addresses. Nothing is looked up while nothing is expected.

use std::net::IpAddr;

use capture::{Timestamp, Transport};
use compact_str::CompactString;

use crate::activity::{Activity, Kind};
use crate::fields::Fields;
use crate::pending::TIMEOUT;

/// The most that are expected at a time; the oldest gives way.
const MAX_EXPECTED: usize = 32;

/// The requests that are expected again.
#[derive(Debug, Default)]
pub(crate) struct Retries(Vec<Expected>);

/// A request that is expected again.
#[derive(Debug, PartialEq, Eq)]
struct Expected {
    ends: (IpAddr, IpAddr),
    kind: Kind,
    account: Option<CompactString>,
    spn: Option<CompactString>,
    /// When it was sent first.
    time: Timestamp,
}

impl Retries {
    /// `activity` is a request by datagram that the KDC wants over TCP.
    pub(super) fn expect(&mut self, activity: &Activity) {
        if activity.transport != Transport::Udp {
            return;
        }
        if self.0.len() >= MAX_EXPECTED {
            self.0.remove(0);
        }
        self.0.push(Expected {
            ends: (activity.client.ip, activity.server.ip),
            kind: activity.kind,
            account: activity.observed.account.clone(),
            spn: activity.observed.spn.clone(),
            time: activity.time,
        });
    }

    /// The datagram that `activity` sends again over TCP, where it is one that was expected.
    pub(super) fn again(&mut self, activity: &Activity) -> Option<Fields> {
        if self.0.is_empty() || activity.transport != Transport::Tcp {
            return None;
        }
        let at = self.0.iter().position(|expected| expected.is(activity))?;
        let expected = self.0.remove(at);
        let mut fields = Fields::new();
        fields.set("transport", "udp");
        fields.set("time", expected.time);
        Some(fields)
    }
}

impl Expected {
    fn is(&self, activity: &Activity) -> bool {
        self.ends == (activity.client.ip, activity.server.ip)
            && self.kind == activity.kind
            && self.account == activity.observed.account
            && self.spn == activity.observed.spn
            && self.time.after(TIMEOUT) >= activity.time
    }
}
