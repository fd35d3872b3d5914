//! Real traffic with a copy of every frame, as from a second mirror port behind a router, comes out as it does without.

use std::path::{Path, PathBuf};
use std::time::Duration;

use capture::source::file::FileSource;
use capture::{Assembly, Batch, Config, Controller, Frame, LinkType, Stats, Timestamp};

mod count;
use count::Count;

/// Frames that a copy comes behind.
const LATE: usize = 3;

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/lab/pcaps");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: ../shared/lab/pcaps is not there");
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "pcap"));
    paths.sort();
    paths
}

fn batches(path: &Path) -> Vec<Batch> {
    let Ok(mut source) = FileSource::open(&[path.to_path_buf()]) else {
        return Vec::new();
    };
    let mut batches = vec![Batch::new()];
    while batches.last_mut().is_some_and(|batch| batch.fill(&mut source)) {
        batches.push(Batch::new());
    }
    batches
}

/// What a router makes of an Ethernet frame with IP in it: other hardware addresses, a VLAN tag, one hop less.
fn routed(frame: &Frame<'_>) -> Vec<u8> {
    let mut copy = vec![2, 9, 9, 9, 9, 9, 2, 8, 8, 8, 8, 8, 0x81, 0, 0, 7];
    copy.extend(frame.data.get(12..).unwrap_or_default());
    let hops = match copy.get(16..18) {
        Some([8, 0]) => copy.get_mut(26),
        Some([0x86, 0xdd]) => copy.get_mut(25),
        _ => None,
    };
    if let Some(hops) = hops {
        *hops = hops.wrapping_sub(1);
    }
    copy
}

/// Replays with or without copies; packet time is that of the frames themselves.
fn replay(batches: &[Batch], twice: bool) -> (Stats, Count) {
    let (mut assembly, mut count) = (Assembly::<()>::new(&Config::default()), Count::default());
    let (mut second, mut last, mut late) = (None, Timestamp(0), Vec::new());
    for frame in batches.iter().flat_map(Batch::frames) {
        if second.is_none_or(|second| frame.time.seconds() > second) {
            second = Some(frame.time.seconds());
            assembly.tick(Timestamp::new(frame.time.seconds(), 0), &mut count);
        }
        assembly.frame(&frame, &mut count);
        if twice {
            late.push(frame);
            copy_after(&mut assembly, &mut count, &mut late, LATE);
        }
        last = last.max(frame.time);
    }
    copy_after(&mut assembly, &mut count, &mut late, 0);
    assembly.finish(last, &mut count);
    (assembly.stats().clone(), count)
}

/// Has the copies of all but the last `keep` frames come.
fn copy_after(assembly: &mut Assembly<()>, count: &mut Count, late: &mut Vec<Frame<'_>>, keep: usize) {
    for frame in late.drain(..late.len().saturating_sub(keep)) {
        let data = routed(&frame);
        let copy = Frame {
            seq: frame.seq + (1 << 40),
            time: frame.time.after(Duration::from_micros(700)),
            link: LinkType::ETHERNET,
            data: &data,
            wire_len: frame.wire_len + 4,
            ..frame
        };
        assembly.frame(&copy, count);
    }
}

#[test]
fn copies_change_nothing() {
    for path in captures() {
        let batches = batches(&path);
        assert!(!batches.is_empty(), "{}", path.display());
        let (plain, once) = replay(&batches, false);
        let (doubled, twice) = replay(&batches, true);
        let name = path.display();
        assert_eq!(once.digests(), twice.digests(), "{name}");
        assert_eq!(plain.decoded, doubled.decoded, "{name}");
        assert_eq!(
            doubled.skipped_duplicate,
            plain.decoded + 2 * plain.skipped_duplicate + plain.lost(),
            "{name}"
        );
        assert_eq!(
            doubled.frames,
            doubled.decoded + doubled.skipped() + doubled.malformed() + doubled.lost(),
            "{name}"
        );
    }
}

/// Both controllers' ports mirrored: what they say to each other comes twice, microseconds apart, what others say to one of them once.
#[test]
fn controllers_that_talk_to_each_other_are_heard_once() {
    for path in captures() {
        let batches = batches(&path);
        let (plain, once) = replay(&batches, false);
        let config = Config {
            controllers: vec![controller("dc1", 10), controller("dc2", 11)],
            ..Config::default()
        };
        let (mut assembly, mut count, mut second) = (Assembly::<()>::new(&config), Count::default(), i64::MIN);
        let (mut last, mut copies) = (Timestamp(0), 0);
        for frame in batches.iter().flat_map(Batch::frames) {
            if frame.time.seconds() > second {
                second = frame.time.seconds();
                assembly.tick(Timestamp::new(second, 0), &mut count);
            }
            assembly.frame(&frame, &mut count);
            if is_between_controllers(frame.data) {
                copies += 1;
                let time = frame.time.after(Duration::from_micros(3));
                assembly.frame(&Frame { time, ..frame }, &mut count);
            }
            last = last.max(frame.time);
        }
        assembly.finish(last, &mut count);
        let name = path.display();
        assert_eq!(once.digests(), count.digests(), "{name}");
        let stats = assembly.stats();
        assert_eq!(stats.decoded, plain.decoded, "{name}");
        assert_eq!(stats.skipped_duplicate, plain.skipped_duplicate + copies, "{name}");
        for controller in assembly.controllers().iter() {
            assert_eq!(controller.duplicates, stats.skipped_duplicate, "{name}");
            assert!(
                controller.seen().is_none_or(|seen| seen > 0.99),
                "{name}: {controller:?}"
            );
        }
    }
}

fn controller(name: &str, last: u8) -> Controller {
    Controller {
        name: name.to_owned(),
        addresses: vec![[10, 77, 0, last].into()],
    }
}

/// An Ethernet frame with IPv4 and TCP or UDP between 10.77.0.10 and 10.77.0.11.
fn is_between_controllers(data: &[u8]) -> bool {
    let part = |from, length| data.get(from..from + length).unwrap_or_default();
    let ends = [part(26, 4), part(30, 4)];
    let both = [[10, 77, 0, 10], [10, 77, 0, 11]]
        .iter()
        .all(|end| ends.contains(&&end[..]));
    part(12, 2) == [8, 0] && both && matches!(part(23, 1), [6 | 17])
}
