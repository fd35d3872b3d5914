//! RPC over HTTP without HTTP: the endpoint mapper's port 593 greets with `ncacn_http/1.0` ([MS-RPCH] 2.1.1.1), and what
//! follows are the PDUs of any other association.

use capture::{Direction, Flow, Timestamp, Transport};

use super::association::Association;
use crate::context::Context;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};

/// Its row in the table of protocols.
pub const HTTP: Registration = Registration {
    id: ProtocolId::Dcerpc,
    tcp: &[593],
    udp: &[],
    recognise,
    open: |_: &Flow| Box::new(Greeted(Association::default())),
};

/// What the server greets with.
const GREETING: &[u8] = b"ncacn_http/1.0";

fn recognise(probe: &Probe<'_>) -> Verdict {
    let shown = GREETING.get(..probe.bytes.len()).unwrap_or(GREETING);
    match probe.bytes.starts_with(shown) && probe.transport == Transport::Tcp {
        true if shown.len() == GREETING.len() => Verdict::Sure(Sender::Server),
        true => Verdict::Need(GREETING.len()),
        false => Verdict::No,
    }
}

/// An association behind a greeting.
struct Greeted(Association);

impl Protocol for Greeted {
    fn id(&self) -> ProtocolId {
        self.0.id()
    }

    fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        let shown = GREETING.get(..head.len()).unwrap_or(GREETING);
        match direction {
            Direction::Down if head.starts_with(GREETING) => Framing::Whole(GREETING.len()),
            Direction::Down if head.starts_with(shown) => Framing::Need(GREETING.len()),
            _ => self.0.frame(direction, head),
        }
    }

    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        self.0.plausible(direction, head)
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        if !pdu.bytes.starts_with(GREETING) {
            self.0.pdu(pdu, &mut context.within("ncacn_http"));
        }
    }

    fn gap(&mut self, missing: u64, context: &mut Context<'_>) {
        self.0.gap(missing, &mut context.within("ncacn_http"));
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.0.deadline()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        self.0.expire(&mut context.within("ncacn_http"));
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        self.0.finish(&mut context.within("ncacn_http"));
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
}
