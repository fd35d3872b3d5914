//! One receive queue: frames are looked at where they lie and given back to the kernel.
#![expect(unsafe_code, reason = "frames lie in memory that the kernel writes to")]

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use super::Mode;
use nix::sys::resource::{Resource, getrlimit};

use super::attachment::{Attachment, Turn};
use super::bound::{Bound, Found};
use super::bpf::{Attach, ElephantMap};
use super::clock::Clock;
use super::counters::Counters;
use super::error::Error;
use super::pace::Pace;
use super::shape::Size;
use super::socket::{Hurry, Statistics};
use super::umem::Note;
use crate::source::live::{self, Head, RingStats};

/// Frames after which the clocks are compared.
const LOOK: u64 = 4_096;

/// One queue of an interface; it carries its counters on when it is opened again.
#[derive(Debug)]
pub(crate) struct Ring {
    attachment: Arc<Attachment>,
    queue: u32,
    size: Size,
    attach: Attach,
    turn: Turn,
    bound: Bound,
    first: Option<First>,
    together: Vec<u8>,
    clock: Clock,
    pace: Pace,
    rested: u64,
    counters: Counters,
    /// Counters as they were told to the source.
    counted: Counters,
    /// Losses of sockets before this one.
    before: Statistics,
}

/// The first frame that was not given back.
#[derive(Clone, Copy, Debug)]
struct First {
    head: Head,
    /// Descriptors it takes.
    pieces: u32,
    address: u64,
    len: u32,
}

impl Ring {
    pub(super) fn open(attachment: Arc<Attachment>, queue: u32, size: Size) -> Result<Self, Error> {
        let bound = Bound::open(&attachment, queue, size, Hurry::Patient)?;
        let mut clock = Clock::default();
        clock.look();
        Ok(Self {
            attachment,
            queue,
            size,
            attach: Attach::Generic,
            turn: Turn::default(),
            bound,
            first: None,
            together: Vec::new(),
            clock,
            pace: Pace::default(),
            rested: 0,
            counters: Counters::default(),
            counted: Counters::default(),
            before: Statistics::default(),
        })
    }

    /// From now on frames arrive.
    pub(super) fn attach(&mut self) -> Result<(), Error> {
        (self.attach, self.turn) = self.attachment.attach(self.turn)?;
        Ok(())
    }

    /// The queue's number on its interface.
    #[cfg(test)]
    pub(super) const fn queue(&self) -> u32 {
        self.queue
    }

    /// How frames come here.
    pub(crate) const fn mode(&self) -> Mode {
        Mode {
            attach: self.attach,
            zero_copy: self.bound.socket.is_zero_copy(),
            long_frames: self.bound.socket.takes_pieces(),
        }
    }

    /// Who is told what of the frames nobody reads.
    pub(crate) fn elephants(&self) -> Option<Arc<ElephantMap>> {
        self.attachment.elephants().map(Arc::clone)
    }

    /// How long to sleep rather than to poll(2) for input; to be asked once before each wait.
    pub(super) fn rest(&mut self) -> Option<Duration> {
        self.clock.look();
        let frames = self.counters.received - self.rested;
        self.rested = self.counters.received;
        if self.bound.fill.needs_wakeup() {
            self.bound.socket.wake();
        }
        self.pace.nap(frames)
    }

    /// Opens the queue again on the interface of that name; frames that still waited become hidden loss.
    ///
    /// # Errors
    /// As [`super::open`]; nothing has changed then.
    pub(super) fn reopen(&mut self) -> Result<(), Error> {
        // A worker that has other rings to read waits for nobody: it tries again later.
        let bound = self.bind_again()?;
        self.attach()?;
        self.before = self.losses();
        self.first = None;
        self.bound = bound;
        Ok(())
    }

