//! What holds for every frame: both machines decide as the program does, and what the decoder finds of a controller's passes.

use std::collections::HashMap;
use std::net::IpAddr;

use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::classic::machine;
use super::*;
use crate::config::Controller;

pub(super) fn config(addresses: &[&str]) -> Config {
    let addresses = addresses.iter().map(|address| address.parse().unwrap());
    with(addresses.collect())
}

pub(super) fn with(addresses: Vec<IpAddr>) -> Config {
    let mut config = Config::default();
    config.controllers.extend((!addresses.is_empty()).then(|| Controller {
        name: "dc1".to_owned(),
        addresses,
    }));
    config
}

/// What `filter` decides, by both machines.
pub(super) fn decide(filter: &Filter, frame: &[u8]) -> Reason {
    let reason = filter.judge(frame);
    let classic = machine::run(&filter.classic(), frame).0;
    assert_eq!(classic > 0, reason.passes(), "{reason:?}: {frame:02x?}");
    let extended = filter.extended(None);
    if !extended.is_empty() {
        let verdict = extended::machine::run(&extended, frame, &HashMap::new());
        assert_eq!(verdict, u64::from(reason.passes()), "{reason:?}: {frame:02x?}");
    }
    reason
}

pub(super) const CONTROLLER: [u8; 4] = [10, 0, 0, 1];
pub(super) const CLIENT: [u8; 4] = [10, 0, 0, 9];
pub(super) const OTHER: [u8; 4] = [10, 0, 0, 8];

pub(super) fn tcp(source: [u8; 4], destination: [u8; 4], ports: [u16; 2]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(source, destination, 64);
    let mut frame = Vec::new();
    builder
        .tcp(ports[0], ports[1], 1, 1024)
        .write(&mut frame, b"payload")
        .unwrap();
    frame
}

fn udp(source: [u8; 4], destination: [u8; 4], ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(source, destination, 64);
    let mut frame = Vec::new();
    builder.udp(ports[0], ports[1]).write(&mut frame, payload).unwrap();
    frame
}

fn tcp_v6(source: &str, destination: &str, ports: [u16; 2]) -> Vec<u8> {
    let [source, destination] =
        [source, destination].map(|address| address.parse::<std::net::Ipv6Addr>().unwrap().octets());
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv6(source, destination, 64);
    let mut frame = Vec::new();
    builder
        .tcp(ports[0], ports[1], 1, 1024)
        .write(&mut frame, b"payload")
        .unwrap();
    frame
}

/// `frame` behind an IPv4 header between strangers, of that protocol.
fn carried(protocol: u8, header: &[u8], frame: &[u8]) -> Vec<u8> {
    let payload = [header, frame].concat();
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([192, 168, 0, 1], [192, 168, 0, 2], 64);
    let mut outer = Vec::new();
    builder.write(&mut outer, protocol.into(), &payload).unwrap();
    outer
}

pub(super) fn tagged(frame: &[u8], tags: &[u16]) -> Vec<u8> {
    let tags: Vec<_> = tags
        .iter()
        .flat_map(|kind| [(kind >> 8) as u8, *kind as u8, 0, 7])
        .collect();
    [&frame[..12], &tags, &frame[12..]].concat()
}

#[test]
fn with_controllers_addresses_decide() {
    let filter = Filter::new(&config(&["10.0.0.1", "fd77::10"]));
    let decide = |frame: &[u8]| decide(&filter, frame);
    assert_eq!(decide(&tcp(CLIENT, CONTROLLER, [50_000, 4_711])), Reason::Controller);
    assert_eq!(decide(&tcp(CONTROLLER, CLIENT, [4_711, 50_000])), Reason::Controller);
    assert_eq!(decide(&tcp(CLIENT, OTHER, [50_000, 445])), Reason::Elsewhere);
    assert_eq!(decide(&udp(CLIENT, OTHER, [50_000, 88], b"x")), Reason::Elsewhere);
    assert_eq!(
        decide(&udp(CLIENT, [224, 0, 0, 252], [50_000, 5_355], b"x")),
        Reason::Names
    );
    assert_eq!(
        decide(&tcp_v6("fd77::99", "fd77::10", [50_000, 88])),
        Reason::Controller
    );
    assert_eq!(
        decide(&tcp_v6("fd77::10", "fd77::99", [88, 50_000])),
        Reason::Controller
    );
    assert_eq!(decide(&tcp_v6("fd77::11", "fd77::99", [88, 50_000])), Reason::Elsewhere);
}

