//! The fuzz targets of `tests/fuzz`: all of them for some seconds each, two at a time, or those that are named.

use std::process::Command;
use std::thread;

use anyhow::bail;

use crate::shell::{cargo, run, target};

/// Targets that run at the same time.
const TOGETHER: usize = 2;

/// Builds the runner and hands it the words; without a target among them, every target is run, [`TOGETHER`] at a time.
pub(crate) fn words(words: &[&str]) -> anyhow::Result<()> {
    build()?;
    run(runner().args(words))
}

/// Every target for so many seconds, shared out among the cores.
pub(crate) fn all(seconds: f64) -> anyhow::Result<()> {
    build()?;
    let listed = runner().arg("--list").output()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let names: Vec<&str> = listed.lines().collect();
    if !together(&names, seconds) {
        bail!("fuzz: something does not hold; the lines above say what, and how to see it again");
    }
    println!("fuzz: {} targets hold", names.len());
    Ok(())
}

/// Whether all of them hold for so many seconds each.
fn together(names: &[&str], seconds: f64) -> bool {
    thread::scope(|scope| {
        let shares: Vec<_> = (0..TOGETHER)
            .map(|share| {
                let mut runner = runner();
                runner.args(["--seconds", &seconds.to_string()]);
                runner.args(names.iter().skip(share).step_by(TOGETHER));
                scope.spawn(move || runner.status().is_ok_and(|status| status.success()))
            })
            .collect();
        let held = shares.into_iter().map(|share| share.join().unwrap_or(false));
        held.fold(true, |all, one| all & one)
    })
}

fn build() -> anyhow::Result<()> {
    run(cargo().args(["build", "--quiet", "--profile", "fuzz", "--package", "fuzzing"]))
}

fn runner() -> Command {
    let mut runner = crate::shell::command(target().join("fuzz/fuzz"));
    runner.env("CARGO_TARGET_DIR", target());
    runner
}
