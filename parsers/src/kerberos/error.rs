//! KRB-ERROR (RFC 4120 §5.9.1).

use super::sequence::{Tagged, int32, string};
use super::time::KerberosTime;
use super::types::PrincipalName;
use crate::asn1::Element;
use crate::reader::Malformed;

/// Why it was refused (RFC 4120 §5.9.1).
#[derive(Clone, Copy, Debug)]
pub struct KrbError<'a> {
    /// The client's time, where the server returns it.
    pub ctime: Option<KerberosTime<'a>>,
    /// Its microseconds.
    pub cusec: Option<i32>,
    /// The server's time.
    pub stime: Option<KerberosTime<'a>>,
    /// Its microseconds.
    pub susec: Option<i32>,
    /// RFC 4120 §7.5.9.
    pub error_code: i32,
    /// The client's realm.
    pub crealm: Option<&'a [u8]>,
    /// The client.
    pub cname: Option<PrincipalName<'a>>,
    /// The service's realm.
    pub realm: &'a [u8],
    /// The service.
    pub sname: Option<PrincipalName<'a>>,
    /// Free text.
    pub e_text: Option<&'a [u8]>,
    /// Octets whose meaning depends on the code: [`super::edata`].
    pub e_data: Option<&'a [u8]>,
}

impl<'a> KrbError<'a> {
    /// ```text
    /// KRB-ERROR ::= [APPLICATION 30] SEQUENCE { pvno [0], msg-type [1], ctime [2] OPTIONAL, cusec [3] OPTIONAL,
    ///     stime [4] KerberosTime, susec [5] Microseconds, error-code [6] Int32, crealm [7] Realm OPTIONAL,
    ///     cname [8] PrincipalName OPTIONAL, realm [9] Realm, sname [10] PrincipalName, e-text [11] KerberosString OPTIONAL,
    ///     e-data [12] OCTET STRING OPTIONAL }
    /// ```
    pub(super) fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let mut error = Self::EMPTY;
        let mut code = None;
        let mut fields = Tagged::new(element, "KRB-ERROR")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                2 => error.ctime = Some(KerberosTime(field.value)),
                3 => error.cusec = int32(&field, "cusec").ok(),
                4 => error.stime = Some(KerberosTime(field.value)),
                5 => error.susec = int32(&field, "susec").ok(),
                6 => code = Some(int32(&field, "error code")?),
                7 => error.crealm = Some(string(&field)?),
                8 => error.cname = Some(PrincipalName::read(&field)?),
                9 => error.realm = string(&field)?,
                10 => error.sname = Some(PrincipalName::read(&field)?),
                11 => error.e_text = Some(string(&field)?),
                12 => error.e_data = Some(field.value),
                _ => {}
            }
        }
        error.error_code = code.ok_or(Malformed("KRB-ERROR without code"))?;
        Ok(error)
    }

    const EMPTY: Self = Self {
        ctime: None,
        cusec: None,
        stime: None,
        susec: None,
        error_code: 0,
        crealm: None,
        cname: None,
        realm: &[],
        sname: None,
        e_text: None,
        e_data: None,
    };
}
