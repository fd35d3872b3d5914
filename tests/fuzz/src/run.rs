//! Runs a target on mutated seeds until time is up or something does not hold.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use nix::time::{ClockId, clock_gettime};

use crate::mutate::{Random, mutated};
use crate::targets::Target;

/// Longest that one input may take, of a processor's time: a busy machine is nobody's defect.
const LONGEST: Duration = Duration::from_secs(3);
/// Most memory the process may ever have held, in KiB.
const MEMORY: u64 = 1024 * 1024;
/// Attempts to make a failing input smaller.
const ATTEMPTS: usize = 400;

/// The process with all its threads, and this thread alone: tests run targets side by side.
const PROCESS: ClockId = ClockId::CLOCK_PROCESS_CPUTIME_ID;
const THREAD: ClockId = ClockId::CLOCK_THREAD_CPUTIME_ID;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After so much of a processor's time.
    Time(Duration),
    /// After so many inputs.
    Inputs(u64),
}

/// An input that something does not hold for.
#[derive(Debug)]
pub struct Finding {
    /// What the target said.
    pub what: String,
    /// The input, made smaller.
    pub input: Vec<u8>,
}

/// Inputs that held, or the first that did not.
///
/// # Errors
/// The finding.
pub fn fuzz(target: Target, seeds: &[Vec<u8>], seed: u64, until: Until) -> Result<u64, Finding> {
    let (mut random, started, mut count) = (Random::new(seed), spent(PROCESS), 0_u64);
    loop {
        let over = match until {
            Until::Time(limit) => spent(PROCESS).saturating_sub(started) >= limit,
            Until::Inputs(limit) => count >= limit,
        };
        if over {
            return Ok(count);
        }
        let input = match seeds.get(usize::try_from(count).unwrap_or(usize::MAX)) {
            Some(seed) => seed.clone(),
            None => mutated(seeds, &mut random),
        };
        count += 1;
        if let Some(what) = fails(target, &input) {
            return Err(Finding {
                what,
                input: smaller(target, input),
            });
        }
        if count % 1_000 == 0 && memory() > MEMORY {
            let what = format!("the process has held {} KiB", memory());
            return Err(Finding { what, input });
        }
    }
}

/// What does not hold for an input.
#[must_use]
pub fn fails(target: Target, input: &[u8]) -> Option<String> {
    let started = spent(THREAD);
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    match outcome {
        Err(panic) => Some(said(&*panic)),
        Ok(()) => {
            let took = spent(THREAD).saturating_sub(started);
            (took > LONGEST).then(|| format!("it took {took:?}"))
        }
    }
}

/// What the process or thread has had of a processor's time.
fn spent(by: ClockId) -> Duration {
    clock_gettime(by).map_or(Duration::ZERO, Duration::from)
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("panic")
        .to_owned()
}

/// Leaves out parts for as long as it still fails.
fn smaller(target: Target, mut input: Vec<u8>) -> Vec<u8> {
    let (mut size, mut attempts) = (input.len() / 2, 0);
    while size > 0 && attempts < ATTEMPTS {
        let mut at = 0;
        while at < input.len() && attempts < ATTEMPTS {
            let mut shorter = input.clone();
            shorter.drain(at..(at + size).min(input.len()));
            attempts += 1;
            if fails(target, &shorter).is_some() {
                input = shorter;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    input
}

/// Keeps a failing input; where.
///
/// # Errors
/// Where it cannot be written.
pub fn keep(target: Target, input: &[u8]) -> anyhow::Result<PathBuf> {
    let built = env::var_os("CARGO_TARGET_DIR").map_or_else(|| tests::root().join("target"), PathBuf::from);
    let folder = built.join("findings").join(target.name);
    fs::create_dir_all(&folder)?;
    let path = folder.join(file_name(input));
    fs::write(&path, input)?;
    Ok(path)
}

/// What the file of an input is called: its FNV-1a hash.
#[must_use]
pub fn file_name(input: &[u8]) -> String {
    let hash = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// The most memory this process has held, in KiB; 0 where the kernel does not say.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next())
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}
