//! IDL_DRSGetNCChanges: what a naming context has become, or one object with its secrets ([MS-DRSR] 4.1.10).

use super::dsname::DsName;
use super::names::{self, Options};
use super::{Malformed, Memory, Ndr, Told, version};
use crate::dcerpc::uuid::Uuid;

/// The fixed part of a request, whatever its version.
#[derive(Debug, Default)]
struct Fixed {
    /// A return address by mail stands before everything else.
    mail: bool,
    context: bool,
    vector: bool,
    attributes: bool,
}

/// `IDL_DRSGetNCChanges(hDrs, DWORD dwInVersion, DRS_MSG_GETCHGREQ *pmsgIn, …)`.
///
/// ```text
/// V3:  UUID uuidDsaObjDest, uuidInvocIdSrc; [ref] DSNAME *pNC; USN_VECTOR usnvecFrom; UPTODATE_VECTOR_V1_EXT *;
///      PARTIAL_ATTR_VECTOR_V1_EXT *; SCHEMA_PREFIX_TABLE; ULONG ulFlags, cMaxObjects, cMaxBytes, ulExtendedOp
/// V4:  UUID uuidTransportObj; [ref] MTX_ADDR *; V3
/// V5:  UUID uuidDsaObjDest, uuidInvocIdSrc; [ref] DSNAME *pNC; USN_VECTOR; UPTODATE_VECTOR_V1_EXT *; ULONG ulFlags,
///      cMaxObjects, cMaxBytes, ulExtendedOp; ULARGE_INTEGER liFsmoInfo
/// V7:  V4, PARTIAL_ATTR_VECTOR_V1_EXT *pPartialAttrSet, *pPartialAttrSetEx; SCHEMA_PREFIX_TABLE
/// V8:  V5, PARTIAL_ATTR_VECTOR_V1_EXT *pPartialAttrSet, *pPartialAttrSetEx; SCHEMA_PREFIX_TABLE
/// V10: V8, ULONG ulMoreFlags
/// V11: V10, GUID correlationID; VAR_SIZE_BUFFER_WITH_VERSION *
/// ```
pub(super) fn requested(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let fixed = match version(ndr, told, memory, 8)? {
        version @ (4 | 7) => by_mail(ndr, told, version)?,
        version @ (5 | 8 | 10 | 11) => direct(ndr, told, version)?,
        _ => return Ok(()),
    };
    if fixed.mail {
        let size = ndr.conformance(1, "return address")?;
        ndr.u32("return address")?;
        ndr.skip(size, "return address")?;
    }
    if fixed.context {
        DsName::read(ndr)?.naming_context(told);
    }
    if fixed.vector {
        up_to_dateness(ndr)?;
    }
    if fixed.attributes {
        let count = ndr.conformance(4, "partial attributes")?;
        told.details.set("partial_attributes", count);
    }
    Ok(())
}

fn by_mail(ndr: &mut Ndr<'_>, told: &mut Told, version: u32) -> Result<Fixed, Malformed> {
    ndr.guid("transport")?;
    let mail = ndr.pointer("return address")?;
    ndr.align(8);
    let (context, vector) = destination(ndr, told)?;
    let mut attributes = ndr.pointer("partial attributes")?;
    prefixes(ndr)?;
    limits(ndr, told)?;
    if version == 7 {
        let set = ndr.pointer("partial attributes")?;
        ndr.pointer("partial attributes")?;
        prefixes(ndr)?;
        attributes |= set;
    }
    Ok(Fixed {
        mail,
        context,
        vector,
        attributes,
    })
}

