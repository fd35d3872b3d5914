//! What the daemon says on stderr, which systemd keeps in the journal: changes and troubles, never per packet.

use std::io::IsTerminal;
use std::panic;
use std::sync::atomic::{AtomicU32, Ordering};

use tracing_subscriber::EnvFilter;

/// The variable that says how much: `ADTAP_LOG=debug`, `ADTAP_LOG=uplink=debug`.
const VARIABLE: &str = "ADTAP_LOG";

/// Panics that are printed; traffic may cause more of them, and they are counted all the same.
const PRINTED: u32 = 8;

/// Starts logging; once.
pub(super) fn start() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal());
    // The journal has times of its own.
    let started = if std::env::var_os("JOURNAL_STREAM").is_some() {
        lines.without_time().try_init()
    } else {
        lines.try_init()
    };
    if started.is_err() {
        return; // somebody logs already
    }
    limit_panics();
}

fn limit_panics() {
    let print = panic::take_hook();
    let seen = AtomicU32::new(0);
    panic::set_hook(Box::new(move |info| {
        if seen.fetch_add(1, Ordering::Relaxed) < PRINTED {
            print(info);
        }
    }));
}
