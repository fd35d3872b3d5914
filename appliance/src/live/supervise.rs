//! Supervision: once a second it looks at everything, tells health and systemd, and ends what does not live.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::event::Event;
use super::generation::Generation;
use super::notify;
use super::setup::Setup;
use super::vitals::Vitals;
use crate::exit::{Code, Failure};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Why a generation ends.
pub(super) enum End {
    /// It was asked to stop.
    Stop,
    /// There is a new configuration, and it is a good one.
    Reload(Box<Setup>),
}

/// Watches over a generation until it is to end.
///
/// # Errors
/// A thread has ended or is stuck.
pub(super) fn supervise(
    generation: &mut Generation,
    events: &Receiver<Event>,
    load: &dyn Fn() -> anyhow::Result<Setup>,
) -> anyhow::Result<End> {
    let patience = Duration::from_secs(generation.setup.config.run.stuck_seconds.into());
    let mut vitals = Vitals::new(generation.pipeline.pulses(), patience);
    let mut next = Instant::now() + LOOK;
    loop {
        match events.recv_deadline(next) {
            Ok(Event::Stop) => return Ok(End::Stop),
            Ok(Event::Reload) => {
                if let Some(setup) = reload(generation, load) {
                    return Ok(End::Reload(Box::new(setup)));
                }
            }
            Ok(Event::Ended { thread }) => return Err(ended(&thread).into()),
            Err(RecvTimeoutError::Disconnected) => return Err(ended("signals").into()),
            Err(RecvTimeoutError::Timeout) => {
                next = (next + LOOK).max(Instant::now());
                look(generation, &mut vitals)?;
            }
        }
    }
}

fn look(generation: &mut Generation, vitals: &mut Vitals) -> anyhow::Result<()> {
    if vitals.look() {
        notify::alive();
    }
    generation.observe(vitals);
    if let Some(thread) = generation.gone() {
        return Err(ended(thread).into());
    }
    let Some(worker) = vitals.stuck() else { return Ok(()) };
    let sentence = format!(
        "worker-{worker} has not moved for {} s; adtap ends, so that it is started anew; what was spooled is kept; please report it",
        vitals.silent_seconds(worker)
    );
    Err(Failure::new(Code::Software, sentence).into())
}

fn ended(thread: &str) -> Failure {
    let sentence = format!(
        "the {thread} thread ended by a defect of adtap, whose message stands above; what was spooled is kept; please report it"
    );
    Failure::new(Code::Software, sentence)
}

/// The new configuration, if it can be run on; if not, every problem is told and everything stays as it is.
fn reload(generation: &Generation, load: &dyn Fn() -> anyhow::Result<Setup>) -> Option<Setup> {
    notify::reloading();
    let checked = load().and_then(|next| {
        next.check()?;
        let obstacles = generation.setup.obstacles(&next);
        if obstacles.is_empty() {
            Ok(next)
        } else {
            Err(Failure::new(Code::Config, obstacles.join("\n")).into())
        }
    });
    match checked {
        Ok(next) => Some(next),
        Err(error) => {
            tracing::error!("the new configuration is not taken, the old one stays: {error:#}");
            notify::ready(&generation.sentence);
            None
        }
    }
}
