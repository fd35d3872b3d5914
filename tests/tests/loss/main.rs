//! What is left of a capture is decoded: with segments missing, and from the middle of it.
//!
//! The whole capture says what there is to decode and which bytes of its stream each message may stand in: those from the piece that
//! completed the message before it, which may hold its beginning, to the piece that completed it. Where nothing of these is
//! missing, the message lies wholly in what is left. Messages inside others go by the last of their own kind, because they may be in
//! parts. That is more bytes than a message has, so what is asked for is there, and what is there is not all asked for.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod run;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use capture::Transport;
use run::{Packets, Piece, Run, Said, Stream};

/// Seeds at each rate: segments lost in a thousand.
const RATES: [(u64, u64); 2] = [(10, 8), (50, 2)];

/// How many messages of a protocol there have to be at least, with segments missing: fewer show nothing. About nine tenths of
/// what the captures of the repository give at the higher rate, the lower one gives more.
const LOST: [(&str, u64); 8] = [
    ("dcerpc", 780),
    ("kerberos", 110),
    ("ldap", 890),
    ("ntlm", 110),
    ("smb1", 75),
    ("smb2", 4_500),
    ("spnego", 225),
    ("tls", 20),
];

/// The same of captures that begin somewhere, behind the first boundary.
const BEHIND: [(&str, u64); 15] = [
    ("cldap", 100),
    ("dcerpc", 15_000),
    ("dns", 20_000),
    ("kerberos", 7_000),
    ("kpasswd", 50),
    ("ldap", 7_000),
    ("nbns", 150),
    ("netbios", 10),
    ("ntlm", 500),
    ("ntp", 10),
    ("radius", 1),
    ("smb1", 500),
    ("smb2", 35_000),
    ("spnego", 1_400),
    ("tls", 150),
];

/// The same, of messages that the capture seems to begin with.
const FIRST: [(&str, u64); 5] = [
    ("dcerpc", 150),
    ("dns", 5),
    ("ldap", 300),
    ("smb1", 30),
    ("smb2", 1_700),
];

/// Of fewer messages than this no share is demanded: HTTP, for instance, tells a response by what was asked, which may be what was lost.
const FEW: u64 = 10;

/// Captures of so many packets are begun at every one of them.
const EVERY: usize = 120;
/// Larger ones at so many.
const SOME: u64 = 12;

/// Every capture of the repository.
fn captures() -> Vec<(PathBuf, Packets)> {
    let mut found = Vec::new();
    collect(&tests::case(""), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| (path.clone(), Packets::read(&path)))
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "pcap") {
            found.push(path);
        }
    }
}

/// A number for a capture: its own, whatever captures there are beside it.
fn named(path: &Path) -> u32 {
    let name = path.strip_prefix(tests::case("")).unwrap().to_str().unwrap();
    name.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The same number for the same seed, capture and packet.
fn dice(seed: u64, capture: u32, packet: usize) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (u64::from(capture) << 32 | packet as u64);
    for _ in 0..2 {
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    }
    state
}

/// Messages that are to be decoded, and those that were, by protocol.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, [u64; 2]>);

impl Tally {
    fn add(&mut self, protocol: &'static str, found: u64) {
        let [all, there] = self.0.entry(protocol).or_default();
        *all += 1;
        *there += found;
    }

    fn print(&self, what: &str) {
        println!("{what}");
        for (protocol, [all, there]) in &self.0 {
            println!("  {protocol:10} {there} of {all}");
        }
    }

    /// Of every protocol that has more than a [`FEW`] so many in a hundred, and of those in `least` so many to begin with: none shows nothing.
    fn demand(&self, percent: u64, least: &[(&str, u64)]) {
        for (protocol, [all, there]) in self.0.iter().filter(|(_, [all, _])| *all >= FEW) {
            assert!(there * 100 >= all * percent, "{protocol}: {there} of {all}");
        }
        for (protocol, least) in least {
            let all = self.0.get(protocol).map_or(0, |[all, _]| *all);
            assert!(
                all >= *least,
                "{protocol}: {all} messages to be decoded, at least {least} are needed to show anything"
            );
        }
    }
}

/// Whole messages that were decoded, each to be found once.
struct Found<K>(HashMap<K, u64>);

impl<K: std::hash::Hash + Eq> Found<K> {
    fn new(run: &Run, key: impl Fn(&Said) -> K) -> Self {
        let mut found = HashMap::new();
        for said in run.said.iter().filter(|said| !said.gapped) {
            *found.entry(key(said)).or_default() += 1;
        }
        Self(found)
    }

    fn take(&mut self, key: &K) -> bool {
        let count = self.0.get_mut(key).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }
}

#[test]
#[should_panic(expected = "kerberos: 0 messages")]
fn a_protocol_without_messages_shows_nothing() {
    let mut tally = Tally::default();
    tally.add("dns", 1);
    tally.demand(100, &[("dns", 1), ("kerberos", 1)]);
}

