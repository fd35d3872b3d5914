//! The whole way from frames to activities, with one worker and with three.

use capture::{
    Affinity, Assembly, CaptureId, Chunk, Config, Direction, Flow, Frame, FrameId, Handler, LinkType, Stack, Timestamp,
};
use parsers::context::Output;
use parsers::session::Session;

use crate::read::Said;

/// Workers that what one says is held against.
const WORKERS: usize = 3;

/// Frames: `{ deciseconds(1) length(2, little-endian) bytes(length) }*` behind one octet that is not read.
fn frames(data: &[u8]) -> Vec<(i64, &[u8])> {
    let (mut frames, mut rest, mut time) = (Vec::new(), data.get(1..).unwrap_or_default(), 0);
    while let &[wait, low, high, ref after @ ..] = rest {
        let (bytes, after) = after.split_at(usize::from(u16::from_le_bytes([low, high])).min(after.len()));
        time += i64::from(wait) * 100_000_000;
        frames.push((time, bytes));
        rest = after;
    }
    frames
}

/// The input that stands for frames, each with the tenths of seconds before it.
pub(crate) fn encode<'a>(frames: impl IntoIterator<Item = (u8, &'a [u8])>) -> Vec<u8> {
    let mut data = vec![0];
    for (wait, bytes) in frames {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        data.push(wait);
        data.extend(length.to_le_bytes());
        data.extend(bytes.iter().take(usize::from(length)));
    }
    data
}

/// Every frame is accounted for, and the number of workers changes nothing.
pub(crate) fn packets(data: &[u8]) {
    let alone = run(data, 1);
    let (activities, malformed) = &alone;
    assert!(activities.len() <= 64 + data.len(), "{} activities", activities.len());
    let shared = run(data, WORKERS);
    assert_eq!(activities, &shared.0, "activities depend on the number of workers");
    assert_eq!(malformed, &shared.1, "damage depends on the number of workers");
}

/// The activities in their order, and the damage.
fn run(data: &[u8], count: usize) -> (Vec<String>, Vec<String>) {
    let config = Config::default();
    let mut workers: Vec<_> = (0..count)
        .map(|_| (Assembly::<Session>::new(&config), Reading::new()))
        .collect();
    let (mut affinity, mut second) = (Affinity::default(), i64::MIN);
    let (frames, mut now) = (frames(data), Timestamp::new(1_763_600_000, 0));
    for ((time, bytes), seq) in frames.iter().zip(1..) {
        now = Timestamp(1_763_600_000_000_000_000 + time);
        let frame = Frame {
            seq,
            id: FrameId {
                capture: CaptureId(0),
                number: seq,
            },
            time: now,
            link: LinkType::ETHERNET,
            data: bytes,
            wire_len: u32::try_from(bytes.len()).unwrap_or_default(),
            stripped: None,
        };
        if now.seconds() > second {
            second = now.seconds();
            for (assembly, reading) in &mut workers {
                reading.0.begin(2 * seq);
                assembly.tick(Timestamp::new(second, 0), reading);
            }
        }
        if let Some((assembly, reading)) = workers.get_mut(affinity.worker(&frame, count)) {
            reading.0.begin(2 * seq + 1);
            assembly.frame(&frame, reading);
        }
    }
    let (mut said, mut seen) = (Vec::new(), 0);
    let (mut malformed, mut order) = (parsers::context::Counters::default(), Vec::new());
    for (mut assembly, mut reading) in workers {
        reading.0.begin(u64::MAX);
        assembly.finish(now, &mut reading);
        let stats = assembly.stats();
        assert_eq!(
            stats.frames,
            stats.decoded + stats.skipped() + stats.malformed() + stats.lost(),
            "frames unaccounted for"
        );
        seen += stats.frames;
        malformed.add(&reading.0.counters);
        order.extend(reading.0.activities.iter().map(|activity| activity.order));
        said.extend(Said::new(&reading.0).activities);
    }
    assert_eq!(seen, frames.len() as u64);
    let mut rows: Vec<_> = order.into_iter().zip(said).collect();
    rows.sort();
    let damage = malformed.malformed().iter().map(|row| format!("{row:?}")).collect();
    (rows.into_iter().map(|(_, line)| line).collect(), damage)
}

/// A worker's output.
struct Reading(Output);

impl Reading {
    fn new() -> Self {
        Self(Output::new(false))
    }
}

impl Handler<Session> for Reading {
    fn chunk(&mut self, flow: &mut Flow, session: &mut Session, chunk: &Chunk<'_>) {
        session.chunk(flow, chunk, &mut self.0);
    }

    fn stack(&mut self, flow: &Flow, sender: Direction, stack: Stack, time: Timestamp) {
        self.0.stack(flow, sender, stack, time);
    }

    fn unread(&self, session: &Session, direction: Direction) -> u64 {
        session.unread(direction)
    }

    fn deadline(&self, session: &Session) -> Option<Timestamp> {
        session.deadline()
    }

    fn expire(&mut self, flow: &Flow, session: &mut Session, now: Timestamp) {
        session.expire(flow, now, &mut self.0);
    }

    fn close(&mut self, flow: &Flow, session: &mut Session, now: Timestamp) {
        session.finish(flow, now, &mut self.0);
    }
}

/// A capture file of arbitrary bytes: it is read or refused in bounded memory, and frames are numbered in order.
pub(crate) fn capture_file(data: &[u8]) {
    let path = std::env::temp_dir().join(format!("adtap-fuzz-{}.pcap", std::process::id()));
    if std::fs::write(&path, data).is_err() {
        return;
    }
    if let Ok(mut source) = capture::source::file::FileSource::open(std::slice::from_ref(&path)) {
        let (mut batch, mut last) = (capture::Batch::new(), 0);
        while batch.fill(&mut source) {
            for frame in batch.frames() {
                assert!(frame.seq > last && frame.data.len() <= data.len());
                last = frame.seq;
            }
            batch.clear();
        }
        assert!(last <= data.len() as u64, "{last} frames in {} bytes", data.len());
    }
    let _ = std::fs::remove_file(&path);
}