    /// Without `CAP_IPC_LOCK`, which was there at the start, locked memory is limited: what there is of it is shared by the queues, and by the
    /// rings before these, which are let go of one after the other.
    fn bind_again(&self) -> Result<Bound, Error> {
        let open = |size| Bound::open(&self.attachment, self.queue, size, Hurry::Now);
        open(self.size).or_else(|error| {
            let (limit, _) = getrlimit(Resource::RLIMIT_MEMLOCK).unwrap_or_default();
            let share = limit / u64::from(self.attachment.queues()) / 2;
            match self.size.within(share) {
                Some(size) if error.is_of_memory() => open(size),
                _ => Err(error),
            }
        })
    }

    /// Where the queue's frames went, up to now.
    pub(super) fn counters(&mut self) -> &Counters {
        let (attachment, queue) = (&self.attachment, self.queue);
        let quiet = self.counters.take_program(|counter| attachment.counter(queue, counter));
        self.counters.take_socket(&self.losses());
        self.counters.waiting = u64::from(self.bound.rx.waiting());
        self.counters.balance(&quiet);
        &self.counters
    }

    fn losses(&self) -> Statistics {
        let now = self.bound.socket.statistics().map(|now| self.before.plus(now));
        // A socket that does not say: what it said last stands.
        now.unwrap_or(self.counters.socket())
    }

    /// Finds the next frame that makes sense.
    fn look(&mut self) -> Option<First> {
        loop {
            let Some((address, len, options)) = self.bound.rx.peek(0) else {
                self.bound.fill.tell();
                return None;
            };
            let found = if options & libc::XDP_PKT_CONTD == 0 {
                self.bound.whole(address, len)
            } else {
                self.bound.pieces(&mut self.together)
            };
            match found {
                Found::Frame { note, wire_len, pieces } => {
                    let head = self.head_of(note, wire_len);
                    self.counters.truncated += u64::from(pieces > 1 && self.together.len() < wire_len as usize);
                    return Some(First {
                        head,
                        pieces,
                        address,
                        len,
                    });
                }
                Found::Unfinished => return None,
                Found::Nonsense { pieces } => {
                    self.bound.give_back(pieces);
                    self.counters.invalid += 1;
                }
            }
        }
    }

    fn head_of(&self, note: Option<Note>, wire_len: u32) -> Head {
        Head {
            time: note.map_or_else(Clock::now, |note| self.clock.real(note.time)),
            wire_len: note.map_or(wire_len, |note| note.len.max(wire_len)),
            stripped: None,
        }
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bound.socket.as_fd()
    }
}

impl live::Ring for Ring {
    fn head(&mut self) -> Option<Head> {
        if self.first.is_none() {
            self.first = self.look();
        }
        self.first.map(|first| first.head)
    }

    fn data(&self) -> &[u8] {
        match self.first {
            Some(first) if first.pieces == 1 => {
                // SAFETY: the descriptor of this chunk was not given back: `advance` takes the ring mutably, so nothing is borrowed from it then.
                unsafe { self.bound.umem.frame(first.address, first.len) }.unwrap_or_default()
            }
            Some(_) => &self.together,
            None => &[],
        }
    }

    fn advance(&mut self) {
        if let Some(first) = self.first.take() {
            self.bound.give_back(first.pieces);
            self.counters.received += 1;
            if self.counters.received.is_multiple_of(LOOK) {
                self.clock.look();
            }
        }
    }

    fn count(&mut self, stats: &mut RingStats) -> io::Result<()> {
        let before = self.counted;
        self.counted = *self.counters();
        self.counted.report(&before, stats);
        Ok(())
    }

    fn is_alive(&self) -> bool {
        let here = self.attachment.index().is_ok_and(|index| index == self.bound.index);
        here && !self.bound.socket.is_orphaned()
    }

    fn tells_of_errors(&self) -> bool {
        false // a socket without an interface is never ready, for anything (net/xdp/xsk.c, `xsk_poll`)
    }

    fn revive(&mut self) -> bool {
        self.reopen().is_ok()
    }

    fn nap(&mut self) -> Option<Duration> {
        self.rest()
    }
}
