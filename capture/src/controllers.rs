//! What was seen of every domain controller, and what was not: the ledger by which an operator trusts the mirror.
//!
//! Whose traffic it is, is asked once per flow: either end that is configured, else the server of a conversation on a port of the directory. A
//! server is learned as a controller when it answers from a port that only controllers listen on; a file server answers from 445 too, so that
//! what is said there counts but proves nothing. Until then it is kept as a candidate that nobody is shown: what is counted of a flow depends
//! on the flow alone, and the sum over workers does not depend on how flows are spread over them.
//!
//! **Loss is measured by acknowledgments.** Bytes that a receiver has acknowledged were on the network: those that are not in the capture were
//! lost on the way into it. Bytes that nobody acknowledged are the network's own loss, or had not arrived yet.

use std::net::IpAddr;

use compact_str::{CompactString, ToCompactString};
use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::config::Config;
use crate::decode::{Packet, Transport as Header};
use crate::ends::Opening;
use crate::flow::Transport;
use crate::stream::Loss;
use crate::table::{Key, Side};
use crate::time::Timestamp;

/// Ports that only a domain controller answers from, sorted: Kerberos, LDAP, kpasswd, LDAPS, global catalog.
const DIRECTORY: &[u16] = &[88, 389, 464, 636, 3268, 3269];
/// Further ones that it serves, sorted: DNS, RPC, NetBIOS, SMB, RPC over HTTP, DFS replication, WinRM, AD web services.
const SERVED: &[u16] = &[53, 135, 137, 138, 139, 445, 593, 5722, 5985, 5986, 9389];
/// The first port of those that RPC gives out (Windows since 2008; IANA's dynamic ports).
const DYNAMIC: u16 = 49_152;
/// Controllers learned at most.
const MAX_LEARNED: usize = 256;
/// Servers watched at most, controllers included; those on ports of the directory go before the others.
const MAX_WATCHED: usize = 1_024;
/// No controller.
const NOBODY: u16 = u16::MAX;
/// Segments from one side alone after which nobody waits for the other any more.
const ALONE: u8 = 16;

/// One direction of a controller's traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets that reached a flow; of one that came in fragments each counts.
    pub packets: u64,
    /// Bytes of them from the transport header on, whatever was captured.
    pub bytes: u64,
    /// Payload bytes of TCP streams, each once.
    pub stream_bytes: u64,
    /// Payload bytes of TCP that the receiver acknowledged and that were never seen: capture loss.
    pub missing_bytes: u64,
    /// Payload bytes of TCP that were skipped by the sender's sequence numbers but never acknowledged: lost before the mirror.
    pub unacknowledged_bytes: u64,
    /// Payload bytes of TCP cut off by the snap length.
    pub cut_bytes: u64,
}

impl Traffic {
    const fn lose(&mut self, loss: Loss) {
        match loss {
            Loss::Received(bytes) => self.missing_bytes += bytes as u64,
            Loss::Unacknowledged(bytes) => self.unacknowledged_bytes += bytes as u64,
            Loss::Cut(bytes) => self.cut_bytes += bytes as u64,
        }
    }

    const fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.stream_bytes += other.stream_bytes;
        self.missing_bytes += other.missing_bytes;
        self.unacknowledged_bytes += other.unacknowledged_bytes;
        self.cut_bytes += other.cut_bytes;
    }
}

/// What is known of one controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// As configured; a learned one is called by its address.
    pub name: CompactString,
    /// Where it is.
    pub addresses: SmallVec<[IpAddr; 1]>,
    /// It is in the configuration; else it was learned.
    pub configured: bool,
    /// What others sent to it.
    pub to: Traffic,
    /// What it sent.
    pub from: Traffic,
    /// Copies that the mirror made of its packets, in neither of both.
    pub duplicates: u64,
    /// Flows opened.
    pub flows: u64,
    /// TCP flows of which both directions were seen.
    pub flows_both: u64,
    /// TCP flows of which only what was sent to it was seen, though that acknowledges something.
    pub flows_only_to: u64,
    /// TCP flows of which only what it sent was seen, though that acknowledges something.
    pub flows_only_from: u64,
    /// Its first packet.
    pub first: Option<Timestamp>,
    /// Its last packet.
    pub last: Option<Timestamp>,
    /// It has answered from a port of the directory.
    answers: bool,
}

