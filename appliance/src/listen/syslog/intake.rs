//! Where all messages of a syslog listener meet: who sent them, what they say, and what waits to be taken on.
//!
//! Invariant: each message is refused, irrelevant, unreadable for a reason that is a counter, or one activity; and activities =
//! sent + waiting + shed + lost.

use std::collections::BTreeMap;
use std::net::IpAddr;

use capture::{CaptureId, Timestamp};
use crossbeam_channel::{Sender, TrySendError};
use parsers::activity::{Activity, ByKind};
use parsers::event::{self, Arrival};

use super::super::config::SyslogConfig;
use super::super::post::Letter;
use super::sources::Sources;
use crate::health::snapshot::{Listener, Named};
use crate::health::{Shed, Shedding};

/// Activities that wait for room in the queue at most: some 20 MB.
const MAX_WAITING: usize = 16_384;

/// From how many on nothing more is read of a connection.
const FULL: usize = MAX_WAITING / 4;

/// Activities of a letter at most.
const LETTER: usize = 1_024;

/// How long the end waits for room.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

pub(super) struct Intake {
    sources: Sources,
    /// Seconds that the senders' local time is ahead of UTC.
    utc_offset: i32,
    capture: CaptureId,
    shedding: Shedding,
    waiting: Vec<Box<Activity>>,
    post: Sender<Letter>,
    counters: BTreeMap<&'static str, u64>,
    kinds: ByKind,
    lost: u64,
    dropped: u64,
    pub(super) connections: usize,
    stopped: Option<String>,
}

impl Intake {
    pub(super) fn new(config: &SyslogConfig, capture: CaptureId, shed: Shed, post: Sender<Letter>) -> Self {
        Self {
            sources: Sources::new(&config.sources),
            utc_offset: config.utc_offset_minutes * 60,
            capture,
            shedding: Shedding::new(shed),
            waiting: Vec::new(),
            post,
            counters: BTreeMap::new(),
            kinds: ByKind::NONE,
            lost: 0,
            dropped: 0,
            connections: 0,
            stopped: None,
        }
    }

    /// Whether `ip` may send.
    pub(super) fn admits(&self, ip: IpAddr) -> bool {
        self.sources.admits(ip)
    }

    /// Messages follow that have come together.
    pub(super) fn begin(&mut self) {
        self.shedding.begin();
    }

    /// One message came in.
    pub(super) fn message(&mut self, from: IpAddr, message: &[u8], now: Timestamp) {
        if !self.sources.admits(from) {
            return self.count("refused");
        }
        let arrival = Arrival {
            time: Some(now),
            utc_offset: self.utc_offset,
        };
        let read = event::read(message, &arrival);
        let teller = self.sources.teller(from);
        teller.received += 1;
        teller.last = Some(now);
        match read {
            Ok(event) => self.event(&event, from),
            Err(reason) => {
                teller.refused += 1;
                self.count(reason.name());
            }
        }
    }

    fn event(&mut self, event: &event::Event, from: IpAddr) {
        let Some(activity) = event::activity(event, self.capture) else {
            return self.count("irrelevant");
        };
        self.sources.teller(from).activities += 1;
        self.kinds.count(activity.kind);
        self.waiting.push(activity);
        if self.waiting.len() >= MAX_WAITING + LETTER {
            self.lost += self.shedding.cut(&mut self.waiting, MAX_WAITING);
        }
    }

    /// Sends what waits, as far as the queue has room.
    pub(super) fn send(&mut self) {
        self.shedding.thin(&mut self.waiting);
        while !self.waiting.is_empty() && !self.post.is_full() {
            let rest = self.waiting.split_off(self.waiting.len().min(LETTER));
            let activities = std::mem::replace(&mut self.waiting, rest);
            let letter = Letter {
                activities,
                receipt: None,
            };
            match self.post.try_send(letter) {
                Ok(()) => {}
                Err(TrySendError::Full(letter) | TrySendError::Disconnected(letter)) => {
                    let rest = std::mem::replace(&mut self.waiting, letter.activities);
                    return self.waiting.extend(rest);
                }
            }
        }
    }

    /// The end: what waits is sent, for which room is waited.
    pub(super) fn finish(&mut self) {
        let activities = std::mem::take(&mut self.waiting);
        if activities.is_empty() {
            return;
        }
        let letter = Letter {
            activities,
            receipt: None,
        };
        if let Err(error) = self.post.send_timeout(letter, PATIENCE) {
            self.lost += error.into_inner().activities.len() as u64;
        }
    }

    /// Whether a connection may be read on.
    pub(super) const fn has_room(&self) -> bool {
        self.waiting.len() < FULL
    }

    pub(super) fn count(&mut self, what: &'static str) {
        *self.counters.entry(what).or_default() += 1;
    }

    /// Messages were longer than the limit.
    pub(super) fn oversized(&mut self, count: u64) {
        if count > 0 {
            *self.counters.entry("oversized").or_default() += count;
        }
    }

    /// The kernel had no room for so many datagrams.
    pub(super) const fn dropped(&mut self, count: u64) {
        self.dropped += count;
    }

    /// A socket is heard no more.
    pub(super) fn stop(&mut self, why: String) {
        self.stopped = Some(why);
    }

    pub(super) fn listener(&self, places: &[String]) -> Listener {
        Listener {
            name: "syslog".to_owned(),
            places: places.to_vec(),
            stopped: self.stopped.clone(),
            counters: Named::of(self.counters.iter().map(|(name, count)| (*name, *count))),
            activities: Named::of(self.kinds.iter().map(|(kind, count)| (kind.name(), count))),
            shed: self.shedding.counts(),
            lost: self.lost,
            dropped: self.dropped,
            connections: self.connections as u64,
            tellers: self.sources.tellers(),
            ..Listener::default()
        }
    }
}
