//! GSS-API tokens as they stand on the wire: the framing of RFC 2743 §3.1, SPNEGO (RFC 4178 §4.2, [MS-SPNG] 2.2), and which
//! Kerberos or NTLM token is inside.
//!
//! Nesting ends after one SPNEGO layer: a SPNEGO token inside SPNEGO is read no further.

use compact_str::CompactString;
use smallvec::SmallVec;

use super::mechanism::Mechanism;
use super::negoex;
use crate::asn1::{self, BIT_STRING, ENUMERATED, Element, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Walker};
use crate::ntlm;
use crate::reader::Malformed;
use crate::text;

/// A token of whatever kind.
#[derive(Clone, Debug)]
pub enum Token<'a> {
    /// NegTokenInit or NegTokenInit2.
    Init(Init<'a>),
    /// NegTokenResp.
    Resp(Resp<'a>),
    /// A mechanism's own.
    Mech(Mech<'a>),
}

/// A mechanism's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mech<'a> {
    /// From `NTLMSSP\0` on.
    Ntlm(&'a [u8]),
    /// A Kerberos AP-REQ, from its APPLICATION tag on (RFC 4120 §5.5.1).
    ApReq(&'a [u8]),
    /// A Kerberos AP-REP (§5.5.2).
    ApRep(&'a [u8]),
    /// A KRB-ERROR (§5.9.1).
    KrbError(&'a [u8]),
    /// What passes through to a KDC in an IAKERB_PROXY (draft-ietf-kitten-iakerb): a header, then a Kerberos message.
    Iakerb(&'a [u8]),
    /// An exchange with a KDC, or, in PKU2U, with the peer itself: a Kerberos message, from its APPLICATION tag on.
    Kdc(&'a [u8]),
    /// NEGOEX messages.
    Negoex(&'a [u8]),
    /// Something that belongs to a context that stands already, or is empty: a MIC, a wrapped message, user-to-user's request.
    Other,
}

/// `NegTokenInit ::= SEQUENCE { mechTypes [0] MechTypeList OPTIONAL, reqFlags [1] ContextFlags OPTIONAL, mechToken [2] OCTET
/// STRING OPTIONAL, mechListMIC [3] OCTET STRING OPTIONAL }`; a server's hint ([MS-SPNG] 2.2.1) has `negHints [3] SEQUENCE {
/// hintName [0] GeneralString OPTIONAL, … }` there and the MIC in `[4]`.
#[derive(Clone, Debug, Default)]
pub struct Init<'a> {
    /// What the sender can do, best first.
    pub mechanisms: SmallVec<[Mechanism<'a>; 4]>,
    /// reqFlags.
    pub flags: Option<u32>,
    /// The first mechanism's first token.
    pub token: Option<&'a [u8]>,
    /// negHints' name.
    pub hint: Option<&'a [u8]>,
    /// Whether mechListMIC is there.
    pub mic: bool,
}

/// `NegTokenResp ::= SEQUENCE { negState [0] ENUMERATED OPTIONAL, supportedMech [1] MechType OPTIONAL, responseToken [2] OCTET
/// STRING OPTIONAL, mechListMIC [3] OCTET STRING OPTIONAL }`
#[derive(Clone, Copy, Debug, Default)]
pub struct Resp<'a> {
    /// Where the negotiation stands.
    pub state: Option<NegState>,
    /// What the server chose.
    pub mechanism: Option<Mechanism<'a>>,
    /// The mechanism's token.
    pub token: Option<&'a [u8]>,
    /// Whether mechListMIC is there.
    pub mic: bool,
}

/// negState (RFC 4178 §4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegState(pub i64);

impl NegState {
    /// The context stands.
    pub const ACCEPT_COMPLETED: Self = Self(0);
    /// The mechanism was refused, or failed.
    pub const REJECT: Self = Self(2);

    /// The state's name in RFC 4178.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "accept-completed",
            1 => "accept-incomplete",
            2 => "reject",
            3 => "request-mic",
            _ => return None,
        })
    }
}

impl Init<'_> {
    /// The hint as text; `not_defined_in_RFC4178@please_ignore` from every Windows.
    #[must_use]
    pub fn hint_text(&self) -> Option<CompactString> {
        self.hint.map(text::bytes)
    }
}

/// `InitialContextToken ::= [APPLICATION 0] IMPLICIT SEQUENCE { thisMech OBJECT IDENTIFIER, innerContextToken ANY }`, and
/// everything that travels without it: SPNEGO's choices, NTLMSSP, Kerberos messages.
pub fn token(bytes: &[u8]) -> Result<Token<'_>, Malformed> {
    if !framed(bytes) {
        return bare(bytes);
    }
    let mut inside = Walker::new(bytes).expect(asn1::application(0), "GSS token")?.inside();
    let mechanism = Mechanism(inside.expect(OBJECT_IDENTIFIER, "GSS mechanism")?.value);
    if mechanism == Mechanism::SPNEGO {
        negotiation(inside.rest())
    } else {
        Ok(Token::Mech(inner(inside.rest())))
    }
}

/// The token of a mechanism inside SPNEGO, framed or not. What cannot be read is nothing to judge here.
#[must_use]
pub fn mech(bytes: &[u8]) -> Mech<'_> {
    match token(bytes) {
        Ok(Token::Mech(mech)) => mech,
        Ok(Token::Init(_) | Token::Resp(_)) | Err(_) => Mech::Other,
    }
}

fn framed(bytes: &[u8]) -> bool {
    bytes.first() == Some(&asn1::application(0))
}

fn bare(bytes: &[u8]) -> Result<Token<'_>, Malformed> {
    match bytes.first() {
        Some(0xa0 | 0xa1) => negotiation(bytes),
        None => Ok(Token::Mech(Mech::Other)),
        Some(_) => match inner(bytes) {
            Mech::Other if !per_message(bytes) => Err(Malformed("GSS token")),
            mech => Ok(Token::Mech(mech)),
        },
    }
}

