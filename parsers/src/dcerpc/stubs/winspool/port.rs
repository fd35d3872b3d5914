//! Ports: what a printer prints to, which may be a file.

use super::rows::{self, Column, Level};
use super::{Malformed, Memory, Ndr, Told, handles, open, server, without_password};
use crate::text;

/// Octets of a port's name in XcvData's input, 260 characters (MAX_PATH).
const MAX_PORT: usize = 520;

/// PORT_INFO_1 to 3 ([MS-RPRN] 2.2.1.8).
const PORTS: &[Level] = &[
    Level {
        number: 1,
        columns: &[Column::Text("printer_port")],
    },
    Level {
        number: 2,
        columns: &[
            Column::Text("printer_port"),
            Column::Text("monitor"),
            Column::Text("description"),
            Column::Skip,
            Column::Skip,
        ],
    },
    Level {
        number: 3,
        columns: &[Column::Number("status"), Column::Text("status_text"), Column::Skip],
    },
];

/// `RpcAddPortEx([in, string, unique] STRING_HANDLE pName, PORT_CONTAINER *, PORT_VAR_CONTAINER *, [in, string]
/// pMonitorName)` ([MS-RPRN] 3.1.4.6.3).
pub(super) fn add(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    let whole = container(ndr, told)?;
    if whole {
        open::devmode(ndr)?;
        told.long("monitor", ndr.wide_string("monitor")?.text());
    }
    Ok(())
}

/// `RpcSetPort([in, string, unique] STRING_HANDLE pName, [in, string, unique] pPortName, PORT_CONTAINER *)` ([MS-RPRN]
/// 3.1.4.6.5).
pub(super) fn set(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.argument(ndr, "port", "printer_port")?;
    without_password(told, "printer_port");
    container(ndr, told).map(|_| ())
}

fn container(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<bool, Malformed> {
    rows::level(ndr)?;
    let whole = rows::stepped_over(ndr, told, PORTS)?;
    named(told);
    Ok(whole)
}

fn named(told: &mut Told) {
    without_password(told, "printer_port");
    told.leads_away("printer_port");
}

/// `RpcDeletePort([in, string, unique] STRING_HANDLE pName, ULONG_PTR hWnd, [in, string] pPortName)` ([MS-RPRN] 3.1.4.6.4).
pub(super) fn delete(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    ndr.size("window")?;
    told.long("printer_port", ndr.wide_string("port")?.text());
    without_password(told, "printer_port");
    Ok(())
}

/// `RpcXcvData(PRINTER_HANDLE hXcv, [in, string] const wchar_t *pszDataName, [in, size_is(cbInputData)] BYTE *pInputData, …)`
/// ([MS-RPRN] 3.1.4.6.6): the input of those that add and delete ports begins with the port's name, little-endian whatever the
/// order of the PDU; no other is looked at.
pub(super) fn xcv(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let name = ndr.wide_string("data name")?.text();
    let names_port = ["AddPort", "DeletePort"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known));
    told.long("data_name", name);
    let size = ndr.conformance(1, "input")?;
    let input = ndr.octets(size, "input")?;
    if names_port {
        let input = input.get(..MAX_PORT).unwrap_or(input);
        let end = input.chunks_exact(2).position(|unit| unit == [0, 0]);
        let port = input.get(..end.map_or(input.len(), |end| 2 * end));
        told.long("printer_port", text::utf16(port.unwrap_or_default()));
        named(told);
    }
    Ok(())
}

/// `[out, size_is(cbOutputData)] BYTE *pOutputData, [out] DWORD *pcbOutputNeeded, [in, out] DWORD *pdwStatus`: what the
/// monitor made of it.
pub(super) fn xcv_answered(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let size = ndr.conformance(1, "output")?;
    ndr.skip(size, "output")?;
    ndr.u32("output")?;
    told.details.set("monitor_status", ndr.u32("status")?);
    Ok(())
}
