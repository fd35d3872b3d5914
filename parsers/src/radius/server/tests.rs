//! The server on datagrams whose digests were computed elsewhere (Python's hashlib and hmac).

use md5::{Digest, Md5};
use proptest::prelude::*;

use super::{Answer, Client, Heard, MAX_ANSWERS, MAX_REMEMBERED, MAX_WAITING, Refusal, Report, Request, Server};
use crate::activity::Outcome;
use crate::testing::unhex;
use capture::{CaptureId, Timestamp};
use std::net::SocketAddr;
use std::time::Duration;
use zeroize::Zeroizing;

const SECRET: &[u8] = b"xyzzy5461";
const START: &str =
    "0407006d1637cf7bd0782feba88ebe43430fe265010b4c41425c616c69636528060000000108060a0800071f0d3230332e302e3131332e39
    2c0a303030303030324104060a0000011a0c000001372206504331371a0d00000c04920753544146461a0c00000c04970600000001";
const STARTED: &str = "05070014f1049e6a111370fd9f6aa15ea5fed015";
/// With two Proxy-States and a Message-Authenticator.
const STOP: &str =
    "04080050abaf51beee822bdabbec1727e8d71f2e0110616c696365406c61622e746573742806000000022c0a303030303030324121056f6e65
    210574776f50123bb46ae115f85c3bb6fe1613ceaad77f";
const STOPPED: &str = "0508001e91670f86cb9a12f1c89274c7317a513521056f6e65210574776f";
const ON: &str = "04090020b7a4ef00908fe9c51a04393a5382231c28060000000704060a000001";
const ACCOUNTING: &str = "05090014e9249f3e9f714c4c274154a5cf62dfae";
const STATUS: &str = "0c030026000102030405060708090a0b0c0d0e0f5012e1cbb3fe866182da1ba56141db8d89f0";
const ALIVE: &str = "0503002669c7ad41a2be99630c5cc5b38b5df92750129459d085adae48d47d3e2ca85d749b17";

fn server() -> Server {
    Server::new("10.0.0.10:1813".parse().unwrap(), CaptureId(3))
}

fn gateway(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port))
}

fn client(secret: &[u8], require_message_authenticator: bool) -> Client {
    Client {
        secret: Zeroizing::new(secret.to_vec()),
        require_message_authenticator,
    }
}

fn now() -> Timestamp {
    Timestamp::new(1_763_600_000, 0)
}

fn hear(server: &mut Server, datagram: &[u8]) -> Heard {
    server.handle_datagram(datagram, gateway(1_646), Some(&client(SECRET, false)), now())
}

fn session(server: &mut Server, datagram: &[u8]) -> (Request, Box<crate::activity::Activity>) {
    match hear(server, datagram) {
        Heard::Session(request, session) => (request, session),
        other => panic!("{other:?}"),
    }
}

