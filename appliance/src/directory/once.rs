//! One synchronisation and no more, for the command line.

use std::io;
use std::time::{Duration, Instant};

use resolver::directory::sync::{Change, Session, StoreError};
use resolver::directory::{Record, Snapshot};

use super::config::Config;
use super::domain::Domain;
use super::folder::Folder;
use super::status::DomainStatus;
use super::trouble::Trouble;

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
    let folder = Folder::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut outcomes = Vec::new();
    for domain in config.domains.iter().filter(|domain| wanted(&domain.name)) {
        let mut sessions = folder.load(domain, tell);
        if full {
            sessions.iter_mut().for_each(Session::renew);
        }
        let mut domain = Domain::new(domain, config, sessions);
        let began = Instant::now();
        let round = domain.round_on(&runtime, &folder, watch);
        runtime.block_on(domain.leave());
        let took = began.elapsed();
        if round.is_ok() {
            for session in &domain.sessions {
                folder.save(&domain.status.name, session)?;
            }
        }
        let found = round.map(|round| Found {
            changes: round.changes,
            entries: round.entries,
            full: round.read,
        });
        outcomes.push(Outcome {
            status: domain.status,
            found,
            took,
        });
    }
    Ok(outcomes)
}

/// What was kept: how each domain stands, and the directory that they make with what was read from files.
pub(crate) fn kept(config: &Config, files: &Snapshot) -> (Vec<DomainStatus>, Snapshot) {
    let folder = Folder::new(config);
    let domains: Vec<Domain> = config
        .domains
        .iter()
        .map(|domain| Domain::new(domain, config, folder.load(domain, tell)))
        .collect();
    let replicas = domains.iter().flat_map(|domain| &domain.sessions).map(Session::replica);
    let directory = files.joined(replicas);
    (domains.into_iter().map(|domain| domain.status).collect(), directory)
}

/// Every object that was kept, one after the other.
pub(crate) fn records(config: &Config, mut each: impl FnMut(&Record) -> io::Result<()>) -> io::Result<()> {
    let folder = Folder::new(config);
    for domain in &config.domains {
        for session in folder.load(domain, tell) {
            session.replica().records().try_for_each(|record| each(&record))?;
        }
    }
    Ok(())
}

/// On the command line, nobody reads a log.
fn tell(error: &StoreError) {
    eprintln!("adtap: {error}");
}
