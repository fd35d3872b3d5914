//! Frames from network interfaces, as they arrive: one [`Live`] per worker, over its rings on every interface.
//!
//! Worker i of n has ring i of each interface, and the kernel spreads frames over the rings by the same hash everywhere, so that both directions of a
//! flow meet in one worker without a lock. A worker's rings are merged by time: a frame is lent when every other ring has a later one, or when it
//! has waited as long as the reorder window says. With one interface nothing waits.

mod door;
mod error;
mod member;
mod opening;
mod ring;

use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{Frame, LinkType, Poll, Source};
use crate::config::Config;
use crate::time::Timestamp;
use member::Member;
use opening::Opening;

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
/// Needs `CAP_NET_RAW`, and for AF_XDP `CAP_NET_ADMIN` and `CAP_BPF`; afterwards only to open an interface again that went and came back, which
/// `CAP_NET_RAW` is enough for.
///
/// # Errors
/// The first interface that cannot be opened, and why.
pub fn open(config: &Config, workers: u8) -> Result<Opened, OpenError> {
    if config.interfaces.is_empty() {
        return Err(OpenError::Nothing);
    }
    let mut opening = Opening::new(config, workers.max(1));
    (0..)
        .zip(&config.interfaces)
        .try_for_each(|(at, interface)| opening.open(at, interface))?;
    let watch = Watch::new(&config.interfaces).map_err(|source| OpenError::Failed {
        interface: "rtnetlink".to_owned(),
        source,
    })?;
    let window = Duration::from_millis(config.reorder_milliseconds.into());
    let step = opening.members.len() as u64;
    let sources = (1..).zip(opening.members);
    Ok(Opened {
        sources: sources
            .map(|(first, members)| Live::new(members, first, step, window))
            .collect(),
        watch,
        modes: opening.modes,
        notes: opening.notes,
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
    /// How frames are taken from each interface: `tpacket`, `af-xdp native, copied`, …
    pub modes: Vec<String>,
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
    fn new(members: Vec<Member>, first: u64, step: u64, window: Duration) -> Self {
        Self {
            window: if members.len() > 1 { window } else { Duration::ZERO },
            members,
            seq: first,
            step,
            due: None,
            stats: SourceStats::default(),
        }
    }

    /// Sleeps until there is a frame to be lent, or for `at_most`; looks after interfaces that are gone.
    pub fn wait(&mut self, at_most: Duration) {
        let mut timeout = at_most;
        if let Some(due) = self.due {
            timeout = timeout.min(due.since(now()));
        }
        if self.members.iter().any(Member::is_ailing) {
            timeout = timeout.min(MEND);
        }
        let nap = self.members.iter_mut().filter_map(Member::nap).min();
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
        self.stats.rings.clear();
        for member in &mut self.members {
            let at = member.interface();
            if self.stats.rings.len() <= at {
                self.stats.rings.resize(at + 1, RingStats::default());
            }
            if let Some(total) = self.stats.rings.get_mut(at) {
                total.add(&member.count());
            }
        }
        &self.stats
    }

    /// Waits on those rings that have nothing: others would end it at once.
    fn sleep(&mut self, timeout: Duration) {
        let mut empty: Vec<_> = self
            .members
            .iter_mut()
            .filter_map(|member| member.head().is_none().then_some(member))
            .collect();
        let waited = empty.iter().filter_map(|member| member.descriptor());
        let mut waited: Vec<_> = waited
            .map(|descriptor| PollFd::new(descriptor, PollFlags::POLLIN))
            .collect();
        let timeout = PollTimeout::try_from(timeout.as_micros().div_ceil(1_000)).unwrap_or(PollTimeout::MAX);
        // A signal is a reason to wake up too.
        let _ = poll(&mut waited, timeout);
        let mut failed = waited.iter().map(is_failed).collect::<Vec<_>>().into_iter();
        for member in empty.iter_mut().filter(|member| member.descriptor().is_some()) {
            if failed.next() == Some(true) {
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

fn is_failed(descriptor: &PollFd<'_>) -> bool {
    let bad = PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL;
    descriptor.revents().is_some_and(|events| events.intersects(bad))
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
