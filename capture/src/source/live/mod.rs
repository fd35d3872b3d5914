//! Frames from network interfaces, as they arrive.

mod ring;

pub use ring::RingStats;
pub(crate) use ring::{Head, Ring};
