//! A capture of nothing but bulk: one client reads one file over SMB 2, 64 KiB at a time, in segments of a full MTU.
//!
//! What it costs to pass by is what it costs to be next to a file server. The same number of packets gives the same bytes.

use std::io::{self, Write};

/// Bytes of one READ.
const READ: usize = 64 * 1024;
/// Bytes of one segment: an MTU of 1500 without the headers of IPv4 and TCP.
const SEGMENT: usize = 1460;

const CLIENT: End = End { host: 50, port: 50_000 };
const SERVER: End = End { host: 10, port: 445 };

/// The file's identifier.
const FILE: [u8; 16] = [7; 16];
/// A message comes from the server.
const RESPONSE: u32 = 1;

/// Writes a classic capture of at least `packets` packets to `out`; says how many there are.
///
/// # Errors
/// Where nothing can be written.
pub fn write(packets: u64, out: &mut impl Write) -> io::Result<u64> {
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1_u32] {
        out.write_all(&word.to_le_bytes())?;
    }
    let mut wire = Wire {
        out,
        packets: 0,
        sent: [1000, 5000],
    };
    wire.open()?;
    let data = noise();
    let mut number = 3;
    while wire.packets < packets {
        wire.read(number, &data)?;
        number += 1;
    }
    Ok(wire.packets)
}

/// Bytes as they lie in files: any.
fn noise() -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    (0..READ)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 24) as u8
        })
        .collect()
}

/// One end of the connection: 10.0.0.`host`.
#[derive(Clone, Copy)]
struct End {
    host: u8,
    port: u16,
}

/// One connection, as it goes into the capture.
struct Wire<'a, W> {
    out: &'a mut W,
    packets: u64,
    /// Sequence numbers of client and server.
    sent: [u32; 2],
}

impl<W: Write> Wire<'_, W> {
    /// The handshake, the share and the file.
    fn open(&mut self) -> io::Result<()> {
        self.packet(CLIENT, 0x02, &[])?;
        self.packet(SERVER, 0x12, &[])?;
        self.packet(CLIENT, 0x10, &[])?;
        let share = utf16("\\\\dc1\\data");
        let length = u16::try_from(share.len()).unwrap_or_default();
        let connect = [&[9, 0, 0, 0, 72, 0][..], &length.to_le_bytes(), &share].concat();
        self.packet(CLIENT, 0x18, &message(3, 0, 1, &connect))?;
        self.packet(
            SERVER,
            0x18,
            &message(3, RESPONSE, 1, &[16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 1, 0x1f, 0]),
        )?;
        self.packet(CLIENT, 0x18, &message(5, 0, 2, &create("big.bin")))?;
        let size = (1_u64 << 40).to_le_bytes();
        let created = [
            &[89, 0, 0, 0, 1, 0, 0, 0][..],
            &[0; 40],
            &size,
            &[0x80, 0, 0, 0, 0, 0, 0, 0],
            &FILE,
            &[0; 8],
        ];
        let created = created.concat();
        self.packet(SERVER, 0x18, &message(5, RESPONSE, 2, &created))
    }

    /// One READ and its answer.
    fn read(&mut self, number: u64, data: &[u8]) -> io::Result<()> {
        let length = u32::try_from(data.len()).unwrap_or_default().to_le_bytes();
        let offset = ((number - 3) * READ as u64).to_le_bytes();
        let ask = [&[49, 0, 80, 0][..], &length, &offset, &FILE, &[0; 17]].concat();
        self.packet(CLIENT, 0x18, &message(8, 0, number, &ask))?;
        let answer = [&[17, 0, 80, 0][..], &length, &[0; 8], data].concat();
        for segment in message(8, RESPONSE, number, &answer).chunks(SEGMENT) {
            self.packet(SERVER, 0x10, segment)?;
        }
        Ok(())
    }

    /// A frame of Ethernet, IPv4 and TCP.
    fn packet(&mut self, from: End, flags: u8, data: &[u8]) -> io::Result<()> {
        let up = from.port == CLIENT.port;
        let to = if up { SERVER } else { CLIENT };
        let [client, server] = &mut self.sent;
        let (side, other) = if up { (client, server) } else { (server, client) };
        let (sequence, acknowledged) = (*side, *other);
        let opens = u32::from(flags & 2 != 0);
        *side = side.wrapping_add(u32::try_from(data.len()).unwrap_or_default() + opens);
        let mut frame = vec![2, 0, 0, 0, 0, to.host, 2, 0, 0, 0, 0, from.host, 8, 0];
        frame.extend(ip(self.packets, from, to, data.len()));
        frame.extend(from.port.to_be_bytes());
        frame.extend(to.port.to_be_bytes());
        frame.extend(sequence.to_be_bytes());
        frame.extend(acknowledged.to_be_bytes());
        frame.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        frame.extend(data);
        self.store(&frame)
    }

    /// A record of the capture, two microseconds after the one before.
    fn store(&mut self, frame: &[u8]) -> io::Result<()> {
        let micros = 1_763_600_000_000_000 + 2 * self.packets;
        let length = frame.len() as u64;
        for word in [micros / 1_000_000, micros % 1_000_000, length, length] {
            self.out
                .write_all(&u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes())?;
        }
        self.packets += 1;
        self.out.write_all(frame)
    }
}

/// An SMB 2 message behind its length ([MS-SMB2] 2.2.1.2).
fn message(command: u16, flags: u32, number: u64, body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(64 + body.len())
        .unwrap_or_default()
        .to_be_bytes()
        .to_vec();
    bytes.extend(b"\xfeSMB\x40\0\x01\0\0\0\0\0");
    bytes.extend(command.to_le_bytes());
    bytes.extend([1, 0]);
    bytes.extend(flags.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(number.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 5, 0, 0, 0]);
    bytes.extend(0x11_u64.to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend(body);
    bytes
}

/// A CREATE that reads `name`.
fn create(name: &str) -> Vec<u8> {
    let name = utf16(name);
    let mut body = vec![57, 0, 0, 0, 2, 0, 0, 0];
    body.extend([0; 16]);
    for number in [0x0012_0089_u32, 0x80, 7, 1, 0x40] {
        body.extend(number.to_le_bytes());
    }
    body.extend(120_u16.to_le_bytes());
    body.extend(u16::try_from(name.len()).unwrap_or_default().to_le_bytes());
    body.extend([0; 8]);
    body.extend(name);
    body
}

/// The header of IPv4 in front of `length` bytes of TCP.
fn ip(packet: u64, from: End, to: End, length: usize) -> Vec<u8> {
    let length = u16::try_from(40 + length).unwrap_or(u16::MAX).to_be_bytes();
    let number = u16::try_from(packet & 0xffff).unwrap_or_default().to_be_bytes();
    let front = [&[0x45, 0][..], &length, &number, &[0x40, 0, 128, 6]].concat();
    let back = [10, 0, 0, from.host, 10, 0, 0, to.host];
    let sum = checksum([&front[..], &back].concat().as_slice());
    [&front[..], &sum.to_be_bytes(), &back].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// RFC 1071
fn checksum(header: &[u8]) -> u16 {
    let sum: u32 = header
        .chunks_exact(2)
        .map(|pair| match *pair {
            [high, low] => u32::from(u16::from_be_bytes([high, low])),
            _ => 0,
        })
        .sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn as_many_packets_as_were_asked_for() {
        let mut capture = Vec::new();
        let packets = write(101, &mut capture).unwrap();
        // The opening takes seven, a read one and 45.
        assert_eq!(packets, 7 + 3 * 46);
        assert_eq!(crate::pcap::read(&capture).unwrap().len() as u64, packets);
    }
}
