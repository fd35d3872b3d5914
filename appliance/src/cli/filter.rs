//! `adtap filter`: what the kernel leaves out, to read, and held against captures.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use capture::filter::{Filter, Reason};
use capture::{FrameId, LinkType};
use clap::{Args, Subcommand, ValueEnum};
use parsers::activity::{Activity, ByKind};
use parsers::message::Message;

use crate::cli::input;
use crate::cli::summary::number;
use crate::config::Config;
use crate::pipeline::Clock;
use crate::worker::{Round, Worker};

/// Show what the kernel leaves out before it costs anything, or try it on captures.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The configuration's filter in sentences, or as the program that the kernel runs.
    Show(Show),
    /// How many frames of captures would pass and be dropped, why, and whether an activity would be missed.
    Test(Test),
}

#[derive(Debug, Args)]
struct Show {
    /// Print the program instead: classic BPF as packet sockets have it, or eBPF as AF_XDP has it.
    #[arg(long, value_name = "MACHINE")]
    program: Option<Machine>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Machine {
    Classic,
    Extended,
}

#[derive(Debug, Args)]
struct Test {
    /// Capture files (pcap, pcapng; plain, .gz, .zst), folders of them, or - for standard input.
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let filter = Filter::new(&config.capture);
    match &arguments.what {
        What::Show(show) => print(&match show.program {
            None => filter.to_string(),
            Some(Machine::Classic) => filter.classic_listing(),
            Some(Machine::Extended) => filter.extended_listing(),
        }),
        What::Test(test) => try_on(&test.captures, &filter, config),
    }
}

fn try_on(captures: &[PathBuf], filter: &Filter, config: &Config) -> anyhow::Result<()> {
    let stop = input::stop_on_signals()?;
    let mut source = input::open(captures, &stop)?;
    let mut trial = Trial::default();
    // One reads everything, the other what passes.
    let [mut whole, mut left] = [0, 1].map(|index| Worker::new(index, &config.capture, index == 0));
    let (mut clock, mut round, mut more) = (Clock::default(), Round::default(), true);
    while more && !stop.load(Ordering::Relaxed) {
        round.batch.clear();
        more = round.batch.fill(&mut source);
        clock.prepare(&mut round, 1);
        let all = whole.round(&round);
        trial.judge(&mut round, filter);
        trial.messages(&all.messages);
        trial.activities(&all.activities, 0);
        trial.activities(&left.round(&round).activities, 1);
    }
    for (which, worker) in [whole, left].into_iter().enumerate() {
        let (produced, _) = worker.finish(clock.now());
        trial.messages(&produced.messages);
        trial.activities(&produced.activities, which);
    }
    print(&trial.to_string())?;
    input::interrupted(&stop)?;
    input::damage(&source)
}

/// What a filter did to captures.
#[derive(Debug, Default)]
struct Trial {
    rows: Vec<Row>,
    /// Frames of other links, which no filter sees.
    foreign: u64,
    /// Frames of the last batch that would be dropped.
    dropped: HashMap<FrameId, Reason>,
    /// By kind: of all frames, and of those that pass.
    activities: [ByKind; 2],
}

/// Frames with one reason.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    frames: u64,
    bytes: u64,
    messages: u64,
}

impl Trial {
    /// Judges the frames of a round, and leaves it to the second worker those that pass.
    fn judge(&mut self, round: &mut Round, filter: &Filter) {
        self.rows.resize(Reason::ALL.len(), Row::default());
        self.dropped.clear();
        round.owners.clear();
        for frame in round.batch.frames() {
            let reason = (frame.link == LinkType::ETHERNET).then(|| filter.judge(frame.data));
            self.foreign += u64::from(reason.is_none());
            let passes = reason.is_none_or(Reason::passes);
            round.owners.push(u8::from(passes));
            if let Some(row) = reason.and_then(|reason| self.rows.get_mut(reason as usize)) {
                row.frames += 1;
                row.bytes += u64::from(frame.wire_len);
            }
            if let Some(reason) = reason.filter(|_| !passes) {
                self.dropped.insert(frame.id, reason);
            }
        }
    }

    fn messages(&mut self, messages: &[Message]) {
        for message in messages {
            let reason = self.dropped.get(&message.frame);
            if let Some(row) = reason.and_then(|reason| self.rows.get_mut(*reason as usize)) {
                row.messages += 1;
            }
        }
    }

    fn activities(&mut self, activities: &[Box<Activity>], which: usize) {
        if let Some(counts) = self.activities.get_mut(which) {
            activities.iter().for_each(|activity| counts.count(activity.kind));
        }
    }
}

impl std::fmt::Display for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rows = Reason::ALL.iter().zip(&self.rows).filter(|(_, row)| row.frames > 0);
        for (reason, row) in rows {
            let verdict = if reason.passes() { "pass" } else { "drop" };
            let (frames, bytes) = (number(row.frames), number(row.bytes));
            write!(
                f,
                "{verdict}  {:<36} {frames:>12} frames {bytes:>16} bytes",
                reason.name()
            )?;
            if row.messages > 0 {
                write!(f, "  with {} messages in them", number(row.messages))?;
            }
            writeln!(f)?;
        }
        if self.foreign > 0 {
            writeln!(
                f,
                "{} frames are not Ethernet's: no filter sees such",
                number(self.foreign)
            )?;
        }
        let [all, left] = &self.activities;
        writeln!(
            f,
            "{} of {} activities are told",
            number(left.total()),
            number(all.total())
        )?;
        for ((kind, all), (_, left)) in all.iter().zip(left.iter()).filter(|((_, all), (_, left))| all != left) {
            writeln!(f, "  {}: {} of {}", kind.name(), number(left), number(all))?;
        }
        Ok(())
    }
}

/// A reader that has gone away, as `head` does, wants no more.
fn print(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
