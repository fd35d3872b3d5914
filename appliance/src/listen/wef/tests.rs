//! The listener on sockets of this host, between sources that show certificates and somebody who stores.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use capture::CaptureId;
use crossbeam_channel::{Receiver, bounded};
use parsers::wef::Charset;
use rcgen::{CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, KeyPair};
use tokio_rustls::rustls::client::WantsClientCert;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, ConfigBuilder, RootCertStore, StreamOwned};

use super::{Offer, Parts, Proof, Sourced, Wef, WefConfig};
use crate::health::Shed;
use crate::health::snapshot::Listener;
use crate::listen::authority::Authority;
use crate::listen::board::Board;
use crate::listen::config::Places;
use crate::listen::post::Letter;
use crate::listen::revocation::Revocation;
use crate::listen::sockets::Sockets;
use crate::listen::station::Office;

mod offered;
mod relayed;
mod revoked;

const PATIENCE: Duration = Duration::from_secs(20);
const MANAGER: &str = "/wsman/SubscriptionManager/WEC";
const NOTIFY: &str = "/wsman/subscriptions/61647461-7000-4000-8000-000000000001";

impl Authority {
    /// A certificate of `name` and its key, in PEM.
    fn issue(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages.push(usage);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    fn client(&self, name: &str) -> Arc<ClientConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = config(&self.0).with_client_auth_cert(vec![certificate.der().clone()], key);
        Arc::new(config.unwrap())
    }
}

fn config(ca: &CertifiedIssuer<'_, KeyPair>) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.der().clone()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
}

/// A listener that runs; what it is made of stays for another.
struct Bench {
    authority: Authority,
    folder: tempfile::TempDir,
    config: WefConfig,
    room: usize,
    running: Option<Running>,
}

struct Running {
    at: SocketAddr,
    letters: Receiver<Letter>,
    stop: Arc<AtomicBool>,
    board: Board,
    revocation: Option<Arc<Revocation>>,
    thread: JoinHandle<()>,
}

impl Bench {
    fn new(more: &str, room: usize) -> Self {
        let (authority, folder) = (Authority::new("Lab CA"), tempfile::tempdir().unwrap());
        let (certificate, key) = authority.issue("adtap.lab.example", ExtendedKeyUsagePurpose::ServerAuth);
        let file = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let text = format!(
            "listen = [\"127.0.0.1\"]\ncertificate = {:?}\nkey = {:?}\nca = {:?}\n{more}",
            file("cert.pem", &certificate),
            file("key.pem", &key),
            file("ca.pem", &authority.0.pem())
        );
        let mut bench = Self {
            config: toml::from_str(&text).unwrap(),
            authority,
            folder,
            room,
            running: None,
        };
        bench.start();
        bench
    }

    fn start(&mut self) {
        let places = Places {
            tls: vec!["127.0.0.1:0".parse().unwrap()],
            ..Places::default()
        };
        let sockets = Sockets::open(&places).unwrap();
        let at = sockets.tls[0].local_addr().unwrap();
        let board = Board::default();
        let parts = Parts::open(&self.config, self.folder.path()).unwrap();
        let wef = Wef::new(
            sockets,
            &parts,
            self.config.clone(),
            CaptureId(3),
            Shed::default(),
            board.clone(),
        )
        .unwrap();
        let (post, letters) = bounded(self.room);
        let stop = Arc::<AtomicBool>::default();
        let office = Office {
            stop: Arc::clone(&stop),
            post,
        };
        self.running = Some(Running {
            at,
            letters,
            stop,
            board,
            revocation: parts.revocation(),
            thread: thread::spawn(move || wef.run(&office)),
        });
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    fn source(&self, name: &str) -> Source {
        Source::new(self.authority.client(name), self.running().at).unwrap()
    }

    fn letter(&self) -> Letter {
        self.running().letters.recv_timeout(PATIENCE).unwrap()
    }

    /// Ends it; what it counted.
    fn end(&mut self) -> Listener {
        let running = self.running.take().unwrap();
        running.stop.store(true, Ordering::Relaxed);
        running.thread.join().unwrap();
        running.board.read()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.end();
        }
    }
}

