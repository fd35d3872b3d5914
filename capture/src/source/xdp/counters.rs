//! Where the frames of a queue went, to the frame.

use super::program::Counter;
use super::socket::Statistics;
use crate::source::live::RingStats;

/// Frames that may be on their way from the program to the ring: a driver's budget (`NAPI_POLL_WEIGHT`, 64) for a few processors.
const ON_THEIR_WAY: u64 = 256;

/// Totals of one queue since it was first opened; none ever falls, but for `waiting`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters {
    /// Frames that reached the program.
    pub(super) seen: u64,
    /// Frames that the filter dropped.
    pub(super) filtered: u64,
    /// Frames of a queue without a socket: of one that the driver got later, or while the interface was re-opened.
    pub(super) unclaimed: u64,
    /// Frames on their way to the socket.
    pub(super) redirected: u64,
    /// Frames that the filter shortened, still counted where they went.
    pub(super) cut: u64,
    /// Bytes cut from them.
    pub(super) cut_bytes: u64,
    /// Frames whose driver had no room for time and length, still counted where they went.
    pub(super) unmarked: u64,
    /// Frames lent.
    pub(super) received: u64,
    /// Frames in the ring.
    pub(super) waiting: u64,
    /// Frames whose descriptor made no sense.
    pub(super) invalid: u64,
    /// Frames lent short because they were longer than any frame is, still counted as received.
    pub(super) truncated: u64,
    /// Frames that the kernel dropped: no free chunk, or longer than a chunk where the driver takes no pieces (`rx_dropped`).
    pub(super) dropped: u64,
    /// Frames that found the ring full (`rx_ring_full`).
    pub(super) ring_full: u64,
    /// Frames redirected that arrived neither here nor in a counter of the kernel's.
    pub(super) hidden: u64,
    /// Times that the kernel looked for a free chunk in vain, in zero-copy mode before a frame came (`rx_fill_ring_empty_descs`).
    pub(super) fill_empty: u64,
    /// Chunks given to the kernel that made no sense to it (`rx_invalid_descs`).
    pub(super) fill_invalid: u64,
}

impl Counters {
    /// Frames that were to be lent and never will be.
    pub(super) const fn lost(&self) -> u64 {
        self.unclaimed + self.invalid + self.dropped + self.ring_full + self.hidden
    }

    /// Adds what came since `before` to `stats`.
    pub(super) fn report(&self, before: &Self, stats: &mut RingStats) {
        let had = |counters: &Self| counters.redirected + counters.unclaimed;
        stats.kernel += had(self) - had(before);
        stats.dropped += self.lost() - before.lost();
        stats.filtered += self.filtered - before.filtered;
        stats.cut += self.cut - before.cut;
        stats.cut_bytes += self.cut_bytes - before.cut_bytes;
        stats.truncated += self.truncated - before.truncated;
        stats.invalid += self.invalid - before.invalid;
        stats.ring_full += self.ring_full - before.ring_full;
        stats.fill_empty += self.fill_empty - before.fill_empty;
    }

    /// Takes the program's counters; before [`Self::take_socket`], so that nothing seems lost that arrived meanwhile.
    pub(super) fn take_program(&mut self, read: impl Fn(Counter) -> u64) -> Quiet {
        let before = self.redirected;
        // The outcomes first: a frame may be seen that has none yet.
        self.filtered = read(Counter::Filtered);
        self.unclaimed = read(Counter::Unclaimed);
        self.redirected = read(Counter::Redirected);
        self.cut = read(Counter::Cut);
        self.cut_bytes = read(Counter::CutBytes);
        self.unmarked = read(Counter::Unmarked);
        self.seen = read(Counter::Seen);
        Quiet(before == self.redirected)
    }

    /// Takes the kernel's counters, of this socket and those before it.
    pub(super) const fn take_socket(&mut self, all: &Statistics) {
        self.dropped = all.dropped;
        self.ring_full = all.ring_full;
        self.fill_empty = all.fill_empty;
        self.fill_invalid = all.invalid;
    }

    /// The kernel's counters as they were taken last.
    pub(super) const fn socket(&self) -> Statistics {
        Statistics {
            dropped: self.dropped,
            invalid: self.fill_invalid,
            ring_full: self.ring_full,
            fill_empty: self.fill_empty,
        }
    }

    /// What neither this process nor the kernel knows of: exact when nothing came since the last time, at least so many else.
    pub(super) fn balance(&mut self, quiet: &Quiet) {
        let known = self.received + self.waiting + self.invalid + self.dropped + self.ring_full;
        let margin = if quiet.0 { 0 } else { ON_THEIR_WAY };
        let hidden = self.redirected.saturating_sub(known + margin);
        self.hidden = self.hidden.max(hidden);
    }
}

/// Whether the program redirected nothing since it was last asked.
#[derive(Debug)]
pub(super) struct Quiet(bool);

#[cfg(test)]
mod tests {
    use super::*;

    fn program(redirected: u64) -> impl Fn(Counter) -> u64 {
        move |counter| match counter {
            Counter::Seen => redirected + 7,
            Counter::Filtered => 7,
            Counter::Redirected => redirected,
            _ => 0,
        }
    }

    #[test]
    fn what_no_counter_shows_is_hidden_loss() {
        let mut counters = Counters {
            received: 90,
            waiting: 4,
            ..Counters::default()
        };
        let quiet = counters.take_program(program(100));
        counters.take_socket(&Statistics {
            dropped: 3,
            ..Statistics::default()
        });
        counters.balance(&quiet);
        assert_eq!(counters.hidden, 0, "frames may still be on their way");
        let quiet = counters.take_program(program(100));
        counters.balance(&quiet);
        assert_eq!((counters.hidden, counters.lost()), (3, 6));
        assert_eq!(
            counters.seen,
            counters.filtered + counters.unclaimed + counters.redirected
        );
    }

    #[test]
    fn under_way_is_not_lost_and_lost_stays_lost() {
        let mut counters = Counters::default();
        let quiet = counters.take_program(program(10_000));
        counters.balance(&quiet);
        assert_eq!(counters.hidden, 10_000 - ON_THEIR_WAY);
        counters.received = 20_000;
        let quiet = counters.take_program(program(20_000));
        counters.balance(&quiet);
        assert_eq!(counters.hidden, 10_000 - ON_THEIR_WAY);
    }
}
