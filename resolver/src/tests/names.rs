//! Actors and targets, and the line that says so.

use super::{activity, fields, resolver, run};
use crate::directory::Snapshot;
use crate::entity::{EntityKind, Tag};
use crate::{Config, Resolved, ResolvedLine, Resolver, Tags};
use parsers::activity::{Activity, Kind};
use parsers::json::WriteJson;
use std::sync::Arc;

fn one(activity: Activity) -> Resolved {
    run(&mut resolver(&Config::default()), [activity]).pop().unwrap()
}

fn names(resolved: &Resolved) -> (Option<&str>, Option<&str>) {
    let actor = resolved.actor.as_ref().map(|entity| entity.name.as_str());
    (actor, resolved.target.as_ref().map(|entity| entity.name.as_str()))
}

#[test]
fn a_ticket_has_an_actor_and_the_service_behind_it() {
    let mut tgs = activity(Kind::KerberosTgs, 0);
    tgs.observed.account = Some("alice".into());
    tgs.observed.domain = Some("LAB.EXAMPLE".into());
    tgs.observed.spn = Some("MSSQLSvc/sql1.lab.example:1433".into());
    assert_eq!(names(&one(tgs.clone())), (Some("alice"), Some("svc_sql")));
    tgs.observed.target_account = Some("Administrator".into());
    assert_eq!(names(&one(tgs)), (Some("alice"), Some("Administrator")));
}

#[test]
fn a_bind_names_who_binds_and_a_change_what_it_changes() {
    let dn = "CN=bob,OU=Staff,DC=lab,DC=example";
    let mut bind = activity(Kind::LdapBind, 0);
    bind.observed.dn = Some(dn.into());
    assert_eq!(names(&one(bind)), (Some("bob"), None));
    let mut change = activity(Kind::LdapChange, 0);
    change.observed.account = Some("LAB\\adm".into());
    change.observed.dn = Some(dn.into());
    assert_eq!(names(&one(change.clone())), (Some("adm"), Some("bob")));
    change.observed.dn = Some("CN=new,DC=lab,DC=example".into());
    change.observed.sid = Some("S-1-5-21-2822033801-3597859766-591869691-512".into());
    assert_eq!(names(&one(change)), (Some("adm"), Some("Domain Admins")));
}

#[test]
fn who_is_unknown_leaves_as_observed() {
    let mut bind = activity(Kind::LdapBind, 0);
    bind.observed.account = Some("nosuchuser".into());
    let mut resolver = resolver(&Config::default());
    let out = run(&mut resolver, [bind.clone(), bind]);
    assert_eq!(names(&out[1]), (None, None));
    assert_eq!(out[1].activity.observed.account.as_deref(), Some("nosuchuser"));
    assert_eq!(resolver.stats().actors_unresolved, 2);
}

fn actor(directory: Arc<Snapshot>, kind: Kind, account: &str, domain: Option<&str>) -> Option<String> {
    let mut logon = activity(kind, 0);
    logon.observed.account = Some(account.into());
    logon.observed.domain = domain.map(Into::into);
    let resolved = run(&mut Resolver::new(&Config::default(), directory), [logon])
        .pop()
        .unwrap();
    resolved.actor.map(|actor| actor.name.to_string())
}

#[test]
fn an_alternate_upn_is_found_whole_and_parted() {
    for (kind, account, domain) in [
        (Kind::VpnConnection, "c.carter@example.com", Some("example.com")),
        (Kind::VpnConnection, "C.Carter@EXAMPLE.com", None),
        (Kind::KerberosAs, "c.carter", Some("example.com")),
        (Kind::NtlmAuthenticate, "c.carter@example.com", Some("example.com")),
        (Kind::WindowsEvent, "c.carter", Some("EXAMPLE.COM")),
        (Kind::VpnConnection, "carol@lab.example", Some("lab.example")),
        (Kind::VpnConnection, "carol", Some("LAB")),
    ] {
        assert_eq!(
            actor(super::forest(), kind, account, domain).as_deref(),
            Some("carol"),
            "{kind:?} {account} {domain:?}"
        );
    }
    for (account, domain) in [("c.carter@lab.example", "lab.example"), ("c.carter", "LAB")] {
        assert_eq!(actor(super::forest(), Kind::VpnConnection, account, Some(domain)), None);
    }
}

