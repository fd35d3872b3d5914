//! Changes of the directory that its synchronisation found, and who made them.

use std::sync::Arc;

use capture::CaptureId;
use compact_str::CompactString;
use parsers::activity::{Activity, Kind, Origin};
use parsers::fields::{Fields, Value};

use super::{activity, at, between, forest, resolver, run};
use crate::directory::sync::Change;
use crate::directory::{Attribute, Guid, Record};
use crate::entity::Tag;
use crate::{Config, Correlation, Resolved, Resolver};

const BOB: &str = "CN=bob,OU=Staff,DC=lab,DC=example";
const BOB_SID: &str = "S-1-5-21-2822033801-3597859766-591869691-1104";
const ADMINS: &str = "CN=Domain Admins,CN=Users,DC=lab,DC=example";
const ADMINS_SID: &str = "S-1-5-21-2822033801-3597859766-591869691-512";

fn record(dn: &str, values: &[(Attribute, &str)]) -> Record {
    Record {
        line: 0,
        dn: dn.into(),
        values: values
            .iter()
            .map(|(attribute, value)| (*attribute, value.as_bytes().to_vec()))
            .collect(),
    }
}

fn bob(values: &[(Attribute, &str)]) -> Record {
    let own = [
        (Attribute::ObjectClass, "user"),
        (Attribute::SamAccountName, "bob"),
        (Attribute::ObjectSid, BOB_SID),
    ];
    record(BOB, &[&own, values].concat())
}

fn change(seconds: i64, before: Option<Record>, after: Option<Record>) -> Change {
    Change {
        domain: "lab.example".into(),
        guid: Guid([9; 16]),
        dn_before: before.as_ref().map(|record| record.dn.clone()),
        before,
        after,
        when_changed: Some(at(seconds)),
        usn: None,
    }
}

/// bob is disabled.
fn disabled(seconds: i64) -> Change {
    let account = |control| Some(bob(&[(Attribute::UserAccountControl, control)]));
    change(seconds, account("512"), account("514"))
}

fn found(resolver: &mut Resolver, change: &Change) -> Vec<Resolved> {
    let mut out = Vec::new();
    resolver.change(change, at(3_600), CaptureId(0), &mut out);
    out
}

/// The administrator adm modifies an attribute of the object at `dn`, over LDAP.
fn modify(seconds: i64, dn: &str, attribute: &'static str) -> Activity {
    write(seconds, dn, attribute, "replace", &[])
}

/// The same, with values.
fn write(seconds: i64, dn: &str, attribute: &'static str, operation: &'static str, values: &[&str]) -> Activity {
    let mut modify = activity(Kind::LdapChange, seconds);
    modify.observed.account = Some("adm".into());
    modify.observed.domain = Some("LAB".into());
    modify.observed.dn = Some(dn.into());
    let mut one = Fields::new();
    one.set("attribute", attribute);
    one.set("operation", operation);
    one.list("values", values.iter().map(|value| CompactString::new(value)));
    modify.details.set("operation", "modify");
    modify.details.set("changes", vec![Value::Map(one)]);
    modify
}

fn actor(resolved: &Resolved) -> Option<&str> {
    resolved.actor.as_ref().map(|actor| actor.name.as_str())
}

#[test]
fn a_change_has_the_author_of_the_write_before_it() {
    let mut resolver = resolver(&Config::default());
    run(&mut resolver, [modify(100, BOB, "userAccountControl")]);
    let out = found(&mut resolver, &disabled(101));
    let [told] = out.as_slice() else { panic!("{out:?}") };
    assert_eq!(told.activity.action_type, Some("Account Disabled changed"));
    assert_eq!(
        (actor(told), told.correlated),
        (Some("adm"), Some(Correlation::DirectoryWrite))
    );
    assert_eq!(told.target.as_ref().map(|target| target.name.as_str()), Some("bob"));
    assert_eq!(told.activity.client.ip.to_string(), super::CLIENT);
    let by = serde_json::to_value(told.activity.details.get("by")).unwrap();
    assert_eq!(by["kind"], "ldap_change");
    assert_eq!(resolver.stats().changes_attributed, 1);
}

