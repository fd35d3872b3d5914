//! Pre-authentication data (RFC 4120 §5.2.7): what surrounds a request or answer and says how it is to be judged.
//!
//! Numbers are the IANA registry "Pre-authentication and Typed Data" plus [MS-KILE] 2.2, [MS-SFU] 2.2 and [MS-PKCA] 2.2.

use super::sequence::{List, Tagged, int32, string};
use super::types::PrincipalName;
use super::wire::{ApReq, ap_req};
use crate::asn1::{BOOLEAN, Element, INTEGER, Walker, context};
use crate::reader::{Malformed, Reader};

/// Its type numbers, as far as their values are read.
pub mod kind {
    /// PA-TGS-REQ: the AP-REQ that presents the TGT.
    pub const TGS_REQ: i32 = 1;
    /// PA-ENC-TIMESTAMP.
    pub const ENC_TIMESTAMP: i32 = 2;
    /// PA-PW-SALT; in Windows' errors an NTSTATUS stands here.
    pub const PW_SALT: i32 = 3;
    /// PA-ETYPE-INFO.
    pub const ETYPE_INFO: i32 = 11;
    /// PA-PK-AS-REQ of RFC 4556's draft 9, and its answer's number in RFC 4556's drafts.
    pub const PK_AS_REQ_OLD: i32 = 14;
    /// PA-PK-AS-REP of the drafts; Windows 2000 to 2003 ask with this number.
    pub const PK_AS_REP_OLD: i32 = 15;
    /// PA-PK-AS-REQ.
    pub const PK_AS_REQ: i32 = 16;
    /// PA-PK-AS-REP.
    pub const PK_AS_REP: i32 = 17;
    /// PA-ETYPE-INFO2.
    pub const ETYPE_INFO2: i32 = 19;
    /// PA-PAC-REQUEST ([MS-KILE] 2.2.3).
    pub const PAC_REQUEST: i32 = 128;
    /// PA-FOR-USER ([MS-SFU] 2.2.1).
    pub const FOR_USER: i32 = 129;
    /// PA-S4U-X509-USER ([MS-SFU] 2.2.2).
    pub const S4U_X509_USER: i32 = 130;
    /// PA-FX-FAST (RFC 6113 §5.4).
    pub const FX_FAST: i32 = 136;
    /// KERB-KEY-LIST-REQ ([MS-KILE] 2.2.11).
    pub const KEY_LIST_REQ: i32 = 161;
    /// PA-SUPPORTED-ENCTYPES ([MS-KILE] 2.2.8).
    pub const SUPPORTED_ENCTYPES: i32 = 165;
    /// PA-PAC-OPTIONS ([MS-KILE] 2.2.10).
    pub const PAC_OPTIONS: i32 = 167;
}

/// One of them: its number and its octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaData<'a> {
    /// Its type.
    pub padata_type: i32,
    /// Its value.
    pub value: &'a [u8],
}

impl<'a> PaData<'a> {
    /// ```text
    /// PA-DATA ::= SEQUENCE { padata-type [1] Int32, padata-value [2] OCTET STRING }
    /// ```
    pub(super) fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let (mut padata_type, mut value) = (None, &[][..]);
        let mut fields = Tagged::new(element, "PA-DATA")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => padata_type = Some(int32(&field, "padata type")?),
                2 => value = field.value,
                _ => {}
            }
        }
        let padata_type = padata_type.ok_or(Malformed("PA-DATA without type"))?;
        Ok(Self { padata_type, value })
    }

    /// The items of a METHOD-DATA (RFC 4120 §5.9.1) at the start of `bytes`.
    pub fn list(bytes: &'a [u8]) -> Result<impl Iterator<Item = Self> + use<'a>, Malformed> {
        let outer = Walker::new(bytes).next()?.ok_or(Malformed("empty METHOD-DATA"))?;
        let list = List::new(&outer, "METHOD-DATA")?;
        Ok(list.filter_map(|element| Self::read(&element).ok()))
    }
}

