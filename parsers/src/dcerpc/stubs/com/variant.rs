//! VARIANTs as they are marshalled ([MS-OAUT] 2.2.29.2). Texts, numbers and objects are read; what else there may be ends the
//! reading.

use compact_str::{CompactString, format_compact};

use super::super::Told;
use super::reference;
use crate::dcerpc::ndr::Ndr;
use crate::fields::{Fields, Value};
use crate::reader::Malformed;

/// Arguments of one call.
const MAX_ARGUMENTS: usize = 32;

/// Types of variants ([MS-OAUT] 2.2.7).
mod vt {
    pub(super) const EMPTY: u16 = 0;
    pub(super) const NULL: u16 = 1;
    pub(super) const I2: u16 = 2;
    pub(super) const I4: u16 = 3;
    pub(super) const R4: u16 = 4;
    pub(super) const R8: u16 = 5;
    pub(super) const CY: u16 = 6;
    pub(super) const DATE: u16 = 7;
    pub(super) const BSTR: u16 = 8;
    pub(super) const DISPATCH: u16 = 9;
    pub(super) const ERROR: u16 = 10;
    pub(super) const BOOL: u16 = 11;
    pub(super) const UNKNOWN: u16 = 13;
    pub(super) const I1: u16 = 16;
    pub(super) const UI1: u16 = 17;
    pub(super) const UI2: u16 = 18;
    pub(super) const UI4: u16 = 19;
    pub(super) const I8: u16 = 20;
    pub(super) const UI8: u16 = 21;
    pub(super) const INT: u16 = 22;
    pub(super) const UINT: u16 = 23;

    /// The name of a type.
    pub(super) const fn name(kind: u16) -> Option<&'static str> {
        Some(match kind {
            EMPTY => "VT_EMPTY",
            NULL => "VT_NULL",
            I2 => "VT_I2",
            I4 => "VT_I4",
            R4 => "VT_R4",
            R8 => "VT_R8",
            CY => "VT_CY",
            DATE => "VT_DATE",
            BSTR => "VT_BSTR",
            DISPATCH => "VT_DISPATCH",
            ERROR => "VT_ERROR",
            BOOL => "VT_BOOL",
            UNKNOWN => "VT_UNKNOWN",
            I1 => "VT_I1",
            UI1 => "VT_UI1",
            UI2 => "VT_UI2",
            UI4 => "VT_UI4",
            I8 => "VT_I8",
            UI8 => "VT_UI8",
            INT => "VT_INT",
            UINT => "VT_UINT",
            _ => return None,
        })
    }
}

/// An argument of a call.
#[derive(Debug)]
pub(super) struct Argument {
    /// Its type; none behind one that is not read.
    kind: Option<u16>,
    /// A text or number; an empty text where it is neither.
    pub(super) value: Value,
}

impl Default for Argument {
    fn default() -> Self {
        Self {
            kind: None,
            value: Value::Name(""),
        }
    }
}

impl Argument {
    /// Its text, which is empty where it holds nothing; none where it is a number, or of a type that is not read.
    pub(super) fn text(&self) -> Option<&str> {
        match (&self.value, self.kind) {
            (Value::Text(text), _) => Some(text),
            (Value::Name(text), Some(vt::EMPTY | vt::NULL | vt::ERROR)) => Some(text),
            _ => None,
        }
    }

