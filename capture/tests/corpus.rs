//! Every public capture at hand goes through without a panic, every frame is accounted for, and the number of workers changes nothing.

use std::path::{Path, PathBuf};

use capture::controllers::{Account, Controllers};
use capture::source::file::FileSource;
use capture::{Affinity, Assembly, Batch, Config, Stats, Timestamp};

mod count;
use count::Count;

fn replay(source: &mut FileSource, workers: usize) -> (Stats, Count, Vec<Account>) {
    let mut assemblies: Vec<_> = (0..workers).map(|_| Assembly::<()>::new(&Config::default())).collect();
    let mut affinity = Affinity::default();
    let (mut count, mut batch, mut second, mut last) = (Count::default(), Batch::new(), None, Timestamp(0));
    while batch.fill(source) {
        for frame in batch.frames() {
            if second.is_none_or(|second| frame.time.seconds() > second) {
                second = Some(frame.time.seconds());
                let now = Timestamp::new(frame.time.seconds(), 0);
                assemblies
                    .iter_mut()
                    .for_each(|assembly| assembly.tick(now, &mut count));
            }
            let worker = affinity.worker(&frame, workers);
            if let Some(assembly) = assemblies.get_mut(worker) {
                assembly.frame(&frame, &mut count);
            }
            last = last.max(frame.time);
        }
        batch.clear();
    }
    let (mut stats, mut controllers) = (Stats::default(), Controllers::default());
    for assembly in &mut assemblies {
        assembly.finish(last, &mut count);
        stats.add(assembly.stats());
        controllers.add(assembly.controllers());
    }
    (stats, count, controllers.iter().cloned().collect())
}

fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/pcaps");
    folder.is_dir().then_some(folder)
}

#[test]
fn every_frame_is_accounted_for() {
    let Some(folder) = shared() else {
        println!("skipped: ../shared/pcaps is not there");
        return;
    };
    let mut source = FileSource::open(&[folder]).unwrap();
    let (stats, count, controllers) = replay(&mut source, 1);
    for (name, value) in stats.iter().filter(|(_, value)| *value > 0) {
        println!("{name} {value}");
    }
    for controller in &controllers {
        println!(
            "{} {:?} seen, of {} flows",
            controller.name,
            controller.seen(),
            controller.flows
        );
    }
    println!("{:?} {:?} {:?}", stats.link_types, source.damages(), source.progress());
    assert_eq!(
        stats.frames,
        stats.decoded + stats.skipped() + stats.malformed() + stats.lost()
    );
    assert_eq!(count.bytes, stats.stream_bytes);
    assert_eq!(count.gap_bytes, stats.gap_bytes);
    assert_eq!(count.datagrams, stats.datagrams);
    assert_eq!(count.closed, stats.flows_tcp + stats.flows_udp);
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let Some(folder) = shared() else {
        println!("skipped: ../shared/pcaps is not there");
        return;
    };
    let run = |workers| replay(&mut FileSource::open(std::slice::from_ref(&folder)).unwrap(), workers);
    let (one, one_count, one_controllers) = run(1);
    for workers in [2, 4] {
        let (many, count, controllers) = run(workers);
        assert_eq!(one, many);
        assert_eq!(one_count.digests(), count.digests());
        assert_eq!(one_controllers, controllers);
    }
}

/// Each capture alone, of the repository and beside it: to the unit, and for any number of workers.
#[test]
fn every_capture_adds_up_by_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../pcaps", "../../shared/pcaps", "../../shared/lab/pcaps"].map(|folder| root.join(folder));
    let mut captures = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        collect(folder, &mut captures);
    }
    assert!(captures.len() > 30);
    for path in captures {
        let run = |workers| {
            Some(replay(
                &mut FileSource::open(std::slice::from_ref(&path)).ok()?,
                workers,
            ))
        };
        // What is no capture is refused, which others test.
        let Some((stats, count, controllers)) = run(1) else {
            continue;
        };
        let name = path.display();
        let sum = stats.decoded + stats.skipped() + stats.malformed() + stats.lost();
        assert_eq!(stats.frames, sum, "{name}");
        assert_eq!(count.bytes, stats.stream_bytes, "{name}");
        let accounts: Vec<_> = [2, 4]
            .into_iter()
            .filter_map(run)
            .map(|(.., accounts)| accounts)
            .collect();
        assert_eq!(accounts, [controllers.clone(), controllers], "{name}");
    }
}

/// The files below `folder` that are named like captures.
fn collect(folder: &Path, captures: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let named = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            collect(&path, captures);
        } else if matches!(named, Some("pcap" | "pcapng" | "cap")) {
            captures.push(path);
        }
    }
}