#[test]
fn a_controllers_bulk_is_left_out_unless_the_other_port_is_read() {
    let filter = Filter::new(&config(&["10.0.0.1", "fd77::10"]));
    let decide = |frame: &[u8]| decide(&filter, frame);
    assert_eq!(decide(&tcp(CLIENT, CONTROLLER, [50_000, 22])), Reason::Bulk);
    assert_eq!(decide(&tcp(CONTROLLER, CLIENT, [22, 50_000])), Reason::Bulk);
    assert_eq!(decide(&tcp(CLIENT, CONTROLLER, [22, 389])), Reason::Controller);
    assert_eq!(decide(&tcp(CONTROLLER, CLIENT, [389, 22])), Reason::Controller);
    assert_eq!(decide(&tcp_v6("fd77::10", "fd77::99", [22, 50_000])), Reason::Bulk);
    assert_eq!(decide(&udp(CLIENT, CONTROLLER, [50_000, 443], b"x")), Reason::Bulk);
    assert_eq!(decide(&udp(CLIENT, CONTROLLER, [443, 53], b"x")), Reason::Controller);
}

#[test]
fn without_controllers_ports_decide() {
    let filter = Filter::new(&config(&[]));
    let decide = |frame: &[u8]| decide(&filter, frame);
    assert_eq!(decide(&tcp(CLIENT, OTHER, [50_000, 445])), Reason::Port);
    assert_eq!(decide(&tcp(CLIENT, OTHER, [445, 50_000])), Reason::Port);
    assert_eq!(decide(&tcp(CLIENT, OTHER, [50_000, 49_667])), Reason::Dynamic);
    assert_eq!(decide(&tcp(CLIENT, OTHER, [33_000, 49_667])), Reason::Dynamic);
    assert_eq!(decide(&tcp(CLIENT, OTHER, [49_667, 33_000])), Reason::Dynamic);
    assert_eq!(decide(&tcp(CLIENT, OTHER, [50_000, 22])), Reason::Elsewhere);
    assert_eq!(decide(&tcp(CLIENT, OTHER, [22, 50_000])), Reason::Elsewhere);
    assert_eq!(decide(&udp(CLIENT, OTHER, [50_000, 49_667], b"x")), Reason::Elsewhere);
}

#[test]
fn ports_of_the_configuration_are_taken_of_everyone() {
    let mut config = config(&["10.0.0.1"]);
    config.filter.ports = vec![1_812];
    let filter = Filter::new(&config);
    assert_eq!(
        decide(&filter, &udp(CLIENT, OTHER, [50_000, 1_812], b"x")),
        Reason::Names
    );
    assert_eq!(decide(&filter, &tcp(CLIENT, OTHER, [1_812, 50_000])), Reason::Port);
    assert_eq!(decide(&filter, &tcp(CLIENT, OTHER, [445, 50_000])), Reason::Elsewhere);
}

#[test]
fn tags_make_no_difference() {
    let filter = Filter::new(&config(&["10.0.0.1"]));
    for tags in [&[0x8100][..], &[0x88a8, 0x8100], &[0x9100, 0x88a8, 0x8100]] {
        assert_eq!(
            decide(&filter, &tagged(&tcp(CLIENT, CONTROLLER, [5, 6]), tags)),
            Reason::Controller
        );
        assert_eq!(
            decide(&filter, &tagged(&tcp(CLIENT, OTHER, [5, 6]), tags)),
            Reason::Elsewhere
        );
    }
    let many = [0x8100; 4];
    assert_eq!(
        decide(&filter, &tagged(&tcp(CLIENT, OTHER, [5, 6]), &many)),
        Reason::Tunnel
    );
}

