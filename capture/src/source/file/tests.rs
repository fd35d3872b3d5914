//! Capture files byte by byte: every variant, every compression, every way to end badly.

use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::source::Batch;
use crate::source::LinkType;
use crate::time::Timestamp;

mod snoop;

/// What was delivered of a packet: capture, number in it, nanoseconds, link type, wire length and bytes.
#[derive(Debug, PartialEq, Eq, Clone)]
struct Seen(u16, u64, i64, u16, u32, Vec<u8>);

fn read(source: &mut FileSource) -> Vec<Seen> {
    let (mut batch, mut seen, mut seq) = (Batch::new(), Vec::new(), 0);
    while batch.fill(source) {
        for frame in batch.frames() {
            seq += 1;
            assert_eq!(frame.seq, seq);
            let (id, data) = (frame.id, frame.data.to_vec());
            seen.push(Seen(
                id.capture.0,
                id.number,
                frame.time.0,
                frame.link.0,
                frame.wire_len,
                data,
            ));
        }
        batch.clear();
    }
    seen
}

/// A folder of files for one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn one(bytes: &[u8]) -> (Vec<Seen>, Vec<Damage>) {
    let folder = Folder::new();
    let mut source = FileSource::open(&[folder.file("x", bytes)]).unwrap();
    let seen = read(&mut source);
    (seen, source.damages().to_vec())
}

fn refused(bytes: &[u8]) -> String {
    let folder = Folder::new();
    match FileSource::open(&[folder.file("x", bytes)]) {
        Err(OpenError::NotCapture { looks_like, .. }) => looks_like,
        other => panic!("{:?}", other.map(|_| ())),
    }
}

