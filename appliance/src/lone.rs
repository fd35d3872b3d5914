//! A source and the one worker that reads it, in one thread: frames are read where the source lends them, and none is copied.
//!
//! What comes out is what a [`Round`](crate::worker::Round) through the same worker gives: ticks stand at the same places.

use std::ops::ControlFlow;

use capture::source::file::FileSource;
use capture::source::{Poll, Source};

use crate::pipeline::Clock;
use crate::worker::{Produced, Totals, Worker};

/// Frames after which what they brought about moves on.
const FRAMES: u64 = 512;

/// A source with its worker.
pub(crate) struct Lone {
    source: FileSource,
    worker: Worker,
    clock: Clock,
    frames: u64,
}

impl Lone {
    pub(crate) fn new(source: FileSource, worker: Worker) -> Self {
        Self {
            source,
            worker,
            clock: Clock::default(),
            frames: 0,
        }
    }

    /// What the next frames brought about; none when there are no more.
    pub(crate) fn next(&mut self) -> Option<Produced> {
        let Self {
            source, worker, clock, ..
        } = self;
        let mut frames = 0;
        let poll = source.poll(&mut |frame| {
            if let Some(tick) = clock.reach(frame) {
                worker.tick(tick);
            }
            worker.frame(frame);
            frames += 1;
            if frames < FRAMES {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        self.frames += frames;
        (frames > 0 || poll == Poll::More).then(|| self.worker.take())
    }

    /// Bytes and frames read so far.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.source.progress().0, self.frames)
    }

    /// The source has ended, or is to be read no further.
    pub(crate) fn finish(self) -> (Produced, Totals, FileSource) {
        let (produced, totals) = self.worker.finish(self.clock.now());
        (produced, totals, self.source)
    }
}
