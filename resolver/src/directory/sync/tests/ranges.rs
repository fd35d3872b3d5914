//! Values that come in ranges, of whatever attribute: all of them are known in the end, and none is told as a change that is none.

use super::server::{Server, guid};
use super::{members, round, session, sorted, truth};
use crate::directory::Attribute;
use crate::directory::sync::{Entry, Session};

const MANY: u16 = 5_000;

/// A controller that gives 1,500 values at once: a group of 5,000 members, and an account of 5,000 service principal names.
fn large() -> Server {
    let mut server = Server::new();
    (server.range, server.page) = (1_500, 1_000);
    server.leave(20, 10);
    for id in 1_000..1_000 + MANY {
        server.user(id, &format!("u{id}"));
        server.join(20, id);
    }
    set_spns(&mut server, MANY);
    server
}

fn set_spns(server: &mut Server, count: u16) {
    let spns: Vec<String> = (0..count).map(|number| format!("http/web{number}")).collect();
    let spns: Vec<&[u8]> = spns.iter().map(|spn| spn.as_bytes()).collect();
    server.set(10, "servicePrincipalName", &spns);
}

fn count(session: &Session, id: u16, attribute: Attribute) -> usize {
    session.replica().find(guid(id)).unwrap().all(attribute).count()
}

#[test]
fn five_thousand_values_come_whole_and_are_no_change() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (large(), session(dirsync));
        assert_eq!(round(&mut session, &mut server), []);
        assert_eq!(members(&session, 20).len(), 5_000);
        assert_eq!(count(&session, 10, Attribute::ServicePrincipalName), 5_000);
        assert_eq!(sorted(&session), truth(&server));
        let asked = |attribute: &str| {
            let first = server.searches.iter().map(|search| &search.attributes[0]);
            first
                .filter(|asked| asked.starts_with(attribute))
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(
            asked("member;"),
            ["member;range=1500-*", "member;range=3000-*", "member;range=4500-*"]
        );
        assert_eq!(asked("servicePrincipalName;").len(), 3);
        session.renew();
        assert_eq!(round(&mut session, &mut server), [], "the daily read tells nothing");
        set_spns(&mut server, MANY + 1);
        server.leave(20, 1_000);
        let changes = round(&mut session, &mut server);
        assert_eq!(changes.len(), 2, "{dirsync}");
        let of = |id: u16| changes.iter().find(|change| change.guid == guid(id)).unwrap();
        let spns = of(10).difference(Attribute::ServicePrincipalName);
        assert_eq!(spns, (vec![], vec![&b"http/web5000"[..]]));
        let left = of(20).difference(Attribute::Member);
        assert_eq!(left, (vec![&b"CN=u1000,OU=Staff,DC=lab,DC=example"[..]], vec![]));
        session.renew();
        assert_eq!(round(&mut session, &mut server), []);
        assert_eq!(session.replica().counters().refused, 0);
    }
}

#[test]
fn links_beside_members_come_in_ranges_and_the_bare_name_clears_none() {
    let keys = |server: &Server, count: u8| -> Vec<Vec<u8>> {
        let key = |number: u8| [format!("B:2:{number:02X}:").into_bytes(), server.extended(10)].concat();
        (0..count).map(key).collect()
    };
    for dirsync in [true, false] {
        let (mut server, mut session) = (Server::new(), session(dirsync));
        server.range = 7;
        let twenty = keys(&server, 20);
        let twenty: Vec<&[u8]> = twenty.iter().map(Vec::as_slice).collect();
        server.set(10, "msDS-KeyCredentialLink", &twenty);
        round(&mut session, &mut server);
        assert_eq!(count(&session, 10, Attribute::KeyCredentialLink), 20);
        assert_eq!(sorted(&session), truth(&server));
        session.renew();
        assert_eq!(round(&mut session, &mut server), []);
    }
}