/// Every way to carry a frame (or an IP packet) that is looked into.
pub(super) fn tunnels(frame: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let (outer, other) = ([192, 168, 0, 1], [192, 168, 0, 2]);
    let ip = &frame[14..];
    let datagram = |port, header: &[u8], inner: &[u8]| udp(outer, other, [40_000, port], &[header, inner].concat());
    let pppoe = [&[2; 12][..], &[0x88, 0x64, 0x11, 0, 0, 1, 0, 0, 0, 0x21], ip].concat();
    let mpls = [&[2; 12][..], &[0x88, 0x47, 0, 1, 0, 64, 0, 1, 1, 64], ip].concat();
    vec![
        ("gre ethernet", carried(47, &[0, 0, 0x65, 0x58], frame)),
        ("gre ip", carried(47, &[0, 0, 8, 0], ip)),
        ("gre key", carried(47, &[0x20, 0, 8, 0, 0, 0, 0, 1], ip)),
        ("gre both", carried(47, &[0x30, 0, 8, 0, 2, 2, 2, 2, 3, 3, 3, 3], ip)),
        ("erspan 1", carried(47, &[0, 0, 0x88, 0xbe], frame)),
        (
            "erspan 2",
            carried(47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 5, 0, 0, 0, 0], frame),
        ),
        (
            "erspan 3",
            carried(
                47,
                &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
                frame,
            ),
        ),
        (
            "erspan 3 with more",
            carried(
                47,
                &[
                    &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1][..],
                    &[0; 8],
                ]
                .concat(),
                frame,
            ),
        ),
        ("vxlan", datagram(4_789, &[8, 0, 0, 0, 0, 0, 7, 0], frame)),
        ("vxlan of linux", datagram(8_472, &[8, 0, 0, 0, 0, 0, 7, 0], frame)),
        ("vxlan-gpe", datagram(4_790, &[12, 0, 0, 3, 0, 0, 7, 0], frame)),
        ("vxlan-gpe ip", datagram(4_790, &[12, 0, 0, 1, 0, 0, 7, 0], ip)),
        ("mpls in udp", datagram(6_635, &[0, 1, 1, 64], ip)),
        ("geneve", datagram(6_081, &[0, 0, 0x65, 0x58, 0, 0, 7, 0], frame)),
        (
            "geneve options",
            datagram(6_081, &[&[2, 0, 8, 0, 0, 0, 7, 0][..], &[9; 8]].concat(), ip),
        ),
        ("gtp", datagram(2_152, &[0x30, 0xff, 0, 40, 0, 0, 0, 1], ip)),
        (
            "gtp numbered",
            datagram(2_152, &[0x32, 0xff, 0, 44, 0, 0, 0, 1, 0, 9, 0, 0], ip),
        ),
        ("gre in udp", datagram(4_754, &[0, 0, 8, 0], ip)),
        ("ip in ip", carried(4, &[], ip)),
        ("pppoe", pppoe),
        ("mpls", mpls),
    ]
}

#[test]
fn tunnels_are_judged_by_what_is_in_them() {
    let filter = Filter::new(&config(&["10.0.0.1"]));
    for (inner, expected) in [(CONTROLLER, Reason::Controller), (OTHER, Reason::Elsewhere)] {
        for (name, frame) in tunnels(&tcp(CLIENT, inner, [50_000, 445])) {
            assert_eq!(decide(&filter, &frame), expected, "{name}");
            // IP alone goes into what carries IP alone.
            let frames = tunnels(&frame).into_iter().filter(|_| frame[12..14] == [8, 0]);
            for (deeper, frame) in frames {
                assert_eq!(decide(&filter, &frame), expected, "{name} in {deeper}");
            }
        }
    }
}

