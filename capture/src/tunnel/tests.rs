//! Tunnel headers by hand, whole and damaged.

use proptest::prelude::*;

use super::*;
use crate::decode::Refusal;

const INNER: &[u8] = &[0x45, 0, 0, 1];

fn layer(hop: Hop, link: LinkType) -> Option<Layer<'static>> {
    Some(Layer::new(hop, link, INNER))
}

fn behind(header: &[u8]) -> Vec<u8> {
    [header, INNER].concat()
}

#[test]
fn gre_with_and_without_its_optional_fields() {
    for (header, hop) in [
        (&[0, 0, 8, 0][..], Hop::Gre(None)),
        (&[0, 0, 0x86, 0xdd], Hop::Gre(None)),
        (&[0x80, 0, 8, 0, 1, 2, 0, 0], Hop::Gre(None)),
        (&[0x20, 0, 8, 0, 0, 0, 0, 77], Hop::Gre(Some(77))),
        (
            &[0xb0, 0, 8, 0, 1, 2, 0, 0, 0, 0, 0, 77, 0, 0, 0, 5],
            Hop::Gre(Some(77)),
        ),
    ] {
        assert_eq!(gre(&behind(header), 0), layer(hop, LinkType::RAW), "{header:?}");
        assert_eq!(
            datagram(4754, &behind(header), 0),
            layer(hop, LinkType::RAW),
            "{header:?}"
        );
        for cut in 0..header.len() {
            assert_eq!(gre(&header[..cut], 0), None, "{header:?}");
        }
    }
    assert_eq!(
        gre(&behind(&[0, 0, 0x65, 0x58]), 0),
        layer(Hop::Gre(None), LinkType::ETHERNET)
    );
    // Routing, reserved bits that are to be refused, PPTP's version, PPP.
    for header in [
        [0x40, 0, 8, 0],
        [8, 0, 8, 0],
        [4, 0, 8, 0],
        [0, 1, 8, 0],
        [0, 0, 0x88, 0x0b],
    ] {
        assert_eq!(gre(&behind(&header), 0), None, "{header:?}");
    }
}

#[test]
fn erspan_of_three_types() {
    let one = [0, 0, 0x88, 0xbe];
    assert_eq!(gre(&behind(&one), 0), layer(Hop::Erspan1, LinkType::ETHERNET));
    let mut two = vec![0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0xfc | 1, 2, 0, 0, 0, 0];
    assert_eq!(gre(&behind(&two), 0), layer(Hop::Erspan2(258), LinkType::ETHERNET));
    two[8] = 0x20;
    assert_eq!(gre(&behind(&two), 0), None);
    let mut three = vec![0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 9, 1, 2, 3, 4, 0, 0, 0, 0];
    assert_eq!(gre(&behind(&three), 0), layer(Hop::Erspan3(9), LinkType::ETHERNET));
    three[18] = 2 << 2;
    assert_eq!(gre(&behind(&three), 0), layer(Hop::Erspan3(9), LinkType::RAW));
    three[18] = 1 << 2;
    assert_eq!(gre(&behind(&three), 0), None);
    three[18] = 0;
    three[19] = 1;
    assert_eq!(gre(&three, 0), None);
    three.extend([9; 8]);
    assert_eq!(gre(&behind(&three), 0), layer(Hop::Erspan3(9), LinkType::ETHERNET));
}

#[test]
fn erspan_tells_vlan_and_port() {
    let hops = |data: &[u8]| gre(data, 0).unwrap().hops().collect::<Vec<_>>();
    let two = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x11, 7, 0, 2, 0xff, 0xf1, 2, 3];
    let (session, port) = (Hop::Erspan2(2), Hop::Port(0x1_0203));
    assert_eq!(hops(&behind(&two)), [session, port, Hop::Vlan(0x107)]);
    // A frame that kept its tag says so itself.
    let tagged = [&[0; 12][..], &[0x81, 0, 0x61, 7]].concat();
    assert_eq!(hops(&[&two[..], &tagged].concat()), [session, port]);
    let three = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 7, 0, 9, 1, 2, 3, 4, 0, 0, 0, 8];
    assert_eq!(hops(&behind(&three)), [Hop::Erspan3(9), Hop::Vlan(7)]);
    assert_eq!(hops(&[&three[..], &tagged].concat()), [Hop::Erspan3(9), Hop::Vlan(7)]);
}

