//! What is no LDAP, wherever it stands in an answer, and connections that end amid one.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::rounds::{Lab, kind, titles};
use super::script::{Asked, CLOSES, Request, scripted};
use super::value;
use crate::directory::trouble::Kind;

const PAGED: &str = "1.2.840.113556.1.4.319";
const DIRSYNC: &str = "1.2.840.113556.1.4.841";

/// What a controller says once to a search of this kind, at the second look; before and after that it is sound.
#[derive(Clone, Copy)]
struct Garbage {
    asked: Asked,
    bytes: fn(&Request) -> Vec<u8>,
}

/// The second look meets `garbage` and fails; what was known stays, and the third finds what there was to find.
fn looked(garbage: Garbage, what: &str) {
    let (armed, says) = (Arc::new(AtomicBool::new(false)), garbage.bytes);
    let trigger = Arc::clone(&armed);
    let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, move |request| {
        if request.asked == garbage.asked && trigger.swap(false, Ordering::Relaxed) {
            return Some([says(request), CLOSES.to_vec()].concat());
        }
        Some(match request.asked {
            Asked::Follow if request.has("second") => request.cookie("second"),
            Asked::Follow => [request.user(1, "second"), request.cookie("second")].concat(),
            _ => request.sound("first"),
        })
    });
    let mut lab = Lab::new(port, &["127.0.0.1"]);
    assert!(lab.round().read, "{what}");
    armed.store(true, Ordering::Relaxed);
    if garbage.asked != Asked::Follow {
        lab.forget();
    }
    let round = lab.round();
    assert!(!armed.load(Ordering::Relaxed), "{what}: it was said");
    assert!(round.trouble.is_some(), "{what}");
    assert_eq!(titles(&round), Vec::<String>::new(), "{what}");
    assert_eq!(lab.domain.status.objects, 1, "{what}: what was known stays");
    let mut rounds = [lab.round(), lab.round()].into_iter();
    assert!(
        rounds.any(|round| titles(&round) == ["second"] && round.trouble.is_none()),
        "{what}"
    );
}

/// An entry of these octets, then what ends it.
fn entry(request: &Request, octets: &[u8]) -> Vec<u8> {
    request.message(&[octets])
}

#[test]
fn garbage_in_the_place_of_an_answer_ends_the_connection() {
    let says = |bytes| Garbage {
        asked: Asked::Follow,
        bytes,
    };
    let all = [
        (
            "a length beyond everything",
            says(|_| vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1]),
        ),
        ("no sequence", says(|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())),
        (
            "an operation that answers no search",
            says(|request| request.message(&[&[0x78, 0]])),
        ),
        ("a result of nothing", says(|request| request.message(&[&[0x65, 0]]))),
        (
            "a result that is none",
            says(|request| request.message(&[&[0x65, 2, 5, 0]])),
        ),
        ("a message without an operation", says(|_| vec![0x30, 3, 2, 1, 1])),
    ];
    for (what, garbage) in all {
        for asked in [Asked::Follow, Asked::Read] {
            looked(Garbage { asked, ..garbage }, what);
        }
    }
}

#[test]
fn garbage_in_controls_ends_the_round_and_moves_no_mark() {
    looked(
        Garbage {
            asked: Asked::Follow,
            bytes: |request| request.done_with(DIRSYNC, &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
        },
        "a DirSync control that is none",
    );
    looked(
        Garbage {
            asked: Asked::Follow,
            bytes: |request| request.done_with(PAGED, &[0xff; 40]),
        },
        "another control than was to come",
    );
    let all: [fn(&Request) -> Vec<u8>; 4] = [
        |request| request.message(&[&super::result(0x65, 0, ""), &[0xa0, 2, 5, 0]]),
        |request| request.message(&[&super::result(0x65, 0, ""), &[0x80, 2, 5, 0]]),
        |request| request.message(&[&super::result(0x65, 0, ""), &[0xa0, 2, 0x30, 0]]),
        |request| request.message(&[&super::result(0x65, 0, ""), &[0xa0, 4, 0x30, 2, 4, 0]]),
    ];
    for bytes in all {
        looked(
            Garbage {
                asked: Asked::Follow,
                bytes,
            },
            "controls that are none",
        );
    }
}

#[test]
fn a_page_whose_control_is_garbage_is_not_the_last_one() {
    let armed = Arc::new(AtomicBool::new(false));
    let trigger = Arc::clone(&armed);
    let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, move |request| match request.asked {
        Asked::Read if request.has("the second") => Some([request.user(2, "two"), request.done(0)].concat()),
        Asked::Read if trigger.load(Ordering::Relaxed) => {
            Some([request.user(1, "one"), request.done_with(PAGED, &[0xff; 9])].concat())
        }
        Asked::Read => Some([request.user(1, "one"), request.page("the second")].concat()),
        _ => Some(request.sound("")),
    });
    let mut lab = Lab::new(port, &["127.0.0.1"]);
    assert!(lab.round().read);
    armed.store(true, Ordering::Relaxed);
    lab.forget();
    let round = lab.round();
    assert_eq!(
        (kind(&round), round.changes.len()),
        (Some(Kind::Garbled), 0),
        "nobody is gone"
    );
    assert_eq!(lab.domain.status.objects, 2);
}

