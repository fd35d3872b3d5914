//! netdfs: namespaces of the distributed file system ([MS-DFSNM] 3.1.4), by which DFSCoerce makes a controller log on
//! elsewhere.
//!
//! Operations that add or remove a root or a target make the server visit the host that they name; the others name a path in
//! its own namespace.

use compact_str::CompactString;

use super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

pub(super) const STUBS: Stubs = Stubs::new(
    "4fc742e0-4a10-11cf-8273-00aa004ae673",
    &[
        visits(1).request(add),
        query(2).changes().request(entry),
        query(3).changes().request(entry),
        query(4).request(entry),
        query(6).changes().request(move_entry),
        visits(10).request(domain_root),
        visits(11).request(domain_root),
        visits(12).request(standalone_root),
        visits(13).request(standalone_root),
        visits(15).request(standalone_root),
        query(16).request(server_alone),
        visits(17).request(server_alone),
        visits(19).request(add2),
        query(20).changes().request(entry),
        query(21).request(entry),
        query(22).changes().request(entry),
        visits(23).request(root_target),
        visits(24).request(root_target),
    ],
);

const fn visits(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::AuthenticationCoercion, Returns::Win32)
}

const fn query(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// Operations that begin with `[in, string] WCHAR *DfsEntryPath`.
fn entry(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.long("dfs_path", ndr.wide_string("path")?.text());
    Ok(())
}

/// `NetrDfsMove([in, string] DfsEntryPath, [in, string] NewDfsEntryPath, ULONG Flags)` ([MS-DFSNM] 3.1.4.1.6).
fn move_entry(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    entry(ndr, told, memory)?;
    told.long("target_path", ndr.wide_string("path")?.text());
    Ok(())
}

/// `NetrDfsAdd([in, string] DfsEntryPath, [in, string] ServerName, [in, unique, string] ShareName, …)` ([MS-DFSNM]
/// 3.1.4.1.3).
fn add(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    entry(ndr, told, memory)?;
    let server = ndr.wide_string("server")?.text();
    let share = ndr.wide_argument("share")?.map(|share| share.text());
    target(told, server, share);
    Ok(())
}

/// `NetrDfsAdd2([in, string] DfsEntryPath, [in, string] DcName, [in, string] ServerName, [in, unique, string] ShareName, …)`.
fn add2(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    entry(ndr, told, memory)?;
    told.long("controller", ndr.wide_string("controller")?.text());
    let server = ndr.wide_string("server")?.text();
    let share = ndr.wide_argument("share")?.map(|share| share.text());
    target(told, server, share);
    Ok(())
}

/// `NetrDfsAddFtRoot([in, string] ServerName, [in, string] DcName, [in, string] RootShare, [in, string] FtDfsName, …)`,
/// `NetrDfsRemoveFtRoot` alike ([MS-DFSNM] 3.1.4.2.1, 3.1.4.2.2).
fn domain_root(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let server = ndr.wide_string("server")?.text();
    told.long("controller", ndr.wide_string("controller")?.text());
    let share = ndr.wide_string("share")?.text();
    target(told, server, Some(share));
    told.long("namespace", ndr.wide_string("namespace")?.text());
    Ok(())
}

/// `NetrDfsAddStdRoot([in, string] ServerName, [in, string] RootShare, …)`, `NetrDfsRemoveStdRoot`,
/// `NetrDfsAddStdRootForced` alike ([MS-DFSNM] 3.1.4.3).
fn standalone_root(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let server = ndr.wide_string("server")?.text();
    let share = ndr.wide_string("share")?.text();
    target(told, server, Some(share));
    Ok(())
}

/// `NetrDfsGetDcAddress([in, string] ServerName, …)`, `NetrDfsSetDcAddress` alike.
fn server_alone(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let server = ndr.wide_string("server")?.text();
    target(told, server, None);
    Ok(())
}

/// `NetrDfsAddRootTarget([in, unique, string] LPWSTR pDfsPath, [in, unique, string] LPWSTR pTargetPath, …)`,
/// `NetrDfsRemoveRootTarget` alike ([MS-DFSNM] 3.1.4.1.9, 3.1.4.1.10).
fn root_target(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "path", "dfs_path")?;
    if let Some(path) = ndr.wide_argument("target")? {
        told.path(path.text());
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

#[cfg(test)]
mod tests {
    use crate::dcerpc::stubs::testing::{Stub, Talk};

    const NETDFS: &str = "4fc742e0-4a10-11cf-8273-00aa004ae673";

    #[test]
    fn a_root_on_another_host_is_where_the_server_goes() {
        for wide in [false, true] {
            let remove = Stub::new(wide)
                .wide_string("attacker")
                .wide_string("test")
                .u32(1)
                .done();
            let activity = Talk::new(NETDFS, wide).call(13, &remove, &5_u32.to_le_bytes()).only();
            assert_eq!(activity["kind"], "authentication_coercion");
            assert_eq!(activity["details"]["operation"], "NetrDfsRemoveStdRoot");
            assert_eq!(activity["details"]["unc_path"], r"\\attacker\test");
            assert_eq!(activity["observed"]["host"], "attacker");
            let target = Stub::new(wide)
                .wide_argument(r"\\lab.example\dfs")
                .wide_argument(r"\\attacker\dfs")
                .done();
            let activity = Talk::new(NETDFS, wide).call(23, &target, &[0; 4]).only();
            assert_eq!(activity["details"]["dfs_path"], r"\\lab.example\dfs");
            assert_eq!(activity["details"]["unc_path"], r"\\attacker\dfs");
        }
    }

    #[test]
    fn what_asks_about_the_namespace_is_a_call() {
        let stub = Stub::new(false)
            .wide_string(r"\\lab.example\dfs\link")
            .null()
            .null()
            .u32(3)
            .done();
        let activity = Talk::new(NETDFS, false).call(4, &stub, &[0; 8]).only();
        assert_eq!(activity["kind"], "rpc_call");
        assert_eq!(activity["details"]["dfs_path"], r"\\lab.example\dfs\link");
    }

    #[test]
    fn links_name_their_target() {
        for (opnum, controller) in [(1, false), (19, true)] {
            let mut stub = Stub::new(false).wide_string(r"\\lab.example\dfs\link").align(4);
            if controller {
                stub = stub.wide_string("dc1.lab.example").align(4);
            }
            let stub = stub.wide_string(r"\\files").align(4).wide_argument("share").done();
            let activity = Talk::new(NETDFS, false).call(opnum, &stub, &[0; 4]).only();
            assert_eq!(activity["details"]["unc_path"], r"\\files\share");
        }
    }
}
