//! What came back when the sensor itself asked who holds an address: active resolution, whose wire is not here.

use std::net::IpAddr;

use capture::Timestamp;
use compact_str::CompactString;

use crate::address::{Claim, Standing};
use crate::entity::Method;

/// How it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    /// NTLM over RPC, TCP 135: the computer names in the CHALLENGE ([MS-NLMP] 2.2.2.1).
    NtlmOverRpc,
    /// A NetBIOS node status request, UDP 137 (RFC 1002 §4.2.17).
    Netbios,
    /// TLS on TCP 3389: the name in the certificate.
    Rdp,
    /// A pointer record of the DNS server (RFC 1035 §3.5).
    Pointer,
}

impl Probe {
    /// The evidence that an answer is.
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::NtlmOverRpc => Method::AskedNtlmRpc,
            Self::Netbios => Method::AskedNetbios,
            Self::Rdp => Method::AskedRdp,
            Self::Pointer => Method::AskedPtr,
        }
    }
}

/// One answer that named a host. Silence is nobody's evidence: whoever asks keeps count of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When it came, on the clock that packets are stamped with.
    pub time: Timestamp,
    /// The address that was asked about.
    pub ip: IpAddr,
    /// How it was asked.
    pub probe: Probe,
    /// The host's name as it stood there, with or without its domain.
    pub name: CompactString,
    /// A domain that stood beside it, DNS or NetBIOS name.
    pub domain: Option<CompactString>,
}

impl Answer {
    pub(crate) fn claim(&self) -> Claim<'_> {
        let standing = match self.probe {
            Probe::NtlmOverRpc | Probe::Netbios | Probe::Rdp => Standing::Answer,
            Probe::Pointer => Standing::Word,
        };
        Claim::word(self.probe.method(), &self.name).with(standing, self.domain.as_deref())
    }
}
