//! A conversation for tests: packets by hand, and a log of what the handler was given.

use etherparse::{PacketBuilder, TcpOptionElement};

use crate::assembly::{Assembly, Handler};
use crate::chunk::{Chunk, Payload};
use crate::config::Config;
use crate::flow::{CaptureId, Direction, Flow, FrameId};
use crate::source::{Frame, LinkType};
use crate::stack::Stack;
use crate::time::Timestamp;

/// When every conversation begins, in seconds.
pub(crate) const START: i64 = 1_700_000_000;

/// The two ends of a [`Lab`]'s connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// 10.0.0.1:40000
    Client,
    /// 10.0.0.2:389
    Server,
}

/// Writes down what happens to every flow.
#[derive(Default)]
pub(crate) struct Log {
    /// One line per event: `1 up abc`, `1 down gap 3`, `1 close`.
    pub(crate) lines: Vec<String>,
    /// The flow as it was last seen.
    pub(crate) flow: Option<Flow>,
    /// Swap ends at the first chunk.
    pub(crate) swap: bool,
    /// Bytes that no session reads next.
    pub(crate) unread: u64,
    /// Deadline for every session, in seconds after [`START`].
    pub(crate) deadline: Option<i64>,
}

impl Log {
    fn write(&mut self, flow: &Flow, what: &str) {
        self.lines.push(format!("{} {what}", flow.id));
        self.flow = Some(flow.clone());
    }
}

impl Handler<u32> for Log {
    fn chunk(&mut self, flow: &mut Flow, session: &mut u32, chunk: &Chunk<'_>) {
        *session += 1;
        let direction = if chunk.direction == Direction::Up { "up" } else { "down" };
        let payload = match chunk.payload {
            Payload::Bytes(data) => String::from_utf8_lossy(data).into_owned(),
            Payload::Gap(count) => format!("gap {count}"),
            Payload::Unread(count) => format!("unread {count}"),
            Payload::Datagram { data, missing: 0 } => format!("[{}]", String::from_utf8_lossy(data)),
            Payload::Datagram { data, missing } => format!("[{}] missing {missing}", String::from_utf8_lossy(data)),
        };
        self.write(flow, &format!("{direction} {payload}"));
        if std::mem::take(&mut self.swap) {
            flow.swap();
        }
    }

    fn stack(&mut self, flow: &Flow, sender: Direction, stack: Stack, _: Timestamp) {
        let (sender, _) = flow.ends(sender);
        self.write(flow, &format!("{} is {}", sender.ip, stack.name()));
    }

    fn unread(&self, _: &u32, _: Direction) -> u64 {
        self.unread
    }

    fn deadline(&self, session: &u32) -> Option<Timestamp> {
        self.deadline
            .filter(|_| *session > 0)
            .map(|second| Timestamp::new(START + second, 0))
    }

    fn expire(&mut self, flow: &Flow, _: &mut u32, now: Timestamp) {
        self.deadline = None;
        self.write(flow, &format!("expire at {}", now.seconds() - START));
    }

    fn close(&mut self, flow: &Flow, _: &mut u32, _: Timestamp) {
        self.write(flow, "close");
    }
}

