//! `adtap check`: every problem of a configuration file at once.

use std::path::PathBuf;

use clap::Args;

use crate::config::Config;

/// Check a configuration file: every problem at once.
///
/// Prints nothing but a confirmation when the file is good. Each problem stands on a line of its own as
/// `file:line:column: what; consequence; fix`, and the exit code is 78.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The TOML file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    Config::load(&arguments.file)?;
    println!("{}: the configuration is good", arguments.file.display());
    Ok(())
}