#[test]
fn a_write_of_something_else_or_long_ago_explains_nothing() {
    for write in [
        modify(100, BOB, "mail"),
        modify(100, "CN=carol,OU=Staff,DC=lab,DC=example", "userAccountControl"),
        modify(101 - 901, BOB, "userAccountControl"),
        modify(101 + 6, BOB, "userAccountControl"),
    ] {
        let mut resolver = resolver(&Config::default());
        run(&mut resolver, [write.clone()]);
        let out = found(&mut resolver, &disabled(101));
        assert_eq!((actor(&out[0]), out[0].correlated), (None, None), "{write:?}");
        assert!(out[0].activity.known(&out[0].activity.client).is_none());
    }
}

#[test]
fn the_last_of_several_writes_counts() {
    let mut other = modify(90, BOB, "userAccountControl");
    other.observed.account = Some("alice".into());
    let mut resolver = resolver(&Config::default());
    run(&mut resolver, [other, modify(100, BOB, "userAccountControl")]);
    assert_eq!(actor(&found(&mut resolver, &disabled(101))[0]), Some("adm"));
}

#[test]
fn an_event_that_names_the_account_tells_too() {
    let mut event = activity(Kind::SamrQuery, 100);
    event.action_type = Some("Account Disabled changed");
    event.observed.account = Some("adm".into());
    event.observed.domain = Some("LAB".into());
    event.observed.target_account = Some("bob".into());
    let mut resolver = resolver(&Config::default());
    run(&mut resolver, [event]);
    assert_eq!(actor(&found(&mut resolver, &disabled(101))[0]), Some("adm"));
}

/// The group ADMINS with these members.
fn admins(members: &[&str]) -> Option<Record> {
    let own = [
        (Attribute::ObjectClass, "group"),
        (Attribute::SamAccountName, "Domain Admins"),
        (Attribute::ObjectSid, ADMINS_SID),
    ];
    let members: Vec<_> = members.iter().map(|member| (Attribute::Member, *member)).collect();
    Some(record(ADMINS, &[&own, members.as_slice()].concat()))
}

#[test]
fn whoever_made_a_group_brought_in_those_that_it_was_made_with() {
    let carol = "CN=carol,OU=Staff,DC=lab,DC=example";
    let mut add = write(100, ADMINS, "member", "add", &[BOB]);
    add.details.replace("operation", "add");
    let mut resolver = resolver(&Config::default());
    run(&mut resolver, [add]);
    let out = found(&mut resolver, &change(101, None, admins(&[BOB, carol])));
    let actors: Vec<_> = out.iter().map(actor).collect();
    assert_eq!(
        actors,
        [Some("adm"), Some("adm"), None],
        "made, with bob; carol came by somebody else"
    );
    assert_eq!(out[1].activity.action_type, Some("Group Membership changed"));
    assert_eq!(out[1].target.as_ref().map(|target| target.name.as_str()), Some("bob"));
}

