//! Datagrams cut up, mixed up and doubled.

use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::decode::Path;
use crate::flow::Tunnel;

const NOW: Timestamp = Timestamp(0);

fn fragment(identification: u32, offset: u32, more: bool, data: &[u8]) -> Fragment<'_> {
    let path = Path {
        source: IpAddr::from([10, 0, 0, 1]),
        destination: IpAddr::from([10, 0, 0, 2]),
        source_mac: None,
        destination_mac: None,
        tunnel: Tunnel::default(),
    };
    Fragment {
        path,
        identification,
        protocol: 17,
        offset,
        more,
        data,
    }
}

fn defrag() -> Defrag {
    Defrag::new(&Config::default())
}

#[test]
fn in_any_order() {
    let mut defrag = defrag();
    assert!(defrag.accept(&fragment(1, 16, false, b"end"), NOW).complete.is_none());
    assert!(
        defrag
            .accept(&fragment(1, 0, true, b"01234567"), NOW)
            .complete
            .is_none()
    );
    assert!(
        defrag
            .accept(&fragment(2, 8, true, b"another."), NOW)
            .complete
            .is_none()
    );
    let complete = defrag.accept(&fragment(1, 8, true, b"89abcdef"), NOW).complete.unwrap();
    assert_eq!(
        (complete.frames, &complete.payload[..]),
        (3, &b"0123456789abcdefend"[..])
    );
    assert_eq!(defrag.finish(), 1);
}

#[test]
fn first_bytes_win() {
    let mut defrag = defrag();
    defrag.accept(&fragment(1, 8, true, b"89abcdef"), NOW);
    let outcome = defrag.accept(&fragment(1, 0, true, b"01234567XXXXXXXX"), NOW);
    assert_eq!(outcome.overlap, 8);
    let outcome = defrag.accept(&fragment(1, 8, false, b"YYYYYYYYghi"), NOW);
    assert_eq!(outcome.complete.unwrap().payload, b"0123456789abcdefghi");
}

#[test]
fn contradictions_are_refused() {
    let mut defrag = defrag();
    assert!(defrag.accept(&fragment(1, 0, true, b"seven.."), NOW).refused);
    assert!(defrag.accept(&fragment(1, 65_528, true, b"too.far."), NOW).refused);
    assert!(defrag.accept(&fragment(1, 8, true, b""), NOW).refused);
    defrag.accept(&fragment(1, 8, false, b"end"), NOW);
    assert!(defrag.accept(&fragment(1, 8, false, b"ending"), NOW).refused);
    assert!(defrag.accept(&fragment(1, 16, true, b"too far."), NOW).refused);
    assert_eq!(defrag.finish(), 1);
}

#[test]
fn bounds_push_out_the_oldest() {
    let config = Config {
        fragment_datagrams: 2,
        ..Config::default()
    };
    let mut defrag = Defrag::new(&config);
    let lost: Vec<u64> = (0..4)
        .map(|id| defrag.accept(&fragment(id, 8, true, b"01234567"), NOW).lost)
        .collect();
    assert_eq!(lost, [0, 0, 1, 1]);
    assert_eq!(defrag.finish(), 2);
}

#[test]
fn bytes_are_bounded() {
    let mut defrag = Defrag::new(&Config {
        fragment_bytes: 0,
        ..Config::default()
    });
    let data = [0; 60_000];
    let lost: u64 = (0..100)
        .map(|id| defrag.accept(&fragment(id, 8, true, &data), NOW).lost)
        .sum();
    assert_eq!(lost + defrag.finish(), 100);
    assert!(lost >= 97 && defrag.bytes == 0);
}

#[test]
fn pieces_of_a_datagram_are_bounded() {
    let mut defrag = defrag();
    let lost: u64 = (0..2_000)
        .map(|n| defrag.accept(&fragment(1, n * 16 + 8, true, b"01234567"), NOW).lost)
        .sum();
    assert_eq!((lost, defrag.finish()), (2_000 - 1_024, 1_024));
}

#[test]
fn what_waits_too_long_is_lost() {
    let mut defrag = defrag();
    defrag.accept(&fragment(1, 0, true, b"01234567"), Timestamp::new(10, 0));
    defrag.accept(&fragment(1, 16, true, b"01234567"), Timestamp::new(50, 0));
    defrag.accept(&fragment(2, 0, true, b"01234567"), Timestamp::new(50, 0));
    assert_eq!(defrag.expire(Timestamp::new(69, 0)), 0);
    assert_eq!(defrag.expire(Timestamp::new(70, 0)), 2);
    assert_eq!(defrag.expire(Timestamp::new(110, 0)), 1);
    assert_eq!(defrag.bytes, 0);
}

#[test]
fn finished_datagrams_leave_nothing_behind() {
    let mut defrag = defrag();
    for id in 0..10_000 {
        defrag.accept(&fragment(id, 0, true, b"01234567"), NOW);
        assert!(defrag.accept(&fragment(id, 8, false, b"x"), NOW).complete.is_some());
    }
    assert_eq!((defrag.bytes, defrag.datagrams.len()), (0, 0));
    assert!(defrag.order.len() <= 1);
}

proptest! {
    #[test]
    fn order_overlap_and_repetition_do_not_matter(
        length in 1usize..3_000,
        pieces in prop::collection::vec((0usize..400, 1usize..60), 0..80),
    ) {
        let data: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        let mut defrag = defrag();
        let (mut frames, mut result) = (0, None);
        let all = pieces.iter().map(|(start, count)| (start * 8, count * 8)).chain([(0, length)]);
        for (start, count) in all {
            if start >= length || result.is_some() {
                continue;
            }
            let end = (start + count).min(length);
            let outcome = defrag.accept(&fragment(1, start as u32, end < length, &data[start..end]), NOW);
            frames += 1;
            prop_assert!(!outcome.refused && outcome.lost == 0);
            result = outcome.complete;
        }
        let complete = result.unwrap();
        prop_assert_eq!((complete.frames, complete.payload), (frames, data));
        prop_assert_eq!((defrag.finish(), defrag.bytes), (0, 0));
    }

    #[test]
    fn every_fragment_is_accounted_for(
        fragments in prop::collection::vec((0u32..6, 0u32..40, any::<bool>(), 0usize..70), 1..300),
        datagrams in 1usize..4,
    ) {
        let mut defrag = Defrag::new(&Config { fragment_datagrams: datagrams, ..Config::default() });
        let (mut refused, mut lost, mut complete) = (0, 0, 0);
        let data = [7; 70];
        for (number, (id, offset, more, length)) in fragments.iter().enumerate() {
            let clock = Timestamp::new(number as i64, 0);
            let outcome = defrag.accept(&fragment(*id, offset * 8, *more, &data[..*length]), clock);
            refused += u64::from(outcome.refused);
            complete += outcome.complete.map_or(0, |complete| complete.frames);
            lost += outcome.lost + defrag.expire(clock);
        }
        prop_assert_eq!(refused + lost + complete + defrag.finish(), fragments.len() as u64);
        prop_assert_eq!(defrag.bytes, 0);
    }
}
