//! Values of CIM's types as [MS-WMIO] 2.2.71 encodes them: numbers where they stand, all else at a place of a heap.

use compact_str::{CompactString, format_compact};

use super::super::LONG;
use super::object;
use crate::fields::{Fields, Value};
use crate::reader::{Malformed, Reader};
use crate::text;

/// Elements of one array, and values of one object and all that it holds.
const MAX_ELEMENTS: u32 = 32;
const MAX_VALUES: u32 = 256;

/// Octets of all texts of one object, which may refer to one text again and again; and objects in it, each of which is read anew.
const MAX_OCTETS: usize = 32 * 1024;
const MAX_EMBEDDED: u32 = 16;

/// Octets of a name.
const MAX_NAME: usize = 512;

/// How deep objects may lie in objects.
const MAX_DEPTH: u8 = 3;

/// A reference into a heap that refers to nothing, and the bit of one that refers to [`DICTIONARY`] ([MS-WMIO] 2.2.69).
const NOWHERE: u32 = 0xffff_ffff;
const COMMON: u32 = 0x8000_0000;

/// Texts that are no part of any heap ([MS-WMIO] 2.2.80).
const DICTIONARY: [&str; 11] = [
    "\"", "key", "", "read", "write", "volatile", "provider", "dynamic", "cimwin32", "DWORD", "CIMTYPE",
];

/// CimTypes ([MS-WMIO] 2.2.82).
mod kind {
    pub(super) const SINT16: u32 = 2;
    pub(super) const SINT32: u32 = 3;
    pub(super) const REAL32: u32 = 4;
    pub(super) const REAL64: u32 = 5;
    pub(super) const STRING: u32 = 8;
    pub(super) const BOOLEAN: u32 = 11;
    pub(super) const OBJECT: u32 = 13;
    pub(super) const SINT8: u32 = 16;
    pub(super) const UINT8: u32 = 17;
    pub(super) const UINT16: u32 = 18;
    pub(super) const UINT32: u32 = 19;
    pub(super) const SINT64: u32 = 20;
    pub(super) const UINT64: u32 = 21;
    pub(super) const DATETIME: u32 = 101;
    pub(super) const REFERENCE: u32 = 102;
    pub(super) const CHAR16: u32 = 103;
    /// The values are an array of the type.
    pub(super) const ARRAY: u32 = 0x2000;
}

/// How far the reading of one object has come.
#[derive(Debug, Default)]
pub(super) struct Reading {
    values: u32,
    /// Octets of texts.
    octets: usize,
    /// Objects within the object.
    embedded: u32,
    depth: u8,
    /// A limit that was hit.
    pub(super) limit: Option<&'static str>,
}

impl Reading {
    /// Counts a value; none where there were too many.
    pub(super) fn count(&mut self) -> Option<()> {
        self.values += 1;
        if self.values > MAX_VALUES {
            self.limit = Some("dcerpc.listed");
            return None;
        }
        Some(())
    }

    /// The text at a place of a heap: the first octets of a long one.
    fn text(&mut self, heap: &[u8], place: u32) -> Option<Value> {
        let (text, cut) = text_at(heap, place, LONG)?;
        self.octets += text.len();
        let fits = self.octets <= MAX_OCTETS;
        if cut || !fits {
            self.limit = Some("dcerpc.text");
        }
        fits.then_some(Value::Text(text))
    }
}

/// The value that stands at `place`; none of a type that is not known, or where a heap does not have it.
pub(super) fn value(kind: u32, place: &mut Reader<'_>, heap: &[u8], reading: &mut Reading) -> Option<Value> {
    let base = kind & 0xfff;
    match kind & kind::ARRAY != 0 {
        true => array(base, place, heap, reading),
        false => single(base, place, heap, reading),
    }
}

/// `u32 count; value[]` at a place of the heap ([MS-WMIO] 2.2.79).
fn array(base: u32, place: &mut Reader<'_>, heap: &[u8], reading: &mut Reading) -> Option<Value> {
    let mut elements = Reader::new(heap.get(place.u32_le("array").ok()? as usize..)?);
    let count = elements.u32_le("array").ok()?;
    if count > MAX_ELEMENTS {
        reading.limit = Some("dcerpc.listed");
    }
    let mut found = Vec::new();
    for _ in 0..count.min(MAX_ELEMENTS) {
        reading.count()?;
        found.push(single(base, &mut elements, heap, reading)?);
    }
    Some(Value::from(found))
}

