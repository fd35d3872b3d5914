//! The kernel's program against what user space does, on hand-made tunnels and on every capture at hand.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use etherparse::{IpNumber, PacketBuilder};
use proptest::prelude::*;

use super::*;
use crate::affinity::Affinity;
use crate::decode::{Decoded, Transport, decode};
use crate::source::file::FileSource;
use crate::source::{Frame, LinkType, Source, Tag};
use crate::{FrameId, Hop, Timestamp, tunnel};

mod machine;

/// An Ethernet frame as the kernel shows it: without its outermost tag.
fn strip(data: &[u8]) -> (Option<Tag>, Vec<u8>) {
    match *data {
        [.., _] if data.len() >= 18 && matches!(data[12..14], [0x81, 0] | [0x88, 0xa8]) => {
            let word = |at: usize| u16::from_be_bytes([data[at], data[at + 1]]);
            let tag = Tag {
                tpid: word(12),
                tci: word(14),
            };
            (Some(tag), [&data[..12], &data[16..]].concat())
        }
        _ => (None, data.to_vec()),
    }
}

fn frame(data: &[u8], stripped: Option<Tag>) -> Frame<'_> {
    Frame {
        seq: 1,
        id: FrameId::default(),
        time: Timestamp(0),
        link: LinkType::ETHERNET,
        data,
        wire_len: data.len() as u32,
        stripped,
    }
}

/// What the kernel's program says, and what user space does.
fn both(program: &[sock_filter], data: &[u8]) -> (u32, u32) {
    let (tag, data) = strip(data);
    let kind = data
        .get(12..14)
        .map_or(0, |kind| u16::from_be_bytes([kind[0], kind[1]]));
    let kernel = machine::run(program, kind, data.get(14..).unwrap_or_default());
    (kernel, Affinity::default().hash(&frame(&data, tag)))
}

/// A segment between 10.0.0.`client` and 10.9.9.9, one way or the other.
fn segment(client: u8, up: bool) -> Vec<u8> {
    let (a, b) = ([10, 0, 0, client], [10, 9, 9, 9]);
    let (source, destination) = if up { (a, b) } else { (b, a) };
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4(source, destination, 64)
        .tcp(40_000, 389, 1, 1)
        .write(&mut bytes, b"bind")
        .unwrap();
    bytes
}

/// A packet between two tunnel ends that change sides with the direction.
fn around(up: bool, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let (a, b) = if up { (1, 2) } else { (2, 1) };
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([6; 6], [8; 6])
        .ipv4([172, 16, 0, a], [172, 16, 0, b], 64)
        .write(&mut bytes, IpNumber(protocol), payload)
        .unwrap();
    bytes
}

fn udp(up: bool, port: u16, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 8) as u16;
    let header = [&[0xc0, 0][..], &port.to_be_bytes(), &length.to_be_bytes(), &[0, 0]].concat();
    around(up, 17, &[&header, payload].concat())
}

fn gre(up: bool, header: &[u8], inner: &[u8]) -> Vec<u8> {
    around(up, 47, &[header, inner].concat())
}

fn vxlan(up: bool, inner: &[u8]) -> Vec<u8> {
    udp(up, 4789, &[&[8, 0, 0, 0, 0, 0, 7, 0][..], inner].concat())
}

fn gtp(up: bool, flags: u8, options: &[u8], ip: &[u8]) -> Vec<u8> {
    let [high, low] = ((options.len() + ip.len()) as u16).to_be_bytes();
    let header = [flags, 0xff, high, low, 0, 0, 0, 1];
    udp(up, 2152, &[&header, options, ip].concat())
}

fn tagged(tag: &[u8], inner: &[u8]) -> Vec<u8> {
    [&inner[..12], tag, &inner[12..]].concat()
}

