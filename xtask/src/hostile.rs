//! The hostile captures of the public corpus, through the parsers and everything behind them.
//!
//! Their licences keep them out of the repository, so this runs where they are. Of each capture: nothing panics or stalls, memory
//! stays under its cap, the frames and activities add up, and every PDU that is refused is counted by protocol and reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use anyhow::{Context, bail, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde_json::Value;

use crate::oracle::manifest;
use crate::shell::{adtap, command, shared};

/// CPU seconds of one run; the slowest takes a twentieth of one.
const CPU_SECONDS: u32 = 2;

/// KiB of address space of one run, stacks and arenas of its threads included.
const MEMORY: u32 = 512 * 1024;

/// sysexits: done.
const OK: i32 = 0;

/// sysexits: the input is damaged.
const DATAERR: i32 = 65;

/// PDUs that all captures together have refused, at least, and of so many protocols: fewer show nothing.
const REFUSED: (u64, usize) = (150, 6);

/// PDUs that were refused, by `protocol: reason`.
type Refused = BTreeMap<String, u64>;

/// Replays and decodes every hostile capture; says so and passes where they are not there.
pub(crate) fn run() -> anyhow::Result<()> {
    let Some(shared) = shared() else {
        println!("hostile: skipped, ../shared with the captures is not there");
        return Ok(());
    };
    let adtap = adtap()?;
    let folder = shared.join("pcaps");
    let hostile = manifest(&folder, |mark| !mark.is_empty())?;
    let (before, mut refused, mut wrong) = (cpu()?, Refused::new(), Vec::new());
    for capture in &hostile {
        match judge(&adtap, Path::new(capture)) {
            Ok(rows) => rows
                .into_iter()
                .for_each(|(what, count)| *refused.entry(what).or_default() += count),
            Err(error) => wrong.push(format!("{capture}: {error:#}")),
        }
    }
    ensure!(wrong.is_empty(), "hostile captures:\n{}", wrong.join("\n"));
    tell(hostile.len(), cpu()? - before, &refused)
}

/// Prints what was refused, and asks for enough of it.
fn tell(captures: usize, milliseconds: i64, refused: &Refused) -> anyhow::Result<()> {
    for (what, count) in refused {
        println!("  {count:6} {what}");
    }
    let total: u64 = refused.values().sum();
    let mut protocols: Vec<_> = refused.keys().filter_map(|what| what.split(": ").next()).collect();
    protocols.dedup();
    println!(
        "hostile: {captures} captures, {total} PDUs of {} protocols refused and counted, {:.1} CPU seconds",
        protocols.len(),
        milliseconds as f64 / 1e3
    );
    ensure!(
        total >= REFUSED.0 && protocols.len() >= REFUSED.1,
        "hostile captures that the parsers refuse nothing of show nothing: at least {REFUSED:?} PDUs and protocols"
    );
    Ok(())
}

/// CPU milliseconds of everything that was run so far.
fn cpu() -> anyhow::Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok((usage.user_time() + usage.system_time()).num_milliseconds())
}

/// What one capture has refused, or what is wrong.
fn judge(adtap: &Path, capture: &Path) -> anyhow::Result<Refused> {
    let replayed = limited(adtap, &["replay", "--no-send"], capture)?;
    activities(&replayed).context("replay")?;
    let decoded = limited(adtap, &["decode"], capture)?;
    let counted = refused(&summary(&decoded));
    ensure!(
        counted == refused(&summary(&replayed)),
        "decode and replay refuse different PDUs"
    );
    let told = told(&decoded)?;
    ensure!(counted == told, "counted {counted:?}, told {told:?}");
    let octets = fs::metadata(capture)?.len();
    ensure!(
        counted.values().sum::<u64>() <= octets,
        "more PDUs were refused than there are octets"
    );
    Ok(counted)
}