impl Account {
    fn new(name: CompactString, addresses: impl IntoIterator<Item = IpAddr>, configured: bool) -> Self {
        Self {
            name,
            addresses: addresses.into_iter().collect(),
            configured,
            to: Traffic::default(),
            from: Traffic::default(),
            duplicates: 0,
            flows: 0,
            flows_both: 0,
            flows_only_to: 0,
            flows_only_from: 0,
            first: None,
            last: None,
            answers: false,
        }
    }

    /// Which part of the TCP payload that was received was seen, from 0 to 1; none before there is any.
    #[must_use]
    pub fn seen(&self) -> Option<f64> {
        let seen = self.to.stream_bytes + self.from.stream_bytes;
        let all = seen + self.to.missing_bytes + self.from.missing_bytes;
        (all > 0).then(|| seen as f64 / all as f64)
    }

    /// Every number with its name, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let (to, from) = (&self.to, &self.from);
        [
            ("packets-to", to.packets),
            ("packets-from", from.packets),
            ("bytes-to", to.bytes),
            ("bytes-from", from.bytes),
            ("stream-bytes-to", to.stream_bytes),
            ("stream-bytes-from", from.stream_bytes),
            ("missing-bytes-to", to.missing_bytes),
            ("missing-bytes-from", from.missing_bytes),
            ("missing-bytes", to.missing_bytes + from.missing_bytes),
            ("unacknowledged-bytes-to", to.unacknowledged_bytes),
            ("unacknowledged-bytes-from", from.unacknowledged_bytes),
            ("cut-bytes-to", to.cut_bytes),
            ("cut-bytes-from", from.cut_bytes),
            ("duplicates", self.duplicates),
            ("flows", self.flows),
            ("flows-both", self.flows_both),
            ("flows-only-to", self.flows_only_to),
            ("flows-only-from", self.flows_only_from),
        ]
        .into_iter()
    }

    fn add(&mut self, other: &Self) {
        self.to.add(&other.to);
        self.from.add(&other.from);
        self.duplicates += other.duplicates;
        self.flows += other.flows;
        self.flows_both += other.flows_both;
        self.flows_only_to += other.flows_only_to;
        self.flows_only_from += other.flows_only_from;
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.max(other.last);
        self.answers |= other.answers;
    }
}

/// The accounts of one worker, or of a run after [`Controllers::add`].
#[derive(Clone, Debug, Default)]
pub struct Controllers {
    accounts: Vec<Account>,
    places: HashMap<IpAddr, u16>,
    configured: usize,
    learned: usize,
    /// Flows whose server would have been watched, had there not been so many.
    unwatched: u64,
    /// What was lost of all flows, whoever's they are.
    lost: Traffic,
}

/// Which controllers a flow belongs to, and what was seen of its directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parties {
    /// Places of accounts, by side.
    places: [u16; 2],
    /// The side that proves to be a controller by answering.
    proves: Option<Side>,
    /// Segments from each side, as far as that matters.
    heard: [u8; 2],
    /// What was heard acknowledges something.
    acknowledges: bool,
    counted: bool,
}

/// A packet that reached its flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) side: Side,
    pub(crate) time: Timestamp,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    /// It has payload.
    pub(crate) speaks: bool,
    /// It is a TCP segment that acknowledges something.
    pub(crate) acknowledges: bool,
}

impl Arrival {
    pub(crate) fn new(packet: &Packet<'_>, side: Side, time: Timestamp, frames: u64) -> Self {
        let (speaks, acknowledges) = match &packet.payload {
            Header::Tcp(segment) => (!segment.data.is_empty(), segment.acknowledgment.is_some()),
            Header::Udp(_) => (true, false),
        };
        Self {
            side,
            time,
            frames,
            bytes: packet.bytes.len() as u64 + u64::from(packet.payload.missing()),
            speaks,
            acknowledges,
        }
    }
}

impl Controllers {
    /// The configured controllers, nothing seen yet.
    pub(crate) fn new(config: &Config) -> Self {
        let mut new = Self::default();
        for controller in config.controllers.iter().take(usize::from(NOBODY)) {
            let name = controller.name.to_compact_string();
            new.enter(Account::new(name, controller.addresses.iter().copied(), true));
        }
        new.configured = new.accounts.len();
        new
    }

