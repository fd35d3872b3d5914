//! Every capture at hand: what the decoder finds of a controller's, or of a port that is read, passes.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::tests::{decide, with};
use super::*;
use crate::decode::{self, Decoded, Transport};
use crate::source::file::FileSource;
use crate::source::{Frame, LinkType, Poll, Source};

/// The repository's captures, and those that `ADTAP_CORPUS` names, folders separated by colons.
fn captures() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pcaps");
    let more = std::env::var("ADTAP_CORPUS").unwrap_or_default();
    let folders = more.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let mut found = Vec::new();
    [own]
        .into_iter()
        .chain(folders)
        .for_each(|folder| walk(&folder, &mut found));
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            walk(&path, found);
        } else if path
            .extension()
            .is_some_and(|kind| kind == "pcap" || kind == "pcapng" || kind == "cap")
        {
            found.push(path);
        }
    }
}

/// A controller's address or the port of one; what the decoder found of a frame.
struct Found {
    ends: [IpAddr; 2],
    ports: Option<(bool, [u16; 2])>,
}

fn found(frame: &Frame<'_>) -> Option<Found> {
    let decoded = decode::decode(frame).ok()?;
    let ends = [decoded.path().source, decoded.path().destination];
    let ports = match &decoded {
        Decoded::Packet(packet) => Some(match &packet.payload {
            Transport::Tcp(segment) => (true, [segment.source_port, segment.destination_port]),
            Transport::Udp(datagram) => (false, [datagram.source_port, datagram.destination_port]),
        }),
        Decoded::Fragment(_) => None,
    };
    Some(Found { ends, ports })
}

/// Hands every Ethernet frame of a capture to `look`.
fn frames(path: &Path, mut look: impl FnMut(&Frame<'_>)) {
    let Ok(mut source) = FileSource::open(&[path.to_owned()]) else {
        return;
    };
    while source.poll(&mut |frame| {
        if frame.link == LinkType::ETHERNET {
            look(frame);
        }
        ControlFlow::Continue(())
    }) == Poll::More
    {}
}

/// Who serves the directory in a capture.
fn controllers(path: &Path) -> Vec<IpAddr> {
    let mut servers = BTreeSet::new();
    frames(path, |frame| {
        let Some(Found {
            ends,
            ports: Some((_, ports)),
        }) = found(frame)
        else {
            return;
        };
        for (address, port) in ends.iter().zip(ports) {
            if matches!(port, 53 | 88 | 389 | 445) && servers.len() < 40 {
                servers.insert(*address);
            }
        }
    });
    servers.into_iter().collect()
}

#[test]
fn nothing_of_a_controllers_and_no_port_that_is_read_is_left_out() {
    let (mut count, mut passed) = (0_u64, [0_u64; 2]);
    for path in captures() {
        let servers = controllers(&path);
        let by_address = Filter::new(&with(servers.clone()));
        let by_port = Filter::new(&Config::default());
        frames(&path, |frame| {
            count += 1;
            let reasons = [&by_address, &by_port].map(|filter| decide(filter, frame.data));
            for (passed, reason) in passed.iter_mut().zip(reasons) {
                *passed += u64::from(reason.passes());
            }
            let Some(Found { ends, ports }) = found(frame) else {
                return;
            };
            let place = || format!("{} frame {}: {reasons:?}", path.display(), frame.id.number);
            if !servers.is_empty() && ends.iter().any(|end| servers.contains(end)) {
                assert!(reasons[0].passes() || reasons[0] == Reason::Bulk, "{}", place());
            }
            if ports.is_none_or(|(_, ports)| ports.iter().any(|port| PORTS.contains(port))) {
                assert!(reasons[1].passes(), "{}", place());
            }
        });
    }
    println!("{count} frames; passed by address and by port: {passed:?}");
    assert!(count > 0);
}
