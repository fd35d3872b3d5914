//! Extended operations that mean something to whoever watches (RFC 4511 §4.12, [MS-ADTS] 3.1.1.3.4.2): what they ask, and
//! what their answers tell.

use crate::asn1::{SEQUENCE, Walker, context_primitive};
use crate::context::Context;
use crate::gss::Identity;

use super::names;
use super::response::Extended;
use super::single::Single;

/// Who am I? (RFC 4532).
const WHO_AM_I: &[u8] = b"1.3.6.1.4.1.4203.1.11.3";
/// Password Modify (RFC 3062).
const PASSWORD_MODIFY: &[u8] = b"1.3.6.1.4.1.4203.1.11.1";
/// Refresh of a dynamic object's time to live (RFC 2589).
const TTL_REFRESH: &[u8] = b"1.3.6.1.4.1.1466.101.119.1";
/// LDAP_SERVER_FAST_BIND_OID: from here on binds check passwords and bind nobody.
const FAST_BIND: &[u8] = b"1.2.840.113556.1.4.1781";

/// What an extended request asks for.
#[derive(Debug)]
pub(super) enum Asked {
    StartTls,
    FastBind,
    WhoAmI(Single),
    Change(Single),
}

impl Asked {
    /// Reads a request; none where its operation tells nothing beyond its name.
    pub(super) fn read(request: &Extended<'_>, bound: Option<&Identity>, context: &Context<'_>) -> Option<Self> {
        Some(match request.name {
            super::controls::START_TLS => Self::StartTls,
            FAST_BIND => Self::FastBind,
            WHO_AM_I => Self::WhoAmI(Single::who_am_i(bound, context)),
            PASSWORD_MODIFY => Self::Change(password_modify(request.value, bound, context)),
            TTL_REFRESH => Self::Change(ttl_refresh(request.value, bound, context)?),
            _ => return None,
        })
    }
}

/// The identities of RFC 4513 §5.2.1.8 in an answer to Who am I: `u:LAB\alice`, `dn:CN=…`; empty for nobody.
pub(super) fn identity(authz_id: &[u8]) -> Option<Identity> {
    let name = names::text(authz_id);
    let name = name.strip_prefix("u:").or_else(|| name.strip_prefix("dn:"))?;
    Some(Identity {
        account: name.into(),
        domain: names::domain(name).unwrap_or_default().into(),
        ticket: None,
    })
    .filter(|identity| !identity.account.is_empty())
}

/// Whose password is set. The passwords are told apart from their absence, and no more.
///
/// ```text
/// PasswdModifyRequestValue ::= SEQUENCE { userIdentity [0] OCTET STRING OPTIONAL, oldPasswd [1] OCTET STRING OPTIONAL,
///                                         newPasswd [2] OCTET STRING OPTIONAL }   -- RFC 3062 §2
/// ```
fn password_modify(value: Option<&[u8]>, bound: Option<&Identity>, context: &Context<'_>) -> Single {
    let (mut user, mut old, mut new) = (None, false, false);
    let inside = value.and_then(|value| Walker::new(value).optional(SEQUENCE).ok()?);
    let mut fields = inside.map_or(Walker::new(&[]), |inside| inside.inside());
    while let Ok(Some(field)) = fields.next() {
        match field.tag {
            0x80 => user = Some(field.value),
            0x81 => old = true,
            0x82 => new = true,
            _ => {}
        }
    }
    Single::password_modify(user, old, new, bound, context)
}

/// ```text
/// SEQUENCE { entryName [0] LDAPDN, requestTtl [1] INTEGER }   -- RFC 2589 §4.1
/// ```
fn ttl_refresh(value: Option<&[u8]>, bound: Option<&Identity>, context: &Context<'_>) -> Option<Single> {
    let mut fields = Walker::new(value?).optional(SEQUENCE).ok()??.inside();
    let entry = fields.optional(context_primitive(0)).ok()??;
    let ttl = fields.optional(context_primitive(1)).ok()??.integer().ok()?;
    Some(Single::ttl_refresh(entry.value, ttl, bound, context))
}

/// How long the refreshed object lives, as the server grants it.
///
/// ```text
/// SEQUENCE { responseTtl [1] INTEGER }   -- RFC 2589 §4.2
/// ```
pub(super) fn granted_ttl(value: &[u8]) -> Option<i64> {
    let mut fields = Walker::new(value).optional(SEQUENCE).ok()??.inside();
    fields.optional(context_primitive(1)).ok()??.integer().ok()
}
