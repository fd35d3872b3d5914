//! Frames from network interfaces, as they arrive: one [`Live`] per worker, over its rings on every interface.
//!
//! Worker i of n has ring i of each interface, and the kernel spreads frames over the rings by the same hash everywhere, so that both directions of a
//! flow meet in one worker without a lock. A worker's rings are merged by time: a frame is lent when every other ring has a later one, or when it
//! has waited as long as the reorder window says. With one interface nothing waits.

mod door;
mod elephants;
mod error;
mod member;
mod merge;
mod opening;
mod ring;

use std::time::{Duration, SystemTime};

use crate::config::Config;
use crate::time::Timestamp;
use opening::Opening;

pub use crate::interface::{InterfaceState, LinkState, NicCounters, Offload, RingSize, Watch};
pub use elephants::Elephants;
pub use error::OpenError;
pub use merge::Live;
pub use ring::RingStats;
pub(crate) use ring::{Head, Ring};

/// Opens every interface of `config` for `workers` workers.
///
/// Needs `CAP_NET_RAW`, and for AF_XDP `CAP_NET_ADMIN` and `CAP_BPF`; afterwards only to open an interface again that went and came back, which
/// `CAP_NET_RAW` is enough for.
///
/// # Errors
/// The first interface that cannot be opened, and why.
pub fn open(config: &Config, workers: u8) -> Result<Opened, OpenError> {
    if config.interfaces.is_empty() {
        return Err(OpenError::Nothing);
    }
    let mut opening = Opening::new(config, workers.max(1));
    (0..)
        .zip(&config.interfaces)
        .try_for_each(|(at, interface)| opening.open(at, interface))?;
    let watch = Watch::new(&config.interfaces).map_err(|source| OpenError::Failed {
        interface: "rtnetlink".to_owned(),
        source,
    })?;
    let window = Duration::from_millis(config.reorder_milliseconds.into());
    let step = opening.members.len() as u64;
    let sources = (1..).zip(opening.members);
    Ok(Opened {
        sources: sources
            .map(|(first, members)| Live::new(members, first, step, window, opening.elephants.clone()))
            .collect(),
        watch,
        modes: opening.modes,
        notes: opening.notes,
    })
}

/// The present, as frames bear it (`CLOCK_REALTIME`).
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Timestamp(0).after(since)
}

/// Everything that was opened.
#[derive(Debug)]
pub struct Opened {
    /// One for each worker, in their order.
    pub sources: Vec<Live>,
    /// The NICs' side.
    pub watch: Watch,
    /// How frames are taken from each interface: `tpacket`, `af-xdp native, copied`, …
    pub modes: Vec<String>,
    /// What is not as configured, in sentences: a fallback, say.
    pub notes: Vec<String>,
}

/// Totals since opening, never less than before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceStats {
    /// In the order of the configured interfaces.
    pub rings: Vec<RingStats>,
}
