//! A session against a controller that is written down here: everything a real one does, and what it does when it fails.

mod described;
mod halves;
mod namesakes;
mod ranges;
mod server;
mod sharing;

use std::path::Path;

use server::{Server, guid, sid};

use super::{Context, Controller, Entry, Mark, Replica, Session};
use crate::directory::{Attribute, Guid, Record, Snapshot};
use crate::entity::EntityKind;

fn session(dirsync: bool) -> Session {
    Session::new(
        Context::Domain,
        "DC=lab,DC=example".into(),
        Replica::new("lab.example"),
        None,
        dirsync,
    )
}

fn round(session: &mut Session, server: &mut Server) -> Vec<super::Change> {
    try_round(session, server).unwrap()
}

fn try_round(session: &mut Session, server: &mut Server) -> Result<Vec<super::Change>, super::Refusal> {
    session.begin(server.controller());
    while let Some(search) = session.poll_search() {
        let (entries, done) = server.answer(&search);
        let ahead = session.poll_ahead(&done);
        entries.into_iter().for_each(|entry| session.handle_entry(entry));
        session.handle_done(done)?;
        assert!(
            ahead.is_none() || ahead == session.poll_search(),
            "what is asked ahead is asked next"
        );
    }
    Ok(std::iter::from_fn(|| session.poll_change()).collect())
}

/// What a directory says of itself, to be compared: DN, and everything it holds, by GUID.
fn truth(server: &Server) -> Vec<Record> {
    let mut fresh = session(false);
    let mut copy = Server {
        objects: server.objects.clone(),
        usn: server.usn,
        ..Server::new()
    };
    copy.range = usize::MAX;
    round(&mut fresh, &mut copy);
    sorted(&fresh)
}

fn sorted(session: &Session) -> Vec<Record> {
    let mut records: Vec<Record> = session.replica().records().collect();
    records.iter_mut().for_each(|record| record.values.sort());
    records.sort_by(|one, other| one.dn.cmp(&other.dn));
    records
}

fn members(session: &Session, group: u16) -> Vec<String> {
    let record = session.replica().find(guid(group)).unwrap();
    record.texts(Attribute::Member).map(|dn| dn.to_string()).collect()
}

#[test]
fn a_first_read_tells_nothing_and_the_next_what_changed() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (Server::new(), session(dirsync));
        assert_eq!(round(&mut session, &mut server), []);
        assert_eq!(session.replica().len(), 5);
        assert_eq!(round(&mut session, &mut server), []);
        server.set(11, "userAccountControl", &[b"514"]);
        server.user(12, "carol");
        let changes = round(&mut session, &mut server);
        assert_eq!(changes.len(), 2, "{dirsync}");
        assert_eq!(changes[0].guid, guid(11));
        assert_eq!(
            changes[0].difference(Attribute::UserAccountControl),
            (vec![&b"512"[..]], vec![&b"514"[..]])
        );
        assert!(changes[1].before.is_none() && changes[1].after.as_ref().is_some_and(|after| after.is("user")));
        assert_eq!(sorted(&session), truth(&server));
        assert_eq!(session.full_reads(), 1);
    }
}

#[test]
fn the_next_page_of_a_full_read_is_known_ahead_and_nothing_else() {
    let (mut server, mut session) = (Server::new(), session(true));
    let mut ahead = 0;
    session.begin(server.controller());
    while let Some(search) = session.poll_search() {
        let (_, done) = server.answer(&search);
        ahead += usize::from(session.poll_ahead(&done).is_some());
        session.handle_done(done).unwrap();
    }
    assert_eq!((ahead, server.searches.len()), (2, 4), "the mark, and three pages");
    session.begin(server.controller());
    let (_, done) = server.answer(&session.poll_search().unwrap());
    assert_eq!(session.poll_ahead(&done), None, "changes are followed");
}

