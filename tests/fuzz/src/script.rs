//! A conversation as bytes: what a target makes of its input, and a seed's maker of a flow.
//!
//! ```text
//! flags(1) { control(1) length(2, little-endian) bytes(length) }*
//! ```
//! Any bytes are a conversation; a length beyond the end means what is left.

use capture::Direction;

/// Most bytes a gap has: more than any PDU that is read whole.
const GAP: u64 = 17;

/// What happens next on the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes of a stream, or a datagram.
    Bytes(Direction, &'a [u8]),
    /// So many bytes were lost.
    Gap(Direction, u64),
    /// Packet time passes beyond every timeout.
    Wait,
}

/// The flow's opening was not seen.
pub(crate) const MIDSTREAM: u8 = 1;
/// The flow is one of datagrams, where the protocol has both.
pub(crate) const DATAGRAMS: u8 = 2;

/// The flags, and the pieces that follow.
pub(crate) fn decode(data: &[u8]) -> (u8, Vec<Piece<'_>>) {
    let Some((flags, mut rest)) = data.split_first() else {
        return (0, Vec::new());
    };
    let mut pieces = Vec::new();
    while let &[control, low, high, ref after @ ..] = rest {
        let direction = if control & 1 == 0 {
            Direction::Up
        } else {
            Direction::Down
        };
        let length = u16::from_le_bytes([low, high]);
        if control & 0xf0 == 0x40 {
            pieces.push(Piece::Gap(direction, u64::from(length) * GAP));
            rest = after;
        } else if control & 0xf0 == 0x50 {
            pieces.push(Piece::Wait);
            rest = after;
        } else {
            let (bytes, after) = after.split_at(usize::from(length).min(after.len()));
            pieces.push(Piece::Bytes(direction, bytes));
            rest = after;
        }
    }
    (*flags, pieces)
}

/// The conversation of these bytes, as [`Target`](crate::Target)s read it.
#[must_use]
pub fn encode<'a>(datagrams: bool, pieces: impl IntoIterator<Item = (Direction, &'a [u8])>) -> Vec<u8> {
    let mut data = vec![if datagrams { DATAGRAMS } else { 0 }];
    for (direction, bytes) in pieces {
        for part in bytes.chunks(usize::from(u16::MAX)) {
            data.push(u8::from(direction == Direction::Down));
            data.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_le_bytes());
            data.extend(part);
        }
    }
    data
}
