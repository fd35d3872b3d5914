//! HTTP/1.x, as far as somebody authenticates in it or manages a computer: Negotiate, NTLM and Kerberos hand their tokens to
//! [`crate::gss::Exchange`], WS-Management is [`winrm`]'s and RPC over HTTP [`rpc`]'s; the rest of a connection passes unread.
//!
//! Of a message only its head is looked at, up to 64 KiB; bodies are skipped by Content-Length or chunk by chunk. NTLM and
//! Kerberos authenticate the connection, so a connection has one exchange with the origin and one with the proxy before it.
//! 401 and 407 without a token refuse what the request showed, with one they ask for the next step, everything else grants.
//! A password is never looked at: of Basic and Digest only the user's name is told.

mod authentication;
mod lane;
mod message;
mod recognise;
mod rpc;
#[cfg(test)]
mod tests;
mod winrm;
mod wire;

use std::collections::VecDeque;

use capture::{Direction, Flow, Timestamp};

use crate::context::Context;
use crate::pending::TIMEOUT;
use crate::protocol::{Framing, Pdu, Protocol, ProtocolId, Registration};
use crate::tls;
use authentication::{Authentication, Wanted};
use lane::{Body, Fed, Lane};
use recognise::plausible_request;
use rpc::{Rpc, Way};
use winrm::Call;
use wire::{Head, Start};

/// HTTP's row in the table of protocols.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Http,
    tcp: &[80, 3128, 5985, 8080, 47001],
    udp: &[],
    recognise: recognise::recognise,
    open: |_: &Flow| Box::new(Http::default()),
};

/// Requests whose responses are waited for; pipelining deeper than this is not seen in the wild.
const OUTSTANDING: usize = 64;

/// What the bytes are counted under that a proxy passes on.
const TUNNEL: &str = "http_tunnel";

/// One connection.
#[derive(Debug, Default)]
struct Http {
    lanes: [Lane; 2],
    outstanding: VecDeque<Asked>,
    origin: Authentication,
    proxy: Authentication,
    /// The connection became something else: what its bytes are counted under.
    left: Option<&'static str>,
    /// What a proxy passes on, where it is TLS.
    tunnel: Option<Box<tls::Stream>>,
    rpc: Option<Box<Rpc>>,
}

/// What a request was, for reading its response.
#[derive(Debug, Default)]
struct Asked {
    method: Method,
    origin: bool,
    proxy: bool,
    /// WS-Management.
    call: Option<Box<Call>>,
    /// RPC over HTTP.
    rpc: Option<Way>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Method {
    Head,
    Connect,
    #[default]
    Other,
}

impl Protocol for Http {
    fn id(&self) -> ProtocolId {
        ProtocolId::Http
    }

