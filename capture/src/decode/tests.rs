//! Frames of every kind, by hand.

use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::*;
use crate::flow::{CaptureId, FrameId};
use crate::time::Timestamp;

fn decoded<'a>(link: LinkType, data: &'a [u8], wire_len: usize) -> Result<Decoded<'a>, Refusal> {
    decode(&Frame {
        seq: 1,
        id: FrameId {
            capture: CaptureId(0),
            number: 1,
        },
        time: Timestamp(0),
        link,
        data,
        wire_len: wire_len as u32,
        stripped: None,
    })
}

fn refused(link: LinkType, data: &[u8]) -> Refusal {
    decoded(link, data, data.len()).err().unwrap()
}

fn udp<'a>(link: LinkType, data: &'a [u8], wire_len: usize) -> (Path, Datagram<'a>) {
    match decoded(link, data, wire_len) {
        Ok(Decoded::Packet(Packet {
            path,
            payload: Transport::Udp(datagram),
            ..
        })) => (path, datagram),
        other => panic!("{other:?}"),
    }
}

fn tcp<'a>(link: LinkType, data: &'a [u8], wire_len: usize) -> Segment<'a> {
    match decoded(link, data, wire_len) {
        Ok(Decoded::Packet(Packet {
            payload: Transport::Tcp(segment),
            ..
        })) => segment,
        other => panic!("{other:?}"),
    }
}

/// An IPv4 UDP packet from 10.0.0.1:1000 to 10.0.0.2:53.
fn ip_udp(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .udp(1_000, 53)
        .write(&mut bytes, payload)
        .unwrap();
    bytes
}

fn ip_tcp(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let builder = PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .tcp(1_000, 389, 7, 100)
        .ack(9);
    builder.write(&mut bytes, payload).unwrap();
    bytes
}

