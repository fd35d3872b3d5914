//! Bad input gets a sentence and the right exit code, and nothing before the damage is lost.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tests::{adtap, case};

fn run(arguments: &[&str], folder: &Path) -> Output {
    Command::new(adtap())
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn sentence(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines(output: &Output) -> usize {
    output.stdout.iter().filter(|byte| **byte == b'\n').count()
}

#[test]
fn a_cut_capture_is_read_up_to_the_cut() {
    let folder = tempfile::tempdir().unwrap();
    let story = fs::read(case("story/capture.pcap")).unwrap();
    fs::write(folder.path().join("cut.pcap"), &story[..story.len() / 2]).unwrap();
    let output = run(&["replay", "--json", "--no-send", "cut.pcap"], folder.path());
    assert_eq!(output.status.code(), Some(65), "{}", sentence(&output));
    assert!(lines(&output) > 50);
    let text = sentence(&output);
    assert!(text.contains("cut.pcap") && text.contains("at byte"), "{text}");
}

#[test]
fn what_is_no_capture_is_told_what_it_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("letter.txt"),
        "Dear all,\nthe capture is attached.\n",
    )
    .unwrap();
    let output = run(&["decode", "letter.txt"], folder.path());
    assert_eq!(output.status.code(), Some(65), "{}", sentence(&output));
    assert!(
        sentence(&output).contains("letter.txt: not a capture"),
        "{}",
        sentence(&output)
    );
}

#[test]
fn an_absent_capture_is_no_input() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["replay", "nowhere.pcap"], folder.path());
    assert_eq!(output.status.code(), Some(66), "{}", sentence(&output));
    assert!(sentence(&output).contains("nowhere.pcap"), "{}", sentence(&output));
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing is left behind"
    );
}

#[test]
fn a_bad_configuration_is_told_all_its_problems() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("adtap.toml"),
        "[capture]\nmax-flaws = 1\n[resolver]\nfold = \"long\"\n[nonsense]\nx = 1\n",
    )
    .unwrap();
    let output = run(&["check", "adtap.toml"], folder.path());
    assert_eq!(output.status.code(), Some(78), "{}", sentence(&output));
    for place in ["adtap.toml:2:", "adtap.toml:4:", "adtap.toml:5:"] {
        assert!(sentence(&output).contains(place), "{}", sentence(&output));
    }
}

#[test]
fn the_shipped_configuration_is_good() {
    let output = run(&["check", "deploy/adtap.toml"], &tests::root());
    assert!(output.status.success(), "{}", sentence(&output));
}

#[test]
fn a_wrong_command_line_is_usage() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["replay"], folder.path()).status.code(), Some(64));
    assert_eq!(run(&["decode", "--colour", "x"], folder.path()).status.code(), Some(64));
    assert_eq!(run(&["--help"], folder.path()).status.code(), Some(0));
}

#[test]
fn who_cannot_be_asked_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let code = |arguments: &[&str]| run(arguments, folder.path()).status.code();
    assert_eq!(code(&["lookup"]), Some(64));
    assert_eq!(code(&["lookup", "10.0.0.300"]), Some(64));
    assert_eq!(code(&["lookup", "127.0.0.1", "--timeout", "0"]), Some(64));
    let output = run(&["lookup", "::1", "--method", "netbios", "--json"], folder.path());
    assert_eq!(output.status.code(), Some(1), "NetBIOS knows IPv4 alone");
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"answers\":[]"));
    let output = run(
        &["lookup", "127.0.0.1", "--method", "rpc,rdp", "--source", "192.0.2.1"],
        folder.path(),
    );
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("the socket could not be used"), "{said}");
    fs::write(
        folder.path().join("adtap.toml"),
        "[lookup]\ndeadline-ms = 5\nsource = \"0.0.0.0\"\n",
    )
    .unwrap();
    let output = run(&["check", "adtap.toml"], folder.path());
    assert_eq!(output.status.code(), Some(78));
    assert!(sentence(&output).contains("2 problems"), "{}", sentence(&output));
}

#[test]
fn standard_input_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let story = fs::read(case("story/capture.pcap")).unwrap();
    fs::write(folder.path().join("capture.pcap"), &story).unwrap();
    let plain = run(
        &["replay", "--json", "--no-send", "--quiet", "capture.pcap"],
        folder.path(),
    );
    assert!(lines(&plain) > 100);
    let mut stdin = Command::new(adtap());
    stdin
        .args(["replay", "--json", "--no-send", "--quiet", "-"])
        .stdin(fs::File::open(folder.path().join("capture.pcap")).unwrap());
    let piped = stdin.output().unwrap();
    let named = String::from_utf8(piped.stdout)
        .unwrap()
        .replace("\"capture\":\"-\"", "\"capture\":\"capture.pcap\"");
    assert!(named.as_bytes() == plain.stdout, "standard input says something else");
}

#[test]
fn a_collector_without_certificates_has_nothing_to_subscribe_to() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["wef", "subscription"], folder.path());
    assert_eq!(output.status.code(), Some(78), "{}", sentence(&output));
    assert!(sentence(&output).contains("events.wef: certificate, key or ca is missing;"));
    let config = "[events.wef]\nlisten = [\"127.0.0.1\"]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\nca = \"a.pem\"\nheartbeat-seconds = 1\n";
    fs::write(folder.path().join("adtap.toml"), config).unwrap();
    let output = run(&["check", "adtap.toml"], folder.path());
    assert_eq!(output.status.code(), Some(78), "{}", sentence(&output));
    assert!(sentence(&output).contains("events.wef.heartbeat-seconds: 1 is no sensible interval;"));
    fs::write(
        folder.path().join("adtap.toml"),
        config.replace("heartbeat-seconds = 1\n", ""),
    )
    .unwrap();
    let output = run(&["--config", "adtap.toml", "wef", "subscription"], folder.path());
    assert_eq!(output.status.code(), Some(66), "{}", sentence(&output));
    assert!(
        sentence(&output).contains("events.wef: a.pem: "),
        "{}",
        sentence(&output)
    );
}
