//! What to capture from and whose traffic it is, as the commands that watch a mirror are told.

use std::net::IpAddr;

use capture::{Controller, Interface};
use clap::Args;

/// Interfaces and controllers on top of the configuration.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Mirrored {
    /// Interface that mirrored traffic arrives on; may be given several times, and takes the place of the configured ones.
    #[arg(long, short, value_name = "IF")]
    interface: Vec<String>,
    /// A domain controller and its addresses, beside the configured ones: dc1=10.77.0.10,fd77::10.
    #[arg(long, value_name = "NAME=ADDRESS,…", value_parser = controller)]
    controller: Vec<Named>,
}

/// A controller as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named(Controller);

impl Mirrored {
    /// Changes `config` to what the command line says.
    pub(super) fn over(&self, config: &mut capture::Config) {
        if !self.interface.is_empty() {
            let configured = std::mem::take(&mut config.interfaces);
            let interface = |name: &String| {
                let known = configured.iter().find(|known| known.name == *name);
                known.cloned().unwrap_or_else(|| Interface::new(name))
            };
            config.interfaces = self.interface.iter().map(interface).collect();
        }
        let named = self.controller.iter().map(|Named(controller)| controller.clone());
        config.controllers.extend(named);
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
        let mut configured = Interface::new("cap0");
        configured.ring_mib = 8;
        let mut config = capture::Config {
            interfaces: vec![configured, Interface::new("cap1")],
            ..capture::Config::default()
        };
        let mirrored = Mirrored {
            interface: vec!["cap9".into(), "cap0".into()],
            controller: vec![controller("dc1=10.77.0.10").unwrap()],
        };
        mirrored.over(&mut config);
        let rings = config.interfaces.iter().map(|one| (one.name.as_str(), one.ring_mib));
        assert_eq!(rings.collect::<Vec<_>>(), [("cap9", 64), ("cap0", 8)]);
        assert_eq!(config.controllers[0].name, "dc1");
    }
}
