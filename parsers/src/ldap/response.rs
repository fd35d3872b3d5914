//! What servers send: the contents of the responses of RFC 4511, decoded without copying; and ExtendedRequest, whose shape is
//! that of its response.

use crate::asn1::{self, ENUMERATED, Header, OCTET_STRING, SEQUENCE, Walker};
use crate::reader::Malformed;

/// The part all answers share.
#[derive(Clone, Copy, Debug)]
pub(super) struct LdapResult<'a> {
    pub(super) code: i64,
    pub(super) matched_dn: &'a [u8],
    pub(super) diagnostic: &'a [u8],
    /// Contents of `referral`: a SEQUENCE OF URI.
    pub(super) referral: &'a [u8],
}

impl<'a> LdapResult<'a> {
    /// ```text
    /// LDAPResult ::= SEQUENCE {
    ///      resultCode         ENUMERATED { … },
    ///      matchedDN          LDAPDN,
    ///      diagnosticMessage  LDAPString,
    ///      referral           [3] Referral OPTIONAL }   -- RFC 4511 §4.1.9
    /// ```
    pub(super) fn read(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            code: walker.expect(ENUMERATED, "resultCode")?.integer()?,
            matched_dn: walker.expect(OCTET_STRING, "matchedDN")?.value,
            diagnostic: walker.expect(OCTET_STRING, "diagnosticMessage")?.value,
            referral: walker
                .optional(asn1::context(3))?
                .map_or(&[], |referral| referral.value),
        })
    }
}

/// RFC 4511 §4.2.2.
#[derive(Clone, Copy, Debug)]
pub(super) struct BindResponse<'a> {
    pub(super) result: LdapResult<'a>,
    pub(super) credentials: Option<&'a [u8]>,
}

impl<'a> BindResponse<'a> {
    /// ```text
    /// BindResponse ::= [APPLICATION 1] SEQUENCE {
    ///      COMPONENTS OF LDAPResult,
    ///      serverSaslCreds    [7] OCTET STRING OPTIONAL }
    /// ```
    pub(super) fn read(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            result: LdapResult::read(walker)?,
            credentials: walker
                .optional(asn1::context_primitive(7))?
                .map(|credentials| credentials.value),
        })
    }
}

/// RFC 4511 §4.5.2.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) dn: &'a [u8],
    /// Contents of PartialAttributeList, as far as they are there.
    pub(super) attributes: &'a [u8],
}

impl<'a> Entry<'a> {
    /// ```text
    /// SearchResultEntry ::= [APPLICATION 4] SEQUENCE {
    ///      objectName      LDAPDN,
    ///      attributes      PartialAttributeList }   -- SEQUENCE OF PartialAttribute
    /// ```
    pub(super) fn read(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            dn: walker.expect(OCTET_STRING, "objectName")?.value,
            attributes: begun(walker.rest()).unwrap_or_default(),
        })
    }
}

/// The contents of the SEQUENCE that `bytes` begin with, which may be cut.
fn begun(bytes: &[u8]) -> Option<&[u8]> {
    let Ok(Header::Known {
        tag: SEQUENCE,
        header,
        value,
    }) = asn1::header(bytes)
    else {
        return None;
    };
    let contents = bytes.get(header..)?;
    Some(contents.get(..value).unwrap_or(contents))
}

/// RFC 4511 §4.12 and §4.13. Values may hold secrets (password modify): [`super::extended`] alone looks into them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extended<'a> {
    /// The operation's or response's OID; empty where it is not said.
    pub(super) name: &'a [u8],
    /// Of responses.
    pub(super) result: Option<LdapResult<'a>>,
    /// Of requests and responses.
    pub(super) value: Option<&'a [u8]>,
}

impl<'a> Extended<'a> {
    /// ```text
    /// ExtendedRequest ::= [APPLICATION 23] SEQUENCE {
    ///      requestName      [0] LDAPOID,
    ///      requestValue     [1] OCTET STRING OPTIONAL }
    /// ```
    pub(super) fn request(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        let name = walker.expect(asn1::context_primitive(0), "requestName")?.value;
        Ok(Self {
            name,
            result: None,
            value: walker.optional(asn1::context_primitive(1))?.map(|value| value.value),
        })
    }

    /// ```text
    /// ExtendedResponse ::= [APPLICATION 24] SEQUENCE {
    ///      COMPONENTS OF LDAPResult,
    ///      responseName     [10] LDAPOID OPTIONAL,
    ///      responseValue    [11] OCTET STRING OPTIONAL }
    /// ```
    pub(super) fn response(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        let result = LdapResult::read(walker)?;
        let name = walker.optional(asn1::context_primitive(10))?;
        Ok(Self {
            name: name.map_or(&[], |name| name.value),
            result: Some(result),
            value: walker.optional(asn1::context_primitive(11))?.map(|value| value.value),
        })
    }

    /// ```text
    /// IntermediateResponse ::= [APPLICATION 25] SEQUENCE {
    ///      responseName     [0] LDAPOID OPTIONAL,
    ///      responseValue    [1] OCTET STRING OPTIONAL }
    /// ```
    pub(super) fn intermediate(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        let name = walker.optional(asn1::context_primitive(0))?;
        Ok(Self {
            name: name.map_or(&[], |name| name.value),
            result: None,
            value: None,
        })
    }
}
