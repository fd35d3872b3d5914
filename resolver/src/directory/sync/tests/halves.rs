//! A full read in two halves: what each asks for, and what becomes of one that does not come to its end.

use super::*;
use crate::directory::sync::{Done, Half};

/// Five objects that are no computers, and three that are.
fn server() -> Server {
    let mut server = Server::new();
    for id in 30..33 {
        let dn = format!("CN=ws{id},DC=lab,DC=example");
        server.add(id, &dn, &[("objectClass", "computer"), ("sAMAccountName", "WS$")]);
    }
    server
}

/// Reads everything but what the half is to read.
fn begun(session: &mut Session, server: &mut Server) -> Half {
    let mut half = None;
    session.begin(server.controller());
    while let Some(search) = session.poll_search() {
        let (entries, done) = server.answer(&search);
        entries.into_iter().for_each(|entry| session.handle_entry(entry));
        session.handle_done(done).unwrap();
        half = half.or_else(|| session.halve());
    }
    assert!(session.is_halved() && session.is_reading());
    half.unwrap()
}

/// Reads pages of the half, at most so many; whether it is over then.
fn read(half: &mut Half, pages: usize, session: &mut Session, server: &mut Server) -> bool {
    for _ in 0..pages {
        let Some(search) = half.poll_search() else { break };
        let (entries, done) = server.answer(&search);
        entries.into_iter().for_each(|entry| session.handle_entry(entry));
        assert!(half.handle_done(&done));
    }
    half.poll_search().is_none()
}

/// Goes on to the end of the round; the searches that took.
fn end(session: &mut Session, server: &mut Server) -> usize {
    let before = server.searches.len();
    while let Some(search) = session.poll_search() {
        let (entries, done) = server.answer(&search);
        entries.into_iter().for_each(|entry| session.handle_entry(entry));
        session.handle_done(done).unwrap();
    }
    assert!(session.replica().is_complete() && !session.is_reading());
    server.searches.len() - before
}

fn names(session: &Session) -> Vec<String> {
    let mut names: Vec<String> = session
        .replica()
        .records()
        .map(|record| record.dn.to_string())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn both_halves_are_the_whole() {
    let (mut server, mut session, mut whole) = (server(), session(true), session(true));
    round(&mut whole, &mut server);
    let mut half = begun(&mut session, &mut server);
    assert_eq!(names(&session).len(), 5, "computers are the other half's");
    assert!(read(&mut half, 9, &mut session, &mut server));
    session.rejoin(true);
    assert_eq!(end(&mut session, &mut server), 1, "descriptors");
    assert_eq!((names(&session), session.mark()), (names(&whole), whole.mark()));
    assert_eq!(session.replica().find(guid(20)), whole.replica().find(guid(20)));
    let changes = round(&mut session, &mut server);
    assert!(changes.is_empty() && session.full_reads() == 1);
}

#[test]
fn the_half_may_come_first() {
    let (mut server, mut session) = (server(), session(true));
    session.begin(server.controller());
    let (_, done) = server.answer(&session.poll_search().unwrap());
    assert!(session.halve().is_none(), "where DirSync stands is asked first");
    session.handle_done(done).unwrap();
    let mut half = session.halve().unwrap();
    assert!(session.halve().is_none(), "once");
    assert!(read(&mut half, 9, &mut session, &mut server));
    assert_eq!(names(&session).len(), 3);
    end_of_first_half(&mut session, &mut server);
    session.rejoin(true);
    end(&mut session, &mut server);
    assert_eq!(names(&session).len(), 8);
}

fn end_of_first_half(session: &mut Session, server: &mut Server) {
    while let Some(search) = session.poll_search() {
        let (entries, done) = server.answer(&search);
        entries.into_iter().for_each(|entry| session.handle_entry(entry));
        session.handle_done(done).unwrap();
    }
}

#[test]
fn what_the_half_did_not_read_to_its_end_is_read_by_the_session() {
    let (mut server, mut session) = (server(), session(true));
    let mut half = begun(&mut session, &mut server);
    assert!(!read(&mut half, 1, &mut session, &mut server));
    session.rejoin(false);
    assert_eq!(end(&mut session, &mut server), 3, "two pages, and descriptors");
    assert_eq!(names(&session).len(), 8);
    server.delete(31);
    session.renew();
    let half = begun(&mut session, &mut server);
    drop(half);
    session.abort();
    assert!(
        !session.is_reading() && names(&session).len() == 8,
        "nothing is concluded from a half"
    );
}

#[test]
fn an_end_from_which_nothing_can_be_concluded_is_none() {
    let (mut server, mut session) = (server(), session(true));
    let mut half = begun(&mut session, &mut server);
    let before = half.poll_search();
    let refused = Done {
        code: 51,
        ..Done::default()
    };
    let garbled = Done {
        controls: vec![("1.2.840.113556.1.4.319".into(), b"?".to_vec())],
        ..Done::default()
    };
    assert!(!half.handle_done(&refused) && !half.handle_done(&garbled));
    assert_eq!(half.poll_search(), before);
}

#[test]
fn neither_the_configuration_nor_a_global_catalog_is_halved() {
    let mut server = server();
    let base = "CN=Configuration,DC=lab,DC=example".to_owned();
    let replica = Replica::new("lab.example");
    let mut configuration = Session::new(Context::Configuration, base, replica, None, false);
    configuration.begin(server.controller());
    assert!(configuration.poll_search().is_some() && configuration.halve().is_none());
    let mut catalog = session(false);
    catalog.ask_of(true, false);
    catalog.begin(server.controller());
    assert!(catalog.poll_search().is_some() && catalog.halve().is_none());
    let mut known = session(true);
    round(&mut known, &mut server);
    known.begin(server.controller());
    assert!(known.halve().is_none(), "what has changed is little");
}

#[test]
fn a_domain_with_few_computers_is_read_at_once_from_its_second_full_read_on() {
    let (mut server, mut session) = (server(), session(true));
    let is_halved = |session: &mut Session, server: &mut Server| {
        session.renew();
        session.begin(server.controller());
        let (_, done) = server.answer(&session.poll_search().unwrap());
        session.handle_done(done).unwrap();
        let half = session.halve();
        session.abort();
        half.is_some()
    };
    round(&mut session, &mut server);
    assert!(is_halved(&mut session, &mut server), "three of eight");
    (40..70).for_each(|id| server.user(id, &format!("user{id}")));
    round(&mut session, &mut server);
    assert!(!is_halved(&mut session, &mut server), "three of 38");
}
