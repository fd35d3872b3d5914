//! A session: what one flow is being read as. Recognised by content first, by port second.

use capture::{Chunk, Direction, Flow, FrameId, Payload, Timestamp, Transport};

use crate::PROTOCOLS;
use crate::context::{Context, Output};
use crate::inbox::Inbox;
use crate::protocol::{Pdu, Probe, Protocol, ProtocolId, Registration, Sender, Verdict};

/// Most bytes of a direction that are kept for recognition.
pub const PROBE: usize = 512;

/// Chunks of an unrecognised flow that are looked at before it is left alone.
const ATTEMPTS: u8 = 32;

/// What one flow is being read as.
pub struct Session {
    state: State,
}

enum State {
    Probing(Probing),
    /// Every datagram is a PDU.
    Datagrams(Box<dyn Protocol>),
    Stream(Box<Stream>),
}

#[derive(Default)]
struct Probing {
    waiting: [Vec<u8>; 2],
    attempts: u8,
}

struct Stream {
    protocol: Box<dyn Protocol>,
    inboxes: [Inbox; 2],
}

impl Stream {
    /// Who reads that direction.
    fn reader(&mut self, direction: Direction) -> (&mut dyn Protocol, &mut Inbox) {
        let [up, down] = &mut self.inboxes;
        let inbox = if direction == Direction::Up { up } else { down };
        (&mut *self.protocol, inbox)
    }
}

impl Default for Session {
    fn default() -> Self {
        Self {
            state: State::Probing(Probing::default()),
        }
    }
}

impl Session {
    /// A session that reads nothing any more: its parser failed.
    #[must_use]
    pub fn abandoned() -> Self {
        Self {
            state: State::Probing(Probing {
                attempts: ATTEMPTS,
                ..Probing::default()
            }),
        }
    }

    /// The next piece of the flow. The flow's ends change places when its content shows that the guess was wrong.
    pub fn chunk(&mut self, flow: &mut Flow, chunk: &Chunk<'_>, out: &mut Output) {
        match chunk.payload {
            Payload::Bytes(data) => self.bytes(flow, chunk, data, out),
            Payload::Gap(missing) => self.gap(flow, chunk, missing, out),
            Payload::Unread(count) => self.pass(flow, chunk, count, out),
            Payload::Datagram { data, missing } => self.datagram(flow, chunk, data, missing, out),
        }
    }

    /// Bytes that come next in `direction` and that are not read, whatever they are: they may be handed over as [`Payload::Unread`]. `u64::MAX`
    /// where none ever will be.
    #[must_use]
    pub const fn unread(&self, direction: Direction) -> u64 {
        match &self.state {
            State::Stream(stream) => {
                let [up, down] = &stream.inboxes;
                if matches!(direction, Direction::Up) { up } else { down }.unread()
            }
            State::Probing(probing) if probing.attempts >= ATTEMPTS => u64::MAX,
            State::Probing(_) | State::Datagrams(_) => 0,
        }
    }

