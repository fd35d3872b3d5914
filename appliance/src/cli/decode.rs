//! `adtap decode`: the protocol messages of captures, in packet order.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use capture::Timestamp;
use clap::Args;
use parsers::event;
use parsers::message::Message;

use crate::cli::print::Printer;
use crate::cli::{input, summary};
use crate::config::Config;
use crate::eventlog::EventLog;
use crate::lone::Lone;
use crate::worker::Worker;

/// Print the protocol messages that captures hold, in packet order.
///
/// One line per message (PDU): when, between whom, which protocol and message, and its fields. Passwords, responses and
/// keys never appear; a Kerberos ticket is identified by its SHA-256. Windows events, from .evtx files, XML, JSON or syslog lines,
/// stand among the messages by their time.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Capture files (pcap, pcapng; plain, .gz, .zst), files of Windows events, folders of both, or - for a capture on standard
    /// input.
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
    let source = input::open_with_events(&arguments.captures, &stop)?;
    let mut events = EventLog::read(source.others(), source.names().len(), |event, frame| {
        Some(event::message(event, frame))
    });
    let names = [source.names(), events.names()].concat();
    let mut printer = Printer::new(arguments.json, names);
    // What a capture holds is shown frame by frame, copies of the mirror's included.
    let capture = capture::Config {
        duplicate_milliseconds: 0,
        ..config.capture.clone()
    };
    let mut lone = Lone::new(source, Worker::new(0, &capture, true));
    while !stop.load(Ordering::Relaxed) && !printer.closed() {
        let Some(produced) = lone.next() else { break };
        print(&mut printer, produced.messages, &mut events)?;
    }
    let (produced, totals, source) = lone.finish();
    print(&mut printer, produced.messages, &mut events)?;
    while let Some((_, message)) = events.next_by(Timestamp(i64::MAX)) {
        printer.message(&message)?;
    }
    printer.flush()?;
    if !arguments.quiet && !printer.closed() {
        summary::totals(&totals);
        summary::events(&events.counters());
    }
    input::interrupted(&stop)?;
    input::all_damage(&source, events.damages())
}

/// Messages in the order of their packets, and before each the events that are no later.
fn print(printer: &mut Printer, messages: Vec<Message>, events: &mut EventLog<Message>) -> std::io::Result<()> {
    for message in messages {
        while let Some((_, event)) = events.next_by(message.time) {
            printer.message(&event)?;
        }
        printer.message(&message)?;
    }
    Ok(())
}
