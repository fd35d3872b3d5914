//! Tunnel headers by hand, whole and damaged.

use proptest::prelude::*;

use super::*;

const INNER: &[u8] = &[0x45, 0, 0, 1];

fn layer(hop: Hop, link: LinkType) -> Option<Layer<'static>> {
    Some(Layer { hop, link, data: INNER })
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
        assert_eq!(gre(&behind(header)), layer(hop, LinkType::RAW), "{header:?}");
        assert_eq!(
            datagram(4754, &behind(header), 0),
            layer(hop, LinkType::RAW),
            "{header:?}"
        );
        for cut in 0..header.len() {
            assert_eq!(gre(&header[..cut]), None, "{header:?}");
        }
    }
    assert_eq!(
        gre(&behind(&[0, 0, 0x65, 0x58])),
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
        assert_eq!(gre(&behind(&header)), None, "{header:?}");
    }
}

#[test]
fn erspan_of_three_types() {
    let one = [0, 0, 0x88, 0xbe];
    assert_eq!(gre(&behind(&one)), layer(Hop::Erspan1, LinkType::ETHERNET));
    let mut two = vec![0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 7, 0xfc | 1, 2, 0, 0, 0, 3];
    assert_eq!(gre(&behind(&two)), layer(Hop::Erspan2(258), LinkType::ETHERNET));
    two[8] = 0x20;
    assert_eq!(gre(&behind(&two)), None);
    let mut three = vec![0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 7, 0, 9, 1, 2, 3, 4, 0, 0, 0, 0];
    assert_eq!(gre(&behind(&three)), layer(Hop::Erspan3(9), LinkType::ETHERNET));
    three[18] = 2 << 2;
    assert_eq!(gre(&behind(&three)), layer(Hop::Erspan3(9), LinkType::RAW));
    three[18] = 1 << 2;
    assert_eq!(gre(&behind(&three)), None);
    three[18] = 0;
    three[19] = 1;
    assert_eq!(gre(&three), None);
    three.extend([9; 8]);
    assert_eq!(gre(&behind(&three)), layer(Hop::Erspan3(9), LinkType::ETHERNET));
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
    assert_eq!(datagram(4790, &behind(&header), 0), None);
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
    ];
    for (hop, name) in names {
        assert_eq!(hop.to_string(), name);
    }
}

proptest! {
    #[test]
    fn what_comes_out_was_in_it(data in prop::collection::vec(any::<u8>(), 0..80), missing in 0u32..100) {
        for layer in [2152, 4754, 4789, 6081].into_iter().filter_map(|port| datagram(port, &data, missing)) {
            prop_assert!(layer.data.len() < data.len());
        }
    }
}
