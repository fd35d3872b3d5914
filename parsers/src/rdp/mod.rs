//! RDP, from its first packet to where it is encrypted: who the client says it is for, how the two agree to be protected, and
//! under standard security what the client tells of itself.
//!
//! Under TLS (which CredSSP lives in as well) the rest of the stream is [`tls`]'s; under standard security it is opaque after
//! the client's settings.

mod activity;
mod names;
#[cfg(test)]
mod tests;
mod wire;

use capture::{Direction, Flow, Timestamp, Transport};

use crate::context::Context;
use crate::pending::TIMEOUT;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::reader::Malformed;
use crate::tls;
use activity::Attempt;
use wire::{CONFIRM, Client, FIXED, REQUEST, Request, TPKT};

pub use wire::Confirm;

/// RDP's row in the table of protocols.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Rdp,
    tcp: &[3389],
    udp: &[],
    recognise,
    open: |_: &Flow| Box::new(Rdp::default()),
};

/// A connection request that negotiates or has a cookie is RDP's on any port; a bare one is like any other's over X.224.
fn recognise(probe: &Probe<'_>) -> Verdict {
    let bytes = probe.bytes;
    if probe.transport != Transport::Tcp || bytes.first() != Some(&3) || !matches!(bytes.get(1), None | Some(0)) {
        return Verdict::No;
    }
    let (Some(length), Some(&[indicator, code])) = (wire::length(bytes), bytes.get(TPKT..TPKT + 2)) else {
        return if bytes.len() < FIXED {
            Verdict::Need(FIXED)
        } else {
            Verdict::No
        };
    };
    let sender = match code {
        REQUEST => Sender::Client,
        CONFIRM => Sender::Server,
        _ => return Verdict::No,
    };
    if usize::from(indicator) + 5 != length || length < FIXED {
        return Verdict::No;
    }
    match bytes.get(FIXED..).unwrap_or_default() {
        [b'C', b'o', b'o', b'k', ..] | [1..=3, _, 8, 0, ..] => Verdict::Sure(sender),
        rest if length > FIXED && rest.len() < 4 => Verdict::Need(FIXED + 4),
        _ => Verdict::Weak(sender),
    }
}

/// The answer to a connection request that `bytes` begin with, and its length, for whoever sent one; none while it is not whole.
///
/// # Errors
/// They begin with no X.224 connection confirm.
pub fn confirm(bytes: &[u8]) -> Result<Option<(Confirm, usize)>, Malformed> {
    const WHAT: Malformed = Malformed("connection confirm");
    if bytes.len() < TPKT {
        return Ok(None);
    }
    let length = wire::length(bytes).ok_or(WHAT)?;
    if length > MAX_CONFIRM {
        return Err(WHAT);
    }
    let Some(packet) = bytes.get(..length) else {
        return Ok(None);
    };
    match packet.get(TPKT + 1) {
        Some(&CONFIRM) => Ok(Some((Confirm::read(packet)?, length))),
        _ => Err(WHAT),
    }
}

/// The name of an RDP_NEG_FAILURE's failureCode ([MS-RDPBCGR] 2.2.1.2.2).
#[must_use]
pub const fn failure(code: u32) -> Option<&'static str> {
    names::failure(code)
}

/// Octets of a connection confirm with everything it may carry, and some to spare.
const MAX_CONFIRM: usize = 256;

/// One connection.
#[derive(Debug, Default)]
struct Rdp {
    attempt: Option<Attempt>,
    /// What the stream became.
    tls: Option<Box<tls::Stream>>,
    /// TLS was agreed on.
    agreed: bool,
    /// Nothing more is to be read of what a side sends.
    done: [bool; 2],
}

impl Protocol for Rdp {
    fn id(&self) -> ProtocolId {
        ProtocolId::Rdp
    }

    fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        if let Some(tls) = &self.tls {
            return tls.frame(direction, head);
        }
        let [up, down] = self.done;
        match *head {
            _ if self.agreed => Framing::Whole(head.len()),
            _ if if direction == Direction::Up { up } else { down } => Framing::Opaque("rdp"),
            [0x14..=0x17, ..] => Framing::Whole(head.len()), // TLS, where the answer that agreed to it was not seen
            _ if head.len() < TPKT => Framing::Need(TPKT),
            _ => wire::length(head).map_or(Framing::Opaque("rdp"), Framing::Whole),
        }
    }

    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        if let Some(tls) = &self.tls {
            return tls.plausible(direction, head);
        }
        wire::length(head).is_some()
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        if self.agreed || matches!(pdu.bytes, [0x14..=0x17, ..]) {
            self.tls.get_or_insert_default();
        }
        if let Some(tls) = &mut self.tls {
            return tls.bytes(pdu.bytes, &mut context.within("rdp"));
        }
        let read = match (pdu.bytes.get(TPKT + 1), context.direction) {
            (Some(&REQUEST), Direction::Up) => self.request(pdu.bytes, context),
            (Some(&CONFIRM), Direction::Down) => self.confirm(pdu.bytes, context),
            (_, Direction::Up) if wire::is_connect_initial(pdu.bytes) => self.client(pdu.bytes, context),
            _ => {
                self.leave(context);
                Ok(())
            }
        };
        if let Err(malformed) = read {
            context.malformed(ProtocolId::Rdp, malformed.0);
        }
    }

    fn gap(&mut self, _missing: u64, context: &mut Context<'_>) {
        if let Some(tls) = &mut self.tls {
            tls.gap(&mut context.within("rdp"));
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        let attempt = self.attempt.as_ref().map(|attempt| attempt.since().after(TIMEOUT));
        let tls = self.tls.as_ref().and_then(|tls| tls.deadline());
        [attempt, tls].into_iter().flatten().min()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        if self
            .attempt
            .as_ref()
            .is_some_and(|it| it.since().after(TIMEOUT) <= context.time)
        {
            self.emit(context);
        }
        if let Some(tls) = &mut self.tls {
            tls.expire(&mut context.within("rdp"));
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        self.emit(context);
        if let Some(tls) = &mut self.tls {
            tls.finish(&mut context.within("rdp"));
        }
    }
}

impl Rdp {
    fn attempt(&mut self, context: &Context<'_>) -> &mut Attempt {
        self.attempt.get_or_insert_with(|| Attempt::new(context))
    }

    fn emit(&mut self, context: &mut Context<'_>) {
        if let Some(attempt) = self.attempt.take() {
            attempt.emit(context);
        }
    }

    fn request(&mut self, packet: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let request = Request::read(packet)?;
        context.message(ProtocolId::Rdp, "connection_request", |fields| {
            activity::asked(&request, fields);
        });
        self.emit(context);
        self.attempt(context).request(&request);
        Ok(())
    }

    /// Whatever is agreed on but standard security begins with TLS; standard security with the client's settings.
    fn confirm(&mut self, packet: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let confirm = Confirm::read(packet)?;
        context.message(ProtocolId::Rdp, "connection_confirm", |fields| {
            activity::answered(confirm, fields);
        });
        self.attempt(context).confirm(confirm, context);
        match confirm {
            Confirm::Selected(_, 0) | Confirm::Bare => self.done = [false, true],
            Confirm::Selected(..) => {
                self.agreed = true;
                self.emit(context);
            }
            Confirm::Failure(_) => self.emit(context),
        }
        Ok(())
    }

    fn client(&mut self, packet: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let client = Client::read(packet);
        if let Ok(client) = &client {
            context.message(ProtocolId::Rdp, "client_hello", |fields| activity::told(client, fields));
            self.attempt(context).client(client);
        }
        self.leave(context);
        client.map(|_| ())
    }

    /// The rest of what this side sends is not read.
    fn leave(&mut self, context: &mut Context<'_>) {
        if let Some(done) = self.done.get_mut(context.direction.index()) {
            *done = true;
        }
        if context.direction == Direction::Up {
            self.emit(context);
        }
    }
}
