//! An accounting server without sockets and without a clock (RFC 2866): datagrams in, sessions and answers out.
//!
//! ```text
//! datagram ─► Server::handle_datagram ─► session ─► whoever stores it ─► Server::stored ─► Server::poll_answer
//!                      └ told before: answered again, not stored again
//! ```
//! An answer says that a session is stored for good, so there is none before [`Server::stored`]. A request that comes again
//! (the same source, identifier and authenticator, RFC 5080 §2.2.2) is one request: its session bears the `request_id` that
//! [`Server::remember`] takes after a restart. Another request about the same event (RFC 2866 §5.2) is told by its [`Report`].

mod report;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use capture::{CaptureId, Direction, Endpoint, Flow, FrameId, Timestamp, Transport, Tunnel};
use compact_str::CompactString;
use hashbrown::HashMap;
pub use report::Report;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::activity;
use super::answer;
use super::authenticator::{self, Proof};
use super::wire::Packet;
use super::{ACCOUNTING_REQUEST, STATUS_SERVER};
use crate::activity::{Activity, Outcome};
use crate::context::{Context, Output};
use crate::reader::Malformed;
use crate::text;

/// How long a request is remembered: whoever got no answer asks again within seconds, or minutes where a server was away.
const REMEMBERED: Duration = Duration::from_secs(300);

/// Requests remembered at most; beyond it the oldest that is answered is forgotten early.
const MAX_REMEMBERED: usize = 65_536;

/// Requests whose sessions are on their way to the disk at most.
const MAX_WAITING: usize = 8_192;

/// Answers that wait for one session at most: a client that gets none asks again.
const MAX_ANSWERS: usize = 4;

/// What a client is asked to prove.
#[derive(Clone, Debug)]
pub struct Client {
    /// What it and the server alone know.
    pub secret: Zeroizing<Vec<u8>>,
    /// Whether each of its packets has to have a Message-Authenticator.
    pub require_message_authenticator: bool,
}

/// What became of a datagram.
#[derive(Debug)]
pub enum Heard {
    /// What is told of a session, or that the device begins or ceases to account (Accounting-On, Accounting-Off), which is to be stored; then
    /// say [`Server::stored`], or [`Server::lost`].
    Session(Request, Box<Activity>),
    /// It asks whether anybody is there (Status-Server, RFC 5997): answered.
    Status,
    /// It was heard before: answered again if its session is stored, and otherwise once it is.
    Again,
    /// It is not believed, and not answered.
    Refused(Refusal),
}

/// Why a datagram is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody knows who sent it.
    Client,
    /// It breaks the grammar.
    Malformed(&'static str),
    /// It is no request of accounting.
    Code,
    /// Its Request Authenticator is not made with the secret.
    Authenticator,
    /// Its Message-Authenticator is not.
    MessageAuthenticator,
    /// It has none and should have.
    NoMessageAuthenticator,
    /// More wait to be stored than may: it will ask again.
    Busy,
}

/// A request, the same whenever it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request(u64);

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// To whom.
    pub to: SocketAddr,
    /// The Accounting-Response.
    pub bytes: Vec<u8>,
}

/// The server's end of one socket.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    local: Endpoint,
    capture: CaptureId,
    requests: HashMap<Request, State>,
    /// Which of them was the first about an event.
    reports: HashMap<u64, (Report, Request)>,
    /// In order of their coming.
    queue: VecDeque<(Timestamp, Request, Option<Report>)>,
    waiting: usize,
    answers: VecDeque<Answer>,
    forgotten: u64,
    out: Output,
}

/// How far a request is.
#[derive(Debug)]
enum State {
    /// Its session is on its way; the answers to give then.
    Waits(Vec<Answer>),
    /// Its session is stored.
    Stored,
}

impl Request {
    fn of(packet: &Packet<'_>, from: SocketAddr) -> Self {
        let mut hasher = Sha256::new();
        source(&mut hasher, from.ip());
        hasher.update(from.port().to_be_bytes());
        hasher.update([packet.identifier]);
        hasher.update(packet.authenticator);
        Self(digested(hasher))
    }

