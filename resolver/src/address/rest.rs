//! Verdicts that nobody asks for any more are dropped: one takes more room than all that it is made from.

use std::time::Duration;

use capture::Timestamp;

use super::AddressBook;
use super::timeline::Judged;

/// A verdict goes when nobody asked for it in so long; it is found out within as long again.
const IDLE: Duration = Duration::from_secs(10);

/// How far the present round over all addresses has come.
#[derive(Debug)]
pub(super) struct Rest {
    /// Whose turn it is in the queue of addresses.
    hand: usize,
    /// Up to when the round has kept pace.
    until: Timestamp,
}

impl Default for Rest {
    fn default() -> Self {
        Self {
            hand: 0,
            until: Timestamp(i64::MIN),
        }
    }
}

impl Rest {
    /// The first in the queue left it.
    pub(super) const fn shift(&mut self) {
        self.hand = self.hand.saturating_sub(1);
    }

    /// How many of `all` are due at `now`, so that a round takes [`IDLE`].
    fn due(&mut self, all: usize, now: Timestamp) -> usize {
        let share = now.since(self.until).min(IDLE).as_nanos() * all as u128 / IDLE.as_nanos();
        self.until = match share {
            0 => self.until.min(now), // a clock that was set back
            _ => now,
        };
        usize::try_from(share).unwrap_or(all)
    }
}

impl AddressBook {
    /// Packet time has reached `now`.
    pub(crate) fn rest(&mut self, now: Timestamp) {
        for _ in 0..self.rest.due(self.queue.len(), now) {
            if self.rest.hand >= self.queue.len() {
                self.rest.hand = 0;
            }
            let ip = self.queue.get(self.rest.hand);
            self.rest.hand += 1;
            if let Some(timeline) = ip.and_then(|ip| self.timelines.get_mut(ip))
                && !std::mem::take(&mut timeline.asked)
            {
                timeline.judged = Judged::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use super::*;
    use crate::address::{Claim, Standing};
    use crate::config::Config;
    use crate::directory::Snapshot;
    use crate::entity::Method;

    #[test]
    fn a_verdict_nobody_asks_for_goes_and_comes_back_the_same() {
        let at = |seconds| Timestamp::new(1_000 + seconds, 0);
        let ips: Vec<IpAddr> = (0..200).map(|last| IpAddr::from([10, 77, 0, last])).collect();
        let mut book = AddressBook::new(&Config::default(), Arc::new(Snapshot::empty()));
        for (number, ip) in ips.iter().enumerate() {
            let name = format!("ws{number}$");
            let claim = Claim::word(Method::MachineLogon, &name).with(Standing::Proof, Some("LAB"));
            book.learn(*ip, &claim, at(0));
        }
        let first: Vec<_> = ips.iter().map(|ip| book.computer(*ip, at(1))).collect();
        assert!(first.iter().all(Option::is_some));
        let kept = |book: &AddressBook| {
            let timelines = ips.iter().filter_map(|ip| book.timelines.get(ip));
            timelines.filter(|timeline| timeline.judged.computer.is_some()).count()
        };
        for tenths in 0..300 {
            book.rest(Timestamp(at(1).0 + tenths * 100_000_000));
            book.computer(ips[7], at(1 + tenths / 10));
        }
        assert_eq!(kept(&book), 1, "all but the one that is asked for");
        let again: Vec<_> = ips.iter().map(|ip| book.computer(*ip, at(31))).collect();
        assert_eq!(again, first);
        book.rest(at(0));
        assert_eq!(kept(&book), 200, "a clock that is set back");
        book.rest(at(90));
        book.rest(at(180));
        assert_eq!(kept(&book), 0);
    }
}
