//! HTTP/1.x, as far as somebody authenticates in it: Negotiate, NTLM and Kerberos hand their tokens to
//! [`crate::gss::Exchange`]; the rest of a connection passes unread.
//!
//! Of a message only its head is looked at, up to 64 KiB; bodies are skipped by Content-Length or chunk by chunk. NTLM and
//! Kerberos authenticate the connection, so a connection has one exchange with the origin and one with the proxy before it.
//! 401 and 407 without a token refuse what the request showed, with one they ask for the next step, everything else grants.
//! A password is never looked at: of Basic only the user's name is told.

mod base64;
mod lane;
mod message;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::VecDeque;

use capture::{Direction, Flow, Timestamp, Transport};

use crate::activity::Status;
use crate::context::Context;
use crate::gss::{Answer, Exchange};
use crate::pending::TIMEOUT;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::session::PROBE;
use lane::{Body, Fed, Lane};
use wire::{Credentials, Head, Start};

/// HTTP's row in the table of protocols.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Http,
    tcp: &[80, 3128, 5985, 8080, 47001],
    udp: &[],
    recognise,
    open: |_: &Flow| Box::new(Http::default()),
};

/// Requests whose responses are waited for; pipelining deeper than this is not seen in the wild.
const OUTSTANDING: usize = 64;

/// One connection.
#[derive(Debug, Default)]
struct Http {
    lanes: [Lane; 2],
    outstanding: VecDeque<Asked>,
    origin: Authentication,
    proxy: Authentication,
    /// The connection became something else: what its bytes are counted under.
    left: Option<&'static str>,
}

/// What a request was, for reading its response.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    method: Method,
    origin: bool,
    proxy: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Method {
    Head,
    Connect,
    #[default]
    Other,
}

/// One exchange, and since when it waits for a verdict.
#[derive(Debug, Default)]
struct Authentication {
    exchange: Exchange,
    since: Option<Timestamp>,
}

fn recognise(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Tcp {
        return Verdict::No;
    }
    let bytes = probe.bytes;
    if bytes.starts_with(b"HTTP/1.") {
        return Verdict::Sure(Sender::Server);
    }
    if b"HTTP/1.".starts_with(bytes) {
        return Verdict::Need(7);
    }
    let method = bytes.split(|byte| *byte == b' ').next().unwrap_or_default();
    if method.len() == bytes.len() {
        let begun = bytes.len() < 20
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'));
        return if begun {
            Verdict::Need(bytes.len() + 1)
        } else {
            Verdict::No
        };
    }
    match bytes.iter().position(|byte| *byte == b'\n') {
        _ if !wire::is_method(method) => Verdict::No,
        Some(end) => match Start::read(bytes.get(..end).unwrap_or_default().trim_ascii_end()) {
            Some(_) => Verdict::Sure(Sender::Client),
            None => Verdict::No,
        },
        None if bytes.iter().any(|byte| !(b' '..0x7f).contains(byte) && *byte != b'\r') => Verdict::No,
        None if bytes.len() < PROBE => Verdict::Need(bytes.len() + 1),
        None => plausible_request(bytes).map_or(Verdict::No, |()| Verdict::Sure(Sender::Client)),
    }
}

/// A common method and the first character of a target.
fn plausible_request(head: &[u8]) -> Option<()> {
    const METHODS: &[&[u8]] = &[
        b"GET ",
        b"POST ",
        b"HEAD ",
        b"PUT ",
        b"OPTIONS ",
        b"PROPFIND ",
        b"DELETE ",
        b"CONNECT ",
        b"PATCH ",
    ];
    let rest = METHODS.iter().find_map(|method| head.strip_prefix(*method))?;
    let first = rest.first()?;
    (*first == b'/' || *first == b'*' || first.is_ascii_alphanumeric()).then_some(())
}

impl Protocol for Http {
    fn id(&self) -> ProtocolId {
        ProtocolId::Http
    }

    /// Whatever is there is taken at once: the lanes know where heads and bodies end.
    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        self.left.map_or(Framing::Whole(head.len()), Framing::Opaque)
    }

    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        match direction {
            Direction::Up => plausible_request(head).is_some(),
            Direction::Down => {
                matches!(
                    head,
                    [
                        b'H',
                        b'T',
                        b'T',
                        b'P',
                        b'/',
                        b'1',
                        b'.',
                        b'0' | b'1',
                        b' ',
                        b'1'..=b'5',
                        b'0'..=b'9',
                        b'0'..=b'9',
                        ..
                    ]
                )
            }
        }
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let mut data = pdu.bytes;
        while !data.is_empty() {
            if let Some(reason) = self.left {
                context.opaque(reason, data.len() as u64);
                return;
            }
            match self.lane(context.direction).feed(&mut data) {
                Some(Fed::Head(head)) => self.head(&head, context),
                Some(Fed::Lost(why)) => context.malformed(ProtocolId::Http, why),
                None => {}
            }
        }
    }

    fn gap(&mut self, _missing: u64, context: &mut Context<'_>) {
        self.lane(context.direction).found();
        self.outstanding.clear();
        self.abandon(context);
    }

    fn deadline(&self) -> Option<Timestamp> {
        let waiting = [self.origin.since, self.proxy.since];
        waiting.iter().flatten().min().map(|since| since.after(TIMEOUT))
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        if self.deadline().is_some_and(|deadline| deadline <= context.time) {
            self.abandon(context);
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        self.abandon(context);
    }
}

