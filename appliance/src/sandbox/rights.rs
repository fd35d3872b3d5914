//! Capabilities and the user: capabilities(7).
//!
//! Capturing needs `CAP_NET_RAW`, AF_XDP also `CAP_BPF` and `CAP_NET_ADMIN`. They are kept for as long as the daemon runs,
//! since an interface that vanished and came back is opened again; every other one goes.

use std::path::Path;

use caps::{CapSet, Capability, CapsHashSet};
use capture::Mode;
use nix::unistd::{Gid, Uid, User, chown, initgroups, setgid, setuid};

use crate::exit::{Code, Failure};

/// What capturing with `config` needs for as long as it goes on, and listening at a port below 1024 where that is wanted.
pub(crate) fn kept(config: &capture::Config, privileged_port: bool) -> CapsHashSet {
    let mut kept = CapsHashSet::from([Capability::CAP_NET_RAW]);
    if config.interfaces.iter().any(|interface| interface.mode == Mode::AfXdp) {
        kept.extend([Capability::CAP_NET_ADMIN, Capability::CAP_BPF]);
    }
    if privileged_port {
        kept.insert(Capability::CAP_NET_BIND_SERVICE);
    }
    kept
}

/// Capabilities that are needed and not there.
pub(crate) struct Missing(Vec<String>);

impl Missing {
    /// Those of `needed` that this process does not have.
    pub(crate) fn of(needed: &CapsHashSet) -> Self {
        let have = caps::read(None, CapSet::Effective).unwrap_or_default();
        let mut missing: Vec<_> = needed.difference(&have).map(ToString::to_string).collect();
        missing.sort();
        Self(missing)
    }

    /// The failure to leave with, where any is missing.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let names = self.0.join(", ");
        let closed = match self.0.as_slice() {
            [one] if one == "CAP_NET_BIND_SERVICE" => "no port below 1024 can be listened at",
            _ => "no interface can be opened",
        };
        let sentence = format!(
            "{names} is missing; {closed}; start it as root, or by deploy/systemd/adtap.service, which grants it"
        );
        Err(Failure::new(Code::NoPermission, sentence))
    }
}

/// Becomes `user` where the process is root, keeping its capabilities for now. `folders` are made for them first, should they
/// be missing: they could not.
pub(crate) fn become_user(user: &str, folders: &[&Path]) -> anyhow::Result<()> {
    if !Uid::effective().is_root() {
        return Ok(());
    }
    let found = User::from_name(user).ok().flatten().ok_or_else(|| {
        let sentence =
            format!("run.user: there is no user {user:?}; nothing was started; add them (useradd --system {user})");
        Failure::new(Code::Config, sentence)
    })?;
    for folder in folders.iter().filter(|folder| !folder.exists()) {
        make_for(folder, found.uid, found.gid)?;
    }
    let refused = |what: String| Failure::new(Code::NoPermission, format!("{user:?} cannot be become: {what}"));
    caps::securebits::set_keepcaps(true).map_err(|error| refused(error.to_string()))?;
    let name = std::ffi::CString::new(user)?;
    initgroups(&name, found.gid)
        .and_then(|()| setgid(found.gid))
        .and_then(|()| setuid(found.uid))
        .map_err(|error| refused(error.to_string()))?;
    // The effective set is emptied by a change of user; the permitted one was kept.
    let permitted = caps::read(None, CapSet::Permitted).map_err(|error| refused(error.to_string()))?;
    caps::set(None, CapSet::Effective, &permitted).map_err(|error| refused(error.to_string()))?;
    Ok(())
}

fn make_for(folder: &Path, user: Uid, group: Gid) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let refused = |error: &dyn std::fmt::Display| {
        let sentence = format!(
            "{} cannot be made: {error}; name another in the configuration",
            folder.display()
        );
        Failure::new(Code::CannotCreate, sentence)
    };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| refused(&error))?;
    chown(folder, Some(user), Some(group)).map_err(|error| refused(&error))?;
    Ok(())
}

/// Gives up every capability but `kept`, and new ones for good. Answers what is left.
pub(super) fn drop_to(kept: &CapsHashSet) -> anyhow::Result<String> {
    let failed = |error: caps::errors::CapsError| Failure::new(Code::NoPermission, format!("capabilities: {error}"));
    let have = caps::read(None, CapSet::Permitted).map_err(failed)?;
    let left: CapsHashSet = have.intersection(kept).copied().collect();
    if have.contains(&Capability::CAP_SETPCAP) {
        for unwanted in caps::all().difference(kept) {
            // The kernel may know fewer than this program.
            let _ = caps::drop(None, CapSet::Bounding, *unwanted);
        }
    }
    caps::clear(None, CapSet::Ambient).map_err(failed)?;
    caps::set(None, CapSet::Effective, &left).map_err(failed)?;
    caps::set(None, CapSet::Permitted, &left).map_err(failed)?;
    caps::clear(None, CapSet::Inheritable).map_err(failed)?;
    nix::sys::prctl::set_no_new_privs()?;
    let mut names: Vec<_> = left.iter().map(ToString::to_string).collect();
    names.sort();
    Ok(format!(
        "capabilities: {}",
        if names.is_empty() {
            "none".into()
        } else {
            names.join(" ")
        }
    ))
}
