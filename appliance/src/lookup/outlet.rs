//! Where probes leave: sockets bound to the management NIC, one conversation or datagram each, none longer than it may take.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use resolver::lookup::{
    Config, Conversation, EndpointMapper, Identity, NodeStatusRequest, Pointer, Probe, Question, Reason, RemoteDesktop,
    Sources, Turn,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::time::timeout;

use super::servers;

/// Octets that are read at a time.
const BUFFER: usize = 4_096;

/// Datagrams that answer something else before it is given up.
const MAX_FOREIGN: usize = 16;

/// How often a datagram is sent, the last time when half of the time is over.
const SENDS: u32 = 2;

/// The way out.
#[derive(Clone, Debug)]
pub(crate) struct Outlet {
    source: Sources,
    servers: Vec<IpAddr>,
    /// By the places in [`Probe::ALL`].
    ports: [u16; Probe::ALL.len()],
}

impl Outlet {
    /// That of `config`.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            source: config.source.clone(),
            servers: config.name_servers.clone(),
            ports: Probe::ALL.map(|probe| probe.port().1),
        }
    }

    /// The same, to other ports: where a test listens.
    #[cfg(test)]
    pub(super) fn with_ports(self, ports: [u16; Probe::ALL.len()]) -> Self {
        Self { ports, ..self }
    }

    /// Asks `ip` by `probe`; silence is what nobody answered within `patience`.
    pub(crate) async fn ask(&self, ip: IpAddr, probe: Probe, patience: Duration) -> Result<Identity, Reason> {
        let asked = async {
            match probe {
                Probe::NtlmOverRpc => self.converse(ip, probe, EndpointMapper::default()).await,
                Probe::Rdp => self.remote_desktop(ip).await,
                Probe::Netbios => {
                    let question = NodeStatusRequest::new(unguessable() as u16);
                    self.question(ip, probe, &question, patience).await
                }
                Probe::Pointer => self.pointer(ip, patience).await,
            }
        };
        timeout(patience, asked).await.unwrap_or(Err(Reason::Silent))
    }

    /// A server that is at a loss with today's TLS is asked once more, in yesterday's.
    async fn remote_desktop(&self, ip: IpAddr) -> Result<Identity, Reason> {
        let told = self.converse(ip, Probe::Rdp, RemoteDesktop::new(ip)).await;
        if !RemoteDesktop::is_too_modern(&told) {
            return told;
        }
        let random = [(); 4].map(|()| unguessable().to_be_bytes()).concat();
        let random = random.first_chunk().copied().unwrap_or_default();
        self.converse(ip, Probe::Rdp, RemoteDesktop::legacy(random)).await
    }

    /// The DNS servers, one after the other, until one knows.
    async fn pointer(&self, ip: IpAddr, patience: Duration) -> Result<Identity, Reason> {
        let servers = match self.servers.as_slice() {
            [] => servers::of_the_system(),
            servers => servers.to_vec(),
        };
        let share = patience / u32::try_from(servers.len().max(1)).unwrap_or(u32::MAX);
        let mut told = Err(Reason::Unnamed("no DNS server is known to ask"));
        for server in servers {
            let Some(question) = Pointer::new(unguessable() as u16, ip) else {
                break;
            };
            let asked = self.question(server, Probe::Pointer, &question, share);
            told = timeout(share, asked).await.unwrap_or(Err(Reason::Silent));
            if told.is_ok() || told == Err(Pointer::NONE) {
                break;
            }
        }
        told
    }

    async fn converse(
        &self,
        ip: IpAddr,
        probe: Probe,
        mut conversation: impl Conversation,
    ) -> Result<Identity, Reason> {
        let mut stream = self.connect(SocketAddr::new(ip, self.port(probe))).await?;
        stream.write_all(&conversation.open()).await?;
        let mut buffer = [0; BUFFER];
        loop {
            let heard = stream.read(&mut buffer).await?;
            let bytes = buffer.get(..heard).filter(|bytes| !bytes.is_empty());
            match conversation.handle(bytes.ok_or(Reason::Closed)?) {
                Turn::Listen => {}
                Turn::Say(bytes) => stream.write_all(&bytes).await?,
                Turn::Over(told) => return told,
            }
        }
    }

    async fn connect(&self, to: SocketAddr) -> Result<TcpStream, Reason> {
        let socket = match to {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        };
        let socket = socket.map_err(|error| own(&error))?;
        if let Some(source) = self.source(to.ip())? {
            socket.bind(SocketAddr::new(source, 0)).map_err(|error| own(&error))?;
        }
        Ok(socket.connect(to).await?)
    }

    async fn question(
        &self,
        ip: IpAddr,
        probe: Probe,
        question: &(impl Question + Sync),
        patience: Duration,
    ) -> Result<Identity, Reason> {
        let any = match ip {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let source = self.source(ip)?.unwrap_or(any);
        let socket = UdpSocket::bind(SocketAddr::new(source, 0))
            .await
            .map_err(|error| own(&error))?;
        // Connected, so that nobody else is heard.
        socket.connect(SocketAddr::new(ip, self.port(probe))).await?;
        for _ in 0..SENDS {
            socket.send(question.datagram()).await?;
            if let Ok(told) = timeout(patience / SENDS, answer(&socket, question)).await {
                return told;
            }
        }
        Err(Reason::Silent)
    }

    fn port(&self, probe: Probe) -> u16 {
        self.ports.get(probe as usize).copied().unwrap_or_default()
    }

    /// The address to send from; none where the route may choose.
    fn source(&self, towards: IpAddr) -> Result<Option<IpAddr>, Reason> {
        let source = self.source.towards(towards);
        source.map_err(|_| Reason::Local(std::io::ErrorKind::AddrNotAvailable))
    }
}

/// The first datagram that answers the question.
async fn answer(socket: &UdpSocket, question: &(impl Question + Sync)) -> Result<Identity, Reason> {
    let mut buffer = [0; BUFFER];
    for _ in 0..MAX_FOREIGN {
        let heard = socket.recv(&mut buffer).await?;
        if let Some(told) = question.answer(buffer.get(..heard).unwrap_or_default()) {
            return told;
        }
    }
    Err(Reason::Malformed("answers to what was not asked"))
}

/// The sensor's own trouble.
fn own(error: &std::io::Error) -> Reason {
    Reason::Local(error.kind())
}

/// A number that nobody on the way can guess: `RandomState` is seeded by the operating system.
pub(crate) fn unguessable() -> u64 {
    RandomState::new().build_hasher().finish()
}
