//! Conditions of the loss ledger: one for each layer that can lose something, from the network card to the disk.

use super::MINUTE;
use crate::health::config::Config;
use crate::health::finding::Finding;
use crate::health::issue::{Issue, Severity};
use crate::health::snapshot::{Interface, Spool, Worker};
use crate::health::window::{Span, Window};
use crate::number::{number, percent, share};

/// Frames that a network card dropped.
pub(super) fn nic(window: &Window, config: &Config) -> Vec<Finding> {
    interfaces(window, |span, name| {
        let lost = grown(span, name, |interface| {
            let nic = &interface.nic;
            nic.rx_dropped + nic.rx_missed + nic.rx_errors
        });
        let all = lost + grown(span, name, |interface| interface.nic.rx_packets);
        let fix = format!(
            "enlarge its ring of descriptors (`ethtool -G {name} rx 4096`), look for damaged frames in `ethtool -S {name}`, or mirror less to it"
        );
        let what = "the network card dropped";
        layer(
            &Layer {
                name: "nic",
                subject: name,
                what,
                unit: "frames",
                fix: &fix,
            },
            lost,
            all,
            config,
        )
    })
}

/// Frames that found no room in a ring.
pub(super) fn ring(window: &Window, config: &Config) -> Vec<Finding> {
    interfaces(window, |span, name| {
        let lost = grown(span, name, |interface| interface.ring.dropped);
        let all = grown(span, name, |interface| interface.ring.kernel);
        let fix = "give adtap more processors (capture.workers), enlarge ring-mib for short bursts, or mirror fewer controllers to this sensor";
        let what = "the ring had no room for";
        layer(
            &Layer {
                name: "ring",
                subject: name,
                what,
                unit: "frames",
                fix,
            },
            lost,
            all,
            config,
        )
    })
}

/// Frames that would have been decoded, had it not been for a limit.
pub(super) fn limits(window: &Window, config: &Config) -> Vec<Finding> {
    let fix = "see which limit in `adtap status`, and raise it in [capture], given the memory";
    let limits = Layer {
        name: "limits",
        subject: "",
        what: "a limit cost",
        unit: "frames",
        fix,
    };
    workers(window, &limits, |worker| worker.lost, |worker| worker.frames, config)
}

/// Frames for another worker that found its queue full.
pub(super) fn handover(window: &Window, config: &Config) -> Vec<Finding> {
    let fix = "give adtap more processors, or spread tunnels over more outer addresses";
    let handover = Layer {
        name: "handover",
        subject: "",
        what: "a worker's queue had no room for",
        unit: "frames",
        fix,
    };
    workers(
        window,
        &handover,
        |worker| worker.handover_lost,
        |worker| worker.frames,
        config,
    )
}

/// Activities that found the queue to the resolver full.
pub(super) fn queue(window: &Window, config: &Config) -> Vec<Finding> {
    let fix = "give adtap a processor more than it has workers, and see that the spool's disk is not slow";
    let queue = Layer {
        name: "queue",
        subject: "",
        what: "the queue before the resolver had no room for",
        unit: "activities",
        fix,
    };
    workers(
        window,
        &queue,
        |worker| worker.queue_lost,
        |worker| worker.activities.sum(),
        config,
    )
}

/// Activities that are not on disk any more, or never were.
pub(super) fn spool(window: &Window) -> Vec<Finding> {
    let Some(span) = window.recent(MINUTE) else {
        return Vec::new();
    };
    let spool = |total: fn(&Spool) -> u64| span.grown(|snapshot| total(&snapshot.spool));
    let evicted = spool(|spool| spool.evicted);
    let (damaged, unwritten) = (spool(|spool| spool.damaged), spool(|spool| spool.unwritten));
    let found = [
        unspooled(
            "evicted",
            "unsent from the full spool",
            evicted,
            "bring the receiver back, or raise spool.max-bytes",
        ),
        unspooled("damaged", "on disk", damaged, "check the disk"),
        unspooled(
            "left unwritten",
            "to the spool",
            unwritten,
            "make room on the disk, and check it",
        ),
    ];
    found.into_iter().flatten().collect()
}

fn unspooled(how: &str, place: &str, lost: u64, fix: &str) -> Option<Finding> {
    let what = format!("{} activities were {how} {place} in the last minute", number(lost));
    let finding = Finding::new(
        Issue::NotAnalyzed,
        &format!("spool {}", how.rsplit(' ').next().unwrap_or(how)),
        what,
        "they are lost",
        fix,
    );
    (lost > 0).then(|| finding.severity(Severity::High))
}

/// A layer that loses.
struct Layer<'a> {
    name: &'a str,
    /// The interface; empty where there is none.
    subject: &'a str,
    what: &'a str,
    unit: &'a str,
    fix: &'a str,
}

/// A finding, where enough was lost.
fn layer(layer: &Layer<'_>, lost: u64, all: u64, config: &Config) -> Option<Finding> {
    let part = share(lost, all.max(lost));
    if lost == 0 || part * 100.0 < config.loss_percent {
        return None;
    }
    let at = if layer.subject.is_empty() {
        String::new()
    } else {
        format!("{}: ", layer.subject)
    };
    let what = format!(
        "{at}{} {} of {} {} in the last minute ({})",
        layer.what,
        number(lost),
        number(all.max(lost)),
        layer.unit,
        percent(part)
    );
    let subject = format!("{} {}", layer.name, layer.subject);
    let consequence = "what they carried is missing from the activities";
    let consequence = if layer.unit == "frames" {
        consequence
    } else {
        "they are lost"
    };
    Some(Finding::new(
        Issue::NotAnalyzed,
        subject.trim_end(),
        what,
        consequence,
        layer.fix,
    ))
}

fn interfaces(window: &Window, finding: impl Fn(Span<'_>, &str) -> Option<Finding>) -> Vec<Finding> {
    let Some(span) = window.span(MINUTE) else {
        return Vec::new();
    };
    let interfaces = window.now().interfaces.iter();
    interfaces
        .filter_map(|interface| finding(span, &interface.name))
        .collect()
}

/// How much a total of one interface has grown.
fn grown(span: Span<'_>, name: &str, total: impl Fn(&Interface) -> u64) -> u64 {
    span.grown(|snapshot| {
        snapshot
            .interfaces
            .iter()
            .filter(|interface| interface.name == name)
            .map(&total)
            .sum()
    })
}

fn workers(
    window: &Window,
    of: &Layer<'_>,
    lost: impl Fn(&Worker) -> u64,
    all: impl Fn(&Worker) -> u64,
    config: &Config,
) -> Vec<Finding> {
    let Some(span) = window.span(MINUTE) else {
        return Vec::new();
    };
    let lost = span.grown(|snapshot| snapshot.workers(&lost));
    let all = span.grown(|snapshot| snapshot.workers(&all));
    layer(of, lost, all, config).into_iter().collect()
}
