//! The listener on sockets of this host, between a client and somebody who stores.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use capture::CaptureId;
use crossbeam_channel::{Receiver, bounded};
use parsers::radius::server::Request;

use super::Accounting;
use crate::health::snapshot::Listener;
use crate::listen::board::Board;
use crate::listen::clients::Clients;
use crate::listen::config::Places;
use crate::listen::post::Letter;
use crate::listen::remembered::Remembered;
use crate::listen::sockets::Sockets;
use crate::listen::station::Office;

/// A session begins, by a client whose secret is xyzzy5461; and its answer, both computed elsewhere.
const START: &str = "0407006d1637cf7bd0782feba88ebe43430fe265010b4c41425c616c69636528060000000108060a0800071f0d3230332e302e3131332e39\
    2c0a303030303030324104060a0000011a0c000001372206504331371a0d00000c04920753544146461a0c00000c04970600000001";
const STARTED: &str = "05070014f1049e6a111370fd9f6aa15ea5fed015";

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap())
        .collect()
}

/// A listener that runs, and its client.
struct Bench {
    client: UdpSocket,
    letters: Receiver<Letter>,
    stop: Arc<AtomicBool>,
    board: Board,
    thread: Option<JoinHandle<()>>,
}

impl Bench {
    fn new(secret: &str, room: usize, remembered: Vec<Remembered>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, secret).unwrap();
        let config = format!(
            "listen = [\"127.0.0.1\"]\n[[clients]]\nname = \"gateway\"\naddresses = [\"127.0.0.1\"]\nsecret-file = {path:?}\n"
        );
        let clients = Arc::new(Clients::read(&toml::from_str(&config).unwrap()).unwrap());
        let places = Places {
            udp: vec!["127.0.0.1:0".parse().unwrap()],
            ..Places::default()
        };
        let sockets = Sockets::open(&places).unwrap();
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.connect(sockets.udp[0].local_addr().unwrap()).unwrap();
        let board = Board::default();
        let accounting = Accounting::new(sockets, clients, remembered, CaptureId(1), board.clone()).unwrap();
        let (post, letters) = bounded(room);
        let stop = Arc::<AtomicBool>::default();
        let office = Office {
            stop: Arc::clone(&stop),
            post,
        };
        let thread = Some(thread::spawn(move || accounting.run(&office)));
        Self {
            client,
            letters,
            stop,
            board,
            thread,
        }
    }

    fn ask(&self) {
        self.client.send(&unhex(START)).unwrap();
    }

    fn letter(&self) -> Letter {
        self.letters.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    fn answer(&self, patience: Duration) -> Option<Vec<u8>> {
        self.client.set_read_timeout(Some(patience)).unwrap();
        let mut answer = [0; 4_096];
        let size = self.client.recv(&mut answer).ok()?;
        Some(answer[..size].to_vec())
    }

    fn answered(&self) {
        assert_eq!(self.answer(Duration::from_secs(20)), Some(unhex(STARTED)));
    }

    /// Ends it; what it counted.
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

#[test]
fn an_answer_waits_for_the_receipt() {
    let bench = Bench::new("xyzzy5461", 8, Vec::new());
    bench.ask();
    let letter = bench.letter();
    assert_eq!(letter.activities.len(), 1);
    assert_eq!(bench.answer(Duration::from_millis(50)), None);
    letter.receipt.unwrap().sign(true);
    bench.answered();
    bench.ask();
    bench.answered();
    assert!(bench.letters.is_empty(), "what comes again is not stored again");
    let listener = bench.end();
    let count = |name: &str| listener.counters.value(name);
    assert_eq!(
        [
            count("sessions"),
            count("stored"),
            count("repetitions"),
            count("answers")
        ],
        [1, 1, 1, 2]
    );
    assert_eq!(listener.activities.value("vpn_connection"), 1);
    let teller = &listener.tellers[0];
    assert_eq!(
        (teller.name.as_str(), teller.received, teller.activities),
        ("gateway", 2, 1)
    );
    assert!(teller.last.is_some());
}

#[test]
fn what_was_not_stored_is_not_answered_and_taken_in_anew() {
    let bench = Bench::new("xyzzy5461", 8, Vec::new());
    bench.ask();
    bench.letter().receipt.unwrap().sign(false);
    assert_eq!(bench.answer(Duration::from_millis(50)), None);
    bench.ask();
    bench.letter().receipt.unwrap().sign(true);
    bench.answered();
    assert_eq!(bench.end().counters.value("not_stored"), 1);
}

#[test]
fn a_full_queue_answers_nobody_and_waits_for_nobody() {
    let bench = Bench::new("xyzzy5461", 0, Vec::new());
    bench.ask();
    assert_eq!(bench.answer(Duration::from_millis(100)), None);
    let listener = bench.end();
    assert_eq!(
        (
            listener.counters.value("queue_full"),
            listener.counters.value("answers")
        ),
        (1, 0)
    );
}

#[test]
fn who_never_reads_its_answers_holds_nobody_up() {
    let bench = Bench::new("xyzzy5461", 8, Vec::new());
    bench.ask();
    bench.letter().receipt.unwrap().sign(true);
    for _ in 0..5_000 {
        bench.ask(); // far more answers than its socket has room for
    }
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    other.connect(bench.client.peer_addr().unwrap()).unwrap();
    other.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut answer = [0; 4_096];
    // The kernel may have dropped a request among so many: whoever gets no answer asks again.
    let size = (0..100).find_map(|_| {
        other.send(&unhex(START)).unwrap();
        other.recv(&mut answer).ok()
    });
    assert_eq!(answer[..size.unwrap()], unhex(STARTED));
}

#[test]
fn what_is_on_its_way_at_the_end_is_answered() {
    let bench = Bench::new("xyzzy5461", 8, Vec::new());
    bench.ask();
    let letter = bench.letter();
    bench.stop.store(true, Ordering::Relaxed);
    letter.receipt.unwrap().sign(true);
    bench.answered();
    assert_eq!(bench.end().counters.value("stored"), 1);
}

#[test]
fn another_secret_is_refused_and_counted() {
    let bench = Bench::new("other", 8, Vec::new());
    bench.ask();
    assert_eq!(bench.answer(Duration::from_millis(100)), None);
    let listener = bench.end();
    assert_eq!(listener.counters.value("wrong_authenticator"), 1);
    let teller = &listener.tellers[0];
    assert_eq!(
        (teller.received, teller.refused, teller.unproven, teller.last),
        (1, 1, 1, None)
    );
}

#[test]
fn what_an_earlier_run_stored_is_answered_at_once() {
    let first = Bench::new("xyzzy5461", 8, Vec::new());
    first.ask();
    let letter = first.letter();
    let id = letter.activities[0].details.get_text("request_id").unwrap();
    let request = Request::parse(id).unwrap();
    let mut second = Bench::new(
        "xyzzy5461",
        8,
        vec![Remembered::bare(request, letter.activities[0].time)],
    );
    // The same client asks again: its port is part of what it is known by.
    let to = second.client.peer_addr().unwrap();
    second.client = first.client.try_clone().unwrap();
    second.client.connect(to).unwrap();
    second.ask();
    second.answered();
    assert!(second.letters.is_empty());
}
