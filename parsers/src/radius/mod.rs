//! RADIUS: access (RFC 2865), accounting (RFC 2866), its extensions (RFC 2869, RFC 3162) and changes of authorization (RFC 5176).
//!
//! Answers are paired with requests by the identifier, per flow (RFC 2865 §3). A request that comes again has the authenticator
//! it had. Sessions that accounting tells of become activities; access is told as messages. Of passwords, responses, challenges
//! and keys it is told that they are there. The same reading serves the mirror and [`server`], which is told by the clients themselves.

mod activity;
mod answer;
mod authenticator;
mod codes;
mod dictionary;
mod eap;
pub mod server;
#[cfg(test)]
mod tests;
mod value;
mod wire;

use capture::{Direction, Timestamp, Transport};
use compact_str::CompactString;

use crate::activity::Activity;
use crate::context::Context;
use crate::fields::Fields;
use crate::pending::{Evicted, Pending};
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::reader::Malformed;
use crate::text;
use wire::Packet;

/// RADIUS on its ports: of today, of before RFC 2865, and of RFC 5176.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Radius,
    tcp: &[],
    udp: &[1812, 1813, 1645, 1646, 3799, 1700],
    recognise,
    open: |_| {
        Box::new(Radius {
            pending: Pending::new(MAX_PENDING),
        })
    },
};

/// Requests of one flow that wait for their answer: as many as there are identifiers.
const MAX_PENDING: usize = 256;

/// Accounting-Request.
const ACCOUNTING_REQUEST: u8 = 4;
/// Accounting-Response.
const ACCOUNTING_RESPONSE: u8 = 5;
/// Status-Server.
const STATUS_SERVER: u8 = 12;
/// User-Name.
const USER_NAME: u8 = 1;

/// A code that exists, a length that fits and attributes that fill it: believed on its own ports.
fn recognise(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Udp || probe.bytes.len() < wire::HEADER {
        return Verdict::No;
    }
    match Packet::parse(probe.bytes, true) {
        Ok(packet) if codes::packet(packet.code).is_none() => Verdict::No,
        Ok(packet) if codes::is_request(packet.code) => Verdict::Weak(Sender::Client),
        Ok(_) => Verdict::Weak(Sender::Server),
        Err(_) => Verdict::No,
    }
}

/// The requests of one flow.
struct Radius {
    /// By identifier and direction of the request.
    pending: Pending<(u8, Direction), Asked>,
}

/// A request that waits.
struct Asked {
    time: Timestamp,
    code: u8,
    authenticator: [u8; 16],
    /// Who it is about; kept where messages are wanted.
    user: Option<CompactString>,
    session: Option<Box<Activity>>,
}

impl Protocol for Radius {
    fn id(&self) -> ProtocolId {
        ProtocolId::Radius
    }

    fn frame(&self, _direction: Direction, _head: &[u8]) -> Framing {
        Framing::Invalid("stream")
    }

    fn plausible(&self, _direction: Direction, _head: &[u8]) -> bool {
        false
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        if let Err(Malformed(what)) = self.read(pdu.bytes, context) {
            context.malformed(ProtocolId::Radius, what);
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
    }
}

impl Radius {
    fn read(&mut self, bytes: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let packet = Packet::parse(bytes, context.gapped)?;
        let name = codes::packet(packet.code).ok_or(Malformed("code"))?;
        if codes::is_request(packet.code) {
            self.request(&packet, name, context);
        } else {
            self.answer(&packet, name, context);
        }
        match packet.is_whole() || context.gapped {
            true => Ok(()),
            false => Err(Malformed("attribute")),
        }
    }

    fn request(&mut self, packet: &Packet<'_>, name: &'static str, context: &mut Context<'_>) {
        let key = (packet.identifier, context.direction);
        let waiting = self.pending.waits(&key);
        let again =
            waiting.is_some_and(|asked| (asked.code, asked.authenticator) == (packet.code, packet.authenticator));
        context.message(ProtocolId::Radius, name, |fields| {
            write(packet, fields);
            fields.flag("retransmitted", again);
        });
        if again {
            return;
        }
        let asked = Asked::new(packet, context);
        match self.pending.insert(key, context.time, asked) {
            Some(Evicted::Full(evicted)) => {
                context.limit("radius.pending");
                evicted.unanswered(context);
            }
            Some(Evicted::Reused(evicted)) => evicted.unanswered(context),
            None => {}
        }
    }

    fn answer(&mut self, packet: &Packet<'_>, name: &'static str, context: &mut Context<'_>) {
        let asked = self.pending.take(&(packet.identifier, context.direction.reverse()));
        let now = context.time;
        context.message(ProtocolId::Radius, name, |fields| {
            write(packet, fields);
            if let Some(asked) = &asked {
                fields.set_some("request_user_name", asked.user.clone());
                fields.set("duration_us", now.micros().saturating_sub(asked.time.micros()));
            }
        });
        let Some(asked) = asked else { return };
        match (asked.session, packet.code) {
            (Some(session), ACCOUNTING_RESPONSE) => activity::answered(session, now, context),
            (Some(session), _) => context.emit(session),
            (None, _) => {}
        }
    }
}

impl Asked {
    fn new(packet: &Packet<'_>, context: &Context<'_>) -> Self {
        let user = activity::find(packet, USER_NAME).filter(|_| context.wants_messages());
        let accounting = packet.code == ACCOUNTING_REQUEST;
        Self {
            time: context.time,
            code: packet.code,
            authenticator: packet.authenticator,
            user: user.map(|attribute| text::bytes(attribute.value)),
            session: accounting.then(|| activity::begin(packet, context)).flatten(),
        }
    }

    /// No answer came.
    fn unanswered(self, context: &mut Context<'_>) {
        if let Some(session) = self.session {
            context.emit(session);
        }
    }
}

fn write(packet: &Packet<'_>, fields: &mut Fields) {
    fields.set("code", packet.code);
    fields.set("identifier", packet.identifier);
    value::write(packet.attributes(), fields);
}