#[test]
fn members_come_and_go_by_identity() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (Server::new(), session(dirsync));
        round(&mut session, &mut server);
        server.join(20, 11);
        server.leave(20, 10);
        let changes = round(&mut session, &mut server);
        let bob = b"CN=bob,OU=Staff,DC=lab,DC=example";
        let alice = b"CN=alice,OU=Staff,DC=lab,DC=example";
        assert_eq!(
            changes[0].difference(Attribute::Member),
            (vec![&alice[..]], vec![&bob[..]])
        );
        server.rename(11, "CN=robert,OU=Staff,DC=lab,DC=example");
        let changes = round(&mut session, &mut server);
        assert_eq!(changes.len(), 1, "the group does not change");
        assert_eq!(
            changes[0].dn_before.as_deref(),
            Some("CN=bob,OU=Staff,DC=lab,DC=example")
        );
        assert_eq!(members(&session, 20), ["CN=robert,OU=Staff,DC=lab,DC=example"]);
        server.rename(2, "OU=People,DC=lab,DC=example");
        let changes = round(&mut session, &mut server);
        assert_eq!(changes.len(), 3, "the unit, and both below it");
        assert_eq!(members(&session, 20), ["CN=robert,OU=People,DC=lab,DC=example"]);
        assert_eq!(sorted(&session), truth(&server));
    }
}

#[test]
fn a_deleted_object_leaves_its_groups_and_a_restored_one_returns() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (Server::new(), session(dirsync));
        round(&mut session, &mut server);
        server.delete(10);
        let changes = round(&mut session, &mut server);
        assert_eq!(changes.len(), 1);
        let after = changes[0].after.as_ref().unwrap();
        assert_eq!(after.text(Attribute::IsDeleted).as_deref(), Some("TRUE"));
        assert_eq!(after.number(Attribute::UserAccountControl), None);
        assert_eq!(members(&session, 20), [""; 0]);
        server.rename(10, "CN=alice,OU=Staff,DC=lab,DC=example");
        server.set(10, "isDeleted", &[]);
        server.objects.get_mut(&20).unwrap().members.insert(10, (1, true)); // the link comes back without a change of the group
        let changes = round(&mut session, &mut server);
        assert!(changes.iter().any(|change| change.guid == guid(10)));
        assert_eq!(members(&session, 20), ["CN=alice,OU=Staff,DC=lab,DC=example"]);
        assert_eq!(sorted(&session), truth(&server));
    }
}

#[test]
fn whoever_is_restored_and_joins_before_the_next_round_is_a_member() {
    // The group's entry comes after the account's, and before it.
    for group in [20, 5] {
        let (mut server, mut session) = (Server::new(), session(true));
        server.add(
            5,
            "CN=Early,DC=lab,DC=example",
            &[("objectClass", "group"), ("sAMAccountName", "Early")],
        );
        round(&mut session, &mut server);
        server.delete(10);
        round(&mut session, &mut server);
        server.rename(10, "CN=alice,OU=Staff,DC=lab,DC=example");
        server.set(10, "isDeleted", &[]);
        server.join(group, 10);
        let changes = round(&mut session, &mut server);
        assert_eq!(members(&session, group), ["CN=alice,OU=Staff,DC=lab,DC=example"]);
        assert_eq!(sorted(&session), truth(&server));
        let of_the_group = changes.iter().filter(|change| change.guid == guid(group));
        assert_eq!(of_the_group.count(), 1, "the group is told once");
    }
}

#[test]
fn whoever_refers_to_a_restored_object_stays_in_the_groups() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (Server::new(), session(dirsync));
        server.join(20, 11);
        let alice = server.extended(10);
        server.set(11, "manager", &[&alice]);
        round(&mut session, &mut server);
        server.delete(10);
        server.objects.get_mut(&11).unwrap().values.remove("manager"); // which nobody tells
        server.rename(10, "CN=alice,OU=Staff,DC=lab,DC=example");
        server.set(10, "isDeleted", &[]);
        round(&mut session, &mut server);
        assert_eq!(members(&session, 20), ["CN=bob,OU=Staff,DC=lab,DC=example"]);
        let manager = session.replica().find(guid(11)).unwrap().text(Attribute::Manager);
        assert_eq!(manager, None, "the link is gone with what it led to");
        assert_eq!(sorted(&session), truth(&server));
    }
}

