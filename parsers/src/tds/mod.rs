//! TDS, from its first packet to where somebody is logged in: SQL Server's clients, who they say they are, and what it says
//! to that. What follows is opaque.
//!
//! Integrated logins hand their tokens to [`crate::gss::Exchange`] and become activities; a login by name and password is a
//! message, without its password. TLS is wrapped in PRELOGIN packets at first ([MS-TDS] 2.2.6.5) and may protect the LOGIN7
//! packet alone, after which both sides go on in the clear.

mod message;
mod names;
#[cfg(test)]
mod tests;
mod wire;

use capture::{Direction, Flow, Timestamp, Transport};

use crate::activity::Status;
use crate::context::Context;
use crate::gss::{Answer, Exchange};
use crate::pending::TIMEOUT;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::reader::Malformed;
use crate::tls;
use wire::{HEADER, Header, LOGIN7, Login, PRELOGIN, Prelogin, RESPONSE, Refusal, SSPI, Token};

/// TDS' row in the table of protocols.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Tds,
    tcp: &[1433],
    udp: &[],
    recognise,
    open: |_: &Flow| Box::new(Tds::default()),
};

/// Octets of a TLS record's header.
const RECORD: usize = 5;

/// The longest message of a login that is put together.
const MAX_MESSAGE: usize = 64 * 1024;

/// PRELOGIN and LOGIN7 tell themselves; a response is one where the port says so.
fn recognise(probe: &Probe<'_>) -> Verdict {
    /// A header, and in PRELOGIN the version's place, in LOGIN7 length and version.
    const LOOK: usize = HEADER + 8;
    let bytes = probe.bytes;
    if probe.transport != Transport::Tcp || !matches!(bytes, [PRELOGIN | LOGIN7 | RESPONSE, ..]) {
        return Verdict::No;
    }
    if bytes.len() < LOOK {
        let begun = matches!(bytes, [_] | [_, 0 | 1, ..]);
        return if begun { Verdict::Need(LOOK) } else { Verdict::No };
    }
    let Some(header) = wire::header(bytes) else {
        return Verdict::No;
    };
    match (header.kind, bytes.get(HEADER..).unwrap_or_default()) {
        (PRELOGIN, [0, 0, _, 0, 6, ..]) => Verdict::Sure(Sender::Client),
        (LOGIN7, [_, _, _, 0, _, _, _, 0x70..=0x74, ..]) => Verdict::Sure(Sender::Client),
        (RESPONSE, _) => Verdict::Weak(Sender::Server),
        _ => Verdict::No,
    }
}

/// One connection.
#[derive(Debug, Default)]
struct Tds {
    exchange: Exchange,
    /// Since when credentials wait for a verdict.
    since: Option<Timestamp>,
    tls: Option<Box<tls::Stream>>,
    /// The whole connection is encrypted, not the login alone.
    encrypted: bool,
    /// Somebody is logged in, or nothing of a login was seen.
    over: bool,
    /// Messages whose packets are still coming.
    partial: [Vec<u8>; 2],
    /// The packets that come are the rest of a message that is not read.
    passing: [bool; 2],
}

