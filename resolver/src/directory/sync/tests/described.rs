//! Descriptors: of which objects they are kept, and when a change of one is told.

use super::*;
use crate::directory::change::{Aspect, differences};
use crate::directory::sync::Search;

/// A descriptor that S-1-5-32-544 owns, with a rule for each account of the domain: `inherited` ones after its own.
fn descriptor(own: &[u8], inherited: &[u8]) -> Vec<u8> {
    let owner = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
    let rule = |flags: u8, rid: u8| [&[0, flags, 36, 0, 0x94, 0, 2, 0], sid(rid.into()).as_slice()].concat();
    let rules = own
        .iter()
        .map(|rid| rule(0, *rid))
        .chain(inherited.iter().map(|rid| rule(0x10, *rid)));
    let rules: Vec<u8> = rules.flatten().collect();
    let count = (own.len() + inherited.len()) as u8;
    let head = [1, 0, 4, 0x80, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 36, 0, 0, 0];
    let list = [4, 0, (8 + rules.len()) as u8, 0, count, 0, 0, 0];
    [&head[..], &owner, &list, &rules].concat()
}

/// Two that matter, and one that does not.
fn server(dirsync: bool) -> Server {
    let mut server = Server {
        dirsync,
        ..Server::new()
    };
    server.set(10, "adminCount", &[b"1"]);
    for id in [2, 10, 11] {
        server.set(id, "nTSecurityDescriptor", &[&descriptor(&[10], &[11])]);
    }
    server
}

fn described(session: &Session) -> Vec<u16> {
    let holds = |id: &u16| {
        session
            .replica()
            .find(guid(*id))
            .is_some_and(|object| object.all(Attribute::NtSecurityDescriptor).next().is_some())
    };
    [1, 2, 10, 11].into_iter().filter(holds).collect()
}

/// What of whom changed in a round.
fn told(session: &mut Session, server: &mut Server) -> Vec<(Guid, Aspect)> {
    let seen = capture::Timestamp::new(1_800_000_000, 0);
    let changes = round(session, server);
    let each = changes.iter().flat_map(|change| {
        differences(change, seen)
            .into_iter()
            .map(|found| (change.guid, found.aspect))
    });
    each.collect()
}

const DESCRIPTOR: Aspect = Aspect::Attribute(Attribute::NtSecurityDescriptor);

#[test]
fn descriptors_are_kept_of_what_much_depends_on_and_their_own_rules_are_compared() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (server(dirsync), session(dirsync));
        assert_eq!(told(&mut session, &mut server), []);
        assert_eq!(described(&session), [2, 10], "{dirsync}");
        server.set(2, "nTSecurityDescriptor", &[&descriptor(&[10, 12], &[11])]);
        server.set(11, "nTSecurityDescriptor", &[&descriptor(&[10, 12], &[11])]);
        assert_eq!(told(&mut session, &mut server), [(guid(2), DESCRIPTOR)], "{dirsync}");
        server.set(2, "nTSecurityDescriptor", &[&descriptor(&[10, 12], &[11, 13])]);
        assert_eq!(
            told(&mut session, &mut server),
            [],
            "what is inherited follows from elsewhere: {dirsync}"
        );
        server.set(2, "name", &[b"Personnel"]);
        assert_eq!(told(&mut session, &mut server), [], "{dirsync}");
        session.renew();
        assert_eq!(
            told(&mut session, &mut server),
            [],
            "a full read tells nothing: {dirsync}"
        );
        assert_eq!(described(&session), [2, 10], "{dirsync}");
    }
}

#[test]
fn whoever_comes_under_protection_has_a_descriptor_from_then_on_and_no_change_of_it() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (server(dirsync), session(dirsync));
        round(&mut session, &mut server);
        server.set(11, "adminCount", &[b"1"]);
        server.set(11, "nTSecurityDescriptor", &[&descriptor(&[12], &[])]);
        assert_eq!(
            told(&mut session, &mut server),
            [(guid(11), Aspect::Attribute(Attribute::AdminCount))],
            "{dirsync}"
        );
        assert_eq!(described(&session), [2, 10, 11], "{dirsync}");
        server.set(11, "nTSecurityDescriptor", &[&descriptor(&[12, 13], &[])]);
        assert_eq!(told(&mut session, &mut server), [(guid(11), DESCRIPTOR)], "{dirsync}");
        server.set(11, "adminCount", &[]);
        assert_eq!(
            told(&mut session, &mut server),
            [(guid(11), Aspect::Attribute(Attribute::AdminCount))],
            "{dirsync}"
        );
        assert_eq!(described(&session), [2, 10], "{dirsync}");
    }
}

#[test]
fn descriptors_that_are_stored_are_compared_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.directory");
    let (mut server, mut session) = (server(true), session(true));
    round(&mut session, &mut server);
    session.save(&path).unwrap();
    let mut session = Session::load(&path, true).unwrap().unwrap();
    server.set(10, "nTSecurityDescriptor", &[&descriptor(&[10, 12], &[])]);
    assert_eq!(told(&mut session, &mut server), [(guid(10), DESCRIPTOR)]);
}

#[test]
fn where_descriptors_may_not_be_read_everything_else_is() {
    let (mut server, mut session) = (server(true), session(true));
    session.begin(server.controller());
    while let Some(search) = session.poll_search() {
        server.fails = search.filter.contains("objectGUID").then_some(50);
        let (entries, done) = server.answer(&search);
        entries.into_iter().for_each(|entry| session.handle_entry(entry));
        session.handle_done(done).unwrap();
    }
    assert!(session.replica().is_complete());
    assert_eq!((session.replica().len(), described(&session)), (5, vec![]));
}

#[test]
fn descriptors_of_many_are_asked_for_by_their_guids_a_hundred_at_a_time() {
    let (mut server, mut session) = (server(true), session(true));
    for id in 1_000..1_250 {
        server.add(
            id,
            &format!("OU={id},DC=lab,DC=example"),
            &[("objectClass", "organizationalUnit")],
        );
        server.set(id, "nTSecurityDescriptor", &[&descriptor(&[10], &[])]);
    }
    assert_eq!(told(&mut session, &mut server), []);
    assert_eq!(session.replica().to_describe().len(), 253);
    let is_described = |record: &Record| record.all(Attribute::NtSecurityDescriptor).next().is_some();
    assert_eq!(
        session.replica().records().filter(is_described).count(),
        252,
        "one has none"
    );
    let named = |search: &Search| search.filter.matches("(objectGUID=").count();
    let searches: Vec<usize> = server.searches.iter().map(named).filter(|named| *named > 0).collect();
    assert_eq!(searches, [100, 100, 53]);
}
