//! Real sockets on loopback: hosts that answer, are silent, refuse, lie, talk garbage or without end, and the thread among them.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use rcgen::{CertificateParams, DnType, KeyPair};
use resolver::lookup::{Config, Finding, Identity, Pointer, Probe, Reason, Sources};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use super::asker::Asker;
use super::{Figures, Outlet, halves};

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Long enough for whoever answers, on any machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// For whoever does not.
const SHORT: Duration = Duration::from_millis(300);

/// A `bind_ack` whose CHALLENGE names dc1.lab.example, of Windows Server 2022.
const BIND_ACK: &str = "
    05000c0310000000d0008c0001000000b810b8105300000004003133350000000100000000000000045d888aeb1cc9119fe808002b1048
    60020000000a020000010000004e544c4d53535000020000000000000038000000058289020123456789abcdef00000000000000005400
    5400380000000a007c4f0000000f020006004c004100420001000600440043003100040016006c00610062002e006500780061006d0070
    006c00650003001e006400630031002e006c00610062002e006500780061006d0070006c00650000000000";

/// The names of DC1 in LAB, to the request of the identifier in front.
const NODE_STATUS: &str = "
    0000 8400 0000 0001 0000 0000 20 434b414141414141414141414141414141414141414141414141414141414141 00 0021 0001 00000000 0025
    02 444331202020202020202020202020 00 0400  4c4142202020202020202020202020 00 8400";