/// An Ethernet header whose first byte is `first`, with a type of its own.
fn frame(first: u8) -> Vec<u8> {
    [&[first][..], &[7; 11], &[8, 0], &[0x45; 30]].concat()
}

#[test]
fn mpls_is_told_by_what_is_behind_the_labels() {
    let v4 = [&[0x45, 0, 0, 24, 0, 0, 0, 0][..], &[9; 16]].concat();
    let v6 = [&[0x60, 0, 0, 0, 0, 2, 17, 9][..], &[9; 34]].concat();
    for (inner, link, skip) in [
        (&v4, LinkType::RAW, 0),
        (&v6, LinkType::RAW, 0),
        (&[&[0; 4][..], &frame(0)].concat(), LinkType::ETHERNET, 4),
        (&[&[0, 0, 0, 9][..], &frame(0x46)].concat(), LinkType::ETHERNET, 4),
        (&frame(0), LinkType::ETHERNET, 0),
        (&frame(0x1c), LinkType::ETHERNET, 0),
        // An address that looks like a version of IP, of which the length is wrong.
        (&frame(0x48), LinkType::ETHERNET, 0),
        (&frame(0x6a), LinkType::ETHERNET, 0),
    ] {
        for labels in [&[0, 1, 0x01, 64][..], &[0, 0x10, 0, 64, 0, 0, 0x70, 2, 0, 1, 0x0f, 64]] {
            let data = [labels, inner].concat();
            let expected = Layer::new(Hop::Mpls(16), link, &inner[skip..]);
            assert_eq!(mpls(&data, 0), Some(expected), "{inner:x?}");
        }
    }
    // An associated channel, no bottom, too many labels, nothing behind.
    assert_eq!(mpls(&[0, 1, 1, 64, 0x10, 0, 0, 7, 1, 2, 3, 4], 0), None);
    assert_eq!(mpls(&[0, 1, 0, 64], 0), None);
    let deep = [vec![0; 64], vec![0, 1, 1, 64], v4.clone()].concat();
    assert_eq!(mpls(&deep, 0), None);
    assert_eq!(mpls(&[0, 1, 1, 64], 0), None);
    // Cut by the snap length it is IP still.
    let cut = [&[0, 1, 1, 64][..], &v4[..20]].concat();
    assert_eq!(mpls(&cut, 4).map(|layer| layer.link), Some(LinkType::RAW));
    assert_eq!(mpls(&cut, 0), None);
}

#[test]
fn mpls_in_gre_and_geneve_is_two_hops() {
    let inner = [&[0, 1, 1, 64][..], &[0x45, 0, 0, 20], &[9; 16]].concat();
    for kind in [0x47, 0x48] {
        let layer = gre(&[&[0, 0, 0x88, kind][..], &inner].concat(), 0).map(|layer| layer.hops().collect());
        assert_eq!(layer, Some(vec![Hop::Gre(None), Hop::Mpls(16)]));
    }
    let geneve = [&[0, 0, 0x88, 0x47, 0, 0, 7, 0][..], &inner].concat();
    let hops: Vec<_> = datagram(6081, &geneve, 0).unwrap().hops().collect();
    assert_eq!(hops, [Hop::Geneve(7), Hop::Mpls(16)]);
    let hops: Vec<_> = datagram(6635, &inner, 0).unwrap().hops().collect();
    assert_eq!(hops, [Hop::Mpls(16)]);
}

