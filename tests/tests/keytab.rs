//! A keytab in the configuration opens tickets, on any number of workers, and nothing else changes.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tests::{adtap, case, root, shared};

/// What a replay of `captures` tells of tickets that are used or granted, with the keys of `keytab`.
fn tickets(keytab: &Path, captures: &[PathBuf], workers: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("adtap.toml");
    fs::write(
        &config,
        format!("[kerberos]\nkeytab = [{:?}]\n", keytab.to_str().unwrap()),
    )
    .unwrap();
    let output = Command::new(adtap())
        .arg("--config")
        .arg(&config)
        .args(["replay", "--json", "--no-send", "--quiet", "--workers", workers])
        .args(captures)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let activities = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    activities
        .filter(|activity| activity["kind"] == "kerberos_tgs" || activity["kind"] == "kerberos_ap")
        .collect()
}

/// The keytab of the parsers' own tests, as a file.
fn keytab(folder: &Path) -> PathBuf {
    let text = fs::read_to_string(root().join("parsers/src/kerberos/vectors/keytab.hex")).unwrap();
    let digits: Vec<char> = text.chars().filter(char::is_ascii_hexdigit).collect();
    let octets = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap());
    let path = folder.join("keytab");
    fs::write(&path, octets.collect::<Vec<u8>>()).unwrap();
    path
}

#[test]
fn a_keytab_opens_tickets_whoever_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let keytab = keytab(folder.path());
    let captures = [case("kerberos/rc4-service-ticket").join("capture.pcap")];
    let told = tickets(&keytab, &captures, "1");
    let granted = told.iter().find(|told| told["details"]["ticket_etype"] == 23).unwrap();
    assert_eq!(granted["observed"]["account"], "alice");
    assert_eq!(granted["details"]["pac"]["upn"], "alice@lab.example");
    assert_eq!(granted["details"]["tgt_pac"]["rid"], 1103);
    assert_eq!(tickets(&keytab, &captures, "4"), told);
}

#[test]
fn a_keytab_that_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("adtap.toml");
    fs::write(&config, "[kerberos]\nkeytab = \"/nowhere/at.all\"\n").unwrap();
    let output = Command::new(adtap())
        .arg("--config")
        .arg(&config)
        .args(["replay", "--no-send", "--quiet"])
        .arg(case("kpasswd/change").join("capture.pcap"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("kerberos.keytab: /nowhere/at.all"),
        "{said}"
    );
}

/// Every ticket that is presented to a service of the lab opens with the lab's keytab, and so does every TGT.
#[test]
fn the_labs_tickets_open() {
    let Some(lab) = shared().map(|shared| shared.join("lab/pcaps")) else {
        return;
    };
    let files = fs::read_dir(&lab).unwrap().map(|entry| entry.unwrap().path());
    let mut captures: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|kind| kind == "pcap"))
        .collect();
    captures.sort();
    let told = tickets(&lab.join("lab.keytab"), &captures, "2");
    assert!(told.len() > 90, "{}", told.len());
    for told in told {
        let (details, kind) = (&told["details"], told["kind"].as_str().unwrap());
        let account = if kind == "kerberos_ap" {
            "ticket_account"
        } else {
            "tgt_account"
        };
        assert!(details[account].is_string(), "{told}");
        assert_eq!(details.get("authenticator_opened"), None, "{told}");
        for pac in ["pac", "tgt_pac"] {
            assert_eq!(details[pac].get("malformed"), None, "{told}");
        }
    }
}
