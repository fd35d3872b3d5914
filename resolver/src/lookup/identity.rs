//! Who a host says it is, or why that is not known.

use std::fmt;
use std::io::{self, ErrorKind};

use compact_str::CompactString;

use crate::host::HostName;

/// Characters of a name or a domain in DNS at most (RFC 1035 §2.3.4).
const MAX_NAME: usize = 255;

/// Who a host says it is. Its word alone: nothing was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name: in DNS where it told one, else in NetBIOS.
    pub name: CompactString,
    /// The domain or workgroup that stood beside it, in DNS or NetBIOS.
    pub domain: Option<CompactString>,
    /// The version of its operating system: `10.0.20348`.
    pub os_version: Option<CompactString>,
}

impl Identity {
    /// What a host called itself.
    ///
    /// # Errors
    /// No host can be called so.
    pub(super) fn of(name: &str, domain: Option<&str>) -> Result<Self, Reason> {
        let name = name.trim_end_matches('.');
        let domain = domain.map(|domain| domain.trim_end_matches('.'));
        let domain = domain.filter(|domain| !domain.is_empty() && is_clean(domain));
        if !is_clean(name) || HostName::of(name, domain).is_none() {
            return Err(Reason::Unnamed("what it calls itself is no host's name"));
        }
        Ok(Self {
            name: name.into(),
            domain: domain.map(Into::into),
            os_version: None,
        })
    }

    /// Whether both can be the same host.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        let host = |identity: &Self| HostName::of(&identity.name, identity.domain.as_deref());
        host(self)
            .zip(host(other))
            .is_some_and(|(one, another)| one.agrees(&another))
    }
}

/// Whether nothing stands in it that would have to be escaped wherever it is shown.
fn is_clean(text: &str) -> bool {
    text.len() <= MAX_NAME
        && !text
            .chars()
            .any(|character| character.is_control() || character.is_whitespace())
}

/// Why nothing is known by a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing that was an answer came in time.
    Silent,
    /// The host answers, and its port is closed.
    Refused,
    /// Somebody on the way says that there is no way, or no such host.
    Unreachable,
    /// The host closed the connection without an answer.
    Closed,
    /// An answer without a name, and why there is none.
    Unnamed(&'static str),
    /// What came is no answer in this protocol.
    Malformed(&'static str),
    /// The sensor's own trouble: nothing was sent.
    Local(ErrorKind),
}

impl Reason {
    /// What it is called in counters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Closed => "closed",
            Self::Unnamed(_) => "unnamed",
            Self::Malformed(_) => "malformed",
            Self::Local(_) => "local",
        }
    }
}

/// What a socket says of the network, or of itself.
impl From<io::Error> for Reason {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => Self::Unreachable,
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => Self::Closed,
            ErrorKind::TimedOut => Self::Silent,
            other => Self::Local(other),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("no answer"),
            Self::Refused => f.write_str("refused: the host answers, but nothing listens there"),
            Self::Unreachable => f.write_str("unreachable: there is no way to it, or no such host"),
            Self::Closed => f.write_str("closed without an answer"),
            Self::Unnamed(why) => write!(f, "an answer without a name: {why}"),
            Self::Malformed(what) => write!(f, "no answer in this protocol: {what}"),
            Self::Local(error) => write!(f, "not asked, the socket could not be used: {error}"),
        }
    }
}
