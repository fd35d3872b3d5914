//! Attributes that are secrets: that they were set or came back is told by their name, what they are has no way out.
//!
//! Servers take an OID for a name, and answer by it, so both are known. Names and OIDs: [MS-ADA1], [MS-ADA2], [MS-ADA3]; `samba…` and
//! Samba 2's names: Samba's schema for OpenLDAP; `krb…`: that of MIT Kerberos and, of `krb5Key`, of Heimdal; `ipa…`: FreeIPA's;
//! `authPassword`: RFC 3112; `pwdHistory`: draft-behera-ldap-password-policy; `passwordHistory`: 389 Directory Server's.

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
    name.first_chunk().filter(|begin| begins(begin))?;
    let name = bare(name);
    let (first, letters) = (name.first()?, SHAPES.get(name.len())?);
    if letters & letter(*first) == 0 {
        return None;
    }
    SECRETS.iter().find(|secret| {
        name.eq_ignore_ascii_case(secret.name.as_bytes()) || name.eq_ignore_ascii_case(secret.oid.as_bytes())
    })
}

/// Whether a secret's name may begin with four octets; nearly every other attribute is told apart by them alone, whatever its options.
#[inline]
pub(super) fn begins(name: &[u8; BEGIN]) -> bool {
    let (word, bit) = place(*name);
    BEGINS.get(word).is_some_and(|bits| bits & bit != 0)
}

/// Whether changes of the attribute `name` set a password.
pub(crate) fn is_password(name: &[u8]) -> bool {
    secret(name).is_some_and(|secret| secret.kind == Kind::Password)
}

/// The attribute's name without its options (RFC 4512 §2.5), and without what LDAPv2 wrote before an OID (RFC 2253 §4):
/// `member;range=0-*` is `member`, `OID.2.5.4.35` is `2.5.4.35`.
pub(super) fn bare(name: &[u8]) -> &[u8] {
    let name = match name.contains(&b';') {
        true => name.split(|byte| *byte == b';').next().unwrap_or(name),
        false => name,
    };
    match name.split_first_chunk::<BEGIN>() {
        Some((prefix, oid)) if prefix.eq_ignore_ascii_case(PREFIX) => oid,
        _ => name,
    }
}

const PREFIX: &[u8; BEGIN] = b"oid.";

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

/// An attribute that is known by its name alone: its OID is not published.
const fn named(name: &'static str, kind: Kind) -> Secret {
    Secret { name, oid: name, kind }
}

