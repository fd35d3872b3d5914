//! All there is to say of the daemon, in one document: what `/status.json` serves, and what `adtap status`, `adtap top` and
//! the page are made of.

use serde::{Deserialize, Serialize};

use super::alerts::{Alert, Alerts, Standing};
use super::issue::Severity;
use super::ledger::{Row, ledger};
use super::snapshot::{Controller, Snapshot};
use super::window::Window;
use crate::number::share;

/// Seconds over which rates are given.
const RECENTLY: u64 = 10;

/// Seconds after which numbers are old: one comes every second.
pub(super) const STALE: u64 = 10;

/// Alerts that are over and still shown.
const SHOWN: usize = 20;

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// adtap's version.
    pub(crate) version: String,
    /// The highest severity of open alerts; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) severity: Option<Severity>,
    /// Everything that is not over, the gravest first.
    pub(crate) alerts: Vec<Alert>,
    /// The latest that are over.
    pub(crate) history: Vec<Alert>,
    /// Seconds since the snapshot was taken.
    pub(crate) stale_seconds: u64,
    pub(crate) rates: Rates,
    pub(crate) controllers: Vec<Seen>,
    pub(crate) ledger: Vec<Row>,
    pub(crate) snapshot: Snapshot,
}

/// How much a second, lately.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rates {
    /// Seconds they were measured over; 0 just after the start.
    pub(crate) seconds: u64,
    pub(crate) frames: f64,
    pub(crate) bits: f64,
    pub(crate) activities: f64,
    /// Messages by protocol.
    pub(crate) messages: Vec<(String, f64)>,
}

/// How a controller is seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) configured: bool,
    /// Packets a second to and from it, lately.
    pub(crate) to: f64,
    pub(crate) from: f64,
    /// Share of its acknowledged TCP bytes that were seen, since the start; absent where none were acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<f64>,
    /// Share of its packets that are copies.
    pub(crate) copies: f64,
    /// Share of its TCP flows of which one direction alone was seen.
    pub(crate) one_way: f64,
    /// Seconds since its last packet; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) silent_seconds: Option<u64>,
}

impl Status {
    pub(super) fn new(window: &Window, alerts: &Alerts, stale_seconds: u64) -> Self {
        let snapshot = window.now();
        let mut standing = alerts.standing().to_vec();
        standing.sort_by_key(|alert| (std::cmp::Reverse(alert.finding.severity), alert.number));
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            severity: alerts.severity(),
            alerts: standing,
            history: alerts.history().take(SHOWN).cloned().collect(),
            stale_seconds,
            rates: rates(window),
            controllers: snapshot
                .controllers
                .iter()
                .map(|controller| seen(controller, window))
                .collect(),
            ledger: ledger(snapshot),
            snapshot: snapshot.clone(),
        }
    }

    /// Whether nothing of medium or high severity is open, and the numbers are fresh.
    pub(crate) fn is_healthy(&self) -> bool {
        let grave = self.severity.is_some_and(|severity| severity > Severity::Low);
        !grave && self.stale_seconds < STALE
    }

    /// The alerts that are open, the gravest first.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.iter().filter(|alert| alert.standing == Standing::Open)
    }
}

fn rates(window: &Window) -> Rates {
    let Some(span) = window.recent(RECENTLY) else {
        return Rates::default();
    };
    let rate = |total: &dyn Fn(&Snapshot) -> u64| per_second(span.grown(total), span.seconds());
    let mut messages = super::snapshot::Named::default();
    for worker in &span.now.workers {
        messages.add(&worker.messages);
    }
    let messages = messages.iter().map(|(name, _)| {
        let total = |snapshot: &Snapshot| snapshot.workers(|worker| worker.messages.value(name));
        (name.to_owned(), rate(&total))
    });
    Rates {
        seconds: span.seconds(),
        frames: rate(&|snapshot| snapshot.workers(|worker| worker.frames)),
        bits: 8.0 * rate(&|snapshot| snapshot.workers(|worker| worker.bytes)),
        activities: rate(&|snapshot| snapshot.workers(|worker| worker.activities.sum())),
        messages: messages.collect(),
    }
}

fn seen(controller: &Controller, window: &Window) -> Seen {
    let rate = |total: fn(&Controller) -> u64| {
        let span = window.recent(RECENTLY)?;
        let of = |snapshot: &Snapshot| {
            let same = |other: &&Controller| other.name == controller.name;
            snapshot.controllers.iter().find(same).map_or(0, total)
        };
        Some(per_second(span.grown(of), span.seconds()))
    };
    let acknowledged = controller.seen_bytes + controller.missing_bytes;
    Seen {
        name: controller.name.clone(),
        configured: controller.configured,
        to: rate(|controller| controller.packets_to).unwrap_or_default(),
        from: rate(|controller| controller.packets_from).unwrap_or_default(),
        seen: (acknowledged > 0).then(|| share(controller.seen_bytes, acknowledged)),
        copies: share(controller.duplicates, controller.packets() + controller.duplicates),
        one_way: share(controller.one_way_flows, controller.flows),
        silent_seconds: controller.last.map(|last| window.now().time.since(last).as_secs()),
    }
}

fn per_second(count: u64, seconds: u64) -> f64 {
    if seconds == 0 {
        0.0
    } else {
        count as f64 / seconds as f64
    }
}
