//! NetBIOS over TCP/IP (RFC 1001, RFC 1002): the name service and the datagram service; of its sessions, which SMB reads, the
//! names.

pub mod datagram;
pub mod nbns;

pub(crate) mod name;
