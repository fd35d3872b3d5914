//! UUIDs: written in the byte order of their PDU, printed one way.

use std::fmt;

use compact_str::CompactString;

use super::wire::Order;
use crate::reader::{Malformed, Reader};

/// A UUID as the number that its text spells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Uuid(u128);

impl Uuid {
    /// Reads `u32 time_low; u16 time_mid; u16 time_hi_and_version; byte clock_seq[2]; byte node[6]` (C706 appendix A), of
    /// which only the numbers have a byte order.
    pub(super) fn read(order: Order, reader: &mut Reader<'_>, what: &'static str) -> Result<Self, Malformed> {
        let low = u128::from(order.u32(reader, what)?);
        let mid = u128::from(order.u16(reader, what)?);
        let high = u128::from(order.u16(reader, what)?);
        let rest = u128::from(u64::from_be_bytes(reader.array(what)?));
        Ok(Self(low << 96 | mid << 80 | high << 64 | rest))
    }

    /// The UUID that `text` spells in lower case; whatever is no digit is passed over.
    pub(super) const fn parse(text: &str) -> Self {
        let mut rest = text.as_bytes();
        let mut value = 0;
        while let Some((byte, tail)) = rest.split_first() {
            rest = tail;
            let digit = match *byte {
                b'0'..=b'9' => *byte - b'0',
                b'a'..=b'f' => *byte - b'a' + 10,
                _ => continue,
            };
            value = value << 4 | digit as u128;
        }
        Self(value)
    }

    /// The number that its text spells.
    pub(super) const fn number(self) -> u128 {
        self.0
    }

    /// Whether its first eight octets are `prefix`'s.
    pub(super) const fn begins_as(self, prefix: Self) -> bool {
        self.0 >> 64 == prefix.0 >> 64
    }

    /// Its last eight octets in the order of the wire, as a little-endian number.
    pub(super) const fn tail(self) -> u64 {
        (self.0 as u64).swap_bytes()
    }

    /// Whether it is the nil UUID.
    pub(super) const fn is_nil(self) -> bool {
        self.0 == 0
    }

    /// As text.
    pub(super) fn text(self) -> CompactString {
        compact_str::format_compact!("{self}")
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |shift: u32, digits: u32| (self.0 >> shift) as u64 & ((1 << (digits * 4)) - 1);
        let (low, mid, high) = (part(96, 8), part(80, 4), part(64, 4));
        write!(
            f,
            "{low:08x}-{mid:04x}-{high:04x}-{:04x}-{:012x}",
            part(48, 4),
            part(0, 12)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders_print_the_same() {
        let text = "12345778-1234-abcd-ef00-0123456789ac";
        let little = crate::testing::unhex("78573412 3412 cdab ef00 0123456789ac");
        let big = crate::testing::unhex("12345778 1234 abcd ef00 0123456789ac");
        for (little_endian, bytes) in [(true, little), (false, big)] {
            let order = Order { little: little_endian };
            let uuid = Uuid::read(order, &mut Reader::new(&bytes), "uuid").unwrap();
            assert_eq!(uuid.text(), text);
            assert_eq!(uuid, Uuid::parse(text));
        }
    }
}
