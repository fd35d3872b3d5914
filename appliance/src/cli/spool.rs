//! `adtap spool`: what lies in a spool folder, in use or not.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use capture::Timestamp;
use clap::{Args, Subcommand};
use prost::Message;
use serde_json::json;
use uplink::SpoolError;
use uplink::proto::{Activity, Endpoint, Outcome};
use uplink::spool::{self, SpoolStatus};

use crate::cli::summary::number;
use crate::config::Config;
use crate::exit::{Code, Failure};

/// Look into a spool directory.
///
/// The spool may be in use by a running adtap: looking changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    look: Look,
}

#[derive(Debug, Subcommand)]
enum Look {
    /// How many activities wait, were evicted or damaged, and in which segments.
    Status(Place),
    /// Every activity in the spool that is not acknowledged, a line each.
    List(Place),
}

#[derive(Debug, Args)]
struct Place {
    /// The spool's folder; without it, the configuration's.
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let (Look::Status(place) | Look::List(place)) = &arguments.look;
    let folder = place.folder.as_deref().unwrap_or(&config.spool.directory);
    let status = spool::status(folder).map_err(|error| unreadable(&error))?;
    if status.identity.is_none() {
        let sentence = format!(
            "{}: holds no spool; nothing waits there; check the path",
            folder.display()
        );
        return Err(Failure::new(Code::NoInput, sentence).into());
    }
    match &arguments.look {
        Look::Status(_) if place.json => print_json(&status),
        Look::Status(_) => print_status(folder, &status),
        Look::List(_) => list(folder, status.acknowledged, place.json),
    }
}

fn unreadable(error: &SpoolError) -> Failure {
    Failure::new(Code::NoInput, error.to_string())
}

fn print_status(folder: &Path, status: &SpoolStatus) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "spool         {}{}",
        folder.display(),
        if status.in_use { " (in use)" } else { "" }
    )?;
    writeln!(out, "identity      {}", status.identity.as_deref().unwrap_or_default())?;
    writeln!(out, "acknowledged  up to id {}", number(status.acknowledged))?;
    writeln!(out, "waiting       {}", number(status.waiting))?;
    writeln!(
        out,
        "lost          {} evicted, {} damaged",
        number(status.evicted),
        number(status.damaged)
    )?;
    for segment in &status.segments {
        let rest = if segment.rest > 0 {
            format!(", {} bytes behind the last whole record", segment.rest)
        } else {
            String::new()
        };
        let (first, last) = (number(segment.first), number(segment.last));
        writeln!(
            out,
            "segment       ids {first} to {last}, {} bytes{rest}",
            number(segment.bytes)
        )?;
    }
    Ok(())
}

fn print_json(status: &SpoolStatus) -> anyhow::Result<()> {
    let segments: Vec<_> = status.segments.iter().map(|segment| {
        json!({"first": segment.first, "last": segment.last, "bytes": segment.bytes, "rest": segment.rest})
    }).collect();
    let status = json!({
        "identity": status.identity, "in_use": status.in_use, "acknowledged": status.acknowledged,
        "waiting": status.waiting, "evicted": status.evicted, "damaged": status.damaged, "segments": segments,
    });
    println!("{status}");
    Ok(())
}

/// Every activity behind the last acknowledged one.
fn list(folder: &Path, acknowledged: u64, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let mut written = Ok(());
    spool::records(folder, |id, record| {
        if id > acknowledged && written.is_ok() {
            written = print_record(&mut out, id, record, json);
        }
    })
    .map_err(|error| unreadable(&error))?;
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn print_record(out: &mut impl Write, id: u64, record: &[u8], json: bool) -> io::Result<()> {
    let Ok(activity) = Activity::decode(record) else {
        return writeln!(out, "{id} is no activity; another version of adtap may have written it");
    };
    let time = Timestamp(activity.time).to_string();
    let account = activity
        .observed
        .as_ref()
        .map(|observed| observed.account.as_str())
        .unwrap_or_default();
    let [client, server] = [&activity.client, &activity.server].map(address);
    let outcome = Outcome::try_from(activity.outcome)
        .unwrap_or_default()
        .as_str_name()
        .trim_start_matches("OUTCOME_")
        .to_lowercase();
    if json {
        let line = json!({"id": id, "time": time, "kind": activity.kind, "outcome": outcome, "account": account,
            "client": client, "server": server, "details": details(&activity)});
        return writeln!(out, "{line}");
    }
    writeln!(
        out,
        "{id:>10} {time} {:<17} {outcome:<9} {client} > {server} {}",
        activity.kind,
        account.escape_debug()
    )
}

/// The details as they were spooled.
fn details(activity: &Activity) -> serde_json::Value {
    serde_json::from_str(&activity.details).unwrap_or_default()
}

/// An endpoint's address as text; empty where there is none.
fn address(end: &Option<Endpoint>) -> String {
    let bytes = end.as_ref().map(|end| end.ip.as_slice()).unwrap_or_default();
    let v4 = bytes
        .first_chunk::<4>()
        .filter(|_| bytes.len() == 4)
        .map(|bytes| IpAddr::from(*bytes));
    let address = v4.or_else(|| bytes.first_chunk::<16>().map(|bytes| IpAddr::from(*bytes)));
    address.map(|address| address.to_string()).unwrap_or_default()
}
