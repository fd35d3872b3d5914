//! A conversation written by hand, for the tests beside the parsers: bytes in, JSON lines out.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use capture::{CaptureId, Chunk, Direction, Endpoint, Flow, FrameId, Payload, Timestamp, Transport, Tunnel};
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value;

use crate::activity::Activity;
use crate::context::Output;
use crate::kerberos::keytab::Keys;
use crate::message::MessageLine;
use crate::session::Session;

/// A flow from 10.0.0.50:50000 to 10.0.0.10, whose packets come one millisecond apart.
pub(crate) struct Conversation {
    flow: Flow,
    session: Session,
    out: Output,
    frame: u64,
    now: Timestamp,
}

/// What a conversation said.
pub(crate) struct Said {
    pub(crate) messages: Vec<Value>,
    pub(crate) activities: Vec<Value>,
    pub(crate) out: Output,
}

impl Conversation {
    pub(crate) fn tcp(port: u16) -> Self {
        Self::new(Transport::Tcp, port)
    }

    pub(crate) fn udp(port: u16) -> Self {
        Self::new(Transport::Udp, port)
    }

    fn new(transport: Transport, port: u16) -> Self {
        let end = |last, port| Endpoint {
            ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
            port,
            mac: None,
        };
        let flow = Flow {
            id: 1,
            transport,
            client: end(50, 50_000),
            server: end(10, port),
            tunnel: Tunnel::default(),
            capture: CaptureId(0),
            midstream: false,
        };
        let now = Timestamp::new(1_763_600_000, 0);
        Self {
            flow,
            session: Session::default(),
            out: Output::new(true),
            frame: 0,
            now,
        }
    }

    /// The flow's opening was not seen.
    pub(crate) fn midstream(mut self) -> Self {
        self.flow.midstream = true;
        self
    }

    /// Messages are not wanted, as in replay.
    pub(crate) fn silent(mut self) -> Self {
        self.out = Output::new(false);
        self
    }

    /// Tickets open with the keys of `keytab`.
    pub(crate) fn keytab(mut self, keytab: &[u8]) -> Self {
        self.out.keys = Some(Arc::new(Keys::read(keytab.to_vec()).unwrap()));
        self
    }

    /// The worker has read another conversation before.
    pub(crate) fn after(mut self, other: Self) -> Self {
        (self.out, self.frame, self.now) = (other.out, other.frame, other.now);
        self
    }

    /// The worker reads packets of `next` from here on, with what it has learnt so far.
    pub(crate) const fn turn(mut self, mut next: Self) -> (Self, Self) {
        std::mem::swap(&mut self.out, &mut next.out);
        std::mem::swap(&mut self.frame, &mut next.frame);
        next.now = self.now;
        (self, next)
    }

    /// The flow ends; what it has said is told when the worker's last one finishes.
    pub(crate) fn close(mut self) -> Self {
        self.frame += 1;
        self.out.begin(self.frame);
        self.session.finish(&self.flow, self.now, &mut self.out);
        self
    }

    /// The server's last octet.
    pub(crate) const fn to(mut self, last: u8) -> Self {
        self.flow.server.ip = IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
        self
    }

    /// The client's port.
    pub(crate) const fn from(mut self, port: u16) -> Self {
        self.flow.client.port = port;
        self
    }

    /// The first packet comes a millisecond after `time`.
    pub(crate) const fn at(mut self, time: Timestamp) -> Self {
        self.now = time;
        self
    }

    pub(crate) fn up(self, data: &[u8]) -> Self {
        self.send(Direction::Up, data)
    }

    pub(crate) fn down(self, data: &[u8]) -> Self {
        self.send(Direction::Down, data)
    }

    /// As [`Self::up`] or [`Self::down`], cut into segments of `size` bytes, all at the time of one packet.
    pub(crate) fn cut(mut self, direction: Direction, data: &[u8], size: usize) -> Self {
        for part in data.chunks(size.max(1)) {
            self = self.send(direction, part);
            self.now = Timestamp(self.now.0 - 1_000_000);
        }
        self.now = Timestamp(self.now.0 + 1_000_000);
        self
    }

    /// As [`Self::cut`], but segments that the session says it does not read come as their number of bytes.
    pub(crate) fn passed(mut self, direction: Direction, data: &[u8], size: usize) -> Self {
        for part in data.chunks(size.max(1)) {
            let length = part.len() as u64;
            self = if self.session.unread(direction) >= length {
                self.chunk(direction, Payload::Unread(length))
            } else {
                self.send(direction, part)
            };
            self.now = Timestamp(self.now.0 - 1_000_000);
        }
        self.now = Timestamp(self.now.0 + 1_000_000);
        self
    }

    /// What [`Session::unread`] says.
    pub(crate) fn unread(&self, direction: Direction) -> u64 {
        self.session.unread(direction)
    }

    pub(crate) fn gap(self, direction: Direction, missing: u64) -> Self {
        self.chunk(direction, Payload::Gap(missing))
    }

    /// Packet time passes, and what waits too long is given up.
    pub(crate) fn wait(mut self, seconds: u32) -> Self {
        self.now = Timestamp(self.now.0 + i64::from(seconds) * 1_000_000_000);
        self.frame += 1;
        self.out.begin(self.frame);
        self.session.expire(&self.flow, self.now, &mut self.out);
        self
    }

    pub(crate) fn finish(mut self) -> Said {
        self.frame += 1;
        self.out.begin(self.frame);
        self.session.finish(&self.flow, self.now, &mut self.out);
        let messages = self.out.messages.take().unwrap_or_default();
        let messages = messages
            .iter()
            .map(|message| json(&MessageLine { message, file: "test" }))
            .collect();
        let activities = self
            .out
            .activities
            .iter()
            .map(|activity| json(&ActivityLine(activity)))
            .collect();
        Said {
            messages,
            activities,
            out: self.out,
        }
    }

    fn send(self, direction: Direction, data: &[u8]) -> Self {
        match self.flow.transport {
            Transport::Tcp => self.chunk(direction, Payload::Bytes(data)),
            Transport::Udp => self.chunk(direction, Payload::Datagram { data, missing: 0 }),
        }
    }

    fn chunk(mut self, direction: Direction, payload: Payload<'_>) -> Self {
        self.frame += 1;
        self.now = Timestamp(self.now.0 + 1_000_000);
        let frame = FrameId {
            capture: CaptureId(0),
            number: self.frame,
        };
        self.out.begin(self.frame);
        self.session.chunk(
            &mut self.flow,
            &Chunk {
                direction,
                time: self.now,
                frame,
                payload,
            },
            &mut self.out,
        );
        self
    }
}

struct ActivityLine<'a>(&'a Activity);

impl Serialize for ActivityLine<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.write(&mut map, "test")?;
        if !self.0.details.is_empty() {
            map.serialize_entry("details", &self.0.details)?;
        }
        map.end()
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// The bytes of hexadecimal text; blanks are ignored.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
