//! Which end of a new flow is the client.

use std::net::IpAddr;

use crate::decode::{Path, Segment};
use crate::flow::{Endpoint, Transport};

/// Ports that servers of a domain listen on, sorted: DNS, Kerberos, RPC, NetBIOS, LDAP, SMB, kpasswd, global catalog, WinRM, AD web
/// services and the usual web ports (IANA Service Name and Transport Protocol Port Number Registry).
const SERVER_PORTS: &[u16] = &[
    53, 80, 88, 123, 135, 137, 138, 139, 389, 443, 445, 464, 593, 636, 1433, 1812, 1813, 3268, 3269, 3389, 5353, 5355,
    5722, 5985, 5986, 8080, 9389,
];

/// Both ends of a packet.
pub(crate) struct Ends {
    source: Endpoint,
    destination: Endpoint,
}

/// What is known of a flow at its first packet.
pub(crate) struct Opening {
    pub(crate) transport: Transport,
    pub(crate) client: Endpoint,
    pub(crate) server: Endpoint,
    pub(crate) midstream: bool,
}

impl Ends {
    pub(crate) fn new(path: &Path, source_port: u16, destination_port: u16) -> Self {
        let end = |ip: IpAddr, port, mac| Endpoint { ip, port, mac };
        Self {
            source: end(path.source, source_port, path.source_mac),
            destination: end(path.destination, destination_port, path.destination_mac),
        }
    }

    pub(crate) fn udp(&self) -> Opening {
        self.opening(Transport::Udp, self.source_is_client(), false)
    }

    /// The sender of a SYN is the client, the sender of a SYN-ACK the server (RFC 9293 §3.5).
    pub(crate) fn tcp(&self, segment: &Segment<'_>) -> Opening {
        match (segment.syn, segment.acknowledgment) {
            (true, None) => self.opening(Transport::Tcp, true, false),
            (true, Some(_)) => self.opening(Transport::Tcp, false, false),
            (false, _) => self.opening(Transport::Tcp, self.source_is_client(), true),
        }
    }

    /// By ports: the end at a known server port is the server, else the end at the lower one; the sender is the client of equals.
    fn source_is_client(&self) -> bool {
        let known = |end: &Endpoint| SERVER_PORTS.binary_search(&end.port).is_ok();
        match (known(&self.source), known(&self.destination)) {
            (true, false) => false,
            (false, true) => true,
            _ => self.source.port >= self.destination.port,
        }
    }

    const fn opening(&self, transport: Transport, source_is_client: bool, midstream: bool) -> Opening {
        let (client, server) = if source_is_client {
            (self.source, self.destination)
        } else {
            (self.destination, self.source)
        };
        Opening {
            transport,
            client,
            server,
            midstream,
        }
    }
}
