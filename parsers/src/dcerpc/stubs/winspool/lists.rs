//! What is asked of a print server without changing it: lists, which are answered by how many entries they have.

use super::{Malformed, Memory, Ndr, Told, environment, handles, server};
use crate::text;

/// Octets of a path that is answered, 260 characters (MAX_PATH).
const MAX_PATH: usize = 520;

/// `RpcEnumPrinters(DWORD Flags, [in, string, unique] STRING_HANDLE Name, DWORD Level, …)` ([MS-RPRN] 3.1.4.2.1).
pub(super) fn printers(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("flags", ndr.u32("flags")?);
    server(ndr, told)?;
    level(ndr, told)
}

/// `RpcEnumPorts`, `RpcEnumMonitors([in, string, unique] STRING_HANDLE pName, DWORD Level, …)` ([MS-RPRN] 3.1.4.6.1,
/// 3.1.4.7.1).
pub(super) fn of_server(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    level(ndr, told)
}

/// `RpcEnumPrinterDrivers`, `RpcEnumPrintProcessors`, `RpcGetPrinterDriverDirectory([in, string, unique] STRING_HANDLE pName,
/// [in, string, unique] pEnvironment, DWORD Level, …)` ([MS-RPRN] 3.1.4.4.2, 3.1.4.4.4, 3.1.4.8.2).
pub(super) fn of_environment(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    environment(ndr, told)?;
    level(ndr, told)
}

/// `RpcEnumJobs(PRINTER_HANDLE hPrinter, DWORD FirstJob, DWORD NoJobs, DWORD Level, …)` ([MS-RPRN] 3.1.4.3.3).
pub(super) fn jobs(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    ndr.u32("first job")?;
    ndr.u32("jobs")?;
    level(ndr, told)
}

fn level(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.details.set("level", ndr.u32("level")?);
    Ok(())
}

/// `[in, out, unique, size_is(cbBuf)] BYTE *, [out] DWORD *pcbNeeded, [out] DWORD *pcReturned`.
pub(super) fn counted(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    buffer(ndr)?;
    ndr.u32("needed")?;
    told.details.set("entries", ndr.u32("returned")?);
    Ok(())
}

/// `RpcGetPrinterDriverDirectory`'s `[in, out, unique, size_is(cbBuf)] BYTE *pDriverDirectory`: a path, little-endian whatever
/// the order of the PDU. What lies in a buffer that was too small is the client's own.
pub(super) fn directory(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let path = buffer(ndr)?;
    ndr.u32("needed")?;
    if ndr.u32("result")? == 0 {
        let path = path.get(..MAX_PATH).unwrap_or(path);
        let end = path.chunks_exact(2).position(|unit| unit == [0, 0]);
        let path = path.get(..end.map_or(path.len(), |end| 2 * end)).unwrap_or_default();
        told.long("driver_directory", text::utf16(path));
    }
    Ok(())
}

fn buffer<'a>(ndr: &mut Ndr<'a>) -> Result<&'a [u8], Malformed> {
    if !ndr.pointer("buffer")? {
        return Ok(&[]);
    }
    let size = ndr.conformance(1, "buffer")?;
    ndr.octets(size, "buffer")
}
