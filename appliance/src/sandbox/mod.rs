//! What the daemon gives up once its sockets are open: rights, files and system calls it has no use for.
//!
//! Everything here happens on the first thread, before any other is started: they inherit it. What a kernel cannot do is said
//! and not insisted on; what the configuration switches off is not done.

mod calls;
mod config;
mod files;
mod rights;

use caps::CapsHashSet;

pub(crate) use config::{RunConfig, SandboxConfig};
pub(crate) use files::Grants;
pub(crate) use rights::{Missing, become_user, kept};

/// Confines the process for good. Answers a sentence about what holds from now on.
pub(crate) fn enter(config: &SandboxConfig, kept: &CapsHashSet, grants: &Grants) -> anyhow::Result<String> {
    let mut holds = vec![rights::drop_to(kept)?];
    if config.landlock {
        holds.push(files::restrict(grants)?);
    }
    if config.seccomp {
        holds.push(calls::refuse(kept)?);
    }
    Ok(holds.join("; "))
}