/// `payload` behind an Ethernet header and tags.
fn ethernet(tags: &[(u16, u16)], kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    for (tag, id) in tags {
        bytes.extend(tag.to_be_bytes());
        bytes.extend((0x6000 | id).to_be_bytes());
    }
    bytes.extend(kind.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

#[test]
fn link_layers() {
    let ip = ip_udp(b"hi");
    let sll = [&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0][..], &ip].concat();
    let sll2 = [&[8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0][..], &ip].concat();
    let fddi = [
        &[0x50, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..],
        &ip,
    ]
    .concat();
    let mac = Some(Mac([2, 0, 0, 0, 0, 1]));
    for (link, data, source, destination) in [
        (
            LinkType::ETHERNET,
            ethernet(&[], 0x0800, &ip),
            mac,
            Some(Mac([2, 0, 0, 0, 0, 2])),
        ),
        (LinkType::RAW, ip.clone(), None, None),
        (LinkType::DLT_RAW, ip.clone(), None, None),
        (LinkType::DLT_RAW_OPENBSD, ip.clone(), None, None),
        (LinkType::IPV4, ip.clone(), None, None),
        (LinkType::NULL, [&[2, 0, 0, 0][..], &ip].concat(), None, None),
        (LinkType::NULL, [&[0, 0, 0, 2][..], &ip].concat(), None, None),
        (LinkType::LOOP, [&[0, 0, 0, 2][..], &ip].concat(), None, None),
        (LinkType::LINUX_SLL, sll, mac, None),
        (LinkType::FDDI, fddi, mac, Some(Mac([2, 0, 0, 0, 0, 2]))),
        (LinkType::LINUX_SLL2, sll2, mac, None),
    ] {
        let (path, datagram) = udp(link, &data, data.len());
        assert_eq!((datagram.data, datagram.missing), (&b"hi"[..], 0), "{link:?}");
        assert_eq!(
            (path.source_mac, path.destination_mac),
            (source, destination),
            "{link:?}"
        );
        assert_eq!(path.source.to_string(), "10.0.0.1");
    }
}

#[test]
fn tags_are_hops() {
    let data = ethernet(&[(0x88a8, 100), (0x8100, 7)], 0x0800, &ip_udp(b"hi"));
    let (path, _) = udp(LinkType::ETHERNET, &data, data.len());
    assert_eq!(path.tunnel.0[..], [Hop::Vlan(100), Hop::Vlan(7)]);
    let four = ethernet(&[(0x8100, 1); 4], 0x0800, &ip_udp(b"hi"));
    assert_eq!(refused(LinkType::ETHERNET, &four), Refusal::Tags);
}

#[test]
fn what_switches_of_cisco_leave_on_frames_are_hops() {
    let from = [&[0, 0, 0, 0x2a, 8, 0][..], &ip_udp(b"hi")].concat();
    let tagged = ethernet(&[(0x8100, 7)], 0x8926, &from);
    let (path, datagram) = udp(LinkType::ETHERNET, &tagged, tagged.len());
    assert_eq!(
        (&path.tunnel.0[..], datagram.data),
        (&[Hop::Vlan(7), Hop::VnTag(42)][..], &b"hi"[..])
    );
    assert_eq!(path.source_mac, Some(Mac([2, 0, 0, 0, 0, 1])));
    let to = [&[0x80, 9, 0, 0x2a, 0x81, 0, 0x60, 5, 8, 0][..], &ip_udp(b"hi")].concat();
    let tagged = ethernet(&[], 0x8926, &to);
    let (path, _) = udp(LinkType::ETHERNET, &tagged, tagged.len());
    assert_eq!(path.tunnel.0[..], [Hop::VnTag(9), Hop::Vlan(5)]);
    let inner = ethernet(&[(0x8100, 7)], 0x0800, &ip_udp(b"hi"));
    let fabric = ethernet(&[], 0x8903, &[&[0x00, 0x7f][..], &inner].concat());
    let (path, datagram) = udp(LinkType::ETHERNET, &fabric, fabric.len());
    assert_eq!(
        (&path.tunnel.0[..], datagram.data),
        (&[Hop::FabricPath(1), Hop::Vlan(7)][..], &b"hi"[..])
    );
    assert_eq!(path.tunnel.depth(), 1);
}

#[test]
fn tags_of_cisco_are_bounded_and_may_be_cut() {
    let bomb = ethernet(&[], 0x8926, &[0, 0, 0, 1, 0x89, 0x26].repeat(2_000));
    assert_eq!(refused(LinkType::ETHERNET, &bomb), Refusal::TunnelDepth);
    let bomb = (0..40).fold(ip_udp(b"hi"), |frame, _| {
        ethernet(&[], 0x8903, &[&[0, 1][..], &frame].concat())
    });
    assert_eq!(refused(LinkType::ETHERNET, &bomb), Refusal::TunnelDepth);
    for kind in [0x8926, 0x8903] {
        for length in 0..20 {
            refused(LinkType::ETHERNET, &ethernet(&[], kind, &[0x89; 20][..length]));
        }
    }
}

#[test]
fn what_is_not_read_is_named() {
    assert_eq!(refused(LinkType(105), b"802.11"), Refusal::LinkType);
    assert_eq!(
        refused(LinkType::ETHERNET, &ethernet(&[], 0x0806, &[0; 28])),
        Refusal::Arp
    );
    assert_eq!(
        refused(LinkType::ETHERNET, &ethernet(&[], 38, &[0x42; 38])),
        Refusal::NotIp
    );
    assert_eq!(refused(LinkType::NULL, &[7, 0, 0, 0, 1]), Refusal::NotIp);
    let mut icmp = ip_udp(b"hi");
    icmp[9] = 1;
    assert_eq!(refused(LinkType::RAW, &icmp), Refusal::Icmp);
    icmp[9] = 47;
    assert_eq!(refused(LinkType::RAW, &icmp), Refusal::Gre);
    icmp[9] = 50;
    assert_eq!(refused(LinkType::RAW, &icmp), Refusal::Esp);
    icmp[9] = 89;
    assert_eq!(refused(LinkType::RAW, &icmp), Refusal::IpProtocol);
}

#[test]
fn what_is_malformed_is_named_or_was_cut() {
    assert_eq!(refused(LinkType::ETHERNET, &[0; 13]), Refusal::BadLink);
    assert_eq!(refused(LinkType::RAW, &[0x44; 40]), Refusal::BadIp);
    assert_eq!(refused(LinkType::RAW, &ip_udp(b"")[..24]), Refusal::BadUdp);
    let mut short = ip_tcp(b"");
    short[32] = 0x40;
    assert_eq!(refused(LinkType::RAW, &short), Refusal::BadTcp);
    assert_eq!(
        decoded(LinkType::RAW, &ip_udp(b"hi")[..24], 30).err(),
        Some(Refusal::Snapped)
    );
    assert_eq!(
        decoded(LinkType::RAW, &ip_tcp(b"hi")[..30], 42).err(),
        Some(Refusal::Snapped)
    );
}

#[test]
fn padding_is_no_payload() {
    let mut data = ethernet(&[], 0x0800, &ip_tcp(b"hi"));
    data.resize(60, 0);
    let segment = tcp(LinkType::ETHERNET, &data, 60);
    assert_eq!(
        (segment.data, segment.missing, segment.acknowledgment),
        (&b"hi"[..], 0, Some(9))
    );
}

#[test]
fn cut_payloads_say_what_is_missing() {
    let whole = ip_udp(b"hello world");
    let (_, datagram) = udp(LinkType::RAW, &whole[..33], whole.len());
    assert_eq!((datagram.data, datagram.missing), (&b"hello"[..], 6));
    let whole = ip_tcp(b"hello world");
    let segment = tcp(LinkType::RAW, &whole[..45], whole.len());
    assert_eq!((segment.data, segment.missing), (&b"hello"[..], 6));
}

#[test]
fn superframes_take_their_length_from_the_capture() {
    let payload = vec![b'x'; 64 << 10];
    let mut v4 = ip_tcp(b"");
    v4[2..4].fill(0);
    v4.extend(&payload);
    assert_eq!(tcp(LinkType::RAW, &v4, v4.len()).data.len(), payload.len());
    assert_eq!(tcp(LinkType::RAW, &v4, v4.len() + 10).missing, 10);
    let mut v6 = Vec::new();
    PacketBuilder::ipv6([1; 16], [2; 16], 64)
        .tcp(1, 2, 3, 4)
        .write(&mut v6, b"")
        .unwrap();
    v6[4..6].fill(0);
    v6.extend(&payload);
    assert_eq!(tcp(LinkType::RAW, &v6, v6.len()).data.len(), payload.len());
    // With a jumbo payload option in a hop-by-hop header (RFC 2675 §2).
    let mut jumbo = v6[..40].to_vec();
    jumbo[6] = 0;
    jumbo.extend([6, 0, 0xc2, 4, 0, 1, 0, 20]);
    jumbo.extend(&v6[40..]);
    assert_eq!(tcp(LinkType::RAW, &jumbo, jumbo.len()).data.len(), payload.len());
    // UDP segmentation offload: no length in either header.
    let mut offloaded = ip_udp(b"");
    offloaded[2..4].fill(0);
    offloaded[24..26].fill(0);
    offloaded.extend(&payload);
    let (_, datagram) = udp(LinkType::RAW, &offloaded, offloaded.len() + 5);
    assert_eq!((datagram.data.len(), datagram.missing), (payload.len(), 5));
}

#[test]
fn extension_headers_are_passed() {
    let mut data = Vec::new();
    PacketBuilder::ipv6([1; 16], [2; 16], 64)
        .udp(1, 2)
        .write(&mut data, b"hi")
        .unwrap();
    let transport = data.split_off(40);
    data[6] = 0;
    data[5] += 24;
    data.extend([43, 0, 1, 4, 0, 0, 0, 0]);
    data.extend([60, 0, 4, 0, 0, 0, 0, 0]);
    data.extend([17, 0, 1, 4, 0, 0, 0, 0]);
    data.extend(transport);
    assert_eq!(udp(LinkType::RAW, &data, data.len()).1.data, b"hi");
}

#[test]
fn a_fragment_of_ipv6_has_data_where_headers_were() {
    let mut data = Vec::new();
    PacketBuilder::ipv6([1; 16], [2; 16], 64)
        .udp(1, 2)
        .write(&mut data, b"hi")
        .unwrap();
    data.truncate(40);
    data[6] = 0;
    data[5] = 8 + 8 + 16;
    data.extend([44, 0, 1, 4, 0, 0, 0, 0]);
    // Its first header is a destination options header, which was in the first fragment.
    data.extend([60, 0, 0, 16 | 1, 0, 0, 0, 99]);
    data.extend([0xff; 16]);
    match decoded(LinkType::RAW, &data, data.len()) {
        Ok(Decoded::Fragment(fragment)) => {
            assert_eq!(
                (
                    fragment.offset,
                    fragment.more,
                    fragment.identification,
                    fragment.protocol
                ),
                (16, true, 99, 60)
            );
            assert_eq!(fragment.data, [0xff; 16]);
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    /// Plain frames with up to six bytes changed, and other bytes behind them.
    #[test]
    fn the_shortcut_is_the_general_way(
        tcp in any::<bool>(),
        payload in prop::collection::vec(any::<u8>(), 0..40),
        tail in prop::collection::vec(any::<u8>(), 0..20),
        changes in prop::collection::vec((0usize..60, any::<u8>()), 0..6),
        cut in 0usize..20,
    ) {
        let mut data = ethernet(&[], 0x0800, &if tcp { ip_tcp(&payload) } else { ip_udp(&payload) });
        data.extend(tail);
        for (at, value) in changes {
            if let Some(byte) = data.get_mut(at) {
                *byte = value;
            }
        }
        let id = FrameId { capture: CaptureId(0), number: 1 };
        let wire_len = (data.len() + cut / 10 * cut) as u32;
        let frame = Frame { seq: 1, id, time: Timestamp(0), link: LinkType::ETHERNET, data: &data, wire_len, stripped: None };
        let cut = wire_len - data.len() as u32;
        prop_assert_eq!(decode(&frame), general(Input { link: frame.link, data: &data, cut, depth: 0 }));
    }
}

#[test]
fn pktap_says_where_its_frame_is_and_of_what_kind() {
    let mut data = [16_u32, 1, 1].map(u32::to_le_bytes).concat();
    data.extend([0, 0, 0, 0, b'x']);
    assert_eq!(pktap(&data), Some((LinkType::ETHERNET, b"x".as_slice())));
    data[8] = 149;
    assert_eq!(pktap(&data), None, "PKTAP in PKTAP");
    assert_eq!(pktap(&data[..8]), None);
}

#[test]
fn pppoe_sessions_carry_ip() {
    let layer = tunnel::pppoe(&[0x11, 0, 0, 7, 0, 3, 0, 0x21, 0x45]).unwrap();
    assert_eq!(
        (layer.hop, layer.link, layer.data),
        (Hop::Pppoe(7), LinkType::RAW, [0x45].as_slice())
    );
    assert!(
        tunnel::pppoe(&[0x11, 0, 0, 7, 0, 3, 0xc0, 0x21, 1]).is_none(),
        "LCP is no IP"
    );
}
