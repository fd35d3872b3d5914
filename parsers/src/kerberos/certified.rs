//! Whom a certificate is for, by the extensions that Active Directory maps accounts with ([MS-PKCA] 3.1.5.2.1): a user principal
//! name or a SID stands in the certificate, where its subject is free text.

use compact_str::CompactString;
use rasn_pkix::Certificate;

use crate::asn1::{OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Walker, context, context_primitive};
use crate::reader::Malformed;
use crate::text;

/// Extensions of a certificate that are looked at.
const MAX_EXTENSIONS: usize = 32;

/// General names of an extension that are looked at.
const MAX_NAMES: usize = 32;

/// Octets of a name; a longer one is left out.
const MAX_NAME: usize = 1024;

/// id-ce-subjectAltName (RFC 5280 §4.2.1.6).
const ALTERNATIVE_NAME: &[u32] = &[2, 5, 29, 17];

/// szOID_NTDS_CA_SECURITY_EXT ([MS-WCCE] 2.2.2.7.7.4).
const SECURITY: &[u32] = &[1, 3, 6, 1, 4, 1, 311, 25, 2];

/// szOID_NT_PRINCIPAL_NAME, 1.3.6.1.4.1.311.20.2.3, encoded.
const PRINCIPAL_NAME: &[u8] = b"\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03";

/// szOID_NTDS_OBJECTSID, 1.3.6.1.4.1.311.25.2.1, encoded.
const OBJECT_SID: &[u8] = b"\x2b\x06\x01\x04\x01\x82\x37\x19\x02\x01";

/// The SID as a URI of subjectAltName: for authorities that cannot write the extension (tag URI, RFC 4151).
const SID_TAG: &[u8] = b"tag:microsoft.com,2022-09-14:sid:";

/// UTF8String.
const UTF8: u8 = 0x0c;

/// The account that a certificate is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Certified {
    /// The first user principal name.
    pub(super) upn: Option<CompactString>,
    /// The first SID, as text.
    pub(super) sid: Option<CompactString>,
}

impl Certified {
    /// What the extensions say. One that breaks its grammar says nothing more.
    pub(super) fn of(certificate: &Certificate) -> Self {
        let mut found = Self::default();
        let extensions = certificate.tbs_certificate.extensions.iter().flat_map(|all| all.iter());
        for extension in extensions.take(MAX_EXTENSIONS) {
            let oid: &[u32] = &extension.extn_id;
            if oid == ALTERNATIVE_NAME || oid == SECURITY {
                let _ = found.names(&extension.extn_value);
            }
        }
        found
    }

    /// `GeneralNames ::= SEQUENCE OF GeneralName`, of which otherName [0] and uniformResourceIdentifier [6] matter.
    fn names(&mut self, value: &[u8]) -> Result<(), Malformed> {
        let mut names = Walker::new(value).expect(SEQUENCE, "GeneralNames")?.inside();
        for _ in 0..MAX_NAMES {
            let Some(name) = names.next()? else { break };
            match name.tag {
                tag if tag == context(0) => self.other(name.inside())?,
                tag if tag == context_primitive(6) => self.uri(name.value),
                _ => {}
            }
        }
        Ok(())
    }

    /// `OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }`.
    fn other(&mut self, mut name: Walker<'_>) -> Result<(), Malformed> {
        let kind = name.expect(OBJECT_IDENTIFIER, "OtherName")?.value;
        let value = name.expect(context(0), "OtherName")?.inside().next()?;
        match value {
            Some(value) if kind == PRINCIPAL_NAME && value.tag == UTF8 => keep(&mut self.upn, value.value),
            Some(value) if kind == OBJECT_SID && value.tag == OCTET_STRING => keep(&mut self.sid, value.value),
            _ => {}
        }
        Ok(())
    }

    fn uri(&mut self, uri: &[u8]) {
        if let Some(sid) = uri.strip_prefix(SID_TAG) {
            keep(&mut self.sid, sid);
        }
    }
}

fn keep(slot: &mut Option<CompactString>, name: &[u8]) {
    if slot.is_none() && !name.is_empty() && name.len() <= MAX_NAME {
        *slot = Some(text::bytes(name));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::unhex;

    fn read(value: &[u8]) -> Certified {
        let mut found = Certified::default();
        let _ = found.names(value);
        found
    }

    /// An element of fewer than 65,536 octets.
    fn element(tag: u8, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], &length[..], value].concat()
    }

    fn principal(name: &[u8]) -> Vec<u8> {
        let value = element(context(0), &element(UTF8, name));
        element(
            context(0),
            &[element(OBJECT_IDENTIFIER, PRINCIPAL_NAME), value].concat(),
        )
    }

    #[test]
    fn the_first_name_counts_and_a_long_one_does_not() {
        let names = [
            principal(&[b'a'; MAX_NAME + 1]),
            principal(b"bob@lab.example"),
            principal(b"eve@lab.example"),
        ];
        assert_eq!(
            read(&element(SEQUENCE, &names.concat())).upn.as_deref(),
            Some("bob@lab.example")
        );
        let many = [principal(b"").repeat(MAX_NAMES), principal(b"bob@lab.example")].concat();
        assert_eq!(read(&element(SEQUENCE, &many)), Certified::default());
    }

    #[test]
    fn a_sid_may_be_a_tag() {
        let tag = b"tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1103";
        let names = [
            element(context_primitive(6), b"urn:x"),
            element(context_primitive(6), tag),
        ]
        .concat();
        assert_eq!(
            read(&element(SEQUENCE, &names)).sid.as_deref(),
            Some("S-1-5-21-1-2-3-1103")
        );
    }

    #[test]
    fn other_names_say_nothing() {
        let kerberos = unhex("3011a00f06062b0601050202a0051b03616263");
        assert_eq!(read(&kerberos), Certified::default());
    }

    proptest! {
        #[test]
        fn random_names_never_panic(value: Vec<u8>) {
            read(&value);
            read(&element(SEQUENCE, &element(context(0), &value)));
        }
    }
}
