//! `adtap resolve`: who held an address, from a capture, and what it says where it cannot tell.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use resolver::directory::sync::{Context, Section, Session, Shared, State};
use resolver::directory::{Guid, Snapshot};
use resolver::{Config, Resolver};
use serde_json::Value;
use tests::{adtap, case};

fn resolve(arguments: &[&str]) -> Output {
    let mut resolve = Command::new(adtap());
    resolve.env_remove("ADTAP_CONFIG").arg("resolve").args(arguments);
    resolve.output().unwrap()
}

fn story(arguments: &[&str]) -> Output {
    let capture = case("story/capture.pcap");
    let directory = case("story/directory.ldif");
    let known = [
        "--pcap",
        capture.to_str().unwrap(),
        "--directory",
        directory.to_str().unwrap(),
    ];
    resolve(&[arguments, &known].concat())
}

#[test]
fn a_capture_tells_who_it_was_and_why() {
    let out = story(&["10.77.0.50", "--at", "2026-11-20T08:30:00Z"]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success());
    for line in [
        "10.77.0.50 at 2026-11-20T08:30:00Z",
        "  CLIENT.lab.example, certainty high",
        "  because the computer logged on with its own account CLIENT$",
        "    proof  machine_logon         CLIENT$",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn json_has_the_same() {
    let out = story(&["10.77.0.50", "--json"]);
    let history: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(history["ip"], "10.77.0.50");
    assert_eq!(
        (&history["computer"]["name"], &history["computer"]["certainty"]),
        (&Value::from("CLIENT"), &Value::from("high"))
    );
    assert!(history["computer"]["sid"].as_str().unwrap().starts_with("S-1-5-21-"));
    let evidence = history["holders"][0]["evidence"].as_array().unwrap();
    assert_eq!(
        (&evidence[0]["method"], &evidence[0]["standing"]),
        (&"machine_logon".into(), &"proof".into())
    );
}

#[test]
fn nobody_is_an_answer_and_nothing_to_read_is_none() {
    let out = story(&["192.0.2.77", "--at", "2020-01-01T00:00:00Z"]);
    assert!(out.status.success());
    assert!(
        String::from_utf8(out.stdout)
            .unwrap()
            .contains("nobody is known to have held it then")
    );
    let folder = tempfile::tempdir().unwrap();
    let spool = folder.path().to_str().unwrap();
    let missing = resolve(&["10.1.2.3", "--spool", spool]);
    assert_eq!(missing.status.code(), Some(66));
    std::fs::write(folder.path().join("addresses"), b"ADTAPADR but damaged").unwrap();
    let damaged = resolve(&["10.1.2.3", "--spool", spool]);
    assert_eq!(damaged.status.code(), Some(66));
    let said = String::from_utf8(damaged.stderr).unwrap();
    assert!(
        said.contains("addresses: has version") || said.contains("addresses: is damaged"),
        "{said}"
    );
    let wrong = resolve(&["10.1.2.3", "--at", "yesterday"]);
    assert_eq!(wrong.status.code(), Some(64));
}

/// The story's directory as a sensor keeps it that has synchronised lab.example, and a configuration that says so.
fn synchronised(folder: &Path) -> String {
    let section = Section {
        context: Context::Domain,
        base: "DC=lab,DC=example".to_owned(),
        domain: "lab.example".to_owned(),
        complete: true,
        mark: None,
        read: None,
        synced: None,
        controller: "dc1.lab.example".to_owned(),
    };
    let directory = Snapshot::read(&[case("story/directory.ldif")]).unwrap();
    let mut session = Session::of(&section, true);
    session.begin_taking(true);
    for (number, entity) in (1_u8..).zip(directory.entities()) {
        let found = directory.find(entity.dn.as_deref().unwrap()).pop().unwrap();
        session.take(&Shared {
            guid: Guid([number; 16]),
            state: State::Object,
            record: found.record,
            members: Vec::new(),
        });
    }
    session.end_taking(section);
    session.save(&folder.join("lab.example.directory")).unwrap();
    let config = folder.join("adtap.toml");
    let text = format!(
        "[spool]\ndirectory = {folder:?}\n[directory]\nfolder = {folder:?}\n[[directory.domains]]\nname = \"lab.example\"\n\
         controllers = [\"dc1.lab.example\"]\n[[directory.credentials]]\ndomain = \"lab.example\"\nuser = \"adtap@lab.example\"\n\
         password-file = {:?}\n",
        folder.join("password")
    );
    std::fs::write(folder.join("password"), "not asked for").unwrap();
    std::fs::write(&config, text).unwrap();
    config.to_str().unwrap().to_owned()
}

#[test]
fn the_synchronised_directory_is_the_one_to_judge_by() {
    let folder = tempfile::tempdir().unwrap();
    let config = synchronised(folder.path());
    let capture = case("story/capture.pcap");
    let sid = |arguments: &[&str]| {
        let mut resolve = Command::new(adtap());
        let out = resolve
            .args(["--config", &config, "resolve", "10.77.0.50", "--json"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let history: Value = serde_json::from_slice(&out.stdout).unwrap();
        history["computer"]["sid"].as_str().map(str::to_owned)
    };
    let learnt = ["--pcap", capture.to_str().unwrap()];
    let named = sid(&[
        &learnt[..],
        &["--directory", case("story/directory.ldif").to_str().unwrap()],
    ]
    .concat());
    assert!(named.as_deref().is_some_and(|sid| sid.starts_with("S-1-5-21-")));
    assert_eq!(sid(&learnt), named);
    // What a daemon has kept of addresses is judged by it, too.
    let config = Config::default();
    let mut daemon = Resolver::new(&config, Arc::new(Snapshot::empty()));
    let mut logon = parsers::activity::Activity::new(
        parsers::activity::Kind::KerberosAs,
        parsers::protocol::ProtocolId::Kerberos,
        &flow(),
        capture::Timestamp::new(1_763_600_000, 0),
    );
    logon.outcome = parsers::activity::Outcome::Success;
    logon.observed.account = Some("CLIENT$".into());
    logon.observed.domain = Some("LAB.EXAMPLE".into());
    let mut out = Vec::new();
    daemon.activity(Box::new(logon), &mut out);
    daemon.finish(&mut out);
    std::fs::write(folder.path().join("addresses"), daemon.keep().unwrap()).unwrap();
    assert_eq!(sid(&[]), named);
}

fn flow() -> capture::Flow {
    let end = |ip: [u8; 4], port| capture::Endpoint {
        ip: ip.into(),
        port,
        mac: None,
    };
    capture::Flow {
        id: 1,
        transport: capture::Transport::Udp,
        client: end([10, 77, 0, 50], 50_000),
        server: end([10, 77, 0, 10], 88),
        tunnel: capture::Tunnel::default(),
        capture: capture::CaptureId(0),
        midstream: false,
    }
}