    /// When [`Self::expire`] wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match &self.state {
            State::Datagrams(protocol) => protocol.deadline(),
            State::Stream(stream) => stream.protocol.deadline(),
            State::Probing(_) => None,
        }
    }

    fn protocol(&mut self) -> Option<&mut dyn Protocol> {
        match &mut self.state {
            State::Datagrams(protocol) => Some(&mut **protocol),
            State::Stream(stream) => Some(&mut *stream.protocol),
            State::Probing(_) => None,
        }
    }

    /// Packet time has reached `now`: emits what was not answered in time.
    pub fn expire(&mut self, flow: &Flow, now: Timestamp, out: &mut Output) {
        if let Some(protocol) = self.protocol() {
            protocol.expire(&mut Context::new(flow, Direction::Up, now, FrameId::default(), out));
        }
    }

    /// The flow ended: emits whatever still waits.
    pub fn finish(&mut self, flow: &Flow, now: Timestamp, out: &mut Output) {
        if let Some(protocol) = self.protocol() {
            protocol.finish(&mut Context::new(flow, Direction::Up, now, FrameId::default(), out));
        }
        self.state = State::Probing(Probing {
            attempts: ATTEMPTS,
            ..Probing::default()
        });
    }

    fn bytes(&mut self, flow: &mut Flow, chunk: &Chunk<'_>, data: &[u8], out: &mut Output) {
        match &mut self.state {
            State::Stream(stream) => {
                let mut context = Context::new(flow, chunk.direction, chunk.time, chunk.frame, out);
                let (protocol, inbox) = stream.reader(chunk.direction);
                inbox.bytes(data, protocol, &mut context);
            }
            State::Probing(probing) if probing.attempts < ATTEMPTS => {
                let mut probing = std::mem::take(probing);
                self.probe(&mut probing, flow, chunk, data, out);
                if let State::Probing(state) = &mut self.state {
                    *state = probing;
                }
            }
            State::Probing(_) | State::Datagrams(_) => out.counters.opaque("unrecognised", data.len() as u64),
        }
    }

    /// Shows the first bytes of a direction to every protocol.
    fn probe(&mut self, probing: &mut Probing, flow: &mut Flow, chunk: &Chunk<'_>, data: &[u8], out: &mut Output) {
        let [up, down] = &mut probing.waiting;
        let (mine, other) = if chunk.direction == Direction::Up {
            (up, down)
        } else {
            (down, up)
        };
        mine.extend_from_slice(data);
        let probe = Probe {
            bytes: mine.get(..PROBE).unwrap_or(mine),
            direction: chunk.direction,
            transport: flow.transport,
        };
        match recognise(flow, &probe, out) {
            Recognition::Found(found) => {
                let (mine, other) = (std::mem::take(mine), std::mem::take(other));
                let direction = self.open(&found, flow, chunk.direction);
                if !other.is_empty() {
                    self.bytes(
                        flow,
                        &Chunk {
                            direction: direction.reverse(),
                            ..*chunk
                        },
                        &other,
                        out,
                    );
                }
                self.bytes(flow, &Chunk { direction, ..*chunk }, &mine, out);
            }
            Recognition::More if mine.len() < PROBE => {}
            Recognition::More | Recognition::None => {
                out.counters.opaque("unrecognised", mine.len() as u64);
                mine.clear();
                probing.attempts += 1;
            }
        }
    }

    fn pass(&mut self, flow: &Flow, chunk: &Chunk<'_>, count: u64, out: &mut Output) {
        match &mut self.state {
            State::Stream(stream) => {
                let mut context = Context::new(flow, chunk.direction, chunk.time, chunk.frame, out);
                let (protocol, inbox) = stream.reader(chunk.direction);
                inbox.pass(count, protocol, &mut context);
            }
            State::Probing(probing) if probing.attempts < ATTEMPTS => self.gap(flow, chunk, count, out),
            State::Probing(_) | State::Datagrams(_) => out.counters.opaque("unrecognised", count),
        }
    }

    fn gap(&mut self, flow: &Flow, chunk: &Chunk<'_>, missing: u64, out: &mut Output) {
        match &mut self.state {
            State::Stream(stream) => {
                let mut context = Context::new(flow, chunk.direction, chunk.time, chunk.frame, out);
                let (protocol, inbox) = stream.reader(chunk.direction);
                inbox.gap(missing, protocol, &mut context);
            }
            State::Probing(probing) => {
                for waiting in &mut probing.waiting {
                    waiting.clear();
                }
            }
            State::Datagrams(_) => {} // a datagram says itself what is missing of it
        }
    }

    fn datagram(&mut self, flow: &mut Flow, chunk: &Chunk<'_>, data: &[u8], missing: u32, out: &mut Output) {
        let mut direction = chunk.direction;
        if let State::Probing(probing) = &mut self.state
            && probing.attempts < ATTEMPTS
        {
            probing.attempts += 1;
            let probe = Probe {
                bytes: data,
                direction,
                transport: Transport::Udp,
            };
            if let Recognition::Found(found) = recognise(flow, &probe, out) {
                direction = self.open(&found, flow, direction);
            }
        }
        let Some(protocol) = self.protocol() else {
            out.counters.opaque("unrecognised", data.len() as u64);
            return;
        };
        let mut context = Context::new(flow, direction, chunk.time, chunk.frame, out);
        context.gapped = missing > 0;
        protocol.pdu(
            Pdu {
                bytes: data,
                total: data.len() as u64 + u64::from(missing),
            },
            &mut context,
        );
    }

    /// Starts reading the flow as what was found; returns the direction of what it was found in, once the ends are right.
    fn open(&mut self, found: &Found, flow: &mut Flow, direction: Direction) -> Direction {
        let turned = matches!(
            (direction, found.sender),
            (Direction::Up, Sender::Server) | (Direction::Down, Sender::Client)
        );
        if turned {
            flow.swap();
        }
        let direction = if turned { direction.reverse() } else { direction };
        let protocol = (found.registration.open)(flow);
        self.state = match flow.transport {
            Transport::Udp => State::Datagrams(protocol),
            Transport::Tcp => State::Stream(Box::new(Stream {
                protocol,
                inboxes: inboxes(found, flow, direction),
            })),
        };
        direction
    }
}

