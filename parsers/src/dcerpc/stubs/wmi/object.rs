//! Classes and instances as they travel: [MS-WMIO] 2.2.
//!
//! ```text
//! u32 signature = 0x12345678; u32 length; ObjectBlock { u8 flags; [decoration: EncodedString server, namespace;]
//!   class: ParentClass { ClassPart; MethodsPart }; CurrentClass { ClassPart; MethodsPart }
//!   instance: ClassPart; Instance { u32 length; u8 flags; u32 class name; table of values; qualifiers; heap } }
//! ClassPart { u32 length; u8 reserved; u32 class name; u32 length of the table of values; derivation { u32 length; … };
//!   qualifiers { u32 length; … }; u32 properties; { u32 name; u32 information } [properties]; table of values; heap }
//! ```
//!
//! The table of values holds two bits per property, and then their values at the offsets that the class names ([`super::cim`]).

use compact_str::CompactString;

use super::super::{LISTED, secret};
use super::cim::{self, Reading};
use crate::fields::{Fields, Value};
use crate::reader::{Malformed, Reader};

const SIGNATURE: u32 = 0x1234_5678;

/// ObjectFlags ([MS-WMIO] 2.2.6).
const CLASS: u8 = 0x01;
const INSTANCE: u8 = 0x02;
const DECORATED: u8 = 0x04;

/// Properties of one class that are looked at.
const MAX_PROPERTIES: u32 = 1024;

/// The bits of a property in the table of values: it is null, or what the class (or its superclass) has ([MS-WMIO] 2.2.26).
const SET: u8 = 0;

/// What an object says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    /// Its class, or the class that it is.
    pub(super) class: CompactString,
    /// The class that this is derived from, of an object that is a class.
    pub(super) superclass: Option<CompactString>,
    /// The properties that it sets, `{name, value}` each: of a class its defaults. Secrets are none of them.
    pub(super) values: Vec<Fields>,
}

impl Object {
    /// The number that a property is set to.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let named = |fields: &&Fields| {
            fields
                .get_text("name")
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
        };
        match self.values.iter().find(named)?.get("value")? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// The parts of a class that say how to read its instances.
struct Class<'a> {
    name: CompactString,
    superclass: Option<CompactString>,
    properties: &'a [u8],
    /// The table of values, of the defaults.
    table: &'a [u8],
    heap: &'a [u8],
}

/// Reads an encoding unit ([MS-WMIO] 2.2.1).
pub(super) fn unit(data: &[u8], reading: &mut Reading) -> Result<Object, Malformed> {
    let mut reader = Reader::new(data);
    if reader.u32_le("wmi object")? != SIGNATURE {
        return Err(Malformed("wmi signature"));
    }
    reader.skip(4, "wmi object")?;
    block(&mut reader, reading)
}

/// An ObjectBlock ([MS-WMIO] 2.2.5): a class or an instance.
pub(super) fn block(reader: &mut Reader<'_>, reading: &mut Reading) -> Result<Object, Malformed> {
    let flags = reader.u8("wmi object")?;
    if flags & DECORATED != 0 {
        cim::string(reader)?;
        cim::string(reader)?;
    }
    if flags & CLASS != 0 {
        parent(reader)?;
        return Ok(defaults(&class(reader)?, reading));
    }
    if flags & INSTANCE == 0 {
        return Err(Malformed("wmi object"));
    }
    let class = class(reader)?;
    instance(&class, reader, reading)
}

/// The class that a class is derived from stands before it: `ClassPart; MethodsPart`.
fn parent(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    counted(reader)?;
    counted(reader)
}

/// The ClassPart of a class ([MS-WMIO] 2.2.14).
fn class<'a>(reader: &mut Reader<'a>) -> Result<Class<'a>, Malformed> {
    let length = Reader::new(reader.rest()).u32_le("wmi class")? as usize;
    let mut part = Reader::new(reader.take(length, "wmi class")?);
    part.skip(5, "wmi class")?;
    let name = part.u32_le("wmi class")?;
    let table = part.u32_le("wmi class")? as usize;
    let superclass = derivation(&mut part)?;
    counted(&mut part)?;
    let count = part.u32_le("wmi properties")?;
    if count > MAX_PROPERTIES {
        return Err(Malformed("wmi properties"));
    }
    let properties = part.take(count as usize * 8, "wmi properties")?;
    let table = part.take(table, "wmi values")?;
    let heap = heap(&mut part)?;
    Ok(Class {
        name: cim::name_at(heap, name).unwrap_or_default(),
        superclass,
        properties,
        table,
        heap,
    })
}