fn direct(ndr: &mut Ndr<'_>, told: &mut Told, version: u32) -> Result<Fixed, Malformed> {
    let (context, vector) = destination(ndr, told)?;
    limits(ndr, told)?;
    ndr.u64("fsmo information")?;
    let mut attributes = false;
    if version >= 8 {
        attributes = ndr.pointer("partial attributes")?;
        ndr.pointer("partial attributes")?;
        prefixes(ndr)?;
    }
    if version >= 10 {
        let more = ndr.u32("more flags")?;
        told.details
            .set_some("more_flags", Some(more).filter(|more| *more != 0));
    }
    if version >= 11 {
        ndr.guid("correlation")?;
        ndr.pointer("reserved")?;
    }
    ndr.trailer(8);
    Ok(Fixed {
        mail: false,
        context,
        vector,
        attributes,
    })
}

/// `UUID uuidDsaObjDest, uuidInvocIdSrc; [ref] DSNAME *pNC; USN_VECTOR usnvecFrom; [unique] UPTODATE_VECTOR_V1_EXT *`.
fn destination(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(bool, bool), Malformed> {
    let (dsa, invocation) = (ndr.guid("destination dsa")?, ndr.guid("invocation id")?);
    told.details.set("destination_dsa", dsa.text());
    let invocation = Some(invocation).filter(|invocation| !invocation.is_nil());
    told.details.set_some("invocation_id", invocation.map(Uuid::text));
    let context = ndr.pointer("naming context")?;
    told.details.set("from_usn", ndr.u64("usn")?);
    ndr.u64("usn")?;
    ndr.u64("usn")?;
    Ok((context, ndr.pointer("up to dateness")?))
}

/// `ULONG ulFlags, cMaxObjects, cMaxBytes, ulExtendedOp`.
fn limits(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let flags = ndr.u32("flags")?;
    told.details.set("flags", flags);
    told.details.list("flag_names", Options::GetChanges.names(flags));
    told.details.set("max_objects", ndr.u32("max objects")?);
    told.details.set("max_bytes", ndr.u32("max bytes")?);
    let operation = ndr.u32("extended operation")?;
    if operation != 0 {
        told.details.set("extended_op", operation);
        told.details.set_some("extended_op_name", names::extended_op(operation));
    }
    Ok(())
}

/// `SCHEMA_PREFIX_TABLE { DWORD PrefixCount; PrefixTableEntry *pPrefixEntry }`.
fn prefixes(ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("prefix table")?;
    ndr.pointer("prefix table").map(|_| ())
}

/// `UPTODATE_VECTOR_V1_EXT { DWORD dwVersion, dwReserved1, cNumCursors, dwReserved2; { UUID; USN } rgCursors[] }`.
fn up_to_dateness(ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
    let count = ndr.conformance(24, "up to dateness")?;
    ndr.align(8);
    ndr.skip(16, "up to dateness")?;
    ndr.skip(count * 24, "up to dateness")
}

/// `DWORD *pdwOutVersion, DRS_MSG_GETCHGREPLY *pmsgOut`: of the versions that are not compressed, how much came.
///
/// ```text
/// V1: UUID uuidDsaObjSrc, uuidInvocIdSrc; DSNAME *pNC; USN_VECTOR usnvecFrom, usnvecTo; UPTODATE_VECTOR *;
///     SCHEMA_PREFIX_TABLE; ULONG ulExtendedRet, cNumObjects, cNumBytes; REPLENTINFLIST *pObjects; BOOL fMoreData
/// ```
pub(super) fn replied(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("version")?;
    ndr.union(8);
    let version = ndr.u32("version")?;
    told.details.set("reply_version", version);
    ndr.align(8);
    if !matches!(version, 1 | 6 | 9) {
        return Ok(());
    }
    told.details.set("source_dsa", ndr.guid("source dsa")?.text());
    ndr.guid("invocation id")?;
    ndr.pointer("naming context")?;
    for _ in 0..6 {
        ndr.u64("usn")?;
    }
    ndr.pointer("up to dateness")?;
    prefixes(ndr)?;
    told.details.set("extended_result", ndr.u32("extended result")?);
    told.details.set("objects", ndr.u32("objects")?);
    told.details.set("bytes", ndr.u32("bytes")?);
    ndr.pointer("objects")?;
    let more = ndr.u32("more data")?;
    told.details.flag("more_data", more != 0);
    Ok(())
}
