//! What a server logs of itself, without a word of the client, and what was captured of it.

use compact_str::CompactString;

use super::*;

const ADMINS: &str = "CN=Domain Admins,CN=Users,DC=lab,DC=example";
const ADMINS_SID: &str = "S-1-5-21-2822033801-3597859766-591869691-512";
const BOB: &str = "CN=bob,OU=Staff,DC=lab,DC=example";
const BOB_SID: &str = "S-1-5-21-2822033801-3597859766-591869691-1104";
const CAROL: &str = "CN=carol,OU=Staff,DC=lab,DC=example";
const DC2: &str = "10.77.0.11";

/// What comes of `activities` once it is known who DC1 and DC2 are.
fn told(activities: impl IntoIterator<Item = Activity>) -> Vec<Resolved> {
    let mut names = activity(Kind::DnsQuery, -1);
    let answers = [["dc1.lab.example", "A", DC1], ["dc2.lab.example", "A", DC2]];
    names.details.set("answers", records(answers));
    let mut out = joined([names].into_iter().chain(activities));
    out.retain(|resolved| resolved.activity.kind != Kind::DnsQuery);
    out
}

/// Whether both become one activity, whichever comes first.
#[track_caller]
fn join(wire: &Activity, event: &Activity) -> bool {
    let out = told([wire.clone(), event.clone()]);
    let other = told([event.clone(), wire.clone()]);
    assert_eq!(out.len(), other.len());
    for resolved in out.iter().chain(&other).filter(|_| out.len() == 1) {
        assert_eq!((resolved.activity.origin, ids(resolved).len()), (Origin::Wire, 1));
        assert_eq!(resolved.activity.kind, wire.kind);
    }
    out.len() == 1
}

fn with(mut activity: Activity, details: &[(&'static str, &'static str)]) -> Activity {
    for (name, value) in details {
        activity.details.replace(name, *value);
    }
    activity
}

/// A call to DC1.
fn call(kind: Kind, details: &[(&'static str, &'static str)]) -> Activity {
    let mut call = with(activity(kind, 0), details);
    call.changes = true;
    call
}

fn service(name: &'static str, path: &'static str) -> Activity {
    let details = [
        ("operation", "RCreateServiceW"),
        ("service", name),
        ("binary_path", path),
    ];
    call(Kind::ServiceCreation, &details)
}

fn installed(computer: &'static str, name: &'static str, path: &'static str) -> Activity {
    let details = [("service", name), ("binary_path", path)];
    with(event(Kind::ServiceCreation, 1, 7_045, computer), &details)
}

#[test]
fn a_service_that_is_created_is_logged_by_its_computer() {
    let wire = service("PSEXESVC", "%SystemRoot%\\PSEXESVC.exe");
    for (event, joins) in [
        (
            installed("DC1.lab.example", "PSEXESVC", "%SystemRoot%\\PSEXESVC.exe"),
            true,
        ),
        (installed("dc1", "psexesvc", "\"%systemroot%\\psexesvc.exe\""), true),
        (
            installed("dc2.lab.example", "PSEXESVC", "%SystemRoot%\\PSEXESVC.exe"),
            false,
        ),
        (
            installed("dc1.dev.example", "PSEXESVC", "%SystemRoot%\\PSEXESVC.exe"),
            false,
        ),
        (
            installed("dc1.lab.example", "PSEXESVC2", "%SystemRoot%\\PSEXESVC.exe"),
            false,
        ),
        (installed("dc1.lab.example", "PSEXESVC", "C:\\evil.exe"), false),
    ] {
        assert_eq!(join(&wire, &event), joins, "{:?}", event.details);
    }
    let same = || installed("dc1.lab.example", "PSEXESVC", "%SystemRoot%\\PSEXESVC.exe");
    let started = with(wire.clone(), &[("operation", "RStartServiceW")]);
    assert!(!join(&started, &same()), "it is started, not created");
    let mut refused = wire.clone();
    refused.outcome = Outcome::Failure;
    assert!(!join(&refused, &same()), "there was one already");
    let mut late = same();
    late.time = at(16);
    assert!(!join(&wire, &late));
    let mut elsewhere = wire.clone();
    elsewhere.server.ip = "10.77.0.99".parse().unwrap();
    assert!(!join(&elsewhere, &same()), "nobody knows whose address that is");
    // Made twice, it is logged twice.
    let out = told([wire.clone(), same(), wire, same(), same()]);
    assert_eq!(
        out.iter().map(|resolved| ids(resolved).len()).collect::<Vec<_>>(),
        [1; 3]
    );
}

