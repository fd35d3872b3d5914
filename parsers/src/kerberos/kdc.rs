//! What clients ask of a key distribution centre and what it grants (RFC 4120 §5.4).

use super::padata::PaData;
use super::sequence::{List, Tagged, int32, string};
use super::time::KerberosTime;
use super::types::{EncryptedData, HostAddress, PrincipalName, Ticket};
use crate::asn1::Element;
use crate::reader::Malformed;

/// AS-REQ or TGS-REQ (RFC 4120 §5.4.1).
#[derive(Clone, Copy, Debug)]
pub struct KdcReq<'a> {
    padata: List<'a>,
    /// What is asked for.
    pub body: KdcReqBody<'a>,
}

impl<'a> KdcReq<'a> {
    /// ```text
    /// KDC-REQ ::= SEQUENCE { pvno [1] INTEGER (5), msg-type [2] INTEGER, padata [3] SEQUENCE OF PA-DATA OPTIONAL,
    ///                        req-body [4] KDC-REQ-BODY }
    /// ```
    pub(super) fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let (mut padata, mut body) = (List::EMPTY, None);
        let mut fields = Tagged::new(element, "KDC-REQ")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                3 => padata = List::new(&field, "padata")?,
                4 => body = Some(KdcReqBody::read(&field)?),
                _ => {}
            }
        }
        let body = body.ok_or(Malformed("KDC-REQ without body"))?;
        Ok(Self { padata, body })
    }

    /// Its pre-authentication data in order.
    pub fn padata(&self) -> impl Iterator<Item = PaData<'a>> + use<'a> {
        self.padata.filter_map(|element| PaData::read(&element).ok())
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
pub struct KdcReqBody<'a> {
    /// Bits, most significant first.
    pub kdc_options: u32,
    /// The client; in AS-REQ alone.
    pub cname: Option<PrincipalName<'a>>,
    /// The server's realm; in AS-REQ the client's too.
    pub realm: &'a [u8],
    /// The service.
    pub sname: Option<PrincipalName<'a>>,
    /// When the ticket should begin.
    pub from: Option<KerberosTime<'a>>,
    /// When it should end.
    pub till: Option<KerberosTime<'a>>,
    /// Until when it should be renewable.
    pub rtime: Option<KerberosTime<'a>>,
    /// Returned inside the sealed part of the answer. An UInt32; some write it signed.
    pub nonce: Option<i64>,
    etypes: List<'a>,
    addresses: List<'a>,
    /// Sealed authorization data, in TGS-REQ alone.
    pub enc_authorization_data: Option<EncryptedData<'a>>,
    additional_tickets: List<'a>,
}

impl<'a> KdcReqBody<'a> {
    const EMPTY: Self = Self {
        kdc_options: 0,
        cname: None,
        realm: &[],
        sname: None,
        from: None,
        till: None,
        rtime: None,
        nonce: None,
        etypes: List::EMPTY,
        addresses: List::EMPTY,
        enc_authorization_data: None,
        additional_tickets: List::EMPTY,
    };

    /// ```text
    /// KDC-REQ-BODY ::= SEQUENCE { kdc-options [0] KDCOptions, cname [1] PrincipalName OPTIONAL, realm [2] Realm,
    ///     sname [3] PrincipalName OPTIONAL, from [4] KerberosTime OPTIONAL, till [5] KerberosTime,
    ///     rtime [6] KerberosTime OPTIONAL, nonce [7] UInt32, etype [8] SEQUENCE OF Int32, addresses [9] HostAddresses OPTIONAL,
    ///     enc-authorization-data [10] EncryptedData OPTIONAL, additional-tickets [11] SEQUENCE OF Ticket OPTIONAL }
    /// ```
    fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let mut body = Self::EMPTY;
        let mut fields = Tagged::new(element, "KDC-REQ-BODY")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                0 => body.kdc_options = field.bits()?,
                1 => body.cname = Some(PrincipalName::read(&field)?),
                2 => body.realm = string(&field)?,
                3 => body.sname = Some(PrincipalName::read(&field)?),
                4 => body.from = Some(KerberosTime(field.value)),
                5 => body.till = Some(KerberosTime(field.value)),
                6 => body.rtime = Some(KerberosTime(field.value)),
                7 => body.nonce = field.integer().ok(),
                8 => body.etypes = List::new(&field, "etypes")?,
                9 => body.addresses = List::new(&field, "addresses")?,
                10 => body.enc_authorization_data = EncryptedData::read(&field).ok(),
                11 => body.additional_tickets = List::new(&field, "additional tickets")?,
                _ => {}
            }
        }
        Ok(body)
    }

    /// The encryption types the client takes, the preferred first.
    pub fn etypes(&self) -> impl Iterator<Item = i32> + use<'a> {
        self.etypes.filter_map(|element| int32(&element, "etype").ok())
    }

    /// The addresses the ticket should be bound to.
    pub fn addresses(&self) -> impl Iterator<Item = HostAddress<'a>> + use<'a> {
        self.addresses.filter_map(|element| HostAddress::read(&element).ok())
    }

    /// Tickets beside the one in the padata: another's TGT (U2U), or the evidence (S4U2proxy).
    pub fn additional_tickets(&self) -> impl Iterator<Item = Ticket<'a>> + use<'a> {
        self.additional_tickets
            .filter_map(|element| Ticket::read(&element).ok())
    }
}

/// AS-REP or TGS-REP (RFC 4120 §5.4.2).
#[derive(Clone, Copy, Debug)]
pub struct KdcRep<'a> {
    padata: List<'a>,
    /// The client's realm.
    pub crealm: &'a [u8],
    /// The client, as the ticket names it.
    pub cname: Option<PrincipalName<'a>>,
    /// What was asked for; absent only where a gap cut it.
    pub ticket: Option<Ticket<'a>>,
    /// Sealed with the client's key.
    pub enc_part: Option<EncryptedData<'a>>,
}

impl<'a> KdcRep<'a> {
    /// ```text
    /// KDC-REP ::= SEQUENCE { pvno [0] INTEGER (5), msg-type [1] INTEGER, padata [2] SEQUENCE OF PA-DATA OPTIONAL,
    ///     crealm [3] Realm, cname [4] PrincipalName, ticket [5] Ticket, enc-part [6] EncryptedData }
    /// ```
    pub(super) fn read(element: &Element<'a>, cut: bool) -> Result<Self, Malformed> {
        let (mut padata, mut crealm, mut cname, mut ticket, mut enc_part) = (List::EMPTY, &[][..], None, None, None);
        let mut fields = Tagged::new(element, "KDC-REP")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                2 => padata = List::new(&field, "padata")?,
                3 => crealm = string(&field)?,
                4 => cname = Some(PrincipalName::read(&field)?),
                5 => ticket = whole(Ticket::read(&field), cut)?,
                6 => enc_part = whole(EncryptedData::read(&field), cut)?,
                _ => {}
            }
        }
        if ticket.is_none() && !cut {
            return Err(Malformed("KDC-REP without ticket"));
        }
        Ok(Self {
            padata,
            crealm,
            cname,
            ticket,
            enc_part,
        })
    }

    /// Its pre-authentication data in order.
    pub fn padata(&self) -> impl Iterator<Item = PaData<'a>> + use<'a> {
        self.padata.filter_map(|element| PaData::read(&element).ok())
    }
}

/// A part that must be readable, unless the message was cut.
fn whole<T>(part: Result<T, Malformed>, cut: bool) -> Result<Option<T>, Malformed> {
    match part {
        Err(_) if cut => Ok(None),
        part => part.map(Some),
    }
}