impl Protocol for Tds {
    fn id(&self) -> ProtocolId {
        ProtocolId::Tds
    }

    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        let sealed = self.encrypted && self.tls.as_ref().is_some_and(|tls| tls.is_over());
        match *head {
            _ if self.over || sealed => Framing::Opaque("tds"),
            [0x14..=0x17, ..] if head.len() < RECORD => Framing::Need(RECORD),
            [0x14..=0x17, 3, _, high, low, ..] => Framing::Whole(RECORD + usize::from(u16::from_be_bytes([high, low]))),
            _ if head.len() < HEADER => Framing::Need(HEADER),
            _ => wire::header(head).map_or(Framing::Invalid("packet"), |header| Framing::Whole(header.length)),
        }
    }

    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        let record = matches!(*head, [0x14..=0x17, 3, 0..=4, ..]) && self.tls.is_some();
        let ours = |header: Header| (header.kind == RESPONSE) == (direction == Direction::Down);
        record || wire::header(head).is_some_and(ours)
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let Some(header) = wire::header(pdu.bytes) else {
            return self.record(pdu.bytes, context);
        };
        let payload = pdu.bytes.get(HEADER..).unwrap_or_default();
        if self.passes(header, context.direction) {
            return;
        }
        let partial = self.partial(context.direction);
        if partial.is_empty() && header.last {
            return self.message(header.kind, payload, context);
        }
        if partial.len() + payload.len() > MAX_MESSAGE {
            partial.clear();
            *self.passing(context.direction) = !header.last;
            return context.limit("tds.message");
        }
        partial.extend_from_slice(payload);
        if header.last {
            let whole = std::mem::take(partial);
            self.message(header.kind, &whole, context);
        }
    }

    fn gap(&mut self, _missing: u64, context: &mut Context<'_>) {
        self.partial(context.direction).clear();
        *self.passing(context.direction) = true;
        if let Some(tls) = &mut self.tls {
            tls.gap(&mut context.within("tds"));
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        let attempt = self.since.map(|since| since.after(TIMEOUT));
        let tls = self.tls.as_ref().and_then(|tls| tls.deadline());
        [attempt, tls].into_iter().flatten().min()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        if self.since.is_some_and(|since| since.after(TIMEOUT) <= context.time) {
            self.abandon(context);
        }
        if let Some(tls) = &mut self.tls {
            tls.expire(&mut context.within("tds"));
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        self.abandon(context);
        if let Some(tls) = &mut self.tls {
            tls.finish(&mut context.within("tds"));
        }
    }
}

impl Tds {
    const fn partial(&mut self, direction: Direction) -> &mut Vec<u8> {
        let [up, down] = &mut self.partial;
        match direction {
            Direction::Up => up,
            Direction::Down => down,
        }
    }

    const fn passing(&mut self, direction: Direction) -> &mut bool {
        let [up, down] = &mut self.passing;
        match direction {
            Direction::Up => up,
            Direction::Down => down,
        }
    }

    /// Whether a packet is the rest of a message whose beginning was lost or was too long.
    const fn passes(&mut self, header: Header, direction: Direction) -> bool {
        let passing = self.passing(direction);
        let rest = *passing && header.number > 1;
        *passing = rest && !header.last;
        rest
    }

    fn abandon(&mut self, context: &mut Context<'_>) {
        self.exchange.finish(&mut context.within("tds"));
        self.since = None;
    }

    /// A TLS record outside of packets: the handshake's, where it was wrapped no more, or a login that is sealed.
    fn record(&mut self, record: &[u8], context: &mut Context<'_>) {
        let tls = self.tls.get_or_insert_default();
        if tls.is_over() {
            context.opaque("tds login", record.len() as u64);
        } else {
            tls.bytes(record, &mut context.within("tds"));
        }
    }

    fn message(&mut self, kind: u8, message: &[u8], context: &mut Context<'_>) {
        let read = match (kind, message.first(), context.direction) {
            (PRELOGIN, Some(0x14..=0x17), _) => {
                self.record(message, context);
                Ok(())
            }
            (PRELOGIN, _, Direction::Up) | (RESPONSE, Some(0), Direction::Down) => self.prelogin(message, context),
            (LOGIN7, _, Direction::Up) => self.login(message, context),
            (SSPI, _, Direction::Up) => {
                self.token(message, context);
                Ok(())
            }
            (RESPONSE, _, Direction::Down) => self.response(message, context),
            _ => {
                self.over = true;
                context.opaque("tds", message.len() as u64);
                Ok(())
            }
        };
        if let Err(malformed) = read {
            context.malformed(ProtocolId::Tds, malformed.0);
        }
    }

    fn prelogin(&mut self, bytes: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let prelogin = Prelogin::read(bytes)?;
        message::prelogin(&prelogin, context);
        if context.direction == Direction::Down {
            self.encrypted = prelogin.encryption.is_some_and(|value| matches!(value & 0x7f, 1 | 3));
        }
        Ok(())
    }

    fn login(&mut self, bytes: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let login = Login::read(bytes)?;
        message::login(&login, context);
        if !login.token.is_empty() {
            self.token(login.token, context);
            self.exchange.annotate(|details| message::wanted(&login, details));
        }
        Ok(())
    }

    fn token(&mut self, token: &[u8], context: &mut Context<'_>) {
        self.exchange.token(token, &mut context.within("tds"));
        if self.exchange.waits() {
            self.since.get_or_insert(context.time);
        }
    }

    fn response(&mut self, bytes: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let (mut granted, mut refused, mut token) = (None, None, None);
        wire::tokens(bytes, |found| match found {
            Token::Granted { version, program } => granted = Some((version, program)),
            Token::Error(refusal) => refused = Some(refusal),
            Token::Sspi(sspi) => token = Some(sspi),
        })?;
        if granted.is_some() || refused.is_some() {
            message::response(granted.as_ref(), refused.as_ref(), context);
        }
        if let Some(token) = token {
            self.token(token, context);
        }
        match (granted, refused) {
            (Some(_), _) => self.judged(&Answer::Success, context),
            (None, Some(refusal)) => self.judged(&Answer::Failure(status(&refusal)), context),
            (None, None) => {}
        }
        Ok(())
    }

    fn judged(&mut self, answer: &Answer, context: &mut Context<'_>) {
        self.exchange.answer(answer, &mut context.within("tds"));
        self.since = None;
        self.over = true;
    }
}

fn status(refusal: &Refusal) -> Status {
    Status::new(i64::from(refusal.number), names::error(refusal.number))
}
