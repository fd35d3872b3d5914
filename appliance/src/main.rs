//! `adtap`: the command line over the pipeline capture → parsers → resolver → uplink.

mod cli;
mod config;
mod exit;
mod pipeline;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