#[test]
fn an_explicit_upn_comes_before_an_implicit_one() {
    let mut file = tempfile::NamedTempFile::with_suffix(".ldif").unwrap();
    std::io::Write::write_all(
        &mut file,
        b"dn: DC=lab,DC=example\nobjectClass: domainDNS\n\n\
          dn: CN=one,DC=lab,DC=example\nobjectClass: user\nsAMAccountName: one\nuserPrincipalName: two@lab.example\n\n\
          dn: CN=two,DC=lab,DC=example\nobjectClass: user\nsAMAccountName: two\nuserPrincipalName: other@lab.example\n",
    )
    .unwrap();
    let directory = Arc::new(Snapshot::read(&[file.path().to_owned()]).unwrap());
    let who = |account: &str| {
        actor(
            Arc::clone(&directory),
            Kind::VpnConnection,
            account,
            Some("lab.example"),
        )
    };
    assert_eq!(who("two@lab.example").as_deref(), Some("one"));
    assert_eq!(who("two").as_deref(), Some("two"), "no UPN, but a name and its domain");
    assert_eq!(who("other").as_deref(), Some("two"));
}

fn tagged(tags: Tags) -> Config {
    Config {
        tags,
        ..Config::default()
    }
}

#[test]
fn the_configuration_tags_by_any_name() {
    let config = tagged(Tags {
        honeytoken: vec!["LAB\\svc_rc4".into(), "alice".into(), "trap@lab.example".into()],
        sensitive: vec!["S-1-5-21-2822033801-3597859766-591869691-1121".into()],
        ..Tags::default()
    });
    let tags = |directory: Arc<Snapshot>, account: &str, domain: &str| {
        let mut bind = activity(Kind::LdapBind, 0);
        bind.observed.account = Some(account.into());
        bind.observed.domain = Some(domain.into());
        let resolved = run(&mut Resolver::new(&config, directory), [bind]).pop().unwrap();
        resolved.actor.map(|actor| (actor.kind, actor.tags.to_vec()))
    };
    let user = |tag| Some((EntityKind::User, vec![tag]));
    assert_eq!(tags(super::forest(), "svc_rc4", "LAB"), user(Tag::Honeytoken));
    assert_eq!(tags(super::forest(), "alice", "LAB"), user(Tag::Honeytoken));
    assert_eq!(tags(super::forest(), "alice", "DEVELOP"), user(Tag::Honeytoken));
    assert_eq!(tags(super::forest(), "carol", "LAB"), user(Tag::Sensitive));
    let unlisted = Some((EntityKind::Unknown, vec![Tag::Honeytoken]));
    assert_eq!(tags(super::forest(), "TRAP", "LAB"), unlisted);
    assert_eq!(tags(Arc::new(Snapshot::empty()), "svc_rc4", "lab.example"), unlisted);
    assert_eq!(tags(Arc::new(Snapshot::empty()), "bob", "LAB"), None);
}

#[test]
fn the_line_has_the_entities_before_the_details() {
    let mut bind = activity(Kind::LdapBind, 0);
    bind.observed.account = Some("jürgen".into());
    bind.observed.domain = Some("LAB".into());
    bind.details = fields([("method", "simple")]);
    let resolved = one(bind);
    let line = ResolvedLine {
        id: Some(7),
        resolved: &resolved,
        capture: "lab.pcap",
    };
    let mut text = Vec::new();
    line.write_json(&mut text);
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text, serde_json::to_string(&line).unwrap());
    assert!(
        text.starts_with(r#"{"id":7,"time":"2025-11-20T00:53:20.000000Z","kind":"ldap_bind","#),
        "{text}"
    );
    assert!(text.ends_with(r#""details":{"method":"simple"}}"#), "{text}");
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    let actor = &line["actor"];
    assert_eq!(
        (actor["type"].as_str(), actor["name"].as_str()),
        (Some("user"), Some("jürgen"))
    );
    assert_eq!(actor["domain"], "lab.example");
    assert_eq!(actor["sid"], "S-1-5-21-2822033801-3597859766-591869691-1109");
    assert_eq!(actor["dn"], "CN=jürgen,OU=Staff,DC=lab,DC=example");
    assert!(actor.get("tags").is_none() && line.get("target").is_none());
}
