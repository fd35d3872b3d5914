//! Where all requests of the listener meet: what their events say, what is stored of them, and who waits for what.
//!
//! Invariant: each event is forged, unreadable or irrelevant for a reason that is a counter, a repetition, or one activity; an activity
//! is shed, or stored before its batch is acknowledged and where the source is has moved on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use capture::{CaptureId, Timestamp};
use crossbeam_channel::{Sender, TrySendError};
use parsers::activity::{Activity, ByKind};
use parsers::event::{self, Arrival};
use parsers::wef::Envelope;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::config::WefConfig;
use super::identity::Identity;
use super::journal::Place;
use super::marks::Known;
use super::recent::Recent;
use super::sources::Sources;
use crate::health::snapshot::{Listener, Named};
use crate::health::{Shed, Shedding};
use crate::listen::post::{Letter, Receipt, Signed};

/// Activities that are on their way to the disk at most, from which on no more batches are read: some 40 MB.
const MAX_ON_THE_WAY: usize = 32_768;

pub(super) struct Intake {
    config: Arc<WefConfig>,
    capture: CaptureId,
    shedding: Shedding,
    pub(super) sources: Sources,
    post: Sender<Letter>,
    desk: UnboundedSender<Signed>,
    /// Batches on their way: how many activities, and who waits.
    letters: HashMap<u64, (usize, oneshot::Sender<bool>)>,
    /// The number of the last letter.
    last: u64,
    on_the_way: usize,
    counters: BTreeMap<&'static str, u64>,
    kinds: ByKind,
    pub(super) connections: usize,
    /// Of those, the ones that have not shaken hands.
    pub(super) strangers: usize,
    stopped: Option<String>,
}

/// What a batch came to.
pub(super) struct Batch {
    /// What is to be stored.
    pub(super) activities: Vec<Box<Activity>>,
    /// Where its source is when that is.
    pub(super) place: Place,
    /// Of a relay: its events, as far as they were not known.
    pub(super) fresh: Option<Box<Recent>>,
}

impl Intake {
    pub(super) fn new(
        config: &Arc<WefConfig>,
        capture: CaptureId,
        shed: Shed,
        sources: Sources,
        post: Sender<Letter>,
        desk: UnboundedSender<Signed>,
    ) -> Self {
        Self {
            config: Arc::clone(config),
            capture,
            shedding: Shedding::new(shed),
            sources,
            post,
            desk,
            letters: HashMap::new(),
            last: 0,
            on_the_way: 0,
            counters: BTreeMap::new(),
            kinds: ByKind::NONE,
            connections: 0,
            strangers: 0,
            stopped: None,
        }
    }

    /// Whether another batch may be read.
    pub(super) fn has_room(&self) -> bool {
        self.on_the_way < MAX_ON_THE_WAY && !self.post.is_full()
    }

    /// Whether nothing is on its way.
    pub(super) fn is_idle(&self) -> bool {
        self.letters.is_empty()
    }

    /// Reads the events of `envelope`, which `from` sent, and leaves out those that are stored.
    pub(super) fn read(&mut self, from: &Identity, envelope: &Envelope<'_>, now: Timestamp) -> Batch {
        let (mut place, recent) = self.sources.leave(from.name());
        let arrival = Arrival {
            time: Some(now),
            utc_offset: 0,
        };
        let relays = self.config.relays.iter().any(|name| name.is(from.name()));
        let mut fresh = relays.then(Recent::default);
        let mut tally = Tally::default();
        let mut activities = Vec::with_capacity(envelope.events.len());
        for text in &envelope.events {
            let event = match event::read(text.as_bytes(), &arrival) {
                Ok(event) => event,
                Err(reason) => {
                    tally.unreadable += 1;
                    self.count(reason.name());
                    continue;
                }
            };
            if !relays && !from.is(&event.computer) {
                tally.forged += 1;
                continue;
            }
            let known = match &mut fresh {
                Some(fresh) => place.marks.take_relayed(&event, &self.sources.seen, &recent, fresh),
                None => place.marks.take(&event, &self.sources.seen),
            };
            match known {
                Known::Stored => {
                    tally.repeated += 1;
                    continue;
                }
                Known::Anew => self.count("logs_began_anew"),
                Known::Undecided => self.count("undecided"),
                Known::Unnumbered => self.count("unnumbered"),
                Known::New => {}
            }
            match event::activity(&event, self.capture) {
                Some(activity) => activities.push(activity),
                None => self.count("irrelevant"),
            }
        }
        if let Some(bookmark) = envelope.bookmark.as_ref().filter(|bookmark| !bookmark.is_empty()) {
            place.bookmark.clone_from(bookmark);
        }
        place.acknowledged = Some(now);
        self.shedding.begin();
        self.shedding.thin(&mut activities);
        self.tally(from, envelope, &tally, activities.len());
        self.sources.back(from.name(), recent);
        Batch {
            activities,
            place,
            fresh: fresh.map(Box::new),
        }
    }