    /// The request behind a session's `request_id`; none where it is none.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        (id.len() == 16).then(|| u64::from_str_radix(id, 16).ok().map(Self))?
    }

    /// As a session's `request_id` has it: 16 hexadecimal digits.
    #[must_use]
    pub fn id(self) -> CompactString {
        text::hex(&self.0.to_be_bytes())
    }
}

impl Server {
    /// A server that listens at `local`, and whose sessions are told to come from `capture`.
    #[must_use]
    pub fn new(local: SocketAddr, capture: CaptureId) -> Self {
        Self {
            local: end(local),
            capture,
            requests: HashMap::new(),
            reports: HashMap::new(),
            queue: VecDeque::new(),
            waiting: 0,
            answers: VecDeque::new(),
            forgotten: 0,
            out: Output::new(false),
        }
    }

    /// `request` is stored already, by an earlier run: should it come again, or another about the same event, it is answered.
    pub fn remember(&mut self, request: Request, report: Option<Report>, time: Timestamp) {
        self.make_room(time);
        if self.requests.insert(request, State::Stored).is_none() {
            self.note(request, report, time);
        }
    }

    fn note(&mut self, request: Request, report: Option<Report>, time: Timestamp) {
        if let Some(report) = report {
            self.reports.insert(report.key(), (report, request));
        }
        self.queue.push_back((time, request, report));
    }

    /// A datagram came from `from`, who is `client` as far as is known.
    pub fn handle_datagram(
        &mut self,
        datagram: &[u8],
        from: SocketAddr,
        client: Option<&Client>,
        now: Timestamp,
    ) -> Heard {
        let Some(client) = client else {
            return Heard::Refused(Refusal::Client);
        };
        match believe(datagram, client) {
            Ok(packet) => self.believed(&packet, from, client, now),
            Err(refusal) => Heard::Refused(refusal),
        }
    }

    /// The session of `request` is synced: it is answered.
    pub fn stored(&mut self, request: Request) {
        let Some(state) = self.requests.get_mut(&request) else {
            return;
        };
        if let State::Waits(answers) = std::mem::replace(state, State::Stored) {
            self.waiting -= 1;
            self.answers.extend(answers);
        }
    }

    /// The session of `request` could not be stored: it is not answered, and taken in anew when it comes again.
    pub fn lost(&mut self, request: Request) {
        if matches!(self.requests.get(&request), Some(State::Waits(_))) {
            self.waiting -= 1;
            self.requests.remove(&request);
        }
    }

    /// The next datagram to send.
    pub fn poll_answer(&mut self) -> Option<Answer> {
        self.answers.pop_front()
    }

