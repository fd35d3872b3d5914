//! Every SYN of the repository's captures, and whose it is taken for.
//!
//! The lab's machines are Linux (Samba, MIT Kerberos, Impacket); in `zerologon` a Mac attacks a Windows Server; in `petitpotam`
//! Windows machines and a Linux one speak to each other, and to servers of the Internet.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::Syn;
use crate::decode::{self, Decoded, Transport};
use crate::source::file::FileSource;
use crate::source::{Frame, Poll, Source};

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            captures(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "pcap") {
            found.push(path);
        }
    }
    found.sort();
}

/// The SYN in a frame, and whether it is an answer.
fn syn(frame: &Frame<'_>) -> Option<(Syn, bool)> {
    let Ok(Decoded::Packet(packet)) = decode::decode(frame) else {
        return None;
    };
    let Transport::Tcp(segment) = &packet.payload else {
        return None;
    };
    let syn = Syn::read(packet.ttl, packet.bytes).filter(|_| segment.syn)?;
    Some((syn, segment.acknowledgment.is_some()))
}

#[test]
fn every_syn_of_the_captures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pcaps");
    let (mut all, mut lines) = (Vec::new(), BTreeMap::new());
    captures(&folder, &mut all);
    for path in all {
        let mut source = FileSource::open(std::slice::from_ref(&path)).unwrap();
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let mut look = |frame: &Frame<'_>| {
            if let Some((syn, answer)) = syn(frame) {
                let family = syn.stack().map_or("nobody", |stack| stack.name());
                let kind = if answer { "answer" } else { "SYN" };
                let line = lines.entry(format!("{family:<8} {kind:<7} {syn}"));
                line.or_insert_with(|| (0, name.clone())).0 += 1;
            }
            ControlFlow::Continue(())
        };
        while source.poll(&mut look) == Poll::More {}
    }
    let lines = lines
        .iter()
        .map(|(line, (count, first))| format!("{line}: {count}, first in {first}\n"));
    insta::assert_snapshot!(lines.collect::<String>(), @r"
    apple    SYN     63 65535 6 1460 MNWNNTSEE: 124, first in dcerpc/zerologon/capture.pcap
    linux    SYN     64 64240 10 1460 MSTNW: 310, first in dcerpc/samr-over-sealed-tcp/capture.pcap
    linux    SYN     64 64240 7 1460 MSTNW: 1, first in dcerpc/petitpotam/capture.pcap
    linux    SYN     64 64660 10 1220 MSTNW: 1, first in lab/dns_tcp_any.pcap
    linux    SYN     64 64800 10 1440 MSTNW: 4, first in ipv6/three-protocols/capture.pcap
    linux    SYN     64 65392 10 536 MSTNW: 2, first in kerberos/fragmented-udp/capture.pcap
    linux    SYN     64 65495 7 65495 MSTNW: 1, first in smb/hundred-files/capture.pcap
    linux    answer  33 8192 9 1460 MNNSNW: 1, first in dcerpc/petitpotam/capture.pcap
    linux    answer  34 35844 9 1460 MNNSNW: 1, first in dcerpc/petitpotam/capture.pcap
    linux    answer  64 64240 7 1460 MNNSNW: 2, first in dcerpc/petitpotam/capture.pcap
    linux    answer  64 64260 10 1440 MSTNW: 4, first in ipv6/three-protocols/capture.pcap
    linux    answer  64 65160 10 1460 MSTNW: 279, first in dcerpc/samr-over-sealed-tcp/capture.pcap
    linux    answer  64 65483 7 65495 MSTNW: 1, first in smb/hundred-files/capture.pcap
    nobody   SYN     128 65535 - - : 4, first in dcerpc/backup-key-retrieved/capture.pcap
    nobody   SYN     64 64000 - - : 2, first in dcerpc/over-http/capture.pcap
    nobody   answer  110 64240 - 1460 MSEE: 2, first in dcerpc/petitpotam/capture.pcap
    nobody   answer  113 64240 - 1460 MSEE: 1, first in dcerpc/petitpotam/capture.pcap
    nobody   answer  128 65535 - - : 4, first in dcerpc/backup-key-retrieved/capture.pcap
    nobody   answer  225 26883 8 1460 MNNSNW: 2, first in dcerpc/petitpotam/capture.pcap
    nobody   answer  237 26883 8 1460 MNNSNW: 1, first in dcerpc/petitpotam/capture.pcap
    nobody   answer  64 64000 - - : 2, first in dcerpc/over-http/capture.pcap
    windows  SYN     128 64240 8 1460 MNWNNS: 40, first in dcerpc/dcom-activation/capture.pcap
    windows  SYN     128 8192 8 1398 MNWNNS: 2, first in rdp/standard-security/capture.pcap
    windows  answer  110 8192 8 1440 MNWNNS: 1, first in dcerpc/petitpotam/capture.pcap
    windows  answer  112 65535 8 1440 MNWNNS: 1, first in dcerpc/petitpotam/capture.pcap
    windows  answer  118 14000 - 1400 MNNS: 1, first in dcerpc/petitpotam/capture.pcap
    windows  answer  128 64240 0 1460 MNWNNS: 2, first in rdp/standard-security/capture.pcap
    windows  answer  128 65535 8 1418 MNWNNS: 6, first in dcerpc/dcom-shellwindows/capture.pcap
    windows  answer  128 65535 8 1460 MNWNNS: 137, first in dcerpc/dcom-activation/capture.pcap
    windows  answer  128 8192 8 1460 MNWNNS: 2, first in kerberos/superframes/capture.pcap
    ");
}
