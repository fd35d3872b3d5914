//! Shares, sessions and open files of a file server: [MS-SRVS].
//!
//! Who asks for sessions, files, connections and shares enumerates (`session_enumeration`): what was asked for, and the names
//! that were answered. Times and identifiers, which differ in every answer, are left out. The rest stays an `rpc_call`: what
//! is shared and no more, what the server says it is, and what its clock says.

mod levels;
#[cfg(test)]
mod tests;

use capture::Timestamp;

use self::levels::{CONNECTIONS, FILES, SERVERS, SESSIONS, SHARES};
use super::{Memory, Operation, Returns, Stubs, Subject, Told, bits, handles, rows};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;
use crate::server_type;

const fn enumerates(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::SessionEnumeration, Returns::Win32).action("SMB session")
}

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `srvsvc`.
pub(super) const STUBS: Stubs = Stubs::new(
    "4b324fc8-1670-01d3-1278-5a47bf6ee188",
    &[
        enumerates(8).request(connections).response(connected),
        enumerates(9).request(files).response(opened),
        call(10).request(file_level).response(file_is),
        call(11).changes().request(file),
        enumerates(12).request(sessions).response(logged_on),
        call(13).changes().request(session),
        call(14).changes().request(add_share),
        enumerates(15).request(shares).response(shared),
        call(16).request(share_level).response(share_is),
        call(17).changes().request(set_share),
        call(18).changes().request(share),
        call(19).changes().request(share),
        call(20).request(device).response(kind_is),
        call(21).request(rows::server_level).response(server_is),
        call(22).changes().request(set_server),
        call(28).request(rows::server).response(time),
        enumerates(36).request(shares).response(shared),
        call(37).changes().request(delete_share).response(handles::opened),
        call(38).changes().request(handles::on).response(handles::closed),
        call(57).changes().request(add_share),
    ],
);

/// `NetrSessionEnum([unique, string] ServerName, [unique, string] ClientName, [unique, string] UserName, [in, out]
/// PSESSION_ENUM_STRUCT InfoStruct, …)` ([MS-SRVS] 3.1.4.5).
fn sessions(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "client_filter", "client_filter")?;
    told.argument(ndr, "user_filter", "user_filter")?;
    told.details.set("level", rows::level(ndr)?);
    Ok(())
}

fn logged_on(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, SESSIONS, "sessions")
}

/// `NetrFileEnum([unique, string] ServerName, [unique, string] BasePath, [unique, string] UserName, [in, out]
/// PFILE_ENUM_STRUCT InfoStruct, …)` ([MS-SRVS] 3.1.4.2).
fn files(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "path_filter", "path_filter")?;
    told.argument(ndr, "user_filter", "user_filter")?;
    told.details.set("level", rows::level(ndr)?);
    Ok(())
}

fn opened(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, FILES, "files")
}

/// `NetrConnectionEnum([unique, string] ServerName, [unique, string] Qualifier, [in, out] LPCONNECT_ENUM_STRUCT InfoStruct,
/// …)` ([MS-SRVS] 3.1.4.1).
fn connections(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "qualifier", "qualifier")?;
    told.details.set("level", rows::level(ndr)?);
    Ok(())
}

fn connected(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, CONNECTIONS, "connections")
}

/// `NetrShareEnum`, `NetrShareEnumSticky([unique, string] ServerName, [in, out] LPSHARE_ENUM_STRUCT InfoStruct, …)`
/// ([MS-SRVS] 3.1.4.8).
fn shares(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.details.set("level", rows::level(ndr)?);
    Ok(())
}

fn shared(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, SHARES, "shares")
}

/// `NetrSessionDel([unique, string] ServerName, [unique, string] ClientName, [unique, string] UserName)`.
fn session(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "client_filter", "client_filter")?;
    told.argument(ndr, "user_filter", "user_filter")
}

