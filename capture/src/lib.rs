//! Mirrored frames become ordered bytes of flows.
//!
//! A frame goes left to right once: source → decode → defrag → flow → stream → [`Chunk`]. Time comes from the packet.

mod affinity;
pub mod assembly;
pub mod chunk;
pub mod config;
mod connection;
pub mod controllers;
mod decode;
mod dedup;
mod defrag;
mod ends;
pub mod filter;
pub mod flow;
pub mod interface;
pub mod source;
pub mod stack;
pub mod stats;
mod stream;
mod table;
#[cfg(test)]
mod testing;
pub mod time;
mod timer;
mod tunnel;

pub use affinity::Affinity;
pub use assembly::{Assembly, Handler};
pub use chunk::{Chunk, Payload};
pub use config::{Clock, Config, Controller, FilterConfig, Interface, Mode};
pub use controllers::Controllers;
pub use flow::{CaptureId, Direction, Endpoint, Flow, FrameId, Hop, Mac, Transport, Tunnel};
pub use source::{Batch, Frame, LinkType, Poll, Source, Tag};
pub use stack::Stack;
pub use stats::Stats;
pub use time::Timestamp;
