//! What is sealed in a ticket and in an authenticator (RFC 4120 §5.3, §5.5.1), read once it is open.

use super::crypto::Key;
use crate::asn1::{Element, Walker, application};
use crate::kerberos::sequence::{List, Tagged, int32, string};
use crate::kerberos::time::KerberosTime;
use crate::kerberos::types::{HostAddress, PrincipalName};
use crate::reader::{Malformed, Reader};

/// AD-IF-RELEVANT: a list inside the list (RFC 4120 §5.2.6.1).
const IF_RELEVANT: i32 = 1;
/// AD-WIN2K-PAC ([MS-PAC] 2.1).
const PAC: i32 = 128;
/// KERB_AP_OPTIONS ([MS-KILE] 3.2.5.8).
const AP_OPTIONS: i32 = 143;
/// AD-TARGET-PRINCIPAL: the service's name as the client meant it, in UTF-16.
const TARGET_PRINCIPAL: i32 = 144;

/// The sealed part of a ticket.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) flags: u32,
    /// The session key, which opens the authenticator.
    pub(super) key: Option<Key>,
    pub(super) session_etype: Option<i32>,
    pub(super) crealm: &'a [u8],
    pub(super) cname: Option<PrincipalName<'a>>,
    /// The realms it came through, in one string; empty for the client's own.
    pub(super) transited: &'a [u8],
    pub(super) auth_time: Option<KerberosTime<'a>>,
    pub(super) start_time: Option<KerberosTime<'a>>,
    pub(super) end_time: Option<KerberosTime<'a>>,
    pub(super) renew_till: Option<KerberosTime<'a>>,
    addresses: List<'a>,
    authorization: Option<Element<'a>>,
}

impl<'a> Part<'a> {
    /// ```text
    /// EncTicketPart ::= [APPLICATION 3] SEQUENCE { flags [0] TicketFlags, key [1] EncryptionKey, crealm [2] Realm,
    ///     cname [3] PrincipalName, transited [4] TransitedEncoding, authtime [5] KerberosTime, starttime [6] OPTIONAL,
    ///     endtime [7] KerberosTime, renew-till [8] OPTIONAL, caddr [9] HostAddresses OPTIONAL,
    ///     authorization-data [10] AuthorizationData OPTIONAL }
    /// ```
    pub(super) fn read(plain: &'a [u8]) -> Result<Self, Malformed> {
        let mut part = Self::EMPTY;
        let mut fields = fields(plain, 3, "EncTicketPart")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                0 => part.flags = field.bits()?,
                1 => (part.session_etype, part.key) = key(&field)?,
                2 => part.crealm = string(&field)?,
                3 => part.cname = Some(PrincipalName::read(&field)?),
                4 => part.transited = second(&field, 1)?.map_or(&[], |realms| realms.value),
                5 => part.auth_time = Some(KerberosTime(field.value)),
                6 => part.start_time = Some(KerberosTime(field.value)),
                7 => part.end_time = Some(KerberosTime(field.value)),
                8 => part.renew_till = Some(KerberosTime(field.value)),
                9 => part.addresses = List::new(&field, "addresses")?,
                10 => part.authorization = Some(field),
                _ => {}
            }
        }
        Ok(part)
    }

    const EMPTY: Self = Self {
        flags: 0,
        key: None,
        session_etype: None,
        crealm: &[],
        cname: None,
        transited: &[],
        auth_time: None,
        start_time: None,
        end_time: None,
        renew_till: None,
        addresses: List::EMPTY,
        authorization: None,
    };

    /// The addresses it is bound to.
    pub(super) fn addresses(&self) -> impl Iterator<Item = HostAddress<'a>> + use<'a> {
        self.addresses.filter_map(|element| HostAddress::read(&element).ok())
    }

    /// The privilege attribute certificate.
    pub(super) fn pac(&self) -> Option<&'a [u8]> {
        find(self.authorization.as_ref()?, PAC)
    }
}

/// What the client says beside the ticket.
#[derive(Debug, Default)]
pub(super) struct Authenticator<'a> {
    pub(super) crealm: &'a [u8],
    pub(super) cname: Option<PrincipalName<'a>>,
    pub(super) time: Option<KerberosTime<'a>>,
    pub(super) micros: Option<i32>,
    pub(super) subkey_etype: Option<i32>,
    checksum: Option<(i32, &'a [u8])>,
    authorization: Option<Element<'a>>,
}

