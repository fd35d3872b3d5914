//! Ctrl-C while a capture still flows in: what was read is processed, spooled and summed up, and the exit code says so.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::{adtap, case};

/// Exit code of a run that was interrupted: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Bytes of a classic pcap file's header.
const HEADER: usize = 24;

/// Activities of the story alone.
const STORY: usize = 200;

/// How a run ended.
struct Ended {
    lines: usize,
    said: String,
    code: Option<i32>,
}

/// Gives it the story twice over a pipe and interrupts it while the pipe stays open. What a pipe and a read hold is less than the second
/// time, so that the first is read by then.
fn interrupted(folder: &Path, arguments: &[&str]) -> Ended {
    let mut replay = Command::new(adtap());
    replay
        .args(["replay", "--json", "--workers", "1"])
        .args(arguments)
        .arg("-");
    replay.current_dir(folder);
    replay
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = replay.spawn().unwrap();
    let (mut out, mut errors) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = thread::spawn(move || {
        let mut lines = String::new();
        out.read_to_string(&mut lines).unwrap();
        lines.lines().count()
    });
    let mut input = child.stdin.take().unwrap();
    let story = fs::read(case("story/capture.pcap")).unwrap();
    input.write_all(&story).unwrap();
    let packets = story.get(HEADER..).unwrap();
    input.write_all(packets).unwrap();
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let mut said = String::new();
    errors.read_to_string(&mut said).unwrap();
    let code = child.wait().unwrap().code();
    drop(input); // open until here: it is the signal that ended the run
    Ended {
        lines: out.join().unwrap(),
        said,
        code,
    }
}

#[test]
fn what_was_read_is_printed_and_summed_up() {
    let folder = tempfile::tempdir().unwrap();
    let Ended { lines, said, code } = interrupted(folder.path(), &["--no-send"]);
    assert_eq!(code, Some(INTERRUPTED), "{said}");
    assert!(lines >= STORY, "{lines} lines");
    assert!(said.contains("frames") && said.contains("interrupted"), "{said}");
}

#[test]
fn what_was_read_is_in_the_spool() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens there: all of it waits.
    let Ended { lines, said, code } = interrupted(folder.path(), &["--to", "http://127.0.0.1:9", "--spool", "spool"]);
    assert_eq!(code, Some(INTERRUPTED), "{said}");
    assert!(lines >= STORY, "{lines} lines");
    let status = Command::new(adtap())
        .args(["spool", "status", "--json", "spool"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["waiting"], lines, "{status}");
    assert_eq!(
        status["segments"]
            .as_array()
            .map(|all| all.iter().all(|one| one["rest"] == 0)),
        Some(true),
        "{status}"
    );
}
