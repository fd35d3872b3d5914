//! Connections: taken, asked who they are, and served for as long as they keep their promises.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Common;
use super::identity::Identity;
use super::patient::Patient;
use super::request;
use crate::listen::revocation::revoked;

/// After which silence a peer is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// How long nobody is accepted after that failed: one was gone already, or no descriptor is left.
const PAUSE: Duration = Duration::from_millis(50);

/// How long the end waits for answers that are on their way.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

/// Octets that are read of a connection before they are asked for.
const BUFFER: usize = 64 << 10;

/// Takes connections until it is told to stop.
pub(super) async fn listen(listener: std::net::TcpListener, acceptor: TlsAcceptor, common: Common) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => admit(stream, acceptor.clone(), &common, &mut connections),
                Err(_) => {
                    common.intake.lock().count("accept_errors");
                    sleep(PAUSE).await;
                }
            },
            Some(_ended) = connections.join_next() => {}
            () = common.stopped() => break,
        }
    }
    let ended = async { while connections.join_next().await.is_some() {} };
    let _whoever_is_left_is_cut_off = timeout(PATIENCE, ended).await;
    Ok(())
}

fn admit(stream: TcpStream, acceptor: TlsAcceptor, common: &Common, connections: &mut JoinSet<()>) {
    let mut intake = common.intake.lock();
    if intake.connections >= common.config.connections {
        return intake.count("too_many_connections");
    }
    // Whoever opens connections and says nothing leaves room for those that do.
    if intake.strangers >= common.config.connections.div_ceil(2) {
        return intake.count("too_many_handshakes");
    }
    intake.connections += 1;
    intake.strangers += 1;
    intake.count("connections");
    drop(intake);
    let common = common.clone();
    connections.spawn(async move {
        let met = meet(stream, acceptor, &common).await;
        common.intake.lock().strangers -= 1;
        let why = match met {
            Ok((stream, identity)) => serve(stream, identity, &common).await,
            Err(why) => Some(why),
        };
        let mut intake = common.intake.lock();
        intake.connections -= 1;
        if let Some(why) = why {
            intake.count(why);
        }
    });
}

/// Who is there; or what is to be counted of why nobody is.
async fn meet(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    common: &Common,
) -> Result<(TlsStream<Patient>, Identity), &'static str> {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    let _as_far_as_it_can = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
    let _as_far_as_it_can = stream.set_nodelay(true);
    let patience = Duration::from_secs(common.config.patience_seconds);
    let stream = match timeout(patience, acceptor.accept(Patient::new(stream, patience))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(_)) => return Err("refused_handshakes"),
        Err(_) => return Err("slow_handshakes"),
    };
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let identity = certificates.first().and_then(|own| Identity::of(own));
    let identity = identity.ok_or("unnamed_certificates")?;
    if !common.config.admits(identity.name()) {
        return Err("refused_sources");
    }
    match common.intake.lock().sources.meet(identity.name()) {
        true => Ok((stream, identity)),
        false => Err("too_many_sources"),
    }
}

/// Answers requests to the end; what is to be counted of that.
async fn serve(stream: TlsStream<Patient>, identity: Identity, common: &Common) -> Option<&'static str> {
    let identity = Arc::new(identity);
    let shown = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
    let service = service_fn(|request| request::answer(request, Arc::clone(&identity), common.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(common.idle())
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = revoked(common.revocation.as_deref(), &shown) => return Some("revoked_certificates"),
        () = common.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    match ended {
        Ok(()) => None,
        Err(error) if error.is_timeout() => Some("idle_connections"),
        Err(error) if error.is_parse() => Some("malformed_requests"),
        Err(_) => Some("broken_connections"),
    }
}
