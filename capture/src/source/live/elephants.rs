//! The way back from a worker to the kernel: which bytes of which flows nobody reads, told at once and without waiting.
//!
//! Where frames come over `AF_XDP` the kernel cuts them to their headers from then on ([`crate::filter::elephants`]); elsewhere there is nobody to tell,
//! and the payload is passed over here. Frames that were on their way already come whole. What the kernel forgets, or refuses to take, does no
//! harm either.

use std::sync::Arc;

use crate::filter::elephants::Key;
use crate::flow::CaptureId;
use crate::source::xdp::ElephantMap;
use crate::stats::Stats;
use crate::stream::Word;

/// Whom to tell, by interface.
#[derive(Clone, Debug, Default)]
pub struct Elephants(Vec<Option<Arc<ElephantMap>>>);

impl Elephants {
    /// The next interface has this map, or none.
    pub(super) fn push(&mut self, map: Option<Arc<ElephantMap>>) {
        self.0.push(map);
    }

    /// Tells what of a direction, whose frames come by `capture`, is not to be read.
    pub(crate) fn tell(&self, capture: CaptureId, way: &Key, word: Word, stats: &mut Stats) {
        let told = match word {
            Word::Skip(stretch) => {
                let map = self.0.get(usize::from(capture.0)).and_then(Option::as_ref);
                map.map(|map| map.set(&way.bytes(), &stretch.bytes()))
            }
            Word::Read => {
                // Which of them knows of it does not matter: it has to be gone from all.
                self.0.iter().flatten().for_each(|map| map.remove(&way.bytes()));
                None
            }
        };
        match told {
            Some(Ok(())) => stats.unread_stretches += 1,
            Some(Err(_)) => stats.unread_refused += 1,
            None => {}
        }
    }
}
