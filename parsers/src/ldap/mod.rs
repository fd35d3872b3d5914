//! LDAP over TCP and CLDAP over UDP (RFC 4511, [MS-ADTS]): the directory's own protocol, with the security layers around it.
//!
//! A TCP stream is LDAPMessages one after another until a SASL bind puts a security layer around them ([`layer`]): then
//! signed buffers are read through as if they were bare, sealed ones are passed over by their length. Which of the two comes
//! next is judged at every boundary by the bytes alone, so that midstream flows are read as well. After StartTLS the stream is [`tls`]'.
//! The conversation itself is [`operations`]. A CLDAP datagram holds a request, or an answer of one or two messages.

pub mod account_control;
mod activity;
mod attributes;
mod bind;
mod control_values;
mod controls;
mod extended;
mod filter;
mod layer;
mod messages;
mod names;
pub(crate) mod netlogon;
mod operations;
mod request;
mod response;
mod result;
mod returned;
mod secrets;
mod single;
#[cfg(test)]
mod tests;
mod wire;

use capture::{Direction, Timestamp, Transport};

use crate::context::Context;
use crate::inbox::Inbox;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};
use crate::tls;

pub(crate) use activity::{is_principal, may_be_principal};
pub(crate) use attributes::told;
use layer::Layer;
use operations::Operations;
pub(crate) use secrets::is_password;
use wire::{Choice, Start};

/// LDAP: port 389, and 3268 for the global catalog ([MS-ADTS] 3.1.1.3.1).
pub const LDAP: Registration = Registration {
    id: ProtocolId::Ldap,
    tcp: &[389, 3268],
    udp: &[],
    recognise: recognise_stream,
    open: |_| Box::new(Ldap::new()),
};

/// CLDAP: port 389.
pub const CLDAP: Registration = Registration {
    id: ProtocolId::Cldap,
    tcp: &[],
    udp: &[389],
    recognise: recognise_datagram,
    open: |_| Box::new(Cldap(Operations::new(ProtocolId::Cldap))),
};

/// A message that names a known operation and whose lengths agree is LDAP on any port; a security layer's buffer is where
/// the port says so.
fn recognise_stream(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Tcp {
        return Verdict::No;
    }
    match probe.bytes {
        [0x30, ..] => recognise_message(probe.bytes),
        [0, ..] => recognise_layer(probe.bytes),
        _ => Verdict::No,
    }
}

fn recognise_datagram(probe: &Probe<'_>) -> Verdict {
    match probe.transport {
        Transport::Udp => recognise_message(probe.bytes),
        Transport::Tcp => Verdict::No,
    }
}

fn recognise_message(bytes: &[u8]) -> Verdict {
    match wire::start(bytes) {
        Ok(Start::Need(count)) => Verdict::Need(count),
        Ok(Start::Known(opening)) => match opening.plausible().map(Choice::is_request) {
            Some(true) => Verdict::Sure(Sender::Client),
            Some(false) => Verdict::Sure(Sender::Server),
            None => Verdict::No,
        },
        Err(_) => Verdict::No,
    }
}

fn recognise_layer(bytes: &[u8]) -> Verdict {
    let Some(token) = bytes.get(layer::LENGTH..).filter(|token| token.len() >= 4) else {
        return Verdict::Need(layer::LENGTH + 4);
    };
    let judged = layer::length(bytes).and_then(|length| Layer::judge(token, length));
    match judged {
        Some(Layer::Kerberos { acceptor: true, .. }) => Verdict::Weak(Sender::Server),
        Some(Layer::Kerberos { acceptor: false, .. }) => Verdict::Weak(Sender::Client),
        Some(_) => Verdict::Weak(Sender::Either),
        None => Verdict::No,
    }
}

/// One TCP flow.
struct Ldap {
    operations: Operations,
    /// What the stream became by StartTLS.
    tls: Option<Box<tls::Stream>>,
    /// Per direction, the stream inside the security layer.
    inner: [Inner; 2],
}

/// One direction's security layer.
#[derive(Default)]
struct Inner {
    inbox: Inbox,
    /// A buffer was signed alone, so the next one is too, wherever in a message it begins.
    clear: bool,
    /// Octets of the last buffer that did not arrive.
    cut: u64,
}

impl Ldap {
    fn new() -> Self {
        Self {
            operations: Operations::new(ProtocolId::Ldap),
            tls: None,
            inner: [Inner::default(), Inner::default()],
        }
    }

    fn inner(&self, direction: Direction) -> &Inner {
        let [up, down] = &self.inner;
        match direction {
            Direction::Up => up,
            Direction::Down => down,
        }
    }

    /// Whether a buffer can be read, seen from its first octets; none where there is no buffer.
    fn judge(&self, direction: Direction, head: &[u8]) -> Option<(Layer, bool)> {
        let length = layer::length(head)?;
        let layer = Layer::judge(head.get(layer::LENGTH..)?, length)?;
        let ntlm = matches!(layer, Layer::Ntlm { .. });
        Some((layer, layer.is_sealed() && !(ntlm && self.inner(direction).clear)))
    }

