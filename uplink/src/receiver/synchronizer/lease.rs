//! Whose a domain is: one sensor's at a time, for as long as it asks again. No clock: time is given in.
//!
//! ```text
//! nobody's ─ a candidate asks ─► lent (a new epoch) ─ asked again by its holder ─► lent
//!     ▲                            ├─ another asks after a silence ─► lent to that (a new epoch)
//!     └──── its holder gives up ───┘
//! ```
//! A holder counts its lease from when it asked, and here it is counted from when that was heard, which is later: nobody believes
//! to have what was lent to another. A holder that does not know its epoch was started anew, and what it published before
//! may still be under way: it gets a new one too.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A sensor, and the spool that makes it one: a name may be given twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    pub(super) sensor: String,
    pub(super) spool: String,
}

/// The lease of one domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lease {
    holder: Option<Holder>,
    /// Of the last time it was lent; never used again.
    epoch: u64,
    /// When its holder last asked.
    heard: Duration,
}

/// What is answered to whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is theirs for the whole silence.
    Granted,
    /// Another has it for so long yet, unless it asks again.
    Lent(Duration),
    /// Nobody has it.
    Free,
}

impl Lease {
    /// As it was kept; its holder is taken to have asked at `now`.
    pub(super) const fn kept(holder: Option<Holder>, epoch: u64, now: Duration) -> Self {
        Self {
            holder,
            epoch,
            heard: now,
        }
    }

    pub(super) const fn holder(&self) -> Option<&Holder> {
        self.holder.as_ref()
    }

    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// `who` asks for it at `now`, or to keep what it has of `epoch`; after `silence` a holder has lost it.
    pub(super) fn ask(
        &mut self,
        who: &Holder,
        candidate: bool,
        epoch: u64,
        silence: Duration,
        now: Duration,
    ) -> Verdict {
        let quiet = now.saturating_sub(self.heard);
        match &self.holder {
            Some(holder) if holder == who && !candidate => {
                self.holder = None;
                return Verdict::Free;
            }
            Some(holder) if holder == who && epoch == self.epoch => {
                self.heard = now;
                return Verdict::Granted;
            }
            Some(holder) if holder != who && quiet < silence => return Verdict::Lent(silence.saturating_sub(quiet)),
            Some(holder) if holder != who && !candidate => self.holder = None,
            _ => {}
        }
        if !candidate {
            return Verdict::Free;
        }
        (self.holder, self.heard) = (Some(who.clone()), now);
        self.epoch += 1;
        Verdict::Granted
    }

    /// Whether `who` may publish under `epoch`.
    pub(super) fn is_of(&self, who: &Holder, epoch: u64) -> bool {
        self.holder.as_ref() == Some(who) && self.epoch == epoch
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const SILENCE: Duration = Duration::from_secs(30);

    fn sensor(number: u8) -> Holder {
        Holder {
            sensor: format!("sensor{number}"),
            spool: format!("{number:016x}"),
        }
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_first_candidate_has_it_until_it_is_silent() {
        let (one, two, mut lease) = (sensor(1), sensor(2), Lease::default());
        assert_eq!(lease.ask(&two, false, 0, SILENCE, at(0)), Verdict::Free);
        assert_eq!(lease.ask(&one, true, 0, SILENCE, at(0)), Verdict::Granted);
        assert_eq!(lease.ask(&two, true, 0, SILENCE, at(10)), Verdict::Lent(at(20)));
        assert_eq!(lease.ask(&one, true, 1, SILENCE, at(20)), Verdict::Granted);
        assert_eq!(lease.ask(&two, true, 0, SILENCE, at(49)), Verdict::Lent(at(1)));
        assert_eq!(lease.ask(&two, true, 0, SILENCE, at(50)), Verdict::Granted);
        assert!(lease.is_of(&two, 2) && !lease.is_of(&one, 1));
        assert_eq!(lease.ask(&one, true, 1, SILENCE, at(51)), Verdict::Lent(at(29)));
    }

    #[test]
    fn who_gives_up_or_starts_anew_is_fenced_off() {
        let (one, two, mut lease) = (sensor(1), sensor(2), Lease::default());
        lease.ask(&one, true, 0, SILENCE, at(0));
        assert_eq!(lease.ask(&one, true, 0, SILENCE, at(5)), Verdict::Granted);
        assert!(
            lease.is_of(&one, 2) && !lease.is_of(&one, 1),
            "a new process, a new epoch"
        );
        assert_eq!(lease.ask(&one, false, 2, SILENCE, at(6)), Verdict::Free);
        assert!(!lease.is_of(&one, 2));
        assert_eq!(lease.ask(&two, true, 0, SILENCE, at(7)), Verdict::Granted);
        assert_eq!(lease.epoch(), 3);
    }

    #[test]
    fn what_was_kept_is_the_holders_for_a_silence_more() {
        let mut lease = Lease::kept(Some(sensor(1)), 7, at(100));
        assert_eq!(lease.ask(&sensor(2), true, 0, SILENCE, at(129)), Verdict::Lent(at(1)));
        assert_eq!(lease.ask(&sensor(1), true, 7, SILENCE, at(129)), Verdict::Granted);
        assert_eq!(lease.epoch(), 7);
    }

    /// What a sensor believes: which epoch it has, and until when.
    #[derive(Clone, Copy, Debug, Default)]
    struct Belief {
        epoch: u64,
        until: Duration,
    }

    proptest! {
        /// Questions and answers are late, lost or overtaken, sensors start anew and change their minds: at no time do two believe to
        /// hold it, no epoch is lent twice, and what may be published is of the latest alone.
        #[test]
        fn nobody_believes_to_hold_what_another_holds(
            steps in proptest::collection::vec((0_u8..4, any::<bool>(), 0_u64..20, 0_u64..20, 0_u8..10), 1..200),
        ) {
            let mut lease = Lease::default();
            let mut beliefs = [Belief::default(); 4];
            let mut epochs = HashSet::new();
            let mut now = Duration::ZERO;
            for (number, candidate, way_there, way_back, fate) in steps {
                let (who, place) = (sensor(number), usize::from(number));
                if fate == 0 {
                    beliefs[place] = Belief::default(); // it was killed
                }
                let (asked, epoch) = (now, beliefs[place].epoch);
                if !candidate {
                    beliefs[place] = Belief::default(); // it stops before it says so
                }
                now += at(way_there);
                let verdict = lease.ask(&who, candidate, epoch, SILENCE, now);
                if verdict == Verdict::Granted && lease.epoch() != epoch {
                    prop_assert!(epochs.insert(lease.epoch()));
                }
                let believing = beliefs.iter().enumerate().filter(|(other, belief)| *other != place && belief.until > now);
                if verdict == Verdict::Granted {
                    prop_assert_eq!(believing.count(), 0);
                }
                for (other, belief) in beliefs.iter().enumerate() {
                    let fenced = belief.epoch != lease.epoch() || belief.epoch == 0;
                    prop_assert!(!fenced || !lease.is_of(&sensor(other as u8), belief.epoch));
                }
                now += at(way_back);
                if fate > 2 && verdict == Verdict::Granted && candidate {
                    beliefs[place] = Belief { epoch: lease.epoch(), until: asked + SILENCE };
                } else if fate > 2 {
                    beliefs[place] = Belief::default();
                }
            }
        }
    }
}
