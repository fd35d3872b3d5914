//! What an event costs from its syslog message to its activity, per format; the bar is 100,000 a second and core.

#![expect(clippy::expect_used, reason = "a bench without its input has nothing to measure")]

use std::hint::black_box;
use std::path::Path;

use capture::{CaptureId, Timestamp};
use criterion::{Criterion, Throughput};
use parsers::event::{self, Arrival, Framed, Framer, MAX_EVENT};

/// A second's worth at the bar.
const EVENTS: usize = 1_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("events");
    for (name, event) in samples() {
        let stream: Vec<u8> = (0..EVENTS).flat_map(|number| message(&event, number)).collect();
        assert_eq!(read(&stream), EVENTS, "{name} is not read");
        group.throughput(Throughput::Elements(EVENTS as u64));
        group.bench_function(name, |bencher| bencher.iter(|| read(black_box(&stream))));
    }
    group.finish();
    criterion.final_summary();
}

/// The committed events, by format and identifier.
fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/events");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the samples are there")
        .map(|entry| entry.expect("a sample").path())
        .collect();
    files.sort();
    let sample = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        (name, std::fs::read(path).expect("a sample"))
    };
    files.into_iter().map(sample).collect()
}

/// `event` as one octet-counted syslog message.
fn message(event: &[u8], number: usize) -> Vec<u8> {
    let header = format!(
        "<13>1 2026-11-20T08:15:{:02}.123456Z dc1.lab.example adtap - - - ",
        number % 60
    );
    let mut message = format!("{} {header}", header.len() + event.len()).into_bytes();
    message.extend_from_slice(event);
    message
}

/// Frames, reads and translates a stream: how many activities that gives.
fn read(stream: &[u8]) -> usize {
    let arrival = Arrival {
        time: Some(Timestamp::new(1_795_170_000, 0)),
        utc_offset: 0,
    };
    let (mut framer, mut rest, mut activities) = (Framer::new(MAX_EVENT), stream, 0);
    while let Framed::Message { start, end, next } = framer.next(rest, true) {
        let message = rest.get(start..end).unwrap_or_default();
        if let Ok(event) = event::read(message, &arrival) {
            activities += usize::from(black_box(event::activity(&event, CaptureId(0))).is_some());
        }
        rest = rest.get(next..).unwrap_or_default();
    }
    activities
}
