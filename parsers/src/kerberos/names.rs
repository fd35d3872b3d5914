//! The standard names of Kerberos' numbers. What is not listed here has no name and is printed as its number alone.

/// Encryption types: IANA "Kerberos Encryption Type Numbers", and Microsoft's negative ones ([MS-KILE] 3.1.5.2, [RFC 4757]).
#[must_use]
pub const fn etype(number: i32) -> Option<&'static str> {
    Some(match number {
        0 => "null",
        1 => "des-cbc-crc",
        2 => "des-cbc-md4",
        3 => "des-cbc-md5",
        5 => "des3-cbc-md5",
        7 => "des3-cbc-sha1",
        9 => "dsaWithSHA1-CmsOID",
        10 => "md5WithRSAEncryption-CmsOID",
        11 => "sha1WithRSAEncryption-CmsOID",
        12 => "rc2CBC-EnvOID",
        13 => "rsaEncryption-EnvOID",
        14 => "rsaES-OAEP-ENV-OID",
        15 => "des-ede3-cbc-Env-OID",
        16 => "des3-cbc-sha1-kd",
        17 => "aes128-cts-hmac-sha1-96",
        18 => "aes256-cts-hmac-sha1-96",
        19 => "aes128-cts-hmac-sha256-128",
        20 => "aes256-cts-hmac-sha384-192",
        23 => "rc4-hmac",
        24 => "rc4-hmac-exp",
        25 => "camellia128-cts-cmac",
        26 => "camellia256-cts-cmac",
        65 => "subkey-keymaterial",
        -128 => "rc4-md4",
        -133 => "rc4-hmac-old",
        -135 => "rc4-hmac-old-exp",
        -136 => "rc4-plain-exp",
        -140 => "rc4-plain",
        -141 => "rc4-plain-old-exp",
        _ => return None,
    })
}

/// Name types: RFC 4120 §6.2, RFC 6111, and Microsoft's ([MS-KILE] 3.1.5.3).
#[must_use]
pub const fn name_type(number: i32) -> Option<&'static str> {
    Some(match number {
        0 => "NT-UNKNOWN",
        1 => "NT-PRINCIPAL",
        2 => "NT-SRV-INST",
        3 => "NT-SRV-HST",
        4 => "NT-SRV-XHST",
        5 => "NT-UID",
        6 => "NT-X500-PRINCIPAL",
        7 => "NT-SMTP-NAME",
        10 => "NT-ENTERPRISE",
        11 => "NT-WELLKNOWN",
        12 => "NT-SRV-HST-DOMAIN",
        -128 => "NT-MS-PRINCIPAL",
        -129 => "NT-MS-PRINCIPAL-AND-ID",
        -130 => "NT-ENT-PRINCIPAL-AND-ID",
        _ => return None,
    })
}

/// Address types (RFC 4120 §7.5.3).
#[must_use]
pub const fn address_type(number: i32) -> Option<&'static str> {
    Some(match number {
        2 => "ipv4",
        3 => "directional",
        5 => "chaosnet",
        6 => "xns",
        7 => "iso",
        12 => "decnet-phase-iv",
        16 => "appletalk-ddp",
        20 => "netbios",
        24 => "ipv6",
        _ => return None,
    })
}

/// Bits of KDCOptions, most significant first: RFC 4120 §5.4.1, RFC 6806 §11, RFC 8062 §3, [MS-SFU] 2.2.3.
pub const KDC_OPTIONS: &[(u8, &str)] = &[
    (0, "reserved"),
    (1, "forwardable"),
    (2, "forwarded"),
    (3, "proxiable"),
    (4, "proxy"),
    (5, "allow-postdate"),
    (6, "postdated"),
    (8, "renewable"),
    (11, "opt-hardware-auth"),
    (14, "cname-in-addl-tkt"),
    (15, "canonicalize"),
    (16, "request-anonymous"),
    (26, "disable-transited-check"),
    (27, "renewable-ok"),
    (28, "enc-tkt-in-skey"),
    (30, "renew"),
    (31, "validate"),
];

