//! Every parser under arbitrary bytes, and what must hold for all of them.
//!
//! A [`Target`] is a plain function of bytes that panics where something does not hold. It compares: the same stream in other
//! segments, with messages and without, through another decoder or encoder. The runner here (`cargo xtask fuzz`) calls it with
//! mutated seeds on stable Rust; `fuzz/` calls the same functions under libFuzzer.

pub mod corpus;
mod differential;
mod dns;
mod event;
mod hello;
mod lookup;
pub mod mutate;
mod pipeline;
mod radius;
mod read;
pub mod run;
mod rusticata;
mod script;
pub mod seeds;
mod stub;
mod targets;
mod wef;

pub use script::{Piece, encode};
pub use targets::{Target, all, named};
