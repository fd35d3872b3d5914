//! Mirrored frames become ordered bytes of flows.
//!
//! A frame goes left to right once: source → decode → defrag → flow → stream → [`Chunk`]. Time comes from the packet.

pub mod chunk;
pub mod flow;
pub mod time;

pub use chunk::{Chunk, Payload};
pub use flow::{CaptureId, Direction, Endpoint, Flow, FrameId, Hop, Mac, Transport, Tunnel};
pub use time::Timestamp;