    /// Whatever is there is taken at once: the lanes know where heads and bodies end.
    fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        match (&self.tunnel, self.left) {
            (Some(tunnel), _) => tunnel.frame(direction, head),
            (None, Some(reason)) if !begins_tls(reason, head) => Framing::Opaque(reason),
            _ => Framing::Whole(head.len()),
        }
    }

    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        if let Some(tunnel) = &self.tunnel {
            return tunnel.plausible(direction, head);
        }
        if self.is_connected() || self.lane(direction).carries() {
            return true;
        }
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
            if let Some(tunnel) = &mut self.tunnel {
                return tunnel.bytes(data, &mut context.within("http"));
            }
            if let Some(rpc) = self.rpc.as_mut().filter(|rpc| rpc.connected) {
                return rpc.bytes(data, context);
            }
            if let Some(reason) = self.left {
                if !begins_tls(reason, data) {
                    return context.opaque(reason, data.len() as u64);
                }
                self.tunnel = Some(Box::default());
                continue;
            }
            match self.lane_mut(context.direction).feed(&mut data) {
                Some(Fed::Head(head)) => self.head(&head, context),
                Some(Fed::Body(body)) => self.body(&body, context),
                Some(Fed::Piece(piece)) => self.piece(piece, context),
                Some(Fed::Lost(why)) => context.malformed(ProtocolId::Http, why),
                None => {}
            }
        }
    }

    fn gap(&mut self, missing: u64, context: &mut Context<'_>) {
        if let Some(tunnel) = &mut self.tunnel {
            return tunnel.gap(&mut context.within("http"));
        }
        let carried = self.is_connected() || self.lane_mut(context.direction).pass(missing);
        if let Some(rpc) = self.rpc.as_mut().filter(|_| carried) {
            return rpc.gap(missing, context);
        }
        self.lose_channel(context);
        self.lane_mut(context.direction).found();
        self.abandon(context);
        while let Some(asked) = self.outstanding.pop_front() {
            give_up(asked, context);
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        let tunnel = self.tunnel.as_ref().and_then(|tunnel| tunnel.deadline());
        let rpc = self.rpc.as_ref().and_then(|rpc| rpc.deadline());
        [self.verdict_due(), tunnel, rpc].into_iter().flatten().min()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        if self.verdict_due().is_some_and(|due| due <= context.time) {
            self.abandon(context);
        }
        if let Some(tunnel) = &mut self.tunnel {
            tunnel.expire(&mut context.within("http"));
        }
        if let Some(rpc) = &mut self.rpc {
            rpc.expire(context);
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        if let Some(tunnel) = &mut self.tunnel {
            tunnel.finish(&mut context.within("http"));
        }
        if let Some(rpc) = &mut self.rpc {
            rpc.finish(context);
        }
        self.abandon(context);
        while let Some(asked) = self.outstanding.pop_front() {
            give_up(asked, context);
        }
    }
}

impl Http {
    /// When credentials have waited too long for a verdict. Requests of WS-Management wait as long as their connection: a
    /// shell's output is asked for before there is any.
    fn verdict_due(&self) -> Option<Timestamp> {
        let waiting = [self.origin.since, self.proxy.since];
        waiting.iter().flatten().min().map(|since| since.after(TIMEOUT))
    }

    const fn lane_mut(&mut self, direction: Direction) -> &mut Lane {
        let [up, down] = &mut self.lanes;
        match direction {
            Direction::Up => up,
            Direction::Down => down,
        }
    }

    const fn lane(&self, direction: Direction) -> &Lane {
        let [up, down] = &self.lanes;
        match direction {
            Direction::Up => up,
            Direction::Down => down,
        }
    }

    /// Whether version 1 of RPC over HTTP has the connection for itself.
    fn is_connected(&self) -> bool {
        self.rpc.as_ref().is_some_and(|rpc| rpc.connected)
    }

    fn abandon(&mut self, context: &mut Context<'_>) {
        for authentication in [&mut self.origin, &mut self.proxy] {
            authentication.abandon(context);
        }
    }

    fn head(&mut self, bytes: &[u8], context: &mut Context<'_>) {
        match Head::read(bytes) {
            Ok(head) => match head.start {
                Start::Request { method, target } => self.request(&head, method, target, context),
                Start::Response(status) => self.response(&head, status, context),
            },
            Err(malformed) => {
                self.lane_mut(context.direction).lose();
                context.malformed(ProtocolId::Http, malformed.0);
            }
        }
    }

    fn request(&mut self, head: &Head<'_>, method: &[u8], target: &[u8], context: &mut Context<'_>) {
        let path = message::path(target);
        let managed = winrm::is_path(path) && (head.chunked || head.length.is_some_and(|length| length > 0));
        let (way, rpc_server) = (Way::of(method), rpc::server(method, target));
        if head.cut && (managed || way.is_some() || head.authenticates()) {
            context.limit("http.text");
        }
        if !managed {
            message::request(head, way.is_some(), context);
        }
        let wanted = |proxy| Wanted {
            host: head.host,
            path,
            proxy,
            rpc_server,
        };
        let mut asked = Asked {
            method: match method {
                b"HEAD" => Method::Head,
                b"CONNECT" => Method::Connect,
                _ => Method::Other,
            },
            origin: self.origin.shown(&head.origin, &wanted(false), context),
            proxy: self.proxy.shown(&head.proxy, &wanted(true), context),
            call: None,
            rpc: way,
        };
        if managed {
            asked.call = Some(Call::new(head, target, self.origin.identity(), context));
            self.lane_mut(context.direction).watch(winrm::LOOK);
        }
        self.push(asked, context);
        let body = match (head.chunked, head.length) {
            (true, _) => Body::Chunked,
            (false, length) => Body::Length(length.unwrap_or(0)),
        };
        if let Some(way) = way {
            self.open(Rpc::new(way, rpc_server, self.origin.identity()), context);
        }
        match way.filter(|way| way.carries(head.length)) {
            Some(_) => self.lane_mut(context.direction).carry(body),
            None => self.lane_mut(context.direction).body(body),
        }
    }

    /// A way for RPC begins; the one before it is over.
    fn open(&mut self, rpc: Rpc, context: &mut Context<'_>) {
        if let Some(mut before) = self.rpc.replace(Box::new(rpc)) {
            before.finish(context);
        }
    }

    /// The response to a channel's request came: to another one than the last, where that has its own already and no other was seen.
    fn answer(&mut self, way: Way, seen: bool, context: &mut Context<'_>) {
        if self.rpc.as_ref().is_none_or(|rpc| rpc.answered && !seen) {
            self.open(Rpc::new(way, None, None), context);
        }
        if let Some(rpc) = &mut self.rpc {
            rpc.answered = true;
        }
    }

    /// More is lost than what was left of a body: what comes next is of another message, and perhaps of another channel. One that
    /// the other direction carries goes on there.
    fn lose_channel(&mut self, context: &mut Context<'_>) {
        if !self.lane(context.direction).has_carried() {
            return;
        }
        let goes_on = self.lane(context.direction.reverse()).is_within();
        let Some(mut rpc) = self.rpc.take() else { return };
        rpc.gap(u64::MAX, context); // whatever a PDU says of its length, it ends with the body
        match goes_on {
            true => self.rpc = Some(rpc),
            false => rpc.finish(context),
        }
    }

    /// The next octets of a channel.
    fn piece(&mut self, piece: &[u8], context: &mut Context<'_>) {
        let Some(rpc) = &mut self.rpc else { return };
        rpc.bytes(piece, context);
        if rpc.is_granted() {
            self.granted(context);
        }
    }

    /// What the last request showed was accepted without a word.
    fn granted(&mut self, context: &mut Context<'_>) {
        let Some(asked) = self.outstanding.back_mut() else {
            return;
        };
        let (origin, proxy) = (std::mem::take(&mut asked.origin), std::mem::take(&mut asked.proxy));
        self.origin.answered(origin, &[], 200, 401, context);
        self.proxy.answered(proxy, &[], 200, 407, context);
    }

    fn push(&mut self, asked: Asked, context: &mut Context<'_>) {
        if self.outstanding.len() >= OUTSTANDING {
            context.limit("http.outstanding");
            if let Some(oldest) = self.outstanding.pop_front() {
                give_up(oldest, context);
            }
        }
        self.outstanding.push_back(asked);
    }

    /// What there is of the last request's body.
    fn body(&mut self, body: &[u8], context: &mut Context<'_>) {
        let last = self.outstanding.back_mut();
        if let Some(call) = last.and_then(|asked| asked.call.as_mut()) {
            call.body(body, context);
        }
    }

    fn response(&mut self, head: &Head<'_>, status: u16, context: &mut Context<'_>) {
        let interim = (100..200).contains(&status) && status != 101;
        let asked = if interim {
            Asked::default()
        } else {
            self.outstanding.pop_front().unwrap_or_default()
        };
        let way = asked.rpc.or_else(|| rpc::answers(head));
        let told = asked.origin || asked.proxy || asked.call.is_some() || way.is_some();
        if head.cut && (told || head.authenticates()) {
            context.limit("http.text");
        }
        message::response(head, status, told, context);
        if !interim {
            self.origin.answered(asked.origin, &head.origin, status, 401, context);
            self.proxy.answered(asked.proxy, &head.proxy, status, 407, context);
        }
        if let Some(call) = asked.call {
            call.answered(status, context);
        }
        match (status, asked.method) {
            (101, _) => self.left = Some("http_upgrade"),
            (200..300, Method::Connect) => self.left = Some(TUNNEL),
            (200..300, _) if way == Some(Way::Connect) => return self.connect(),
            _ => {}
        }
        let body = match (head.chunked, head.length) {
            _ if interim || asked.method == Method::Head || matches!(status, 204 | 304) => Body::Length(0),
            (true, _) => Body::Chunked,
            (false, Some(length)) => Body::Length(length),
            (false, None) => Body::UntilClose,
        };
        match way.filter(|_| status == 200) {
            Some(way) => {
                self.answer(way, asked.rpc.is_some(), context);
                self.lane_mut(context.direction).carry(body);
            }
            None => self.lane_mut(context.direction).body(body),
        }
    }

    /// All that follows is RPC.
    fn connect(&mut self) {
        if let Some(rpc) = &mut self.rpc {
            rpc.connected = true;
        }
    }
}

/// Whether TLS begins in what a proxy passes on.
fn begins_tls(reason: &str, head: &[u8]) -> bool {
    reason == TUNNEL && head.first() == Some(&0x16)
}

/// Nobody will answer.
fn give_up(asked: Asked, context: &mut Context<'_>) {
    if let Some(call) = asked.call {
        call.abandon(context);
    }
}
