//! Data of a printer: keys and values like a registry's, some of which name files that the spooler copies and loads.

use compact_str::CompactString;

use super::{Malformed, Memory, Ndr, Told, handles};
use crate::text;

/// REG_SZ.
const TEXT: u32 = 1;

/// Octets of a text that is told.
const MAX_TEXT: usize = 2048;

/// `RpcSetPrinterData(PRINTER_HANDLE hPrinter, [in, string] pValueName, DWORD Type, [in, size_is(cbData)] BYTE *pData, …)`
/// ([MS-RPRN] 3.1.4.2.8).
pub(super) fn set(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    value(ndr, told, "")
}

/// `RpcSetPrinterDataEx(PRINTER_HANDLE hPrinter, [in, string] pKeyName, [in, string] pValueName, …)` ([MS-RPRN] 3.1.4.2.18).
pub(super) fn set_ex(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let key = ndr.wide_string("key")?.text();
    told.long("key", key.clone());
    value(ndr, told, &key)
}

/// The name and type of a value. Its text is told where it says what is copied and loaded (`CopyFiles`) or where jobs are
/// kept (`SpoolDirectory`), and nowhere else: drivers keep what they like.
fn value(ndr: &mut Ndr<'_>, told: &mut Told, key: &str) -> Result<(), Malformed> {
    let name = ndr.wide_string("value")?.text();
    let kind = ndr.u32("type")?;
    let size = ndr.conformance(1, "data")?;
    let data = ndr.octets(size, "data")?;
    let root = key.split('\\').next().unwrap_or_default();
    let names_files = root.eq_ignore_ascii_case("CopyFiles") || name.eq_ignore_ascii_case("SpoolDirectory");
    told.long("value", name);
    told.details.set("type", kind);
    told.details.set("size", size);
    if names_files && kind == TEXT {
        let data = data.get(..MAX_TEXT).unwrap_or(data);
        let text: CompactString = text::utf16(data);
        told.long("data", text.trim_end_matches('\0').into());
        told.leads_away("data");
    }
    Ok(())
}
