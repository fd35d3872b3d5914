//! Streaming Lossless Data Compression (ECMA-321), as [MS-WSMV] 2.2.9.2 sends it: a record, and its length before compression in
//! four octets, little-endian.
//!
//! Symbols are packed with the most significant bit first (§8.3). In scheme 1 a ZERO and eight bits are an octet, a ONE begins a Copy
//! Pointer: how much, and from which of the 1,024 locations of the History Buffer. In scheme 2 octets stand for themselves, but
//! for 0xFF, which a ZERO follows. Nine ONEs and four bits are a Control Symbol in both (§8.5).

use super::Refusal;

/// Octets of the History Buffer (§8.2).
const HISTORY: usize = 1_024;

/// Octets behind the record that say how long it is uncompressed.
const LENGTH: usize = 4;

/// Control Symbols (§8.5).
const FLUSH: u32 = 0b0000;
const SCHEME_1: u32 = 0b0001;
const SCHEME_2: u32 = 0b0010;
const END_OF_RECORD: u32 = 0b0100;
const RESET_1: u32 = 0b0101;
const RESET_2: u32 = 0b0110;
const END_MARKER: u32 = 0b1111;

/// What of the Match Count Field's last form is a Control Symbol and no count.
const CONTROL: u32 = 0xf0;

/// Appends to `out` what `message` is uncompressed; as much as it announces, and no more than `limit`.
///
/// # Errors
/// It breaks the grammar, is not as long as it says, or longer than `limit`: then `out` is as it was.
pub fn decompress(message: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let (record, length) = message.split_last_chunk::<LENGTH>().ok_or(Refusal::Sldc)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if length > limit {
        return Err(Refusal::Oversized);
    }
    let begin = out.len();
    out.reserve(length.min(record.len().saturating_mul(HISTORY)));
    let mut decoder = Decoder {
        bits: Bits::new(record),
        end: begin + length,
        base: begin,
        out,
    };
    let decoded = decoder.run();
    if decoded.is_none() {
        out.truncate(begin);
    }
    decoded.ok_or(Refusal::Sldc)
}

struct Decoder<'a, 'o> {
    bits: Bits<'a>,
    out: &'o mut Vec<u8>,
    /// Where the output ends.
    end: usize,
    /// Where the History Buffer was empty last.
    base: usize,
}

/// What a symbol of control leaves to be done.
enum Next {
    Scheme1,
    Scheme2,
    End,
}

impl Decoder<'_, '_> {
    fn run(&mut self) -> Option<()> {
        let mut next = Next::Scheme1;
        loop {
            next = match next {
                Next::Scheme1 => self.scheme_1()?,
                Next::Scheme2 => self.scheme_2()?,
                Next::End => return (self.out.len() == self.end).then_some(()),
            }
        }
    }

    /// Until a Control Symbol ends it.
    fn scheme_1(&mut self) -> Option<Next> {
        loop {
            let ahead = self.bits.peek();
            if ahead >> 31 == 0 {
                self.bits.skip(9)?;
                self.literal((ahead >> 23) as u8)?;
                continue;
            }
            let (count, width) = count(ahead);
            if count >= CONTROL + 32 {
                self.bits.skip(width)?;
                match self.control(count & 0xf, Next::Scheme1)? {
                    Next::Scheme1 => continue,
                    next => return Some(next),
                }
            }
            let location = ahead << width >> 22;
            self.bits.skip(width + 10)?;
            self.copy(count as usize, location as usize)?;
        }
    }

    fn scheme_2(&mut self) -> Option<Next> {
        loop {
            let ahead = self.bits.peek();
            match (ahead >> 24) as u8 {
                0xff if ahead >> 23 & 1 == 1 => {
                    self.bits.skip(13)?;
                    match self.control(ahead >> 19 & 0xf, Next::Scheme2)? {
                        Next::Scheme2 => {}
                        next => return Some(next),
                    }
                }
                0xff => {
                    self.bits.skip(9)?;
                    self.literal(0xff)?;
                }
                octet => {
                    self.bits.skip(8)?;
                    self.literal(octet)?;
                }
            }
        }
    }

