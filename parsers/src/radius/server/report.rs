//! Which event an Accounting-Request reports: the same whatever identifier, authenticator and Acct-Delay-Time it comes with.
//!
//! A client that asks again with another Acct-Delay-Time has to take another identifier, and so another authenticator (RFC 2866 §5.2): a
//! new request, about the same event.

use std::net::IpAddr;
use std::time::Duration;

use capture::Timestamp;
use compact_str::CompactString;
use sha2::{Digest, Sha256};

use super::{digested, source};
use crate::radius::activity::{find, number, status};
use crate::radius::wire::Packet;
use crate::text;

/// Delays count whole seconds, of a client's clock and after its queue: so far apart two reports of one event say that it was.
const TOLERANCE: Duration = Duration::from_secs(5);

/// Start, Stop (RFC 2866 §5.1): a session has one of each.
const ONCE: [u32; 2] = [1, 2];

/// User-Name, NAS-IP-Address, NAS-Identifier, NAS-IPv6-Address, Acct-Session-Id, Acct-Status-Type, Event-Timestamp.
const NAMING: [u8; 7] = [1, 4, 32, 95, 44, 40, EVENT_TIMESTAMP];
/// Proxy-State, Acct-Delay-Time, Message-Authenticator: what may be another each time.
const PASSING: [u8; 3] = [33, DELAY_TIME, 80];
const DELAY_TIME: u8 = 41;
const EVENT_TIMESTAMP: u8 = 55;

/// An event of a session, as a request reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    id: u64,
    /// When it was: when the request came, less its delay. None where it says so itself (Event-Timestamp), which is part of `id` then.
    at: Option<Timestamp>,
    delay: u32,
    /// Whether a session has no other event like it.
    once: bool,
}

impl Report {
    /// What `packet` of `from` reports; none without an Acct-Session-Id.
    pub(super) fn of(packet: &Packet<'_>, from: IpAddr, now: Timestamp) -> Option<Self> {
        let status = status(packet)?;
        find(packet, 44)?;
        let once = ONCE.contains(&status);
        let mut hasher = Sha256::new();
        source(&mut hasher, from);
        // Two Interim-Updates of a session are told apart by what they say.
        let told = |number: &u8| match once {
            true => NAMING.contains(number),
            false => !PASSING.contains(number),
        };
        for (number, value) in packet.raw().filter(|(number, _)| told(number)) {
            hasher.update([number, u8::try_from(value.len()).unwrap_or(u8::MAX)]);
            hasher.update(value);
        }
        let delay = number(packet, DELAY_TIME).unwrap_or_default();
        Some(Self {
            id: digested(hasher),
            at: find(packet, EVENT_TIMESTAMP).is_none().then(|| before(now, delay)),
            delay,
            once,
        })
    }

    /// One that was stored `time`, as its session tells: `report_id`, status_type, delay_time, and whether it has an event_time.
    #[must_use]
    pub fn stored(id: &str, status: u32, delay: u32, dated: bool, time: Timestamp) -> Option<Self> {
        Some(Self {
            id: (id.len() == 16).then(|| u64::from_str_radix(id, 16).ok())??,
            at: (!dated).then(|| before(time, delay)),
            delay,
            once: ONCE.contains(&status),
        })
    }

    /// As a session's `report_id` has it: 16 hexadecimal digits.
    #[must_use]
    pub fn id(self) -> CompactString {
        text::hex(&self.id.to_be_bytes())
    }

    /// What it is found by.
    pub(super) const fn key(self) -> u64 {
        self.id
    }

    /// Whether both report one event. Without times of their own, two Interim-Updates that say the same are two, unless one came later by
    /// as much as it says that it was delayed.
    pub(super) fn is(self, other: Self) -> bool {
        let near = |one: Timestamp, two: Timestamp| one.since(two).max(two.since(one)) <= TOLERANCE;
        self.id == other.id
            && match (self.at, other.at) {
                (None, None) => true,
                (Some(one), Some(two)) => near(one, two) && (self.once || self.delay != other.delay),
                _ => false,
            }
    }
}

/// `delay` seconds before `now`.
fn before(now: Timestamp, delay: u32) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::from(delay).saturating_mul(1_000_000_000)))
}