#[test]
fn garbage_among_entries_costs_the_entry() {
    let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, |request| {
        let malformed = [
            entry(request, &[0x64, 0]),
            entry(request, &[0x64, 2, 4, 0]),
            entry(request, &[0x44, 3, 1, 2, 3]),
            entry(
                request,
                &value(0x64, &[&value(4, &[b"CN=a"]), &value(0x30, &[&[4, 1, 0xff]])]),
            ),
            entry(
                request,
                &value(0x64, &[&value(4, &[b"CN=b"]), &value(0x30, &[&[0x30, 3, 4, 1, 0x61]])]),
            ),
            entry(request, &value(0x64, &[&value(4, &[&[0xff; 70]]), &value(0x30, &[])])),
        ];
        match request.asked {
            Asked::Read => Some([malformed.concat(), request.user(1, "first"), request.done(0)].concat()),
            Asked::Follow => Some([malformed.concat(), request.user(1, "second"), request.cookie("next")].concat()),
            _ => Some(request.sound("first")),
        }
    });
    let mut lab = Lab::new(port, &["127.0.0.1"]);
    let round = lab.round();
    assert_eq!((round.trouble, round.read, lab.domain.status.objects), (None, true, 1));
    let round = lab.round();
    assert_eq!(
        (round.trouble.clone(), titles(&round)),
        (None, vec!["second".to_owned()])
    );
}

#[test]
fn a_connection_that_drops_amid_a_page_leaves_what_was_known() {
    // The second page is cut within an entry; and so is what has changed.
    for cut in [Asked::Read, Asked::Follow] {
        let armed = Arc::new(AtomicBool::new(false));
        let trigger = Arc::clone(&armed);
        let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, move |request| {
            let half = |bytes: Vec<u8>| {
                trigger.store(false, Ordering::Relaxed);
                [&bytes[..bytes.len() / 2], CLOSES].concat()
            };
            let cuts = cut == request.asked && trigger.load(Ordering::Relaxed);
            Some(match request.asked {
                Asked::Read if request.has("the second") && cuts => half(request.user(2, "two")),
                Asked::Read if request.has("the second") => [request.user(2, "two"), request.done(0)].concat(),
                Asked::Read => [request.user(1, "one"), request.page("the second")].concat(),
                Asked::Follow if request.has("cookie-of-all") => request.cookie("cookie-of-all"),
                Asked::Follow if request.has("cookie-of-half") && cuts => half(request.user(2, "changed")),
                Asked::Follow if request.has("cookie-of-half") => {
                    [request.user(2, "changed"), request.cookie("cookie-of-all")].concat()
                }
                Asked::Follow => [request.user(1, "changed"), request.more("cookie-of-half")].concat(),
                _ => request.sound(""),
            })
        });
        let mut lab = Lab::new(port, &["127.0.0.1"]);
        assert!(lab.round().read);
        assert_eq!(lab.domain.status.objects, 2);
        armed.store(true, Ordering::Relaxed);
        if cut == Asked::Read {
            lab.forget();
        }
        let round = lab.round();
        assert_eq!((kind(&round), round.read), (Some(Kind::Unreachable), false));
        let before = titles(&round);
        assert_eq!(
            lab.domain.status.objects, 2,
            "nothing is concluded from what did not come"
        );
        let round = lab.round();
        assert_eq!(round.trouble, None);
        let all = [before, titles(&round), titles(&lab.round())].concat();
        assert_eq!(all, ["changed", "changed"], "each is told once");
    }
}
