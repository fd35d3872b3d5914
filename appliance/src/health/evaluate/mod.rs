//! From numbers to findings: one small function for each condition, all of them pure.
//!
//! A condition looks at the window alone, so the same numbers always give the same findings; that an alert neither flickers
//! nor outlives its cause is the business of [`super::alerts`].

mod capture;
mod controllers;
mod delivery;
mod directory;
mod listeners;
mod lookup;
mod loss;
mod process;

use super::config::Config;
use super::finding::Finding;
use super::window::Window;

/// Seconds over which rates are judged.
const MINUTE: u64 = 60;

/// Everything that is the matter now.
pub(crate) fn evaluate(window: &Window, config: &Config) -> Vec<Finding> {
    [
        capture::unavailable(window),
        capture::offloads(window),
        capture::undecoded(window, config),
        controllers::no_traffic(window, config),
        controllers::one_way(window, config),
        controllers::missing(window, config),
        controllers::duplicates(window, config),
        controllers::clock_skew(window, config),
        directory::unreachable(window),
        directory::credentials(window),
        directory::password(window),
        directory::stale(window, config),
        directory::trusts(window),
        directory::unassigned(window),
        loss::nic(window, config),
        loss::ring(window, config),
        loss::limits(window, config),
        loss::handover(window, config),
        loss::queue(window, config),
        loss::spool(window),
        delivery::unreachable(window, config),
        delivery::filling(window, config),
        lookup::unnamed(window, config),
        listeners::stopped(window),
        listeners::unrevoked(window),
        listeners::unheard(window),
        listeners::unproven(window),
        listeners::foreign(window),
        listeners::silent(window),
        listeners::flooding(window),
        listeners::unreadable(window),
        process::memory(window),
        process::shedding(window),
        process::parser_failed(window),
        process::worker_stuck(window),
        process::absence(window, config),
    ]
    .concat()
}