fn replica(operation: &'static str, context: &'static str, source: &'static str) -> Activity {
    let details = [
        ("operation", operation),
        ("naming_context", context),
        ("source_address", source),
    ];
    call(Kind::DirectoryReplication, &details)
}

#[test]
fn a_source_of_replication_comes_and_goes() {
    const ROOT: &str = "DC=lab,DC=example";
    let established = |id, computer, operation, context, source| {
        let details = [
            ("operation", operation),
            ("naming_context", context),
            ("source_address", source),
        ];
        with(event(Kind::DirectoryReplication, 0, id, computer), &details)
    };
    let wire = replica("IDL_DRSReplicaAdd", ROOT, "b1._msdcs.lab.example");
    let add = "source_established";
    for (event, joins) in [
        (
            established(
                4_928,
                "dc1.lab.example",
                add,
                "dc=lab,dc=example",
                "B1._msdcs.lab.example",
            ),
            true,
        ),
        (
            established(4_928, "dc2.lab.example", add, ROOT, "b1._msdcs.lab.example"),
            false,
        ),
        (
            established(
                4_928,
                "dc1.lab.example",
                add,
                "CN=Configuration,DC=lab,DC=example",
                "b1._msdcs.lab.example",
            ),
            false,
        ),
        (
            established(4_928, "dc1.lab.example", add, ROOT, "b2._msdcs.lab.example"),
            false,
        ),
        (
            established(
                4_929,
                "dc1.lab.example",
                "source_removed",
                ROOT,
                "b1._msdcs.lab.example",
            ),
            false,
        ),
    ] {
        assert_eq!(join(&wire, &event), joins, "{:?}", event.details);
    }
    let gone = established(
        4_929,
        "dc1.lab.example",
        "source_removed",
        ROOT,
        "b1._msdcs.lab.example",
    );
    assert!(join(
        &replica("IDL_DRSReplicaDel", ROOT, "b1._msdcs.lab.example"),
        &gone
    ));
    let sealed = call(Kind::DirectoryReplication, &[("operation", "IDL_DRSReplicaDel")]);
    assert!(!join(&sealed, &gone), "of what is sealed nobody knows what it was");
}

/// A change over LDAP by adm: of an attribute, with values.
fn write(dn: &str, changes: &[(&'static str, &'static str, &[&str])]) -> Activity {
    let mut modify = modify(dn, 50_001);
    modify.observed.account = Some("adm".into());
    modify.observed.domain = Some("LAB".into());
    let map = |(attribute, operation, values): &(&'static str, &'static str, &[&str])| {
        let mut one = fields([("attribute", attribute), ("operation", operation)]);
        one.list("values", values.iter().map(|value| CompactString::new(value)));
        Value::Map(one)
    };
    modify
        .details
        .set("changes", changes.iter().map(map).collect::<Vec<_>>());
    modify
}

/// An event of Windows by adm, about a group or an account.
fn about(id: u32, operation: &'static str, sid: &str, account: &str) -> Activity {
    let mut event = with(
        event(Kind::DirectoryChange, 1, id, "dc1.lab.example"),
        &[("operation", operation)],
    );
    let observed = &mut event.observed;
    (observed.account, observed.domain) = (Some("adm".into()), Some("LAB".into()));
    (observed.target_account, observed.target_domain) = (Some(account.into()), Some("LAB".into()));
    observed.sid = Some(sid.into());
    event
}

fn member(id: u32, operation: &'static str, dn: &'static str) -> Activity {
    with(about(id, operation, ADMINS_SID, "Domain Admins"), &[("member_dn", dn)])
}

