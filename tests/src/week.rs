//! Days of packet time over many connections that never end: LDAP, SMB and RPC, each with what is open on it, each used once in a while.
//!
//! What a sensor keeps of a connection it keeps for days: memory has to stay where it is.

use std::io::{self, Write};

use crate::segment::{Capture, Connection, End};
use crate::smb2;

/// What is written.
#[derive(Clone, Copy, Debug)]
pub struct Week {
    /// Connections, open from the beginning to the end.
    pub connections: u32,
    /// Days of packet time.
    pub days: u32,
    /// Uses of each connection in a day.
    pub uses: u32,
}

const DAY: u64 = 86_400_000_000;
const START: u64 = 1_763_600_000_000_000;

impl Week {
    /// Writes the capture to `out`, and calls `day` with its number when one is over; says how many packets there are.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub fn write(&self, out: &mut impl Write, mut day: impl FnMut(u32)) -> io::Result<u64> {
        let mut capture = Capture::begin(out)?;
        let mut lines: Vec<Line> = (0..self.connections).map(Line::new).collect();
        let mut time = Time {
            micros: START,
            step: DAY / u64::from(self.uses.max(1)) / u64::from(self.connections.max(1)),
        };
        for line in &mut lines {
            line.open(&mut capture, time.next())?;
        }
        for number in 1..=self.days {
            for turn in 0..self.uses {
                for line in &mut lines {
                    line.turn(&mut capture, time.next(), u64::from((number - 1) * self.uses + turn))?;
                }
            }
            day(number);
        }
        Ok(capture.packets)
    }
}

/// Turns follow each other evenly.
struct Time {
    micros: u64,
    step: u64,
}

impl Time {
    const fn next(&mut self) -> u64 {
        self.micros += self.step;
        self.micros
    }
}

/// What is spoken.
#[derive(Clone, Copy)]
enum Speech {
    Ldap,
    Smb,
    Rpc,
}

struct Line {
    speech: Speech,
    connection: Connection,
}

impl Line {
    fn new(number: u32) -> Self {
        let (speech, port) = match number % 3 {
            0 => (Speech::Ldap, 389),
            1 => (Speech::Smb, 445),
            _ => (Speech::Rpc, 49_155),
        };
        let [_, high, middle, low] = number.to_be_bytes();
        let client = End {
            address: [10, 64 | high, middle, low],
            port: 50_000,
        };
        let server = End {
            address: [10, 0, 0, 10],
            port,
        };
        Line {
            speech,
            connection: Connection::new(client, server),
        }
    }

    /// The handshake and what comes once.
    fn open<W: Write>(&mut self, out: &mut Capture<'_, W>, micros: u64) -> io::Result<()> {
        for (up, flags) in [(true, 0x02), (false, 0x12), (true, 0x10)] {
            self.connection.send(out, micros, up, flags, &[])?;
        }
        match self.speech {
            Speech::Ldap => self.ask(out, micros, &ldap::bind(), &ldap::bound()),
            Speech::Smb => {
                self.ask(out, micros, &smb2::tree_connect(1), &smb2::tree_connected(1))?;
                self.ask(out, micros, &smb2::create(2), &smb2::created(2))
            }
            Speech::Rpc => self.ask(out, micros, &rpc::bind(), &rpc::bind_ack()),
        }
    }

    /// One request and its answer.
    fn turn<W: Write>(&mut self, out: &mut Capture<'_, W>, micros: u64, number: u64) -> io::Result<()> {
        let call = u32::try_from(number).unwrap_or_default() + 2;
        match self.speech {
            Speech::Ldap => self.ask(out, micros, &ldap::search(call), &ldap::done(call)),
            Speech::Smb => {
                let read = smb2::read(number + 3, 4096 * number, 64);
                self.ask(out, micros, &read, &smb2::data(number + 3, &[0x55; 64]))
            }
            Speech::Rpc => self.ask(out, micros, &rpc::request(call), &rpc::response(call)),
        }
    }

