//! Codes of packets and of enumerated attributes by the names of the RFCs (IANA, "RADIUS Types").

/// A packet's code (RFC 2865 §3, RFC 2866 §3, RFC 2882 §2.2, RFC 3575 §2.1, RFC 5176 §2, RFC 7930 §4).
pub(super) const fn packet(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "Access-Request",
        2 => "Access-Accept",
        3 => "Access-Reject",
        4 => "Accounting-Request",
        5 => "Accounting-Response",
        6 => "Accounting-Status",
        7 => "Password-Request",
        8 => "Password-Ack",
        9 => "Password-Reject",
        10 => "Accounting-Message",
        11 => "Access-Challenge",
        12 => "Status-Server",
        13 => "Status-Client",
        21 => "Resource-Free-Request",
        22 => "Resource-Free-Response",
        23 => "Resource-Query-Request",
        24 => "Resource-Query-Response",
        25 => "Alternate-Resource-Reclaim-Request",
        26 => "NAS-Reboot-Request",
        27 => "NAS-Reboot-Response",
        29 => "Next-Passcode",
        30 => "New-Pin",
        31 => "Terminate-Session",
        32 => "Password-Expired",
        33 => "Event-Request",
        34 => "Event-Response",
        40 => "Disconnect-Request",
        41 => "Disconnect-ACK",
        42 => "Disconnect-NAK",
        43 => "CoA-Request",
        44 => "CoA-ACK",
        45 => "CoA-NAK",
        50 => "IP-Address-Allocate",
        51 => "IP-Address-Release",
        52 => "Protocol-Error",
        _ => return None,
    })
}

/// Whether a packet of this code asks; every other answers.
pub(super) const fn is_request(code: u8) -> bool {
    matches!(
        code,
        1 | 4 | 7 | 10 | 12 | 13 | 21 | 23 | 25 | 26 | 31 | 33 | 40 | 43 | 50 | 51
    )
}

/// Service-Type (RFC 2865 §5.6, RFC 5176 §3.2, RFC 5607 §6.1).
pub(super) const fn service_type(value: u32) -> Option<&'static str> {
    Some(match value {
        1 => "Login",
        2 => "Framed",
        3 => "Callback Login",
        4 => "Callback Framed",
        5 => "Outbound",
        6 => "Administrative",
        7 => "NAS Prompt",
        8 => "Authenticate Only",
        9 => "Callback NAS Prompt",
        10 => "Call Check",
        11 => "Callback Administrative",
        17 => "Authorize Only",
        18 => "Framed-Management",
        _ => return None,
    })
}

/// Framed-Protocol (RFC 2865 §5.7).
pub(super) const fn framed_protocol(value: u32) -> Option<&'static str> {
    Some(match value {
        1 => "PPP",
        2 => "SLIP",
        3 => "ARAP",
        4 => "Gandalf SingleLink/MultiLink",
        5 => "Xylogics IPX/SLIP",
        6 => "X.75 Synchronous",
        _ => return None,
    })
}

/// Acct-Status-Type (RFC 2866 §5.1, RFC 2867 §4.1).
pub(super) const fn acct_status_type(value: u32) -> Option<&'static str> {
    Some(match value {
        1 => "Start",
        2 => "Stop",
        3 => "Interim-Update",
        7 => "Accounting-On",
        8 => "Accounting-Off",
        9 => "Tunnel-Start",
        10 => "Tunnel-Stop",
        11 => "Tunnel-Reject",
        12 => "Tunnel-Link-Start",
        13 => "Tunnel-Link-Stop",
        14 => "Tunnel-Link-Reject",
        15 => "Failed",
        _ => return None,
    })
}

/// Acct-Authentic (RFC 2866 §5.6).
pub(super) const fn acct_authentic(value: u32) -> Option<&'static str> {
    Some(match value {
        1 => "RADIUS",
        2 => "Local",
        3 => "Remote",
        4 => "Diameter",
        _ => return None,
    })
}

