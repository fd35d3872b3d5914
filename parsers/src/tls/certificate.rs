//! The certificate that one side shows (RFC 5280 §4.1): who it says it is, and what it is known by.
//!
//! Read by walking its DER, as it is shown in every handshake; only names are decoded as a whole, where somebody wants them.

use capture::Timestamp;
use compact_str::CompactString;
use rasn_pkix::Name;
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::asn1::{self, Element, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Walker};
use crate::fields::{Fields, Value};
use crate::kerberos::distinguished::name_text;
use crate::kerberos::time::KerberosTime;
use crate::reader::Malformed;
use crate::text;

/// Alternative names that are told: certificates of content networks have hundreds.
const MAX_NAMES: usize = 32;

/// A certificate.
///
/// ```text
/// Certificate ::= SEQUENCE { tbsCertificate SEQUENCE {
///     version [0] EXPLICIT INTEGER DEFAULT v1, serialNumber INTEGER, signature AlgorithmIdentifier, issuer Name,
///     validity SEQUENCE { notBefore Time, notAfter Time }, subject Name, subjectPublicKeyInfo, …, extensions [3] EXPLICIT },
///   signatureAlgorithm, signatureValue }
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Certificate<'a> {
    der: &'a [u8],
    serial: &'a [u8],
    issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    not_before: Element<'a>,
    not_after: Element<'a>,
    names: Option<Walker<'a>>,
}

impl<'a> Certificate<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "certificate";
        let mut body = Walker::new(der)
            .expect(SEQUENCE, WHAT)?
            .inside()
            .expect(SEQUENCE, WHAT)?
            .inside();
        if body.peek() == Some(asn1::context(0)) {
            body.next()?;
        }
        let serial = body.expect(asn1::INTEGER, WHAT)?.value;
        body.expect(SEQUENCE, WHAT)?;
        let issuer = body.expect(SEQUENCE, WHAT)?.whole;
        let mut validity = body.expect(SEQUENCE, WHAT)?.inside();
        let time = || Malformed(WHAT);
        let not_before = validity.next()?.ok_or_else(time)?;
        let not_after = validity.next()?.ok_or_else(time)?;
        let subject = body.expect(SEQUENCE, WHAT)?.whole;
        body.expect(SEQUENCE, WHAT)?;
        Ok(Self {
            der,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            names: alternatives(body),
        })
    }

    /// What an activity tells of it, named as the certificates of Kerberos are.
    pub(super) fn fields(&self) -> Fields {
        let mut fields = Fields::sized(8);
        self.tell(&mut fields);
        fields
    }

    /// As [`Self::fields`], beside others.
    pub(super) fn tell(&self, fields: &mut Fields) {
        fields.text("subject", name(self.subject));
        fields.text("issuer", name(self.issuer));
        fields.set("serial", text::hex(self.serial));
        fields.set_some("not_before", self.not_before.time());
        fields.set_some("not_after", self.not_after.time());
        fields.list("alternative_names", self.alternative_names());
        fields.set("sha1", text::hex(&Sha1::digest(self.der)));
        fields.set("sha256", text::hex(&Sha256::digest(self.der)));
    }

    fn alternative_names(&self) -> Vec<Value> {
        self.alternatives().filter_map(alternative).map(Value::Text).collect()
    }

    /// The first entries of subjectAltName.
    fn alternatives(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut list = self.names;
        std::iter::from_fn(move || list.as_mut()?.next().ok()?).take(MAX_NAMES)
    }

    /// The DNS names among them.
    pub(super) fn dns_names(&self) -> impl Iterator<Item = CompactString> + use<'a> {
        const DNS_NAME: u8 = 0x82;
        let named = self.alternatives().filter(|name| name.tag == DNS_NAME);
        named.map(|name| text::bytes(name.value))
    }
}

trait Time {
    fn time(&self) -> Option<Timestamp>;
}

impl Time for Element<'_> {
    /// `Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }`: years of two digits are those from 1950 to 2049
    /// (RFC 5280 §4.1.2.5.1).
    fn time(&self) -> Option<Timestamp> {
        const UTC_TIME: u8 = 0x17;
        if self.tag != UTC_TIME {
            return KerberosTime(self.value).timestamp(None);
        }
        let century: &[u8; 2] = if *self.value.first()? < b'5' { b"20" } else { b"19" };
        let mut digits = [0; 15];
        digits.get_mut(..2)?.copy_from_slice(century);
        digits
            .get_mut(2..)?
            .copy_from_slice(self.value.get(..13).filter(|_| self.value.len() == 13)?);
        KerberosTime(&digits).timestamp(None)
    }
}

fn name(der: &[u8]) -> CompactString {
    rasn::ber::decode::<Name>(der).map_or_else(|_| CompactString::default(), |name| name_text(&name))
}

/// subjectAltName among the extensions: `Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE,
/// extnValue OCTET STRING }`
fn alternatives(mut body: Walker<'_>) -> Option<Walker<'_>> {
    const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    while let Some(field) = body.next().ok()? {
        if field.tag != asn1::context(3) {
            continue;
        }
        let mut list = field.inside().next().ok()??.inside();
        while let Some(extension) = list.next().ok()? {
            let mut parts = extension.inside();
            if parts.expect(OBJECT_IDENTIFIER, "extension").ok()?.value != SUBJECT_ALT_NAME {
                continue;
            }
            while let Some(part) = parts.next().ok()? {
                if part.tag == OCTET_STRING {
                    return Some(part.inside().expect(SEQUENCE, "subjectAltName").ok()?.inside());
                }
            }
        }
    }
    None
}

/// `GeneralName ::= CHOICE { otherName [0], rfc822Name [1], dNSName [2], …, uniformResourceIdentifier [6], iPAddress [7], … }`;
/// of other names the user principal name alone ([MS-WCCE] 2.2.2.7.7.4).
fn alternative(name: Element<'_>) -> Option<CompactString> {
    const UPN: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 3];
    match (name.tag, name.value) {
        (0x81 | 0x82 | 0x86, value) => Some(text::bytes(value)),
        (0x87, value) => address(value),
        (0xa0, _) => {
            let mut parts = name.inside();
            let kind = parts.expect(OBJECT_IDENTIFIER, "otherName").ok()?.value;
            let value = parts.next().ok()??.inside().next().ok()??.value;
            (kind == UPN).then(|| text::bytes(value))
        }
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<CompactString> {
    let address = match octets.len() {
        4 => std::net::IpAddr::from(*octets.first_chunk::<4>()?),
        _ => std::net::IpAddr::from(*octets.first_chunk::<16>()?),
    };
    Some(compact_str::format_compact!("{address}"))
}
