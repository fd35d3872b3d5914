//! snoop captures.

use super::{LinkType, Seen, one, refused};

/// A file of version 2: packets as (seconds, microseconds, padding, bytes).
fn snoop(datalink: u32, packets: &[(u32, u32, u32, &[u8])]) -> Vec<u8> {
    let mut file = [&b"snoop\0\0\0"[..], &2u32.to_be_bytes(), &datalink.to_be_bytes()].concat();
    for (seconds, micros, padding, data) in packets {
        let length = data.len() as u32;
        let header = [length + 1, length, 24 + length + padding, 0, *seconds, *micros];
        file.extend(header.iter().flat_map(|word| word.to_be_bytes()));
        file.extend_from_slice(data);
        file.resize(file.len() + *padding as usize, 0);
    }
    file
}

#[test]
fn records_with_and_without_padding() {
    for (datalink, link) in [(4, LinkType::ETHERNET), (0, LinkType::ETHERNET), (8, LinkType(10))] {
        let (seen, damages) = one(&snoop(
            datalink,
            &[(7, 9, 3, b"hello"), (8, 1, 0, b"four"), (9, 0, 2, b"")],
        ));
        assert!(damages.is_empty(), "{damages:?}");
        let expected = [
            Seen(0, 1, 7_000_009_000, link.0, 6, b"hello".to_vec()),
            Seen(0, 2, 8_000_001_000, link.0, 5, b"four".to_vec()),
            Seen(0, 3, 9_000_000_000, link.0, 1, Vec::new()),
        ];
        assert_eq!(seen, expected);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    assert_eq!(refused(&snoop(7, &[])), "a snoop capture of datalink type 7");
    let mut newer = snoop(4, &[]);
    newer[11] = 4;
    assert_eq!(refused(&newer), "a snoop capture of version 4");
    assert_eq!(
        refused(&newer[..12]),
        "cut inside a file header: 12 of 16 bytes are there"
    );
    assert_eq!(refused(b"snoopy\n"), "text");
}

#[test]
fn contradictory_and_cut_records_end_the_file() {
    let good = snoop(4, &[(1, 0, 2, b"ab")]);
    for (included, length) in [
        (5u32, 28u32),
        (4, 20),
        (4, 0),
        (0, 0),
        (0, 23),
        (u32::MAX, u32::MAX),
        (0, 16 << 20 | 1),
    ] {
        let header = [4, included, length, 0, 1, 0].map(u32::to_be_bytes).concat();
        let (seen, damages) = one(&[&good[..], &header, &[0; 64]].concat());
        assert_eq!((seen.len(), damages.len()), (1, 1), "{included} {length}");
        assert_eq!(damages[0].offset, good.len() as u64);
    }
    for cut in 17..good.len() {
        let (seen, damages) = one(&good[..cut]);
        assert_eq!((seen.len(), damages.len()), (0, 1), "{cut}");
    }
}
