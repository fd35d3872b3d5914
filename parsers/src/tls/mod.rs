//! TLS, recognised so that what is encrypted is counted as such and never taken for something else: LDAPS, the global
//! catalogue over TLS, HTTPS, WinRM.
//!
//! The hello of either side becomes a message; everything after it is opaque. A connection whose hello was not seen is
//! opaque from its first byte.

#[cfg(test)]
mod tests;
mod wire;

use capture::{Direction, Flow, Transport};

use crate::context::Context;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::text;
use wire::{HANDSHAKE, Hello, RECORD};

/// TLS' row in the table of protocols.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Tls,
    tcp: &[443, 636, 3269, 5986],
    udp: &[],
    recognise,
    open: |_: &Flow| Box::new(Tls::default()),
};

/// HandshakeType client_hello and server_hello (RFC 8446 §4).
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

/// One connection: which sides have said hello.
#[derive(Debug, Default)]
struct Tls {
    greeted: [bool; 2],
}

/// A hello is TLS wherever it is seen; any other record only where the port says so too.
fn recognise(probe: &Probe<'_>) -> Verdict {
    let bytes = probe.bytes;
    let begun = bytes.len() < RECORD && matches!(bytes, [20..=23] | [20..=23, 3] | [20..=23, 3, 0..=4, ..]);
    if probe.transport != Transport::Tcp || !begun && wire::record(bytes).is_none() {
        return Verdict::No;
    }
    match bytes {
        [
            HANDSHAKE,
            _,
            _,
            _,
            _,
            kind @ (CLIENT_HELLO | SERVER_HELLO),
            0,
            _,
            _,
            3,
            0..=4,
            ..,
        ] => Verdict::Sure(if *kind == CLIENT_HELLO {
            Sender::Client
        } else {
            Sender::Server
        }),
        [HANDSHAKE, ..] if bytes.len() < 11 => Verdict::Need(11),
        _ if bytes.len() < RECORD => Verdict::Need(RECORD),
        _ => Verdict::Weak(Sender::Either),
    }
}

impl Protocol for Tls {
    fn id(&self) -> ProtocolId {
        ProtocolId::Tls
    }

    fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        let [up, down] = self.greeted;
        let greeted = if direction == Direction::Up { up } else { down };
        if greeted {
            return Framing::Opaque("tls");
        }
        if head.len() < RECORD + 1 {
            return Framing::Need(RECORD + 1);
        }
        match (wire::record(head), head.get(RECORD)) {
            (Some((HANDSHAKE, length)), Some(&(CLIENT_HELLO | SERVER_HELLO))) => {
                Framing::Whole(RECORD + usize::from(length))
            }
            _ => Framing::Opaque("tls"),
        }
    }

    fn plausible(&self, _direction: Direction, head: &[u8]) -> bool {
        wire::record(head).is_some()
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        if let Some(greeted) = self.greeted.get_mut(context.direction.index()) {
            *greeted = true;
        }
        let Some((&[kind, _, high, low], body)) = pdu.bytes.get(RECORD..).unwrap_or_default().split_first_chunk()
        else {
            return;
        };
        let body = body.get(..usize::from(u16::from_be_bytes([high, low]))).unwrap_or(body);
        let (name, hello) = match kind {
            CLIENT_HELLO => ("client_hello", wire::client(body)),
            _ => ("server_hello", wire::server(body)),
        };
        match hello {
            Ok(hello) => say(name, &hello, context),
            Err(malformed) => context.malformed(ProtocolId::Tls, malformed.0),
        }
    }
}

fn say(name: &'static str, hello: &Hello<'_>, context: &mut Context<'_>) {
    context.message(ProtocolId::Tls, name, |fields| {
        fields.set("version", hello.version);
        fields.set_some("version_name", wire::version_name(hello.version));
        fields.set_some("sni", hello.name.map(text::bytes));
        fields.set_some("alpn", hello.alpn.map(text::bytes));
        fields.set_some("cipher_suite", hello.suite);
    });
}
