//! What can go wrong with receiving.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why a receiver does not run; each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// The configuration cannot work: `where: what; consequence; fix`.
    #[error("{0}")]
    Config(String),
    /// Two receivers would store the same activities twice.
    #[error("{}: another receiver stores here; stop it, or name another folder", .0.display())]
    Locked(PathBuf),
    /// The address is taken, or not ours.
    #[error("{address}: cannot listen ({source}); nothing was started; choose another address or port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The disk said no.
    #[error("{}: {what} ({source})", path.display())]
    Store {
        /// The file or folder.
        path: PathBuf,
        /// What could not be done.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The server ended by itself.
    #[error("the server ended: {0}")]
    Server(String),
}

impl ReceiverError {
    /// For `map_err`: `what` could not be done with `path`.
    pub(super) fn store(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Store { path, what, source }
    }
}