/// The element at the start of a value.
fn element(bytes: &[u8]) -> Result<Element<'_>, Malformed> {
    Walker::new(bytes).next()?.ok_or(Malformed("empty padata"))
}

/// The encryption type of a PA-ENC-TIMESTAMP, which is an EncryptedData.
pub fn timestamp_etype(value: &[u8]) -> Result<i32, Malformed> {
    super::types::EncryptedData::read(&element(value)?).map(|data| data.etype)
}

/// How keys are derived for an encryption type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EtypeInfo<'a> {
    /// The encryption type.
    pub etype: i32,
    /// The salt of string-to-key; in Active Directory realm and account name, in the case they were created with.
    pub salt: Option<&'a [u8]>,
}

impl<'a> EtypeInfo<'a> {
    /// ```text
    /// ETYPE-INFO-ENTRY  ::= SEQUENCE { etype [0] Int32, salt [1] OCTET STRING OPTIONAL }
    /// ETYPE-INFO2-ENTRY ::= SEQUENCE { etype [0] Int32, salt [1] KerberosString OPTIONAL, s2kparams [2] OCTET STRING OPTIONAL }
    /// ```
    fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let (mut etype, mut salt) = (None, None);
        let mut fields = Tagged::new(element, "ETYPE-INFO entry")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                0 => etype = Some(int32(&field, "etype")?),
                1 => salt = Some(string(&field)?),
                _ => {}
            }
        }
        let etype = etype.ok_or(Malformed("ETYPE-INFO without etype"))?;
        Ok(Self { etype, salt })
    }

    /// The entries of a PA-ETYPE-INFO or PA-ETYPE-INFO2, the preferred first.
    pub fn list(value: &'a [u8]) -> Result<impl Iterator<Item = Self> + use<'a>, Malformed> {
        let list = List::new(&element(value)?, "ETYPE-INFO")?;
        Ok(list.filter_map(|element| Self::read(&element).ok()))
    }
}

/// The user a service wants a ticket for (S4U2self).
#[derive(Clone, Copy, Debug)]
pub struct ForUser<'a> {
    /// The user; absent where a certificate alone names it.
    pub user: Option<PrincipalName<'a>>,
    /// The user's realm.
    pub realm: &'a [u8],
    /// `Kerberos`, in PA-FOR-USER alone.
    pub auth_package: Option<&'a [u8]>,
    /// The user's certificate (DER), in PA-S4U-X509-USER alone.
    pub certificate: Option<&'a [u8]>,
    /// Bits, most significant first, in PA-S4U-X509-USER alone.
    pub options: u32,
}

impl<'a> ForUser<'a> {
    const EMPTY: Self = Self {
        user: None,
        realm: &[],
        auth_package: None,
        certificate: None,
        options: 0,
    };

