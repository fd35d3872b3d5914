//! The book as such: its bounds, and what repeating does.

use super::*;
use crate::entity::Method;

const CLAIM: fn(&str) -> Claim<'_> = |name| Claim::word(Method::DnsAnswer, name);

fn book(limit: usize) -> AddressBook {
    let mut book = AddressBook::new(&Config::default(), Arc::new(Snapshot::empty()));
    book.limit = limit;
    book
}

fn ip(last: u8) -> IpAddr {
    IpAddr::from([10, 77, 0, last])
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(1_000_000 + seconds, 0)
}

#[test]
fn the_address_nobody_asks_about_goes_first() {
    let mut book = book(2);
    let now = at(100);
    book.learn(ip(1), &CLAIM("one"), now);
    book.learn(ip(2), &CLAIM("two"), now);
    assert!(book.computer(ip(1), now).is_some());
    book.learn(ip(3), &CLAIM("three"), now);
    assert_eq!((book.len(), book.counts().evicted), (2, 1));
    assert!(book.computer(ip(2), now).is_none());
    assert!(book.computer(ip(1), now).is_some() && book.computer(ip(3), now).is_some());
    for last in 4..=255 {
        book.learn(ip(last), &CLAIM("more"), now);
    }
    assert_eq!((book.len(), book.queue.len()), (2, 2));
}

#[test]
fn a_shared_address_that_is_forgotten_is_counted() {
    let mut book = book(1);
    book.learn(ip(1), &CLAIM("one"), at(0));
    for name in ["CLIENT", "PHONE", "TABLET"] {
        book.crowd(ip(1), Crowding::Machines, name, at(0));
    }
    book.learn(ip(2), &CLAIM("other"), at(1));
    book.learn(ip(3), &CLAIM("other"), at(2));
    assert_eq!((book.counts().evicted, book.counts().shared_forgotten), (2, 1));
}

#[test]
fn repeating_a_claim_keeps_it_and_shows_the_minute() {
    let mut book = book(9);
    for seconds in (0..7_200).step_by(30) {
        book.learn(ip(1), &CLAIM("one"), at(seconds));
    }
    let computer = book.computer(ip(1), at(7_200)).unwrap();
    assert_eq!(computer.evidence[0].time, at(7_140));
    assert!(book.computer(ip(1), at(7_170 + 3_599)).is_some());
    assert!(book.computer(ip(1), at(7_170 + 3_600)).is_none());
    assert_eq!(book.counts().replaced, 0);
}

#[test]
fn an_address_has_a_bounded_history_that_keeps_proofs() {
    let mut book = book(9);
    let proof = CLAIM("WS01$").with(Standing::Proof, Some("LAB"));
    let proof = Claim {
        method: Method::MachineLogon,
        ..proof
    };
    book.learn(ip(1), &proof, at(0));
    for number in 0..1_000 {
        let name = format!("forged{number}");
        book.learn(ip(1), &Claim::word(Method::NtlmWorkstation, &name), at(number));
    }
    let timeline = &book.timelines[&ip(1)];
    assert_eq!(timeline.tenures.len(), timeline::MAX_TENURES);
    assert_eq!(book.counts().tenures_forgotten, 1_001 - timeline::MAX_TENURES as u64);
    assert_eq!(book.computer(ip(1), at(1_000)).unwrap().name, "WS01");
}

#[test]
fn a_clock_that_is_set_back_costs_one_repeat() {
    let mut book = book(9);
    book.learn(ip(1), &CLAIM("one"), at(7_200));
    assert!(book.computer_at(ip(1), at(100)).is_none());
    book.learn(ip(1), &CLAIM("one"), at(100));
    assert!(book.computer_at(ip(1), at(101)).is_some());
}
