//! Metrics in the OpenMetrics text format, which Prometheus scrapes.
//!
//! Every number comes out of one snapshot. Labels are `worker`, `interface`, `controller`, `direction` and names that are
//! compiled in (`reason`, `kind`, `layer` …): nothing the network says becomes a label but the addresses of learned
//! controllers and of sources that are let in, of which only so many are shown.

mod controllers;
mod directory;
mod interfaces;
mod listeners;
mod lookup;
mod workers;

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Registry;

use super::families::{BYTES, Families, SECONDS, plain, sample};
use crate::health::snapshot::Process;
use crate::health::{Alert, Snapshot, Standing};

/// What the answer is.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of a snapshot.
pub(super) fn text(snapshot: Snapshot, alerts: Vec<Alert>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("adtap");
    registry.register_collector(Box::new(Metrics { snapshot, alerts }));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Metrics {
    snapshot: Snapshot,
    alerts: Vec<Alert>,
}

impl Collector for Metrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut out = Families(encoder);
        self.process(&mut out)?;
        workers::workers(&self.snapshot, &mut out)?;
        workers::names(&self.snapshot, &mut out)?;
        interfaces::interfaces(&self.snapshot, &mut out)?;
        controllers::controllers(&self.snapshot, &mut out)?;
        directory::domains(&self.snapshot, &mut out)?;
        lookup::lookup(&self.snapshot, &mut out)?;
        listeners::listeners(&self.snapshot, &mut out)?;
        self.delivery(&mut out)?;
        self.losses(&mut out)?;
        self.alerts(&mut out)
    }
}

impl Metrics {
    fn process(&self, out: &mut Families<'_>) -> fmt::Result {
        let process = &self.snapshot.process;
        let mut gauge =
            |name, help, unit, value: fn(&Process) -> f64| out.gauges(name, help, unit, [plain(value(process))]);
        gauge("process_resident_memory", "Memory in use", BYTES, |process| {
            process.rss_bytes as f64
        })?;
        gauge(
            "process_memory_limit",
            "Memory that may be used; 0 where it is not limited",
            BYTES,
            |process| process.memory_limit_bytes as f64,
        )?;
        gauge("process_busy_processors", "Processors kept busy", None, |process| {
            process.cpu
        })?;
        gauge(
            "shed_level",
            "How much is left out under pressure: 0 nothing, 4 all that may be",
            None,
            |process| f64::from(process.shed_level),
        )?;
        let uptime = self.snapshot.uptime_seconds as f64;
        out.gauges("uptime", "Time since the start", SECONDS, [plain(uptime)])?;
        out.gauges(
            "build",
            "The version of adtap",
            None,
            [sample([("version", env!("CARGO_PKG_VERSION"))], 1.0)],
        )
    }

    fn delivery(&self, out: &mut Families<'_>) -> fmt::Result {
        let (spool, sender) = (&self.snapshot.spool, &self.snapshot.sender);
        let mut gauge = |name, help, unit, value: u64| out.gauges(name, help, unit, [plain(value as f64)]);
        gauge("spool_size", "Bytes of the spool", BYTES, spool.bytes)?;
        gauge("spool_limit", "Bytes it may have", BYTES, spool.max_bytes)?;
        gauge(
            "spool_waiting",
            "Activities that are not acknowledged",
            None,
            spool.waiting,
        )?;
        gauge("spool_last_id", "The highest id given", None, spool.last_id)?;
        gauge(
            "sender_connected",
            "Whether the receiver is connected",
            None,
            u64::from(sender.connected),
        )?;
        gauge(
            "sender_acknowledged_id",
            "Up to which id everything is stored",
            None,
            sender.acknowledged_id,
        )
    }

    /// The loss ledger from the queue on, and between workers; what was lost before stands with its interface.
    fn losses(&self, out: &mut Families<'_>) -> fmt::Result {
        let (snapshot, spool) = (&self.snapshot, &self.snapshot.spool);
        let layer = |layer, count| sample([("layer", layer)], count);
        let frames = [
            layer("ring", snapshot.interfaces(|interface| interface.ring.dropped)),
            layer("handover", snapshot.workers(|worker| worker.handover_lost)),
            layer("limits", snapshot.workers(|worker| worker.lost)),
        ];
        out.counters("lost_frames", "Frames lost inside adtap", None, frames)?;
        let activities = [
            layer("queue", snapshot.workers(|worker| worker.queue_lost)),
            layer("evicted", spool.evicted),
            layer("damaged", spool.damaged),
            layer("unwritten", spool.unwritten),
        ];
        out.counters("lost_activities", "Activities lost", None, activities)
    }

    fn alerts(&self, out: &mut Families<'_>) -> fmt::Result {
        let open = self.alerts.iter().filter(|alert| alert.standing == Standing::Open);
        let open = open.map(|alert| {
            let finding = &alert.finding;
            let labels = [
                ("id", alert.id.to_string()),
                ("severity", finding.severity.to_string()),
                ("subject", finding.subject.clone()),
            ];
            sample(labels, 1.0)
        });
        out.gauges(
            "alert_open",
            "Alerts that are open; docs/health.md says what the ids mean",
            None,
            open,
        )
    }
}
