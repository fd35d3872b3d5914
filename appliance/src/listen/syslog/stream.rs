//! A stream of messages as it comes, in pieces: what waits for its end, and what is passed over.

use parsers::event::{Framed, Framer};

/// One connection's octets.
#[derive(Debug)]
pub(super) struct Stream {
    framer: Framer,
    waiting: Vec<u8>,
    /// Octets of an oversized message that are still to come.
    skip: u64,
}

/// What taking messages from a stream amounted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// Messages longer than the limit.
    pub(super) oversized: u64,
}

impl Stream {
    /// Messages of at most `limit` octets.
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            framer: Framer::new(limit),
            waiting: Vec::new(),
            skip: 0,
        }
    }

    /// Octets arrived.
    pub(super) fn feed(&mut self, octets: &[u8]) {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(octets.len());
        self.skip -= skipped as u64;
        self.waiting
            .extend_from_slice(octets.get(skipped..).unwrap_or_default());
    }

    /// Shows `sink` every message that is whole; `idle` says that nothing came for a moment, or comes any more.
    pub(super) fn take(&mut self, idle: bool, mut sink: impl FnMut(&[u8])) -> Taken {
        let (mut taken, mut at) = (Taken::default(), 0);
        while let Some(rest) = self.waiting.get(at..).filter(|rest| !rest.is_empty()) {
            match self.framer.next(rest, idle) {
                Framed::More => break,
                Framed::Message { start, end, next } => {
                    sink(rest.get(start..end).unwrap_or_default());
                    at += next;
                }
                Framed::Oversized { next } => {
                    taken.oversized += 1;
                    let here = (rest.len() as u64).min(next);
                    self.skip = next - here;
                    at += here as usize;
                }
                Framed::Rest { next } => at += next,
            }
        }
        self.waiting.drain(..at.min(self.waiting.len()));
        taken
    }

    /// Whether a message has begun and not ended.
    pub(super) const fn is_open(&self) -> bool {
        !self.waiting.is_empty() || self.skip > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_anywhere_a_stream_has_the_same_messages() {
        let stream = b"5 <13>a9 <14>bb\ncc2 <1<15>d\n<16>e\n300 <16>";
        let long = [stream.as_slice(), &[b'x'; 296], b"7 <17>end"].concat();
        for step in 1..long.len() {
            let (mut reader, mut found, mut oversized) = (Stream::new(100), Vec::new(), 0);
            for piece in long.chunks(step) {
                reader.feed(piece);
                oversized += reader.take(false, |message| found.push(message.to_vec())).oversized;
            }
            oversized += reader.take(true, |message| found.push(message.to_vec())).oversized;
            let found: Vec<_> = found.iter().map(|message| String::from_utf8_lossy(message)).collect();
            assert_eq!(
                found,
                ["<13>a", "<14>bb\ncc", "<1", "<15>d", "<16>e", "<17>end"],
                "in pieces of {step}"
            );
            assert_eq!((oversized, reader.is_open()), (1, false));
        }
    }

    #[test]
    fn what_is_passed_over_is_not_kept() {
        let mut reader = Stream::new(10);
        reader.feed(b"900000000 ");
        assert_eq!(reader.take(false, |_| panic!("none")).oversized, 1);
        for _ in 0..1_000 {
            reader.feed(&[b'x'; 1_000]);
            assert_eq!(reader.take(false, |_| panic!("none")).oversized, 0);
            assert!(reader.waiting.is_empty() && reader.is_open());
        }
    }
}
