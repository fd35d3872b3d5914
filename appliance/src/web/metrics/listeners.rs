//! What the listeners heard, from whom, and what of it they could not take on.

use std::fmt;

use super::super::families::{Families, Sample, sample};
use crate::health::Snapshot;
use crate::health::snapshot::{Listener, Named, Teller};

/// Of each listener, and of each who tells it something.
pub(super) fn listeners(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    totals(snapshot, out)?;
    names(snapshot, out)?;
    tellers(snapshot, out)
}

fn totals(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    let each = |value: fn(&Listener) -> u64| {
        let listeners = snapshot.listeners.iter();
        listeners.map(move |listener| sample([("listener", &listener.name)], value(listener)))
    };
    let up = each(|listener| u64::from(listener.stopped.is_none())).map(Sample::gauge);
    out.gauges("listener_up", "Whether it listens", None, up)?;
    let connections = each(|listener| listener.connections).map(Sample::gauge);
    out.gauges("listener_connections", "Connections that are open", None, connections)?;
    out.counters(
        "listener_dropped",
        "Datagrams for which the kernel had no room",
        None,
        each(|listener| listener.dropped),
    )?;
    out.counters(
        "listener_lost",
        "Activities for which there was no room",
        None,
        each(|listener| listener.lost),
    )
}

fn names(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    let mut counters = |name, label, help, named: fn(&Listener) -> &Named| {
        let samples = snapshot.listeners.iter().flat_map(|listener| {
            let counts = named(listener).iter();
            counts.map(move |(what, count)| sample([("listener", listener.name.as_str()), (label, what)], count))
        });
        out.counters(name, help, None, samples)
    };
    counters(
        "listener_events",
        "reason",
        "What became of datagrams, messages and connections",
        |listener| &listener.counters,
    )?;
    counters(
        "listener_activities",
        "kind",
        "Activities that were told of",
        |listener| &listener.activities,
    )?;
    counters("listener_shed", "kind", "Left out under pressure", |listener| {
        &listener.shed
    })
}

fn tellers(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    let each = |value: fn(&Teller) -> u64| {
        snapshot.listeners.iter().flat_map(move |listener| {
            let tellers = listener.tellers.iter();
            tellers.map(move |teller| sample([("listener", &listener.name), ("from", &teller.name)], value(teller)))
        })
    };
    out.counters(
        "listener_received",
        "Datagrams or messages, by who sent them",
        None,
        each(|teller| teller.received),
    )?;
    out.counters(
        "listener_refused",
        "Those of them that were not believed or could not be read",
        None,
        each(|teller| teller.refused),
    )?;
    out.counters(
        "listener_told",
        "Activities of them",
        None,
        each(|teller| teller.activities),
    )
}