    fn ask<W: Write>(
        &mut self,
        out: &mut Capture<'_, W>,
        micros: u64,
        request: &[u8],
        answer: &[u8],
    ) -> io::Result<()> {
        self.connection.send(out, micros, true, 0x18, request)?;
        self.connection.send(out, micros, false, 0x18, answer)
    }
}

/// RFC 4511 §4.2 and §4.5; message identifiers of four bytes.
mod ldap {
    pub(super) fn bind() -> Vec<u8> {
        let body = [&[2, 1, 3, 4, 8][..], b"cn=alice", &[0x80, 4], b"pass"].concat();
        message(1, 0x60, &body)
    }

    pub(super) fn bound() -> Vec<u8> {
        message(1, 0x61, &[10, 1, 0, 4, 0, 4, 0])
    }

    pub(super) fn search(number: u32) -> Vec<u8> {
        let parts: [&[u8]; 4] = [
            &[4, 8],
            b"dc=lab,x",
            &[10, 1, 0, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0, 0x87, 11],
            b"objectclass",
        ];
        let body = [&parts.concat()[..], &[0x30, 0]].concat();
        message(number, 0x63, &body)
    }

    pub(super) fn done(number: u32) -> Vec<u8> {
        message(number, 0x65, &[10, 1, 0, 4, 0, 4, 0])
    }

    fn message(number: u32, operation: u8, body: &[u8]) -> Vec<u8> {
        let length = u8::try_from(body.len()).unwrap_or_default();
        let head = [0x30, length + 8, 2, 4];
        [&head[..], &number.to_be_bytes(), &[operation, length], body].concat()
    }
}

/// C706 §12.6.4; the interface is SAMR ([MS-SAMR] 1.9), the operation SamrCloseHandle.
mod rpc {
    const SAMR: [u8; 20] = [
        0x78, 0x57, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0, 1, 0x23, 0x45, 0x67, 0x89, 0xac, 1, 0, 0, 0,
    ];
    const NDR: [u8; 20] = [
        4, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 8, 0, 0x2b, 0x10, 0x48, 0x60, 2, 0, 0, 0,
    ];

    pub(super) fn bind() -> Vec<u8> {
        let head = [0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0];
        pdu(11, 1, &[&head[..], &SAMR, &NDR].concat())
    }

    pub(super) fn bind_ack() -> Vec<u8> {
        let head = [0xb8, 0x10, 0xb8, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        pdu(12, 1, &[&head[..], &NDR].concat())
    }

    pub(super) fn request(call: u32) -> Vec<u8> {
        pdu(0, call, &[&[20, 0, 0, 0, 0, 0, 1, 0][..], &[9; 20]].concat())
    }

    pub(super) fn response(call: u32) -> Vec<u8> {
        pdu(2, call, &[&[24, 0, 0, 0, 0, 0, 0, 0][..], &[0; 24]].concat())
    }

    fn pdu(kind: u8, call: u32, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(16 + body.len()).unwrap_or_default();
        let mut bytes = vec![5, 0, kind, 3, 0x10, 0, 0, 0];
        bytes.extend(length.to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(call.to_le_bytes());
        bytes.extend(body);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Week;

    #[test]
    fn every_connection_is_opened_and_then_used() {
        let week = Week {
            connections: 3,
            days: 2,
            uses: 4,
        };
        let (mut capture, mut days) = (Vec::new(), Vec::new());
        let packets = week.write(&mut capture, |day| days.push(day)).unwrap();
        // Three handshakes, a bind each of LDAP and RPC, a share and a file of SMB.
        assert_eq!(packets, 3 * 3 + 2 * 4 + 2 * 4 * 3 * 2);
        assert_eq!(days, [1, 2]);
        let read = crate::pcap::read(&capture).unwrap();
        assert_eq!(read.len() as u64, packets);
        assert!(read.is_sorted_by_key(|packet| packet.micros));
    }
}
