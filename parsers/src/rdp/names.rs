//! The names of RDP's numbers ([MS-RDPBCGR] 2.2.1.1.1, 2.2.1.2.1, 2.2.1.2.2).

/// requestedProtocols' bits in order of strength; none of them is standard RDP security.
pub(super) const PROTOCOLS: [(u32, &str); 5] = [
    (0x01, "ssl"),
    (0x02, "hybrid"),
    (0x04, "rdstls"),
    (0x08, "hybrid_ex"),
    (0x10, "rdsaad"),
];

/// selectedProtocol: one of the bits, or none.
pub(super) fn selected(protocol: u32) -> Option<&'static str> {
    if protocol == 0 {
        return Some("rdp");
    }
    let known = PROTOCOLS.iter().find(|(bit, _)| *bit == protocol);
    known.map(|(_, name)| *name)
}

/// failureCode.
pub(super) const fn failure(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "SSL_REQUIRED_BY_SERVER",
        2 => "SSL_NOT_ALLOWED_BY_SERVER",
        3 => "SSL_CERT_NOT_ON_SERVER",
        4 => "INCONSISTENT_FLAGS",
        5 => "HYBRID_REQUIRED_BY_SERVER",
        6 => "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
        _ => return None,
    })
}

/// RDP_NEG_RSP's flags.
pub(super) const SERVER_FLAGS: [(u8, &str); 4] = [
    (0x01, "extended_client_data"),
    (0x02, "dynvc_gfx"),
    (0x08, "restricted_admin"),
    (0x10, "redirected_authentication"),
];