    /// What follows; a Flush changes nothing but the place of the next symbol.
    fn control(&mut self, symbol: u32, current: Next) -> Option<Next> {
        match symbol {
            FLUSH => self.bits.align().map(|()| current),
            SCHEME_1 => Some(Next::Scheme1),
            SCHEME_2 => Some(Next::Scheme2),
            RESET_1 | RESET_2 => {
                self.base = self.out.len();
                Some(if symbol == RESET_1 {
                    Next::Scheme1
                } else {
                    Next::Scheme2
                })
            }
            END_OF_RECORD | END_MARKER => Some(Next::End),
            _ => None, // a File Mark has no place in a message, the others are reserved
        }
    }

    fn literal(&mut self, octet: u8) -> Option<()> {
        (self.out.len() < self.end).then(|| self.out.push(octet))
    }

    /// `count` octets from a location of the buffer on, which may be the very ones that are written.
    fn copy(&mut self, count: usize, location: usize) -> Option<()> {
        let written = self.out.len() - self.base;
        // The location to be written next holds the oldest octet.
        let distance = match written.wrapping_sub(location) % HISTORY {
            0 => HISTORY,
            distance => distance,
        };
        let from = self.out.len().checked_sub(distance).filter(|from| *from >= self.base)?;
        if count > self.end - self.out.len() {
            return None;
        }
        if distance >= count {
            self.out.extend_from_within(from..from + count);
            return Some(());
        }
        for at in from..from + count {
            let octet = *self.out.get(at)?;
            self.out.push(octet);
        }
        Some(())
    }
}

/// The Match Count Field behind the ONE at the top of `ahead` (§8.4.2, Table 1), and the width of both; a Control Symbol counts 272 and
/// more.
const fn count(ahead: u32) -> (u32, u32) {
    match (ahead << 1).leading_ones() {
        0 => (2 + (ahead >> 29 & 1), 3),
        1 => (4 + (ahead >> 27 & 0b11), 5),
        2 => (8 + (ahead >> 25 & 0b111), 7),
        3 => (16 + (ahead >> 23 & 0xf), 9),
        _ => (32 + (ahead >> 19 & 0xff), 13),
    }
}

/// Bits, the most significant first.
struct Bits<'a> {
    rest: &'a [u8],
    /// Read and not consumed, at the top.
    window: u64,
    held: u32,
    consumed: usize,
}

