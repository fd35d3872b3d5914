//! The directory kept as it is now: what controllers answer over LDAP, turned into objects and into what changed about them.
//!
//! Nothing here does input or output, or knows the time.

mod change;

pub use change::Change;
