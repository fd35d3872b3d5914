//! What asking hosts who they are came to.

use std::fmt;

use super::super::families::{Families, sample};
use crate::health::Snapshot;

/// Probes by method and outcome, and everything else by name; nothing where nobody is asked.
pub(super) fn lookup(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    let Some(lookup) = &snapshot.lookup else { return Ok(()) };
    let probes = lookup.methods.iter().flat_map(|(method, counts)| {
        let counts = counts.iter();
        counts.map(move |(outcome, count)| sample([("method", method.as_str()), ("outcome", outcome)], count))
    });
    out.counters(
        "lookup_probes",
        "Questions to hosts who they are, by what came of them",
        None,
        probes,
    )?;
    let events = lookup
        .counters
        .iter()
        .map(|(reason, count)| sample([("reason", reason)], count));
    out.counters("lookup_events", "What else asking hosts counted, by name", None, events)
}
