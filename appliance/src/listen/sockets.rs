//! Sockets to listen with: opened before privileges are dropped, and kept over a reload that does not move them.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};

use socket2::{Domain, Protocol, Socket, Type};

use super::config::Places;

/// Octets that a UDP socket is asked to hold, should the kernel allow it (`net.core.rmem_max`).
const BUFFER: usize = 8 << 20;

/// TCP connections that wait to be taken.
const BACKLOG: i32 = 1_024;

/// A listener's sockets.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// Where they were to listen.
    pub(crate) places: Places,
    pub(crate) udp: Vec<UdpSocket>,
    pub(crate) tcp: Vec<TcpListener>,
    pub(crate) tls: Vec<TcpListener>,
}

impl Sockets {
    /// Opens all of them, or says which cannot be.
    pub(crate) fn open(places: &Places) -> Result<Self, String> {
        fn each<S>(at: &[SocketAddr], open: impl Fn(SocketAddr) -> io::Result<S>) -> Result<Vec<S>, String> {
            let opened = at
                .iter()
                .map(|at| open(*at).map_err(|error| format!("{at} cannot be listened at ({error})")));
            opened.collect()
        }
        Ok(Self {
            places: places.clone(),
            udp: each(&places.udp, udp)?,
            tcp: each(&places.tcp, tcp)?,
            tls: each(&places.tls, tcp)?,
        })
    }

    /// The same sockets once more, for whoever reads them.
    pub(crate) fn share(&self) -> io::Result<Self> {
        Ok(Self {
            places: self.places.clone(),
            udp: self.udp.iter().map(UdpSocket::try_clone).collect::<io::Result<_>>()?,
            tcp: self.tcp.iter().map(TcpListener::try_clone).collect::<io::Result<_>>()?,
            tls: self.tls.iter().map(TcpListener::try_clone).collect::<io::Result<_>>()?,
        })
    }

    /// Where they listen, as an operator reads it.
    pub(crate) fn names(&self) -> Vec<String> {
        let udp = self.udp.iter().map(|socket| ("udp", socket.local_addr()));
        let tcp = self.tcp.iter().map(|socket| ("tcp", socket.local_addr()));
        let tls = self.tls.iter().map(|socket| ("tls", socket.local_addr()));
        let all = udp.chain(tcp).chain(tls);
        all.filter_map(|(how, at)| Some(format!("{how} {}", at.ok()?)))
            .collect()
    }
}

fn udp(at: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(at), Type::DGRAM, Some(Protocol::UDP))?;
    alone(&socket, at)?;
    let _as_much_as_may_be = socket.set_recv_buffer_size(BUFFER);
    socket.bind(&at.into())?;
    Ok(socket.into())
}

fn tcp(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    alone(&socket, at)?;
    socket.set_reuse_address(true)?;
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// IPv6 alone, where it is IPv6: the same port is another socket's for IPv4.
fn alone(socket: &Socket, at: SocketAddr) -> io::Result<()> {
    if at.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)
}

/// Datagrams that the kernel had no room for in a UDP socket, as udp(7) counts them in `/proc/net/udp`.
#[derive(Debug)]
pub(crate) struct Dropped(String);

impl Dropped {
    /// Those of `socket`.
    pub(crate) fn of(socket: &(impl AsFd + AsRawFd)) -> io::Result<Self> {
        let inode = nix::sys::stat::fstat(socket).map_err(io::Error::from)?.st_ino;
        Ok(Self(inode.to_string()))
    }

    /// How many since it was opened.
    pub(crate) fn count(&self) -> u64 {
        let tables = ["/proc/net/udp", "/proc/net/udp6"];
        let tables = tables.iter().filter_map(|table| std::fs::read_to_string(table).ok());
        tables.filter_map(|table| self.find(&table)).sum()
    }

    /// The last column of the line whose tenth is the inode (proc_net_udp(5)).
    fn find(&self, table: &str) -> Option<u64> {
        let mut lines = table
            .lines()
            .map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
        let line = lines.find(|columns| columns.get(9) == Some(&self.0.as_str()))?;
        line.last()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_drops_is_counted() {
        let receiver = udp("127.0.0.1:0".parse().unwrap()).unwrap();
        socket2::SockRef::from(&receiver).set_recv_buffer_size(4_096).unwrap();
        let dropped = Dropped::of(&receiver).unwrap();
        assert_eq!(dropped.count(), 0);
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..100 {
            sender.send_to(&[0; 1_000], receiver.local_addr().unwrap()).unwrap();
        }
        let mut buffer = [0; 1_000];
        let mut received = 0;
        while receiver.recv_from(&mut buffer).is_ok() {
            received += 1;
        }
        assert!((1..100).contains(&received));
        assert_eq!(dropped.count() + received, 100);
    }

    #[test]
    fn both_families_share_a_port() {
        let first = udp("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = first.local_addr().unwrap().port();
        if let Ok(second) = udp(SocketAddr::new("::".parse().unwrap(), port)) {
            assert_eq!(second.local_addr().unwrap().port(), port);
        }
        assert!(udp(first.local_addr().unwrap()).is_err(), "taken");
    }
}
