//! One source: it asks for its subscription, sends its batches one after the other, and sends again what was not acknowledged.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::text::{self, Form};

const MANAGER: &str = "/wsman/SubscriptionManager/WEC";

/// How long an answer is waited for: what Windows' OperationTimeout says.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(100);

/// What a source does.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its DNS name, which its certificate has.
    pub name: String,
    /// With its certificate.
    pub tls: Arc<ClientConfig>,
    /// Where the collector is.
    pub at: SocketAddr,
    /// What the collector is called.
    pub collector: String,
    /// Events in all; none says heartbeats alone.
    pub events: u64,
    /// Events of a batch.
    pub batch: u64,
    /// How bodies are sent.
    pub form: Form,
    /// Between two batches, and between two heartbeats.
    pub pause: Duration,
    /// When it is over, whatever is left.
    pub until: Instant,
}

/// What it came to.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// EventRecordIDs up to there are acknowledged.
    pub acknowledged: u64,
    /// Batches that were sent.
    pub batches: u64,
    /// Those among them that had been sent before.
    pub again: u64,
    /// EventRecordIDs up to there have been sent.
    pub sent: u64,
    /// Heartbeats that were acknowledged.
    pub heartbeats: u64,
    /// Times that it connected.
    pub connected: u64,
    /// How long each acknowledged batch took.
    pub took: Vec<Duration>,
    /// What should not have happened.
    pub wrong: Vec<String>,
}

/// A batch that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Ready {
    last: u64,
    headers: &'static str,
    body: Vec<u8>,
}

impl Task {
    /// Its batches, ready to be sent.
    #[must_use]
    pub fn prepare(&self) -> Vec<Ready> {
        let to = format!("https://{}:5986/wsman/subscriptions", self.collector);
        let firsts = (1..=self.events).step_by(usize::try_from(self.batch).unwrap_or(1));
        firsts
            .map(|first| {
                let last = self.events.min(first + self.batch - 1);
                let (headers, body) = self.form.body(&text::batch(&self.name, &to, last, first..=last));
                Ready { last, headers, body }
            })
            .collect()
    }

    /// Does it. `batches` are its own.
    pub async fn run(self, batches: Vec<Ready>) -> Told {
        let mut told = Told::default();
        while Instant::now() < self.until && !(self.events > 0 && told.acknowledged >= self.events) {
            if let Err(error) = self.connection(&batches, &mut told).await
                && error.kind() == io::ErrorKind::InvalidData
            {
                told.wrong.push(error.to_string());
                break;
            }
            sleep(PAUSE).await;
        }
        told
    }

    /// From one connection to its end.
    async fn connection(&self, batches: &[Ready], told: &mut Told) -> io::Result<()> {
        let mut line = Line::open(self).await?;
        told.connected += 1;
        let (path, stored) = self.subscribe(&mut line, told).await?;
        // After every other connection it knows no more than what it is told, as after a restart.
        let from = if told.connected.is_multiple_of(2) {
            stored
        } else {
            told.acknowledged
        };
        for batch in batches.iter().filter(|batch| batch.last > from) {
            let began = Instant::now();
            told.batches += 1;
            told.again += u64::from(batch.last <= told.sent);
            told.sent = told.sent.max(batch.last);
            let (status, answer) = line.ask(&path, batch.headers, &batch.body).await?;
            if status != 200 || !answer.contains("wsman/1/wsman/Ack<") {
                return Err(io::Error::other("not acknowledged"));
            }
            told.acknowledged = told.acknowledged.max(batch.last);
            told.took.push(began.elapsed());
            if Instant::now() >= self.until {
                return Ok(());
            }
            sleep(self.pause).await;
        }
        while self.events == 0 && Instant::now() < self.until {
            self.heartbeat(&mut line, &path, told).await?;
            sleep(self.pause).await;
        }
        Ok(())
    }

    async fn subscribe(&self, line: &mut Line, told: &mut Told) -> io::Result<(String, u64)> {
        let to = format!("https://{}:5986{MANAGER}", self.collector);
        let (headers, body) = Form::Plain.body(&text::enumerate(&self.name, &to, told.connected));
        let (status, answer) = line.ask(MANAGER, headers, &body).await?;
        if status == 503 {
            return Err(io::Error::other("busy"));
        }
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        let (path, stored) = text::subscribed(&answer)
            .filter(|_| status == 200)
            .ok_or_else(|| wrong(format!("no subscription: {status} {answer}")))?;
        if stored < told.acknowledged {
            return Err(wrong(format!(
                "{}: {} is acknowledged and the bookmark is {stored}",
                self.name, told.acknowledged
            )));
        }
        Ok((path, stored))
    }

    async fn heartbeat(&self, line: &mut Line, path: &str, told: &mut Told) -> io::Result<()> {
        let (headers, body) = self.form.body(&text::heartbeat(&self.name, path, told.heartbeats));
        let (status, answer) = line.ask(path, headers, &body).await?;
        if status == 200 && answer.contains("wsman/1/wsman/Ack<") {
            told.heartbeats += 1;
        }
        Ok(())
    }
}

/// A connection.
struct Line(TlsStream<TcpStream>);

impl Line {
    async fn open(task: &Task) -> io::Result<Self> {
        let name = ServerName::try_from(task.collector.clone()).map_err(io::Error::other)?;
        let connecting = async {
            let socket = TcpStream::connect(task.at).await?;
            socket.set_nodelay(true)?;
            TlsConnector::from(Arc::clone(&task.tls)).connect(name, socket).await
        };
        let stream = timeout(PATIENCE, connecting)
            .await
            .map_err(|_| io::ErrorKind::TimedOut)??;
        Ok(Self(stream))
    }

    /// Status and text of the answer.
    async fn ask(&mut self, path: &str, headers: &str, body: &[u8]) -> io::Result<(u16, String)> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nConnection: Keep-Alive\r\nContent-Type: application/soap+xml;charset=UTF-16\r\n{headers}\
             Authorization: http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual\r\nUser-Agent: Microsoft WinRM Client\r\n\
             Content-Length: {}\r\nHost: collector:5986\r\n\r\n",
            body.len()
        );
        self.0.write_all(head.as_bytes()).await?;
        self.0.write_all(body).await?;
        self.0.flush().await?;
        timeout(PATIENCE, self.answer())
            .await
            .map_err(|_| io::ErrorKind::TimedOut)?
    }

    async fn answer(&mut self) -> io::Result<(u16, String)> {
        let mut octets = Vec::new();
        let (head, mut body) = loop {
            if self.0.read_buf(&mut octets).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(end) = octets.windows(4).position(|four| four == b"\r\n\r\n") {
                let body = octets.split_off(end + 4);
                break (String::from_utf8_lossy(&octets).to_lowercase(), body);
            }
        };
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        let length = head
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.lines().next());
        let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        while body.len() < length {
            if self.0.read_buf(&mut body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let units = body.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
        let text = char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok((status, text.collect()))
    }
}
