//! The spool's promises: what was synced survives any cut, ids are never given twice, loss is counted to the unit.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::Config;
use tempfile::TempDir;

use super::{Appender, Portion, Reader, Spool, SpoolConfig, SpoolError, latest, list, records, segment, status};

/// Few bytes a segment, so that tests see many.
fn config(folder: &Path) -> SpoolConfig {
    SpoolConfig {
        segment_bytes: 4_096,
        max_bytes: 1 << 20,
        commit_ms: 60_000,
        ..SpoolConfig::new(folder)
    }
}

fn open(folder: &TempDir) -> (Appender, Reader) {
    Spool::open(&config(folder.path())).unwrap()
}

/// Appends `count` records of about 100 bytes that tell their id.
fn append(appender: &mut Appender, count: u64) {
    for _ in 0..count {
        appender
            .append(|id, buffer| buffer.extend(format!("{id:0100}").bytes()))
            .unwrap();
    }
}

/// Everything there is to read: the ids, each checked against its payload.
fn read_all(reader: &mut Reader) -> Vec<u64> {
    let (mut ids, mut out) = (Vec::new(), Vec::new());
    while let Some(run) = reader
        .read(
            Portion {
                records: 30,
                bytes: 2_000,
            },
            &mut out,
        )
        .unwrap()
    {
        assert!(run.last - run.first < 30);
        let mut rest = out.as_slice();
        for id in run.first..=run.last {
            let payload = crate::wire::view::delimited(&mut rest).unwrap();
            assert_eq!(payload, format!("{id:0100}").as_bytes());
            ids.push(id);
        }
        assert!(rest.is_empty());
        out.clear();
    }
    ids
}

fn segments(folder: &TempDir) -> Vec<PathBuf> {
    segment::firsts(folder.path())
        .unwrap()
        .into_iter()
        .map(|first| segment::path(folder.path(), first))
        .collect()
}

/// Where the records of each segment end.
fn ends(folder: &TempDir) -> Vec<u64> {
    let firsts = segment::firsts(folder.path()).unwrap().into_iter();
    firsts
        .map(|first| segment::scan(folder.path(), first, |_| {}).unwrap().end)
        .collect()
}

fn ids(range: std::ops::RangeInclusive<u64>) -> Vec<u64> {
    range.collect()
}

#[test]
fn only_what_is_synced_is_read_and_ids_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, mut reader) = open(&folder);
    append(&mut appender, 10);
    assert!(read_all(&mut reader).is_empty());
    appender.sync().unwrap();
    assert_eq!(read_all(&mut reader), ids(1..=10));
    append(&mut appender, 90);
    appender.sync().unwrap();
    assert_eq!(read_all(&mut reader), ids(11..=100));
    drop((appender, reader));
    let (mut appender, mut reader) = open(&folder);
    append(&mut appender, 1);
    appender.sync().unwrap();
    assert_eq!(read_all(&mut reader), ids(1..=101));
    assert_eq!(reader.stats().waiting, 101);
}

#[test]
fn what_is_synced_is_read_once_it_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, mut reader) = open(&folder);
    let marker = appender.marker().unwrap();
    assert!(appender.marker().is_none(), "there is one mark");
    append(&mut appender, 10);
    appender.sync().unwrap();
    assert_eq!((appender.stats().synced_id, reader.stats().waiting), (10, 10));
    assert!(
        read_all(&mut reader).is_empty(),
        "nothing is sent that might be given twice"
    );
    let watch = reader.watch();
    let running = std::thread::spawn(|| marker.run());
    append(&mut appender, 50);
    drop(appender);
    assert!(status(folder.path()).unwrap().in_use || running.is_finished());
    running.join().unwrap();
    assert_eq!((*watch.borrow(), super::mark::read(folder.path())), (60, 60));
    assert_eq!(read_all(&mut reader), ids(1..=60));
    assert!(!status(folder.path()).unwrap().in_use);
}

