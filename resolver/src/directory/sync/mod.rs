//! The directory kept as it is now: what controllers answer over LDAP, turned into objects and into what changed about them.
//!
//! ```text
//! controller ─► Entry ─► Update ─► Replica ─► Change
//!      ▲                              ├─► Snapshot, which names are looked up in
//!      └── Search ◄── Session ────────┴─► file, which the next start begins with
//! ```
//! A [`Session`] says what to search for and takes in what comes: it does no input or output, and does not know the time.
//! Reading and writing its file are the only exception.

mod change;
mod control;
mod described;
mod entry;
mod half;
mod join;
mod locate;
mod metadata;
mod notification;
mod range;
mod refusal;
mod replica;
mod search;
mod session;
mod share;
mod store;
#[cfg(test)]
mod tests;
mod touched;
mod trust;
mod update;

pub use change::Change;
pub use control::Control;
pub use entry::Entry;
pub(crate) use entry::referred;
pub use half::Half;
pub use locate::{Answer, Host, MAX_CONTROLLERS, Query, lies_in};
pub use notification::{notification, refused};
pub use refusal::Refusal;
pub use replica::{Counters, Replica};
pub use search::{Done, PAGE, Search, asked};
pub use session::{Context, Controller, Mark, Session, Stamp, usn};
pub use share::{Section, Shared, State};
pub use store::{StoreError, attributes as schema};
pub use trust::Trust;
