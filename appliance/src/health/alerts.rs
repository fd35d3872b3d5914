//! Alerts: findings that last, with a number, a history and a say for the operator.
//!
//! ```text
//! found ─► pending ─ opens_after ─► open ─ not found for closes_after ─► closed (auto) ─► history
//!                                    ├─ close ───► closed (manual); open again where it still stands a day later
//!                                    └─ suppress ► suppressed for seven days, then open again where it still stands
//! ```
//! No clock: time is given in. Hysteresis is measured by uptime, what operators read by the wall clock. Everything is bounded.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use capture::Timestamp;
use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::issue::{Scope, Severity};
use super::moment;

/// Alerts that can stand at a time; further findings are counted.
const MAX_STANDING: usize = 256;

/// Alerts remembered once they are over.
const MAX_HISTORY: usize = 100;

/// How long an operator's word holds.
const SUPPRESSED: Duration = Duration::from_hours(7 * 24);
const CLOSED: Duration = Duration::from_hours(24);

/// How an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Open,
    /// Its cause is gone.
    ClosedAuto,
    /// An operator closed it.
    ClosedManual,
    /// An operator does not want to hear of it for a while.
    Suppressed,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::ClosedAuto => "closed",
            Self::ClosedManual => "closed by hand",
            Self::Suppressed => "suppressed",
        })
    }
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alert {
    /// Consecutive: what it is closed and suppressed by.
    pub(crate) number: u64,
    /// The issue's permanent number and name, for whoever reads JSON.
    pub(crate) id: u32,
    pub(crate) name: String,
    /// What it is about.
    #[serde(rename = "type")]
    pub(crate) scope: Scope,
    pub(crate) standing: Standing,
    /// What was found last.
    #[serde(flatten)]
    pub(crate) finding: Finding,
    #[serde(with = "moment")]
    pub(crate) opened: Timestamp,
    /// When `standing` last changed.
    #[serde(with = "moment")]
    pub(crate) changed: Timestamp,
    /// Uptime since which it is not found any more.
    #[serde(skip)]
    absent: Option<u64>,
}

/// A finding that may become an alert.
#[derive(Clone, Debug)]
struct Pending {
    finding: Finding,
    /// Uptime.
    since: u64,
}

/// All alerts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Alerts {
    /// The number given last.
    last: u64,
    /// Everything that is not over: open, suppressed, and closed by hand while its cause stands.
    standing: Vec<Alert>,
    /// What is over, oldest first.
    history: VecDeque<Alert>,
    #[serde(skip)]
    pending: Vec<Pending>,
    /// Uptime at the first look.
    #[serde(skip)]
    began: Option<u64>,
    /// Findings for which there was no room.
    #[serde(skip)]
    pub(crate) refused: u64,
}

/// When it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) time: Timestamp,
    pub(crate) uptime: u64,
}

impl Alerts {
    /// Takes in all that is found now, and answers the alerts whose standing that changed.
    pub(crate) fn observe(&mut self, findings: Vec<Finding>, now: Now) -> Vec<Alert> {
        self.began.get_or_insert(now.uptime);
        self.pending
            .retain(|pending| findings.iter().any(|finding| same(finding, &pending.finding)));
        for alert in &mut self.standing {
            if findings.iter().any(|finding| same(finding, &alert.finding)) {
                alert.absent = None;
            } else {
                alert.absent.get_or_insert(now.uptime);
            }
        }
        for finding in findings {
            self.found(finding, now.uptime);
        }
        let mut changed = self.revive(now);
        changed.extend(self.open_pending(now));
        changed.extend(self.close_absent(now));
        changed
    }

    /// Everything that is not over.
    pub(crate) fn standing(&self) -> &[Alert] {
        &self.standing
    }

