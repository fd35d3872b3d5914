//! Small datagrams from ever other senders to one port: what a mirror brings when somebody floods a domain controller.

use std::net::Ipv4Addr;

use super::BATCH;
use super::tunnel::{ethernet, ipv4};

/// Different frames; beyond, they come again.
const KINDS: u32 = 8_192;

/// The frames of a flood.
#[derive(Debug)]
pub struct Flood {
    frames: Vec<Vec<u8>>,
    next: usize,
}

impl Flood {
    /// Datagrams of `size` bytes, Ethernet header included, to `port` of `server`.
    #[must_use]
    pub fn new(size: usize, server: Ipv4Addr, port: u16) -> Self {
        let frames = (0..KINDS)
            .map(|kind| datagram(kind, size.clamp(42, 1514), server, port))
            .collect();
        Self { frames, next: 0 }
    }

    /// The next frames.
    pub fn next_batch(&mut self) -> impl Iterator<Item = &[u8]> {
        let start = self.next;
        self.next = (start + BATCH) % self.frames.len();
        self.frames.iter().skip(start).take(BATCH).map(Vec::as_slice)
    }
}

/// RFC 768, without a checksum.
fn datagram(kind: u32, size: usize, server: Ipv4Addr, port: u16) -> Vec<u8> {
    let source = Ipv4Addr::from_bits(0x0ac8_0000 | kind); // 10.200.0.0/16
    let length = size - 34;
    let mut udp = Vec::with_capacity(length);
    udp.extend((1_024 + (kind % 60_000) as u16).to_be_bytes());
    udp.extend(port.to_be_bytes());
    udp.extend((length as u16).to_be_bytes());
    udp.resize(length, 0);
    ethernet(&ipv4(17, source, server, &udp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_has_the_size_and_a_sender_of_its_own() {
        let mut flood = Flood::new(60, Ipv4Addr::new(10, 1, 0, 1), 9);
        let batch: Vec<_> = flood.next_batch().map(<[u8]>::to_vec).collect();
        assert_eq!(batch.len(), BATCH);
        assert!(batch.iter().all(|frame| frame.len() == 60));
        assert_ne!(batch[0][26..30], batch[1][26..30]);
    }
}
