//! The same fact on the wire and in events is one activity.

mod servers;

use std::time::Duration;

use parsers::activity::Origin;

use super::*;

fn event(kind: Kind, seconds: i64, id: u32, computer: &'static str) -> Activity {
    let mut activity = between(kind, seconds, "0.0.0.0", "0.0.0.0");
    activity.origin = Origin::Event;
    (activity.client.port, activity.server.port) = (0, 0);
    let mut event = fields([("computer", computer)]);
    event.set("event_id", id);
    activity
        .details
        .set("events", Value::List([Value::Map(event)].into_iter().collect()));
    activity
}

fn of(account: &str, workstation: &str, mut activity: Activity) -> Activity {
    activity.observed.account = Some(account.into());
    activity.observed.workstation = Some(workstation.into());
    activity
}

fn from(ip: &str, port: u16, mut activity: Activity) -> Activity {
    activity.client.ip = ip.parse().unwrap();
    activity.client.port = port;
    activity
}

fn joined(activities: impl IntoIterator<Item = Activity>) -> Vec<Resolved> {
    let mut resolver = resolver(&at_once());
    resolver.expect_events();
    run(&mut resolver, activities)
}

/// The events of an activity.
fn ids(resolved: &Resolved) -> Vec<i64> {
    let Some(Value::List(events)) = resolved.activity.details.get("events") else {
        return Vec::new();
    };
    let id = |event: &Value| match event {
        Value::Map(event) => event.get("event_id").cloned(),
        _ => None,
    };
    let number = |value| match value {
        Value::Number(number) => Some(number),
        _ => None,
    };
    events.iter().filter_map(id).filter_map(number).collect()
}

fn origins(out: &[Resolved]) -> Vec<(Origin, Vec<i64>)> {
    out.iter()
        .map(|resolved| (resolved.activity.origin, ids(resolved)))
        .collect()
}

#[test]
fn a_validation_joins_the_logon_whatever_comes_first() {
    let wire = || of("Alice", "WS1", activity(Kind::NtlmAuthenticate, 0));
    let validated = || {
        of(
            "alice",
            "ws1",
            event(Kind::NtlmAuthenticate, 1, 4_776, "dc1.lab.example"),
        )
    };
    let audited = || {
        of(
            "alice",
            "WS1",
            event(Kind::NtlmAuthenticate, 1, 8_004, "dc1.lab.example"),
        )
    };
    for order in [
        [wire(), validated(), audited()],
        [validated(), wire(), audited()],
        [validated(), audited(), wire()],
    ] {
        let out = joined(order);
        assert_eq!(out.len(), 1);
        assert_eq!(out[0].activity.origin, Origin::Wire);
        let mut ids = ids(&out[0]);
        ids.sort_unstable();
        assert_eq!(ids, [4_776, 8_004]);
    }
}

#[test]
fn what_the_event_knows_better_is_added() {
    let mut wire = of("alice", "WS1", activity(Kind::NtlmAuthenticate, 0));
    wire.conclude(Outcome::Failure);
    let mut told = of("alice", "WS1", event(Kind::NtlmAuthenticate, 0, 4_776, "dc1"));
    told.failure_reason = Some(parsers::activity::FailureReason::WrongPassword);
    told.conclude(Outcome::Failure);
    let out = joined([wire, told]);
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].activity.action_type, Some("LogonFailed"));
    assert_eq!(
        out[0].activity.failure_reason.map(|reason| reason.name()),
        Some("WrongPassword")
    );
}

#[test]
fn each_attempt_has_its_own_event() {
    let wire = |seconds| of("alice", "WS1", activity(Kind::NtlmAuthenticate, seconds));
    let told = |seconds| of("alice", "WS1", event(Kind::NtlmAuthenticate, seconds, 4_776, "dc1"));
    let out = joined([wire(0), wire(1), told(0), told(1), told(2)]);
    let expected = [
        (Origin::Wire, vec![4_776]),
        (Origin::Wire, vec![4_776]),
        (Origin::Event, vec![4_776]),
    ];
    assert_eq!(origins(&out), expected);
}

