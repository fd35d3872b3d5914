//! Frames in frames.

use etherparse::{IpNumber, PacketBuilder};
use proptest::prelude::*;

use super::*;
use crate::flow::{Hop, Mac};
use crate::source::{Frame, LinkType};
use crate::testing::Lab;

/// An Ethernet frame whose addresses end in `end`, from 10.0.0.`end` to 10.0.1.`end`, with a UDP datagram to `port`.
fn udp(end: u8, port: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, end], [2, 0, 0, 0, 1, end])
        .ipv4([10, 0, 0, end], [10, 0, 1, end], 64)
        .udp(1_000, port)
        .write(&mut bytes, payload)
        .unwrap();
    bytes
}

fn vxlan(end: u8, inner: &[u8]) -> Vec<u8> {
    udp(end, 4789, &[&[8, 0, 0, 0, 0, 0, end, 0][..], inner].concat())
}

fn gre(end: u8, kind: u16, inner: &[u8]) -> Vec<u8> {
    let payload = [&[0, 0][..], &kind.to_be_bytes(), inner].concat();
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, end], [2, 0, 0, 0, 1, end])
        .ipv4([10, 0, 0, end], [10, 0, 1, end], 64)
        .write(&mut bytes, IpNumber(47), &payload)
        .unwrap();
    bytes
}

fn decoded(data: &[u8], wire_len: usize) -> Result<Decoded<'_>, Refusal> {
    crate::decode::decode(&Frame {
        seq: 1,
        id: crate::flow::FrameId::default(),
        time: crate::time::Timestamp(0),
        link: LinkType::ETHERNET,
        data,
        wire_len: wire_len as u32,
        stripped: None,
    })
}

