//! What is said, in packets between a workstation and a controller, a millisecond apart.

use tests::pcap;
use tests::segment::{Capture, Connection, End};

const CLIENT: [u8; 4] = [10, 77, 0, 50];
const SERVER: [u8; 4] = [10, 77, 0, 10];
/// 2026-11-20T08:00:00Z, in microseconds.
const START: u64 = 1_795_161_600_000_000;

/// A connection that opens, says it and closes.
pub(crate) fn tcp(port: u16, said: &[(bool, Vec<u8>)]) -> Vec<u8> {
    let (syn, ack, push, fin) = (2, 16, 24, 17);
    let end = |address, port| End { address, port };
    let mut connection = Connection::new(end(CLIENT, 50_123), end(SERVER, port));
    let opening = [(true, syn), (false, syn | ack), (true, ack)].map(|(up, flags)| (up, flags, Vec::new()));
    let talk = said.iter().map(|(up, data)| (*up, push, data.clone()));
    let closing = [(true, fin, Vec::new()), (false, fin, Vec::new())];
    let mut bytes = Vec::new();
    let mut capture = Capture::begin(&mut bytes).unwrap();
    for ((up, flags, data), at) in opening.into_iter().chain(talk).chain(closing).zip(0..) {
        let time = START + 1000 * at;
        connection.send(&mut capture, time, up, flags, &data).unwrap();
    }
    bytes
}

/// Datagrams to and from a port.
pub(crate) fn udp(port: u16, said: &[(bool, Vec<u8>)]) -> Vec<u8> {
    let packets = said.iter().zip(0..).map(|((up, data), at)| pcap::Packet {
        micros: START + 1000 * at,
        data: datagram(port, *up, data),
    });
    pcap::write(&packets.collect::<Vec<_>>())
}

/// A datagram over Ethernet and IPv4, without a checksum of its own.
fn datagram(port: u16, up: bool, data: &[u8]) -> Vec<u8> {
    let (client, server) = ((CLIENT, 50_123), (SERVER, port));
    let (from, to) = if up { (client, server) } else { (server, client) };
    let ethernet = [2, 0, 0, 0, 0, to.0[3], 2, 0, 0, 0, 0, from.0[3], 8, 0];
    let (length, total) = ((8 + data.len()) as u16, (28 + data.len()) as u16);
    let [high, low] = total.to_be_bytes();
    let mut ip = [[0x45, 0, high, low], [0, 0, 0x40, 0], [128, 17, 0, 0], from.0, to.0].concat();
    let words = ip
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    ip[10..12].copy_from_slice(&(!((sum & 0xffff) + (sum >> 16)) as u16).to_be_bytes());
    let udp = [from.1.to_be_bytes(), to.1.to_be_bytes(), length.to_be_bytes(), [0, 0]].concat();
    [&ethernet[..], &ip, &udp, data].concat()
}

/// A packet of RADIUS (RFC 2865 §3), whose authenticator is zero.
pub(crate) fn radius(code: u8, identifier: u8, attributes: &[(u8, &[u8])]) -> Vec<u8> {
    let mut body = vec![0; 16];
    for (kind, value) in attributes {
        body.extend([*kind, 2 + value.len() as u8]);
        body.extend(*value);
    }
    let [high, low] = (4 + body.len() as u16).to_be_bytes();
    [&[code, identifier, high, low][..], &body].concat()
}