#[test]
fn tickets_are_found_by_the_client_s_port() {
    let wire = |port| from(CLIENT, port, activity(Kind::KerberosTgs, 0));
    let told = |port, computer| from(CLIENT, port, event(Kind::KerberosTgs, 0, 4_769, computer));
    let out = joined([
        wire(50_001),
        wire(50_002),
        told(50_002, "dc1.lab.example"),
        told(50_003, "dc1"),
    ]);
    let expected = [
        (Origin::Wire, vec![]),
        (Origin::Wire, vec![4_769]),
        (Origin::Event, vec![4_769]),
    ];
    assert_eq!(origins(&out), expected);
}

#[test]
fn a_logon_is_found_by_its_connection() {
    let wire = from(CLIENT, 50_001, activity(Kind::KerberosAp, 0));
    let told = from(
        CLIENT,
        50_001,
        of("alice", "", event(Kind::KerberosAp, 0, 4_624, "fs1.lab.example")),
    );
    let out = joined([wire, told]);
    assert_eq!(origins(&out), [(Origin::Wire, vec![4_624])]);
    assert_eq!(out[0].activity.observed.account.as_deref(), Some("alice"));
}

#[test]
fn what_contradicts_is_not_joined() {
    let wire = || of("alice", "WS1", activity(Kind::NtlmAuthenticate, 0));
    let told = |account, workstation, seconds| {
        of(
            account,
            workstation,
            event(Kind::NtlmAuthenticate, seconds, 4_776, "dc1"),
        )
    };
    let mut refused = told("alice", "WS1", 0);
    refused.outcome = Outcome::Failure;
    for other in [
        told("bob", "WS1", 0),
        told("alice", "WS2", 0),
        told("alice", "WS1", 16),
        refused,
    ] {
        assert_eq!(joined([wire(), other]).len(), 2);
    }
    let mut continued = wire();
    continued.outcome = Outcome::Continued;
    assert_eq!(joined([continued, told("alice", "WS1", 0)]).len(), 2);
}

#[test]
fn nothing_waits_longer_than_the_window_or_without_events() {
    let mut resolver = resolver(&at_once());
    let mut out = Vec::new();
    let wire = |seconds| Box::new(of("alice", "WS1", activity(Kind::NtlmAuthenticate, seconds)));
    resolver.activity(wire(0), &mut out);
    assert_eq!(out.len(), 1, "no events are expected");
    resolver.expect_events();
    resolver.activity(wire(1), &mut out);
    resolver.advance(at(15), &mut out);
    assert_eq!(out.len(), 1);
    resolver.advance(at(16), &mut out);
    assert_eq!(out.len(), 2);
    let late = of("alice", "WS1", event(Kind::NtlmAuthenticate, 1, 4_776, "dc1"));
    resolver.activity(Box::new(late), &mut out);
    resolver.finish(&mut out);
    assert_eq!(origins(&out)[2], (Origin::Event, vec![4_776]));
    assert_eq!((resolver.stats().events, resolver.stats().events_joined), (1, 0));
}

#[test]
fn what_waits_is_bounded() {
    for (limit, octets, held) in [(3, usize::MAX, 3), (100, 6_000, 4), (100, 10, 1)] {
        bounded(crate::join::Join::new(Duration::from_secs(15), limit, octets), held);
    }
}

/// Ten activities of some thousand octets, of which `held` may wait.
fn bounded(mut join: crate::join::Join, held: u64) {
    join.expect();
    let (mut plain, mut out, mut left) = (resolver(&at_once()), Vec::new(), Vec::new());
    for number in 0..10 {
        let mut logon = of(&format!("user{number}"), "WS1", activity(Kind::NtlmAuthenticate, 0));
        logon.details.set("text", "x".repeat(900));
        plain.activity(Box::new(logon), &mut out);
    }
    for resolved in out {
        join.take(resolved, at(0), None, &mut left);
    }
    assert_eq!((left.len() as u64, join.evicted()), (10 - held, 10 - held));
    while let Some(resolved) = join.leave() {
        left.push(resolved);
    }
    assert_eq!(left.len(), 10);
    assert!(join.is_empty());
}

