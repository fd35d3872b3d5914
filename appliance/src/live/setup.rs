//! A configuration that the daemon can run on: what is checked before anything is opened, and again before a reload.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use capture::Mode;

use crate::config::Config;
use crate::exit::{Code, Failure};
use crate::krb5;
use crate::listen::Places;
use crate::sandbox::{self, Grants};

/// What a run is made from.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    /// Where the configuration was read from.
    pub(crate) file: Option<PathBuf>,
}

impl Setup {
    /// The failure to leave with, where the configuration cannot be run.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let interfaces = &self.config.capture.interfaces;
        if interfaces.is_empty() {
            let sentence = "capture.interfaces: no interface is named; there is nothing to watch; name one with --interface, or in a [[capture.interfaces]] table";
            return Err(Failure::new(Code::Config, sentence));
        }
        let mut names = HashSet::new();
        if let Some(twice) = interfaces.iter().find(|interface| !names.insert(&interface.name)) {
            let sentence = format!(
                "capture.interfaces: {} is named twice; its frames would come twice; name it once",
                twice.name
            );
            return Err(Failure::new(Code::Config, sentence));
        }
        Ok(())
    }

    /// What it needs of files and ports.
    pub(super) fn grants(&self) -> Grants {
        let config = &self.config;
        let mut grants = Grants::default();
        let sender = [&config.sender.ca, &config.sender.certificate, &config.sender.key];
        let files = sender
            .into_iter()
            .flatten()
            .chain(&self.file)
            .chain(&config.run.directory)
            .chain(config.kerberos.files())
            .chain(config.events.files());
        files.for_each(|file| grants.read_file(file));
        config.radius.files().for_each(|file| grants.read_file(&file));
        config
            .events
            .places()
            .iter()
            .for_each(|places| grants.bind.extend(places.tcp_ports()));
        if config.directory.is_on() {
            config.directory.files().for_each(|file| grants.read_file(&file));
            grants.write_folder(&config.directory.folder);
            grants.connect.extend(config.directory.ports());
            if config.directory.keytab().is_some() {
                grants.connect.insert(krb5::KDC);
            }
        }
        grants.write_folder(&config.spool.directory);
        grants.connect.extend(config.sender.port());
        if config.web.enabled {
            grants.bind.insert(config.web.listen.port());
        }
        if config.lookup.enabled {
            grants.look_up(&config.lookup);
        }
        grants
    }

    /// Why the running daemon cannot take `next` over: what it gave up does not come back.
    pub(super) fn obstacles(&self, next: &Self) -> Vec<String> {
        let mut obstacles = Vec::new();
        let mut obstacle = |what: &str| {
            obstacles.push(format!(
                "{what}; the running daemon has given up the right to; restart adtap instead"
            ));
        };
        if next.config.run.user != self.config.run.user || next.config.sandbox != self.config.sandbox {
            obstacle("run.user, [sandbox]: changed");
        }
        if self.config.sandbox.landlock && !next.grants().are_within(&self.grants()) {
            obstacle("a folder or a port was added");
        }
        let xdp = |setup: &Self| {
            setup
                .config
                .capture
                .interfaces
                .iter()
                .any(|interface| interface.mode == Mode::AfXdp)
        };
        let bind = caps::Capability::CAP_NET_BIND_SERVICE;
        if next.rights().contains(&bind) && !self.rights().contains(&bind) {
            obstacle("[radius], [events]: a port below 1024 was added");
        }
        if !krb5::is_told(&next.config) {
            obstacle("a keytab of Kerberos was changed");
        }
        if xdp(next) && !xdp(self) {
            obstacle("capture.interfaces: mode af-xdp was added");
        }
        obstacles
    }

    /// Capabilities that capturing and listening need, for as long as the daemon may be told to listen elsewhere.
    pub(super) fn rights(&self) -> caps::CapsHashSet {
        let events = self.config.events.places();
        let privileged = self.config.radius.places().is_privileged() || events.iter().any(Places::is_privileged);
        sandbox::kept(&self.config.capture, privileged)
    }

    /// What the daemon does, in one sentence.
    pub(super) fn sentence(&self, workers: usize) -> String {
        let config = &self.config;
        let names: Vec<_> = config
            .capture
            .interfaces
            .iter()
            .map(|interface| interface.name.as_str())
            .collect();
        format!(
            "watching {} with {workers} worker{}; activities are spooled in {} and sent to {}",
            names.join(", "),
            if workers == 1 { "" } else { "s" },
            config.spool.directory.display(),
            config.sender.url
        )
    }

    /// Folders that are written in.
    pub(super) fn folders(&self) -> Vec<&Path> {
        let directory = &self.config.directory;
        let kept = directory.is_on().then_some(directory.folder.as_path());
        [self.spool()].into_iter().chain(kept).collect()
    }

    pub(super) fn spool(&self) -> &Path {
        &self.config.spool.directory
    }
}
