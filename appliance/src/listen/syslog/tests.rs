//! The listener on sockets of this host, between senders and somebody who takes on.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use capture::{CaptureId, Timestamp};
use crossbeam_channel::{Receiver, bounded};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use uplink::ca::{self, CaFiles};

use super::intake::Intake;
use super::{Syslog, door};
use crate::health::Shed;
use crate::health::snapshot::Listener;
use crate::listen::board::Board;
use crate::listen::config::{Places, SyslogConfig};
use crate::listen::post::Letter;
use crate::listen::sockets::Sockets;
use crate::listen::station::Office;

const PATIENCE: Duration = Duration::from_secs(20);

/// An event that says who logged on: its number is the workstation.
fn event(number: usize) -> String {
    format!(
        "<13>Nov 30 10:00:00 siem <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>4776</EventID><TimeCreated SystemTime='2026-11-30T10:00:00.1Z'/>\
         <EventRecordID>{number}</EventRecordID><Channel>Security</Channel><Computer>dc1.lab.example</Computer></System><EventData>\
         <Data Name='TargetUserName'>alice</Data><Data Name='Workstation'>PC{number}</Data><Data Name='Status'>0x0</Data></EventData></Event>"
    )
}

/// A listener that runs: UDP, TCP and where there are certificates TLS.
struct Bench {
    at: [Option<SocketAddr>; 3],
    letters: Receiver<Letter>,
    stop: Arc<AtomicBool>,
    board: Board,
    thread: Option<JoinHandle<()>>,
}

impl Bench {
    fn new(config: &str, certificates: Option<&CaFiles>, room: usize) -> Self {
        let mut text = config.to_owned();
        if let Some(files) = certificates {
            text += &format!(
                "certificate = {:?}\nkey = {:?}\nca = {:?}\n",
                files.server, files.server_key, files.ca
            );
        }
        let config: SyslogConfig = toml::from_str(&text).unwrap();
        let any = || vec!["127.0.0.1:0".parse().unwrap()];
        let places = Places {
            udp: any(),
            tcp: any(),
            tls: if certificates.is_some() { any() } else { Vec::new() },
        };
        let sockets = Sockets::open(&places).unwrap();
        let at = [
            sockets.udp[0].local_addr().ok(),
            sockets.tcp[0].local_addr().ok(),
            sockets.tls.first().and_then(|socket| socket.local_addr().ok()),
        ];
        let board = Board::default();
        let door = door(&config).unwrap();
        let syslog = Syslog::new(sockets, door, config, CaptureId(2), Shed::default(), board.clone()).unwrap();
        let (post, letters) = bounded(room);
        let stop = Arc::<AtomicBool>::default();
        let office = Office {
            stop: Arc::clone(&stop),
            post,
        };
        Self {
            at,
            letters,
            stop,
            board,
            thread: Some(thread::spawn(move || syslog.run(&office))),
        }
    }

    fn udp(&self, messages: &[&str]) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for message in messages {
            socket.send_to(message.as_bytes(), self.at[0].unwrap()).unwrap();
        }
    }

    fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.at[1].unwrap()).unwrap()
    }

    /// The workstations of so many events.
    fn take(&self, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        while found.len() < count {
            let letter = self.letters.recv_timeout(PATIENCE).unwrap();
            let names = letter
                .activities
                .iter()
                .map(|activity| activity.observed.workstation.clone().unwrap());
            found.extend(names.map(String::from));
        }
        found
    }

    fn until(&self, what: impl Fn(&Listener) -> bool) -> Listener {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let listener = self.board.read();
            if what(&listener) {
                return listener;
            }
            assert!(Instant::now() < deadline, "{listener:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn end(mut self) -> Listener {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
        self.board.read()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn certificates(folder: &Path) -> CaFiles {
    ca::init(folder, &["localhost".into()]).unwrap()
}

/// A TLS client that trusts `files`' CA; with the client's certificate, or without.
fn tls(bench: &Bench, files: &CaFiles, proves: bool) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.ca).unwrap()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = if proves {
        let chain = CertificateDer::pem_file_iter(&files.client)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let key = PrivateKeyDer::from_pem_file(&files.client_key).unwrap();
        builder.with_client_auth_cert(chain, key).unwrap()
    } else {
        builder.with_no_client_auth()
    };
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, TcpStream::connect(bench.at[2].unwrap()).unwrap())
}

const ANYBODY: &str = "sources = [\"127.0.0.1\"]\n";

