//! What the rings, the filter and the network cards counted, by interface.

use std::fmt;

use super::super::families::{BYTES, Families, Sample, sample};
use crate::health::Snapshot;
use crate::health::snapshot::{Interface, Link};

/// Whether each can deliver, and what its rings and its card counted.
pub(super) fn interfaces(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    rings(snapshot, out)?;
    cards(snapshot, out)
}

fn each(snapshot: &Snapshot, value: fn(&Interface) -> u64) -> impl Iterator<Item = Sample<u64>> {
    let interfaces = snapshot.interfaces.iter();
    interfaces.map(move |interface| sample([("interface", &interface.name)], value(interface)))
}

fn rings(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    let up = each(snapshot, |interface| u64::from(interface.link == Link::Up)).map(Sample::gauge);
    out.gauges("interface_up", "Whether it can deliver", None, up)?;
    out.counters(
        "ring_frames",
        "Frames that passed the filter, dropped ones included",
        None,
        each(snapshot, |interface| interface.ring.kernel),
    )?;
    out.counters(
        "ring_received",
        "Frames taken out of the rings",
        None,
        each(snapshot, |interface| interface.ring.received),
    )?;
    out.counters(
        "ring_dropped",
        "Frames for which the rings had no room",
        None,
        each(snapshot, |interface| interface.ring.dropped),
    )?;
    out.counters(
        "ring_freezes",
        "How often a ring was full",
        None,
        each(snapshot, |interface| interface.ring.freezes),
    )?;
    out.counters(
        "ring_truncated",
        "Frames longer than what was kept of them",
        None,
        each(snapshot, |interface| interface.ring.truncated),
    )?;
    out.counters(
        "ring_filtered",
        "Frames that the filter left out; AF_XDP alone tells",
        None,
        each(snapshot, |interface| interface.ring.filtered),
    )?;
    out.counters(
        "ring_cut",
        "Frames cut to their headers because nobody reads the rest: no loss",
        None,
        each(snapshot, |interface| interface.ring.cut),
    )?;
    out.counters(
        "ring_cut",
        "Bytes cut from them",
        BYTES,
        each(snapshot, |interface| interface.ring.cut_bytes),
    )
}

fn cards(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    out.counters(
        "nic_received",
        "Frames the network card received",
        None,
        each(snapshot, |interface| interface.nic.rx_packets),
    )?;
    out.counters(
        "nic_received",
        "Bytes the network card received",
        BYTES,
        each(snapshot, |interface| interface.nic.rx_bytes),
    )?;
    out.counters(
        "nic_dropped",
        "Frames the kernel's receive path dropped",
        None,
        each(snapshot, |interface| interface.nic.rx_dropped),
    )?;
    out.counters(
        "nic_missed",
        "Frames the network card had no descriptor for",
        None,
        each(snapshot, |interface| interface.nic.rx_missed),
    )?;
    out.counters(
        "nic_errors",
        "Frames that were damaged on the wire",
        None,
        each(snapshot, |interface| interface.nic.rx_errors),
    )?;
    out.counters(
        "interface_unwatched",
        "Frames that came while a reload made the sockets anew",
        None,
        each(snapshot, |interface| interface.unwatched),
    )?;
    let offloads = each(snapshot, |interface| interface.offloads.len() as u64).map(Sample::gauge);
    out.gauges(
        "interface_offloads",
        "Offloads that are on and change frames",
        None,
        offloads,
    )
}