/// A source's connection.
struct Source(StreamOwned<ClientConnection, TcpStream>);

impl Source {
    fn new(config: Arc<ClientConfig>, at: SocketAddr) -> std::io::Result<Self> {
        let name = ServerName::try_from("adtap.lab.example").unwrap();
        let connection = ClientConnection::new(config, name).unwrap();
        let socket = TcpStream::connect(at)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let mut stream = StreamOwned::new(connection, socket);
        stream.flush()?;
        Ok(Self(stream))
    }

    fn send(&mut self, path: &str, more: &str, body: &[u8]) -> std::io::Result<()> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: adtap.lab.example:5986\r\nUser-Agent: Microsoft WinRM Client\r\n\
             Content-Type: application/soap+xml;charset=UTF-16\r\nContent-Length: {}\r\n{more}\r\n",
            body.len()
        );
        self.0.write_all(head.as_bytes())?;
        self.0.write_all(body)?;
        self.0.flush()
    }

    /// Status and body of what is answered.
    fn answer(&mut self) -> std::io::Result<(u16, String)> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            self.0.read_exact(&mut octet)?;
            head.push(octet[0]);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next());
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body)?;
        let units: Vec<u16> = body
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        Ok((status, String::from_utf16(&units).unwrap()))
    }

    fn ask(&mut self, path: &str, text: &str) -> (u16, String) {
        self.send(path, "", &Charset::Utf16.encode(text)).unwrap();
        self.answer().unwrap()
    }
}

fn event(computer: &str, record_id: u64) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/>\
         <EventID>4776</EventID><TimeCreated SystemTime='2026-11-30T10:00:00.1Z'/><EventRecordID>{record_id}</EventRecordID>\
         <Channel>Security</Channel><Computer>{computer}</Computer></System><EventData><Data Name='TargetUserName'>alice</Data>\
         <Data Name='Workstation'>PC{record_id}</Data><Data Name='Status'>0x0</Data></EventData></Event>"
    )
}

fn envelope(action: &str, header: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><s:Header><a:Action s:mustUnderstand=\"true\">{action}</a:Action>\
         <a:MessageID>uuid:31652DEB-C9E8-45D6-B3E8-90AC64D48422</a:MessageID>{header}<w:AckRequested/></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn batch(events: &[String]) -> String {
    let events: String = events
        .iter()
        .map(|event| format!("<w:Event><![CDATA[{event}]]></w:Event>"))
        .collect();
    let last = events.matches("<w:Event>").count();
    let bookmark = format!(
        "<w:Bookmark><BookmarkList><Bookmark Channel=\"Security\" RecordId=\"{last}\" IsCurrent=\"true\"/></BookmarkList></w:Bookmark>"
    );
    let action = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Events";
    envelope(action, &bookmark, &format!("<w:Events>{events}</w:Events>"))
}

fn batch_of(computer: &str, ids: std::ops::RangeInclusive<u64>) -> String {
    batch(&ids.map(|id| event(computer, id)).collect::<Vec<_>>())
}

fn enumerate() -> String {
    envelope(
        "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate",
        "",
        "<n:Enumerate/>",
    )
}

