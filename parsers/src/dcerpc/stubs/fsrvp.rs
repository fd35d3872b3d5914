//! fsrvp: shadow copies of a file server's shares ([MS-FSRVP] 3.1.4), by which ShadowCoerce makes a server log on elsewhere.
//!
//! Which shares are copied, and how far a set of copies has come: a set is known by the GUID that the server gives it.

#[cfg(test)]
mod tests;

use super::{Memory, Operation, Returns, Stubs, Told, bits};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

pub(super) const STUBS: Stubs = Stubs::new(
    "a8e0653c-2744-4389-a61d-7373df8b2292",
    &[
        call(0).response(versions),
        call(1).changes().request(context),
        call(2).changes().request(start).response(set_is),
        share(3).request(add).response(copy_is),
        call(4).changes().request(set_in_time),
        call(5).changes().request(set_in_time),
        call(6).changes().request(set),
        call(7).changes().request(set),
        share(8).request(share_alone).response(supported),
        share(9).request(share_alone).response(copied),
        share(10).request(copy_of_set).response(mapping),
        share(11).request(delete),
        call(12).changes().request(set_in_time),
    ],
);

/// An operation that carries the UNC path of a share.
const fn share(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::AuthenticationCoercion, Returns::Hresult)
}

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Hresult)
}

/// What a shadow copy is for ([MS-FSRVP] 2.2.2).
const CONTEXT: &[(u32, &str)] = &[
    (0x0000_0008, "ATTR_NO_AUTO_RELEASE"),
    (0x0000_0010, "ATTR_NO_WRITERS"),
    (0x0040_0000, "ATTR_AUTO_RECOVERY"),
    (0x0400_0000, "ATTR_FILE_SHARE"),
];

/// What a shadow copy prevents on its volume ([MS-FSRVP] 2.2.2).
const COMPATIBILITY: &[(u32, &str)] = &[(1, "DISABLE_DEFRAG"), (2, "DISABLE_CONTENTINDEX")];

/// `GetSupportedVersion`'s `[out] DWORD *MinVersion, [out] DWORD *MaxVersion` ([MS-FSRVP] 3.1.4.1).
fn versions(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("min_version", ndr.u32("version")?);
    told.details.set("max_version", ndr.u32("version")?);
    Ok(())
}

/// `SetContext(unsigned long Context)` ([MS-FSRVP] 3.1.4.2).
fn context(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let context = ndr.u32("context")?;
    told.details.set("context", context);
    told.details.list("context_names", bits::names(context, CONTEXT));
    Ok(())
}

/// `StartShadowCopySet(GUID ClientShadowCopySetId, …)`: the client's own name for it, which nobody else uses ([MS-FSRVP]
/// 3.1.4.3).
fn start(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("client_set_id", ndr.guid("shadow copy set")?.text());
    Ok(())
}

/// `[out] GUID *pShadowCopySetId`.
fn set_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    identified(ndr, told, "shadow_copy_set")
}

/// `RecoveryCompleteShadowCopySet`, `AbortShadowCopySet(GUID ShadowCopySetId)` ([MS-FSRVP] 3.1.4.7, 3.1.4.8).
fn set(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    identified(ndr, told, "shadow_copy_set")
}

/// `CommitShadowCopySet`, `ExposeShadowCopySet`, `PrepareShadowCopySet(GUID ShadowCopySetId, unsigned long
/// TimeOutInMilliseconds)` ([MS-FSRVP] 3.1.4.5, 3.1.4.6, 3.1.4.13).
fn set_in_time(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    set(ndr, told, memory)?;
    told.details.set("timeout_ms", ndr.u32("timeout")?);
    Ok(())
}

/// A GUID that is not nil: that of an answer which failed is.
fn identified(ndr: &mut Ndr<'_>, told: &mut Told, name: &'static str) -> Result<(), Malformed> {
    let id = ndr.guid("shadow copy")?;
    if id.number() != 0 {
        told.details.replace(name, id.text());
    }
    Ok(())
}

/// `IsPathSupported([in, string] LPWSTR ShareName, …)`, `IsPathShadowCopied` alike ([MS-FSRVP] 3.1.4.9, 3.1.4.10).
fn share_alone(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.path(ndr.wide_string("share name")?.text());
    Ok(())
}

/// `AddToShadowCopySet(GUID ClientShadowCopyId, GUID ShadowCopySetId, [in, string] LPWSTR ShareName, …)` ([MS-FSRVP] 3.1.4.4).
fn add(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.details.set("client_copy_id", ndr.guid("shadow copy")?.text());
    identified(ndr, told, "shadow_copy_set")?;
    share_alone(ndr, told, memory)
}

/// `[out] GUID *pShadowCopyId`.
fn copy_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    identified(ndr, told, "shadow_copy")
}

/// `GetShareMapping(GUID ShadowCopyId, GUID ShadowCopySetId, [in, string] LPWSTR ShareName, DWORD Level, …)` ([MS-FSRVP]
/// 3.1.4.11).
fn copy_of_set(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    identified(ndr, told, "shadow_copy")?;
    identified(ndr, told, "shadow_copy_set")?;
    share_alone(ndr, told, memory)?;
    told.details.set("level", ndr.u32("level")?);
    Ok(())
}

/// `DeleteShareMapping(GUID ShadowCopySetId, GUID ShadowCopyId, [in, string] LPWSTR ShareName)` ([MS-FSRVP] 3.1.4.12).
fn delete(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    identified(ndr, told, "shadow_copy_set")?;
    identified(ndr, told, "shadow_copy")?;
    share_alone(ndr, told, memory)
}

/// `[out] BOOL *SupportedByThisProvider, [out, string] LPWSTR *OwnerMachineName`.
fn supported(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("supported", ndr.u32("supported")? != 0);
    told.argument(ndr, "owner", "owner_machine")
}

/// `[out] BOOL *ShadowCopyPresent, [out] long *ShadowCopyCompatibility`.
fn copied(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("shadow_copied", ndr.u32("present")? != 0);
    let compatibility = ndr.u32("compatibility")?;
    told.details
        .list("compatibility", bits::names(compatibility, COMPATIBILITY));
    Ok(())
}

/// `[out, switch_is(Level)] PFSSAGENT_SHARE_MAPPING ShareMapping`: `GUID ShadowCopySetId; GUID ShadowCopyId; [string] LPWSTR
/// ShareNameUNC; [string] LPWSTR ShadowCopyShareName; LONGLONG CreationTimestamp` ([MS-FSRVP] 2.2.3.1, 2.2.3.2).
fn mapping(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.union(8);
    let level = ndr.u32("level")?;
    ndr.union(8);
    if !ndr.pointer("mapping")? || level != 1 {
        return Ok(());
    }
    ndr.align(8);
    identified(ndr, told, "shadow_copy_set")?;
    identified(ndr, told, "shadow_copy")?;
    let (share, copy) = (ndr.pointer("share")?, ndr.pointer("shadow copy")?);
    ndr.u64("created")?;
    if share {
        ndr.wide_string("share")?;
    }
    if copy {
        told.long("shadow_copy_share", ndr.wide_string("shadow copy")?.text());
    }
    Ok(())
}
