//! Change notification: on a connection of its own, a controller tells at once that something has changed, so that nobody has
//! to wait for the next look. What has changed is found out by that look, as ever; without notices, it comes a little later.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use resolver::directory::sync::{notification, refused};
use tokio::task::JoinHandle;

use super::connection::Source;

/// The least time from one look to the next that a notice brings about: a busy controller has something to tell all the time.
pub(super) const LEAST: Duration = Duration::from_secs(1);
/// Before a controller that refuses is asked again, and before a connection that broke is made anew.
const REFUSED: Duration = Duration::from_secs(600);
const BROKEN: Duration = Duration::from_secs(30);

/// A controller that is listened to; no more when this is dropped.
#[derive(Debug)]
pub(super) struct Notice {
    heard: Arc<Heard>,
    task: JoinHandle<()>,
    since: Instant,
}

#[derive(Debug, Default)]
struct Heard {
    changed: AtomicBool,
    /// Why it does not tell.
    refused: Mutex<Option<String>>,
}

impl Notice {
    /// Listens from now on to what changes below `base`, the head of a naming context.
    pub(super) fn listen(source: Source, base: String) -> Self {
        let heard = Arc::<Heard>::default();
        Self {
            task: tokio::spawn(listen(source, base, Arc::clone(&heard))),
            heard,
            since: Instant::now(),
        }
    }

    /// Whether something has changed since [`Self::take`] was last called.
    pub(super) fn is_waiting(&self) -> bool {
        self.heard.changed.load(Ordering::Relaxed)
    }

    /// Takes note of what was told; whether there was anything.
    pub(super) fn take(&self) -> bool {
        self.heard.changed.swap(false, Ordering::Relaxed)
    }

    /// Why the controller does not tell.
    pub(super) fn refused(&self) -> Option<String> {
        self.heard
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether it has ended, and is to be tried again.
    pub(super) fn is_over(&self) -> bool {
        let pause = if self.refused().is_some() { REFUSED } else { BROKEN };
        self.task.is_finished() && self.since.elapsed() >= pause
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Until the controller refuses, or the connection breaks.
async fn listen(source: Source, base: String, heard: Arc<Heard>) {
    let Ok(mut connection) = source.connect().await else {
        return; // whoever looks is told
    };
    let host = source.host.clone();
    drop(source);
    let search = notification(base);
    let told = connection.stand(&search, || heard.changed.store(true, Ordering::Relaxed));
    if let Ok(done) = told.await {
        let why = format!("{host}: {}", refused(&done));
        *heard.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }
}
