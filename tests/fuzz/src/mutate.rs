//! A small mutator: the same seed makes the same inputs.

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `choices`, which has some.
    pub fn of<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        choices.get(self.below(choices.len())).copied().unwrap_or_default()
    }

    /// A number below `count`; 0 where that is 0.
    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % (count.max(1) as u64)) as usize
    }
}

/// Longest input.
pub const LONGEST: usize = 16 * 1024;

/// Numbers that lengths are replaced by.
const EDGES: &[u32] = &[
    0,
    1,
    2,
    7,
    8,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    u32::MAX,
];

/// One of `seeds`, changed in one to six places.
pub fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = seeds.get(random.below(seeds.len())).cloned().unwrap_or_default();
    for _ in 0..1 + random.below(6) {
        change(&mut data, seeds, random);
    }
    data.truncate(LONGEST);
    data
}

fn change(data: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(data.len());
    let most = random.of(&[4, 40, 400]);
    let length = 1 + random.below(most);
    let end = (at + length).min(data.len());
    match random.below(10) {
        0 | 1 => flip(data, at, 1 << random.below(8)),
        2 => put(data, at, &[random.next() as u8]),
        3 | 4 => number(data, at, random),
        5 => drop(data.drain(at..end)),
        6 => {
            let noise: Vec<u8> = (0..length.min(64)).map(|_| random.next() as u8).collect();
            data.splice(at..at, noise);
        }
        7 => {
            let again: Vec<u8> = data.get(at..end).unwrap_or_default().repeat(1 + random.below(8));
            data.splice(at..at, again);
        }
        8 => {
            let other = seeds.get(random.below(seeds.len())).map_or(&[][..], Vec::as_slice);
            let from = random.below(other.len());
            let part: Vec<u8> = other.iter().skip(from).take(length).copied().collect();
            data.splice(at..at, part);
        }
        _ => data.truncate(at),
    }
}

fn flip(data: &mut [u8], at: usize, bits: u8) {
    if let Some(byte) = data.get_mut(at) {
        *byte ^= bits;
    }
}

fn put(data: &mut [u8], at: usize, bytes: &[u8]) {
    for (slot, byte) in data.iter_mut().skip(at).zip(bytes) {
        *slot = *byte;
    }
}

/// What stands at `at` may be a length: an edge, or a little more or less than it is, in either order of bytes.
fn number(data: &mut [u8], at: usize, random: &mut Random) {
    let width = random.of(&[1_usize, 2, 4]);
    let Some(field) = data.get(at..at + width) else { return };
    let little = random.below(2) == 0;
    let old = field.iter().enumerate().fold(0_u32, |number, (place, byte)| {
        let shift = if little { place } else { width - 1 - place } * 8;
        number | u32::from(*byte) << shift
    });
    let new = match random.below(2) {
        0 => random.of(EDGES),
        _ => old.wrapping_add(random.below(9) as u32).wrapping_sub(4),
    };
    let bytes = if little { new.to_le_bytes() } else { new.to_be_bytes() };
    let from = if little { 0 } else { 4 - width };
    put(data, at, bytes.get(from..from + width).unwrap_or_default());
}
