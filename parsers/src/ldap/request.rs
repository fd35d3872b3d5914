//! What clients send: the contents of the requests of RFC 4511, decoded without copying.
//!
//! Passwords and asserted values are not kept, so that nothing behind this file can tell them.

use crate::asn1::{self, BOOLEAN, ENUMERATED, Element, INTEGER, OCTET_STRING, SEQUENCE, Walker};
use crate::reader::Malformed;

use super::wire::Strings;

/// RFC 4511 §4.2.
#[derive(Clone, Copy, Debug)]
pub(super) struct BindRequest<'a> {
    pub(super) version: i64,
    pub(super) name: &'a [u8],
    pub(super) authentication: Authentication<'a>,
}

/// How a client proves who it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Authentication<'a> {
    /// A password; only whether there is one is kept.
    Simple { password: bool },
    /// A SASL mechanism and its credentials.
    Sasl {
        mechanism: &'a [u8],
        credentials: Option<&'a [u8]>,
    },
    /// Sicily: 9 sicilyPackageDiscovery, 10 sicilyNegotiate, 11 sicilyResponse, with its token.
    Sicily { step: u8, token: &'a [u8] },
    /// Any other tag, as LDAPv2's Kerberos 4 choices.
    Other(u8),
}

impl<'a> BindRequest<'a> {
    /// ```text
    /// BindRequest ::= [APPLICATION 0] SEQUENCE {
    ///      version                 INTEGER (1 ..  127),
    ///      name                    LDAPDN,
    ///      authentication          AuthenticationChoice }
    /// AuthenticationChoice ::= CHOICE {
    ///      simple                  [0] OCTET STRING,
    ///      sasl                    [3] SaslCredentials,
    ///      sicilyPackageDiscovery  [9] OCTET STRING,   -- these three: [MS-ADTS] 5.1.1.1.3
    ///      sicilyNegotiate         [10] OCTET STRING,
    ///      sicilyResponse          [11] OCTET STRING }
    /// SaslCredentials ::= SEQUENCE {
    ///      mechanism               LDAPString,
    ///      credentials             OCTET STRING OPTIONAL }
    /// ```
    pub(super) fn read(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        let version = walker.expect(INTEGER, "version")?.integer()?;
        let name = walker.expect(OCTET_STRING, "name")?.value;
        let choice = walker.next()?.ok_or(Malformed("authentication"))?;
        let authentication = match choice.tag {
            0x80 => Authentication::Simple {
                password: !choice.value.is_empty(),
            },
            0xa3 => {
                let mut sasl = choice.inside();
                Authentication::Sasl {
                    mechanism: sasl.expect(OCTET_STRING, "mechanism")?.value,
                    credentials: sasl.optional(OCTET_STRING)?.map(|credentials| credentials.value),
                }
            }
            tag @ 0x89..=0x8b => Authentication::Sicily {
                step: tag & 0x1f,
                token: choice.value,
            },
            tag => Authentication::Other(tag & 0x1f),
        };
        Ok(Self {
            version,
            name,
            authentication,
        })
    }
}

/// RFC 4511 §4.5.1.
#[derive(Clone, Copy, Debug)]
pub(super) struct SearchRequest<'a> {
    pub(super) base: &'a [u8],
    pub(super) scope: i64,
    pub(super) deref: i64,
    pub(super) size_limit: i64,
    pub(super) time_limit: i64,
    pub(super) types_only: bool,
    pub(super) filter: Element<'a>,
    /// The attribute descriptions asked for.
    pub(super) attributes: Strings<'a>,
}

