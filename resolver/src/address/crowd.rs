//! How many accounts and machine names come from one address at a time: a bounded sketch.
//!
//! Each name sets one of 64 bits, for an hour at most. Two names may share a bit, so the count is never too high, and of the few
//! that matter seldom too low.

use capture::Timestamp;

/// Half of the time that is looked back on.
const HALF: i64 = 1_800 * 1_000_000_000;

/// So many user accounts within an hour are a terminal server's, or many people's behind one address.
const MANY_ACCOUNTS: u32 = 8;
/// So many machine names within an hour are behind one address.
const MANY_MACHINES: u32 = 3;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowding {
    Accounts,
    Machines,
}

/// One address' names of this half hour, and of the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crowd {
    pub(crate) half: i64,
    pub(crate) now: [u64; 2],
    pub(crate) before: [u64; 2],
}

impl Crowd {
    /// `name` came at `now`; whether there are many by now.
    pub(crate) fn see(&mut self, what: Crowding, name: &str, now: Timestamp) -> bool {
        self.turn(now);
        let (at, many) = match what {
            Crowding::Accounts => (0, MANY_ACCOUNTS),
            Crowding::Machines => (1, MANY_MACHINES),
        };
        let (Some(bits), Some(before)) = (self.now.get_mut(at), self.before.get(at)) else {
            return false;
        };
        *bits |= 1 << (hash(name) >> 58);
        (*bits | before).count_ones() >= many
    }

    fn turn(&mut self, now: Timestamp) {
        let half = now.0.div_euclid(HALF);
        match half.saturating_sub(self.half) {
            ..=0 => return, // a moment back changes nothing
            1 => self.before = self.now,
            _ => self.before = [0; 2],
        }
        (self.half, self.now) = (half, [0; 2]);
    }
}

/// FNV-1a of the name in lower case, mixed once more: the same in every run.
fn hash(name: &str) -> u64 {
    let folded = name.bytes().map(|byte| byte.to_ascii_lowercase());
    let hash = folded.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(crowd: &mut Crowd, names: std::ops::Range<u32>, seconds: i64) -> bool {
        names.fold(false, |_, number| {
            crowd.see(Crowding::Accounts, &format!("user{number}"), Timestamp::new(seconds, 0))
        })
    }

    #[test]
    fn many_names_are_told_from_one() {
        let mut crowd = Crowd::default();
        for _ in 0..1_000 {
            assert!(!crowd.see(Crowding::Accounts, "alice", Timestamp::new(7_200, 0)));
            assert!(!crowd.see(Crowding::Accounts, "ALICE", Timestamp::new(7_200, 0)));
        }
        assert!(!many(&mut crowd, 0..5, 7_300));
        assert!(many(&mut crowd, 0..16, 7_400), "bits are shared by few of 64");
        assert!(!crowd.see(Crowding::Machines, "ws01", Timestamp::new(7_400, 0)));
    }

    #[test]
    fn what_came_long_ago_is_forgotten() {
        let mut crowd = Crowd::default();
        assert!(many(&mut crowd, 0..16, 7_200));
        assert!(many(&mut crowd, 0..1, 7_200 + 1_800));
        assert!(!many(&mut crowd, 0..1, 7_200 + 3_600));
        assert!(!many(&mut crowd, 0..1, 7_200 - 1_800), "a clock that is set back");
    }
}
