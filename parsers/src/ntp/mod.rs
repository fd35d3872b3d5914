//! NTP and SNTP (RFC 5905), with the domain members' authenticators ([MS-SNTP]): messages, and what a server's clock says
//! against the time of its packets.
//!
//! A clock is read only from an answer that repeats the transmit timestamp of a request that was seen (RFC 5905 §8, TEST2), so that a
//! datagram sent blindly moves nothing. No digest leaves the parser: one made with an account's key is as good as its hash to
//! guess at.

mod message;
#[cfg(test)]
mod tests;
mod wire;

use capture::{Direction, Transport};

use crate::context::Context;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::reader::Malformed;
use wire::{Packet, Time};

/// NTP on its port.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Ntp,
    tcp: &[],
    udp: &[123],
    recognise,
    open: |_| Box::new(Ntp::default()),
};

/// Requests of one flow whose answer would be known.
const ASKED: usize = 4;

/// Versions and modes say too little to be believed on other ports.
fn recognise(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Udp || probe.bytes.len() < wire::HEADER {
        return Verdict::No;
    }
    match Packet::parse(probe.bytes) {
        Ok(Packet { mode: 3, .. }) => Verdict::Weak(Sender::Client),
        Ok(Packet { mode: 4 | 5, .. }) => Verdict::Weak(Sender::Server),
        Ok(_) => Verdict::Weak(Sender::Either),
        Err(_) => Verdict::No,
    }
}

/// One association.
#[derive(Debug, Default)]
struct Ntp {
    /// Transmit timestamps of the last requests, oldest overwritten first.
    asked: [Option<(Direction, Time)>; ASKED],
    next: usize,
}

impl Protocol for Ntp {
    fn id(&self) -> ProtocolId {
        ProtocolId::Ntp
    }

    fn frame(&self, _direction: Direction, _head: &[u8]) -> Framing {
        Framing::Invalid("stream")
    }

    fn plausible(&self, _direction: Direction, _head: &[u8]) -> bool {
        false
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        match pdu.bytes.first().map(|first| first & 7) {
            // Control and private messages (RFC 9327) are another protocol on the same port.
            Some(mode @ (6 | 7)) => context.message(ProtocolId::Ntp, message::other(mode), |_| {}),
            _ => match Packet::parse(pdu.bytes) {
                Ok(packet) => self.packet(&packet, context),
                Err(Malformed(what)) => context.malformed(ProtocolId::Ntp, what),
            },
        }
    }
}

impl Ntp {
    fn packet(&mut self, packet: &Packet<'_>, context: &mut Context<'_>) {
        let now = context.time;
        context.message(ProtocolId::Ntp, message::name(packet.mode), |fields| {
            message::write(packet, now, fields);
        });
        match packet.mode {
            1 | 3 => self.ask(packet.transmit, context),
            2 | 4 if !packet.is_kiss() => self.answer(packet, context),
            _ => {}
        }
    }

    fn ask(&mut self, transmit: Time, context: &Context<'_>) {
        if let Some(slot) = self.asked.get_mut(self.next % ASKED).filter(|_| transmit.is_known()) {
            *slot = Some((context.direction, transmit));
            self.next = (self.next + 1) % ASKED;
        }
    }

    /// An answer to a request of the other side tells its sender's clock, once.
    fn answer(&mut self, packet: &Packet<'_>, context: &mut Context<'_>) {
        let request = Some((context.direction.reverse(), packet.origin));
        let Some(slot) = self.asked.iter_mut().find(|slot| **slot == request) else {
            return;
        };
        *slot = None;
        if let Some(clock) = packet.transmit.near(context.time) {
            let (server, _) = context.flow.ends(context.direction);
            context.clock(server.ip, clock);
        }
    }
}
