//! Who is in which group.

use super::{Malformed, Memory, Ndr, Told, lookup, member};
use crate::fields::Value;

/// `SamrGetMembersInGroup`: `[out] PSAMPR_GET_MEMBERS_BUFFER *Members`, which is
/// `DWORD MemberCount; [size_is(MemberCount)] DWORD *Members; [size_is(MemberCount)] DWORD *Attributes`.
pub(super) fn members_of_group(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("members")? {
        return Ok(());
    }
    let (count, members) = (ndr.u32("members")?, ndr.pointer("members")?);
    ndr.pointer("attributes")?;
    told.details.set("count", count);
    if members {
        let rids = lookup::numbers(ndr)?;
        tell(rids, "member_rids", told, memory);
    }
    Ok(())
}

/// RIDs of the domain that the call was made in, and the names of those that are known.
fn tell(rids: Vec<u32>, list: &'static str, told: &mut Told, memory: &Memory) {
    let subject = told.handle().and_then(|handle| memory.subject(handle));
    if let Some(sid) = subject.and_then(|subject| subject.text("domain_sid")) {
        let names = rids.iter().filter_map(|rid| memory.name(&member(sid, *rid)).cloned());
        told.list("names", names.map(Value::from));
    }
    told.list(list, rids);
}

/// `SamrGetMembersInAlias`: `[out] PSAMPR_PSID_ARRAY_OUT Members`.
pub(super) fn members_of_alias(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let sids = ndr.sid_array("members")?;
    told.details.set("count", sids.len());
    let names = sids.iter().filter_map(|sid| memory.name(sid).cloned());
    told.list("names", names.map(Value::from));
    told.list("member_sids", sids.into_iter().map(Value::from));
    Ok(())
}

/// `SamrGetGroupsForUser`: `[out] PSAMPR_GET_GROUPS_BUFFER *Groups`, which is
/// `DWORD MembershipCount; [size_is(MembershipCount)] GROUP_MEMBERSHIP *Groups` of `DWORD RelativeId; DWORD Attributes`.
pub(super) fn groups(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("groups")? {
        return Ok(());
    }
    let (count, groups) = (ndr.u32("groups")?, ndr.pointer("groups")?);
    told.details.set("count", count);
    if groups {
        let count = ndr.conformance(8, "groups")?;
        let rid = |_| -> Result<u32, Malformed> {
            let rid = ndr.u32("group")?;
            ndr.u32("attributes")?;
            Ok(rid)
        };
        let rids = (0..count).map(rid).collect::<Result<Vec<u32>, _>>()?;
        tell(rids, "group_rids", told, memory);
    }
    Ok(())
}

/// `SamrGetAliasMembership([in] SAMPR_HANDLE DomainHandle, [in] PSAMPR_PSID_ARRAY SidArray, [out] PSAMPR_ULONG_ARRAY Membership)`.
pub(super) fn aliases_of(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("domain handle")?, memory);
    let sids = ndr.sid_array("sids")?;
    told.list("sids", sids.into_iter().map(Value::from));
    Ok(())
}

pub(super) fn aliases(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let rids = lookup::ulongs(ndr)?;
    told.details.set("count", rids.len());
    tell(rids, "alias_rids", told, memory);
    Ok(())
}
