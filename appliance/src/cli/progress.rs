//! The progress bar: how far the source is, at what rate, and when it will be done.

use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::summary::number;
use crate::pipeline::Progress;

/// A bar on stderr, or nothing where nobody looks.
pub(super) struct Bar<'a> {
    bar: ProgressBar,
    progress: &'a Progress,
}

impl<'a> Bar<'a> {
    /// `total` is the captures' size in bytes, absent for standard input.
    pub(super) fn start(visible: bool, total: Option<u64>, progress: &'a Progress) -> Self {
        if !visible {
            return Self {
                bar: ProgressBar::hidden(),
                progress,
            };
        }
        let (bar, template) = match total {
            Some(total) => (
                ProgressBar::new(total),
                "{bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {msg} frames, {eta} left",
            ),
            None => (
                ProgressBar::new_spinner(),
                "{spinner} {bytes} {bytes_per_sec}, {msg} frames",
            ),
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, progress }
    }

    /// Does something that prints, with the bar out of the way, then brings the bar up to date.
    pub(super) fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        let done = self.bar.suspend(act);
        if !self.bar.is_hidden() {
            self.bar.set_position(self.progress.bytes.load(Ordering::Relaxed));
            self.bar
                .set_message(number(self.progress.frames.load(Ordering::Relaxed)));
        }
        done
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
