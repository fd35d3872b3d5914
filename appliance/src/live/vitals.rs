//! Whether every worker lives: a worker beats whenever it looks at its rings, idle or not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pulse::Pulse;

/// The workers' last beats.
#[derive(Debug)]
pub(super) struct Vitals {
    patience: Duration,
    workers: Vec<Vital>,
}

#[derive(Debug)]
struct Vital {
    pulse: Arc<Pulse>,
    beats: u64,
    moved: Instant,
}

impl Vitals {
    /// Workers that may be silent for `patience`.
    pub(super) fn new(pulses: &[Arc<Pulse>], patience: Duration) -> Self {
        let vital = |pulse: &Arc<Pulse>| Vital {
            pulse: Arc::clone(pulse),
            beats: 0,
            moved: Instant::now(),
        };
        Self {
            patience,
            workers: pulses.iter().map(vital).collect(),
        }
    }

    /// Whether every worker has moved since the last look.
    pub(super) fn look(&mut self) -> bool {
        let mut all = true;
        for worker in &mut self.workers {
            let beats = worker.pulse.beats();
            if beats == worker.beats {
                all = false;
            } else {
                (worker.beats, worker.moved) = (beats, Instant::now());
            }
        }
        all
    }

    /// Seconds since a worker moved.
    pub(super) fn silent_seconds(&self, worker: usize) -> u64 {
        self.workers
            .get(worker)
            .map_or(0, |worker| worker.moved.elapsed().as_secs())
    }

    /// A worker that has been silent for too long.
    pub(super) fn stuck(&self) -> Option<usize> {
        self.workers
            .iter()
            .position(|worker| worker.moved.elapsed() > self.patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_does_not_beat_is_stuck() {
        let pulses = [Arc::new(Pulse::default()), Arc::new(Pulse::default())];
        let mut patient = Vitals::new(&pulses, Duration::from_secs(60));
        pulses[0].beat();
        assert!(!patient.look());
        pulses.iter().for_each(|pulse| pulse.beat());
        assert!(patient.look());
        assert_eq!(patient.stuck(), None);
        let mut impatient = Vitals::new(&pulses, Duration::ZERO);
        impatient.look();
        assert_eq!(impatient.stuck(), Some(0));
    }
}
