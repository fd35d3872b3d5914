//! Fields of a Protocol Buffers message, one after the other.

use prost::encoding::decode_varint;

/// A field's value, as its wire type gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed(u64),
    /// Wire type 2.
    Bytes(&'a [u8]),
    /// Wire type 5; nothing of ours has it.
    Other,
}

/// Takes the next field off `rest`: its number and value.
///
/// # Errors
/// The bytes are no message.
#[inline]
pub(super) fn next<'a>(rest: &mut &'a [u8]) -> Result<(u64, Value<'a>), Malformed> {
    let key = varint(rest)?;
    let value = match key & 7 {
        0 => Value::Varint(varint(rest)?),
        1 => Value::Fixed(fixed(rest)?),
        2 => Value::Bytes(delimited(rest)?),
        5 => {
            *rest = rest.get(4..).ok_or(Malformed)?;
            Value::Other
        }
        _ => return Err(Malformed), // groups are gone from proto3
    };
    Ok((key >> 3, value))
}

impl<'a> Value<'a> {
    /// A number.
    pub(super) fn number(self) -> Result<u64, Malformed> {
        match self {
            Self::Varint(value) => Ok(value),
            _ => Err(Malformed),
        }
    }

    /// A number of 32 bits.
    pub(super) fn short(self) -> Result<u32, Malformed> {
        u32::try_from(self.number()?).map_err(|_| Malformed)
    }

    /// A time.
    pub(super) fn time(self) -> Result<i64, Malformed> {
        match self {
            Self::Fixed(value) => Ok(value.cast_signed()),
            _ => Err(Malformed),
        }
    }

    /// Bytes, or a nested message.
    pub(super) fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(value) => Ok(value),
            _ => Err(Malformed),
        }
    }

    /// A text.
    pub(super) fn text(self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }
}

/// Takes a length and so many bytes off `rest`.
pub(crate) fn delimited<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Malformed> {
    let length = usize::try_from(varint(rest)?).map_err(|_| Malformed)?;
    let (bytes, after) = rest.split_at_checked(length).ok_or(Malformed)?;
    *rest = after;
    Ok(bytes)
}

fn fixed(rest: &mut &[u8]) -> Result<u64, Malformed> {
    let (bytes, after) = rest.split_first_chunk::<8>().ok_or(Malformed)?;
    *rest = after;
    Ok(u64::from_le_bytes(*bytes))
}

#[inline]
fn varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    // Nearly all of them: keys, lengths, ports.
    if let Some((&byte @ 0..0x80, after)) = rest.split_first() {
        *rest = after;
        return Ok(u64::from(byte));
    }
    decode_varint(rest).map_err(|_| Malformed)
}

/// The bytes are not what the .proto says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no adtap.v1.Activity")]
pub(crate) struct Malformed;
