//! Where the fragments of a tunnel's packets go.
//!
//! Invariant: all fragments of a datagram get the same hash as long as it is remembered, in whatever order they come.

use std::collections::VecDeque;
use std::net::IpAddr;

use hashbrown::HashMap;

use super::between;
use crate::decode::{self, Fragment};

/// The longest IP payload.
const MAX_PAYLOAD: u32 = 65_535;
/// Datagrams remembered: far fewer than the identifications of IPv4, so that a datagram is forgotten before its number returns.
const MAX_DATAGRAMS: usize = 4_096;

/// Datagrams of which a fragment was seen.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    datagrams: HashMap<Datagram, Seen>,
    /// By age.
    order: VecDeque<Datagram>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Datagram {
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    protocol: u8,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    hash: u32,
    /// The first fragment was among what was seen: another one begins another datagram.
    first: bool,
}

impl Pieces {
    /// The hash of `fragment` and of the others of its datagram.
    pub(super) fn hash(&mut self, fragment: &Fragment<'_>) -> u32 {
        let datagram = Datagram {
            source: fragment.path.source,
            destination: fragment.path.destination,
            identification: fragment.identification,
            protocol: fragment.protocol,
        };
        let first = fragment.offset == 0;
        if let Some(seen) = self.datagrams.get_mut(&datagram)
            && !(first && seen.first)
        {
            seen.first |= first;
            return seen.hash;
        }
        let hash = if first {
            inside(fragment)
        } else {
            between(&fragment.path)
        };
        self.remember(datagram, Seen { hash, first });
        hash
    }

    fn remember(&mut self, datagram: Datagram, seen: Seen) {
        if self.datagrams.insert(datagram, seen).is_some() {
            return;
        }
        self.order.push_back(datagram);
        if self.order.len() > MAX_DATAGRAMS
            && let Some(oldest) = self.order.pop_front()
        {
            self.datagrams.remove(&oldest);
        }
    }
}

/// By the innermost addresses that a first fragment shows.
fn inside(fragment: &Fragment<'_>) -> u32 {
    let decoded = decode::reassembled(fragment, fragment.data, MAX_PAYLOAD);
    decoded.map_or_else(|_| between(&fragment.path), |decoded| between(decoded.path()))
}
