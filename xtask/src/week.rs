//! A week of packet time over connections that never end: what it costs, and that memory stays where it is.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, bail};

use crate::bar::{self, Bar};
use crate::shell::{self, cargo, command, target};

/// Connections that are open all week, a third each of LDAP, SMB and RPC.
const CONNECTIONS: &str = "100000";

/// Megabytes that the connections may take.
const MEMORY: Bar = Bar::most("week, MB", 300.0);
/// What the last day may take, as a part of what the first took: flat.
const GROWTH: Bar = Bar::most("week, last day by first", 1.0);

/// The week alone.
pub(crate) fn run(adtap: &Path) -> anyhow::Result<()> {
    bar::all(&measure(adtap)?)
}

/// Prints the resident memory of `adtap replay --no-send` at the end of each day; whether the bars hold.
pub(crate) fn measure(adtap: &Path) -> anyhow::Result<Vec<bool>> {
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
    let mut sizes = Vec::new();
    for day in BufReader::new(days).lines() {
        let size = resident(&replay)? as f64 * 1024.0 / 1e6;
        println!("day {}: {size:.0} MB", day?);
        sizes.push(size);
    }
    let ended = [generator.wait()?, replay.wait()?];
    if ended.iter().any(|status| !status.success()) {
        bail!("the generator and adtap ended with {ended:?}");
    }
    let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else {
        bail!("the generator told of no day");
    };
    let most = sizes.iter().copied().fold(0.0, f64::max);
    Ok(vec![MEMORY.holds(most), GROWTH.holds(last / first)])
}

/// Resident memory (KiB), as proc(5) has it in `status`.
fn resident(process: &Child) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let size = line.and_then(|line| line.split_whitespace().next());
    Ok(size.context("adtap has ended")?.parse()?)
}
