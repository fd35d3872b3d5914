//! RPC over HTTP ([MS-RPCH]): requests whose bodies, or whose connections, carry RPC.
//!
//! Version 2 opens an IN and an OUT channel, one request each, whose bodies are announced with up to 2 GiB and read piece by piece as
//! they come; version 1 turns its connection into the association. Over TLS none of it is seen.

use capture::Timestamp;

use super::message;
use super::wire::Head;
use crate::context::Context;
use crate::dcerpc::channel::Channel;
use crate::dcerpc::virtual_connection::Side;
use crate::gss::Identity;
use crate::text;

/// Bodies that are no longer hold an echo request's random octets ([MS-RPCH] 2.1.2.1.5).
const ECHO: u64 = 0x10;

/// Octets of a server's name and port that are told.
const LONGEST: usize = 256;

/// What a request opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// An IN channel of version 2.
    In,
    /// An OUT channel of version 2.
    Out,
    /// An association of version 1.
    Connect,
}

impl Way {
    /// By the request's method.
    pub(super) fn of(method: &[u8]) -> Option<Self> {
        Some(match method {
            b"RPC_IN_DATA" => Self::In,
            b"RPC_OUT_DATA" => Self::Out,
            b"RPC_CONNECT" => Self::Connect,
            _ => return None,
        })
    }

    const fn side(self) -> Option<Side> {
        match self {
            Self::In => Some(Side::In),
            Self::Out => Some(Side::Out),
            Self::Connect => None,
        }
    }

    /// Whether a request's body of `length` octets is a channel.
    pub(super) fn carries(self, length: Option<u64>) -> bool {
        self != Self::Connect && length.is_none_or(|length| length > ECHO)
    }
}

/// What a response is of whose request was not seen: an OUT channel says so by its type ([MS-RPCH] 2.1.2.1.4).
pub(super) fn answers(head: &Head<'_>) -> Option<Way> {
    let kind = head.content_type?;
    kind.eq_ignore_ascii_case(b"application/rpc").then_some(Way::Out)
}

/// The server and port that the proxy is to reach: the query of the target (`/rpc/rpcproxy.dll?server:port`), or its path where there
/// is none.
pub(super) fn server<'a>(method: &[u8], target: &'a [u8]) -> Option<&'a [u8]> {
    Way::of(method)?;
    let query = target.iter().position(|byte| *byte == b'?');
    let server = match query {
        Some(query) => target.get(query + 1..)?,
        None => message::path(target),
    };
    server.get(..LONGEST).or(Some(server))
}

/// What an HTTP connection carries of RPC.
#[derive(Debug)]
pub(super) struct Rpc {
    channel: Channel,
    way: Way,
    /// The connection is no HTTP any more.
    pub(super) connected: bool,
    /// The response to its request came.
    pub(super) answered: bool,
}

impl Rpc {
    /// A request opens a channel to `server`, in the name of whoever the connection speaks for.
    pub(super) fn new(way: Way, server: Option<&[u8]>, identity: Option<&Identity>) -> Self {
        Self {
            channel: Channel::new(way.side(), server.map(text::bytes), identity.cloned()),
            way,
            connected: false,
            answered: false,
        }
    }

    /// The next octets of a direction.
    pub(super) fn bytes(&mut self, data: &[u8], context: &mut Context<'_>) {
        self.channel.bytes(data, &mut context.within("http"));
    }

    /// Octets of a direction were lost.
    pub(super) fn gap(&mut self, missing: u64, context: &mut Context<'_>) {
        self.channel.gap(missing, &mut context.within("http"));
    }

    /// Whether the proxy has let the request pass, which it never says of an IN channel: the client calls only once the server has
    /// answered on the OUT channel that both are there ([MS-RPCH] 3.2.2).
    pub(super) const fn is_granted(&self) -> bool {
        matches!(self.way, Way::In) && self.channel.has_called()
    }

    pub(super) const fn deadline(&self) -> Option<Timestamp> {
        self.channel.deadline()
    }

    pub(super) fn expire(&mut self, context: &mut Context<'_>) {
        self.channel.expire(&mut context.within("http"));
    }

    pub(super) fn finish(&mut self, context: &mut Context<'_>) {
        self.channel.finish(&mut context.within("http"));
    }
}
