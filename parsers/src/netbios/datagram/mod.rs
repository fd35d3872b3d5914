//! The datagram service (RFC 1002 §4.4): what is told to a name, to a group or to everyone, and needs no answer. Its data is SMB's
//! mailslots: who announces itself, and who looks for a controller.
//!
//! A packet that holds a part of a datagram alone is told and not put together: what Windows sends fits one.

#[cfg(test)]
mod tests;
mod wire;

use capture::{Direction, Transport};

use crate::context::Context;
use crate::fields::Fields;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::reader::Malformed;
use crate::{smb, text};
use wire::{Body, Packet, kind};

/// The datagram service.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Netbios,
    tcp: &[],
    udp: &[138],
    recognise,
    open: |_| Box::new(Datagrams),
};

/// A type, flags of which the upper half is reserved, and for datagrams a name in the encoding that nobody else uses.
fn recognise(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Udp {
        return Verdict::No;
    }
    match *probe.bytes {
        [kind::DIRECT_UNIQUE..=kind::BROADCAST, 0..=0x0f, ..] => match probe.bytes.get(14..47) {
            Some([0x20, letters @ ..]) if letters.iter().all(|letter| matches!(letter, b'A'..=b'P')) => {
                Verdict::Sure(Sender::Either)
            }
            _ => Verdict::Weak(Sender::Either),
        },
        [kind::ERROR..=kind::NEGATIVE_QUERY_RESPONSE, 0..=0x0f, ..] => Verdict::Weak(Sender::Either),
        _ => Verdict::No,
    }
}

/// One flow of the datagram service: nothing in it depends on what came before.
struct Datagrams;

impl Protocol for Datagrams {
    fn id(&self) -> ProtocolId {
        ProtocolId::Netbios
    }

    fn frame(&self, _direction: Direction, _head: &[u8]) -> Framing {
        Framing::Invalid("stream")
    }

    fn plausible(&self, _direction: Direction, _head: &[u8]) -> bool {
        false
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        match Packet::parse(pdu.bytes) {
            Ok(packet) => packet_seen(&packet, context),
            Err(Malformed(what)) => context.malformed(ProtocolId::Netbios, what),
        }
    }
}

fn packet_seen(packet: &Packet<'_>, context: &mut Context<'_>) {
    context.message(ProtocolId::Netbios, message_name(packet.kind), |fields| {
        write(packet, fields);
    });
    if let Body::Datagram(datagram) = &packet.body
        && packet.is_first()
        && datagram.offset == 0
    {
        let mut inner = context.within("netbios");
        inner.gapped |= packet.has_more();
        smb::datagram(datagram.data, &mut inner);
    }
}

fn write(packet: &Packet<'_>, fields: &mut Fields) {
    fields.set("id", packet.id);
    fields.set("node_type", packet.node_type());
    fields.set("source_ip", text::dotted(packet.source_ip.map(u32::from)));
    fields.set("source_port", packet.source_port);
    fields.flag("more_fragments", packet.has_more());
    match &packet.body {
        Body::Datagram(datagram) => {
            let group = packet.kind == kind::DIRECT_GROUP;
            fields.set("source", datagram.source.value(false));
            fields.set("destination", datagram.destination.value(group));
            fields.set("length", datagram.length);
            if datagram.offset != 0 {
                fields.set("offset", datagram.offset);
            }
        }
        Body::Error(code) => {
            fields.set("error_code", *code);
            fields.set_some("error_code_name", error_name(*code));
        }
        Body::Query(name) => name.write(false, fields),
    }
}

/// By the titles of RFC 1002 §4.4.2 to §4.4.4.
const fn message_name(kind: u8) -> &'static str {
    match kind {
        kind::DIRECT_UNIQUE => "DIRECT_UNIQUE DATAGRAM",
        kind::DIRECT_GROUP => "DIRECT_GROUP DATAGRAM",
        kind::BROADCAST => "BROADCAST DATAGRAM",
        kind::ERROR => "DATAGRAM ERROR",
        kind::QUERY_REQUEST => "DATAGRAM QUERY REQUEST",
        kind::POSITIVE_QUERY_RESPONSE => "DATAGRAM POSITIVE QUERY RESPONSE",
        _ => "DATAGRAM NEGATIVE QUERY RESPONSE",
    }
}

/// ERROR_CODE (RFC 1002 §4.4.3).
const fn error_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0x82 => "DESTINATION NAME NOT PRESENT",
        0x83 => "INVALID SOURCE NAME FORMAT",
        0x84 => "INVALID DESTINATION NAME FORMAT",
        _ => return None,
    })
}