#[test]
fn a_batch_is_acknowledged_when_it_is_stored_and_its_source_goes_on_there() {
    let mut bench = Bench::new("", 8);
    let mut source = bench.source("dc1.lab.example");
    let (status, answer) = source.ask(MANAGER, &enumerate());
    assert!(
        status == 200 && answer.contains("EnumerateResponse") && !answer.contains("<w:Bookmark>"),
        "{answer}"
    );
    assert!(
        answer.contains("https://adtap.lab.example:5986/wsman/subscriptions/"),
        "{answer}"
    );
    let heartbeat = envelope(
        "http://schemas.dmtf.org/wbem/wsman/1/wsman/Heartbeat",
        "",
        "<w:Events></w:Events>",
    );
    assert!(source.ask(NOTIFY, &heartbeat).1.contains("wsman/1/wsman/Ack"));
    source
        .send(NOTIFY, "", &Charset::Utf16.encode(&batch_of("DC1.lab.example", 1..=3)))
        .unwrap();
    let letter = bench.letter();
    assert_eq!(letter.activities.len(), 3);
    source
        .0
        .sock
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    assert!(source.answer().is_err(), "it is not stored yet");
    source.0.sock.set_read_timeout(Some(PATIENCE)).unwrap();
    letter.receipt.unwrap().sign(true);
    let (status, answer) = source.answer().unwrap();
    assert!(
        status == 200 && answer.contains("<a:RelatesTo>uuid:31652DEB"),
        "{status} {answer}"
    );
    // It is written down: another generation goes on there.
    let kept = Sourced::read(bench.folder.path()).unwrap();
    assert_eq!(kept.sources["dc1.lab.example"].bookmark.0[0].record_id, 3);
    let counted = bench.end();
    assert_eq!(counted.counters.value("stored"), 3);
    assert_eq!((counted.tellers[0].received, counted.tellers[0].activities), (3, 3));
    bench.start();
    let mut source = bench.source("dc1.lab.example");
    let (_, answer) = source.ask(MANAGER, &enumerate());
    assert!(
        answer.contains("<Bookmark Channel=\"Security\" RecordId=\"3\" IsCurrent=\"true\"/>"),
        "{answer}"
    );
    // A batch that comes again is acknowledged, and stored no more.
    let (status, _) = source.ask(NOTIFY, &batch_of("dc1.lab.example", 1..=3));
    assert_eq!(status, 200);
    assert!(bench.running().letters.is_empty());
    assert_eq!(bench.end().counters.value("repetitions"), 3);
}

#[test]
fn what_is_not_stored_is_not_acknowledged_and_taken_in_anew() {
    let mut bench = Bench::new("", 8);
    let mut source = bench.source("dc1.lab.example");
    for stored in [false, true] {
        source
            .send(NOTIFY, "", &Charset::Utf16.encode(&batch_of("dc1", 1..=2)))
            .unwrap();
        let letter = bench.letter();
        assert_eq!(letter.activities.len(), 2);
        letter.receipt.unwrap().sign(stored);
        let (status, answer) = source.answer().unwrap();
        assert_eq!(status == 200, stored, "{answer}");
    }
    let counted = bench.end();
    assert_eq!(
        (counted.counters.value("not_stored"), counted.counters.value("stored")),
        (2, 2)
    );
}

#[test]
fn a_source_that_hangs_up_and_comes_again_is_stored_once() {
    let mut bench = Bench::new("", 8);
    let mut first = bench.source("dc1.lab.example");
    let body = Charset::Utf16.encode(&batch_of("dc1.lab.example", 1..=2));
    first.send(NOTIFY, "", &body).unwrap();
    let letter = bench.letter();
    drop(first);
    let mut second = bench.source("dc1.lab.example");
    second.send(NOTIFY, "", &body).unwrap();
    thread::sleep(Duration::from_millis(50));
    assert!(bench.running().letters.is_empty(), "it waits for the first");
    letter.receipt.unwrap().sign(true);
    assert_eq!(second.answer().unwrap().0, 200);
    assert!(bench.running().letters.is_empty());
    let counted = bench.end();
    assert_eq!(
        (counted.counters.value("stored"), counted.counters.value("repetitions")),
        (2, 2)
    );
}

