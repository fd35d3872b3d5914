//! A cursor over bytes of the wire: every read is checked, every error names what was missing.

use thiserror::Error;

/// Why bytes are not what they claim to be; names the reason a malformed PDU is counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// Reads forward through a slice and never past its end.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    whole: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { whole: bytes, at: 0 }
    }

    /// How many bytes were read.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.whole.len().saturating_sub(self.at)
    }

    /// What is left, without reading it.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.whole.get(self.at..).unwrap_or_default()
    }

    /// The next `count` bytes; `what` names them should they be missing.
    pub fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], Malformed> {
        let taken = self.rest().get(..count).ok_or(Malformed(what))?;
        self.at += count;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Malformed> {
        let taken = self.rest().first_chunk::<N>().ok_or(Malformed(what))?;
        self.at += N;
        Ok(*taken)
    }

    /// Skips `count` bytes.
    pub fn skip(&mut self, count: usize, what: &'static str) -> Result<(), Malformed> {
        self.take(count, what).map(|_| ())
    }

    /// Moves to `offset` from the start.
    pub fn seek(&mut self, offset: usize, what: &'static str) -> Result<(), Malformed> {
        if offset > self.whole.len() {
            return Err(Malformed(what));
        }
        self.at = offset;
        Ok(())
    }

    /// Skips to the next multiple of `to` (a power of two) from the start, or to the end.
    pub fn align(&mut self, to: usize) {
        self.at = (self.at.saturating_add(to - 1) & !(to - 1)).min(self.whole.len());
    }

    /// One byte.
    pub fn u8(&mut self, what: &'static str) -> Result<u8, Malformed> {
        self.array::<1>(what).map(|[byte]| byte)
    }
}

macro_rules! integers {
    ($($name:ident: $type:ty = $from:ident, $doc:literal;)*) => {
        impl Reader<'_> {
            $(#[doc = $doc]
            pub fn $name(&mut self, what: &'static str) -> Result<$type, Malformed> {
                self.array(what).map(<$type>::$from)
            })*
        }
    };
}

integers! {
    u16_le: u16 = from_le_bytes, "A little-endian 16-bit number.";
    u32_le: u32 = from_le_bytes, "A little-endian 32-bit number.";
    u64_le: u64 = from_le_bytes, "A little-endian 64-bit number.";
    u16_be: u16 = from_be_bytes, "A big-endian 16-bit number.";
    u32_be: u32 = from_be_bytes, "A big-endian 32-bit number.";
    u64_be: u64 = from_be_bytes, "A big-endian 64-bit number.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_refuses() {
        let mut reader = Reader::new(&[1, 2, 3, 4, 5]);
        assert_eq!(reader.u16_le("a"), Ok(0x0201));
        assert_eq!(reader.u16_be("b"), Ok(0x0304));
        assert_eq!(reader.u32_le("c"), Err(Malformed("c")));
        assert_eq!(reader.u8("d"), Ok(5));
        reader.align(4);
        assert_eq!((reader.position(), reader.remaining()), (5, 0));
        assert_eq!(reader.seek(6, "e"), Err(Malformed("e")));
    }
}
