//! Sources over HTTP, port 5985: who each is, its ticket says (RFC 4559), and every message is sealed by the context that this makes
//! ([MS-WSMV] 2.2.9.1).
//!
//! ```text
//! POST ─ Authorization: Kerberos token ─► peer: context ─► known ─ 200, WWW-Authenticate: Kerberos token
//! POST ─ multipart/encrypted ─► open ─► request, as over HTTPS ─► seal ─► multipart/encrypted
//! ```
//! The context is the connection's: whoever comes on another one shows its ticket anew. Nothing is taken that is not sealed.

mod context;
mod peer;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE,
};
use hyper::{Request, Response, StatusCode};
use parsers::base64;
use parsers::wef::{Content, Scheme, sealed};
use tokio::net::TcpStream;

use super::Common;
use super::connection::{converse, prepare};
use super::request::{self, empty};
use peer::{Met, Peer};

pub(crate) use context::Acceptor;

/// Octets that are read of a connection before they are asked for: a request's head holds a token, which has 48,000 octets at most where
/// Windows is left as it is (MaxTokenSize), in Base64.
const BUFFER: usize = 80 << 10;

/// Serves a connection to its end; what is to be counted of that.
pub(super) async fn serve(stream: TcpStream, acceptor: Acceptor, common: &Common) -> Option<&'static str> {
    let patience = Duration::from_secs(common.config.patience_seconds);
    let peer = Arc::new(Peer::new(acceptor, common.clone()));
    let (at_door, own) = (Arc::clone(&peer), common.clone());
    let served = converse(
        prepare(stream, patience),
        BUFFER,
        move |request| answer(request, Arc::clone(&peer), own.clone()),
        common,
    );
    tokio::select! {
        ended = served => ended,
        () = at_door.stays_a_stranger(patience) => Some("slow_handshakes"),
    }
}

async fn answer(
    request: Request<Incoming>,
    peer: Arc<Peer>,
    common: Common,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut told = None;
    if let Some((scheme, token)) = header(request.headers(), AUTHORIZATION).and_then(Scheme::of) {
        match peer.meet(token) {
            Met::Known(token) => told = token.and_then(|token| challenge(scheme, Some(&token))),
            Met::Asked(token) => {
                return Ok(with(
                    challenge(scheme, token.as_deref()),
                    empty(StatusCode::UNAUTHORIZED),
                ));
            }
            Met::Refused(why) => {
                common.intake.lock().count(why);
                return Ok(unauthorized());
            }
        }
    }
    let Some(identity) = peer.identity() else {
        return Ok(unauthorized());
    };
    // The first request of a source has no body: its second one is sealed by what the first has made.
    if request.body().is_end_stream() {
        return Ok(with(told, empty(StatusCode::OK)));
    }
    let response = match open(request, &peer, &identity, &common).await {
        Ok(response) => response,
        Err((status, why)) => {
            common.intake.lock().count(why);
            match status {
                StatusCode::UNAUTHORIZED => unauthorized(),
                status => empty(status),
            }
        }
    };
    Ok(with(told, response))
}

/// Opens a request, does it, and seals what is answered.
async fn open(
    request: Request<Incoming>,
    peer: &Peer,
    identity: &Arc<super::identity::Identity>,
    common: &Common,
) -> Result<Response<Full<Bytes>>, (StatusCode, &'static str)> {
    let sealing = header(request.headers(), CONTENT_TYPE).and_then(Scheme::sealing);
    let scheme = sealing.ok_or((StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsealed_bodies"))?;
    let encoding = header(request.headers(), CONTENT_ENCODING);
    let plain = Content::of("application/soap+xml", encoding);
    let sldc = plain
        .ok_or((StatusCode::UNSUPPORTED_MEDIA_TYPE, "malformed_requests"))?
        .sldc;
    let mut received = request::receive(request, Content::default(), sealed::OVERHEAD, common).await?;
    let content = peer
        .open(&mut received.octets)
        .map_err(|why| (StatusCode::UNAUTHORIZED, why))?;
    received.content = Content { sldc, ..content };
    let response = received.answer(identity, common).await;
    seal(response, scheme, peer)
        .await
        .ok_or((StatusCode::UNAUTHORIZED, "broken_seals"))
}

/// The answer, sealed as the request was; none where the context is gone.
async fn seal(response: Response<Full<Bytes>>, scheme: Scheme, peer: &Peer) -> Option<Response<Full<Bytes>>> {
    let (mut head, body) = response.into_parts();
    let Ok(body) = body.collect().await;
    let body = body.to_bytes();
    if body.is_empty() {
        return Some(Response::from_parts(head, Full::default()));
    }
    let content = header(&head.headers, CONTENT_TYPE).and_then(|kind| Content::of(kind, None));
    let charset = content.and_then(|content| content.charset).unwrap_or_default();
    let body = peer.seal(scheme, charset, body.to_vec())?;
    head.headers
        .insert(CONTENT_TYPE, HeaderValue::from_static(scheme.content_type()));
    Some(Response::from_parts(head, Full::new(body.into())))
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A stranger is told how it may prove who it is.
fn unauthorized() -> Response<Full<Bytes>> {
    let ways = Scheme::ALL.into_iter().filter_map(|scheme| challenge(scheme, None));
    ways.fold(empty(StatusCode::UNAUTHORIZED), |response, way| {
        with(Some(way), response)
    })
}

fn challenge(scheme: Scheme, token: Option<&[u8]>) -> Option<HeaderValue> {
    let text = match token {
        Some(token) => format!("{} {}", scheme.name(), base64::encode(token)),
        None => scheme.name().to_owned(),
    };
    HeaderValue::from_str(&text).ok()
}

fn with(challenge: Option<HeaderValue>, mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    if let Some(challenge) = challenge {
        response.headers_mut().append(WWW_AUTHENTICATE, challenge);
    }
    response
}
