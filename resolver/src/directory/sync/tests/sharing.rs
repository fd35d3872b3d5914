//! A session that is handed on: whoever takes it in has what the first has, and goes on where the first stopped.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Section, Session, Shared, State};
use super::server::{Server, guid};
use super::{members, round, session, sorted, truth};

/// What is handed on at once.
struct Handed {
    whole: bool,
    objects: Vec<Shared>,
    section: Section,
}

fn whole(session: &mut Session) -> Handed {
    let objects = session.all_shared().collect();
    session.handed_on();
    Handed {
        whole: true,
        objects,
        section: session.section(),
    }
}

fn delta(session: &mut Session) -> Handed {
    let objects = session.touched().map(Iterator::collect);
    let Some(objects) = objects else { return whole(session) };
    session.handed_on();
    Handed {
        whole: false,
        objects,
        section: session.section(),
    }
}

fn take(session: &mut Session, handed: &Handed) {
    session.begin_taking(handed.whole);
    handed.objects.iter().for_each(|shared| session.take(shared));
    session.end_taking(handed.section.clone());
}

#[derive(Clone, Debug)]
enum Deed {
    Add(u16),
    Set(u16, u8),
    Join(u16),
    Leave(u16),
    Rename(u16, u8),
    Unit(u8),
    Delete(u16),
    /// The holder looks, and hands on.
    Round,
    /// Something is lost on the way.
    Hole,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        (12_u16..18).prop_map(Deed::Add),
        (10_u16..18, any::<u8>()).prop_map(|(id, value)| Deed::Set(id, value)),
        (10_u16..18).prop_map(Deed::Join),
        (10_u16..18).prop_map(Deed::Leave),
        (10_u16..18, any::<u8>()).prop_map(|(id, value)| Deed::Rename(id, value)),
        any::<u8>().prop_map(Deed::Unit),
        (10_u16..18).prop_map(Deed::Delete),
        Just(Deed::Round),
        Just(Deed::Round),
        Just(Deed::Hole),
    ];
    proptest::collection::vec(deed, 1..60)
}

fn act(server: &mut Server, deed: &Deed) {
    let alive = |server: &Server, id: &u16| {
        let object = server.objects.get(id);
        object.is_some_and(|object| !object.values.contains_key("isDeleted"))
    };
    match deed {
        Deed::Add(id) if !server.objects.contains_key(id) => server.user(*id, &format!("user{id}")),
        Deed::Set(id, value) if alive(server, id) => server.set(*id, "title", &[format!("t{value}").as_bytes()]),
        Deed::Join(id) if alive(server, id) => server.join(20, *id),
        Deed::Leave(id) if alive(server, id) => server.leave(20, *id),
        Deed::Rename(id, value) if alive(server, id) => {
            server.rename(*id, &format!("CN=n{id}{value},OU=Staff,DC=lab,DC=example"));
        }
        Deed::Unit(value) => server.rename(2, &format!("OU=Staff{value},DC=lab,DC=example")),
        Deed::Delete(id) if alive(server, id) => server.delete(*id),
        _ => {}
    }
}

proptest! {
    /// Whatever happens, and whatever is lost on the way, a follower that has taken everything in has what the holder has.
    #[test]
    fn a_follower_has_what_the_holder_has(deeds in deeds(), dirsync in any::<bool>()) {
        let mut server = Server::new();
        let (mut holder, mut follower) = (session(dirsync), session(dirsync));
        round(&mut holder, &mut server);
        take(&mut follower, &whole(&mut holder));
        let mut lost = false;
        for deed in deeds {
            match deed {
                Deed::Round => {
                    round(&mut holder, &mut server);
                    prop_assert!(holder.is_told());
                    let handed = if lost { whole(&mut holder) } else { delta(&mut holder) };
                    take(&mut follower, &handed);
                    lost = false;
                    prop_assert_eq!(sorted(&follower), sorted(&holder));
                    prop_assert_eq!(follower.mark(), holder.mark());
                    prop_assert!(follower.poll_change().is_none());
                }
                Deed::Hole => {
                    round(&mut holder, &mut server);
                    delta(&mut holder);
                    lost = true;
                }
                deed => act(&mut server, &deed),
            }
        }
    }

    /// Older states that come again, and then the newer, come to the newer.
    #[test]
    fn what_comes_again_changes_nothing(deeds in deeds(), again in any::<prop::sample::Index>()) {
        let mut server = Server::new();
        let (mut holder, mut follower) = (session(true), session(true));
        round(&mut holder, &mut server);
        let mut log = vec![whole(&mut holder)];
        for deed in &deeds {
            act(&mut server, deed);
            if matches!(deed, Deed::Round) {
                round(&mut holder, &mut server);
                log.push(delta(&mut holder));
            }
        }
        log.iter().for_each(|handed| take(&mut follower, handed));
        log[again.index(log.len())..].iter().for_each(|handed| take(&mut follower, handed));
        prop_assert_eq!(sorted(&follower), sorted(&holder));
    }
}

#[test]
fn who_takes_over_goes_on_and_tells_each_change_once() {
    for dirsync in [true, false] {
        let mut server = Server::new();
        let (mut holder, mut follower) = (session(dirsync), session(dirsync));
        round(&mut holder, &mut server);
        take(&mut follower, &whole(&mut holder));
        server.set(11, "userAccountControl", &[b"514"]);
        assert_eq!(round(&mut holder, &mut server).len(), 1);
        take(&mut follower, &delta(&mut holder));
        server.set(10, "title", &[b"Gone unseen"]);
        let changes = round(&mut follower, &mut server);
        assert_eq!(changes.len(), 1, "{dirsync}");
        assert_eq!((changes[0].guid, follower.full_reads()), (guid(10), 0));
        assert_eq!(sorted(&follower), truth(&server));
    }
}

#[test]
fn further_members_join_those_that_came() {
    let mut server = Server::new();
    let (mut holder, mut follower) = (session(true), session(true));
    server.join(20, 11);
    round(&mut holder, &mut server);
    let mut handed = whole(&mut holder);
    let mut rest = BTreeMap::new();
    for shared in handed.objects.iter_mut().filter(|shared| shared.members.len() > 1) {
        rest.insert(shared.guid, shared.members.split_off(1));
    }
    assert_eq!(rest.len(), 1);
    let more = rest.into_iter().map(|(guid, members)| Shared {
        guid,
        state: State::More,
        record: crate::directory::Record::default(),
        members,
    });
    handed.objects.extend(more);
    take(&mut follower, &handed);
    assert_eq!(members(&follower, 20), members(&holder, 20));
}

#[test]
fn too_many_changes_are_handed_on_as_a_whole() {
    let (mut server, mut fresh) = (Server::new(), session(true));
    assert!(fresh.is_touched(), "it was never handed on");
    round(&mut fresh, &mut server);
    assert!(fresh.touched().is_none());
    fresh.handed_on();
    assert!(!fresh.is_touched());
}
