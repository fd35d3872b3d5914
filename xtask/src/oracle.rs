//! Independent opinions: tshark's, frame by frame, and the domain controller's own log.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::shell::{self, adtap, command, root, shared};

/// What tshark's opinion must be shared in: all that it is asked about but SMB1, much of which is there without IP.
const JUDGED: &str = "kerberos,ntlm,ldap,cldap,dcerpc,dns,mdns,llmnr,nbns,radius,smb2";

fn hold(shared: &Path, show: u32) -> anyhow::Result<()> {
    let adtap = adtap()?;
    let list = root().join("target/oracle.txt");
    fs::create_dir_all(root().join("target"))?;
    fs::write(&list, manifest(&shared.join("pcaps"), str::is_empty)?.join("\n"))?;
    let show = show.to_string();
    let lab = captures(&shared.join("lab/pcaps"))?;
    shell::run(
        command("python3")
            .arg(shared.join("oracle/audit.py"))
            .args(["--min-recall", "1.0", "--show", &show, "--adtap"])
            .arg(&adtap)
            .args(lab),
    )?;
    shell::run(
        command("python3")
            .arg(shared.join("oracle/compare.py"))
            .args([
                "--min-recall",
                "0.995",
                "--protocols",
                JUDGED,
                "--show",
                &show,
                "--adtap",
            ])
            .arg(&adtap)
            .arg("--list")
            .arg(&list),
    )
}

/// Holds adtap against both oracles; says so and passes where they are not there.
pub(crate) fn run(show: u32) -> anyhow::Result<()> {
    match shared() {
        Some(shared) => hold(&shared, show),
        None => {
            println!("oracle: skipped, ../shared with the captures and the oracles is not there");
            Ok(())
        }
    }
}

/// The public captures whose mark of hostility `wanted` wants, by the manifest: it is empty where they are peaceful.
pub(crate) fn manifest(folder: &Path, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<String>> {
    let manifest = fs::read_to_string(folder.join("manifest.tsv")).context("the manifest of the public captures")?;
    let rows = manifest
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let found = rows.filter(|row| row.get(2).is_some_and(|mark| wanted(mark)));
    Ok(found
        .filter_map(|row| row.first().map(|file| folder.join(file).display().to_string()))
        .collect())
}

fn captures(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pcap") {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    Ok(found)
}
