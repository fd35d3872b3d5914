//! What a sensor is to a domain, from what the receiver answered and when it was asked. No clock, no network: both are given.

use std::time::{Duration, Instant};

use capture::Timestamp;
use uplink::directory::{Answer, ExchangeError};

/// What the sensor is to the domain now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The receiver has not answered yet.
    Waiting,
    /// It reads the domain, and publishes what it finds.
    Synchronizer,
    /// Another does.
    Follower(String),
    /// It reads the domain for itself, for this reason.
    Alone(String),
    /// Nobody reads it, for this reason.
    Unassigned(String),
}

/// A lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) epoch: u64,
    pub(super) until: Instant,
}

/// For how long a sensor that cannot read lets others come before it: some of their questions.
const STANDING_BACK: Duration = Duration::from_secs(30);

/// A sensor's standing for one domain.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Whether it would read the domain at all.
    stands: bool,
    patience: Duration,
    began: Instant,
    /// When it was asked what was answered last.
    heard: Option<(Instant, Answer)>,
    lease: Option<Lease>,
    /// Why there is no answer.
    trouble: Option<ExchangeError>,
    /// When the domain was last looked at, for the others to know.
    pub(super) synced: Option<Timestamp>,
    /// Since when it cannot read, and until when it lets others come before it for that.
    failing: Option<Instant>,
    back: Option<Instant>,
}

impl Candidate {
    /// That begins at `began`, and reads for itself once no answer has come for `patience`.
    pub(super) const fn new(stands: bool, patience: Duration, began: Instant) -> Self {
        Self {
            stands,
            patience,
            began,
            heard: None,
            lease: None,
            trouble: None,
            synced: None,
            failing: None,
            back: None,
        }
    }

    /// Whether it asks to be lent the domain at `now`.
    pub(super) fn stands(&self, now: Instant) -> bool {
        self.stands && self.back.is_none_or(|until| now >= until)
    }

    /// Whether it could read the domain. Where it could not for as long as its patience lasts, another may: it gives its lease back, and
    /// takes it again where nobody came.
    pub(super) fn read(&mut self, could: bool, now: Instant) {
        let since = *self.failing.get_or_insert(now);
        if could {
            self.failing = None;
        } else if now.saturating_duration_since(since) >= self.patience && self.lease(now).is_some() {
            (self.failing, self.lease) = (None, None);
            self.back = Some(now + STANDING_BACK);
        }
    }

    /// Whether an answer came within its patience.
    pub(super) fn is_patient(&self, now: Instant) -> bool {
        let since = self.heard.as_ref().map_or(self.began, |(asked, _)| *asked);
        now.saturating_duration_since(since) < self.patience
    }

    /// The epoch to ask with.
    pub(super) fn epoch(&self) -> u64 {
        self.lease.map_or(0, |lease| lease.epoch)
    }

    /// What came of asking at `asked`: a lease is counted from then.
    pub(super) fn handle(&mut self, asked: Instant, outcome: Result<Answer, ExchangeError>) {
        match outcome {
            Ok(answer) => {
                self.trouble = None;
                self.lease = answer.granted.then(|| Lease {
                    epoch: answer.epoch,
                    until: asked + answer.remaining,
                });
                self.heard = Some((asked, answer));
            }
            Err(ExchangeError::Unknown) => {
                (self.heard, self.lease) = (None, None);
                self.trouble = Some(ExchangeError::Unknown);
            }
            Err(error) => self.trouble = Some(error),
        }
    }

    /// Its lease, where it has one at `now`.
    pub(super) fn lease(&self, now: Instant) -> Option<Lease> {
        self.lease.filter(|lease| lease.until > now)
    }

    /// What the receiver said last, and when it was asked.
    pub(super) const fn heard(&self) -> Option<&(Instant, Answer)> {
        self.heard.as_ref()
    }

    /// Whether the receiver answered when it was asked last.
    pub(super) const fn is_answered(&self) -> bool {
        self.heard.is_some() && self.trouble.is_none()
    }

    /// What it is at `now`.
    pub(super) fn role(&self, now: Instant) -> Role {
        if self.lease(now).is_some() {
            return Role::Synchronizer;
        }
        if self.trouble == Some(ExchangeError::Unknown) {
            return self.by_itself();
        }
        if !self.is_patient(now) {
            return self.by_itself();
        }
        match &self.heard {
            None => Role::Waiting,
            Some((_, answer)) if self.stands && !self.stands(now) && (answer.granted || answer.holder.is_none()) => {
                Role::Unassigned("the domain cannot be read here, and no other sensor has taken it yet".to_owned())
            }
            Some((_, answer)) if answer.granted => self.by_itself(), // and the lease has ended
            Some((_, answer)) => answer.holder.clone().map_or_else(
                || Role::Unassigned("no sensor that is asked would synchronise it".to_owned()),
                Role::Follower,
            ),
        }
    }

