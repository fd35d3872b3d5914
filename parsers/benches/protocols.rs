//! What reading costs, per protocol: the flows of its golden captures, reassembled once and read again and again.

#![expect(clippy::expect_used, reason = "a bench without its input has nothing to measure")]

use std::path::Path;

use capture::source::file::FileSource;
use capture::{Assembly, Batch, Chunk, Config, Direction, Flow, FrameId, Handler, Payload, Timestamp};
use criterion::{Criterion, Throughput};
use parsers::context::Output;
use parsers::session::Session;

/// Folders of `pcaps`.
const PROTOCOLS: &[&str] = &[
    "kerberos", "kpasswd", "ldap", "cldap", "ntlm", "smb", "dcerpc", "dns", "story",
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("parsers");
    for protocol in PROTOCOLS {
        let recorded = record(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../pcaps").join(protocol));
        let bytes = recorded.iter().map(Recorded::bytes).sum();
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(*protocol, |bencher| bencher.iter(|| read(&recorded)));
    }
    group.finish();
    criterion.final_summary();
}

/// A flow and everything that came of it.
struct Recorded {
    flow: Flow,
    pieces: Vec<Piece>,
}

struct Piece {
    direction: Direction,
    time: Timestamp,
    frame: FrameId,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    Gap(u64),
    Unread(u64),
    Datagram(Vec<u8>, u32),
}

impl Recorded {
    fn bytes(&self) -> u64 {
        self.pieces.iter().map(Piece::bytes).sum()
    }
}

impl Piece {
    fn new(chunk: &Chunk<'_>) -> Self {
        Self {
            direction: chunk.direction,
            time: chunk.time,
            frame: chunk.frame,
            content: match chunk.payload {
                Payload::Bytes(data) => Content::Bytes(data.to_vec()),
                Payload::Gap(bytes) => Content::Gap(bytes),
                Payload::Unread(bytes) => Content::Unread(bytes),
                Payload::Datagram { data, missing } => Content::Datagram(data.to_vec(), missing),
            },
        }
    }

    fn chunk(&self) -> Chunk<'_> {
        Chunk {
            direction: self.direction,
            time: self.time,
            frame: self.frame,
            payload: match &self.content {
                Content::Bytes(data) => Payload::Bytes(data),
                Content::Gap(bytes) => Payload::Gap(*bytes),
                Content::Unread(bytes) => Payload::Unread(*bytes),
                Content::Datagram(data, missing) => Payload::Datagram {
                    data,
                    missing: *missing,
                },
            },
        }
    }

    const fn bytes(&self) -> u64 {
        match &self.content {
            Content::Bytes(data) | Content::Datagram(data, _) => data.len() as u64,
            Content::Unread(bytes) => *bytes,
            Content::Gap(_) => 0,
        }
    }
}

/// Every flow as a fresh session reads it; how many activities that makes.
fn read(recorded: &[Recorded]) -> usize {
    let mut out = Output::new(false);
    for Recorded { flow, pieces } in recorded {
        let (mut flow, mut session) = (flow.clone(), Session::default());
        for piece in pieces {
            session.chunk(&mut flow, &piece.chunk(), &mut out);
        }
        let end = pieces.last().map_or(Timestamp(0), |piece| piece.time);
        session.finish(&flow, end, &mut out);
    }
    out.activities.len()
}

/// Reassembles the captures of a folder.
fn record(folder: &Path) -> Vec<Recorded> {
    let mut source = FileSource::open(&[folder.to_owned()]).expect("golden captures");
    let (mut batch, mut recorder) = (Batch::new(), Recorder::default());
    let mut assembly = Assembly::<Place>::new(&Config::default());
    while batch.fill(&mut source) {
        for frame in batch.frames() {
            assembly.frame(&frame, &mut recorder);
        }
        batch.clear();
    }
    assembly.finish(Timestamp(i64::MAX / 2), &mut recorder);
    recorder.0
}

/// Where a flow's record is, from 1.
#[derive(Default)]
struct Place(usize);

#[derive(Default)]
struct Recorder(Vec<Recorded>);

impl Handler<Place> for Recorder {
    fn chunk(&mut self, flow: &mut Flow, place: &mut Place, chunk: &Chunk<'_>) {
        if place.0 == 0 {
            self.0.push(Recorded {
                flow: flow.clone(),
                pieces: Vec::new(),
            });
            place.0 = self.0.len();
        }
        if let Some(recorded) = self.0.get_mut(place.0 - 1) {
            recorded.pieces.push(Piece::new(chunk));
        }
    }

    fn deadline(&self, _: &Place) -> Option<Timestamp> {
        None
    }

    fn expire(&mut self, _: &Flow, _: &mut Place, _: Timestamp) {}

    fn close(&mut self, _: &Flow, _: &mut Place, _: Timestamp) {}
}
