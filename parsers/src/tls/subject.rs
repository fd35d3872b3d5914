//! Whom a certificate names (RFC 5280 §4.1.2.6, §4.2.1.6), for whoever was shown one.

use compact_str::CompactString;

use super::certificate::Certificate;
use crate::asn1::{OBJECT_IDENTIFIER, SEQUENCE, SET, Walker};
use crate::kerberos::distinguished::{BMP, utf16_be};
use crate::reader::Malformed;
use crate::text;

/// id-at-commonName, 2.5.4.3.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// Attributes of a name that are looked at.
const MAX_ATTRIBUTES: usize = 64;

/// The names of a certificate's owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The most particular common name.
    pub common_name: Option<CompactString>,
    /// The dNSNames of subjectAltName, the first 32.
    pub dns_names: Vec<CompactString>,
}

impl Subject {
    /// Reads a certificate's DER.
    ///
    /// # Errors
    /// It is no certificate.
    pub fn read(der: &[u8]) -> Result<Self, Malformed> {
        let certificate = Certificate::read(der)?;
        Ok(Self {
            common_name: common_name(certificate.subject)?,
            dns_names: certificate.dns_names().collect(),
        })
    }
}

/// `Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }`, the most particular part last.
fn common_name(name: &[u8]) -> Result<Option<CompactString>, Malformed> {
    let mut found = None;
    let mut parts = Walker::new(name).expect(SEQUENCE, "subject")?.inside();
    for _ in 0..MAX_ATTRIBUTES {
        let Some(part) = parts.optional(SET)? else { break };
        let mut pair = part.inside().expect(SEQUENCE, "subject")?.inside();
        if pair.expect(OBJECT_IDENTIFIER, "subject")?.value != COMMON_NAME {
            continue;
        }
        let value = pair.next()?.ok_or(Malformed("subject"))?;
        found = Some(match value.tag {
            BMP => utf16_be(value.value),
            _ => text::bytes(value.value),
        });
    }
    Ok(found.filter(|name| !name.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let value = parts.concat();
        [&[tag, value.len() as u8], value.as_slice()].concat()
    }

    fn certificate(subject: &[u8], extensions: &[u8]) -> Vec<u8> {
        let empty = der(SEQUENCE, &[]);
        let time = der(0x17, &[b"261130100000Z"]);
        let validity = der(SEQUENCE, &[&time, &time]);
        let parts = [&der(2, &[&[1]]), &empty, &empty, &validity, subject, &empty, extensions];
        der(
            SEQUENCE,
            &[&der(SEQUENCE, &parts.map(|part| part as &[u8])), &empty, &empty],
        )
    }

    fn attribute(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        der(
            SET,
            &[&der(SEQUENCE, &[&der(OBJECT_IDENTIFIER, &[oid]), &der(tag, &[value])])],
        )
    }

    #[test]
    fn the_most_particular_common_name_counts() {
        let organisation = attribute(&[0x55, 4, 10], 0x0c, b"Lab");
        let group = attribute(COMMON_NAME, 0x13, b"Computers");
        let host = attribute(COMMON_NAME, BMP, b"\0W\0S\x000\x001");
        let subject = der(SEQUENCE, &[&organisation, &group, &host]);
        let told = Subject::read(&certificate(&subject, &[])).unwrap();
        assert_eq!(told.common_name.as_deref(), Some("WS01"));
        assert!(told.dns_names.is_empty());
        let nobody = Subject::read(&certificate(&der(SEQUENCE, &[&organisation]), &[])).unwrap();
        assert_eq!(nobody, Subject::default());
    }

    #[test]
    fn alternative_names_are_told_where_they_are_of_hosts() {
        let names = der(SEQUENCE, &[&der(0x81, &[b"a@b"]), &der(0x82, &[b"ws01.lab.example"])]);
        let extension = [
            &der(OBJECT_IDENTIFIER, &[&[0x55, 0x1d, 0x11]]) as &[u8],
            &der(4, &[&names]),
        ];
        let extensions = der(0xa3, &[&der(SEQUENCE, &[&der(SEQUENCE, &extension)])]);
        let told = Subject::read(&certificate(&der(SEQUENCE, &[]), &extensions)).unwrap();
        assert_eq!(
            (told.common_name, told.dns_names),
            (None, vec!["ws01.lab.example".into()])
        );
    }

    #[test]
    fn damage_is_no_certificate() {
        let whole = certificate(&der(SEQUENCE, &[&attribute(COMMON_NAME, 0x0c, b"WS01")]), &[]);
        for end in 0..whole.len() {
            assert!(Subject::read(&whole[..end]).is_err(), "{end}");
        }
    }
}
