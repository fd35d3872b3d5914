//! A request: where it is sent to, what it asks, and what is answered (DSP0226 §13, [MS-WSMV] 3.1.4.1.30).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use hyper::{Method, Request, Response, StatusCode};
use parsers::wef::{Action, Charset, Content, Envelope, Fault, Refusal, envelope, reply};
use tokio::time::timeout;

use super::Common;
use super::delivery::{self, Outcome, Sent};
use super::identity::Identity;

/// Where subscriptions are enumerated, as every SubscriptionManager has it.
const MANAGER: &str = "/wsman/SubscriptionManager/WEC";

/// Where events are sent to, with a subscription behind it.
pub(super) const SUBSCRIPTIONS: &str = "/wsman/subscriptions/";

/// Octets that one permit of the store of bodies stands for.
pub(super) const UNIT: usize = 1_024;

/// Answers a request of `from`.
pub(super) async fn answer(
    request: Request<Incoming>,
    from: Arc<Identity>,
    common: Common,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let received = match content(&request) {
        Ok(content) => receive(request, content, 0, &common).await,
        Err(refused) => Err(refused),
    };
    let response = match received {
        Ok(received) => received.answer(&from, &common).await,
        Err((status, why)) => {
            common.intake.lock().count(why);
            empty(status)
        }
    };
    Ok(response)
}

/// What a request says of its body.
fn content(request: &Request<Incoming>) -> Result<Content, (StatusCode, &'static str)> {
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let content = Content::of(header(CONTENT_TYPE).unwrap_or_default(), header(CONTENT_ENCODING));
    content.ok_or((StatusCode::UNSUPPORTED_MEDIA_TYPE, "malformed_requests"))
}

/// A body that has been read, and the room that it takes.
pub(super) struct Received {
    pub(super) octets: Vec<u8>,
    pub(super) content: Content,
    manager: bool,
    _room: Option<tokio::sync::OwnedSemaphorePermit>,
}

/// Reads a request, whose body may be longer than an envelope by `overhead`; what it is answered and counted as where that is not possible.
pub(super) async fn receive(
    request: Request<Incoming>,
    content: Content,
    overhead: usize,
    common: &Common,
) -> Result<Received, (StatusCode, &'static str)> {
    let path = request.uri().path();
    let manager = path.eq_ignore_ascii_case(MANAGER);
    if !manager
        && !path
            .get(..SUBSCRIPTIONS.len())
            .is_some_and(|path| path.eq_ignore_ascii_case(SUBSCRIPTIONS))
    {
        return Err((StatusCode::NOT_FOUND, "unknown_paths"));
    }
    if request.method() != Method::POST {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "malformed_requests"));
    }
    let limit = common.limits.envelope + overhead;
    let announced = request
        .body()
        .size_hint()
        .exact()
        .map_or(limit, |size| usize::try_from(size).unwrap_or(usize::MAX));
    if announced > limit {
        return Err((StatusCode::PAYLOAD_TOO_LARGE, Refusal::Oversized.name()));
    }
    let units = u32::try_from(announced / UNIT + 1).unwrap_or(u32::MAX);
    let room = Arc::clone(&common.bodies).acquire_many_owned(units).await.ok();
    let patience = Duration::from_secs(common.config.patience_seconds);
    let octets = match timeout(patience, read(request.into_body(), announced, limit)).await {
        Ok(octets) => octets?,
        Err(_) => return Err((StatusCode::REQUEST_TIMEOUT, "slow_senders")),
    };
    Ok(Received {
        octets,
        content,
        manager,
        _room: room,
    })
}

async fn read(mut body: Incoming, announced: usize, limit: usize) -> Result<Vec<u8>, (StatusCode, &'static str)> {
    let mut octets = Vec::with_capacity(announced.min(limit));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| (StatusCode::BAD_REQUEST, "cut_requests"))?;
        let Some(data) = frame.data_ref() else { continue };
        if octets.len() + data.len() > limit {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, Refusal::Oversized.name()));
        }
        octets.extend_from_slice(data);
    }
    Ok(octets)
}

