//! What the examples do with flows: they count chunks, and print what was counted.

use capture::{Assembly, Chunk, Flow, Frame, Handler, Timestamp};

/// Counts chunks and forgets them.
#[derive(Debug, Default)]
pub(crate) struct Count {
    /// Chunks.
    pub(crate) chunks: u64,
    /// The last second that ticked.
    pub(crate) second: Option<i64>,
}

impl Handler<()> for Count {
    fn chunk(&mut self, _: &mut Flow, (): &mut (), _: &Chunk<'_>) {
        self.chunks += 1;
    }

    fn deadline(&self, (): &()) -> Option<Timestamp> {
        None
    }

    fn expire(&mut self, _: &Flow, (): &mut (), _: Timestamp) {}

    fn close(&mut self, _: &Flow, (): &mut (), _: Timestamp) {}
}

impl Count {
    /// A frame, after the tick of its second.
    pub(crate) fn frame(&mut self, frame: &Frame<'_>, assembly: &mut Assembly<()>) {
        let second = frame.time.seconds();
        if self.second.is_none_or(|last| last < second) {
            self.second = Some(second);
            assembly.tick(Timestamp::new(second, 0), self);
        }
        assembly.frame(frame, self);
    }
}

/// Every counter above 0.
pub(crate) fn print(assembly: &Assembly<()>) {
    for (name, value) in assembly.stats().iter().filter(|(_, value)| *value > 0) {
        println!("{name} {value}");
    }
}