#[test]
fn tzsp_passes_its_fields() {
    for fields in [&[1][..], &[0, 0, 1], &[10, 1, 0xc4, 0, 13, 4, 1, 2, 3, 4, 1]] {
        let data = behind(&[&[1, 0, 0, 1][..], fields].concat());
        assert_eq!(
            datagram(37_008, &data, 0),
            layer(Hop::Tzsp, LinkType::ETHERNET),
            "{fields:?}"
        );
    }
    // A keep-alive, another link layer, a field that never ends, none at all.
    for header in [
        &[1, 4, 0, 1, 1][..],
        &[1, 0, 0, 18, 1],
        &[1, 0, 0, 1, 10, 99, 1],
        &[1, 0, 0, 1],
    ] {
        assert_eq!(datagram(37_008, header, 0), None, "{header:?}");
    }
}

#[test]
fn vxlan_gpe_says_what_follows() {
    for (flags, next, link) in [
        (0x0c, 1, LinkType::RAW),
        (0x0c, 2, LinkType::RAW),
        (0x0c, 3, LinkType::ETHERNET),
        (0x08, 0, LinkType::ETHERNET),
    ] {
        let data = behind(&[flags, 0, 0, next, 0, 1, 2, 0]);
        assert_eq!(datagram(4790, &data, 0), layer(Hop::VxlanGpe(258), link));
        assert_eq!(unread::datagram(4790, &data), None);
    }
    // A network service header, control, another version, an invalid VNI, nothing known.
    let headers = [[0x0c, 4], [0x0d, 1], [0x1c, 1], [4, 1], [0x0c, 9]];
    for (at, [flags, next]) in headers.into_iter().enumerate() {
        let data = behind(&[flags, 0, 0, next, 0, 1, 2, 0]);
        assert_eq!(datagram(4790, &data, 0), None);
        assert_eq!(unread::datagram(4790, &data), (at == 0).then_some(Refusal::Nsh));
    }
}

#[test]
fn tunnels_that_are_not_followed_have_names() {
    let l2tp = [0x40, 2, 0, 20, 0, 1, 0, 1, 0xff, 3, 0, 0x21];
    assert_eq!(unread::datagram(1701, &l2tp), Some(Refusal::L2tp));
    assert_eq!(unread::datagram(1701, &[0, 3, 0, 0, 0, 0, 0, 1]), Some(Refusal::L2tp));
    assert_eq!(
        unread::datagram(1701, &[0xc8, 2, 0, 20]),
        None,
        "control is a conversation"
    );
    let esp = [0, 0, 0, 9, 0, 0, 0, 1, 7, 7];
    assert_eq!(unread::datagram(4500, &esp), Some(Refusal::Esp));
    assert_eq!(unread::datagram(4500, &[0, 0, 0, 0, 1, 2, 3, 4, 5]), None, "IKE");
    assert_eq!(unread::datagram(4500, &[0xff]), None, "keep-alive");
    let nsh = [0, 0, 0x89, 0x4f, 0, 0, 7, 0];
    assert_eq!(unread::datagram(6081, &nsh), Some(Refusal::Nsh));
    for (number, refusal) in [(50, Refusal::Esp), (115, Refusal::L2tp), (97, Refusal::IpTunnel)] {
        assert_eq!(unread::protocol(number), Some(refusal));
    }
    assert_eq!(unread::protocol(89), None, "OSPF carries nobody else's packets");
}

#[test]
fn vxlan_needs_its_flag() {
    let header = [8, 0, 0, 0, 0, 1, 2, 0];
    assert_eq!(
        datagram(4789, &behind(&header), 0),
        layer(Hop::Vxlan(258), LinkType::ETHERNET)
    );
    assert_eq!(datagram(4789, &behind(&[0; 8]), 0), None);
    assert_eq!(datagram(4789, &header[..7], 0), None);
    assert_eq!(datagram(4791, &behind(&header), 0), None);
}

