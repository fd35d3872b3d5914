//! SLDC (ECMA-321), the sender's half: scheme 1, the longest match of the last 1,023 octets, an End Of Record, zeros up to 32 bits; and
//! behind it the length, as [MS-WSMV] 2.2.9.2 has it. Written from the standard, apart from what reads it.

/// Octets of the History Buffer.
const HISTORY: usize = 1_024;
/// The longest match (Table 1).
const LONGEST: usize = 271;
/// Earlier places that are looked at for a match.
const TRIES: usize = 12;
/// Buckets of the table of places.
const BUCKETS: usize = 1 << 12;

struct Bits {
    octets: Vec<u8>,
    window: u64,
    held: u32,
}

impl Bits {
    fn put(&mut self, value: u32, width: u32) {
        self.window = self.window << width | u64::from(value);
        self.held += width;
        while self.held >= 8 {
            self.held -= 8;
            self.octets.push((self.window >> self.held) as u8);
        }
    }

    fn count(&mut self, count: usize) {
        let count = count as u32;
        match count {
            2..=3 => self.put(count - 2, 2),
            4..=7 => self.put(0b10 << 2 | (count - 4), 4),
            8..=15 => self.put(0b110 << 3 | (count - 8), 6),
            16..=31 => self.put(0b1110 << 4 | (count - 16), 8),
            _ => self.put(0b1111 << 8 | (count - 32), 12),
        }
    }
}

/// `plain`, compressed.
#[must_use]
pub fn compress(plain: &[u8]) -> Vec<u8> {
    let mut bits = Bits {
        octets: Vec::with_capacity(plain.len() / 3),
        window: 0,
        held: 0,
    };
    bits.put(0b1_1111_1111_0101, 13); // Reset 1
    let mut places = Places::new(plain.len());
    let mut at = 0;
    while at < plain.len() {
        let (count, from) = places.longest(plain, at);
        let step = if count >= 2 {
            bits.put(1, 1);
            bits.count(count);
            bits.put((from % HISTORY) as u32, 10);
            count
        } else {
            bits.put(plain.get(at).copied().unwrap_or_default().into(), 9);
            1
        };
        (at..at + step).for_each(|place| places.add(plain, place));
        at += step;
    }
    bits.put(0b1_1111_1111_0100, 13); // End Of Record
    let pad = (32 - (bits.octets.len() as u32 * 8 + bits.held) % 32) % 32;
    bits.put(0, pad);
    bits.octets.extend((plain.len() as u32).to_le_bytes());
    bits.octets
}

/// Where three octets stood before: the last place of each hash, and the one before each place.
struct Places {
    last: Vec<usize>,
    before: Vec<usize>,
}

impl Places {
    fn new(length: usize) -> Self {
        Self {
            last: vec![usize::MAX; BUCKETS],
            before: vec![usize::MAX; length],
        }
    }

    fn bucket(plain: &[u8], at: usize) -> Option<usize> {
        let [one, two, three] = plain.get(at..at + 3)? else {
            return None;
        };
        let hash = u32::from(*one) | u32::from(*two) << 8 | u32::from(*three) << 16;
        Some((hash.wrapping_mul(0x9e37_79b1) >> 20) as usize)
    }

    fn add(&mut self, plain: &[u8], at: usize) {
        let Some(last) = Self::bucket(plain, at).and_then(|bucket| self.last.get_mut(bucket)) else {
            return;
        };
        let before = std::mem::replace(last, at);
        if let Some(place) = self.before.get_mut(at) {
            *place = before;
        }
    }

    /// The longest match of what begins at `at`, and where.
    fn longest(&self, plain: &[u8], at: usize) -> (usize, usize) {
        let mut best = (0, 0);
        let mut from = Self::bucket(plain, at).and_then(|bucket| self.last.get(bucket).copied());
        for _ in 0..TRIES {
            let Some(place) = from.filter(|place| *place < at && at - place < HISTORY) else {
                break;
            };
            let (one, two) = (
                plain.get(place..).unwrap_or_default(),
                plain.get(at..).unwrap_or_default(),
            );
            let same = one
                .iter()
                .zip(two)
                .take(LONGEST)
                .take_while(|(one, two)| one == two)
                .count();
            if same > best.0 {
                best = (same, place);
            }
            from = self.before.get(place).copied();
        }
        best
    }
}
