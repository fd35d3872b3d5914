//! Accounts of the policy, and what they are privileged to.

use super::{Malformed, Memory, Ndr, Subject, Told, handles};
use crate::dcerpc::ndr::Text;
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

/// `LsarAddPrivilegesToAccount([in] LSAPR_HANDLE AccountHandle, [in] PLSAPR_PRIVILEGE_SET Privileges)`, a conformant
/// structure of `u32 PrivilegeCount; u32 Control; { LUID Luid; u32 Attributes } Privilege[PrivilegeCount]`.
pub(super) fn add_privileges(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let count = ndr.conformance(12, "privileges")?;
    ndr.skip(8, "privileges")?;
    let luid = |_| -> Result<u64, Malformed> {
        let luid = ndr.large("privilege")?;
        ndr.u32("privilege")?;
        Ok(luid)
    };
    let luids = (0..count).map(luid).collect::<Result<Vec<u64>, _>>()?;
    told.list("privilege_luids", luids);
    Ok(())
}

/// `LsarSetSystemAccessAccount([in] LSAPR_HANDLE AccountHandle, [in] u32 SystemAccess)`.
pub(super) fn system_access(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
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
