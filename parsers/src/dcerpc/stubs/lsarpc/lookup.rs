//! Names become SIDs and SIDs become names ([MS-LSAT] 3.1.4).
//!
//! `names` and `sids` stand side by side: what was not found is empty.

use compact_str::{CompactString, format_compact};
use smallvec::SmallVec;

use super::{Malformed, Memory, Ndr, Told, handles, trust};
use crate::dcerpc::ndr::{Counted, Text};
use crate::dcerpc::stubs::LISTED;

/// `LsarLookupNames`, `…2`, `…3([in] LSAPR_HANDLE PolicyHandle, [in] u32 Count, [in, size_is(Count)] RPC_UNICODE_STRING Names[], …)`.
pub(super) fn names(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    names4(ndr, told, memory)
}

/// `LsarLookupNames4`, which has no policy handle.
pub(super) fn names4(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("count")?;
    let count = ndr.conformance(8, "names")?;
    told.details.set("count", count);
    let names = ndr.unicode_strings(count, "names")?;
    if let [only] = names.as_slice() {
        let (domain, account) = match only.split_once('\\') {
            Some((domain, account)) => (Some(domain), account),
            None => (None, only.as_str()),
        };
        told.observed.target_account = Some(account.into());
        told.observed.target_domain = domain.map(Into::into);
    }
    told.list("names", names);
    Ok(())
}

/// `LsarLookupSids`, `…2([in] LSAPR_HANDLE PolicyHandle, [in] PLSAPR_SID_ENUM_BUFFER, …)`.
pub(super) fn sids(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    sids3(ndr, told, memory)
}

/// `LsarLookupSids3`, which has no policy handle.
pub(super) fn sids3(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let sids = ndr.sid_array("sids")?;
    told.details.set("count", sids.len());
    if let [only] = sids.as_slice() {
        told.observed.sid = Some(only.clone());
    }
    told.list("sids", sids);
    Ok(())
}

/// Names and SIDs of LSAPR_REFERENCED_DOMAIN_LIST, which a pointer leads to:
/// `u32 Entries; [size_is(Entries)] LSAPR_TRUST_INFORMATION *Domains; u32 MaxEntries`.
fn domains(ndr: &mut Ndr<'_>) -> Result<Vec<(CompactString, CompactString)>, Malformed> {
    if !ndr.pointer("domains")? {
        return Ok(Vec::new());
    }
    ndr.align_pointer();
    ndr.u32("domains")?;
    let present = ndr.pointer("domains")?;
    ndr.u32("domains")?;
    if !present {
        return Ok(Vec::new());
    }
    let count = ndr.conformance(12, "domains")?;
    let (names, sids) = trust::named(ndr, count)?;
    Ok(names.into_iter().zip(sids).collect())
}

/// How many elements an array has that stands as `u32 Entries; [size_is(Entries)] … *`.
fn entries(ndr: &mut Ndr<'_>, least: usize) -> Result<usize, Malformed> {
    ndr.align_pointer();
    ndr.u32("entries")?;
    match ndr.pointer("entries")? {
        true => ndr.conformance(least, "entries"),
        false => Ok(0),
    }
}

/// LSAPR_TRANSLATED_SIDS: `enum Use; u32 RelativeId; i32 DomainIndex`.
pub(super) fn sids_of_names(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rids(ndr, told, false)
}

/// LSAPR_TRANSLATED_SIDS_EX, which adds `u32 Flags`.
pub(super) fn sids_of_names_ex(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rids(ndr, told, true)
}

fn rids(ndr: &mut Ndr<'_>, told: &mut Told, flags: bool) -> Result<(), Malformed> {
    let domains = domains(ndr)?;
    let count = entries(ndr, if flags { 16 } else { 12 })?;
    let (mut uses, mut sids) = (Vec::new(), Vec::new());
    for _ in 0..count.min(LISTED) {
        ndr.align(4);
        uses.push(ndr.enumeration("use")?);
        let (rid, domain) = (ndr.u32("rid")?, ndr.u32("domain")?);
        if flags {
            ndr.u32("flags")?;
        }
        let sid = domains.get(domain as usize).map(|(_, sid)| match rid {
            u32::MAX => sid.clone(), // the domain itself
            rid => format_compact!("{sid}-{rid}"),
        });
        sids.push(sid.unwrap_or_default());
    }
    found(told, uses, sids);
    Ok(())
}

