//! One holder of an address, from when to when, and every piece of evidence for it.

use capture::Timestamp;
use compact_str::CompactString;
use thin_vec::{ThinVec, thin_vec};

use super::claim::{Claim, Spans, Standing};
use crate::entity::Method;
use crate::host::HostName;

/// The most pieces of evidence for one holder: one a method and standing, of which there are fewer.
const MAX_PIECES: usize = 24;
/// The time shown with evidence moves in steps of this.
const STEP: std::time::Duration = std::time::Duration::from_secs(60);

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) method: Method,
    pub(crate) standing: Standing,
    /// As it stood there.
    pub(crate) name: CompactString,
    pub(crate) domain: Option<CompactString>,
    /// Seen first and last; shown is the last, kept to the minute.
    pub(crate) first: Timestamp,
    pub(crate) seen: Timestamp,
    pub(crate) shown: Timestamp,
    pub(crate) until: Option<Timestamp>,
}

impl Piece {
    pub(crate) fn new(claim: &Claim<'_>, now: Timestamp) -> Self {
        Self {
            method: claim.method,
            standing: claim.standing,
            name: claim.name.into(),
            domain: claim.domain.map(Into::into),
            first: now,
            seen: now,
            shown: now,
            until: claim.until,
        }
    }

    /// Whether `claim` says the same.
    fn says(&self, claim: &Claim<'_>) -> bool {
        self.method == claim.method
            && self.standing == claim.standing
            && self.name == claim.name
            && self.domain.as_deref() == claim.domain
    }

    /// Whether the machine itself proved that it is there, and not a service of its name.
    pub(crate) fn is_machines_proof(&self) -> bool {
        self.standing == Standing::Proof && self.method != Method::KerberosService
    }

    /// When it is no longer worth what it was, and when nothing.
    pub(crate) const fn worth(&self, spans: &Spans) -> Timestamp {
        spans.worth(self.standing, self.seen, self.until)
    }

    pub(crate) const fn end(&self, spans: &Spans) -> Timestamp {
        spans.end(self.standing, self.seen, self.until)
    }

    /// Whether it speaks for the moment `at`: from a little before it was first seen.
    pub(crate) fn speaks(&self, at: Timestamp, spans: &Spans) -> bool {
        self.first <= at.after(spans.wait) && at < self.end(spans)
    }

    /// The latest time known at which it was seen and that is not after `at`, else the first.
    pub(crate) fn shown_at(&self, at: Timestamp) -> Timestamp {
        if self.shown <= at { self.shown } else { self.first }
    }

    /// Seen again; true where the minute that is shown moved.
    fn again(&mut self, claim: &Claim<'_>, now: Timestamp) -> bool {
        self.seen = self.seen.max(now);
        self.first = self.first.min(now); // a clock that was set back
        self.until = claim.until.max(self.until);
        let steps = self.seen.since(self.shown) >= STEP;
        if steps {
            self.shown = self.seen;
        }
        steps
    }
}

/// Why a tenure ended before its evidence did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Another computer proved that it holds the address.
    Proof,
    /// The address was granted to another.
    Lease,
    /// It was given back.
    Release,
    /// The computer was at another address meanwhile.
    Moved,
    /// The same computer came back after its proof had faded.
    Renewed,
}

/// What became of a tenure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) closed: Option<(Timestamp, Closed)>,
    /// When the computer proved that it is at another address.
    pub(crate) moved: Option<Timestamp>,
}

/// One holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenure {
    /// The fullest of its names.
    pub(crate) host: HostName,
    pub(crate) from: Timestamp,
    /// What became of it; nothing, of most.
    pub(crate) fate: Option<Box<Fate>>,
    /// Whether it has several addresses at a time.
    pub(crate) several: bool,
    /// Most have one or two.
    pub(crate) pieces: ThinVec<Piece>,
}

/// What a repeated claim did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It says nothing that was said before.
    New,
    /// It was said before.
    Same,
    /// It was, and the time shown with it moved.
    Moved,
}

impl Tenure {
    pub(crate) fn new(host: HostName, piece: Piece) -> Self {
        Self {
            host,
            from: piece.first,
            fate: None,
            several: false,
            pieces: thin_vec![piece],
        }
    }

    /// When it was closed, and why.
    pub(crate) fn closed(&self) -> Option<(Timestamp, Closed)> {
        self.fate.as_ref()?.closed
    }

    /// When the computer proved that it is at another address.
    pub(crate) fn moved(&self) -> Option<Timestamp> {
        self.fate.as_ref()?.moved
    }

    /// The computer proved that it is at another address; or is back, and did not.
    pub(crate) fn set_moved(&mut self, moved: Option<Timestamp>) {
        if moved.is_some() || self.fate.is_some() {
            self.fate.get_or_insert_default().moved = moved;
        }
    }

    /// Whether `claim` was made of it before and still holds at `now`.
    pub(crate) fn repeat(&mut self, claim: &Claim<'_>, now: Timestamp, spans: &Spans) -> Repeat {
        if self.closed().is_some() || (self.moved().is_some() && claim.standing == Standing::Proof) {
            return Repeat::New;
        }
        match self.pieces.iter_mut().find(|piece| piece.says(claim)) {
            Some(piece) if now < piece.worth(spans) => match piece.again(claim, now) {
                true => Repeat::Moved,
                false => Repeat::Same,
            },
            _ => Repeat::New,
        }
    }

    /// One more piece; how many gave way to it.
    pub(crate) fn add(&mut self, host: &HostName, piece: Piece) -> u64 {
        self.host.learn(host);
        let like = |held: &Piece| held.method == piece.method && held.standing == piece.standing;
        let mut replaced = 0;
        if let Some(held) = self.pieces.iter_mut().find(|held| like(held)) {
            replaced = u64::from(held.name != piece.name);
            *held = piece;
        } else if self.pieces.len() < MAX_PIECES {
            self.pieces.reserve_exact(1);
            self.pieces.push(piece);
        } else {
            replaced = 1;
        }
        replaced
    }

    /// When it ended, or will.
    pub(crate) fn end(&self, spans: &Spans) -> Timestamp {
        let ends = self.pieces.iter().map(|piece| piece.end(spans));
        let fades = ends.max().unwrap_or(self.from);
        self.closed().map_or(fades, |(closed, _)| closed.min(fades))
    }

    /// Whether it goes on at `now`.
    pub(crate) fn is_open(&self, now: Timestamp, spans: &Spans) -> bool {
        self.closed().is_none() && now < self.end(spans)
    }

    /// The pieces that speak for `at`.
    pub(crate) fn live<'a>(&'a self, at: Timestamp, spans: &'a Spans) -> impl Iterator<Item = &'a Piece> + Clone {
        let over = self.closed().is_some_and(|(closed, _)| closed <= at);
        let pieces = self.pieces.iter().filter(move |_| !over);
        pieces.filter(move |piece| piece.speaks(at, spans))
    }

    /// When it was last heard of.
    pub(crate) fn seen(&self) -> Timestamp {
        let seen = self.pieces.iter().map(|piece| piece.seen);
        seen.max().unwrap_or(self.from)
    }

    pub(crate) fn is_proved(&self) -> bool {
        self.pieces.iter().any(|piece| piece.standing == Standing::Proof)
    }

    /// The address is no longer its.
    pub(crate) fn close(&mut self, now: Timestamp, why: Closed) {
        self.fate.get_or_insert_default().closed = Some((now, why));
    }
}