/// `NetrFileGetInfo([unique, string] ServerName, DWORD FileId, DWORD Level, [out] LPFILE_INFO)` ([MS-SRVS] 3.1.4.3).
fn file_level(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    file(ndr, told, memory)?;
    told.details.set("level", ndr.u32("level")?);
    Ok(())
}

fn file_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::single(ndr, told, FILES)
}

/// `NetrFileClose([unique, string] ServerName, DWORD FileId)`: one file is meant, so its identifier is told.
fn file(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    rows::server(ndr, told, memory)?;
    told.details.set("file_id", ndr.u32("file id")?);
    Ok(())
}

/// `NetrShareAdd`, `NetrShareDelEx([unique, string] ServerName, DWORD Level, [switch_is(Level)] LPSHARE_INFO InfoStruct, …)`
/// ([MS-SRVS] 3.1.4.7, 3.1.4.15).
fn add_share(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    rows::server_information(ndr, told, memory, SHARES)
}

/// `NetrShareGetInfo([unique, string] ServerName, [string] NetName, DWORD Level, …)`.
fn share_level(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    share(ndr, told, memory)?;
    told.details.set("level", ndr.u32("level")?);
    Ok(())
}

/// `[out, switch_is(Level)] LPSHARE_INFO`.
fn share_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::single(ndr, told, SHARES)
}

/// `NetrShareSetInfo([unique, string] ServerName, [string] NetName, DWORD Level, [switch_is(Level)] LPSHARE_INFO, …)`.
fn set_share(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    share_level(ndr, told, memory)?;
    share_is(ndr, told, memory)
}

/// `NetrShareDel`, `NetrShareDelSticky([unique, string] ServerName, [string] NetName, DWORD Reserved)`.
fn share(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.long("share", ndr.wide_string("share")?.text());
    Ok(())
}

/// `NetrShareDelStart([unique, string] ServerName, [string] NetName, DWORD Reserved, [out] PSHARE_DEL_HANDLE)`: what
/// `NetrShareDelCommit([in, out] PSHARE_DEL_HANDLE)` deletes ([MS-SRVS] 3.1.4.13, 3.1.4.14).
fn delete_share(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    share(ndr, told, memory)?;
    if let Some(share) = told.text("share").map(compact_str::CompactString::new) {
        told.opens(Subject::new().with("share", share));
    }
    Ok(())
}

/// `NetrShareCheck([unique, string] ServerName, [string] Device, [out] DWORD *Type)`.
fn device(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    rows::server(ndr, told, memory)?;
    told.long("device", ndr.wide_string("device")?.text());
    Ok(())
}

fn kind_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("type", ndr.u32("type")?);
    Ok(())
}

/// `NetrServerGetInfo`'s `[out, switch_is(Level)] LPSERVER_INFO` ([MS-SRVS] 3.1.4.17).
fn server_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::single(ndr, told, SERVERS)?;
    described(told);
    Ok(())
}

/// `NetrServerSetInfo([unique, string] ServerName, DWORD Level, [switch_is(Level)] LPSERVER_INFO, …)`.
fn set_server(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    rows::server_information(ndr, told, memory, SERVERS)?;
    described(told);
    Ok(())
}

/// The roles of a server by name.
fn described(told: &mut Told) {
    if let Some(roles) = told.number("server_type") {
        told.details
            .list("server_type_names", bits::names(roles, server_type::NAMES));
    }
}

/// `[out] LPTIME_OF_DAY_INFO *BufferPtr`: twelve numbers, of which the first is seconds since 1970 and the sixth hundredths
/// of a second ([MS-SRVS] 2.2.4.105, 3.1.4.21).
fn time(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("time")? {
        return Ok(());
    }
    let seconds = ndr.u32("time")?;
    ndr.skip(16, "time")?;
    let hundredths = ndr.u32("time")?.min(99);
    told.clock = Some(Timestamp::new(i64::from(seconds), hundredths * 10_000_000));
    Ok(())
}
