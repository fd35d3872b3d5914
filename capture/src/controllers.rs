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

use compact_str::ToCompactString;
use hashbrown::HashMap;

use crate::config::Config;
use crate::ends::Opening;
use crate::flow::Transport;
use crate::stream::Loss;
use crate::table::{Key, Side};

mod account;
mod parties;

pub use account::{Account, Traffic};
pub(crate) use parties::{Arrival, Parties};
use parties::{Directions, NOBODY};

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

/// Whether a controller would listen on that port.
fn is_served(transport: Transport, port: u16) -> bool {
    let dynamic = transport == Transport::Tcp && port >= DYNAMIC;
    dynamic || DIRECTORY.binary_search(&port).is_ok() || SERVED.binary_search(&port).is_ok()
}

#[cfg(test)]
mod tests;