    /// The configured controllers in their order, then the learned ones by address.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        let mut shown: Vec<_> = self.accounts.iter().filter(|account| account.is_shown()).collect();
        // A stable sort: configured ones keep their order.
        shown.sort_by_key(|account| (!account.configured).then(|| account.addresses.first().copied()));
        shown.into_iter()
    }

    /// Flows whose server is in no account because there are too many.
    #[must_use]
    pub const fn unwatched(&self) -> u64 {
        self.unwatched
    }

    /// What was lost of all flows, a controller's or not.
    pub(crate) const fn lost(&self) -> &Traffic {
        &self.lost
    }

    /// Adds another worker's accounts.
    pub fn add(&mut self, other: &Self) {
        self.unwatched += other.unwatched;
        self.lost.add(&other.lost);
        for account in &other.accounts {
            let place = account.addresses.first().and_then(|address| self.places.get(address));
            let own = place.and_then(|place| self.accounts.get_mut(usize::from(*place)));
            match own.filter(|own| own.configured == account.configured) {
                Some(own) => own.add(account),
                None => self.enter(account.clone()),
            }
        }
    }

    fn enter(&mut self, account: Account) {
        let place = self.accounts.len() as u16;
        for address in &account.addresses {
            self.places.entry(*address).or_insert(place);
        }
        self.accounts.push(account);
    }

    /// Whose a new flow is.
    pub(crate) fn open(&mut self, key: &Key, opening: &Opening) -> Parties {
        let mut parties = Parties::NONE;
        let server = key.side(&opening.server);
        if let Some(place) = self.configured(opening.client.ip) {
            parties.set(server.other(), place);
        }
        match self.server(opening) {
            Some(place) => parties.set(server, place),
            None => self.unwatched += u64::from(is_served(opening.transport, opening.server.port)),
        }
        parties.proves = DIRECTORY.binary_search(&opening.server.port).is_ok().then_some(server);
        for place in parties.places {
            if let Some(account) = self.accounts.get_mut(usize::from(place)) {
                account.flows += 1;
            }
        }
        parties
    }

    fn configured(&self, address: IpAddr) -> Option<u16> {
        let place = self.places.get(&address).copied();
        place.filter(|place| usize::from(*place) < self.configured)
    }

    /// The account of a flow's server, opened if it may be a controller.
    fn server(&mut self, opening: &Opening) -> Option<u16> {
        let Opening { server, transport, .. } = opening;
        let known = self.places.get(&server.ip).copied();
        let served = is_served(*transport, server.port);
        if known.is_some_and(|place| served || usize::from(place) < self.configured) {
            return known;
        }
        let watched = self.accounts.len() - self.configured;
        let room = if DIRECTORY.contains(&server.port) {
            MAX_WATCHED
        } else {
            MAX_WATCHED - MAX_LEARNED
        };
        if !served || watched >= room || server.ip.is_multicast() || self.accounts.len() >= usize::from(NOBODY) {
            return None;
        }
        self.enter(Account::new(server.ip.to_compact_string(), [server.ip], false));
        self.places.get(&server.ip).copied()
    }

    /// A packet of a flow.
    pub(crate) fn packet(&mut self, parties: &mut Parties, arrival: &Arrival) {
        if parties.is_none() {
            return;
        }
        let side = arrival.side;
        if let Some(account) = self.account(parties, side) {
            account.take(arrival, |account| &mut account.from);
        }
        if let Some(account) = self.account(parties, side.other()) {
            account.take(arrival, |account| &mut account.to);
        }
        if parties.proves == Some(side) && arrival.speaks {
            self.learn(parties, side);
        }
        if let Some(directions) = parties.hear(arrival) {
            self.count(parties, directions);
        }
    }

    /// The server of a flow has answered.
    fn learn(&mut self, parties: &mut Parties, side: Side) {
        parties.proves = None;
        let full = self.learned >= MAX_LEARNED;
        let Some(account) = self.account(parties, side) else {
            return;
        };
        if account.answers || account.configured {
            return;
        }
        account.answers = !full;
        self.learned += usize::from(!full);
        self.unwatched += u64::from(full);
    }

    /// A copy of `frames` frames of a flow's packet.
    pub(crate) fn duplicate(&mut self, parties: &Parties, frames: u64) {
        for place in parties.places {
            if let Some(account) = self.accounts.get_mut(usize::from(place)) {
                account.duplicates += frames;
            }
        }
    }

    /// A copy of a fragment, which tells no ports: it counts where the address alone is enough.
    pub(crate) fn duplicate_between(&mut self, ends: [IpAddr; 2], frames: u64) {
        for place in ends.map(|end| self.configured(end)).into_iter().flatten() {
            if let Some(account) = self.accounts.get_mut(usize::from(place)) {
                account.duplicates += frames;
            }
        }
    }

    /// So many payload bytes of TCP that `side` sent were delivered.
    pub(crate) fn deliver(&mut self, parties: &Parties, side: Side, bytes: u64) {
        if !parties.is_none() {
            self.stream(parties, side, |traffic| traffic.stream_bytes += bytes);
        }
    }

    /// Bytes that `side` sent will not be seen.
    pub(crate) fn lose(&mut self, parties: &Parties, side: Side, loss: Loss) {
        self.lost.lose(loss);
        self.stream(parties, side, |traffic| traffic.lose(loss));
    }

    fn stream(&mut self, parties: &Parties, side: Side, amount: impl Fn(&mut Traffic)) {
        if let Some(account) = self.account(parties, side) {
            amount(&mut account.from);
        }
        if let Some(account) = self.account(parties, side.other()) {
            amount(&mut account.to);
        }
    }

    /// A flow is over.
    pub(crate) fn close(&mut self, parties: &mut Parties) {
        if let Some(directions) = parties.alone(1) {
            self.count(parties, directions);
        }
    }

    fn count(&mut self, parties: &Parties, directions: Directions) {
        for side in [Side::First, Side::Second] {
            let Some(account) = self.account(parties, side) else {
                continue;
            };
            match directions {
                Directions::Both => account.flows_both += 1,
                Directions::Only(sender) if sender == side => account.flows_only_from += 1,
                Directions::Only(_) => account.flows_only_to += 1,
            }
        }
    }

    fn account(&mut self, parties: &Parties, side: Side) -> Option<&mut Account> {
        self.accounts.get_mut(usize::from(parties.of(side)))
    }
}