/// An assembly and the packets it is given, one millisecond apart.
pub(crate) struct Lab {
    pub(crate) assembly: Assembly<u32>,
    pub(crate) log: Log,
    pub(crate) seq: u64,
    /// Milliseconds since [`START`].
    pub(crate) millis: i64,
    /// The client's port.
    pub(crate) port: u16,
    /// Cuts frames.
    pub(crate) snap: Option<usize>,
    /// The time to live of packets, and the options of TCP.
    pub(crate) ttl: u8,
    pub(crate) options: Vec<TcpOptionElement>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::with(&Config::default())
    }

    pub(crate) fn with(config: &Config) -> Self {
        Self {
            assembly: Assembly::new(config),
            log: Log::default(),
            seq: 0,
            millis: 0,
            port: 40_000,
            snap: None,
            ttl: 64,
            options: Vec::new(),
        }
    }

    /// A lab whose connection has been opened: both sides' next sequence number is 1.
    pub(crate) fn open() -> Self {
        let mut lab = Self::new();
        lab.handshake();
        lab
    }

    pub(crate) fn handshake(&mut self) {
        self.tcp(End::Client, "S", 0, 0, "");
        self.tcp(End::Server, "SA", 0, 1, "");
        self.tcp(End::Client, "A", 1, 1, "");
    }

    /// A segment with the flags `S A F R` (and `0`: window closed).
    pub(crate) fn tcp(&mut self, from: End, flags: &str, sequence: u32, acknowledgment: u32, data: &str) {
        let window = if flags.contains('0') { 0 } else { 8_192 };
        let (source, destination) = self.ends(from);
        let mut builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, source.0[3]], [2, 0, 0, 0, 0, destination.0[3]])
            .ipv4(source.0, destination.0, self.ttl)
            .tcp(source.1, destination.1, sequence, window)
            .options(&self.options)
            .unwrap();
        for flag in flags.chars() {
            builder = match flag {
                'S' => builder.syn(),
                'A' => builder.ack(acknowledgment),
                'F' => builder.fin(),
                'R' => builder.rst(),
                _ => builder,
            };
        }
        let mut bytes = Vec::new();
        builder.write(&mut bytes, data.as_bytes()).unwrap();
        self.number(&mut bytes, 14);
        self.frame(LinkType::ETHERNET, &bytes, bytes.len());
    }

    pub(crate) fn udp(&mut self, from: End, data: &str) {
        let (source, destination) = self.ends(from);
        let builder = PacketBuilder::ipv4(source.0, destination.0, 64).udp(source.1, destination.1);
        let mut bytes = Vec::new();
        builder.write(&mut bytes, data.as_bytes()).unwrap();
        self.number(&mut bytes, 0);
        self.frame(LinkType::RAW, &bytes, bytes.len());
    }

    /// Numbers an IPv4 packet in `bytes` from `ip` on, as a sender does.
    fn number(&self, bytes: &mut [u8], ip: usize) {
        bytes[ip + 4..ip + 6].copy_from_slice(&(self.seq as u16 + 1).to_be_bytes());
    }

    fn ends(&self, from: End) -> (([u8; 4], u16), ([u8; 4], u16)) {
        let (client, server) = (([10, 0, 0, 1], self.port), ([10, 0, 0, 2], 389));
        if from == End::Client {
            (client, server)
        } else {
            (server, client)
        }
    }

    pub(crate) fn frame(&mut self, link: LinkType, data: &[u8], wire_len: usize) {
        self.seq += 1;
        self.millis += 1;
        let frame = Frame {
            seq: self.seq,
            id: FrameId {
                capture: CaptureId(0),
                number: self.seq,
            },
            time: Timestamp::new(START, 0).after(std::time::Duration::from_millis(self.millis as u64)),
            link,
            data: &data[..self.snap.unwrap_or(data.len()).min(data.len())],
            wire_len: wire_len as u32,
            stripped: None,
        };
        self.assembly.frame(&frame, &mut self.log);
    }

    /// Packet time reaches `second` after the start.
    pub(crate) fn tick(&mut self, second: i64) {
        self.millis = self.millis.max(second * 1_000);
        self.assembly.tick(Timestamp::new(START + second, 0), &mut self.log);
    }

    /// What was logged since the last call, and that every frame so far is accounted for.
    pub(crate) fn seen(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log.lines)
    }

    /// Ends the capture.
    pub(crate) fn finish(&mut self) -> Vec<String> {
        let now = Timestamp::new(START, 0).after(std::time::Duration::from_millis(self.millis as u64));
        self.assembly.finish(now, &mut self.log);
        let stats = self.assembly.stats();
        assert_eq!(
            stats.frames,
            stats.decoded + stats.skipped() + stats.malformed() + stats.lost()
        );
        self.seen()
    }
}
