//! Every check, bench and generator that a developer or CI runs: `cargo xtask …`. Nothing to install beforehand.

mod bar;
mod bench;
mod checks;
mod fuzz;
mod golden;
mod hostile;
mod live;
mod oracle;
mod rows;
mod shell;
mod story;
mod week;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask TASK

checks
  fmt          rustfmt over the workspace, changing nothing
  clippy       clippy over every target, warnings are errors
  gssapi       clippy and the tests that know of it with the feature gssapi, where MIT Kerberos and libclang are there
  deny         licences, bans and sources of every dependency (builds cargo-deny into target/tools the first time)
  test         every test of the workspace
  house        file heads, file sizes, leftovers; tests that docs/protocols.md names and nobody has
  fuzz [--seconds N] [--seed S] [--inputs N] [TARGET]...
               every fuzz target for N seconds (two at a time), or those named; --input FILE TARGET runs an input that was kept,
               --export FOLDER [TARGET]... writes what they start from, for libFuzzer; --import FOLDER [TARGET]... keeps what it found;
               --list names the targets
  ci           all of the above but test, then golden, oracle and hostile: what .ci/run calls

captures
  golden [--bless]   replay every case under pcaps/ and compare with its expected.jsonl; --bless writes it anew
  oracle [--show N]  hold adtap against tshark and against the domain controller's log, where ../shared is there
  hostile            replay and decode every hostile capture of ../shared under limits of CPU and memory: frames and activities add up,
                     what is refused is counted by protocol and reason

  story        make pcaps/story/capture.pcap out of the lab's captures, where ../shared is there

  lab [OPTIONS]      a real domain behind a mirror port and adtap run on it, held against the controllers' logs (needs root)

measurements
  bench        criterion benches, then whole-process runs: bulk reads, a week, the reference mix where ../shared is there;
               fails where a bar is missed by more than 15 %
  bench-week   the week alone: 100,000 connections that never end, resident memory day by day
  bench-live [--short] [--seconds N] [NAME]...   adtap run under a generator: rates, losses, CPU, memory, latency (needs root)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["fmt"] => checks::fmt(),
        ["clippy"] => checks::clippy(),
        ["gssapi"] => checks::gssapi(),
        ["deny"] => checks::deny(),
        ["test"] => checks::test(),
        ["house"] => checks::house(),
        ["ci"] => checks::ci(),
        ["fuzz"] => fuzz::all(checks::FUZZ_SECONDS),
        ["fuzz", "--seconds", seconds] => seconds.parse().map_err(Into::into).and_then(fuzz::all),
        ["fuzz", words @ ..] => fuzz::words(words),
        ["golden"] => golden::run(false),
        ["golden", "--bless"] => golden::run(true),
        ["oracle"] => oracle::run(0),
        ["oracle", "--show", count] => count.parse().map_err(Into::into).and_then(oracle::run),
        ["hostile"] => hostile::run(),
        ["story"] => story::run(),
        ["bench"] => bench::run(),
        ["bench-week"] => shell::adtap().and_then(|adtap| week::run(&adtap)),
        ["bench-live", words @ ..] => live::bench(words),
        ["lab", words @ ..] => live::domain(words),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("xtask: no such task: {}\n\n{HELP}", words.join(" "));
            return ExitCode::from(64);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
