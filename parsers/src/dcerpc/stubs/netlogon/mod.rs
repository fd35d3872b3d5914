//! netlogon: secure channels, the logons that are passed through them, and who serves a domain ([MS-NRPC] 3.5.4).
//!
//! What sets a channel up travels in the clear; what goes through it is sealed as a rule, and told as such.

mod channel;
mod control;
mod domain;
mod domain_info;
mod locate;
mod logon;
mod names;
#[cfg(test)]
mod tests;

use super::{Memory, Operation, Returns, Stubs, Told, bits, forest};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

pub(super) const STUBS: Stubs = Stubs::new(
    "12345678-1234-abcd-ef00-01234567cffb",
    &[
        logon(2).request(logon::sam_logon).response(logon::logged_on),
        status(3).request(logon::sam_logon),
        status(4).request(channel::challenge),
        logon(5).request(channel::authenticate),
        password(6).request(channel::set_password),
        status(7).changes().request(domain::database),
        status(8).changes().request(domain::database),
        win32(11).request(locate::controller_of).response(locate::controller_is),
        win32(12).request(control::control).response(control::controlled),
        win32(13)
            .request(locate::any_controller)
            .response(locate::controller_is),
        win32(14).request(control::control).response(control::controlled),
        logon(15)
            .request(channel::authenticate2)
            .response(channel::authenticated),
        status(16).changes().request(domain::database),
        status(17),
        win32(18).request(control::control).response(control::controlled),
        status(19).request(on_server).response(domain::trusted),
        win32(20).request(locate::name).response(locate::found),
        status(21).request(channel::capabilities),
        win32(22).changes(),
        win32(23),
        logon(26)
            .request(channel::authenticate2)
            .response(channel::authenticated3),
        win32(27).request(locate::name_ex).response(locate::found),
        win32(28).request(on_server).response(locate::site),
        status(29).request(domain::info).response(domain_info::is),
        password(30).request(channel::set_password2),
        status(31).request(channel::account),
        status(32).changes(),
        win32(33),
        win32(34).request(locate::name_ex2).response(locate::found),
        win32(35),
        win32(36).request(on_server).response(domain::trusts),
        win32(37),
        win32(38),
        logon(39).request(logon::sam_logon_ex).response(logon::logged_on_ex),
        win32(40).request(domain::enumerate_trusts).response(domain::trusts),
        win32(41).changes().request(locate::deregister),
        status(42).request(channel::account),
        win32(43).request(domain::forest_trust).response(domain::forest_is),
        status(44).request(on_server).response(domain::member_forest_is),
        logon(45).request(logon::sam_logon).response(logon::logged_on),
        status(46).request(channel::account),
        status(48).changes(),
        status(49).changes(),
    ],
);

const fn status(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::Netlogon, Returns::NtStatus)
}

/// An authentication, of a channel or through it: each is told.
const fn logon(opnum: u16) -> Operation {
    status(opnum).changes()
}

const fn win32(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::Netlogon, Returns::Win32)
}

/// An operation that sets the password of a computer or trust.
const fn password(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::PasswordChange, Returns::NtStatus)
        .action("Account Password changed")
        .says("method", "netlogon")
}

/// `[in, unique, string] LOGONSRV_HANDLE`: the server that is meant.
fn server(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.argument(ndr, "server name", "logon_server")
}

/// Operations of which the server that is meant is all that is told of the request.
fn on_server(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)
}

/// `NETLOGON_AUTHENTICATOR { NETLOGON_CREDENTIAL Credential; DWORD Timestamp }` ([MS-NRPC] 2.2.1.1.5): whether its credential
/// is nothing but zeros, which one in 256 keys make true (CVE-2020-1472).
fn authenticator(ndr: &mut Ndr<'_>) -> Result<bool, Malformed> {
    ndr.align(4);
    let zero = credential(ndr)?;
    ndr.u32("authenticator")?;
    Ok(zero)
}

/// `NETLOGON_CREDENTIAL { CHAR data[8] }`: whether it is nothing but zeros.
fn credential(ndr: &mut Ndr<'_>) -> Result<bool, Malformed> {
    let zeros = ndr.octets(8, "credential")?.iter().all(|octet| *octet == 0);
    Ok(zeros)
}
