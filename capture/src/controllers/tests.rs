//! Accounts of conversations by hand, to the unit.

use super::*;
use crate::config::Controller;
use crate::testing::{End::*, Lab};
use crate::time::Timestamp;

fn config() -> Config {
    Config {
        controllers: vec![Controller {
            name: "dc1".to_owned(),
            addresses: vec![[10, 0, 0, 2].into()],
        }],
        ..Config::default()
    }
}

fn account(lab: &Lab) -> Account {
    let mut accounts = lab.assembly.controllers().iter();
    let account = accounts.next().unwrap().clone();
    assert!(accounts.next().is_none());
    account
}

#[test]
fn everything_of_a_whole_conversation_was_seen() {
    let mut lab = Lab::with(&config());
    lab.handshake();
    lab.tcp(Client, "A", 1, 1, "question");
    lab.tcp(Server, "A", 1, 9, "answer!");
    lab.tcp(Client, "AF", 9, 8, "");
    lab.tcp(Server, "AF", 8, 10, "");
    lab.tcp(Client, "A", 10, 9, "");
    lab.finish();
    let seen = account(&lab);
    assert_eq!(seen.name, "dc1");
    let to = Traffic {
        packets: 4,
        bytes: 4 * 20 + 8,
        stream_bytes: 8,
        ..Traffic::default()
    };
    // The last acknowledgment comes behind the end.
    assert_eq!(seen.to, to);
    let from = Traffic {
        packets: 3,
        bytes: 3 * 20 + 7,
        stream_bytes: 7,
        ..Traffic::default()
    };
    assert_eq!(seen.from, from);
    assert_eq!(
        (seen.flows, seen.flows_both, seen.flows_only_to, seen.flows_only_from),
        (1, 1, 0, 0)
    );
    assert_eq!(seen.seen(), Some(1.0));
    let millis = |time: Option<Timestamp>| time.unwrap().0 / 1_000_000 % 1_000;
    assert_eq!((millis(seen.first), millis(seen.last)), (1, 7));
}

#[test]
fn a_hole_that_was_acknowledged_is_capture_loss() {
    let mut lab = Lab::with(&config());
    lab.handshake();
    lab.tcp(Server, "A", 1, 1, "abc");
    lab.tcp(Server, "A", 11, 1, "klm");
    lab.tcp(Client, "A", 1, 14, "");
    lab.finish();
    let seen = account(&lab);
    assert_eq!(
        (
            seen.from.stream_bytes,
            seen.from.missing_bytes,
            seen.from.unacknowledged_bytes
        ),
        (6, 7, 0)
    );
    assert_eq!(seen.to.missing_bytes, 0);
    assert_eq!(seen.seen(), Some(6.0 / 13.0));
    assert_eq!(lab.assembly.stats().missing_bytes, 7);
}

#[test]
fn a_hole_that_nobody_acknowledged_is_the_networks() {
    let mut lab = Lab::with(&config());
    lab.handshake();
    lab.tcp(Server, "A", 1, 1, "abc");
    lab.tcp(Server, "A", 11, 1, "klm");
    lab.tcp(Client, "A", 1, 6, "");
    lab.finish();
    let seen = account(&lab);
    assert_eq!((seen.from.missing_bytes, seen.from.unacknowledged_bytes), (2, 5));
}

#[test]
fn a_hole_that_is_filled_is_no_loss() {
    let mut lab = Lab::with(&config());
    lab.handshake();
    lab.tcp(Server, "A", 1, 1, "abc");
    lab.tcp(Server, "A", 7, 1, "ghi");
    lab.tcp(Client, "A", 1, 4, "");
    lab.tcp(Server, "A", 4, 1, "def");
    lab.tcp(Client, "A", 1, 10, "");
    lab.finish();
    let seen = account(&lab);
    assert_eq!(
        (
            seen.from.stream_bytes,
            seen.from.missing_bytes,
            seen.from.unacknowledged_bytes
        ),
        (9, 0, 0)
    );
}

