//! Rings of the test's own, merged.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::super::Ring;
use super::*;

const WINDOW: Duration = Duration::from_millis(20);

/// Frames by their times; each carries its time as data.
#[derive(Clone, Debug, Default)]
struct Times(Arc<Mutex<VecDeque<i64>>>);

impl Times {
    fn push(&self, time: i64) {
        self.0.lock().unwrap().push_back(time);
    }
}

#[derive(Debug)]
struct Fake {
    times: Times,
    data: [u8; 8],
    socket: UnixDatagram,
}

impl Ring for Fake {
    fn head(&mut self) -> Option<Head> {
        let time = *self.times.0.lock().unwrap().front()?;
        self.data = time.to_be_bytes();
        Some(Head {
            time: Timestamp(time),
            wire_len: 8,
            stripped: None,
        })
    }

    fn data(&self) -> &[u8] {
        &self.data
    }

    fn advance(&mut self) {
        self.times.0.lock().unwrap().pop_front();
    }

    fn count(&mut self, stats: &mut RingStats) -> io::Result<()> {
        stats.kernel += 1;
        Ok(())
    }

    fn is_alive(&self) -> bool {
        true
    }
}

impl AsFd for Fake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn live(rings: u16) -> (Live, Vec<Times>) {
    let times: Vec<_> = (0..rings).map(|_| Times::default()).collect();
    let members = (0..).zip(&times).map(|(at, times)| {
        let ring = Fake {
            times: times.clone(),
            data: [0; 8],
            socket: UnixDatagram::unbound().unwrap(),
        };
        Member::alone(Box::new(ring), at)
    });
    (Live::new(members.collect(), 1, 1, WINDOW, Elephants::default()), times)
}

fn lent(live: &mut Live) -> Vec<i64> {
    let mut lent = Vec::new();
    while live.poll(&mut |frame| {
        assert_eq!(frame.data, frame.time.0.to_be_bytes());
        lent.push(frame.time.0);
        ControlFlow::Continue(())
    }) == Poll::More
    {}
    lent
}

#[test]
fn one_ring_waits_for_nothing() {
    let (mut live, rings) = live(1);
    let future = super::super::now().0 + 1_000_000_000_000;
    rings[0].push(future);
    assert_eq!(lent(&mut live), [future]);
}

#[test]
fn a_frame_waits_for_the_other_ring_but_not_for_long() {
    let (mut live, rings) = live(2);
    let now = super::super::now().0;
    rings[0].push(now);
    assert!(lent(&mut live).is_empty());
    assert!(live.due.is_some());
    // What comes meanwhile goes first.
    rings[1].push(now - 5);
    assert_eq!(lent(&mut live), [now - 5]);
    while super::super::now().0 < now + WINDOW.as_nanos() as i64 {
        live.wait(Duration::from_secs(1));
    }
    assert_eq!(lent(&mut live), [now]);
    assert!(live.due.is_none());
}

#[test]
fn nothing_sleeps_over_what_has_come() {
    let (mut live, rings) = live(2);
    assert!(lent(&mut live).is_empty());
    rings[1].push(1);
    let began = std::time::Instant::now();
    live.wait(Duration::from_secs(5));
    assert!(began.elapsed() < Duration::from_secs(4));
    assert_eq!(lent(&mut live), [1]);
}

#[test]
fn a_sink_that_breaks_gets_the_next_one_later() {
    let (mut live, rings) = live(2);
    (1..=3).for_each(|time| rings[0].push(time));
    let poll = live.poll(&mut |_| ControlFlow::Break(()));
    assert_eq!((poll, lent(&mut live)), (Poll::More, vec![2, 3]));
    let received: Vec<_> = live.stats().rings.iter().map(|ring| ring.received).collect();
    assert_eq!(received, [3, 0]);
}

proptest! {
    /// Whatever is there at once comes out by time.
    #[test]
    fn frames_come_out_by_time(all in prop::collection::vec(prop::collection::vec(0..1_000i64, 0..50), 1..5)) {
        let (mut live, rings) = live(all.len() as u16);
        let mut expected: Vec<_> = all.concat();
        for (ring, mut times) in rings.iter().zip(all) {
            times.sort_unstable();
            times.into_iter().for_each(|time| ring.push(time));
        }
        expected.sort_unstable();
        prop_assert_eq!(lent(&mut live), expected);
    }
}
