//! A file that is read over SMB2 in long reads, as frames: what an elephant looks like on a mirror.

use std::net::Ipv4Addr;

use crate::pcap::Packet;
use crate::smb2::{message, utf16};

const CLIENT: (Ipv4Addr, u16) = (Ipv4Addr::new(10, 16, 0, 5), 50_000);
const SERVER: (Ipv4Addr, u16) = (Ipv4Addr::new(10, 77, 0, 10), 445);
/// Payload of a segment.
const SEGMENT: usize = 1_460;
/// Segments after which the client acknowledges.
const WINDOW: usize = 16;

/// SMB2 commands ([MS-SMB2] 2.2.1.2).
mod command {
    pub(super) const TREE_CONNECT: u16 = 3;
    pub(super) const CREATE: u16 = 5;
    pub(super) const CLOSE: u16 = 6;
    pub(super) const READ: u16 = 8;
}

/// The connection, a file opened, read with `reads` reads of `bytes` bytes, and closed. Sequence numbers wrap under way.
#[must_use]
pub fn read(reads: u64, bytes: u32) -> Vec<Packet> {
    let mut tcp = Conversation::default();
    tcp.open();
    tcp.ask(command::TREE_CONNECT, 1, &tree_connect());
    tcp.answer(command::TREE_CONNECT, 1, &[&[16, 0, 1, 0][..], &[0; 12]].concat());
    tcp.ask(command::CREATE, 2, &create());
    tcp.answer(command::CREATE, 2, &created());
    for read in 0..reads {
        tcp.ask(command::READ, 3 + read, &request(bytes, read * u64::from(bytes)));
        tcp.answer(command::READ, 3 + read, &response(bytes));
    }
    tcp.ask(
        command::CLOSE,
        3 + reads,
        &[&[24, 0, 0, 0, 0, 0, 0, 0][..], &FILE].concat(),
    );
    tcp.answer(command::CLOSE, 3 + reads, &[&[60, 0][..], &[0; 58]].concat());
    tcp.close();
    tcp.packets
}

const FILE: [u8; 16] = [7; 16];

/// Two ends, and the frames between them.
#[derive(Debug)]
struct Conversation {
    packets: Vec<Packet>,
    /// The client's next sequence number, and the server's.
    next: [u32; 2],
}

impl Default for Conversation {
    fn default() -> Self {
        Self {
            packets: Vec::new(),
            next: [1_000, u32::MAX - 5_000_000],
        }
    }
}

const SYN: u8 = 2;
const ACK: u8 = 16;
const FIN: u8 = 1;

impl Conversation {
    fn open(&mut self) {
        self.segment(0, SYN, &[]);
        self.segment(1, SYN | ACK, &[]);
        self.segment(0, ACK, &[]);
    }

    fn close(&mut self) {
        self.segment(0, FIN | ACK, &[]);
        self.segment(1, FIN | ACK, &[]);
        self.segment(0, ACK, &[]);
    }

    fn ask(&mut self, command: u16, id: u64, body: &[u8]) {
        self.send(0, &message(command, 0, id, body));
    }

    fn answer(&mut self, command: u16, id: u64, body: &[u8]) {
        self.send(1, &message(command, 1, id, body));
    }

    fn send(&mut self, from: usize, message: &[u8]) {
        for (at, part) in message.chunks(SEGMENT).enumerate() {
            self.segment(from, ACK, part);
            if at % WINDOW == WINDOW - 1 {
                self.segment(1 - from, ACK, &[]);
            }
        }
    }

    /// RFC 9293 §3.1, RFC 791 §3.1; without checksums, as a mirror shows what a card is to fill in.
    fn segment(&mut self, from: usize, flags: u8, data: &[u8]) {
        let [mine, other] = if from == 0 {
            self.next
        } else {
            [self.next[1], self.next[0]]
        };
        let (source, destination) = if from == 0 { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
        frame.extend((40 + data.len() as u16).to_be_bytes());
        frame.extend((self.packets.len() as u16).to_be_bytes());
        frame.extend([0x40, 0, 64, 6, 0, 0]);
        frame.extend(source.0.octets());
        frame.extend(destination.0.octets());
        frame.extend(source.1.to_be_bytes());
        frame.extend(destination.1.to_be_bytes());
        frame.extend(mine.to_be_bytes());
        frame.extend(if flags & ACK == 0 { 0 } else { other }.to_be_bytes());
        frame.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        frame.extend(data);
        let taken = data.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        if let Some(next) = self.next.get_mut(from) {
            *next = next.wrapping_add(taken);
        }
        self.packets.push(Packet {
            micros: 1_763_600_000_000_000 + self.packets.len() as u64 * 50,
            data: frame,
        });
    }
}

/// [MS-SMB2] 2.2.9
fn tree_connect() -> Vec<u8> {
    let path = utf16("\\\\dc1\\backup");
    [&[9, 0, 0, 0, 72, 0][..], &(path.len() as u16).to_le_bytes(), &path].concat()
}

/// [MS-SMB2] 2.2.13
fn create() -> Vec<u8> {
    let name = utf16("image.vhdx");
    let mut body = vec![57, 0, 0, 0, 2, 0, 0, 0];
    body.extend([0; 16]);
    for number in [0x0012_0089_u32, 0x80, 7, 1, 0x40] {
        body.extend(number.to_le_bytes());
    }
    body.extend(120_u16.to_le_bytes());
    body.extend((name.len() as u16).to_le_bytes());
    body.extend([0; 8]);
    body.extend(name);
    body
}

/// [MS-SMB2] 2.2.14
fn created() -> Vec<u8> {
    let mut body = vec![89, 0, 0, 0, 1, 0, 0, 0];
    body.extend([0; 40]);
    body.extend((1_u64 << 36).to_le_bytes());
    body.extend([0x80, 0, 0, 0, 0, 0, 0, 0]);
    body.extend(FILE);
    body.extend([0; 8]);
    body
}

/// [MS-SMB2] 2.2.19
fn request(bytes: u32, offset: u64) -> Vec<u8> {
    let mut body = vec![49, 0, 0, 0];
    body.extend(bytes.to_le_bytes());
    body.extend(offset.to_le_bytes());
    body.extend(FILE);
    body.extend([0; 17]);
    body
}

/// [MS-SMB2] 2.2.20
fn response(bytes: u32) -> Vec<u8> {
    let mut body = vec![17, 0, 80, 0];
    body.extend(bytes.to_le_bytes());
    body.extend([0; 8]);
    body.resize(16 + bytes as usize, 0x5a);
    body
}
