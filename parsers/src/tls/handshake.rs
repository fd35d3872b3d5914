//! Handshake messages out of the records that carry them: several in one, or one over several (RFC 8446 §5.1).

use super::wire::{CERTIFICATE, CLIENT_HELLO, SERVER_HELLO};

/// Octets of a handshake message's header: `HandshakeType(1) length(3)`.
const HEADER: usize = 4;

/// The longest message that is put together; chains of certificates are a few thousand octets.
const MAX_MESSAGE: usize = 64 * 1024;

/// One direction's messages.
#[derive(Debug, Default)]
pub(super) struct Handshake {
    /// The beginning of a message that the last record cut.
    kept: Vec<u8>,
    /// Octets to come of a message that nobody reads.
    skip: usize,
}

/// A message that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) kind: u8,
    pub(super) body: &'a [u8],
    /// Not cut by a gap.
    pub(super) whole: bool,
}

/// What stands at the front of some octets.
enum Front {
    /// A message of so many octets that is read.
    Read(usize),
    /// A message of so many octets that is not.
    Skip(usize),
    /// A message that is longer than any that is put together.
    Long(usize),
    /// Less than a header.
    Part,
}

fn front(bytes: &[u8]) -> Front {
    let Some(&[kind, a, b, c]) = bytes.first_chunk::<HEADER>() else {
        return Front::Part;
    };
    let length = HEADER.saturating_add(usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX));
    match kind {
        CLIENT_HELLO | SERVER_HELLO | CERTIFICATE if length <= MAX_MESSAGE => Front::Read(length),
        CLIENT_HELLO | SERVER_HELLO | CERTIFICATE => Front::Long(length),
        _ => Front::Skip(length),
    }
}

impl Handshake {
    /// The next record's contents; `cut` where a gap took its end. Every message that ends in it goes to `each`; true where
    /// one was too long.
    pub(super) fn record(&mut self, data: &[u8], cut: bool, mut each: impl FnMut(Message<'_>)) -> bool {
        if self.kept.is_empty() {
            let (used, long) = self.messages(data, cut, &mut each);
            self.kept.extend_from_slice(data.get(used..).unwrap_or_default());
            return long;
        }
        let mut kept = std::mem::take(&mut self.kept);
        kept.extend_from_slice(data);
        let (used, long) = self.messages(&kept, cut, &mut each);
        kept.drain(..used.min(kept.len()));
        self.kept = kept;
        long
    }

    /// Something was lost: the next record is taken to begin with a message.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    fn messages(&mut self, data: &[u8], cut: bool, each: &mut impl FnMut(Message<'_>)) -> (usize, bool) {
        let (mut at, mut long) = (self.skip.min(data.len()), false);
        self.skip -= at;
        while let Some(rest) = data.get(at..).filter(|rest| !rest.is_empty()) {
            let (Front::Read(length) | Front::Skip(length) | Front::Long(length)) = front(rest) else {
                break;
            };
            let read = matches!(front(rest), Front::Read(_));
            long |= matches!(front(rest), Front::Long(_));
            let message = rest.get(..length).unwrap_or(rest);
            let whole = message.len() == length;
            if read && !whole && !cut {
                break;
            }
            if let (true, [kind, _, _, _, body @ ..]) = (read, message) {
                each(Message {
                    kind: *kind,
                    body,
                    whole,
                });
            }
            at += message.len();
            self.skip = length - message.len();
        }
        if cut {
            self.skip = 0;
            return (data.len(), long);
        }
        (at, long)
    }
}
