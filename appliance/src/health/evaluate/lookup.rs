//! Conditions of asking hosts who they are: that they answer.

use std::fmt::Write as _;

use resolver::lookup::Probe;

use crate::health::config::Config;
use crate::health::finding::Finding;
use crate::health::issue::Issue;
use crate::health::snapshot::Snapshot;
use crate::health::window::{SPAN, Span, Window};
use crate::number::{duration, number, percent, share};

/// Hosts that have to be asked before it says anything.
const LEAST: u64 = 10;

/// A method by which hardly anybody names himself.
pub(super) fn unnamed(window: &Window, config: &Config) -> Vec<Finding> {
    let Some(span) = window.recent(SPAN) else {
        return Vec::new();
    };
    let methods = Probe::ALL.into_iter();
    methods.filter_map(|probe| method(probe, span, config)).collect()
}

fn method(probe: Probe, span: Span<'_>, config: &Config) -> Option<Finding> {
    let asked = span.grown(|snapshot| outcomes(snapshot, probe).map(|(_, count)| count).sum());
    let named = span.grown(|snapshot| outcome(snapshot, probe, "named"));
    let failed = share(asked.saturating_sub(named), asked);
    if asked < LEAST || failed * 100.0 <= config.unnamed_percent {
        return None;
    }
    let what = format!(
        "{} named {} of {} hosts in the last {}: {} failed ({})",
        probe.title(),
        number(named),
        number(asked),
        duration(span.seconds()),
        percent(failed),
        reasons(probe, span)
    );
    let consequence = "addresses stay without a computer, or with an uncertain one";
    Some(Finding::new(
        Issue::NameResolution,
        probe.name(),
        what,
        consequence,
        &fix(probe),
    ))
}

/// What the failures were, the most frequent first.
fn reasons(probe: Probe, span: Span<'_>) -> String {
    let failures = outcomes(span.now, probe).filter(|(name, _)| *name != "named");
    let mut failures: Vec<_> = failures
        .map(|(name, _)| (span.grown(|snapshot| outcome(snapshot, probe, name)), name))
        .filter(|(count, _)| *count > 0)
        .collect();
    failures.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let mut text = String::new();
    for (count, name) in failures {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}{} {name}", number(count));
    }
    text
}

fn fix(probe: Probe) -> String {
    if probe == Probe::Pointer {
        return "make reverse zones for the networks that are asked, and let the sensor reach its DNS servers (`adtap lookup ADDRESS` tries one)".to_owned();
    }
    let (transport, port) = probe.port();
    format!(
        "open {} {port} on the hosts to the sensor, leave networks out with lookup.exclude, or switch it off with lookup.{} = false (`adtap lookup ADDRESS` tries one)",
        transport.to_uppercase(),
        probe.name()
    )
}

fn outcomes(snapshot: &Snapshot, probe: Probe) -> impl Iterator<Item = (&str, u64)> {
    let lookup = snapshot.lookup.as_ref();
    let counts = lookup.and_then(|lookup| lookup.methods.get(probe.name()));
    counts.into_iter().flat_map(|counts| counts.iter())
}

fn outcome(snapshot: &Snapshot, probe: Probe, wanted: &str) -> u64 {
    let mut counts = outcomes(snapshot, probe).filter(|(name, _)| *name == wanted);
    counts.next().map_or(0, |(_, count)| count)
}