#[test]
fn what_was_deleted_and_restored_meanwhile_is_asked_for() {
    for dirsync in [true, false] {
        let (mut server, mut session) = (Server::new(), session(dirsync));
        round(&mut session, &mut server);
        server.delete(10);
        server.rename(10, "CN=alice,OU=Staff,DC=lab,DC=example");
        server.set(10, "isDeleted", &[]);
        round(&mut session, &mut server);
        assert_eq!(members(&session, 20), [""; 0], "nobody told that the link is gone");
        assert_eq!(sorted(&session), truth(&server));
    }
}

#[test]
fn references_are_by_identity_and_end_with_the_other() {
    let (mut server, mut session) = (Server::new(), session(true));
    let bob = server.extended(11);
    server.set(10, "manager", &[&bob]);
    round(&mut session, &mut server);
    let manager = |session: &Session| session.replica().find(guid(10)).unwrap().text(Attribute::Manager);
    server.rename(11, "CN=robert,OU=Staff,DC=lab,DC=example");
    round(&mut session, &mut server);
    assert_eq!(
        manager(&session).as_deref(),
        Some("CN=robert,OU=Staff,DC=lab,DC=example")
    );
    let told = [
        ("manager;range=0-0", server.extended(11)),
        ("manager;range=1-1", server.extended(20)),
    ];
    let attributes = told.map(|(name, value)| (name.into(), vec![value]));
    session.begin(server.controller());
    let dn = server.extended(10);
    session.handle_entry(Entry {
        dn,
        attributes: attributes.to_vec(),
    });
    assert_eq!(manager(&session).as_deref(), Some("CN=Admins,DC=lab,DC=example"));
    let changes: Vec<_> = std::iter::from_fn(|| session.poll_change()).collect();
    assert_eq!(changes.len(), 1);
    server.delete(20);
    session.abort();
    round(&mut session, &mut server);
    assert_eq!(manager(&session), None, "what is deleted is linked to no more");
}

#[test]
fn long_groups_come_in_ranges() {
    let (mut server, mut session) = (Server::new(), session(true));
    for id in 100..150 {
        server.user(id, &format!("u{id}"));
        server.join(20, id);
    }
    server.range = 7;
    round(&mut session, &mut server);
    assert_eq!(members(&session, 20).len(), 51);
    assert_eq!(sorted(&session), truth(&server));
    assert!(
        server
            .searches
            .iter()
            .any(|search| search.attributes == ["member;range=49-*"])
    );
}

#[test]
fn a_group_that_vanishes_amid_its_ranges_costs_nothing() {
    let (mut server, mut session) = (Server::new(), session(false));
    server.user(12, "carol");
    server.join(20, 11);
    server.join(20, 12);
    server.range = 1;
    session.begin(server.controller());
    while let Some(search) = session.poll_search() {
        if search.base.starts_with('<') {
            server.objects.remove(&20);
        }
        let (entries, done) = server.answer(&search);
        entries.into_iter().for_each(|entry| session.handle_entry(entry));
        session.handle_done(done).unwrap();
    }
    assert!(session.replica().is_complete() && session.replica().find(guid(20)).is_none());
}

#[test]
fn a_cookie_nobody_knows_costs_a_full_read_that_tells_the_difference() {
    let (mut server, mut session) = (Server::new(), session(true));
    round(&mut session, &mut server);
    server.set(11, "mail", &[b"bob@lab.example"]);
    server.objects.remove(&10);
    server.objects.get_mut(&20).unwrap().members.clear();
    server.fails = Some(12);
    let changes = round(&mut session, &mut server);
    assert_eq!(session.full_reads(), 2);
    let guids: Vec<Guid> = changes.iter().map(|change| change.guid).collect();
    assert_eq!(
        guids,
        [guid(11), guid(20), guid(10)],
        "bob, the group that alice is gone from, alice"
    );
    assert!(changes[2].after.is_none());
    assert_eq!(members(&session, 20), [""; 0]);
}

#[test]
fn where_dirsync_is_refused_usns_are_polled() {
    let (mut server, mut session) = (Server::new(), session(true));
    server.dirsync = false;
    round(&mut session, &mut server);
    assert!(matches!(session.mark(), Some(Mark::Usn { .. })));
    server.set(10, "title", &[b"Boss"]);
    assert_eq!(round(&mut session, &mut server).len(), 1);
    assert_eq!(session.full_reads(), 1);
    session.begin(Controller {
        name: "another".into(),
        usn: 7,
    });
    assert!(session.is_reading(), "its USNs mean something else");
}

