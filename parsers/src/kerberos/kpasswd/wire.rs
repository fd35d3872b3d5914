//! The change-password protocol's frame (RFC 3244 §2): a ticket that proves who asks, and the new password sealed behind it.

use crate::asn1::{Header, header};
use crate::kerberos::wire::{AP_REP, AP_REQ, ERROR, EncryptedData, KrbError, Message, ap_req, krb_error};
use crate::kerberos::wire::{ApReq, ap_rep};
use crate::reader::{Malformed, Reader};

/// A password is changed by its owner.
pub const CHANGE: u16 = 1;
/// A password is set, the owner's or another's ([MS-KILE]'s way; RFC 3244 §2).
pub const SET: u16 = 0xff80;

/// One message.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// [`CHANGE`] or [`SET`]; absent from a bare KRB-ERROR.
    pub version: Option<u16>,
    /// What it is.
    pub body: Body<'a>,
}

/// What a message holds.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// The client asks.
    Request {
        /// The ticket it presents.
        ap_req: ApReq<'a>,
        /// The sealed password, and in [`SET`] whose it is.
        sealed: Option<EncryptedData<'a>>,
    },
    /// The server has processed it; the result is sealed.
    Reply {
        /// The sealed result.
        sealed: Option<EncryptedData<'a>>,
    },
    /// The server refused before it looked into what is sealed.
    Error(KrbError<'a>),
}

impl<'a> Packet<'a> {
    /// ```text
    /// message length: u16, protocol version: u16, AP-REQ (or AP-REP) length: u16, AP-REQ (or AP-REP), KRB-PRIV (or KRB-ERROR)
    /// ```
    /// Numbers are big-endian; an AP length of zero precedes a KRB-ERROR, which some servers send without this frame.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.first() == Some(&ERROR) {
            let body = Body::Error(krb_error(bytes)?);
            return Ok(Self { version: None, body });
        }
        let mut reader = Reader::new(bytes);
        reader.skip(2, "message length")?;
        let version = Some(reader.u16_be("version")?);
        let length = reader.u16_be("AP length")?;
        let ap = reader.take(usize::from(length), "AP message")?;
        let body = Body::read(ap, reader.rest())?;
        Ok(Self { version, body })
    }
}

impl<'a> Body<'a> {
    fn read(ap: &'a [u8], rest: &'a [u8]) -> Result<Self, Malformed> {
        let sealed = match Message::parse(rest) {
            Ok(Message::Priv(sealed)) => Some(sealed),
            Ok(Message::Error(error)) => return Ok(Self::Error(error)),
            _ => None,
        };
        match ap.first() {
            Some(&AP_REQ) => Ok(Self::Request {
                ap_req: ap_req(ap)?,
                sealed,
            }),
            Some(&AP_REP) => ap_rep(ap).map(|_| Self::Reply { sealed }),
            _ => Err(Malformed("neither AP-REQ nor AP-REP")),
        }
    }
}

/// The result a server gives in the e-data of a KRB-ERROR (RFC 3244 §2): a number and a text.
///
/// ```text
/// result code: u16 (big-endian), result string: UTF-8
/// ```
#[must_use]
pub fn result<'a>(error: &KrbError<'a>) -> Option<(u16, &'a [u8])> {
    let (code, text) = error.e_data?.split_first_chunk::<2>()?;
    let code = u16::from_be_bytes(*code);
    result_name(code).map(|_| (code, text))
}

/// The name of a result code (RFC 3244 §2).
#[must_use]
pub const fn result_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "KRB5_KPASSWD_SUCCESS",
        1 => "KRB5_KPASSWD_MALFORMED",
        2 => "KRB5_KPASSWD_HARDERROR",
        3 => "KRB5_KPASSWD_AUTHERROR",
        4 => "KRB5_KPASSWD_SOFTERROR",
        5 => "KRB5_KPASSWD_ACCESSDENIED",
        6 => "KRB5_KPASSWD_BAD_VERSION",
        7 => "KRB5_KPASSWD_INITIAL_FLAG_NEEDED",
        _ => return None,
    })
}

/// Octets of length, version and AP length.
pub(super) const HEAD: usize = 6;

/// What the first octets of a message say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    No,
    Need(usize),
    /// A frame of `total` octets around the message `tag`; `certain` where the inner lengths agree.
    Frame {
        total: usize,
        tag: u8,
        certain: bool,
    },
    /// A KRB-ERROR without a frame.
    Bare(usize),
}

/// Judges the first octets of a message.
pub(super) fn look(head: &[u8]) -> Look {
    let Some(first) = head.first() else {
        return Look::Need(1);
    };
    if *first == ERROR {
        return match header(head) {
            Ok(Header::Known { header, value, .. }) => Look::Bare(header.saturating_add(value)),
            Ok(Header::Need(count)) => Look::Need(count),
            Err(_) => Look::No,
        };
    }
    // As many octets as are asked for, and no fewer: what is said must not depend on how many came at a time.
    let (&[a, b, c, d, e, f, _, _, ..], Some(rest)) = (head, head.get(HEAD..)) else {
        return Look::Need(HEAD + 2);
    };
    let total = usize::from(u16::from_be_bytes([a, b]));
    let ap = usize::from(u16::from_be_bytes([e, f]));
    if !matches!(u16::from_be_bytes([c, d]), CHANGE | SET) || HEAD + ap > total {
        return Look::No;
    }
    match header(rest) {
        Ok(Header::Need(count)) => Look::Need(HEAD + count),
        Ok(Header::Known { tag, header, value }) if matches!(tag, AP_REQ | AP_REP | ERROR) => Look::Frame {
            total,
            tag,
            certain: header.checked_add(value) == Some(ap),
        },
        _ => Look::No,
    }
}
