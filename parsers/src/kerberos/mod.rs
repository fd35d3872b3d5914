//! Kerberos 5 (RFC 4120) with Microsoft's extensions ([MS-KILE], [MS-SFU], [MS-PKCA]), over UDP and TCP.
//!
//! One flow carries many exchanges. Each is one activity: a retransmitted request counts once, an answer without its request
//! tells what it can, a request without an answer is told when its time is up.

mod activity;
mod ap;
mod certified;
pub mod codes;
pub(crate) mod distinguished;
pub mod edata;
mod error;
mod framing;
mod kdc;
pub mod keytab;
pub mod kpasswd;
mod mend;
pub mod names;
#[cfg(test)]
mod oracle;
pub mod padata;
pub mod pkinit;
mod print;
pub(crate) mod retry;
pub mod sequence;
#[cfg(test)]
mod tests;
pub mod time;
mod types;
pub mod wire;

use std::hash::BuildHasher;

use capture::{Direction, Timestamp, Transport};
use compact_str::CompactString;
use foldhash::fast::FixedState;

use self::activity::Exchange;
use self::wire::{ApReq, KdcRep, KdcReq, KrbError, Message};
use crate::activity::Kind;
use crate::context::Context;
use crate::pending::{Evicted, Pending};
use crate::protocol::{Framing, Pdu, Protocol, ProtocolId, Registration};

/// The port of a KDC.
pub const PORT: u16 = 88;

/// How Kerberos is found.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Kerberos,
    tcp: &[PORT],
    udp: &[PORT],
    recognise: framing::recognise,
    open: |_| Box::new(Kerberos::default()),
};

/// The most requests of one flow that wait for their answers.
const MAX_PENDING: usize = 64;

/// Kerberos on one flow.
#[derive(Debug)]
struct Kerberos {
    pending: Pending<u64, Exchange>,
    /// The key of the next request.
    next: u64,
    /// Fingerprint of the last answer.
    last_answer: u64,
    /// Answers still to come for requests that were sent more than once and are answered.
    late: u32,
}

impl Default for Kerberos {
    fn default() -> Self {
        Self {
            pending: Pending::new(MAX_PENDING),
            next: 0,
            last_answer: 0,
            late: 0,
        }
    }
}