    /// Its number, also where it is written as text.
    pub(super) fn number(&self) -> Option<i64> {
        match &self.value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// What is told of it where its value may be a secret: its type, and how many characters a text has.
    pub(super) fn outline(&self) -> Fields {
        let mut fields = Fields::sized(2);
        match self.kind {
            Some(kind) => match vt::name(kind) {
                Some(name) => fields.set("type", name),
                // An array, or what is passed by reference ([MS-OAUT] 2.2.7).
                None => fields.set("type", format_compact!("{kind:#06x}")),
            },
            None => fields.set("type", "unread"),
        }
        if let Value::Text(text) = &self.value {
            fields.set("length", text.chars().count());
        }
        fields
    }
}

/// What a variant holds.
pub(super) enum Read<'a> {
    /// A text or number; an empty text where it holds nothing.
    Value(Value),
    /// A reference to an object, where it is not null.
    Object(Option<&'a [u8]>),
    /// It is of a type that is not read: nor can be what follows.
    Unread,
}

/// An array of pointers to `wireVARIANT`, of which the last argument stands first: how many there are, and
/// [`MAX_ARGUMENTS`] of them in their order.
pub(super) fn variants(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(usize, Vec<Argument>), Malformed> {
    let count = ndr.conformance(4, "variants")?;
    if count > MAX_ARGUMENTS {
        told.limit = Some("dcerpc.arguments");
    }
    let mut present = Vec::new();
    for _ in 0..count {
        let variant = ndr.pointer("variant")?;
        if present.len() < MAX_ARGUMENTS {
            present.push(variant);
        }
    }
    let mut found: Vec<_> = present.iter().map(|_| Argument::default()).collect();
    for (slot, present) in found.iter_mut().zip(present) {
        if !present {
            slot.kind = Some(vt::EMPTY);
            continue;
        }
        let (kind, read) = read(ndr)?;
        slot.kind = Some(kind);
        match read {
            Read::Value(value) => slot.value = value,
            Read::Object(_) => {}
            Read::Unread => break,
        }
    }
    found.reverse();
    Ok((count, found))
}

/// `wireVARIANT { DWORD clSize; DWORD rpcReserved; USHORT vt; USHORT wReserved[3]; [switch_is(vt)] union; }`: its type, and what
/// it holds.
pub(super) fn read<'a>(ndr: &mut Ndr<'a>) -> Result<(u16, Read<'a>), Malformed> {
    ndr.align(8);
    ndr.u32("variant")?;
    ndr.u32("variant")?;
    let kind = ndr.u16("variant")?;
    ndr.skip(6, "variant")?;
    ndr.u32("variant")?;
    ndr.union(8);
    Ok((kind, content(ndr, kind)?))
}

/// The arm of the union of a variant's type.
fn content<'a>(ndr: &mut Ndr<'a>, kind: u16) -> Result<Read<'a>, Malformed> {
    Ok(Read::Value(match kind {
        vt::EMPTY | vt::NULL => Value::Name(""),
        vt::I1 => Value::from(i64::from(ndr.u8("variant")?.cast_signed())),
        vt::UI1 => Value::from(ndr.u8("variant")?),
        vt::I2 => Value::from(i64::from(ndr.u16("variant")?.cast_signed())),
        vt::UI2 => Value::from(ndr.u16("variant")?),
        vt::BOOL => Value::from(ndr.u16("variant")? != 0),
        vt::I4 | vt::INT | vt::ERROR => Value::from(ndr.u32("variant")?.cast_signed()),
        vt::UI4 | vt::UINT => Value::from(ndr.u32("variant")?),
        vt::I8 => Value::from(ndr.u64("variant")?.cast_signed()),
        vt::UI8 => Value::from(ndr.u64("variant")?),
        vt::R4 => Value::from(real(f32::from_bits(ndr.u32("variant")?).into())),
        vt::R8 => Value::from(real(f64::from_bits(ndr.u64("variant")?))),
        vt::CY | vt::DATE => {
            ndr.u64("variant")?;
            Value::Name("")
        }
        vt::BSTR => Value::from(bstr(ndr, "variant")?.unwrap_or_default()),
        vt::DISPATCH | vt::UNKNOWN => return Ok(Read::Object(reference::pointer(ndr, "variant")?)),
        _ => return Ok(Read::Unread),
    }))
}

fn real(value: f64) -> CompactString {
    format_compact!("{value}")
}

/// A BSTR: `[unique] FLAGGED_WORD_BLOB *`, `{ unsigned long cBytes; unsigned long clSize; [size_is(clSize)] unsigned short
/// asData[]; }` ([MS-OAUT] 2.2.23).
pub(in crate::dcerpc::stubs) fn bstr(
    ndr: &mut Ndr<'_>,
    what: &'static str,
) -> Result<Option<CompactString>, Malformed> {
    match ndr.pointer(what)? {
        true => blob(ndr, what).map(Some),
        false => Ok(None),
    }
}

/// The referent of a BSTR.
pub(super) fn blob(ndr: &mut Ndr<'_>, what: &'static str) -> Result<CompactString, Malformed> {
    let count = ndr.conformance(2, what)?;
    ndr.u32(what)?;
    ndr.u32(what)?;
    Ok(ndr.characters(count, true, what)?.text())
}
