//! Printers that are added and changed: where they print to, by which driver, and for whom they are shared.

use super::rows::{self, Column, Level};
use super::{CompactString, Malformed, Memory, Ndr, Subject, Told, handles, open, server, without_password};

/// PRINTER_INFO_1 to 9 ([MS-RPRN] 2.2.1.10). DEVMODE and security descriptor are no pointers here; their containers follow.
const PRINTERS: &[Level] = &[
    Level {
        number: 1,
        columns: &[
            Column::Number("attributes"),
            Column::Text("description"),
            Column::Text("printer"),
            Column::Text("comment"),
        ],
    },
    Level {
        number: 2,
        columns: &[
            Column::Text("print_server"),
            Column::Text("printer"),
            Column::Text("share"),
            Column::Text("printer_port"),
            Column::Text("driver"),
            Column::Text("comment"),
            Column::Text("location"),
            Column::Address,
            Column::Text("separator_file"),
            Column::Text("print_processor"),
            Column::Text("data_type"),
            Column::Hidden,
            Column::Address,
            Column::Number("attributes"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
        ],
    },
    Level {
        number: 3,
        columns: &[Column::Address],
    },
    Level {
        number: 4,
        columns: &[
            Column::Text("printer"),
            Column::Text("print_server"),
            Column::Number("attributes"),
        ],
    },
    Level {
        number: 5,
        columns: &[
            Column::Text("printer"),
            Column::Text("printer_port"),
            Column::Number("attributes"),
            Column::Skip,
            Column::Skip,
        ],
    },
    Level {
        number: 6,
        columns: &[Column::Number("status")],
    },
    Level {
        number: 7,
        columns: &[Column::Text("object_guid"), Column::Number("action")],
    },
    Level {
        number: 8,
        columns: &[Column::Address],
    },
    Level {
        number: 9,
        columns: &[Column::Address],
    },
];

/// `RpcAddPrinter([in, string, unique] STRING_HANDLE pName, PRINTER_CONTAINER *, DEVMODE_CONTAINER *, SECURITY_CONTAINER *,
/// …)` ([MS-RPRN] 3.1.4.2.3).
pub(super) fn add(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    added(ndr, told).map(|_| ())
}

/// `RpcAddPrinterEx`, `RpcAsyncAddPrinter`: the above, and `SPLCLIENT_CONTAINER *pClientInfo` ([MS-RPRN] 3.1.4.2.15, [MS-PAR]
/// 3.1.4.1.2).
pub(super) fn add_ex(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    match added(ndr, told)? {
        true => open::called_by(ndr, told),
        false => Ok(()),
    }
}

fn added(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<bool, Malformed> {
    let whole = container(ndr, told)?;
    if let Some(printer) = told.details.get_text("printer").map(CompactString::new) {
        told.opens(Subject::new().with("printer", printer));
    }
    Ok(whole)
}

/// `RpcSetPrinter(PRINTER_HANDLE hPrinter, PRINTER_CONTAINER *, DEVMODE_CONTAINER *, SECURITY_CONTAINER *, DWORD Command)`
/// ([MS-RPRN] 3.1.4.2.5).
pub(super) fn set(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    if container(ndr, told)? {
        let command = ndr.u32("command")?;
        told.details.set("command", command);
        told.details.set_some("command_name", command_name(command));
    }
    Ok(())
}

/// The three containers: whether what follows them can be read.
fn container(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<bool, Malformed> {
    told.details.set("level", rows::level(ndr)?);
    let whole = rows::stepped_over(ndr, told, PRINTERS)?;
    for name in ["printer", "printer_port"] {
        without_password(told, name);
    }
    for name in ["separator_file", "printer_port"] {
        told.leads_away(name);
    }
    if whole {
        open::devmode(ndr)?;
        open::devmode(ndr)?;
    }
    Ok(whole)
}

/// What a printer is to do ([MS-RPRN] 3.1.4.2.5).
const fn command_name(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "PRINTER_CONTROL_PAUSE",
        2 => "PRINTER_CONTROL_RESUME",
        3 => "PRINTER_CONTROL_PURGE",
        4 => "PRINTER_CONTROL_SET_STATUS",
        _ => return None,
    })
}
