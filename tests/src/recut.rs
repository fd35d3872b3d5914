//! The same streams in other segments: every TCP segment with a payload may be cut into several, at the same time.

use crate::pcap::Packet;

/// Cuts segments into pieces of the lengths that `lengths` gives, in turn; zero leaves a segment whole.
pub fn recut(packets: &[Packet], lengths: &mut impl Iterator<Item = usize>) -> Vec<Packet> {
    let mut out = Vec::new();
    for packet in packets {
        match Segment::read(&packet.data) {
            Some(segment) => segment.cut(packet.micros, lengths, &mut out),
            None => out.push(packet.clone()),
        }
    }
    out
}

/// A TCP segment with a payload in an unfragmented IPv4 packet on untagged Ethernet.
struct Segment<'a> {
    headers: &'a [u8],
    payload: &'a [u8],
    tcp: usize,
}

impl<'a> Segment<'a> {
    fn read(frame: &'a [u8]) -> Option<Self> {
        let ip = frame.get(14..)?;
        let fragment = matches!(ip.get(6..8)?, [flags, offset] if flags & 0x3f != 0 || *offset != 0);
        if frame.get(12..14)? != [8, 0] || ip.get(9)? != &6 || fragment {
            return None;
        }
        let total = usize::from(u16::from_be_bytes(*ip.get(2..4)?.first_chunk()?));
        let tcp = 14 + usize::from(ip.first()? & 15) * 4;
        let data = tcp + usize::from(frame.get(tcp + 12)? >> 4) * 4;
        let syn = frame.get(tcp + 13)? & 2 != 0;
        let payload = frame.get(data..14 + total)?;
        (!syn && payload.len() > 1).then(|| Self {
            headers: frame.get(..data).unwrap_or_default(),
            payload,
            tcp,
        })
    }

    fn cut(&self, micros: u64, lengths: &mut impl Iterator<Item = usize>, out: &mut Vec<Packet>) {
        let mut at = 0;
        while at < self.payload.len() {
            let left = self.payload.len() - at;
            let length = lengths.next().filter(|length| *length > 0).unwrap_or(left).min(left);
            out.push(Packet {
                micros,
                data: self.piece(at, length),
            });
            at += length;
        }
    }

    /// The piece of `length` bytes at `at`, with its own sequence number and length; only the last keeps FIN and PSH.
    fn piece(&self, at: usize, length: usize) -> Vec<u8> {
        let mut frame = self.headers.to_vec();
        frame.extend(self.payload.iter().skip(at).take(length));
        let total = u16::try_from(frame.len() - 14).unwrap_or(u16::MAX);
        put(&mut frame, 16, &total.to_be_bytes());
        let sequence = frame
            .get(self.tcp + 4..)
            .and_then(|field| field.first_chunk())
            .map_or(0, |field| u32::from_be_bytes(*field));
        put(
            &mut frame,
            self.tcp + 4,
            &sequence
                .wrapping_add(u32::try_from(at).unwrap_or_default())
                .to_be_bytes(),
        );
        if at + length < self.payload.len()
            && let Some(flags) = frame.get_mut(self.tcp + 13)
        {
            *flags &= !0b1001;
        }
        frame
    }
}

fn put(frame: &mut [u8], at: usize, bytes: &[u8]) {
    for (slot, byte) in frame.iter_mut().skip(at).zip(bytes) {
        *slot = *byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_whole() {
        let mut frame = vec![0; 14 + 20 + 20];
        put(&mut frame, 12, &[8, 0, 0x45, 0, 0, 45]);
        frame[23] = 6;
        frame[14 + 20 + 12] = 0x50;
        frame[14 + 20 + 13] = 0b1_1001;
        frame.extend(b"hello");
        let packet = Packet { micros: 7, data: frame };
        let pieces = recut(&[packet], &mut [2, 2].into_iter());
        let joined: Vec<u8> = pieces.iter().flat_map(|piece| piece.data[54..].to_vec()).collect();
        assert_eq!(joined, b"hello");
        let sequences: Vec<u8> = pieces.iter().map(|piece| piece.data[14 + 20 + 7]).collect();
        assert_eq!(sequences, [0, 2, 4]);
        let fins: Vec<bool> = pieces.iter().map(|piece| piece.data[14 + 20 + 13] & 1 != 0).collect();
        assert_eq!(fins, [false, false, true]);
    }
}
