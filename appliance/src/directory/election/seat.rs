//! One domain's seat at the directory's thread: what it may do now, what it has taken in, and what it has still to publish.
//!
//! `place` says which publication of the log its sessions are as of; what was found since lies in the outbox or is remembered by the
//! sessions. A difference waits in the outbox until what was found has surely reached the spool: should this sensor be killed before, the
//! next one finds it again and tells it. Twice is better than never.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use capture::source::live::now as wall;
use resolver::directory::sync::Session;
use tokio::runtime::Runtime;
use uplink::directory::{Answer, Exchange, ExchangeError, Place, Publication};

use super::asking::lock;
use super::candidate::{Candidate, Role};
use super::status::{Duty, ElectionStatus};
use super::taking::Taking;
use crate::directory::domain::{Domain, Round};
use crate::directory::folder::Folder;
use crate::directory::synchronizer::SETTLING;

/// After something failed.
const PAUSE: Duration = Duration::from_secs(5);
/// How long catching up may fail before a synchronizer goes on with what it has.
const GIVING_UP: Duration = Duration::from_secs(60);
/// Differences that wait; where there are more, the domain is published as a whole.
const MAX_OUTBOX: usize = 64;
/// A domain's seat.
pub(in crate::directory) struct Seat {
    domain: String,
    candidate: Arc<Mutex<Candidate>>,
    exchange: Exchange,
    place: Option<Place>,
    outbox: VecDeque<(Instant, Publication)>,
    /// When the changes that were found last have settled.
    settled: Option<Instant>,
    /// Everything has to be published, whatever the log says.
    owes_whole: bool,
    /// Whoever published what was taken in keeps other attributes.
    foreign: bool,
    /// A publication may have been taken or not: the receiver's next answer says which.
    unsure: Option<Instant>,
    /// Since when catching up fails.
    failing: Option<Instant>,
    /// Nothing is tried before.
    pause: Option<Instant>,
    error: Option<String>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::directory) struct Step {
    /// The controller may be asked.
    pub(in crate::directory) reads: bool,
    /// Something was taken in.
    pub(in crate::directory) taken: bool,
}

impl Seat {
    pub(super) const fn new(domain: String, candidate: Arc<Mutex<Candidate>>, exchange: Exchange) -> Self {
        Self {
            domain,
            candidate,
            exchange,
            place: None,
            outbox: VecDeque::new(),
            settled: None,
            owes_whole: false,
            foreign: false,
            unsure: None,
            failing: None,
            pause: None,
            error: None,
        }
    }

    /// Whether it is the seat of `domain`, in lower case.
    pub(in crate::directory) fn is_of(&self, domain: &str) -> bool {
        self.domain == domain
    }

    /// Whether `candidate` is the one that asks for it.
    pub(super) fn is_with(&self, candidate: &Arc<Mutex<Candidate>>) -> bool {
        Arc::ptr_eq(&self.candidate, candidate)
    }

    /// The domain was loaded again from the disk: nobody knows what that is as of.
    pub(in crate::directory) fn reset(&mut self) {
        self.place = None;
        self.outbox.clear();
    }

    /// Does what is due between two rounds: catches up, publishes.
    pub(in crate::directory) fn step(&mut self, domain: &mut Domain, folder: &Folder, runtime: &Runtime) -> Step {
        let now = Instant::now();
        let (role, heard, patient) = {
            let candidate = lock(&self.candidate);
            let heard = candidate.heard().filter(|_| candidate.is_answered()).cloned();
            (candidate.role(now), heard, candidate.is_patient(now))
        };
        let mut step = Step {
            reads: matches!(role, Role::Synchronizer | Role::Alone(_)),
            taken: false,
        };
        match (&role, heard) {
            (Role::Alone(_) | Role::Waiting, _) => {}
            (_, Some((asked, answer))) => {
                self.settle(asked, &answer);
                step.taken = self.exchange(&role, &answer, domain, folder, runtime);
                step.reads &= self.is_at(&answer);
            }
            // Its lease outlasts a receiver that does not answer.
            (_, None) => step.reads &= self.place.is_some() || !patient,
        }
        domain.status.election = Some(self.status(&role, now));
        step
    }

