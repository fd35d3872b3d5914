//! winspool and IRemoteWinspool: printing on another machine ([MS-RPRN] 3.1.4, [MS-PAR] 3.1.4).
//!
//! Change notifications make the server call back the host that the client names (PrinterBug); drivers, monitors and print
//! processors make it load a library from the path that the client names (PrintNightmare). Both interfaces have the same
//! operations under other numbers.

mod driver;
mod open;
#[cfg(test)]
mod tests;

use super::{Memory, Operation, Returns, Stubs, Subject, Told, handles};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

/// [MS-RPRN].
pub(super) const WINSPOOL: Stubs = Stubs::new(
    "12345678-1234-abcd-ef00-0123456789ab",
    &[
        plain(1).request(open::open).response(open::opened),
        visits(9).request(driver::add),
        visits(14).request(driver::add_print_processor),
        plain(29).request(on_printer).response(handles::gone),
        visits(46).request(driver::add_monitor),
        visits(62).request(notify),
        visits(65).request(notify),
        plain(69).request(open::open_ex).response(open::opened),
        visits(85).request(connection),
        plain(88).changes().request(xcv),
        visits(89).request(driver::add),
    ],
);

/// [MS-PAR].
pub(super) const IREMOTEWINSPOOL: Stubs = Stubs::new(
    "76f03f96-cdfd-44fc-a22c-64950a001209",
    &[
        plain(0).request(open::open_ex).response(open::opened),
        plain(20).request(on_printer).response(handles::gone),
        plain(33).changes().request(xcv),
        visits(39).request(driver::add),
        visits(44).request(driver::add_print_processor),
        visits(51).request(driver::add_monitor),
        visits(55).request(connection),
        plain(58).request(on_printer),
        visits(62).request(driver::install_package),
        visits(63).request(driver::upload_package),
    ],
);

/// An operation that makes the server visit, or load from, a path.
const fn visits(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::AuthenticationCoercion, Returns::Win32)
}

const fn plain(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// Operations whose printer says all that there is to say.
fn on_printer(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("printer")?, memory);
    Ok(())
}

/// `RpcRemoteFindFirstPrinterChangeNotification(PRINTER_HANDLE hPrinter, DWORD fdwFlags, DWORD fdwOptions, [in, string,
/// unique] wchar_t *pszLocalMachine, …)`, `…Ex` alike ([MS-RPRN] 3.1.4.10.3, 3.1.4.10.4).
fn notify(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    on_printer(ndr, told, memory)?;
    told.details.set("notification_flags", ndr.u32("flags")?);
    told.details.set("notification_options", ndr.u32("options")?);
    if let Some(machine) = ndr.wide_argument("local machine")? {
        told.path(machine.text());
    }
    Ok(())
}

/// `RpcAddPerMachineConnection([in, string, unique] STRING_HANDLE pServer, [in, string] pPrinterName, [in, string]
/// pPrintServer, [in, string] pProvider)` ([MS-RPRN] 3.1.4.2.21).
fn connection(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.path(ndr.wide_string("printer")?.text());
    told.long("print_server", ndr.wide_string("print server")?.text());
    told.long("provider", ndr.wide_string("provider")?.text());
    Ok(())
}

/// `RpcXcvData(PRINTER_HANDLE hXcv, [in, string] const wchar_t *pszDataName, …)` ([MS-RPRN] 3.1.4.4.11).
fn xcv(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    on_printer(ndr, told, memory)?;
    told.long("data_name", ndr.wide_string("data name")?.text());
    Ok(())
}

/// `[in, string, unique] STRING_HANDLE pName`: the print server that is meant.
fn server(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.argument(ndr, "server", "print_server_name")
}
