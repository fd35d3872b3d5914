//! Golden cases: `pcaps/<protocol>/<behaviour>/{capture.pcap, expected.jsonl, README.md}`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::shell::{adtap, command, root};

/// Replays every case and compares, or writes what it says as the new expectation.
pub(crate) fn run(bless: bool) -> anyhow::Result<()> {
    let adtap = adtap()?;
    let (mut count, mut wrong) = (0, Vec::new());
    for case in cases(&root().join("pcaps"))? {
        count += 1;
        let said = replay(&adtap, &case)?;
        let expected = case.join("expected.jsonl");
        let name = case.strip_prefix(root()).unwrap_or(&case).display().to_string();
        if bless {
            fs::write(&expected, &said)?;
        } else if fs::read(&expected).unwrap_or_default() != said {
            wrong.push(format!(
                "{name}: differs from expected.jsonl; read the difference, then bless it or mend the code"
            ));
        }
        if !case.join("README.md").is_file() {
            wrong.push(format!(
                "{name}: has no README.md; say where the capture is from and what it shows"
            ));
        }
    }
    if !wrong.is_empty() {
        bail!("golden cases:\n{}", wrong.join("\n"));
    }
    println!(
        "golden: {count} cases {}",
        if bless { "blessed" } else { "as expected" }
    );
    Ok(())
}

fn replay(adtap: &Path, case: &Path) -> anyhow::Result<Vec<u8>> {
    let mut replay = command(adtap);
    replay
        .current_dir(case)
        .args(["replay", "--json", "--no-send", "--quiet"]);
    let directory = case.join("directory.ldif");
    if directory.is_file() {
        replay.arg("--directory").arg(directory);
    }
    let output = replay.arg("capture.pcap").output().context("cannot run adtap")?;
    Ok(output.stdout)
}

/// Every folder below `folder` that holds a `capture.pcap`, in order.
fn cases(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
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
