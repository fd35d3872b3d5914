//! What the TCP of an address looked like lately: which families of operating systems its SYNs were made by.
//!
//! A byte for these two hours and one for the two hours before, which silence forgets; and whether families take turns, which is a machine in
//! a machine, or several behind one address, and remembered until the address changes hands.

use std::net::IpAddr;

use capture::{Stack, Timestamp};

/// How many minutes one byte stands for: a Windows that is on asks for its group policy within so many ([MS-GPOD] 2.8.1: 90, and up to 30
/// more), and shows by it whose TCP it is.
const WATCH: u32 = 120;
/// So many connections of a family are several.
const SEVERAL: u8 = 2;
/// Addresses of which nothing else is known, and whose SYNs are kept.
const SLOTS: usize = 4_096;

/// How many connections of each family began within a watch: none, one, several; two bits a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts(u8);

impl Counts {
    const fn of(self, stack: Stack) -> u8 {
        self.0 >> (stack as u8 * 2) & 3
    }

    /// One more, or so many; true where that is more than before.
    fn add(&mut self, stack: Stack, count: u8) -> bool {
        let before = self.of(stack);
        let after = before.saturating_add(count).min(SEVERAL);
        self.0 += (after - before) << (stack as u8 * 2);
        after > before
    }

    fn and(mut self, other: Self) -> Self {
        for stack in Stack::ALL {
            self.add(stack, other.of(stack));
        }
        self
    }
}

/// What a SYN told that was not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    None,
    /// That the family is still there, a minute later.
    Minute,
    /// A family, or that it was no single connection.
    Count,
}

/// The families that were seen at one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prints {
    /// Minutes since the epoch when the latest was seen.
    pub(super) minute: u32,
    now: Counts,
    before: Counts,
    /// The family that was seen last.
    last: Option<Stack>,
    /// One was seen, another, and the first again.
    taking_turns: bool,
}

impl Prints {
    /// A connection that began at `time` was made by `stack`.
    pub(super) fn see(&mut self, stack: Stack, time: Timestamp) -> News {
        let returns = self.last.is_some_and(|last| last != stack) && self.at(time).counts.of(stack) > 0;
        self.last = Some(stack);
        let began = returns && !std::mem::replace(&mut self.taking_turns, true);
        match self.count(stack, time) {
            _ if began => News::Count,
            news => news,
        }
    }

    fn count(&mut self, stack: Stack, time: Timestamp) -> News {
        let minute = minute(time);
        let later = minute > self.minute;
        match watch(minute).checked_sub(watch(self.minute)) {
            Some(0) => {}
            Some(1) => (self.before, self.now) = (self.now, Counts::default()),
            Some(_) => (self.before, self.now) = Default::default(),
            None => return self.count_late(stack, minute),
        }
        self.minute = self.minute.max(minute);
        match (self.now.add(stack, 1), later) {
            (true, _) => News::Count,
            (false, true) => News::Minute,
            (false, false) => News::None,
        }
    }

    /// Another worker was ahead.
    fn count_late(&mut self, stack: Stack, minute: u32) -> News {
        match watch(minute) + 1 == watch(self.minute) && self.before.add(stack, 1) {
            true => News::Count,
            false => News::None,
        }
    }

    /// What is left of them when somebody else proves at `now` that he has the address: the SYN that his proof came behind.
    pub(super) fn handed_over(self, now: Timestamp) -> Self {
        let mut own = Self::default();
        if let Some(last) = self.last.filter(|_| minute(now).saturating_sub(self.minute) < 2) {
            own.see(last, now);
        }
        own
    }

    /// What was seen in the watch of `at` and in the one before.
    pub(super) fn at(self, at: Timestamp) -> Seen {
        let watch = watch(minute(at));
        let mine = |counts: Counts, of: u32| match watch == of || watch == of + 1 {
            true => counts,
            false => Counts::default(),
        };
        let latest = self::watch(self.minute);
        let counts = mine(self.now, latest).and(mine(self.before, latest.saturating_sub(1)));
        Seen {
            counts,
            taking_turns: self.taking_turns,
            last: Timestamp::new(i64::from(self.minute) * 60, 0).min(at),
        }
    }

    /// When, after `at`, a watch ends and something is forgotten.
    pub(super) fn turns(self, at: Timestamp) -> Option<Timestamp> {
        let next = i64::from(watch(minute(at)) + 1) * i64::from(WATCH) * 60;
        (self != Self::default()).then(|| Timestamp::new(next, 0))
    }

    /// Its bytes, and it from them: two of counts, the last family's index or 4, whether families take turns.
    pub(super) fn bytes(self) -> [u8; 4] {
        let last = self.last.map_or(Stack::ALL.len() as u8, |last| last as u8);
        [self.now.0, self.before.0, last, self.taking_turns.into()]
    }

