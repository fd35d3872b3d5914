//! `adtap directory`: what adtap knows of Active Directory, and how it comes to know it.

mod export;
mod find;
mod status;
mod sync;

use clap::{Args, Subcommand};
use resolver::directory::Snapshot;

use crate::config::Config;
use crate::exit::{Code, Failure};
use crate::krb5;

/// Read domains from their controllers, say how that stands, or look somebody up.
///
/// The domains stand in the configuration: [[directory.domains]] and [[directory.credentials]]; docs/directory.md says what the
/// account needs. `adtap run` does what `sync` does by itself, every few seconds.
#[derive(Debug, Args)]
#[command(after_help = "Start with: adtap --config /etc/adtap/adtap.toml directory sync")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Bring what is kept of every domain up to date, once.
    Sync(sync::Arguments),
    /// Say how old what is known of each domain is, whom it comes from, and what is the matter.
    Status(status::Arguments),
    /// Look up accounts, groups and computers in what is kept.
    Find(find::Arguments),
    /// Print everything that is kept, as JSON lines.
    Export(export::Arguments),
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    match &arguments.what {
        What::Sync(arguments) => {
            krb5::tell(config)?;
            sync::run(arguments, config)
        }
        What::Status(arguments) => status::run(arguments, config),
        What::Find(arguments) => find::run(arguments, config),
        What::Export(arguments) => export::run(arguments, config),
    }
}

/// The failure to leave with where no domain is configured.
fn configured(config: &Config) -> Result<(), Failure> {
    if config.directory.is_on() {
        return Ok(());
    }
    let sentence = "directory.domains: none is configured; there is no controller to ask; add a [[directory.domains]] table, and name the \
        file with --config";
    Err(Failure::new(Code::Config, sentence))
}

/// What was read from files beside.
fn files(config: &Config) -> anyhow::Result<Snapshot> {
    let files = Snapshot::read(&config.run.directory);
    Ok(files.map_err(|error| Failure::new(Code::NoInput, error.to_string()))?)
}
