//! Probes from the management NIC: a marked ICMP echo and a CLDAP ping, which the mirror should show on their way out and back.
//!
//! Both are what any client of the domain sends to find a controller ([MS-ADTS] 6.3.3); no account and no secret is in them.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

/// Bytes by which an echo of this test is known on the mirror.
pub(super) const MARK_LENGTH: usize = 24;

/// CLDAP, [MS-ADTS] 6.3.3.
const CLDAP: u16 = 389;
// RFC 792 and RFC 4443 §4.1.
const ECHO_V4: u8 = 8;
const ECHO_V6: u8 = 128;

/// The probes of one controller's address.
#[derive(Debug)]
pub(super) struct Probes {
    pub(super) address: IpAddr,
    /// In every echo, and unlike that of any other test or address.
    pub(super) mark: [u8; MARK_LENGTH],
    echo: Option<Socket>,
    echo_answered: bool,
    ldap: Option<UdpSocket>,
    ldap_answered: bool,
    sent: u16,
}

impl Probes {
    /// Sockets for `address`, bound to `source` where one is given; a probe whose socket the system refuses is left out.
    pub(super) fn new(address: IpAddr, source: Option<IpAddr>, number: u64) -> Self {
        let mut mark = *b"adtap-mirror-test-000000";
        let digits = format!("{:06x}", number & 0xff_ffff);
        if let Some(end) = mark.last_chunk_mut::<6>() {
            end.copy_from_slice(digits.as_bytes().first_chunk().unwrap_or(b"000000"));
        }
        Self {
            address,
            mark,
            echo: echo_socket(address, source).ok(),
            echo_answered: false,
            ldap: ldap_socket(address, source).ok(),
            ldap_answered: false,
            sent: 0,
        }
    }

    /// Sends one of each. What cannot be sent is a probe without an answer.
    pub(super) fn send(&mut self) {
        self.sent = self.sent.wrapping_add(1);
        if let Some(echo) = &self.echo {
            let _unanswered = echo.send(&request(self.address, self.sent, &self.mark));
        }
        if let Some(ldap) = &self.ldap {
            let _unanswered = ldap.send(&netlogon_ping(u8::try_from(self.sent % 128).unwrap_or_default()));
        }
    }

    /// Takes in the answers that have come.
    pub(super) fn receive(&mut self) {
        let mut buffer = [0; 2_048];
        if let Some(echo) = &self.echo {
            while let Ok(length) = io::Read::read(&mut &*echo, &mut buffer) {
                let answer = buffer.get(..length).unwrap_or_default();
                self.echo_answered |= is_reply(self.address, answer) && contains(answer, &self.mark);
            }
        }
        if let Some(ldap) = &self.ldap {
            while let Ok(length) = ldap.recv(&mut buffer) {
                self.ldap_answered |= length > 0;
            }
        }
    }

    /// Whether an echo came back; none where none could be sent.
    pub(super) fn echo(&self) -> Option<bool> {
        self.echo.as_ref().map(|_| self.echo_answered)
    }

    /// Whether a CLDAP ping was answered; none where none could be sent.
    pub(super) fn ldap(&self) -> Option<bool> {
        self.ldap.as_ref().map(|_| self.ldap_answered)
    }

    /// Where the CLDAP pings come from.
    pub(super) fn ldap_from(&self) -> Option<SocketAddr> {
        self.ldap.as_ref()?.local_addr().ok()
    }
}

fn echo_socket(address: IpAddr, source: Option<IpAddr>) -> io::Result<Socket> {
    let (domain, protocol) = match address {
        IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
        IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
    };
    let socket =
        Socket::new(domain, Type::RAW, Some(protocol)).or_else(|_| Socket::new(domain, Type::DGRAM, Some(protocol)))?;
    socket.set_nonblocking(true)?;
    if let Some(source) = source {
        socket.bind(&SocketAddr::new(source, 0).into())?;
    }
    socket.connect(&SocketAddr::new(address, 0).into())?;
    Ok(socket)
}