/// `u32 length; { EncodedString name; u32 length }*`, of which the first is the superclass ([MS-WMIO] 2.2.17).
fn derivation(part: &mut Reader<'_>) -> Result<Option<CompactString>, Malformed> {
    let mut list = Reader::new(part.rest());
    counted(part)?;
    let length = list.u32_le("wmi derivation")?;
    match length > 4 {
        true => cim::string(&mut list).map(Some),
        false => Ok(None),
    }
}

/// A class is told with the defaults of its properties: what is stored there is no default to everybody.
fn defaults(class: &Class<'_>, reading: &mut Reading) -> Object {
    Object {
        class: class.name.clone(),
        superclass: class.superclass.clone(),
        values: values(class, class.table, class.heap, reading),
    }
}

/// The Instance behind its ClassPart ([MS-WMIO] 2.2.53).
fn instance(class: &Class<'_>, reader: &mut Reader<'_>, reading: &mut Reading) -> Result<Object, Malformed> {
    reader.skip(9, "wmi instance")?;
    let table = reader.take(class.table.len(), "wmi values")?;
    counted(reader)?;
    if reader.u8("wmi qualifiers")? == 2 {
        for _ in 0..class.properties.len() / 8 {
            counted(reader)?;
        }
    }
    let heap = heap(reader)?;
    Ok(Object {
        class: class.name.clone(),
        superclass: None,
        values: values(class, table, heap, reading),
    })
}

/// The properties that a table sets: `{name, value}` each, in the order of their names.
fn values(class: &Class<'_>, table: &[u8], heap: &[u8], reading: &mut Reading) -> Vec<Fields> {
    let mut found = Vec::new();
    for property in class.properties.chunks_exact(8) {
        if let Some((name, value)) = value(class, property, table, heap, reading) {
            if found.len() >= LISTED {
                reading.limit = Some("dcerpc.listed");
                break;
            }
            let mut fields = Fields::sized(2);
            fields.set("name", name);
            fields.set("value", value);
            found.push(fields);
        }
    }
    found
}

/// One property's name and value: `{ u32 name; u32 information }`, whose information is `{ u32 type; u16 order; u32 offset;
/// … }` in the class's heap.
fn value(
    class: &Class<'_>,
    property: &[u8],
    table: &[u8],
    heap: &[u8],
    reading: &mut Reading,
) -> Option<(CompactString, Value)> {
    let mut reader = Reader::new(property);
    let (name, information) = (reader.u32_le("name").ok()?, reader.u32_le("information").ok()?);
    let mut information = Reader::new(class.heap.get(information as usize & 0x7fff_ffff..)?);
    let kind = information.u32_le("type").ok()?;
    let order = usize::from(information.u16_le("order").ok()?);
    let offset = information.u32_le("offset").ok()? as usize;
    let bits = table.get(order / 4)? >> (order % 4 * 2) & 3;
    if bits != SET {
        return None;
    }
    reading.count()?;
    let name = cim::name_at(class.heap, name)?;
    if secret::sounds(&name) {
        return None;
    }
    let start = (class.properties.len() / 8).div_ceil(4);
    let mut place = Reader::new(table.get(start.checked_add(offset)?..)?);
    Some((name, cim::value(kind, &mut place, heap, reading)?))
}

/// `u32 length; …`, which counts itself.
fn counted(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    let length = reader.u32_le("wmi length")? as usize;
    reader.skip(length.checked_sub(4).ok_or(Malformed("wmi length"))?, "wmi length")
}

/// `u32 length | 0x80000000; octet[]` ([MS-WMIO] 2.2.66).
fn heap<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let length = reader.u32_le("wmi heap")? & 0x7fff_ffff;
    reader.take(length as usize, "wmi heap")
}
