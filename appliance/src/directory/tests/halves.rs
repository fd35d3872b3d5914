//! A full read on two connections, and a second one that fails.

use std::net::Ipv4Addr;
use std::sync::Mutex;

use super::rounds::{Lab, kind};
use super::script::{Asked, Request, count, scripted};
use crate::directory::config::Config;
use crate::directory::trouble::Kind;

fn lab(port: u16) -> Lab {
    let lab = Lab::new(port, &["127.0.0.1"]);
    let config = Config {
        full_read_connections: 2,
        ..lab.config.clone()
    };
    lab.with(config)
}

/// The filter is for computers alone.
fn is_of_computers(request: &Request) -> bool {
    request.asked == Asked::Read && request.has("computer") && !request.has("organizationalUnit")
}

/// Two pages of two users, and two pages of two computers.
fn halves(request: &Request) -> Vec<u8> {
    let (first, second) = if is_of_computers(request) { (3, 4) } else { (1, 2) };
    match request.asked {
        Asked::Read if request.has("<next>") => [request.user(second, "second"), request.done(0)].concat(),
        Asked::Read => [request.user(first, "first"), request.page("<next>")].concat(),
        _ => request.sound("first"),
    }
}

fn known(lab: &Lab) -> usize {
    lab.domain.sessions.iter().map(|session| session.replica().len()).sum()
}

/// Pages of computers that were asked for.
fn pages(heard: &Mutex<Vec<Request>>) -> usize {
    heard
        .lock()
        .unwrap()
        .iter()
        .filter(|request| is_of_computers(request))
        .count()
}

#[test]
fn computers_are_read_on_a_second_connection() {
    let (port, heard) = scripted(Ipv4Addr::LOCALHOST, 0, |request| Some(halves(request)));
    let mut lab = lab(port);
    let round = lab.round();
    assert_eq!((kind(&round), round.read, round.entries), (None, true, 4));
    assert_eq!((known(&lab), count(&heard, Asked::Bind), pages(&heard)), (4, 2, 2));
    assert_eq!(kind(&lab.round()), None);
    assert_eq!(
        count(&heard, Asked::Bind),
        2,
        "what has changed is asked for on the first"
    );
}

#[test]
fn a_second_connection_that_breaks_is_done_without() {
    let binds = Mutex::new(0);
    let (port, heard) = scripted(Ipv4Addr::LOCALHOST, 0, move |request| {
        let mut binds = binds.lock().unwrap();
        *binds += usize::from(request.asked == Asked::Bind);
        (*binds < 2 || request.asked != Asked::Bind).then(|| halves(request))
    });
    let mut lab = lab(port);
    let round = lab.round();
    assert_eq!((kind(&round), round.read, known(&lab)), (None, true, 4));
    assert_eq!((count(&heard, Asked::Bind), pages(&heard)), (2, 2));
    assert!(
        lab.domain.status.unreachable.is_empty(),
        "nothing is the matter with the controller"
    );
}

#[test]
fn another_controller_behind_the_same_name_is_not_asked_for_the_other_half() {
    let roots = Mutex::new(0);
    let (port, heard) = scripted(Ipv4Addr::LOCALHOST, 0, move |request| {
        let mut roots = roots.lock().unwrap();
        *roots += usize::from(request.asked == Asked::Root);
        if request.asked != Asked::Root || *roots == 1 {
            return Some(halves(request));
        }
        let root = super::root_dse(&[
            ("defaultNamingContext", "DC=lab,DC=example"),
            ("dsServiceName", "CN=NTDS Settings,CN=dc2"),
        ]);
        Some([request.message(&[&root]), request.done(0)].concat())
    });
    let mut lab = lab(port);
    assert_eq!(kind(&lab.round()), None);
    assert_eq!((known(&lab), count(&heard, Asked::Root), pages(&heard)), (4, 2, 2));
}

#[test]
fn a_page_of_computers_that_does_not_come_to_its_end_is_asked_for_again_by_the_first() {
    let told = Mutex::new(0);
    let (port, heard) = scripted(Ipv4Addr::LOCALHOST, 0, move |request| {
        let mut told = told.lock().unwrap();
        *told += usize::from(is_of_computers(request));
        let is_cut = is_of_computers(request) && *told == 2;
        (!is_cut).then(|| halves(request))
    });
    let mut lab = lab(port);
    let round = lab.round();
    assert_eq!((kind(&round), known(&lab), pages(&heard)), (None, 4, 4));
}

#[test]
fn what_neither_can_read_is_told() {
    let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, |request| {
        Some(if is_of_computers(request) {
            request.done(50)
        } else {
            halves(request)
        })
    });
    let mut lab = lab(port);
    let round = lab.round();
    assert_eq!((kind(&round), round.read), (Some(Kind::Refused), false));
}
