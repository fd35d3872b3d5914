//! The loss ledger: what each layer lost, in its own unit, of how much, since the start.

use serde::{Deserialize, Serialize};

use super::snapshot::Snapshot;
use crate::number::share;

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// `mirror`, `nic`, `ring`, `handover`, `limits`, `parsers`, `shed`, `queue`, `listener`, `spool`: in the order a packet passes them.
    pub(crate) layer: String,
    /// The interface, the controller, the reason; empty where there is only one.
    pub(crate) subject: String,
    /// `bytes`, `frames`, `datagrams`, `messages`, `activities`, or `hits` of a limit.
    pub(crate) unit: String,
    pub(crate) lost: u64,
    /// Of how many; 0 where there is no telling.
    pub(crate) of: u64,
}

impl Row {
    fn new(layer: &str, subject: &str, unit: &str, lost: u64, of: u64) -> Self {
        Self {
            layer: layer.to_owned(),
            subject: subject.to_owned(),
            unit: unit.to_owned(),
            lost,
            of,
        }
    }

    /// Its name in heartbeats: `ring.cap0.frames`.
    pub(crate) fn name(&self) -> String {
        let subject = if self.subject.is_empty() {
            String::new()
        } else {
            format!(".{}", self.subject)
        };
        format!("{}{subject}.{}", self.layer, self.unit)
    }

    /// What the loss is, in words.
    pub(crate) fn sentence(&self) -> String {
        let subject = &self.subject;
        match self.layer.as_str() {
            "mirror" => format!("acknowledged to or by {subject} and never received: lost before this sensor"),
            "nic" => format!("dropped or found damaged by {subject} itself"),
            "ring" => format!("found the ring of {subject} full: adtap was too slow for a moment"),
            "handover" => "belonged to another worker, whose queue was full".to_owned(),
            "limits" if subject.is_empty() => "fragments that never became whole, or too many of them".to_owned(),
            "limits" => format!("times the limit {subject} cut something short"),
            "shed" => format!("{subject} left out under pressure"),
            "listener" => format!("reached the {subject} listener and found no room"),
            "queue" => "found the queue to the resolver full".to_owned(),
            "spool" if subject == "evicted" => "evicted unsent: the spool was full".to_owned(),
            "spool" if subject == "damaged" => "damaged on disk".to_owned(),
            "spool" => "could not be written to disk".to_owned(),
            _ => subject.clone(),
        }
    }

    /// How much of it was lost, where there is telling.
    pub(crate) fn share(&self) -> Option<f64> {
        (self.of > 0).then(|| share(self.lost, self.of))
    }
}

/// Every line, those without a loss too.
pub(crate) fn ledger(snapshot: &Snapshot) -> Vec<Row> {
    [outside(snapshot), inside(snapshot), beside(snapshot), disk(snapshot)].concat()
}

/// Mirror, network cards and rings.
fn outside(snapshot: &Snapshot) -> Vec<Row> {
    let mirror = snapshot.controllers.iter().map(|controller| {
        let all = controller.seen_bytes + controller.missing_bytes;
        Row::new("mirror", &controller.name, "bytes", controller.missing_bytes, all)
    });
    let nics = snapshot.interfaces.iter().map(|interface| {
        let nic = &interface.nic;
        let lost = nic.rx_dropped + nic.rx_missed + nic.rx_errors;
        Row::new("nic", &interface.name, "frames", lost, lost + nic.rx_packets)
    });
    let rings = snapshot.interfaces.iter().map(|interface| {
        let ring = &interface.ring;
        Row::new(
            "ring",
            &interface.name,
            "frames",
            ring.dropped,
            ring.kernel.max(ring.dropped),
        )
    });
    mirror.chain(nics).chain(rings).collect()
}

/// Workers: between the ring and the queue.
fn inside(snapshot: &Snapshot) -> Vec<Row> {
    let frames = snapshot.workers(|worker| worker.frames);
    let activities = snapshot.workers(|worker| worker.activities.sum());
    let handover = snapshot.workers(|worker| worker.handover_lost);
    let mut rows = vec![
        Row::new("handover", "", "frames", handover, frames + handover),
        Row::new("limits", "", "frames", snapshot.workers(|worker| worker.lost), frames),
    ];
    let mut limits = super::snapshot::Named::default();
    let mut shed = super::snapshot::Named::default();
    for worker in &snapshot.workers {
        limits.add(&worker.limits);
        shed.add(&worker.shed);
    }
    for listener in &snapshot.listeners {
        shed.add(&listener.shed);
    }
    rows.extend(
        limits
            .iter()
            .map(|(name, count)| Row::new("limits", name, "hits", count, 0)),
    );
    rows.extend(
        shed.iter()
            .map(|(name, count)| Row::new("shed", name, "activities", count, 0)),
    );
    let queue = snapshot.workers(|worker| worker.queue_lost);
    rows.push(Row::new("queue", "", "activities", queue, activities));
    rows
}

/// Listeners: what reached them and went no further.
fn beside(snapshot: &Snapshot) -> Vec<Row> {
    let listeners = snapshot.listeners.iter();
    listeners
        .flat_map(|listener| {
            let received: u64 = listener.tellers.iter().map(|teller| teller.received).sum();
            let name = &listener.name;
            [
                Row::new(
                    "listener",
                    name,
                    "datagrams",
                    listener.dropped,
                    received + listener.dropped,
                ),
                Row::new("listener", name, "activities", listener.lost, listener.activities.sum()),
            ]
        })
        .collect()
}

fn disk(snapshot: &Snapshot) -> Vec<Row> {
    let spool = &snapshot.spool;
    [
        ("evicted", spool.evicted),
        ("damaged", spool.damaged),
        ("unwritten", spool.unwritten),
    ]
    .into_iter()
    .map(|(how, count)| Row::new("spool", how, "activities", count, spool.last_id))
    .collect()
}
