//! The names of netlogon's codes ([MS-NRPC] 2.2.1, 3.1.4.2).

/// NETLOGON_SECURE_CHANNEL_TYPE ([MS-NRPC] 2.2.1.3.13).
pub(super) const fn channel(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "NullSecureChannel",
        1 => "MsvApSecureChannel",
        2 => "WorkstationSecureChannel",
        3 => "TrustedDnsDomainSecureChannel",
        4 => "TrustedDomainSecureChannel",
        5 => "UasServerSecureChannel",
        6 => "ServerSecureChannel",
        7 => "CdcServerSecureChannel",
        _ => return None,
    })
}

/// NETLOGON_LOGON_INFO_CLASS ([MS-NRPC] 2.2.1.4.16).
pub(super) const fn logon(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "NetlogonInteractiveInformation",
        2 => "NetlogonNetworkInformation",
        3 => "NetlogonServiceInformation",
        4 => "NetlogonGenericInformation",
        5 => "NetlogonInteractiveTransitiveInformation",
        6 => "NetlogonNetworkTransitiveInformation",
        7 => "NetlogonServiceTransitiveInformation",
        8 => "NetlogonTicketLogonInformation",
        _ => return None,
    })
}

/// The databases of DatabaseID ([MS-NRPC] 3.5.4.6.2).
pub(super) const fn database(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "SAM",
        1 => "built-in",
        2 => "LSA",
        _ => return None,
    })
}

/// The functions of NetrLogonControl2Ex ([MS-NRPC] 3.5.4.9.1).
pub(super) const fn function(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "NETLOGON_CONTROL_QUERY",
        2 => "NETLOGON_CONTROL_REPLICATE",
        3 => "NETLOGON_CONTROL_SYNCHRONIZE",
        4 => "NETLOGON_CONTROL_PDC_REPLICATE",
        5 => "NETLOGON_CONTROL_REDISCOVER",
        6 => "NETLOGON_CONTROL_TC_QUERY",
        7 => "NETLOGON_CONTROL_TRANSPORT_NOTIFY",
        8 => "NETLOGON_CONTROL_FIND_USER",
        9 => "NETLOGON_CONTROL_CHANGE_PASSWORD",
        10 => "NETLOGON_CONTROL_TC_VERIFY",
        11 => "NETLOGON_CONTROL_FORCE_DNS_REG",
        12 => "NETLOGON_CONTROL_QUERY_DNS_REG",
        0xfffc => "NETLOGON_CONTROL_BACKUP_CHANGE_LOG",
        0xfffd => "NETLOGON_CONTROL_TRUNCATE_LOG",
        0xfffe => "NETLOGON_CONTROL_SET_DBFLAG",
        0xffff => "NETLOGON_CONTROL_BREAKPOINT",
        _ => return None,
    })
}

/// NegotiateFlags that say how the channel is protected ([MS-NRPC] 3.1.4.2: C, O, W, X, Y).
pub(super) const PROTECTION: &[(u32, &str)] = &[
    (0x0000_0004, "rc4"),
    (0x0000_4000, "strong_keys"),
    (0x0100_0000, "aes"),
    (0x2000_0000, "kerberos"),
    (0x4000_0000, "secure_rpc"),
];