impl<'a> Authenticator<'a> {
    /// ```text
    /// Authenticator ::= [APPLICATION 2] SEQUENCE { authenticator-vno [0] INTEGER (5), crealm [1] Realm, cname [2] PrincipalName,
    ///     cksum [3] Checksum OPTIONAL, cusec [4] Microseconds, ctime [5] KerberosTime, subkey [6] EncryptionKey OPTIONAL,
    ///     seq-number [7] UInt32 OPTIONAL, authorization-data [8] AuthorizationData OPTIONAL }
    /// ```
    pub(super) fn read(plain: &'a [u8]) -> Result<Self, Malformed> {
        let mut found = Self::default();
        let mut fields = fields(plain, 2, "Authenticator")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => found.crealm = string(&field)?,
                2 => found.cname = Some(PrincipalName::read(&field)?),
                3 => found.checksum = pair(&field)?,
                4 => found.micros = int32(&field, "cusec").ok(),
                5 => found.time = Some(KerberosTime(field.value)),
                6 => (found.subkey_etype, _) = key(&field)?,
                8 => found.authorization = Some(field),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The flags of GSS-API, and whether the context is bound to a channel (RFC 4121 §4.1.1).
    ///
    /// ```text
    /// Lgth 4 (16), Bnd 16, Flags 4, …      little-endian
    /// ```
    pub(super) fn gss(&self) -> Option<(u32, bool)> {
        let (0x8003, checksum) = self.checksum? else {
            return None;
        };
        let mut reader = Reader::new(checksum);
        reader.skip(4, "Lgth").ok()?;
        let bindings = reader.take(16, "Bnd").ok()?;
        let flags = reader.u32_le("Flags").ok()?;
        Some((flags, bindings.iter().any(|octet| *octet != 0)))
    }

    /// KERB_AP_OPTIONS_CBT: the client wants its channel bindings looked at.
    pub(super) fn wants_bindings(&self) -> bool {
        let options = self.find(AP_OPTIONS).and_then(|value| value.first_chunk());
        options.is_some_and(|options| u32::from_le_bytes(*options) & 0x4000 != 0)
    }

    /// The service as the client means it, UTF-16.
    pub(super) fn target(&self) -> Option<&'a [u8]> {
        self.find(TARGET_PRINCIPAL)
    }

    fn find(&self, kind: i32) -> Option<&'a [u8]> {
        find(self.authorization.as_ref()?, kind)
    }
}

/// The fields of the SEQUENCE in `[APPLICATION number]`; the padding of a cipher may follow it.
fn fields<'a>(plain: &'a [u8], number: u8, what: &'static str) -> Result<Tagged<'a>, Malformed> {
    let outer = Walker::new(plain).expect(application(number), what)?;
    Tagged::new(&outer.inside().next()?.ok_or(Malformed(what))?, what)
}

/// ```text
/// EncryptionKey ::= SEQUENCE { keytype [0] Int32, keyvalue [1] OCTET STRING }
/// ```
fn key(element: &Element<'_>) -> Result<(Option<i32>, Option<Key>), Malformed> {
    let found = pair(element)?;
    let key = found.and_then(|(etype, octets)| Key::new(etype, octets));
    Ok((found.map(|(etype, _)| etype), key))
}

/// `SEQUENCE { [0] Int32, [1] OCTET STRING }`, of which there are several: keys, checksums, authorization data.
fn pair<'a>(element: &Element<'a>) -> Result<Option<(i32, &'a [u8])>, Malformed> {
    let (mut kind, mut value) = (None, None);
    let mut fields = Tagged::new(element, "type and value")?;
    while let Some((number, field)) = fields.next()? {
        match number {
            0 => kind = Some(int32(&field, "type")?),
            1 => value = Some(field.value),
            _ => {}
        }
    }
    Ok(kind.zip(value))
}

/// The field of a SEQUENCE with the context tag `wanted`.
fn second<'a>(element: &Element<'a>, wanted: u8) -> Result<Option<Element<'a>>, Malformed> {
    let mut fields = Tagged::new(element, "sequence")?;
    while let Some((number, field)) = fields.next()? {
        if number == wanted {
            return Ok(Some(field));
        }
    }
    Ok(None)
}

/// The first value of `kind` in an AuthorizationData, directly or inside an AD-IF-RELEVANT of it.
///
/// ```text
/// AuthorizationData ::= SEQUENCE OF SEQUENCE { ad-type [0] Int32, ad-data [1] OCTET STRING }
/// ```
fn find<'a>(list: &Element<'a>, kind: i32) -> Option<&'a [u8]> {
    let items = |list: &Element<'a>| {
        let list = List::new(list, "authorization data").unwrap_or(List::EMPTY);
        list.filter_map(|item| pair(&item).ok().flatten())
    };
    items(list).find_map(|(found, value)| match found {
        IF_RELEVANT => {
            let inner = Walker::new(value).next().ok()??;
            items(&inner).find(|(found, _)| *found == kind).map(|(_, value)| value)
        }
        found => (found == kind).then_some(value),
    })
}
