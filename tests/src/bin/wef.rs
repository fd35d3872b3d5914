//! `wef`: sources of Windows Event Forwarding, as many as are wanted, for the lab.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand};
use serde_json::json;
use tests::wef::certificates::{self, Sources};
use tests::wef::source::{Task, Told};
use tests::wef::text::Form;
use tokio::task::JoinSet;

/// Send Windows events as Windows' own forwarder does.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a CA, and a certificate for the collector.
    Pki {
        folder: PathBuf,
        /// What sources call the collector.
        #[arg(long, default_value = "adtap.lab.example")]
        name: String,
    },
    /// Send events, and write a report.
    Send(Send),
}

#[derive(Debug, Args)]
struct Send {
    /// The folder of the CA.
    #[arg(long)]
    pki: PathBuf,
    /// Where the collector is.
    #[arg(long)]
    at: SocketAddr,
    /// What it is called.
    #[arg(long, default_value = "adtap.lab.example")]
    name: String,
    /// Sources that send events.
    #[arg(long, default_value_t = 1)]
    busy: u32,
    /// Sources that say heartbeats alone.
    #[arg(long, default_value_t = 0)]
    idle: u32,
    /// Events of each busy source, and of each batch.
    #[arg(long, default_value_t = 1_000)]
    events: u64,
    #[arg(long, default_value_t = 100)]
    batch: u64,
    /// Milliseconds between two batches of a source, and between two heartbeats.
    #[arg(long, default_value_t = 0)]
    pause: u64,
    #[arg(long, default_value_t = 5_000)]
    beat: u64,
    /// Seconds after which it is over; for idle sources, at which it is.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Do not compress.
    #[arg(long)]
    plain: bool,
    /// Where the report goes.
    #[arg(long)]
    report: PathBuf,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().what {
        What::Pki { folder, name } => certificates::make(&folder, &name),
        What::Send(send) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(&send))
        }
    }
}

async fn run(send: &Send) -> anyhow::Result<()> {
    let certificates = Sources::open(&send.pki)?;
    let task = |name: String, events: u64| -> anyhow::Result<Task> {
        Ok(Task {
            tls: certificates.client(&name)?,
            name,
            at: send.at,
            collector: send.name.clone(),
            events,
            batch: send.batch,
            form: if send.plain { Form::Plain } else { Form::Compressed },
            pause: Duration::from_millis(if events > 0 { send.pause } else { send.beat }),
            until: Instant::now(),
        })
    };
    let mut tasks = Vec::new();
    for number in 0..send.busy {
        let task = task(format!("dc{number}.lab.example"), send.events)?;
        let batches = task.prepare();
        tasks.push((task, batches));
    }
    for number in 0..send.idle {
        tasks.push((task(format!("ws{number}.lab.example"), 0)?, Vec::new()));
    }
    println!("ready");
    let began = Instant::now();
    let mut running = JoinSet::new();
    for (task, batches) in tasks {
        let until = began + Duration::from_secs(send.seconds);
        running.spawn(async move {
            let name = task.name.clone();
            let busy = task.events > 0;
            let told = Task { until, ..task }.run(batches).await;
            (name, busy, told, Instant::now())
        });
    }
    let mut all = Vec::new();
    while let Some(ended) = running.join_next().await {
        all.push(ended?);
    }
    let ended = all.iter().filter(|(_, busy, ..)| *busy).map(|(.., at)| *at).max();
    let seconds = ended.map_or(0.0, |ended| ended.duration_since(began).as_secs_f64());
    let mut took: Vec<_> = all.iter().flat_map(|(.., told, _)| told.took.iter().copied()).collect();
    took.sort_unstable();
    let part = |part: usize| took.get(took.len() * part / 100).map_or(0.0, Duration::as_secs_f64) * 1_000.0;
    let sum = |of: fn(&Told) -> u64| all.iter().map(|(.., told, _)| of(told)).sum::<u64>();
    let busy = all.iter().filter(|(_, busy, ..)| *busy);
    let acknowledged: serde_json::Map<_, _> = busy
        .map(|(name, _, told, _)| (name.clone(), told.acknowledged.into()))
        .collect();
    let silent = all
        .iter()
        .filter(|(_, busy, told, _)| !busy && told.heartbeats == 0)
        .count();
    let wrong: Vec<_> = all.iter().flat_map(|(.., told, _)| told.wrong.iter()).take(5).collect();
    let report = json!({
        "acknowledged": acknowledged,
        "events": sum(|told| told.acknowledged),
        "batches": sum(|told| told.batches),
        "again": sum(|told| told.again),
        "heartbeats": sum(|told| told.heartbeats),
        "connected": sum(|told| told.connected),
        "silent": silent,
        "seconds": seconds,
        "milliseconds": {"0.5": part(50), "0.99": part(99)},
        "wrong": wrong,
    });
    std::fs::write(&send.report, report.to_string())?;
    Ok(())
}