impl<'a> SearchRequest<'a> {
    /// ```text
    /// SearchRequest ::= [APPLICATION 3] SEQUENCE {
    ///      baseObject      LDAPDN,
    ///      scope           ENUMERATED { baseObject(0), singleLevel(1), wholeSubtree(2), … },
    ///      derefAliases    ENUMERATED { … },
    ///      sizeLimit       INTEGER (0 ..  maxInt),
    ///      timeLimit       INTEGER (0 ..  maxInt),
    ///      typesOnly       BOOLEAN,
    ///      filter          Filter,
    ///      attributes      AttributeSelection }   -- SEQUENCE OF LDAPString
    /// ```
    pub(super) fn read(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            base: walker.expect(OCTET_STRING, "baseObject")?.value,
            scope: walker.expect(ENUMERATED, "scope")?.integer()?,
            deref: walker.expect(ENUMERATED, "derefAliases")?.integer()?,
            size_limit: walker.expect(INTEGER, "sizeLimit")?.integer()?,
            time_limit: walker.expect(INTEGER, "timeLimit")?.integer()?,
            types_only: walker.expect(BOOLEAN, "typesOnly")?.value.iter().any(|byte| *byte != 0),
            filter: walker.next()?.ok_or(Malformed("filter"))?,
            attributes: Strings(
                walker
                    .optional(SEQUENCE)?
                    .map_or(Walker::new(&[]), |list| list.inside()),
            ),
        })
    }

    /// The scope as LDAP URLs write it (RFC 4516 §2).
    pub(super) const fn scope_name(&self) -> Option<&'static str> {
        Some(match self.scope {
            0 => "base",
            1 => "one",
            2 => "sub",
            3 => "subordinate",
            _ => return None,
        })
    }
}

/// RFC 4511 §4.6 and §4.7: an object, and what is done to its attributes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'a> {
    pub(super) dn: &'a [u8],
    /// Contents of the list of changes or attributes.
    pub(super) list: &'a [u8],
}

impl<'a> Change<'a> {
    /// ```text
    /// ModifyRequest ::= [APPLICATION 6] SEQUENCE {
    ///      object          LDAPDN,
    ///      changes         SEQUENCE OF change SEQUENCE {
    ///           operation       ENUMERATED { add(0), delete(1), replace(2), … },
    ///           modification    PartialAttribute } }
    /// AddRequest ::= [APPLICATION 8] SEQUENCE {
    ///      entry           LDAPDN,
    ///      attributes      AttributeList }   -- SEQUENCE OF Attribute
    /// ```
    pub(super) fn read(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            dn: walker.expect(OCTET_STRING, "object")?.value,
            list: walker.expect(SEQUENCE, "changes")?.value,
        })
    }
}

/// RFC 4511 §4.9.
#[derive(Clone, Copy, Debug)]
pub(super) struct ModifyDn<'a> {
    pub(super) dn: &'a [u8],
    pub(super) new_rdn: &'a [u8],
    pub(super) delete_old: bool,
    pub(super) new_superior: Option<&'a [u8]>,
}

impl<'a> ModifyDn<'a> {
    /// ```text
    /// ModifyDNRequest ::= [APPLICATION 12] SEQUENCE {
    ///      entry           LDAPDN,
    ///      newrdn          RelativeLDAPDN,
    ///      deleteoldrdn    BOOLEAN,
    ///      newSuperior     [0] LDAPDN OPTIONAL }
    /// ```
    pub(super) fn read(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            dn: walker.expect(OCTET_STRING, "entry")?.value,
            new_rdn: walker.expect(OCTET_STRING, "newrdn")?.value,
            delete_old: walker
                .expect(BOOLEAN, "deleteoldrdn")?
                .value
                .iter()
                .any(|byte| *byte != 0),
            new_superior: walker
                .optional(asn1::context_primitive(0))?
                .map(|superior| superior.value),
        })
    }
}

/// RFC 4511 §4.10. The asserted value may be a secret (`userPassword`) and is not kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compare<'a> {
    pub(super) dn: &'a [u8],
    pub(super) attribute: &'a [u8],
}

impl<'a> Compare<'a> {
    /// ```text
    /// CompareRequest ::= [APPLICATION 14] SEQUENCE {
    ///      entry           LDAPDN,
    ///      ava             AttributeValueAssertion }
    /// ```
    pub(super) fn read(walker: &mut Walker<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            dn: walker.expect(OCTET_STRING, "entry")?.value,
            attribute: walker
                .expect(SEQUENCE, "ava")?
                .inside()
                .expect(OCTET_STRING, "attributeDesc")?
                .value,
        })
    }
}
