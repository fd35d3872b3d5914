//! From the appender to the Parquet files, over real gRPC on loopback: every activity is stored exactly once, whatever is
//! interrupted on the way.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod delivery;
mod election;
mod protocol;
mod support;
mod tls;
