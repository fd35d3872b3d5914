//! `adtap resolve`: which computer held an address, and why.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use capture::Timestamp;
use clap::Args;
use resolver::directory::Snapshot;
use resolver::{History, Resolver};

use crate::cli::{input, replay, words};
use crate::config::Config;
use crate::eventlog::EventLog;
use crate::exit::{Code, Failure};
use crate::live::known;
use crate::pipeline::{self, Progress, Run};

/// Say which computer held an address, and why.
///
/// Reads what the daemon keeps of addresses beside its spool (written every five minutes and at its end), or learns it from
/// captures. Names are looked up in the directory that the daemon uses: what is kept of the domains that are synchronised, and
/// the files of the configuration; or in the files of --directory alone.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adtap resolve 10.1.2.3\n  adtap resolve 10.1.2.3 --at 2026-11-30T09:15:00Z\n  \
    adtap resolve 10.77.0.50 --pcap pcaps/story/capture.pcap --json"
)]
pub(crate) struct Arguments {
    /// The address, IPv4 or IPv6.
    #[arg(value_name = "IP")]
    ip: IpAddr,
    /// The moment, as RFC 3339 writes it: 2026-11-30T09:15:00Z [default: the latest that is known].
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// Learn from these captures instead.
    #[arg(long, value_name = "CAPTURE", num_args = 1..)]
    pcap: Vec<PathBuf>,
    /// The spool's folder, beside which the daemon keeps what it knows; without it, the configuration's.
    #[arg(long, value_name = "DIR", conflicts_with = "pcap")]
    spool: Option<PathBuf>,
    /// Directory to look names up in instead: LDIF (as ldapsearch or ldbsearch write it) or JSON lines. May be given several times.
    #[arg(long, value_name = "FILE")]
    directory: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A moment as it is written.
fn time(written: &str) -> Result<Timestamp, String> {
    let time: jiff::Timestamp = written
        .parse()
        .map_err(|_| format!("{written:?} is no time; write it as RFC 3339 does: 2026-11-30T09:15:00Z"))?;
    i64::try_from(time.as_nanosecond())
        .map(Timestamp)
        .map_err(|_| format!("{written:?} is too far away; times from 1678 to 2261 are known"))
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let (known, latest) = match arguments.pcap.as_slice() {
        [] => kept(arguments, config)?,
        captures => learnt(arguments, captures, config)?,
    };
    let at = arguments.at.unwrap_or(latest);
    let nothing = || History {
        ip: arguments.ip,
        at,
        computer: None,
        session: None,
        stacks: Vec::new(),
        holders: Vec::new(),
    };
    let history = known.history(arguments.ip, at).unwrap_or_else(nothing);
    match arguments.json {
        true => println!("{}", serde_json::to_string(&history)?),
        false => print!("{}", words::history(&history)),
    }
    Ok(())
}

/// What the daemon keeps, and as of when.
fn kept(arguments: &Arguments, config: &Config) -> anyhow::Result<(Resolver, Timestamp)> {
    let mut resolver = Resolver::new(&config.resolver, directory(arguments, config)?);
    let path = known::path(arguments.spool.as_deref().unwrap_or(&config.spool.directory));
    let latest = restore(&mut resolver, &path)?;
    Ok((resolver, latest))
}

fn restore(resolver: &mut Resolver, path: &Path) -> anyhow::Result<Timestamp> {
    let refused = |what: String| Failure::new(Code::NoInput, format!("{}: {what}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| {
        refused(format!(
            "cannot be read ({error}); nothing is known of any address; the daemon writes it five minutes after its start and at its \
             end: check --config or --spool, or learn from captures with --pcap"
        ))
    })?;
    let latest = resolver.restore(&bytes).map_err(|error| {
        refused(format!(
            "{error}; nothing is known of any address; the daemon replaces it within five minutes"
        ))
    })?;
    Ok(latest)
}

/// What captures tell, and their last moment.
fn learnt(arguments: &Arguments, captures: &[PathBuf], config: &Config) -> anyhow::Result<(Resolver, Timestamp)> {
    let stop = input::stop_on_signals()?;
    let run = Run {
        source: input::open(captures, &stop)?,
        events: EventLog::read(&[], 0, |_, _| None),
        workers: replay::default_workers(),
        capture: &config.capture,
        keys: config.kerberos.keys()?,
        resolver: &config.resolver,
        directory: directory(arguments, config)?,
        progress: &Progress::default(),
        stop: &stop,
    };
    let report = pipeline::run(run, drop)?;
    input::interrupted(&stop)?;
    input::damage(&report.source)?;
    let latest = report.resolver.now();
    Ok((report.resolver, latest))
}

/// The files named on the command line, else what the daemon judges by.
fn directory(arguments: &Arguments, config: &Config) -> anyhow::Result<Arc<Snapshot>> {
    if !arguments.directory.is_empty() {
        return replay::directory(&arguments.directory);
    }
    let files = replay::directory(&config.run.directory)?;
    Ok(match config.directory.is_on() {
        true => Arc::new(crate::directory::kept(&config.directory, &files).1),
        false => files,
    })
}
