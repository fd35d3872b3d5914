//! Names, RIDs and SIDs: enumerations and lookups.

use compact_str::CompactString;
use smallvec::SmallVec;

use super::{Malformed, Memory, Ndr, Told, handles, member};
use crate::dcerpc::ndr::Counted;

/// `SamrLookupDomainInSamServer([in] SAMPR_HANDLE ServerHandle, [in] PRPC_UNICODE_STRING Name, [out] PRPC_SID *DomainId)`.
pub(super) fn domain(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("server handle")?, memory);
    let name = ndr.unicode_argument("domain")?;
    told.details.set_some("domain", name.map(|name| name.text()));
    Ok(())
}

pub(super) fn found_domain(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("domain sid")? {
        return Ok(());
    }
    let sid = ndr.sid("domain sid")?;
    if let Some(name) = told.details.get_text("domain") {
        memory.learn(sid.clone(), name.into());
    }
    told.details.set("domain_sid", sid);
    Ok(())
}

/// `SamrEnumerateDomainsInSamServer`, `…GroupsInDomain`, `…AliasesInDomain`:
/// `([in] SAMPR_HANDLE, [in, out] DWORD *EnumerationContext, [out] PSAMPR_ENUMERATION_BUFFER *, [in] DWORD PreferedMaximumLength, [out] DWORD *CountReturned)`.
pub(super) fn enumerate(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("handle")?, memory);
    Ok(())
}

/// `SamrEnumerateUsersInDomain`, which takes a `[in] DWORD UserAccountControl` after the context.
pub(super) fn enumerate_users(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("domain handle")?, memory);
    ndr.u32("enumeration context")?;
    told.details
        .set("user_account_control", ndr.u32("user account control")?);
    Ok(())
}

pub(super) fn domains(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let found = enumeration(ndr)?;
    told.details.set("count", found.len());
    told.list("names", found.into_iter().map(|(_, name)| name));
    Ok(())
}

/// RIDs and names of groups, users or aliases.
pub(super) fn entries(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let found = enumeration(ndr)?;
    told.details.set("count", found.len());
    tell(found, told, memory);
    Ok(())
}

/// Accounts that were found in the domain that the call was made on.
pub(super) fn tell(found: Vec<(u32, CompactString)>, told: &mut Told, memory: &mut Memory) {
    learn(told, memory, found.iter());
    told.list("rids", found.iter().map(|(rid, _)| *rid));
    told.list("names", found.into_iter().map(|(_, name)| name));
}

/// Names of the domain that the call was made on.
fn learn<'a>(told: &Told, memory: &mut Memory, found: impl Iterator<Item = &'a (u32, CompactString)>) {
    let domain = told.handle().and_then(|handle| memory.subject(handle));
    let Some(sid) = domain
        .and_then(|domain| domain.text("domain_sid"))
        .map(CompactString::new)
    else {
        return;
    };
    for (rid, name) in found {
        memory.learn(member(&sid, *rid), name.clone());
    }
}

/// `[in, out] DWORD *EnumerationContext; [out] SAMPR_ENUMERATION_BUFFER **Buffer`, which is
/// `DWORD EntriesRead; [size_is(EntriesRead)] SAMPR_RID_ENUMERATION *Buffer` of `DWORD RelativeId; RPC_UNICODE_STRING Name`.
fn enumeration(ndr: &mut Ndr<'_>) -> Result<Vec<(u32, CompactString)>, Malformed> {
    ndr.u32("enumeration context")?;
    if !ndr.pointer("enumeration")? {
        return Ok(Vec::new());
    }
    ndr.align_pointer();
    ndr.u32("entries")?;
    if !ndr.pointer("entries")? {
        return Ok(Vec::new());
    }
    let count = ndr.conformance(12, "entries")?;
    let mut heads: SmallVec<[(u32, Counted); 16]> = SmallVec::new();
    for _ in 0..count {
        ndr.align_pointer();
        heads.push((ndr.u32("rid")?, ndr.counted("name")?));
    }
    heads
        .into_iter()
        .map(|(rid, head)| {
            Ok((
                rid,
                ndr.counted_wide(head, "name")?
                    .map(|name| name.text())
                    .unwrap_or_default(),
            ))
        })
        .collect()
}

