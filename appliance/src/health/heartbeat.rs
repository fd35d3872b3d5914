//! Health as the receiver hears it: open alerts as conditions, the ledger as counters.

use uplink::Report;
use uplink::proto::{Condition, Counter, Severity as Told};

use super::alerts::Alert;
use super::issue::Severity;
use super::ledger::ledger;
use super::snapshot::{Snapshot, Worker};

/// What the next heartbeat says.
pub(super) fn report<'a>(snapshot: &Snapshot, open: impl Iterator<Item = &'a Alert>) -> Report {
    Report {
        losses: losses(snapshot),
        health: open.map(condition).collect(),
    }
}

/// The ledger, and what explains it: frames by what became of them, malformed messages, bytes that cannot be read.
fn losses(snapshot: &Snapshot) -> Vec<Counter> {
    let counter = |name: String, value| Counter { name, value };
    let rows = ledger(snapshot).into_iter().map(|row| counter(row.name(), row.lost));
    let frames = |name: &str, value: fn(&Worker) -> u64| counter(format!("frames.{name}"), snapshot.workers(value));
    let sums = [
        frames("received", |worker| worker.frames),
        frames("decoded", |worker| worker.decoded),
        frames("skipped", |worker| worker.skipped),
        frames("malformed", |worker| worker.malformed),
        frames("lost", |worker| worker.lost),
    ];
    sums.into_iter()
        .chain(rows)
        .filter(|counter| counter.value > 0)
        .collect()
}

fn condition(alert: &Alert) -> Condition {
    let finding = &alert.finding;
    Condition {
        component: component(alert),
        severity: match finding.severity {
            Severity::Low | Severity::Medium => Told::Warning,
            Severity::High => Told::Error,
        }
        .into(),
        message: finding.sentence(),
        id: alert.id,
        name: alert.name.clone(),
        since: alert.opened.0,
    }
}

/// What it is about: the subject, or the issue where there is only one.
fn component(alert: &Alert) -> String {
    let subject = &alert.finding.subject;
    if subject.is_empty() {
        "sensor".to_owned()
    } else {
        subject.clone()
    }
}
