//! kpasswd, Kerberos' password changes (RFC 3244), over UDP and TCP port 464.

mod activity;
pub mod wire;

use capture::{Direction, Timestamp, Transport};

use self::activity::Change;
use self::wire::{Body, HEAD, Look, Packet, look};
use super::{fingerprint, framing, print};
use crate::context::Context;
use crate::fields::Fields;
use crate::kerberos::wire::{AP_REQ, EncryptedData, KrbError};
use crate::pending::{Evicted, Pending};
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::text;

/// How kpasswd is found.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Kpasswd,
    tcp: &[464],
    udp: &[464],
    recognise,
    open: |_| Box::new(Kpasswd::default()),
};

/// The most requests of one flow that wait for their answers.
const MAX_PENDING: usize = 16;

/// kpasswd on one flow.
struct Kpasswd {
    pending: Pending<u64, Change>,
    next: u64,
    last_answer: u64,
}

impl Default for Kpasswd {
    fn default() -> Self {
        Self {
            pending: Pending::new(MAX_PENDING),
            next: 0,
            last_answer: 0,
        }
    }
}

impl Protocol for Kpasswd {
    fn id(&self) -> ProtocolId {
        ProtocolId::Kpasswd
    }

    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        let Some((length, rest)) = head.split_first_chunk::<{ framing::PREFIX }>() else {
            return Framing::Need(framing::PREFIX);
        };
        let length = u32::from_be_bytes(*length) as usize;
        match look(rest.get(..length).unwrap_or(rest)) {
            Look::Need(count) if count > length => Framing::Invalid("record too short"),
            Look::Need(count) => Framing::Need(framing::PREFIX + count),
            Look::Frame { total, .. } | Look::Bare(total) if total == length => {
                Framing::Whole(framing::PREFIX + length)
            }
            _ => Framing::Invalid("no kpasswd record"),
        }
    }

    fn plausible(&self, _direction: Direction, head: &[u8]) -> bool {
        let Some((length, rest)) = head.split_first_chunk::<{ framing::PREFIX }>() else {
            return false;
        };
        match look(rest) {
            Look::Frame { total, certain, .. } => certain && total == u32::from_be_bytes(*length) as usize,
            _ => false,
        }
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let bytes = framing::body(pdu.bytes, context.flow.transport);
        match Packet::parse(bytes) {
            Ok(packet) => self.packet(&packet, bytes, context),
            Err(malformed) => context.malformed(ProtocolId::Kpasswd, malformed.0),
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.pending.deadline()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        while let Some(change) = self.pending.expired(context.time) {
            change.emit(context);
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        while let Some(change) = self.pending.drain() {
            change.emit(context);
        }
    }
}

impl Kpasswd {
    fn packet(&mut self, packet: &Packet<'_>, bytes: &[u8], context: &mut Context<'_>) {
        say(packet, context);
        match &packet.body {
            Body::Request { ap_req, .. } => {
                let fingerprint = fingerprint(bytes);
                if self.repeated(fingerprint, context) {
                    return;
                }
                let change = Change::new(packet.version, ap_req, fingerprint, context);
                self.wait(change, context);
            }
            Body::Reply { .. } => self.answer(None, bytes, context),
            Body::Error(error) => self.answer(Some(error), bytes, context),
        }
    }

    fn wait(&mut self, change: Change, context: &mut Context<'_>) {
        self.next += 1;
        if let Some(Evicted::Full(oldest) | Evicted::Reused(oldest)) =
            self.pending.insert(self.next, context.time, change)
        {
            context.limit("kpasswd.pending");
            oldest.emit(context);
        }
    }

    /// Whether the same request already waits: a datagram sent again.
    fn repeated(&mut self, fingerprint: u64, context: &Context<'_>) -> bool {
        context.flow.transport == Transport::Udp && self.pending.find(|waiting| waiting.repeats(fingerprint)).is_some()
    }

    /// An answer belongs to the oldest request; the same octets without one are the answer before once more.
    fn answer(&mut self, error: Option<&KrbError<'_>>, bytes: &[u8], context: &mut Context<'_>) {
        let fingerprint = fingerprint(bytes);
        let same = std::mem::replace(&mut self.last_answer, fingerprint) == fingerprint;
        match (self.pending.drain(), error) {
            (Some(change), None) => change.processed(context),
            (Some(change), Some(error)) => change.refused(error, context),
            (None, _) if same => {}
            (None, error) => activity::unasked(error, context),
        }
    }
}

/// The message, and the KRB-ERROR in it, which is one of its own.
fn say(packet: &Packet<'_>, context: &mut Context<'_>) {
    let name = match packet.body {
        Body::Request { .. } => "request",
        Body::Reply { .. } | Body::Error(_) => "reply",
    };
    context.message(ProtocolId::Kpasswd, name, |fields| fill(packet, fields));
    if let Body::Error(error) = packet.body {
        let message = super::wire::Message::Error(error);
        context
            .within("kpasswd")
            .message(ProtocolId::Kerberos, message.name(), |fields| {
                print::message(&message, fields);
            });
    }
}

fn fill(packet: &Packet<'_>, fields: &mut Fields) {
    fields.set_some("version", packet.version);
    match &packet.body {
        Body::Request { ap_req, sealed } => {
            ap_req.fill(fields);
            fill_sealed(*sealed, fields);
        }
        Body::Reply { sealed } => fill_sealed(*sealed, fields),
        Body::Error(error) => {
            fields.set("error_code", error.error_code);
            if let Some((code, explanation)) = wire::result(error) {
                fields.set("result_code", code);
                fields.set_some("result_name", wire::result_name(code));
                fields.text("result", text::bytes(explanation));
            }
        }
    }
}

fn fill_sealed(sealed: Option<EncryptedData<'_>>, fields: &mut Fields) {
    if let Some(sealed) = sealed {
        fields.set("sealed", true);
        super::ap::set_etype(fields, "priv_etype", "priv_etype_name", sealed.etype);
        fields.set("priv_size", sealed.cipher.len());
    }
}

/// Two lengths, a version and an AP message that fill each other are proof; a bare KRB-ERROR is told by its port.
fn recognise(probe: &Probe<'_>) -> Verdict {
    let (record, message) = match probe.transport {
        Transport::Udp => (probe.bytes.len(), probe.bytes),
        Transport::Tcp => match probe.bytes.split_first_chunk::<{ framing::PREFIX }>() {
            Some((length, rest)) => (u32::from_be_bytes(*length) as usize, rest),
            None => return Verdict::Need(framing::PREFIX + HEAD),
        },
    };
    match look(message) {
        Look::Need(count) => Verdict::Need(probe.bytes.len() - message.len() + count),
        Look::Frame { total, tag, certain } if total == record => {
            let sender = if tag == AP_REQ { Sender::Client } else { Sender::Server };
            if certain {
                Verdict::Sure(sender)
            } else {
                Verdict::Weak(sender)
            }
        }
        Look::Frame { .. } | Look::Bare(_) | Look::No => Verdict::No,
    }
}
