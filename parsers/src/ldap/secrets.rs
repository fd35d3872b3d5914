//! Attributes that are secrets: that they were set or came back is told by their name, what they are has no way out.
//!
//! Servers take an OID for a name, and answer by it, so both are known. Names and OIDs: [MS-ADA1], [MS-ADA2], [MS-ADA3], those of
//! Samba's schema for OpenLDAP where they say so.

/// An attribute whose values are secrets.
#[derive(Debug)]
pub(super) struct Secret {
    /// As the schema spells it.
    pub(super) name: &'static str,
    oid: &'static str,
    /// What may be said of it.
    pub(super) kind: Kind,
}

/// What a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whoever writes it sets a password.
    Password,
    /// A structure of many keys: how large it is tells nothing of them.
    Sized,
    /// Anything else; its length may be a password's.
    Other,
}

/// The secret called `name`, an attribute description with or without options.
pub(super) fn secret(name: &[u8]) -> Option<&'static Secret> {
    let name = bare(name);
    let (first, letters) = (name.first()?, SHAPES.get(name.len())?);
    if letters & letter(*first) == 0 {
        return None;
    }
    SECRETS.iter().find(|secret| {
        name.eq_ignore_ascii_case(secret.name.as_bytes()) || name.eq_ignore_ascii_case(secret.oid.as_bytes())
    })
}

/// Whether changes of the attribute `name` set a password.
pub(crate) fn is_password(name: &[u8]) -> bool {
    secret(name).is_some_and(|secret| secret.kind == Kind::Password)
}

/// The attribute's name without its options (RFC 4512 §2.5): `member;range=0-*` is `member`.
pub(super) fn bare(name: &[u8]) -> &[u8] {
    match name.contains(&b';') {
        true => name.split(|byte| *byte == b';').next().unwrap_or(name),
        false => name,
    }
}

const fn sized(name: &'static str, oid: &'static str) -> Secret {
    Secret {
        name,
        oid,
        kind: Kind::Sized,
    }
}

const fn password(name: &'static str, oid: &'static str) -> Secret {
    Secret {
        name,
        oid,
        kind: Kind::Password,
    }
}

const fn other(name: &'static str, oid: &'static str) -> Secret {
    Secret {
        name,
        oid,
        kind: Kind::Other,
    }
}

const SECRETS: &[Secret] = &[
    password("unicodePwd", "1.2.840.113556.1.4.90"),
    password("userPassword", "2.5.4.35"),
    password("unixUserPassword", "1.2.840.113556.1.4.1910"),
    // Keys of accounts.
    other("dBCSPwd", "1.2.840.113556.1.4.55"),
    other("ntPwdHistory", "1.2.840.113556.1.4.94"),
    other("lmPwdHistory", "1.2.840.113556.1.4.160"),
    sized("supplementalCredentials", "1.2.840.113556.1.4.125"),
    sized("msDS-ManagedPassword", "1.2.840.113556.1.4.2196"),
    other("sambaNTPassword", "1.3.6.1.4.1.7165.2.1.25"),
    other("sambaLMPassword", "1.3.6.1.4.1.7165.2.1.24"),
    // The local administrator's password.
    other(
        "ms-Mcs-AdmPwd",
        "1.2.840.113556.1.8000.2554.50051.45980.28112.18903.35903.6685103.1224907.2.1",
    ),
    other("msLAPS-Password", "1.2.840.113556.1.6.44.1.2"),
    sized("msLAPS-EncryptedPassword", "1.2.840.113556.1.6.44.1.3"),
    sized("msLAPS-EncryptedPasswordHistory", "1.2.840.113556.1.6.44.1.4"),
    sized("msLAPS-EncryptedDSRMPassword", "1.2.840.113556.1.6.44.1.5"),
    sized("msLAPS-EncryptedDSRMPasswordHistory", "1.2.840.113556.1.6.44.1.6"),
    // Of the domain, of trusts and of the security authority.
    sized("msKds-RootKeyData", "1.2.840.113556.1.4.2175"),
    sized("pekList", "1.2.840.113556.1.4.865"),
    other("currentValue", "1.2.840.113556.1.4.27"),
    other("priorValue", "1.2.840.113556.1.4.100"),
    other("trustAuthIncoming", "1.2.840.113556.1.4.129"),
    other("trustAuthOutgoing", "1.2.840.113556.1.4.135"),
    other("initialAuthIncoming", "1.2.840.113556.1.4.539"),
    other("initialAuthOutgoing", "1.2.840.113556.1.4.540"),
    other("msDS-ExecuteScriptPassword", "1.2.840.113556.1.4.1783"),
    // Of disks, TPMs and what roams with a user.
    other("msFVE-RecoveryPassword", "1.2.840.113556.1.4.1964"),
    sized("msFVE-KeyPackage", "1.2.840.113556.1.4.1999"),
    other("msTPM-OwnerInformation", "1.2.840.113556.1.4.1966"),
    other("msTPM-OwnerInformationTemp", "1.2.840.113556.1.4.2108"),
    sized("msPKIAccountCredentials", "1.2.840.113556.1.4.1894"),
    sized("msPKIDPAPIMasterKeys", "1.2.840.113556.1.4.1893"),
    sized("userPKCS12", "2.16.840.1.113730.3.1.216"),
];

/// Names are at most as long as the longest OID above.
const LONGEST: usize = 78;

/// Per length of a name, the first characters that secrets of that length have: nearly every other attribute is told apart by
/// them alone.
static SHAPES: [u32; LONGEST + 1] = shapes(SECRETS);

const fn shapes(mut secrets: &[Secret]) -> [u32; LONGEST + 1] {
    let mut shapes = [0; LONGEST + 1];
    while let [secret, rest @ ..] = secrets {
        shapes = shape(shape(shapes, secret.name), secret.oid);
        secrets = rest;
    }
    shapes
}

#[expect(clippy::indexing_slicing, reason = "evaluated while compiling, where it would fail")]
const fn shape(mut shapes: [u32; LONGEST + 1], name: &str) -> [u32; LONGEST + 1] {
    shapes[name.len()] |= letter(name.as_bytes()[0]);
    shapes
}

/// One bit for each letter, whatever its case, and for the digits that OIDs begin with.
const fn letter(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => 1 << (letter - b'a'),
        digit @ b'0'..=b'2' => 1 << (26 + digit - b'0'),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_however_they_are_written() {
        for known in SECRETS {
            for name in [
                known.name.to_owned(),
                known.name.to_uppercase(),
                known.oid.to_owned(),
                format!("{};range=0-*", known.name),
            ] {
                let found = secret(name.as_bytes()).map(|secret| secret.name);
                assert_eq!(found, Some(known.name), "{name}");
            }
        }
        let long = "m".repeat(300);
        for name in ["", ";", "member", "msLAPS-PasswordExpirationTime", "unicodePwd2", &long] {
            assert!(secret(name.as_bytes()).is_none(), "{name}");
        }
    }

    #[test]
    fn some_are_passwords() {
        assert!(is_password(b"UserPassword") && is_password(b"1.2.840.113556.1.4.90"));
        assert!(!is_password(b"ms-Mcs-AdmPwd") && !is_password(b"member"));
    }
}
