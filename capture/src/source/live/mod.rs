//! Frames from network interfaces, as they arrive: one [`Live`] per worker, over its rings on every interface.
//!
//! Worker i of n has ring i of each interface, and the kernel spreads frames over the rings by the same hash everywhere, so that both directions of a
//! flow meet in one worker without a lock. A worker's rings are merged by time: a frame is lent when every other ring has a later one, or when it
//! has waited as long as the reorder window says. With one interface nothing waits.

mod door;
mod error;
mod member;
mod ring;

use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{Frame, LinkType, Poll, Source};
use crate::config::Config;
use crate::time::Timestamp;
use door::Door;
use member::Member;

pub use crate::interface::{InterfaceState, LinkState, NicCounters, Offload, RingSize, Watch};
pub use error::OpenError;
pub use ring::RingStats;
pub(crate) use ring::{Head, Ring};

/// Frames lent before the caller is asked whether it has something else to do.
const TURN: usize = 4_096;
/// How often a ring whose interface is gone is looked after.
const MEND: Duration = Duration::from_millis(100);

/// Opens every interface of `config` for `workers` workers.
///
/// Needs `CAP_NET_RAW`; afterwards only the re-opening of an interface that went and came back does.
///
/// # Errors
/// The first interface that cannot be opened, and why.
pub fn open(config: &Config, workers: u8) -> Result<Opened, OpenError> {
    if config.interfaces.is_empty() {
        return Err(OpenError::Nothing);
    }
    let workers = workers.max(1);
    let doors = config
        .interfaces
        .iter()
        .map(|interface| Door::open(interface, workers, &[]));
    let doors = doors.collect::<Result<Vec<_>, _>>()?;
    let window = Duration::from_millis(config.reorder_milliseconds.into());
    let sources = (0..workers).map(|worker| Live {
        members: (0..)
            .zip(&doors)
            .map(|(at, door)| Member::new(door.clone(), worker, at))
            .collect(),
        seq: u64::from(worker) + 1,
        step: u64::from(workers),
        window: if doors.len() > 1 { window } else { Duration::ZERO },
        due: None,
        stats: SourceStats::default(),
    });
    Ok(Opened {
        sources: sources.collect(),
        watch: Watch::new(&config.interfaces).map_err(|source| OpenError::Failed {
            interface: "netlink".to_owned(),
            source,
        })?,
        notes: Vec::new(),
    })
}

/// The present, as frames bear it (`CLOCK_REALTIME`).
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Timestamp(0).after(since)
}

/// Everything that was opened.
#[derive(Debug)]
pub struct Opened {
    /// One for each worker, in their order.
    pub sources: Vec<Live>,
    /// The NICs' side.
    pub watch: Watch,
    /// What is not as configured, in sentences: a fallback, say.
    pub notes: Vec<String>,
}

/// Totals since opening, never less than before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceStats {
    /// In the order of the configured interfaces.
    pub rings: Vec<RingStats>,
}

/// One worker's frames.
#[derive(Debug)]
pub struct Live {
    /// In the order of the configured interfaces.
    members: Vec<Member>,
    /// The next frame's number.
    seq: u64,
    /// Workers: their frames' numbers interleave.
    step: u64,
    window: Duration,
    /// When the frame is to be lent that waits for those of other rings.
    due: Option<Timestamp>,
    stats: SourceStats,
}

impl Live {
    /// Sleeps until there is a frame to be lent, or for `at_most`; looks after interfaces that are gone.
    pub fn wait(&mut self, at_most: Duration) {
        let mut timeout = at_most;
        if let Some(due) = self.due {
            timeout = timeout.min(due.since(now()));
        }
        if self.members.iter().any(Member::is_ailing) {
            timeout = timeout.min(MEND);
        }
        let nap = self.members.iter().filter_map(Member::nap).min();
        match nap {
            Some(nap) => std::thread::sleep(nap.min(timeout)),
            None => self.sleep(timeout),
        }
        self.members.iter_mut().for_each(Member::mend);
    }

    /// The time that the next frame would bear.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        now()
    }

    /// What its rings counted since they were opened.
    pub fn stats(&mut self) -> &SourceStats {
        self.stats.rings = self.members.iter_mut().map(Member::count).collect();
        &self.stats
    }

    /// Waits on those rings that have nothing: others would end it at once.
    fn sleep(&mut self, timeout: Duration) {
        let mut empty: Vec<_> = self
            .members
            .iter_mut()
            .filter_map(|member| member.head().is_none().then_some(member))
            .collect();
        let mut waited = Vec::with_capacity(empty.len());
        for (at, member) in empty.iter().enumerate() {
            if let Some(descriptor) = member.descriptor() {
                waited.push((at, PollFd::new(descriptor, PollFlags::POLLIN)));
            }
        }
        let (places, mut descriptors): (Vec<_>, Vec<_>) = waited.into_iter().unzip();
        // Timeouts of less than a millisecond would not sleep at all.
        let timeout = PollTimeout::try_from(timeout.as_millis().max(1)).unwrap_or(PollTimeout::MAX);
        // A signal is a reason to wake up too.
        let _ = poll(&mut descriptors, timeout);
        let failed = |descriptor: &PollFd<'_>| {
            descriptor
                .revents()
                .is_some_and(|events| events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL))
        };
        let failed: Vec<_> = descriptors.iter().map(failed).collect();
        for (at, _) in places.into_iter().zip(failed).filter(|(_, failed)| *failed) {
            if let Some(member) = empty.get_mut(at) {
                member.fail();
            }
        }
    }

    /// The ring whose frame is the oldest, and that frame, when it may be lent.
    fn next(&mut self, now: &mut Timestamp) -> Option<(usize, Head)> {
        let mut oldest: Option<(usize, Head)> = None;
        let mut complete = true;
        for (at, member) in self.members.iter_mut().enumerate() {
            match member.head() {
                Some(head) if oldest.is_none_or(|(_, other)| head.time < other.time) => oldest = Some((at, head)),
                Some(_) => {}
                None => complete = false,
            }
        }
        let (at, head) = oldest?;
        let due = head.time.after(self.window);
        if !complete && !self.window.is_zero() && *now < due {
            *now = self::now();
            if *now < due {
                self.due = Some(due);
                return None;
            }
        }
        Some((at, head))
    }
}

impl Source for Live {
    fn poll(&mut self, sink: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>) -> Poll {
        self.due = None;
        let mut now = Timestamp(i64::MIN);
        for _ in 0..TURN {
            let Some((at, head)) = self.next(&mut now) else {
                return Poll::Idle;
            };
            let Some(member) = self.members.get_mut(at) else {
                return Poll::Idle;
            };
            let (data, id) = member.take();
            let flow = sink(&Frame {
                seq: self.seq,
                id,
                time: head.time,
                link: LinkType::ETHERNET,
                data,
                wire_len: head.wire_len,
                stripped: head.stripped,
            });
            member.advance();
            self.seq += self.step;
            if flow.is_break() {
                break;
            }
        }
        Poll::More
    }
}
