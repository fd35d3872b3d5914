//! Verdicts that nobody asks for any more are dropped: one takes more room than all that it is made from.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use capture::Timestamp;

use super::AddressBook;
use super::timeline::Judged;

/// A verdict goes when nobody asked for it in so long; it is found out within as long again.
const IDLE: Duration = Duration::from_secs(10);

/// The addresses that have a verdict, and since when each was not looked at, longest first: others cost nothing.
#[derive(Debug, Default)]
pub(super) struct Rest(VecDeque<(Timestamp, IpAddr)>);

impl Rest {
    /// `ip` has a verdict that is to be looked at again a while after `now`.
    pub(super) fn add(&mut self, ip: IpAddr, now: Timestamp) {
        self.0.push_back((now, ip));
    }

    /// The next address to be looked at, where one is due at `now`; after a clock was set back, all are.
    fn due(&mut self, now: Timestamp) -> Option<IpAddr> {
        let waits = |(since, _): &&(Timestamp, IpAddr)| *since <= now && now.since(*since) < IDLE;
        match self.0.front().filter(waits) {
            Some(_) => None,
            None => self.0.pop_front().map(|(_, ip)| ip),
        }
    }

    /// The first of more than `most`, which addresses that were forgotten meanwhile may come to.
    fn surplus(&mut self, most: usize) -> Option<IpAddr> {
        let over = self.0.len() > most;
        over.then(|| self.0.pop_front())?.map(|(_, ip)| ip)
    }
}

impl AddressBook {
    /// Packet time has reached `now`.
    pub(crate) fn rest(&mut self, now: Timestamp) {
        while let Some(ip) = self.rest.due(now) {
            let timeline = self.timelines.get_mut(&ip);
            if timeline.is_some_and(|timeline| std::mem::take(&mut timeline.asked)) {
                self.rest.add(ip, now);
            } else {
                self.drop_verdict(ip);
            }
        }
        while let Some(ip) = self.rest.surplus(self.limit) {
            self.drop_verdict(ip);
        }
    }

    fn drop_verdict(&mut self, ip: IpAddr) {
        if let Some(timeline) = self.timelines.get_mut(&ip) {
            timeline.judged = Judged::default();
            timeline.queued = false;
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
        assert!(book.rest.0.is_empty());
    }

    #[test]
    fn addresses_that_come_and_go_are_bounded() {
        let mut book = AddressBook::new(&Config::default(), Arc::new(Snapshot::empty()));
        book.limit = 10;
        let now = Timestamp::new(1_000, 0);
        for last in 0..200 {
            let ip = IpAddr::from([10, 77, 0, last]);
            book.learn(ip, &Claim::word(Method::NtlmWorkstation, "ws01"), now);
            assert!(book.computer(ip, now).is_some());
            book.rest(now);
            assert!(book.rest.0.len() <= 10);
        }
        assert!(book.timelines.values().filter(|timeline| timeline.queued).count() <= 10);
    }
}