/// 5136: a value of an attribute comes or goes.
fn touched(dn: &str, details: &[(&'static str, &'static str)]) -> Activity {
    let mut event = with(event(Kind::DirectoryChange, 1, 5_136, "dc1.lab.example"), details);
    event.observed.account = Some("adm".into());
    event.observed.domain = Some("LAB".into());
    event.observed.dn = Some(dn.into());
    event
}

#[test]
fn a_member_is_added_once() {
    let wire = write(
        "cn=domain admins,CN=Users,DC=lab,DC=example",
        &[("member", "add", &["cn=Bob, OU=Staff,DC=lab,DC=example"])],
    );
    let mut by_bob = member(4_728, "member_added", BOB);
    by_bob.observed.account = Some("bob".into());
    let mut elsewhere = member(4_728, "member_added", BOB);
    let mut logged = fields([("computer", "dc2.lab.example")]);
    logged.set("event_id", 4_728_u32);
    elsewhere.details.replace("events", vec![Value::Map(logged)]);
    let other_group = with(
        about(4_728, "member_added", BOB_SID, "Domain Admins2"),
        &[("member_dn", BOB)],
    );
    for (event, joins) in [
        (member(4_728, "member_added", BOB), true),
        (member(4_728, "member_added", CAROL), false),
        (member(4_729, "member_removed", BOB), false),
        (by_bob, false),
        (elsewhere, false),
        (other_group, false),
        (about(4_728, "member_added", ADMINS_SID, "Domain Admins"), false),
        (about(4_730, "deleted", ADMINS_SID, "Domain Admins"), false),
    ] {
        assert_eq!(join(&wire, &event), joins, "{:?} {:?}", event.observed, event.details);
    }
    for (values, operation, event, joins) in [
        (&[BOB][..], "replace", member(4_728, "member_added", BOB), true),
        (&[BOB], "replace", member(4_729, "member_removed", CAROL), true),
        (&[BOB], "replace", member(4_729, "member_removed", BOB), false),
        (&[], "delete", member(4_729, "member_removed", BOB), true),
        (&[CAROL], "delete", member(4_729, "member_removed", BOB), false),
        (
            &["<SID=S-1-5-21-2822033801-3597859766-591869691-1104>"],
            "add",
            { with(member(4_728, "member_added", BOB), &[("member_sid", BOB_SID)]) },
            true,
        ),
    ] {
        let wire = write(ADMINS, &[("member", operation, values)]);
        assert_eq!(join(&wire, &event), joins, "{values:?} {operation} {:?}", event.details);
    }
}

