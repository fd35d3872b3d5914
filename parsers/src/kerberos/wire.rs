//! The messages of Kerberos 5 (RFC 4120 §5.4–§5.9), read in place: every field that can be read without a key.
//!
//! Names stay octets. Only what nothing can be said without is required (a ticket's cipher, a request's body); what else a
//! peer leaves out is absent.

pub use super::error::KrbError;
pub use super::kdc::{KdcRep, KdcReq, KdcReqBody};
use super::sequence::{List, Tagged};
pub use super::types::{EncryptedData, HostAddress, PrincipalName, Ticket};
use crate::asn1::{Element, SEQUENCE, Walker, application};
use crate::reader::Malformed;

/// One message; the variant is the APPLICATION tag.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// 10: a client asks for a ticket-granting ticket.
    AsReq(KdcReq<'a>),
    /// 11.
    AsRep(KdcRep<'a>),
    /// 12: a client asks for a service ticket.
    TgsReq(KdcReq<'a>),
    /// 13.
    TgsRep(KdcRep<'a>),
    /// 14: a client presents a ticket.
    ApReq(ApReq<'a>),
    /// 15.
    ApRep(ApRep<'a>),
    /// 20: signed application data.
    Safe(Safe<'a>),
    /// 21: sealed application data.
    Priv(EncryptedData<'a>),
    /// 22: forwarded credentials.
    Cred(Cred<'a>),
    /// 30.
    Error(KrbError<'a>),
}

impl<'a> Message<'a> {
    /// The message that starts at `bytes`; what follows it is ignored.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::read(bytes, false)
    }

    /// A message of which the end is missing, mended to end where it was cut: an answer then need not hold its ticket.
    pub fn parse_cut(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::read(bytes, true)
    }

    fn read(bytes: &'a [u8], cut: bool) -> Result<Self, Malformed> {
        let outer = Walker::new(bytes).next()?.ok_or(Malformed("empty"))?;
        let body = outer.inside().next()?.ok_or(Malformed("empty message"))?;
        Ok(match outer.tag {
            AS_REQ => Self::AsReq(KdcReq::read(&body)?),
            AS_REP => Self::AsRep(KdcRep::read(&body, cut)?),
            TGS_REQ => Self::TgsReq(KdcReq::read(&body)?),
            TGS_REP => Self::TgsRep(KdcRep::read(&body, cut)?),
            AP_REQ => Self::ApReq(ApReq::read(&body)?),
            AP_REP => Self::ApRep(ApRep::read(&body)?),
            SAFE => Self::Safe(Safe::read(&body)?),
            PRIV => Self::Priv(sealed(&body)?),
            CRED => Self::Cred(Cred::read(&body)?),
            ERROR => Self::Error(KrbError::read(&body)?),
            _ => return Err(Malformed("no Kerberos message")),
        })
    }

    /// Its name in RFC 4120.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AsReq(_) => "AS-REQ",
            Self::AsRep(_) => "AS-REP",
            Self::TgsReq(_) => "TGS-REQ",
            Self::TgsRep(_) => "TGS-REP",
            Self::ApReq(_) => "AP-REQ",
            Self::ApRep(_) => "AP-REP",
            Self::Safe(_) => "KRB-SAFE",
            Self::Priv(_) => "KRB-PRIV",
            Self::Cred(_) => "KRB-CRED",
            Self::Error(_) => "KRB-ERROR",
        }
    }
}

/// The identifier octet of AS-REQ; the others below likewise.
pub const AS_REQ: u8 = application(10);
/// AS-REP.
pub const AS_REP: u8 = application(11);
/// TGS-REQ.
pub const TGS_REQ: u8 = application(12);
/// TGS-REP.
pub const TGS_REP: u8 = application(13);
/// AP-REQ.
pub const AP_REQ: u8 = application(14);
/// AP-REP.
pub const AP_REP: u8 = application(15);
/// KRB-SAFE.
pub const SAFE: u8 = application(20);
/// KRB-PRIV.
pub const PRIV: u8 = application(21);
/// KRB-CRED.
pub const CRED: u8 = application(22);
/// KRB-ERROR.
pub const ERROR: u8 = application(30);

/// The AP-REQ at the start of `bytes`: inside a GSS token, a TGS-REQ, a kpasswd request.
pub fn ap_req(bytes: &[u8]) -> Result<ApReq<'_>, Malformed> {
    ApReq::read(&body(bytes, AP_REQ, "no AP-REQ")?)
}

/// The AP-REP at the start of `bytes`.
pub fn ap_rep(bytes: &[u8]) -> Result<ApRep<'_>, Malformed> {
    ApRep::read(&body(bytes, AP_REP, "no AP-REP")?)
}

/// The KRB-ERROR at the start of `bytes`.
pub fn krb_error(bytes: &[u8]) -> Result<KrbError<'_>, Malformed> {
    KrbError::read(&body(bytes, ERROR, "no KRB-ERROR")?)
}

/// The SEQUENCE inside the APPLICATION tag `tag` at the start of `bytes`.
fn body<'a>(bytes: &'a [u8], tag: u8, what: &'static str) -> Result<Element<'a>, Malformed> {
    let outer = Walker::new(bytes).expect(tag, what)?;
    outer.inside().expect(SEQUENCE, what)
}

/// A client presents a ticket (RFC 4120 §5.5.1).
#[derive(Clone, Copy, Debug)]
pub struct ApReq<'a> {
    /// Bits, most significant first: use-session-key (1), mutual-required (2).
    pub ap_options: u32,
    /// What is presented.
    pub ticket: Ticket<'a>,
    /// Sealed proof that the ticket is the client's.
    pub authenticator: Option<EncryptedData<'a>>,
}

impl<'a> ApReq<'a> {
    /// ```text
    /// AP-REQ ::= [APPLICATION 14] SEQUENCE { pvno [0] INTEGER (5), msg-type [1] INTEGER (14), ap-options [2] APOptions,
    ///                                        ticket [3] Ticket, authenticator [4] EncryptedData }
    /// ```
    fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let (mut ap_options, mut ticket, mut authenticator) = (0, None, None);
        let mut fields = Tagged::new(element, "AP-REQ")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                2 => ap_options = field.bits()?,
                3 => ticket = Some(Ticket::read(&field)?),
                4 => authenticator = Some(EncryptedData::read(&field)?),
                _ => {}
            }
        }
        Ok(Self {
            ap_options,
            ticket: ticket.ok_or(Malformed("AP-REQ without ticket"))?,
            authenticator,
        })
    }

    /// Whether the client wants the service to prove itself: then an AP-REP or KRB-ERROR answers.
    #[must_use]
    pub const fn mutual(&self) -> bool {
        self.ap_options & 0x2000_0000 != 0
    }

    /// Whether the ticket is sealed with a session key (user-to-user).
    #[must_use]
    pub const fn use_session_key(&self) -> bool {
        self.ap_options & 0x4000_0000 != 0
    }
}