#[test]
fn an_event_of_another_computer_is_not_believed_but_of_a_relay() {
    let mut bench = Bench::new("relays = [\"wec1.lab.example\"]", 8);
    let mut source = bench.source("dc1.lab.example");
    let forged = batch(&[
        event("dc2.lab.example", 1),
        event("dc1.lab.example", 2),
        "nonsense".into(),
    ]);
    source.send(NOTIFY, "", &Charset::Utf16.encode(&forged)).unwrap();
    let letter = bench.letter();
    assert_eq!(letter.activities.len(), 1);
    letter.receipt.unwrap().sign(true);
    assert_eq!(source.answer().unwrap().0, 200, "the others would never be believed");
    let mut relay = bench.source("wec1.lab.example");
    assert!(relay.ask(MANAGER, &enumerate()).1.contains("Path=\"ForwardedEvents\""));
    relay
        .send(NOTIFY, "", &Charset::Utf16.encode(&batch_of("dc2.lab.example", 1..=1)))
        .unwrap();
    let letter = bench.letter();
    assert_eq!(letter.activities.len(), 1);
    letter.receipt.unwrap().sign(true);
    assert_eq!(relay.answer().unwrap().0, 200);
    let counted = bench.end();
    let teller = &counted.tellers[0];
    assert_eq!(
        (teller.name.as_str(), teller.received, teller.refused, teller.unproven),
        ("dc1.lab.example", 3, 2, 1)
    );
    assert_eq!(
        (
            counted.counters.value("forged_computers"),
            counted.counters.value("unrecognised")
        ),
        (1, 1)
    );
}

#[test]
fn only_who_has_a_certificate_of_the_ca_and_is_named_is_heard() {
    let mut bench = Bench::new("sources = [\"*.lab.example\"]", 8);
    let at = bench.running().at;
    let heard = |config: Arc<ClientConfig>| {
        let mut source = Source::new(config, at)?;
        source.send(MANAGER, "", &Charset::Utf16.encode(&enumerate()))?;
        source.answer()
    };
    assert!(heard(bench.authority.client("dc1.lab.example")).is_ok());
    assert!(heard(bench.authority.client("dc1.other.example")).is_err());
    assert!(heard(bench.authority.client("*.lab.example")).is_err());
    let nobody = config(&bench.authority.0).with_no_client_auth();
    assert!(heard(Arc::new(nobody)).is_err());
    // A certificate of the same name by another CA.
    let foreign = Authority::new("Lab CA");
    let mut params = CertificateParams::new(["dc1.lab.example".to_owned()]).unwrap();
    params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &foreign.0).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let other = config(&bench.authority.0).with_client_auth_cert(vec![certificate.der().clone()], key);
    assert!(heard(Arc::new(other.unwrap())).is_err());
    let counters = bench.end().counters;
    let count = |name| counters.value(name);
    assert_eq!(
        (
            count("refused_sources"),
            count("unnamed_certificates"),
            count("refused_handshakes")
        ),
        (1, 1, 2)
    );
}

#[test]
fn what_is_no_request_is_answered_with_what_is_wrong() {
    let mut bench = Bench::new("envelope-bytes = 32768", 8);
    let mut source = bench.source("dc1.lab.example");
    let status = |path: &str, more: &str, body: &[u8]| {
        let mut source = Source::new(bench.authority.client("dc1.lab.example"), bench.running().at).unwrap();
        source.send(path, more, body).unwrap();
        source.answer().unwrap()
    };
    assert_eq!(status("/wsman", "", b"x").0, 404);
    assert_eq!(status(MANAGER, "Content-Encoding: gzip\r\n", b"x").0, 415);
    let announced =
        format!("POST {NOTIFY} HTTP/1.1\r\nContent-Type: application/soap+xml\r\nContent-Length: 65537\r\n\r\n");
    source.0.write_all(announced.as_bytes()).unwrap();
    source.0.flush().unwrap();
    assert_eq!(source.answer().unwrap().0, 413);
    let mut source = bench.source("dc1.lab.example");
    let (code, answer) = status(NOTIFY, "Content-Encoding: SLDC\r\n", b"nonsense");
    assert!(code == 500 && answer.contains("w:EncodingLimit"), "{answer}");
    let (code, answer) = status(NOTIFY, "", b"\xff\xfe<\0");
    assert!(code == 500 && answer.contains("w:SchemaValidationError"), "{answer}");
    let (code, answer) = status(NOTIFY, "", &Charset::Utf16.encode(&envelope("urn:other", "", "")));
    assert!(code == 500 && answer.contains("a:ActionNotSupported"), "{answer}");
    let strange = envelope("urn:other", "<x:New s:mustUnderstand=\"true\"/>", "");
    let (code, answer) = status(NOTIFY, "", &Charset::Utf16.encode(&strange));
    assert!(code == 500 && answer.contains("s:MustUnderstand"), "{answer}");
    assert_eq!(status(NOTIFY, "", b"").0, 200);
    let end = envelope("http://schemas.microsoft.com/wbem/wsman/1/wsman/End", "", "");
    assert_eq!(source.ask(MANAGER, &end).0, 204);
    let counters = bench.end().counters;
    let names = [
        "unknown_paths",
        "malformed_requests",
        "oversized_envelopes",
        "truncated_envelopes",
        "unknown_actions",
        "headers_not_understood",
    ];
    assert_eq!(names.map(|name| counters.value(name)), [1, 1, 2, 1, 1, 1]);
}