    fn tally(&mut self, from: &Identity, envelope: &Envelope<'_>, tally: &Tally, activities: usize) {
        if let Some(source) = self.sources.of(from.name()) {
            let teller = &mut source.teller;
            teller.received += envelope.events.len() as u64;
            teller.refused += tally.unreadable + tally.forged;
            teller.unproven += tally.forged;
            teller.activities += activities as u64;
        }
        self.add("events", envelope.events.len() as u64);
        self.add("forged_computers", tally.forged);
        self.add("repetitions", tally.repeated);
        self.add("dropped_by_sources", envelope.dropped);
    }

    /// Sends a batch on its way; who asks hears whether it was stored. None where there is no room after all.
    pub(super) fn send(
        &mut self,
        activities: Vec<Box<Activity>>,
    ) -> Result<oneshot::Receiver<bool>, Vec<Box<Activity>>> {
        let count = activities.len();
        let mut kinds = ByKind::NONE;
        activities.iter().for_each(|activity| kinds.count(activity.kind));
        let letter = Letter {
            activities,
            receipt: Some(Receipt::new(self.last + 1, self.desk.clone())),
        };
        match self.post.try_send(letter) {
            Ok(()) => {
                let (told, hears) = oneshot::channel();
                self.last += 1;
                self.letters.insert(self.last, (count, told));
                self.on_the_way += count;
                self.kinds.add(&kinds);
                Ok(hears)
            }
            Err(TrySendError::Full(letter) | TrySendError::Disconnected(letter)) => Err(letter.activities),
        }
    }

    /// A receipt came back.
    pub(super) fn signed(&mut self, signed: Signed) {
        let Some((count, told)) = self.letters.remove(&signed.number) else {
            return;
        };
        self.on_the_way -= count;
        self.add(if signed.stored { "stored" } else { "not_stored" }, count as u64);
        let _nobody_waits_any_more = told.send(signed.stored);
    }

    /// The source's batch is stored: that is where it is. Answers the lines to be written down.
    pub(super) fn moved(&mut self, from: &Identity, place: Place, fresh: Option<Box<Recent>>) -> String {
        self.sources.moved(from.name(), place, fresh)
    }

    pub(super) fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    pub(super) fn add(&mut self, what: &'static str, count: u64) {
        if count > 0 {
            *self.counters.entry(what).or_default() += count;
        }
    }

    /// A socket is heard no more, or nothing can be written down.
    pub(super) fn stop(&mut self, why: String) {
        self.stopped = Some(why);
    }

    pub(super) fn listener(&self, places: &[String]) -> Listener {
        let counters = self.counters.iter().map(|(name, count)| (*name, *count));
        let sources = [("sources", self.sources.len() as u64)];
        Listener {
            name: "wef".to_owned(),
            places: places.to_vec(),
            stopped: self.stopped.clone(),
            counters: Named::of(counters.chain(sources)),
            activities: Named::of(self.kinds.iter().map(|(kind, count)| (kind.name(), count))),
            shed: self.shedding.counts(),
            connections: self.connections as u64,
            tellers: self.sources.tellers(),
            ..Listener::default()
        }
    }
}

/// What was counted of a batch.
#[derive(Debug, Default)]
struct Tally {
    unreadable: u64,
    forged: u64,
    repeated: u64,
}