    /// What there is to say and to hear; whether anything was taken in.
    fn exchange(
        &mut self,
        role: &Role,
        answer: &Answer,
        domain: &mut Domain,
        folder: &Folder,
        runtime: &Runtime,
    ) -> bool {
        let reader = *role == Role::Synchronizer;
        let paused = self.pause.is_some_and(|until| Instant::now() < until);
        if !reader && self.owes_whole {
            // What it was to publish is another's to publish now.
            self.owes_whole = false;
            self.reset();
        }
        let taken = !self.is_at(answer) && !paused && self.catch_up(reader, answer, domain, folder, runtime);
        if !self.is_at(answer) {
            return taken;
        }
        if !reader {
            domain.status.synced = answer.synced.or(domain.status.synced);
        } else if self.foreign {
            // What was taken in lacks attributes, or has some that are not kept here: everything is read anew, and nothing told of it.
            domain.sessions.clear();
            (self.foreign, self.owes_whole) = (false, true);
        } else if !paused {
            self.publish(answer, domain, runtime);
        }
        taken
    }

    /// A round of this domain has found something, or nothing: what there is to publish goes into the outbox. What was found before a
    /// round failed is told as well; it is published with the next one, and no sooner after it was told than anything else.
    pub(in crate::directory) fn found(&mut self, domain: &mut Domain, round: &Round) {
        if !round.changes.is_empty() {
            self.settled = Some(Instant::now() + SETTLING);
        }
        let mut candidate = lock(&self.candidate);
        if round.trouble.is_some() {
            return candidate.read(false, Instant::now());
        }
        candidate.synced = domain.status.synced;
        candidate.read(true, Instant::now());
        if candidate.lease(Instant::now()).is_none() || self.place.is_none() {
            return;
        }
        drop(candidate);
        let settled = self.settled.unwrap_or_else(Instant::now);
        let touched = domain.sessions.iter().any(Session::is_touched);
        if !self.owes_whole && !touched || !domain.sessions.iter().all(Session::is_told) {
            return;
        }
        let difference = (!self.owes_whole && self.outbox.len() < MAX_OUTBOX)
            .then(|| Publication::difference(domain.sessions.iter()))
            .flatten();
        let publication = difference.unwrap_or_else(|| {
            self.outbox.clear();
            Publication::whole(domain.sessions.iter())
        });
        if publication.refused() > 0 {
            tracing::warn!(
                "directory {}: {} objects are too large to be published; sensors that follow do not know them as they are",
                self.domain,
                publication.refused()
            );
        }
        self.owes_whole = false;
        self.outbox.push_back((settled, publication));
        domain.sessions.iter_mut().for_each(Session::handed_on);
    }

    /// Publishes what waits, before the sensor ends; begins no more after `deadline`.
    pub(in crate::directory) fn end(&mut self, domain: &Domain, runtime: &Runtime, deadline: Instant) {
        let now = Instant::now();
        let heard = lock(&self.candidate).heard().cloned();
        let Some((_, answer)) = heard.filter(|_| lock(&self.candidate).lease(now).is_some()) else {
            return;
        };
        while self.is_at(&answer) && !self.outbox.is_empty() && Instant::now() < deadline {
            let sent =
                runtime.block_on(async { tokio::time::timeout_at(deadline.into(), self.send(answer.epoch)).await });
            if !matches!(sent, Ok(Ok(()))) {
                tracing::debug!("directory {}: not all was published", domain.status.name);
                return;
            }
        }
    }

    /// Whether everything that the log holds is known here; what was published since the answer is known too.
    fn is_at(&self, answer: &Answer) -> bool {
        let end = &answer.end;
        let known = |place: &Place| place.log == end.log && place.sequence >= end.sequence;
        self.place.as_ref().is_some_and(known)
    }

    /// Finds out by an answer that is newer whether a publication was taken.
    fn settle(&mut self, asked: Instant, answer: &Answer) {
        if self.unsure.is_none_or(|since| asked <= since) {
            return;
        }
        self.unsure = None;
        let Some(place) = self.place.as_mut().filter(|place| place.log == answer.end.log) else {
            return;
        };
        if answer.granted && answer.end.sequence == place.sequence + 1 {
            place.sequence += 1;
            self.outbox.pop_front();
        }
    }

