//! RPC over HTTP without HTTP: the endpoint mapper's port 593 and the ports of servers behind an RPC proxy greet with
//! `ncacn_http/1.0` ([MS-RPCH] 2.1.2.2.1), and what follows are the PDUs of an association, or of one channel of a virtual connection.

use capture::{Direction, Flow, Timestamp, Transport};

use super::channel::{Channel, GREETING};
use super::wire::{self, Header, Ptype};
use crate::context::Context;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};

/// Its row in the table of protocols.
pub const HTTP: Registration = Registration {
    id: ProtocolId::Dcerpc,
    tcp: &[593],
    udp: &[],
    recognise,
    open: |_: &Flow| {
        Box::new(Greeted {
            channel: Channel::new(None, None, None),
            spoken: [false; 2],
        })
    },
};

/// By the greeting, and where that was not seen by an RTS PDU.
fn recognise(probe: &Probe<'_>) -> Verdict {
    let bytes = probe.bytes;
    let shown = GREETING.get(..bytes.len()).unwrap_or(GREETING);
    match bytes {
        _ if probe.transport != Transport::Tcp => Verdict::No,
        _ if bytes.starts_with(shown) && shown.len() < GREETING.len() => Verdict::Need(GREETING.len()),
        _ if bytes.starts_with(shown) => Verdict::Sure(Sender::Server),
        [5] | [5, 0 | 1, ..] if bytes.len() < wire::HEADER => Verdict::Need(wire::HEADER),
        _ if is_rts(bytes) => Verdict::Sure(Sender::Either),
        _ => Verdict::No,
    }
}

fn is_rts(bytes: &[u8]) -> bool {
    Header::parse(bytes).is_ok_and(|header| header.ptype == Ptype::Rts && header.is_plausible())
}

/// A connection behind a greeting.
struct Greeted {
    channel: Channel,
    /// The channel has begun to read a direction, and takes whatever comes.
    spoken: [bool; 2],
}

impl Greeted {
    const fn spoken(&self, direction: Direction) -> bool {
        let [up, down] = self.spoken;
        matches!(direction, Direction::Up) && up || matches!(direction, Direction::Down) && down
    }
}

impl Protocol for Greeted {
    fn id(&self) -> ProtocolId {
        ProtocolId::Dcerpc
    }

    /// Whatever is there is taken at once: the channel knows where PDUs end.
    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        Framing::Whole(head.len())
    }

    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        let begins = || Header::parse(head).is_ok_and(|header| header.is_plausible()) || head.starts_with(GREETING);
        self.spoken(direction) || begins()
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let [up, down] = &mut self.spoken;
        *if context.direction == Direction::Up { up } else { down } = true;
        self.channel.bytes(pdu.bytes, context);
    }

    fn gap(&mut self, missing: u64, context: &mut Context<'_>) {
        self.channel.gap(missing, context);
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.channel.deadline()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        self.channel.expire(context);
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        self.channel.finish(context);
    }
}

#[cfg(test)]
mod tests {
    use capture::Direction;

    use super::GREETING;
    use crate::testing::{Conversation, unhex};

    /// A bind to the endpoint mapper.
    const BIND: &str = "05000b03100000004800000001000000b810b810000000000100000000000100\
                        0883afe11f5dc91191a408002b14a0fa03000000045d888aeb1cc9119fe808002b10486002000000";

    #[test]
    fn what_follows_the_greeting_is_rpc() {
        for size in [1, 3, 100] {
            let said = Conversation::tcp(4711)
                .cut(Direction::Down, GREETING, size)
                .cut(Direction::Up, &unhex(BIND), size)
                .finish();
            assert_eq!(said.messages[0]["message"], "bind", "cut into {size}");
            assert_eq!(said.messages[0]["carrier"][0], "ncacn_http");
        }
    }

    #[test]
    fn midstream_and_behind_gaps_headers_are_found() {
        let bind = unhex(BIND);
        let said = Conversation::tcp(593)
            .midstream()
            .up(&[&[0xee; 30][..], &bind].concat())
            .up(&bind[..20])
            .gap(Direction::Up, 52)
            .up(&bind)
            .up(&bind[..40])
            .gap(Direction::Up, 4000)
            .up(&[&[0xee; 5][..], &bind].concat())
            .finish();
        let names: Vec<_> = said.messages.iter().map(|message| &message["message"]).collect();
        assert_eq!(names.len(), 5, "{names:?}");
    }
}