#[test]
fn half_open_slow_and_cut_connections_end() {
    let mut bench = Bench::new("patience-seconds = 1\nconnections = 4", 8);
    let at = bench.running().at;
    // Two say nothing, which is half of all; a third stranger is turned away.
    let silent: Vec<_> = (0..2).map(|_| TcpStream::connect(at).unwrap()).collect();
    thread::sleep(Duration::from_millis(100));
    let mut third = TcpStream::connect(at).unwrap();
    third.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(matches!(third.read(&mut [0; 9]), Ok(0) | Err(_)));
    for mut stream in silent {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        assert!(matches!(stream.read(&mut [0; 9]), Ok(0) | Err(_)), "it is cut off");
    }
    let mut slow = bench.source("dc1.lab.example");
    let head = format!("POST {NOTIFY} HTTP/1.1\r\nContent-Type: application/soap+xml\r\nContent-Length: 100\r\n\r\n<");
    slow.0.write_all(head.as_bytes()).unwrap();
    slow.0.flush().unwrap();
    assert_eq!(slow.answer().unwrap().0, 408);
    let mut cut = bench.source("dc1.lab.example");
    cut.0.write_all(head.as_bytes()).unwrap();
    cut.0.flush().unwrap();
    drop(cut);
    thread::sleep(Duration::from_millis(100));
    let counters = bench.end().counters;
    let count = |name| counters.value(name);
    assert_eq!(
        (
            count("slow_handshakes"),
            count("too_many_handshakes"),
            count("slow_senders")
        ),
        (2, 1, 1)
    );
}

#[test]
fn who_never_reads_is_cut_off() {
    let mut bench = Bench::new("patience-seconds = 1", 8);
    let mut source = bench.source("dc1.lab.example");
    source.0.sock.set_write_timeout(Some(PATIENCE)).unwrap();
    socket2::SockRef::from(&source.0.sock)
        .set_recv_buffer_size(4_096)
        .unwrap();
    let body = Charset::Utf16.encode(&enumerate());
    assert!((0..100_000).any(|_| source.send(MANAGER, "", &body).is_err()));
    assert_eq!(bench.end().counters.value("broken_connections"), 1);
}

#[test]
fn a_full_queue_makes_sources_wait_and_loses_nothing() {
    let mut bench = Bench::new("", 1);
    let mut sources: Vec<_> = (1..=5)
        .map(|number| bench.source(&format!("dc{number}.lab.example")))
        .collect();
    for (number, source) in sources.iter_mut().enumerate() {
        let computer = format!("dc{}.lab.example", number + 1);
        source
            .send(NOTIFY, "", &Charset::Utf16.encode(&batch_of(&computer, 1..=4)))
            .unwrap();
    }
    for _ in 0..5 {
        let letter = bench.letter();
        assert_eq!(letter.activities.len(), 4);
        letter.receipt.unwrap().sign(true);
    }
    for source in &mut sources {
        assert_eq!(source.answer().unwrap().0, 200);
    }
    assert_eq!(bench.end().counters.value("stored"), 20);
}
