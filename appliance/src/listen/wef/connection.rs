//! Connections: taken, asked who they are, and served for as long as they keep their promises.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
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

/// Octets that are read of a connection before they are asked for: a request's head has to have room in them.
const BUFFER: usize = 16 << 10;

/// How sources come in.
#[derive(Clone)]
pub(super) enum Door {
    /// By HTTPS, with a certificate.
    Tls(TlsAcceptor),
    /// By HTTP, with a ticket.
    #[cfg(feature = "gssapi")]
    Kerberos(super::kerberos::Acceptor),
}

/// Takes connections until it is told to stop.
pub(super) async fn listen(listener: std::net::TcpListener, door: Door, common: Common) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => admit(stream, door.clone(), &common, &mut connections),
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

fn admit(stream: TcpStream, door: Door, common: &Common, connections: &mut JoinSet<()>) {
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
        let why = match door {
            Door::Tls(acceptor) => certified(stream, acceptor, &common).await,
            #[cfg(feature = "gssapi")]
            Door::Kerberos(acceptor) => super::kerberos::serve(stream, acceptor, &common).await,
        };
        let mut intake = common.intake.lock();
        intake.connections -= 1;
        if let Some(why) = why {
            intake.count(why);
        }
    });
}

/// One who shows a certificate: served to the end; what is to be counted of that.
async fn certified(stream: TcpStream, acceptor: TlsAcceptor, common: &Common) -> Option<&'static str> {
    // What a handshake takes is not kept for as long as the connection lasts.
    let met = Box::pin(meet(stream, acceptor, common)).await;
    common.intake.lock().strangers -= 1;
    match met {
        Ok((stream, identity)) => serve(stream, identity, common).await,
        Err(why) => Some(why),
    }
}

/// A socket that asks a silent peer whether it is there, and waits for a slow one no longer than `patience`.
pub(super) fn prepare(stream: TcpStream, patience: Duration) -> Patient {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    let _as_far_as_it_can = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
    let _as_far_as_it_can = stream.set_nodelay(true);
    Patient::new(stream, patience)
}

/// Who is there; or what is to be counted of why nobody is.
async fn meet(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    common: &Common,
) -> Result<(Box<TlsStream<Patient>>, Identity), &'static str> {
    let patience = Duration::from_secs(common.config.patience_seconds);
    let stream = match timeout(patience, acceptor.accept(prepare(stream, patience))).await {
        Ok(Ok(stream)) => Box::new(stream),
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
async fn serve(stream: Box<TlsStream<Patient>>, identity: Identity, common: &Common) -> Option<&'static str> {
    let identity = Arc::new(identity);
    let shown = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
    let answer = |request| request::answer(request, Arc::clone(&identity), common.clone());
    tokio::select! {
        why = converse(stream, BUFFER, answer, common) => why,
        () = revoked(common.revocation.as_deref(), &shown) => Some("revoked_certificates"),
    }
}

/// Lets `answer` answer the requests that come over `stream`, whose heads have room in `buffer` octets, to the end; what is to be counted
/// of that.
pub(super) async fn converse<S, A, F>(stream: S, buffer: usize, answer: A, common: &Common) -> Option<&'static str>
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response<Full<Bytes>>, Infallible>>,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(common.idle())
        .max_buf_size(buffer)
        // A request is in memory while it is answered; most connections are idle.
        .serve_connection(TokioIo::new(stream), service_fn(|request| Box::pin(answer(request))));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
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
