//! One frame becomes one packet: link layer, tags, IP with its extension headers, TCP or UDP.
//!
//! Slicing is lax: offloaded superframes (IP total length 0), frames cut by the snap length and wrong checksums are normal on a mirror.

use std::net::IpAddr;

use etherparse::err::Layer;
use etherparse::{
    EtherType, IpNumber, Ipv6ExtensionsSlice, LaxIpPayloadSlice, LaxLinkExtSlice, LaxNetSlice, LaxSlicedPacket,
    LenSource, LinkSlice, TcpSlice, TransportSlice, UdpSlice, ip_number,
};
use smallvec::SmallVec;

use crate::flow::{self, Hop, Mac, Tunnel};
use crate::source::{Frame, LinkType, Tag};
use crate::table::{Key, Side};
use crate::tunnel;

mod fragment;
mod nested;
pub(crate) mod nflog;
mod plain;

pub(crate) use nested::MAX_DEPTH;

// IANA protocol numbers.
const HOP_BY_HOP: u8 = 0;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ROUTING: u8 = 43;
const IPV4_IN_IP: u8 = 4;
const IPV6_IN_IP: u8 = 41;
const FRAGMENT: u8 = 44;
const GRE: u8 = 47;
const MPLS_IN_IP: u8 = 137;
const DESTINATION_OPTIONS: u8 = 60;

/// What a frame turned out to carry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decoded<'a> {
    Packet(Packet<'a>),
    Fragment(Fragment<'a>),
}

impl Decoded<'_> {
    /// Where it comes from and where it goes.
    pub(crate) const fn path(&self) -> &Path {
        match self {
            Self::Packet(packet) => &packet.path,
            Self::Fragment(fragment) => &fragment.path,
        }
    }

    const fn path_mut(&mut self) -> &mut Path {
        match self {
            Self::Packet(packet) => &mut packet.path,
            Self::Fragment(fragment) => &mut fragment.path,
        }
    }
}

/// Addresses and layers of a packet, whatever it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) source_mac: Option<Mac>,
    pub(crate) destination_mac: Option<Mac>,
    pub(crate) tunnel: Tunnel,
}

/// A TCP segment or UDP datagram.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) path: Path,
    /// What its sender numbered it with; 0 for IPv6, and where the sender does not.
    pub(crate) identification: u16,
    /// Time to live or hop limit; 0 where it came in pieces.
    pub(crate) ttl: u8,
    /// The IP payload as far as it was captured: transport header and data.
    pub(crate) bytes: &'a [u8],
    pub(crate) payload: Transport<'a>,
}

impl Packet<'_> {
    /// What its flow is found by, and which end sent it.
    pub(crate) fn key(&self) -> (Key, Side) {
        let (transport, ports) = match &self.payload {
            Transport::Tcp(segment) => (flow::Transport::Tcp, (segment.source_port, segment.destination_port)),
            Transport::Udp(datagram) => (flow::Transport::Udp, (datagram.source_port, datagram.destination_port)),
        };
        let source = (self.path.source, ports.0);
        Key::new(transport, source, (self.path.destination, ports.1))
    }
}

/// The transport header's fields that assembly needs, and the payload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Transport<'a> {
    Tcp(Segment<'a>),
    Udp(Datagram<'a>),
}

impl Transport<'_> {
    /// Payload bytes that were cut off.
    pub(crate) const fn missing(&self) -> u32 {
        match self {
            Self::Tcp(segment) => segment.missing,
            Self::Udp(datagram) => datagram.missing,
        }
    }
}

/// RFC 9293 §3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment<'a> {
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) sequence: u32,
    pub(crate) acknowledgment: Option<u32>,
    pub(crate) syn: bool,
    pub(crate) fin: bool,
    pub(crate) rst: bool,
    pub(crate) window: u16,
    pub(crate) data: &'a [u8],
    /// Payload bytes cut off behind `data`.
    pub(crate) missing: u32,
}

/// RFC 768.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Datagram<'a> {
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) data: &'a [u8],
    /// Payload bytes cut off behind `data`.
    pub(crate) missing: u32,
}

