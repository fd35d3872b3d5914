//! What was seen of every domain controller.

use std::fmt;

use super::super::families::{BYTES, Families, SECONDS, sample};
use crate::health::Snapshot;
use crate::health::snapshot::Controller;

/// Most controllers that are shown.
const MAX_CONTROLLERS: usize = 256;

/// Packets, bytes, loss and copies of each, as far as so many are shown.
pub(super) fn controllers(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    let shown = || snapshot.controllers.iter().take(MAX_CONTROLLERS);
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
