//! Which sensor synchronises which domain, and what it tells the others: the receiver's end of `directory.proto`.
//!
//! ```text
//! Office ─► Desk of each domain: Lease, Log
//!             └ STORE/.adtap/directory/<domain>/{lease.json, <sequence>.whole, <sequence>.difference}
//! ```
//! Nothing of what is published is looked into here: it is kept as it came, bounded, and handed on.

mod desk;
mod lease;
mod log;
mod office;
mod publishing;

pub(super) use office::Office;
