//! Syslog over UDP: a datagram is a message (RFC 5426 §3.1).

use std::io::{self, ErrorKind};
use std::sync::atomic::Ordering;

use capture::source::live;
use tokio::net::UdpSocket;
use tokio::time::interval;

use super::{Common, LOOK};
use crate::listen::sockets::Dropped;

/// Datagrams read before their letter is sent.
const BURST: usize = 512;

/// Octets of the longest datagram.
const DATAGRAM: usize = 65_536;

/// Looks between two times of asking the kernel what it dropped.
const ASK: u32 = 10;

/// Hears one socket until it is told to stop.
pub(super) async fn listen(socket: std::net::UdpSocket, common: Common) -> io::Result<()> {
    let dropped = Dropped::of(&socket)?;
    let socket = UdpSocket::from_std(socket)?;
    let mut buffer = vec![0; DATAGRAM];
    let (mut looks, mut look, mut unheard) = (interval(LOOK), 0, dropped.count());
    loop {
        tokio::select! {
            ready = socket.readable() => {
                ready?;
                hear(&socket, &mut buffer, &common);
                tokio::task::yield_now().await; // others have something to read, too
            }
            _ = looks.tick() => {
                look = (look + 1) % ASK;
                let stops = common.stop.load(Ordering::Relaxed);
                if look == 0 || stops {
                    let count = dropped.count();
                    common.intake.lock().dropped(count.saturating_sub(unheard));
                    unheard = count;
                }
                if stops {
                    return Ok(());
                }
            }
        }
    }
}

/// Everything that has come by now, within reason.
fn hear(socket: &UdpSocket, buffer: &mut [u8], common: &Common) {
    let mut intake = common.intake.lock();
    intake.begin();
    let now = live::now();
    for _ in 0..BURST {
        let (size, from) = match socket.try_recv_from(buffer) {
            Ok(received) => received,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => {
                intake.count("receive_errors");
                break;
            }
        };
        intake.message(from.ip(), buffer.get(..size).unwrap_or_default(), now);
    }
    intake.send();
}
