//! Whether a ticket that was used and never seen issued was never issued.
//!
//! That is said only where every controller that could have issued it was watched, without loss, for longer than a ticket
//! lives: since then each has been seen to issue tickets, and lately too, so that a mirror which went away is noticed. What a
//! controller asks of itself never crosses the wire, so nothing is said of tickets that controllers use.

use std::net::IpAddr;
use std::time::Duration;

use capture::Timestamp;
use compact_str::CompactString;
use hashbrown::{HashMap, HashSet};
use parsers::activity::{Activity, Outcome};

use crate::directory::Snapshot;
use crate::entity::{Computer, Tag};

/// Controllers that are remembered to have issued tickets; those beyond it make nothing certain.
const MAX_ISSUERS: usize = 4_096;

/// A controller that issued nothing for so long may have left the mirror.
const QUIET: Duration = Duration::from_secs(3_600);

/// What clocks may differ by, which prolongs a ticket ([MS-KILE] 3.1.1.1, MaxClockSkew of a domain).
const SKEW: Duration = Duration::from_secs(300);

/// What is known of how well the controllers are watched.
#[derive(Debug)]
pub(crate) struct Watch {
    /// For how long a ticket is good at most, clocks that differ included.
    lifetime: Duration,
    /// Nothing was missed since.
    since: Option<Timestamp>,
    /// SIDs of the controllers of each domain, by its DNS name.
    controllers: HashMap<CompactString, Vec<CompactString>>,
    /// When a controller was first and last seen to answer as a KDC, by SID.
    issuers: HashMap<CompactString, (Timestamp, Timestamp)>,
    /// Addresses that answered as a KDC.
    addresses: HashSet<IpAddr>,
}

impl Watch {
    pub(crate) fn new(lifetime: Duration, directory: &Snapshot) -> Self {
        Self {
            lifetime: lifetime.saturating_add(SKEW),
            since: None,
            controllers: controllers(directory),
            issuers: HashMap::new(),
            addresses: HashSet::new(),
        }
    }

    /// From now on the controllers are those of `directory`.
    pub(crate) fn take_directory(&mut self, directory: &Snapshot) {
        self.controllers = controllers(directory);
    }

    /// Something was missed at `time`: what was watched before does not count any more.
    pub(crate) fn lost(&mut self, time: Timestamp) {
        self.since = self.since.max(Some(time));
    }

    /// An exchange with `kdc`. One whose answer was not seen may have issued a ticket.
    pub(crate) fn exchange(&mut self, activity: &Activity, kdc: Option<&Computer>) {
        let time = activity.time;
        self.since.get_or_insert(time);
        if activity.outcome == Outcome::Unknown {
            self.lost(time);
            return;
        }
        if self.addresses.len() < MAX_ISSUERS {
            self.addresses.insert(activity.server.ip);
        }
        let Some(sid) = kdc.and_then(|kdc| kdc.sid.as_ref()) else {
            return;
        };
        if let Some((_, last)) = self.issuers.get_mut(sid) {
            *last = time.max(*last);
        } else if self.issuers.len() < MAX_ISSUERS {
            self.issuers.insert(sid.clone(), (time, time));
        }
    }

    /// Whether the issue of every ticket of `realm` that is still good would have been seen, when `source` uses one.
    pub(crate) fn sees_all(&self, realm: Option<&str>, used: &Activity, source: Option<&Computer>) -> bool {
        let now = used.time;
        let long_enough = |since: Timestamp| now.since(since) >= self.lifetime;
        let tagged = source.is_some_and(|source| source.tags.contains(&Tag::DomainController));
        let is_controller = tagged || self.addresses.contains(&used.client.ip);
        if is_controller || !self.since.is_some_and(long_enough) {
            return false;
        }
        let Some(controllers) = realm.and_then(|realm| self.of(realm)) else {
            return false;
        };
        controllers.iter().all(|sid| {
            self.issuers
                .get(sid)
                .is_some_and(|(first, last)| long_enough(*first) && now.since(*last) < QUIET)
        })
    }

    /// The controllers of a realm, which is its domain's DNS name in upper case.
    fn of(&self, realm: &str) -> Option<&[CompactString]> {
        let controllers = self.controllers.get(realm.to_lowercase().as_str())?;
        Some(controllers.as_slice())
    }
}

/// SIDs of the controllers of each domain, by its DNS name.
fn controllers(directory: &Snapshot) -> HashMap<CompactString, Vec<CompactString>> {
    let mut controllers: HashMap<CompactString, Vec<CompactString>> = HashMap::new();
    for controller in directory.controllers() {
        if let (Some(domain), Some(sid)) = (&controller.domain, &controller.sid) {
            controllers.entry(domain.clone()).or_default().push(sid.clone());
        }
    }
    controllers
}
