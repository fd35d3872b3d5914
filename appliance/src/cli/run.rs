//! `adtap run`: the daemon.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::mirrored::Mirrored;
use crate::config::Config;
use crate::live::{self, Setup};
use crate::worker::Provoke;

/// Watch network interfaces: the daemon.
///
/// Takes the mirrored traffic of domain controllers from its interfaces, and spools and sends who did what until SIGTERM or
/// Ctrl-C. SIGHUP reads the configuration again: a bad one is told and not taken, with a good one everything starts anew and
/// nothing that was spooled is lost. Needs CAP_NET_RAW (for af-xdp also CAP_BPF and CAP_NET_ADMIN, to listen below port 1024 CAP_NET_BIND_SERVICE); whatever else it was
/// given it drops.
#[derive(Clone, Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mirrored: Mirrored,
    /// Send to this receiver: https://host:port, or http://127.0.0.1:port.
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Keep the spool here.
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// Directory to resolve names by: LDIF or JSON lines. May be given several times.
    #[arg(long, value_name = "FILE")]
    directory: Vec<PathBuf>,
    /// Workers; 0 is one for each processor but one, up to four.
    #[arg(long, value_name = "N")]
    workers: Option<u8>,
    /// Answer `adtap status`, and Prometheus, here [default: 127.0.0.1:4391].
    #[arg(long, value_name = "ADDRESS:PORT")]
    web: Option<SocketAddr>,
    /// For tests: make the parser of flows to this server port panic (panic:88), or its worker hang (stall:88).
    #[arg(long, hide = true, value_name = "FAULT:PORT", value_parser = provoke)]
    provoke: Option<Provoke>,
}

pub(crate) fn run(arguments: &Arguments, file: Option<&Path>) -> anyhow::Result<()> {
    let load = || {
        let config = file.map_or_else(|| Ok(Config::default()), Config::load)?;
        Ok(Setup {
            config: arguments.over(config),
            file: file.map(Path::to_path_buf),
        })
    };
    live::run(&load, arguments.provoke)
}

impl Arguments {
    /// The configuration, with what the command line says on top.
    fn over(&self, mut config: Config) -> Config {
        self.mirrored.over(&mut config.capture);
        config.sender.url = self.to.clone().unwrap_or(config.sender.url);
        config.spool.directory = self.spool.clone().unwrap_or(config.spool.directory);
        config.capture.workers = self.workers.unwrap_or(config.capture.workers);
        config.web.listen = self.web.unwrap_or(config.web.listen);
        config.run.directory.extend(self.directory.iter().cloned());
        config
    }
}

fn provoke(text: &str) -> Result<Provoke, String> {
    let unknown = || "write panic:PORT or stall:PORT".to_owned();
    let (fault, port) = text.split_once(':').ok_or_else(unknown)?;
    let port = port.parse().map_err(|_| unknown())?;
    match fault {
        "panic" => Ok(Provoke::Panic(port)),
        "stall" => Ok(Provoke::Stall(port)),
        _ => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_on_top_of_the_file() {
        let arguments = Arguments {
            mirrored: Mirrored::default(),
            to: Some("http://127.0.0.1:1".into()),
            spool: None,
            directory: Vec::new(),
            workers: Some(2),
            web: None,
            provoke: None,
        };
        let config = arguments.over(Config::parse("[[capture.interfaces]]\nname = \"cap0\"\n").unwrap());
        assert_eq!(config.capture.interfaces.len(), 1);
        assert_eq!(
            (config.sender.url.as_str(), config.capture.workers),
            ("http://127.0.0.1:1", 2)
        );
    }
}
