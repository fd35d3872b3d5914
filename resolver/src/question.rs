//! Addresses that somebody should ask: who is behind them is not known for sure, and an activity wanted to know.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use capture::Timestamp;
use hashbrown::HashMap;

/// The most addresses that wait to be asked; beyond it a new one is dropped, and comes up again with its next activity.
const MAX_QUESTIONS: usize = 4_096;
/// The most addresses whose last question is remembered; beyond it all are forgotten.
const MAX_ASKED: usize = 1 << 16;
/// How long an address is left in peace after it came up.
const AGAIN: Duration = Duration::from_secs(300);

/// The addresses to ask, first come first.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    /// Whether anybody asks.
    on: bool,
    queue: VecDeque<IpAddr>,
    asked: HashMap<IpAddr, Timestamp>,
    dropped: u64,
}

impl Questions {
    /// From now on somebody takes them.
    pub(crate) const fn start(&mut self) {
        self.on = true;
    }

    /// Whether somebody does.
    pub(crate) const fn are_asked(&self) -> bool {
        self.on
    }

    /// Questions dropped because too many waited.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// An activity at `now` wanted to know who holds `ip`.
    pub(crate) fn raise(&mut self, ip: IpAddr, now: Timestamp) {
        let lately = |asked: &Timestamp| now.since(*asked) < AGAIN;
        if !self.on || self.asked.get(&ip).is_some_and(lately) {
            return;
        }
        if self.queue.len() >= MAX_QUESTIONS {
            self.dropped += 1;
            return;
        }
        if self.asked.len() >= MAX_ASKED {
            self.asked.clear();
        }
        self.asked.insert(ip, now);
        self.queue.push_back(ip);
    }

    /// The next to ask.
    pub(crate) fn next(&mut self) -> Option<IpAddr> {
        self.queue.pop_front()
    }

    /// The clock was set back: what was asked later than now was never asked.
    pub(crate) fn set_back(&mut self) {
        self.asked.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(number: u16) -> IpAddr {
        let [high, low] = number.to_be_bytes();
        IpAddr::from([10, 77, high, low])
    }

    #[test]
    fn an_address_is_asked_once_in_a_while() {
        let mut questions = Questions::default();
        questions.raise(ip(1), Timestamp::new(0, 0));
        assert_eq!(questions.next(), None, "nobody asks");
        questions.start();
        for seconds in [0, 1, 299, 300] {
            questions.raise(ip(1), Timestamp::new(seconds, 0));
        }
        assert_eq!(
            [questions.next(), questions.next(), questions.next()],
            [Some(ip(1)), Some(ip(1)), None]
        );
    }

    #[test]
    fn questions_are_bounded() {
        let mut questions = Questions::default();
        questions.start();
        for number in 0..5_000 {
            questions.raise(ip(number), Timestamp::new(0, 0));
        }
        assert_eq!(
            (questions.queue.len(), questions.dropped()),
            (MAX_QUESTIONS, 5_000 - MAX_QUESTIONS as u64)
        );
    }
}
