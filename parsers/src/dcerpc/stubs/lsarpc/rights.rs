//! Accounts of the policy, and what they are privileged to.

use smallvec::SmallVec;

use super::{Malformed, Memory, Ndr, Subject, Told, handles};
use crate::dcerpc::ndr::{Counted, Text};
use crate::dcerpc::stubs::LISTED;
use crate::fields::Value;

/// `LsarCreateAccount`, `LsarOpenAccount([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_SID AccountSid, [in] ACCESS_MASK,
/// [out] LSAPR_HANDLE *)`.
pub(super) fn open_account(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let subject = Subject {
        sid: Some(ndr.sid("account")?),
        ..Subject::new()
    };
    told.about(&subject);
    told.opens(subject);
    told.details.set("desired_access", ndr.u32("desired access")?);
    Ok(())
}

/// `[in, out] u32 *EnumerationContext, [out] PLSAPR_ACCOUNT_ENUM_BUFFER`.
pub(super) fn accounts(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("enumeration context")?;
    holders(ndr, told, memory)
}

/// `[out] PLSAPR_ACCOUNT_ENUM_BUFFER`, which is `u32 EntriesRead; [size_is(EntriesRead)] { PRPC_SID } *Information`.
pub(super) fn holders(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let sids = ndr.sid_array("accounts")?;
    told.details.set("count", sids.len());
    told.list("sids", sids.into_iter().map(Value::from));
    Ok(())
}

/// `LsarAddPrivilegesToAccount([in] LSAPR_HANDLE AccountHandle, [in] PLSAPR_PRIVILEGE_SET Privileges)`.
pub(super) fn add_privileges(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    told.details.set("change", "add");
    privilege_set(ndr, told)
}

/// `LsarRemovePrivilegesFromAccount([in] LSAPR_HANDLE AccountHandle, [in] u8 AllPrivileges, [in, unique]
/// PLSAPR_PRIVILEGE_SET Privileges)`.
pub(super) fn remove_privileges(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    told.details.set("change", "delete");
    let all = ndr.u8("all privileges")? != 0;
    told.details.flag("all_privileges", all);
    privileges_are(ndr, told, memory)
}

/// `LsarEnumeratePrivilegesAccount`'s `[out] PLSAPR_PRIVILEGE_SET *Privileges`.
pub(super) fn privileges_are(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("privileges")? {
        true => privilege_set(ndr, told),
        false => Ok(()),
    }
}

/// LSAPR_PRIVILEGE_SET, a conformant structure of `u32 PrivilegeCount; u32 Control; { LUID Luid; u32 Attributes }
/// Privilege[PrivilegeCount]` ([MS-LSAD] 2.2.5.5).
fn privilege_set(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let count = ndr.conformance(12, "privileges")?;
    ndr.skip(8, "privileges")?;
    let luid = |_| -> Result<u64, Malformed> {
        let luid = ndr.large("privilege")?;
        ndr.u32("privilege")?;
        Ok(luid)
    };
    let luids = (0..count).map(luid).collect::<Result<Vec<u64>, _>>()?;
    told.list("privileges", luids.iter().filter_map(|luid| privilege_name(*luid)));
    told.list("privilege_luids", luids);
    Ok(())
}

/// `LsarEnumeratePrivileges`: `[in, out] u32 *EnumerationContext, [out] PLSAPR_PRIVILEGE_ENUM_BUFFER`, which is `u32 Entries;
/// [size_is(Entries)] { RPC_UNICODE_STRING Name; LUID LocalValue } *Privileges` ([MS-LSAD] 2.2.8.1, 2.2.8.2).
pub(super) fn privileges(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("enumeration context")?;
    ndr.align_pointer();
    told.details.set("count", ndr.u32("privileges")?);
    if !ndr.pointer("privileges")? {
        return Ok(());
    }
    let count = ndr.conformance(16, "privileges")?;
    let mut heads: SmallVec<[Counted; 36]> = SmallVec::new();
    for _ in 0..count {
        heads.push(ndr.counted("privilege")?);
        ndr.large("privilege")?;
    }
    let mut names = Vec::new();
    for head in heads.into_iter().take(LISTED + 1) {
        let name = ndr.counted_wide(head, "privilege")?;
        names.push(name.as_ref().map(Text::text).unwrap_or_default());
    }
    told.list("privileges", names);
    Ok(())
}

