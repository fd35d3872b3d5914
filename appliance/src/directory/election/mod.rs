//! Which sensor reads a domain: the one that the receiver lends it to, and every other one takes in what that publishes.
//!
//! ```text
//! asking (a task on the uplink's runtime) ═ Lease ═► receiver
//!        └─► Candidate (pure) ─► Role ─► Seat (the directory's thread): catches up, publishes ═ Follow, Publish ═► receiver
//! ```
//! A sensor that no receiver answers reads for itself, as it would without any of this. Whoever gets a lease first takes in everything
//! that was published, and goes on from there: what one has told, the next does not tell again.

mod asking;
mod candidate;
mod seat;
mod status;
mod taking;
#[cfg(test)]
pub(super) mod tests;

pub(crate) use asking::Election;
pub(super) use seat::Seat;
pub(crate) use status::{Duty, ElectionStatus};
