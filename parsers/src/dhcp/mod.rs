//! DHCP (RFC 2131) and DHCPv6 (RFC 8415): messages; and, of every lease that a server grants and a client gives back, who holds
//! which address until when, for those who resolve addresses.
//!
//! Clients ask everyone and servers may answer everyone, so question and answer are often on different flows; where they are on
//! one (relays, renewals), the name in the question completes the answer, by transaction.

mod lease;
mod message;
mod six;
#[cfg(test)]
mod tests;
mod wire;

use capture::{Direction, Flow, Transport};

use crate::context::Context;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::reader::Malformed;
use lease::Names;

/// DHCP, by its cookie on any port.
pub const DHCP: Registration = Registration {
    id: ProtocolId::Dhcp,
    tcp: &[],
    udp: &[67, 68],
    recognise,
    open: |flow| Box::new(Dhcp::new(flow)),
};

/// DHCPv6.
pub const DHCPV6: Registration = Registration {
    id: ProtocolId::Dhcp,
    tcp: &[],
    udp: &[546, 547],
    recognise: recognise_six,
    open: |flow| Box::new(Dhcp::new(flow)),
};

/// The ports of version 6.
const PORTS_SIX: [u16; 2] = [546, 547];

fn recognise(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Udp || probe.bytes.get(wire::HEADER - 4..wire::HEADER) != Some(&wire::COOKIE) {
        return Verdict::No;
    }
    match probe.bytes.first() {
        Some(&wire::REQUEST) => Verdict::Sure(Sender::Client),
        Some(&wire::REPLY) => Verdict::Sure(Sender::Server),
        _ => Verdict::No,
    }
}

fn recognise_six(probe: &Probe<'_>) -> Verdict {
    match (probe.transport, probe.bytes) {
        (Transport::Udp, [1 | 3..=6 | 8 | 9 | 11 | 12, _, _, _, ..]) => Verdict::Weak(Sender::Client),
        (Transport::Udp, [2 | 7 | 10 | 13, _, _, _, ..]) => Verdict::Weak(Sender::Server),
        _ => Verdict::No,
    }
}

/// One flow.
struct Dhcp {
    six: bool,
    names: Names,
}

impl Dhcp {
    fn new(flow: &Flow) -> Self {
        Self {
            six: PORTS_SIX.contains(&flow.server.port) || PORTS_SIX.contains(&flow.client.port),
            names: Names::default(),
        }
    }
}

impl Protocol for Dhcp {
    fn id(&self) -> ProtocolId {
        ProtocolId::Dhcp
    }

    fn frame(&self, _direction: Direction, _head: &[u8]) -> Framing {
        Framing::Invalid("stream")
    }

    fn plausible(&self, _direction: Direction, _head: &[u8]) -> bool {
        false
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let read = match self.six {
            true => self.six(pdu.bytes, context),
            false => self.four(pdu.bytes, context),
        };
        if let Err(Malformed(what)) = read {
            context.malformed(ProtocolId::Dhcp, what);
        }
    }
}

impl Dhcp {
    fn four(&mut self, bytes: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let message = wire::Message::parse(bytes)?;
        let name = message::kind_name(message.kind());
        context.message(ProtocolId::Dhcp, name, |fields| message::write(&message, fields));
        self.names.four(&message, context);
        Ok(())
    }

    fn six(&mut self, bytes: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let message = six::Message::parse(bytes)?;
        let name = six::kind_name(message.kind).ok_or(Malformed("message type"))?;
        context.message(ProtocolId::Dhcp, name, |fields| message::write_six(&message, fields));
        self.names.six(&message, context);
        Ok(())
    }
}