/// LSAPR_TRANSLATED_SIDS_EX2: `enum Use; PRPC_SID Sid; i32 DomainIndex; u32 Flags`.
pub(super) fn sids_of_names_ex2(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    domains(ndr)?;
    let count = entries(ndr, 16)?;
    let mut heads: SmallVec<[(u32, bool); 16]> = SmallVec::new();
    for _ in 0..count {
        ndr.align_pointer();
        heads.push((ndr.enumeration("use")?, ndr.pointer("sid")?));
        ndr.skip(8, "domain")?;
    }
    let uses = heads.iter().map(|(kind, _)| *kind).take(LISTED).collect();
    let mut sids = Vec::new();
    for (_, present) in heads.into_iter().take(LISTED) {
        sids.push(if present {
            ndr.sid("sid")?
        } else {
            CompactString::default()
        });
    }
    found(told, uses, sids);
    Ok(())
}

fn found(told: &mut Told, uses: Vec<u32>, sids: Vec<CompactString>) {
    if let [only] = sids.as_slice()
        && !only.is_empty()
    {
        told.observed.sid = Some(only.clone());
    }
    told.list("sids", sids);
    told.list("name_uses", uses);
}

/// LSAPR_TRANSLATED_NAMES: `enum Use; RPC_UNICODE_STRING Name; i32 DomainIndex`.
pub(super) fn names_of_sids(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    translated(ndr, told, false)
}

/// LSAPR_TRANSLATED_NAMES_EX, which adds `u32 Flags`.
pub(super) fn names_of_sids_ex(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    translated(ndr, told, true)
}

fn translated(ndr: &mut Ndr<'_>, told: &mut Told, flags: bool) -> Result<(), Malformed> {
    let domains = domains(ndr)?;
    let count = entries(ndr, if flags { 20 } else { 16 })?;
    let mut heads: SmallVec<[(u32, Counted, u32); 16]> = SmallVec::new();
    for _ in 0..count {
        ndr.align_pointer();
        heads.push((ndr.enumeration("use")?, ndr.counted("name")?, ndr.u32("domain")?));
        if flags {
            ndr.u32("flags")?;
        }
        ndr.trailer(8);
    }
    let uses: Vec<u32> = heads.iter().map(|(kind, ..)| *kind).take(LISTED).collect();
    let mut names = Vec::new();
    for (kind, head, domain) in heads.into_iter().take(LISTED) {
        let name = ndr
            .counted_wide(head, "name")?
            .as_ref()
            .map(Text::text)
            .unwrap_or_default();
        let domain = domains.get(domain as usize).map(|(name, _)| name);
        names.push(qualified(kind, domain, name));
    }
    told.list("names", names);
    told.list("name_uses", uses);
    Ok(())
}

/// `DOMAIN\name`; nothing for what is unknown, whose name is its SID or RID (SidTypeUnknown, SidTypeInvalid).
fn qualified(kind: u32, domain: Option<&CompactString>, name: CompactString) -> CompactString {
    match (kind, domain.filter(|domain| !domain.is_empty())) {
        (7 | 8, _) => CompactString::default(),
        (3, Some(domain)) => domain.clone(), // SidTypeDomain
        (_, Some(domain)) => format_compact!("{domain}\\{name}"),
        (_, None) => name,
    }
}

/// `LsarGetUserName`: `[in, out] PRPC_UNICODE_STRING *UserName, [in, out, unique] PRPC_UNICODE_STRING *DomainName`.
pub(super) fn user_name(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("user name")? {
        let name = ndr.unicode_argument("user name")?;
        told.details.set_some("user_name", name.as_ref().map(Text::text));
    }
    if ndr.pointer("domain")? && ndr.pointer("domain")? {
        let domain = ndr.unicode_argument("domain")?;
        told.details.set_some("domain", domain.as_ref().map(Text::text));
    }
    Ok(())
}
