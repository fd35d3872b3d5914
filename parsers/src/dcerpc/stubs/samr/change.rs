//! Accounts and groups are created, deleted, and change their members.

use super::{Malformed, Memory, Ndr, Subject, Told, handles, member, open};
use crate::dcerpc::ndr::Text;
use crate::fields::Value;

/// `SamrCreateGroupInDomain([in] SAMPR_HANDLE DomainHandle, [in] PRPC_UNICODE_STRING Name, [in] DWORD DesiredAccess,
/// [out] SAMPR_HANDLE *, [out] DWORD *RelativeId)`.
pub(super) fn create_group(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    create("group", ndr, told, memory)
}

/// `SamrCreateAliasInDomain`, as [`create_group`].
pub(super) fn create_alias(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    create("alias", ndr, told, memory)
}

/// `SamrCreateUserInDomain`, as [`create_group`].
pub(super) fn create_user(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    create("user", ndr, told, memory)
}

/// `SamrCreateUser2InDomain([in] SAMPR_HANDLE DomainHandle, [in] PRPC_UNICODE_STRING Name, [in] DWORD AccountType,
/// [in] DWORD DesiredAccess, [out] SAMPR_HANDLE *, [out] DWORD *GrantedAccess, [out] DWORD *RelativeId)`.
pub(super) fn create_user2(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    create("user", ndr, told, memory)?;
    let kind = ndr.u32("account type")?;
    told.details.set("account_type", kind);
    told.details.set_some("account_type_name", account_type(kind));
    Ok(())
}

fn create(what: &'static str, ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let domain = told.on(ndr.handle("domain handle")?, memory).cloned();
    let name = ndr.unicode_argument("name")?.as_ref().map(Text::text);
    let mut subject = domain.unwrap_or_default();
    subject.account.clone_from(&name);
    if let Some(name) = name {
        subject = subject.with(what, name);
    }
    told.about(&subject);
    told.opens(subject);
    Ok(())
}

/// UserAccountControl values that an account is created with ([MS-SAMR] 2.2.1.12).
const fn account_type(code: u32) -> Option<&'static str> {
    Some(match code {
        0x10 => "USER_NORMAL_ACCOUNT",
        0x40 => "USER_INTERDOMAIN_TRUST_ACCOUNT",
        0x80 => "USER_WORKSTATION_TRUST_ACCOUNT",
        0x100 => "USER_SERVER_TRUST_ACCOUNT",
        _ => return None,
    })
}

/// `[out] SAMPR_HANDLE *, [out] DWORD *RelativeId`.
pub(super) fn created(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let handle = ndr.handle("handle")?;
    is_now(ndr.u32("rid")?, told, memory);
    told.opened(handle, memory);
    Ok(())
}

/// `[out] SAMPR_HANDLE *, [out] DWORD *GrantedAccess, [out] DWORD *RelativeId`.
pub(super) fn created2(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let handle = ndr.handle("handle")?;
    ndr.u32("granted access")?;
    is_now(ndr.u32("rid")?, told, memory);
    told.opened(handle, memory);
    Ok(())
}

/// What was created has a RID, unless it was refused.
fn is_now(rid: u32, told: &mut Told, memory: &mut Memory) {
    let Some(subject) = told.opening().filter(|_| rid != 0) else {
        return;
    };
    subject.details.replace("rid", rid);
    subject.sid = subject.text("domain_sid").map(|sid| member(sid, rid));
    if let (Some(sid), Some(name)) = (&subject.sid, &subject.account) {
        memory.learn(sid.clone(), name.clone());
    }
    let subject = subject.clone();
    told.about(&subject);
}

/// `SamrDeleteUser`, `…Group`, `…Alias([in, out] SAMPR_HANDLE *)`.
pub(super) fn delete(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)
}

/// `SamrAddMemberToGroup([in] SAMPR_HANDLE GroupHandle, [in] DWORD MemberId, [in] DWORD Attributes)`.
pub(super) fn add_member(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    member_of("add", ndr, told, memory)
}

/// `SamrRemoveMemberFromGroup([in] SAMPR_HANDLE GroupHandle, [in] DWORD MemberId)`.
pub(super) fn remove_member(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    member_of("delete", ndr, told, memory)
}

/// `SamrSetMemberAttributesOfGroup([in] SAMPR_HANDLE GroupHandle, [in] DWORD MemberId, [in] DWORD Attributes)`.
pub(super) fn attributes_of_member(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    member_of("replace", ndr, told, memory)
}

fn member_of(change: &'static str, ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let group = told.on(ndr.handle("group handle")?, memory).cloned();
    let rid = ndr.u32("member")?;
    told.details.set("change", change);
    told.details.set("member_rid", rid);
    let Subject { account, sid, .. } = open::found("user", rid, group.as_ref(), memory);
    told.details.set_some("member_sid", sid);
    told.details.set_some("member", account);
    Ok(())
}

/// `SamrAddMemberToAlias([in] SAMPR_HANDLE AliasHandle, [in] PRPC_SID MemberId)`.
pub(super) fn add_sid(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    sid_of("add", ndr, told, memory)
}

/// `SamrRemoveMemberFromAlias([in] SAMPR_HANDLE AliasHandle, [in] PRPC_SID MemberId)`.
pub(super) fn remove_sid(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    sid_of("delete", ndr, told, memory)
}

/// `SamrRemoveMemberFromForeignDomain([in] SAMPR_HANDLE DomainHandle, [in] PRPC_SID MemberSid)`: out of every alias.
pub(super) fn remove_foreign(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    sid_of("delete", ndr, told, memory)
}

fn sid_of(change: &'static str, ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("handle")?, memory);
    let sid = ndr.sid("member")?;
    told.details.set("change", change);
    told.details.set_some("member", memory.name(&sid).cloned());
    told.details.set("member_sid", sid);
    Ok(())
}

/// `SamrAddMultipleMembersToAlias([in] SAMPR_HANDLE AliasHandle, [in] PSAMPR_PSID_ARRAY MembersBuffer)`.
pub(super) fn add_sids(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    sids_of("add", ndr, told, memory)
}

/// `SamrRemoveMultipleMembersFromAlias([in] SAMPR_HANDLE AliasHandle, [in] PSAMPR_PSID_ARRAY MembersBuffer)`.
pub(super) fn remove_sids(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    sids_of("delete", ndr, told, memory)
}

fn sids_of(change: &'static str, ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("alias handle")?, memory);
    told.details.set("change", change);
    let sids = ndr.sid_array("members")?;
    told.list("member_sids", sids.into_iter().map(Value::from));
    Ok(())
}
