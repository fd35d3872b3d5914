//! Metrics in the OpenMetrics text format, which Prometheus scrapes.
//!
//! Every number comes out of one snapshot. Labels are `worker`, `interface`, `controller`, `direction` and names that are
//! compiled in (`reason`, `kind`, `layer` …): nothing the network says becomes a label but the addresses of learned
//! controllers, of which only so many are shown.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Registry;

use super::families::{BYTES, Families, SECONDS, Sample, plain, sample};
use crate::health::snapshot::{Controller, Interface, Link, Named, Process, Worker};
use crate::health::{Alert, Snapshot, Standing};

/// What the answer is.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Most controllers that are shown.
const MAX_CONTROLLERS: usize = 256;

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
        self.workers(&mut out)?;
        self.names(&mut out)?;
        self.interfaces(&mut out)?;
        self.controllers(&mut out)?;
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

    fn workers(&self, out: &mut Families<'_>) -> fmt::Result {
        let each = |value: fn(&Worker) -> u64| {
            let workers = self.snapshot.workers.iter().enumerate();
            workers.map(move |(index, worker)| sample([("worker", index.to_string())], value(worker)))
        };
        out.counters(
            "worker_frames",
            "Frames that a worker took in",
            None,
            each(|worker| worker.frames),
        )?;
        out.counters(
            "worker_captured",
            "Captured bytes of them",
            BYTES,
            each(|worker| worker.bytes),
        )?;
        let result = |result, value: fn(&Worker) -> u64| sample([("result", result)], self.snapshot.workers(value));
        let results = [
            result("decoded", |worker| worker.decoded),
            result("skipped", |worker| worker.skipped),
            result("malformed", |worker| worker.malformed),
            result("lost", |worker| worker.lost),
        ];
        out.counters("frames", "Frames by what became of them", None, results)?;
        out.counters(
            "worker_panics",
            "Flows given up because a parser failed",
            None,
            each(|worker| worker.panics),
        )?;
        let flows = each(|worker| worker.flows).map(Sample::gauge);
        out.gauges("worker_flows", "Flows remembered", None, flows)?;
        let silence = each(|worker| worker.silent_seconds).map(Sample::gauge);
        out.gauges(
            "worker_silence",
            "Time since the worker said that it lives",
            SECONDS,
            silence,
        )
    }

    /// Counters that have names of their own, summed over the workers.
    fn names(&self, out: &mut Families<'_>) -> fmt::Result {
        let sum = |named: fn(&Worker) -> &Named| {
            let mut all = Named::default();
            self.snapshot.workers.iter().for_each(|worker| all.add(named(worker)));
            all
        };
        let mut counters = |name, label, help, unit, named| {
            let samples: Vec<_> = Named::iter(&named)
                .map(|(name, count)| sample([(label, name)], count))
                .collect();
            out.counters(name, help, unit, samples)
        };
        counters(
            "capture_events",
            "reason",
            "What happened from frame to stream, by name",
            None,
            sum(|worker| &worker.counters),
        )?;
        counters(
            "messages",
            "protocol",
            "Protocol messages read",
            None,
            sum(|worker| &worker.messages),
        )?;
        counters(
            "malformed_messages",
            "reason",
            "Messages that break their protocol's grammar",
            None,
            sum(|worker| &worker.malformed_messages),
        )?;
        counters(
            "limit_hits",
            "reason",
            "Limits of parsers that were hit",
            None,
            sum(|worker| &worker.limits),
        )?;
        counters(
            "unreadable",
            "reason",
            "Stream bytes that cannot be read",
            BYTES,
            sum(|worker| &worker.opaque_bytes),
        )?;
        counters(
            "activities",
            "kind",
            "Activities, before they are folded",
            None,
            sum(|worker| &worker.activities),
        )?;
        counters(
            "shed",
            "kind",
            "Left out under pressure",
            None,
            sum(|worker| &worker.shed),
        )?;
        counters(
            "resolver_events",
            "reason",
            "What the resolver counted, by name",
            None,
            self.snapshot.resolver.clone(),
        )
    }

    fn interfaces(&self, out: &mut Families<'_>) -> fmt::Result {
        let each = |value: fn(&Interface) -> u64| {
            let interfaces = self.snapshot.interfaces.iter();
            interfaces.map(move |interface| sample([("interface", &interface.name)], value(interface)))
        };
        let up = each(|interface| u64::from(interface.link == Link::Up)).map(Sample::gauge);
        out.gauges("interface_up", "Whether it can deliver", None, up)?;
        out.counters(
            "ring_frames",
            "Frames that passed the filter, dropped ones included",
            None,
            each(|interface| interface.ring.kernel),
        )?;
        out.counters(
            "ring_received",
            "Frames taken out of the rings",
            None,
            each(|interface| interface.ring.received),
        )?;
        out.counters(
            "ring_dropped",
            "Frames for which the rings had no room",
            None,
            each(|interface| interface.ring.dropped),
        )?;
        out.counters(
            "ring_freezes",
            "How often a ring was full",
            None,
            each(|interface| interface.ring.freezes),
        )?;
        out.counters(
            "ring_truncated",
            "Frames longer than what was kept of them",
            None,
            each(|interface| interface.ring.truncated),
        )?;
        out.counters(
            "nic_received",
            "Frames the network card received",
            None,
            each(|interface| interface.nic.rx_packets),
        )?;
        out.counters(
            "nic_received",
            "Bytes the network card received",
            BYTES,
            each(|interface| interface.nic.rx_bytes),
        )?;
        out.counters(
            "nic_dropped",
            "Frames the kernel's receive path dropped",
            None,
            each(|interface| interface.nic.rx_dropped),
        )?;
        out.counters(
            "nic_missed",
            "Frames the network card had no descriptor for",
            None,
            each(|interface| interface.nic.rx_missed),
        )?;
        out.counters(
            "nic_errors",
            "Frames that were damaged on the wire",
            None,
            each(|interface| interface.nic.rx_errors),
        )?;
        let offloads = each(|interface| interface.offloads.len() as u64).map(Sample::gauge);
        out.gauges(
            "interface_offloads",
            "Offloads that are on and change frames",
            None,
            offloads,
        )
    }

    fn controllers(&self, out: &mut Families<'_>) -> fmt::Result {
        let shown = || self.snapshot.controllers.iter().take(MAX_CONTROLLERS);
        let each = |value: fn(&Controller) -> u64| {
            shown().map(move |controller| sample([("controller", &controller.name)], value(controller)))
        };
        let ways = |to: fn(&Controller) -> u64, from: fn(&Controller) -> u64| {
            shown().flat_map(move |controller| {
                let way = |direction, value| {
                    sample(
                        [("controller", controller.name.as_str()), ("direction", direction)],
                        value,
                    )
                };
                [way("to", to(controller)), way("from", from(controller))]
            })
        };
        let packets = ways(|controller| controller.packets_to, |controller| controller.packets_from);
        out.counters(
            "controller_packets",
            "Packets to and from a domain controller",
            None,
            packets,
        )?;
        let bytes = ways(|controller| controller.bytes_to, |controller| controller.bytes_from);
        out.counters("controller_traffic", "Bytes of them", BYTES, bytes)?;
        out.counters(
            "controller_seen",
            "TCP payload that was seen",
            BYTES,
            each(|controller| controller.seen_bytes),
        )?;
        out.counters(
            "controller_missing",
            "TCP payload that was acknowledged and never seen",
            BYTES,
            each(|controller| controller.missing_bytes),
        )?;
        out.counters(
            "controller_duplicates",
            "Packets that were copies",
            None,
            each(|controller| controller.duplicates),
        )?;
        out.counters(
            "controller_flows",
            "TCP flows",
            None,
            each(|controller| controller.flows),
        )?;
        out.counters(
            "controller_one_way_flows",
            "TCP flows of which one direction alone was seen",
            None,
            each(|controller| controller.one_way_flows),
        )?;
        let last = shown().filter_map(|controller| {
            let last = controller.last?;
            Some(sample([("controller", &controller.name)], last.micros() as f64 / 1e6))
        });
        out.gauges(
            "controller_last_packet_timestamp",
            "When its last packet was seen",
            SECONDS,
            last,
        )?;
        let skew = shown().filter_map(|controller| {
            let skew = controller.clock_skew_ms?;
            Some(sample([("controller", &controller.name)], skew as f64 / 1e3))
        });
        out.gauges("controller_clock_skew", "Its clock minus this sensor's", SECONDS, skew)
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
