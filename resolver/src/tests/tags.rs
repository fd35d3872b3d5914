//! Tags by group, however deep, and by the configuration; on accounts and on computers behind addresses.

use std::sync::Arc;

use parsers::activity::Kind;

use super::{CLIENT, between, fields, run};
use crate::directory::Snapshot;
use crate::entity::Tag;
use crate::{Config, Resolver, Tags};

/// A domain with Exchange, a certification authority, and groups in a circle.
const DOMAIN: &str = r#"
{"dn":"CN=krbtgt,DC=corp,DC=example","objectClass":"user","sAMAccountName":"krbtgt","objectSid":"S-1-5-21-4-5-6-502"}
{"dn":"CN=Exchange Servers,DC=corp,DC=example","objectClass":"group","sAMAccountName":"Exchange Servers","objectSid":"S-1-5-21-4-5-6-2001","member":["CN=Install,DC=corp,DC=example","CN=admin,DC=corp,DC=example"]}
{"dn":"CN=Install,DC=corp,DC=example","objectClass":"group","sAMAccountName":"Install","objectSid":"S-1-5-21-4-5-6-2002","member":["CN=MAIL1,DC=corp,DC=example","CN=Exchange Servers,DC=corp,DC=example"]}
{"dn":"CN=MAIL1,DC=corp,DC=example","objectClass":["user","computer"],"sAMAccountName":"MAIL1$","objectSid":"S-1-5-21-4-5-6-1101","dNSHostName":"mail1.corp.example"}
{"dn":"CN=admin,DC=corp,DC=example","objectClass":"user","sAMAccountName":"admin","objectSid":"S-1-5-21-4-5-6-1102"}
{"dn":"CN=Zertifikatherausgeber,DC=corp,DC=example","objectClass":"group","sAMAccountName":"Zertifikatherausgeber","objectSid":"S-1-5-21-4-5-6-517","member":"CN=CA1,DC=corp,DC=example"}
{"dn":"CN=CA1,DC=corp,DC=example","objectClass":["user","computer"],"sAMAccountName":"CA1$","objectSid":"S-1-5-21-4-5-6-1103"}
{"dn":"CN=Board,DC=corp,DC=example","objectClass":"group","sAMAccountName":"Board","objectSid":"S-1-5-21-4-5-6-1104","member":["CN=Chairs,DC=corp,DC=example"]}
{"dn":"CN=Chairs,DC=corp,DC=example","objectClass":"group","sAMAccountName":"Chairs","objectSid":"S-1-5-21-4-5-6-1105","member":["CN=Board,DC=corp,DC=example","CN=ceo,DC=corp,DC=example"]}
{"dn":"CN=ceo,DC=corp,DC=example","objectClass":"user","sAMAccountName":"ceo","objectSid":"S-1-5-21-4-5-6-1106"}
{"dn":"CN=TRAP,DC=corp,DC=example","objectClass":["user","computer"],"sAMAccountName":"TRAP$","objectSid":"S-1-5-21-4-5-6-1107"}
"#;

fn domain() -> Arc<Snapshot> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), DOMAIN.trim()).unwrap();
    Arc::new(Snapshot::read(&[file.path().to_owned()]).unwrap())
}

fn config() -> Config {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Config {
        tags: Tags {
            honeytoken: list(&["TRAP$", "CORP\\ghost$"]),
            sensitive: Vec::new(),
            exchange_server: list(&["S-1-5-21-4-5-6-1103"]),
            own: [("vip".to_owned(), list(&["CORP\\Board"]))].into(),
        },
        ..Config::default()
    }
}

fn tags(resolver: &mut Resolver, account: &'static str) -> Vec<String> {
    let mut bind = between(Kind::LdapBind, 0, CLIENT, super::DC1);
    bind.observed.account = Some(account.into());
    bind.observed.domain = Some("CORP".into());
    let actor = run(resolver, [bind]).pop().and_then(|resolved| resolved.actor);
    let tags = actor.iter().flat_map(|actor| &actor.tags);
    tags.map(|tag| tag.name().to_owned()).collect()
}

#[test]
fn servers_are_known_by_their_groups() {
    let mut resolver = Resolver::new(&Config::default(), domain());
    assert_eq!(tags(&mut resolver, "MAIL1$"), ["sensitive", "exchange_server"]);
    assert_eq!(
        tags(&mut resolver, "CA1$"),
        ["sensitive"],
        "by its group's RID, whatever the language"
    );
    assert_eq!(
        tags(&mut resolver, "admin"),
        ["sensitive"],
        "an administrator of Exchange is no server of it"
    );
    assert_eq!(tags(&mut resolver, "ceo"), [""; 0]);
}

#[test]
fn own_tags_go_to_the_members_of_groups_and_circles_end() {
    let mut resolver = Resolver::new(&config(), domain());
    for account in ["ceo", "Board", "Chairs"] {
        assert_eq!(tags(&mut resolver, account), ["vip"], "{account}");
    }
    assert_eq!(tags(&mut resolver, "CA1$"), ["sensitive", "exchange_server"]);
}

#[test]
fn computers_behind_addresses_bear_the_tags_of_their_accounts() {
    let mut resolver = Resolver::new(&config(), domain());
    for (account, ip, expected) in [
        ("TRAP$", "10.77.0.60", vec![Tag::Honeytoken]),
        ("MAIL1$", "10.77.0.61", vec![Tag::Sensitive, Tag::ExchangeServer]),
        ("GHOST$", "10.77.0.62", vec![Tag::Honeytoken]),
        ("other$", "10.77.0.63", vec![]),
    ] {
        let mut logon = between(Kind::KerberosAs, 0, ip, super::DC1);
        logon.observed.account = Some(account.into());
        logon.observed.domain = Some("CORP".into());
        logon.details = fields([("realm", "CORP")]);
        let resolved = run(&mut resolver, [logon]).pop().unwrap();
        let source = resolved.source.unwrap();
        assert_eq!(source.tags.to_vec(), expected, "{account}");
        let text = serde_json::to_value(&*source).unwrap();
        assert_eq!(text.get("tags").is_some(), !expected.is_empty());
        let mut written = Vec::new();
        parsers::json::WriteJson::write_json(&*source, &mut written);
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&written).unwrap(), text);
    }
}
