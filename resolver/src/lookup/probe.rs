//! The ways to ask, as operators call them.

use std::net::IpAddr;

use crate::answer::Probe;

impl Probe {
    /// Every way, in the order they are told.
    pub const ALL: [Self; 4] = [Self::NtlmOverRpc, Self::Netbios, Self::Rdp, Self::Pointer];

    /// What it is called in the configuration, on the command line and in counters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NtlmOverRpc => "rpc",
            Self::Netbios => "netbios",
            Self::Rdp => "rdp",
            Self::Pointer => "ptr",
        }
    }

    /// What it is called in a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::NtlmOverRpc => "NTLM over RPC",
            Self::Netbios => "NetBIOS",
            Self::Rdp => "RDP",
            Self::Pointer => "reverse DNS",
        }
    }

    /// Where a firewall has to let it through, from the sensor.
    #[must_use]
    pub const fn port(self) -> (&'static str, u16) {
        match self {
            Self::NtlmOverRpc => ("tcp", 135),
            Self::Netbios => ("udp", 137),
            Self::Rdp => ("tcp", 3389),
            Self::Pointer => ("udp", 53),
        }
    }

    /// Whether the host itself is asked, and not somebody about it.
    #[must_use]
    pub const fn is_primary(self) -> bool {
        !matches!(self, Self::Pointer)
    }

    /// Whether `ip` can be asked so: NetBIOS knows IPv4 alone.
    #[must_use]
    pub const fn reaches(self, ip: IpAddr) -> bool {
        ip.is_ipv4() || !matches!(self, Self::Netbios)
    }

    /// Its place in [`Self::ALL`].
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}