#[test]
fn events_come_by_every_transport() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificates(&folder.path().join("pki"));
    let bench = Bench::new(ANYBODY, Some(&files), 64);
    bench.udp(&[&event(1)]);
    assert_eq!(bench.take(1), ["PC1"]);
    let mut lines = bench.tcp();
    lines
        .write_all(format!("{}\n{}\r\n", event(2), event(3)).as_bytes())
        .unwrap();
    assert_eq!(bench.take(2), ["PC2", "PC3"]);
    let mut counted = bench.tcp();
    for number in 4..6 {
        let event = event(number).replace("><", ">\n<");
        write!(counted, "{} {event}", event.len()).unwrap();
    }
    assert_eq!(bench.take(2), ["PC4", "PC5"]);
    let mut encrypted = tls(&bench, &files, true);
    write!(encrypted, "{} {}", event(6).len(), event(6)).unwrap();
    encrypted.flush().unwrap();
    assert_eq!(bench.take(1), ["PC6"]);
    let listener = bench.end();
    assert_eq!(listener.activities.value("ntlm_authenticate"), 6);
    assert_eq!((listener.tellers[0].received, listener.tellers[0].activities), (6, 6));
    assert_eq!((listener.lost, listener.dropped, listener.connections), (0, 0, 0));
}

#[test]
fn a_connection_may_be_cut_anywhere() {
    let bench = Bench::new(ANYBODY, None, 64);
    let mut slow = bench.tcp();
    slow.set_nodelay(true).unwrap();
    for piece in format!("{}\n{} {}", event(1), event(2).len(), event(2))
        .as_bytes()
        .chunks(97)
    {
        slow.write_all(piece).unwrap();
    }
    assert_eq!(bench.take(2), ["PC1", "PC2"]);
    let mut unfinished = bench.tcp();
    write!(unfinished, "{} <13>", event(3).len()).unwrap();
    unfinished.shutdown(Shutdown::Both).unwrap();
    bench.until(|listener| listener.counters.value("cut_messages") == 1);
}

#[test]
fn only_named_sources_are_heard() {
    let bench = Bench::new("sources = [\"192.0.2.1\"]\n", None, 64);
    bench.udp(&[&event(1), &event(2)]);
    let mut refused = bench.tcp();
    assert_eq!(refused.read(&mut [0; 1]).unwrap_or(0), 0, "cut off");
    let listener = bench.until(|listener| listener.counters.value("refused") == 2);
    assert_eq!(listener.counters.value("refused_connections"), 1);
    assert!(bench.letters.is_empty());
    assert_eq!(listener.tellers[0].name, "192.0.2.1", "who should send is missed");
}

#[test]
fn without_a_certificate_nobody_is_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificates(&folder.path().join("pki"));
    let bench = Bench::new(ANYBODY, Some(&files), 64);
    let mut stranger = tls(&bench, &files, false);
    let _refused = stranger
        .write_all(event(1).as_bytes())
        .and_then(|()| stranger.read_exact(&mut [0; 1]));
    let mut plain = TcpStream::connect(bench.at[2].unwrap()).unwrap();
    plain.write_all(event(2).as_bytes()).unwrap();
    bench.until(|listener| listener.counters.value("refused_handshakes") == 2);
    assert!(bench.letters.is_empty());
}

#[test]
fn a_certificate_of_somebody_else_lets_nobody_in() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificates(&folder.path().join("pki"));
    let foreign = certificates(&folder.path().join("foreign"));
    let bench = Bench::new(ANYBODY, Some(&files), 64);
    let mixed = CaFiles {
        ca: files.ca,
        ..foreign
    };
    let mut stranger = tls(&bench, &mixed, true);
    let _refused = stranger
        .write_all(event(1).as_bytes())
        .and_then(|()| stranger.read_exact(&mut [0; 1]));
    bench.until(|listener| listener.counters.value("refused_handshakes") == 1);
    assert!(bench.letters.is_empty());
}

#[test]
fn who_never_reads_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificates(&folder.path().join("pki"));
    let bench = Bench::new(&format!("{ANYBODY}patience-seconds = 1\n"), Some(&files), 64);
    // What the server says in its handshake is never read: neither are the bytes that would end it sent.
    let mut silent = tls(&bench, &files, true);
    let mut hello = Vec::new();
    silent.conn.write_tls(&mut hello).unwrap();
    silent.sock.write_all(&hello).unwrap();
    let mut other = bench.tcp();
    writeln!(other, "{}", event(1)).unwrap();
    assert_eq!(bench.take(1), ["PC1"]);
    bench.until(|listener| listener.counters.value("slow_handshakes") == 1);
    // After its handshake a sender has nothing to read, and need not.
    let mut deaf = tls(&bench, &files, true);
    for number in 2..1_002 {
        write!(deaf, "{} {}", event(number).len(), event(number)).unwrap();
    }
    assert_eq!(bench.take(1_000).len(), 1_000);
}