#[test]
fn what_is_acknowledged_behind_the_last_byte_is_missing_too() {
    let mut lab = Lab::with(&config());
    lab.handshake();
    lab.tcp(Server, "A", 1, 1, "abc");
    lab.tcp(Client, "A", 1, 104, "");
    lab.finish();
    assert_eq!(account(&lab).from.missing_bytes, 100);
    // Up to the FIN where that was seen; one number may be the FIN's where it was not.
    for (flags, acknowledged, expected) in [("AF", 5, 0), ("A", 5, 0), ("A", 6, 2)] {
        let mut lab = Lab::with(&config());
        lab.handshake();
        lab.tcp(Server, flags, 1, 1, "abc");
        lab.tcp(Client, "A", 1, acknowledged, "");
        lab.finish();
        assert_eq!(account(&lab).from.missing_bytes, expected, "{flags} {acknowledged}");
    }
}

#[test]
fn a_mirror_of_one_direction_misses_the_other() {
    let mut lab = Lab::with(&config());
    lab.tcp(Client, "S", 0, 0, "");
    lab.tcp(Client, "A", 1, 1, "");
    for answer in 1..=20 {
        lab.tcp(Client, "A", 1, 1 + answer * 10_000, "");
    }
    let seen = account(&lab);
    assert_eq!((seen.flows_both, seen.flows_only_to, seen.flows_only_from), (0, 1, 0));
    assert_eq!(
        seen.from.missing_bytes, 140_000,
        "the last ones may be on their way yet"
    );
    lab.finish();
    let seen = account(&lab);
    assert_eq!(
        (seen.from.missing_bytes, seen.from.packets, seen.to.packets),
        (200_000, 0, 22)
    );
    assert_eq!((seen.flows_only_to, seen.seen()), (1, Some(0.0)));
}

#[test]
fn a_short_flow_in_one_direction_counts_when_it_is_over() {
    let mut lab = Lab::with(&config());
    lab.tcp(Server, "SA", 0, 1, "");
    assert_eq!(account(&lab).flows_only_from, 0);
    lab.finish();
    assert_eq!(account(&lab).flows_only_from, 1);
    // A SYN that nobody answers is a host that is not there.
    let mut lab = Lab::with(&config());
    lab.tcp(Client, "S", 0, 0, "");
    lab.finish();
    let seen = account(&lab);
    assert_eq!(
        (seen.flows, seen.flows_both, seen.flows_only_to, seen.flows_only_from),
        (1, 0, 0, 0)
    );
}

#[test]
fn a_late_beginning_is_no_loss_and_an_acknowledgment_from_nowhere_none_either() {
    let mut lab = Lab::with(&config());
    lab.tcp(Client, "A", 500, 7_000, "abc");
    lab.tcp(Client, "A", 503, 7_100, "");
    // The mirror brought the acknowledgment before what it acknowledges.
    lab.tcp(Server, "A", 7_000, 503, &"x".repeat(100));
    lab.tcp(Server, "A", 7_100, 503, "y");
    lab.tcp(Client, "A", 503, 3_000_000_000, "");
    lab.finish();
    let seen = account(&lab);
    assert_eq!((seen.from.stream_bytes, seen.from.missing_bytes), (101, 0));
    assert_eq!((seen.to.stream_bytes, seen.to.missing_bytes), (3, 0));
}

#[test]
fn what_came_before_the_first_byte_that_was_seen_is_missing_if_it_was_acknowledged() {
    let mut lab = Lab::with(&config());
    lab.tcp(Client, "A", 500, 7_000, "abc");
    lab.tcp(Client, "A", 503, 7_100, "");
    lab.tcp(Server, "A", 7_200, 503, "y");
    lab.finish();
    assert_eq!(account(&lab).from.missing_bytes, 100);
}

