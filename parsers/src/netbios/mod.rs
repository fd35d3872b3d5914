//! NetBIOS over TCP/IP (RFC 1001, RFC 1002) beside sessions, which SMB reads: the name service and the datagram service.

pub mod nbns;

mod name;