/// Hops, last byte of the source address, source MAC and payload of what is innermost.
fn seen(data: &[u8]) -> (Vec<Hop>, String, Option<Mac>, Vec<u8>) {
    match decoded(data, data.len()) {
        Ok(Decoded::Packet(Packet {
            path,
            payload: Transport::Udp(datagram),
            ..
        })) => (
            path.tunnel.0.to_vec(),
            path.source.to_string(),
            path.source_mac,
            datagram.data.to_vec(),
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn layers_are_named_outermost_first() {
    let mut tagged = udp(1, 53, b"hi");
    tagged.splice(12..12, [0x81, 0, 0, 12]);
    let mut outer = gre(3, 0x6558, &vxlan(2, &tagged));
    outer.splice(12..12, [0x81, 0, 0, 7]);
    let hops = vec![Hop::Vlan(7), Hop::Gre(None), Hop::Vxlan(2), Hop::Vlan(12)];
    let mac = Some(Mac([2, 0, 0, 0, 0, 1]));
    assert_eq!(seen(&outer), (hops, "10.0.0.1".to_owned(), mac, b"hi".to_vec()));
}

#[test]
fn an_inner_packet_without_ethernet_has_no_mac() {
    let (hops, source, mac, _) = seen(&gre(2, 0x0800, &udp(1, 53, b"hi")[14..]));
    assert_eq!((hops, source.as_str(), mac), (vec![Hop::Gre(None)], "10.0.0.1", None));
}

#[test]
fn nonsense_inside_is_an_ordinary_datagram() {
    for inner in [&b"no frame"[..], &[0; 60], &udp(1, 53, b"hi")[..20]] {
        let (hops, source, ..) = seen(&vxlan(2, inner));
        assert_eq!((hops, source.as_str()), (Vec::new(), "10.0.0.2"), "{inner:?}");
    }
    // A layer deeper it is the inner datagram that stays.
    let (hops, source, ..) = seen(&vxlan(3, &vxlan(2, b"no frame")));
    assert_eq!((hops, source.as_str()), (vec![Hop::Vxlan(3)], "10.0.0.2"));
}

#[test]
fn what_is_not_read_inside_is_named() {
    let mut arp = udp(1, 53, &[]);
    arp.truncate(12);
    arp.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
    arp.extend([1; 20]);
    let frame = vxlan(2, &arp);
    assert_eq!(decoded(&frame, frame.len()), Err(Refusal::Arp));
    let ppp = gre(2, 0x880b, &[0xff; 20]);
    assert_eq!(decoded(&ppp, ppp.len()), Err(Refusal::Gre));
    let mut lab = Lab::new();
    let mut esp = gre(2, 0x0800, &[7; 20]);
    esp[23] = 50;
    let mut service = udp(1, 53, b"hi");
    service[12..14].copy_from_slice(&[0x89, 0x4f]);
    let mut labelled = udp(1, 53, b"hi");
    labelled[12..14].copy_from_slice(&[0x88, 0x47]);
    let l2tp = udp(1, 1701, &[0, 2, 0, 1, 0, 1, 0xff, 3, 0, 0x21]);
    for data in [&ppp, &esp, &service, &labelled, &l2tp] {
        lab.frame(LinkType::ETHERNET, data, data.len());
    }
    lab.finish();
    let stats = lab.assembly.stats();
    let counts = [
        stats.skipped_tunnel_gre,
        stats.skipped_tunnel_esp,
        stats.skipped_tunnel_nsh,
        stats.skipped_tunnel_mpls,
        stats.skipped_tunnel_l2tp,
    ];
    assert_eq!((counts, stats.skipped()), ([1; 5], 5));
}

/// `inner` behind two labels, the last of which is 17.
fn mpls(inner: &[u8]) -> Vec<u8> {
    [
        &[
            2, 0, 0, 0, 1, 9, 2, 0, 0, 0, 0, 9, 0x88, 0x47, 0, 1, 0, 64, 0, 1, 0x11, 64,
        ][..],
        inner,
    ]
    .concat()
}

#[test]
fn labelled_frames_are_followed() {
    let frame = udp(1, 53, b"hi");
    let (source, mac) = ("10.0.0.1".to_owned(), Some(Mac([2, 0, 0, 0, 0, 1])));
    let whole = vec![Hop::Mpls(17)];
    assert_eq!(
        seen(&mpls(&frame[14..])),
        (whole.clone(), source.clone(), None, b"hi".to_vec())
    );
    let pseudowire = (whole, source.clone(), mac, b"hi".to_vec());
    assert_eq!(seen(&mpls(&frame)), pseudowire);
    assert_eq!(seen(&mpls(&[&[0, 0, 0, 5][..], &frame].concat())), pseudowire);
    let mut tagged = mpls(&frame);
    tagged.splice(12..12, [0x81, 0, 0, 7]);
    assert_eq!(seen(&tagged).0, [Hop::Vlan(7), Hop::Mpls(17)]);
    assert_eq!(seen(&vxlan(2, &mpls(&frame))).0, [Hop::Vxlan(2), Hop::Mpls(17)]);
    let in_gre = gre(2, 0x8847, &mpls(&frame)[14..]);
    assert_eq!(
        seen(&in_gre),
        (vec![Hop::Gre(None), Hop::Mpls(17)], source, mac, b"hi".to_vec())
    );
    let deep = (0..5).fold(frame, |inner, _| mpls(&inner));
    assert_eq!(decoded(&deep, deep.len()), Err(Refusal::TunnelDepth));
}

#[test]
fn ip_in_ip_is_followed() {
    let mut outer = gre(2, 0x0800, &[]);
    outer.truncate(34);
    outer[23] = 4;
    let inner = udp(1, 53, b"hi");
    outer[17] = (20 + inner.len() - 14) as u8;
    outer.extend(&inner[14..]);
    let (hops, source, mac, data) = seen(&outer);
    assert_eq!(
        (hops, source.as_str(), mac, &data[..]),
        (vec![Hop::Ip], "10.0.0.1", None, &b"hi"[..])
    );
}

/// What clouds mirror: VXLAN to 4789 from a port of their own, over IPv4 or IPv6, the frame perhaps cut (AWS: packet length; Azure: whole).
#[test]
fn clouds_mirror_in_vxlan() {
    let frame = udp(1, 53, b"hello world");
    let header = [8, 0, 0, 0, 0x12, 0x34, 0x56, 0];
    for cut in [0, 6] {
        let payload = [&header[..], &frame[..frame.len() - cut]].concat();
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        let ethernet = || PacketBuilder::ethernet2([2, 0, 0, 0, 0, 9], [2, 0, 0, 0, 1, 9]);
        ethernet()
            .ipv4([10, 9, 0, 1], [10, 9, 0, 2], 255)
            .udp(65_432, 4_789)
            .write(&mut v4, &payload)
            .unwrap();
        ethernet()
            .ipv6([9; 16], [8; 16], 255)
            .udp(65_432, 4_789)
            .write(&mut v6, &payload)
            .unwrap();
        for outer in [v4, v6] {
            let (hops, source, _, data) = seen(&outer);
            assert_eq!((hops, source.as_str()), (vec![Hop::Vxlan(0x12_3456)], "10.0.0.1"));
            assert_eq!(data, &b"hello world"[..11 - cut]);
        }
    }
}

#[test]
fn five_layers_are_one_too_many() {
    let four = (2..=5).fold(udp(1, 53, b"hi"), |inner, end| vxlan(end, &inner));
    assert_eq!(seen(&four).0, [5, 4, 3, 2].map(Hop::Vxlan));
    let five = vxlan(6, &four);
    assert_eq!(decoded(&five, five.len()), Err(Refusal::TunnelDepth));
    let mut lab = Lab::new();
    lab.frame(LinkType::ETHERNET, &five, five.len());
    lab.finish();
    assert_eq!(lab.assembly.stats().skipped_tunnel_depth, 1);
}

#[test]
fn a_cut_outside_is_missing_inside() {
    let whole = vxlan(2, &udp(1, 53, b"hello world"));
    match decoded(&whole[..whole.len() - 6], whole.len()) {
        Ok(Decoded::Packet(Packet {
            payload: Transport::Udp(datagram),
            ..
        })) => assert_eq!((datagram.data, datagram.missing), (&b"hello"[..], 6)),
        other => panic!("{other:?}"),
    }
}

/// The fragments of an Ethernet frame's IPv4 packet, cut every `size` bytes.
fn fragments(frame: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (header, payload) = frame.split_at(34);
    let count = payload.len().div_ceil(size);
    let one = |(at, piece): (usize, &[u8])| {
        let mut bytes = [header, piece].concat();
        let more = if at + 1 < count { 0x2000 } else { 0 };
        bytes[16..18].copy_from_slice(&(20 + piece.len() as u16).to_be_bytes());
        bytes[18..20].copy_from_slice(&77u16.to_be_bytes());
        bytes[20..22].copy_from_slice(&(more | (at * size / 8) as u16).to_be_bytes());
        bytes
    };
    payload.chunks(size).enumerate().map(one).collect()
}

#[test]
fn fragments_in_a_tunnel_in_fragments_become_one() {
    let mut lab = Lab::new();
    for piece in fragments(&udp(1, 53, &[b'x'; 100]), 64) {
        for piece in fragments(&gre(2, 0x6558, &piece), 48) {
            lab.frame(LinkType::ETHERNET, &piece, piece.len());
        }
    }
    let lines = lab.finish();
    assert_eq!(lines[0].len(), "1 up []".len() + 100, "{lines:?}");
    let stats = lab.assembly.stats();
    assert_eq!(
        (
            stats.frames,
            stats.decoded,
            stats.reassembled,
            stats.reassembled_tunnels
        ),
        (5, 5, 3, 2)
    );
}

#[test]
fn frames_of_an_inner_fragment_that_stays_alone_are_lost() {
    let mut lab = Lab::new();
    let inner = fragments(&udp(1, 53, &[b'x'; 100]), 64).remove(0);
    for piece in fragments(&gre(2, 0x6558, &inner), 48) {
        lab.frame(LinkType::ETHERNET, &piece, piece.len());
    }
    lab.finish();
    assert_eq!(lab.assembly.stats().lost(), 3);
}

#[test]
fn every_fragment_of_a_tunnel_goes_to_the_worker_of_what_is_inside() {
    let worker = |affinity: &mut crate::Affinity, data: &[u8]| {
        let (seq, id, time) = (1, crate::flow::FrameId::default(), crate::time::Timestamp(0));
        let (link, wire_len) = (LinkType::ETHERNET, data.len() as u32);
        affinity.worker(
            &Frame {
                seq,
                id,
                time,
                link,
                data,
                wire_len,
                stripped: None,
            },
            61,
        )
    };
    for end in 2..60 {
        let inner = udp(1, 53, &[b'x'; 100]);
        let home = worker(&mut crate::Affinity::default(), &inner);
        let outer = worker(&mut crate::Affinity::default(), &udp(end, 53, b""));
        for tunnel in [vxlan(end, &inner), gre(end, 0x6558, &inner)] {
            let pieces = fragments(&tunnel, 64);
            let mut affinity = crate::Affinity::default();
            assert_eq!(worker(&mut affinity, &tunnel), home);
            assert!(pieces.iter().all(|piece| worker(&mut affinity, piece) == home));
            // In another order they still stay together.
            let mut affinity = crate::Affinity::default();
            assert!(pieces.iter().rev().all(|piece| worker(&mut affinity, piece) == outer));
        }
    }
}

proptest! {
    /// Tunnels with bytes changed: nothing panics, and every frame is accounted for.
    #[test]
    fn damaged_tunnels_never_panic(
        changes in prop::collection::vec((0usize..160, any::<u8>()), 0..6),
        kind in 0usize..3,
        cut in 0usize..40,
    ) {
        let inner = vxlan(2, &udp(1, 53, b"hello"));
        let mut data = match kind {
            0 => gre(3, 0x6558, &inner),
            1 => gre(3, 0x88be, &inner),
            _ => vxlan(3, &inner),
        };
        for (at, value) in changes {
            if let Some(byte) = data.get_mut(at) {
                *byte = value;
            }
        }
        let mut lab = Lab::new();
        let length = data.len();
        lab.frame(LinkType::ETHERNET, &data[..length - cut.min(length)], length);
        lab.finish();
    }
}
