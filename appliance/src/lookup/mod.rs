//! Asking hosts who they are: the sockets and the thread of `resolver::lookup`.
//!
//! ```text
//! resolve ─ Asking ─ addresses (bounded) ─► lookup thread: Schedule ─► a task for each probe ─► sockets of the management NIC
//!             ▲                                     │
//!             └────────── findings (bounded) ◄──────┘
//! ```
//! The resolve stage never waits here: what finds no room is counted. A replay asks nobody.

mod asker;
mod asking;
mod figures;
mod outlet;
mod servers;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crossbeam_channel::bounded;
use resolver::lookup::Config;
use tokio::sync::mpsc;

pub(crate) use asker::Asker;
pub(crate) use asking::Asking;
pub(crate) use figures::Figures;
pub(crate) use outlet::{Outlet, unguessable};
pub(crate) use servers::of_the_system;

/// Addresses on their way to the thread, and findings on their way back.
const UNDER_WAY: usize = 1_024;

/// Both halves, and what they count; none where the configuration asks nobody.
pub(crate) fn halves(config: &Config) -> std::io::Result<Option<(Asking, Asker, Arc<Figures>)>> {
    if !config.enabled {
        return Ok(None);
    }
    let (wants, wanted) = mpsc::channel(UNDER_WAY);
    let (findings, found) = bounded(UNDER_WAY);
    let figures = Arc::<Figures>::default();
    let asking = Asking::new(config, wants, found, Arc::clone(&figures));
    let asker = Asker::new(config, wanted, findings, Arc::clone(&figures))?;
    Ok(Some((asking, asker, figures)))
}
