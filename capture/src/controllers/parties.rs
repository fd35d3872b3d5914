//! Whose a flow is, and which of its directions were seen.

use crate::decode::{Packet, Transport};
use crate::table::Side;
use crate::time::Timestamp;

/// No controller.
pub(super) const NOBODY: u16 = u16::MAX;
/// Segments from one side alone after which nobody waits for the other any more.
const ALONE: u8 = 16;

/// Which controllers a flow belongs to, and what was seen of its directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parties {
    /// Places of accounts, by side.
    pub(super) places: [u16; 2],
    /// The side that proves to be a controller by answering.
    pub(super) proves: Option<Side>,
    /// Segments from each side, as far as that matters.
    heard: [u8; 2],
    /// What was heard acknowledges something.
    acknowledges: bool,
    counted: bool,
}

/// A packet that reached its flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) side: Side,
    pub(crate) time: Timestamp,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    /// It has payload.
    pub(crate) speaks: bool,
    /// It is a TCP segment that acknowledges something.
    pub(crate) acknowledges: bool,
}

impl Arrival {
    pub(crate) fn new(packet: &Packet<'_>, side: Side, time: Timestamp, frames: u64) -> Self {
        let (speaks, acknowledges) = match &packet.payload {
            Transport::Tcp(segment) => (!segment.data.is_empty(), segment.acknowledgment.is_some()),
            Transport::Udp(_) => (true, false),
        };
        Self {
            side,
            time,
            frames,
            bytes: packet.bytes.len() as u64 + u64::from(packet.payload.missing()),
            speaks,
            acknowledges,
        }
    }
}

/// Which directions of a TCP flow were seen.
#[derive(Clone, Copy)]
pub(super) enum Directions {
    Both,
    Only(Side),
}

impl Parties {
    pub(super) const NONE: Self = Self {
        places: [NOBODY; 2],
        proves: None,
        heard: [0; 2],
        acknowledges: false,
        counted: false,
    };

    pub(super) fn is_none(&self) -> bool {
        self.places == [NOBODY; 2]
    }

    pub(super) const fn of(&self, side: Side) -> u16 {
        let [first, second] = self.places;
        match side {
            Side::First => first,
            Side::Second => second,
        }
    }

    pub(super) const fn set(&mut self, side: Side, place: u16) {
        let [first, second] = &mut self.places;
        match side {
            Side::First => *first = place,
            Side::Second => *second = place,
        }
    }

    /// What is known of the directions by now, if that is new.
    pub(super) fn hear(&mut self, arrival: &Arrival) -> Option<Directions> {
        if self.counted {
            return None;
        }
        let [first, second] = &mut self.heard;
        let heard = match arrival.side {
            Side::First => first,
            Side::Second => second,
        };
        *heard = heard.saturating_add(1);
        self.acknowledges |= arrival.acknowledges;
        self.alone(ALONE)
    }

    /// Counted once: at the second direction's first segment, or when `enough` of one are there and prove that there is another.
    pub(super) fn alone(&mut self, enough: u8) -> Option<Directions> {
        let directions = match self.heard {
            _ if self.counted || !self.acknowledges => return None,
            [0, second] if second >= enough => Directions::Only(Side::Second),
            [first, 0] if first >= enough => Directions::Only(Side::First),
            [first, second] if first > 0 && second > 0 => Directions::Both,
            _ => return None,
        };
        self.counted = true;
        Some(directions)
    }
}
