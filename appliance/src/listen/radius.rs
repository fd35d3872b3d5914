//! The RADIUS accounting listener: its sockets, between the clients and a [`Server`](parsers::radius::server::Server) that has none.
//!
//! What is heard in one go is one letter to the resolve stage, and each answer leaves when that letter's receipt says that its
//! sessions are synced. A full queue is no reason to wait: its requests are not answered, and come again.

mod desk;
mod ledger;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use capture::CaptureId;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::board::Board;
use super::clients::Clients;
use super::remembered::Remembered;
use super::shared::Shared;
use super::sockets::Sockets;
use super::station::Office;
use desk::Desk;
use ledger::Ledger;

/// How often a task looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Looks between two times of publishing what was counted.
const PUBLISH: u32 = 10;

/// The listener, before it runs.
#[derive(Debug)]
pub(crate) struct Accounting {
    runtime: Runtime,
    sockets: Sockets,
    clients: Arc<Clients>,
    /// Requests that an earlier run has stored.
    remembered: Vec<Remembered>,
    capture: CaptureId,
    board: Board,
}

impl Accounting {
    pub(super) fn new(
        sockets: Sockets,
        clients: Arc<Clients>,
        remembered: Vec<Remembered>,
        capture: CaptureId,
        board: Board,
    ) -> io::Result<Self> {
        Ok(Self {
            runtime: super::runtime()?,
            sockets,
            clients,
            remembered,
            capture,
            board,
        })
    }

    /// Answers until it is told to stop, and for as long as sessions are on their way then.
    pub(super) fn run(self, office: &Office) {
        let Office { stop, post } = office;
        let ledger = Shared::new(Ledger::new(&self.clients));
        let names = self.sockets.names();
        self.runtime.block_on(async {
            let mut desks = JoinSet::new();
            for socket in self.sockets.udp {
                let opened = Desk::open(socket, self.capture, &self.clients, post, &ledger);
                match opened {
                    Ok(mut desk) => {
                        self.remembered
                            .iter()
                            .for_each(|one| desk.server.remember(one.request, one.report(), one.time));
                        desks.spawn(desk.serve(Arc::clone(stop)));
                    }
                    Err(error) => ledger.lock().stopped = Some(error.to_string()),
                }
            }
            let mut looks = looks();
            let mut look = 0;
            // A socket that cannot be heard is told, and no reason for anybody to end.
            while !desks.is_empty() || !stop.load(Ordering::Relaxed) {
                tokio::select! {
                    Some(ended) = desks.join_next() => if let Err(error) = ended {
                        ledger.lock().stopped = Some(error.to_string());
                    },
                    _ = looks.tick() => {
                        look = (look + 1) % PUBLISH;
                        if look == 0 {
                            self.board.publish(ledger.lock().listener(&names));
                        }
                    }
                }
            }
            self.board.publish(ledger.lock().listener(&names));
        });
    }
}

/// Ticks at which a listener looks up.
fn looks() -> Interval {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}
