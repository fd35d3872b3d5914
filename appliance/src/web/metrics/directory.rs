//! How each domain is synchronised.

use std::fmt;

use super::super::families::{Families, SECONDS, sample};
use crate::directory::DomainStatus;
use crate::health::Snapshot;

/// Objects, changes and age of each domain that is configured.
pub(super) fn domains(snapshot: &Snapshot, out: &mut Families<'_>) -> fmt::Result {
    let each = |value: fn(&DomainStatus) -> u64| {
        let domains = snapshot.directory.iter();
        domains.map(move |domain| sample([("domain", &domain.name)], value(domain)))
    };
    let objects = snapshot
        .directory
        .iter()
        .map(|domain| sample([("domain", &domain.name)], domain.objects as f64));
    out.gauges(
        "directory_objects",
        "Objects known of a domain, tombstones included",
        None,
        objects,
    )?;
    out.counters(
        "directory_changes",
        "Changes found in a domain",
        None,
        each(|domain| domain.changes),
    )?;
    let failures = snapshot
        .directory
        .iter()
        .map(|domain| sample([("domain", &domain.name)], domain.failures as f64));
    out.gauges("directory_failures", "Attempts in a row that failed", None, failures)?;
    let synced = snapshot.directory.iter().filter_map(|domain| {
        let synced = domain.synced?;
        Some(sample([("domain", &domain.name)], synced.micros() as f64 / 1e6))
    });
    out.gauges(
        "directory_synced_timestamp",
        "When it was last looked what has changed",
        SECONDS,
        synced,
    )
}
