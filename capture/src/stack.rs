//! Whose TCP a SYN was made by: each operating system's puts its options in an order of its own.
//!
//! RFC 9293 §3.2 leaves the order of options to the sender, and RFC 7323 and RFC 2018 say which to offer; the time to live that a system
//! begins with is its own choice as well. Both together tell families of systems apart, which nothing else in a SYN does for long: windows
//! and scales follow memory and settings. The rows below are what the systems send with their defaults, and with timestamps turned on or
//! off. What fits no row tells nothing.

use std::fmt::{self, Display};

/// The most options of a SYN that are looked at; a SYN with more is no known system's.
const MAX_OPTIONS: usize = 12;

/// A family of operating systems, by its TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stack {
    /// Windows since Vista and Server 2008.
    Windows,
    /// Linux, with Android.
    Linux,
    /// macOS, iOS.
    Apple,
    /// What is none of these for sure: the BSDs, network devices.
    Other,
}

impl Stack {
    /// Every family, each at its own index.
    pub const ALL: [Self; 4] = [Self::Windows, Self::Linux, Self::Apple, Self::Other];

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::Linux => "linux",
            Self::Apple => "apple",
            Self::Other => "other",
        }
    }
}

/// What a SYN tells of its sender beside its ports. Its text has time to live, window, scale, maximum segment size and the order of
/// options: `64 64240 7 1460 MSTNW`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syn {
    /// Time to live or hop limit as it came.
    pub ttl: u8,
    /// Window, unscaled.
    pub window: u16,
    /// Shift of the window (RFC 7323 §2.2).
    pub scale: Option<u8>,
    /// Maximum segment size in bytes (RFC 9293 §3.7.1).
    pub mss: Option<u16>,
    /// The kinds of its options in their order, without those that applications turn on; `?` for one that is cut, or one too many.
    order: [u8; MAX_OPTIONS],
}

/// Options that applications turn on, whatever the system: Multipath TCP (RFC 8684), Fast Open (RFC 7413), experiments (RFC 4727).
const APPLICATIONS: [u8; 4] = [30, 34, 253, 254];

/// Time to live at the beginning, order of options, whose that is. `E` ends the list, `N` is padding, `M` the maximum segment size, `W` the
/// window's scale, `S` selective acknowledgements permitted, `T` timestamps.
const ROWS: [(u8, &str, Stack); 16] = [
    (128, "MNWNNS", Stack::Windows), // the default
    (128, "MNWST", Stack::Windows),  // with timestamps, as an answer to one that has them
    (128, "MNWNNT", Stack::Windows),
    (128, "MNNS", Stack::Windows), // no scaling: restricted, or the last attempts
    (64, "MSTNW", Stack::Linux),   // the default
    (64, "MNNSNW", Stack::Linux),  // without timestamps, or as an answer to one that has none
    (64, "MNNTNW", Stack::Linux),  // without selective acknowledgements
    (64, "MNWNNTS", Stack::Apple),
    (64, "MNWNNTSE", Stack::Apple),
    (64, "MNWNNTSEE", Stack::Apple),
    (64, "MNWST", Stack::Other),     // FreeBSD, and what is built on it
    (64, "MNNSNWNNT", Stack::Other), // OpenBSD
    (255, "M", Stack::Other),        // network devices
    (255, "MNWST", Stack::Other),
    (255, "MNWNNS", Stack::Other),
    (255, "MNNS", Stack::Other),
];

impl Syn {
    /// Reads the TCP header and options at the beginning of `bytes`, an IP payload; none where the header is not whole.
    #[must_use]
    pub fn read(ttl: u8, bytes: &[u8]) -> Option<Self> {
        let header: &[u8; 20] = bytes.first_chunk()?;
        let end = usize::from(header[12] >> 4) * 4;
        let mut syn = Self {
            ttl,
            window: u16::from_be_bytes([header[14], header[15]]),
            scale: None,
            mss: None,
            order: [0; MAX_OPTIONS],
        };
        syn.options(bytes.get(20..end.min(bytes.len()))?, bytes.len() < end);
        Some(syn)
    }

    /// RFC 9293 §3.2: `kind(1)`, and but for 0 and 1 `length(1) data`.
    fn options(&mut self, mut rest: &[u8], cut: bool) {
        let mut at = 0;
        let mut put = |letter: u8| {
            // The last place says that there are too many.
            let place = self.order.get_mut(at.min(MAX_OPTIONS - 1));
            place
                .into_iter()
                .for_each(|place| *place = if at < MAX_OPTIONS - 1 { letter } else { b'?' });
            at += 1;
        };
        while let &[kind, ref tail @ ..] = rest {
            if kind < 2 {
                put(if kind == 0 { b'E' } else { b'N' });
                rest = tail;
                continue;
            }
            let length = tail.first().map_or(0, |length| usize::from(*length));
            let Some((option, behind)) = rest.split_at_checked(length).filter(|_| length >= 2) else {
                return put(b'?');
            };
            match *option {
                [2, 4, high, low] => (self.mss, _) = (Some(u16::from_be_bytes([high, low])), put(b'M')),
                [3, 3, shift] => (self.scale, _) = (Some(shift), put(b'W')),
                [4, 2] => put(b'S'),
                [8, 10, ..] => put(b'T'),
                [kind, ..] if APPLICATIONS.contains(&kind) => {}
                _ => put(b'?'),
            }
            rest = behind;
        }
        if cut {
            put(b'?');
        }
    }

