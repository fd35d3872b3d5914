//! Requests of transactions that come in several messages: parameters and data are put together before they are read
//! ([MS-CIFS] 3.2.4.1.5).

use crate::smb::smb1::transaction::{Part, Transaction};

/// The most that is kept of either: requests that are read fit a message as a rule.
const MOST: usize = 64 * 1024;

/// Parameters or data, as far as they arrived.
#[derive(Debug, Default)]
struct Pieces {
    bytes: Vec<u8>,
    /// How many arrived, kept or not.
    arrived: u32,
    total: u32,
}

impl Pieces {
    /// Puts a part where it belongs; false where it is more than is kept.
    fn add(&mut self, part: &Part<'_>) -> bool {
        self.total = match self.arrived {
            0 => part.total,
            // The total may be mended downwards on the way.
            _ => part.total.min(self.total),
        };
        self.arrived = self.arrived.saturating_add(part.length);
        let at = part.at as usize;
        let end = at.saturating_add(part.bytes.len());
        if end > MOST {
            return false;
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if let Some(place) = self.bytes.get_mut(at..end) {
            place.copy_from_slice(part.bytes);
        }
        true
    }

    const fn are_complete(&self) -> bool {
        self.arrived >= self.total
    }
}

/// A transaction of which parts are still to come.
#[derive(Debug, Default)]
pub(super) struct Partial {
    pub(super) function: Option<u16>,
    pub(super) setup: Vec<u8>,
    parameters: Pieces,
    data: Pieces,
}

impl Partial {
    /// Begins with the first message of a transaction; also false where it is more than is kept.
    pub(super) fn begin(first: &Transaction<'_>) -> (Self, bool) {
        let mut partial = Self {
            function: first.function,
            setup: first.setup.to_vec(),
            ..Self::default()
        };
        let fits = partial.add(first);
        (partial, fits)
    }

    /// Another message of it; false where it is more than is kept.
    pub(super) fn add(&mut self, message: &Transaction<'_>) -> bool {
        let parameters = self.parameters.add(&message.parameters);
        self.data.add(&message.data) && parameters
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.parameters.are_complete() && self.data.are_complete()
    }

    pub(super) fn parameters(&self) -> &[u8] {
        &self.parameters.bytes
    }

    pub(super) fn data(&self) -> &[u8] {
        &self.data.bytes
    }
}