/// A piece of an IP payload (RFC 791 §3.2, RFC 8200 §4.5).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fragment<'a> {
    pub(crate) path: Path,
    pub(crate) identification: u32,
    pub(crate) protocol: u8,
    /// In bytes.
    pub(crate) offset: u32,
    pub(crate) more: bool,
    pub(crate) data: &'a [u8],
}

/// Why a frame carries nothing for the flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    LinkType,
    Arp,
    NotIp,
    Tags,
    TunnelDepth,
    Macsec,
    Gre,
    Mpls,
    Nsh,
    Esp,
    L2tp,
    IpTunnel,
    Icmp,
    IpProtocol,
    BadLink,
    BadIp,
    BadIpExtension,
    BadTcp,
    BadUdp,
    Snapped,
}

/// Bytes to be decoded: a frame, or one that was in it.
#[derive(Clone, Copy)]
struct Input<'a> {
    link: LinkType,
    data: &'a [u8],
    /// Bytes cut off behind `data`.
    cut: u32,
    /// Tunnels around it.
    depth: usize,
}

/// Decodes `frame`, through tunnels.
#[inline]
pub(crate) fn decode<'a>(frame: &Frame<'a>) -> Result<Decoded<'a>, Refusal> {
    let decoded = whole(Input {
        link: frame.link,
        data: frame.data,
        cut: frame.wire_len.saturating_sub(frame.data.len() as u32),
        depth: 0,
    });
    match frame.stripped {
        Some(tag) => decoded.map(|decoded| tagged(decoded, tag)),
        None => decoded,
    }
}

/// What was in a frame whose outermost tag the kernel took out.
fn tagged(mut decoded: Decoded<'_>, tag: Tag) -> Decoded<'_> {
    decoded.path_mut().tunnel.0.insert(0, Hop::Vlan(tag.vlan()));
    decoded
}

#[inline]
fn whole(input: Input<'_>) -> Result<Decoded<'_>, Refusal> {
    if input.link == LinkType::ETHERNET
        && let Some(packet) = plain::decode(input.data)
    {
        return nested::packet(packet, input.depth);
    }
    general(input)
}

fn general(input: Input<'_>) -> Result<Decoded<'_>, Refusal> {
    let snapped = |refusal| if input.cut > 0 { Refusal::Snapped } else { refusal };
    let sliced = slice(input).map_err(snapped)?;
    interpret(&sliced, input).map_err(|refusal| match refusal {
        Refusal::BadIp | Refusal::BadIpExtension | Refusal::BadTcp | Refusal::BadUdp => snapped(refusal),
        other => other,
    })
}

fn slice(input: Input<'_>) -> Result<LaxSlicedPacket<'_>, Refusal> {
    let data = input.data;
    match input.link {
        LinkType::ETHERNET => LaxSlicedPacket::from_ethernet(data).map_err(|_| Refusal::BadLink),
        LinkType::RAW | LinkType::DLT_RAW | LinkType::DLT_RAW_OPENBSD | LinkType::IPV4 | LinkType::IPV6 => ip(data),
        LinkType::NULL | LinkType::LOOP => loopback(data),
        LinkType::LINUX_SLL => cooked(data, 14, 16),
        LinkType::LINUX_SLL2 => cooked(data, 0, 20),
        LinkType::FDDI => fddi(data),
        LinkType::NFLOG => nflog::payload(data).and_then(ip),
        LinkType::PKTAP | LinkType::USER2 => {
            let (link, data) = pktap(data).ok_or(Refusal::BadLink)?;
            slice(Input { link, data, ..input })
        }
        _ => Err(Refusal::LinkType),
    }
}

/// The link type and the frame behind a PKTAP header: `length(4) next(4, 1: a frame follows) link type(4) …`, little-endian as
/// the hosts that write it are.
pub(crate) fn pktap(data: &[u8]) -> Option<(LinkType, &[u8])> {
    let word = |at: usize| data.get(at..)?.first_chunk().copied().map(u32::from_le_bytes);
    let (length, next, link) = (word(0)?, word(4)?, u16::try_from(word(8)?).ok()?);
    let link = LinkType(link);
    let nested = matches!(link, LinkType::PKTAP | LinkType::USER2);
    (next == 1 && length >= 12 && !nested).then_some((link, data.get(length as usize..)?))
}

fn ip(data: &[u8]) -> Result<LaxSlicedPacket<'_>, Refusal> {
    LaxSlicedPacket::from_ip(data).map_err(|_| Refusal::BadIp)
}

/// The address family is in the byte order of the capturing host and numbered by its system: IP is told by its version instead.
fn loopback(data: &[u8]) -> Result<LaxSlicedPacket<'_>, Refusal> {
    let (family, rest) = data.split_first_chunk().ok_or(Refusal::BadLink)?;
    let family = u32::from_le_bytes(*family);
    match if family > 0xffff { family.swap_bytes() } else { family } {
        2 | 10 | 23 | 24 | 28 | 30 => ip(rest),
        _ => Err(Refusal::NotIp),
    }
}

/// Where the EtherType of an FDDI frame is.
pub(crate) const SNAP_TYPE: usize = 19;

/// ISO 9314-2 and RFC 1390: `frame control(1) destination(6) source(6)`, then LLC and SNAP as every IP has them (RFC 1042):
/// `aa aa 03 000000 EtherType(2)`.
fn fddi(data: &[u8]) -> Result<LaxSlicedPacket<'_>, Refusal> {
    match data.get(13..SNAP_TYPE).ok_or(Refusal::BadLink)? {
        [0xaa, 0xaa, 3, 0, 0, 0] => cooked(data, SNAP_TYPE, SNAP_TYPE + 2),
        _ => Err(Refusal::NotIp),
    }
}

/// A Linux cooked header: the EtherType at `kind`, the payload at `payload`.
fn cooked(data: &[u8], kind: usize, payload: usize) -> Result<LaxSlicedPacket<'_>, Refusal> {
    let rest = data.get(payload..).ok_or(Refusal::BadLink)?;
    let kind = data
        .get(kind..)
        .and_then(<[u8]>::first_chunk)
        .copied()
        .ok_or(Refusal::BadLink)?;
    Ok(LaxSlicedPacket::from_ether_type(
        EtherType(u16::from_be_bytes(kind)),
        rest,
    ))
}