    /// The order of its options, a letter each.
    #[must_use]
    pub fn order(&self) -> &str {
        let end = self.order.iter().position(|letter| *letter == 0).unwrap_or(MAX_OPTIONS);
        let letters = self.order.get(..end).unwrap_or_default();
        std::str::from_utf8(letters).unwrap_or_default()
    }

    /// What its sender's time to live began with: the next of the values that systems begin with.
    #[must_use]
    pub const fn hops_began(&self) -> u8 {
        match self.ttl {
            0..=32 => 32,
            33..=64 => 64,
            65..=128 => 128,
            _ => 255,
        }
    }

    /// Whose it is; none where that is not clear.
    #[must_use]
    pub fn stack(&self) -> Option<Stack> {
        let (began, order) = (self.hops_began(), self.order());
        let row = ROWS.iter().find(|row| (row.0, row.1) == (began, order));
        row.map(|row| row.2)
    }
}

impl Display for Syn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |number: Option<u16>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let (scale, mss) = (number(self.scale.map(u16::from)), number(self.mss));
        write!(out, "{} {} {scale} {mss} {}", self.ttl, self.window, self.order())
    }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A SYN with these options, as a TCP header.
    fn header(window: u16, options: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 20];
        bytes[12] = (5 + options.len() as u8 / 4) << 4;
        bytes[13] = 2;
        bytes[14..16].copy_from_slice(&window.to_be_bytes());
        bytes.extend_from_slice(options);
        bytes
    }

    const MSS: [u8; 4] = [2, 4, 5, 0xb4];
    const TIMES: [u8; 10] = [8, 10, 0, 0, 0, 9, 0, 0, 0, 0];

    fn syn(ttl: u8, window: u16, options: &[&[u8]]) -> Syn {
        Syn::read(ttl, &header(window, &options.concat())).unwrap()
    }

    #[test]
    fn systems_are_told_apart() {
        let windows = syn(126, 64_240, &[&MSS, &[1, 3, 3, 8, 1, 1, 4, 2]]);
        assert_eq!(windows.to_string(), "126 64240 8 1460 MNWNNS");
        assert_eq!(windows.stack(), Some(Stack::Windows));
        let linux = syn(61, 64_240, &[&MSS, &[4, 2], &TIMES, &[1, 3, 3, 7]]);
        assert_eq!(linux.to_string(), "61 64240 7 1460 MSTNW");
        assert_eq!(linux.stack(), Some(Stack::Linux));
        let apple = syn(64, 65_535, &[&MSS, &[1, 3, 3, 6, 1, 1], &TIMES, &[4, 2, 0, 0]]);
        assert_eq!((apple.order(), apple.stack()), ("MNWNNTSEE", Some(Stack::Apple)));
        let router = syn(250, 4_128, &[&MSS]);
        assert_eq!(router.stack(), Some(Stack::Other));
    }

    #[test]
    fn order_and_hops_have_to_agree() {
        let linux: [&[u8]; 4] = [&MSS, &[4, 2], &TIMES, &[1, 3, 3, 7]];
        assert_eq!(
            syn(128, 64_240, &linux).stack(),
            None,
            "a Linux that was told to begin with 128"
        );
        assert_eq!(syn(64, 8_192, &[&MSS, &[1, 3, 3, 8, 1, 1, 4, 2]]).stack(), None);
        assert_eq!(syn(64, 1_024, &[]).stack(), None, "a scanner's own");
    }

    #[test]
    fn what_applications_turn_on_changes_nothing() {
        let multipath = [30, 4, 0, 1];
        let syn = syn(64, 64_240, &[&MSS, &[4, 2], &TIMES, &[1, 3, 3, 7], &multipath]);
        assert_eq!((syn.order(), syn.stack()), ("MSTNW", Some(Stack::Linux)));
    }

    #[test]
    fn what_is_cut_or_broken_is_nobodys() {
        let whole = header(64_240, &[&MSS[..], &[4, 2], &TIMES, &[1, 3, 3, 7]].concat());
        for end in 0..whole.len() {
            let stack = Syn::read(64, &whole[..end]).and_then(|syn| syn.stack());
            assert_eq!(stack, None, "cut at {end}");
        }
        let many = syn(64, 1, &[&MSS, &[1; 36]]);
        assert_eq!((many.order(), many.stack()), ("MNNNNNNNNNN?", None));
        assert_eq!(syn(64, 1, &[&[2, 0, 0, 0]]).order(), "?");
        assert_eq!(syn(64, 1, &[&[9, 200, 0, 0]]).order(), "?");
    }

    proptest! {
        /// Any bytes come to an end, and are read as text.
        #[test]
        fn any_bytes_are_read(ttl: u8, bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(syn) = Syn::read(ttl, &bytes) {
                prop_assert!(syn.order().len() <= MAX_OPTIONS);
                prop_assert!(syn.hops_began() >= ttl);
                let _ = syn.stack();
            }
        }
    }
}
