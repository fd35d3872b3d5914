//! What the workers counted: frames by what became of them, and counters that have names of their own.

use std::fmt;

use super::super::families::{BYTES, Families, SECONDS, Sample, sample};
use crate::health::Snapshot;
use crate::health::snapshot::{Named, Worker};

/// What each took in, and what became of it.
pub(super) fn workers(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    let each = |value: fn(&Worker) -> u64| {
        let workers = snapshot.workers.iter().enumerate();
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
    let result = |result, value: fn(&Worker) -> u64| sample([("result", result)], snapshot.workers(value));
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
pub(super) fn names(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    let sum = |named: fn(&Worker) -> &Named| {
        let mut all = Named::default();
        snapshot.workers.iter().for_each(|worker| all.add(named(worker)));
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
        snapshot.resolver.clone(),
    )
}