/// The service proves itself (RFC 4120 §5.5.2).
#[derive(Clone, Copy, Debug)]
pub struct ApRep<'a> {
    /// Sealed with the session key.
    pub enc_part: Option<EncryptedData<'a>>,
}

impl<'a> ApRep<'a> {
    /// ```text
    /// AP-REP ::= [APPLICATION 15] SEQUENCE { pvno [0] INTEGER (5), msg-type [1] INTEGER (15), enc-part [2] EncryptedData }
    /// ```
    fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let mut enc_part = None;
        let mut fields = Tagged::new(element, "AP-REP")?;
        while let Some((number, field)) = fields.next()? {
            if number == 2 {
                enc_part = Some(EncryptedData::read(&field)?);
            }
        }
        Ok(Self { enc_part })
    }
}

/// Signed application data (RFC 4120 §5.6.1).
#[derive(Clone, Copy, Debug)]
pub struct Safe<'a> {
    /// How many octets of application data; they are not read.
    pub size: usize,
    /// Sender's address.
    pub s_address: Option<HostAddress<'a>>,
}

impl<'a> Safe<'a> {
    /// ```text
    /// KRB-SAFE ::= [APPLICATION 20] SEQUENCE { pvno [0], msg-type [1], safe-body [2] KRB-SAFE-BODY, cksum [3] Checksum }
    /// KRB-SAFE-BODY ::= SEQUENCE { user-data [0] OCTET STRING, timestamp [1] OPTIONAL, usec [2] OPTIONAL,
    ///     seq-number [3] OPTIONAL, s-address [4] HostAddress, r-address [5] HostAddress OPTIONAL }
    /// ```
    fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let mut safe = Self {
            size: 0,
            s_address: None,
        };
        let mut outer = Tagged::new(element, "KRB-SAFE")?;
        while let Some((number, body)) = outer.next()? {
            if number != 2 {
                continue;
            }
            let mut fields = Tagged::new(&body, "KRB-SAFE-BODY")?;
            while let Some((number, field)) = fields.next()? {
                match number {
                    0 => safe.size = field.value.len(),
                    4 => safe.s_address = HostAddress::read(&field).ok(),
                    _ => {}
                }
            }
        }
        Ok(safe)
    }
}

/// Forwarded credentials (RFC 4120 §5.8.1).
#[derive(Clone, Copy, Debug)]
pub struct Cred<'a> {
    tickets: List<'a>,
}

impl<'a> Cred<'a> {
    /// ```text
    /// KRB-CRED ::= [APPLICATION 22] SEQUENCE { pvno [0], msg-type [1], tickets [2] SEQUENCE OF Ticket,
    ///                                          enc-part [3] EncryptedData }
    /// ```
    fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let mut tickets = List::EMPTY;
        let mut fields = Tagged::new(element, "KRB-CRED")?;
        while let Some((number, field)) = fields.next()? {
            if number == 2 {
                tickets = List::new(&field, "tickets")?;
            }
        }
        Ok(Self { tickets })
    }

    /// The tickets that are handed on.
    pub fn tickets(&self) -> impl Iterator<Item = Ticket<'a>> + use<'a> {
        self.tickets.filter_map(|element| Ticket::read(&element).ok())
    }
}

/// ```text
/// KRB-PRIV ::= [APPLICATION 21] SEQUENCE { pvno [0], msg-type [1], enc-part [3] EncryptedData }
/// ```
fn sealed<'a>(element: &Element<'a>) -> Result<EncryptedData<'a>, Malformed> {
    let mut fields = Tagged::new(element, "KRB-PRIV")?;
    while let Some((number, field)) = fields.next()? {
        if number == 3 {
            return EncryptedData::read(&field);
        }
    }
    Err(Malformed("KRB-PRIV without enc-part"))
}
