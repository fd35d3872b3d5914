//! Dynamic endpoints that the endpoint mapper and the object resolver named: which interface a server's port belongs to.
//!
//! One table serves all flows of a worker. What is learnt is kept for the client that asked: a worker sees all packets
//! between two addresses and perhaps not those of others, and what is said must not depend on how many workers there are.

use std::collections::VecDeque;
use std::net::IpAddr;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::wire::Syntax;
use crate::context::Context;

/// Ports that are known at once; the oldest gives way.
const MAX_ENDPOINTS: usize = 16_384;

/// A port that was answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Endpoint {
    /// The host that was named with it; none where it is the one that answers.
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
    /// What is served there; none where that is any number of interfaces, as of an object exporter.
    pub(super) interface: Option<Syntax>,
}

impl Endpoint {
    /// The client of `context` was told of it. A port of another host is passed over: its packets may be another worker's.
    pub(super) fn learn(self, context: &mut Context<'_>) {
        let (client, server) = (context.flow.client.ip, context.flow.server.ip);
        if self.address.is_some_and(|address| address != server) {
            return;
        }
        if context.endpoints().learn(client, server, self.port, self.interface) {
            context.limit("dcerpc.endpoints");
        }
    }
}

/// Client, server, and the server's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    client: IpAddr,
    server: IpAddr,
    port: u16,
}

/// The ports that are known.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    /// What each serves; none where that is several: which one a call is of cannot be told.
    known: HashMap<Key, Option<Syntax>, RandomState>,
    /// Keys in order of their learning.
    order: VecDeque<Key>,
}

impl Endpoints {
    /// `client` was told that `server` serves `interface` at `port`. Returns whether the oldest had to give way.
    pub(super) fn learn(&mut self, client: IpAddr, server: IpAddr, port: u16, interface: Option<Syntax>) -> bool {
        let key = Key { client, server, port };
        if let Some(known) = self.known.get_mut(&key) {
            *known = known.filter(|known| Some(*known) == interface);
            return false;
        }
        let full = self.order.len() >= MAX_ENDPOINTS;
        if full && let Some(oldest) = self.order.pop_front() {
            self.known.remove(&oldest);
        }
        self.known.insert(key, interface);
        self.order.push_back(key);
        full
    }

    /// Whether RPC is spoken there.
    pub(crate) fn knows(&self, client: IpAddr, server: IpAddr, port: u16) -> bool {
        !self.known.is_empty() && self.known.contains_key(&Key { client, server, port })
    }

    /// The one interface that is known to be served there.
    pub(super) fn interface(&self, client: IpAddr, server: IpAddr, port: u16) -> Option<Syntax> {
        *self.known.get(&Key { client, server, port })?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dcerpc::uuid::Uuid;

    fn syntax(text: &str) -> Syntax {
        Syntax {
            uuid: Uuid::parse(text),
            major: 1,
            minor: 0,
        }
    }

    #[test]
    fn a_port_of_one_interface_is_that_interface() {
        let (client, server) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let samr = syntax("12345778-1234-abcd-ef00-0123456789ac");
        let lsa = syntax("12345778-1234-abcd-ef00-0123456789ab");
        let mut endpoints = Endpoints::default();
        endpoints.learn(client, server, 49_155, Some(samr));
        assert_eq!(endpoints.interface(client, server, 49_155), Some(samr));
        assert_eq!(endpoints.interface(server, client, 49_155), None);
        endpoints.learn(client, server, 49_155, Some(samr));
        assert_eq!(endpoints.interface(client, server, 49_155), Some(samr));
        endpoints.learn(client, server, 49_155, Some(lsa));
        assert_eq!(
            endpoints.interface(client, server, 49_155),
            None,
            "two interfaces: no guess"
        );
        assert!(endpoints.knows(client, server, 49_155));
    }

    #[test]
    fn the_table_is_bounded() {
        let server = IpAddr::from([10, 0, 0, 2]);
        let samr = syntax("12345778-1234-abcd-ef00-0123456789ac");
        let mut endpoints = Endpoints::default();
        for number in 0..MAX_ENDPOINTS as u32 + 10 {
            let client = IpAddr::from(number.to_be_bytes());
            let full = endpoints.learn(client, server, 49_155, Some(samr));
            assert_eq!(full, number as usize >= MAX_ENDPOINTS);
        }
        assert_eq!(endpoints.known.len(), MAX_ENDPOINTS);
        assert!(!endpoints.knows(IpAddr::from([0, 0, 0, 9]), server, 49_155));
    }
}
