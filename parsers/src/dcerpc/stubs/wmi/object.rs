//! Instances as they travel: [MS-WMIO] 2.2.
//!
//! ```text
//! u32 signature = 0x12345678; u32 length; ObjectBlock { u8 flags; [decoration: EncodedString server, namespace;]
//!   ClassPart; Instance { u32 length; u8 flags; u32 class name; table of values; qualifiers; heap } }
//! ClassPart { u32 length; u8 reserved; u32 class name; u32 length of the table of values; derivation { u32 length; … };
//!   qualifiers { u32 length; … }; u32 properties; { u32 name; u32 information } [properties]; table of values; heap }
//! ```
//!
//! The table of values holds two bits per property, and then their values at the offsets that the class names; a text's
//! value is a place in the heap. Classes (whose flags say so) are told by their name alone.

use compact_str::CompactString;

use super::super::Told;
use crate::fields::{Fields, Value};
use crate::reader::{Malformed, Reader};
use crate::text;

const SIGNATURE: u32 = 0x1234_5678;

/// ObjectFlags ([MS-WMIO] 2.2.6).
const INSTANCE: u8 = 0x02;
const DECORATED: u8 = 0x04;

/// Properties of one instance that are looked at, and that are told.
const MAX_PROPERTIES: u32 = 256;
const TOLD: usize = 32;

/// A reference into a heap that refers to nothing.
const NOWHERE: u32 = 0xffff_ffff;

/// CimTypes ([MS-WMIO] 2.2.82).
mod cim {
    pub(super) const SINT32: u32 = 3;
    pub(super) const STRING: u32 = 8;
    pub(super) const BOOLEAN: u32 = 11;
    pub(super) const UINT32: u32 = 19;
}

/// The parts of a class that say how to read its instances.
struct Class<'a> {
    name: CompactString,
    properties: &'a [u8],
    /// Octets of the table of values.
    table: usize,
    heap: &'a [u8],
}

/// Sets `class` and the texts and numbers of the instance in `data`: `parameters`, a list of `{name, value}`.
pub(super) fn write(data: &[u8], told: &mut Told) -> Result<(), Malformed> {
    let mut reader = Reader::new(data);
    if reader.u32_le("wmi object")? != SIGNATURE {
        return Err(Malformed("wmi signature"));
    }
    reader.skip(4, "wmi object")?;
    let flags = reader.u8("wmi object")?;
    if flags & DECORATED != 0 {
        string(&mut reader)?;
        string(&mut reader)?;
    }
    if flags & INSTANCE == 0 {
        return Ok(());
    }
    let class = class(&mut reader)?;
    if told.details.get("class").is_none() {
        told.details.set("class", class.name.clone());
    }
    let values = values(&class, &mut reader, told)?;
    told.list("parameters", values);
    Ok(())
}

fn class<'a>(reader: &mut Reader<'a>) -> Result<Class<'a>, Malformed> {
    let length = Reader::new(reader.rest()).u32_le("wmi class")? as usize;
    let mut part = Reader::new(reader.take(length, "wmi class")?);
    part.skip(5, "wmi class")?;
    let name = part.u32_le("wmi class")?;
    let table = part.u32_le("wmi class")? as usize;
    counted(&mut part)?;
    counted(&mut part)?;
    let count = part.u32_le("wmi properties")?;
    if count > MAX_PROPERTIES {
        return Err(Malformed("wmi properties"));
    }
    let properties = part.take(count as usize * 8, "wmi properties")?;
    part.skip(table, "wmi values")?;
    let heap = heap(&mut part)?;
    Ok(Class {
        name: at(heap, name).unwrap_or_default(),
        properties,
        table,
        heap,
    })
}

/// The values that an instance sets: `{name, value}` each.
fn values(class: &Class<'_>, reader: &mut Reader<'_>, told: &mut Told) -> Result<Vec<Value>, Malformed> {
    reader.skip(9, "wmi instance")?;
    let table = reader.take(class.table, "wmi values")?;
    counted(reader)?;
    if reader.u8("wmi qualifiers")? == 2 {
        for _ in 0..class.properties.len() / 8 {
            counted(reader)?;
        }
    }
    let heap = heap(reader)?;
    let mut found = Vec::new();
    for property in class.properties.chunks_exact(8).take(TOLD) {
        if let Some((name, value)) = value(class, property, table, heap) {
            let mut fields = Fields::sized(2);
            fields.set("name", name);
            fields.set(
                "value",
                match value {
                    Value::Text(text) => Value::Text(told.cut(text)),
                    value => value,
                },
            );
            found.push(Value::Map(fields));
        }
    }
    Ok(found)
}

/// One property's name and value: `{ u32 name; u32 information }`, whose information is `{ u32 type; u16 order; u32 offset;
/// … }` in the class's heap. A bit pair of the table says that it is null, or the class's default.
fn value(class: &Class<'_>, property: &[u8], table: &[u8], heap: &[u8]) -> Option<(CompactString, Value)> {
    let mut reader = Reader::new(property);
    let (name, information) = (reader.u32_le("name").ok()?, reader.u32_le("information").ok()?);
    let mut information = Reader::new(class.heap.get(information as usize & 0x7fff_ffff..)?);
    let kind = information.u32_le("type").ok()?;
    let order = usize::from(information.u16_le("order").ok()?);
    let offset = information.u32_le("offset").ok()? as usize;
    let bits = table.get(order / 4)? >> (order % 4 * 2) & 3;
    if bits != 0 {
        return None;
    }
    let start = (class.properties.len() / 8).div_ceil(4);
    let number = Reader::new(table.get(start.checked_add(offset)?..)?);
    let value = match kind & 0x3fff {
        cim::STRING => Value::Text(at(heap, number.clone().u32_le("value").ok()?)?),
        cim::SINT32 => Value::from(number.clone().u32_le("value").ok()?.cast_signed()),
        cim::UINT32 => Value::from(number.clone().u32_le("value").ok()?),
        cim::BOOLEAN => Value::from(number.clone().u16_le("value").ok()? != 0),
        _ => return None,
    };
    let name = at(class.heap, name)?;
    let hidden = is_secret(&name);
    (!hidden).then_some((name, value))
}

/// Whether a parameter is a secret by its name: `StartPassword`, `Password`.
fn is_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["password", "secret", "credential"]
        .iter()
        .any(|part| lower.contains(part))
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

/// The text at a place of a heap.
fn at(heap: &[u8], place: u32) -> Option<CompactString> {
    if place == NOWHERE || place & 0x8000_0000 != 0 {
        return None;
    }
    string(&mut Reader::new(heap.get(place as usize..)?)).ok()
}

/// An Encoded-String: `u8 flag`, and then octets of Latin-1 (0) or UTF-16 (1) up to a NUL ([MS-WMIO] 2.2.78).
fn string(reader: &mut Reader<'_>) -> Result<CompactString, Malformed> {
    let wide = reader.u8("wmi string")? & 1 != 0;
    let rest = reader.rest();
    if wide {
        let end = rest.chunks_exact(2).position(|pair| pair == [0, 0]);
        let octets = reader.take(end.ok_or(Malformed("wmi string"))? * 2, "wmi string")?;
        reader.skip(2, "wmi string")?;
        return Ok(text::utf16(octets));
    }
    let end = rest.iter().position(|octet| *octet == 0);
    let octets = reader.take(end.ok_or(Malformed("wmi string"))?, "wmi string")?;
    reader.skip(1, "wmi string")?;
    Ok(octets.iter().map(|octet| char::from(*octet)).collect())
}