/// Bits of APOptions (RFC 4120 §5.5.1).
pub const AP_OPTIONS: &[(u8, &str)] = &[(0, "reserved"), (1, "use-session-key"), (2, "mutual-required")];

/// Bits of the options in a PA-S4U-X509-USER ([MS-SFU] 2.2.2).
pub const S4U_OPTIONS: &[(u8, &str)] = &[(1, "check-logon-hours"), (2, "sign-reply")];

/// Bits of TicketFlags: RFC 4120 §5.3, RFC 6112 §3, RFC 6806 §11.
pub const TICKET_FLAGS: &[(u8, &str)] = &[
    (0, "reserved"),
    (1, "forwardable"),
    (2, "forwarded"),
    (3, "proxiable"),
    (4, "proxy"),
    (5, "may-postdate"),
    (6, "postdated"),
    (7, "invalid"),
    (8, "renewable"),
    (9, "initial"),
    (10, "pre-authent"),
    (11, "hw-authent"),
    (12, "transited-policy-checked"),
    (13, "ok-as-delegate"),
    (15, "enc-pa-rep"),
    (16, "anonymous"),
];

/// Bits of the flags in the checksum of a GSS authenticator: RFC 4121 §4.1.1.1, [MS-KILE] 3.2.5.2. Counted from the least
/// significant there, so they are listed as seen from the other end.
pub const GSS_FLAGS: &[(u8, &str)] = &[
    (31, "delegation"),
    (30, "mutual"),
    (29, "replay"),
    (28, "sequence"),
    (27, "confidentiality"),
    (26, "integrity"),
    (19, "dce-style"),
    (18, "identify"),
    (17, "extended-error"),
];

/// Types of PAC buffers ([MS-PAC] 2.4).
#[must_use]
pub const fn pac_buffer(number: u32) -> Option<&'static str> {
    Some(match number {
        1 => "logon_info",
        2 => "credentials_info",
        6 => "server_checksum",
        7 => "kdc_checksum",
        10 => "client_info",
        11 => "delegation_info",
        12 => "upn_dns_info",
        13 => "client_claims",
        14 => "device_info",
        15 => "device_claims",
        16 => "ticket_checksum",
        17 => "attributes",
        18 => "requestor",
        19 => "full_checksum",
        _ => return None,
    })
}

/// Bits of PA-PAC-OPTIONS ([MS-KILE] 2.2.10).
pub const PAC_OPTIONS: &[(u8, &str)] = &[
    (0, "claims"),
    (1, "branch-aware"),
    (2, "forward-to-full-dc"),
    (3, "resource-based-constrained-delegation"),
];

/// Bits of PA-SUPPORTED-ENCTYPES ([MS-KILE] 2.2.7); here as there, bit 0 is the least significant, so they are listed as
/// seen from the other end.
pub const SUPPORTED_ENCTYPES: &[(u8, &str)] = &[
    (31, "des-cbc-crc"),
    (30, "des-cbc-md5"),
    (29, "rc4-hmac"),
    (28, "aes128-cts-hmac-sha1-96"),
    (27, "aes256-cts-hmac-sha1-96"),
    (26, "aes256-cts-hmac-sha1-96-sk"),
    (15, "fast-supported"),
    (14, "compound-identity-supported"),
    (13, "claims-supported"),
    (12, "resource-sid-compression-disabled"),
];

/// The names of the bits that are set in `flags`, from the most significant.
pub fn flags(flags: u32, names: &'static [(u8, &'static str)]) -> impl Iterator<Item = &'static str> {
    names
        .iter()
        .filter(move |(bit, _)| flags >> (31 - u32::from(*bit)) & 1 == 1)
        .map(|(_, name)| *name)
}

