//! What is known of addresses, kept beside the spool: written every few minutes and at the end, read at the start.
//!
//! The file is the old one or the new one, whatever happens in between. One that cannot be used is told and left behind: an
//! empty beginning costs certainty for a while, and no activity.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use resolver::Resolver;

/// How often it is written.
const EVERY: Duration = Duration::from_secs(300);

/// The file in the spool's folder.
pub(crate) fn path(spool: &Path) -> PathBuf {
    spool.join("addresses")
}

/// Takes over what was kept.
pub(super) fn restore(resolver: &mut Resolver, path: &Path) {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => {
            tracing::warn!(
                "{}: cannot be read ({error}); addresses are learnt anew; check who owns it",
                path.display()
            );
            return;
        }
    };
    if let Err(error) = resolver.restore(&bytes) {
        tracing::warn!(
            "{}: {error}; addresses are learnt anew, and the file is replaced within minutes; nothing else is lost",
            path.display()
        );
    }
}

/// What is known, as bytes.
fn kept(resolver: &Resolver) -> Option<Vec<u8>> {
    let bytes = resolver.keep();
    let told = bytes.inspect_err(|error| {
        tracing::error!("what is known of addresses cannot be kept ({error}); it is lost at the next start unless a later try succeeds; free memory");
    });
    told.ok()
}

/// Writes what comes until nobody keeps any more.
pub(super) fn write(path: &Path, kept: &Receiver<Vec<u8>>) {
    let mut told = false;
    for bytes in kept {
        match uplink::replace(path, &bytes) {
            Ok(()) => told = false,
            Err(error) if !told => {
                told = true;
                tracing::error!(
                    "{}: cannot be written ({error}); what is known of addresses is lost at the next start; free space or check who owns the folder",
                    path.display()
                );
            }
            Err(_) => {}
        }
    }
}

/// Hands over what is known, now and then.
pub(super) struct Keeper {
    kept: Sender<Vec<u8>>,
    last: Instant,
}

impl Keeper {
    /// A keeper, and where what it hands over comes out.
    pub(super) fn new() -> (Self, Receiver<Vec<u8>>) {
        let (kept, receiver) = bounded(1);
        let last = Instant::now();
        (Self { kept, last }, receiver)
    }

    /// It may be time again. A disk that is still busy with the one before is not waited for.
    pub(super) fn glance(&mut self, resolver: &Resolver) {
        if self.last.elapsed() < EVERY {
            return;
        }
        self.last = Instant::now();
        if self.kept.is_empty() {
            let _ = kept(resolver).map(|bytes| self.kept.try_send(bytes));
        }
    }

    /// The end: this one is waited for.
    pub(super) fn last(self, resolver: &Resolver) {
        let _ = kept(resolver).map(|bytes| self.kept.send(bytes));
    }
}
