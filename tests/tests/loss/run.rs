//! A capture, or some of its packets, through reassembly and the parsers: what was said, and where in its stream it stood.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;

use capture::source::file::FileSource;
use capture::{
    Assembly, Batch, Chunk, Config, Direction, Flow, Frame, FrameId, Handler, LinkType, Payload, Timestamp, Transport,
};
use parsers::context::Output;
use parsers::session::Session;

/// The packets of a capture.
pub(crate) struct Packets {
    frames: Vec<Owned>,
}

struct Owned {
    seq: u64,
    id: FrameId,
    time: Timestamp,
    link: LinkType,
    wire_len: u32,
    data: Vec<u8>,
}

/// One direction of a flow: the number of the flow's first packet, and who sends.
pub(crate) type Stream = (u64, SocketAddr);

/// A piece of a stream as one packet delivered it; bytes are counted from the first that was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// The packet, from 0.
    pub(crate) packet: usize,
    pub(crate) stream: Stream,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The flow's opening was not seen.
    pub(crate) midstream: bool,
}

/// A message, and the piece that completed it.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) piece: Piece,
    pub(crate) protocol: &'static str,
    pub(crate) name: String,
    pub(crate) carrier: String,
    pub(crate) gapped: bool,
    pub(crate) transport: Transport,
}

/// What a run gave.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) said: Vec<Said>,
    /// Pieces of TCP streams.
    pub(crate) pieces: Vec<Piece>,
}

impl Packets {
    pub(crate) fn read(path: &Path) -> Self {
        let mut source = FileSource::open(&[path.to_owned()]).unwrap();
        let (mut batch, mut frames) = (Batch::new(), Vec::new());
        while batch.fill(&mut source) {
            frames.extend(batch.frames().map(|frame| Owned {
                seq: frame.seq,
                id: frame.id,
                time: frame.time,
                link: frame.link,
                wire_len: frame.wire_len,
                data: frame.data.to_vec(),
            }));
            batch.clear();
        }
        Self { frames }
    }

    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether more came with the piece than its packet holds: fragments did, or packets that had waited.
    pub(crate) fn is_part(&self, piece: Piece) -> bool {
        let bytes = self.frames.get(piece.packet).map_or(0, |frame| frame.data.len() as u64);
        piece.end - piece.start > bytes
    }

    /// Reads the packets that `keep` wants.
    pub(crate) fn run(&self, keep: impl Fn(usize) -> bool) -> Run {
        let mut assembly = Assembly::<Session>::new(&Config::default());
        let mut reading = Reading::new();
        let (mut second, mut last) = (None, Timestamp(0));
        for (_, owned) in self.frames.iter().enumerate().filter(|(at, _)| keep(*at)) {
            if second.is_none_or(|second| owned.time.seconds() > second) {
                second = Some(owned.time.seconds());
                assembly.tick(Timestamp::new(owned.time.seconds(), 0), &mut reading);
            }
            reading.out.begin(owned.seq);
            assembly.frame(&owned.frame(), &mut reading);
            last = last.max(owned.time);
        }
        assembly.finish(last, &mut reading);
        reading.run
    }
}

impl Owned {
    fn frame(&self) -> Frame<'_> {
        Frame {
            seq: self.seq,
            id: self.id,
            time: self.time,
            link: self.link,
            data: &self.data,
            wire_len: self.wire_len,
            stripped: None,
        }
    }
}

struct Reading {
    out: Output,
    run: Run,
    /// The piece that came last, per stream.
    places: HashMap<Stream, Piece>,
}

impl Reading {
    fn new() -> Self {
        Self {
            out: Output::new(true),
            run: Run::default(),
            places: HashMap::new(),
        }
    }

    /// Moves on in the stream of `chunk`.
    fn advance(&mut self, flow: &Flow, chunk: &Chunk<'_>) {
        let count = match chunk.payload {
            Payload::Bytes(data) | Payload::Datagram { data, .. } => data.len() as u64,
            Payload::Gap(count) | Payload::Unread(count) => count,
        };
        let stream = (flow.id, flow.ends(chunk.direction).0.socket());
        let start = self.places.get(&stream).map_or(0, |piece| piece.end);
        let piece = Piece {
            packet: chunk.frame.number as usize - 1,
            stream,
            start,
            end: start + count,
            midstream: flow.midstream,
        };
        self.places.insert(stream, piece);
        if flow.transport == Transport::Tcp && !matches!(chunk.payload, Payload::Gap(_)) {
            self.run.pieces.push(piece);
        }
    }

    /// Takes what the parsers have said of `flow`.
    fn take(&mut self, flow: &Flow) {
        for message in self.out.messages.iter_mut().flat_map(std::mem::take) {
            let Some(piece) = self.places.get(&(flow.id, message.src.socket())) else {
                continue;
            };
            self.run.said.push(Said {
                piece: *piece,
                protocol: message.protocol.name(),
                name: message.message.into_owned(),
                carrier: message.carrier.0.join("/"),
                gapped: message.gapped,
                transport: message.transport,
            });
        }
        self.out.activities.clear();
        self.out.sightings.clear();
    }
}

impl Handler<Session> for Reading {
    fn chunk(&mut self, flow: &mut Flow, session: &mut Session, chunk: &Chunk<'_>) {
        self.advance(flow, chunk);
        session.chunk(flow, chunk, &mut self.out);
        self.take(flow);
    }

    fn unread(&self, session: &Session, direction: Direction) -> u64 {
        session.unread(direction)
    }

    fn deadline(&self, session: &Session) -> Option<Timestamp> {
        session.deadline()
    }

    fn expire(&mut self, flow: &Flow, session: &mut Session, now: Timestamp) {
        session.expire(flow, now, &mut self.out);
        self.take(flow);
    }

    fn close(&mut self, flow: &Flow, session: &mut Session, now: Timestamp) {
        session.finish(flow, now, &mut self.out);
        self.take(flow);
    }
}
