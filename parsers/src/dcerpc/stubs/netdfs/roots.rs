//! Roots of namespaces, their targets and their controllers: what makes a server visit another, or tells it which.

use super::{LISTED, Malformed, Memory, Ndr, Told, comment, controller, flags, target};

/// `[in, string] WCHAR *ServerName, [in, string] WCHAR *RootShare`.
fn root(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let server = ndr.wide_string("server")?.text();
    let share = ndr.wide_string("share")?.text();
    target(told, server, Some(share));
    Ok(())
}

/// `NetrDfsAddFtRoot([in, string] ServerName, [in, string] DcName, [in, string] RootShare, [in, string] FtDfsName, [in,
/// string] Comment, [in, string] ConfigDN, BOOLEAN NewFtDfs, DWORD ApiFlags, …)` ([MS-DFSNM] 3.1.4.3.1).
pub(super) fn add_domain_root(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    domain_root(ndr, told)?;
    comment(ndr, told)?;
    told.long("config_dn", ndr.wide_string("configuration")?.text());
    told.details.set("new_namespace", ndr.u8("new namespace")? != 0);
    flags(ndr, told)
}

/// `NetrDfsRemoveFtRoot([in, string] ServerName, [in, string] DcName, [in, string] RootShare, [in, string] FtDfsName, DWORD
/// ApiFlags, …)` ([MS-DFSNM] 3.1.4.3.2).
pub(super) fn remove_domain_root(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    domain_root(ndr, told)?;
    flags(ndr, told)
}

fn domain_root(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let server = ndr.wide_string("server")?.text();
    controller(ndr, told)?;
    let share = ndr.wide_string("share")?.text();
    target(told, server, Some(share));
    told.long("namespace", ndr.wide_string("namespace")?.text());
    Ok(())
}

/// `[in, out, unique] DFSM_ROOT_LIST **ppRootList`: a pointer to a pointer to `DWORD cEntries; [size_is(cEntries)] { [string,
/// unique] WCHAR *ServerShare } Entry[]`, the root targets that are to be told of the change ([MS-DFSNM] 2.2.2.9).
pub(super) fn root_targets(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if !(ndr.pointer("root targets")? && ndr.pointer("root targets")?) {
        return Ok(());
    }
    let count = ndr.conformance(4, "root targets")?;
    ndr.align_pointer();
    ndr.u32("root targets")?;
    let mut present = 0_usize;
    for _ in 0..count {
        present += usize::from(ndr.pointer("root target")?);
    }
    let mut targets = Vec::new();
    for _ in 0..present.min(LISTED + 1) {
        targets.push(told.cut(ndr.wide_string("root target")?.text()));
    }
    told.list("root_targets", targets);
    Ok(())
}

/// `NetrDfsAddStdRoot([in, string] ServerName, [in, string] RootShare, [in, string] Comment, DWORD ApiFlags)` ([MS-DFSNM]
/// 3.1.4.4.1).
pub(super) fn add_standalone_root(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    root(ndr, told)?;
    comment(ndr, told)?;
    flags(ndr, told)
}

/// `NetrDfsRemoveStdRoot([in, string] ServerName, [in, string] RootShare, DWORD ApiFlags)` ([MS-DFSNM] 3.1.4.4.2).
pub(super) fn remove_standalone_root(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    root(ndr, told)?;
    flags(ndr, told)
}

/// `NetrDfsAddStdRootForced([in, string] ServerName, [in, string] RootShare, [in, string] Comment, [in, string] Share)`:
/// with the folder that is shared ([MS-DFSNM] 3.1.4.4.3).
pub(super) fn force_standalone_root(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    root(ndr, told)?;
    comment(ndr, told)?;
    told.long("share_path", ndr.wide_string("share path")?.text());
    Ok(())
}

/// `NetrDfsGetDcAddress([in, string] ServerName, …)` ([MS-DFSNM] 3.1.4.5.1).
pub(super) fn server_alone(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let server = ndr.wide_string("server")?.text();
    target(told, server, None);
    Ok(())
}

/// `NetrDfsGetDcAddress`' `[in, out, string] WCHAR **DcName, [in, out] BOOLEAN *IsRoot, …`.
pub(super) fn controller_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "controller", "controller")?;
    told.details.set("is_root", ndr.u8("is root")? != 0);
    Ok(())
}

/// `NetrDfsManagerInitialize([in, string] ServerName, DWORD Flags)` ([MS-DFSNM] 3.1.4.1.1).
pub(super) fn initialize(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    server_alone(ndr, told, memory)?;
    flags(ndr, told)
}

/// `NetrDfsSetDcAddress([in, string] ServerName, [in, string] DcName, DWORD Timeout, DWORD Flags)` ([MS-DFSNM]
/// 3.1.4.5.2).
pub(super) fn set_controller(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    server_alone(ndr, told, memory)?;
    controller(ndr, told)?;
    ndr.u32("timeout")?;
    flags(ndr, told)
}

/// `NetrDfsFlushFtTable([in, string] DcName, [in, string] wszFtDfsName)` ([MS-DFSNM] 3.1.4.3.3).
pub(super) fn flush(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    controller(ndr, told)?;
    told.long("namespace", ndr.wide_string("namespace")?.text());
    Ok(())
}

/// `NetrDfsAddRootTarget([in, unique, string] LPWSTR pDfsPath, [in, unique, string] LPWSTR pTargetPath, ULONG MajorVersion,
/// [in, unique, string] LPWSTR pComment, BOOLEAN NewNamespace, ULONG Flags)` ([MS-DFSNM] 3.1.4.1.9).
pub(super) fn add_root_target(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    target_paths(ndr, told)?;
    told.details.set("version_major", ndr.u32("version")?);
    told.argument(ndr, "comment", "comment")?;
    told.details.set("new_namespace", ndr.u8("new namespace")? != 0);
    flags(ndr, told)
}

/// `NetrDfsRemoveRootTarget([in, unique, string] LPWSTR pDfsPath, [in, unique, string] LPWSTR pTargetPath, ULONG Flags)`
/// ([MS-DFSNM] 3.1.4.1.10).
pub(super) fn root_target(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    target_paths(ndr, told)?;
    flags(ndr, told)
}

fn target_paths(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.argument(ndr, "path", "dfs_path")?;
    if let Some(path) = ndr.wide_argument("target")? {
        told.path(path.text());
    }
    Ok(())
}