#[test]
fn a_restored_account_returns_to_all_of_its_groups() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (Server::new(), session(dirsync));
        server.range = 2;
        for id in 100..107 {
            let values = [("objectClass", "group"), ("sAMAccountName", "g")];
            server.add(id, &format!("CN=g{id},DC=lab,DC=example"), &values);
        }
        round(&mut session, &mut server);
        server.delete(11);
        round(&mut session, &mut server);
        server.rename(11, "CN=bob,OU=Staff,DC=lab,DC=example");
        server.set(11, "isDeleted", &[]);
        for group in 100..107 {
            // The links come back without a change of the groups.
            server.objects.get_mut(&group).unwrap().members.insert(11, (1, true));
        }
        round(&mut session, &mut server);
        for group in 100..107 {
            assert_eq!(
                members(&session, group),
                ["CN=bob,OU=Staff,DC=lab,DC=example"],
                "{group}"
            );
        }
        assert_eq!(sorted(&session), truth(&server));
    }
}

#[test]
fn a_controller_that_is_busy_is_asked_again() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (large(), session(dirsync));
        server.refuses_ranges = Some(51);
        assert_eq!(round(&mut session, &mut server), []);
        assert_eq!(
            members(&session, 20).len(),
            1_500,
            "the group is there, and what is known of it"
        );
        let asked = server.searches.len();
        assert_eq!(round(&mut session, &mut server), [], "it is busy still");
        assert_eq!(
            server.searches.len(),
            asked + 3,
            "changes, one object, one range: then it is left alone"
        );
        server.refuses_ranges = None;
        assert_eq!(round(&mut session, &mut server), [], "nobody joined");
        assert_eq!(sorted(&session), truth(&server));
        assert_eq!(
            (members(&session, 20).len(), session.replica().counters().refused),
            (5_000, 0)
        );
        let asked = server.searches.len();
        assert_eq!(round(&mut session, &mut server), []);
        assert_eq!(server.searches.len(), asked + 1, "nothing is wanted any more");
    }
}

#[test]
fn a_new_group_tells_all_of_its_members_though_they_come_late() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (large(), session(dirsync));
        server.leave(20, 1_000);
        round(&mut session, &mut server);
        let values = [("objectClass", "group"), ("sAMAccountName", "New")];
        server.add(30, "CN=New,DC=lab,DC=example", &values);
        (1_000..1_000 + MANY).for_each(|id| server.join(30, id));
        server.refuses_ranges = Some(51);
        let mut joined = 0;
        for round in 0..3 {
            if round == 2 {
                server.refuses_ranges = None;
            }
            let changes = super::round(&mut session, &mut server);
            assert!(changes.iter().all(|change| change.guid == guid(30)));
            joined += changes
                .iter()
                .map(|change| change.difference(Attribute::Member).1.len())
                .sum::<usize>();
            let created = changes.iter().filter(|change| change.before.is_none());
            assert_eq!(created.count(), usize::from(round == 0));
        }
        assert_eq!((joined, members(&session, 30).len()), (5_000, 5_000), "{dirsync}");
    }
}

#[test]
fn what_was_known_stays_while_a_controller_is_busy() {
    let (mut server, mut session) = (large(), session(false));
    round(&mut session, &mut server);
    server.refuses_ranges = Some(52);
    server.join(20, 11);
    set_spns(&mut server, MANY - 1);
    server.set(10, "title", &[b"Boss"]);
    let changes = round(&mut session, &mut server);
    assert_eq!(changes.len(), 1, "what did come is told");
    assert_eq!(changes[0].difference(Attribute::Title).1, [b"Boss"]);
    assert_eq!(members(&session, 20).len(), 5_000);
    server.refuses_ranges = None;
    let changes = round(&mut session, &mut server);
    let spns: Vec<_> = changes
        .iter()
        .map(|change| change.difference(Attribute::ServicePrincipalName).0)
        .collect();
    let joined: Vec<_> = changes
        .iter()
        .map(|change| change.difference(Attribute::Member).1)
        .collect();
    assert!(spns.contains(&vec![&b"http/web4999"[..]]), "{spns:?}");
    assert!(joined.contains(&vec![&b"CN=bob,OU=Staff,DC=lab,DC=example"[..]]));
    assert_eq!((changes.len(), sorted(&session)), (2, truth(&server)));
}

