//! One socket of the RADIUS listener, and who answers there.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use capture::source::live;
use capture::{CaptureId, Timestamp};
use crossbeam_channel::Sender;
use parsers::activity::Activity;
use parsers::radius::server::{Heard, Request, Server};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use super::ledger::Ledger;
use super::{PUBLISH, looks};
use crate::listen::clients::Clients;
use crate::listen::post::{Letter, Receipt, Signed};
use crate::listen::shared::Shared;
use crate::listen::sockets::Dropped;

/// Datagrams read before their letter is sent.
const BURST: usize = 256;

/// Octets of a datagram that are read: one more than a packet may have (RFC 2865 §3).
const DATAGRAM: usize = 4_097;

/// How long the end waits for sessions that are on their way.
const PATIENCE: Duration = Duration::from_secs(3);

/// One socket, and who answers there.
pub(super) struct Desk {
    socket: UdpSocket,
    dropped: Dropped,
    pub(super) server: Server,
    clients: Arc<Clients>,
    post: Sender<Letter>,
    receipts: (UnboundedSender<Signed>, UnboundedReceiver<Signed>),
    /// Requests of letters that are on their way.
    letters: HashMap<u64, Vec<Request>>,
    /// The number of the last letter.
    last: u64,
    ledger: Shared<Ledger>,
    /// Datagrams that the kernel had dropped when that was looked up last.
    unheard: u64,
    /// Looks since then.
    looks: u32,
}

impl Desk {
    pub(super) fn open(
        socket: std::net::UdpSocket,
        capture: CaptureId,
        clients: &Arc<Clients>,
        post: &Sender<Letter>,
        ledger: &Shared<Ledger>,
    ) -> io::Result<Self> {
        let dropped = Dropped::of(&socket)?;
        Ok(Self {
            server: Server::new(socket.local_addr()?, capture),
            socket: UdpSocket::from_std(socket)?,
            unheard: dropped.count(),
            looks: 0,
            dropped,
            clients: Arc::clone(clients),
            post: post.clone(),
            receipts: unbounded_channel(),
            letters: HashMap::new(),
            last: 0,
            ledger: ledger.clone(),
        })
    }

    pub(super) async fn serve(mut self, stop: Arc<AtomicBool>) {
        let mut looks = looks();
        while !stop.load(Ordering::Relaxed) {
            tokio::select! {
                ready = self.socket.readable() => match ready {
                    Ok(()) => self.hear(),
                    Err(error) => return self.ledger.lock().stopped = Some(error.to_string()),
                },
                Some(signed) = self.receipts.1.recv() => self.signed(signed),
                _ = looks.tick() => {
                    self.looks += 1;
                    if self.looks == PUBLISH {
                        self.look();
                    }
                }
            }
            self.answer();
        }
        self.finish().await;
    }

    /// Everything that has come by now, within reason, is one letter.
    fn hear(&mut self) {
        let mut datagram = [0; DATAGRAM];
        let (mut activities, mut requests) = (Vec::new(), Vec::new());
        let now = live::now();
        for _ in 0..BURST {
            let (size, from) = match self.socket.try_recv_from(&mut datagram) {
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    self.ledger.lock().count("receive_errors"); // what an earlier answer met comes back here
                    break;
                }
            };
            let bytes = datagram.get(..size).unwrap_or_default();
            if let Some((request, session)) = self.datagram(bytes, from, now) {
                requests.push(request);
                activities.push(session);
            }
        }
        if !requests.is_empty() {
            self.send(activities, requests);
        }
    }

    fn datagram(&mut self, bytes: &[u8], from: SocketAddr, now: Timestamp) -> Option<(Request, Box<Activity>)> {
        let known = self.clients.at(from.ip());
        let heard = self
            .server
            .handle_datagram(bytes, from, known.map(|(_, client)| client), now);
        self.ledger.lock().heard(&heard, known.map(|(number, _)| number), now);
        match heard {
            Heard::Session(request, session) => Some((request, session)),
            Heard::Status | Heard::Again | Heard::Refused(_) => None,
        }
    }

    fn send(&mut self, activities: Vec<Box<Activity>>, requests: Vec<Request>) {
        self.last += 1;
        let receipt = Some(Receipt::new(self.last, self.receipts.0.clone()));
        match self.post.try_send(Letter { activities, receipt }) {
            Ok(()) => {
                self.letters.insert(self.last, requests);
            }
            Err(_) => {
                self.ledger.lock().add("queue_full", requests.len() as u64);
                requests.into_iter().for_each(|request| self.server.lost(request));
            }
        }
    }

    fn signed(&mut self, signed: Signed) {
        let requests = self.letters.remove(&signed.number).unwrap_or_default();
        let what = if signed.stored { "stored" } else { "not_stored" };
        self.ledger.lock().add(what, requests.len() as u64);
        for request in requests {
            match signed.stored {
                true => self.server.stored(request),
                false => self.server.lost(request),
            }
        }
    }

    fn answer(&mut self) {
        while let Some(answer) = self.server.poll_answer() {
            let sent = self.socket.try_send_to(&answer.bytes, answer.to);
            // Who gets none asks again.
            self.ledger
                .lock()
                .count(if sent.is_ok() { "answers" } else { "unsent_answers" });
        }
    }

    /// What the kernel dropped is looked up.
    fn look(&mut self) {
        self.looks = 0;
        let dropped = self.dropped.count();
        let mut ledger = self.ledger.lock();
        ledger.dropped += dropped.saturating_sub(self.unheard);
        self.unheard = dropped;
    }

    /// Nothing new is heard; what is on its way is answered.
    async fn finish(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.server.waiting() > 0 {
            match timeout_at(deadline, self.receipts.1.recv()).await {
                Ok(Some(signed)) => self.signed(signed),
                Ok(None) | Err(_) => break,
            }
            self.answer();
        }
        self.look();
    }
}