#[test]
fn geneve_passes_its_options() {
    let header = [1, 0x40, 0x65, 0x58, 0, 1, 2, 0, 9, 9, 9, 9];
    assert_eq!(
        datagram(6081, &behind(&header), 0),
        layer(Hop::Geneve(258), LinkType::ETHERNET)
    );
    assert_eq!(datagram(6081, &header[..10], 0), None);
    assert_eq!(
        datagram(6081, &behind(&[0, 0, 0x86, 0xdd, 0, 0, 7, 0]), 0),
        layer(Hop::Geneve(7), LinkType::RAW)
    );
    // A control packet, another version, a payload that is not read.
    for header in [
        [0, 0x80, 8, 0, 0, 0, 7, 0],
        [0x40, 0, 8, 0, 0, 0, 7, 0],
        [0, 0, 8, 6, 0, 0, 7, 0],
    ] {
        assert_eq!(datagram(6081, &behind(&header), 0), None, "{header:?}");
    }
}

#[test]
fn gtp_passes_its_extension_headers() {
    let hop = Hop::Gtp(0x0102_0304);
    for header in [
        &[0x30, 255, 0, 4, 1, 2, 3, 4][..],
        &[0x32, 255, 0, 8, 1, 2, 3, 4, 0, 7, 0, 0],
        // What says that an extension follows is not to be read without E.
        &[0x31, 255, 0, 8, 1, 2, 3, 4, 0, 7, 0, 0x85],
        &[0x36, 255, 0, 16, 1, 2, 3, 4, 0, 7, 0, 0x85, 1, 0, 9, 0x85, 1, 0, 9, 0],
    ] {
        let data = behind(header);
        assert_eq!(datagram(2152, &data, 0), layer(hop, LinkType::RAW), "{header:?}");
        let padded = [&data[..], &[0; 3]].concat();
        assert_eq!(datagram(2152, &padded, 0), layer(hop, LinkType::RAW), "{header:?}");
        // Cut by the snap length it is one, shorter than it says it is none.
        assert!(datagram(2152, &data[..data.len() - 1], 1).is_some());
        assert_eq!(datagram(2152, &data[..data.len() - 1], 0), None);
    }
    for header in [
        // An echo request, GTP', a version to come, an extension of no length, one that never ends.
        &[0x30, 1, 0, 4, 1, 2, 3, 4][..],
        &[0x20, 255, 0, 4, 1, 2, 3, 4],
        &[0x50, 255, 0, 4, 1, 2, 3, 4],
        &[0x34, 255, 0, 12, 1, 2, 3, 4, 0, 7, 0, 0x85, 0, 0, 9, 0x85],
        &[0x34, 255, 0, 12, 1, 2, 3, 4, 0, 7, 0, 0x85, 9, 0, 9, 0],
    ] {
        assert_eq!(datagram(2152, &behind(header), 0), None, "{header:?}");
    }
    assert_eq!(datagram(2152, &[0x30, 255, 0, 1, 0, 0, 0, 1, 0x99], 0), None);
}

#[test]
fn a_hop_stays_small_and_has_a_name() {
    assert_eq!(size_of::<Hop>(), 8);
    let names = [
        (Hop::Gre(None), "gre"),
        (Hop::Gre(Some(7)), "gre:7"),
        (Hop::Erspan1, "erspan1"),
        (Hop::Erspan2(100), "erspan2:100"),
        (Hop::Erspan3(1), "erspan3:1"),
        (Hop::Vxlan(77), "vxlan:77"),
        (Hop::Geneve(5), "geneve:5"),
        (Hop::Gtp(9), "gtp:9"),
        (Hop::VxlanGpe(6), "vxlan-gpe:6"),
        (Hop::Mpls(16), "mpls:16"),
        (Hop::Tzsp, "tzsp"),
        (Hop::Ip, "ipip"),
        (Hop::Port(3), "port:3"),
    ];
    for (hop, name) in names {
        assert_eq!(hop.to_string(), name);
    }
}

proptest! {
    #[test]
    fn what_comes_out_was_in_it(data in prop::collection::vec(any::<u8>(), 0..80), missing in 0u32..100) {
        for layer in [2152, 4754, 4789, 4790, 6081, 6635, 8472, 37_008].into_iter().filter_map(|port| datagram(port, &data, missing)) {
            prop_assert!(layer.data.len() < data.len());
        }
    }
}
