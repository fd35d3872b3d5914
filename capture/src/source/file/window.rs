//! A sliding window over a byte stream: records are parsed where they were read, without copying them out.
//!
//! Invariant: the buffer never outgrows [`MAX_RECORD`] and a read's worth beyond, whatever lengths the file claims.

use std::io::{self, Read};

/// The longest record that is held; larger ones are corrupt or hostile.
pub(super) const MAX_RECORD: usize = 16 << 20;

/// Bytes read but not yet consumed.
pub(super) struct Window {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset of `start` in the (decompressed) stream.
    offset: u64,
    /// What the buffer goes back to after a large record.
    usual: usize,
}

impl Window {
    /// A window that reads `usual` bytes at a time and counts offsets from `offset`.
    pub(super) fn new(usual: usize, offset: u64) -> Self {
        Self {
            buffer: vec![0; usual],
            start: 0,
            end: 0,
            offset,
            usual,
        }
    }

    /// Offset of the first unconsumed byte.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// What has been read and not consumed.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads until `count` bytes are there; false when the stream ends before. `count` is at most [`MAX_RECORD`].
    pub(super) fn want(&mut self, input: &mut impl Read, count: usize) -> io::Result<bool> {
        if self.end - self.start >= count {
            return Ok(true);
        }
        self.make_room(count.min(MAX_RECORD));
        while self.end - self.start < count {
            let Some(space) = self.buffer.get_mut(self.end..) else {
                return Ok(false);
            };
            match input.read(space) {
                Ok(0) => return Ok(false),
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Moves what is there to the front and sizes the buffer for `count` bytes.
    fn make_room(&mut self, count: usize) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let size = self.usual.max(count).max(self.end);
        if self.buffer.len() != size {
            self.buffer.resize(size, 0);
            self.buffer.shrink_to_fit();
        }
    }

    /// Drops `count` bytes that are there.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// Drops `count` bytes, reading over those that are not there yet; false when the stream ends before.
    pub(super) fn skip(&mut self, input: &mut impl Read, mut count: u64) -> io::Result<bool> {
        loop {
            let here = self.bytes().len().min(usize::try_from(count).unwrap_or(usize::MAX));
            self.consume(here);
            count -= here as u64;
            if count == 0 {
                return Ok(true);
            }
            if !self.want(input, 1)? {
                return Ok(false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_for_a_record_and_shrinks_again() {
        let data: Vec<u8> = (0..10_000u32).map(|n| n as u8).collect();
        let mut input = data.as_slice();
        let mut window = Window::new(16, 0);
        assert!(window.want(&mut input, 5_000).unwrap());
        assert_eq!(window.bytes()[4_999], data[4_999]);
        window.consume(5_000);
        assert!(window.want(&mut input, 10).unwrap());
        assert_eq!((window.buffer.len(), window.offset()), (16, 5_000));
        assert!(window.skip(&mut input, 4_990).unwrap());
        assert_eq!(window.offset(), 9_990);
        assert!(!window.want(&mut input, 11).unwrap());
        assert!(window.want(&mut input, 10).unwrap());
        assert!(!window.skip(&mut input, 11).unwrap());
    }
}
