//! The command line: what it understands, and how each command ends.

mod check;
mod complete;
mod daemon;
mod decode;
mod deliver;
mod directory;
mod filter;
mod input;
pub(crate) mod line;
mod lookup;
mod mirror_test;
mod mirrored;
mod print;
mod progress;
mod receive;
mod replay;
mod resolve;
mod run;
mod spool;
mod status;
mod summary;
mod top;
mod wef;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::exit::{Code, Failure};

/// An open sensor appliance for Active Directory.
///
/// adtap reads the traffic of domain controllers, says who did what ("alice got a ticket for cifs/fs1 with rc4-hmac from
/// 10.1.2.3"), resolves accounts and addresses into the directory's users and computers, and sends every activity over gRPC
/// to a receiver that stores it as Parquet.
#[derive(Debug, Parser)]
#[command(name = "adtap", version, max_term_width = 100, propagate_version = true)]
#[command(
    after_help = "Start with: adtap replay pcaps/story/capture.pcap\n\nExit codes are those of sysexits.h: 0 done, \
    1 something is amiss (status, mirror-test, lookup), 64 usage, 65 damaged or foreign capture, 66 unreadable file, 69 receiver or interface unavailable, 73 cannot create, 74 I/O error, \
    77 permission missing, 78 configuration, 130 interrupted."
)]
struct Cli {
    /// Configuration file (TOML); without it the embedded defaults hold.
    #[arg(long, short, global = true, value_name = "FILE", env = "ADTAP_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch network interfaces: the daemon.
    Run(run::Arguments),
    /// Replay captures through the whole pipeline: who did what, resolved, spooled, sent and stored.
    Replay(replay::Arguments),
    /// Print the protocol messages that captures hold, in packet order.
    Decode(decode::Arguments),
    /// Say whether the mirror is right: both directions of every controller, no loss, no copies.
    MirrorTest(mirror_test::Arguments),
    /// Ask hosts who they are: whether firewalls let the sensor through.
    Lookup(lookup::Arguments),
    /// Receive activities over gRPC and store them as Parquet (the reference receiver).
    Receive(receive::Arguments),
    /// Check a configuration file: every problem at once.
    Check(check::Arguments),
    /// Show what the kernel leaves out, or try it on captures.
    Filter(filter::Arguments),
    /// Say which computer held an address, and why.
    Resolve(resolve::Arguments),
    /// Read domains from their controllers, say how that stands, or look somebody up.
    Directory(directory::Arguments),
    /// Look into a spool directory.
    Spool(spool::Arguments),
    /// Windows Event Forwarding: what hosts are told, and where each is.
    Wef(wef::Arguments),
    /// Say how the running daemon is: controllers, interfaces, losses, and what is the matter.
    Status(status::Arguments),
    /// Watch the running daemon, second by second.
    Top(top::Arguments),
    /// Print shell completions.
    Completions(complete::Completions),
    /// Write the man pages into a folder.
    Man(complete::Man),
}

pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(Code::Usage as u8),
            };
            let _ = error.print();
            return code;
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let config = || {
        cli.config
            .as_deref()
            .map_or_else(|| Ok(Config::default()), Config::load)
    };
    match cli.command {
        Command::Run(arguments) => run::run(&arguments, cli.config.as_deref()),
        Command::Replay(arguments) => replay::run(&arguments, &config()?),
        Command::Decode(arguments) => decode::run(&arguments, &config()?),
        Command::MirrorTest(arguments) => mirror_test::run(&arguments, &config()?),
        Command::Lookup(arguments) => lookup::run(&arguments, &config()?),
        Command::Receive(arguments) => receive::run(arguments, &config()?),
        Command::Check(arguments) => check::run(&arguments),
        Command::Filter(arguments) => filter::run(&arguments, &config()?),
        Command::Resolve(arguments) => resolve::run(&arguments, &config()?),
        Command::Directory(arguments) => directory::run(&arguments, &config()?),
        Command::Spool(arguments) => spool::run(&arguments, &config()?),
        Command::Wef(arguments) => wef::run(&arguments, &config()?),
        Command::Status(arguments) => status::run(&arguments, &config()?),
        Command::Top(arguments) => top::run(&arguments, &config()?),
        Command::Completions(arguments) => complete::completions(&arguments),
        Command::Man(arguments) => complete::man(&arguments),
    }
}

/// One sentence on stderr, and the code it carries.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("adtap: {error:#}");
    let code = error
        .downcast_ref::<Failure>()
        .map_or(Code::Software, |failure| failure.code);
    ExitCode::from(code as u8)
}
