//! Who moves the mark: the appender within its commits, or a thread of its own behind them.
//!
//! The mark is what sending needs, and not what survival needs: a record is safe once its segment is synced. With a thread for
//! the mark, whoever waits for a commit waits for one sync, and the next commit begins while the mark of the last is written.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::mark::Mark;
use super::shared::Shared;

/// After a disk error, how long until the next attempt.
const RETRY: Duration = Duration::from_secs(1);

/// How the appender has the mark moved.
#[derive(Debug)]
pub(super) enum Marking {
    /// It does it itself.
    Here(Mark),
    /// A [`Marker`] does, when the bell rings.
    There(SyncSender<()>),
}

impl Marking {
    /// Hands the mark to a [`Marker`]; none where one has it already.
    pub(super) fn part(&mut self, shared: &Arc<Shared>, lock: &Arc<File>) -> Option<Marker> {
        let (ring, bell) = sync_channel(1);
        match std::mem::replace(self, Self::There(ring)) {
            Self::Here(mark) => Some(Marker {
                shared: Arc::clone(shared),
                mark,
                bell,
                failing: false,
                _lock: Arc::clone(lock),
            }),
            there @ Self::There(_) => {
                *self = there;
                None
            }
        }
    }

    /// Everything up to `id` is synced: it may be sent once the mark is there, too.
    pub(super) fn move_up(&mut self, shared: &Shared, id: u64) -> io::Result<()> {
        match self {
            Self::Here(mark) => {
                mark.write(id)?;
                shared.marked(id);
            }
            // That it rings already is enough.
            Self::There(ring) => drop(ring.try_send(())),
        }
        Ok(())
    }
}

/// Moves the mark up to what is synced, and lets that be sent.
#[derive(Debug)]
pub struct Marker {
    shared: Arc<Shared>,
    mark: Mark,
    bell: Receiver<()>,
    /// The disk has failed, and that was told.
    failing: bool,
    /// The spool is open for as long as the mark may move.
    _lock: Arc<File>,
}

impl Marker {
    /// Works until the appender is dropped. What cannot be marked is not sent, and tried again.
    pub fn run(mut self) {
        loop {
            match self.bell.recv_timeout(RETRY) {
                Err(RecvTimeoutError::Timeout) if !self.failing => {}
                Err(RecvTimeoutError::Disconnected) => return self.move_up(),
                _ => self.move_up(),
            }
        }
    }

    fn move_up(&mut self) {
        let (synced, marked) = self.shared.synced();
        if synced <= marked {
            return;
        }
        match self.mark.write(synced) {
            Ok(()) => {
                self.shared.marked(synced);
                self.failing = false;
            }
            Err(error) if !self.failing => {
                self.failing = true;
                tracing::error!(
                    "{}: the spool's mark cannot be written ({error}); what is synced is kept and not sent until it can; mend the disk",
                    self.shared.directory.display()
                );
            }
            Err(_) => {}
        }
    }
}
