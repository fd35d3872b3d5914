//! What was counted on the way from frame to chunk.
//!
//! Invariant once every assembly has finished: `frames` = decoded + skipped + malformed + lost, each frame in exactly one of them.

use std::collections::BTreeMap;

use crate::decode::Refusal;
use crate::source::LinkType;

/// Declares the counters once, with their printed names.
macro_rules! counters {
    ($($(#[$doc:meta])* $field:ident: $name:literal,)*) => {
        /// Counters of one worker, or of a run after [`Stats::add`].
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Stats {
            $($(#[$doc])* pub $field: u64,)*
            /// Frames skipped per link type that is not read, part of `skipped_link_type`.
            pub link_types: BTreeMap<LinkType, u64>,
        }

        impl Stats {
            /// Adds another worker's counters.
            pub fn add(&mut self, other: &Self) {
                $(self.$field += other.$field;)*
                for (link, count) in &other.link_types {
                    *self.link_types.entry(*link).or_default() += count;
                }
            }

            /// Every counter with its name, in a fixed order; names are dotted paths.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$(($name, self.$field)),*].into_iter()
            }
        }
    };
}

counters! {
    /// Frames taken in.
    frames: "frames",
    /// Captured bytes of them.
    bytes: "bytes",
    /// Frames that carried TCP or UDP and reached their flow; fragments count when their datagram is complete.
    decoded: "decoded",
    /// Frames of a link type that is not read.
    skipped_link_type: "skipped.link-type",
    /// ARP.
    skipped_arp: "skipped.arp",
    /// Neither IP nor ARP.
    skipped_not_ip: "skipped.not-ip",
    /// More VLAN tags than are looked through.
    skipped_tags: "skipped.tags",
    /// More tunnels in each other than are followed.
    skipped_tunnel_depth: "skipped.tunnel-depth",
    /// MACsec.
    skipped_macsec: "skipped.macsec",
    /// GRE whose header or payload is not read: PPTP, PPP, and whatever else.
    skipped_tunnel_gre: "skipped.tunnel-gre",
    /// MPLS with neither IP nor Ethernet in it.
    skipped_tunnel_mpls: "skipped.tunnel-mpls",
    /// Network service headers (RFC 8300), in frames, VXLAN-GPE and GENEVE.
    skipped_tunnel_nsh: "skipped.tunnel-nsh",
    /// IPsec's ESP, also in UDP.
    skipped_tunnel_esp: "skipped.tunnel-esp",
    /// L2TP's data, in UDP and in IP.
    skipped_tunnel_l2tp: "skipped.tunnel-l2tp",
    /// Other tunnels in IP: EtherIP, mobile IP, compression.
    skipped_tunnel_ip: "skipped.tunnel-ip",
    /// ICMP and ICMPv6.
    skipped_icmp: "skipped.icmp",
    /// IP, but neither TCP, UDP, ICMP nor a tunnel that is followed.
    skipped_ip_protocol: "skipped.ip-protocol",
    /// Copies that the mirror made of packets that were read.
    skipped_duplicate: "skipped.duplicate",
    /// Link header too short.
    malformed_link: "malformed.link",
    /// IP header too short or contradictory.
    malformed_ip: "malformed.ip",
    /// IP extension headers too short or contradictory.
    malformed_ip_extension: "malformed.ip-extension",
    /// TCP header too short or contradictory.
    malformed_tcp: "malformed.tcp",
    /// UDP header too short.
    malformed_udp: "malformed.udp",
    /// A fragment that contradicts the datagram it belongs to.
    malformed_fragment: "malformed.fragment",
    /// Headers cut off by the snap length.
    malformed_snapped: "malformed.snapped",
    /// Fragments dropped because too much was waiting.
    lost_fragments_limit: "lost.limits.fragments",
    /// Fragments whose datagram did not become complete in time.
    lost_fragments_expired: "lost.fragments-expired",
    /// Fragments that still waited when the capture ended.
    lost_fragments_ended: "lost.fragments-ended",
    /// Fragments taken in.
    fragments: "ip.fragments",
    /// Datagrams put together from fragments.
    reassembled: "ip.reassembled",
    /// Of these, those that were a tunnel's: should their first fragment not have come first, what is in them may be apart from its flow.
    reassembled_tunnels: "ip.reassembled-tunnels",
    /// Bytes of fragments that were there already; the first ones were kept.
    fragment_overlap_bytes: "ip.fragment-overlap-bytes",
    /// Packets that were forgotten before a copy of them could have come, because too many followed.
    duplicates_limit: "ip.limits.duplicates",
    /// UDP datagrams.
    datagrams: "udp.datagrams",
    /// TCP segments.
    segments: "tcp.segments",
    /// Payload bytes of TCP delivered in order, read or not.
    stream_bytes: "tcp.stream-bytes",
    /// Of these, bytes that nobody reads and that were passed over by their number, whether the kernel had cut them off or not.
    unread_bytes: "tcp.unread-bytes",
    /// Stretches of such bytes that were told to the kernel.
    unread_stretches: "tcp.unread-stretches",
    /// Stretches that the kernel refused to take: their frames came whole.
    unread_refused: "tcp.unread-refused",
    /// Segments that brought nothing new.
    retransmissions: "tcp.retransmissions",
    /// Bytes that were there already; the first ones were kept.
    overlap_bytes: "tcp.overlap-bytes",
    /// Segments that arrived before the bytes in front of them.
    out_of_order: "tcp.out-of-order",
    /// Keep-alives.
    keep_alives: "tcp.keep-alives",
    /// Zero-window probes.
    window_probes: "tcp.window-probes",
    /// Holes given up.
    gaps: "tcp.gaps",
    /// Bytes in them.
    gap_bytes: "tcp.gap-bytes",
    /// Bytes that the receiver acknowledged and that were never seen, in holes, at the end, or of a direction that was not mirrored.
    missing_bytes: "tcp.missing-bytes",
    /// Bytes cut off by the snap length, part of `gap_bytes`.
    cut_bytes: "tcp.cut-bytes",
    /// Holes given up because too much was waiting behind them.
    out_of_order_limit: "tcp.limits.out-of-order",
    /// Segments whose sequence number was far off.
    strays: "tcp.strays",
    /// Resets whose sequence number was far off.
    resets_ignored: "tcp.resets-ignored",
    /// Segments for flows that had ended.
    late_segments: "tcp.late-segments",
    /// TCP flows opened.
    flows_tcp: "flows.tcp",
    /// UDP flows opened.
    flows_udp: "flows.udp",
    /// Flows whose opening was not seen.
    flows_midstream: "flows.midstream",
    /// Flows ended by FIN or RST.
    flows_closed: "flows.closed",
    /// Flows replaced by a new one between the same ends.
    flows_reused: "flows.reused",
    /// Flows that fell silent.
    flows_expired: "flows.expired",
    /// Flows whose server is not watched as a possible controller, because there were too many.
    controllers_limit: "flows.limits.controllers",
    /// Flows dropped because there were too many, the longest silent first.
    flows_evicted: "flows.limits.evicted",
}

impl Stats {
    /// The counter of frames refused for this reason.
    pub(crate) const fn refusal(&mut self, refusal: Refusal) -> &mut u64 {
        match refusal {
            Refusal::LinkType => &mut self.skipped_link_type,
            Refusal::Arp => &mut self.skipped_arp,
            Refusal::NotIp => &mut self.skipped_not_ip,
            Refusal::Tags => &mut self.skipped_tags,
            Refusal::TunnelDepth => &mut self.skipped_tunnel_depth,
            Refusal::Macsec => &mut self.skipped_macsec,
            Refusal::Gre => &mut self.skipped_tunnel_gre,
            Refusal::Mpls => &mut self.skipped_tunnel_mpls,
            Refusal::Nsh => &mut self.skipped_tunnel_nsh,
            Refusal::Esp => &mut self.skipped_tunnel_esp,
            Refusal::L2tp => &mut self.skipped_tunnel_l2tp,
            Refusal::IpTunnel => &mut self.skipped_tunnel_ip,
            Refusal::Icmp => &mut self.skipped_icmp,
            Refusal::IpProtocol => &mut self.skipped_ip_protocol,
            Refusal::BadLink => &mut self.malformed_link,
            Refusal::BadIp => &mut self.malformed_ip,
            Refusal::BadIpExtension => &mut self.malformed_ip_extension,
            Refusal::BadTcp => &mut self.malformed_tcp,
            Refusal::BadUdp => &mut self.malformed_udp,
            Refusal::Snapped => &mut self.malformed_snapped,
        }
    }

    /// Frames that carry nothing read here.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.sum("skipped.")
    }

    /// Frames that contradict their protocols.
    #[must_use]
    pub fn malformed(&self) -> u64 {
        self.sum("malformed.")
    }

    /// Frames that would have been decoded, had it not been for a limit or for frames that never came.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.sum("lost.")
    }

    fn sum(&self, prefix: &str) -> u64 {
        self.iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(_, count)| count)
            .sum()
    }
}
