//! A worker's rings become one source: their frames by time.
//!
//! Invariant: a frame is lent when every other ring has a later one, or when it is older than the reorder window; so frames are in order as long
//! as no ring is later than that, and none waits longer.

use std::ops::ControlFlow;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::SourceStats;
use super::elephants::Elephants;
use super::member::Member;
use super::ring::{Head, RingStats};
use crate::source::{Frame, LinkType, Poll, Source};
use crate::time::Timestamp;

/// Frames lent before the caller is asked whether it has something else to do.
const TURN: usize = 4_096;
/// How often a ring whose interface is gone is looked after.
const MEND: Duration = Duration::from_millis(100);

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
    /// Rings that had nothing when they were last looked at.
    empty: usize,
    /// When the frame is to be lent that waits for those of other rings.
    due: Option<Timestamp>,
    stats: SourceStats,
    elephants: Elephants,
    /// The latest time of a frame that was lent.
    latest: Timestamp,
}

impl Live {
    pub(super) fn new(members: Vec<Member>, first: u64, step: u64, window: Duration, elephants: Elephants) -> Self {
        Self {
            window: if members.len() > 1 { window } else { Duration::ZERO },
            members,
            seq: first,
            step,
            empty: 0,
            due: None,
            stats: SourceStats::default(),
            elephants,
            latest: Timestamp(i64::MIN),
        }
    }

    /// Counts anew: another pipeline reads on from here.
    pub fn restart(&mut self) {
        self.members.iter_mut().for_each(Member::restart);
    }

    /// Sleeps until there is a frame to be lent, or for `at_most`; looks after interfaces that are gone.
    pub fn wait(&mut self, at_most: Duration) {
        let mut timeout = at_most;
        if let Some(due) = self.due {
            timeout = timeout.min(due.since(super::now()));
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
        super::now()
    }

    /// Who is to be told what of its flows nobody reads ([`crate::Assembly::tell`]).
    #[must_use]
    pub fn elephants(&self) -> Elephants {
        self.elephants.clone()
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
        let mut empty: Vec<_> = self.members.iter_mut().filter_map(Member::if_empty).collect();
        if empty.len() != self.empty {
            return; // something has come since it was last looked
        }
        let waited = empty.iter().filter_map(|member| member.descriptor());
        let mut waited: Vec<_> = waited
            .map(|descriptor| PollFd::new(descriptor, PollFlags::POLLIN))
            .collect();
        let timeout = PollTimeout::try_from(timeout.as_micros().div_ceil(1_000)).unwrap_or(PollTimeout::MAX);
        // A signal is a reason to wake up too.
        let _ = poll(&mut waited, timeout);
        let failed: Vec<_> = waited.iter().map(is_failed).collect();
        let waited = empty.iter_mut().filter(|member| member.descriptor().is_some());
        for (member, _) in waited.zip(failed).filter(|(_, failed)| *failed) {
            member.fail();
        }
    }

    /// The ring whose frame is the oldest, and that frame, when it may be lent.
    fn next(&mut self, now: &mut Timestamp) -> Option<(usize, Head)> {
        let mut oldest: Option<(usize, Head)> = None;
        self.empty = 0;
        for (at, member) in self.members.iter_mut().enumerate() {
            match member.head() {
                Some(head) if oldest.is_none_or(|(_, other)| head.time < other.time) => oldest = Some((at, head)),
                Some(_) => {}
                None => self.empty += 1,
            }
        }
        let (_, head) = oldest?;
        let due = head.time.after(self.window);
        if self.empty > 0 && !self.window.is_zero() && *now < due {
            *now = super::now();
            if *now < due {
                self.due = Some(due);
                return None;
            }
        }
        oldest
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
        let several = self.members.len() > 1;
        for _ in 0..TURN {
            let Some((at, head)) = self.next(&mut now) else {
                return Poll::Idle;
            };
            let Some(member) = self.members.get_mut(at) else {
                return Poll::Idle;
            };
            let late = several && head.time < self.latest;
            self.latest = self.latest.max(head.time);
            let (data, id) = member.take(late);
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

#[cfg(test)]
mod tests;