const SECRETS: &[Secret] = &[
    password("unicodePwd", "1.2.840.113556.1.4.90"),
    password("userPassword", "2.5.4.35"),
    password("unixUserPassword", "1.2.840.113556.1.4.1910"),
    // Of Services for UNIX, of IBM i, and what Samba's own services set.
    named("msSFU30Password", Kind::Password),
    named("os400-password", Kind::Password),
    named("clearTextPassword", Kind::Password),
    password("authPassword", "1.3.6.1.4.1.4203.1.3.4"),
    // Oracle's directory copies passwords of the domain's accounts into these.
    named("orclPassword", Kind::Other),
    named("orclPasswordVerifier", Kind::Other),
    // Keys of accounts.
    other("dBCSPwd", "1.2.840.113556.1.4.55"),
    other("ntPwdHistory", "1.2.840.113556.1.4.94"),
    other("lmPwdHistory", "1.2.840.113556.1.4.160"),
    sized("supplementalCredentials", "1.2.840.113556.1.4.125"),
    sized("msDS-ManagedPassword", "1.2.840.113556.1.4.2196"),
    other("sambaNTPassword", "1.3.6.1.4.1.7165.2.1.25"),
    other("sambaLMPassword", "1.3.6.1.4.1.7165.2.1.24"),
    other("sambaPasswordHistory", "1.3.6.1.4.1.7165.2.1.54"),
    other("ntPassword", "1.3.6.1.4.1.7165.2.1.2"),
    other("lmPassword", "1.3.6.1.4.1.7165.2.1.1"),
    other("pwdHistory", "1.3.6.1.4.1.42.2.27.8.1.20"),
    other("passwordHistory", "2.16.840.1.113730.3.1.96"),
    sized("krbPrincipalKey", "2.16.840.1.113719.1.301.4.39.1"),
    sized("krbPwdHistory", "2.16.840.1.113719.1.301.4.44.1"),
    sized("krb5Key", "1.3.6.1.4.1.5322.10.1.10"),
    other("ipaNTHash", "2.16.840.1.113730.3.8.11.5"),
    other("ipatokenOTPkey", "2.16.840.1.113730.3.8.16.1.8"),
    named("msExchUMPinChecksum", Kind::Other),
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
    other("sambaClearTextPassword", "1.3.6.1.4.1.7165.2.1.68"),
    other("sambaPreviousClearTextPassword", "1.3.6.1.4.1.7165.2.1.69"),
    other("sambaTrustAuthOutgoing", "1.3.6.1.4.1.7165.2.1.75"),
    other("sambaTrustAuthIncoming", "1.3.6.1.4.1.7165.2.1.76"),
    other("ipaNTTrustAuthOutgoing", "2.16.840.1.113730.3.8.11.15"),
    other("ipaNTTrustAuthIncoming", "2.16.840.1.113730.3.8.11.16"),
    sized("krbMKey", "2.16.840.1.113719.1.301.4.46.1"),
    // Keys of services, and what they share.
    sized("privateKey", "1.2.840.113556.1.4.101"),
    other("linkTrackSecret", "1.2.840.113556.1.4.269"),
    sized("msDNS-SigningKeys", "1.2.840.113556.1.4.2144"),
    sized("msDS-IssuerCertificates", "1.2.840.113556.1.4.2240"),
    sized("ipaPrivateKey", "2.16.840.1.113730.3.8.11.54"),
    sized("ipaSecretKey", "2.16.840.1.113730.3.8.11.55"),
    other("ipatokenRadiusSecret", "2.16.840.1.113730.3.8.16.1.17"),
    // Of disks, TPMs and what roams with a user.
    other("msFVE-RecoveryPassword", "1.2.840.113556.1.4.1964"),
    sized("msFVE-KeyPackage", "1.2.840.113556.1.4.1999"),
    other("msTPM-OwnerInformation", "1.2.840.113556.1.4.1966"),
    other("msTPM-OwnerInformationTemp", "1.2.840.113556.1.4.2108"),
    sized("msPKIAccountCredentials", "1.2.840.113556.1.4.1894"),
    sized("msPKIDPAPIMasterKeys", "1.2.840.113556.1.4.1893"),
    sized("msPKI-CredentialRoamingTokens", "1.2.840.113556.1.4.2050"),
    sized("userPKCS12", "2.16.840.1.113730.3.1.216"),
];

/// Octets of a name that are looked at first. No secret's name has fewer.
pub(super) const BEGIN: usize = 4;

/// Where [`place`] has the begin of a secret's name, a bit.
static BEGINS: [u64; 16] = begins_of(SECRETS);

const fn begins_of(mut secrets: &[Secret]) -> [u64; 16] {
    let mut begins = mark([0; 16], PREFIX);
    while let [secret, rest @ ..] = secrets {
        begins = mark(mark(begins, secret.name.as_bytes()), secret.oid.as_bytes());
        secrets = rest;
    }
    begins
}

#[expect(clippy::indexing_slicing, reason = "evaluated while compiling, where it would fail")]
const fn mark(mut begins: [u64; 16], name: &[u8]) -> [u64; 16] {
    let (word, bit) = place([name[0], name[1], name[2], name[3]]);
    begins[word] |= bit;
    begins
}

/// Which of 1024 bits: a word of sixteen, and one bit of it. Letters of either case have the same place.
const fn place(begin: [u8; BEGIN]) -> (usize, u64) {
    /// 2³² divided by the golden ratio (Fibonacci hashing); of the attributes of Active Directory's users and computers none
    /// shares a place with a secret whose begin is another.
    const GOLDEN: u32 = 0x9e37_79b1;
    let hash = (u32::from_le_bytes(begin) | 0x2020_2020).wrapping_mul(GOLDEN);
    ((hash >> 28) as usize, 1 << (hash >> 22 & 63))
}

