//! What came of asking one address.

use std::net::IpAddr;

use capture::Timestamp;

use super::identity::{Identity, Reason};
use crate::answer::{Answer, Probe};

/// What every way to ask came to; nothing where the address was not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The address.
    pub ip: IpAddr,
    /// In the order in which it came.
    pub told: Vec<(Probe, Result<Identity, Reason>)>,
}

impl Finding {
    /// Nothing, as yet.
    #[must_use]
    pub const fn nothing(ip: IpAddr) -> Self {
        Self { ip, told: Vec::new() }
    }

    /// Who was named, and how.
    pub fn identities(&self) -> impl Iterator<Item = (Probe, &Identity)> {
        self.told
            .iter()
            .filter_map(|(probe, told)| Some((*probe, told.as_ref().ok()?)))
    }

    /// Whether answers name different hosts.
    #[must_use]
    pub fn conflicts(&self) -> bool {
        let mut identities = self.identities();
        identities
            .next()
            .is_some_and(|(_, first)| identities.any(|(_, other)| !other.agrees(first)))
    }

    /// What it comes to as evidence, at `time` on the clock that packets are stamped with.
    pub fn answers(&self, time: Timestamp) -> impl Iterator<Item = Answer> {
        self.identities().map(move |(probe, identity)| Answer {
            time,
            ip: self.ip,
            probe,
            name: identity.name.clone(),
            domain: identity.domain.clone(),
        })
    }
}
