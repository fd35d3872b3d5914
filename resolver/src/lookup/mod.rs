//! Active resolution: asking an address who is behind it, without proving who asks.
//!
//! ```text
//! Resolver::question ─► Subnets ─► Schedule ─► rpc, netbios, rdp at once ─► dns on silence or conflict ─► Finding
//!        ▲                                                                                                  │
//!        └────────────────────────────── Resolver::answer ◄────────────────────────────────────────────────┘
//! ```
//! Everything here is bytes in, bytes out and time as it is told: the sockets are those of whoever drives it. What is asked
//! never holds a name, an account or a proof; every answer is bounded; and a name in one is the answering host's to choose.

mod config;
mod dns;
mod exchange;
mod finding;
mod identity;
mod netbios;
mod probe;
mod rate;
mod rdp;
mod rpc;
mod schedule;
mod stats;
mod subnets;
#[cfg(test)]
mod tests;

pub use crate::answer::Probe;
pub use config::{Config, NoSource, Sources};
pub use dns::Pointer;
pub use exchange::{Conversation, Question, Turn};
pub use finding::Finding;
pub use identity::{Identity, Reason};
pub use netbios::NodeStatusRequest;
pub use rdp::RemoteDesktop;
pub use rpc::EndpointMapper;
pub use schedule::{Schedule, Start, Step};
pub use stats::Stats;
pub use subnets::Subnets;