#[test]
fn whoever_wrote_another_value_is_not_the_author() {
    let carol = "CN=carol,OU=Staff,DC=lab,DC=example";
    let joined = || change(101, admins(&[]), admins(&[BOB]));
    let left = || change(101, admins(&[BOB]), admins(&[]));
    let title = |value| Some(bob(&[(Attribute::Title, value)]));
    let titled = || change(101, title("Clerk"), title("Boss"));
    let of_admins = |operation, member| write(100, ADMINS, "member", operation, &[member]);
    let of_bob = |attribute, value| write(100, BOB, attribute, "replace", &[value]);
    for (write, change, is_author) in [
        (of_admins("add", "cn=Bob, ou=Staff,dc=lab,dc=example"), joined(), true),
        (of_admins("add", "<SID=S-1-5-21-1-2-3-4>"), joined(), true),
        (of_admins("add", carol), joined(), false),
        (of_admins("delete", BOB), joined(), false),
        (of_admins("replace", BOB), joined(), true),
        (of_admins("delete", BOB), left(), true),
        (of_admins("replace", BOB), left(), false),
        (of_admins("replace", carol), left(), true),
        (of_bob("title", "BOSS"), titled(), true),
        (of_bob("title", "Clerk"), titled(), false),
        (of_bob("title", "Chief"), titled(), false),
        (of_bob("userAccountControl", "514"), disabled(101), true),
        (of_bob("userAccountControl", "530"), disabled(101), true),
        (of_bob("userAccountControl", "512"), disabled(101), false),
    ] {
        let mut resolver = resolver(&Config::default());
        run(&mut resolver, [write.clone()]);
        let out = found(&mut resolver, &change);
        assert_eq!(actor(&out[0]).is_some(), is_author, "{:?}", write.details);
    }
}

#[test]
fn whoever_moved_it_elsewhere_is_not_the_author() {
    let moved = "CN=robert,OU=Left\\, gone,DC=lab,DC=example";
    for (rdn, superior, is_author) in [
        ("cn=Robert", None, true),
        ("CN=robert", Some("OU=Left\\2c gone,DC=lab,DC=example"), true),
        ("CN=rob", None, false),
        ("CN=robert", Some("OU=Staff,DC=lab,DC=example"), false),
    ] {
        let mut write = activity(Kind::LdapChange, 100);
        write.observed.account = Some("adm".into());
        write.observed.domain = Some("LAB".into());
        write.observed.dn = Some(BOB.into());
        write.details.set("operation", "modify_dn");
        write.details.set("new_rdn", rdn);
        write.details.set_some("new_superior", superior);
        let mut resolver = resolver(&Config::default());
        run(&mut resolver, [write]);
        let after = Record {
            dn: moved.into(),
            ..bob(&[])
        };
        let out = found(&mut resolver, &change(101, Some(bob(&[])), Some(after)));
        assert_eq!(actor(&out[0]).is_some(), is_author, "{rdn} {superior:?}");
    }
}

#[test]
fn an_event_of_one_member_tells_nothing_of_another() {
    for (member, author) in [(BOB, Some("adm")), ("CN=carol,OU=Staff,DC=lab,DC=example", None)] {
        let mut event = modify(100, ADMINS, "member");
        event.kind = Kind::DirectoryChange;
        event.action_type = Some("Group Membership changed");
        event.details.set("member_dn", member);
        let mut resolver = resolver(&Config::default());
        run(&mut resolver, [event]);
        assert_eq!(
            actor(&found(&mut resolver, &change(101, admins(&[]), admins(&[BOB])))[0]),
            author
        );
    }
}

/// What was captured and what was logged of a change are one activity ([`super::joining`]); what the synchronisation finds of it later is
/// another, which says by whom.
#[test]
fn a_difference_is_told_beside_the_write_and_its_event() {
    let mut resolver = resolver(&Config::default());
    resolver.expect_events();
    let mut logged = activity(Kind::DirectoryChange, 100);
    logged.origin = Origin::Event;
    (logged.client.ip, logged.client.port) = (std::net::Ipv4Addr::UNSPECIFIED.into(), 0);
    logged.observed.account = Some("adm".into());
    logged.observed.sid = Some(ADMINS_SID.into());
    logged.action_type = Some("Group Membership changed");
    logged.details.set("operation", "member_added");
    logged.details.set("member_dn", BOB);
    let mut event = Fields::new();
    event.set("computer", "dc1.lab.example");
    logged.details.set("events", vec![Value::Map(event)]);
    let mut names = activity(Kind::DnsQuery, 99);
    let answers = super::records([["dc1.lab.example", "A", super::DC1]]);
    names.details.set("answers", answers);
    let mut out = Vec::new();
    for activity in [names, write(100, ADMINS, "member", "add", &[BOB]), logged] {
        resolver.activity(Box::new(activity), &mut out);
    }
    resolver.change(
        &change(100, admins(&[]), admins(&[BOB])),
        at(103),
        CaptureId(0),
        &mut out,
    );
    resolver.finish(&mut out);
    let kinds = |kind| out.iter().filter(move |resolved| resolved.activity.kind == kind);
    let (written, found) = (kinds(Kind::LdapChange), kinds(Kind::DirectoryChange));
    let [written, found] = [written.collect::<Vec<_>>(), found.collect()];
    assert_eq!((written.len(), found.len(), resolver.stats().events_joined), (1, 1, 1));
    assert!(written[0].activity.details.get("events").is_some());
    assert_eq!(found[0].correlated, Some(Correlation::DirectoryWrite));
    assert_eq!((actor(found[0]), actor(written[0])), (Some("adm"), Some("adm")));
}

