//! What the supervision wakes up for.

use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// A signal, or the end of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// SIGTERM, or SIGINT from a keyboard.
    Stop,
    /// SIGHUP.
    Reload,
    /// A thread has ended. Unless it was asked to, the daemon ends too.
    Ended { thread: String },
}

/// Both ends of the supervision's channel: a thread of its own turns signals into events. Few are ever under way, so it is not bounded.
pub(super) fn channel() -> std::io::Result<(Sender<Event>, Receiver<Event>)> {
    let (events, received) = unbounded();
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let told = events.clone();
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            let event = if signal == SIGHUP { Event::Reload } else { Event::Stop };
            if told.send(event).is_err() {
                return;
            }
        }
    })?;
    Ok((events, received))
}

/// Tells of its thread's end, however that comes about.
pub(super) struct Farewell {
    pub(super) thread: String,
    pub(super) events: Sender<Event>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let thread = std::mem::take(&mut self.thread);
        let _ = self.events.send(Event::Ended { thread }); // nobody listens at the very end
    }
}