/// An Accounting-Request with these attributes (RFC 2866 §3).
fn signed(identifier: u8, attributes: &[(u8, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (number, value) in attributes {
        body.extend([*number, u8::try_from(value.len() + 2).unwrap()]);
        body.extend(*value);
    }
    let [high, low] = u16::try_from(20 + body.len()).unwrap().to_be_bytes();
    let head = [4, identifier, high, low];
    let mut hasher = Md5::new();
    for part in [&head[..], &[0; 16], &body, SECRET] {
        hasher.update(part);
    }
    [&head[..], &hasher.finalize(), &body].concat()
}

fn refused(heard: &Heard) -> Option<Refusal> {
    match heard {
        Heard::Refused(refusal) => Some(*refusal),
        _ => None,
    }
}

#[test]
fn a_session_is_answered_once_it_is_stored() {
    let mut server = server();
    let (request, session) = session(&mut server, &unhex(START));
    assert_eq!(server.poll_answer(), None, "nothing is promised that is not stored");
    let details = &session.details;
    for (name, value) in [
        ("user", "LAB\\alice"),
        ("status_type_name", "Start"),
        ("framed_ip", "10.8.0.7"),
        ("session_id", "0000002A"),
        ("ms_ras_client_name", "PC17"),
        ("asa_tunnel_group_name", "STAFF"),
        ("asa_session_type_name", "AnyConnect Client SSL VPN"),
    ] {
        assert_eq!(details.get_text(name), Some(value), "{name}");
    }
    assert_eq!(details.get_text("request_id").and_then(Request::parse), Some(request));
    assert_eq!((session.time, session.outcome), (now(), Outcome::Success));
    assert_eq!(session.client.socket(), gateway(1_646));
    assert_eq!((session.server.port, session.capture), (1_813, CaptureId(3)));
    server.stored(request);
    server.stored(request);
    let answer = Answer {
        to: gateway(1_646),
        bytes: unhex(STARTED),
    };
    assert_eq!(server.poll_answer(), Some(answer));
    assert_eq!((server.poll_answer(), server.waiting()), (None, 0));
}

#[test]
fn proxies_get_their_state_back() {
    let mut server = server();
    let (request, stop) = session(&mut server, &unhex(STOP));
    assert_eq!(stop.observed.account.as_deref(), Some("alice@lab.test"));
    assert_eq!(stop.observed.domain.as_deref(), Some("lab.test"));
    server.stored(request);
    assert_eq!(server.poll_answer().unwrap().bytes, unhex(STOPPED));
}

#[test]
fn a_device_that_begins_anew_is_stored_and_a_question_is_answered_at_once() {
    let mut server = server();
    let (request, told) = session(&mut server, &unhex(ON));
    assert_eq!(
        (told.action_type, told.details.get_text("status_type_name")),
        (None, Some("Accounting-On"))
    );
    assert_eq!(told.details.get_text("nas_ip"), Some("10.0.0.1"));
    server.stored(request);
    assert_eq!(server.poll_answer().unwrap().bytes, unhex(ACCOUNTING));
    assert!(matches!(hear(&mut server, &unhex(STATUS)), Heard::Status));
    assert_eq!(server.poll_answer().unwrap().bytes, unhex(ALIVE));
}

#[test]
fn what_comes_again_is_stored_once() {
    let mut server = server();
    let (request, _) = session(&mut server, &unhex(START));
    assert!(matches!(hear(&mut server, &unhex(START)), Heard::Again));
    assert_eq!(server.poll_answer(), None, "its session is still on its way");
    server.stored(request);
    assert_eq!(server.poll_answer().unwrap().bytes, unhex(STARTED));
    assert!(matches!(hear(&mut server, &unhex(START)), Heard::Again));
    assert_eq!(server.poll_answer().unwrap().bytes, unhex(STARTED));
    let elsewhere = server.handle_datagram(&unhex(START), gateway(1_647), Some(&client(SECRET, false)), now());
    assert!(
        matches!(elsewhere, Heard::Again),
        "another port is another request, about the same session's beginning"
    );
}

#[test]
fn what_an_earlier_run_has_stored_is_answered() {
    let (request, _) = session(&mut server(), &unhex(START));
    let mut next = server();
    next.remember(request, None, now());
    assert!(matches!(hear(&mut next, &unhex(START)), Heard::Again));
    assert_eq!(next.poll_answer().unwrap().bytes, unhex(STARTED));
}

/// A report of a session, `seconds` into the test: its status, its delay, and what else it says.
fn report(server: &mut Server, identifier: u8, seconds: u64, status: u8, delay: u8, more: &[(u8, &[u8])]) -> Heard {
    let (status, delay) = ([0, 0, 0, status], [0, 0, 0, delay]);
    let common: [(u8, &[u8]); 4] = [(1, b"alice"), (44, b"2A"), (40, &status), (41, &delay)];
    let request = signed(identifier, &[&common, more].concat());
    let time = now().after(Duration::from_secs(seconds));
    server.handle_datagram(&request, gateway(1_646), Some(&client(SECRET, false)), time)
}

#[test]
fn a_delay_that_changes_makes_another_request_about_the_same_event() {
    for (status, more) in [(1, 9), (2, 9), (3, 9)] {
        let more = [0, 0, 0, more];
        let told: [(u8, &[u8]); 1] = [(46, &more)];
        let mut server = server();
        let Heard::Session(request, session) = report(&mut server, 1, 0, status, 0, &told) else {
            panic!("status {status}");
        };
        assert!(
            matches!(report(&mut server, 2, 5, status, 5, &told), Heard::Again),
            "status {status}"
        );
        assert!(server.poll_answer().is_none(), "nothing is stored yet");
        server.stored(request);
        let identifiers: Vec<u8> = std::iter::from_fn(|| server.poll_answer())
            .map(|answer| answer.bytes[1])
            .collect();
        assert_eq!(identifiers, [1, 2], "each request has its answer");
        assert!(matches!(report(&mut server, 3, 21, status, 20, &told), Heard::Again));
        assert_eq!(server.poll_answer().unwrap().bytes[1], 3);
        // Another run knows it by what the session tells.
        let id = session.details.get_text("report_id").unwrap();
        let mut next = self::server();
        next.remember(
            request,
            Report::stored(id, u32::from(status), 0, false, session.time),
            session.time,
        );
        assert!(matches!(report(&mut next, 4, 90, status, 90, &told), Heard::Again));
        assert_eq!(next.poll_answer().unwrap().bytes[1], 4);
        assert!(
            matches!(report(&mut next, 5, 200, status, 0, &told), Heard::Session(..)),
            "not delayed: another event"
        );
    }
}

#[test]
fn an_event_that_is_dated_needs_no_delay() {
    let date: [(u8, &[u8]); 1] = [(55, &[0x69, 0x1d, 0, 0])];
    let mut server = server();
    assert!(matches!(report(&mut server, 1, 0, 3, 0, &date), Heard::Session(..)));
    assert!(matches!(report(&mut server, 2, 60, 3, 0, &date), Heard::Again));
    let later: [(u8, &[u8]); 1] = [(55, &[0x69, 0x1d, 0, 1])];
    assert!(matches!(report(&mut server, 3, 60, 3, 0, &later), Heard::Session(..)));
}

#[test]
fn interim_updates_are_not_taken_for_each_other() {
    let mut server = server();
    let time = |seconds: u8| [0, 0, 0, seconds];
    for (identifier, seconds) in (1..).zip([10, 11, 12, 72]) {
        let told = report(
            &mut server,
            identifier,
            u64::from(seconds),
            3,
            0,
            &[(46, &time(seconds))],
        );
        assert!(matches!(told, Heard::Session(..)), "{seconds}");
    }
    for (identifier, seconds) in [(11, 100), (12, 101)] {
        let told = report(&mut server, identifier, seconds, 3, 0, &[]);
        assert!(
            matches!(told, Heard::Session(..)),
            "they say the same, and neither was delayed"
        );
    }
    for (identifier, status, user) in [(21, 1, 1), (22, 2, 1), (23, 9, 1)] {
        let told = report(&mut server, identifier, 200, status, user, &[]);
        assert!(matches!(told, Heard::Session(..)), "status {status}");
    }
    let elsewhere = signed(31, &[(1, b"alice"), (44, b"2A"), (40, &[0, 0, 0, 1]), (32, b"other")]);
    assert!(
        matches!(hear(&mut server, &elsewhere), Heard::Session(..)),
        "another gateway's session"
    );
    let nameless = [1_u8, 2].map(|identifier| signed(identifier, &[(40, &[0, 0, 0, 1])]));
    for request in nameless {
        assert!(
            matches!(hear(&mut server, &request), Heard::Session(..)),
            "no session, no repetition"
        );
    }
}

#[test]
fn what_is_known_of_events_is_bounded() {
    let mut server = server();
    for number in 0..70_000_u32 {
        let session = number.to_be_bytes();
        let request = signed(1, &[(40, &[0, 0, 0, 1]), (44, &session)]);
        let Heard::Session(request, _) = hear(&mut server, &request) else {
            panic!("{number}");
        };
        server.stored(request);
    }
    while server.poll_answer().is_some() {}
    assert_eq!(server.reports.len(), MAX_REMEMBERED);
    assert_eq!(server.forgotten(), 70_000 - MAX_REMEMBERED as u64);
    for identifier in 1..20 {
        assert!(
            matches!(
                report(&mut server, identifier, u64::from(identifier), 1, identifier, &[]),
                Heard::Again
            ) == (identifier > 1)
        );
    }
    let answers = server.requests.values().filter_map(|state| match state {
        super::State::Waits(answers) => Some(answers.len()),
        super::State::Stored => None,
    });
    assert_eq!(answers.collect::<Vec<_>>(), [MAX_ANSWERS]);
}

#[test]
fn what_was_lost_is_taken_in_anew() {
    let mut server = server();
    let (request, _) = session(&mut server, &unhex(START));
    server.lost(request);
    assert_eq!((server.poll_answer(), server.waiting()), (None, 0));
    let (again, _) = session(&mut server, &unhex(START));
    assert_eq!(again, request);
}

#[test]
fn requests_are_forgotten_after_a_while() {
    let mut server = server();
    let (request, _) = session(&mut server, &unhex(START));
    server.stored(request);
    let later = now().after(Duration::from_secs(301));
    let client = client(SECRET, false);
    let other = server.handle_datagram(&unhex(STOP), gateway(1_646), Some(&client), later);
    assert!(matches!(other, Heard::Session(..)));
    let again = server.handle_datagram(&unhex(START), gateway(1_646), Some(&client), later);
    assert!(matches!(again, Heard::Session(..)));
    assert_eq!(server.forgotten(), 0, "it was old");
}

#[test]
fn too_many_on_their_way_are_not_taken() {
    let mut server = server();
    let client = client(SECRET, false);
    let mut ask = |port: u16| {
        let request = signed(1, &[(40, &[0, 0, 0, 1]), (44, &port.to_be_bytes())]);
        server.handle_datagram(&request, gateway(port), Some(&client), now())
    };
    for port in 0..u16::try_from(MAX_WAITING).unwrap() {
        assert!(matches!(ask(port), Heard::Session(..)));
    }
    assert_eq!(refused(&ask(u16::MAX)), Some(Refusal::Busy));
    assert!(matches!(ask(7), Heard::Again));
}

#[test]
fn nobody_else_is_believed() {
    let mut server = server();
    let strange = server.handle_datagram(&unhex(START), gateway(1), None, now());
    assert_eq!(refused(&strange), Some(Refusal::Client));
    let mut with = |datagram: &[u8], client: Client| {
        let heard = server.handle_datagram(datagram, gateway(1), Some(&client), now());
        refused(&heard)
    };
    assert_eq!(
        with(&unhex(START), client(b"other", false)),
        Some(Refusal::Authenticator)
    );
    assert_eq!(
        with(&unhex(STATUS), client(b"other", false)),
        Some(Refusal::MessageAuthenticator)
    );
    assert_eq!(
        with(&unhex(START), client(SECRET, true)),
        Some(Refusal::NoMessageAuthenticator)
    );
    assert_eq!(with(&unhex(STOP), client(SECRET, true)), None);
    assert_eq!(with(&unhex(STARTED), client(SECRET, false)), Some(Refusal::Code));
    assert_eq!(with(&[4; 9], client(SECRET, false)), Some(Refusal::Malformed("header")));
    assert_eq!(server.poll_answer(), None);
}

#[test]
fn no_changed_octet_is_believed() {
    for packet in [START, STOP, ON, STATUS] {
        let packet = unhex(packet);
        for at in 0..packet.len() {
            let mut changed = packet.clone();
            changed[at] ^= 0x01;
            let mut server = server();
            let heard = hear(&mut server, &changed);
            // The number of an attribute that nobody reads may be any; its proof is not.
            assert!(refused(&heard).is_some(), "octet {at}: {heard:?}");
            assert!(refused(&hear(&mut server, &packet[..at])).is_some(), "cut at {at}");
            assert_eq!(server.poll_answer(), None);
        }
    }
}

proptest! {
    #[test]
    fn random_datagrams_are_never_answered(datagram: Vec<u8>, code in prop::sample::select(vec![4_u8, 12])) {
        let mut server = server();
        let mut datagram = datagram;
        if let Some(first) = datagram.first_mut() {
            *first = code;
        }
        prop_assert!(refused(&hear(&mut server, &datagram)).is_some());
        prop_assert_eq!(server.poll_answer(), None);
    }
}
