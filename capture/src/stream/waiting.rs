//! What arrived before the bytes in front of it: copies, disjoint and sorted.

use std::time::Duration;

use super::distance;
use crate::flow::FrameId;
use crate::stats::Stats;
use crate::time::Timestamp;

/// What a waiting segment costs beyond its bytes; also bounds the number of segments that wait.
pub(super) const OVERHEAD: usize = 512;
/// The same in time, for flows that fall silent.
pub(crate) const PATIENCE: Duration = Duration::from_millis(10);

/// Payload of one segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) sequence: u32,
    pub(crate) data: &'a [u8],
    /// Bytes behind `data` that were sent but not captured.
    pub(crate) missing: u32,
    /// Nobody reads any of it: it matters how many bytes they are, not whether they were captured.
    pub(crate) unread: bool,
    pub(crate) time: Timestamp,
    pub(crate) frame: FrameId,
}

/// What arrived before its time.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Disjoint, sorted by distance from `next`.
    pub(super) parts: Vec<Part>,
    pub(super) cost: usize,
    pub(super) since: Timestamp,
    /// When the receiver was seen to have the bytes of the hole, and packets since.
    pub(super) acked: Option<(Timestamp, u8)>,
}

#[derive(Debug)]
pub(super) struct Part {
    pub(super) sequence: u32,
    pub(super) data: Box<[u8]>,
    pub(super) missing: u32,
    pub(super) unread: bool,
    pub(super) time: Timestamp,
    pub(super) frame: FrameId,
}

impl<'a> Piece<'a> {
    pub(super) const fn length(&self) -> u32 {
        self.data.len() as u32 + self.missing
    }

    /// The same without the bytes themselves.
    const fn counted(self) -> Self {
        Self {
            data: &[],
            missing: self.length(),
            ..self
        }
    }

    /// The first `count` bytes and the rest.
    pub(super) fn split(self, count: u32) -> (Self, Self) {
        let (data, rest) = self.data.split_at(self.data.len().min(count as usize));
        let missing = self.missing.min(count - data.len() as u32);
        let first = Self { data, missing, ..self };
        let sequence = self.sequence.wrapping_add(first.length());
        (
            first,
            Self {
                sequence,
                data: rest,
                missing: self.missing - missing,
                ..self
            },
        )
    }
}

impl Part {
    pub(super) fn piece(&self) -> Piece<'_> {
        let Self {
            sequence,
            ref data,
            missing,
            unread,
            time,
            frame,
        } = *self;
        Piece {
            sequence,
            data,
            missing,
            unread,
            time,
            frame,
        }
    }
}

impl Waiting {
    pub(super) const fn new(since: Timestamp) -> Self {
        Self {
            parts: Vec::new(),
            cost: 0,
            since,
            acked: None,
        }
    }

    /// Keeps copies of what is new of `piece`; bytes that were there already are counted.
    pub(super) fn fill(&mut self, next: u32, mut piece: Piece<'_>, stats: &mut Stats) {
        let behind = |part: &Part| distance(next, part.sequence) + part.piece().length() as i32;
        let start = distance(next, piece.sequence);
        let mut at = self.parts.partition_point(|part| behind(part) <= start);
        while let Some(part) = self.parts.get(at) {
            let (sequence, length) = (part.sequence, part.piece().length());
            let room = distance(piece.sequence, sequence).max(0) as u32;
            let (free, rest) = piece.split(room.min(piece.length()));
            if free.length() > 0 {
                self.put(at, free);
                at += 1;
            }
            let covered = distance(rest.sequence, sequence.wrapping_add(length)).max(0) as u32;
            let (covered, rest) = rest.split(covered.min(rest.length()));
            stats.overlap_bytes += covered.data.len() as u64;
            if rest.length() == 0 {
                return;
            }
            piece = rest;
            at += 1;
        }
        self.put(at, piece);
    }

    fn put(&mut self, at: usize, piece: Piece<'_>) {
        let Piece {
            sequence,
            data,
            missing,
            unread,
            time,
            frame,
        } = if piece.unread { piece.counted() } else { piece };
        self.cost += data.len() + OVERHEAD;
        self.parts.insert(
            at,
            Part {
                sequence,
                data: data.into(),
                missing,
                unread,
                time,
                frame,
            },
        );
    }

    pub(super) fn is_due(&self, now: Timestamp, patience: Duration) -> bool {
        let acknowledged = self.acked.is_some_and(|(since, _)| since.after(PATIENCE) <= now);
        acknowledged || self.since.after(patience) <= now
    }
}
