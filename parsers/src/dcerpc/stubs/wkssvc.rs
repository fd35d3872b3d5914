//! Workstations: who is logged on, and how a machine joins a domain ([MS-WKST]).
//!
//! `NetrWkstaUserEnum` is a `session_enumeration`. Joining, leaving and renaming name machine, domain and account; what a
//! machine says it is, and the shares that it uses or is made to use, are told as they are. Passwords, encrypted or not, are
//! stepped over.

#[cfg(test)]
mod tests;

use super::rows::{self, Column, Level};
use super::{Memory, Operation, Returns, Stubs, Told, unc};
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
        call(0).request(rows::server_level).response(workstation),
        call(1).changes().request(rows::server_level),
        Operation::new(2, Kind::SessionEnumeration, Returns::Win32)
            .action("SMB session")
            .request(users)
            .response(logged_on),
        call(8).changes().request(use_add),
        call(9).request(use_level).response(used),
        call(10).changes().request(use_name),
        call(11).request(users).response(uses),
        call(20).request(rows::server).response(joined),
        call(22).changes().request(join),
        call(23).changes().request(leave),
        call(24).changes().request(rename),
        call(27).changes().request(alternate),
        call(28).changes().request(alternate),
        call(29).changes().request(alternate),
        call(30).request(names_asked).response(named),
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

/// WKSTA_INFO ([MS-WKST] 2.2.5.1 to 2.2.5.3).
const WORKSTATIONS: &[Level] = &[
    Level {
        number: 100,
        columns: &[
            Column::Skip,
            Column::Text("computer"),
            Column::Text("domain"),
            Column::Number("version_major"),
            Column::Number("version_minor"),
        ],
    },
    Level {
        number: 101,
        columns: &[
            Column::Skip,
            Column::Text("computer"),
            Column::Text("domain"),
            Column::Number("version_major"),
            Column::Number("version_minor"),
            Column::Hidden,
        ],
    },
    Level {
        number: 102,
        columns: &[
            Column::Skip,
            Column::Text("computer"),
            Column::Text("domain"),
            Column::Number("version_major"),
            Column::Number("version_minor"),
            Column::Hidden,
            Column::Number("logged_on_users"),
        ],
    },
];

/// USE_INFO ([MS-WKST] 2.2.5.21 to 2.2.5.24). The password of levels 1 to 3 is not told.
const USES: &[Level] = &[
    Level {
        number: 0,
        columns: &[Column::Text("local_device"), Column::Text("unc_path")],
    },
    Level {
        number: 1,
        columns: &[
            Column::Text("local_device"),
            Column::Text("unc_path"),
            Column::Hidden,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
        ],
    },
    Level {
        number: 2,
        columns: &[
            Column::Text("local_device"),
            Column::Text("unc_path"),
            Column::Hidden,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("user"),
            Column::Text("domain"),
        ],
    },
    Level {
        number: 3,
        columns: &[
            Column::Text("local_device"),
            Column::Text("unc_path"),
            Column::Hidden,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("user"),
            Column::Text("domain"),
            Column::Skip,
        ],
    },
];

/// `NetrWkstaGetInfo`'s `[out, switch_is(Level)] LPWKSTA_INFO` ([MS-WKST] 3.2.4.1).
fn workstation(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::single(ndr, told, WORKSTATIONS)
}

/// `NetrUseAdd([unique, string] ServerName, DWORD Level, [switch_is(Level)] LPUSE_INFO InfoStruct, …)` ([MS-WKST] 3.2.4.7):
/// the machine connects to a share.
fn use_add(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    rows::server_information(ndr, told, memory, USES)?;
    told.observed.host = told.text("unc_path").and_then(unc::host).map(Into::into);
    Ok(())
}

/// `NetrUseDel([unique, string] ServerName, [string] UseName, DWORD ForceLevel)`.
fn use_name(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    rows::server(ndr, told, memory)?;
    told.long("use_name", ndr.wide_string("use name")?.text());
    Ok(())
}

/// `NetrUseGetInfo([unique, string] ServerName, [string] UseName, DWORD Level, [out, switch_is(Level)] LPUSE_INFO)`.
fn use_level(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    use_name(ndr, told, memory)?;
    told.details.set("level", ndr.u32("level")?);
    Ok(())
}

fn used(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::single(ndr, told, USES)
}

/// `NetrUseEnum`'s `[in, out] LPUSE_ENUM_STRUCT InfoStruct`, whose request is that of users ([MS-WKST] 3.2.4.10).
fn uses(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, USES, "uses")
}

/// `NetrEnumerateComputerNames([unique, string] ServerName, NET_COMPUTER_NAME_TYPE NameType, DWORD Reserved, …)`.
fn names_asked(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    rows::server(ndr, told, memory)?;
    let kind = ndr.enumeration("name type")?;
    told.details.set("name_type", kind);
    Ok(())
}

/// `[out] PNET_COMPUTER_NAME_ARRAY *ComputerNames`: `u32 EntryCount; [size_is(EntryCount)] PUNICODE_STRING ComputerNames`
/// ([MS-WKST] 2.2.5.20, 3.2.4.20).
fn named(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("names")? {
        return Ok(());
    }
    ndr.align_pointer();
    told.details.set("entries", ndr.u32("names")?);
    if ndr.pointer("names")? {
        let count = ndr.conformance(8, "names")?;
        let names = ndr.unicode_strings(count, "names")?;
        told.list("names", names);
    }
    Ok(())
}

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
    let status = ndr.enumeration("join status")?;
    told.details.set("join_status", status);
    told.details.set_some("join_status_name", join_status(status));
    Ok(())
}

/// NETSETUP_JOIN_STATUS ([MS-WKST] 2.2.3.1).
const fn join_status(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "NetSetupUnknownStatus",
        1 => "NetSetupUnjoined",
        2 => "NetSetupWorkgroupName",
        3 => "NetSetupDomainName",
        _ => return None,
    })
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