/// The rest of an answer to the PTR question for 127.0.0.1, behind its identifier: dc1.lab.example.
const POINTER: &str = "
    8180 0001 0001 0000 0000 01 31 01 30 01 30 03 313237 07 696e2d61646472 04 61727061 00 000c 0001
    c00c 000c 0001 00000e10 0011 03646331036c6162076578616d706c6500";

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let digits: Vec<u8> = digits.map(|byte| (byte as char).to_digit(16).unwrap() as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn named(name: &str, domain: Option<&str>) -> Result<Identity, Reason> {
    Ok(Identity {
        name: name.into(),
        domain: domain.map(Into::into),
        os_version: None,
    })
}

/// An outlet to `port`, whichever way is asked.
fn outlet(port: u16) -> Outlet {
    let config = Config {
        name_servers: vec![HOST],
        source: Sources::One(HOST),
        ..Config::default()
    };
    Outlet::new(&config).with_ports([port; 4])
}

fn ask(port: u16, probe: Probe, patience: Duration) -> Result<Identity, Reason> {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(outlet(port).ask(HOST, probe, patience))
}

/// A host that says what `talk` says to one connection; its port.
fn host(talk: impl FnOnce(&mut std::net::TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind((HOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        talk(&mut stream);
    });
    port
}

/// Listens until the other end closes: no answer follows.
fn hear(stream: &mut std::net::TcpStream) -> Vec<u8> {
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    heard
}

/// Answers datagrams by `talk`, until the test ends; its port.
fn responder(talk: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> u16 {
    let socket = UdpSocket::bind((HOST, 0)).unwrap();
    let port = socket.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut buffer = [0; 2_048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            for answer in talk(&buffer[..length]) {
                let _ = socket.send_to(&answer, from);
            }
        }
    });
    port
}

/// A port that nobody listens on.
fn nobody() -> u16 {
    TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap().port()
}

/// A Remote Desktop server whose certificate is for `name`.
fn remote_desktop(name: &'static str) -> u16 {
    let key = KeyPair::generate().unwrap();
    let mut names = CertificateParams::default();
    names.distinguished_name.push(DnType::CommonName, name);
    let certificate = names.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    host(move |stream| {
        let mut request = [0; 19];
        stream.read_exact(&mut request).unwrap();
        stream
            .write_all(&unhex("030000130ed000001234000201080002000000"))
            .unwrap();
        let mut server = ServerConnection::new(Arc::new(config)).unwrap();
        while server.complete_io(stream).is_ok_and(|(read, _)| read > 0) {}
    })
}

/// The names of `of`, to the question in `datagram`.
fn node_status(datagram: &[u8]) -> Vec<u8> {
    [&datagram[..2], &unhex(NODE_STATUS)[2..]].concat()
}

fn pointer(datagram: &[u8]) -> Vec<u8> {
    [&datagram[..2], &unhex(POINTER)].concat()
}

#[test]
fn hosts_that_answer_are_named_and_hear_no_more_than_the_question() {
    let (heard, told) = bounded(1);
    let port = host(move |stream| {
        let mut bind = [0; 120];
        stream.read_exact(&mut bind).unwrap();
        stream.write_all(&unhex(BIND_ACK)).unwrap();
        heard.send(hear(stream)).unwrap();
    });
    let dc1 = ask(port, Probe::NtlmOverRpc, PATIENCE).unwrap();
    assert_eq!(
        (dc1.name.as_str(), dc1.os_version.as_deref()),
        ("dc1.lab.example", Some("10.0.20348"))
    );
    assert_eq!(told.recv(), Ok(Vec::new()), "no AUTHENTICATE, nothing at all");
    let port = remote_desktop("ws01.lab.example");
    assert_eq!(ask(port, Probe::Rdp, PATIENCE), named("ws01.lab.example", None));
    let port = responder(|datagram| vec![node_status(datagram)]);
    assert_eq!(ask(port, Probe::Netbios, PATIENCE), named("DC1", Some("LAB")));
    let port = responder(|datagram| vec![pointer(datagram)]);
    assert_eq!(ask(port, Probe::Pointer, PATIENCE), named("dc1.lab.example", None));
}

#[test]
fn a_lost_datagram_is_sent_once_more() {
    let asked = std::sync::atomic::AtomicU32::new(0);
    let port = responder(move |datagram| {
        let first = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        if first { Vec::new() } else { vec![node_status(datagram)] }
    });
    let patience = Duration::from_secs(2);
    assert_eq!(ask(port, Probe::Netbios, patience), named("DC1", Some("LAB")));
}

#[test]
fn a_silent_host_costs_the_time_it_was_given() {
    let began = Instant::now();
    let port = host(|stream| drop(hear(stream)));
    assert_eq!(ask(port, Probe::NtlmOverRpc, SHORT), Err(Reason::Silent));
    let port = responder(|_| Vec::new());
    for probe in [Probe::Netbios, Probe::Pointer] {
        assert_eq!(ask(port, probe, SHORT), Err(Reason::Silent));
    }
    assert!(began.elapsed() >= 3 * SHORT);
}

#[test]
fn a_closed_port_and_a_closed_connection_are_told_apart() {
    for probe in Probe::ALL {
        assert_eq!(ask(nobody(), probe, PATIENCE), Err(Reason::Refused), "{probe:?}");
    }
    let port = host(|_| {});
    assert_eq!(ask(port, Probe::NtlmOverRpc, PATIENCE), Err(Reason::Closed));
}

#[test]
fn a_byte_now_and_then_is_silence() {
    let port = host(|stream| {
        for byte in unhex(BIND_ACK) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    });
    let began = Instant::now();
    assert_eq!(ask(port, Probe::NtlmOverRpc, SHORT), Err(Reason::Silent));
    assert!(began.elapsed() < PATIENCE);
}

#[test]
fn garbage_and_endless_answers_are_left_at_once() {
    for probe in [Probe::NtlmOverRpc, Probe::Rdp] {
        let port = host(|stream| while stream.write_all(&[0; 4_096]).is_ok() {});
        assert!(
            matches!(ask(port, probe, PATIENCE), Err(Reason::Malformed(_))),
            "{probe:?}"
        );
    }
    let port = responder(|_| vec![b"garbage".to_vec()]);
    assert!(matches!(ask(port, Probe::Netbios, PATIENCE), Err(Reason::Malformed(_))));
    let port = responder(|datagram| vec![node_status(&[!datagram[0], datagram[1]]); 100]);
    let foreign = Err(Reason::Malformed("answers to what was not asked"));
    assert_eq!(ask(port, Probe::Netbios, PATIENCE), foreign);
}

#[test]
fn without_an_address_to_ask_from_nothing_is_sent() {
    let elsewhere = |source: &str| {
        let config = Config {
            source: Sources::One(source.parse().unwrap()),
            ..Config::default()
        };
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let outlet = Outlet::new(&config).with_ports([nobody(); 4]);
        Probe::ALL[..3].iter().all(|probe| {
            let told = runtime.block_on(outlet.ask(HOST, *probe, PATIENCE));
            matches!(told, Err(Reason::Local(_)))
        })
    };
    assert!(elsewhere("192.0.2.1"), "an address that this host does not have");
    assert!(elsewhere("::1"), "an address of another family");
}

#[test]
fn servers_that_do_not_know_are_followed_by_the_next() {
    let port = responder(|datagram| vec![pointer(datagram)]);
    let config = Config {
        // Nobody listens at the first.
        name_servers: vec!["127.0.0.2".parse().unwrap(), HOST],
        ..Config::default()
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let outlet = Outlet::new(&config).with_ports([port; 4]);
    assert_eq!(
        runtime.block_on(outlet.ask(HOST, Probe::Pointer, PATIENCE)),
        named("dc1.lab.example", None)
    );
    let port = responder(|datagram| {
        let mut none = pointer(datagram);
        none[3] |= 3; // NXDOMAIN
        vec![none]
    });
    assert_eq!(ask(port, Probe::Pointer, PATIENCE), Err(Pointer::NONE));
}

/// The thread, with every way to ask leading to these ports; what it finds of `HOST`.
fn found(ports: [u16; 4], deadline_ms: u32) -> (Finding, Arc<Figures>) {
    let config = Config {
        name_servers: vec![HOST],
        deadline_ms,
        ..Config::default()
    };
    let (wants, wanted) = mpsc::channel(4);
    let (findings, found) = bounded(4);
    let figures = Arc::<Figures>::default();
    let asker = Asker::new(&config, wanted, findings, Arc::clone(&figures)).unwrap();
    let thread = thread::spawn(move || asker.with_ports(ports).run());
    wants.try_send(HOST).unwrap();
    let finding = found.recv_timeout(PATIENCE).unwrap();
    wants.try_send(HOST).unwrap();
    assert_eq!(
        found.recv_timeout(PATIENCE),
        Ok(Finding::nothing(HOST)),
        "it is left in peace"
    );
    drop(wants);
    thread.join().unwrap();
    (finding, figures)
}

#[test]
fn the_thread_asks_the_dns_server_where_answers_differ() {
    let rpc = host(|stream| {
        let _ = stream.write_all(&unhex(BIND_ACK));
        hear(stream);
    });
    let evil = remote_desktop("evil.lab.example");
    let dns = responder(|datagram| vec![pointer(datagram)]);
    let (finding, figures) = found([rpc, nobody(), evil, dns], 20_000);
    assert!(finding.conflicts());
    let names: Vec<_> = finding
        .identities()
        .map(|(probe, identity)| (probe, identity.name.as_str()))
        .collect();
    assert!(names.contains(&(Probe::Rdp, "evil.lab.example")) && names.contains(&(Probe::Pointer, "dc1.lab.example")));
    let lookup = figures.snapshot();
    assert_eq!(lookup.methods["netbios"].value("refused"), 1);
    assert_eq!(lookup.methods["ptr"].value("named"), 1);
    assert_eq!(
        ["begun", "conflicts", "known"].map(|name| lookup.counters.value(name)),
        [1; 3]
    );
}

#[test]
fn the_thread_does_not_ask_the_dns_server_where_the_host_names_itself() {
    let rpc = host(|stream| {
        let _ = stream.write_all(&unhex(BIND_ACK));
        hear(stream);
    });
    let (finding, figures) = found([rpc, nobody(), nobody(), nobody()], 20_000);
    assert_eq!(
        (finding.told.len(), finding.identities().count(), finding.conflicts()),
        (3, 1, false)
    );
    assert_eq!(figures.snapshot().methods["ptr"].sum(), 0);
}

#[test]
fn the_thread_ends_a_silent_look_up_in_time() {
    let silent = || host(|stream| drop(hear(stream)));
    let nothing = || responder(|_| Vec::new());
    let (finding, _) = found([silent(), nothing(), silent(), nothing()], 400);
    assert!(finding.told.iter().all(|(_, told)| *told == Err(Reason::Silent)));
    assert_eq!(finding.told.len(), 4);
}

#[test]
fn who_asks_nobody_has_no_thread() {
    assert!(halves(&Config::default()).unwrap().is_none());
    let enabled = Config {
        enabled: true,
        ..Config::default()
    };
    assert!(halves(&enabled).unwrap().is_some());
}
