//! DNS over UDP and TCP (RFC 1035, RFC 7766), with updates (RFC 2136), transfers, TKEY and TSIG; and its kin multicast DNS
//! (RFC 6762) and LLMNR (RFC 4795).
//!
//! Queries and answers are paired by transaction id and question. A flow may carry queries both ways (servers ask servers
//! from port 53), so the one who asked is told by the QR bit of each message and not by the flow. What is asked of a group is
//! answered on another flow: question and answer are then activities of their own, and the answer's server is the address that
//! answered, which is what matters where somebody answers for others.

mod activity;
mod message;
mod record;
mod security;
#[cfg(test)]
mod tests;
mod transfer;
mod wire;

use capture::{Direction, Flow, Timestamp, Transport};

use crate::context::Context;
use crate::pending::{Evicted, Pending};
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::reader::Malformed;
use activity::Asked;
use domain::base::iana::{Opcode, Rtype};
use security::Keys;
use wire::{Packet, Question};

/// Queries of one flow that wait for their answer.
const MAX_PENDING: usize = 256;

/// Questions of one mDNS query that become activities.
const MAX_ASKED: usize = 16;

/// Octets of a label (RFC 1035 §2.3.4).
const MAX_LABEL: u8 = 63;

/// Octets before a message on TCP: its length.
const PREFIX: usize = 2;

/// DNS.
pub const DNS: Registration = registration(ProtocolId::Dns, &[53]);

/// Multicast DNS.
pub const MDNS: Registration = registration(ProtocolId::Mdns, &[5353]);

/// Link-local multicast name resolution.
pub const LLMNR: Registration = registration(ProtocolId::Llmnr, &[5355]);

const fn registration(id: ProtocolId, ports: &'static [u16]) -> Registration {
    Registration {
        id,
        tcp: ports,
        udp: ports,
        recognise,
        open,
    }
}

/// A header in order and a question that can be read: too little to believe on any port, enough on its own. A datagram that
/// is DNS to its last octet is believed anywhere.
fn recognise(probe: &Probe<'_>) -> Verdict {
    let (bytes, length) = match (probe.transport, probe.bytes) {
        (Transport::Udp, bytes) => (bytes, bytes.len()),
        (Transport::Tcp, [high, low, rest @ ..]) if rest.len() >= wire::HEADER => {
            (rest, usize::from(u16::from_be_bytes([*high, *low])))
        }
        (Transport::Tcp, _) => return Verdict::Need(PREFIX + wire::HEADER),
    };
    match Packet::new(bytes) {
        Ok(packet) if begins(&packet, bytes, length) && (bytes.len() < length || packet.question().is_ok()) => {
            let sender = if packet.is_response() {
                Sender::Server
            } else {
                Sender::Client
            };
            let certain = probe.transport == Transport::Udp && packet.is_certain();
            if certain {
                Verdict::Sure(sender)
            } else {
                Verdict::Weak(sender)
            }
        }
        _ => Verdict::No,
    }
}

/// Whether a message of so many octets may begin so. Read from its identifier on, as if that were its length, a message has letters where
/// its first name says how long a label is; and no question has a response code (RFC 1035 §4.1.1).
fn begins(packet: &Packet<'_>, bytes: &[u8], length: usize) -> bool {
    let is_label = bytes.get(wire::HEADER).is_none_or(|label| *label <= MAX_LABEL);
    let is_asked_well = packet.is_response() || packet.rcode() == 0;
    packet.is_sane(length) && is_asked_well && (packet.counts()[0] == 0 || is_label)
}

/// Which of the three it is, its port tells; multicast DNS is spoken over UDP alone (RFC 6762 §6), so that TCP is DNS.
fn open(flow: &Flow) -> Box<dyn Protocol> {
    let port = |port| flow.server.port == port || flow.client.port == port;
    let id = match () {
        () if port(53) => ProtocolId::Dns,
        () if port(5353) && flow.transport == Transport::Udp => ProtocolId::Mdns,
        () if port(5355) => ProtocolId::Llmnr,
        () => ProtocolId::Dns,
    };
    Box::new(Dns {
        id,
        pending: Pending::new(MAX_PENDING),
        keys: Keys::default(),
    })
}

/// One flow of DNS.
struct Dns {
    id: ProtocolId,
    /// By transaction id and the direction of the query.
    pending: Pending<(u16, Direction), Asked>,
    keys: Keys,
}

