//! EvtRpcVariantList: the properties of a channel or of a publisher, told apart by their places alone ([MS-EVEN6] 2.2.7 to
//! 2.2.9).

use compact_str::CompactString;

use super::{Malformed, Ndr};

/// Properties of one list, which has 256 at most ([MS-EVEN6] 6, MAX_RPC_VARIANT_LIST_COUNT).
const MAX_PROPERTIES: usize = 256;

/// EvtRpcVarFlagsModified: the property is to be set.
const MODIFIED: u32 = 1;

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) modified: bool,
    pub(super) value: Value,
}

/// What a property is; nothing is known of GUIDs and lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Other,
    Boolean(bool),
    Number(u64),
    Text(CompactString),
}

/// What lies behind the fixed parts of all properties, where one has a pointer.
#[derive(Clone, Copy)]
enum Behind {
    Nothing,
    String,
    Guid,
    /// An array of elements of so many octets, aligned to themselves up to 8.
    Array(usize),
    Guids,
    Strings,
}

/// `EvtRpcVariantList { DWORD count; [size_is(count)] EvtRpcVariant *props }`.
pub(super) fn list(ndr: &mut Ndr<'_>) -> Result<Vec<Variant>, Malformed> {
    ndr.align_pointer();
    ndr.u32("properties")?;
    if !ndr.pointer("properties")? {
        return Ok(Vec::new());
    }
    let count = ndr.conformance(16, "properties")?;
    if count > MAX_PROPERTIES {
        return Err(Malformed("properties"));
    }
    let mut properties = Vec::with_capacity(count);
    for _ in 0..count {
        properties.push(fixed(ndr)?);
    }
    let behind = properties.into_iter().map(|(property, behind)| {
        let text = referent(ndr, behind)?;
        let value = text.map_or(property.value, Value::Text);
        Ok(Variant { value, ..property })
    });
    behind.collect()
}

/// `EvtRpcVariant { EvtRpcVariantType type; DWORD flags; [switch_is(type)] union { … } }`, whose widest arm is aligned to 8 and
/// so is the structure (C706 14.2.2).
fn fixed(ndr: &mut Ndr<'_>) -> Result<(Variant, Behind), Malformed> {
    ndr.align(8);
    ndr.u32("property")?;
    let modified = ndr.u32("property")? & MODIFIED != 0;
    ndr.union(8);
    let kind = ndr.u32("property")?;
    ndr.union(8);
    let (value, behind) = match kind {
        0 => (ndr.u32("property").map(|_| Value::Other)?, Behind::Nothing),
        1 => (Value::Boolean(ndr.u8("property")? != 0), Behind::Nothing),
        2 => (Value::Number(ndr.u32("property")?.into()), Behind::Nothing),
        3 => (Value::Number(ndr.u64("property")?), Behind::Nothing),
        4 | 5 => {
            let behind = if kind == 4 { Behind::String } else { Behind::Guid };
            let present = ndr.pointer("property")?;
            (Value::Other, if present { behind } else { Behind::Nothing })
        }
        6 => array(ndr, Behind::Array(1))?,
        7 => array(ndr, Behind::Array(4))?,
        8 => array(ndr, Behind::Array(8))?,
        9 => array(ndr, Behind::Strings)?,
        10 => array(ndr, Behind::Guids)?,
        _ => return Err(Malformed("property")),
    };
    ndr.trailer(8);
    Ok((Variant { modified, value }, behind))
}

/// `DWORD count; [size_is(count)] … *ptr`.
fn array(ndr: &mut Ndr<'_>, behind: Behind) -> Result<(Value, Behind), Malformed> {
    ndr.align_pointer();
    ndr.u32("property")?;
    let present = ndr.pointer("property")?;
    Ok((Value::Other, if present { behind } else { Behind::Nothing }))
}

/// Steps over what a property points to, but for its text.
fn referent(ndr: &mut Ndr<'_>, behind: Behind) -> Result<Option<CompactString>, Malformed> {
    match behind {
        Behind::Nothing => {}
        Behind::String => return Ok(Some(ndr.wide_string("property")?.text())),
        Behind::Guid => {
            ndr.guid("property")?;
        }
        Behind::Array(size) => {
            let count = ndr.conformance(size, "property")?;
            ndr.align(size);
            ndr.skip(count * size, "property")?;
        }
        Behind::Guids => {
            let count = ndr.conformance(16, "property")?;
            ndr.align(4);
            ndr.skip(count * 16, "property")?;
        }
        Behind::Strings => {
            let count = ndr.conformance(4, "property")?;
            let mut present = 0;
            for _ in 0..count {
                present += usize::from(ndr.pointer("property")?);
            }
            for _ in 0..present {
                ndr.wide_string("property")?;
            }
        }
    }
    Ok(None)
}
