//! `adtap replay`: captures through the whole pipeline.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use parsers::event;
use resolver::Resolved;
use resolver::directory::Snapshot;
use tempfile::TempDir;
use uplink::SenderConfig;

use crate::cli::deliver::Delivery;
use crate::cli::print::Printer;
use crate::cli::progress::Bar;
use crate::cli::summary::Tally;
use crate::cli::{input, summary};
use crate::config::Config;
use crate::eventlog::EventLog;
use crate::exit::{Code, Failure};
use crate::pipeline::{self, Progress, Report, Run};

/// Replay captures through the whole pipeline: who did what, resolved, spooled, sent and stored.
///
/// Prints a line per activity and, at the end, a summary of what was seen, lost and skipped. Without --to, a receiver of its
/// own listens on loopback for the time of the run and stores into --store. Windows events, from .evtx files, XML, JSON or syslog
/// lines, take their places among the packets by time, and those that tell of a logon, ticket or change that was captured too become part
/// of its activity. The output depends on the captures alone: the
/// same bytes twice, whatever the number of workers.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Capture files (pcap, pcapng; plain, .gz, .zst), files of Windows events, folders of both, or - for a capture on standard
    /// input.
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,
    /// Print JSON lines instead of readable ones.
    #[arg(long)]
    json: bool,
    /// Directory to resolve names by: LDIF (as ldapsearch or ldbsearch write it) or JSON lines. May be given several times.
    #[arg(long, value_name = "FILE")]
    directory: Vec<PathBuf>,
    #[command(flatten)]
    destination: Destination,
    /// Neither spool nor send: print alone.
    #[arg(long, conflicts_with_all = ["to", "spool"])]
    no_send: bool,
    /// Threads that read packets; the output is the same for any number.
    #[arg(long, value_name = "N", default_value_t = default_workers(), value_parser = clap::value_parser!(u8).range(1..=64))]
    workers: u8,
    /// Print neither progress nor summary.
    #[arg(long, short)]
    quiet: bool,
}

/// Where activities go.
#[derive(Debug, Args)]
pub(crate) struct Destination {
    /// Where the own receiver stores activities, as Parquet.
    #[arg(long, value_name = "DIR", default_value = "adtap-store", conflicts_with = "to")]
    pub(super) store: PathBuf,
    /// Send to this receiver instead of an own one: https://host:port, or http://127.0.0.1:port.
    #[arg(long, value_name = "URL")]
    pub(super) to: Option<String>,
    /// Keep the spool here; it survives the run, and what waits in it is sent first [default: a temporary folder, which
    /// stays if anything waits in it].
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// The CA that signed the receiver's certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "to")]
    ca: Option<PathBuf>,
    /// This sensor's certificate, for a receiver that asks for one (PEM).
    #[arg(long, value_name = "FILE", requires_all = ["to", "key"])]
    certificate: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
}

impl Destination {
    /// The spool's folder, made where it is temporary.
    pub(super) fn spool(&self) -> anyhow::Result<(PathBuf, Option<TempDir>)> {
        if let Some(folder) = &self.spool {
            return Ok((folder.clone(), None));
        }
        let refused = |error| {
            Failure::new(
                Code::CannotCreate,
                format!("no temporary folder for the spool: {error}; name one with --spool"),
            )
        };
        let folder = TempDir::with_prefix("adtap-spool-").map_err(refused)?;
        Ok((folder.path().to_owned(), Some(folder)))
    }

    /// The configuration of the sender to `url`, with what the command line says on top.
    pub(super) fn sender(&self, config: &SenderConfig, url: &str) -> SenderConfig {
        let mut config = SenderConfig {
            url: url.to_owned(),
            ..config.clone()
        };
        if self.to.is_none() {
            (config.ca, config.certificate, config.key) = (None, None, None); // the own receiver, on loopback
            return config;
        }
        config.ca = self.ca.clone().or(config.ca);
        config.certificate = self.certificate.clone().or(config.certificate);
        config.key = self.key.clone().or(config.key);
        config
    }
}

/// As many as there are processors, up to four: the stages behind them need some too.
pub(super) fn default_workers() -> u8 {
    std::thread::available_parallelism().map_or(1, |count| u8::try_from(count.get().clamp(1, 4)).unwrap_or(1))
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let directory = directory(&arguments.directory)?;
    let stop = input::stop_on_signals()?;
    let source = input::open_with_events(&arguments.captures, &stop)?;
    let events = EventLog::read(source.others(), source.names().len(), |event, frame| {
        event::activity(event, frame.capture)
    });
    let (size, progress) = (source.progress().1, Progress::default());
    let mut store = Store {
        printer: Printer::new(arguments.json, [source.names(), events.names()].concat()),
        delivery: (!arguments.no_send)
            .then(|| Delivery::start(&arguments.destination, config))
            .transpose()?,
        tally: Tally::default(),
        failure: None,
    };
    let bar = Bar::start(!arguments.quiet && std::io::stderr().is_terminal(), size, &progress);
    let run = Run {
        source,
        events,
        workers: arguments.workers,
        capture: &config.capture,
        keys: config.kerberos.keys()?,
        resolver: &config.resolver,
        directory,
        progress: &progress,
        stop: &stop,
    };
    let report = pipeline::run(run, |batch| bar.aside(|| store.batch(&batch, &stop)))?;
    bar.finish();
    store.conclude(arguments.quiet, &report, &stop)
}

/// The last stage: an id and a place in the spool for each activity, and its line.
struct Store {
    printer: Printer,
    delivery: Option<Delivery>,
    tally: Tally,
    failure: Option<anyhow::Error>,
}

impl Store {
    /// One batch, in order. The first failure to print ends the run early; what is in the spool stays.
    fn batch(&mut self, batch: &[Resolved], stop: &AtomicBool) {
        if self.failure.is_some() {
            return;
        }
        for resolved in batch {
            if let Err(error) = self.one(resolved) {
                stop.store(true, Ordering::Relaxed);
                let sentence =
                    format!("standard output: {error}; the run ends here; free space or give another output");
                self.failure = Some(Failure::new(Code::Io, sentence).into());
                return;
            }
        }
    }

    fn one(&mut self, resolved: &Resolved) -> std::io::Result<()> {
        self.tally.add(&resolved.activity);
        let id = match &mut self.delivery {
            Some(delivery) => delivery.append(resolved, self.printer.name(resolved.activity.capture)),
            None => Some(self.tally.total()),
        };
        self.printer.activity(id, resolved)
    }

    /// Sees the delivery through, prints the summary, and says how the run ended.
    fn conclude(mut self, quiet: bool, report: &Report, stop: &AtomicBool) -> anyhow::Result<()> {
        self.printer.flush()?;
        let delivered = self
            .delivery
            .map(|delivery| delivery.finish(&report.totals, stop))
            .transpose()?;
        if !quiet && !self.printer.closed() {
            summary::run(report, &self.tally, delivered.as_ref());
        }
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        input::interrupted(stop)?;
        input::all_damage(&report.source, &report.events.damages)?;
        delivered.map_or(Ok(()), |delivered| delivered.verdict())
    }
}

/// The directory to resolve by; empty without files.
pub(super) fn directory(files: &[PathBuf]) -> anyhow::Result<Arc<Snapshot>> {
    if files.is_empty() {
        return Ok(Arc::new(Snapshot::empty()));
    }
    let snapshot = Snapshot::read(files).map_err(|error| Failure::new(Code::NoInput, error.to_string()))?;
    for problem in snapshot.problems() {
        eprintln!("adtap: {problem}");
    }
    Ok(Arc::new(snapshot))
}