impl Protocol for Kerberos {
    fn id(&self) -> ProtocolId {
        ProtocolId::Kerberos
    }

    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        framing::frame(head)
    }

    fn plausible(&self, _direction: Direction, head: &[u8]) -> bool {
        framing::plausible(head)
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let bytes = framing::body(pdu.bytes, context.flow.transport);
        let mended = (pdu.total > pdu.bytes.len() as u64)
            .then(|| mend::mend(bytes))
            .flatten();
        let bytes = mended.as_deref().unwrap_or(bytes);
        let message = match mended {
            Some(_) => Message::parse_cut(bytes),
            None => Message::parse(bytes),
        };
        match message {
            Ok(message) => self.message(&message, bytes, context),
            Err(malformed) => context.malformed(ProtocolId::Kerberos, malformed.0),
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.pending.deadline()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        while let Some(exchange) = self.pending.expired(context.time) {
            exchange.emit(context);
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        while let Some(exchange) = self.pending.drain() {
            exchange.emit(context);
        }
    }
}

/// Exchanges with a KDC that another protocol carries.
#[derive(Debug, Default)]
pub(crate) struct Carried(Kerberos);

impl Carried {
    /// The next message, in `context.direction`.
    pub(crate) fn message(&mut self, bytes: &[u8], context: &mut Context<'_>) {
        match Message::parse(bytes) {
            Ok(message) => self.0.message(&message, bytes, context),
            Err(malformed) => context.malformed(ProtocolId::Kerberos, malformed.0),
        }
    }

    /// The carrier ended: what waits is emitted.
    pub(crate) fn finish(&mut self, context: &mut Context<'_>) {
        self.0.finish(context);
    }
}

impl Kerberos {
    fn message(&mut self, message: &Message<'_>, bytes: &[u8], context: &mut Context<'_>) {
        context.message(ProtocolId::Kerberos, message.name(), |fields| {
            print::message(message, fields);
        });
        match message {
            Message::AsReq(request) => {
                armor(request, context);
                self.request(bytes, context, |fingerprint, context| {
                    Exchange::kdc(Kind::KerberosAs, request, fingerprint, context)
                });
            }
            Message::TgsReq(request) => self.request(bytes, context, |fingerprint, context| {
                Exchange::kdc(Kind::KerberosTgs, request, fingerprint, context)
            }),
            Message::ApReq(request) => self.request(bytes, context, |fingerprint, context| {
                Exchange::ap(request, fingerprint, context)
            }),
            Message::AsRep(reply) => self.reply(Kind::KerberosAs, reply, bytes, context),
            Message::TgsRep(reply) => self.reply(Kind::KerberosTgs, reply, bytes, context),
            Message::ApRep(_) => self.acceptance(bytes, context),
            Message::Error(error) => self.error(error, bytes, context),
            Message::Safe(_) | Message::Priv(_) | Message::Cred(_) => {}
        }
    }

    /// A request begins to wait, unless over UDP the same already does.
    fn request(
        &mut self,
        bytes: &[u8],
        context: &mut Context<'_>,
        exchange: impl FnOnce(u64, &mut Context<'_>) -> Exchange,
    ) {
        let fingerprint = fingerprint(bytes);
        let direction = context.direction;
        let again = context.flow.transport == Transport::Udp
            && self
                .pending
                .find(|waiting| waiting.repeats(direction, fingerprint))
                .is_some();
        if again {
            return;
        }
        let exchange = exchange(fingerprint, context);
        self.next += 1;
        if let Some(Evicted::Full(oldest) | Evicted::Reused(oldest)) =
            self.pending.insert(self.next, context.time, exchange)
        {
            context.limit("kerberos.pending");
            oldest.emit(context);
        }
    }

    fn reply(&mut self, kind: Kind, reply: &KdcRep<'_>, bytes: &[u8], context: &mut Context<'_>) {
        let sname = reply.ticket.and_then(|ticket| ticket.sname).map(|name| name.joined());
        match self.asked(Some(kind), sname.as_ref(), bytes, context) {
            Asked::Before(exchange) => exchange.granted(reply, context),
            Asked::Twice => {}
            Asked::Unseen => activity::unasked_reply(kind, reply, context),
        }
    }

    fn error(&mut self, error: &KrbError<'_>, bytes: &[u8], context: &mut Context<'_>) {
        let sname = error.sname.map(|name| name.joined());
        match self.asked(None, sname.as_ref(), bytes, context) {
            Asked::Before(exchange) => exchange.refused(error, context),
            Asked::Twice => {}
            Asked::Unseen => activity::unasked_error(error, context),
        }
    }

    fn acceptance(&mut self, bytes: &[u8], context: &mut Context<'_>) {
        match self.asked(Some(Kind::KerberosAp), None, bytes, context) {
            Asked::Before(exchange) => exchange.accepted(context),
            Asked::Twice => {}
            Asked::Unseen => activity::unasked_acceptance(context),
        }
    }

    /// What an answer answers: of the waiting requests of its kind the oldest that asked for this service, else the oldest.
    ///
    /// A server answers a datagram that was sent again once more, with the same octets from memory or with new ones.
    fn asked(
        &mut self,
        kind: Option<Kind>,
        sname: Option<&CompactString>,
        bytes: &[u8],
        context: &Context<'_>,
    ) -> Asked {
        let fingerprint = fingerprint(bytes);
        let same = std::mem::replace(&mut self.last_answer, fingerprint) == fingerprint;
        if same && self.late > 0 {
            self.late -= 1;
            return Asked::Twice;
        }
        let direction = context.direction;
        let exact = self
            .pending
            .take_where(|waiting| waiting.expects(kind, direction) && waiting.asked_for(sname));
        let found = exact.or_else(|| self.pending.take_where(|waiting| waiting.expects(kind, direction)));
        if let Some(exchange) = found {
            self.late = exchange.retransmitted();
            return Asked::Before(exchange);
        }
        let late = self.late > 0;
        self.late = self.late.saturating_sub(1);
        if same || late { Asked::Twice } else { Asked::Unseen }
    }
}

/// The request behind an answer.
enum Asked {
    /// It waited for this answer.
    Before(Exchange),
    /// It was sent more than once, and is answered already.
    Twice,
    /// It was not seen.
    Unseen,
}

/// The AP-REQ that armours an AS-REQ is a message of its own: it presents another ticket, a computer's as a rule.
fn armor(request: &KdcReq<'_>, context: &mut Context<'_>) {
    let armor = request
        .padata()
        .find(|item| item.padata_type == padata::kind::FX_FAST)
        .and_then(|item| padata::fast_armor(item.value).ok()?);
    if let Some(ap_req) = armor.and_then(|armor| armor.ap_req) {
        let ap_req: ApReq<'_> = ap_req;
        context
            .within("fast")
            .message(ProtocolId::Kerberos, "AP-REQ", |fields| ap_req.fill(fields));
    }
}

/// Tells octets apart; the same on every run.
fn fingerprint(bytes: &[u8]) -> u64 {
    FixedState::default().hash_one(bytes)
}
