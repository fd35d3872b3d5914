//! A NetBIOS node status request, UDP 137: the host's table of names (RFC 1002 §4.2.17 and §4.2.18).

use parsers::netbios::nbns::{NodeName, NodeStatus};

use super::exchange::Question;
use super::identity::{Identity, Reason};

/// Octets of the request.
const LENGTH: usize = 50;

/// The suffixes of a computer's own name and of its file server's ([MS-NBTE] 2.2.1).
const WORKSTATION: u8 = 0x00;
const SERVER: u8 = 0x20;

/// The question of one host for its names.
#[derive(Clone, Debug)]
pub struct NodeStatusRequest {
    id: u16,
    datagram: [u8; LENGTH],
}

impl NodeStatusRequest {
    /// A question that answers are told by `id`: NAME_TRN_ID, which nobody else should be able to guess.
    #[must_use]
    pub fn new(id: u16) -> Self {
        /// No flags, one question, of `*` padded with zeros in half-octets (RFC 1001 §14.1), NBSTAT, IN.
        const REQUEST: &[u8; LENGTH] = b"\0\0\0\0\0\x01\0\0\0\0\0\0\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\0\x21\0\x01";
        let mut datagram = *REQUEST;
        if let Some(name) = datagram.first_chunk_mut() {
            *name = id.to_be_bytes();
        }
        Self { id, datagram }
    }
}

impl Question for NodeStatusRequest {
    fn datagram(&self) -> &[u8] {
        &self.datagram
    }

    fn answer(&self, datagram: &[u8]) -> Option<Result<Identity, Reason>> {
        match NodeStatus::read(datagram) {
            Ok(status) if status.id != self.id => None,
            Ok(status) => Some(identity(&status.names)),
            Err(malformed) => Some(Err(Reason::Malformed(malformed.0))),
        }
    }
}

/// A computer's name is its alone, its domain's or workgroup's is a group's.
fn identity(names: &[NodeName]) -> Result<Identity, Reason> {
    let find = |suffix, group| {
        let mut names = names.iter();
        let name = names.find(|name| name.suffix == suffix && name.group == group)?;
        Some(name.text.as_str())
    };
    let name = find(WORKSTATION, false)
        .or_else(|| find(SERVER, false))
        .ok_or(Reason::Unnamed("its table has no computer's name"))?;
    Identity::of(name, find(WORKSTATION, true))
}