/// `SamrLookupNamesInDomain([in] SAMPR_HANDLE DomainHandle, [in] DWORD Count,
/// [in, size_is(1000), length_is(Count)] RPC_UNICODE_STRING Names[], [out] PSAMPR_ULONG_ARRAY RelativeIds, [out] PSAMPR_ULONG_ARRAY Use)`.
pub(super) fn names(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("domain handle")?, memory);
    ndr.u32("count")?;
    let count = ndr.varying(8, "names")?;
    told.details.set("count", count);
    let names = ndr.unicode_strings(count, "names")?;
    if let [only] = names.as_slice() {
        told.observed.target_account = Some(only.clone());
    }
    told.list("names", names);
    Ok(())
}

pub(super) fn found_names(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let rids = ulongs(ndr)?;
    let names = told.texts("names");
    let known: Vec<_> = rids.iter().copied().zip(names).collect();
    learn(told, memory, known.iter().filter(|(rid, _)| *rid != 0));
    told.list("rids", rids);
    told.list("name_uses", ulongs(ndr)?);
    Ok(())
}

/// `SamrLookupIdsInDomain([in] SAMPR_HANDLE DomainHandle, [in] DWORD Count,
/// [in, size_is(1000), length_is(Count)] DWORD *RelativeIds, [out] PSAMPR_RETURNED_USTRING_ARRAY Names, [out] PSAMPR_ULONG_ARRAY Use)`.
pub(super) fn ids(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("domain handle")?, memory);
    ndr.u32("count")?;
    let count = ndr.varying(4, "rids")?;
    told.details.set("count", count);
    let rids: Vec<u32> = (0..count).map(|_| ndr.u32("rids")).collect::<Result<_, _>>()?;
    told.list("rids", rids);
    Ok(())
}

/// `SAMPR_RETURNED_USTRING_ARRAY`: `DWORD Count; [size_is(Count)] RPC_UNICODE_STRING *Element`.
pub(super) fn found_ids(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("count")?;
    if ndr.pointer("names")? {
        let count = ndr.conformance(8, "names")?;
        let names = ndr.unicode_strings(count, "names")?;
        let known: Vec<_> = told.numbers("rids").into_iter().zip(names.iter().cloned()).collect();
        learn(told, memory, known.iter().filter(|(_, name)| !name.is_empty()));
        told.list("names", names);
    }
    told.list("name_uses", ulongs(ndr)?);
    Ok(())
}

/// `SAMPR_ULONG_ARRAY`: `DWORD Count; [size_is(Count)] DWORD *Element`.
pub(super) fn ulongs(ndr: &mut Ndr<'_>) -> Result<Vec<u32>, Malformed> {
    ndr.align_pointer();
    ndr.u32("count")?;
    match ndr.pointer("elements")? {
        true => numbers(ndr),
        false => Ok(Vec::new()),
    }
}

/// A conformant array of 32-bit numbers.
pub(super) fn numbers(ndr: &mut Ndr<'_>) -> Result<Vec<u32>, Malformed> {
    let count = ndr.conformance(4, "elements")?;
    (0..count).map(|_| ndr.u32("elements")).collect()
}

/// `SamrRidToSid([in] SAMPR_HANDLE ObjectHandle, [in] DWORD Rid, [out] PRPC_SID *Sid)`.
pub(super) fn rid(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("handle")?, memory);
    told.details.replace("rid", ndr.u32("rid")?);
    Ok(())
}

pub(super) fn found_sid(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("sid")? {
        told.observed.sid = Some(ndr.sid("sid")?);
    }
    Ok(())
}

/// `SamrValidateComputerAccountReuseAttempt([in] SAMPR_HANDLE ServerHandle, [in] PRPC_SID ComputerSid, [out] BOOL *Result)`
/// ([MS-SAMR] 3.1.5.13.8).
pub(super) fn reuse(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    told.observed.sid = Some(ndr.sid("computer")?);
    Ok(())
}

pub(super) fn may_reuse(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("reuse_allowed", ndr.u32("result")? != 0);
    Ok(())
}

/// `SamrAccountIsDelegatedManagedServiceAccount([in] SAMPR_HANDLE ServerHandle, [in] PRPC_UNICODE_STRING AccountName, [out]
/// BOOLEAN *Result, [out] BOOLEAN *Authorized)` ([MS-SAMR] 3.1.5.13.9).
pub(super) fn managed(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    if let Some(name) = ndr.unicode_argument("account")? {
        told.observed.target_account = Some(name.text());
        told.long("user", name.text());
    }
    Ok(())
}

pub(super) fn is_managed(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("managed_account", ndr.u8("result")? != 0);
    told.details.set("authorized", ndr.u8("authorized")? != 0);
    Ok(())
}
