//! What comes in beside the mirror: RADIUS accounting, and events that a SIEM forwards by syslog or Windows itself (WEF).
//!
//! ```text
//! clients ─► socket ─► listener ─ letter ─► resolve ─► store ─► spool
//!     ◄── answer ─────────┘ ◄──────── receipt, once synced ──┘
//! ```
//! Each listener is a thread with a runtime of its own, and shares nothing with the workers: its letters have a queue of their
//! own, and while that is full it waits, asks to be told again, or sheds and counts. Nothing is heard by default.

mod address;
#[cfg(test)]
mod authority;
mod board;
mod clients;
mod config;
mod names;
mod post;
mod radius;
mod remembered;
mod revocation;
mod secret;
mod shared;
mod sockets;
mod station;
mod syslog;
mod tls;
pub(crate) mod wef;

pub(crate) use config::{EventsConfig, Places, RadiusConfig};
pub(crate) use post::{Letter, Receipt};
pub(crate) use station::{Kept, Listeners, NAMES, Office, Station};

/// The runtime of one listener, which is one thread.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
