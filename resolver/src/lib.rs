//! The addresses and names in activities become entities of the directory.
//!
//! A [`Resolver`] reads the activities of a run in their order. It learns from them which computer holds which address,
//! looks their names up in an immutable [`directory::Snapshot`] and folds identical chatter. What cannot be resolved leaves
//! with what was observed: only at the beginning of an address's life an activity waits a moment for evidence. All state is
//! bounded, all time is packet time, and the same activities give the same output.

mod address;
mod answer;
mod author;
mod bearer;
mod bounds;
mod config;
mod correlation;
pub mod directory;
pub mod entity;
mod evidence;
mod fold;
mod generations;
mod held;
mod host;
mod identity;
mod join;
pub mod lookup;
mod marks;
mod networks;
mod owner;
mod printed;
mod question;
mod resolved;
mod resolver;
mod stats;
mod tags;
#[cfg(test)]
mod tests;
mod ticket;
mod wait;
mod watch;

pub use address::{Held, History, Said, StateError};
pub use answer::{Answer, Probe};
pub use config::Config;
pub use correlation::Correlation;
pub use printed::Printed;
pub use resolved::{Resolved, ResolvedLine};
pub use resolver::Resolver;
pub use stats::Stats;
pub use tags::Tags;