impl Protocol for Dns {
    fn id(&self) -> ProtocolId {
        self.id
    }

    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        match head {
            [high, low, ..] => match usize::from(u16::from_be_bytes([*high, *low])) {
                length if length < wire::HEADER => Framing::Invalid("length"),
                length => Framing::Whole(PREFIX + length),
            },
            _ => Framing::Need(PREFIX),
        }
    }

    fn plausible(&self, _direction: Direction, head: &[u8]) -> bool {
        let Some(([high, low], rest)) = head.split_first_chunk::<PREFIX>() else {
            return false;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        Packet::new(rest).is_ok_and(|packet| begins(&packet, rest, length) && packet.counts()[0] <= 1)
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let bytes = match context.flow.transport {
            Transport::Udp => pdu.bytes,
            Transport::Tcp => pdu.bytes.get(PREFIX..).unwrap_or_default(),
        };
        if let Err(Malformed(what)) = self.read(bytes, pdu.total, context) {
            context.malformed(self.id, what);
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.pending.deadline()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        while let Some(asked) = self.pending.expired(context.time) {
            asked.unanswered(context);
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        while let Some(asked) = self.pending.drain() {
            asked.unanswered(context);
        }
        self.keys.finish(context);
    }
}

impl Dns {
    /// A question that is broken costs the transaction, and is counted; what a sound header before it says is told.
    fn read(&mut self, bytes: &[u8], total: u64, context: &mut Context<'_>) -> Result<(), Malformed> {
        let packet = Packet::new(bytes)?;
        let question = packet.question();
        if question.is_ok() || context.gapped || packet.is_sane(bytes.len()) {
            context.message(self.id, message::name(&packet), |fields| {
                message::write(&packet, fields);
            });
        }
        let question = match question {
            Err(_) if context.gapped => None,
            question => question?,
        };
        match (self.id, packet.opcode()) {
            (ProtocolId::Mdns, Opcode::QUERY) => {
                self.announce(&packet, context);
                return Ok(());
            }
            (_, Opcode::QUERY) | (ProtocolId::Dns, Opcode::UPDATE) => {}
            _ => return Ok(()),
        }
        if question.as_ref().is_some_and(|question| question.qtype == Rtype::TKEY) {
            self.keys.message(&packet, context);
        }
        let question = question.as_ref();
        match packet.is_response() {
            true => self.answer(&packet, question, total, context),
            false => self.ask(packet.id(), Asked::new(self.id, &packet, question, context), context),
        }
        Ok(())
    }

    /// Multicast DNS has no transactions (RFC 6762 §18.1), and everybody hears the answers: nothing waits for one.
    fn announce(&self, packet: &Packet<'_>, context: &mut Context<'_>) {
        if packet.is_response() {
            return Asked::new(self.id, packet, None, context).announced(packet, context);
        }
        if usize::from(packet.counts()[0]) > MAX_ASKED {
            context.limit("mdns.questions");
        }
        for question in packet.questions().take(MAX_ASKED) {
            Asked::new(self.id, packet, Some(&question), context).unanswered(context);
        }
    }

    /// A query begins to wait. The same one again is a retransmission: the first still waits.
    fn ask(&mut self, id: u16, asked: Asked, context: &mut Context<'_>) {
        let key = (id, context.direction);
        if self
            .pending
            .peek(&key)
            .is_some_and(|waiting| waiting.asks_the_same(&asked))
        {
            return;
        }
        match self.pending.insert(key, context.time, asked) {
            Some(Evicted::Full(evicted)) => {
                context.limit("dns.pending");
                evicted.unanswered(context);
            }
            Some(Evicted::Reused(evicted)) => evicted.unanswered(context),
            None => {}
        }
    }

    /// An answer meets its query; without one it says what it repeats of it.
    fn answer(&mut self, packet: &Packet<'_>, question: Option<&Question<'_>>, total: u64, context: &mut Context<'_>) {
        let key = (packet.id(), context.direction.reverse());
        let waiting = self.pending.peek(&key);
        let Some(waiting) = waiting.filter(|waiting| waiting.is_answered_by(question)) else {
            return Asked::new(self.id, packet, question, context).unasked(packet, total, context);
        };
        if waiting.continues(packet, total, context) {
            return;
        }
        if let Some(asked) = self.pending.take(&key) {
            asked.answered(packet, context);
        }
    }
}
