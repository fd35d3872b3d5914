//! One synchronisation and no more, for the command line.

use std::io;
use std::time::{Duration, Instant};

use resolver::directory::sync::{Change, Session, StoreError};
use resolver::directory::{Record, Snapshot};
use tokio::runtime::Runtime;

use super::config::Config;
use super::domain::Domain;
use super::folder::Folder;
use super::follow;
use super::status::DomainStatus;
use super::trouble::Trouble;

/// Between two looks whether a controller was found.
const GLANCE: Duration = Duration::from_millis(20);

/// What became of one domain.
pub(crate) struct Outcome {
    pub(crate) status: DomainStatus,
    /// What was found, or why nothing was.
    pub(crate) found: Result<Found, Trouble>,
    pub(crate) took: Duration,
}

/// What a synchronisation found.
pub(crate) struct Found {
    pub(crate) changes: Vec<Change>,
    pub(crate) entries: u64,
    /// Everything was read, not what had changed alone.
    pub(crate) full: bool,
}

/// Brings every domain that `wanted` up to date and writes it down; `full` reads everything. `watch` is told of every entry.
pub(crate) fn once(
    config: &Config,
    wanted: impl Fn(&str) -> bool,
    full: bool,
    watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
) -> anyhow::Result<Vec<Outcome>> {
    let config = &Config {
        change_notification: false,
        ..config.clone()
    };
    let folder = Folder::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut domains = domains(config, &folder);
    let mut outcomes: Vec<Outcome> = Vec::new();
    loop {
        let is_next = |domain: &&mut Domain| {
            let name = &domain.status.name;
            wanted(name) && !outcomes.iter().any(|outcome| outcome.status.name == *name)
        };
        if let Some(domain) = domains.iter_mut().find(is_next) {
            outcomes.push(one(domain, full, &runtime, &folder, watch)?);
        } else if !follow::settle(config, &folder, &mut domains, tell) {
            return Ok(outcomes);
        }
    }
}

/// Brings one domain up to date and writes it down.
fn one(
    domain: &mut Domain,
    full: bool,
    runtime: &Runtime,
    folder: &Folder,
    watch: &mut dyn FnMut(&DomainStatus, u64) -> bool,
) -> anyhow::Result<Outcome> {
    if full {
        domain.sessions.iter_mut().for_each(Session::renew);
    }
    let began = Instant::now();
    while !domain.is_ready(runtime) {
        runtime.block_on(async { tokio::time::sleep(GLANCE).await });
    }
    let round = domain.round_on(runtime, folder, watch);
    runtime.block_on(domain.leave());
    let took = began.elapsed();
    if round.trouble.is_none() {
        for session in &domain.sessions {
            folder.save(&domain.status.name, session)?;
        }
    }
    // Where it failed, nothing is written down: what it found is found again.
    let found = match round.trouble {
        Some(trouble) => Err(trouble),
        None => Ok(Found {
            changes: round.changes,
            entries: round.entries,
            full: round.read,
        }),
    };
    Ok(Outcome {
        status: domain.status.clone(),
        found,
        took,
    })
}

/// What was kept of every domain, those that are followed after those that are configured.
fn domains(config: &Config, folder: &Folder) -> Vec<Domain> {
    let configured = config.domains.iter();
    let mut domains: Vec<Domain> = configured
        .map(|domain| Domain::new(domain, config, folder.load(domain, tell)))
        .collect();
    follow::settle(config, folder, &mut domains, tell);
    domains
}

/// What was kept: how each domain stands, and the directory that they make with what was read from files.
pub(crate) fn kept(config: &Config, files: &Snapshot) -> (Vec<DomainStatus>, Snapshot) {
    let folder = Folder::new(config);
    let domains = domains(config, &folder);
    let replicas = domains.iter().flat_map(|domain| &domain.sessions).map(Session::replica);
    let directory = files.joined(replicas);
    (domains.into_iter().map(|domain| domain.status).collect(), directory)
}

/// Every object that was kept, one after the other.
pub(crate) fn records(config: &Config, mut each: impl FnMut(&Record) -> io::Result<()>) -> io::Result<()> {
    let folder = Folder::new(config);
    let domains = domains(config, &folder);
    let mut sessions = domains.iter().flat_map(|domain| &domain.sessions);
    sessions.try_for_each(|session| session.replica().records().try_for_each(|record| each(&record)))
}

/// On the command line, nobody reads a log.
fn tell(error: &StoreError) {
    eprintln!("adtap: {error}");
}