    /// See [`Self::bytes`]; none where they cannot be.
    pub(super) fn from_bytes(minute: u32, bytes: [u8; 4]) -> Option<Self> {
        let [now, before, last, taking_turns] = bytes;
        let prints = Self {
            minute,
            now: Counts(now),
            before: Counts(before),
            last: Stack::ALL.get(usize::from(last)).copied(),
            taking_turns: taking_turns == 1,
        };
        let sane = |counts: Counts| Stack::ALL.iter().all(|stack| counts.of(*stack) <= SEVERAL);
        (sane(prints.now) && sane(prints.before) && prints.bytes() == bytes).then_some(prints)
    }
}

/// Families that were seen within two watches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    counts: Counts,
    taking_turns: bool,
    /// When the latest was, to the minute.
    pub(super) last: Timestamp,
}

/// What the SYNs of an address say of the operating system that the directory has of its computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// They are its.
    Agrees(Stack),
    /// All that were seen, several, are another's.
    Contradicts(Stack),
}

impl Seen {
    pub(super) fn families(self) -> impl Iterator<Item = Stack> {
        Stack::ALL.into_iter().filter(move |stack| self.counts.of(*stack) > 0)
    }

    /// Whether they fit `os`; none where that is not clear: no system or an unknown one in the directory, a single connection, families
    /// beside each other (a machine in a machine, a device between).
    pub(super) fn fit(self, os: &str) -> Option<Fit> {
        let (stack, others) = expected(os)?;
        if self.counts.of(stack) > 0 {
            return Some(Fit::Agrees(stack));
        }
        let mut families = self.families();
        let seen = families.next().filter(|_| families.next().is_none())?;
        let clear = !self.taking_turns && others.contains(&seen) && self.counts.of(seen) >= SEVERAL;
        clear.then_some(Fit::Contradicts(seen))
    }
}

/// Which family an operatingSystem of the directory is, and which ones it surely is not. Samba writes its own name there, on whatever it
/// runs, and `net ads join` and adcli what configure called the system.
fn expected(os: &str) -> Option<(Stack, &'static [Stack])> {
    const LINUXES: [&str; 10] = [
        "ubuntu", "debian", "red hat", "rhel", "centos", "fedora", "suse", "sles", "rocky", "alma",
    ];
    let os = os.to_ascii_lowercase();
    let begins = |names: &[&str]| names.iter().any(|name| os.starts_with(name));
    if begins(&["windows"]) {
        Some((Stack::Windows, &[Stack::Linux, Stack::Apple]))
    } else if begins(&["mac os", "macos", "os x"]) {
        Some((Stack::Apple, &[Stack::Windows, Stack::Linux]))
    } else if os.contains("linux") || begins(&LINUXES) {
        Some((Stack::Linux, &[Stack::Windows, Stack::Apple]))
    } else if begins(&["samba"]) {
        Some((Stack::Linux, &[Stack::Windows]))
    } else {
        None
    }
}

/// SYNs from addresses of which nothing else is known yet: what a host is called is heard after its first SYN. A place for each, by a hash;
/// who comes later takes the place.
#[derive(Debug, Default)]
pub(super) struct Unnamed {
    slots: Vec<Option<(IpAddr, Prints)>>,
    forgotten: u64,
}

impl Unnamed {
    /// Addresses whose place another took.
    pub(super) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(super) fn see(&mut self, ip: IpAddr, stack: Stack, time: Timestamp) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let Some(slot) = self.slots.get_mut(place(ip)) else {
            return;
        };
        if slot.is_some_and(|(other, _)| other != ip) {
            self.forgotten += 1;
            *slot = None;
        }
        slot.get_or_insert((ip, Prints::default())).1.see(stack, time);
    }

    /// What was seen of `ip`, of which something else is known now.
    pub(super) fn take(&mut self, ip: IpAddr) -> Prints {
        let slot = self.slots.get_mut(place(ip));
        let own = slot.and_then(|slot| slot.take_if(|(other, _)| *other == ip));
        own.map(|(_, prints)| prints).unwrap_or_default()
    }
}

/// The same in every run.
fn place(ip: IpAddr) -> usize {
    let bits = match ip {
        IpAddr::V4(ip) => u64::from(u32::from(ip)),
        IpAddr::V6(ip) => {
            let bits = u128::from(ip);
            bits as u64 ^ (bits >> 64) as u64
        }
    };
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % SLOTS
}

/// Minutes since the epoch.
fn minute(time: Timestamp) -> u32 {
    u32::try_from(time.seconds().div_euclid(60)).unwrap_or(0)
}