/// What follows the mechanism's OID: NTLMSSP as it is, Kerberos behind two octets of TOK_ID (RFC 4121 §4.1) or, between the
/// legs of DCE style ([MS-KILE] 3.4.5), without them.
fn inner(bytes: &[u8]) -> Mech<'_> {
    if bytes.starts_with(ntlm::wire::SIGNATURE) {
        return Mech::Ntlm(bytes);
    }
    if bytes.starts_with(negoex::SIGNATURE) {
        return Mech::Negoex(bytes);
    }
    match bytes {
        [0x01, 0x00, rest @ ..] | rest @ [0x6e, ..] => Mech::ApReq(rest),
        [0x02, 0x00, rest @ ..] | rest @ [0x6f, ..] => Mech::ApRep(rest),
        [0x03, 0x00, rest @ ..] | rest @ [0x7e, ..] => Mech::KrbError(rest),
        [0x05, 0x01, rest @ ..] => Mech::Iakerb(rest),
        [_, _, rest @ ..] | rest if matches!(rest, [0x6a..=0x6d, ..]) => Mech::Kdc(rest),
        _ => Mech::Other,
    }
}

/// Tokens of a context that stands: Kerberos MIC and Wrap (RFC 4121 §4.2.6), NTLM's signature ([MS-NLMP] 2.2.2.9).
fn per_message(bytes: &[u8]) -> bool {
    matches!(bytes, [0x04 | 0x05, 0x04, ..] | [1, 0, 0, 0, ..])
}

/// `NegotiationToken ::= CHOICE { negTokenInit [0] NegTokenInit, negTokenResp [1] NegTokenResp }`
fn negotiation(bytes: &[u8]) -> Result<Token<'_>, Malformed> {
    let choice = Walker::new(bytes).next()?.ok_or(Malformed("SPNEGO token"))?;
    let body = choice.inside().expect(SEQUENCE, "SPNEGO token")?.inside();
    match choice.tag {
        0xa0 => init(body).map(Token::Init),
        0xa1 => resp(body).map(Token::Resp),
        _ => Err(Malformed("SPNEGO token")),
    }
}

fn init(mut body: Walker<'_>) -> Result<Init<'_>, Malformed> {
    let mut init = Init::default();
    while let Some(field) = body.next()? {
        let Some(value) = field.inside().next()? else { continue };
        match (field.tag, value.tag) {
            (0xa0, SEQUENCE) => init.mechanisms = mechanisms(value)?,
            (0xa1, BIT_STRING) => init.flags = Some(value.bits()?),
            (0xa2, OCTET_STRING) => init.token = Some(value.value),
            (0xa3, SEQUENCE) => init.hint = hint(value)?,
            (0xa3 | 0xa4, OCTET_STRING) => init.mic = true,
            _ => {}
        }
    }
    Ok(init)
}

/// Mechanisms that are read: nobody offers as many.
const MECHANISMS: usize = 16;

fn mechanisms(list: Element<'_>) -> Result<SmallVec<[Mechanism<'_>; 4]>, Malformed> {
    let mut found = SmallVec::new();
    let mut list = list.inside();
    while let Some(oid) = list.next()? {
        if oid.tag == OBJECT_IDENTIFIER && found.len() < MECHANISMS {
            found.push(Mechanism(oid.value));
        }
    }
    Ok(found)
}

fn hint(hints: Element<'_>) -> Result<Option<&[u8]>, Malformed> {
    let name = hints.inside().optional_explicit(asn1::context(0), "SPNEGO hint")?;
    Ok(name.map(|name| name.value))
}

fn resp(mut body: Walker<'_>) -> Result<Resp<'_>, Malformed> {
    let mut resp = Resp::default();
    while let Some(field) = body.next()? {
        let Some(value) = field.inside().next()? else { continue };
        match (field.tag, value.tag) {
            (0xa0, ENUMERATED) => resp.state = Some(NegState(value.integer()?)),
            (0xa1, OBJECT_IDENTIFIER) => resp.mechanism = Some(Mechanism(value.value)),
            (0xa2, OCTET_STRING) => resp.token = Some(value.value),
            (0xa3, OCTET_STRING) => resp.mic = true,
            _ => {}
        }
    }
    Ok(resp)
}
