//! What a listener lets others see of itself, about once a second.

use std::sync::{Arc, Mutex, PoisonError};

use crate::health::snapshot::Listener;

/// Shared by one listener and the supervision.
#[derive(Clone, Debug, Default)]
pub(crate) struct Board(Arc<Mutex<Listener>>);

impl Board {
    pub(super) fn publish(&self, listener: Listener) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = listener;
    }

    /// What it published last.
    pub(crate) fn read(&self) -> Listener {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
