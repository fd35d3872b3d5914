//! The arguments of operations that do nothing but open, use or close a handle.

use super::{Memory, Told};
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

/// `[out] HANDLE *`.
pub(super) fn opened(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.opened(ndr.handle("handle")?, memory);
    Ok(())
}

/// `([in] HANDLE, …)`: what the handle names.
pub(super) fn on(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("handle")?, memory);
    Ok(())
}

/// `([in] HANDLE, [in] … InformationClass, …)`: the level, and its name where `name` knows it.
pub(super) fn level(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    memory: &mut Memory,
    name: fn(u32) -> Option<&'static str>,
) -> Result<(), Malformed> {
    on(ndr, told, memory)?;
    let level = ndr.enumeration("information level")?;
    told.details.set("information_level", level);
    told.details.set_some("information_level_name", name(level));
    Ok(())
}

/// `SamrCloseHandle([in, out] SAMPR_HANDLE *)` and its like: a plain call, which says nothing of its handle.
pub(super) fn close(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.made_on(ndr.handle("handle")?);
    Ok(())
}

/// The handle that was closed, or whose object was deleted, is null.
pub(super) fn closed(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    if ndr.handle("handle")?.is_null() {
        told.closed(memory);
    }
    Ok(())
}

/// The handle is gone, whatever the answer says of it.
pub(super) fn gone(_: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.closed(memory);
    Ok(())
}