    /// Requests whose sessions are on their way.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Requests that were forgotten early because there were too many.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn believed(&mut self, packet: &Packet<'_>, from: SocketAddr, client: &Client, now: Timestamp) -> Heard {
        let answer = Answer {
            to: from,
            bytes: answer::to(packet, &client.secret),
        };
        if packet.code == STATUS_SERVER {
            self.answers.push_back(answer);
            return Heard::Status;
        }
        let request = Request::of(packet, from);
        let report = Report::of(packet, from.ip(), now);
        if self.heard(request, report, &answer) {
            return Heard::Again;
        }
        match self.session(packet, from, request, now) {
            Some(_) if self.waiting >= MAX_WAITING => Heard::Refused(Refusal::Busy),
            Some(mut session) => {
                session.details.set_some("report_id", report.map(Report::id));
                self.make_room(now);
                self.requests.insert(request, State::Waits(vec![answer]));
                self.note(request, report, now);
                self.waiting += 1;
                Heard::Session(request, session)
            }
            None => Heard::Refused(Refusal::Malformed("no status type")), // which was seen to be there
        }
    }

    /// Whether the request, or another about the same event, was heard before: it is answered once that is stored.
    fn heard(&mut self, request: Request, report: Option<Report>, answer: &Answer) -> bool {
        let like = report.and_then(|report| {
            let (other, first) = self.reports.get(&report.key())?;
            report.is(*other).then_some(*first)
        });
        let first = if self.requests.contains_key(&request) {
            Some(request)
        } else {
            like
        };
        match first.and_then(|first| self.requests.get_mut(&first)) {
            Some(State::Stored) => self.answers.push_back(answer.clone()),
            Some(State::Waits(answers)) => {
                if answers.len() < MAX_ANSWERS && !answers.contains(answer) {
                    answers.push(answer.clone());
                }
            }
            None => return false,
        }
        true
    }

    /// What the request tells; none where it has no status.
    fn session(
        &mut self,
        packet: &Packet<'_>,
        from: SocketAddr,
        request: Request,
        now: Timestamp,
    ) -> Option<Box<Activity>> {
        let capture = self.capture;
        let flow = Flow {
            id: 0,
            transport: Transport::Udp,
            client: end(from),
            server: self.local,
            tunnel: Tunnel::default(),
            capture,
            midstream: false,
        };
        let frame = FrameId { capture, number: 0 };
        let context = Context::new(&flow, Direction::Up, now, frame, &mut self.out);
        let mut session = activity::begin(packet, &context)?;
        session.conclude(Outcome::Success);
        session.details.set("request_id", request.id());
        Some(session)
    }

    /// Forgets what is old, and the oldest that are stored where there are too many.
    fn make_room(&mut self, now: Timestamp) {
        while let Some((time, request, report)) = self.queue.front().copied() {
            let old = now.since(time) >= REMEMBERED;
            if !old && self.requests.len() < MAX_REMEMBERED {
                return;
            }
            if let Some(State::Waits(_)) = self.requests.get(&request) {
                return; // what is on its way arrives, or is told to be lost
            }
            self.queue.pop_front();
            if let Some(report) = report
                && self
                    .reports
                    .get(&report.key())
                    .is_some_and(|(_, first)| *first == request)
            {
                self.reports.remove(&report.key());
            }
            self.forgotten += u64::from(self.requests.remove(&request).is_some() && !old);
        }
    }
}

/// Hashes who sent something.
fn source(hasher: &mut Sha256, from: IpAddr) {
    match from.to_canonical() {
        IpAddr::V4(ip) => hasher.update(ip.octets()),
        IpAddr::V6(ip) => hasher.update(ip.octets()),
    }
}

/// The first octets of a digest.
fn digested(hasher: Sha256) -> u64 {
    let digest: [u8; 32] = hasher.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The packet in a datagram, where it is whole, a request of accounting, and made with the secret.
fn believe<'a>(datagram: &'a [u8], client: &Client) -> Result<Packet<'a>, Refusal> {
    let malformed = |Malformed(what)| Refusal::Malformed(what);
    let packet = Packet::parse(datagram, false).map_err(malformed)?;
    let accounting = packet.code == ACCOUNTING_REQUEST;
    if !accounting && packet.code != STATUS_SERVER {
        return Err(Refusal::Code);
    }
    if !packet.is_whole() {
        return Err(Refusal::Malformed("attribute"));
    }
    if accounting && !authenticator::is_accounting(&packet, &client.secret) {
        return Err(Refusal::Authenticator);
    }
    match authenticator::proof(&packet, accounting, &client.secret) {
        Proof::Wrong => Err(Refusal::MessageAuthenticator),
        Proof::Absent if client.require_message_authenticator || !accounting => Err(Refusal::NoMessageAuthenticator),
        _ if accounting && activity::status(&packet).is_none() => Err(Refusal::Malformed("no status type")),
        Proof::Absent | Proof::Right => Ok(packet),
    }
}

const fn end(address: SocketAddr) -> Endpoint {
    Endpoint {
        ip: address.ip().to_canonical(),
        port: address.port(),
        mac: None,
    }
}

#[cfg(test)]
mod tests;
