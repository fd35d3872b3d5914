//! What a frame costs from batch to chunk, and what reading it from a file costs.
//!
//! `ADTAP_MIX=ad-mix.pcap cargo bench -p capture` measures a capture; without it only the synthetic conversation is measured.

#![expect(clippy::expect_used, reason = "a bench without its input has nothing to measure")]

use std::hint::black_box;
use std::path::PathBuf;

use capture::source::file::FileSource;
use capture::{
    Affinity, Assembly, Batch, CaptureId, Chunk, Config, Flow, Frame, FrameId, Handler, LinkType, Timestamp,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Looks at every chunk and keeps nothing.
struct Look;

impl Handler<()> for Look {
    fn chunk(&mut self, _: &mut Flow, (): &mut (), chunk: &Chunk<'_>) {
        black_box(chunk);
    }

    fn deadline(&self, (): &()) -> Option<Timestamp> {
        None
    }

    fn expire(&mut self, _: &Flow, (): &mut (), _: Timestamp) {}

    fn close(&mut self, _: &Flow, (): &mut (), _: Timestamp) {}
}

/// Everything from decode to chunk, with the ticks a run would make.
fn assemble(batches: &[Batch], config: &Config) -> u64 {
    let mut assembly = Assembly::<()>::new(config);
    let mut second = i64::MIN;
    for frame in batches.iter().flat_map(Batch::frames) {
        if frame.time.seconds() > second {
            second = frame.time.seconds();
            assembly.tick(Timestamp::new(second, 0), &mut Look);
        }
        assembly.frame(&frame, &mut Look);
    }
    assembly.finish(Timestamp::new(second, 0), &mut Look);
    assembly.stats().frames
}

fn read(path: &PathBuf) -> Vec<Batch> {
    let mut source = FileSource::open(std::slice::from_ref(path)).expect("ADTAP_MIX is a capture");
    let mut batches = vec![Batch::new()];
    while batches.last_mut().is_some_and(|batch| batch.fill(&mut source)) {
        batches.push(Batch::new());
    }
    batches
}

/// Sixty-four connections that take turns in sending 200 bytes each way.
fn conversations() -> Vec<Batch> {
    let mut batch = Batch::new();
    for seq in 0..4_096u32 {
        let (client, turn) = (seq % 64, seq / 64);
        let up = turn.is_multiple_of(2);
        let sent = turn / 2 * 200;
        let data = segment(client as u8, up, sent);
        batch.push(&Frame {
            seq: u64::from(seq) + 1,
            id: FrameId {
                capture: CaptureId(0),
                number: u64::from(seq) + 1,
            },
            time: Timestamp(i64::from(seq) * 1_000),
            link: LinkType::ETHERNET,
            data: &data,
            wire_len: data.len() as u32,
            stripped: None,
        });
    }
    vec![batch]
}

fn segment(client: u8, up: bool, sent: u32) -> Vec<u8> {
    let mut data = vec![
        2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 240, 0, 0, 0, 0, 64, 6, 0, 0,
    ];
    let ends = [[10, 0, 0, 1], [10, 0, 1, client]];
    let ports = [389u16.to_be_bytes(), 50_000u16.to_be_bytes()];
    let (from, to) = if up { (1, 0) } else { (0, 1) };
    data.extend(ends.get(from).into_iter().chain(ends.get(to)).flatten());
    data.extend(ports.get(from).into_iter().chain(ports.get(to)).flatten());
    data.extend((1_000 + sent).to_be_bytes());
    data.extend((1_000 + sent).to_be_bytes());
    data.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    data.resize(data.len() + 200, b'x');
    data
}

fn benches(criterion: &mut Criterion) {
    let mut inputs = vec![("conversations", conversations())];
    match std::env::var_os("ADTAP_MIX").map(PathBuf::from) {
        Some(path) => {
            inputs.push(("mix", read(&path)));
            let frames = inputs
                .last()
                .map_or(0, |(_, batches)| batches.iter().map(Batch::len).sum::<usize>());
            let mut group = criterion.benchmark_group("read");
            group.throughput(Throughput::Elements(frames as u64)).sample_size(10);
            group.bench_function("mix", |bencher| bencher.iter(|| drain(&path)));
            group.finish();
        }
        None => println!("only the synthetic conversations: ADTAP_MIX names no capture"),
    }
    for (name, batches) in &inputs {
        let frames: usize = batches.iter().map(Batch::len).sum();
        let mut group = criterion.benchmark_group(*name);
        group.throughput(Throughput::Elements(frames as u64)).sample_size(10);
        let config = Config::default();
        group.bench_function("assemble", |bencher| bencher.iter(|| assemble(batches, &config)));
        let config = Config {
            duplicate_milliseconds: 0,
            ..config
        };
        group.bench_function("assemble with copies", |bencher| {
            bencher.iter(|| assemble(batches, &config));
        });
        group.bench_function("affinity", |bencher| bencher.iter(|| spread(batches)));
        group.finish();
    }
}

fn spread(batches: &[Batch]) -> usize {
    let mut affinity = Affinity::default();
    batches
        .iter()
        .flat_map(Batch::frames)
        .map(|frame| affinity.worker(&frame, 4))
        .sum()
}

/// Reads a capture in one reused batch, as a run does.
fn drain(path: &PathBuf) -> usize {
    let mut source = FileSource::open(std::slice::from_ref(path)).expect("ADTAP_MIX is a capture");
    let (mut batch, mut frames) = (Batch::new(), 0);
    while batch.fill(&mut source) {
        frames += batch.len();
        batch.clear();
    }
    frames
}

criterion_group!(assembly, benches);
criterion_main!(assembly);
