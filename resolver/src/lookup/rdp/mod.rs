//! The certificate of Remote Desktop, TCP 3389: its subject is the host's name ([MS-RDPBCGR] 5.4.5.1, 2.2.1.1).
//!
//! A connection request for TLS, a Client Hello, and the certificate that the server shows. It is not verified, since nothing is
//! entrusted to it, and the handshake is given up there, before anything would authenticate anybody.

mod legacy;
mod modern;

use std::net::IpAddr;

use parsers::rdp::{self, Confirm};
use parsers::tls::Subject;

use super::exchange::{Conversation, Turn};
use super::identity::{Identity, Reason};
use legacy::Legacy;
use modern::Modern;

/// Octets of a host's side, up to and with its certificates.
const MAX_HEARD: usize = 1 << 16;

/// Client X.224 Connection Request PDU ([MS-RDPBCGR] 2.2.1.1): without a cookie; RDP_NEG_REQ for TLS or CredSSP, which begins
/// with TLS as well and which Windows insists on by default.
const REQUEST: [u8; 19] = [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0];

/// The conversation with a Remote Desktop server.
#[derive(Debug)]
pub struct RemoteDesktop {
    hello: Hello,
    state: State,
    heard: usize,
}

/// How it is to be greeted.
#[derive(Clone, Copy, Debug)]
enum Hello {
    Modern(IpAddr),
    /// With this as the random.
    Legacy([u8; 32]),
}

#[derive(Debug)]
enum State {
    /// Waits for the connection confirm, of which this was heard.
    Requested(Vec<u8>),
    Modern(Box<Modern>),
    Legacy(Legacy),
}

impl RemoteDesktop {
    /// A conversation with the server at `ip`, in TLS 1.3 or 1.2.
    #[must_use]
    pub const fn new(ip: IpAddr) -> Self {
        Self::greeting(Hello::Modern(ip))
    }

    /// The same with a server that ended the first one at its Client Hello: TLS 1.2 to 1.0 with the cipher suites of Windows
    /// before 2016. `random` is the hello's.
    #[must_use]
    pub const fn legacy(random: [u8; 32]) -> Self {
        Self::greeting(Hello::Legacy(random))
    }

    /// Whether `told` may be for the Client Hello's sake, so that [`Self::legacy`] may fare better: an alert, or what Windows does in its place.
    #[must_use]
    pub fn is_too_modern(told: &Result<Identity, Reason>) -> bool {
        matches!(told, Err(Reason::Closed)) || *told == Err(modern::REFUSED)
    }

    const fn greeting(hello: Hello) -> Self {
        Self {
            hello,
            state: State::Requested(Vec::new()),
            heard: 0,
        }
    }

    fn next(&mut self, bytes: &[u8]) -> Result<Turn, Reason> {
        self.heard = self.heard.saturating_add(bytes.len());
        if self.heard > MAX_HEARD {
            return Err(Reason::Malformed("longer than any handshake"));
        }
        match &mut self.state {
            State::Requested(heard) => {
                heard.extend_from_slice(bytes);
                let malformed = |malformed: parsers::reader::Malformed| Reason::Malformed(malformed.0);
                match rdp::confirm(heard).map_err(malformed)? {
                    None => Ok(Turn::Listen),
                    Some((_, length)) if length < heard.len() => {
                        Err(Reason::Malformed("it speaks before it was greeted"))
                    }
                    Some((confirm, _)) => self.greet(confirm),
                }
            }
            State::Modern(handshake) => handshake.handle(bytes),
            State::Legacy(handshake) => handshake.handle(bytes),
        }
    }

    fn greet(&mut self, confirm: Confirm) -> Result<Turn, Reason> {
        accepts_tls(confirm)?;
        let hello;
        (self.state, hello) = match self.hello {
            Hello::Modern(ip) => {
                let mut handshake = Box::new(Modern::new(ip)?);
                let hello = handshake.said();
                (State::Modern(handshake), hello)
            }
            Hello::Legacy(random) => (State::Legacy(Legacy::default()), legacy::hello(&random)),
        };
        Ok(Turn::Say(hello))
    }
}

impl Conversation for RemoteDesktop {
    fn open(&mut self) -> Vec<u8> {
        REQUEST.to_vec()
    }

    fn handle(&mut self, bytes: &[u8]) -> Turn {
        self.next(bytes).unwrap_or_else(|reason| Turn::Over(Err(reason)))
    }
}

/// Whether TLS comes next: PROTOCOL_SSL, PROTOCOL_HYBRID ([MS-RDPBCGR] 2.2.1.2.1).
fn accepts_tls(confirm: Confirm) -> Result<(), Reason> {
    match confirm {
        Confirm::Selected(_, 1 | 2) => Ok(()),
        Confirm::Failure(code) => Err(Reason::Unnamed(rdp::failure(code).unwrap_or("it refuses TLS"))),
        Confirm::Selected(..) | Confirm::Bare => Err(Reason::Unnamed("it knows RDP's own security alone")),
    }
}

/// Who a certificate is for: its common name, else its first alternative name that is one host's.
fn identity(certificate: &[u8]) -> Result<Identity, Reason> {
    let subject = Subject::read(certificate).map_err(|malformed| Reason::Malformed(malformed.0))?;
    let names = subject.common_name.iter().chain(&subject.dns_names);
    let mut hosts = names.filter_map(|name| Identity::of(name, None).ok());
    hosts.next().ok_or(Reason::Unnamed("its certificate names no host"))
}