#[test]
fn segments_are_lost_and_messages_that_are_not_are_decoded() {
    let captures = captures();
    for (rate, seeds) in RATES {
        let (mut tally, mut lost) = (Tally::default(), 0);
        for (path, packets) in &captures {
            let capture = named(path);
            let whole = packets.run(|_| true);
            let single = single(&whole);
            for seed in 0..seeds {
                let gone =
                    |packet: usize| single.contains_key(&packet) && dice(seed + rate, capture, packet) % 1000 < rate;
                let removed: Vec<Piece> = single.values().filter(|piece| gone(piece.packet)).copied().collect();
                if removed.is_empty() {
                    continue;
                }
                lost += removed.len();
                let left = packets.run(|packet| !gone(packet));
                let mut found = Found::new(&left, place);
                for said in expected(&whole, &removed) {
                    let there = found.take(&place(said));
                    tally.add(said.protocol, u64::from(there));
                    if !there {
                        println!("{}: {said:?}", path.display());
                    }
                }
            }
        }
        tally.print(&format!("{rate} in 1000: {lost} segments lost"));
        tally.demand(95, &LOST);
    }
}

#[test]
fn a_capture_may_begin_at_any_packet() {
    let (mut behind, mut first) = (Tally::default(), Tally::default());
    for (path, packets) in &captures() {
        let whole = packets.run(|_| true);
        for cut in cuts(named(path), packets.len()) {
            let left = packets.run(|packet| packet >= cut);
            let mut found = Found::new(&left, spot);
            let due = due(cut, &whole, packets);
            for (said, tally) in [(due.behind, &mut behind), (due.first, &mut first)] {
                for said in said {
                    let there = found.take(&spot(said));
                    tally.add(said.protocol, u64::from(there));
                    if !there {
                        println!("{} from {cut}: {said:?}", path.display());
                    }
                }
            }
        }
    }
    behind.print("behind the first boundary");
    first.print("where the capture begins");
    behind.demand(100, &BEHIND);
    first.demand(95, &FIRST);
}

/// Every packet of a small capture, some of a large one.
fn cuts(capture: u32, packets: usize) -> Vec<usize> {
    if packets <= EVERY {
        return (1..packets).collect();
    }
    (0..SOME)
        .map(|seed| dice(seed, capture, packets) as usize % packets)
        .collect()
}

/// What is to be decoded of a capture that does not begin at its beginning.
struct Due<'a> {
    /// All of flows that begin later, and messages behind one that was completed later.
    behind: Vec<&'a Said>,
    /// What seems to begin with the first packet of its stream that is left: the message before it was completed by the last that
    /// is not. Only what stands directly on the transport: whether the answer to an SMB READ is of a pipe, its request alone tells.
    first: Vec<&'a Said>,
}

/// Sorts the messages of a capture that begins at packet `cut`; those of which a part may lie in front of it are left out.
fn due<'a>(cut: usize, whole: &'a Run, packets: &Packets) -> Due<'a> {
    let mut due = Due {
        behind: Vec::new(),
        first: Vec::new(),
    };
    let mut ends: HashMap<Stream, u64> = HashMap::new();
    for piece in whole.pieces.iter().filter(|piece| piece.packet < cut) {
        ends.insert(piece.stream, piece.end);
    }
    let mut before: HashMap<_, Piece> = HashMap::new();
    for said in &whole.said {
        let last = before.insert(kind(said), said.piece);
        let piece = said.piece;
        if piece.packet < cut || said.gapped || said.name == "malformed" || packets.is_part(piece) {
            continue;
        }
        let opens = said.transport == Transport::Udp || piece.stream.0 > cut as u64;
        if opens || last.is_some_and(|last| last.packet >= cut) {
            due.behind.push(said);
        } else if said.carrier.is_empty()
            && ends.get(&piece.stream) == Some(&piece.start)
            && last.is_some_and(|last| last.end == piece.start)
        {
            due.first.push(said);
        }
    }
    due
}

/// A message by the packet that completed it.
fn spot(said: &Said) -> (usize, SocketAddr, &'static str, String) {
    (said.piece.packet, said.piece.stream.1, said.protocol, said.name.clone())
}

/// Packets that may be lost: those that alone delivered one piece of a stream whose opening was seen.
fn single(whole: &Run) -> BTreeMap<usize, Piece> {
    let mut pieces: BTreeMap<usize, Vec<Piece>> = BTreeMap::new();
    for piece in &whole.pieces {
        pieces.entry(piece.packet).or_default().push(*piece);
    }
    pieces
        .into_iter()
        .filter_map(|(packet, pieces)| match *pieces {
            [piece] if !piece.midstream => Some((packet, piece)),
            _ => None,
        })
        .collect()
}

/// A message by its place.
type Place = (Stream, u64, &'static str, String);

fn place(said: &Said) -> Place {
    (said.piece.stream, said.piece.end, said.protocol, said.name.clone())
}

/// Messages of which nothing was removed, in flows of which something was.
fn expected<'a>(whole: &'a Run, removed: &[Piece]) -> Vec<&'a Said> {
    let mut before: HashMap<_, u64> = HashMap::new();
    let mut expected = Vec::new();
    for said in whole.said.iter().filter(|said| said.transport == Transport::Tcp) {
        let piece = said.piece;
        let start = before.insert(kind(said), piece.start).unwrap_or_default();
        let touched = removed
            .iter()
            .any(|gone| gone.stream == piece.stream && gone.start < piece.end && start < gone.end);
        let suffers = removed.iter().any(|gone| gone.stream.0 == piece.stream.0);
        if suffers && !touched && !said.gapped && !piece.midstream && said.name != "malformed" {
            expected.push(said);
        }
    }
    expected
}

/// What tells messages apart that follow each other in a stream: those inside others go by their own.
fn kind(said: &Said) -> (Stream, &str, &str) {
    let protocol = if said.carrier.is_empty() { "" } else { said.protocol };
    (said.piece.stream, &said.carrier, protocol)
}
