//! The directory, read from domain controllers over LDAP and kept as it is.
//!
//! ```text
//! controllers ═ TLS ═► Connection ─► Session (resolver) ─► Renewal ─► resolve stage
//!                         └ Domain: which one, with which account      └ Folder: a file for each naming context
//! receiver ═ TLS ═► Election: whether this sensor reads the domain, or takes in what another has read
//! ```
//! What is to be asked, and what the answers mean, is the resolver's (`resolver::directory::sync`). Here is what it takes to ask.

mod config;
mod connection;
mod credentials;
mod domain;
mod election;
mod folder;
mod follow;
mod locate;
mod notice;
mod once;
mod password;
#[cfg(feature = "gssapi")]
mod sasl;
mod status;
mod synchronizer;
#[cfg(test)]
mod tests;
mod trouble;

pub(crate) use config::Config;
#[cfg(test)]
pub(crate) use election::ElectionStatus;
pub(crate) use election::{Duty, Election};
pub(crate) use once::{Found, Outcome, kept, once, records};
pub(crate) use status::{DomainStatus, Unreachable};
pub(crate) use synchronizer::{Loaded, Renewal, Synchronizer};
pub(crate) use trouble::Kind;