impl<'a> Bits<'a> {
    const fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            window: 0,
            held: 0,
            consumed: 0,
        }
    }

    /// The next 32; behind the end come zeros, which [`Self::skip`] does not go beyond.
    fn peek(&mut self) -> u32 {
        if self.held < 32 {
            self.fill();
        }
        (self.window >> 32) as u32
    }

    fn fill(&mut self) {
        if let Some((next, rest)) = self.rest.split_first_chunk::<4>() {
            self.window |= u64::from(u32::from_be_bytes(*next)) << (32 - self.held);
            (self.held, self.rest) = (self.held + 32, rest);
            return;
        }
        while let Some((next, rest)) = self.rest.split_first().filter(|_| self.held <= 56) {
            self.window |= u64::from(*next) << (56 - self.held);
            (self.held, self.rest) = (self.held + 8, rest);
        }
    }

    /// Goes on by at most 32 bits that were looked at; none where there are not so many.
    fn skip(&mut self, width: u32) -> Option<()> {
        self.held = self.held.checked_sub(width)?;
        self.window <<= width;
        self.consumed += width as usize;
        Some(())
    }

    /// Goes on to a boundary of 32 bits (§8.6).
    fn align(&mut self) -> Option<()> {
        let pad = (32 - self.consumed % 32) % 32;
        self.peek();
        self.skip(pad as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits as the standard's tables show them, padded to 32, and the length behind.
    fn message(parts: &[&str], length: u32) -> Vec<u8> {
        let mut bits: String = parts.concat().replace(' ', "");
        bits.extend(std::iter::repeat_n('0', (32 - bits.len() % 32) % 32));
        let octets = bits
            .as_bytes()
            .chunks(8)
            .map(|octet| octet.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0')));
        octets.chain(length.to_le_bytes()).collect()
    }

    fn decompressed(parts: &[&str], length: u32) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        decompress(&message(parts, length), 4_096, &mut out).map(|()| out)
    }

    const A: &str = "0 01000001";
    const B: &str = "0 01000010";
    const RESET: &str = "1 1111 1111 0101";
    const EOR: &str = "1 1111 1111 0100";

    #[test]
    fn octets_and_copies_are_those_of_the_standard() {
        assert_eq!(decompressed(&[RESET, A, B, EOR], 2).unwrap(), b"AB");
        assert_eq!(
            decompressed(&[A, B, "1 1000 0000000000", EOR], 6).unwrap(),
            b"ABABAB",
            "a copy may read what it writes"
        );
        assert_eq!(
            decompressed(&["1 1111 1111 1111"], 0).unwrap(),
            b"",
            "nothing but the End Marker"
        );
        let scheme_2 = ["1 1111 1111 0110", "01000001", "11111111 0", "01000010", EOR];
        assert_eq!(decompressed(&scheme_2, 3).unwrap(), b"A\xffB");
        let both = [RESET, A, "1 1111 1111 0010", "01000010", "1 1111 1111 0001", A, EOR];
        assert_eq!(decompressed(&both, 3).unwrap(), b"ABA");
        let flush = "1 1111 1111 0000 0000000000"; // 9 + 13 bits, padded
        assert_eq!(decompressed(&[A, flush, B, EOR], 2).unwrap(), b"AB");
    }

    #[test]
    fn every_count_is_that_of_the_table() {
        for (field, count) in [
            ("00", 2),
            ("01", 3),
            ("1000", 4),
            ("1011", 7),
            ("110000", 8),
            ("110111", 15),
            ("11100000", 16),
            ("11101111", 31),
            ("111100000000", 32),
            ("111111101111", 271),
        ] {
            let copied = decompressed(&[A, "1", field, "0000000000", EOR], 1 + count).unwrap();
            assert_eq!(copied, vec![b'A'; 1 + count as usize], "{field}");
        }
    }

    #[test]
    fn a_location_is_the_buffers_and_no_distance() {
        let head: Vec<u8> = (0..1_030_u32).map(|number| (number * 7 % 251) as u8).collect();
        let literals: String = head.iter().map(|octet| format!("0{octet:08b}")).collect();
        // From 1022 on, around the end of the buffer: the last eight.
        let copied = decompressed(&[RESET, &literals, "1 110000 1111111110", EOR], 1_038).unwrap();
        assert_eq!(copied[1_030..], head[1_022..]);
        // The location that is written next still has what was written 1,024 octets ago.
        let oldest = decompressed(&[RESET, &literals, "1 01 0000000110", EOR], 1_033).unwrap();
        assert_eq!(oldest[1_030..], head[6..9]);
    }

    #[test]
    fn what_breaks_the_standard_is_refused() {
        let refused = |parts: &[&str], length| assert_eq!(decompressed(parts, length), Err(Refusal::Sldc), "{parts:?}");
        refused(&[A, EOR], 2); // less than it says
        refused(&[A, B, EOR], 1); // more than it says
        refused(&["1 00 0000000101", EOR], 2); // nothing was written there
        refused(&[A, RESET, "1 00 0000000000", EOR], 3); // the history was emptied
        refused(&[A, "1 1111 1111 0011"], 1); // a File Mark
        refused(&[A, "1 1111 1111 1000"], 1); // reserved
        refused(&[A], 1); // no end: padding is read as literals
        assert_eq!(decompressed(&[A, EOR], 4_097), Err(Refusal::Oversized));
        let mut out = b"before".to_vec();
        assert!(decompress(&message(&[A, B, EOR], 9), 4_096, &mut out).is_err());
        assert_eq!(out, b"before", "nothing half is left");
    }

    /// A message says at its end how long it is: no part of it is one.
    #[test]
    fn nothing_cut_anywhere_is_a_message() {
        let text: Vec<u8> = (0..600_u32).map(|number| (number * 7 % 251) as u8).collect();
        let literals: String = text.iter().map(|octet| format!("0{octet:08b}")).collect();
        let flush = "1 1111 1111 0000 0000000000"; // 9 + 13 bits, padded
        let scheme_2 = ["1 1111 1111 0110", "01000001", "11111111 0", "01000010", EOR];
        for (parts, length) in [
            (&[A, B, EOR][..], 2),
            (&[A, flush, B, EOR], 2),
            (&scheme_2, 3),
            (&[RESET, &literals, "1 111111101111 0000000000", EOR], 871),
        ] {
            let whole = message(parts, length);
            decompress(&whole, 4_096, &mut Vec::new()).unwrap();
            for end in 0..whole.len() {
                let mut out = b"before".to_vec();
                assert!(
                    decompress(&whole[..end], 4_096, &mut out).is_err(),
                    "{end} of {}",
                    whole.len()
                );
                assert_eq!(out, b"before", "{end}");
            }
        }
    }
}
