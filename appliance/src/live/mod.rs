//! `adtap run`: the pipeline on live traffic, and everything that keeps it going.
//!
//! ```text
//! rings ─► watch (a thread each) ─► resolve ─► store ─► spool ═► sender
//!            └ pulse: beats, totals ─► supervise ─► health, systemd
//! ```
//! From the worker on it is the replay's code. What differs: nobody waits for those behind, and time goes on when nothing comes.

mod clock;
mod cores;
mod daemon;
mod delay;
mod event;
mod exchange;
mod feed;
mod generation;
pub(crate) mod known;
mod left;
mod log;
mod notify;
mod observe;
mod opening;
mod outbox;
mod pipeline;
mod pulse;
mod resolve;
mod setup;
mod store;
mod summary;
mod supervise;
#[cfg(test)]
mod tests;
mod vitals;
mod watch;

pub(crate) use daemon::run;
pub(crate) use opening::refused;
pub(crate) use setup::Setup;
