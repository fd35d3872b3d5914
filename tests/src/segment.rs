//! Captures that are made up: connections over Ethernet, IPv4 and TCP, packet by packet, in time.

use std::io::{self, Write};

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// IPv4.
    pub address: [u8; 4],
    /// TCP.
    pub port: u16,
}

/// A classic capture that grows.
#[derive(Debug)]
pub struct Capture<'a, W> {
    out: &'a mut W,
    /// Packets so far.
    pub packets: u64,
}

impl<'a, W: Write> Capture<'a, W> {
    /// The head of the capture.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub fn begin(out: &'a mut W) -> io::Result<Self> {
        for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1_u32] {
            out.write_all(&word.to_le_bytes())?;
        }
        Ok(Capture { out, packets: 0 })
    }

    /// A record of the capture.
    fn store(&mut self, micros: u64, frame: &[u8]) -> io::Result<()> {
        let length = frame.len() as u64;
        for word in [micros / 1_000_000, micros % 1_000_000, length, length] {
            self.out
                .write_all(&u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes())?;
        }
        self.packets += 1;
        self.out.write_all(frame)
    }
}

/// One connection, and how far its two ends are.
#[derive(Clone, Debug)]
pub struct Connection {
    client: End,
    server: End,
    /// Sequence numbers of client and server.
    sent: [u32; 2],
}

impl Connection {
    /// Nothing was sent yet.
    #[must_use]
    pub const fn new(client: End, server: End) -> Self {
        let sent = [1000, 5000];
        Connection { client, server, sent }
    }

    /// A segment to the server if it goes `up`, else to the client.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub fn send<W: Write>(
        &mut self,
        out: &mut Capture<'_, W>,
        micros: u64,
        up: bool,
        flags: u8,
        data: &[u8],
    ) -> io::Result<()> {
        let (from, to) = if up {
            (self.client, self.server)
        } else {
            (self.server, self.client)
        };
        let [client, server] = &mut self.sent;
        let (side, other) = if up { (client, server) } else { (server, client) };
        let (sequence, acknowledged) = (*side, *other);
        let opens = u32::from(flags & 2 != 0);
        *side = side.wrapping_add(u32::try_from(data.len()).unwrap_or_default() + opens);
        let [.., to_host] = to.address;
        let [.., from_host] = from.address;
        let mut frame = vec![2, 0, 0, 0, 0, to_host, 2, 0, 0, 0, 0, from_host, 8, 0];
        frame.extend(ip(out.packets, from, to, data.len()));
        frame.extend(from.port.to_be_bytes());
        frame.extend(to.port.to_be_bytes());
        frame.extend(sequence.to_be_bytes());
        frame.extend(acknowledged.to_be_bytes());
        frame.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        frame.extend(data);
        out.store(micros, &frame)
    }
}

/// The header of IPv4 in front of `length` bytes of TCP.
fn ip(packet: u64, from: End, to: End, length: usize) -> Vec<u8> {
    let length = u16::try_from(40 + length).unwrap_or(u16::MAX).to_be_bytes();
    let number = u16::try_from(packet & 0xffff).unwrap_or_default().to_be_bytes();
    let front = [&[0x45, 0][..], &length, &number, &[0x40, 0, 128, 6]].concat();
    let back = [from.address, to.address].concat();
    let sum = checksum([&front[..], &back].concat().as_slice());
    [&front[..], &sum.to_be_bytes(), &back].concat()
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
