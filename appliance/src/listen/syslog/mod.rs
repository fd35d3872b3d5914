//! The syslog listener: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425), from sources that are named.
//!
//! ```text
//! udp  ─ a message a datagram ─┐
//! tcp  ─ Stream: where it ends ┼─► Intake: who says it ─► event ─► outbox ─ letter ─► resolve
//! tls  ─ the same, decrypted ──┘
//! ```
//! A sender over TCP waits while nothing more can be taken; a datagram does not, so what is of low rank is shed, and counted.

mod connection;
mod intake;
mod sources;
mod stream;
#[cfg(test)]
mod tests;
mod udp;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use capture::CaptureId;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::board::Board;
use super::config::SyslogConfig;
use super::shared::Shared;
use super::sockets::Sockets;
use super::station::Office;
use super::tls::{Door, Files};
use crate::exit::Failure;
use crate::health::Shed;
use intake::Intake;

/// How often a task looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Between two times of publishing what was counted.
const PUBLISH: Duration = Duration::from_millis(500);

/// The listener, before it runs.
pub(crate) struct Syslog {
    runtime: Runtime,
    sockets: Sockets,
    door: Option<Door>,
    config: SyslogConfig,
    capture: CaptureId,
    shed: Shed,
    board: Board,
}

/// What the tasks of one listener have in common.
#[derive(Clone)]
struct Common {
    intake: Shared<Intake>,
    config: Arc<SyslogConfig>,
    stop: Arc<AtomicBool>,
}

/// Who answers TLS (RFC 5425 §4.2); none where no certificate is named.
pub(super) fn door(config: &SyslogConfig) -> Result<Option<Door>, Failure> {
    let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
        return Ok(None);
    };
    let files = Files {
        table: "events.syslog",
        certificate,
        key,
        ca: config.ca.as_deref(),
        revoked: config.revoked(),
    };
    files.door().map(Some)
}

impl Syslog {
    pub(super) fn new(
        sockets: Sockets,
        door: Option<Door>,
        config: SyslogConfig,
        capture: CaptureId,
        shed: Shed,
        board: Board,
    ) -> io::Result<Self> {
        Ok(Self {
            runtime: super::runtime()?,
            sockets,
            door,
            config,
            capture,
            shed,
            board,
        })
    }

    /// Listens until it is told to stop.
    pub(super) fn run(self, office: &Office) {
        let Office { stop, post } = office;
        let Self {
            runtime,
            sockets,
            door,
            config,
            capture,
            shed,
            board,
        } = self;
        let names = sockets.names();
        let intake = Shared::new(Intake::new(&config, capture, shed, post.clone()));
        let common = Common {
            intake,
            config: Arc::new(config),
            stop: Arc::clone(stop),
        };
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for socket in sockets.udp {
                tasks.spawn(udp::listen(socket, common.clone()));
            }
            for socket in sockets.tcp {
                tasks.spawn(connection::listen(socket, None, common.clone()));
            }
            for socket in sockets.tls {
                tasks.spawn(connection::listen(socket, door.clone(), common.clone()));
            }
            let mut looks = interval(PUBLISH);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            // A socket that cannot be heard is told, and no reason for anybody to end.
            while !tasks.is_empty() || !stop.load(Ordering::Relaxed) {
                tokio::select! {
                    Some(ended) = tasks.join_next() => match ended {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => common.intake.lock().stop(error.to_string()),
                        Err(error) => common.intake.lock().stop(error.to_string()),
                    },
                    _ = looks.tick() => {
                        let mut intake = common.intake.lock();
                        intake.send();
                        board.publish(intake.listener(&names));
                    }
                }
            }
            let mut intake = common.intake.lock();
            intake.finish();
            board.publish(intake.listener(&names));
        });
    }
}
