//! The certificate a client or KDC authenticates with (PKINIT, RFC 4556 §3.2): who it says it is, and what it is known by.
//!
//! CMS may be BER, so that rasn reads it; certificates are taken out as the octets they are, since their hash is over those.

use compact_str::CompactString;
use rasn::prelude::*;
use rasn_cms::{ContentInfo, IssuerAndSerialNumber};
use rasn_pkix::{Certificate, Name};
use sha1::{Digest, Sha1};

use super::certified::Certified;
use super::distinguished::name_text;
use crate::asn1::{Walker, context, context_primitive};
use crate::fields::Fields;
use crate::reader::Malformed;
use crate::text;

/// The most certificates of one message that are looked through for the signer's.
const MAX_CERTIFICATES: usize = 16;

/// A certificate as activities show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// RFC 4514.
    pub subject: CompactString,
    /// RFC 4514.
    pub issuer: CompactString,
    /// Hexadecimal, most significant octet first.
    pub serial: CompactString,
    /// SHA-1 of the whole certificate, in hexadecimal: its thumbprint in Windows.
    pub sha1: CompactString,
    /// The user principal name in its subjectAltName.
    pub upn: Option<CompactString>,
    /// The SID that the authority wrote into it ([MS-WCCE] 2.2.2.7.7.4), as text.
    pub sid: Option<CompactString>,
}

impl Presented {
    /// The certificate that `der` is.
    pub fn read(der: &[u8]) -> Result<Self, Malformed> {
        let certificate: Certificate = rasn::ber::decode(der).map_err(|_| Malformed("certificate"))?;
        Ok(Self::new(&certificate, der))
    }

    fn new(certificate: &Certificate, der: &[u8]) -> Self {
        let body = &certificate.tbs_certificate;
        let Certified { upn, sid } = Certified::of(certificate);
        Self {
            subject: name_text(&body.subject),
            issuer: name_text(&body.issuer),
            serial: serial_text(&body.serial_number),
            sha1: text::hex(&Sha1::digest(der)),
            upn,
            sid,
        }
    }

    /// As a map of fields.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.text("subject", self.subject.clone());
        fields.text("issuer", self.issuer.clone());
        fields.text("serial", self.serial.clone());
        fields.text("sha1", self.sha1.clone());
        fields.set_some("upn", self.upn.clone());
        fields.set_some("sid", self.sid.clone());
        fields
    }
}

/// rasn gives the octets that a number needs at the front of those that it has room in.
fn serial_text(serial: &Integer) -> CompactString {
    let (octets, used) = serial.to_signed_bytes_be();
    let octets = octets.as_ref();
    text::hex(octets.get(..used).unwrap_or(octets))
}

/// The client's certificate in a PA-PK-AS-REQ.
///
/// ```text
/// PA-PK-AS-REQ ::= SEQUENCE { signedAuthPack [0] IMPLICIT OCTET STRING, trustedCertifiers [1] OPTIONAL, kdcPkId [2] OPTIONAL }
/// ```
pub fn request(value: &[u8]) -> Result<Presented, Malformed> {
    let outer = Walker::new(value).next()?.ok_or(Malformed("PA-PK-AS-REQ"))?;
    let pack = outer.inside().expect(context_primitive(0), "signedAuthPack")?;
    signer(pack.value)
}

/// The KDC's certificate in a PA-PK-AS-REP, where a Diffie-Hellman exchange makes the key.
///
/// ```text
/// PA-PK-AS-REP ::= CHOICE { dhInfo [0] DHRepInfo, encKeyPack [1] IMPLICIT OCTET STRING }
/// DHRepInfo ::= SEQUENCE { dhSignedData [0] IMPLICIT OCTET STRING, serverDHNonce [1] OPTIONAL }
/// ```
pub fn reply(value: &[u8]) -> Result<Presented, Malformed> {
    let info = Walker::new(value).explicit(context(0), "PA-PK-AS-REP")?;
    let data = info.inside().expect(context_primitive(0), "dhSignedData")?;
    signer(data.value)
}

/// SignedData (RFC 5652 §5.1) as far as it matters here; what it holds stays octets.
#[derive(AsnType, Decode)]
struct Signed {
    #[expect(dead_code, reason = "declares the grammar")]
    version: Integer,
    #[expect(dead_code, reason = "declares the grammar")]
    digest_algorithms: SetOf<Any>,
    #[expect(dead_code, reason = "declares the grammar")]
    encap_content_info: rasn_cms::EncapsulatedContentInfo,
    #[rasn(tag(0))]
    certificates: Option<SetOf<Any>>,
    #[expect(dead_code, reason = "declares the grammar")]
    #[rasn(tag(1))]
    crls: Option<SetOf<Any>>,
    signer_infos: SetOf<rasn_cms::SignerInfo>,
}

/// The certificate of the first signer of a ContentInfo; where none of them is the signer's, the first.
fn signer(cms: &[u8]) -> Result<Presented, Malformed> {
    let info: ContentInfo = rasn::ber::decode(cms).map_err(|_| Malformed("CMS ContentInfo"))?;
    let signed: Signed = rasn::ber::decode(info.content.as_bytes()).map_err(|_| Malformed("CMS SignedData"))?;
    let sid = signed.signer_infos.iter().next().map(|info| &info.sid);
    let mut first = None;
    for der in signed.certificates.iter().flat_map(SetOf::iter).take(MAX_CERTIFICATES) {
        let Ok(certificate) = rasn::ber::decode::<Certificate>(der.as_bytes()) else {
            continue;
        };
        let presented = Presented::new(&certificate, der.as_bytes());
        match sid {
            Some(rasn_cms::SignerIdentifier::IssuerAndSerialNumber(id)) if !names(id, &certificate) => {
                first.get_or_insert(presented);
            }
            _ => return Ok(presented),
        }
    }
    first.ok_or(Malformed("CMS without certificate"))
}