fn interpret<'a>(sliced: &LaxSlicedPacket<'a>, input: Input<'a>) -> Result<Decoded<'a>, Refusal> {
    let Some(net) = &sliced.net else {
        return nested::frame(sliced, input);
    };
    let (source, destination, payload) = match net {
        LaxNetSlice::Ipv4(v4) => {
            let header = v4.header();
            (
                IpAddr::V4(header.source_addr()),
                IpAddr::V4(header.destination_addr()),
                v4.payload(),
            )
        }
        LaxNetSlice::Ipv6(v6) => {
            let header = v6.header();
            (
                IpAddr::V6(header.source_addr()),
                IpAddr::V6(header.destination_addr()),
                v6.payload(),
            )
        }
        LaxNetSlice::Arp(_) => return Err(Refusal::Arp),
    };
    let (source_mac, destination_mac) = macs(sliced, input.link, input.data);
    let path = Path {
        source,
        destination,
        source_mac,
        destination_mac,
        tunnel: tunnel(sliced)?,
    };
    if payload.fragmented {
        return fragment::fragment(net, payload, path, input.data).map(Decoded::Fragment);
    }
    let missing = missing(net, payload, input.cut);
    let carried = nested::carried(payload.ip_number.0, &path, (payload.payload, missing), input.depth);
    if let Some(carried) = carried {
        return carried;
    }
    let packet = Packet {
        path,
        identification: identification(net),
        ttl: ttl(net),
        bytes: payload.payload,
        payload: transport(sliced, payload, missing)?,
    };
    nested::packet(packet, input.depth)
}

fn identification(net: &LaxNetSlice<'_>) -> u16 {
    match net {
        LaxNetSlice::Ipv4(v4) => v4.header().identification(),
        _ => 0,
    }
}

fn ttl(net: &LaxNetSlice<'_>) -> u8 {
    match net {
        LaxNetSlice::Ipv4(v4) => v4.header().ttl(),
        LaxNetSlice::Ipv6(v6) => v6.header().hop_limit(),
        LaxNetSlice::Arp(_) => 0,
    }
}

