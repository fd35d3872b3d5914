//! Workstations: who is logged on, and how a machine joins a domain ([MS-WKST]).
//!
//! `NetrWkstaUserEnum` is a `session_enumeration`. Joining, leaving and renaming name machine, domain and account; the
//! encrypted passwords that come with them are stepped over.

#[cfg(test)]
mod tests;

use super::rows::{self, Column, Level};
use super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `wkssvc`.
pub(super) const STUBS: Stubs = Stubs::new(
    "6bffd098-a112-3610-9833-46c3f87e345a",
    &[
        call(0).request(rows::server_level),
        call(1).request(rows::server_level),
        Operation::new(2, Kind::SessionEnumeration, Returns::Win32)
            .action("SMB session")
            .request(users)
            .response(logged_on),
        call(20).request(rows::server).response(joined),
        call(22).request(join),
        call(23).request(leave),
        call(24).request(rename),
        call(27).request(alternate),
        call(28).request(alternate),
        call(29).request(alternate),
    ],
);

/// WKSTA_USER_INFO ([MS-WKST] 2.2.5.9, 2.2.5.10).
const USERS: &[Level] = &[
    Level {
        number: 0,
        columns: &[Column::Text("user")],
    },
    Level {
        number: 1,
        columns: &[
            Column::Text("user"),
            Column::Text("domain"),
            Column::Hidden,
            Column::Text("logon_server"),
        ],
    },
];

/// `NetrWkstaUserEnum([unique, string] ServerName, [in, out] LPWKSTA_USER_ENUM_STRUCT UserInfo, …)` ([MS-WKST] 3.2.4.3).
fn users(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.details.set("level", rows::level(ndr)?);
    Ok(())
}

fn logged_on(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, USERS, "users")
}

/// `NetrGetJoinInformation(…, [in, out, string] wchar_t **NameBuffer, [out] PNETSETUP_JOIN_STATUS BufferType)`.
fn joined(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if let Some(domain) = ndr.wide_argument("domain")? {
        told.observed.target_domain = Some(domain.text());
    }
    Ok(())
}

/// `NetrJoinDomain2([unique, string] ServerName, [string] DomainNameParam, [unique, string] MachineAccountOU, [unique,
/// string] AccountName, [unique] Password, DWORD Options)` ([MS-WKST] 3.2.4.13).
fn join(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.observed.target_domain = Some(ndr.wide_string("domain")?.text());
    told.argument(ndr, "machine_account_ou", "machine_account_ou")?;
    told.argument(ndr, "join_account", "join_account")?;
    options(ndr, told)
}

/// `NetrUnjoinDomain2([unique, string] ServerName, [unique, string] AccountName, [unique] Password, DWORD Options)`.
fn leave(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "join_account", "join_account")?;
    options(ndr, told)
}

/// `NetrRenameMachineInDomain2([unique, string] ServerName, [unique, string] MachineName, [unique, string] AccountName,
/// [unique] Password, DWORD Options)`.
fn rename(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "new_name", "new_name")?;
    told.argument(ndr, "join_account", "join_account")?;
    options(ndr, told)
}

/// `NetrAddAlternateComputerName` and its like `([unique, string] ServerName, [unique, string] AlternateName, [unique,
/// string] DomainAccount, …)`.
fn alternate(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "new_name", "new_name")?;
    told.argument(ndr, "join_account", "join_account")
}

/// `[unique] PJOINPR_ENCRYPTED_USER_PASSWORD Password, DWORD Options`: 524 octets that nobody is told ([MS-WKST] 2.2.5.18).
fn options(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    if ndr.pointer("password")? {
        ndr.skip(524, "password")?;
    }
    told.details.set("options", ndr.u32("options")?);
    Ok(())
}