#[test]
fn room_is_made_for_small_commits_and_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let config = SpoolConfig {
        segment_bytes: 3 << 20,
        ..config(folder.path())
    };
    let size = || fs::metadata(&segments(&folder)[0]).unwrap().len();
    let (mut appender, mut reader) = Spool::open(&config).unwrap();
    append(&mut appender, 3);
    appender.sync().unwrap();
    let room = size();
    assert!(room > 1 << 20);
    append(&mut appender, 3);
    appender.sync().unwrap();
    assert_eq!(size(), room, "it is written into");
    let told = &list(folder.path()).unwrap()[0];
    assert_eq!((told.last, told.rest), (6, 0), "room is no damage");
    let _large = appender.append(|_, buffer| buffer.resize(buffer.len() + 800_000, 7));
    let _large = appender.append(|_, buffer| buffer.resize(buffer.len() + 800_000, 7));
    appender.sync().unwrap();
    assert_eq!(size(), ends(&folder)[0], "large commits need none");
    append(&mut appender, 3);
    appender.flush();
    assert!(size() <= 3 << 20, "no segment grows beyond its size");
    appender.sync().unwrap();
    drop(appender);
    assert_eq!(size(), ends(&folder)[0], "it is given back");
    assert_eq!(
        reader
            .read(
                Portion {
                    records: 99,
                    bytes: 9 << 20
                },
                &mut Vec::new()
            )
            .unwrap()
            .map(|run| run.last),
        Some(11)
    );
}

#[test]
fn acknowledged_segments_are_deleted_and_the_cursor_survives() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, mut reader) = open(&folder);
    append(&mut appender, 200);
    appender.sync().unwrap();
    let before = segments(&folder).len();
    assert_eq!(read_all(&mut reader).len(), 200);
    reader.acknowledge(150);
    assert!(segments(&folder).len() < before);
    assert_eq!(reader.stats().waiting, 50);
    reader.save().unwrap();
    drop((appender, reader));
    let (_appender, mut reader) = open(&folder);
    assert_eq!(read_all(&mut reader), ids(151..=200));
    reader.rewind();
    assert_eq!(read_all(&mut reader), ids(151..=200));
    reader.acknowledge(1_000); // a receiver cannot have what was never given
    assert_eq!((reader.stats().acknowledged_id, reader.stats().waiting), (200, 0));
    assert!(segments(&folder).is_empty());
}

#[test]
fn ids_are_not_given_twice_even_when_every_segment_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, reader) = open(&folder);
    append(&mut appender, 50);
    appender.sync().unwrap();
    drop((appender, reader));
    for path in segments(&folder) {
        fs::remove_file(path).unwrap();
    }
    let (mut appender, mut reader) = open(&folder);
    assert_eq!(
        appender
            .append(|id, buffer| buffer.extend(format!("{id:0100}").bytes()))
            .unwrap(),
        51
    );
    appender.sync().unwrap();
    assert_eq!(read_all(&mut reader), [51]);
}

#[test]
fn a_full_spool_evicts_the_oldest_and_counts_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let config = SpoolConfig {
        max_bytes: 3 * 4_096,
        ..config(folder.path())
    };
    let (mut appender, mut reader) = Spool::open(&config).unwrap();
    append(&mut appender, 10);
    appender.sync().unwrap();
    let mut out = Vec::new();
    let run = reader
        .read(
            Portion {
                records: 10,
                bytes: 1 << 20,
            },
            &mut out,
        )
        .unwrap()
        .unwrap();
    assert_eq!((run.first, run.last), (1, 10));
    append(&mut appender, 1_000);
    appender.sync().unwrap();
    let stats = reader.stats();
    assert!(stats.bytes <= config.max_bytes + 200);
    assert_eq!(stats.first_id, 1_010 - stats.waiting + 1);
    // Ten were on their way when their segment was evicted.
    assert_eq!(stats.evicted + 10 + stats.waiting, 1_010);
    reader.acknowledge(4);
    reader.rewind(); // the connection broke: six of them are lost after all
    assert_eq!(reader.stats().evicted + 4 + stats.waiting, 1_010);
    assert_eq!(read_all(&mut reader), ids(stats.first_id..=1_010));
    reader.save().unwrap();
    drop((appender, reader));
    let (_appender, reader) = Spool::open(&config).unwrap();
    assert_eq!(reader.stats().evicted, stats.evicted + 6);
}

