//! Syslog over TCP and TLS: connections that are taken, read for as long as they keep their promises, and cut off.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::Duration;

use capture::source::live;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, timeout};

use super::stream::Stream;
use super::{Common, LOOK};
use crate::listen::revocation::revoked;
use crate::listen::tls::Door;

/// Octets read at a time.
const READ: usize = 64 << 10;

/// How long nothing comes before what waits without an end of its own is taken for whole.
const IDLE: Duration = Duration::from_millis(500);

/// How long a sender waits before it is looked whether more can be taken.
const FULL: Duration = Duration::from_millis(2);

/// After which silence a peer is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// How long the end waits for what has arrived already.
const LAST: Duration = Duration::from_millis(20);

/// Reads of a connection at the end.
const LAST_READS: usize = 64;

/// Takes connections until it is told to stop; over TLS where there is a door.
pub(super) async fn listen(listener: std::net::TcpListener, door: Option<Door>, common: Common) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    let mut looks = interval(LOOK);
    while !common.stop.load(Ordering::Relaxed) {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => admit(stream, from, door.clone(), &common, &mut connections),
                Err(_) => {
                    // One that was gone already, or no descriptor is left: the next one may fare better.
                    common.intake.lock().count("accept_errors");
                    sleep(LOOK).await;
                }
            },
            Some(_ended) = connections.join_next() => {}
            _ = looks.tick() => {}
        }
    }
    while connections.join_next().await.is_some() {}
    Ok(())
}

fn admit(stream: TcpStream, from: SocketAddr, door: Option<Door>, common: &Common, connections: &mut JoinSet<()>) {
    let mut intake = common.intake.lock();
    if !intake.admits(from.ip()) {
        return intake.count("refused_connections");
    }
    if intake.connections >= common.config.connections {
        return intake.count("too_many_connections");
    }
    intake.connections += 1;
    intake.count("connections");
    drop(intake);
    let common = common.clone();
    connections.spawn(async move {
        let why = serve(stream, from.ip(), door, &common).await;
        let mut intake = common.intake.lock();
        intake.connections -= 1;
        if let Some(why) = why {
            intake.count(why);
        }
    });
}

/// Reads one connection to its end; answers what is to be counted of that.
async fn serve(stream: TcpStream, from: IpAddr, door: Option<Door>, common: &Common) -> Option<&'static str> {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    let _as_far_as_it_can = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
    let Some(door) = door else {
        return read(stream, from, common).await;
    };
    let patience = Duration::from_secs(common.config.patience_seconds);
    match timeout(patience, door.acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            let shown = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
            tokio::select! {
                why = read(stream, from, common) => why,
                () = revoked(door.revocation.as_deref(), &shown) => Some("revoked_certificates"),
            }
        }
        Ok(Err(_)) => Some("refused_handshakes"),
        Err(_) => Some("slow_handshakes"),
    }
}

/// What a turn of reading came to.
enum Turn {
    /// Octets.
    Read(usize),
    /// Nothing came for a moment.
    Idle,
    /// Nothing comes any more.
    Ended,
}

async fn read(mut stream: impl AsyncRead + Unpin, from: IpAddr, common: &Common) -> Option<&'static str> {
    let patience = Duration::from_secs(common.config.patience_seconds);
    let mut messages = Stream::new(common.config.message_bytes);
    let mut buffer = vec![0; READ];
    // Since when a message has begun and not ended.
    let mut open: Option<Instant> = None;
    let mut last_reads = 0;
    loop {
        let stops = common.stop.load(Ordering::Relaxed);
        last_reads += usize::from(stops);
        let turn = turn(&mut stream, &mut buffer, if stops { LAST } else { IDLE }).await;
        let ends = matches!(turn, Turn::Ended) || stops && (matches!(turn, Turn::Idle) || last_reads > LAST_READS);
        if let Turn::Read(size) = turn {
            messages.feed(buffer.get(..size).unwrap_or_default());
        }
        take(&mut messages, ends || matches!(turn, Turn::Idle), from, common);
        if ends {
            return messages.is_open().then_some("cut_messages");
        }
        if messages.is_open() {
            if open.get_or_insert_with(Instant::now).elapsed() > patience {
                return Some("slow_senders");
            }
        } else {
            open = None;
        }
        room(common).await;
    }
}

async fn turn(stream: &mut (impl AsyncRead + Unpin), buffer: &mut [u8], patience: Duration) -> Turn {
    match timeout(patience, stream.read(buffer)).await {
        Ok(Ok(0) | Err(_)) => Turn::Ended,
        Ok(Ok(size)) => Turn::Read(size),
        Err(_) => Turn::Idle,
    }
}

fn take(messages: &mut Stream, idle: bool, from: IpAddr, common: &Common) {
    let mut intake = common.intake.lock();
    intake.begin();
    let now = live::now();
    let taken = messages.take(idle, |message| intake.message(from, message, now));
    intake.oversized(taken.oversized);
    intake.send();
}

/// Nothing more is read while nothing more can be taken: the sender waits, and loses nothing by it.
async fn room(common: &Common) {
    while !common.stop.load(Ordering::Relaxed) {
        {
            let mut intake = common.intake.lock();
            intake.send();
            if intake.has_room() {
                return;
            }
        }
        sleep(FULL).await;
    }
}
