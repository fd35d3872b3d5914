//! Kerberos 5 (RFC 4120) with Microsoft's extensions ([MS-KILE], [MS-SFU], [MS-PKCA]), and kpasswd (RFC 3244).

mod ap;
pub mod codes;
pub mod edata;
mod error;
mod kdc;
pub mod names;
pub mod padata;
pub mod sequence;
pub mod time;
mod types;
pub mod wire;