    /// ```text
    /// PA-FOR-USER-ENC ::= SEQUENCE { userName [0] PrincipalName, userRealm [1] Realm, cksum [2] Checksum,
    ///                                auth-package [3] KerberosString }
    /// ```
    pub fn plain(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut found = Self::EMPTY;
        let mut fields = Tagged::new(&element(value)?, "PA-FOR-USER")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                0 => found.user = Some(PrincipalName::read(&field)?),
                1 => found.realm = string(&field)?,
                3 => found.auth_package = Some(string(&field)?),
                _ => {}
            }
        }
        Ok(found)
    }

    /// ```text
    /// PA-S4U-X509-USER ::= SEQUENCE { user-id [0] S4UUserID, checksum [1] Checksum }
    /// S4UUserID ::= SEQUENCE { nonce [0] UInt32, cname [1] PrincipalName OPTIONAL, crealm [2] Realm,
    ///     subject-certificate [3] OCTET STRING OPTIONAL, options [4] BIT STRING OPTIONAL }
    /// ```
    pub fn x509(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut found = Self::EMPTY;
        let mut outer = Tagged::new(&element(value)?, "PA-S4U-X509-USER")?;
        while let Some((number, user)) = outer.next()? {
            if number != 0 {
                continue;
            }
            let mut fields = Tagged::new(&user, "S4UUserID")?;
            while let Some((number, field)) = fields.next()? {
                match number {
                    1 => found.user = Some(PrincipalName::read(&field)?),
                    2 => found.realm = string(&field)?,
                    3 => found.certificate = Some(field.value),
                    4 => found.options = field.bits()?,
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}

/// FX_FAST_ARMOR_AP_REQUEST (RFC 6113 §5.4.1.1), the one armour type there is.
pub const ARMOR_AP_REQUEST: i32 = 1;

/// The armour of a FAST request (RFC 6113 §5.4.1), where the request names it: TGS-REQs are armoured by their own TGT.
#[derive(Clone, Copy, Debug)]
pub struct Armor<'a> {
    /// [`ARMOR_AP_REQUEST`].
    pub armor_type: i32,
    /// The ticket the armour is made of.
    pub ap_req: Option<ApReq<'a>>,
}

/// ```text
/// PA-FX-FAST-REQUEST ::= CHOICE { armored-data [0] KrbFastArmoredReq }
/// KrbFastArmoredReq ::= SEQUENCE { armor [0] KrbFastArmor OPTIONAL, req-checksum [1] Checksum, enc-fast-req [2] EncryptedData }
/// KrbFastArmor ::= SEQUENCE { armor-type [0] Int32, armor-value [1] OCTET STRING }
/// ```
pub fn fast_armor(value: &[u8]) -> Result<Option<Armor<'_>>, Malformed> {
    let armored = Walker::new(value).explicit(context(0), "PA-FX-FAST-REQUEST")?;
    let mut outer = Tagged::new(&armored, "KrbFastArmoredReq")?;
    let Some((0, armor)) = outer.next()? else {
        return Ok(None);
    };
    let mut found = Armor {
        armor_type: 0,
        ap_req: None,
    };
    let mut fields = Tagged::new(&armor, "KrbFastArmor")?;
    while let Some((number, field)) = fields.next()? {
        match number {
            0 => found.armor_type = int32(&field, "armor type")?,
            1 => found.ap_req = ap_req(field.value).ok(),
            _ => {}
        }
    }
    Ok(Some(found))
}

/// ```text
/// KERB-PA-PAC-REQUEST ::= SEQUENCE { include-pac [0] BOOLEAN }
/// ```
pub fn pac_request(value: &[u8]) -> Result<bool, Malformed> {
    match Tagged::new(&element(value)?, "PA-PAC-REQUEST")?.next()? {
        Some((0, flag)) if flag.tag == BOOLEAN => Ok(flag.value.iter().any(|byte| *byte != 0)),
        _ => Err(Malformed("PA-PAC-REQUEST")),
    }
}

/// ```text
/// PA-PAC-OPTIONS ::= SEQUENCE { flags [0] KerberosFlags }
/// ```
pub fn pac_options(value: &[u8]) -> Result<u32, Malformed> {
    match Tagged::new(&element(value)?, "PA-PAC-OPTIONS")?.next()? {
        Some((0, flags)) => flags.bits(),
        _ => Err(Malformed("PA-PAC-OPTIONS")),
    }
}

/// PA-SUPPORTED-ENCTYPES: a little-endian bit field ([MS-KILE] 2.2.7).
pub fn supported_enctypes(value: &[u8]) -> Result<u32, Malformed> {
    Reader::new(value).u32_le("PA-SUPPORTED-ENCTYPES")
}

/// ```text
/// KERB-KEY-LIST-REQ ::= SEQUENCE OF Int32
/// ```
pub fn key_list(value: &[u8]) -> Result<impl Iterator<Item = i32> + use<'_>, Malformed> {
    let list = List::new(&element(value)?, "KERB-KEY-LIST-REQ")?;
    Ok(list
        .filter(|element| element.tag == INTEGER)
        .filter_map(|element| int32(&element, "etype").ok()))
}
