//! `adtap run`: the daemon.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use capture::{Controller, Interface};
use clap::Args;

use crate::config::Config;
use crate::live::{self, Setup};
use crate::worker::Provoke;

/// Watch network interfaces: the daemon.
///
/// Takes the mirrored traffic of domain controllers from its interfaces, and spools and sends who did what until SIGTERM or
/// Ctrl-C. SIGHUP reads the configuration again: a bad one is told and not taken, with a good one everything starts anew and
/// nothing that was spooled is lost. Needs CAP_NET_RAW (for af-xdp also CAP_BPF and CAP_NET_ADMIN); whatever else it was
/// given it drops.
#[derive(Clone, Debug, Args)]
pub(crate) struct Arguments {
    /// Interface that mirrored traffic arrives on; may be given several times, and takes the place of the configured ones.
    #[arg(long, short, value_name = "IF")]
    interface: Vec<String>,
    /// A domain controller and its addresses, beside the configured ones: dc1=10.77.0.10,fd77::10.
    #[arg(long, value_name = "NAME=ADDRESS,…", value_parser = controller)]
    controller: Vec<Named>,
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

/// A controller as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named(Controller);

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
        if !self.interface.is_empty() {
            let configured = std::mem::take(&mut config.capture.interfaces);
            let interface = |name: &String| {
                let known = configured.iter().find(|known| known.name == *name);
                known.cloned().unwrap_or_else(|| Interface::new(name))
            };
            config.capture.interfaces = self.interface.iter().map(interface).collect();
        }
        let named = self.controller.iter().map(|Named(controller)| controller.clone());
        config.capture.controllers.extend(named);
        config.sender.url = self.to.clone().unwrap_or(config.sender.url);
        config.spool.directory = self.spool.clone().unwrap_or(config.spool.directory);
        config.capture.workers = self.workers.unwrap_or(config.capture.workers);
        config.web.listen = self.web.unwrap_or(config.web.listen);
        config.run.directory.extend(self.directory.iter().cloned());
        config
    }
}

fn controller(text: &str) -> Result<Named, String> {
    let (name, addresses) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("write NAME=ADDRESS,ADDRESS")?;
    let address = |text: &str| {
        text.trim()
            .parse::<IpAddr>()
            .map_err(|_| format!("{text:?} is no address"))
    };
    let addresses = addresses.split(',').map(address).collect::<Result<_, _>>()?;
    Ok(Named(Controller {
        name: name.to_owned(),
        addresses,
    }))
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
    fn a_controller_has_a_name_and_addresses() {
        let Named(dc1) = controller("dc1=10.77.0.10,fd77::10").unwrap();
        assert_eq!((dc1.name.as_str(), dc1.addresses.len()), ("dc1", 2));
        for bad in ["dc1", "=10.0.0.1", "dc1=", "dc1=ten"] {
            assert!(controller(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn interfaces_keep_what_is_configured_for_them() {
        let text = "[[capture.interfaces]]\nname = \"cap0\"\nring-mib = 8\n[[capture.interfaces]]\nname = \"cap1\"\n";
        let arguments = Arguments {
            interface: vec!["cap9".into(), "cap0".into()],
            controller: Vec::new(),
            to: Some("http://127.0.0.1:1".into()),
            spool: None,
            directory: Vec::new(),
            workers: Some(2),
            web: None,
            provoke: None,
        };
        let config = arguments.over(Config::parse(text).unwrap());
        let rings: Vec<_> = config
            .capture
            .interfaces
            .iter()
            .map(|one| (one.name.as_str(), one.ring_mib))
            .collect();
        assert_eq!(rings, [("cap9", 64), ("cap0", 8)]);
        assert_eq!(
            (config.sender.url.as_str(), config.capture.workers),
            ("http://127.0.0.1:1", 2)
        );
    }
}
