//! Frames sent are frames in the ledger, to the unit: through `adtap run` on one end of a cable whose other end is ours.
//!
//! Each case runs in namespaces of its own, in which this same test program is started once more; where namespaces are not
//! permitted it says so and passes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

mod bench;
mod elephants;
mod frames;
