//! The mechanisms of GSS-API that Active Directory knows, by object identifier.

use std::fmt::Write;

use compact_str::CompactString;

/// A mechanism: the contents octets of its OBJECT IDENTIFIER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mechanism<'a>(pub &'a [u8]);

impl Mechanism<'static> {
    /// 1.3.6.1.5.5.2 (RFC 4178).
    pub const SPNEGO: Self = Self(&[0x2b, 6, 1, 5, 5, 2]);
    /// 1.2.840.113554.1.2.2 (RFC 4121).
    pub const KERBEROS: Self = Self(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]);
    /// 1.2.840.48018.1.2.2: the same with a defect of Windows 2000 that stayed ([MS-SPNG] 3.1.5.2).
    pub const MS_KERBEROS: Self = Self(&[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2]);
    /// 1.2.840.113554.1.2.2.3 ([MS-KILE] user-to-user).
    pub const USER_TO_USER: Self = Self(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3]);
    /// 1.3.6.1.5.2.5 (draft-ietf-kitten-iakerb).
    pub const IAKERB: Self = Self(&[0x2b, 6, 1, 5, 2, 5]);
    /// 1.3.6.1.5.2.7 (draft-zhu-pku2u).
    pub const PKU2U: Self = Self(&[0x2b, 6, 1, 5, 2, 7]);
    /// 1.3.6.1.4.1.311.2.2.10 ([MS-NLMP]).
    pub const NTLMSSP: Self = Self(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10]);
    /// 1.3.6.1.4.1.311.2.2.30 ([MS-NEGOEX]).
    pub const NEGOEX: Self = Self(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30]);
}

const NAMES: &[(Mechanism<'static>, &str)] = &[
    (Mechanism::SPNEGO, "spnego"),
    (Mechanism::KERBEROS, "krb5"),
    (Mechanism::MS_KERBEROS, "ms-krb5"),
    (Mechanism::USER_TO_USER, "krb5-u2u"),
    (Mechanism::IAKERB, "iakerb"),
    (Mechanism::PKU2U, "pku2u"),
    (Mechanism::NTLMSSP, "ntlmssp"),
    (Mechanism::NEGOEX, "negoex"),
];

impl Mechanism<'_> {
    /// Whether it speaks Kerberos.
    #[must_use]
    pub fn is_kerberos(&self) -> bool {
        [
            Mechanism::KERBEROS,
            Mechanism::MS_KERBEROS,
            Mechanism::USER_TO_USER,
            Mechanism::IAKERB,
            Mechanism::PKU2U,
        ]
        .contains(self)
    }

    /// Its name, or the identifier in dots where it has none.
    #[must_use]
    pub fn text(&self) -> CompactString {
        let known = NAMES.iter().find(|(mechanism, _)| mechanism == self);
        known.map_or_else(|| dotted(self.0), |(_, name)| CompactString::const_new(name))
    }
}

/// The dotted form of an object identifier (X.690 §8.19); what does not fit 32 bits is left out from there on.
fn dotted(octets: &[u8]) -> CompactString {
    let (mut text, mut arc) = (CompactString::default(), 0_u32);
    for octet in octets.iter().take(64) {
        let Some(shifted) = arc.checked_mul(128) else { break };
        arc = shifted | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            // Writing to a string cannot fail.
            let _ = match (text.is_empty(), arc) {
                (false, _) => write!(text, ".{arc}"),
                (true, 0..80) => write!(text, "{}.{}", arc / 40, arc % 40),
                (true, _) => write!(text, "2.{}", arc - 80),
            };
            arc = 0;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_or_numbers() {
        assert_eq!(Mechanism::NTLMSSP.text(), "ntlmssp");
        assert_eq!(dotted(Mechanism::NTLMSSP.0), "1.3.6.1.4.1.311.2.2.10");
        assert_eq!(dotted(Mechanism::MS_KERBEROS.0), "1.2.840.48018.1.2.2");
        assert_eq!(Mechanism(&[0x88, 0x37, 3]).text(), "2.999.3");
        assert_eq!(dotted(&[0xff; 200]), "");
    }
}