/// What a frame without an IP header is.
fn without_ip(sliced: &LaxSlicedPacket<'_>) -> Refusal {
    if let Some((_, layer)) = &sliced.stop_err {
        return refusal(*layer);
    }
    match sliced.link_exts.last() {
        Some(LaxLinkExtSlice::Macsec(_)) => Refusal::Macsec,
        Some(LaxLinkExtSlice::Vlan(_)) if sliced.link_exts.is_full() => Refusal::Tags,
        _ => Refusal::NotIp,
    }
}

/// What is wrong when slicing stopped in `layer`.
const fn refusal(layer: Layer) -> Refusal {
    match layer {
        Layer::LinuxSllHeader | Layer::Ethernet2Header | Layer::EtherPayload | Layer::VlanHeader => Refusal::BadLink,
        Layer::MacsecHeader | Layer::MacsecPacket => Refusal::Macsec,
        Layer::Arp => Refusal::Arp,
        Layer::TcpHeader => Refusal::BadTcp,
        Layer::UdpHeader | Layer::UdpPayload => Refusal::BadUdp,
        Layer::Icmpv4 | Layer::Icmpv4Timestamp | Layer::Icmpv4TimestampReply | Layer::Icmpv6 => Refusal::Icmp,
        Layer::IpAuthHeader
        | Layer::Ipv6ExtHeader
        | Layer::Ipv6HopByHopHeader
        | Layer::Ipv6DestOptionsHeader
        | Layer::Ipv6RouteHeader
        | Layer::Ipv6FragHeader => Refusal::BadIpExtension,
        Layer::IpHeader | Layer::Ipv4Header | Layer::Ipv4Packet | Layer::Ipv6Header | Layer::Ipv6Packet => {
            Refusal::BadIp
        }
        _ => Refusal::IpProtocol,
    }
}

/// Sender and receiver; a cooked header has the sender only.
fn macs(sliced: &LaxSlicedPacket<'_>, link: LinkType, data: &[u8]) -> (Option<Mac>, Option<Mac>) {
    match (&sliced.link, link) {
        (Some(LinkSlice::Ethernet2(ethernet)), _) => (own(ethernet.source()), own(ethernet.destination())),
        (_, LinkType::LINUX_SLL) if data.get(4..6) == Some(&[0, 6]) => (mac(data, 6), None),
        (_, LinkType::LINUX_SLL2) if data.get(11) == Some(&6) => (mac(data, 12), None),
        (_, LinkType::NFLOG) => (nflog::source(data), None),
        (_, LinkType::FDDI) => (mac(data, 7), mac(data, 1)),
        _ => (None, None),
    }
}

/// A group address is nobody's (IEEE 802-2014 §8.2.2).
fn own(mac: [u8; 6]) -> Option<Mac> {
    (mac[0] & 1 == 0).then_some(Mac(mac))
}

fn mac(data: &[u8], at: usize) -> Option<Mac> {
    data.get(at..)?.first_chunk().copied().map(Mac)
}

fn tunnel(sliced: &LaxSlicedPacket<'_>) -> Result<Tunnel, Refusal> {
    let hops = sliced.link_exts.iter().map(|layer| match layer {
        LaxLinkExtSlice::Vlan(vlan) => Ok(Hop::Vlan(vlan.vlan_identifier().value())),
        LaxLinkExtSlice::Macsec(_) => Err(Refusal::Macsec),
    });
    hops.collect::<Result<SmallVec<_>, _>>().map(Tunnel)
}

/// IP payload bytes that were sent but not captured.
fn missing(net: &LaxNetSlice<'_>, payload: &LaxIpPayloadSlice<'_>, cut: u32) -> u32 {
    if payload.incomplete {
        return claimed(net).saturating_sub(payload.payload.len() as u32);
    }
    // Without a usable length in the header only the capture knows how long the frame was.
    if payload.len_source == LenSource::Slice { cut } else { 0 }
}

