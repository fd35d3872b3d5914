//! Files and TCP ports: landlock(7).
//!
//! What is granted is what the configuration names, and what the C library needs to look up the receiver's name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr,
    RulesetError, RulesetStatus, path_beneath_rules,
};

use resolver::lookup;

use crate::exit::{Code, Failure};

/// The newest rules this program knows; the kernel takes those that it knows too.
const RULES: ABI = ABI::V6;

/// Read whatever the configuration says: name lookup, its plug-ins, the process's and the interfaces' own figures.
const READ: [&str; 9] = [
    "/etc",
    "/run/systemd/resolve",
    "/usr/lib",
    "/lib",
    "/lib64",
    "/usr/share/zoneinfo",
    "/proc",
    "/sys",
    "/dev/urandom",
];

/// DNS over TCP, where an answer does not fit into a datagram.
const DNS: u16 = 53;

/// What bind(2) is told where the kernel is to choose a port: the rule for it grants those it chooses from.
const ANY: u16 = 0;

/// What a configuration needs of files and ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grants {
    /// Folders whose content is read.
    pub(crate) read: BTreeSet<PathBuf>,
    /// Folders whose content is written.
    pub(crate) write: BTreeSet<PathBuf>,
    /// TCP ports that are listened on again after a reload.
    pub(crate) bind: BTreeSet<u16>,
    /// TCP ports that are connected to.
    pub(crate) connect: BTreeSet<u16>,
}

impl Grants {
    /// Grants reading `file` and what lies beside it: an editor puts a new file in the place of an old one.
    pub(crate) fn read_file(&mut self, file: &Path) {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        self.read.insert(absolute(folder.unwrap_or(Path::new("."))));
    }

    /// Grants writing in `folder`.
    pub(crate) fn write_folder(&mut self, folder: &Path) {
        self.write.insert(absolute(folder));
    }

    /// Grants asking hosts who they are: connecting to the ports that are asked, from any port of the management NIC. Datagrams
    /// are not limited.
    pub(crate) fn look_up(&mut self, config: &lookup::Config) {
        let ports = config.probes().into_iter().map(lookup::Probe::port);
        self.connect
            .extend(ports.filter(|(transport, _)| *transport == "tcp").map(|(_, port)| port));
        if !config.source.all().is_empty() {
            self.bind.insert(ANY);
        }
    }

    /// Whether everything in `self` is in `held` too.
    pub(crate) fn are_within(&self, held: &Self) -> bool {
        let below = |folder: &PathBuf| {
            held.read.iter().chain(&held.write).any(|held| folder.starts_with(held))
                || READ.iter().any(|held| folder.starts_with(held))
        };
        self.read.iter().all(below)
            && self
                .write
                .iter()
                .all(|folder| held.write.iter().any(|held| folder.starts_with(held)))
            && self.bind.is_subset(&held.bind)
            && self.connect.is_subset(&held.connect)
    }
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Refuses every other file and port from now on. Answers how far the kernel goes along.
pub(super) fn restrict(grants: &Grants) -> anyhow::Result<String> {
    let status = rules(grants).and_then(RulesetCreated::restrict_self).map_err(|error| {
        Failure::new(
            Code::NoPermission,
            format!("landlock: {error}; it can be switched off with sandbox.landlock = false"),
        )
    })?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => "files and ports: landlock".into(),
        RulesetStatus::PartiallyEnforced => "files and ports: landlock, as far as this kernel has it".into(),
        RulesetStatus::NotEnforced => "files and ports: not limited, this kernel has no landlock".into(),
    })
}

fn rules(grants: &Grants) -> Result<RulesetCreated, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write: BitFlags<AccessFs> = read
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer;
    let ports = |ports: &BTreeSet<u16>, access: AccessNet| -> Vec<Result<NetPort, RulesetError>> {
        ports.iter().map(|port| Ok(NetPort::new(*port, access))).collect()
    };
    let connect: BTreeSet<u16> = grants.connect.iter().copied().chain([DNS]).collect();
    Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
        .create()?
        .add_rules(path_beneath_rules(READ, read))?
        .add_rules(path_beneath_rules(&grants.read, read))?
        .add_rules(path_beneath_rules(&grants.write, write))?
        .add_rules(ports(&grants.bind, AccessNet::BindTcp))?
        .add_rules(ports(&connect, AccessNet::ConnectTcp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_hosts_needs_their_ports_and_a_port_to_ask_from() {
        let mut grants = Grants::default();
        let mut config = lookup::Config::default();
        grants.look_up(&config);
        assert_eq!(
            (grants.connect, grants.bind),
            (BTreeSet::from([135, 3389]), BTreeSet::new())
        );
        let mut grants = Grants::default();
        config.rdp = false;
        config.source = lookup::Sources::One([10, 77, 0, 200].into());
        grants.look_up(&config);
        assert_eq!(
            (grants.connect, grants.bind),
            (BTreeSet::from([135]), BTreeSet::from([ANY]))
        );
    }

    #[test]
    fn a_reload_gets_no_more_than_was_granted() {
        let held = Grants {
            read: BTreeSet::from(["/srv/adtap".into()]),
            write: BTreeSet::from(["/srv/spool".into()]),
            bind: BTreeSet::new(),
            connect: BTreeSet::from([4390]),
        };
        assert!(held.are_within(&held));
        let mut more = held.clone();
        more.read.insert("/srv/adtap/sub".into());
        assert!(more.are_within(&held));
        more.connect.insert(443);
        assert!(!more.are_within(&held));
        let mut elsewhere = held.clone();
        elsewhere.write.insert("/srv/adtap".into());
        assert!(!elsewhere.are_within(&held));
    }
}
