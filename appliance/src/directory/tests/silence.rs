//! Controllers that say nothing, or do not stop: other domains wait for their turn.

use std::net::Ipv4Addr;
use std::time::Duration;

use resolver::directory::sync::PAGE;

use super::failover::{OTHER, two, unreachable};
use super::rounds::{Lab, kind, titles};
use super::script::{Asked, Request, flooding, scripted};
use crate::directory::connection::Patience;
use crate::directory::trouble::Kind;

const SOON: Duration = Duration::from_millis(300);
const NEVER: Duration = Duration::from_secs(1 << 30);

fn sound(request: &Request) -> Option<Vec<u8>> {
    Some(request.sound("first"))
}

/// Says nothing to this, and keeps the connection.
fn silent(asked: Asked) -> impl Fn(&Request) -> Option<Vec<u8>> {
    move |request| match request.asked == asked {
        true => Some(Vec::new()),
        false => sound(request),
    }
}

#[test]
fn nobody_waits_long_for_a_bind_a_root_or_a_word_about_the_password() {
    let patience = Patience::default();
    assert_eq!((patience.reply.as_secs(), patience.answer.as_secs()), (10, 120));
    for asked in [Asked::Bind, Asked::Root] {
        let (mut lab, _heard) = two(silent(asked), sound);
        lab.domain.patience = Patience {
            reply: SOON,
            answer: NEVER,
        };
        assert_eq!(lab.round().trouble, None, "the next one is asked");
        assert_eq!(unreachable(&lab), ["127.0.0.1"]);
    }
    let (mut lab, _heard) = two(silent(Asked::Password), sound);
    lab.domain.patience = Patience {
        reply: SOON,
        answer: NEVER,
    };
    assert_eq!((lab.round().trouble, unreachable(&lab)), (None, vec![]));
    assert!(lab.domain.status.password_unknown.is_some());
}

#[test]
fn an_answer_without_an_end_is_left() {
    // What has changed is as much as it is; entry after entry comes in time.
    let (port, _) = flooding(Ipv4Addr::LOCALHOST, 0, Some(Asked::Follow), sound);
    let (_, _) = scripted(OTHER, port, |request| match request.asked {
        Asked::Follow => Some([request.user(1, "second"), request.cookie("next")].concat()),
        _ => sound(request),
    });
    let mut lab = Lab::new(port, &["127.0.0.1", "127.0.0.2"]);
    assert_eq!(lab.round().trouble, None);
    lab.domain.patience = Patience {
        reply: NEVER,
        answer: SOON,
    };
    lab.reconnect();
    let round = lab.round();
    assert_eq!(
        (kind(&round), unreachable(&lab)),
        (Some(Kind::Unreachable), vec!["127.0.0.1"])
    );
    assert_eq!(titles(&round), ["again"], "what it said until then is told");
    lab.domain.patience = Patience::default();
    assert_eq!(titles(&lab.round()), ["second"]);
}

#[test]
fn more_entries_than_were_asked_for_are_trouble_and_conclude_nothing() {
    let page = |request: &Request, most: u32| {
        let users: Vec<u8> = (0..most).flat_map(|_| request.user(2, "other")).collect();
        [users, request.done(0)].concat()
    };
    let (port, _) = flooding(Ipv4Addr::LOCALHOST, 0, Some(Asked::Read), sound);
    let (_, _) = scripted(OTHER, port, move |request| match request.asked {
        Asked::Read => Some(page(request, PAGE)),
        _ => sound(request),
    });
    let mut lab = Lab::new(port, &["127.0.0.1", "127.0.0.2"]);
    lab.domain.patience.answer = NEVER;
    let round = lab.round();
    let trouble = round.trouble.unwrap();
    assert_eq!(
        trouble.what,
        "127.0.0.1: it sends more entries than were asked for in a page"
    );
    assert_eq!((trouble.kind, round.read), (Kind::Garbled, false));
    assert_eq!(unreachable(&lab), ["127.0.0.1"]);
    let round = lab.round();
    assert_eq!(
        (round.trouble, round.read, round.entries),
        (None, true, u64::from(PAGE))
    );
    assert_eq!(lab.domain.status.objects, 1);
}