/// What each event of an activity says that it is about.
fn abouts(resolved: &Resolved) -> Vec<String> {
    let details = serde_json::to_value(&resolved.activity.details).unwrap();
    let of = |event: &serde_json::Value| {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {}{}{}",
            event["event_id"],
            text("operation"),
            text("member_dn"),
            text("value")
        )
    };
    details["events"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_change_of_several_values_has_the_events_of_all() {
    let wire = || write(ADMINS, &[("member", "add", &[BOB, CAROL])]);
    let value = |dn| {
        let details = [
            ("operation", "value_added"),
            ("attribute", "member"),
            ("value", dn),
            ("correlation_id", "{c1}"),
        ];
        touched(ADMINS, &details)
    };
    let all = || {
        [
            member(4_728, "member_added", BOB),
            value(BOB),
            value(CAROL),
            member(4_728, "member_added", CAROL),
        ]
    };
    for out in [
        told([wire()].into_iter().chain(all())),
        told(all().into_iter().chain([wire()])),
        told(
            all()[..2]
                .iter()
                .cloned()
                .chain([wire()])
                .chain(all()[2..].iter().cloned()),
        ),
    ] {
        assert_eq!(out.len(), 1);
        let activity = &out[0].activity;
        let mut told = abouts(&out[0]);
        told.sort_unstable();
        let expected = [
            format!("4728 member_added{BOB}"),
            format!("4728 member_added{CAROL}"),
            format!("5136 value_added{BOB}"),
            format!("5136 value_added{CAROL}"),
        ];
        assert_eq!(told, expected);
        assert_eq!(activity.details.get_text("operation"), Some("modify"));
        assert_eq!(
            (activity.details.get("value"), activity.details.get("member_dn")),
            (None, None)
        );
    }
    // Without the packets, each member is a fact, told by two events.
    let out = told(all());
    assert_eq!(
        out.iter().map(|resolved| ids(resolved).len()).collect::<Vec<_>>(),
        [2, 2]
    );
    // The same again is another fact.
    let again = member(4_728, "member_added", BOB);
    assert_eq!(told([wire()].into_iter().chain(all()).chain([again])).len(), 2);
}

#[test]
fn values_of_an_attribute_belong_to_the_request_that_wrote_them() {
    let title = |value| write(BOB, &[("title", "replace", &[value])]);
    let told_as = |operation, value, operation_id| {
        let details = [
            ("operation", operation),
            ("attribute", "title"),
            ("value", value),
            ("correlation_id", operation_id),
        ];
        touched("CN=Bob,OU=Staff,DC=lab,DC=example", &details)
    };
    let first = || {
        [
            told_as("value_deleted", "Clerk", "{1}"),
            told_as("value_added", "Boss", "{1}"),
        ]
    };
    let second = || {
        [
            told_as("value_deleted", "Boss", "{2}"),
            told_as("value_added", "Chief", "{2}"),
        ]
    };
    for out in [
        told(
            [title("Boss"), title("Chief")]
                .into_iter()
                .chain(first())
                .chain(second()),
        ),
        told(
            first()
                .into_iter()
                .chain(second())
                .chain([title("Boss"), title("Chief")]),
        ),
    ] {
        let told: Vec<_> = out.iter().map(abouts).collect();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0], ["5136 value_deletedClerk", "5136 value_addedBoss"]);
        assert_eq!(told[1], ["5136 value_deletedBoss", "5136 value_addedChief"]);
    }
    let out = told([
        title("Boss"),
        told_as("value_added", "Boss", "{1}"),
        title("Boss"),
        told_as("value_added", "Boss", "{2}"),
    ]);
    assert_eq!(
        out.iter().map(|resolved| ids(resolved).len()).collect::<Vec<_>>(),
        [1, 1]
    );
    let untold = || write(BOB, &[("info", "replace", &[]), ("mail", "add", &["bob@lab.example"])]);
    for (dn, attribute, operation, joins) in [
        (BOB, "info", "value_added", true),
        (BOB, "INFO", "value_deleted", true),
        (BOB, "mail", "value_added", true),
        (BOB, "mail", "value_deleted", false),
        (BOB, "title", "value_added", false),
        (CAROL, "info", "value_added", false),
    ] {
        let event = touched(dn, &[("operation", operation), ("attribute", attribute)]);
        assert_eq!(join(&untold(), &event), joins, "{dn} {attribute} {operation}");
    }
    assert_eq!(
        told(first()).len(),
        2,
        "without the packets each value is told by itself"
    );
}

fn ldap(operation: &'static str, dn: &str) -> Activity {
    let mut change = with(modify(dn, 50_001), &[("operation", operation)]);
    change.observed.account = Some("adm".into());
    change.observed.domain = Some("LAB".into());
    change
}

#[test]
fn accounts_are_made_and_deleted_once() {
    assert!(join(&ldap("delete", BOB), &about(4_726, "deleted", BOB_SID, "bob")));
    assert!(!join(&ldap("delete", CAROL), &about(4_726, "deleted", BOB_SID, "bob")));
    assert!(!join(&ldap("modify", BOB), &about(4_726, "deleted", BOB_SID, "bob")));
    assert!(join(
        &ldap("delete", ADMINS),
        &about(4_730, "deleted", ADMINS_SID, "Domain Admins")
    ));
    let mut made = ldap("add", "CN=WS9,CN=Computers,DC=lab,DC=example");
    made.observed.target_account = Some("WS9$".into());
    assert!(join(
        &made,
        &about(
            4_741,
            "created",
            "S-1-5-21-2822033801-3597859766-591869691-9999",
            "WS9$"
        )
    ));
    assert!(!join(
        &made,
        &about(
            4_741,
            "created",
            "S-1-5-21-2822033801-3597859766-591869691-9999",
            "WS8$"
        )
    ));
    assert!(!join(
        &made,
        &about(
            4_743,
            "deleted",
            "S-1-5-21-2822033801-3597859766-591869691-9999",
            "WS9$"
        )
    ));
}