    fn by_itself(&self) -> Role {
        let why = match &self.trouble {
            Some(error) => error.to_string(),
            None => "the receiver does not answer".to_owned(),
        };
        match self.stands {
            true => Role::Alone(why),
            false => Role::Unassigned(format!("{why}, and this sensor is no candidate")),
        }
    }
}

#[cfg(test)]
mod tests {
    use uplink::directory::Place;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn answer(holder: Option<&str>, granted: bool, remaining: u64) -> Answer {
        Answer {
            granted,
            holder: holder.map(str::to_owned),
            epoch: 7,
            remaining: Duration::from_secs(remaining),
            end: Place {
                log: "l".to_owned(),
                sequence: 3,
            },
            synced: None,
            wants_whole: false,
        }
    }

    fn silent() -> ExchangeError {
        ExchangeError::Unreachable("refused".to_owned())
    }

    #[test]
    fn without_an_answer_it_waits_and_then_reads_for_itself() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut candidate = Candidate::new(true, PATIENCE, start);
        candidate.handle(at(1), Err(silent()));
        assert_eq!(candidate.role(at(59)), Role::Waiting);
        assert_eq!(candidate.role(at(60)), Role::Alone("refused".to_owned()));
        let mut other = Candidate::new(false, PATIENCE, start);
        other.handle(at(1), Err(silent()));
        assert!(matches!(other.role(at(60)), Role::Unassigned(_)));
    }

    #[test]
    fn an_older_receiver_needs_no_patience() {
        let start = Instant::now();
        let mut candidate = Candidate::new(true, PATIENCE, start);
        candidate.handle(start, Err(ExchangeError::Unknown));
        assert!(matches!(candidate.role(start), Role::Alone(why) if why.contains("older")));
    }

    #[test]
    fn a_lease_lasts_from_when_it_was_asked_for_and_no_longer() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut candidate = Candidate::new(true, PATIENCE, start);
        candidate.handle(at(0), Ok(answer(Some("me"), true, 1_800)));
        assert_eq!((candidate.role(at(1_799)), candidate.epoch()), (Role::Synchronizer, 7));
        candidate.handle(at(100), Err(silent()));
        assert_eq!(candidate.role(at(1_799)), Role::Synchronizer, "nobody else may have it");
        assert!(matches!(candidate.role(at(1_800)), Role::Alone(_)));
        assert_eq!(candidate.epoch(), 7, "it asks for the same again");
        candidate.handle(at(1_900), Ok(answer(Some("other"), false, 1_000)));
        assert_eq!(
            (candidate.role(at(1_900)), candidate.epoch()),
            (Role::Follower("other".to_owned()), 0)
        );
    }

    #[test]
    fn a_short_lease_that_ends_is_no_reason_to_stop_reading() {
        let start = Instant::now();
        let mut candidate = Candidate::new(true, PATIENCE, start);
        candidate.handle(start, Ok(answer(Some("me"), true, 5)));
        assert!(matches!(candidate.role(start + Duration::from_secs(6)), Role::Alone(_)));
    }

    #[test]
    fn who_cannot_read_lets_another_come() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut candidate = Candidate::new(true, PATIENCE, start);
        candidate.handle(at(0), Ok(answer(Some("me"), true, 1_800)));
        candidate.read(false, at(5));
        candidate.read(true, at(10));
        candidate.read(false, at(15));
        candidate.read(false, at(74));
        assert_eq!(candidate.role(at(74)), Role::Synchronizer);
        candidate.handle(at(75), Ok(answer(Some("me"), true, 1_800)));
        candidate.read(false, at(75));
        assert!(!candidate.stands(at(104)) && candidate.stands(at(105)));
        assert!(matches!(candidate.role(at(75)), Role::Unassigned(_)));
        candidate.handle(at(80), Ok(answer(None, false, 0)));
        assert!(matches!(candidate.role(at(80)), Role::Unassigned(_)));
        candidate.handle(at(85), Ok(answer(Some("other"), false, 1_800)));
        assert_eq!(candidate.role(at(85)), Role::Follower("other".to_owned()));
    }

    #[test]
    fn a_follower_that_hears_nothing_reads_for_itself() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut candidate = Candidate::new(true, PATIENCE, start);
        candidate.handle(at(10), Ok(answer(Some("other"), false, 1_000)));
        candidate.handle(at(15), Err(silent()));
        assert_eq!(candidate.role(at(69)), Role::Follower("other".to_owned()));
        assert!(matches!(candidate.role(at(70)), Role::Alone(_)));
        candidate.handle(at(71), Ok(answer(None, false, 0)));
        assert!(matches!(candidate.role(at(71)), Role::Unassigned(_)));
    }
}