#[test]
fn cut_bytes_are_neither_seen_nor_lost() {
    let mut lab = Lab::with(&config());
    lab.handshake();
    lab.snap = Some(14 + 40 + 4);
    lab.tcp(Server, "A", 1, 1, "abcdefghij");
    lab.snap = None;
    lab.tcp(Client, "A", 1, 11, "");
    lab.finish();
    let seen = account(&lab);
    assert_eq!(
        (seen.from.stream_bytes, seen.from.cut_bytes, seen.from.missing_bytes),
        (4, 6, 0)
    );
    assert_eq!(seen.from.bytes, 20 + 30);
    assert_eq!(lab.assembly.stats().cut_bytes, 6);
}

#[test]
fn a_server_of_the_directory_is_learned_when_it_answers() {
    let mut lab = Lab::new();
    lab.tcp(Client, "S", 0, 0, "");
    lab.tcp(Server, "SA", 0, 1, "");
    lab.tcp(Client, "A", 1, 1, "bind");
    assert_eq!(lab.assembly.controllers().iter().count(), 0);
    lab.tcp(Server, "A", 1, 5, "done");
    let seen = account(&lab);
    assert_eq!((seen.name.as_str(), seen.configured), ("10.0.0.2", false));
    assert_eq!((seen.to.packets, seen.from.packets), (2, 2), "from its first packet on");
    lab.finish();
}

#[test]
fn the_learned_are_bounded_and_counted_beyond() {
    let mut controllers = Controllers::default();
    let mut answer = |ip: u32, port: u16| {
        let end = |ip: u32, port| crate::flow::Endpoint {
            ip: IpAddr::V4(ip.into()),
            port,
            mac: None,
        };
        let opening = Opening {
            transport: Transport::Tcp,
            client: end(1, 40_000),
            server: end(ip, port),
            midstream: false,
        };
        let (key, side) = Key::new(Transport::Tcp, (opening.server.ip, port), (opening.client.ip, 40_000));
        let mut parties = controllers.open(&key, &opening);
        let arrival = Arrival {
            side,
            time: Timestamp(0),
            frames: 1,
            bytes: 1,
            speaks: true,
            acknowledges: true,
        };
        controllers.packet(&mut parties, &arrival);
        (
            controllers.iter().count(),
            controllers.unwatched(),
            controllers.accounts.len(),
        )
    };
    for ip in 0..900 {
        answer(1 << 24 | ip, 445);
    }
    assert_eq!(answer(2 << 24, 445), (0, 133, 768), "file servers prove nothing");
    for ip in 0..256 {
        answer(3 << 24 | ip, 389);
    }
    assert_eq!(answer(3 << 24, 80), (256, 133, 1_024), "nobody asks a controller there");
    assert_eq!(answer(4 << 24, 88), (256, 134, 1_024));
}

#[test]
fn workers_add_up_and_the_order_is_the_configurations() {
    let config = Config {
        controllers: ["b", "a"]
            .iter()
            .zip([[10, 0, 0, 9], [10, 0, 0, 2]])
            .map(|(name, address)| Controller {
                name: (*name).to_owned(),
                addresses: vec![address.into(), [address[0], 0, 0, 100 + address[3]].into()],
            })
            .collect(),
        ..Config::default()
    };
    let mut sum = Controllers::default();
    for _ in 0..3 {
        let mut lab = Lab::with(&config);
        lab.handshake();
        lab.tcp(Client, "A", 1, 1, "abc");
        lab.tcp(Client, "A", 1, 1, "abc");
        lab.finish();
        sum.add(lab.assembly.controllers());
    }
    let names: Vec<_> = sum
        .iter()
        .map(|account| (account.name.as_str(), account.to.packets))
        .collect();
    assert_eq!(names, [("b", 0), ("a", 12)]);
    assert_eq!(sum.iter().nth(1).unwrap().to.stream_bytes, 9);
}
