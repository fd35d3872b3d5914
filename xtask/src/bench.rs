//! Measurements: criterion benches, then whole-process runs over bulk reads, over a week, and over the reference mix.
//!
//! A bar that is missed fails the bench; it is no part of CI. CPU seconds and peak memory are the kernel's own accounting of each finished run. Machines are noisy: medians are quoted.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::bail;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::bar::Bar;
use crate::shell::{self, adtap, cargo, command, shared, target};
use crate::{bar, week};

/// Runs of each command; the median is quoted.
const RUNS: usize = 5;

/// CPU-seconds for the mix's 1.33 million packets on one worker, and the megabytes that it may take.
const MIX: [Bar; 2] = [Bar::most("mix, CPU-seconds", 1.2), Bar::most("mix, peak MB", 256.0)];
/// Millions of packets of bulk SMB per CPU-second.
const BULK_RATE: Bar = Bar::least("bulk SMB, million packets per CPU-second", 5.0);

pub(crate) fn run() -> anyhow::Result<()> {
    shell::run(cargo().args(["bench", "--workspace", "--benches"]))?;
    let adtap = adtap()?;
    let mut held = vec![bulk(&adtap)?];
    held.extend(week::measure(&adtap)?);
    match shared() {
        Some(shared) => held.extend(whole(&adtap, &shared)?),
        None => println!("bench: whole-process runs skipped, ../shared with the reference mix is not there"),
    }
    bar::all(&held)
}

/// The whole process over the reference mix; the first way to run it has bars.
fn whole(adtap: &Path, shared: &Path) -> anyhow::Result<Vec<bool>> {
    let mix = mix(shared)?;
    println!(
        "\n{:<44} {:>9} {:>9} {:>9}",
        "whole process, reference mix (median)", "cpu s", "wall s", "peak MB"
    );
    let scratch = target().join("bench");
    let store = scratch.join("store");
    let mut held = Vec::new();
    for (title, arguments) in [
        (
            "replay --json --no-send --workers 1",
            vec!["--no-send", "--workers", "1"],
        ),
        ("replay --json --workers 1, stored", vec!["--workers", "1"]),
        ("replay --json --workers 2, stored", vec!["--workers", "2"]),
    ] {
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            let _ = std::fs::remove_dir_all(&store); // absent on the first run
            runs.push(measure(adtap, &mix, &arguments, &store)?);
        }
        let median = |pick: fn(&Figures) -> f64| {
            let mut values: Vec<f64> = runs.iter().map(pick).collect();
            values.sort_by(f64::total_cmp);
            values.get(RUNS / 2).copied().unwrap_or_default()
        };
        println!(
            "{title:<44} {:>9.2} {:>9.2} {:>9.0}",
            median(|run| run.cpu),
            median(|run| run.wall),
            median(|run| run.peak)
        );
        if held.is_empty() {
            let [cpu, peak] = &MIX;
            held = vec![cpu.holds(median(|run| run.cpu)), peak.holds(median(|run| run.peak))];
        }
    }
    Ok(held)
}

/// Packets of the capture of bulk reads.
const BULK: u64 = 1_000_000;

/// What it costs to pass by bulk reads over SMB: packets per CPU-second, the median of the runs; whether its bar holds.
fn bulk(adtap: &Path) -> anyhow::Result<bool> {
    let capture = target().join("bench/bulk.pcap");
    if !capture.is_file() {
        std::fs::create_dir_all(target().join("bench"))?;
        let packets = BULK.to_string();
        let generator = [
            "run",
            "--release",
            "--package",
            "tests",
            "--bin",
            "bulk",
            "--",
            "--packets",
            &packets,
        ];
        shell::run(cargo().args(generator).arg(&capture))?;
    }
    let store = target().join("bench/store");
    let mut cpu = (0..RUNS)
        .map(|_| Ok(measure(adtap, &capture, &["--no-send", "--workers", "1"], &store)?.cpu))
        .collect::<anyhow::Result<Vec<f64>>>()?;
    cpu.sort_by(f64::total_cmp);
    let median = cpu.get(RUNS / 2).copied().unwrap_or_default();
    println!(
        "\n{:<44} {median:>9.2} cpu s, {:.1} million packets per CPU-second",
        "whole process, 64 KiB reads over SMB 2",
        BULK as f64 / median / 1e6
    );
    Ok(BULK_RATE.holds(BULK as f64 / median / 1e6))
}

/// What one run cost.
struct Figures {
    cpu: f64,
    wall: f64,
    /// Megabytes of the largest child so far.
    peak: f64,
}

fn measure(adtap: &Path, mix: &Path, arguments: &[&str], store: &Path) -> anyhow::Result<Figures> {
    let cpu = || {
        getrusage(UsageWho::RUSAGE_CHILDREN).map(|usage| (usage.user_time() + usage.system_time()).num_milliseconds())
    };
    let (before, started) = (cpu()?, Instant::now());
    let mut replay = command(adtap);
    replay
        .args(["replay", "--json", "--quiet"])
        .args(arguments)
        .arg("--store")
        .arg(store)
        .arg(mix);
    let status = replay.stdout(Stdio::null()).status()?;
    if !status.success() {
        bail!("adtap ended with {status}");
    }
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    Ok(Figures {
        cpu: (cpu()? - before) as f64 / 1e3,
        wall: started.elapsed().as_secs_f64(),
        peak: peak as f64 / 1024.0,
    })
}

/// The reference mix of domain-controller traffic, made once.
pub(crate) fn mix(shared: &Path) -> anyhow::Result<PathBuf> {
    let mix = target().join("bench/ad-mix.pcap");
    if !mix.is_file() {
        std::fs::create_dir_all(target().join("bench"))?;
        shell::run(
            command("python3")
                .arg(shared.join("bench/mkmix.py"))
                .arg(&mix)
                .args(["338", "60"]),
        )?;
    }
    Ok(mix)
}
