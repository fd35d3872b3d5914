//! One direction of a connection: heads are collected, bodies pass.
//!
//! Bytes are looked at once as they come, and what comes out does not depend on where they were cut. What is kept is a head
//! that a segment boundary cuts, or a line: one that says how long a chunk is, or, after damage, one that may start a message.

use std::borrow::Cow;

use super::wire::Start;

/// The longest head that is collected.
pub(super) const MAX_HEAD: usize = 64 * 1024;

/// The longest line of a chunk's length with its extensions, and the longest start line that is recognised after damage.
const MAX_LINE: usize = 4096;

/// What comes next in a direction.
#[derive(Debug, Default)]
pub(super) struct Lane {
    state: State,
    kept: Vec<u8>,
    /// How many more octets of this body are wanted, and those that came.
    watch: usize,
    seen: Vec<u8>,
    /// The body is handed out as it comes.
    carried: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// A head.
    #[default]
    Head,
    /// So many bytes of a body.
    Body(u64),
    /// The length of a chunk.
    Size,
    /// So many bytes of a chunk, with the line end after it.
    Chunk(u64),
    /// Lines until an empty one.
    Trailer,
    /// A body that ends with the connection.
    Rest,
    /// Anything: the next start line is searched for.
    Lost,
    /// As [`Self::Lost`], within a line that is no start line.
    Line,
}