#[test]
fn two_processes_do_not_share_a_spool() {
    let folder = tempfile::tempdir().unwrap();
    let ends = open(&folder);
    assert!(matches!(
        Spool::open(&config(folder.path())),
        Err(SpoolError::Locked(_))
    ));
    assert!(status(folder.path()).unwrap().in_use);
    drop(ends);
    assert!(!status(folder.path()).unwrap().in_use);
    open(&folder);
}

#[test]
fn a_spool_that_lost_its_name_is_not_given_another() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, reader) = open(&folder);
    append(&mut appender, 1);
    drop((appender, reader));
    fs::remove_file(folder.path().join("identity")).unwrap();
    assert!(matches!(
        Spool::open(&config(folder.path())),
        Err(SpoolError::Identity(_))
    ));
}

#[test]
fn what_waits_can_be_looked_at_while_it_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(status(folder.path()).unwrap().identity, None);
    let (mut appender, mut reader) = open(&folder);
    append(&mut appender, 100);
    appender.sync().unwrap();
    assert_eq!(read_all(&mut reader).len(), 100);
    reader.acknowledge(40);
    reader.save().unwrap();
    let status = status(folder.path()).unwrap();
    assert_eq!(status.identity.as_deref(), Some(appender.identity()));
    assert_eq!((status.acknowledged, status.waiting, status.damaged), (40, 60, 0));
    assert_eq!(status.segments, list(folder.path()).unwrap());
    let mut last = 0;
    records(folder.path(), |id, payload| {
        assert_eq!(payload, format!("{id:0100}").as_bytes());
        last = id;
    })
    .unwrap();
    assert_eq!(last, 100);
    let firsts: Vec<_> = list(folder.path())
        .unwrap()
        .iter()
        .map(|segment| segment.first)
        .collect();
    let mut first = None;
    latest(folder.path(), 1, |id, _| first = first.or(Some(id))).unwrap();
    assert_eq!(first, firsts.last().copied(), "the last segment alone");
    let mut count = 0;
    latest(folder.path(), 99, |_, _| count += 1).unwrap();
    assert_eq!(Some(&(101 - count)), firsts.first(), "all of them");
}

#[test]
fn a_disk_error_stops_appending_and_what_was_synced_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, mut reader) = open(&folder);
    append(&mut appender, 10);
    appender.sync().unwrap();
    appender.break_disk();
    append(&mut appender, 5);
    assert!(matches!(appender.sync(), Err(SpoolError::Io { .. })));
    assert!(matches!(appender.append(|_, _| {}), Err(SpoolError::Stopped)));
    let stats = appender.stats();
    assert_eq!((stats.unwritten, stats.waiting, stats.last_id), (6, 10, 16));
    assert!(stats.stopped.is_some());
    assert_eq!(read_all(&mut reader), ids(1..=10));
    appender.retry_now();
    append(&mut appender, 1);
    appender.sync().unwrap();
    assert_eq!(appender.stats().stopped, None);
    assert_eq!(read_all(&mut reader), [17]); // the hole is exactly what was lost
}

#[test]
fn too_large_an_activity_is_a_hole() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, mut reader) = open(&folder);
    append(&mut appender, 2);
    let huge = appender.append(|_, buffer| buffer.resize(buffer.len() + (2 << 20), 0));
    assert!(matches!(huge, Err(SpoolError::TooLarge(_))));
    append(&mut appender, 2);
    appender.sync().unwrap();
    assert_eq!(read_all(&mut reader), [1, 2, 4, 5]);
    assert_eq!(appender.stats().unwritten, 1);
}