#[test]
fn a_dropped_connection_concludes_nothing() {
    let (mut server, mut session) = (Server::new(), session(true));
    round(&mut session, &mut server);
    session.renew();
    session.begin(server.controller());
    for _ in 0..2 {
        let search = session.poll_search().unwrap();
        let (entries, done) = server.answer(&search);
        entries
            .into_iter()
            .take(1)
            .for_each(|entry| session.handle_entry(entry));
        session.handle_done(done).unwrap();
    }
    session.abort();
    assert_eq!((session.replica().len(), session.poll_search()), (5, None));
    assert_eq!(round(&mut session, &mut server), []);
    server.fails = Some(51);
    let refusal = try_round(&mut session, &mut server).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the controller refuses a search of DC=lab,DC=example: 51 (busy)"
    );
    assert!(session.mark().is_some());
}

#[test]
fn a_sid_never_changes_its_owner() {
    let (mut server, mut session) = (Server::new(), session(true));
    round(&mut session, &mut server);
    server.delete(10);
    server.user(13, "alice");
    round(&mut session, &mut server);
    let snapshot = Snapshot::empty().joined([session.replica()].into_iter());
    let old = snapshot.sid("S-1-5-21-1-2-3-1034").unwrap().entity().unwrap();
    assert_eq!(old.guid.as_deref(), Some(&*guid(10).to_string()));
    let new = snapshot.named("LAB\\alice", None).unwrap().entity().unwrap();
    assert_eq!(new.sid.as_deref(), Some("S-1-5-21-1-2-3-1037"));
    server.set(11, "objectSid", &[&sid(99)]);
    round(&mut session, &mut server);
    assert_eq!(session.replica().counters().sids_kept, 1);
    let snapshot = Snapshot::empty().joined([session.replica()].into_iter());
    assert_eq!(
        snapshot.named("bob", None).unwrap().entity().unwrap().sid.as_deref(),
        Some("S-1-5-21-1-2-3-1035")
    );
}

#[test]
fn circles_of_groups_end_and_names_may_lack() {
    let (mut server, mut session) = (Server::new(), session(true));
    server.add(
        21,
        "CN=Circle,DC=lab,DC=example",
        &[("objectClass", "group"), ("adminCount", "1")],
    );
    server.join(21, 20);
    server.join(20, 21);
    server.add(30, "", &[("objectClass", "user")]);
    round(&mut session, &mut server);
    session.handle_entry(Entry::default());
    let snapshot = Snapshot::empty().joined([session.replica()].into_iter());
    assert!(
        snapshot
            .named("alice", None)
            .unwrap()
            .entity()
            .unwrap()
            .tags
            .contains(&crate::entity::Tag::Sensitive)
    );
    assert_eq!(
        snapshot.named("Circle", None).unwrap().entity().unwrap().kind,
        EntityKind::Group
    );
    assert!(
        snapshot.guid(&guid(30).to_string()).is_none(),
        "an object without any name is nobody"
    );
    let found = snapshot.find("alice").pop().unwrap();
    assert_eq!(found.groups.len(), 1);
}

#[test]
fn what_is_stored_is_what_was() {
    let (mut server, mut session) = (Server::new(), session(true));
    round(&mut session, &mut server);
    session.stamp.controller = "dc1.lab.example".into();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.example.directory");
    assert!(Session::load(&path, true).unwrap().is_none());
    session.save(&path).unwrap();
    let mut again = Session::load(&path, true).unwrap().unwrap();
    assert_eq!(sorted(&again), sorted(&session));
    assert_eq!(
        (again.mark(), &again.stamp, again.base()),
        (session.mark(), &session.stamp, session.base())
    );
    server.join(20, 11);
    assert_eq!(round(&mut again, &mut server).len(), 1);
    assert_eq!(again.full_reads(), 0);
}

#[test]
fn a_damaged_file_is_told_wherever_the_damage_is() {
    let (mut server, mut session) = (Server::new(), session(true));
    round(&mut session, &mut server);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d");
    session.save(&path).unwrap();
    let good = std::fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        assert!(told(&path, &bad), "byte {at}");
        assert!(told(&path, &good[..at]), "cut at {at}");
    }
}

