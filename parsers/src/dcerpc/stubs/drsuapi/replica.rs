//! Who replicates from whom: IDL_DRSReplicaSync, …Add, …Del, …Modify, …VerifyObjects and IDL_DRSUpdateRefs.

use super::dsname::DsName;
use super::names::Options;
use super::{Malformed, Memory, Ndr, Told, Uuid, version};

/// Octets of REPLTIMES.
const SCHEDULE: usize = 84;

/// `DRS_MSG_REPSYNC_V1 { [ref] DSNAME *pNC; UUID uuidDsaSrc; [unique, string] char *pszDsaSrc; ULONG ulOptions }`, V2 with
/// more after it ([MS-DRSR] 4.1.23.1).
pub(super) fn sync(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let version = version(ndr, told, memory, 4)?;
    let context = ndr.pointer("naming context")?;
    source(ndr, told)?;
    let address = ndr.pointer("source address")?;
    options(ndr, told, Options::Sync)?;
    correlation(ndr, version >= 2)?;
    named(ndr, told, context)?;
    told_address(ndr, told, address, "source_address")
}

/// `DRS_MSG_UPDREFS_V1 { [ref] DSNAME *pNC; [ref, string] char *pszDsaDest; UUID uuidDsaObjDest; ULONG ulOptions }`, V2 with
/// more after it ([MS-DRSR] 4.1.26.1).
pub(super) fn update_refs(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let version = version(ndr, told, memory, 4)?;
    let context = ndr.pointer("naming context")?;
    let address = ndr.pointer("destination address")?;
    told.details.set("destination_dsa", ndr.guid("destination dsa")?.text());
    options(ndr, told, Options::References)?;
    correlation(ndr, version >= 2)?;
    named(ndr, told, context)?;
    told_address(ndr, told, address, "destination_address")
}

/// `DRS_MSG_REPADD_V1 { [ref] DSNAME *pNC; [ref, string] char *pszDsaSrc; REPLTIMES rtSchedule; ULONG ulOptions }`; V2:
/// `{ [ref] DSNAME *pNC; [unique] DSNAME *pSourceDsaDN, *pTransportDN; [ref, string] char *pszSourceDsaAddress; REPLTIMES
/// rtSchedule; ULONG ulOptions }`, V3 with more after it ([MS-DRSR] 4.1.19.1).
pub(super) fn add(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let version = version(ndr, told, memory, 4)?;
    let context = ndr.pointer("naming context")?;
    let (mut source, mut transport) = (false, false);
    if version >= 2 {
        source = ndr.pointer("source dsa")?;
        transport = ndr.pointer("transport")?;
    }
    let address = ndr.pointer("source address")?;
    ndr.skip(SCHEDULE, "schedule")?;
    options(ndr, told, Options::Replica)?;
    correlation(ndr, version >= 3)?;
    named(ndr, told, context)?;
    if source {
        let source = DsName::read(ndr)?;
        told.long("source_dsa_dn", source.dn);
        told.details.set_some("source_dsa", source.guid.map(Uuid::text));
    }
    if transport {
        DsName::read(ndr)?;
    }
    told_address(ndr, told, address, "source_address")
}

/// `DRS_MSG_REPDEL_V1 { [ref] DSNAME *pNC; [string] char *pszDsaSrc; ULONG ulOptions }`, V2 with more after it ([MS-DRSR]
/// 4.1.20.1).
pub(super) fn delete(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let version = version(ndr, told, memory, 4)?;
    let context = ndr.pointer("naming context")?;
    let address = ndr.pointer("source address")?;
    options(ndr, told, Options::Replica)?;
    correlation(ndr, version >= 2)?;
    named(ndr, told, context)?;
    told_address(ndr, told, address, "source_address")
}

/// `DRS_MSG_REPMOD_V1 { [ref] DSNAME *pNC; UUID uuidSourceDRA; [unique, string] char *pszSourceDRA; REPLTIMES rtSchedule;
/// ULONG ulReplicaFlags, ulModifyFields, ulOptions }` ([MS-DRSR] 4.1.22.1).
pub(super) fn modify(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    let context = ndr.pointer("naming context")?;
    source(ndr, told)?;
    let address = ndr.pointer("source address")?;
    ndr.skip(SCHEDULE, "schedule")?;
    told.details.set("replica_flags", ndr.u32("replica flags")?);
    told.details.set("modify_fields", ndr.u32("modify fields")?);
    options(ndr, told, Options::Replica)?;
    ndr.trailer(8);
    named(ndr, told, context)?;
    told_address(ndr, told, address, "source_address")
}

/// `DRS_MSG_REPVERIFYOBJ_V1 { [ref] DSNAME *pNC; UUID uuidDsaSrc; ULONG ulOptions }` ([MS-DRSR] 4.1.24.1).
pub(super) fn verify_objects(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    let context = ndr.pointer("naming context")?;
    source(ndr, told)?;
    told.details.set("flags", ndr.u32("options")?);
    ndr.trailer(8);
    named(ndr, told, context)
}

fn source(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let source = Some(ndr.guid("source dsa")?).filter(|source| !source.is_nil());
    told.details.set_some("source_dsa", source.map(Uuid::text));
    Ok(())
}

fn options(ndr: &mut Ndr<'_>, told: &mut Told, meant: Options) -> Result<(), Malformed> {
    let flags = ndr.u32("options")?;
    told.details.set("flags", flags);
    told.details.list("flag_names", meant.names(flags));
    Ok(())
}

/// `GUID correlationID; [unique] VAR_SIZE_BUFFER_WITH_VERSION *pReservedBuffer` of the newer versions, and the structure's
/// end.
fn correlation(ndr: &mut Ndr<'_>, present: bool) -> Result<(), Malformed> {
    if present {
        ndr.guid("correlation")?;
        ndr.pointer("reserved")?;
    }
    ndr.trailer(8);
    Ok(())
}

fn named(ndr: &mut Ndr<'_>, told: &mut Told, present: bool) -> Result<(), Malformed> {
    if present {
        DsName::read(ndr)?.naming_context(told);
    }
    Ok(())
}

fn told_address(ndr: &mut Ndr<'_>, told: &mut Told, present: bool, name: &'static str) -> Result<(), Malformed> {
    if present {
        let address = ndr.narrow_string("address")?.text();
        told.observed.host = Some(address.clone());
        told.long(name, address);
    }
    Ok(())
}