/// Names are at most as long as the longest OID above.
const LONGEST: usize = 78;

/// Per length of a name, the first characters that secrets of that length have: what begins as a secret and is none is mostly told
/// apart by them.
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
    use crate::asn1::Walker;
    use crate::ldap::tests::{all, attribute, octets, tlv};
    use crate::ldap::{attributes, filter, returned};

    #[test]
    fn secrets_are_known_however_they_are_written() {
        for known in SECRETS {
            for name in [
                known.name.to_owned(),
                known.name.to_uppercase(),
                known.name.to_lowercase(),
                known.oid.to_owned(),
                format!("oid.{}", known.oid),
                format!("OID.{};binary", known.oid),
                format!("{};binary", known.name),
                format!("{};range=0-*", known.name),
            ] {
                let found = secret(name.as_bytes()).map(|secret| secret.name);
                assert_eq!(found, Some(known.name), "{name}");
            }
        }
        let long = "m".repeat(300);
        for name in [
            "",
            ";",
            "oid.",
            "member",
            "msLAPS-PasswordExpirationTime",
            "msDS-ManagedPasswordId",
            "msDS-IssuerPublicCertificates",
            "unicodePwd2",
            "sambaPwdLastSet",
            "krbPwdPolicyReference",
            &long,
        ] {
            assert!(secret(name.as_bytes()).is_none(), "{name}");
        }
    }

    #[test]
    fn other_attributes_are_told_apart_by_their_begin() {
        for name in [
            "objectClass",
            "objectSid",
            "company;x",
            "memberOf",
            "sAMAccountName",
            "whenChanged",
            "pwdLastSet",
        ] {
            assert!(!begins(name.as_bytes().first_chunk().unwrap()), "{name}");
        }
    }

    #[test]
    fn no_secret_stands_twice() {
        for (at, secret) in SECRETS.iter().enumerate() {
            let same = |other: &&Secret| {
                other.name.eq_ignore_ascii_case(secret.name) || other.oid.eq_ignore_ascii_case(secret.oid)
            };
            assert_eq!(
                SECRETS.iter().position(|other| same(&other)),
                Some(at),
                "{}",
                secret.name
            );
        }
    }

    /// Whatever else tells of attributes, values of these it does not.
    #[test]
    fn no_value_of_a_secret_is_told() {
        let hidden = "Summer2026!";
        for known in SECRETS {
            for name in [
                known.name.to_uppercase(),
                format!("{};binary", known.name),
                format!("OID.{}", known.oid),
            ] {
                let told = attributes::told(&name, hidden);
                assert_eq!((told.value, told.action), (None, None), "{name}");
                let change = tlv(0x30, &all(&[vec![0x0a, 1, 2], attribute(&name, &[hidden.as_bytes()])]));
                let added = attribute(&name, &[hidden.as_bytes()]);
                let compared = tlv(0xa3, &all(&[octets(name.as_bytes()), octets(hidden.as_bytes())]));
                let printed = filter::print(Walker::new(&compared).next().unwrap().unwrap()).text;
                assert_eq!(printed, format!("({name}=…)"));
                let fields = [
                    attributes::modified(&change).next().map(|change| change.fields()),
                    attributes::added(&added).next().map(|change| change.fields()),
                    returned::list(&added).next(),
                ];
                for fields in fields {
                    let fields = format!("{:?}", fields.unwrap());
                    assert!(!fields.contains(hidden) && !fields.contains("values"), "{fields}");
                }
            }
        }
    }

    #[test]
    fn some_are_passwords() {
        assert!(is_password(b"UserPassword") && is_password(b"1.2.840.113556.1.4.90"));
        assert!(is_password(b"mssfu30password;x") && is_password(b"clearTextPassword"));
        assert!(!is_password(b"ms-Mcs-AdmPwd") && !is_password(b"member"));
    }
}
