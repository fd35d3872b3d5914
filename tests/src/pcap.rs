//! Classic captures as the lab writes them: little-endian, microseconds, Ethernet.

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Microseconds since the epoch.
    pub micros: u64,
    /// The frame.
    pub data: Vec<u8>,
}

/// The packets of a capture; none where it is of another kind or cut.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Vec<Packet>> {
    let mut rest = bytes.strip_prefix(&[0xd4, 0xc3, 0xb2, 0xa1])?.get(20..)?;
    let mut packets = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<16>() {
        let [seconds, micros, captured] = [0, 4, 8].map(|at| word(head, at));
        let data = after.get(..captured as usize)?;
        packets.push(Packet {
            micros: u64::from(seconds) * 1_000_000 + u64::from(micros),
            data: data.to_vec(),
        });
        rest = after.get(data.len()..)?;
    }
    Some(packets)
}

/// A capture of packets.
#[must_use]
pub fn write(packets: &[Packet]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1_u32] {
        file.extend(word.to_le_bytes());
    }
    for packet in packets {
        let length = packet.data.len() as u64;
        for word in [packet.micros / 1_000_000, packet.micros % 1_000_000, length, length] {
            file.extend(u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes());
        }
        file.extend(&packet.data);
    }
    file
}

fn word(head: &[u8; 16], at: usize) -> u32 {
    head.get(at..)
        .and_then(|word| word.first_chunk())
        .map_or(0, |word| u32::from_le_bytes(*word))
}
