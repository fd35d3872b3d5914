//! What the traffic says of an address, and what that is worth: the rules of evidence, in one place.
//!
//! `docs/resolution.md` says the same for analysts; change both together.

use std::time::Duration;

use capture::Timestamp;

use crate::config::Config;
use crate::entity::Method;

/// DNS is believed for at least so long: a record's time to live has run down when a cache repeats it.
const SHORTEST_TTL: Duration = Duration::from_secs(300);

/// What stands behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Somebody said so.
    Word,
    /// The host itself said so when it was asked.
    Answer,
    /// An authentication that succeeded: nobody else has the key.
    Proof,
}

/// Who a name comes from in the end: what comes from one source twice is no better than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The host says it of itself.
    Host,
    /// Others believe it, all from the same DNS.
    Dns,
    /// The network let it in under this name.
    Network,
    /// Whoever runs adtap says so.
    Operator,
}

/// A statement about an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) method: Method,
    pub(crate) standing: Standing,
    /// The host's name as it stood there.
    pub(crate) name: &'a str,
    /// A domain that stood beside it.
    pub(crate) domain: Option<&'a str>,
    /// When it ends, where it says so itself: a lease, a time to live.
    pub(crate) until: Option<Timestamp>,
}

impl<'a> Claim<'a> {
    /// A name that somebody said.
    pub(crate) const fn word(method: Method, name: &'a str) -> Self {
        Self {
            method,
            standing: Standing::Word,
            name,
            domain: None,
            until: None,
        }
    }

    /// The same, backed by what `standing` says, in `domain`.
    pub(crate) const fn with(self, standing: Standing, domain: Option<&'a str>) -> Self {
        Self {
            standing,
            domain,
            ..self
        }
    }
}

impl Method {
    pub(crate) const fn source(self) -> Source {
        match self {
            Self::DnsAnswer | Self::DnsUpdate | Self::SharePath | Self::KerberosService | Self::AskedPtr => Source::Dns,
            Self::RadiusSession => Source::Network,
            Self::Configuration => Source::Operator,
            Self::KerberosHostAddress
            | Self::MachineLogon
            | Self::NtlmWorkstation
            | Self::NtlmChallenge
            | Self::CldapHost
            | Self::CldapAnswer
            | Self::DhcpLease
            | Self::NetbiosName
            | Self::NbnsRegistration
            | Self::AskedNtlmRpc
            | Self::AskedNetbios
            | Self::AskedRdp
            | Self::TcpFingerprint => Source::Host,
        }
    }

    /// Of two pieces of equal standing the higher is believed first.
    pub(crate) const fn rank(self) -> u8 {
        match self {
            Self::Configuration => 17,
            Self::MachineLogon => 16,
            Self::KerberosService => 15,
            Self::DnsUpdate => 14,
            Self::CldapAnswer => 13,
            Self::AskedNtlmRpc => 12,
            Self::RadiusSession => 11,
            Self::NtlmChallenge => 10,
            Self::AskedRdp => 9,
            Self::AskedNetbios => 8,
            Self::NetbiosName => 7,
            Self::DhcpLease => 6,
            Self::KerberosHostAddress => 5,
            Self::CldapHost => 4,
            Self::NtlmWorkstation => 3,
            Self::AskedPtr => 2,
            Self::DnsAnswer => 1,
            Self::SharePath | Self::NbnsRegistration | Self::TcpFingerprint => 0,
        }
    }

    /// Whether the host's own answer is enough by itself, where the directory lists the computer. An NTLM CHALLENGE that
    /// somebody else asked for is not: who relays a logon shows the victim's server the names of another
    /// ([MS-NLMP] 3.1.5.1.2 binds them to nothing).
    pub(crate) const fn convinces(self) -> bool {
        matches!(self, Self::CldapAnswer | Self::AskedNtlmRpc)
    }
}

/// How long evidence is believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spans {
    /// A proof or an answer, from when it was last seen.
    pub(crate) high: Duration,
    /// A word.
    pub(crate) low: Duration,
    /// How long before it was first seen evidence speaks, too.
    pub(crate) wait: Duration,
}

impl Spans {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            high: Duration::from_secs(config.evidence_validity.into()),
            low: Duration::from_secs(config.low_evidence_validity.into()),
            wait: Duration::from_millis(config.wait_milliseconds.into()),
        }
    }

    /// When what was seen at `seen` is no longer worth what it was.
    pub(crate) const fn worth(&self, standing: Standing, seen: Timestamp, until: Option<Timestamp>) -> Timestamp {
        match (until, standing) {
            (Some(until), _) => until,
            (None, Standing::Word) => seen.after(self.low),
            (None, Standing::Answer | Standing::Proof) => seen.after(self.high),
        }
    }

    /// When it is no longer worth anything: a proof fades for as long again.
    pub(crate) const fn end(&self, standing: Standing, seen: Timestamp, until: Option<Timestamp>) -> Timestamp {
        match standing {
            Standing::Proof => seen.after(self.high).after(self.high),
            _ => self.worth(standing, seen, until),
        }
    }

    /// When a DNS record that was seen `now` is to be asked for again.
    pub(crate) fn ttl(&self, now: Timestamp, seconds: u64) -> Timestamp {
        let shortest = SHORTEST_TTL.min(self.low);
        now.after(Duration::from_secs(seconds).clamp(shortest, self.low))
    }
}
