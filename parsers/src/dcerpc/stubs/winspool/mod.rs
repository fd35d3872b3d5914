//! winspool and IRemoteWinspool: printing on another machine ([MS-RPRN] 3.1.4, [MS-PAR] 3.1.4).
//!
//! Change notifications make the server call back the host that the client names (PrinterBug); drivers, monitors and print
//! processors make it load a library from the path that the client names (PrintNightmare); ports and output files make it
//! write where the client likes. Both interfaces have the same operations under other numbers. Passwords in the URLs of
//! printers and ports are not told.

mod data;
mod driver;
mod job;
mod lists;
mod open;
mod port;
mod printer;
#[cfg(test)]
mod tests;

use compact_str::{CompactString, format_compact};

use super::{Memory, Operation, Returns, Stubs, Subject, Told, handles, rows};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

/// [MS-RPRN].
pub(super) const WINSPOOL: Stubs = Stubs::new(
    "12345678-1234-abcd-ef00-0123456789ab",
    &[
        plain(0).request(lists::printers).response(lists::counted),
        plain(1).request(open::open).response(handles::opened),
        plain(2).changes().request(job::set),
        plain(4).request(lists::jobs).response(lists::counted),
        plain(5).changes().request(printer::add).response(handles::opened),
        plain(6).changes().request(handles::on),
        plain(7).changes().request(printer::set),
        visits(9).request(driver::add),
        plain(10).request(lists::of_environment).response(lists::counted),
        plain(12).request(lists::of_environment).response(lists::directory),
        plain(13).changes().request(driver::delete),
        visits(14).request(driver::add_print_processor),
        plain(15).request(lists::of_environment).response(lists::counted),
        plain(17).changes().request(job::start).response(job::started),
        plain(27).changes().request(data::set),
        plain(29).request(handles::on).response(handles::gone),
        plain(35).request(lists::of_server).response(lists::counted),
        plain(36).request(lists::of_server).response(lists::counted),
        plain(39).changes().request(port::delete),
        visits(46).request(driver::add_monitor),
        plain(47).changes().request(driver::delete_monitor),
        plain(48).changes().request(driver::delete_print_processor),
        plain(61).changes().request(port::add),
        visits(62).request(notify),
        visits(65).request(notify),
        plain(69).request(open::open_ex).response(handles::opened),
        plain(70).changes().request(printer::add_ex).response(handles::opened),
        plain(71).changes().request(port::set),
        plain(77).changes().request(data::set_ex),
        plain(84).changes().request(driver::delete_ex),
        visits(85).request(connection),
        plain(86).changes().request(delete_connection),
        plain(87).request(server_alone).response(lists::counted),
        plain(88).changes().request(port::xcv).response(port::xcv_answered),
        visits(89).request(driver::add_ex),
    ],
);

/// [MS-PAR].
pub(super) const IREMOTEWINSPOOL: Stubs = Stubs::new(
    "76f03f96-cdfd-44fc-a22c-64950a001209",
    &[
        plain(0).request(open::open_ex).response(handles::opened),
        plain(1).changes().request(printer::add_ex).response(handles::opened),
        plain(2).changes().request(job::set),
        plain(4).request(lists::jobs).response(lists::counted),
        plain(7).changes().request(handles::on),
        plain(8).changes().request(printer::set),
        plain(10).changes().request(job::start).response(job::started),
        plain(18).changes().request(data::set),
        plain(19).changes().request(data::set_ex),
        plain(20).request(handles::on).response(handles::gone),
        plain(33).changes().request(port::xcv).response(port::xcv_answered),
        plain(38).request(lists::printers).response(lists::counted),
        visits(39).request(driver::add_ex),
        plain(40).request(lists::of_environment).response(lists::counted),
        plain(41).request(lists::of_environment).response(lists::directory),
        plain(42).changes().request(driver::delete),
        plain(43).changes().request(driver::delete_ex),
        visits(44).request(driver::add_print_processor),
        plain(45).request(lists::of_environment).response(lists::counted),
        plain(47).request(lists::of_server).response(lists::counted),
        plain(48).request(lists::of_server).response(lists::counted),
        plain(49).changes().request(port::add),
        plain(50).changes().request(port::set),
        visits(51).request(driver::add_monitor),
        plain(52).changes().request(driver::delete_monitor),
        plain(53).changes().request(driver::delete_print_processor),
        visits(55).request(connection),
        plain(56).changes().request(delete_connection),
        plain(57).request(server_alone).response(lists::counted),
        Operation::new(58, Kind::RpcCall, Returns::Hresult).request(handles::on),
        package(62).request(driver::install_package),
        package(63).request(driver::upload_package),
        package(67).request(driver::delete_package),
    ],
);

/// An operation on a driver package ([MS-PAR] 3.1.4.2.7 to 3.1.4.2.12).
const fn package(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::AuthenticationCoercion, Returns::Hresult)
}

/// An operation that makes the server visit, or load from, a path.
const fn visits(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::AuthenticationCoercion, Returns::Win32)
}

const fn plain(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `RpcRemoteFindFirstPrinterChangeNotification(PRINTER_HANDLE hPrinter, DWORD fdwFlags, DWORD fdwOptions, [in, string,
/// unique] wchar_t *pszLocalMachine, …)`, `…Ex` alike ([MS-RPRN] 3.1.4.10.3, 3.1.4.10.4).
fn notify(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
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
    let printer = ndr.wide_string("printer")?.text();
    told.path(hidden_password(&printer).unwrap_or(printer));
    told.long("print_server", ndr.wide_string("print server")?.text());
    without_password(told, "print_server");
    told.long("provider", ndr.wide_string("provider")?.text());
    Ok(())
}

/// `RpcDeletePerMachineConnection([in, string, unique] STRING_HANDLE pServer, [in, string] pPrinterName)` ([MS-RPRN]
/// 3.1.4.2.22).
fn delete_connection(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.long("printer", ndr.wide_string("printer")?.text());
    without_password(told, "printer");
    Ok(())
}

/// `RpcEnumPerMachineConnections([in, string, unique] STRING_HANDLE pServer, …)` ([MS-RPRN] 3.1.4.2.23).
fn server_alone(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)
}

/// `[in, string, unique] STRING_HANDLE pName`: the print server that is meant.
fn server(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.argument(ndr, "server", "print_server_name")?;
    without_password(told, "print_server_name");
    Ok(())
}

/// `[in, string, unique] wchar_t *pEnvironment`.
fn environment(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.argument(ndr, "environment", "environment")
}

/// The text of `name` without the password that a URL may have before its host: `http://user:password@host/`.
fn without_password(told: &mut Told, name: &'static str) {
    let shown = told.details.get_text(name).and_then(hidden_password);
    if let Some(shown) = shown {
        told.details.replace(name, shown);
    }
}

/// A URL that has a password, without it (RFC 3986 §3.2.1). People write what would have to be escaped: the last `@` ends it.
fn hidden_password(url: &str) -> Option<CompactString> {
    let (scheme, rest) = url.split_once("://")?;
    let (user, host) = rest.rsplit_once('@')?;
    let (user, _) = user.split_once(':')?;
    Some(format_compact!("{scheme}://{user}@{host}"))
}
