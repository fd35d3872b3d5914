//! A week of packet time over connections that never end: what it costs, and that memory stays where it is.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, bail};

use crate::shell::{self, cargo, command, target};

/// Connections that are open all week, a third each of LDAP, SMB and RPC.
const CONNECTIONS: &str = "100000";

/// Prints the resident memory of `adtap replay --no-send` at the end of each day.
pub(crate) fn run(adtap: &Path) -> anyhow::Result<()> {
    shell::run(cargo().args(["build", "--release", "--package", "tests", "--bin", "week"]))?;
    let mut generator = command(target().join("release/week"))
        .args(["--connections", CONNECTIONS])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let capture = generator.stdout.take().context("the generator has no output")?;
    let days = generator.stderr.take().context("the generator tells no days")?;
    let mut replay = command(adtap)
        .args(["replay", "--json", "--quiet", "--no-send", "--workers", "1", "-"])
        .stdin(capture)
        .stdout(Stdio::null())
        .spawn()?;
    println!("\n{CONNECTIONS} connections of LDAP, SMB and RPC for a week of packet time");
    for day in BufReader::new(days).lines() {
        println!("day {}: {:.0} MB", day?, resident(&replay)? as f64 * 1024.0 / 1e6);
    }
    let ended = [generator.wait()?, replay.wait()?];
    if ended.iter().any(|status| !status.success()) {
        bail!("the generator and adtap ended with {ended:?}");
    }
    Ok(())
}

/// Resident memory (KiB), as proc(5) has it in `status`.
fn resident(process: &Child) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let size = line.and_then(|line| line.split_whitespace().next());
    Ok(size.context("adtap has ended")?.parse()?)
}