fn ldap_socket(address: IpAddr, source: Option<IpAddr>) -> io::Result<UdpSocket> {
    let any: IpAddr = if address.is_ipv4() {
        std::net::Ipv4Addr::UNSPECIFIED.into()
    } else {
        std::net::Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((source.unwrap_or(any), 0))?;
    socket.set_nonblocking(true)?;
    socket.set_write_timeout(Some(Duration::from_millis(100)))?;
    socket.connect((address, CLDAP))?;
    Ok(socket)
}

/// An echo request; the kernel fills in the checksum of ICMPv6, that of ICMPv4 is ours (RFC 792).
fn request(address: IpAddr, sequence: u16, mark: &[u8]) -> Vec<u8> {
    let kind = if address.is_ipv4() { ECHO_V4 } else { ECHO_V6 };
    let mut packet = vec![kind, 0, 0, 0, 0xad, 0x7a];
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(mark);
    if address.is_ipv4() {
        let sum = checksum(&packet);
        if let Some([_, _, high, low]) = packet.first_chunk_mut() {
            [*high, *low] = sum.to_be_bytes();
        }
    }
    packet
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| {
            u32::from(u16::from_be_bytes([
                pair.first().copied().unwrap_or(0),
                pair.get(1).copied().unwrap_or(0),
            ]))
        })
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

/// Whether `packet` is an echo reply: a raw IPv4 socket reads the IP header before it, the others do not.
fn is_reply(address: IpAddr, packet: &[u8]) -> bool {
    match (address, packet.first()) {
        (IpAddr::V4(_), Some(0)) => true,
        (IpAddr::V4(_), Some(first @ 0x45..=0x4f)) => packet.get(usize::from(first & 0xf) * 4) == Some(&0),
        (IpAddr::V6(_), Some(129)) => true,
        _ => false,
    }
}

/// `searchRequest` for `Netlogon` at the root DSE with `(&(NtVer=0x16))` ([MS-ADTS] 6.3.3.2), as message `id` below 128.
fn netlogon_ping(id: u8) -> Vec<u8> {
    let filter = tlv(0xa0, &tlv(0xa3, &[tlv(4, b"NtVer"), tlv(4, &[0x16, 0, 0, 0])].concat()));
    let search = [
        tlv(4, b""),
        tlv(10, &[0]), // baseObject
        tlv(10, &[0]), // neverDerefAliases
        tlv(2, &[0]),
        tlv(2, &[0]),
        tlv(1, &[0]),
        filter,
        tlv(0x30, &tlv(4, b"Netlogon")),
    ];
    tlv(0x30, &[tlv(2, &[id]), tlv(0x63, &search.concat())].concat())
}

/// A BER element shorter than 128 bytes.
fn tlv(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut element = vec![tag, u8::try_from(body.len()).unwrap_or_default()];
    element.extend_from_slice(body);
    element
}

/// Whether `needle` is somewhere in `hay`.
pub(super) fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_summed_and_its_reply_known() {
        let packet = request("10.0.0.1".parse().unwrap(), 7, b"mark");
        assert_eq!(checksum(&packet), 0);
        let mut raw = vec![0x45; 20];
        raw.extend_from_slice(&[0, 0, 0, 0]);
        assert!(is_reply("10.0.0.1".parse().unwrap(), &raw));
        raw[20] = 8;
        assert!(!is_reply("10.0.0.1".parse().unwrap(), &raw));
    }

    #[test]
    fn a_netlogon_ping_is_a_search() {
        let ping = netlogon_ping(1);
        assert_eq!(ping[..2], [0x30, u8::try_from(ping.len() - 2).unwrap()]);
        assert!(contains(&ping, b"Netlogon") && contains(&ping, b"NtVer"));
    }

    #[test]
    fn loopback_answers_an_echo() {
        let mut probes = Probes::new("127.0.0.1".parse().unwrap(), None, 7);
        if probes.echo().is_none() {
            eprintln!("skipped: no permission for ICMP sockets here");
            return;
        }
        probes.send();
        for _ in 0..1_000 {
            probes.receive();
            if probes.echo() == Some(true) {
                return;
            }
            std::thread::yield_now();
        }
        // Some containers drop echoes even on loopback: then there is nothing to hold against the code.
        eprintln!("skipped: loopback does not answer echoes here");
    }
}