    /// Takes in what is in the log; whether anything was.
    fn catch_up(
        &mut self,
        reader: bool,
        answer: &Answer,
        domain: &mut Domain,
        folder: &Folder,
        runtime: &Runtime,
    ) -> bool {
        if answer.end.sequence == 0 {
            // Nothing was published yet: what is known here begins it.
            self.owes_whole = reader;
            self.outbox.clear();
            self.place = Some(answer.end.clone());
            return false;
        }
        let own = !self.outbox.is_empty() || domain.sessions.iter().any(Session::is_touched);
        let from = self.place.take().filter(|_| !own);
        let mut taking = Taking::new(domain, folder);
        let heard = self
            .exchange
            .follow(&self.domain, from.as_ref(), |followed| taking.handle(followed));
        let heard = runtime.block_on(heard);
        let (place, foreign) = (taking.place.take(), taking.foreign);
        self.foreign = foreign.unwrap_or(self.foreign);
        let taken = place.is_some();
        if taken {
            self.outbox.clear();
            domain.taken();
        }
        self.place = place.or(from);
        self.note(heard.err());
        let failing = self.failing.is_some_and(|since| since.elapsed() >= GIVING_UP);
        if reader && !self.is_at(answer) && failing {
            self.place = Some(answer.end.clone());
            self.owes_whole = true;
        }
        taken
    }

    /// Publishes what is due.
    fn publish(&mut self, answer: &Answer, domain: &Domain, runtime: &Runtime) {
        if self.unsure.is_some() {
            return;
        }
        let idle = self.outbox.is_empty() && !self.owes_whole;
        if idle && answer.wants_whole && !domain.sessions.iter().any(Session::is_touched) {
            return self.compact(answer.epoch, domain, runtime);
        }
        let due = |(settled, _): &(Instant, Publication)| *settled <= Instant::now();
        while self.outbox.front().is_some_and(due) {
            if let Err(error) = runtime.block_on(self.send(answer.epoch)) {
                return self.note(Some(error));
            }
            self.note(None);
        }
    }

    /// Sends the first of the outbox.
    async fn send(&mut self, epoch: u64) -> Result<(), ExchangeError> {
        let (Some(place), Some((_, publication))) = (&mut self.place, self.outbox.front()) else {
            return Ok(());
        };
        let next = Place {
            sequence: place.sequence + 1,
            ..place.clone()
        };
        match self.exchange.publish(&self.domain, epoch, &next, publication).await {
            Ok(_) => {
                *place = next;
                self.outbox.pop_front();
                Ok(())
            }
            Err(ExchangeError::Refused(why)) => {
                self.reset();
                Err(ExchangeError::Refused(why))
            }
            Err(error) => {
                self.unsure = Some(Instant::now());
                Err(error)
            }
        }
    }

    /// The log has grown: the same once more, as a whole.
    fn compact(&mut self, epoch: u64, domain: &Domain, runtime: &Runtime) {
        let Some(place) = self.place.clone() else { return };
        let whole = Publication::whole(domain.sessions.iter());
        let sent = runtime.block_on(self.exchange.publish(&self.domain, epoch, &place, &whole));
        self.note(sent.err());
        self.unsure = Some(Instant::now()); // the answer that it is wanted is older
    }

    fn note(&mut self, error: Option<ExchangeError>) {
        let now = Instant::now();
        match error {
            None => (self.failing, self.pause, self.error) = (None, None, None),
            Some(error) => {
                tracing::debug!("directory {}: {error}", self.domain);
                self.failing.get_or_insert(now);
                self.pause = Some(now + PAUSE);
                self.error = Some(error.to_string());
            }
        }
    }

    fn status(&self, role: &Role, now: Instant) -> ElectionStatus {
        let candidate = lock(&self.candidate);
        let (duty, why) = match role {
            Role::Waiting => (Duty::Waiting, None),
            Role::Synchronizer => (Duty::Synchronizer, None),
            Role::Follower(_) => (Duty::Follower, None),
            Role::Alone(why) => (Duty::Alone, Some(why.clone())),
            Role::Unassigned(why) => (Duty::Unassigned, Some(why.clone())),
        };
        let led = matches!(duty, Duty::Synchronizer | Duty::Follower);
        let heard = candidate.heard().filter(|_| led);
        let until = heard.map(|(asked, answer)| {
            let left = (*asked + answer.remaining).saturating_duration_since(now);
            wall().after(Duration::from_secs(left.as_secs()))
        });
        ElectionStatus {
            duty,
            synchronizer: heard.and_then(|(_, answer)| answer.holder.clone()),
            until,
            sequence: self.place.as_ref().map_or(0, |place| place.sequence),
            why: why.or_else(|| self.error.clone()),
        }
    }
}