/// So many attempts of one account within the window, each on the wire and told by an event.
fn spray(attempts: u32) -> [Vec<Activity>; 2] {
    let wire = |_| of("alice", "WS1", activity(Kind::NtlmAuthenticate, 0));
    let told = |_| of("alice", "WS1", event(Kind::NtlmAuthenticate, 0, 4_776, "dc1"));
    [(0..attempts).map(wire).collect(), (0..attempts).map(told).collect()]
}

#[test]
fn many_attempts_of_one_account_get_an_event_each() {
    let [wire, told] = spray(1_000);
    for activities in [
        wire.iter()
            .zip(&told)
            .flat_map(|(wire, told)| [wire, told])
            .collect::<Vec<_>>(),
        wire.iter().chain(&told).collect(),
        told.iter().chain(&wire).collect(),
    ] {
        let out = joined(activities.into_iter().cloned());
        assert_eq!(out.len(), 1_000);
        assert!(out.iter().all(|resolved| ids(resolved) == [4_776]));
    }
}

#[test]
fn a_spray_is_looked_at_as_far_as_the_bound() {
    let mut resolver = resolver(&at_once());
    resolver.expect_events();
    let [_, told] = spray(3_000);
    let out = run(&mut resolver, told);
    assert_eq!(
        (out.len(), resolver.stats().join_crowded),
        (3_000, 3_000 - 1_024),
        "none is compared"
    );
    let others = (0..100).map(|number| {
        of(
            "alice",
            &format!("WS{number}"),
            event(Kind::NtlmAuthenticate, 100, 4_776, "dc1"),
        )
    });
    let wire = of("alice", "PC", activity(Kind::NtlmAuthenticate, 100));
    let before = resolver.stats().join_crowded;
    let out = run(&mut resolver, others.chain([wire]));
    assert_eq!((out.len(), resolver.stats().join_crowded - before), (101, 1));
}

#[test]
fn an_event_teaches_no_address() {
    let claim = from(
        "10.77.0.99",
        50_000,
        of("ATTACKER$", "", event(Kind::KerberosAs, 0, 4_768, "dc1")),
    );
    let after = between(Kind::DnsQuery, 1, "10.77.0.99", DC1);
    let out = joined([claim, after]);
    assert!(out.iter().all(|resolved| resolved.source.is_none()));
    let logged = out
        .iter()
        .find(|resolved| resolved.activity.origin == Origin::Event)
        .unwrap();
    assert!(logged.destination.as_ref().unwrap().name.eq_ignore_ascii_case("dc1"));
}

/// A record of Samba's audit, which has no identifier but the transaction that it was part of.
fn record(kind: Kind, channel: &'static str, transaction: &'static str, dn: &str, port: u16) -> Activity {
    let mut activity = from(CLIENT, port, event(kind, 0, 0, "dc1"));
    let event = fields([("channel", channel), ("transaction_id", transaction)]);
    let events = Value::List([Value::Map(event)].into_iter().collect());
    activity.details.replace("events", events);
    activity.observed.dn = Some(dn.into());
    activity
}

fn modify(dn: &str, port: u16) -> Activity {
    let mut activity = from(CLIENT, port, activity(Kind::LdapChange, 0));
    activity.observed.dn = Some(dn.into());
    activity.details.set("operation", "modify");
    activity
}

/// The transactions of an activity's events.
fn transactions(resolved: &Resolved) -> Vec<String> {
    let Some(Value::List(events)) = resolved.activity.details.get("events") else {
        return Vec::new();
    };
    let transaction = |event: &Value| match event {
        Value::Map(event) => event.get_text("transaction_id").map(str::to_owned),
        _ => None,
    };
    events.iter().filter_map(transaction).collect()
}

#[test]
fn a_change_joins_its_transaction_s_records_whatever_comes_first() {
    const GROUP: &str = "CN=Domain Admins,CN=Users,DC=lab,DC=example";
    let wire = || modify("cn=domain admins,CN=Users,DC=lab,DC=example", 50_001);
    let member = |transaction| record(Kind::DirectoryChange, "groupChange", transaction, GROUP, 50_001);
    let object = |transaction| record(Kind::DirectoryChange, "dsdbChange", transaction, GROUP, 50_001);
    for order in [
        vec![wire(), member("t1"), member("t1"), object("t1")],
        vec![member("t1"), object("t1"), wire(), member("t1")],
        vec![object("t1"), member("t1"), member("t1"), wire()],
    ] {
        let out = joined(order);
        assert_eq!(out.len(), 1);
        assert_eq!(transactions(&out[0]), ["t1"; 3]);
        assert_eq!(out[0].activity.kind, Kind::LdapChange);
    }
    let two = joined([wire(), wire(), member("t1"), object("t1"), member("t2"), object("t2")]);
    let told: Vec<_> = two.iter().map(transactions).collect();
    assert_eq!(told, [["t1"; 2], ["t2"; 2]], "two changes of one object have their own");
}