/// A classic file: magic, byte order, extra header bytes, and packets as (seconds, fraction, bytes).
fn classic(magic: u32, big: bool, extra: usize, packets: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let word = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let version = if big { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
    let mut file = [word(magic), version, word(0), word(0), word(10), word(0x1000_0001)].concat();
    for (seconds, fraction, data) in packets {
        let length = data.len() as u32;
        file.extend([word(*seconds), word(*fraction), word(length), word(length + 1)].concat());
        file.resize(file.len() + extra, 0);
        file.extend_from_slice(data);
    }
    file
}

fn micros(packets: &[(u32, u32, &[u8])]) -> Vec<u8> {
    classic(0xa1b2_c3d4, false, 0, packets)
}

#[test]
fn classic_in_every_variant() {
    let packets: &[(u32, u32, &[u8])] = &[(7, 9, b"hello"), (8, 1, b"longer than the snap length")];
    for (magic, extra, unit) in [(0xa1b2_c3d4, 0, 1_000), (0xa1b2_3c4d, 0, 1), (0xa1b2_cd34, 8, 1_000)] {
        for big in [false, true] {
            let (seen, damages) = one(&classic(magic, big, extra, packets));
            assert!(damages.is_empty());
            assert_eq!(
                seen,
                [
                    Seen(0, 1, 7_000_000_000 + 9 * unit, 1, 6, b"hello".to_vec()),
                    Seen(
                        0,
                        2,
                        8_000_000_000 + unit,
                        1,
                        28,
                        b"longer than the snap length".to_vec()
                    ),
                ]
            );
        }
    }
}

/// Writes pcapng blocks in one byte order.
struct Blocks {
    big: bool,
    bytes: Vec<u8>,
}

impl Blocks {
    fn new(big: bool) -> Self {
        let mut new = Self { big, bytes: Vec::new() };
        new.section();
        new
    }

    fn word(&self, value: u32) -> [u8; 4] {
        if self.big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    fn half(&self, value: u16) -> [u8; 2] {
        if self.big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        let length = self.word(body.len() as u32 + 12);
        self.bytes
            .extend([&self.word(kind)[..], &length, body, &length].concat());
    }

    fn section(&mut self) {
        let body = [&self.word(0x1a2b_3c4d)[..], &self.half(1), &self.half(0), &[0xff; 8]].concat();
        self.block(0x0a0d_0d0a, &body);
    }

    fn interface(&mut self, link: u16, snaplen: u32, options: &[(u16, &[u8])]) {
        let mut body = [&self.half(link)[..], &[0, 0], &self.word(snaplen)].concat();
        for (code, value) in options {
            body.extend(self.half(*code));
            body.extend(self.half(value.len() as u16));
            body.extend_from_slice(value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        body.extend([0; 4]);
        self.block(1, &body);
    }

    fn packet(&mut self, interface: u32, units: u64, data: &[u8]) {
        let head = self.word(interface);
        self.timed(6, head, units, data);
    }

    fn obsolete(&mut self, interface: u16, units: u64, data: &[u8]) {
        let [a, b] = self.half(interface);
        self.timed(2, [a, b, 0, 9], units, data);
    }

    fn timed(&mut self, kind: u32, head: [u8; 4], units: u64, data: &[u8]) {
        let length = self.word(data.len() as u32);
        let (high, low) = (self.word((units >> 32) as u32), self.word(units as u32));
        let mut body = [head, high, low, length, length].concat();
        body.extend_from_slice(data);
        body.resize(body.len().next_multiple_of(4), 0);
        self.block(kind, &body);
    }

    fn simple(&mut self, wire: u32, data: &[u8]) {
        let mut body = self.word(wire).to_vec();
        body.extend_from_slice(data);
        body.resize(body.len().next_multiple_of(4), 0);
        self.block(3, &body);
    }
}

#[test]
fn pcapng_sections_interfaces_and_times() {
    for big in [false, true] {
        let mut blocks = Blocks::new(big);
        let offset = if big {
            100i64.to_be_bytes()
        } else {
            100i64.to_le_bytes()
        };
        blocks.interface(1, 4, &[]);
        blocks.interface(101, 0, &[(9, &[9]), (14, &offset)]);
        blocks.interface(113, 0, &[(9, &[0x80 | 10])]);
        blocks.block(0xbad, b"custom block of anybody.");
        blocks.packet(0, 5_000_001, b"abcde");
        blocks.packet(1, 7, b"f");
        blocks.packet(2, 1_536, b"g");
        blocks.simple(9, b"abcd");
        blocks.obsolete(1, 8, b"old");
        blocks.big = !big;
        blocks.section();
        blocks.interface(228, 0, &[]);
        blocks.packet(0, 6_000_000, b"z");
        let (seen, damages) = one(&blocks.bytes);
        assert!(damages.is_empty(), "{damages:?}");
        assert_eq!(
            seen,
            [
                Seen(0, 1, 5_000_001_000, 1, 5, b"abcde".to_vec()),
                Seen(0, 2, 100_000_000_007, 101, 1, b"f".to_vec()),
                Seen(0, 3, 1_500_000_000, 113, 1, b"g".to_vec()),
                Seen(0, 4, 1_500_000_000, 1, 9, b"abcd".to_vec()),
                Seen(0, 5, 100_000_000_008, 101, 3, b"old".to_vec()),
                Seen(0, 6, 6_000_000_000, 228, 1, b"z".to_vec()),
            ]
        );
    }
}

#[test]
fn hostile_lengths_end_the_file_in_bounded_memory() {
    let mut blocks = Blocks::new(false);
    blocks.interface(1, 0, &[]);
    blocks.packet(0, 1, b"a");
    let good = blocks.bytes.clone();
    for (kind, length) in [(6u32, 0xffff_fff0u32), (6, 4), (0xbad, 0xffff_fffc), (5, 0)] {
        let mut bytes = good.clone();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend([0; 64]);
        let (seen, damages) = one(&bytes);
        assert_eq!(
            (seen.len(), damages.len(), damages[0].offset),
            (
                1,
                1,
                if kind == 0xbad {
                    bytes.len() as u64
                } else {
                    good.len() as u64
                }
            )
        );
    }
    let mut bytes = micros(&[(1, 1, b"a")]);
    let good = bytes.len() as u64;
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    let (seen, damages) = one(&bytes);
    assert_eq!((seen.len(), damages[0].offset), (1, good));
    assert_eq!(damages[0].what, "a record claims 4294967295 bytes");
}

#[test]
fn a_packet_of_an_unknown_interface_ends_the_file() {
    let mut blocks = Blocks::new(false);
    blocks.packet(3, 1, b"a");
    let (seen, damages) = one(&blocks.bytes);
    assert!(seen.is_empty());
    assert_eq!(damages[0].what, "a packet of interface 3, which is not described");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_files_are_told_by_their_magic() {
    let plain = micros(&[(1, 0, b"a"), (2, 0, b"b"), (3, 0, b"c")]);
    let expected = one(&plain).0;
    let (front, back) = plain.split_at(50);
    for compressed in [
        gzip(&plain),
        [gzip(front), gzip(back)].concat(),
        zstd::encode_all(&plain[..], 3).unwrap(),
        [
            vec![0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9],
            zstd::encode_all(&plain[..], 3).unwrap(),
        ]
        .concat(),
        [zstd::encode_all(front, 3).unwrap(), zstd::encode_all(back, 3).unwrap()].concat(),
    ] {
        let (seen, damages) = one(&compressed);
        assert!(damages.is_empty(), "{damages:?}");
        assert_eq!(seen, expected);
    }
}

#[test]
fn what_is_no_capture_is_named() {
    assert_eq!(refused(b""), "empty");
    assert_eq!(refused(b"\x7fELF\x02\x01\x01"), "an ELF program");
    assert_eq!(refused(b"time,source\n"), "text");
    assert_eq!(refused(&gzip(b"{}")), "gzip of: JSON text");
    assert_eq!(refused(&gzip(b"")), "gzip of: empty");
    assert_eq!(refused(&gzip(&gzip(b"x"))), "gzip of: gzip inside");
    assert_eq!(
        refused(&micros(&[])[..20]),
        "cut inside a file header: 20 of 24 bytes are there"
    );
    assert_eq!(
        refused(&[0x1f, 0x8b, 8, 0, 0]),
        "gzip of: cut inside the compressed stream"
    );
}

#[test]
fn absent_and_empty_places_are_told_apart() {
    let folder = Folder::new();
    let absent = FileSource::open(&[folder.path().join("nothing")]).err().unwrap();
    assert!(matches!(absent, OpenError::Unreadable { .. }));
    assert!(absent.to_string().contains("nothing: cannot be read: No such file"));
    let empty = FileSource::open(&[folder.path().to_owned()]).err().unwrap();
    assert!(empty.to_string().ends_with("not a capture: a folder without captures"));
}

#[test]
fn a_folder_is_its_captures_in_order_of_their_names() {
    let folder = Folder::new();
    folder.file("b/2.pcap", &micros(&[(1, 0, b"2")]));
    folder.file("a.txt", b"notes");
    folder.file("z", &gzip(&micros(&[(1, 0, b"3")])));
    folder.file("b/1.pcap", &micros(&[(1, 0, b"1")]));
    let mut source = FileSource::open(&[folder.path().to_owned()]).unwrap();
    let names: Vec<_> = source
        .names()
        .iter()
        .map(|name| name.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["1.pcap", "2.pcap", "z"]);
    let bytes: Vec<u8> = read(&mut source).iter().map(|seen| seen.5[0]).collect();
    assert_eq!(bytes, *b"123");
}

#[test]
fn files_are_merged_by_time_and_keep_their_own_order() {
    let folder = Folder::new();
    let files = [
        folder.file("1", &micros(&[(5, 0, b"a"), (3, 0, b"b"), (9, 0, b"c")])),
        folder.file("2", &micros(&[(5, 0, b"d"), (6, 0, b"e")])),
        folder.file("3", &micros(&[(1, 0, b"f")])),
        folder.file("4", &micros(&[])),
    ];
    let mut source = FileSource::open(&files).unwrap();
    let bytes: Vec<u8> = read(&mut source).iter().map(|seen| seen.5[0]).collect();
    assert_eq!(bytes, *b"fabdec");
    assert_eq!(source.steps_back(), 1);
    let (read, all) = source.progress();
    assert_eq!(Some(read), all);
}

#[test]
fn a_newline_behind_the_last_record_is_no_damage() {
    let whole = micros(&[(1, 0, b"a")]);
    for (tail, damages) in [("\n", 0), ("\r\n", 0), ("\r", 1), ("\n\n", 1), ("\0", 1)] {
        let (seen, found) = one(&[&whole[..], tail.as_bytes()].concat());
        assert_eq!((seen.len(), found.len()), (1, damages), "{tail:?}");
    }
    // It stands for no byte of a record that is cut.
    assert_eq!(one(&[&whole[..whole.len() - 2], b"\n"].concat()).1.len(), 1);
}

/// A named pipe, held open by the test that writes to it.
fn fifo(folder: &Folder, bytes: &[u8]) -> (PathBuf, std::fs::File) {
    let path = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let mut end = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    end.write_all(bytes).unwrap();
    (path, end)
}

#[test]
fn a_stopped_pipe_ends_without_damage() {
    // Cut inside the second record, and the writer stays: only the flag can end it.
    let bytes = micros(&[(1, 0, &[7; 600]), (2, 0, b"never comes")]);
    let (folder, stop) = (Folder::new(), Arc::new(AtomicBool::new(false)));
    let (path, end) = fifo(&folder, &bytes[..bytes.len() - 3]);
    let mut source = FileSource::open_until(&[path], Arc::clone(&stop)).unwrap();
    stop.store(true, Ordering::Relaxed);
    assert_eq!((read(&mut source).len(), source.damages().len()), (1, 0));
    drop(end);
}

#[test]
fn a_pipe_stopped_before_it_began_is_an_empty_run() {
    let folder = Folder::new();
    let (path, _end) = fifo(&folder, &[]);
    let mut source = FileSource::open_until(&[path], Arc::new(AtomicBool::new(true))).unwrap();
    assert!(read(&mut source).is_empty());
}

#[test]
fn damage_ends_one_file_and_not_the_others() {
    let folder = Folder::new();
    let whole = micros(&[(1, 0, b"a"), (4, 0, b"b")]);
    let cut = micros(&[(2, 0, b"c"), (3, 0, b"defgh")]);
    let zipped = gzip(&micros(&[(2, 0, b"i"), (5, 0, b"j")]));
    let files = [
        folder.file("whole", &whole),
        folder.file("cut", &cut[..cut.len() - 2]),
        folder.file("zipped", &zipped[..zipped.len() - 9]),
    ];
    let mut source = FileSource::open(&files).unwrap();
    let bytes: Vec<u8> = read(&mut source).iter().map(|seen| seen.5[0]).collect();
    assert_eq!(bytes[..3], *b"aci");
    assert!(bytes.contains(&b'b'));
    let damages = source.damages();
    assert_eq!(damages.len(), 2);
    assert_eq!(
        (damages[0].file.rsplit('/').next(), damages[0].offset),
        (Some("cut"), 24 + 17)
    );
    assert_eq!(damages[0].what, "cut inside a record: 19 of 21 bytes are there");
}

/// Files with packets at the given seconds; the byte tells the file.
fn many(folder: &Folder, files: &[(Vec<u32>, bool)]) -> Vec<PathBuf> {
    let write = |(number, (times, compress)): (usize, &(Vec<u32>, bool))| {
        let data = [number as u8];
        let packets: Vec<(u32, u32, &[u8])> = times.iter().map(|time| (*time, 0, &data[..])).collect();
        let plain = micros(&packets);
        folder.file(&format!("{number:02}"), &if *compress { gzip(&plain) } else { plain })
    };
    files.iter().enumerate().map(write).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn few_open_files_give_the_same_as_many(
        files in prop::collection::vec((prop::collection::vec(0u32..50, 0..20), any::<bool>()), 1..9),
    ) {
        let folder = Folder::new();
        let paths = many(&folder, &files);
        let all = read(&mut FileSource::open(&paths).unwrap());
        let few = read(&mut FileSource::open_at_most(&paths, 2, Arc::default(), &|_| false).unwrap());
        prop_assert_eq!(&all, &few);
        prop_assert_eq!(all.len(), files.iter().map(|(times, _)| times.len()).sum::<usize>());
    }

    #[test]
    fn a_file_cut_anywhere_gives_what_was_before(at in 0usize..2_000, big in any::<bool>(), pcapng in any::<bool>()) {
        let packets: Vec<(u32, u32, Vec<u8>)> = (0..20u32).map(|n| (n, n, vec![n as u8; n as usize * 7 % 60])).collect();
        let whole = if pcapng {
            let mut blocks = Blocks::new(big);
            blocks.interface(1, 0, &[]);
            packets.iter().for_each(|(time, _, data)| blocks.packet(0, u64::from(*time), data));
            blocks.bytes
        } else {
            let packets: Vec<_> = packets.iter().map(|(time, part, data)| (*time, *part, &data[..])).collect();
            classic(0xa1b2_c3d4, big, 0, &packets)
        };
        let at = at.min(whole.len());
        let folder = Folder::new();
        if let Ok(mut source) = FileSource::open(&[folder.file("x", &whole[..at])]) {
            let seen = read(&mut source);
            prop_assert_eq!(&one(&whole).0[..seen.len()], &seen[..]);
            prop_assert!(source.damages().len() <= 1);
        }
    }

    #[test]
    fn random_bytes_behind_a_good_header_never_panic(
        tail in prop::collection::vec(any::<u8>(), 0..400),
        pcapng in any::<bool>(),
    ) {
        let mut bytes = if pcapng {
            let mut blocks = Blocks::new(false);
            blocks.interface(1, 0, &[]);
            blocks.bytes
        } else {
            micros(&[])
        };
        bytes.extend(tail);
        one(&bytes);
    }

    #[test]
    fn damaged_files_never_panic(changes in prop::collection::vec((0usize..400, any::<u8>()), 1..8)) {
        let mut blocks = Blocks::new(false);
        blocks.interface(1, 0, &[(9, &[9]), (2, b"eth0")]);
        blocks.packet(0, 5, b"0123456789");
        blocks.simple(9, b"abcd");
        blocks.obsolete(0, 8, b"old");
        blocks.packet(0, 5, b"0123456789");
        let length = blocks.bytes.len();
        for (at, value) in changes {
            blocks.bytes[at % length] = value;
        }
        let folder = Folder::new();
        if let Ok(mut source) = FileSource::open(&[folder.file("x", &blocks.bytes)]) {
            read(&mut source);
        }
    }
}

#[test]
fn link_types_lose_their_upper_half() {
    assert_eq!(one(&micros(&[(0, 0, b"x")])).0[0].3, LinkType::ETHERNET.0);
    assert_eq!(
        Timestamp(one(&micros(&[(1, 2, b"x")])).0[0].2),
        Timestamp::new(1, 2_000)
    );
}
