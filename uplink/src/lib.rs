//! Activities on disk until the receiver has them, on the wire, and in the store.
//!
//! ```text
//! resolved ─► wire ─► spool ═ Appender | Reader ═► Sender ══ gRPC, TLS ══► Receiver ─► Parquet
//! ```
//! Every activity goes through the [`spool`], whose [`Appender`] gives it its id. The [`Sender`] sends what is synced, at
//! least once; the [`Receiver`] stores each (sensor, spool, id) once and acknowledges what is on its disk. Nothing before
//! the disk waits for the network.

pub mod ca;
pub mod directory;
mod durable;
pub mod proto;
mod receiver;
mod sender;
mod sensor;
pub mod spool;
mod wire;

pub use durable::replace;
pub use receiver::{Received, Receiver, ReceiverConfig, ReceiverError};
pub use sender::{Drained, Report, Sender, SenderConfig, SenderError, SenderHandle, SenderStatus};
pub use sensor::{host_name, is_sensor_name};
pub use spool::{Appender, Marker, Reader, Spool, SpoolConfig, SpoolError};
pub use wire::encode;
