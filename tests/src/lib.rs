//! What the end-to-end tests share: the adtap binary, captures, and captures cut anew.

pub mod bulk;
pub mod elephant;
pub mod generator;
pub mod golden;
pub mod pcap;
pub mod recut;
mod run;
pub mod segment;
pub mod smb2;
pub mod week;
pub mod wef;

pub use run::{adtap, case, replay, root, shared};
