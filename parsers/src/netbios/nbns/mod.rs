//! The name service (RFC 1002 §4.2, [MS-NBTE]): who has which name, asked of everyone or of a name server (WINS).
//!
//! A question to everyone and the answer to it are on different flows: each is its own activity, and the answer's server is the
//! address that answered, which is what matters where somebody answers for others.

mod activity;
mod message;
mod status;
#[cfg(test)]
mod tests;
mod wire;

pub use status::{NodeName, NodeStatus};

use capture::{Direction, Timestamp, Transport};

use crate::activity::Activity;
use crate::context::Context;
use crate::pending::{Evicted, Pending};
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::reader::Malformed;
use wire::Message;

/// The name service.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Nbns,
    tcp: &[],
    udp: &[137],
    recognise,
    open: |_| {
        Box::new(Nbns {
            pending: Pending::new(MAX_PENDING),
        })
    },
};

/// Requests of one flow that wait for their answer.
const MAX_PENDING: usize = 64;

/// WACK: the answer takes a while (RFC 1002 §4.2.16).
const WACK: u8 = 7;

/// A name in the encoding that nobody else uses, behind a header in order.
fn recognise(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Udp {
        return Verdict::No;
    }
    let Some([_, _, high, _, 0, 0 | 1, 0, _, 0, _, 0, _, 0x20, letters @ ..]) = probe.bytes.first_chunk::<45>() else {
        return Verdict::No;
    };
    let sender = match high & 0x80 {
        0 => Sender::Client,
        _ => Sender::Server,
    };
    let known = message::opcode_name(high >> 3 & 15).is_some();
    match known && letters.iter().all(|letter| matches!(letter, b'A'..=b'P')) {
        true => Verdict::Sure(sender),
        false => Verdict::No,
    }
}

/// One flow of the name service.
struct Nbns {
    /// By transaction and direction of the request.
    pending: Pending<(u16, Direction), Asked>,
}

struct Asked {
    time: Timestamp,
    activity: Box<Activity>,
}

impl Protocol for Nbns {
    fn id(&self) -> ProtocolId {
        ProtocolId::Nbns
    }

    fn frame(&self, _direction: Direction, _head: &[u8]) -> Framing {
        Framing::Invalid("stream")
    }

    fn plausible(&self, _direction: Direction, _head: &[u8]) -> bool {
        false
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        match Message::parse(pdu.bytes) {
            Ok(message) => self.message(&message, context),
            Err(Malformed(what)) => context.malformed(ProtocolId::Nbns, what),
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.pending.deadline()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        while let Some(asked) = self.pending.expired(context.time) {
            context.emit(asked.activity);
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        while let Some(asked) = self.pending.drain() {
            context.emit(asked.activity);
        }
    }
}

impl Nbns {
    fn message(&mut self, message: &Message<'_>, context: &mut Context<'_>) {
        let name = if message.is_response() { "response" } else { "query" };
        context.message(ProtocolId::Nbns, name, |fields| message::write(message, fields));
        if let Some(what) = message.broken.filter(|_| !context.gapped) {
            context.malformed(ProtocolId::Nbns, what);
        }
        if message.subject().is_none() {
            return;
        }
        match message.is_response() {
            false => self.ask(message, context),
            true if message.opcode() == WACK => {}
            true => self.answer(message, context),
        }
    }

    /// A request begins to wait. The same one again is a retransmission: the first still waits.
    fn ask(&mut self, message: &Message<'_>, context: &mut Context<'_>) {
        let key = (message.id, context.direction);
        let activity = activity::begin(message, context);
        if self
            .pending
            .waits(&key)
            .is_some_and(|asked| asked.activity.details == activity.details)
        {
            return;
        }
        let time = context.time;
        match self.pending.insert(key, time, Asked { time, activity }) {
            Some(Evicted::Full(evicted)) => {
                context.limit("nbns.pending");
                context.emit(evicted.activity);
            }
            Some(Evicted::Reused(evicted)) => context.emit(evicted.activity),
            None => {}
        }
    }

    fn answer(&mut self, message: &Message<'_>, context: &mut Context<'_>) {
        match self.pending.take(&(message.id, context.direction.reverse())) {
            Some(asked) => activity::answered(asked.activity, Some(asked.time), message, context),
            None => activity::answered(activity::begin(message, context), None, message, context),
        }
    }
}