/// What a request came to.
enum Read {
    /// Events, which are on their way or stored already.
    Batch(Sent, Envelope<'static>, Charset),
    /// Anything else, answered.
    Answered(Response<Full<Bytes>>),
}

impl Received {
    pub(super) async fn answer(self, from: &Arc<Identity>, common: &Common) -> Response<Full<Bytes>> {
        // What WinRM asks before it authenticates has no body; it has shown its certificate already.
        if self.octets.is_empty() {
            return empty(StatusCode::OK);
        }
        let turn = match self.manager {
            true => None,
            false => match delivery::turn(from, common).await {
                Some(turn) => Some(turn),
                None => return unavailable(common),
            },
        };
        match (self.read(from, common).await, turn) {
            (Some(Read::Answered(response)), _) => response,
            (Some(Read::Batch(sent, request, charset)), turn) => match delivery::end(sent, from, common, turn).await {
                Outcome::Stored => acknowledged(&request, charset),
                Outcome::Failed => fault(Fault::InternalError, &request, charset),
            },
            (None, _) => unavailable(common),
        }
    }

    /// One request is read at a time: what is held beyond the limits is this one alone. None where adtap ends.
    async fn read(self, from: &Identity, common: &Common) -> Option<Read> {
        let _reader = common.reader.acquire().await.ok()?;
        if !self.manager && !delivery::room(common).await {
            return None;
        }
        let content = self.content;
        let (text, charset) = match common.text(content, &self.octets) {
            Ok(text) => text,
            Err(refusal) => return Some(refused(refusal, content.charset.unwrap_or_default(), common)),
        };
        drop(self);
        let envelope = match envelope::read(&text) {
            Ok(envelope) => envelope,
            Err(refusal) => return Some(refused(refusal, charset, common)),
        };
        if matches!(envelope.action, Action::Events | Action::Heartbeat) {
            common.intake.lock().sources.heard(from.name(), common.now());
        }
        if envelope.action == Action::Events {
            let batch = common.intake.lock().read(from, &envelope, common.now());
            let head = envelope.head();
            drop(text);
            return delivery::send(batch, common)
                .await
                .map(|sent| Read::Batch(sent, head, charset));
        }
        Some(Read::Answered(other(&envelope, charset, from, common)))
    }
}

/// The answer to what brings no events.
fn other(request: &Envelope<'_>, charset: Charset, from: &Identity, common: &Common) -> Response<Full<Bytes>> {
    let count = |what| common.intake.lock().count(what);
    match request.action {
        Action::Enumerate => return enumerated(request, charset, from, common),
        Action::Heartbeat => count("heartbeats"),
        Action::SubscriptionEnd => count("ends"),
        Action::End | Action::Events => return empty(StatusCode::NO_CONTENT),
        Action::Unknown => {
            count("unknown_actions");
            return fault(Fault::ActionNotSupported, request, charset);
        }
    }
    acknowledged(request, charset)
}

/// Nothing more can be taken: it is to come again.
fn unavailable(common: &Common) -> Response<Full<Bytes>> {
    common.intake.lock().count("busy");
    empty(StatusCode::SERVICE_UNAVAILABLE)
}

fn enumerated(request: &Envelope<'_>, charset: Charset, from: &Identity, common: &Common) -> Response<Full<Bytes>> {
    let mut intake = common.intake.lock();
    intake.count("enumerations");
    let place = intake
        .sources
        .of(from.name())
        .map(|source| source.place.bookmark.clone());
    let subscription = common.offer.subscription(from.name(), from.proof);
    let text = reply::enumerated(request, &subscription, &place.unwrap_or_default());
    envelope_of(StatusCode::OK, &text, charset)
}

fn acknowledged(request: &Envelope<'_>, charset: Charset) -> Response<Full<Bytes>> {
    match request.acknowledge {
        true => envelope_of(StatusCode::OK, &reply::acknowledged(request), charset),
        false => empty(StatusCode::NO_CONTENT),
    }
}

fn refused(refusal: Refusal, charset: Charset, common: &Common) -> Read {
    common.intake.lock().count(refusal.name());
    let why = match refusal {
        Refusal::Oversized | Refusal::TooMany => Fault::EncodingLimit,
        Refusal::NotUnderstood => Fault::MustUnderstand,
        _ => Fault::SchemaValidationError,
    };
    Read::Answered(fault(why, &Envelope::default(), charset))
}

fn fault(fault: Fault, request: &Envelope<'_>, charset: Charset) -> Response<Full<Bytes>> {
    envelope_of(
        StatusCode::INTERNAL_SERVER_ERROR,
        &reply::refused(fault, request),
        charset,
    )
}

fn envelope_of(status: StatusCode, text: &str, charset: Charset) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(charset.encode(text).into()));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static(charset.content_type());
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

pub(super) fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