#[test]
fn a_change_of_something_else_is_another() {
    let wire = || modify("CN=a,DC=lab", 50_001);
    let object = |dn, port| record(Kind::DirectoryChange, "dsdbChange", "t1", dn, port);
    let mut deleted = object("CN=a,DC=lab", 50_001);
    deleted.details.set("operation", "delete");
    for other in [object("CN=b,DC=lab", 50_001), object("CN=a,DC=lab", 50_002), deleted] {
        assert_eq!(joined([wire(), other]).len(), 2);
    }
}

#[test]
fn a_password_is_changed_once() {
    let dn = "CN=carol,DC=lab";
    let wire = || from(CLIENT, 50_001, activity(Kind::PasswordChange, 0));
    let told = || {
        [
            of(
                "carol",
                "",
                from(CLIENT, 50_001, event(Kind::PasswordChange, 0, 4_624, "dc1")),
            ),
            record(Kind::PasswordChange, "passwordChange", "t1", dn, 50_001),
            record(Kind::PasswordChange, "dsdbChange", "t1", dn, 50_001),
        ]
    };
    let out = joined([wire()].into_iter().chain(told()));
    assert_eq!(out.len(), 1);
    assert_eq!(
        (out[0].activity.observed.dn.as_deref(), transactions(&out[0]).len()),
        (Some(dn), 2)
    );
    let out = joined(told().into_iter().chain([wire()]));
    assert_eq!(out.len(), 1);
    let other = record(Kind::PasswordChange, "passwordChange", "t2", "CN=dave,DC=lab", 50_001);
    assert_eq!(joined([wire(), other].into_iter().chain(told())).len(), 2);
}

#[test]
fn a_ticket_too_big_for_a_datagram_was_granted_all_the_same() {
    let answered = |code| {
        let mut wire = from(CLIENT, 50_001, activity(Kind::KerberosAs, 0));
        wire.outcome = Outcome::Continued;
        wire.status = Some(parsers::activity::Status::new(code, None));
        wire
    };
    let mut granted = from(CLIENT, 50_001, event(Kind::KerberosAs, 0, 4_624, "dc1"));
    granted.outcome = Outcome::Success;
    let out = joined([answered(52), granted.clone()]);
    assert_eq!(origins(&out), [(Origin::Wire, vec![4_624])]);
    assert_eq!(
        out[0].activity.outcome,
        Outcome::Continued,
        "the client has no ticket yet"
    );
    assert_eq!(joined([answered(25), granted]).len(), 2, "nothing was granted");
}

#[test]
fn another_connection_is_another_logon() {
    let wire = of(
        "alice",
        "WS1",
        from(CLIENT, 50_001, activity(Kind::NtlmAuthenticate, 0)),
    );
    let told = |port| {
        of(
            "alice",
            "WS1",
            from(CLIENT, port, event(Kind::NtlmAuthenticate, 0, 4_624, "dc1")),
        )
    };
    let out = joined([wire, told(50_002), told(50_001)]);
    assert_eq!(
        origins(&out),
        [(Origin::Wire, vec![4_624]), (Origin::Event, vec![4_624])]
    );
    let bound = || {
        let mut bind = from(CLIENT, 50_001, activity(Kind::LdapBind, 0));
        bind.details.set("method", "simple");
        bind.observed.account = Some("CN=bob,DC=lab".into());
        bind.observed.dn = bind.observed.account.clone();
        bind
    };
    let mut validated = from(CLIENT, 50_001, of("bob", "", event(Kind::LdapBind, 0, 4_624, "dc1")));
    validated.details.set("method", "simple");
    assert_eq!(joined([bound(), validated]).len(), 1, "a name and a distinguished name");
}