fn single(base: u32, place: &mut Reader<'_>, heap: &[u8], reading: &mut Reading) -> Option<Value> {
    const WHAT: &str = "wmi value";
    Some(match base {
        kind::SINT8 => Value::from(i32::from(place.u8(WHAT).ok()?.cast_signed())),
        kind::UINT8 => Value::from(place.u8(WHAT).ok()?),
        kind::SINT16 => Value::from(i32::from(place.u16_le(WHAT).ok()?.cast_signed())),
        kind::UINT16 | kind::CHAR16 => Value::from(place.u16_le(WHAT).ok()?),
        kind::BOOLEAN => Value::from(place.u16_le(WHAT).ok()? != 0),
        kind::SINT32 => Value::from(place.u32_le(WHAT).ok()?.cast_signed()),
        kind::UINT32 => Value::from(place.u32_le(WHAT).ok()?),
        kind::SINT64 => Value::from(place.u64_le(WHAT).ok()?.cast_signed()),
        kind::UINT64 => Value::from(place.u64_le(WHAT).ok()?),
        kind::REAL32 => real(f32::from_bits(place.u32_le(WHAT).ok()?).into()),
        kind::REAL64 => real(f64::from_bits(place.u64_le(WHAT).ok()?)),
        kind::STRING | kind::DATETIME | kind::REFERENCE => reading.text(heap, place.u32_le(WHAT).ok()?)?,
        kind::OBJECT => embedded(heap, place.u32_le(WHAT).ok()?, reading)?,
        _ => return None,
    })
}

fn real(value: f64) -> Value {
    Value::Text(format_compact!("{value}"))
}

/// `u32 length; ObjectBlock` at a place of the heap: its class and what it sets.
fn embedded(heap: &[u8], place: u32, reading: &mut Reading) -> Option<Value> {
    if reading.depth >= MAX_DEPTH {
        reading.limit = Some("dcerpc.depth");
        return None;
    }
    reading.embedded += 1;
    if reading.embedded > MAX_EMBEDDED {
        reading.limit = Some("dcerpc.listed");
        return None;
    }
    let mut reader = Reader::new(heap.get(place as usize..)?);
    reader.skip(4, "wmi object").ok()?;
    reading.depth += 1;
    let object = object::block(&mut reader, reading);
    reading.depth -= 1;
    let object = object.ok()?;
    let mut fields = Fields::sized(2);
    fields.text("class", object.class);
    fields.list("values", object.values);
    Some(Value::Map(fields))
}

/// The name at a place of a heap.
pub(super) fn name_at(heap: &[u8], place: u32) -> Option<CompactString> {
    let (name, cut) = text_at(heap, place, MAX_NAME)?;
    Some(name).filter(|_| !cut)
}

/// The text at a place of a heap, or of the dictionary: its first `most` octets, and whether there are more.
fn text_at(heap: &[u8], place: u32, most: usize) -> Option<(CompactString, bool)> {
    if place == NOWHERE {
        return None;
    }
    if place & COMMON != 0 {
        let known = DICTIONARY.get((place & !COMMON) as usize)?;
        return Some((CompactString::const_new(known), false));
    }
    let rest = heap.get(place as usize..)?;
    let whole = rest.get(..most.min(rest.len()))?;
    match string(&mut Reader::new(whole)) {
        Ok(text) => Some((text, false)),
        Err(_) if rest.len() > most => Some((octets(*whole.first()?, whole.get(1..)?), true)),
        Err(_) => None,
    }
}

/// An Encoded-String: `u8 flag`, and then octets of Latin-1 (0) or UTF-16 (1) up to a NUL ([MS-WMIO] 2.2.78).
pub(super) fn string(reader: &mut Reader<'_>) -> Result<CompactString, Malformed> {
    let flag = reader.u8("wmi string")?;
    let (rest, width) = (reader.rest(), width(flag));
    let end = rest
        .chunks_exact(width)
        .position(|unit| unit.iter().all(|octet| *octet == 0));
    let text = reader.take(end.ok_or(Malformed("wmi string"))? * width, "wmi string")?;
    reader.skip(width, "wmi string")?;
    Ok(octets(flag, text))
}

/// Octets of a character.
const fn width(flag: u8) -> usize {
    if flag & 1 == 0 { 1 } else { 2 }
}

fn octets(flag: u8, text: &[u8]) -> CompactString {
    match width(flag) {
        1 => text.iter().map(|octet| char::from(*octet)).collect(),
        _ => text::utf16(text),
    }
}
