//! A capture of nothing but bulk: one client reads one file over SMB 2, 64 KiB at a time, in segments of a full MTU.
//!
//! What it costs to pass by is what it costs to be next to a file server. The same number of packets gives the same bytes.

use std::io::{self, Write};

use crate::segment::{Capture, Connection, End};
use crate::smb2;

/// Bytes of one READ.
const READ: usize = 64 * 1024;
/// Bytes of one segment: an MTU of 1500 without the headers of IPv4 and TCP.
const SEGMENT: usize = 1460;

const CLIENT: End = End {
    address: [10, 0, 0, 50],
    port: 50_000,
};
const SERVER: End = End {
    address: [10, 0, 0, 10],
    port: 445,
};

/// Writes a classic capture of at least `packets` packets to `out`; says how many there are.
///
/// # Errors
/// Where nothing can be written.
pub fn write(packets: u64, out: &mut impl Write) -> io::Result<u64> {
    let mut wire = Wire {
        out: Capture::begin(out)?,
        connection: Connection::new(CLIENT, SERVER),
    };
    wire.open()?;
    let data = noise();
    let mut number = 3;
    while wire.out.packets < packets {
        wire.read(number, &data)?;
        number += 1;
    }
    Ok(wire.out.packets)
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

/// The one connection, as it goes into the capture.
struct Wire<'a, W> {
    out: Capture<'a, W>,
    connection: Connection,
}

impl<W: Write> Wire<'_, W> {
    /// The handshake, the share and the file.
    fn open(&mut self) -> io::Result<()> {
        self.packet(true, 0x02, &[])?;
        self.packet(false, 0x12, &[])?;
        self.packet(true, 0x10, &[])?;
        self.packet(true, 0x18, &smb2::tree_connect(1))?;
        self.packet(false, 0x18, &smb2::tree_connected(1))?;
        self.packet(true, 0x18, &smb2::create(2))?;
        self.packet(false, 0x18, &smb2::created(2))
    }

    /// One READ and its answer.
    fn read(&mut self, number: u64, data: &[u8]) -> io::Result<()> {
        self.packet(true, 0x18, &smb2::read(number, (number - 3) * READ as u64, data.len()))?;
        for segment in smb2::data(number, data).chunks(SEGMENT) {
            self.packet(false, 0x10, segment)?;
        }
        Ok(())
    }

    /// A frame, two microseconds after the one before.
    fn packet(&mut self, up: bool, flags: u8, data: &[u8]) -> io::Result<()> {
        let micros = 1_763_600_000_000_000 + 2 * self.out.packets;
        self.connection.send(&mut self.out, micros, up, flags, data)
    }
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
