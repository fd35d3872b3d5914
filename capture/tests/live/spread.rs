//! Both directions of a flow reach one worker, whatever is around them and from whichever interface.
#![expect(clippy::indexing_slicing, reason = "the frames are the test's own")]

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use capture::source::live::Live;
use capture::{Affinity, Frame, FrameId, LinkType, Timestamp};

use crate::lab::{Seen, Sender, cable, drain, inside, ipv4, numbered, opened, udp};

const WORKERS: u8 = 4;
const DC: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 10);

/// What each worker got.
fn collect(mut sources: Vec<Live>) -> Vec<Vec<Seen>> {
    sources
        .iter_mut()
        .map(|live| drain(live, Duration::from_millis(100)))
        .collect()
}

fn owner(seen: &Seen) -> usize {
    Affinity::default().worker(
        &Frame {
            seq: 1,
            id: FrameId::default(),
            time: Timestamp(0),
            link: LinkType::ETHERNET,
            data: &seen.data,
            wire_len: seen.wire_len,
            stripped: None,
        },
        WORKERS.into(),
    )
}

/// The encapsulations that mirrors use, of a datagram between `client` and the controller; the tunnel's ends stay as they are.
fn encapsulated(client: Ipv4Addr, up: bool) -> Vec<Vec<u8>> {
    let (source, destination) = if up { (client, DC) } else { (DC, client) };
    let inner = udp(source, destination, 88, b"AS-REQ");
    let (switch, sensor) = (Ipv4Addr::new(172, 16, 0, 1), Ipv4Addr::new(172, 16, 0, 2));
    let vxlan = |inner: &[u8]| udp(switch, sensor, 4789, &[&[8, 0, 0, 0, 0, 0, 7, 0][..], inner].concat());
    let gre = |header: &[u8], inner: &[u8]| ipv4(switch, sensor, 47, 0, &[header, inner].concat());
    let erspan = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 7, 0xfc, 2, 0, 0, 0, 3];
    vec![
        inner.clone(),
        [&inner[..12], &[0x81, 0, 0, 9], &inner[12..]].concat(),
        [&inner[..12], &[0x88, 0xa8, 0, 9, 0x81, 0, 0, 9], &inner[12..]].concat(),
        vxlan(&inner),
        vxlan(&vxlan(&inner)),
        udp(
            switch,
            sensor,
            6081,
            &[&[0, 0, 0x65, 0x58, 0, 0, 7, 0][..], &inner].concat(),
        ),
        [&inner[..12], &[0x88, 0x47, 0, 1, 0, 64, 0, 1, 1, 64], &inner[14..]].concat(),
        ipv4(switch, sensor, 4, 0, &inner[14..]),
        udp(
            switch,
            sensor,
            4790,
            &[&[0x0c, 0, 0, 3, 0, 0, 7, 0][..], &inner].concat(),
        ),
        gre(&erspan, &inner),
        gre(&[0, 0, 8, 0], &inner[14..]),
        ipv4(source, destination, 17, 0x2000, &inner[34..]),
        ipv4(source, destination, 17, 3, &inner[34..]),
    ]
}

#[test]
fn directions_tunnels_fragments_and_interfaces_meet() {
    inside("spread::directions_tunnels_fragments_and_interfaces_meet", || {
        ["tap0", "tap1"].iter().for_each(|name| cable(name));
        let sources = opened(&["tap0", "tap1"], WORKERS).sources;
        let senders = ["tap0-far", "tap1-far"].map(Sender::new);
        let clients: Vec<_> = (0..50).map(|client| Ipv4Addr::new(10, 0, 3, client)).collect();
        let mut expected = HashMap::new();
        for client in &clients {
            for (up, sender) in [(true, &senders[0]), (false, &senders[1])] {
                for frame in encapsulated(*client, up) {
                    sender.send(&frame);
                }
            }
            let plain = udp(*client, DC, 88, b"");
            let seen = Seen {
                seq: 0,
                capture: 0,
                number: 0,
                time: 0,
                wire_len: 0,
                stripped: None,
                data: plain,
            };
            *expected.entry(owner(&seen)).or_insert(0) += encapsulated(*client, true).len() * 2;
        }
        let workers = collect(sources);
        for (worker, seen) in workers.iter().enumerate() {
            assert_eq!(expected.get(&worker), Some(&seen.len()), "worker {worker}");
            assert!(seen.iter().all(|seen| owner(seen) == worker));
            assert!(
                seen.iter()
                    .all(|seen| seen.seq % u64::from(WORKERS) == (worker as u64 + 1) % u64::from(WORKERS))
            );
        }
    });
}

/// All pieces of a tunnel's packet come to one worker: the one that can tell the others what is inside.
#[test]
fn pieces_of_a_tunnels_packet_stay_together() {
    inside("spread::pieces_of_a_tunnels_packet_stay_together", || {
        cable("tap0");
        let sources = opened(&["tap0"], WORKERS).sources;
        let sender = Sender::new("tap0-far");
        let (switch, sensor) = (Ipv4Addr::new(172, 16, 0, 1), Ipv4Addr::new(172, 16, 0, 2));
        for client in 0..50 {
            let inner = udp(Ipv4Addr::new(10, 0, 3, client), DC, 88, &[7; 100]);
            let whole = udp(switch, sensor, 4789, &[&[8, 0, 0, 0, 0, 0, 7, 0][..], &inner].concat());
            sender.send(&ipv4(switch, sensor, 17, 0x2000, &whole[34..114]));
            sender.send(&ipv4(switch, sensor, 17, 10, &whole[114..]));
        }
        let mut counts: Vec<_> = collect(sources).iter().map(Vec::len).collect();
        counts.sort_unstable();
        assert_eq!(counts, [0, 0, 0, 100]);
    });
}

#[test]
fn nothing_comes_twice_while_the_rings_are_opened() {
    inside("spread::nothing_comes_twice_while_the_rings_are_opened", || {
        cable("tap0");
        let enough = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&enough);
        let flood = thread::spawn(move || {
            let sender = Sender::new("tap0-far");
            (0..)
                .take_while(|_| !stop.load(Ordering::Relaxed))
                .for_each(|number| sender.send(&numbered(number, 60)));
        });
        let sources = opened(&["tap0"], WORKERS).sources;
        thread::sleep(Duration::from_millis(20));
        enough.store(true, Ordering::Relaxed);
        flood.join().unwrap();
        let mut numbers: Vec<_> = collect(sources)
            .into_iter()
            .flatten()
            .map(|seen| seen.data[42..46].to_vec())
            .collect();
        let before = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), before);
        assert!(before > 100, "{before}");
    });
}
