//! What an operator may set about the daemon and its confinement.

use std::path::PathBuf;

use serde::Deserialize;

/// The `[run]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RunConfig {
    /// The user to become when started as root; whoever starts it where none is set.
    pub(crate) user: Option<String>,
    /// Directory to resolve names by: LDIF or JSON lines.
    pub(crate) directory: Vec<PathBuf>,
    /// Whether each worker keeps to a core of its own, where there are more cores than workers.
    pub(crate) pin: bool,
    /// Seconds without a sign of life after which a worker is taken for stuck, and the daemon ends to be started anew.
    pub(crate) stuck_seconds: u32,
    /// Seconds for which the end waits for the next acknowledgement before it leaves the rest in the spool.
    pub(crate) drain_seconds: u32,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            user: None,
            directory: Vec::new(),
            pin: true,
            stuck_seconds: 30,
            drain_seconds: 5,
        }
    }
}

impl RunConfig {
    /// Everything wrong with the values, each as `where: what; consequence; fix`.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.stuck_seconds < 5 {
            problems.push(format!(
                "run.stuck-seconds: {} is less than 5; a busy worker would be taken for a stuck one; leave it out",
                self.stuck_seconds
            ));
        }
        if self.user.as_ref().is_some_and(|user| user.trim().is_empty()) {
            problems.push("run.user: empty; there is no such user; name one, or leave it out".into());
        }
        problems
    }
}

/// The `[sandbox]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SandboxConfig {
    /// Whether files and TCP ports are limited to those that the configuration names (Landlock).
    pub(crate) landlock: bool,
    /// Whether system calls that the daemon never makes are refused (seccomp).
    pub(crate) seccomp: bool,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            landlock: true,
            seccomp: true,
        }
    }
}
