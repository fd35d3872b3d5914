//! One domain: its lease and its log, and what of them is kept. Blocking.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lease::{Holder, Lease, Verdict};
use super::log::{Incoming, Log, identity};
use crate::durable;
use crate::proto::{LeaseAnswer, LeaseRequest, PublishHead};

/// `lease.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    epoch: u64,
    holder: Option<Holder>,
    log: String,
}

/// A domain's desk.
#[derive(Debug)]
pub(super) struct Desk {
    folder: PathBuf,
    lease: Lease,
    pub(super) log: Log,
    /// When the holder last looked, as it says.
    synced: i64,
    /// Publications that came, so that each has a file of its own.
    incoming: u64,
}

/// Why a publication is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("the lease of this domain is not of that epoch, or another's")]
    Fenced,
    #[error("it does not follow what was published: the log ends at {0}")]
    Hole(u64),
    #[error("the log is full; publish the domain as a whole")]
    Full,
    #[error(transparent)]
    Store(#[from] io::Error),
}

impl Desk {
    /// Of a domain whose lease was never lent.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            lease: Lease::default(),
            log: Log::begun(&folder, identity()),
            folder,
            synced: 0,
            incoming: 0,
        }
    }

    /// As it was kept in `folder`, at `now`.
    pub(super) fn open(folder: PathBuf, now: Duration) -> io::Result<Self> {
        let written: Written = serde_json::from_slice(&std::fs::read(file(&folder))?)?;
        Ok(Self {
            lease: Lease::kept(written.holder, written.epoch, now),
            log: Log::open(&folder, written.log)?,
            ..Self::new(folder)
        })
    }

    /// Answers whoever asks for the lease. What is lent is on disk before anybody hears of it.
    pub(super) fn ask(&mut self, request: &LeaseRequest, silence: Duration, now: Duration) -> io::Result<LeaseAnswer> {
        let before = self.lease.clone();
        let who = Holder {
            sensor: request.sensor.clone(),
            spool: request.spool.clone(),
        };
        let verdict = self.lease.ask(&who, request.candidate, request.epoch, silence, now);
        if (before.epoch(), before.holder()) != (self.lease.epoch(), self.lease.holder()) {
            if let Err(error) = self.write() {
                self.lease = before;
                return Err(error);
            }
            self.synced = 0;
        }
        let granted = verdict == Verdict::Granted;
        if granted && request.synced != 0 {
            self.synced = request.synced;
        }
        let remaining = match verdict {
            Verdict::Granted => silence,
            Verdict::Lent(left) => left,
            Verdict::Free => Duration::ZERO,
        };
        Ok(LeaseAnswer {
            granted,
            holder: self
                .lease
                .holder()
                .map(|holder| holder.sensor.clone())
                .unwrap_or_default(),
            epoch: self.lease.epoch(),
            remaining_ms: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
            log: self.log.identity().to_owned(),
            sequence: self.log.last(),
            synced: self.synced,
            wants_whole: self.log.wants_whole(),
        })
    }

    /// Whether what begins with `head` may be published now.
    pub(super) fn admit(&self, head: &PublishHead) -> Result<(), Refused> {
        let who = Holder {
            sensor: head.sensor.clone(),
            spool: head.spool.clone(),
        };
        if !self.lease.is_of(&who, head.epoch) {
            return Err(Refused::Fenced);
        }
        if head.log != self.log.identity() || !self.log.expects(head.sequence, head.whole) {
            return Err(Refused::Hole(self.log.last()));
        }
        if !head.whole && self.log.is_full() {
            return Err(Refused::Full);
        }
        Ok(())
    }

    /// A file for what begins with `head`.
    pub(super) fn begin(&mut self, head: &PublishHead) -> Result<Incoming, Refused> {
        self.admit(head)?;
        self.incoming += 1;
        Ok(Incoming::new(self.folder.join(format!("{}.incoming", self.incoming)))?)
    }

    /// Publishes what has come; whoever lost the lease meanwhile is refused.
    pub(super) fn publish(&mut self, head: &PublishHead, incoming: Incoming) -> Result<u64, Refused> {
        self.admit(head)?;
        self.log.take(incoming, head.sequence, head.whole)?;
        Ok(self.log.last())
    }

    /// What lies in the log is damaged: it is begun anew, and its holder publishes the whole.
    pub(super) fn begin_anew(&mut self) -> io::Result<()> {
        self.log.begin_anew()?;
        self.write()
    }

    fn write(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let written = Written {
            epoch: self.lease.epoch(),
            holder: self.lease.holder().cloned(),
            log: self.log.identity().to_owned(),
        };
        durable::replace(&file(&self.folder), &serde_json::to_vec(&written)?)
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("lease.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENCE: Duration = Duration::from_secs(30);

    fn request(sensor: &str, epoch: u64) -> LeaseRequest {
        LeaseRequest {
            sensor: sensor.to_owned(),
            spool: "0123456789abcdef".to_owned(),
            domain: "lab.example".to_owned(),
            candidate: true,
            epoch,
            synced: 77,
        }
    }

    fn head(sensor: &str, answer: &LeaseAnswer, sequence: u64, whole: bool) -> PublishHead {
        PublishHead {
            sensor: sensor.to_owned(),
            spool: "0123456789abcdef".to_owned(),
            domain: "lab.example".to_owned(),
            epoch: answer.epoch,
            log: answer.log.clone(),
            sequence,
            whole,
        }
    }

    #[test]
    fn a_late_publisher_is_refused_at_the_beginning_and_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::new(folder.path().join("lab.example"));
        let one = desk.ask(&request("one", 0), SILENCE, Duration::ZERO).unwrap();
        let first = head("one", &one, 1, true);
        let incoming = desk.begin(&first).unwrap();
        assert_eq!(desk.publish(&first, incoming).unwrap(), 1);
        let second = head("one", &one, 2, false);
        let under_way = desk.begin(&second).unwrap();
        let two = desk.ask(&request("two", 0), SILENCE, SILENCE).unwrap();
        assert!(two.granted && two.epoch > one.epoch);
        assert!(matches!(desk.publish(&second, under_way), Err(Refused::Fenced)));
        assert!(matches!(desk.begin(&second), Err(Refused::Fenced)));
        assert!(matches!(
            desk.begin(&head("two", &two, 3, false)),
            Err(Refused::Hole(1))
        ));
        assert!(desk.begin(&head("two", &two, 2, false)).is_ok());
    }

    #[test]
    fn a_start_knows_who_had_it_and_lends_no_epoch_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.example");
        let one = Desk::new(path.clone())
            .ask(&request("one", 0), SILENCE, Duration::ZERO)
            .unwrap();
        let mut desk = Desk::open(path, Duration::ZERO).unwrap();
        let two = desk.ask(&request("two", 0), SILENCE, Duration::from_secs(29)).unwrap();
        assert_eq!(
            (two.granted, two.holder.as_str(), two.remaining_ms, two.log),
            (false, "one", 1_000, one.log)
        );
        let two = desk.ask(&request("two", 0), SILENCE, SILENCE).unwrap();
        assert_eq!((two.granted, two.epoch, two.synced), (true, one.epoch + 1, 77));
    }

    #[test]
    fn a_damaged_log_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::new(folder.path().join("lab.example"));
        let one = desk.ask(&request("one", 0), SILENCE, Duration::ZERO).unwrap();
        let first = head("one", &one, 1, true);
        let incoming = desk.begin(&first).unwrap();
        desk.publish(&first, incoming).unwrap();
        desk.begin_anew().unwrap();
        let again = desk.ask(&request("one", one.epoch), SILENCE, Duration::ZERO).unwrap();
        assert_eq!((again.sequence, again.log != one.log), (0, true));
        assert!(desk.begin(&head("one", &again, 1, true)).is_ok());
    }
}
