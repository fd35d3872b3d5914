//! Which stream writes for which source: one at a time, the latest.
//!
//! A sensor that lost its connection comes back before the old stream is known to be dead. The newcomer asks the old one to
//! end, waits until it has committed or given up, and goes on from what is stored then.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard, watch};

use super::ledger::Ledger;
use super::store::{Source, Store};

/// Sources known at once; more are refused, until the receiver is started anew.
const MAX_SOURCES: usize = 65_536;

/// All sources that were heard of since the start.
pub(super) struct Registry {
    store: Arc<Store>,
    sources: Mutex<HashMap<Source, Seat>>,
}

struct Seat {
    /// None until the first stream has opened it.
    ledger: Arc<Turn<Option<Ledger>>>,
    /// How many streams have asked for it.
    turn: watch::Sender<u64>,
}

/// A stream's right to write for its source.
pub(super) struct Claim {
    pub(super) ledger: OwnedMutexGuard<Option<Ledger>>,
    /// Changes when another stream asks for it.
    pub(super) superseded: watch::Receiver<u64>,
}

impl Registry {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            sources: Mutex::default(),
        }
    }

    /// Takes the source's ledger over from whoever has it; none where there are too many sources.
    pub(super) async fn claim(&self, source: &Source) -> io::Result<Claim> {
        let (ledger, superseded) = self.ask(source).ok_or_else(|| io::Error::other("too many sensors"))?;
        let mut ledger = ledger.lock_owned().await;
        if ledger.is_none() {
            *ledger = Some(Ledger::open(self.store.clone(), source.clone())?);
        }
        Ok(Claim { ledger, superseded })
    }

    fn ask(&self, source: &Source) -> Option<(Arc<Turn<Option<Ledger>>>, watch::Receiver<u64>)> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= MAX_SOURCES && !sources.contains_key(source) {
            return None;
        }
        let seat = sources.entry(source.clone()).or_insert_with(|| Seat {
            ledger: Arc::default(),
            turn: watch::Sender::new(0),
        });
        seat.turn.send_modify(|turn| *turn += 1);
        Some((seat.ledger.clone(), seat.turn.subscribe()))
    }
}