#[test]
fn too_deep_passes() {
    let filter = Filter::new(&config(&["10.0.0.1"]));
    let mut frame = tcp(CLIENT, OTHER, [50_000, 445]);
    for depth in 0..8 {
        let expected = if depth > DEPTH {
            Reason::Tunnel
        } else {
            Reason::Elsewhere
        };
        assert_eq!(decide(&filter, &frame), expected, "{depth}");
        frame = carried(47, &[0, 0, 0x65, 0x58], &frame);
    }
}

#[test]
fn fragments_of_what_may_be_a_tunnel_pass() {
    let filter = Filter::new(&config(&["10.0.0.1"]));
    for (flags, protocol, expected) in [
        (0x2000_u16, 17, Reason::Fragment),
        (0x0010, 17, Reason::Fragment),
        (0x0010, 47, Reason::Fragment),
        (0x0010, 6, Reason::Elsewhere),
        (0x0010, 1, Reason::Protocol),
    ] {
        let mut frame = carried(protocol, &[], &[1; 40]);
        frame[20..22].copy_from_slice(&flags.to_be_bytes());
        assert_eq!(decide(&filter, &frame), expected, "{flags:x} {protocol}");
    }
    let mut own = tcp(CLIENT, CONTROLLER, [22, 22]);
    own[20..22].copy_from_slice(&[0, 5]);
    assert_eq!(decide(&filter, &own), Reason::Controller);
}

#[test]
fn what_nobody_reads_is_left_out() {
    let filter = Filter::new(&config(&["10.0.0.1"]));
    let arp = [&[2; 12][..], &[8, 6], &[0; 46]].concat();
    assert_eq!(decide(&filter, &arp), Reason::NotIp);
    assert_eq!(decide(&filter, &carried(89, &[], &[0; 40])), Reason::Protocol);
    assert_eq!(decide(&filter, &carried(50, &[], &[0; 40])), Reason::Tunnel);
    assert_eq!(decide(&filter, &[2; 9]), Reason::Short);
}

#[test]
fn many_controllers_cost_depth_and_then_the_filter() {
    let many = |count: u32| {
        let addresses = (0..count).map(|at| IpAddr::V4((0x0a01_0000 + at * 3).into()));
        Filter::new(&with(addresses.collect()))
    };
    let depths = [1, 50, 200, 400, 700].map(|count| {
        let filter = many(count);
        let code = filter.classic();
        assert_eq!(machine::refusal(&code), None);
        assert_eq!(decide(&filter, &tcp(CLIENT, [10, 1, 0, 0], [5, 6])), Reason::Controller);
        assert!(!decide(&filter, &tcp(CLIENT, OTHER, [5, 6])).passes(), "{count}");
        filter.depth
    });
    assert_eq!((depths[0], depths[4]), (DEPTH, 0), "{depths:?}");
    assert!(depths.is_sorted_by(|a, b| a >= b), "{depths:?}");
    assert_eq!(decide(&many(9_000), &tcp(CLIENT, OTHER, [5, 6])), Reason::Off);
}

#[test]
fn off_is_off() {
    let mut config = config(&["10.0.0.1"]);
    config.filter.enabled = false;
    assert_eq!(decide(&Filter::new(&config), &[]), Reason::Off);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 2_000 }))]

    #[test]
    fn any_bytes_are_decided_alike(
        which in 0..40_usize,
        cut in 0..200_usize,
        changes in prop::collection::vec((0..120_usize, any::<u8>()), 0..6),
        controllers in any::<bool>(),
    ) {
        let filter = Filter::new(&config(if controllers { &["10.0.0.1", "fd77::10"] } else { &[] }));
        let mut frames = tunnels(&tcp(CLIENT, CONTROLLER, [50_000, 445]));
        frames.push(("ipv6", tcp_v6("fd77::99", "fd77::10", [50_000, 88])));
        let at = which % frames.len();
        let mut frame = frames.swap_remove(at).1;
        for (at, byte) in changes {
            if let Some(place) = frame.get_mut(at) {
                *place = byte;
            }
        }
        frame.truncate(frame.len().saturating_sub(cut.saturating_sub(100)));
        decide(&filter, &frame);
    }
}
