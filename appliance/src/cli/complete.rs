//! Shell completions and man pages, generated from the command line's own definition.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::{Code, Failure};

/// Print shell completions.
///
/// For example: adtap completions bash > /etc/bash_completion.d/adtap
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

/// Write the man pages into a folder.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder; it is created.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn completions(arguments: &Completions) -> anyhow::Result<()> {
    clap_complete::generate(arguments.shell, &mut Cli::command(), "adtap", &mut io::stdout());
    Ok(())
}

pub(crate) fn man(arguments: &Man) -> anyhow::Result<()> {
    let refused = |error: io::Error| {
        let sentence = format!(
            "{}: cannot write the man pages ({error}); choose a writable folder",
            arguments.folder.display()
        );
        Failure::new(Code::CannotCreate, sentence)
    };
    std::fs::create_dir_all(&arguments.folder).map_err(refused)?;
    clap_mangen::generate_to(Cli::command(), &arguments.folder).map_err(refused)?;
    println!("man pages written to {}", arguments.folder.display());
    Ok(())
}