fn names(id: &IssuerAndSerialNumber, certificate: &Certificate) -> bool {
    let body = &certificate.tbs_certificate;
    let Name::RdnSequence(theirs) = &id.issuer;
    let Name::RdnSequence(ours) = &body.issuer;
    id.serial_number == body.serial_number && theirs == ours
}

#[cfg(test)]
mod tests {
    use rasn_kerberos as theirs;
    use serde_json::json;

    use super::*;
    use crate::kerberos::oracle::{self, body, der, encrypted, name, text, ticket};
    use crate::testing::{Conversation, unhex};

    /// PA-PK-AS-REP with dhInfo around a ContentInfo.
    fn answer(cms: &[u8]) -> Vec<u8> {
        let element = |tag: u8, value: &[u8]| {
            let length = u16::try_from(value.len()).unwrap().to_be_bytes();
            [&[tag, 0x82], &length[..], value].concat()
        };
        element(0xa0, &element(0x30, &element(0x80, cms)))
    }

    /// PA-PK-AS-REQ around a ContentInfo that OpenSSL signed with the second of two certificates.
    fn padata(cms: &[u8]) -> Vec<u8> {
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
        let pack = [&[0x80, 0x82], length(cms).as_slice(), cms].concat();
        [&[0x30, 0x82], length(&pack).as_slice(), &pack].concat()
    }

    #[test]
    fn reads_the_signers_certificate_from_der_and_ber() {
        for cms in [
            include_str!("vectors/pkinit_der.hex"),
            include_str!("vectors/pkinit_ber.hex"),
        ] {
            let presented = request(&padata(&unhex(cms))).unwrap();
            assert_eq!(presented.subject, "CN=Иван,OU=Staff\\, North,DC=lab,DC=example");
            assert_eq!(presented.issuer, "CN=LAB-CA,DC=lab,DC=example");
            assert_eq!(presented.serial, "61000000000000000f8a");
            assert_eq!(presented.sha1, "5b5f2962722faf31ce67db74ef462a8c146f286f");
            assert_eq!(
                (presented.upn.as_deref(), presented.sid),
                (Some("ivan@lab.example"), None)
            );
        }
    }

    #[test]
    fn the_account_is_told_where_the_certificate_names_it() {
        let presented = request(&padata(&unhex(include_str!("vectors/pkinit_upn.hex")))).unwrap();
        assert_eq!(presented.serial, "5a01");
        assert_eq!(presented.upn.as_deref(), Some("alice@lab.example"));
        assert_eq!(presented.sid.as_deref(), Some("S-1-5-21-1111-2222-3333-1103"));
    }

    #[test]
    fn the_kdcs_certificate_stands_in_its_answer() {
        let cms = unhex(include_str!("vectors/pkinit_der.hex"));
        let presented = reply(&answer(&cms)).unwrap();
        assert_eq!(presented.serial, "61000000000000000f8a");
        for cut in 0..cms.len() {
            assert!(reply(&answer(&cms[..cut])).is_err());
        }
    }

    fn as_rep(cms: &[u8]) -> Vec<u8> {
        der(&theirs::AsRep(theirs::KdcRep {
            pvno: Integer::from(5),
            msg_type: Integer::from(11),
            padata: Some(vec![oracle::padata(17, &answer(cms))]),
            crealm: text("LAB.EXAMPLE"),
            cname: name(1, &["alice"]),
            ticket: ticket(name(2, &["krbtgt", "LAB.EXAMPLE"]), 18, b"tgt"),
            enc_part: encrypted(18, None, b"reply"),
        }))
    }

    #[test]
    fn a_logon_with_a_certificate_tells_both() {
        let (user, kdc) = (
            unhex(include_str!("vectors/pkinit_upn.hex")),
            unhex(include_str!("vectors/pkinit_der.hex")),
        );
        for (realm, preauth) in [("LAB.EXAMPLE", "pkinit"), ("WELLKNOWN:PKU2U", "pku2u")] {
            let mut body = body(0x4081_0010, Some(name(1, &["alice"])), &["krbtgt", "LAB.EXAMPLE"]);
            body.realm = text(realm);
            let asked = der(&theirs::AsReq(oracle::request(
                10,
                vec![oracle::padata(16, &padata(&user))],
                body,
            )));
            let said = Conversation::udp(88).up(&asked).down(&as_rep(&kdc)).finish();
            let logon = &said.activities[0];
            assert_eq!(
                (&logon["kind"], &logon["outcome"]),
                (&json!("kerberos_as"), &json!("success"))
            );
            let details = &logon["details"];
            assert_eq!(details["preauth"], preauth);
            assert_eq!(
                (&details["certificate"]["upn"], &details["certificate"]["sid"]),
                (&json!("alice@lab.example"), &json!("S-1-5-21-1111-2222-3333-1103"))
            );
            assert_eq!(details["certificate"]["issuer"], "CN=LAB-CA,DC=lab,DC=example");
            assert_eq!(details["kdc_certificate"]["serial"], "61000000000000000f8a");
        }
    }

    #[test]
    fn damage_is_refused() {
        let cms = unhex(include_str!("vectors/pkinit_der.hex"));
        for cut in 0..cms.len() {
            assert!(request(&padata(&cms[..cut])).is_err());
        }
        assert!(reply(&padata(&cms)).is_err());
    }
}