/// Every encapsulation of `inner`, an Ethernet frame.
fn wrapped(up: bool, inner: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let ip = &inner[14..];
    let erspan_ii = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 7, 0xfc, 2, 0, 0, 0, 3];
    let erspan_iii = [
        0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 7, 0xfc, 2, 0, 0, 0, 3, 0, 0, 0, 0,
    ];
    let mut platform = [&erspan_iii[..], &[0; 8]].concat();
    platform[19] |= 1;
    let pppoe = [&[0x11, 0, 0, 9, 0, 0, 0, 0x21][..], ip].concat();
    vec![
        ("plain", inner.to_vec()),
        ("vlan", tagged(&[0x81, 0, 0, 5], inner)),
        ("qinq", tagged(&[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6], inner)),
        (
            "three tags",
            tagged(&[0x91, 0, 0, 5, 0x81, 0, 0, 6, 0x81, 0, 0, 7], inner),
        ),
        ("pppoe", [&inner[..12], &[0x88, 0x64], &pppoe].concat()),
        ("vxlan", vxlan(up, inner)),
        ("vxlan of a tag", vxlan(up, &tagged(&[0x81, 0, 0, 5], inner))),
        ("vxlan in vxlan", vxlan(up, &vxlan(up, inner))),
        ("four levels", vxlan(up, &vxlan(up, &vxlan(up, &vxlan(up, inner))))),
        (
            "geneve",
            udp(
                up,
                6081,
                &[&[2, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 1, 0, 0, 0, 0][..], inner].concat(),
            ),
        ),
        (
            "geneve of ip",
            udp(up, 6081, &[&[0, 0, 8, 0, 0, 0, 7, 0][..], ip].concat()),
        ),
        ("gre", gre(up, &[0, 0, 8, 0], ip)),
        ("gre of frames", gre(up, &[0, 0, 0x65, 0x58], inner)),
        (
            "gre with everything",
            gre(up, &[0xb0, 0, 8, 0, 1, 2, 0, 0, 0, 0, 0, 77, 0, 0, 0, 5], ip),
        ),
        ("gre in udp", udp(up, 4754, &[&[0, 0, 8, 0][..], ip].concat())),
        ("erspan i", gre(up, &[0, 0, 0x88, 0xbe], inner)),
        ("erspan ii", gre(up, &erspan_ii, inner)),
        ("erspan iii", gre(up, &erspan_iii, inner)),
        ("erspan iii of the platform", gre(up, &platform, inner)),
        ("erspan ii of vxlan", gre(up, &erspan_ii, &vxlan(up, inner))),
        (
            "gpe of ip",
            udp(up, 4790, &[&[0x0c, 0, 0, 1, 0, 0, 7, 0][..], ip].concat()),
        ),
        (
            "gpe of frames",
            udp(up, 4790, &[&[0x0c, 0, 0, 3, 0, 0, 7, 0][..], inner].concat()),
        ),
        (
            "gpe of mpls",
            udp(up, 4790, &[&[0x0c, 0, 0, 5, 0, 0, 7, 0, 0, 1, 1, 64][..], ip].concat()),
        ),
        ("ip in ip", around(up, 4, ip)),
        (
            "mpls",
            [&inner[..12], &[0x88, 0x47, 0, 1, 0, 64, 0, 1, 1, 64], ip].concat(),
        ),
        (
            "mpls of frames",
            [&inner[..12], &[0x88, 0x47, 0, 1, 1, 64], inner].concat(),
        ),
        (
            "mpls with a control word",
            [&inner[..12], &[0x88, 0x47, 0, 1, 1, 64, 0, 0, 0, 9], inner].concat(),
        ),
        ("mpls in ip", around(up, 137, &[&[0, 1, 1, 64][..], ip].concat())),
        ("mpls in udp", udp(up, 6635, &[&[0, 1, 1, 64][..], ip].concat())),
        ("mpls in gre", gre(up, &[0, 0, 0x88, 0x47, 0, 1, 1, 64], ip)),
        ("gtp", gtp(up, 0x30, &[], ip)),
        ("gtp with a sequence", gtp(up, 0x32, &[0, 1, 0, 0], ip)),
        ("gtp with an extension", gtp(up, 0x34, &[0, 1, 0, 0x85, 1, 0, 0, 0], ip)),
    ]
}

#[test]
fn both_directions_meet_in_every_encapsulation() {
    let program = program();
    for client in [1, 2, 77, 250] {
        let expected = both(&program, &segment(client, true)).1;
        for up in [true, false] {
            for (name, data) in wrapped(up, &segment(client, up)) {
                assert_eq!(both(&program, &data), (expected, expected), "{name}, up: {up}");
            }
        }
    }
}

#[test]
fn ipv6_outside_and_inside() {
    let program = program();
    let packet = |up: bool, payload: &[u8], port: u16| {
        let (a, b) = if up { (1, 2) } else { (2, 1) };
        let mut bytes = Vec::new();
        PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv6(
                [0xfd, 0x77, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, a],
                [0xfd, 0x77, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, b],
                64,
            )
            .udp(50_000, port)
            .write(&mut bytes, payload)
            .unwrap();
        bytes
    };
    let inner = [packet(true, b"a", 88), packet(false, b"b", 88)];
    let expected = both(&program, &inner[0]).1;
    assert_ne!(expected, 0);
    for data in &inner {
        assert_eq!(both(&program, data), (expected, expected));
        assert_eq!(both(&program, &vxlan(true, data)), (expected, expected));
    }
    // IPv4 in VXLAN over IPv6, the outer header with a destination options header before UDP.
    let inner = segment(5, true);
    let mut outer = packet(true, &[&[8, 0, 0, 0, 0, 0, 7, 0][..], &inner].concat(), 4789);
    let expected = both(&program, &inner).1;
    assert_eq!(both(&program, &outer), (expected, expected));
    outer[20] = 60;
    outer.splice(54..54, [17, 0, 1, 4, 0, 0, 0, 0]);
    let length = u16::from_be_bytes([outer[18], outer[19]]) + 8;
    outer[18..20].copy_from_slice(&length.to_be_bytes());
    assert_eq!(both(&program, &outer), (expected, expected));
}

