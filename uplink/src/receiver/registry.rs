//! Which stream writes for which source: one at a time, the latest.
//!
//! A sensor that lost its connection comes back before the old stream is known to be dead. The newcomer asks the old one to
//! end, waits until it has committed or given up, and goes on from what is stored then.

use std::io;
use std::path::PathBuf;
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

#[derive(Clone, Default)]
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

    /// The store's folder.
    pub(super) fn root(&self) -> PathBuf {
        self.store.root.clone()
    }

    /// Takes the source's ledger over from whoever has it.
    ///
    /// # Errors
    /// There are too many sources, or the store cannot be read.
    pub(super) async fn claim(&self, source: &Source) -> io::Result<Claim> {
        let (seat, superseded) = self.ask(source).ok_or_else(|| io::Error::other("too many sensors"))?;
        let mut ledger = seat.ledger.lock_owned().await;
        if ledger.is_none() {
            *ledger = Some(Ledger::open(self.store.clone(), source.clone())?);
        }
        Ok(Claim { ledger, superseded })
    }

    /// Tells whoever has the seat that it is wanted. Under the lock, so that of two newcomers one is the later.
    fn ask(&self, source: &Source) -> Option<(Seat, watch::Receiver<u64>)> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= MAX_SOURCES && !sources.contains_key(source) {
            return None;
        }
        let seat = sources.entry(source.clone()).or_default().clone();
        seat.turn.send_modify(|turn| *turn += 1);
        let superseded = seat.turn.subscribe();
        Some((seat, superseded))
    }
}
