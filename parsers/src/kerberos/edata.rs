//! The e-data of a KRB-ERROR: what its octets are depends on the code and on who wrote them, so it is told by their shape.
//!
//! METHOD-DATA and TYPED-DATA are RFC 4120 §5.9.1; KERB-ERROR-DATA with a KERB-EXT-ERROR in it is [MS-KILE] 2.2.1 and 2.2.2.

use super::padata::{EtypeInfo, PaData, kind};
use super::sequence::{List, Tagged, int32};
use crate::asn1::{Element, INTEGER, SEQUENCE, Walker, context};
use crate::reader::{Malformed, Reader};

/// KERB_ERR_TYPE_EXTENDED ([MS-KILE] 2.2.1).
const EXTENDED: i32 = 3;

/// What e-data holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct EData<'a> {
    methods: Option<&'a [u8]>,
    typed: Option<&'a [u8]>,
    /// The NTSTATUS behind the refusal.
    pub ext_error: Option<ExtError>,
}

/// Why, in Windows' terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtError {
    /// NTSTATUS.
    pub status: u32,
    /// 1 where the status may be shown to the client's user.
    pub flags: u32,
}

impl ExtError {
    /// ```text
    /// typedef struct KERB_EXT_ERROR { unsigned long status; unsigned long reserved; unsigned long flags; }  (little-endian)
    /// ```
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let status = reader.u32_le("KERB-EXT-ERROR status")?;
        reader.skip(4, "KERB-EXT-ERROR reserved")?;
        let flags = reader.u32_le("KERB-EXT-ERROR flags")?;
        Ok(Self { status, flags })
    }

    /// As [`Self::read`], where nothing but the octets themselves says what they are: an error status has the two severity
    /// bits set ([MS-ERREF] 2.3).
    fn guess(bytes: &[u8]) -> Option<Self> {
        let found = (bytes.len() == 12).then(|| Self::read(bytes).ok()).flatten()?;
        (found.status >> 30 == 3).then_some(found)
    }
}

impl<'a> EData<'a> {
    /// What `bytes` are; nothing where they have no shape that is known.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Self {
        Self::shaped(bytes).unwrap_or_else(|_| Self {
            ext_error: ExtError::guess(bytes),
            ..Self::default()
        })
    }

    fn shaped(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let outer = Walker::new(bytes).expect(SEQUENCE, "e-data")?;
        match outer.inside().peek() {
            Some(tag) if tag == context(1) => Ok(Self {
                ext_error: error_data(&outer)?,
                ..Self::default()
            }),
            Some(SEQUENCE) => Self::list(&outer),
            _ => Err(Malformed("e-data")),
        }
    }

    /// METHOD-DATA and TYPED-DATA are both lists of pairs; the tags of the first pair tell them apart.
    fn list(outer: &Element<'a>) -> Result<Self, Malformed> {
        let mut items = List::new(outer, "e-data")?;
        let first = items.next().and_then(|element| element.inside().peek());
        if first == Some(context(0)) {
            return Ok(Self {
                typed: Some(outer.whole),
                ..Self::default()
            });
        }
        let ext_error = PaData::list(outer.whole)?
            .filter(|padata| padata.padata_type == kind::PW_SALT)
            .find_map(|padata| ExtError::guess(padata.value));
        Ok(Self {
            methods: Some(outer.whole),
            ext_error,
            ..Self::default()
        })
    }

    /// The ways to authenticate that the server offers, in its order.
    pub fn methods(&self) -> impl Iterator<Item = PaData<'a>> + use<'a> {
        self.methods
            .into_iter()
            .filter_map(|bytes| PaData::list(bytes).ok())
            .flatten()
    }

    /// The types of TYPED-DATA.
    ///
    /// ```text
    /// TYPED-DATA ::= SEQUENCE OF SEQUENCE { data-type [0] Int32, data-value [1] OCTET STRING OPTIONAL }
    /// ```
    pub fn typed(&self) -> impl Iterator<Item = i32> + use<'a> {
        self.typed
            .into_iter()
            .filter_map(|bytes| List::new(&Walker::new(bytes).next().ok()??, "TYPED-DATA").ok())
            .flatten()
            .filter_map(|item| match Tagged::new(&item, "TYPED-DATA").ok()?.next().ok()?? {
                (0, number) if number.tag == INTEGER => int32(&number, "data type").ok(),
                _ => None,
            })
    }

    /// How keys are derived, where the server says: ETYPE-INFO2, else ETYPE-INFO.
    pub fn etype_info(&self) -> impl Iterator<Item = EtypeInfo<'a>> + use<'a> {
        etype_info(self.methods())
    }
}

/// The entries of the ETYPE-INFO2 in `padata`, else those of its ETYPE-INFO.
pub(super) fn etype_info<'a, I: Iterator<Item = PaData<'a>>>(
    padata: I,
) -> impl Iterator<Item = EtypeInfo<'a>> + use<'a, I> {
    let mut found: Option<PaData<'a>> = None;
    for item in padata {
        match item.padata_type {
            kind::ETYPE_INFO2 => {
                found = Some(item);
                break;
            }
            kind::ETYPE_INFO => found = found.or(Some(item)),
            _ => {}
        }
    }
    found
        .into_iter()
        .filter_map(|item| EtypeInfo::list(item.value).ok())
        .flatten()
}

/// ```text
/// KERB-ERROR-DATA ::= SEQUENCE { data-type [1] INTEGER, data-value [2] OCTET STRING OPTIONAL }
/// ```
fn error_data(outer: &Element<'_>) -> Result<Option<ExtError>, Malformed> {
    let data = PaData::read(outer)?; // the same tags and types as PA-DATA
    match data.padata_type {
        EXTENDED => ExtError::read(data.value).map(Some),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unhex;

    #[test]
    fn finds_the_ntstatus_in_each_of_its_wrappings() {
        let locked = Some(ExtError {
            status: 0xc000_0234,
            flags: 1,
        });
        for wrapping in [
            "3015a103020103a20e040c340200c00000000001000000",     // KERB-ERROR-DATA
            "30173015a103020103a20e040c340200c00000000001000000", // a PA-PW-SALT in METHOD-DATA
            "340200c00000000001000000",                           // nothing around it
        ] {
            assert_eq!(EData::read(&unhex(wrapping)).ext_error, locked, "{wrapping}");
        }
        assert_eq!(EData::read(b"LAB.EXAMPLEs").ext_error, None);
        let skew = "3005a103020102"; // KERB_AP_ERR_TYPE_SKEW_RECOVERY
        assert_eq!(EData::read(&unhex(skew)).ext_error, None);
    }

    #[test]
    fn tells_typed_data_from_method_data() {
        let typed = unhex("300b3009a00302016da1020400");
        assert!(EData::read(&typed).methods().next().is_none());
        assert_eq!(EData::read(&typed).typed().collect::<Vec<_>>(), [109]);
        let methods = unhex("300b3009a103020110a2020400");
        assert!(EData::read(&methods).typed().next().is_none());
        assert_eq!(EData::read(&methods).methods().count(), 1);
    }
}
