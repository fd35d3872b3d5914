//! The snapshot as a whole, read from the sample exports in `tests/directory`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{DirectoryError, Listed, Snapshot};
use crate::entity::{Entity, EntityKind, Tag};

fn sample(names: &[&str]) -> Snapshot {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/directory");
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    let snapshot = Snapshot::read(&paths).unwrap();
    assert_eq!(snapshot.problems(), []);
    snapshot
}

fn forest() -> Snapshot {
    sample(&["lab.ldapsearch.ldif", "dev.jsonl"])
}

fn written(text: &[u8]) -> Result<Snapshot, DirectoryError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Snapshot::read(&[file.path().to_owned()])
}

/// Text that compares with what is expected.
#[derive(Debug)]
struct Text(Option<String>);

impl PartialEq<Option<&str>> for Text {
    fn eq(&self, other: &Option<&str>) -> bool {
        self.0.as_deref() == *other
    }
}

fn entity(listed: Option<Listed<'_>>) -> Arc<Entity> {
    listed.and_then(|listed| listed.entity()).unwrap()
}

fn name(listed: Option<Listed<'_>>) -> Text {
    Text(listed.map(|listed| listed.entity().unwrap().name.to_string()))
}

fn sid(listed: Option<Listed<'_>>) -> Text {
    Text(listed.and_then(|listed| listed.entity()?.sid.as_deref().map(str::to_owned)))
}

#[test]
fn both_tools_describe_the_same_directory() {
    let (search, ldb) = (sample(&["lab.ldapsearch.ldif"]), sample(&["lab.ldbsearch.ldif"]));
    assert_eq!(search.len(), 36);
    let all = |snapshot: &Snapshot| snapshot.entities().collect::<Vec<_>>();
    assert_eq!(all(&search), all(&ldb));
    let twice = sample(&["lab.ldapsearch.ldif", "lab.ldbsearch.ldif"]);
    assert_eq!(all(&search), all(&twice));
}

#[test]
fn an_account_is_found_by_every_name_it_has() {
    let snapshot = forest();
    let alice = "S-1-5-21-2822033801-3597859766-591869691-1103";
    for (account, domain) in [
        ("alice", Some("LAB")),
        ("ALICE", Some("lab.example")),
        ("alice", Some("LAB.EXAMPLE")),
        ("LAB\\Alice", None),
        ("Alice@Lab.Example", None),
        ("alice@lab.example@LAB.EXAMPLE", Some("LAB.EXAMPLE")),
        ("cn=alice, ou=staff, dc=lab, dc=example", None),
        (alice, None),
    ] {
        assert_eq!(
            sid(snapshot.named(account, domain)),
            Some(alice),
            "{account} {domain:?}"
        );
    }
    let entity = entity(snapshot.sid(alice));
    let guid = entity.guid.clone().unwrap();
    assert_eq!(sid(snapshot.guid(&guid)), Some(alice));
    assert_eq!(entity.display_name.as_deref(), Some("Alice Archer"));
    assert_eq!(name(snapshot.named("c.carter@example.com", None)), Some("carol"));
}

#[test]
fn the_domain_decides_and_nothing_is_guessed() {
    let snapshot = forest();
    assert_eq!(
        sid(snapshot.named("alice", Some("DEVELOP"))),
        Some("S-1-5-21-1004336348-1177238915-682003330-1103")
    );
    assert_eq!(name(snapshot.named("alice", None)), None);
    assert_eq!(name(snapshot.named("grace", None)), Some("grace"));
    assert_eq!(name(snapshot.named("grace", Some("LAB"))), None);
    assert_eq!(name(snapshot.named("grace", Some("WORKGROUP"))), None);
    assert_eq!(snapshot.named_positions("alice").len(), 2);
}

#[test]
fn names_outside_ascii_survive_in_any_case() {
    let snapshot = forest();
    assert_eq!(name(snapshot.named("JÜRGEN", Some("LAB"))), Some("jürgen"));
    assert_eq!(name(snapshot.named("иван", Some("LAB"))), Some("Иван"));
    assert_eq!(
        name(snapshot.dn("CN=J\\C3\\BCrgen,OU=Staff,DC=lab,DC=example")),
        Some("jürgen")
    );
}

#[test]
fn a_service_is_the_account_that_answers_for_it() {
    let snapshot = forest();
    let lab = Some("LAB.EXAMPLE");
    for (spn, account) in [
        ("MSSQLSvc/sql1.lab.example:1433", Some("svc_sql")),
        ("http/WEB1", Some("svc_web")),
        ("cifs/dc1.lab.example", Some("DC1$")),
        ("cifs/DC1", Some("DC1$")),
        ("ldap/dc1.lab.example/lab.example", Some("DC1$")),
        ("RPCSS/srv1.lab.example@LAB.EXAMPLE", Some("SRV1$")),
        ("cifs/ws01.lab.example", Some("WS01$")),
        ("krbtgt/LAB.EXAMPLE", Some("krbtgt")),
        ("kadmin/changepw", Some("krbtgt")),
        ("svc_web", Some("svc_web")),
        ("CLIENT$", Some("CLIENT$")),
        ("nosuch/dc1.lab.example", None),
        ("MSSQLSvc/dc1.lab.example", None),
        ("/", None),
    ] {
        assert_eq!(name(snapshot.spn(spn, lab)), account, "{spn}");
    }
    let other = entity(snapshot.spn("krbtgt/DEV.EXAMPLE", lab));
    assert_eq!(other.domain.as_deref(), Some("dev.example"));
}