/// Types of pre-authentication data: IANA "Pre-authentication and Typed Data", [MS-KILE] 2.2, [MS-SFU] 2.2.
#[must_use]
pub const fn padata(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "PA-TGS-REQ",
        2 => "PA-ENC-TIMESTAMP",
        3 => "PA-PW-SALT",
        5 => "PA-ENC-UNIX-TIME",
        6 => "PA-SANDIA-SECUREID",
        7 => "PA-SESAME",
        8 => "PA-OSF-DCE",
        9 => "PA-CYBERSAFE-SECUREID",
        10 => "PA-AFS3-SALT",
        11 => "PA-ETYPE-INFO",
        12 => "PA-SAM-CHALLENGE",
        13 => "PA-SAM-RESPONSE",
        14 => "PA-PK-AS-REQ_OLD",
        15 => "PA-PK-AS-REP_OLD",
        16 => "PA-PK-AS-REQ",
        17 => "PA-PK-AS-REP",
        18 => "PA-PK-OCSP-RESPONSE",
        19 => "PA-ETYPE-INFO2",
        20 => "PA-SVR-REFERRAL-INFO",
        21 => "PA-SAM-REDIRECT",
        22 => "TD-PADATA",
        23 => "PA-SAM-ETYPE-INFO",
        24 => "PA-ALT-PRINC",
        25 => "PA-SERVER-REFERRAL",
        30 => "PA-SAM-CHALLENGE2",
        31 => "PA-SAM-RESPONSE2",
        41 => "PA-EXTRA-TGT",
        101 => "TD-PKINIT-CMS-CERTIFICATES",
        102 => "TD-KRB-PRINCIPAL",
        103 => "TD-KRB-REALM",
        104 => "TD-TRUSTED-CERTIFIERS",
        105 => "TD-CERTIFICATE-INDEX",
        106 => "TD-APP-DEFINED-ERROR",
        107 => "TD-REQ-NONCE",
        108 => "TD-REQ-SEQ",
        109 => "TD_DH_PARAMETERS",
        111 => "TD-CMS-DIGEST-ALGORITHMS",
        112 => "TD-CERT-DIGEST-ALGORITHMS",
        128 => "PA-PAC-REQUEST",
        129 => "PA-FOR_USER",
        130 => "PA-S4U-X509-USER",
        131 => "PA-FOR-CHECK_DUPS",
        132 => "PA-AS-CHECKSUM",
        133 => "PA-FX-COOKIE",
        134 => "PA-AUTHENTICATION-SET",
        135 => "PA-AUTH-SET-SELECTED",
        136 => "PA-FX-FAST",
        137 => "PA-FX-ERROR",
        138 => "PA-ENCRYPTED-CHALLENGE",
        141 => "PA-OTP-CHALLENGE",
        142 => "PA-OTP-REQUEST",
        143 => "PA-OTP-CONFIRM",
        144 => "PA-OTP-PIN-CHANGE",
        145 => "PA-EPAK-AS-REQ",
        146 => "PA-EPAK-AS-REP",
        147 => "PA_PKINIT_KX",
        148 => "PA_PKU2U_NAME",
        149 => "PA-REQ-ENC-PA-REP",
        150 => "PA_AS_FRESHNESS",
        151 => "PA-SPAKE",
        152 => "PA-REDHAT-IDP-OAUTH2",
        153 => "PA-REDHAT-PASSKEY",
        161 => "KERB-KEY-LIST-REQ",
        162 => "KERB-KEY-LIST-REP",
        165 => "PA-SUPPORTED-ENCTYPES",
        166 => "PA-EXTENDED_ERROR",
        167 => "PA-PAC-OPTIONS",
        655 => "PA-GSS", // Heimdal
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_from_the_most_significant_bit() {
        let names: Vec<_> = flags(0x4081_0010, KDC_OPTIONS).collect();
        assert_eq!(names, ["forwardable", "renewable", "canonicalize", "renewable-ok"]);
        let names: Vec<_> = flags(0x1c, SUPPORTED_ENCTYPES).collect();
        assert_eq!(
            names,
            ["rc4-hmac", "aes128-cts-hmac-sha1-96", "aes256-cts-hmac-sha1-96"]
        );
    }
}