const fn watch(minute: u32) -> u32 {
    minute / WATCH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::new(1_763_596_800 + minute * 60, 0)
    }

    fn prints(seen: &[(Stack, i64)]) -> Prints {
        let mut prints = Prints::default();
        for (stack, minute) in seen {
            prints.see(*stack, at(*minute));
        }
        prints
    }

    const WINDOWS: &str = "Windows Server 2022 Standard 10.0 (20348)";

    #[test]
    fn only_what_is_clear_contradicts() {
        use Stack::{Apple, Linux, Other, Windows};
        for (os, seen, fit) in [
            (WINDOWS, &[(Linux, 0), (Linux, 1)][..], Some(Fit::Contradicts(Linux))),
            (WINDOWS, &[(Linux, 0)], None),
            (
                WINDOWS,
                &[(Linux, 0), (Linux, 1), (Windows, 2)],
                Some(Fit::Agrees(Windows)),
            ),
            (WINDOWS, &[(Linux, 0), (Linux, 1), (Apple, 2)], None),
            (WINDOWS, &[(Other, 0), (Other, 1)], None),
            (
                "Samba 4.17.12-Debian",
                &[(Windows, 0), (Windows, 1)],
                Some(Fit::Contradicts(Windows)),
            ),
            ("Samba 4.17.12-Debian", &[(Apple, 0), (Apple, 1)], None),
            ("redhat-linux-gnu", &[(Linux, 0)], Some(Fit::Agrees(Linux))),
            ("macOS 14.5", &[(Linux, 0), (Linux, 1)], Some(Fit::Contradicts(Linux))),
            ("NetApp Release 9.13.1", &[(Linux, 0), (Linux, 1)], None),
            ("", &[(Linux, 0), (Linux, 1)], None),
        ] {
            assert_eq!(prints(seen).at(at(3)).fit(os), fit, "{os}: {seen:?}");
        }
    }

    #[test]
    fn silence_forgets() {
        let prints = prints(&[(Stack::Linux, 20), (Stack::Linux, 29)]);
        let fits = |minute| prints.at(at(minute)).fit(WINDOWS).is_some();
        assert!(fits(0) && fits(119) && fits(239) && !fits(240) && !fits(-1));
        assert_eq!(prints.turns(at(29)), Some(at(120)));
    }

    #[test]
    fn addresses_without_a_name_are_bounded() {
        let mut unnamed = Unnamed::default();
        for number in 0..100_000_u32 {
            unnamed.see(IpAddr::V4(number.into()), Stack::Linux, at(0));
        }
        assert_eq!(unnamed.slots.len(), SLOTS);
        assert_eq!(unnamed.forgotten(), 100_000 - SLOTS as u64);
        let last = IpAddr::V4(99_999.into());
        assert_eq!(unnamed.take(last).at(at(1)).families().count(), 1);
        assert_eq!(unnamed.take(last), Prints::default());
    }

    #[test]
    fn families_that_take_turns_are_remembered() {
        use Stack::{Linux, Windows};
        let turns = [(Windows, 0), (Linux, 10), (Windows, 20), (Linux, 250), (Linux, 251)];
        assert_eq!(prints(&turns).at(at(252)).fit(WINDOWS), None, "a machine in a machine");
        let follows = [(Windows, 0), (Windows, 10), (Linux, 20), (Linux, 250), (Linux, 251)];
        let fit = Some(Fit::Contradicts(Linux));
        assert_eq!(prints(&follows).at(at(252)).fit(WINDOWS), fit, "another in its place");
    }

    proptest! {
        /// What is counted is the same in any order: workers may be ahead of each other.
        #[test]
        fn counts_know_no_order(seen in prop::collection::vec((0_usize..4, 0_i64..600), 0..40), seed: u64) {
            let seen: Vec<_> = seen.iter().map(|(stack, minute)| (Stack::ALL[*stack], *minute)).collect();
            let mut other = seen.clone();
            let mut random = seed | 1;
            for at in (1..other.len()).rev() {
                random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                other.swap(at, (random >> 33) as usize % (at + 1));
            }
            let [one, two] = [&seen, &other].map(|seen| prints(seen));
            prop_assert_eq!((one.minute, one.now, one.before), (two.minute, two.now, two.before));
        }

        /// What is kept comes back, and what makes no sense does not.
        #[test]
        fn bytes_come_back(minute: u32, bytes: [u8; 4], seen in prop::collection::vec((0_usize..4, 0_i64..600), 0..9)) {
            let seen: Vec<_> = seen.iter().map(|(stack, minute)| (Stack::ALL[*stack], *minute)).collect();
            let own = prints(&seen);
            prop_assert_eq!(Prints::from_bytes(own.minute, own.bytes()), Some(own));
            if let Some(prints) = Prints::from_bytes(minute, bytes) {
                prop_assert_eq!(prints.bytes(), bytes);
            }
        }
    }
}