impl Account {
    const fn is_shown(&self) -> bool {
        self.configured || self.answers
    }

    fn take(&mut self, arrival: &Arrival, traffic: impl Fn(&mut Self) -> &mut Traffic) {
        let time = arrival.time;
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = self.last.max(Some(time));
        let traffic = traffic(self);
        traffic.packets += arrival.frames;
        traffic.bytes += arrival.bytes;
    }
}

/// Which directions of a TCP flow were seen.
#[derive(Clone, Copy)]
enum Directions {
    Both,
    Only(Side),
}

impl Parties {
    const NONE: Self = Self {
        places: [NOBODY; 2],
        proves: None,
        heard: [0; 2],
        acknowledges: false,
        counted: false,
    };

    fn is_none(&self) -> bool {
        self.places == [NOBODY; 2]
    }

    const fn of(&self, side: Side) -> u16 {
        let [first, second] = self.places;
        match side {
            Side::First => first,
            Side::Second => second,
        }
    }

    const fn set(&mut self, side: Side, place: u16) {
        let [first, second] = &mut self.places;
        match side {
            Side::First => *first = place,
            Side::Second => *second = place,
        }
    }

    /// What is known of the directions by now, if that is new.
    fn hear(&mut self, arrival: &Arrival) -> Option<Directions> {
        if self.counted {
            return None;
        }
        let [first, second] = &mut self.heard;
        let heard = match arrival.side {
            Side::First => first,
            Side::Second => second,
        };
        *heard = heard.saturating_add(1);
        self.acknowledges |= arrival.acknowledges;
        self.alone(ALONE)
    }

    /// Counted once: at the second direction's first segment, or when `enough` of one are there and prove that there is another.
    fn alone(&mut self, enough: u8) -> Option<Directions> {
        let directions = match self.heard {
            _ if self.counted || !self.acknowledges => return None,
            [0, second] if second >= enough => Directions::Only(Side::Second),
            [first, 0] if first >= enough => Directions::Only(Side::First),
            [first, second] if first > 0 && second > 0 => Directions::Both,
            _ => return None,
        };
        self.counted = true;
        Some(directions)
    }
}

/// Whether a controller would listen on that port.
fn is_served(transport: Transport, port: u16) -> bool {
    let dynamic = transport == Transport::Tcp && port >= DYNAMIC;
    dynamic || DIRECTORY.binary_search(&port).is_ok() || SERVED.binary_search(&port).is_ok()
}

#[cfg(test)]
mod tests;