/// What [`Lane::feed`] came upon.
#[derive(Debug)]
pub(super) enum Fed<'d> {
    /// A whole head; [`Lane::body`] or [`Lane::lose`] says how it goes on.
    Head(Cow<'d, [u8]>),
    /// What was wanted of a body, or as much as it has; see [`Lane::watch`].
    Body(Vec<u8>),
    /// The next octets of a body that is handed out as it comes; see [`Lane::carry`].
    Piece(&'d [u8]),
    /// The place of the next head is not known any more.
    Lost(&'static str),
}

/// How a message's body is framed (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunked,
    UntilClose,
}

impl Lane {
    /// A head stands at the next byte.
    pub(super) fn found(&mut self) {
        *self = Self::default();
    }

    /// The next start line is to be searched for.
    pub(super) fn lose(&mut self) {
        *self = Self {
            state: State::Lost,
            ..Self::default()
        };
    }

    /// The first `count` octets of the body that comes are wanted.
    pub(super) fn watch(&mut self, count: usize) {
        (self.watch, self.seen) = (count, Vec::new());
    }

    /// How the body of the head that was just given out is framed.
    pub(super) fn body(&mut self, body: Body) {
        self.carried = false;
        self.state = match body {
            Body::Length(0) => State::Head,
            Body::Length(length) => State::Body(length),
            Body::Chunked => State::Size,
            Body::UntilClose => State::Rest,
        };
    }

    /// As [`Self::body`], and its octets are handed out as they come.
    pub(super) fn carry(&mut self, body: Body) {
        self.body(body);
        self.carried = true;
    }

    /// Whether the next octets, whatever they are, are of a body that is handed out.
    pub(super) const fn carries(&self) -> bool {
        self.carried && matches!(self.state, State::Body(_) | State::Chunk(3..) | State::Rest)
    }

    /// Whether a body that is handed out goes on, wherever in it the next octet is.
    pub(super) fn is_within(&self) -> bool {
        self.carried && !matches!(self.state, State::Head | State::Lost | State::Line)
    }

    /// Whether the body that came last was handed out.
    pub(super) const fn has_carried(&self) -> bool {
        self.carried
    }

    /// Steps over octets that were lost of a body that is handed out; whether all of them were of it.
    pub(super) const fn pass(&mut self, missing: u64) -> bool {
        match &mut self.state {
            State::Rest if self.carried => true,
            State::Body(left) if self.carried && *left > missing => {
                *left -= missing;
                true
            }
            State::Chunk(left) if self.carried && left.saturating_sub(2) > missing => {
                *left -= missing;
                true
            }
            _ => false,
        }
    }

    /// Takes from the front of `data`. Call until nothing is left.
    pub(super) fn feed<'d>(&mut self, data: &mut &'d [u8]) -> Option<Fed<'d>> {
        match self.state {
            State::Head => return self.head(data),
            _ if self.carries() => return Some(Fed::Piece(self.piece(data))),
            State::Body(left) => {
                self.look(data, left);
                self.state = skip(data, left).map_or(State::Head, State::Body);
                return self.looked();
            }
            State::Chunk(left) => {
                self.look(data, left);
                self.state = skip(data, left).map_or(State::Size, State::Chunk);
                return self.looked();
            }
            State::Rest => *data = &[],
            State::Size | State::Trailer | State::Lost | State::Line => match self.line(data) {
                Ok(Some(line)) => return self.judge(&line),
                Ok(None) => {}
                Err(()) => return self.overlong(),
            },
        }
        None
    }

    /// The next octets of a body that is handed out.
    fn piece<'d>(&mut self, data: &mut &'d [u8]) -> &'d [u8] {
        let left = match self.state {
            State::Body(left) => left,
            State::Chunk(left) => left.saturating_sub(2),
            _ => u64::MAX,
        };
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        let (piece, rest) = data.split_at_checked(here).unwrap_or((data, &[]));
        *data = rest;
        match &mut self.state {
            State::Body(left) if *left == here as u64 => self.state = State::Head,
            State::Body(left) | State::Chunk(left) => *left -= here as u64,
            _ => {}
        }
        piece
    }

    /// Keeps what is wanted of the next octets, of which `left` belong to the body.
    fn look(&mut self, data: &[u8], left: u64) {
        let wanted = self.watch.min(usize::try_from(left).unwrap_or(usize::MAX));
        let seen = data.get(..wanted).unwrap_or(data);
        self.seen.extend_from_slice(seen);
        self.watch -= seen.len();
    }

    /// What was wanted, once it is there or the body is over.
    fn looked(&mut self) -> Option<Fed<'static>> {
        if self.seen.is_empty() || self.watch > 0 && self.state != State::Head {
            return None;
        }
        self.watch = 0;
        Some(Fed::Body(std::mem::take(&mut self.seen)))
    }

    fn head<'d>(&mut self, data: &mut &'d [u8]) -> Option<Fed<'d>> {
        if self.kept.is_empty() {
            while let [b'\r' | b'\n', rest @ ..] = *data {
                *data = rest; // RFC 9112 §2.2: empty lines before a start line are ignored
            }
            let room = data.get(..MAX_HEAD).unwrap_or(data);
            if let Some((head, rest)) = end(room, 0).and_then(|end| data.split_at_checked(end)) {
                *data = rest;
                return Some(Fed::Head(Cow::Borrowed(head)));
            }
        }
        let before = self.kept.len();
        let room = MAX_HEAD.saturating_sub(before).min(data.len());
        let (taken, rest) = data.split_at_checked(room)?;
        self.kept.extend_from_slice(taken);
        let Some(end) = end(&self.kept, before.saturating_sub(3)) else {
            *data = rest;
            if self.kept.len() < MAX_HEAD {
                return None;
            }
            self.lose();
            return Some(Fed::Lost("head too long"));
        };
        *data = data.get(end - before..).unwrap_or_default();
        let mut head = std::mem::take(&mut self.kept);
        head.truncate(end);
        Some(Fed::Head(Cow::Owned(head)))
    }

    /// The next line with its end; an error where it is longer than any that is understood.
    fn line<'d>(&mut self, data: &mut &'d [u8]) -> Result<Option<Cow<'d, [u8]>>, ()> {
        let room = MAX_LINE.saturating_sub(self.kept.len()).min(data.len());
        let (shown, _) = data.split_at_checked(room).unwrap_or((data, &[]));
        let end = shown.iter().position(|byte| *byte == b'\n').map(|newline| newline + 1);
        let (line, rest) = data.split_at_checked(end.unwrap_or(room)).unwrap_or((data, &[]));
        *data = rest;
        if end.is_some() && self.kept.is_empty() {
            return Ok(Some(Cow::Borrowed(line)));
        }
        self.kept.extend_from_slice(line);
        match end {
            Some(_) => Ok(Some(Cow::Owned(std::mem::take(&mut self.kept)))),
            None if self.kept.len() < MAX_LINE => Ok(None),
            None => Err(()),
        }
    }

    fn judge(&mut self, line: &[u8]) -> Option<Fed<'static>> {
        match self.state {
            State::Size => match size(line) {
                Some(0) => self.state = State::Trailer,
                Some(size) => self.state = State::Chunk(size.saturating_add(2)),
                None => {
                    self.lose();
                    return Some(Fed::Lost("chunk size"));
                }
            },
            State::Trailer if line.trim_ascii().is_empty() => {
                self.state = State::Head;
                return self.looked();
            }
            State::Lost if Start::read(line.trim_ascii_end()).is_some() => {
                self.state = State::Head;
                self.kept = line.to_vec();
            }
            State::Line => self.state = State::Lost,
            _ => {}
        }
        None
    }

    fn overlong(&mut self) -> Option<Fed<'static>> {
        self.kept.clear();
        let searching = matches!(self.state, State::Lost | State::Line);
        self.state = State::Line;
        (!searching).then_some(Fed::Lost("line too long"))
    }
}

/// Where the empty line ends that ends a head, searched from `from` on.
fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(newline) = bytes.get(at..)?.iter().position(|byte| *byte == b'\n') {
        at += newline + 1;
        match bytes.get(at..) {
            Some([b'\n', ..]) => return Some(at + 1),
            Some([b'\r', b'\n', ..]) => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// Skips up to `left` bytes; how many are still to skip.
fn skip(data: &mut &[u8], left: u64) -> Option<u64> {
    let here = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
    *data = data.get(here..).unwrap_or_default();
    Some(left - here as u64).filter(|left| *left > 0)
}

/// `chunk-size [ chunk-ext ] CRLF` (RFC 9112 §7.1)
fn size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
