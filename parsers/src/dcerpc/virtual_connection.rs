//! Virtual connections of RPC over HTTP ([MS-RPCH] 1.3): two HTTP requests that are one association, the IN channel with what the client
//! says and the OUT channel with what the server answers.
//!
//! The two travel on two flows and know one another by a cookie, so the association they share lies here, beyond either of
//! them. It is kept for one pair of addresses: a worker reads all flows between two addresses and perhaps not those of others,
//! and what is said must not depend on how many workers there are. Channels through two proxies therefore stay two halves.

use std::net::IpAddr;

use compact_str::CompactString;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::association::Association;
use super::uuid::Uuid;
use crate::context::Context;
use crate::fields::Fields;

/// Virtual connections of a worker whose channels find one another; the channels of any more stay by themselves.
const MAX_CONNECTIONS: usize = 4096;

/// One half of a virtual connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// From the client.
    In,
    /// From the server.
    Out,
}

/// How an association comes that HTTP carries.
#[derive(Debug, Default)]
pub(super) struct Proxied {
    /// The server behind the proxy and its port, as the client named them.
    server: Option<CompactString>,
    /// Which channels were seen.
    seen: [bool; 2],
}

impl Proxied {
    /// A channel was seen that leads to `server`.
    pub(super) fn seen(&mut self, side: Option<Side>, server: Option<&CompactString>) {
        let [inward, outward] = &mut self.seen;
        match side {
            Some(Side::In) => *inward = true,
            Some(Side::Out) => *outward = true,
            None => {}
        }
        if self.server.is_none() {
            self.server = server.cloned();
        }
    }

    /// Writes the server, and the only channel where the other was not seen.
    pub(super) fn write(&self, details: &mut Fields) {
        details.set_some("rpc_server", self.server.clone());
        match self.seen {
            [true, false] => details.set("rpc_channel", "in"),
            [false, true] => details.set("rpc_channel", "out"),
            _ => {}
        }
    }
}

/// The addresses of a channel, and the cookie of its virtual connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    client: IpAddr,
    server: IpAddr,
    cookie: u128,
}

impl Key {
    pub(super) const fn new(cookie: Uuid, context: &Context<'_>) -> Self {
        Self {
            client: context.flow.client.ip,
            server: context.flow.server.ip,
            cookie: cookie.number(),
        }
    }
}

#[derive(Debug)]
struct Shared {
    /// Absent while one of its channels is being read.
    association: Option<Box<Association>>,
    channels: u32,
}

/// What became of a channel that wants to join its virtual connection.
#[derive(Debug)]
pub(super) enum Joined {
    /// It is the first one.
    First,
    /// It goes on with what others have said.
    Other(Box<Association>),
    /// There is no room.
    Full,
}

/// The virtual connections that are known.
#[derive(Debug, Default)]
pub(crate) struct Connections(HashMap<Key, Shared, RandomState>);

impl Connections {
    /// One more channel is of the virtual connection; whose association [`Self::put`] gives back.
    pub(super) fn join(&mut self, key: Key) -> Joined {
        if let Some(shared) = self.0.get_mut(&key) {
            shared.channels += 1;
            return shared.association.take().map_or(Joined::First, Joined::Other);
        }
        if self.0.len() >= MAX_CONNECTIONS {
            return Joined::Full;
        }
        let shared = Shared {
            association: None,
            channels: 1,
        };
        self.0.insert(key, shared);
        Joined::First
    }

    /// The association, to read a channel.
    pub(super) fn take(&mut self, key: &Key) -> Option<Box<Association>> {
        self.0.get_mut(key)?.association.take()
    }

    /// The association, until the next channel is read.
    pub(super) fn put(&mut self, key: &Key, association: Box<Association>) {
        if let Some(shared) = self.0.get_mut(key) {
            shared.association = Some(association);
        }
    }

    /// A channel ends. The last one gets the association, to end it.
    pub(super) fn leave(&mut self, key: &Key, association: Box<Association>) -> Option<Box<Association>> {
        let Some(shared) = self.0.get_mut(key) else {
            return Some(association);
        };
        shared.channels = shared.channels.saturating_sub(1);
        if shared.channels > 0 {
            shared.association = Some(association);
            return None;
        }
        self.0.remove(key);
        Some(association)
    }
}