#[test]
fn a_burst_of_datagrams_is_taken_or_counted() {
    const EVENTS: usize = 5_000;
    let bench = Bench::new(ANYBODY, None, 64);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..EVENTS {
        socket.send_to(event(number).as_bytes(), bench.at[0].unwrap()).unwrap();
    }
    let heard = |listener: &Listener| (listener.activities.sum() + listener.dropped) as usize;
    let listener = bench.until(|listener| heard(listener) == EVENTS);
    assert_eq!(
        bench.take(EVENTS - listener.dropped as usize).len(),
        listener.activities.sum() as usize
    );
    assert_eq!((listener.lost, listener.shed.sum()), (0, 0));
}

#[test]
fn connections_are_bounded_and_slow_ones_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificates(&folder.path().join("pki"));
    let config = format!("{ANYBODY}connections = 2\npatience-seconds = 1\n");
    let bench = Bench::new(&config, Some(&files), 64);
    let half_open = TcpStream::connect(bench.at[2].unwrap()).unwrap();
    let mut slow = bench.tcp();
    write!(slow, "500 <13>").unwrap();
    bench.until(|listener| listener.connections == 2);
    let mut third = bench.tcp();
    assert_eq!(third.read(&mut [0; 1]).unwrap_or(0), 0, "there is no room");
    let listener = bench.until(|listener| listener.connections == 0);
    for what in ["slow_handshakes", "slow_senders", "too_many_connections"] {
        assert_eq!(listener.counters.value(what), 1, "{what}");
    }
    drop(half_open);
}

#[test]
fn what_is_no_event_and_what_is_too_long_is_counted() {
    let bench = Bench::new(&format!("{ANYBODY}message-bytes = 1024\n"), None, 64);
    bench.udp(&["<13>Nov 30 10:00:00 siem CRON[1]: session opened", ""]);
    let mut stream = bench.tcp();
    write!(stream, "5000 {}{} {}", "x".repeat(5_000), event(1).len(), event(1)).unwrap();
    assert_eq!(bench.take(1), ["PC1"]);
    let listener = bench.until(|listener| listener.counters.value("empty") == 1);
    for what in ["oversized", "unrecognised"] {
        assert_eq!(listener.counters.value(what), 1, "{what}: {listener:?}");
    }
    assert_eq!((listener.tellers[0].received, listener.tellers[0].refused), (3, 2));
}

#[test]
fn a_connection_waits_while_nothing_more_can_be_taken() {
    const EVENTS: usize = 20_000;
    let bench = Bench::new(ANYBODY, None, 1);
    let mut stream = bench.tcp();
    let writer = thread::spawn(move || {
        for number in 0..EVENTS {
            writeln!(stream, "{}", event(number)).unwrap();
        }
    });
    bench.until(|listener| listener.activities.sum() >= 4_096);
    let found = bench.take(EVENTS);
    writer.join().unwrap();
    let expected: Vec<_> = (0..EVENTS).map(|number| format!("PC{number}")).collect();
    assert_eq!(found, expected, "in order, each once");
    let listener = bench.end();
    assert_eq!((listener.lost, listener.shed.sum()), (0, 0));
}

#[test]
fn what_waits_is_bounded_and_the_rest_counted_to_the_unit() {
    const EVENTS: usize = 40_000;
    let (post, letters) = bounded(3);
    let config = toml::from_str(ANYBODY).unwrap();
    let mut intake = Intake::new(&config, CaptureId(2), Shed::default(), post);
    for number in 0..EVENTS {
        intake.message(
            "127.0.0.1".parse().unwrap(),
            event(number).as_bytes(),
            Timestamp::new(1_796_000_000, 0),
        );
        if number % 100 == 0 {
            intake.send();
        }
    }
    assert!(!intake.has_room());
    let taking = thread::spawn(move || letters.iter().map(|letter| letter.activities.len()).sum::<usize>());
    intake.finish();
    let listener = intake.listener(&[]);
    drop(intake);
    assert!(listener.lost > 0, "{listener:?}");
    assert_eq!(listener.activities.sum() as usize, EVENTS);
    assert_eq!(taking.join().unwrap() + listener.lost as usize, EVENTS);
}

#[test]
fn datagrams_beyond_what_can_be_taken_are_counted_to_the_unit() {
    const EVENTS: usize = 30_000;
    let bench = Bench::new(ANYBODY, None, 1);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..EVENTS {
        socket.send_to(event(number).as_bytes(), bench.at[0].unwrap()).unwrap();
    }
    let heard = |listener: &Listener| (listener.activities.sum() + listener.dropped) as usize;
    bench.until(|listener| heard(listener) == EVENTS);
    bench.stop.store(true, Ordering::Relaxed);
    let letters = bench.letters.clone();
    let taking = thread::spawn(move || letters.iter().map(|letter| letter.activities.len()).sum::<usize>());
    let listener = bench.end();
    let taken = taking.join().unwrap();
    assert_eq!(taken + (listener.lost + listener.dropped) as usize, EVENTS);
}
