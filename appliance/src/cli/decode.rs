//! `adtap decode`: the protocol messages of captures, in packet order.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;

use crate::cli::print::Printer;
use crate::cli::{input, summary};
use crate::config::Config;
use crate::lone::Lone;
use crate::worker::Worker;

/// Print the protocol messages that captures hold, in packet order.
///
/// One line per message (PDU): when, between whom, which protocol and message, and its fields. Passwords, responses and
/// keys never appear; a Kerberos ticket is identified by its SHA-256.
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
    let stop = input::stop_on_signals()?;
    let source = input::open(&arguments.captures, &stop)?;
    let mut printer = Printer::new(arguments.json, source.names().to_vec());
    // What a capture holds is shown frame by frame, copies of the mirror's included.
    let capture = capture::Config {
        duplicate_milliseconds: 0,
        ..config.capture.clone()
    };
    let mut lone = Lone::new(source, Worker::new(0, &capture, true));
    while !stop.load(Ordering::Relaxed) && !printer.closed() {
        let Some(produced) = lone.next() else { break };
        for message in produced.messages {
            printer.message(&message)?;
        }
    }
    let (produced, totals, source) = lone.finish();
    for message in produced.messages {
        printer.message(&message)?;
    }
    printer.flush()?;
    if !arguments.quiet && !printer.closed() {
        summary::totals(&totals);
    }
    input::interrupted(&stop)?;
    input::damage(&source)
}