#[test]
fn what_a_controller_does_not_give_is_counted_and_told_as_no_change() {
    for code in [1, 53] {
        let (mut server, mut session) = (large(), session(true));
        server.refuses_ranges = Some(code);
        assert_eq!(round(&mut session, &mut server), []);
        assert_eq!(count(&session, 10, Attribute::ServicePrincipalName), 1_500);
        assert_eq!(session.replica().counters().refused, 2);
        session.renew();
        assert_eq!(round(&mut session, &mut server), []);
        server.join(20, 11);
        assert_eq!(round(&mut session, &mut server).len(), 1, "who joins is told");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.directory");
        session.save(&path).unwrap();
        let mut session = Session::load(&path, true).unwrap().unwrap();
        server.refuses_ranges = None;
        assert_eq!(
            round(&mut session, &mut server),
            [],
            "what was cut is asked for after a start"
        );
        assert_eq!(sorted(&session), truth(&server));
        set_spns(&mut server, MANY + 1);
        assert_eq!(
            round(&mut session, &mut server).len(),
            1,
            "now that all are known, it is told"
        );
    }
}

#[test]
fn values_without_end_are_cut() {
    let (mut server, mut session) = (Server::new(), session(true));
    (server.range, server.page) = (1_500, 1_000);
    set_spns(&mut server, 20_000);
    round(&mut session, &mut server);
    assert_eq!(
        count(&session, 10, Attribute::ServicePrincipalName),
        9_000,
        "what is beyond 8,192 is not asked for"
    );
    assert_eq!(session.replica().counters().refused, 1);
    session.renew();
    set_spns(&mut server, 30_000);
    assert_eq!(round(&mut session, &mut server), []);
}

#[test]
fn what_changes_while_values_are_awaited_is_not_lost() {
    let (mut server, mut session) = (Server::new(), session(true));
    round(&mut session, &mut server);
    set_spns(&mut server, 9);
    server.set(10, "title", &[b"Boss"]);
    server.set(10, "mail", &[b"a@lab.example"]);
    server.range = 4;
    let dn = server.extended(10);
    let value = |text: &str| text.as_bytes().to_vec();
    session.begin(server.controller());
    let ranged: Vec<_> = (0..4).map(|number| value(&format!("http/web{number}"))).collect();
    for (name, values) in [
        ("servicePrincipalName;range=0-3", ranged),
        ("mail", vec![value("a@lab.example")]),
        ("title", vec![value("Boss")]),
    ] {
        session.handle_entry(Entry {
            dn: dn.clone(),
            attributes: vec![(value(name), values)],
        });
    }
    let (_, done) = server.answer(&session.poll_search().unwrap());
    session.handle_done(done).unwrap();
    while let Some(search) = session.poll_search() {
        let (entries, done) = server.answer(&search);
        entries.into_iter().for_each(|entry| session.handle_entry(entry));
        session.handle_done(done).unwrap();
    }
    assert_eq!(sorted(&session), truth(&server));
}

#[test]
fn a_connection_that_drops_amid_ranges_leaves_nothing_stale() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (Server::new(), session(dirsync));
        server.range = 2;
        for id in 100..107 {
            let values = [("objectClass", "group"), ("sAMAccountName", "g")];
            server.add(id, &format!("CN=g{id},DC=lab,DC=example"), &values);
            server.join(id, 11);
        }
        round(&mut session, &mut server);
        server.delete(11);
        server.rename(11, "CN=bob,OU=Staff,DC=lab,DC=example");
        server.set(11, "isDeleted", &[]);
        for group in 100..107 {
            server.objects.get_mut(&group).unwrap().members.insert(11, (1, true));
        }
        session.begin(server.controller());
        while let Some(search) = session.poll_search() {
            if search.attributes[0].starts_with("memberOf;range=") {
                break;
            }
            let (entries, done) = server.answer(&search);
            entries.into_iter().for_each(|entry| session.handle_entry(entry));
            session.handle_done(done).unwrap();
        }
        assert!(
            session.poll_search().is_some(),
            "it is all of the account that is waited for"
        );
        session.abort();
        server.set(11, "title", &[b"Boss"]);
        let changes = round(&mut session, &mut server);
        let titles = changes.iter().flat_map(|change| change.difference(Attribute::Title).1);
        assert_eq!(titles.collect::<Vec<_>>(), [b"Boss"], "{dirsync}");
        assert_eq!(sorted(&session), truth(&server));
    }
}
