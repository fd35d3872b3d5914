//! Golden cases: `pcaps/<protocol>/<behaviour>/{capture.pcap, expected.jsonl, README.md}`, and `directory.ldif` where names
//! are to be resolved.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every folder below `folder` that holds a `capture.pcap`, in order.
///
/// # Errors
/// Where a folder cannot be read.
pub fn cases(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.join("capture.pcap").is_file() {
            found.push(path);
        } else if path.is_dir() {
            found.extend(cases(&path)?);
        }
    }
    found.sort();
    Ok(found)
}

/// What adtap says of a case.
///
/// # Errors
/// Where adtap cannot be run.
pub fn replay(adtap: &Path, case: &Path) -> io::Result<Vec<u8>> {
    let mut replay = Command::new(adtap);
    replay
        .current_dir(case)
        .args(["replay", "--json", "--no-send", "--quiet"]);
    if case.join("directory.ldif").is_file() {
        replay.args(["--directory", "directory.ldif"]);
    }
    Ok(replay.arg("capture.pcap").output()?.stdout)
}