#[test]
fn a_large_record_is_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, mut reader) = open(&folder);
    for size in [10, 900_000, 10, 300_000] {
        appender
            .append(|_, buffer| buffer.resize(buffer.len() + size, 7))
            .unwrap();
    }
    appender.sync().unwrap();
    let (mut out, mut sizes) = (Vec::new(), Vec::new());
    while reader
        .read(Portion { records: 1, bytes: 1 }, &mut out)
        .unwrap()
        .is_some()
    {
        sizes.push(crate::wire::view::delimited(&mut out.as_slice()).unwrap().len());
        out.clear();
    }
    assert_eq!(sizes, [10, 900_000, 10, 300_000]);
}

#[test]
fn damage_in_the_middle_costs_the_rest_of_its_segment_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, reader) = open(&folder);
    append(&mut appender, 100);
    drop((appender, reader));
    let victim = segments(&folder)[1].clone();
    let [before, lost] = damage(&victim, |bytes| bytes[1_000] ^= 0xff);
    let (mut appender, mut reader) = open(&folder);
    append(&mut appender, 1);
    appender.sync().unwrap();
    assert_eq!(reader.stats().damaged, lost);
    let mut expected = ids(1..=101);
    expected.retain(|id| *id <= before || *id > before + lost);
    assert_eq!(read_all(&mut reader), expected);
    drop((appender, reader));
    assert_eq!(open(&folder).1.stats().damaged, lost); // counted once
}

/// Changes a segment's bytes; answers the last id before the damage and how many records it costs.
fn damage(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> [u64; 2] {
    let first: u64 = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    let folder = path.parent().unwrap();
    let whole = segment::scan(folder, first, |_| {}).unwrap();
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
    let left = segment::scan(folder, first, |_| {}).unwrap();
    [left.last(), whole.last() - left.last()]
}

proptest! {
    #![proptest_config(Config { cases: 48, ..Config::default() })]

    /// A kill can cut what was not synced, at any byte: the spool reopens to a prefix that holds all that was synced.
    #[test]
    fn a_cut_at_any_byte_keeps_what_was_synced(synced in 0_u64..60, more in 0_u64..60, cut in any::<prop::sample::Index>(), holed in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let (mut appender, reader) = open(&folder);
        append(&mut appender, synced);
        appender.sync().unwrap();
        let safe = ends(&folder);
        append(&mut appender, more);
        appender.flush();
        appender.forget();
        drop(reader);
        let mut files = segments(&folder);
        // Only the last segment can be cut: the others were synced when it was begun.
        if let Some(last) = files.pop() {
            let safe = safe.get(files.len()).copied().unwrap_or(0);
            let size = fs::metadata(&last).unwrap().len();
            let length = safe + cut.index(usize::try_from(size - safe + 1).unwrap()) as u64;
            let file = OpenOptions::new().write(true).open(&last).unwrap();
            file.set_len(length).unwrap();
            // Of what was not synced, a file system may keep the length without the bytes.
            if holed {
                file.set_len(size).unwrap();
            }
        }
        let (mut appender, mut reader) = open(&folder);
        let kept = read_all(&mut reader);
        prop_assert!(kept.len() as u64 >= synced);
        prop_assert_eq!(&kept, &ids(1..=kept.len() as u64));
        prop_assert_eq!(reader.stats().damaged, 0);
        append(&mut appender, 3);
        appender.sync().unwrap();
        let next = kept.len() as u64 + 1;
        prop_assert_eq!(read_all(&mut reader), ids(next..=next + 2));
    }

    /// Bytes that turn on the disk cost what they hit, are counted, and never an id given twice.
    #[test]
    fn flipped_bytes_never_panic_and_never_reuse_an_id(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let (mut appender, reader) = open(&folder);
        append(&mut appender, 90);
        drop((appender, reader));
        let last = segments(&folder).pop().unwrap();
        let mut bytes = fs::read(&last).unwrap();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        fs::write(&last, bytes).unwrap();
        let (mut appender, mut reader) = open(&folder);
        append(&mut appender, 2);
        appender.sync().unwrap();
        let mut kept = read_all(&mut reader);
        prop_assert_eq!(kept.split_off(kept.len() - 2), [91, 92]);
        prop_assert_eq!(&kept, &ids(1..=kept.len() as u64));
        prop_assert_eq!(reader.stats().damaged, 90 - kept.len() as u64);
    }
}
