//! Two controllers of a domain, the first of which fails in some way.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use super::rounds::{Lab, kind, titles};
use super::script::{Asked, Request, count, scripted};
use crate::directory::config::CredentialConfig;
use crate::directory::trouble::Kind;

pub(super) const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What each of them was asked.
pub(super) struct Heard {
    pub(super) first: Arc<Mutex<Vec<Request>>>,
    pub(super) second: Arc<Mutex<Vec<Request>>>,
}

/// Both, at one port.
pub(super) fn two(
    first: impl Fn(&Request) -> Option<Vec<u8>> + Send + Sync + 'static,
    second: impl Fn(&Request) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> (Lab, Heard) {
    let (port, heard) = scripted(Ipv4Addr::LOCALHOST, 0, first);
    let (_, other) = scripted(OTHER, port, second);
    let lab = Lab::new(port, &["127.0.0.1", "127.0.0.2"]);
    let heard = Heard {
        first: heard,
        second: other,
    };
    (lab, heard)
}

pub(super) fn unreachable(lab: &Lab) -> Vec<&str> {
    let unreachable = lab.domain.status.unreachable.iter();
    unreachable.map(|other| other.controller.as_str()).collect()
}

#[test]
fn who_takes_a_connection_and_fails_at_the_bind_gives_way_to_the_next() {
    // It drops the connection; it is busy, unavailable, unwilling, wants it signed; it lets nobody see what it is.
    for (asked, code) in [
        (Asked::Bind, None),
        (Asked::Bind, Some(51)),
        (Asked::Bind, Some(52)),
        (Asked::Bind, Some(53)),
        (Asked::Bind, Some(8)),
        (Asked::Root, None),
        (Asked::Root, Some(0)),
    ] {
        let fails = move |request: &Request| match request.asked == asked {
            true => code.map(|code| request.done(code)),
            false => Some(request.sound("first")),
        };
        let (mut lab, heard) = two(fails, |request| Some(request.sound("first")));
        let round = lab.round();
        assert_eq!((round.trouble.clone(), round.read), (None, true), "{asked:?} {code:?}");
        assert_eq!(unreachable(&lab), ["127.0.0.1"], "{asked:?} {code:?}");
        assert_eq!(lab.domain.status.controller, "127.0.0.2");
        let (round, before) = (lab.round(), count(&heard.first, Asked::Bind));
        assert_eq!((round.trouble, before), (None, 1), "the one that works stays");
    }
}

#[test]
fn a_refused_password_does_not_go_round() {
    let (mut lab, heard) = two(|request| Some(request.done(49)), |request| Some(request.sound("first")));
    for _ in 0..3 {
        assert_eq!(kind(&lab.round()), Some(Kind::Credentials));
    }
    let binds = [&heard.first, &heard.second].map(|heard| count(heard, Asked::Bind));
    assert_eq!((binds, unreachable(&lab)), ([1, 0], vec![]), "it answers");
}

#[test]
fn an_account_that_one_refuses_is_not_shown_to_the_next() {
    let first = |request: &Request| Some(request.done(if request.has("old@lab.example") { 49 } else { 52 }));
    let (lab, heard) = two(first, |request| Some(request.sound("first")));
    let mut config = lab.config.clone();
    let old = CredentialConfig {
        user: "old@lab.example".into(),
        ..config.credentials[0].clone()
    };
    config.credentials.insert(0, old);
    let mut lab = lab.with(config);
    assert_eq!(lab.round().trouble, None);
    let shown = heard
        .second
        .lock()
        .unwrap()
        .iter()
        .any(|request| request.has("old@lab.example"));
    assert!(!shown, "it would be locked the sooner");
    assert_eq!(lab.domain.status.account, "adtap@lab.example");
}

#[test]
fn another_controller_goes_on_with_the_cookie() {
    let first = |request: &Request| match request.asked {
        Asked::Mark => Some(request.cookie("cookie-of-dc1")),
        Asked::Follow => None,
        _ => Some(request.sound("first")),
    };
    // It may tell again what is known already; nothing is missed.
    let second = |request: &Request| match request.asked {
        Asked::Follow if request.has("cookie-of-dc1") => {
            let told = [
                request.user(1, "first"),
                request.user(2, "new"),
                request.cookie("cookie-of-dc2"),
            ];
            Some(told.concat())
        }
        Asked::Follow if request.has("cookie-of-dc2") => Some(request.cookie("cookie-of-dc2")),
        Asked::Follow => Some(request.done(53)),
        _ => Some(request.sound("first")),
    };
    let (mut lab, heard) = two(first, second);
    assert!(lab.round().read);
    let dropped = lab.round();
    assert_eq!(
        (kind(&dropped), unreachable(&lab)),
        (Some(Kind::Unreachable), vec!["127.0.0.1"])
    );
    let round = lab.round();
    assert_eq!((round.trouble.clone(), round.read), (None, false));
    assert_eq!(titles(&round), ["new"]);
    assert_eq!(lab.round().changes.len(), 0);
    assert_eq!(
        (count(&heard.second, Asked::Read), unreachable(&lab)),
        (0, vec!["127.0.0.1"])
    );
}

#[test]
fn a_cookie_that_another_controller_does_not_know_costs_a_full_read_there() {
    let first = |request: &Request| match request.asked {
        Asked::Follow => None,
        _ => Some(request.sound("first")),
    };
    let second = |request: &Request| match request.asked {
        Asked::Follow if !request.has("cookie-of-dc2") => Some(request.done(53)),
        Asked::Mark | Asked::Follow => Some(request.cookie("cookie-of-dc2")),
        _ => Some(request.sound("second")),
    };
    let (mut lab, _heard) = two(first, second);
    assert!(lab.round().read);
    assert!(lab.round().trouble.is_some());
    let round = lab.round();
    assert_eq!((round.trouble.clone(), round.read), (None, true));
    assert_eq!(titles(&round), ["second"]);
}

#[test]
fn garbage_that_cannot_be_read_gives_way_too() {
    // A BindResponse of nothing: the library that takes it apart panics.
    let first = |request: &Request| Some(request.message(&[&[0x61, 0]]));
    let (mut lab, _heard) = two(first, |request| Some(request.sound("first")));
    let round = lab.round();
    let trouble = round.trouble.unwrap();
    assert_eq!(trouble.what, "127.0.0.1: its answer is none that can be read");
    assert_eq!((trouble.kind, unreachable(&lab)), (Kind::Garbled, vec!["127.0.0.1"]));
    assert!(lab.round().read);
}