#[test]
fn hosts_are_found_by_dns_and_netbios_name() {
    let snapshot = forest();
    assert_eq!(name(snapshot.host("dc2.lab.example.", None)), Some("DC2$"));
    assert_eq!(name(snapshot.host("CLIENT", Some("LAB"))), Some("CLIENT$"));
    assert_eq!(name(snapshot.host("ws01", None)), Some("WS01$"));
    assert_eq!(name(snapshot.host("ws01.dev.example", None)), None);
    let controller = entity(snapshot.host("dc1", None));
    assert_eq!(
        controller.os.as_deref(),
        Some("Windows Server 2022 Standard 10.0 (20348)")
    );
    assert!(snapshot.holds("printer.lab.example") && !snapshot.holds("www.example.com"));
}

#[test]
fn tags_follow_groups_to_the_end_and_circles_end() {
    let snapshot = forest();
    let tags = |account: &str, domain: &str| entity(snapshot.named(account, Some(domain))).tags.to_vec();
    assert_eq!(tags("adm", "LAB"), [Tag::Sensitive]);
    assert_eq!(tags("krbtgt", "DEVELOP"), [Tag::Sensitive]);
    assert_eq!(tags("grace", "DEVELOP"), [Tag::Sensitive]);
    assert_eq!(tags("Circle A", "DEVELOP"), [Tag::Sensitive]);
    assert_eq!(tags("bob", "LAB"), []);
    assert_eq!(tags("DC1$", "LAB"), [Tag::Sensitive, Tag::DomainController]);
    assert_eq!(tags("RODC$", "DEVELOP"), [Tag::Sensitive, Tag::DomainController]);
    assert_eq!(
        entity(snapshot.named("build$", Some("DEVELOP"))).kind,
        EntityKind::ManagedServiceAccount
    );
}

#[test]
fn a_bad_record_is_told_and_the_rest_is_read() {
    let snapshot = written(
        b"dn: CN=a,DC=x\nsAMAccountName: a\n\ndn: CN=b,DC=x\nobjectSid:: ?\n\ndn: CN=c,DC=x\nsAMAccountName: c\n",
    )
    .unwrap();
    assert_eq!((snapshot.len(), snapshot.damaged()), (2, 1));
    let told = snapshot.problems()[0].to_string();
    assert!(
        told.ends_with(":5: a value is not base64, or a reference to another file; the record is skipped"),
        "{told}"
    );
    let snapshot = written(b"{\"dn\":\"CN=a,DC=x\",\"sAMAccountName\":\"a\"}\n\n{]\n").unwrap();
    assert_eq!((snapshot.len(), snapshot.problems()[0].line), (1, 3));
}

#[test]
fn a_file_of_another_kind_is_an_error() {
    let absent = Snapshot::read(&[PathBuf::from("/nonexistent/lab.ldif")]).unwrap_err();
    assert!(matches!(absent, DirectoryError::Unreadable { .. }));
    assert!(absent.to_string().contains("no name can be resolved from it"));
    for bytes in [
        &b"\xd4\xc3\xb2\xa1\x02\0\x04\0"[..],
        b"\xff\xfed\0n\0",
        b"[{}]",
        b"\x1f\x8b\x08",
        b"a\0b",
    ] {
        assert!(matches!(written(bytes).unwrap_err(), DirectoryError::Foreign { .. }));
    }
    assert!(written(b"").unwrap().is_empty());
}

#[test]
fn a_tombstone_keeps_its_sid_but_not_its_name() {
    let snapshot = written(
        b"dn: CN=a\\0ADEL:77,CN=Deleted Objects,DC=x\nsAMAccountName: a\nobjectSid: S-1-5-21-1-2-3-1104\n\n\
          dn: CN=a,DC=x\nsAMAccountName: a\nobjectSid: S-1-5-21-1-2-3-1105\nsIDHistory: S-1-5-21-9-9-9-1000\n",
    )
    .unwrap();
    assert_eq!(sid(snapshot.named("a", None)), Some("S-1-5-21-1-2-3-1105"));
    assert_eq!(name(snapshot.sid("S-1-5-21-1-2-3-1104")), Some("a"));
    assert_eq!(sid(snapshot.sid("S-1-5-21-9-9-9-1000")), Some("S-1-5-21-1-2-3-1105"));
}
