//! netdfs: namespaces of the distributed file system ([MS-DFSNM] 3.1.4), by which DFSCoerce makes a controller log on
//! elsewhere.
//!
//! Operations that add or remove a root or a target make the server visit the host that they name; the others name a path in
//! its own namespace. What a namespace leads to is answered with the servers and shares of its links.

mod levels;
mod roots;
#[cfg(test)]
mod tests;

use compact_str::CompactString;

use self::levels::LEVELS;
use super::{LISTED, Memory, Operation, Returns, Stubs, Told, rows};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;
use crate::text;

pub(super) const STUBS: Stubs = Stubs::new(
    "4fc742e0-4a10-11cf-8273-00aa004ae673",
    &[
        Operation::new(0, Kind::RpcCall, Returns::Nothing).response(version),
        visits(1).request(add),
        query(2).changes().request(remove),
        query(3).changes().request(set_info),
        query(4).request(info_level).response(info),
        query(5).request(enumerate).response(enumerated),
        query(6).changes().request(move_entry),
        visits(10).request(roots::add_domain_root).response(roots::root_targets),
        visits(11)
            .request(roots::remove_domain_root)
            .response(roots::root_targets),
        visits(12).request(roots::add_standalone_root),
        visits(13).request(roots::remove_standalone_root),
        visits(14).request(roots::initialize),
        visits(15).request(roots::force_standalone_root),
        query(16).request(roots::server_alone).response(roots::controller_is),
        visits(17).request(roots::set_controller),
        query(18).changes().request(roots::flush),
        visits(19).request(add2).response(roots::root_targets),
        query(20).changes().request(remove2).response(roots::root_targets),
        query(21).request(enumerate_ex).response(enumerated),
        query(22).changes().request(set_info2).response(roots::root_targets),
        visits(23).request(roots::add_root_target),
        visits(24).request(roots::root_target),
        query(25).request(supported).response(versions),
    ],
);

const fn visits(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::AuthenticationCoercion, Returns::Win32)
}

