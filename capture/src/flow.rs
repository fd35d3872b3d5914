//! A flow: the two ends of a conversation, which of them is the client, and where it was seen.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Serialize, Serializer};
use smallvec::SmallVec;

/// The transport protocols that carry what adtap parses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// RFC 9293.
    Tcp,
    /// RFC 768.
    Udp,
}

impl Transport {
    /// The transport's name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Which way bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }

    /// 0 for up, 1 for down: an index into per-direction pairs.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// An Ethernet address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Endpoint {
    /// Address, inside any tunnel.
    pub ip: IpAddr,
    /// TCP or UDP port.
    pub port: u16,
    /// Source address of its frames; absent for captures without a link layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<Mac>,
}

impl Endpoint {
    /// Address and port.
    #[must_use]
    pub const fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.ip, self.port)
    }
}

/// One layer around the frame, outermost first in a [`Tunnel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hop {
    /// An IEEE 802.1Q or 802.1ad tag and its VLAN identifier.
    Vlan(u16),
    /// GRE (RFC 2784), also in UDP (RFC 8086), and its key (RFC 2890) if it has one.
    Gre(Option<u32>),
    /// ERSPAN type I, which names no session.
    Erspan1,
    /// ERSPAN type II and its session.
    Erspan2(u16),
    /// ERSPAN type III and its session.
    Erspan3(u16),
    /// VXLAN (RFC 7348) and its network identifier.
    Vxlan(u32),
    /// GENEVE (RFC 8926) and its network identifier.
    Geneve(u32),
    /// GTP-U (3GPP TS 29.281) and its tunnel endpoint identifier.
    Gtp(u32),
    /// VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe) and its network identifier.
    VxlanGpe(u32),
    /// PPPoE (RFC 2516) and its session.
    Pppoe(u16),
    /// A stack of MPLS labels (RFC 3032) and the last of them.
    Mpls(u32),
    /// A VN-Tag (Cisco, the draft before IEEE 802.1BR) and the virtual interface of the switch that it is about.
    VnTag(u16),
    /// Cisco FabricPath and its forwarding tag: the topology.
    FabricPath(u16),
    /// TZSP.
    Tzsp,
    /// IP in IP (RFC 2003, RFC 2473, RFC 4213).
    Ip,
    /// The port of the switch that an ERSPAN header names, by an index that is the platform's; it may tell ingress and egress apart.
    Port(u32),
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vlan(id) => write!(f, "vlan:{id}"),
            Self::VxlanGpe(vni) => write!(f, "vxlan-gpe:{vni}"),
            Self::Mpls(label) => write!(f, "mpls:{label}"),
            Self::VnTag(interface) => write!(f, "vntag:{interface}"),
            Self::FabricPath(tag) => write!(f, "fabricpath:{tag}"),
            Self::Tzsp => f.write_str("tzsp"),
            Self::Ip => f.write_str("ipip"),
            Self::Port(index) => write!(f, "port:{index}"),
            Self::Pppoe(session) => write!(f, "pppoe:{session}"),
            Self::Gre(None) => f.write_str("gre"),
            Self::Gre(Some(key)) => write!(f, "gre:{key}"),
            Self::Erspan1 => f.write_str("erspan1"),
            Self::Erspan2(session) => write!(f, "erspan2:{session}"),
            Self::Erspan3(session) => write!(f, "erspan3:{session}"),
            Self::Vxlan(vni) => write!(f, "vxlan:{vni}"),
            Self::Geneve(vni) => write!(f, "geneve:{vni}"),
            Self::Gtp(teid) => write!(f, "gtp:{teid}"),
        }
    }
}

impl Serialize for Hop {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The layers around a frame, outermost first; no part of a flow's identity, since mirrors tag the two directions apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Tunnel(pub SmallVec<[Hop; 4]>);

impl Tunnel {
    /// Layers that wrap a whole frame or packet: neither tags nor ports.
    #[must_use]
    pub fn depth(&self) -> usize {
        let wraps = |hop: &&Hop| !matches!(hop, Hop::Vlan(_) | Hop::VnTag(_) | Hop::Port(_));
        self.0.iter().filter(wraps).count()
    }
}

/// Index of a capture file or interface in the run's list of captures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaptureId(pub u16);

/// A frame's place: its capture and its 1-based number there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId {
    /// The file or interface.
    pub capture: CaptureId,
    /// 1-based, counting every frame of that capture.
    pub number: u64,
}

/// A conversation between two endpoints over one transport.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Run-wide sequence number of its first packet: unique, and the same whatever the number of workers.
    pub id: u64,
    /// TCP or UDP.
    pub transport: Transport,
    /// Who asked, as far as is known: the sender of the SYN, else judged by ports, else by what the parsers recognise.
    pub client: Endpoint,
    /// Who was asked.
    pub server: Endpoint,
    /// As on the flow's first packet.
    pub tunnel: Tunnel,
    /// Where the flow's first packet was seen.
    pub capture: CaptureId,
    /// The flow's opening was not seen.
    pub midstream: bool,
}

impl Flow {
    /// Client and server change places; called when the first message proves the guess wrong.
    pub const fn swap(&mut self) {
        std::mem::swap(&mut self.client, &mut self.server);
    }

    /// Who sends in `direction`, and who receives.
    #[must_use]
    pub const fn ends(&self, direction: Direction) -> (&Endpoint, &Endpoint) {
        match direction {
            Direction::Up => (&self.client, &self.server),
            Direction::Down => (&self.server, &self.client),
        }
    }
}
