//! Keys of services, given by whoever owns them: with them tickets and authenticators open, and tell who shows them.
//!
//! Off unless configured, and then for labs and for chosen services: whoever has a keytab can forge the service's tickets.
//! Keys leave this folder neither as output nor as text, and are wiped when they are dropped.

mod crypto;
mod file;
mod opened;
mod pac;
#[cfg(test)]
mod tests;
mod ticket;

pub(super) use crypto::Usage;
pub(super) use opened::{PRESENTED, TGT, open};

use zeroize::Zeroize;

use super::types::{PrincipalName, Ticket};
use crate::reader::Malformed;
use crypto::{Key, Plain};

/// The most keys that are tried on one ticket.
const MAX_TRIES: usize = 64;

/// The keys of one or more keytabs.
#[derive(Debug, Default)]
pub struct Keys(Vec<Entry>);

/// A key, and whose it is.
#[derive(Debug)]
struct Entry {
    realm: Vec<u8>,
    name: Vec<Vec<u8>>,
    /// Version of the key; 0 where none is told.
    kvno: u32,
    key: Key,
}

/// Why a ticket stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    /// There is no key of its encryption type.
    NoKey,
    /// No key of its encryption type fits.
    WrongKey,
}

impl Keys {
    /// Reads a keytab in MIT's format 0x502, and wipes what it was read from. Keys of encryption types that cannot be opened
    /// are passed over.
    ///
    /// # Errors
    /// What breaks the format.
    pub fn read(mut keytab: Vec<u8>) -> Result<Self, Malformed> {
        let entries = file::read(&keytab);
        keytab.zeroize();
        entries.map(Self)
    }

    /// Adds the keys of another keytab.
    pub fn add(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Opens a ticket with the key of its service, or, as services are known by account there, with whichever fits: those
    /// of the ticket's key version first.
    fn open(&self, ticket: &Ticket<'_>) -> Result<Plain, Closed> {
        let part = &ticket.enc_part;
        let open = |entry: &Entry| entry.key.open(Usage::Ticket, part.cipher);
        let fits = |entry: &&Entry| crypto::Etype::of(part.etype) == Some(entry.key.etype);
        let version = part.kvno.and_then(|kvno| u32::try_from(kvno).ok()).unwrap_or_default();
        let rank = |entry: &Entry| match (entry.is_of(ticket), entry.kvno == version) {
            (true, _) => 0_u8,
            (false, true) => 1,
            (false, false) => 2,
        };
        let mut tries = 0;
        for wanted in 0..3 {
            for entry in self.0.iter().filter(fits).filter(|entry| rank(entry) == wanted) {
                if tries == MAX_TRIES {
                    return Err(Closed::WrongKey);
                }
                tries += 1;
                if let Some(plain) = open(entry) {
                    return Ok(plain);
                }
            }
        }
        Err(if tries == 0 { Closed::NoKey } else { Closed::WrongKey })
    }
}

impl Entry {
    /// Whether the ticket is for the principal whose key it is.
    fn is_of(&self, ticket: &Ticket<'_>) -> bool {
        let same = |sname: PrincipalName<'_>| sname.components().eq(self.name.iter().map(Vec::as_slice));
        self.realm == ticket.realm && ticket.sname.is_some_and(same)
    }
}