impl Http {
    const fn lane(&mut self, direction: Direction) -> &mut Lane {
        let [up, down] = &mut self.lanes;
        match direction {
            Direction::Up => up,
            Direction::Down => down,
        }
    }

    fn abandon(&mut self, context: &mut Context<'_>) {
        for authentication in [&mut self.origin, &mut self.proxy] {
            authentication.exchange.finish(&mut context.within("http"));
            authentication.since = None;
        }
    }

    fn head(&mut self, bytes: &[u8], context: &mut Context<'_>) {
        match Head::read(bytes) {
            Ok(head) => match head.start {
                Start::Request { method, .. } => self.request(&head, method, context),
                Start::Response(status) => self.response(&head, status, context),
            },
            Err(malformed) => {
                self.lane(context.direction).lose();
                context.malformed(ProtocolId::Http, malformed.0);
            }
        }
    }

    fn request(&mut self, head: &Head<'_>, method: &[u8], context: &mut Context<'_>) {
        message::request(head, context);
        let asked = Asked {
            method: match method {
                b"HEAD" => Method::Head,
                b"CONNECT" => Method::Connect,
                _ => Method::Other,
            },
            origin: self.origin.shown(&head.origin, context),
            proxy: self.proxy.shown(&head.proxy, context),
        };
        if self.outstanding.len() >= OUTSTANDING {
            context.limit("http.outstanding");
            self.outstanding.pop_front();
        }
        self.outstanding.push_back(asked);
        let body = match (head.chunked, head.length) {
            (true, _) => Body::Chunked,
            (false, length) => Body::Length(length.unwrap_or(0)),
        };
        self.lane(context.direction).body(body);
    }

    fn response(&mut self, head: &Head<'_>, status: u16, context: &mut Context<'_>) {
        let interim = (100..200).contains(&status) && status != 101;
        let asked = if interim {
            Asked::default()
        } else {
            self.outstanding.pop_front().unwrap_or_default()
        };
        message::response(head, status, asked.origin || asked.proxy, context);
        if !interim {
            self.origin.answered(asked.origin, &head.origin, status, 401, context);
            self.proxy.answered(asked.proxy, &head.proxy, status, 407, context);
        }
        match (status, asked.method) {
            (101, _) => self.left = Some("http_upgrade"),
            (200..300, Method::Connect) => self.left = Some("http_tunnel"),
            _ => {}
        }
        let body = match (head.chunked, head.length) {
            _ if interim || asked.method == Method::Head || matches!(status, 204 | 304) => Body::Length(0),
            (true, _) => Body::Chunked,
            (false, Some(length)) => Body::Length(length),
            (false, None) => Body::UntilClose,
        };
        self.lane(context.direction).body(body);
    }
}

impl Authentication {
    /// The tokens in a request; whether there were any.
    fn shown(&mut self, credentials: &[Credentials<'_>], context: &mut Context<'_>) -> bool {
        let shown = self.tokens(credentials, context);
        if self.exchange.waits() {
            self.since.get_or_insert(context.time);
        }
        shown
    }

    /// The tokens in a response, and its verdict on what the request showed: `refusal` is the status that refuses.
    fn answered(
        &mut self,
        asked: bool,
        challenges: &[Credentials<'_>],
        status: u16,
        refusal: u16,
        context: &mut Context<'_>,
    ) {
        let told = self.tokens(challenges, context);
        if !asked {
            return;
        }
        let context = &mut context.within("http");
        self.exchange.answer(&verdict(status, refusal, told), context);
        if !self.exchange.waits() {
            self.since = None;
        }
    }

    /// Hands on the tokens; whether there were any.
    fn tokens(&mut self, credentials: &[Credentials<'_>], context: &mut Context<'_>) -> bool {
        let mut any = false;
        for text in credentials.iter().filter_map(Credentials::token) {
            any = true;
            match base64::decode(text) {
                Some(token) => self.exchange.token(&token, &mut context.within("http")),
                None => context.malformed(ProtocolId::Http, "base64"),
            }
        }
        any
    }
}

fn verdict(status: u16, refusal: u16, told: bool) -> Answer {
    let word = || {
        let name = match status {
            401 => Some("Unauthorized"),
            407 => Some("Proxy Authentication Required"),
            _ => None,
        };
        Status::new(i64::from(status), name)
    };
    match (status == refusal, told) {
        (false, _) => Answer::Success,
        (true, true) => Answer::Continue(word()),
        (true, false) => Answer::Failure(word()),
    }
}
