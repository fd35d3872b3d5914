//! One connection's handshake, from whichever side it is seen, until both sides encrypt.

use capture::{Direction, Timestamp};

use super::activity::Told;
use super::certificate::Certificate;
use super::handshake::{Handshake, Message};
use super::wire::{
    self, ALERT, CERTIFICATE, CHANGE_CIPHER_SPEC, CLIENT_HELLO, ClientHello, HANDSHAKE, RECORD, ServerHello,
};
use super::{message, names};
use crate::activity::{Outcome, Status};
use crate::context::Context;
use crate::pending::TIMEOUT;
use crate::protocol::{Framing, Pdu, Protocol, ProtocolId};
use crate::reader::Malformed;

/// The two sides of a connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    lanes: [Lane; 2],
    told: Option<Box<Told>>,
}

/// One side.
#[derive(Debug, Default)]
struct Lane {
    handshake: Handshake,
    /// Records that follow may be encrypted: a ChangeCipherSpec or a gap went by.
    doubtful: bool,
    /// All that follows is encrypted.
    encrypted: bool,
}

impl Protocol for Connection {
    fn id(&self) -> ProtocolId {
        ProtocolId::Tls
    }

    fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        if self.is_encrypted(direction) {
            return Framing::Opaque("tls");
        }
        if head.len() < RECORD {
            return Framing::Need(RECORD);
        }
        match wire::record(head) {
            Some((HANDSHAKE | ALERT | CHANGE_CIPHER_SPEC, length)) => Framing::Whole(RECORD + usize::from(length)),
            Some((_, length)) => Framing::Head {
                keep: RECORD,
                total: (RECORD + usize::from(length)) as u64,
            },
            None => Framing::Opaque("tls"),
        }
    }

    fn plausible(&self, _direction: Direction, head: &[u8]) -> bool {
        wire::record(head).is_some()
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let (header, body) = pdu.bytes.split_at_checked(RECORD).unwrap_or((pdu.bytes, &[]));
        let direction = context.direction;
        match (header.first(), body) {
            (Some(&CHANGE_CIPHER_SPEC), _) => self.changed(direction),
            (Some(&ALERT), &[level, description]) if !self.lane(direction).doubtful => {
                self.alert(level, description, context);
            }
            (Some(&HANDSHAKE), _) => self.handshake(body, context),
            _ => {
                self.lane(direction).encrypted = true;
                context.opaque("tls", pdu.total);
            }
        }
        if self.is_encrypted(Direction::Up) && self.is_encrypted(Direction::Down) {
            self.conclude(Outcome::Success, None, context);
        }
    }

    fn gap(&mut self, _missing: u64, context: &mut Context<'_>) {
        let lane = self.lane(context.direction);
        lane.handshake.forget();
        lane.doubtful = true;
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.told.as_ref().map(|told| told.since.after(TIMEOUT))
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        if self.deadline().is_some_and(|deadline| deadline <= context.time) {
            self.finish(context);
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        self.conclude(Outcome::Unknown, None, context);
    }
}

impl Connection {
    /// Whether nothing more of a direction can be read.
    pub(super) const fn is_encrypted(&self, direction: Direction) -> bool {
        let [up, down] = &self.lanes;
        match direction {
            Direction::Up => up.encrypted,
            Direction::Down => down.encrypted,
        }
    }

    const fn lane(&mut self, direction: Direction) -> &mut Lane {
        let [up, down] = &mut self.lanes;
        match direction {
            Direction::Up => up,
            Direction::Down => down,
        }
    }

    /// ChangeCipherSpec: everything behind it is encrypted, but in TLS 1.3 or where the version is not known.
    fn changed(&mut self, direction: Direction) {
        let old = self.told.as_ref().is_some_and(|told| told.answered && !told.is_new());
        let lane = self.lane(direction);
        lane.doubtful = true;
        lane.encrypted |= old;
    }

    fn alert(&mut self, level: u8, description: u8, context: &mut Context<'_>) {
        const FATAL: u8 = 2;
        message::alert(level, description, context);
        if level == FATAL {
            let status = Status::new(i64::from(description), names::alert(description));
            self.conclude(Outcome::Failure, Some(status), context);
        }
    }

    fn handshake(&mut self, body: &[u8], context: &mut Context<'_>) {
        let lane = self.lane(context.direction);
        if lane.doubtful && !wire::opens(body) {
            lane.encrypted |= !context.gapped;
            return context.opaque("tls", body.len() as u64);
        }
        let mut handshake = std::mem::take(&mut lane.handshake);
        let long = handshake.record(body, context.gapped, |message| self.message(message, context));
        self.lane(context.direction).handshake = handshake;
        if long {
            context.limit("tls.handshake");
        }
    }

    fn message(&mut self, message: Message<'_>, context: &mut Context<'_>) {
        let read = match message.kind {
            CLIENT_HELLO => self.client_hello(message, context),
            CERTIFICATE => self.certificate(message, context),
            _ => self.server_hello(message, context),
        };
        if let Err(malformed) = read {
            context.malformed(ProtocolId::Tls, malformed.0);
        }
    }

    fn told(&mut self, context: &Context<'_>) -> &mut Told {
        self.told.get_or_insert_with(|| Box::new(Told::new(context.time)))
    }

    fn client_hello(&mut self, message: Message<'_>, context: &mut Context<'_>) -> Result<(), Malformed> {
        let hello = ClientHello::read(message.body)?;
        message::client_hello(&hello, message.whole, context);
        self.told(context).client(&hello, message.whole);
        Ok(())
    }

    fn server_hello(&mut self, message: Message<'_>, context: &mut Context<'_>) -> Result<(), Malformed> {
        let hello = ServerHello::read(message.body)?;
        message::server_hello(&hello, message.whole, context);
        self.told(context).server(&hello, message.whole);
        Ok(())
    }

    fn certificate(&mut self, message: Message<'_>, context: &mut Context<'_>) -> Result<(), Malformed> {
        let chain = wire::certificates(message.body)?;
        let leaf = chain.map(|(der, count)| Certificate::read(der).map(|leaf| (leaf, count)));
        let leaf = leaf.transpose()?;
        message::certificate(leaf.as_ref().map(|(leaf, count)| (leaf, *count)), context);
        if let Some((leaf, _)) = leaf {
            let clients = context.direction == Direction::Up;
            self.told(context).certificate(&leaf, clients);
        }
        Ok(())
    }

    fn conclude(&mut self, outcome: Outcome, status: Option<Status>, context: &mut Context<'_>) {
        if let Some(told) = self.told.take() {
            told.conclude(outcome, status, context);
        }
    }
}