#[test]
fn a_member_is_the_target_and_the_group_is_told() {
    let mut resolver = resolver(&Config::default());
    run(&mut resolver, [modify(100, ADMINS, "member")]);
    let out = found(&mut resolver, &change(101, admins(&[]), admins(&[BOB])));
    let [told] = out.as_slice() else { panic!("{out:?}") };
    assert_eq!(told.activity.action_type, Some("Group Membership changed"));
    assert_eq!(told.target.as_ref().map(|target| target.name.as_str()), Some("bob"));
    assert_eq!(told.activity.details.get_text("group"), Some("Domain Admins"));
    assert_eq!(actor(told), Some("adm"));
}

#[test]
fn the_object_has_its_tags_whatever_it_is_called_now() {
    let renamed = |account| {
        let own = [
            (Attribute::ObjectClass, "user"),
            (Attribute::SamAccountName, account),
            (Attribute::ObjectSid, "S-1-5-21-2822033801-3597859766-591869691-1118"),
        ];
        Some(record("CN=adm,OU=Staff,DC=lab,DC=example", &own))
    };
    let out = found(
        &mut resolver(&Config::default()),
        &change(100, renamed("adm"), renamed("root")),
    );
    let target = out[0].target.as_ref().unwrap();
    assert_eq!(
        (target.name.as_str(), target.tags.as_slice()),
        ("root", [Tag::Sensitive].as_slice())
    );
}

#[test]
fn writes_are_bounded_and_the_oldest_go_first() {
    let mut resolver = Resolver::new(&Config::default(), forest());
    let many = (0..8_200).map(|number| {
        let mut write = modify(100, BOB, "mail");
        write.observed.dn = Some(compact_str::format_compact!("CN={number},DC=lab,DC=example"));
        write
    });
    run(
        &mut resolver,
        [modify(99, BOB, "userAccountControl")].into_iter().chain(many),
    );
    assert_eq!(resolver.stats().writes_forgotten, 9);
    assert_eq!(actor(&found(&mut resolver, &disabled(101))[0]), None);
}

#[test]
fn a_change_moves_no_time_and_folds_with_nothing() {
    let mut resolver = Resolver::new(&Config::default(), Arc::new(crate::directory::Snapshot::empty()));
    let mut search = between(Kind::LdapSearch, 0, super::CLIENT, super::DC1);
    search.observed.account = Some("x".into());
    let mut out = Vec::new();
    resolver.activity(Box::new(search), &mut out);
    resolver.change(&disabled(1_000), at(1_000), CaptureId(0), &mut out);
    resolver.change(&disabled(1_000), at(1_000), CaptureId(0), &mut out);
    let kinds: Vec<_> = out.iter().map(|resolved| resolved.activity.kind).collect();
    assert_eq!(kinds, [Kind::DirectoryChange; 2], "the search still folds");
    assert_eq!(resolver.stats().directory_changes, 2);
}