fn told(path: &Path, bytes: &[u8]) -> bool {
    std::fs::write(path, bytes).unwrap();
    let error = Session::load(path, true).unwrap_err().to_string();
    error.contains("is read from a controller as a whole")
}

#[test]
fn trusts_and_the_domains_of_a_forest_are_read_from_their_objects() {
    let (mut server, mut session) = (Server::new(), session(true));
    let trusted = [
        ("objectClass", "trustedDomain"),
        ("trustPartner", "Other.example."),
        ("flatName", "OTHER"),
        ("trustDirection", "3"),
        ("trustType", "2"),
        ("trustAttributes", "8"),
    ];
    server.add(30, "CN=other.example,CN=System,DC=lab,DC=example", &trusted);
    server.set(30, "securityIdentifier", &[&sid(99)]);
    server.add(31, "CN=gone.example,CN=System,DC=lab,DC=example", &trusted);
    let outbound = [
        ("objectClass", "trustedDomain"),
        ("trustPartner", "NT4"),
        ("trustDirection", "2"),
        ("trustType", "1"),
    ];
    server.add(32, "CN=NT4,CN=System,DC=lab,DC=example", &outbound);
    for (id, dns, netbios) in [
        (40, "Dev.lab.example", "DEV"),
        (41, "lab.example", "LAB"),
        (42, "DomainDnsZones.lab.example", ""),
    ] {
        let values = [("objectClass", "crossRef"), ("dnsRoot", dns), ("nETBIOSName", netbios)];
        server.add(id, &format!("CN={id},CN=Partitions"), &values);
    }
    round(&mut session, &mut server);
    server.delete(31);
    round(&mut session, &mut server);
    let trusts = session.replica().trusts();
    let names: Vec<_> = trusts.iter().map(|trust| trust.partner.as_str()).collect();
    assert_eq!(names, ["nt4", "other.example"]);
    assert!(trusts[1].inbound && trusts[1].uplevel && trusts[1].forest && !trusts[1].within_forest);
    assert_eq!(trusts[1].flat_name.as_deref(), Some("OTHER"));
    assert!(trusts[1].sid.as_deref().is_some_and(|sid| sid.starts_with("S-1-5-21-")));
    assert!(!trusts[0].inbound && !trusts[0].uplevel);
    assert_eq!(
        session.replica().domains_of_forest(),
        ["dev.lab.example", "lab.example"]
    );
}

#[test]
fn a_global_catalog_is_polled_and_gives_way_without_a_change() {
    let (mut server, mut own) = (Server::new(), Server::new());
    own.set(10, "title", &[b"Boss"]);
    let mut session = session(true);
    let elsewhere = [
        "DC=dev,DC=lab,DC=example",
        "CN=Sites,CN=Configuration,DC=lab,DC=example",
        "CN=x,DC=dev,DC=lab,DC=example",
    ];
    for (id, dn) in (50..).zip(elsewhere) {
        server.add(id, dn, &[("objectClass", "container")]);
    }
    server.add(60, "CN=a\\,DC=b,DC=lab,DC=example", &[("objectClass", "container")]);
    session.ask_of(true, true);
    assert_eq!(round(&mut session, &mut server), []);
    assert_eq!(
        (session.is_partial(), session.replica().len()),
        (true, 6),
        "what is of other naming contexts is not taken in"
    );
    assert!(
        matches!(session.mark(), Some(Mark::Usn { server, .. }) if server == "CN=NTDS Settings,CN=DC1 (global catalog)")
    );
    server.set(11, "userAccountControl", &[b"514"]);
    session.ask_of(true, true);
    assert_eq!(round(&mut session, &mut server).len(), 1, "what changes there is told");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.directory");
    session.save(&path).unwrap();
    let mut session = Session::load(&path, true).unwrap().unwrap();
    assert!(session.is_partial(), "it is known after a start");
    session.ask_of(false, true);
    assert_eq!(round(&mut session, &mut own), [], "what it knows more is no change");
    assert!(!session.is_partial() && matches!(session.mark(), Some(Mark::DirSync { .. })));
    assert_eq!(sorted(&session), truth(&own));
}