/// All pieces of a tunnel's packet are one worker's, which then knows where they belong.
#[test]
fn fragments_go_by_the_addresses_of_their_own_header() {
    let program = program();
    let whole = vxlan(true, &segment(5, true));
    let outer = both(&program, &around(true, 253, b"")).0;
    for field in [[0x20, 0], [0x20, 9], [0, 9]] {
        let mut piece = whole.clone();
        piece[20..22].copy_from_slice(&field);
        assert_eq!(both(&program, &piece).0, outer);
    }
}

#[test]
fn what_is_no_tunnel_goes_by_its_own_addresses() {
    let program = program();
    let outer = both(&program, &around(true, 253, b"")).0;
    for data in [
        udp(true, 4789, &[0; 60]),
        udp(
            true,
            6081,
            &[&[0, 0x80, 0x65, 0x58, 0, 0, 0, 0][..], &segment(1, true)].concat(),
        ),
        udp(true, 2152, &[0; 60]),
        udp(true, 53, &segment(1, true)),
        gre(true, &[0x40, 0, 8, 0], &segment(1, true)[14..]),
        gre(true, &[0, 0, 0x88, 0x0b], &segment(1, true)[14..]),
        vxlan(true, &[&[0; 12][..], &[8, 6], &[0; 46]].concat()),
    ] {
        assert_eq!(both(&program, &data), (outer, outer), "{data:x?}");
    }
    assert_eq!(both(&program, &[&[0; 12][..], &[8, 6], &[0; 46]].concat()), (0, 0));
}

#[test]
fn the_kernel_takes_programs_of_this_size() {
    // BPF_MAXINSNS
    assert!(program().len() <= 4_096, "{}", program().len());
}

proptest! {
    #[test]
    fn the_program_ends_whatever_it_reads(data in prop::collection::vec(any::<u8>(), 0..300), kind in prop::sample::select(vec![0x800u16, 0x86dd, 0x8100, 0x8864, 5])) {
        machine::run(&program(), kind, &data);
    }
}

/// Every byte of every encapsulation, set to every value.
#[test]
fn damaged_tunnels_agree_where_there_is_something_to_decode() {
    let program = program();
    for (name, whole) in wrapped(true, &segment(9, true)) {
        for at in 14..whole.len() {
            let mut data = whole.clone();
            for value in 0..=u8::MAX {
                data[at] = value;
                assert!(
                    agree(&program, &data) || is_doubtful(&data),
                    "{name}: byte {at} is {value}"
                );
            }
        }
    }
}

fn agree(program: &[sock_filter], data: &[u8]) -> bool {
    let (kernel, own) = both(program, data);
    kernel == own
}

/// Whether user space may differ: what is a fragment it puts where the first piece went, what is damaged it takes for the outer packet.
fn is_doubtful(data: &[u8]) -> bool {
    let (tag, data) = strip(data);
    match decode(&frame(&data, tag)) {
        // In a tunnel that the kernel's program does not follow, or a datagram to a tunnel's port that is read as one of its own.
        Ok(Decoded::Packet(packet)) => {
            packet.path.tunnel.0.contains(&Hop::Tzsp)
                || matches!(packet.payload, Transport::Udp(datagram) if tunnel::is_port(datagram.destination_port))
        }
        Ok(Decoded::Fragment(_)) | Err(_) => true,
    }
}

/// Whether there is something for a flow in it, so that it matters who gets it.
fn carries(data: &[u8]) -> bool {
    let (tag, data) = strip(data);
    decode(&frame(&data, tag)).is_ok()
}

/// The captures of the repository, and those beside it where there are any.
fn captures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../pcaps", "../../shared/pcaps"].map(|folder| root.join(folder));
    folders.into_iter().filter(|folder| folder.exists()).collect()
}

#[test]
fn the_kernel_agrees_on_every_captured_frame() {
    let program = program();
    let (mut frames, mut doubtful) = (0u64, 0u64);
    let mut source = FileSource::open(&captures()).unwrap();
    source.poll(&mut |frame| {
        if frame.link == LinkType::ETHERNET && !agree(&program, frame.data) {
            doubtful += u64::from(carries(frame.data));
            assert!(is_doubtful(frame.data), "{:x?}", frame.data);
        }
        frames += 1;
        ControlFlow::Continue(())
    });
    println!("{frames} frames, {doubtful} of them to be handed over");
    assert!(frames > 1_000 && doubtful * 1_000 < frames, "{doubtful} of {frames}");
}