/// Runs adtap over a capture, under limits that end it; what it prints where it ended well.
fn limited(adtap: &Path, task: &[&str], capture: &Path) -> anyhow::Result<Output> {
    let limits = format!("ulimit -t {CPU_SECONDS} && ulimit -v {MEMORY} && exec \"$0\" \"$@\"");
    let output = command("sh")
        .args(["-c", &limits])
        .arg(adtap)
        .args(task)
        .arg("--json")
        .arg(capture)
        .output()?;
    let said = summary(&output);
    let damaged = said.lines().any(|line| line.ends_with("capture was damaged"));
    match output.status.code() {
        Some(OK) => {}
        Some(DATAERR) if damaged => {}
        _ => bail!("{task:?} ended with {}:\n{said}", output.status),
    }
    ensure!(!said.contains("\ndefects "), "a parser failed:\n{said}");
    frames(&said)?;
    Ok(output)
}

fn summary(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A number with separators of thousands.
fn number(text: &str) -> anyhow::Result<u64> {
    text.replace(',', "")
        .parse()
        .with_context(|| format!("{text:?} is no number"))
}

/// `frames 12 = 9 decoded + 1 skipped + 2 malformed + 0 lost`.
fn frames(summary: &str) -> anyhow::Result<()> {
    let line = summary.lines().find_map(|line| line.strip_prefix("frames "));
    let (all, parts) = line
        .and_then(|line| line.split_once(" = "))
        .context("no line of frames")?;
    let mut sum = 0;
    for part in parts.split(" + ") {
        sum += number(part.split(' ').next().unwrap_or_default())?;
    }
    ensure!(number(all.trim())? == sum, "the frames do not add up: {line:?}");
    Ok(())
}

/// `activities 5 (standing for 9)`: so many lines, that count so many.
fn activities(output: &Output) -> anyhow::Result<()> {
    let summary = summary(output);
    let line = summary.lines().find_map(|line| line.strip_prefix("activities "));
    let (lines, all) = line
        .and_then(|line| line.split_once(" (standing for "))
        .context("no line of activities")?;
    let (mut printed, mut counted) = (0, 0);
    for line in String::from_utf8(output.stdout.clone())?.lines() {
        let activity: Value = serde_json::from_str(line)?;
        printed += 1;
        counted += activity.get("count").and_then(Value::as_u64).unwrap_or(1);
    }
    ensure!(
        (number(lines.trim())?, number(all.trim_end_matches(')'))?) == (printed, counted),
        "the activities do not add up: {line:?}, but {printed} lines that count {counted}"
    );
    Ok(())
}

/// The summary's line of the parsers: `malformed smb1: words 8, smb2: command 1`. Frames that are malformed have one without a
/// protocol.
fn refused(summary: &str) -> Refused {
    let lines = summary.lines().filter_map(|line| line.strip_prefix("malformed "));
    let rows = lines
        .flat_map(|line| line.trim().split(", "))
        .filter(|row| row.contains(": "));
    rows.filter_map(|row| {
        let (what, count) = row.rsplit_once(' ')?;
        Some((what.to_owned(), number(count).ok()?))
    })
    .collect()
}

/// The same of what `decode` prints, message by message.
fn told(output: &Output) -> anyhow::Result<Refused> {
    let mut told = Refused::new();
    for line in String::from_utf8(output.stdout.clone())?.lines() {
        let message: Value = serde_json::from_str(line)?;
        let text = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("message") == "malformed" {
            *told
                .entry(format!("{}: {}", text("protocol"), text("what")))
                .or_default() += 1;
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_that_does_not_add_up_is_seen() {
        frames("frames       1,012 = 1,009 decoded + 1 skipped + 2 malformed + 0 lost\n").unwrap();
        assert!(frames("frames       12 = 9 decoded + 1 skipped + 1 malformed + 0 lost\n").is_err());
        assert!(frames("").is_err());
    }

    #[test]
    fn refusals_have_a_protocol_and_a_reason() {
        let found = refused("malformed    link 4, ip 1,821\nmalformed    smb1: words 8, dns: header cut short 1,003\n");
        let expected = [
            ("dns: header cut short".to_owned(), 1003),
            ("smb1: words".to_owned(), 8),
        ];
        assert_eq!(found, Refused::from(expected));
    }
}
