//! Distributed COM: [MS-DCOM].
//!
//! Every call of an object begins with ORPCTHIS and every answer with ORPCTHAT, whose extensions are stepped over; what
//! follows is the method's own. Which object is meant stands in the PDU's object UUID, its IPID: what that is called by, its
//! class, how it was reached, is known from the answer that handed it out ([`crate::dcerpc::objects`]).

mod activation;
mod bindings;
mod classes;
mod commands;
mod dispatch;
mod exporter;
mod members;
mod reference;
#[cfg(test)]
mod tests;
mod unknown;
mod variant;

pub(super) use activation::{ACTIVATION, ACTIVATOR};
pub(super) use dispatch::{DISPATCH, PROVIDE_CLASS_INFO, TYPE_INFO};
pub(super) use exporter::EXPORTER;
pub(super) use reference::{Reference, custom, handed_out, inherited, referent};
pub(super) use unknown::{FACTORY, UNKNOWN, UNKNOWN2};
pub(super) use variant::bstr;

use compact_str::CompactString;

use crate::dcerpc::interfaces::Interface;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::uuid::Uuid;
use crate::dcerpc::wire::Syntax;
use crate::reader::Malformed;

/// The major version of the protocol ([MS-DCOM] 2.2.11).
const MAJOR: u16 = 5;

/// Most elements of an array of GUIDs that are read.
const MAX_GUIDS: usize = 64;

/// `ORPCTHIS { COMVERSION version; unsigned long flags; unsigned long reserved1; CID cid; [unique] ORPC_EXTENT_ARRAY
/// *extensions; }` ([MS-DCOM] 2.2.13.3).
pub(super) fn this(ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
    ndr.align_pointer();
    if ndr.u16("com version")? != MAJOR {
        return Err(Malformed("com version"));
    }
    ndr.u16("com version")?;
    ndr.u32("orpc flags")?;
    ndr.u32("orpc reserved")?;
    ndr.guid("causality")?;
    extensions(ndr)
}

/// `ORPCTHAT { unsigned long flags; [unique] ORPC_EXTENT_ARRAY *extensions; }` ([MS-DCOM] 2.2.13.4).
pub(super) fn that(ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("orpc flags")?;
    extensions(ndr)
}

/// `ORPC_EXTENT_ARRAY { unsigned long size; unsigned long reserved; [unique, size_is((size+1)&~1)] ORPC_EXTENT **extent; }`
/// ([MS-DCOM] 2.2.21.2), and its extents: `ORPC_EXTENT { GUID id; unsigned long size; [size_is((size+7)&~7)] byte data[]; }`.
fn extensions(ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
    if !ndr.pointer("extensions")? {
        return Ok(());
    }
    ndr.align_pointer();
    ndr.u32("extensions")?;
    ndr.u32("extensions")?;
    if !ndr.pointer("extensions")? {
        return Ok(());
    }
    let count = ndr.conformance(4, "extensions")?;
    let mut present = 0;
    for _ in 0..count {
        present += usize::from(ndr.pointer("extension")?);
    }
    for _ in 0..present {
        let octets = ndr.conformance(1, "extension")?;
        ndr.guid("extension")?;
        ndr.u32("extension")?;
        ndr.skip(octets, "extension")?;
    }
    Ok(())
}

/// The referent of an `[unique, size_is] IID *`: the first of them.
fn interfaces(ndr: &mut Ndr<'_>) -> Result<Vec<Uuid>, Malformed> {
    let count = ndr.conformance(16, "interfaces")?;
    let mut found = Vec::new();
    for _ in 0..count.min(MAX_GUIDS) {
        found.push(ndr.guid("interface")?);
    }
    ndr.skip(16 * count.saturating_sub(MAX_GUIDS), "interfaces")?;
    Ok(found)
}

/// An interface by name, else as it stands.
fn interface(uuid: Uuid) -> CompactString {
    let syntax = Syntax {
        uuid,
        major: 0,
        minor: 0,
    };
    match Interface::of(syntax).name() {
        Some(name) => name.into(),
        None => uuid.text(),
    }
}
