//! From the appender to the Parquet files, over real gRPC on loopback: every activity is stored exactly once, whatever is
//! interrupted on the way.

mod delivery;
mod support;
mod tls;