/// Where the bytes of each direction are collected, `direction` being that of what was found.
fn inboxes(found: &Found, flow: &Flow, direction: Direction) -> [Inbox; 2] {
    let inbox = |aligned: bool| {
        if aligned || !flow.midstream {
            Inbox::default()
        } else {
            Inbox::searching()
        }
    };
    match direction {
        Direction::Up => [inbox(found.aligned), inbox(false)],
        Direction::Down => [inbox(false), inbox(found.aligned)],
    }
}

struct Found {
    registration: &'static Registration,
    sender: Sender,
    /// The bytes shown stand at the start of a PDU.
    aligned: bool,
}

enum Recognition {
    Found(Found),
    More,
    None,
}

/// Who sent what is shown, where an endpoint mapper has named one of the two ports to the other end: of a flow whose opening
/// was not seen, the ends may be taken for each other.
fn learnt(flow: &Flow, probe: &Probe<'_>, out: &Output) -> Option<Sender> {
    let (client, server) = (flow.client, flow.server);
    let turned = match flow.transport {
        Transport::Tcp if out.endpoints.knows(client.ip, server.ip, server.port) => false,
        Transport::Tcp if out.endpoints.knows(server.ip, client.ip, client.port) => true,
        _ => return None,
    };
    Some(match (probe.direction == Direction::Up) != turned {
        true => Sender::Client,
        false => Sender::Server,
    })
}

/// Content first: the first protocol that is sure, else one that is not and whose port it is, else, where none needs more
/// bytes, the port's owner, which will search for its first header.
fn recognise(flow: &Flow, probe: &Probe<'_>, out: &Output) -> Recognition {
    let (mut weak, mut owner, mut more) = (None, None, false);
    for registration in PROTOCOLS {
        let learnt = match registration.id {
            ProtocolId::Dcerpc => learnt(flow, probe, out),
            _ => None,
        };
        let mut ports = [flow.server.port, flow.client.port].into_iter();
        let owns = learnt.is_some() || ports.any(|port| registration.owns(flow.transport, port));
        let found = |sender| Found {
            registration,
            sender,
            aligned: true,
        };
        match (registration.recognise)(probe) {
            Verdict::Sure(sender) => return Recognition::Found(found(sender)),
            Verdict::Weak(sender) if owns && weak.is_none() => weak = Some(found(sender)),
            Verdict::Need(count) if probe.transport == Transport::Tcp && count > probe.bytes.len() => more = true,
            _ => {}
        }
        if owns && owner.is_none() {
            owner = Some(Found {
                registration,
                sender: learnt.unwrap_or(Sender::Either),
                aligned: false,
            });
        }
    }
    match (weak, more, owner) {
        (Some(found), ..) => Recognition::Found(found),
        (None, true, _) if probe.bytes.len() < PROBE => Recognition::More,
        (None, _, Some(found)) => Recognition::Found(found),
        (None, _, None) => Recognition::None,
    }
}

#[cfg(test)]
mod unread;