    /// Those that are open.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Alert> {
        self.standing.iter().filter(|alert| alert.standing == Standing::Open)
    }

    /// The highest severity of those that are open.
    pub(crate) fn severity(&self) -> Option<Severity> {
        self.open().map(|alert| alert.finding.severity).max()
    }

    /// Those that are over, the latest first.
    pub(crate) fn history(&self) -> impl Iterator<Item = &Alert> {
        self.history.iter().rev()
    }

    /// An operator's word on an alert: [`Standing::ClosedManual`] or [`Standing::Suppressed`]. None where it is over, or
    /// never was.
    pub(crate) fn set(&mut self, number: u64, standing: Standing, time: Timestamp) -> Option<Alert> {
        let alert = self.standing.iter_mut().find(|alert| alert.number == number)?;
        alert.set(standing, time);
        Some(alert.clone())
    }

    fn found(&mut self, finding: Finding, uptime: u64) {
        if let Some(alert) = self.standing.iter_mut().find(|alert| same(&alert.finding, &finding)) {
            alert.finding = finding;
        } else if let Some(pending) = self.pending.iter_mut().find(|pending| same(&pending.finding, &finding)) {
            pending.finding = finding;
        } else if self.standing.len() + self.pending.len() < MAX_STANDING {
            self.pending.push(Pending { finding, since: uptime });
        } else {
            self.refused += 1;
        }
    }

    /// Opens again what an operator put aside and what still stands when that has passed.
    fn revive(&mut self, now: Now) -> Vec<Alert> {
        let mut changed = Vec::new();
        for alert in self.standing.iter_mut().filter(|alert| alert.absent.is_none()) {
            let aside = match alert.standing {
                Standing::Suppressed => SUPPRESSED,
                Standing::ClosedManual => CLOSED,
                Standing::Open | Standing::ClosedAuto => continue,
            };
            if now.time >= alert.changed.after(aside) {
                alert.set(Standing::Open, now.time);
                changed.push(alert.clone());
            }
        }
        changed
    }

    fn open_pending(&mut self, now: Now) -> Vec<Alert> {
        let ripe = |pending: &Pending| now.uptime.saturating_sub(pending.since) >= pending.finding.issue.opens_after();
        let opened: Vec<_> = self.pending.extract_if(.., |pending| ripe(pending)).collect();
        let opened: Vec<_> = opened
            .into_iter()
            .map(|pending| self.alert(pending.finding, now.time))
            .collect();
        self.standing.extend(opened.iter().cloned());
        opened
    }

    fn alert(&mut self, finding: Finding, time: Timestamp) -> Alert {
        self.last += 1;
        Alert {
            number: self.last,
            id: finding.issue.id(),
            name: finding.issue.name().to_owned(),
            scope: finding.issue.scope(),
            standing: Standing::Open,
            finding,
            opened: time,
            changed: time,
            absent: None,
        }
    }

    /// Ends what is not found any more. What is suppressed stays so until its time has passed.
    fn close_absent(&mut self, now: Now) -> Vec<Alert> {
        let looked = now.uptime.saturating_sub(self.began.unwrap_or_default());
        let over: Vec<_> = self
            .standing
            .extract_if(.., |alert| alert.is_over(now, looked))
            .collect();
        let mut changed = Vec::new();
        for mut alert in over {
            if alert.standing != Standing::ClosedManual {
                alert.set(Standing::ClosedAuto, now.time);
                changed.push(alert.clone());
            }
            self.history.push_back(alert);
        }
        while self.history.len() > MAX_HISTORY {
            self.history.pop_front();
        }
        changed
    }
}

impl Alert {
    const fn set(&mut self, standing: Standing, time: Timestamp) {
        (self.standing, self.changed) = (standing, time);
    }

    /// `looked`: for how many seconds conditions have been judged; in the first of them some cannot be yet.
    fn is_over(&self, now: Now, looked: u64) -> bool {
        let issue = self.finding.issue;
        let Some(absent) = self.absent.filter(|_| looked >= issue.settles_after()) else {
            return false;
        };
        let gone = now.uptime.saturating_sub(absent) >= issue.closes_after();
        gone && (self.standing != Standing::Suppressed || now.time >= self.changed.after(SUPPRESSED))
    }
}

fn same(one: &Finding, other: &Finding) -> bool {
    one.issue == other.issue && one.subject == other.subject
}
