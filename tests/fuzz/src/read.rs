//! One protocol over one flow, and what must hold whatever it is given.

use std::net::{IpAddr, Ipv4Addr};

use capture::{CaptureId, Direction, Endpoint, Flow, FrameId, Timestamp, Transport, Tunnel};
use parsers::activity::Activity;
use parsers::context::{Context, Output};
use parsers::inbox::Inbox;
use parsers::json::{Object, WriteJson};
use parsers::message::MessageLine;
use parsers::protocol::{Pdu, Protocol, ProtocolId, Registration};

use crate::mutate::Random;
use crate::script::{self, DATAGRAMS, MIDSTREAM, Piece};

/// Bytes of output that a flow may make whatever it holds, and for every byte and every piece of it.
const FLAT: usize = 64 * 1024;
const PER_BYTE: usize = 256;
const PER_PIECE: usize = 8 * 1024;

/// What came of a flow.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) messages: Vec<String>,
    pub(crate) activities: Vec<String>,
    pub(crate) malformed: Vec<String>,
    counted: Vec<String>,
    /// Messages and PDUs that were damaged.
    work: u64,
}

impl Said {
    /// Takes what is in `out`.
    pub(crate) fn new(out: &Output) -> Self {
        let messages = out.messages.iter().flatten().map(|message| {
            let line = MessageLine { message, file: "fuzz" };
            let mut bytes = Vec::new();
            line.write_json(&mut bytes);
            let written: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let other = serde_json::to_value(&line).unwrap_or_default();
            assert_eq!(written, other, "a message is written otherwise by serde");
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let activities = out
            .activities
            .iter()
            .map(|activity| json(activity, |object| object.entry("packet", &activity.order.packet)));
        let counters = &out.counters;
        let malformed = counters.malformed();
        let mut counted: Vec<String> = counters.messages().map(|row| format!("{row:?}")).collect();
        counted.extend(counters.limits().iter().map(|row| format!("{row:?}")));
        counted.extend(counters.opaque_bytes().iter().map(|row| format!("{row:?}")));
        counted.extend(out.sightings.iter().map(|sighting| format!("{sighting:?}")));
        let damaged: u64 = malformed.iter().map(|(_, _, count)| count).sum();
        Self {
            work: counters.messages().map(|(_, count)| count).sum::<u64>() + damaged,
            messages: messages.collect(),
            activities: activities.collect(),
            malformed: malformed.iter().map(|row| format!("{row:?}")).collect(),
            counted,
        }
    }

    fn size(&self) -> usize {
        self.messages.iter().chain(&self.activities).map(String::len).sum()
    }
}

/// How one reading differs from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Seed of the lengths of segments; none for pieces as they are.
    cuts: Option<u64>,
    messages: bool,
}

/// A flow as the protocol has them.
pub(crate) fn flow(transport: Transport, port: u16, midstream: bool) -> Flow {
    let end = |last, port| Endpoint {
        ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
        port,
        mac: None,
    };
    Flow {
        id: 1,
        transport,
        client: end(50, 50_000),
        server: end(10, port),
        tunnel: Tunnel::default(),
        capture: CaptureId(0),
        midstream,
    }
}

/// Holds a conversation against itself: whole, cut, and without messages; and against its bounds.
pub(crate) fn conversation(registration: &Registration, data: &[u8]) -> Said {
    let (flags, pieces) = script::decode(data);
    let whole = Manner {
        cuts: None,
        messages: true,
    };
    let said = read(registration, flags, &pieces, whole);
    let bound = FLAT + data.len() * PER_BYTE + pieces.len() * PER_PIECE;
    assert!(said.size() <= bound, "{} bytes say {}", data.len(), said.size());
    assert!(
        said.activities.len() <= 64 + 2 * data.len(),
        "{} activities",
        said.activities.len()
    );
    assert!(
        said.work <= 64 + 2 * data.len() as u64,
        "{} PDUs in {} bytes",
        said.work,
        data.len()
    );
    if whole_entries(registration, &said) {
        let silent = read(
            registration,
            flags,
            &pieces,
            Manner {
                messages: false,
                ..whole
            },
        );
        same(
            "activities depend on whether messages are wanted",
            &said.activities,
            &silent.activities,
        );
        same(
            "counters depend on whether messages are wanted",
            &said.counted,
            &silent.counted,
        );
    }
    for seed in 1..=2 {
        let cuts = Some(seed ^ data.len() as u64);
        let cut = read(registration, flags, &pieces, Manner { cuts, ..whole });
        same(
            "messages depend on where the stream was cut",
            &said.messages,
            &cut.messages,
        );
        same(
            "activities depend on where the stream was cut",
            &said.activities,
            &cut.activities,
        );
        same(
            "damage depends on where the stream was cut",
            &said.malformed,
            &cut.malformed,
        );
        same(
            "counters depend on where the stream was cut",
            &said.counted,
            &cut.counted,
        );
    }
    said
}

/// Whether entries say the same unread: LDAP's are stepped over where messages are not wanted, and their damage is not seen then.
fn whole_entries(registration: &Registration, said: &Said) -> bool {
    let gapped = |line: &String| line.contains("\"gapped\":true");
    match registration.id {
        ProtocolId::Ldap => said.malformed.is_empty() && !said.messages.iter().any(gapped),
        ProtocolId::Cldap => false,
        _ => true,
    }
}

/// Panics with the first line that differs.
fn same(what: &str, one: &[String], other: &[String]) {
    let count = one.len().max(other.len());
    let differ = (0..count).find(|at| one.get(*at) != other.get(*at));
    if let Some(at) = differ {
        assert_eq!(one.get(at), other.get(at), "{what}: line {at}");
    }
}

/// Reads a conversation from its first byte as the protocol's.
fn read(registration: &Registration, flags: u8, pieces: &[Piece<'_>], manner: Manner) -> Said {
    let mut reader = Reader::new(registration, flags, manner);
    for (piece, number) in pieces.iter().zip(1..) {
        reader.piece(piece, number);
    }
    let end = Timestamp::new(reader.now, 0);
    let Reader {
        flow,
        mut out,
        mut protocol,
        ..
    } = reader;
    protocol.finish(&mut Context::new(
        &flow,
        Direction::Up,
        end,
        FrameId::default(),
        &mut out,
    ));
    Said::new(&out)
}

/// A protocol, and where it is in a conversation.
struct Reader {
    flow: Flow,
    protocol: Box<dyn Protocol>,
    up: Inbox,
    down: Inbox,
    out: Output,
    /// Where streams are cut, if they are.
    cuts: Option<Random>,
    /// Seconds.
    now: i64,
}

impl Reader {
    fn new(registration: &Registration, flags: u8, manner: Manner) -> Self {
        let datagrams = registration.tcp.is_empty() || (flags & DATAGRAMS != 0 && !registration.udp.is_empty());
        let (transport, ports) = if datagrams {
            (Transport::Udp, registration.udp)
        } else {
            (Transport::Tcp, registration.tcp)
        };
        let flow = flow(
            transport,
            ports.first().copied().unwrap_or(4711),
            flags & MIDSTREAM != 0,
        );
        let inbox = || {
            if flow.midstream {
                Inbox::searching()
            } else {
                Inbox::default()
            }
        };
        Self {
            protocol: (registration.open)(&flow),
            up: inbox(),
            down: inbox(),
            out: Output::new(manner.messages),
            cuts: manner.cuts.map(Random::new),
            now: 1_763_600_000,
            flow,
        }
    }

    fn piece(&mut self, piece: &Piece<'_>, number: u64) {
        self.now += if *piece == Piece::Wait { 3_600 } else { 1 };
        self.out.begin(number);
        let frame = FrameId {
            capture: CaptureId(0),
            number,
        };
        let direction = match *piece {
            Piece::Bytes(direction, _) | Piece::Gap(direction, _) => direction,
            Piece::Wait => Direction::Up,
        };
        let context = &mut Context::new(&self.flow, direction, Timestamp::new(self.now, 0), frame, &mut self.out);
        let protocol = &mut *self.protocol;
        let inbox = if direction == Direction::Up {
            &mut self.up
        } else {
            &mut self.down
        };
        match *piece {
            Piece::Wait => protocol.expire(context),
            Piece::Bytes(_, bytes) if self.flow.transport == Transport::Udp => {
                protocol.pdu(
                    Pdu {
                        bytes,
                        total: bytes.len() as u64,
                    },
                    context,
                );
            }
            Piece::Gap(..) if self.flow.transport == Transport::Udp => {}
            Piece::Gap(_, missing) => inbox.gap(missing, protocol, context),
            Piece::Bytes(_, bytes) => {
                for part in cut(bytes, self.cuts.as_mut()) {
                    inbox.bytes(part, protocol, context);
                }
            }
        }
    }
}

/// Pieces of a few bytes here, of many there.
fn cut<'a>(bytes: &'a [u8], random: Option<&mut Random>) -> Vec<&'a [u8]> {
    let Some(random) = random else { return vec![bytes] };
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let most = random.of(&[1, 3, 17, 200, 1460]);
        let (part, after) = rest.split_at((1 + random.below(most)).min(rest.len()));
        parts.push(part);
        rest = after;
    }
    parts
}

/// `activity` as a line of JSON, behind what `before` writes.
pub(crate) fn json(activity: &Activity, before: impl FnOnce(&mut Object<'_>)) -> String {
    let mut bytes = Vec::new();
    let mut object = Object::begin(&mut bytes);
    before(&mut object);
    activity.write_json(&mut object, "fuzz");
    object.entry("details", &activity.details);
    object.end();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let written = serde_json::from_slice::<serde_json::Value>(&bytes);
    assert!(written.is_ok(), "an activity is no JSON: {text}");
    text
}
