//! A batch of events on its way: read, sent to be stored, written down where its source is, and only then acknowledged.
//!
//! ```text
//! turn of the source ─ room ─ read ─ letter ─► resolve ─► store ─ receipt ─► place written down, synced ─► Ack
//! ```
//! From the letter on it is a task of its own: a source that hangs up meanwhile changes nothing of what is stored. When it comes again
//! with the same batch, it waits for its turn, and every event in it is known.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::sleep;

use super::Common;
use super::identity::Identity;
use super::intake::Batch;
use super::journal::Place;
use super::recent::Recent;
use super::sources::MAX_QUEUED;

/// How long is waited before it is looked again whether there is room.
const FULL: Duration = Duration::from_millis(2);

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All that is to be kept of it survives a power cut, and so does where its source is.
    Stored,
    /// It has to come again.
    Failed,
}

/// A batch that is on its way, or of which nothing was to be stored.
pub(super) struct Sent {
    /// Hears whether it was stored.
    stored: Option<oneshot::Receiver<bool>>,
    place: Place,
    /// Of a relay: its events, which are remembered then.
    fresh: Option<Box<Recent>>,
}

/// Waits for the turn of `from`; none where too many wait for it already.
pub(super) async fn turn(from: &Identity, common: &Common) -> Option<OwnedSemaphorePermit> {
    let queued = Queued::new(from, common)?;
    let turn = Arc::clone(&queued.turn).acquire_owned().await;
    turn.ok()
}

/// One that waits for its turn, for as long as it does.
struct Queued<'a> {
    turn: Arc<tokio::sync::Semaphore>,
    from: &'a Identity,
    common: &'a Common,
}

impl<'a> Queued<'a> {
    fn new(from: &'a Identity, common: &'a Common) -> Option<Self> {
        let mut intake = common.intake.lock();
        let source = intake
            .sources
            .of(from.name())
            .filter(|source| source.queued < MAX_QUEUED)?;
        source.queued += 1;
        let turn = Arc::clone(&source.turn);
        Some(Self { turn, from, common })
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        if let Some(source) = self.common.intake.lock().sources.of(self.from.name()) {
            source.queued -= 1;
        }
    }
}

/// Waits until there is room for a batch; false where adtap ends.
pub(super) async fn room(common: &Common) -> bool {
    while !*common.stop.borrow() {
        if common.intake.lock().has_room() {
            return true;
        }
        sleep(FULL).await;
    }
    false
}

/// Sends a batch on its way; none where adtap ends before there is room.
pub(super) async fn send(batch: Batch, common: &Common) -> Option<Sent> {
    let Batch {
        mut activities,
        place,
        fresh,
    } = batch;
    if activities.is_empty() {
        let stored = None;
        return Some(Sent { stored, place, fresh });
    }
    while !*common.stop.borrow() {
        let sent = common.intake.lock().send(activities);
        match sent {
            Ok(stored) => {
                let stored = Some(stored);
                return Some(Sent { stored, place, fresh });
            }
            Err(back) => activities = back,
        }
        sleep(FULL).await;
    }
    None
}

/// Waits until the batch is stored, and where its source is written down. The next batch of the source has its turn after that.
pub(super) async fn end(
    sent: Sent,
    from: &Arc<Identity>,
    common: &Common,
    turn: Option<OwnedSemaphorePermit>,
) -> Outcome {
    let (told, hears) = oneshot::channel();
    let task = conclude(sent, Arc::clone(from), common.clone());
    tokio::spawn(async move {
        let outcome = task.await;
        drop(turn);
        let _nobody_waits_any_more = told.send(outcome);
    });
    hears.await.unwrap_or(Outcome::Failed)
}

async fn conclude(sent: Sent, from: Arc<Identity>, common: Common) -> Outcome {
    let Sent { stored, place, fresh } = sent;
    if let Some(stored) = stored
        && !stored.await.unwrap_or(false)
    {
        return Outcome::Failed;
    }
    let line = common.intake.lock().moved(&from, place, fresh);
    let written = common.write(line).await;
    common.intake.lock().count(match written {
        true => "acknowledged_batches",
        false => "unwritten_places",
    });
    if written { Outcome::Stored } else { Outcome::Failed }
}