/// The IP payload's length behind extension headers, as the header claims it.
fn claimed(net: &LaxNetSlice<'_>) -> u32 {
    match net {
        LaxNetSlice::Ipv4(v4) => {
            let headers =
                v4.header().slice().len() + v4.extensions().auth.as_ref().map_or(0, |auth| auth.slice().len());
            u32::from(v4.header().total_len()).saturating_sub(headers as u32)
        }
        LaxNetSlice::Ipv6(v6) => {
            u32::from(v6.header().payload_length()).saturating_sub(v6.extensions().slice().len() as u32)
        }
        LaxNetSlice::Arp(_) => 0,
    }
}

fn transport<'a>(
    sliced: &LaxSlicedPacket<'a>,
    payload: &LaxIpPayloadSlice<'a>,
    missing: u32,
) -> Result<Transport<'a>, Refusal> {
    match &sliced.transport {
        Some(TransportSlice::Tcp(slice)) => Ok(Transport::Tcp(segment(slice, missing))),
        Some(TransportSlice::Udp(slice)) => Ok(Transport::Udp(datagram(slice, missing))),
        Some(TransportSlice::Icmpv4(_) | TransportSlice::Icmpv6(_)) => Err(Refusal::Icmp),
        Some(_) => Err(Refusal::IpProtocol),
        None => Err(match &sliced.stop_err {
            Some((_, layer)) => refusal(*layer),
            None => other(payload.ip_number.0),
        }),
    }
}

/// An IP protocol that is not read.
fn other(protocol: u8) -> Refusal {
    match protocol {
        1 | 58 => Refusal::Icmp,
        _ => tunnel::unread::protocol(protocol).unwrap_or(Refusal::IpProtocol),
    }
}

fn segment<'a>(slice: &TcpSlice<'a>, missing: u32) -> Segment<'a> {
    Segment {
        source_port: slice.source_port(),
        destination_port: slice.destination_port(),
        sequence: slice.sequence_number(),
        acknowledgment: slice.ack().then(|| slice.acknowledgment_number()),
        syn: slice.syn(),
        fin: slice.fin(),
        rst: slice.rst(),
        window: slice.window_size(),
        data: slice.payload(),
        missing,
    }
}

fn datagram<'a>(slice: &UdpSlice<'a>, missing: u32) -> Datagram<'a> {
    let claimed = u32::from(slice.length()).saturating_sub(8);
    let missing = match missing {
        0 => 0,
        // Superframes of UDP segmentation offload claim no length.
        some if claimed == 0 => some,
        _ => claimed.saturating_sub(slice.payload().len() as u32),
    };
    Datagram {
        source_port: slice.source_port(),
        destination_port: slice.destination_port(),
        data: slice.payload(),
        missing,
    }
}

/// What is in the payload that `fragment` made complete, or of which `cut` bytes at most are not there.
pub(crate) fn reassembled<'a>(fragment: &Fragment<'_>, payload: &'a [u8], cut: u32) -> Result<Decoded<'a>, Refusal> {
    let (_, protocol, payload, stop) = Ipv6ExtensionsSlice::from_slice_lax(IpNumber(fragment.protocol), payload);
    let depth = fragment.path.tunnel.depth();
    if stop.is_some() {
        return Err(Refusal::BadIpExtension);
    }
    if let Some(carried) = nested::carried(protocol.0, &fragment.path, (payload, cut), depth) {
        return carried;
    }
    let bytes = payload;
    let payload = match protocol {
        ip_number::TCP => TcpSlice::from_slice(payload)
            .map(|slice| Transport::Tcp(segment(&slice, cut)))
            .map_err(|_| Refusal::BadTcp)?,
        ip_number::UDP => UdpSlice::from_slice_lax(payload)
            .map(|slice| Transport::Udp(datagram(&slice, cut)))
            .map_err(|_| Refusal::BadUdp)?,
        IpNumber(protocol) => return Err(other(protocol)),
    };
    let packet = Packet {
        path: fragment.path.clone(),
        identification: if fragment.path.source.is_ipv4() {
            fragment.identification as u16
        } else {
            0
        },
        ttl: 0,
        bytes,
        payload,
    };
    nested::packet(packet, depth)
}

#[cfg(test)]
mod tests;
