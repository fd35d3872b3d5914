//! `adtap`: the command line over the pipeline capture → parsers → resolver → uplink.

mod cli;
mod config;
mod directory;
mod eventlog;
mod exit;
mod health;
mod keytab;
mod krb5;
mod listen;
mod live;
mod lone;
mod lookup;
mod number;
mod pipeline;
mod sandbox;
mod web;
mod worker;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Activities are made in one thread and freed in another, a few hundred thousand times a second: glibc's arenas lock for that.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
