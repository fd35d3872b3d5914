//! A name and an address seen together where nobody asked for it to be told, or a SYN that tells whose TCP is at an address: evidence for
//! whoever resolves addresses, and no activity of its own.

use std::net::IpAddr;

use capture::{Stack, Timestamp};
use compact_str::CompactString;

use crate::activity::Order;

/// Where they stood together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A DHCP server granted a lease to a client that calls itself so.
    Dhcp,
    /// A DHCP client gave its lease back.
    DhcpRelease,
    /// A connection came about whose SYN, or SYN-ACK, was sent from there: no name, but the family of operating systems.
    Syn(Stack),
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Where it belongs among the activities of a run.
    pub order: Order,
    /// Packet time.
    pub time: Timestamp,
    /// Where they stood together.
    pub source: Source,
    /// The address.
    pub ip: IpAddr,
    /// The host's name, with or without its domain; empty where none was told.
    pub name: CompactString,
    /// A domain that stood beside it.
    pub domain: Option<CompactString>,
    /// The network card.
    pub mac: Option<[u8; 6]>,
    /// When the lease ends.
    pub until: Option<Timestamp>,
}

impl Sighting {
    /// One that says nothing yet but where, for [`crate::context::Context::sighting`], which gives it its time and place.
    #[must_use]
    pub fn new(source: Source, ip: IpAddr) -> Self {
        Self {
            order: Order::default(),
            time: Timestamp::default(),
            source,
            ip,
            name: CompactString::default(),
            domain: None,
            mac: None,
            until: None,
        }
    }
}
