//! Finding a controller of a domain that is followed, in the background: DNS names them, and the first that lets itself be
//! connected to is the one. Until then nobody waits, whatever a firewall swallows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use resolver::directory::sync::{Answer, Query, lies_in};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::status::Unreachable;
use super::trouble::{Kind, Trouble};
use crate::lookup::{of_the_system, unguessable};

/// DNS.
const PORT: u16 = 53;
/// For the answer to one datagram, which is sent twice.
const ANSWER: Duration = Duration::from_secs(2);
const SENDS: usize = 2;
/// For a connection to one address.
const CONNECT: Duration = Duration::from_secs(5);
/// For everything.
const LOCATE: Duration = Duration::from_secs(60);
/// Datagrams that answer something else before it is given up.
const MAX_FOREIGN: usize = 16;
/// The longest datagram that is read.
const BUFFER: usize = 4_096;
/// DNS servers that are asked, one after the other.
const MAX_SERVERS: usize = 8;
/// Controllers that are tried at a time.
const MAX_TRIED: usize = 16;

/// What is to be found, and who may know.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// DNS name.
    pub(super) domain: String,
    /// TCP port that is connected to.
    pub(super) port: u16,
    /// Host names or addresses of DNS servers; the system's come after them.
    pub(super) servers: Vec<String>,
    /// How many of the first to pass over: they were tried last time.
    pub(super) skip: usize,
    /// UDP and TCP port of the DNS servers, where it is not 53.
    pub(super) dns: Option<u16>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Located {
    /// A connection to a controller, and its name.
    pub(super) found: Option<(String, std::net::TcpStream)>,
    /// Hosts that DNS names as its controllers.
    pub(super) named: Vec<String>,
    /// Controllers that were tried before it.
    pub(super) unreachable: Vec<Unreachable>,
    /// Why none was found.
    pub(super) trouble: Option<Trouble>,
    /// Hosts that DNS named and that were left out.
    pub(super) passed_over: u64,
}

impl Located {
    pub(super) fn none(what: String) -> Self {
        Self {
            trouble: Some(Trouble::new(Kind::Unreachable, what)),
            ..Self::default()
        }
    }
}

/// Looks for a controller.
pub(super) async fn locate(wanted: Wanted) -> Located {
    let what = format!(
        "{}: no controller was found within {} s",
        wanted.domain,
        LOCATE.as_secs()
    );
    let found = timeout(LOCATE, try_locate(&wanted)).await;
    found.unwrap_or_else(|_| Located::none(what))
}

async fn try_locate(wanted: &Wanted) -> Located {
    let servers = servers(&wanted.servers, wanted.dns.unwrap_or(PORT)).await;
    let named = match ask(&servers, &Query::controllers(unguessable() as u16, &wanted.domain)).await {
        Ok(answer) => answer,
        Err(why) => return Located::none(format!("{}: DNS names no controller of it: {why}", wanted.domain)),
    };
    let hosts = named.hosts.len() as u64;
    let own = named.hosts.into_iter().map(|host| host.name.into_string());
    let mut own: Vec<String> = own.filter(|host| lies_in(host, &wanted.domain)).collect();
    let mut located = Located {
        passed_over: named.beyond + hosts - own.len() as u64,
        named: own.clone(),
        ..Located::default()
    };
    let skip = wanted.skip.checked_rem(own.len()).unwrap_or_default();
    own.rotate_left(skip);
    for host in own.into_iter().take(MAX_TRIED) {
        match connect(&servers, &host, wanted.port).await {
            Ok(stream) => {
                located.found = Some((host, stream));
                return located;
            }
            Err(why) => located.unreachable.push(Unreachable {
                why: format!("{host}: {why}"),
                controller: host,
            }),
        }
    }
    let what = match located.unreachable.first() {
        Some(first) => format!("none of its controllers answers: {}", first.why),
        None => "DNS names no controller whose name lies in it".to_owned(),
    };
    located.trouble = Some(Trouble::new(Kind::Unreachable, format!("{}: {what}", wanted.domain)));
    located
}

