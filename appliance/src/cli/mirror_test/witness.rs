//! What passes on the mirror: frames, flows and messages of each controller, whose tunnels, and which strangers.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use capture::assembly::{Assembly, Handler};
use capture::{Chunk, Config, Flow, Frame, Timestamp};
use parsers::context::Output;
use parsers::protocol::ProtocolId;
use parsers::session::Session;

use super::probe::{MARK_LENGTH, contains};

/// Addresses that are counted; beyond, new ones are not.
const MAX_STRANGERS: usize = 4_096;
/// Kinds of tunnels that are told apart.
const MAX_TUNNELS: usize = 64;
/// No network carries longer frames: jumbo frames of 9,216 bytes, tagged and in a tunnel.
const LONGEST: u32 = 9_400;
/// An echo of the test and all that may be around it.
const LONGEST_ECHO: usize = 256;

/// Reads frames as a worker does, and remembers what a test wants to know.
pub(super) struct Witness {
    assembly: Assembly<Session>,
    seen: Recorder,
    marks: Vec<([u8; MARK_LENGTH], Echo)>,
    pub(super) frames: u64,
    pub(super) superframes: u64,
}

/// Whether an echo's request and reply were seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Echo {
    pub(super) request: bool,
    pub(super) reply: bool,
}

/// What is counted per flow.
struct Recorder {
    out: Output,
    pub(super) addresses: BTreeMap<IpAddr, u64>,
    tunnels: BTreeMap<String, u64>,
    /// Messages per server and protocol.
    messages: BTreeMap<(IpAddr, &'static str), u64>,
    /// Datagrams of probes: sockets they come from, whether seen on their way out and back.
    probes: Vec<(SocketAddr, Echo)>,
}

impl Witness {
    /// A witness for these echo marks and CLDAP sockets.
    pub(super) fn new(config: &Config, marks: &[[u8; MARK_LENGTH]], probes: &[SocketAddr]) -> Self {
        Self {
            assembly: Assembly::new(config),
            seen: Recorder {
                out: Output::new(true),
                addresses: BTreeMap::new(),
                tunnels: BTreeMap::new(),
                messages: BTreeMap::new(),
                probes: probes.iter().map(|probe| (*probe, Echo::default())).collect(),
            },
            marks: marks.iter().map(|mark| (*mark, Echo::default())).collect(),
            frames: 0,
            superframes: 0,
        }
    }

    /// Takes one frame.
    pub(super) fn frame(&mut self, frame: &Frame<'_>) {
        self.frames += 1;
        self.superframes += u64::from(frame.wire_len > LONGEST);
        if frame.data.len() <= LONGEST_ECHO {
            self.echo(frame.data);
        }
        self.seen.out.begin(frame.seq);
        self.assembly.frame(frame, &mut self.seen);
    }

    /// An echo's request and reply carry the same mark; the type of ICMP is eight bytes before it.
    fn echo(&mut self, data: &[u8]) {
        for (mark, echo) in &mut self.marks {
            if !contains(data, mark) {
                continue;
            }
            let at = data
                .windows(mark.len())
                .position(|window| window == mark)
                .unwrap_or_default();
            match at.checked_sub(8).and_then(|at| data.get(at)) {
                Some(8 | 128) => echo.request = true,
                Some(0 | 129) => echo.reply = true,
                _ => {}
            }
        }
    }

    /// Takes stock: a second has passed.
    pub(super) fn tick(&mut self, now: Timestamp) {
        self.assembly.tick(now, &mut self.seen);
        self.seen.take_stock();
    }

    pub(super) const fn assembly(&self) -> &Assembly<Session> {
        &self.assembly
    }

    /// What became of the echo with this mark.
    pub(super) fn echo_of(&self, mark: &[u8; MARK_LENGTH]) -> Echo {
        self.marks
            .iter()
            .find(|(own, _)| own == mark)
            .map_or_else(Echo::default, |(_, echo)| *echo)
    }

    /// What became of the datagrams of this socket.
    pub(super) fn probe_of(&self, from: SocketAddr) -> Echo {
        self.seen
            .probes
            .iter()
            .find(|(own, _)| *own == from)
            .map_or_else(Echo::default, |(_, echo)| *echo)
    }

    /// Messages per protocol that `address` was asked or answered.
    pub(super) fn protocols(&self, address: IpAddr) -> impl Iterator<Item = (&'static str, u64)> {
        self.seen
            .messages
            .range((address, "")..)
            .take_while(move |((server, _), _)| *server == address)
            .map(|((_, protocol), count)| (*protocol, *count))
    }

    /// Tunnels and VLANs by how many pieces came in them.
    pub(super) fn tunnels(&self) -> Vec<(String, u64)> {
        self.seen
            .tunnels
            .iter()
            .map(|(name, count)| (name.clone(), *count))
            .collect()
    }

    /// Addresses other than `known`, the busiest first.
    pub(super) fn strangers(&self, known: &[IpAddr]) -> Vec<(IpAddr, u64)> {
        let others = self
            .seen
            .addresses
            .iter()
            .filter(|(address, _)| !known.contains(address));
        let mut others: Vec<_> = others.map(|(address, count)| (*address, *count)).collect();
        others.sort_by_key(|(address, count)| (std::cmp::Reverse(*count), *address));
        others
    }
}

impl Recorder {
    fn take_stock(&mut self) {
        self.out.activities.clear();
        for message in self.out.messages.iter_mut().flat_map(|messages| messages.drain(..)) {
            for ip in [message.src.ip, message.dst.ip] {
                if self.messages.len() < MAX_STRANGERS {
                    *self
                        .messages
                        .entry((ip, ProtocolId::name(message.protocol)))
                        .or_default() += 1;
                }
            }
        }
    }

    fn record(&mut self, flow: &Flow) {
        for ip in [flow.client.ip, flow.server.ip] {
            if self.addresses.len() < MAX_STRANGERS || self.addresses.contains_key(&ip) {
                *self.addresses.entry(ip).or_default() += 1;
            }
        }
        if !flow.tunnel.0.is_empty() {
            let name = flow
                .tunnel
                .0
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("/");
            if self.tunnels.len() < MAX_TUNNELS || self.tunnels.contains_key(&name) {
                *self.tunnels.entry(name).or_default() += 1;
            }
        }
    }
}

impl Handler<Session> for Recorder {
    fn chunk(&mut self, flow: &mut Flow, session: &mut Session, chunk: &Chunk<'_>) {
        self.record(flow);
        session.chunk(flow, chunk, &mut self.out);
        let (from, to) = flow.ends(chunk.direction);
        for (probe, echo) in &mut self.probes {
            echo.request |= from.socket() == *probe;
            echo.reply |= to.socket() == *probe;
        }
    }

    fn deadline(&self, session: &Session) -> Option<Timestamp> {
        session.deadline()
    }

    fn expire(&mut self, flow: &Flow, session: &mut Session, now: Timestamp) {
        session.expire(flow, now, &mut self.out);
    }

    fn close(&mut self, flow: &Flow, session: &mut Session, now: Timestamp) {
        session.finish(flow, now, &mut self.out);
    }
}