    fn frame_layer(&self, direction: Direction, head: &[u8]) -> Framing {
        if head.len() < layer::LENGTH {
            return Framing::Need(layer::LENGTH);
        }
        let Some(length) = layer::length(head) else {
            return Framing::Invalid("security layer length");
        };
        let total = layer::LENGTH + length;
        let look = total.min(layer::LENGTH + layer::LOOK);
        if head.len() < look {
            return Framing::Need(look);
        }
        match self.judge(direction, head) {
            Some((_, false)) => Framing::Whole(total),
            None if !self.operations.layered => Framing::Invalid("security layer token"),
            Some((_, true)) | None => Framing::Head {
                keep: look,
                total: total as u64,
            },
        }
    }

    /// A buffer of the security layer: what can be read of it goes where a bare stream would go.
    fn buffer(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let readable = self.judge(context.direction, pdu.bytes).filter(|(_, sealed)| !sealed);
        let token = pdu.bytes.get(layer::LENGTH..).unwrap_or_default();
        let Some(payload) = readable.and_then(|(layer, _)| layer.payload(token)) else {
            context.message(ProtocolId::Ldap, "sealed", |fields| fields.set("size", pdu.total));
            return context.opaque("ldap sealed", pdu.total);
        };
        let [up, down] = &mut self.inner;
        let inner = if context.direction == Direction::Up { up } else { down };
        inner.clear = true;
        inner.cut = pdu.total.saturating_sub(pdu.bytes.len() as u64);
        let gapped = std::mem::take(&mut context.gapped);
        inner.inbox.bytes(&payload, &mut self.operations, context);
        if inner.cut > 0 {
            inner.inbox.gap(inner.cut, &mut self.operations, context);
        }
        context.gapped = gapped;
    }
}

impl Protocol for Ldap {
    fn id(&self) -> ProtocolId {
        ProtocolId::Ldap
    }

    fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        if let Some(tls) = &self.tls {
            return tls.frame(direction, head);
        }
        match *head {
            _ if self.operations.encrypted => Framing::Whole(head.len()),
            [0, ..] => self.frame_layer(direction, head),
            [0x14..=0x17] => Framing::Need(2),
            [0x14..=0x17, 3, ..] => Framing::Whole(head.len()), // a TLS record (RFC 8446 §5.1)
            _ => self.operations.frame(direction, head),
        }
    }

    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        if let Some(tls) = &self.tls {
            return tls.plausible(direction, head);
        }
        if head.first() == Some(&0x30) {
            return self.operations.plausible(direction, head);
        }
        match self.judge(direction, head) {
            Some((Layer::Kerberos { acceptor, .. }, _)) => acceptor == (direction == Direction::Down),
            Some(_) => self.operations.layered || self.inner(direction).clear,
            None => false,
        }
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        if self.operations.encrypted || matches!(pdu.bytes, [0x14..=0x17, 3, ..]) {
            self.tls.get_or_insert_default();
        }
        match (&mut self.tls, pdu.bytes) {
            (Some(tls), bytes) => tls.bytes(bytes, &mut context.within("ldap")),
            (None, [0, ..]) => self.buffer(pdu, context),
            (None, _) => self.operations.pdu(pdu, context),
        }
    }

    /// What was lost beyond the rest of a cut buffer, whose own gap was told already, breaks the stream inside the layer
    /// at a length nobody knows.
    fn gap(&mut self, missing: u64, context: &mut Context<'_>) {
        if let Some(tls) = &mut self.tls {
            return tls.gap(&mut context.within("ldap"));
        }
        let [up, down] = &mut self.inner;
        let inner = if context.direction == Direction::Up { up } else { down };
        let cut = std::mem::take(&mut inner.cut);
        if inner.clear && missing > cut {
            inner.inbox.gap(u64::MAX, &mut self.operations, context);
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        let waiting = [
            self.operations.deadline(),
            self.tls.as_ref().and_then(|tls| tls.deadline()),
        ];
        waiting.into_iter().flatten().min()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        self.operations.expire(context);
        if let Some(tls) = &mut self.tls {
            tls.expire(&mut context.within("ldap"));
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        self.operations.finish(context);
        if let Some(tls) = &mut self.tls {
            tls.finish(&mut context.within("ldap"));
        }
    }
}

/// One UDP flow.
struct Cldap(Operations);

impl Protocol for Cldap {
    fn id(&self) -> ProtocolId {
        ProtocolId::Cldap
    }

    fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        self.0.frame(direction, head)
    }

    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        self.0.plausible(direction, head)
    }

    /// One datagram: messages one after another.
    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let mut rest = pdu.bytes;
        while !rest.is_empty() {
            let length = match wire::start(rest) {
                Ok(Start::Known(opening)) => opening.total.min(rest.len()),
                _ => rest.len(),
            };
            let (message, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            self.0.message(message, context);
            rest = after;
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.0.deadline()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        self.0.expire(context);
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        self.0.finish(context);
    }
}