#[test]
fn what_samr_does_is_logged_by_numbers_too() {
    let samr = |operation, change, sid: &str, account: &str, member| {
        let mut call = call(Kind::SamrQuery, &[("operation", operation)]);
        call.observed.sid = Some(sid.into());
        call.observed.target_account = Some(account.into());
        if let Some(member) = member {
            call.details.set("change", change);
            call.details.set("member_sid", CompactString::new(member));
        }
        call
    };
    let add = samr(
        "SamrAddMemberToGroup",
        "add",
        ADMINS_SID,
        "Domain Admins",
        Some(BOB_SID),
    );
    let bob = |id, operation| with(member(id, operation, BOB), &[("member_sid", BOB_SID)]);
    assert!(join(&add, &bob(4_728, "member_added")));
    assert!(!join(&add, &bob(4_729, "member_removed")));
    assert!(!join(
        &add,
        &with(
            member(4_728, "member_added", CAROL),
            &[("member_sid", "S-1-5-21-2822033801-3597859766-591869691-1105")]
        )
    ));
    let value = [("operation", "value_added"), ("attribute", "member"), ("value", BOB)];
    let out = told([add, bob(4_728, "member_added"), touched(ADMINS, &value)]);
    assert_eq!((out.len(), ids(&out[0])), (1, vec![4_728, 5_136]));
    let deleted = samr("SamrDeleteUser", "", BOB_SID, "bob", None);
    assert!(join(&deleted, &about(4_726, "deleted", BOB_SID, "bob")));
    let made = samr(
        "SamrCreateUser2InDomain",
        "",
        "S-1-5-21-2822033801-3597859766-591869691-9999",
        "WS9$",
        None,
    );
    assert!(join(
        &made,
        &about(
            4_741,
            "created",
            "S-1-5-21-2822033801-3597859766-591869691-9999",
            "ws9$"
        )
    ));
    assert!(
        !join(
            &made,
            &about(
                4_741,
                "created",
                "S-1-5-21-2822033801-3597859766-591869691-9998",
                "ws9$"
            )
        ),
        "by its number it is another"
    );
    let asked = samr("SamrQueryInformationUser", "", BOB_SID, "bob", None);
    assert!(!join(&asked, &about(4_726, "deleted", BOB_SID, "bob")));
}

/// A group's members, many of whom come within the window.
fn members(count: u32) -> impl DoubleEndedIterator<Item = String> {
    (0..count).map(|number| format!("CN=user{number},OU=Staff,DC=lab,DC=example"))
}

fn comes(dn: &str) -> Activity {
    let mut event = about(4_728, "member_added", ADMINS_SID, "Domain Admins");
    event.details.set("member_dn", CompactString::new(dn));
    event
}

#[test]
fn each_of_many_members_has_its_own_event() {
    let wire = members(200).map(|dn| write(ADMINS, &[("member", "add", &[&dn])]));
    let out = told(wire.chain(members(200).rev().map(|dn| comes(&dn))));
    assert_eq!(out.len(), 200);
    for (resolved, dn) in out.iter().zip(members(200)) {
        assert_eq!(abouts(resolved), [format!("4728 member_added{dn}")]);
    }
}

#[test]
fn events_of_other_members_are_not_even_compared() {
    let mut resolver = resolver(&at_once());
    resolver.expect_events();
    let out = run(&mut resolver, members(3_000).map(|dn| comes(&dn)));
    // The group has three names; beyond what can be found by one of them the oldest is found no more.
    assert_eq!((out.len(), resolver.stats().join_crowded), (3_000, 3 * (3_000 - 1_024)));
}
