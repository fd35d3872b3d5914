//! What a generation leaves to the next: its sockets, the listeners' too, so that a reload misses nothing.
//!
//! Where `[capture]` stays as it was, the same rings go on: frames wait in them from one generation's last look to the next one's first. Where it
//! changes they are made anew, and what came to the interfaces meanwhile is told by the kernel's own count of them.

use std::collections::BTreeMap;

use capture::source::live::{InterfaceState, Live, Opened, Watch};

use super::opening::open;
use crate::listen::Kept;

/// Frames that came to an interface while it had no socket, by name, since the start.
#[derive(Clone, Debug, Default)]
pub(super) struct Unwatched(BTreeMap<String, u64>);

impl Unwatched {
    /// Those of the interface `name`.
    pub(super) fn frames(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    fn add(&mut self, before: &[InterfaceState], after: &[InterfaceState]) {
        for (before, after) in before.iter().zip(after) {
            let frames = after.counters.packets.saturating_sub(before.counters.packets);
            if frames > 0 {
                *self.0.entry(after.name.clone()).or_default() += frames;
                tracing::warn!(
                    "{}: {frames} frames came while its sockets were made anew; nobody has read them",
                    after.name
                );
            }
        }
    }
}

/// Sockets without a pipeline.
#[derive(Debug)]
pub(super) struct Left {
    /// What they were opened for.
    pub(super) capture: capture::Config,
    /// Of each worker that ended as it should.
    pub(super) sources: Vec<Live>,
    pub(super) watch: Watch,
    pub(super) modes: Vec<String>,
    pub(super) unwatched: Unwatched,
    /// The listeners'.
    pub(super) kept: Kept,
}

impl Left {
    /// Sockets for `next`: these where nothing changes.
    pub(super) fn again(self, next: &capture::Config) -> anyhow::Result<(Opened, Unwatched, Kept)> {
        let Self {
            capture,
            mut sources,
            mut watch,
            modes,
            mut unwatched,
            kept,
        } = self;
        if capture == *next && !sources.is_empty() {
            sources.iter_mut().for_each(Live::restart);
            let opened = Opened {
                sources,
                watch,
                modes,
                notes: Vec::new(),
            };
            return Ok((opened, unwatched, kept));
        }
        let before = watch.look();
        drop(sources); // two programs do not fit on one interface
        let opened = open(next)?;
        unwatched.add(&before, &watch.look());
        Ok((opened, unwatched, kept))
    }
}