/// Acct-Terminate-Cause (RFC 2866 §5.10, RFC 3580 §3.2).
pub(super) const fn acct_terminate_cause(value: u32) -> Option<&'static str> {
    Some(match value {
        1 => "User Request",
        2 => "Lost Carrier",
        3 => "Lost Service",
        4 => "Idle Timeout",
        5 => "Session Timeout",
        6 => "Admin Reset",
        7 => "Admin Reboot",
        8 => "Port Error",
        9 => "NAS Error",
        10 => "NAS Request",
        11 => "NAS Reboot",
        12 => "Port Unneeded",
        13 => "Port Preempted",
        14 => "Port Suspended",
        15 => "Service Unavailable",
        16 => "Callback",
        17 => "User Error",
        18 => "Host Request",
        19 => "Supplicant Restart",
        20 => "Reauthentication Failure",
        21 => "Port Reinitialized",
        22 => "Port Administratively Disabled",
        _ => return None,
    })
}

/// NAS-Port-Type (RFC 2865 §5.41, RFC 3580 §3.13, RFC 4603 §2).
pub(super) const fn nas_port_type(value: u32) -> Option<&'static str> {
    Some(match value {
        0 => "Async",
        1 => "Sync",
        2 => "ISDN Sync",
        3 => "ISDN Async V.120",
        4 => "ISDN Async V.110",
        5 => "Virtual",
        6 => "PIAFS",
        7 => "HDLC Clear Channel",
        8 => "X.25",
        9 => "X.75",
        10 => "G.3 Fax",
        11 => "SDSL",
        12 => "ADSL-CAP",
        13 => "ADSL-DMT",
        14 => "IDSL",
        15 => "Ethernet",
        16 => "xDSL",
        17 => "Cable",
        18 => "Wireless - Other",
        19 => "Wireless - IEEE 802.11",
        20 => "Token-Ring",
        21 => "FDDI",
        30 => "PPPoA",
        31 => "PPPoEoA",
        32 => "PPPoEoE",
        33 => "PPPoEoVLAN",
        34 => "PPPoEoQinQ",
        _ => return None,
    })
}

/// Tunnel-Type (RFC 2868 §3.1, RFC 3580 §3.31).
pub(super) const fn tunnel_type(value: u32) -> Option<&'static str> {
    Some(match value {
        1 => "PPTP",
        2 => "L2F",
        3 => "L2TP",
        4 => "ATMP",
        5 => "VTP",
        6 => "AH",
        7 => "IP-IP",
        8 => "MIN-IP-IP",
        9 => "ESP",
        10 => "GRE",
        11 => "DVS",
        12 => "IP-in-IP",
        13 => "VLAN",
        _ => return None,
    })
}

/// Tunnel-Medium-Type (RFC 2868 §3.2: address families).
pub(super) const fn tunnel_medium_type(value: u32) -> Option<&'static str> {
    Some(match value {
        1 => "IPv4",
        2 => "IPv6",
        3 => "NSAP",
        4 => "HDLC",
        5 => "BBN 1822",
        6 => "802",
        7 => "E.163",
        8 => "E.164",
        9 => "F.69",
        10 => "X.121",
        11 => "IPX",
        12 => "Appletalk",
        13 => "Decnet IV",
        14 => "Banyan Vines",
        15 => "E.164 NSAP",
        _ => return None,
    })
}

/// Error-Cause (RFC 5176 §3.5).
pub(super) const fn error_cause(value: u32) -> Option<&'static str> {
    Some(match value {
        201 => "Residual Session Context Removed",
        202 => "Invalid EAP Packet (Ignored)",
        401 => "Unsupported Attribute",
        402 => "Missing Attribute",
        403 => "NAS Identification Mismatch",
        404 => "Invalid Request",
        405 => "Unsupported Service",
        406 => "Unsupported Extension",
        407 => "Invalid Attribute Value",
        501 => "Administratively Prohibited",
        502 => "Request Not Routable (Proxy)",
        503 => "Session Context Not Found",
        504 => "Session Context Not Removable",
        505 => "Other Proxy Processing Error",
        506 => "Resources Unavailable",
        507 => "Request Initiated",
        508 => "Multiple Session Selection Unsupported",
        _ => return None,
    })
}
