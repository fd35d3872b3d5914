//! Opening a printer or a print server: its name is what later calls on its handle are about.

use compact_str::CompactString;

use super::{Malformed, Memory, Ndr, Subject, Told, without_password};

/// `RpcOpenPrinter([in, string, unique] STRING_HANDLE pPrinterName, [out] PRINTER_HANDLE *, [in, string, unique] wchar_t
/// *pDatatype, DEVMODE_CONTAINER *, DWORD AccessRequired)` ([MS-RPRN] 3.1.4.2.2).
pub(super) fn open(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "printer", "printer")?;
    without_password(told, "printer");
    if let Some(printer) = told.details.get_text("printer").map(CompactString::new) {
        told.opens(Subject::new().with("printer", printer));
    }
    ndr.wide_argument("data type")?;
    devmode(ndr)?;
    told.details.set("access", ndr.u32("access")?);
    Ok(())
}

/// `RpcOpenPrinterEx`, `RpcAsyncOpenPrinter`: the above, and `SPLCLIENT_CONTAINER *pClientInfo` ([MS-RPRN] 3.1.4.2.14,
/// [MS-PAR] 3.1.4.1.8).
pub(super) fn open_ex(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    open(ndr, told, memory)?;
    called_by(ndr, told)
}

/// Who the client says it is.
pub(super) fn called_by(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let (machine, user) = client(ndr)?;
    if let Some(machine) = machine {
        told.long("client_machine", machine);
    }
    if let Some(user) = user {
        told.long("client_user", user);
    }
    Ok(())
}

/// `DEVMODE_CONTAINER { DWORD cbBuf; [size_is(cbBuf), unique] BYTE *pDevMode }` ([MS-RPRN] 2.2.1.2.1); SECURITY_CONTAINER and
/// PORT_VAR_CONTAINER are alike.
pub(super) fn devmode(ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("devmode")?;
    if ndr.pointer("devmode")? {
        let size = ndr.conformance(1, "devmode")?;
        ndr.skip(size, "devmode")?;
    }
    Ok(())
}

/// `SPLCLIENT_CONTAINER { DWORD Level; union { SPLCLIENT_INFO_1 *; SPLCLIENT_INFO_2 *; SPLCLIENT_INFO_3 * } }` ([MS-RPRN]
/// 2.2.1.2.14): machine and user of the client, as it calls them.
///
/// `SPLCLIENT_INFO_1 { DWORD dwSize; [string] wchar_t *pMachineName; [string] wchar_t *pUserName; … }`, before which level 3
/// has `UINT cbSize; DWORD dwFlags`.
fn client(ndr: &mut Ndr<'_>) -> Result<(Option<CompactString>, Option<CompactString>), Malformed> {
    ndr.align_pointer();
    ndr.u32("client info level")?;
    ndr.union(8);
    let level = ndr.u32("client info level")?;
    ndr.union(8);
    if !ndr.pointer("client info")? || !matches!(level, 1 | 3) {
        return Ok((None, None));
    }
    ndr.align(if level == 3 { 8 } else { 4 });
    ndr.align_pointer();
    if level == 3 {
        ndr.u32("client info")?;
        ndr.u32("client info")?;
    }
    ndr.u32("client info")?;
    let (machine, user) = (ndr.pointer("client machine")?, ndr.pointer("client user")?);
    for _ in 0..3 {
        ndr.u32("client version")?;
    }
    ndr.u16("client architecture")?;
    if level == 3 {
        ndr.u64("client printer")?;
    }
    let mut text = |present: bool, what| match present {
        true => ndr.wide_string(what).map(|text| Some(text.text())),
        false => Ok(None),
    };
    Ok((text(machine, "client machine")?, text(user, "client user")?))
}
