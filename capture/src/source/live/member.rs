//! A worker's ring on one interface, over all its lives: the interface may go and come back, the counters stay.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::socket::{getsockopt, sockopt::SocketError};

use super::door::Door;
use super::ring::{Head, Ring, RingStats};
use crate::flow::{CaptureId, FrameId};

/// How long a dead ring is read on before it is given up: longer than the kernel keeps a block that is not full.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// How often a ring is asked whether it lives, after the kernel reported an error on it.
const CHECK: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Member {
    ring: Option<Box<dyn Ring>>,
    again: Again,
    id: FrameId,
    stats: RingStats,
    /// Since when the kernel says that something is wrong with the interface.
    suspect: Option<Doubt>,
    checked: Option<Instant>,
    /// When a ring that does not tell was last asked.
    asked: Instant,
}

/// Something is wrong with the interface.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    since: Instant,
    /// Frames that had been lent when it had said its last words.
    received: u64,
}

/// How a ring is opened again.
#[derive(Debug)]
enum Again {
    /// By itself.
    Itself,
    /// With those of the other workers.
    Together {
        door: Arc<Door>,
        worker: u8,
        generation: u64,
    },
}

impl Member {
    /// The ring of `worker` behind `door`.
    pub(super) fn behind(door: &Arc<Door>, worker: u8, interface: u16) -> Self {
        let mut generation = 0;
        let ring = door.fetch(worker, &mut generation);
        let door = Arc::clone(door);
        let again = Again::Together {
            door,
            worker,
            generation,
        };
        Self::new(ring, again, interface)
    }

    /// A ring that looks after itself.
    pub(super) fn alone(ring: Box<dyn Ring>, interface: u16) -> Self {
        Self::new(Some(ring), Again::Itself, interface)
    }

    fn new(ring: Option<Box<dyn Ring>>, again: Again, interface: u16) -> Self {
        Self {
            ring,
            again,
            id: FrameId {
                capture: CaptureId(interface),
                number: 0,
            },
            stats: RingStats::default(),
            suspect: None,
            checked: None,
            asked: Instant::now(),
        }
    }

    /// The interface's place in the configuration.
    pub(super) fn interface(&self) -> usize {
        usize::from(self.id.capture.0)
    }

    /// The current frame, if there is one.
    pub(super) fn head(&mut self) -> Option<Head> {
        self.ring.as_mut()?.head()
    }

    /// Itself, where there is no frame.
    pub(super) fn if_empty(&mut self) -> Option<&mut Self> {
        self.head().is_none().then_some(self)
    }

    /// Its bytes and its place, which it now has; `late`, where others were lent that came after it.
    pub(super) fn take(&mut self, late: bool) -> (&[u8], FrameId) {
        let data = self.ring.as_ref().map_or(&[][..], |ring| ring.data());
        self.id.number += 1;
        self.stats.received += 1;
        self.stats.late += u64::from(late);
        self.stats.bytes += data.len() as u64;
        (data, self.id)
    }

    /// Goes on to the next frame.
    pub(super) fn advance(&mut self) {
        if let Some(ring) = &mut self.ring {
            ring.advance();
        }
    }

    /// What came through up to now.
    pub(super) fn count(&mut self) -> RingStats {
        if let Some(ring) = &mut self.ring {
            // A socket whose interface is gone still says; should one not, its last numbers stand.
            let _ = ring.count(&mut self.stats);
        }
        self.stats
    }

    /// Counts from 0 again.
    pub(super) fn restart(&mut self) {
        self.count();
        self.stats = RingStats::default();
    }

    /// What to wait on.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.ring.as_ref().map(|ring| ring.as_fd())
    }

    /// How long to sleep instead of waiting on the descriptor.
    pub(super) fn nap(&mut self) -> Option<Duration> {
        self.ring.as_mut()?.nap()
    }

    /// Whether [`Member::mend`] wants to be called now and then.
    pub(super) const fn is_ailing(&self) -> bool {
        self.suspect.is_some() || self.ring.is_none()
    }

    /// The kernel reported an error.
    pub(super) fn fail(&mut self) {
        if let Some(ring) = &self.ring {
            // Reading the error takes it back, else it would be reported at once again.
            let _ = getsockopt(&ring.as_fd(), SocketError);
        }
        self.doubt();
    }

    /// Looks whether the interface is still there, and opens the ring again when it is there again. Only a ring with nothing to read is looked at.
    pub(super) fn mend(&mut self) {
        self.ask();
        let checked = self.checked.is_some_and(|checked| checked.elapsed() < CHECK);
        if !self.is_ailing() || checked || self.head().is_some() {
            return;
        }
        self.checked = Some(Instant::now());
        let alive = self.ring.as_ref().is_some_and(|ring| ring.is_alive());
        if let Some(doubt) = &mut self.suspect
            && doubt.since.elapsed() <= LAST_WORDS
        {
            doubt.received = self.stats.received;
            return;
        }
        if alive && self.suspect.is_some_and(|doubt| doubt.received != self.stats.received) {
            self.suspect = None; // it was set down, and up again
        }
        if !alive && self.reopen() {
            self.suspect = None;
            self.stats.reopened += 1;
        }
    }

    /// Asks a ring that does not tell by itself whether it lives.
    fn ask(&mut self) {
        let silent = self.ring.as_ref().filter(|ring| !ring.tells_of_errors());
        if let Some(ring) = silent
            && self.suspect.is_none()
            && self.asked.elapsed() > CHECK
        {
            self.asked = Instant::now();
            if !ring.is_alive() {
                self.doubt();
            }
        }
    }

    fn doubt(&mut self) {
        let doubt = Doubt {
            since: Instant::now(),
            received: self.stats.received,
        };
        self.suspect.get_or_insert(doubt);
    }

    fn reopen(&mut self) -> bool {
        self.count();
        match &mut self.again {
            Again::Itself => self.ring.as_mut().is_some_and(|ring| ring.revive()),
            Again::Together {
                door,
                worker,
                generation,
            } => {
                if let Some(dead) = self.ring.take() {
                    Door::close(dead);
                }
                self.ring = door.fetch(*worker, generation);
                self.ring.is_some()
            }
        }
    }
}
