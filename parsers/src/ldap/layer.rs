//! The security layer a SASL bind puts around LDAP: buffers of four octets of length and a GSS token (RFC 4422 §3.7).
//!
//! Signed is not sealed: under integrity protection the messages stand in the clear inside the token, and are read.
//! [`gss::wrap`] takes them out; here is told, before a buffer is whole, whether that is worth waiting for. Tokens: Kerberos (RFC 4121 §4.2.6.2, RFC 1964 §1.2.2), NTLM ([MS-NLMP] 2.2.2.9.1), DIGEST-MD5 (RFC 2831 §2.3).

use std::borrow::Cow;

use crate::asn1::{self, Header};
use crate::gss;

use super::wire::{self, Start};

/// Octets of the length before a token.
pub(super) const LENGTH: usize = 4;

/// Octets of a token that tell what it is: a Kerberos header of either kind, or an NTLM signature and a message's opening.
pub(super) const LOOK: usize = 48;

/// The longest buffer that is believed: the 24 bits in which security layers negotiate it (RFC 4752 §3.3).
const LONGEST: usize = 0x00ff_ffff;

/// OID of the Kerberos mechanism, encoded, after the header of an initial context token (RFC 1964 §1.1).
const KERBEROS: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";

/// How a buffer is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// Kerberos, RFC 4121.
    Kerberos {
        sealed: bool,
        /// Sent by the acceptor of the context: the server.
        acceptor: bool,
    },
    /// Kerberos, RFC 1964.
    OldKerberos { sealed: bool },
    /// NTLM. Its signature does not tell whether what follows is sealed: `clear` is whether it reads as LDAP.
    Ntlm { clear: bool },
    /// DIGEST-MD5 with integrity: a message, then 16 octets.
    Digest,
}

impl Layer {
    /// What the token is whose first octets, [`LOOK`] of them or all, are `token`; it has `length` in all.
    pub(super) fn judge(token: &[u8], length: usize) -> Option<Self> {
        match *token {
            [5, 4, flags @ 0..=7, 0xff, ..] => Some(Self::Kerberos {
                sealed: flags & 2 != 0,
                acceptor: flags & 1 != 0,
            }),
            [0x60, ..] => old_sealed(token).map(|sealed| Self::OldKerberos { sealed }),
            [1, 0, 0, 0, ..] => Some(Self::Ntlm {
                clear: opens_message(token.get(16..).unwrap_or_default()),
            }),
            [0x30, ..] => (opens_message(token) && length > 16).then_some(Self::Digest),
            _ => None,
        }
    }

    /// Whether nothing of it can be read.
    pub(super) const fn is_sealed(self) -> bool {
        match self {
            Self::Kerberos { sealed, .. } | Self::OldKerberos { sealed } => sealed,
            Self::Ntlm { clear } => !clear,
            Self::Digest => false,
        }
    }

    /// What stands in the clear under the signature. Of a token that was cut, as much as is there: what Windows puts after
    /// the message is nothing.
    pub(super) fn payload(self, token: &[u8]) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Digest => Some(Cow::Borrowed(token.get(..token.len().checked_sub(16)?)?)),
            _ => gss::wrap(token)?.payload,
        }
    }
}

/// The length of the token after the four octets at the start of `head`, where it is one.
pub(super) fn length(head: &[u8]) -> Option<usize> {
    let length = usize::try_from(u32::from_be_bytes(*head.first_chunk::<LENGTH>()?)).ok()?;
    (17..=LONGEST).contains(&length).then_some(length)
}

/// Whether a message begins here.
fn opens_message(bytes: &[u8]) -> bool {
    matches!(wire::start(bytes), Ok(Start::Known(opening)) if opening.plausible().is_some())
}

/// Whether a token of RFC 1964 is sealed; none where it is no such token.
///
/// ```text
/// 60 length OID, TOK_ID 02 01, SGN_ALG 2, SEAL_ALG 2 (ff ff: none), ff ff, …
/// ```
fn old_sealed(token: &[u8]) -> Option<bool> {
    let Header::Known { header, .. } = asn1::header(token).ok()? else {
        return None;
    };
    match *token.get(header..)?.strip_prefix(KERBEROS)? {
        [2, 1, _, _, seal0, seal1, 0xff, 0xff, ..] => Some([seal0, seal1] != [0xff, 0xff]),
        _ => None,
    }
}