/// The privileges whose LUIDs are the same everywhere ([MS-LSAD] 3.1.1.2.1).
const fn privilege_name(luid: u64) -> Option<&'static str> {
    Some(match luid {
        2 => "SeCreateTokenPrivilege",
        3 => "SeAssignPrimaryTokenPrivilege",
        4 => "SeLockMemoryPrivilege",
        5 => "SeIncreaseQuotaPrivilege",
        6 => "SeMachineAccountPrivilege",
        7 => "SeTcbPrivilege",
        8 => "SeSecurityPrivilege",
        9 => "SeTakeOwnershipPrivilege",
        10 => "SeLoadDriverPrivilege",
        11 => "SeSystemProfilePrivilege",
        12 => "SeSystemtimePrivilege",
        13 => "SeProfileSingleProcessPrivilege",
        14 => "SeIncreaseBasePriorityPrivilege",
        15 => "SeCreatePagefilePrivilege",
        16 => "SeCreatePermanentPrivilege",
        17 => "SeBackupPrivilege",
        18 => "SeRestorePrivilege",
        19 => "SeShutdownPrivilege",
        20 => "SeDebugPrivilege",
        21 => "SeAuditPrivilege",
        22 => "SeSystemEnvironmentPrivilege",
        23 => "SeChangeNotifyPrivilege",
        24 => "SeRemoteShutdownPrivilege",
        25 => "SeUndockPrivilege",
        26 => "SeSyncAgentPrivilege",
        27 => "SeEnableDelegationPrivilege",
        28 => "SeManageVolumePrivilege",
        29 => "SeImpersonatePrivilege",
        30 => "SeCreateGlobalPrivilege",
        31 => "SeTrustedCredManAccessPrivilege",
        32 => "SeRelabelPrivilege",
        33 => "SeIncreaseWorkingSetPrivilege",
        34 => "SeTimeZonePrivilege",
        35 => "SeCreateSymbolicLinkPrivilege",
        _ => return None,
    })
}

/// `LsarSetSystemAccessAccount([in] LSAPR_HANDLE AccountHandle, [in] u32 SystemAccess)`.
pub(super) fn system_access(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    told.details.set("system_access", ndr.u32("system access")?);
    Ok(())
}

/// `LsarGetSystemAccessAccount`'s `[out] u32 *SystemAccess`.
pub(super) fn system_access_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("system_access", ndr.u32("system access")?);
    Ok(())
}

/// `([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_UNICODE_STRING Name, …)`.
pub(super) fn privilege(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let name = ndr.unicode_argument("privilege")?;
    told.details.set_some("privilege", name.as_ref().map(Text::text));
    Ok(())
}

/// `[out] PRPC_UNICODE_STRING *Name`.
pub(super) fn privilege_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("privilege")? {
        let name = ndr.unicode_argument("privilege")?;
        told.details.set_some("privilege", name.as_ref().map(Text::text));
    }
    Ok(())
}

/// `LsarEnumerateAccountsWithUserRight([in] LSAPR_HANDLE PolicyHandle, [in, unique] PRPC_UNICODE_STRING UserRight, …)`.
pub(super) fn right(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    if ndr.pointer("right")? {
        let name = ndr.unicode_argument("right")?;
        told.list("rights", name.as_ref().map(Text::text));
    }
    Ok(())
}

/// `([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_SID AccountSid, …)`.
pub(super) fn account(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    told.observed.sid = Some(ndr.sid("account")?);
    Ok(())
}

/// `LSAPR_USER_RIGHT_SET`: `u32 Entries; [size_is(Entries)] RPC_UNICODE_STRING *UserRights`.
pub(super) fn are(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("rights")?;
    if ndr.pointer("rights")? {
        let count = ndr.conformance(8, "rights")?;
        let names = ndr.unicode_strings(count, "rights")?;
        told.list("rights", names);
    }
    Ok(())
}

/// `LsarAddAccountRights([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_SID AccountSid, [in] PLSAPR_USER_RIGHT_SET UserRights)`.
pub(super) fn add(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.details.set("change", "add");
    account(ndr, told, memory)?;
    are(ndr, told, memory)
}

/// `LsarRemoveAccountRights([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_SID AccountSid, [in] u8 AllRights,
/// [in] PLSAPR_USER_RIGHT_SET UserRights)`.
pub(super) fn remove(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.details.set("change", "delete");
    account(ndr, told, memory)?;
    let all = ndr.u8("all rights")? != 0;
    told.details.flag("all_rights", all);
    are(ndr, told, memory)
}