/// The addresses of those who may know, then of those that the system asks.
async fn servers(named: &[String], port: u16) -> Vec<SocketAddr> {
    let mut servers: Vec<SocketAddr> = Vec::new();
    for name in named.iter().take(MAX_SERVERS) {
        let host = name.trim_start_matches('[').trim_end_matches(']');
        let found = timeout(ANSWER, tokio::net::lookup_host((host, port))).await;
        let found = found.ok().and_then(Result::ok).into_iter().flatten();
        servers.extend(found);
    }
    if port == PORT {
        servers.extend(of_the_system().into_iter().map(|server| SocketAddr::new(server, port)));
    }
    let mut seen = std::collections::HashSet::new();
    servers.retain(|server| seen.insert(*server));
    servers.truncate(MAX_SERVERS);
    servers
}

/// The first answer that tells anything; else why there is none.
async fn ask(servers: &[SocketAddr], query: &Option<Query>) -> Result<Answer, String> {
    let query = query.as_ref().ok_or("its name is none that DNS can hold")?;
    let mut why = "there is no DNS server to ask".to_owned();
    for server in servers {
        match question(*server, query).await {
            Ok(answer) if !answer.hosts.is_empty() || !answer.addresses.is_empty() => return Ok(answer),
            Ok(_) => why = format!("{} has no such record", server.ip()),
            Err(reason) => why = format!("{} {reason}", server.ip()),
        }
    }
    Err(why)
}

async fn question(server: SocketAddr, query: &Query) -> Result<Answer, String> {
    let answer = datagram(server, query).await?;
    match answer.truncated {
        true => timeout(CONNECT, stream(server, query))
            .await
            .map_err(|_| "does not answer over TCP".to_owned())?,
        false => Ok(answer),
    }
}

async fn datagram(server: SocketAddr, query: &Query) -> Result<Answer, String> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let broken = |error: std::io::Error| format!("does not answer: {error}");
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await.map_err(broken)?;
    // Connected, so that nobody else is heard.
    socket.connect(server).await.map_err(broken)?;
    for _ in 0..SENDS {
        socket.send(query.message()).await.map_err(broken)?;
        if let Ok(heard) = timeout(ANSWER, hear(&socket, query)).await {
            return heard.map_err(broken)?;
        }
    }
    Err("does not answer".to_owned())
}

async fn hear(socket: &UdpSocket, query: &Query) -> std::io::Result<Result<Answer, String>> {
    let mut buffer = [0; BUFFER];
    for _ in 0..MAX_FOREIGN {
        let heard = socket.recv(&mut buffer).await?;
        if let Some(answer) = query.answer(buffer.get(..heard).unwrap_or_default()) {
            return Ok(answer.map_err(str::to_owned));
        }
    }
    Ok(Err("answers what was not asked".to_owned()))
}

async fn stream(server: SocketAddr, query: &Query) -> Result<Answer, String> {
    let broken = |error: std::io::Error| format!("does not answer over TCP: {error}");
    let mut stream = TcpStream::connect(server).await.map_err(broken)?;
    stream.write_all(&query.framed()).await.map_err(broken)?;
    let length = stream.read_u16().await.map_err(broken)?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await.map_err(broken)?;
    let answer = query.answer(&message).unwrap_or(Err("answers what was not asked"));
    answer.map_err(str::to_owned)
}

