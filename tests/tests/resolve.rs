//! `adtap resolve`: who held an address, from a capture, and what it says where it cannot tell.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::process::{Command, Output};

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
