//! Asks for the leases of all domains, again and again: a task beside the directory's thread, so that a long read loses none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use uplink::directory::{Exchange, ExchangeError};
use uplink::{SenderConfig, SenderError};

use super::candidate::Candidate;
use super::seat::Seat;
use crate::directory::config::{Config, DomainConfig};

/// The longest time between two questions.
const ASKING: Duration = Duration::from_secs(10);

/// The shortest.
const LEAST: Duration = Duration::from_millis(100);

/// The election of every domain's synchronizer, from this sensor's end.
pub(crate) struct Election {
    exchange: Exchange,
    patience: Duration,
    /// Those with a seat.
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

/// What is asked for.
#[derive(Clone)]
struct Asked {
    domain: String,
    candidate: Arc<Mutex<Candidate>>,
    /// It is asked once more, to give back what was lent: nobody would take the domain before the silence has passed, else.
    leaves: bool,
}

impl Election {
    /// Begins to ask the receiver of `sender`, on `runtime`, as the sensor with this spool. None where that is switched off.
    pub(crate) fn start(
        runtime: &Handle,
        config: &Config,
        sender: &SenderConfig,
        spool: &str,
    ) -> Result<Option<Self>, SenderError> {
        if !config.is_on() || !config.election.enabled {
            return Ok(None);
        }
        let exchange = Exchange::new(runtime, sender, spool)?;
        let asked = Arc::default();
        let every = Duration::from_secs(config.interval_seconds).min(ASKING);
        let task = runtime.spawn(ask(exchange.clone(), Arc::clone(&asked), every));
        Ok(Some(Self {
            exchange,
            patience: Duration::from_secs(config.election.patience_seconds),
            asked,
            task,
        }))
    }

    /// A seat for a domain: from now on its lease is asked for.
    pub(in crate::directory) fn seat(&self, config: &DomainConfig) -> Seat {
        let (domain, candidate) = (
            config.name.to_lowercase(),
            Candidate::new(config.candidate, self.patience, Instant::now()),
        );
        let asked = Asked {
            domain: domain.clone(),
            candidate: Arc::new(Mutex::new(candidate)),
            leaves: false,
        };
        let seat = Seat::new(domain, Arc::clone(&asked.candidate), self.exchange.clone());
        lock(&self.asked).push(asked);
        seat
    }

    /// No lease is asked for any longer but those of `seats`; the others are given back.
    pub(in crate::directory) fn keep(&self, seats: &[Seat]) {
        for asked in &mut *lock(&self.asked) {
            asked.leaves |= !seats.iter().any(|seat| seat.is_with(&asked.candidate));
        }
    }
}

impl Drop for Election {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Round after round, each lease thrice before it ends; a receiver that does not answer for one domain is not asked for the others.
async fn ask(exchange: Exchange, asked: Arc<Mutex<Vec<Asked>>>, every: Duration) {
    loop {
        let (mut silent, mut pause) = (None, every);
        let all = lock(&asked).clone();
        for asked in &all {
            let (now, outcome) = match &silent {
                Some(error) => (Instant::now(), Err(ExchangeError::clone(error))),
                None => one(&exchange, asked).await,
            };
            if let Ok(answer) = outcome.as_ref()
                && answer.granted
            {
                pause = pause.min(answer.remaining / 3);
            }
            silent = outcome.as_ref().err().filter(|error| is_silence(error)).cloned();
            lock(&asked.candidate).handle(now, outcome);
        }
        let left = |asked: &Asked| {
            all.iter()
                .any(|seen| seen.leaves && Arc::ptr_eq(&seen.candidate, &asked.candidate))
        };
        lock(&asked).retain(|asked| !left(asked));
        tokio::time::sleep(pause.max(LEAST)).await;
    }
}

const fn is_silence(error: &ExchangeError) -> bool {
    matches!(error, ExchangeError::Unreachable(_) | ExchangeError::Unknown)
}

async fn one(exchange: &Exchange, asked: &Asked) -> (Instant, Result<uplink::directory::Answer, ExchangeError>) {
    let now = Instant::now();
    let (stands, epoch, synced) = {
        let candidate = lock(&asked.candidate);
        (
            candidate.stands(now) && !asked.leaves,
            candidate.epoch(),
            candidate.synced,
        )
    };
    (now, exchange.lease(&asked.domain, stands, epoch, synced).await)
}

pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
