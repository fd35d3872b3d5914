//! What the registry answers: the names that an enumeration goes through, values, and how much a key holds ([MS-RRP] 3.1.5).
//!
//! The data of a value is told under the same terms as where it is set. A key's class is data as well: those of four keys
//! below Lsa are what the secrets of a machine are encrypted with.

use super::{Malformed, Memory, Ndr, Told, is_secret, show, type_name};
use crate::dcerpc::ndr::Text;

/// `BaseRegEnumKey`'s `[out] PRPC_UNICODE_STRING lpNameOut, [out] PRPC_UNICODE_STRING *lplpClassOut, [in, out, unique]
/// PFILETIME lpftLastWriteTime` ([MS-RRP] 3.1.5.10).
pub(super) fn key(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if let Some(name) = ndr.unicode_argument("key")?.filter(|name| !name.is_empty()) {
        told.long("sub_key", name.text());
    }
    Ok(())
}

/// `BaseRegEnumValue`'s `[out] PRPC_UNICODE_STRING lpValueNameOut`, and the value ([MS-RRP] 3.1.5.11).
pub(super) fn named_value(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let name = ndr.unicode_argument("value")?.as_ref().map(Text::text);
    let Some(value) = Value::read(ndr)? else {
        return Ok(());
    };
    let name = told.cut(name.unwrap_or_default());
    told.details.replace("value", name);
    value.tell(told);
    Ok(())
}

/// `BaseRegQueryValue`'s answer ([MS-RRP] 3.1.5.17).
pub(super) fn value(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if let Some(value) = Value::read(ndr)? {
        value.tell(told);
    }
    Ok(())
}

/// A value that was answered.
struct Value<'a> {
    kind: u32,
    size: u32,
    /// What is there of it: nothing where only its size was asked for, or there was no room for it.
    data: &'a [u8],
}

impl<'a> Value<'a> {
    /// `[in, out, unique] LPDWORD lpType, [in, out, unique, size_is, length_is] LPBYTE lpData, [in, out, unique] LPDWORD
    /// lpcbData, [in, out, unique] LPDWORD lpcbLen`, and the result: where that is an error, the rest is what was asked.
    fn read(ndr: &mut Ndr<'a>) -> Result<Option<Self>, Malformed> {
        /// ERROR_SUCCESS, ERROR_MORE_DATA.
        const ANSWERED: [u32; 2] = [0, 234];
        let kind = number(ndr, "type")?;
        let data = match ndr.pointer("data")? {
            true => {
                let count = ndr.varying(1, "data")?;
                ndr.octets(count, "data")?
            }
            false => &[],
        };
        let size = number(ndr, "size")?;
        number(ndr, "length")?;
        let answered = ANSWERED.contains(&ndr.u32("result")?);
        let value = kind.zip(size).map(|(kind, size)| Self { kind, size, data });
        Ok(value.filter(|_| answered))
    }

    /// Performance data, which is another at every look, is not told.
    fn tell(self, told: &mut Told) {
        if told.text("key").is_some_and(|key| key.starts_with("HKP")) {
            return;
        }
        told.details.set("type", self.kind);
        told.details.set_some("type_name", type_name(self.kind));
        told.details.set("size", self.size);
        if !self.data.is_empty() && !is_secret(told) {
            show(self.kind, self.data, told);
        }
    }
}

/// `[unique] LPDWORD`.
fn number(ndr: &mut Ndr<'_>, what: &'static str) -> Result<Option<u32>, Malformed> {
    match ndr.pointer(what)? {
        true => ndr.u32(what).map(Some),
        false => Ok(None),
    }
}

/// `BaseRegQueryInfoKey`'s `[out] PRPC_UNICODE_STRING lpClassOut, [out] LPDWORD lpcSubKeys, lpcbMaxSubKeyLen, lpcbMaxClassLen,
/// lpcValues, lpcbMaxValueNameLen, lpcbMaxValueLen, lpcbSecurityDescriptor, [out] PFILETIME lpftLastWriteTime` ([MS-RRP]
/// 3.1.5.16).
pub(super) fn information(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let class = ndr.unicode_argument("class")?;
    let keys = ndr.u32("sub keys")?;
    ndr.u32("longest sub key")?;
    ndr.u32("longest class")?;
    told.details.set("sub_key_count", keys);
    told.details.set("value_count", ndr.u32("values")?);
    if let Some(class) = class.filter(|_| !is_secret(told)) {
        told.long("class", class.text());
    }
    Ok(())
}
