//! The names of TDS' numbers.

/// ENCRYPTION's values ([MS-TDS] 2.2.6.5), without the bit that says a client certificate is used.
pub(super) const fn encryption(value: u8) -> Option<&'static str> {
    Some(match value & 0x7f {
        0 => "off",
        1 => "on",
        2 => "not_supported",
        3 => "required",
        _ => return None,
    })
}

/// LOGIN7's TDSVersion ([MS-TDS] 2.2.6.4).
pub(super) const fn version(version: u32) -> Option<&'static str> {
    Some(match version {
        0x7000_0000 => "7.0",
        0x7100_0000 | 0x7100_0001 => "7.1",
        0x7209_0002 => "7.2",
        0x730a_0003 | 0x730b_0003 => "7.3",
        0x7400_0004 => "7.4",
        0x0800_0000 => "8.0",
        _ => return None,
    })
}

/// The errors with which SQL Server refuses logins, in a few words of its documentation.
pub(super) const fn error(number: u32) -> Option<&'static str> {
    Some(match number {
        4060 => "cannot open database",
        17806 => "SSPI handshake failed",
        18401 => "server is in script upgrade mode",
        18450..=18452 => "not trusted",
        18456 => "login failed",
        18470 => "account disabled",
        18486 => "account locked",
        18487 => "password expired",
        18488 => "password must be changed",
        _ => return None,
    })
}