const fn query(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `NetrDfsManagerGetVersion()`, whose result is the version ([MS-DFSNM] 3.1.4.1.2).
fn version(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("dfs_version", ndr.u32("version")?);
    Ok(())
}

/// `[in, string] WCHAR *DfsEntryPath`, with which most operations begin.
fn entry(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.long("dfs_path", ndr.wide_string("path")?.text());
    Ok(())
}

/// `[in, string] WCHAR *DcName`.
fn controller(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.long("controller", ndr.wide_string("controller")?.text());
    Ok(())
}

/// `[in, string] WCHAR *Comment`.
fn comment(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.long("comment", ndr.wide_string("comment")?.text());
    Ok(())
}

/// `DWORD Flags` or `ApiFlags`.
fn flags(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.details.set("flags", ndr.u32("flags")?);
    Ok(())
}

/// `[in, string] WCHAR *ServerName, [in, unique, string] WCHAR *ShareName, [in, unique, string] WCHAR *Comment, DWORD Flags`.
fn new_target(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let server = ndr.wide_string("server")?.text();
    let share = ndr.wide_argument("share")?.map(|share| share.text());
    target(told, server, share);
    told.argument(ndr, "comment", "comment")?;
    flags(ndr, told)
}

/// `[in, unique, string] WCHAR *ServerName, [in, unique, string] WCHAR *ShareName`: which target of a link, where not all are
/// meant.
fn some_target(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let server = ndr.wide_argument("server")?.map(|server| server.text());
    let share = ndr.wide_argument("share")?.map(|share| share.text());
    if let Some(server) = server {
        target(told, server, share);
    }
    Ok(())
}

/// The server and share that a namespace is to lead to: the path that the server will visit.
fn target(told: &mut Told, server: CompactString, share: Option<CompactString>) {
    let host = server.trim_start_matches(['\\', '/']);
    told.observed.host = Some(host).filter(|host| !host.is_empty()).map(CompactString::from);
    if let Some(share) = share {
        told.long("unc_path", compact_str::format_compact!("\\\\{host}\\{share}"));
    }
    told.long("target_server", server);
}

/// `NetrDfsAdd([in, string] DfsEntryPath, [in, string] ServerName, [in, unique, string] ShareName, [in, unique, string]
/// Comment, DWORD Flags)` ([MS-DFSNM] 3.1.4.1.3).
fn add(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    entry(ndr, told)?;
    new_target(ndr, told)
}

/// `NetrDfsAdd2`, as `NetrDfsAdd`, with `[in, string] DcName` behind the path.
fn add2(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    entry(ndr, told)?;
    controller(ndr, told)?;
    new_target(ndr, told)
}

/// `NetrDfsRemove([in, string] DfsEntryPath, [in, unique, string] ServerName, [in, unique, string] ShareName)` ([MS-DFSNM]
/// 3.1.4.1.4).
fn remove(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    entry(ndr, told)?;
    some_target(ndr, told)
}

/// `NetrDfsRemove2`, as `NetrDfsRemove`, with `[in, string] DcName` behind the path.
fn remove2(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    entry(ndr, told)?;
    controller(ndr, told)?;
    some_target(ndr, told)
}

/// `NetrDfsGetInfo([in, string] DfsEntryPath, [in, unique, string] ServerName, [in, unique, string] ShareName, DWORD Level,
/// …)` ([MS-DFSNM] 3.1.4.1.6).
fn info_level(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    remove(ndr, told, memory)?;
    told.details.set("level", ndr.u32("level")?);
    Ok(())
}

/// `[switch_is(Level)] DFS_INFO_STRUCT *DfsInfo` ([MS-DFSNM] 2.2.2.3).
fn info(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::single(ndr, told, LEVELS)
}

/// `NetrDfsSetInfo`, as `NetrDfsGetInfo`, with the information ([MS-DFSNM] 3.1.4.1.5).
fn set_info(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    info_level(ndr, told, memory)?;
    info(ndr, told, memory)
}

/// `NetrDfsSetInfo2`, as `NetrDfsSetInfo`, with `[in, string] DcName` behind the path.
fn set_info2(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    remove2(ndr, told, memory)?;
    told.details.set("level", ndr.u32("level")?);
    info(ndr, told, memory)
}

/// `NetrDfsEnum(DWORD Level, DWORD PrefMaxLen, …)` ([MS-DFSNM] 3.1.4.1.7).
fn enumerate(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("level", ndr.u32("level")?);
    Ok(())
}

/// `NetrDfsEnumEx([in, string] DfsEntryPath, DWORD Level, …)` ([MS-DFSNM] 3.1.4.2.3).
fn enumerate_ex(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    entry(ndr, told)?;
    enumerate(ndr, told, memory)
}

/// `[in, out, unique] DFS_INFO_ENUM_STRUCT *DfsEnum` ([MS-DFSNM] 2.2.2.4).
fn enumerated(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("entries")? {
        true => rows::answered(ndr, told, LEVELS, "namespaces"),
        false => Ok(()),
    }
}

/// `NetrDfsMove([in, string] DfsEntryPath, [in, string] NewDfsEntryPath, ULONG Flags)` ([MS-DFSNM] 3.1.4.1.8).
fn move_entry(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    entry(ndr, told)?;
    told.long("target_path", ndr.wide_string("path")?.text());
    flags(ndr, told)
}

/// `NetrDfsGetSupportedNamespaceVersion(DFS_NAMESPACE_VERSION_ORIGIN Origin, [in, unique, string] pName, …)` ([MS-DFSNM]
/// 3.1.4.1.11).
fn supported(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.enumeration("origin")?;
    told.argument(ndr, "name", "namespace")
}

/// `[out] DFS_SUPPORTED_NAMESPACE_VERSION_INFO { u32 DomainDfsMajorVersion, DomainDfsMinorVersion; u64; u32
/// StandaloneDfsMajorVersion, StandaloneDfsMinorVersion; u64 }` ([MS-DFSNM] 2.2.2.12).
fn versions(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.align(8);
    for name in ["domain_version", "standalone_version"] {
        let (major, minor) = (ndr.u32("version")?, ndr.u32("version")?);
        ndr.u64("capabilities")?;
        told.details.set(name, text::dotted([major, minor]));
    }
    Ok(())
}