#[test]
fn a_simple_bind_is_validated_in_the_name_of_the_controller_itself() {
    let bound = || {
        let mut bind = from(CLIENT, 50_001, activity(Kind::LdapBind, 0));
        bind.details.set("method", "simple");
        bind.observed.account = Some("bob@lab.example".into());
        bind.observed.workstation = None;
        bind
    };
    let validated = |workstation| {
        of(
            "bob",
            workstation,
            event(Kind::NtlmAuthenticate, 1, 4_776, "dc1.lab.example"),
        )
    };
    for (workstation, joins) in [("DC1", true), ("", true), ("WS1", false)] {
        for out in [
            joined([bound(), validated(workstation)]),
            joined([validated(workstation), bound()]),
        ] {
            assert_eq!(out.len() == 1, joins, "{workstation}");
        }
    }
}

#[test]
fn a_computer_proves_itself_in_one_call() {
    let call = |operation: &'static str| {
        let mut call = from(CLIENT, 50_001, activity(Kind::Netlogon, 0));
        call.changes = true;
        call.observed.account = None;
        call.details.set("operation", operation);
        call
    };
    let told = of(
        "srv1$",
        "",
        from(CLIENT, 50_001, event(Kind::Netlogon, 0, 4_624, "dc1")),
    );
    let out = joined([call("NetrServerReqChallenge"), call("NetrServerAuthenticate3"), told]);
    let expected = [(Origin::Wire, vec![]), (Origin::Wire, vec![4_624])];
    assert_eq!(origins(&out), expected);
}

/// What the traffic may yet tell of addresses is not waited for.
fn at_once() -> Config {
    Config {
        wait_milliseconds: 0,
        ..Config::default()
    }
}

/// What leaves by packet time `seconds`.
fn by(resolver: &mut Resolver, seconds: i64) -> Vec<Resolved> {
    let mut out = Vec::new();
    resolver.advance(at(seconds), &mut out);
    out
}

#[test]
fn an_event_that_somebody_waits_for_leaves_soon_whatever_it_became_part_of() {
    let told = || {
        of(
            "alice",
            "ws1",
            event(Kind::NtlmAuthenticate, 10, 4_776, "dc1.lab.example"),
        )
    };
    let wire = |seconds| of("Alice", "WS1", activity(Kind::NtlmAuthenticate, seconds));
    let mut resolver = resolver(&at_once());
    resolver.expect_events();
    let mut out = Vec::new();
    assert_eq!(by(&mut resolver, 10).len(), 0);
    let leaves = resolver.deliver(Box::new(told()), &mut out);
    let soon = |seconds| Some(at(seconds).after(Duration::from_millis(250)));
    assert_eq!((leaves, out.len()), (soon(10), 0));
    assert_eq!(by(&mut resolver, 11).len(), 1, "alone");
    // Packets first, and packets that come after it: they leave together, and so early.
    resolver.activity(Box::new(wire(12)), &mut out);
    assert_eq!(resolver.deliver(Box::new(told()), &mut out), soon(12));
    assert_eq!(origins(&by(&mut resolver, 13)), [(Origin::Wire, vec![4_776])]);
    assert_eq!(resolver.deliver(Box::new(told()), &mut out), soon(13));
    resolver.activity(Box::new(wire(13)), &mut out);
    assert_eq!(out.len(), 0);
    assert_eq!(origins(&by(&mut resolver, 14)), [(Origin::Wire, vec![4_776])]);
    // What nothing could be said of twice has left at once.
    let access = event(Kind::WindowsEvent, 14, 4_662, "dc1.lab.example");
    assert_eq!((resolver.deliver(Box::new(access), &mut out), out.len()), (None, 1));
    assert_eq!(by(&mut resolver, 60).len(), 0);
}

#[test]
fn what_does_not_wait_for_events_is_delivered_at_once() {
    let mut resolver = resolver(&at_once());
    let mut out = Vec::new();
    let told = of(
        "alice",
        "ws1",
        event(Kind::NtlmAuthenticate, 1, 4_776, "dc1.lab.example"),
    );
    assert_eq!((resolver.deliver(Box::new(told), &mut out), out.len()), (None, 1));
}
