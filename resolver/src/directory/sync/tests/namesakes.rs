//! Two domains with one NetBIOS name: whose account `LAB\\alice` is, and whose computer a host of LAB.

use super::server::Server;
use super::{round, session};
use crate::directory::sync::{Context, Replica, Session};
use crate::directory::{Listed, Snapshot};

/// A domain that was read, with these accounts and computers.
fn domain(name: &str, ids: u16, accounts: &[&'static str]) -> Session {
    let base = format!("DC={}", name.replace('.', ",DC="));
    let mut session = Session::new(Context::Domain, base.clone(), Replica::new(name), None, true);
    round(&mut session, &mut server(&base, ids, accounts));
    session
}

fn server(base: &str, ids: u16, accounts: &[&'static str]) -> Server {
    let mut server = Server {
        dirsync: true,
        range: 9,
        ..Server::default()
    };
    server.add(ids, base, &[("objectClass", "domainDNS")]);
    for (id, account) in (ids + 1..).zip(accounts) {
        let class = if account.ends_with('$') { "computer" } else { "user" };
        let values = [("objectClass", class), ("sAMAccountName", *account)];
        server.add(id, &format!("CN={},{base}", account.trim_end_matches('$')), &values);
    }
    server
}

/// A Configuration partition that tells of these domains.
fn configuration(ids: u16, domains: &[(&str, &str)]) -> Session {
    let mut server = Server {
        dirsync: true,
        range: 9,
        ..Server::default()
    };
    for (id, (dns, netbios)) in (ids..).zip(domains) {
        let values = [
            ("objectClass", "crossRef"),
            ("dnsRoot", *dns),
            ("nETBIOSName", *netbios),
        ];
        server.add(id, &format!("CN={id},CN=Partitions,CN=Configuration,DC=x"), &values);
    }
    let base = "CN=Configuration,DC=x".into();
    let mut session = Session::new(Context::Configuration, base, Replica::new("x"), None, true);
    round(&mut session, &mut server);
    session
}

fn snapshot(sessions: &[&Session]) -> Snapshot {
    Snapshot::empty().joined(sessions.iter().map(|session| session.replica()))
}

/// The domain of whoever was found.
fn of(listed: Option<Listed<'_>>) -> Option<String> {
    Some(listed?.entity()?.domain.as_ref()?.to_string())
}

const ONE: &[&str] = &["alice", "bob", "FS1$", "ONLY1$"];
const OTHER: &[&str] = &["alice", "dave", "FS1$", "ONLY2$"];

#[test]
fn two_domains_may_share_a_netbios_name() {
    let (one, other) = (domain("lab.example", 10, ONE), domain("lab.test", 100, OTHER));
    // The second is called something else: whom neither of the two has is not looked for there.
    let third = domain("dev.example", 200, &["erin", "WS9$"]);
    let told = configuration(
        50,
        &[("lab.example", "LAB"), ("lab.test", "LAB"), ("dev.example", "DEV")],
    );
    let guessed = snapshot(&[&one, &other, &third]);
    let told = snapshot(&[&one, &other, &third, &told]);
    for snapshot in [guessed, told] {
        let named = |account: &str, domain: Option<&str>| of(snapshot.named(account, domain));
        let host = |host: &str, domain: Option<&str>| of(snapshot.host(host, domain));
        for domain in [None, Some("LAB"), Some("lab")] {
            assert_eq!(named("alice", domain), None, "{domain:?}");
            assert_eq!(host("fs1", domain), None, "{domain:?}");
        }
        assert_eq!((named("LAB\\alice", None), named("alice@LAB", None)), (None, None));
        assert_eq!(snapshot.find("LAB\\alice").len(), 2, "who looks for it sees both");
        assert_eq!(snapshot.domain("LAB"), None);
        for domain in ["lab.example", "lab.test"] {
            let upper = domain.to_uppercase();
            assert_eq!(named("alice", Some(&upper)).as_deref(), Some(domain));
            assert_eq!(host("fs1", Some(domain)).as_deref(), Some(domain));
            assert_eq!(host(&format!("fs1.{domain}"), Some("LAB")).as_deref(), Some(domain));
        }
        assert_eq!(
            named("LAB\\bob", None).as_deref(),
            Some("lab.example"),
            "only one has him"
        );
        assert_eq!(named("dave", Some("LAB")).as_deref(), Some("lab.test"));
        assert_eq!(host("ONLY2", Some("LAB")).as_deref(), Some("lab.test"));
        assert_eq!(host("only1", Some("LAB")).as_deref(), Some("lab.example"));
        assert_eq!((named("LAB\\erin", None), host("ws9", Some("LAB"))), (None, None));
        assert_eq!(host("ws9", Some("WORKGROUP")).as_deref(), Some("dev.example"));
    }
}

#[test]
fn a_namesake_that_is_not_read_may_have_anybody() {
    let one = domain("lab.example", 10, ONE);
    let told = configuration(50, &[("lab.example", "LAB"), ("lab.test", "LAB")]);
    let snapshot = snapshot(&[&one, &told]);
    for account in ["bob", "alice", "dave"] {
        assert_eq!(of(snapshot.named(account, Some("LAB"))), None, "{account}");
    }
    assert_eq!(of(snapshot.host("only1", Some("LAB"))), None);
    assert_eq!(
        of(snapshot.named("bob", Some("LAB.EXAMPLE"))).as_deref(),
        Some("lab.example")
    );
}

#[test]
fn a_namesake_that_is_being_read_may_have_whom_it_lacks() {
    let one = domain("lab.example", 10, ONE);
    let mut server = server("DC=lab,DC=test", 100, OTHER);
    let replica = Replica::new("lab.test");
    let mut other = Session::new(Context::Domain, "DC=lab,DC=test".into(), replica, None, true);
    other.begin(server.controller());
    for _ in 0..2 {
        let (entries, done) = server.answer(&other.poll_search().unwrap());
        entries.into_iter().for_each(|entry| other.handle_entry(entry));
        other.handle_done(done).unwrap();
    }
    assert!(other.is_reading() && other.replica().len() == 2, "its head and alice");
    assert_eq!(of(snapshot(&[&one, &other]).named("bob", Some("LAB"))), None);
    round(&mut other, &mut server);
    let whole = snapshot(&[&one, &other]);
    assert_eq!(of(whole.named("bob", Some("LAB"))).as_deref(), Some("lab.example"));
}

#[test]
fn one_domain_of_a_name_is_meant_by_it() {
    let mut server = Server::new();
    let mut one = session(true);
    round(&mut one, &mut server);
    let told = configuration(50, &[("lab.example", "LAB"), ("dev.example", "DEV")]);
    let snapshot = snapshot(&[&one, &told]);
    assert_eq!(of(snapshot.named("LAB\\alice", None)).as_deref(), Some("lab.example"));
}
