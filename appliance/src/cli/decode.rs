//! `adtap decode`: the protocol messages of captures, in packet order.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use capture::source::Source;
use clap::Args;
use parsers::message::{Message, MessageLine};

use crate::cli::{input, line, summary};
use crate::config::Config;
use crate::exit::{Code, Failure};
use crate::pipeline::Clock;
use crate::worker::{Round, Worker};

/// Print the protocol messages that captures hold, in packet order.
///
/// One line per message (PDU): when, between whom, which protocol and message, and its fields. Kerberos tickets, passwords
/// and responses never appear; a ticket is identified by its SHA-256.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Capture files (pcap, pcapng; plain, .gz, .zst), folders of them, or - for standard input.
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,
    /// Print JSON lines.
    #[arg(long)]
    json: bool,
    /// Print no summary.
    #[arg(long, short)]
    quiet: bool,
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let mut source = input::open(&arguments.captures)?;
    let names = source.names().to_vec();
    let stop = input::stop_on_signals()?;
    let mut printer = Printer { out: BufWriter::with_capacity(1 << 16, io::stdout().lock()), names, json: arguments.json };
    let (mut worker, mut clock, mut round) = (Worker::new(0, &config.capture, true), Clock::default(), Round::default());
    let mut more = true;
    while more && !stop.load(Ordering::Relaxed) {
        more = source.fill(&mut round.batch);
        clock.prepare(&mut round, 1);
        if !printer.print(&worker.round(&round).messages)? {
            return Ok(());
        }
        round.batch.clear();
    }
    let (produced, totals) = worker.finish(clock.now());
    if !printer.print(&produced.messages)? {
        return Ok(());
    }
    printer.out.flush().or_else(closed)?;
    if !arguments.quiet {
        summary::totals(&totals);
    }
    input::damage(&source)?;
    if stop.load(Ordering::Relaxed) {
        return Err(Failure::new(Code::Interrupted, "interrupted; what was read before is printed").into());
    }
    Ok(())
}

struct Printer<W> {
    out: W,
    names: Vec<String>,
    json: bool,
}

impl<W: Write> Printer<W> {
    /// Prints messages; false once nobody reads them any more.
    fn print(&mut self, messages: &[Message]) -> anyhow::Result<bool> {
        for message in messages {
            let file = self.names.get(usize::from(message.frame.capture.0)).map_or("", String::as_str);
            let printed = if self.json {
                serde_json::to_writer(&mut self.out, &MessageLine { message, file }).map_err(io::Error::from)
            } else {
                line::message(&mut self.out, message)
            };
            match printed.and_then(|()| self.out.write_all(b"\n")) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(false),
                other => other?,
            }
        }
        Ok(true)
    }
}

/// A reader that went away is no error.
fn closed(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}