/// Connects to a host by any of its addresses.
async fn connect(servers: &[SocketAddr], host: &str, port: u16) -> Result<std::net::TcpStream, String> {
    let queries = Query::addresses(unguessable() as u16, host).map(|queries| queries.map(Some));
    let mut why = None;
    for query in queries.iter().flatten() {
        let addresses = match ask(servers, query).await {
            Ok(answer) => answer.addresses,
            Err(reason) => {
                why.get_or_insert(format!("DNS has no address of it: {reason}"));
                continue;
            }
        };
        for address in addresses {
            match timeout(CONNECT, TcpStream::connect((address, port))).await {
                Ok(Ok(stream)) => return stream.into_std().map_err(|error| error.to_string()),
                Ok(Err(error)) => why = Some(format!("{address}: {error}")),
                Err(_) => why = Some(format!("{address}: no answer within {} s", CONNECT.as_secs())),
            }
        }
    }
    Err(why.unwrap_or_else(|| "its name is none that DNS can hold".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, UdpSocket};
    use std::thread;

    use super::*;

    /// A record of an answer: what it is of, and its data.
    struct Record(u16, Vec<u8>);

    fn srv(host: &str) -> Record {
        let labels = host
            .split('.')
            .flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat());
        Record(
            33,
            [0, 0, 0, 100, 1, 133].into_iter().chain(labels).chain([0]).collect(),
        )
    }

    fn here() -> Record {
        Record(1, vec![127, 0, 0, 1])
    }

    /// The answer to a question: header, the question itself, records of what was asked for (RFC 1035 §4.1).
    fn answer(query: &[u8], records: &[Record], truncated: bool) -> Vec<u8> {
        let question = query.iter().skip(12).position(|octet| *octet == 0).unwrap() + 12 + 5;
        let kind = u16::from_be_bytes([query[question - 4], query[question - 3]]);
        let own: Vec<&Record> = records
            .iter()
            .filter(|Record(of, _)| *of == kind && !truncated)
            .collect();
        let flags = if truncated { 0x83 } else { 0x81 };
        let mut message = [
            &query[..2],
            &[flags, 0x80, 0, 1, 0, own.len() as u8, 0, 0, 0, 0],
            &query[12..question],
        ]
        .concat();
        for Record(kind, data) in own {
            message.extend([0xc0, 12]);
            message.extend(kind.to_be_bytes());
            message.extend([0, 1, 0, 0, 0, 9]);
            message.extend((data.len() as u16).to_be_bytes());
            message.extend(data);
        }
        message
    }

    /// A DNS server that has these records, for whatever name; where `cut`, datagrams have no room for them.
    fn server(records: fn() -> Vec<Record>, cut: bool) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
        thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let _ = socket.send_to(&answer(&buffer[..length], &records(), cut), from);
            }
        });
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut length = [0; 2];
                stream.read_exact(&mut length).unwrap();
                let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut query).unwrap();
                let message = answer(&query, &records(), false);
                stream
                    .write_all(&[&(message.len() as u16).to_be_bytes(), message.as_slice()].concat())
                    .unwrap();
            }
        });
        port
    }

    fn looked_for(records: fn() -> Vec<Record>, cut: bool, port: u16, skip: usize) -> Located {
        let wanted = Wanted {
            domain: "other.example".into(),
            port,
            servers: vec!["127.0.0.1".into()],
            skip,
            dns: Some(server(records, cut)),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(locate(wanted))
    }

    fn listening() -> (TcpListener, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    #[test]
    fn a_controller_that_dns_names_is_connected_to() {
        let (listener, port) = listening();
        for cut in [false, true] {
            let records = || vec![srv("dc1.other.example"), srv("dc2.other.example"), here()];
            for (skip, name) in [(0, "dc1.other.example"), (3, "dc2.other.example")] {
                let located = looked_for(records, cut, port, skip);
                assert_eq!(located.found.map(|(host, _)| host).as_deref(), Some(name));
                assert!(listener.accept().is_ok());
            }
        }
    }

    #[test]
    fn who_lies_elsewhere_is_no_controller_whatever_dns_says() {
        let (_listener, port) = listening();
        let located = looked_for(|| vec![srv("dc1.evil.example"), here()], false, port, 0);
        assert!(located.found.is_none());
        assert_eq!(located.passed_over, 1);
        assert!(located.trouble.unwrap().what.contains("whose name lies in it"));
    }

    #[test]
    fn why_none_was_found_is_told() {
        let (listener, port) = listening();
        drop(listener);
        let located = looked_for(|| vec![srv("dc1.other.example"), here()], false, port, 0);
        assert_eq!(located.unreachable[0].controller, "dc1.other.example");
        let trouble = located.trouble.unwrap();
        assert_eq!(trouble.kind, Kind::Unreachable);
        assert!(
            trouble
                .what
                .starts_with("other.example: none of its controllers answers: dc1.other.example: 127.0.0.1:"),
            "{trouble}"
        );
        let located = looked_for(Vec::new, false, port, 0);
        assert!(
            located
                .trouble
                .unwrap()
                .what
                .starts_with("other.example: DNS names no controller of it: ")
        );
    }
}
