//! The latest heartbeat of each sensor, as JSON beside what it sent: `STORE/health/<sensor>.json`.
//!
//! It is replaced as a whole, so whoever reads it reads one heartbeat. It is a view of the moment, not part of the record.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use capture::Timestamp;
use serde::Serialize;

use super::store::Source;
use crate::durable;
use crate::proto::{Condition, Heartbeat, Severity};

/// Counters and conditions of a heartbeat that are kept at most.
const MAX_ROWS: usize = 4_096;

/// The file.
#[derive(Debug, Serialize)]
struct Kept<'a> {
    sensor: &'a str,
    spool: &'a str,
    /// By the sensor's clock.
    time: Timestamp,
    /// By the receiver's.
    received: Timestamp,
    health: Vec<Alert<'a>>,
    losses: BTreeMap<&'a str, u64>,
    first_id: u64,
    last_id: u64,
    evicted: u64,
    damaged: u64,
    unwritten: u64,
}

/// A condition in it.
#[derive(Debug, Serialize)]
struct Alert<'a> {
    #[serde(skip_serializing_if = "is_zero")]
    id: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    component: &'a str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

/// Keeps `heartbeat` as the latest of `source` in the store at `root`. Blocking.
pub(super) fn keep(root: &Path, source: &Source, heartbeat: &Heartbeat) -> io::Result<()> {
    let folder = root.join("health");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let losses = heartbeat.losses.iter().take(MAX_ROWS);
    let kept = Kept {
        sensor: &source.sensor,
        spool: &source.spool,
        time: Timestamp(heartbeat.time),
        received: Timestamp(0).after(now),
        health: heartbeat.health.iter().take(MAX_ROWS).map(alert).collect(),
        losses: losses.map(|counter| (counter.name.as_str(), counter.value)).collect(),
        first_id: heartbeat.first_id,
        last_id: heartbeat.last_id,
        evicted: heartbeat.evicted,
        damaged: heartbeat.damaged,
        unwritten: heartbeat.unwritten,
    };
    let name = format!("{}.json", source.sensor);
    durable::replace(&folder.join(name), &serde_json::to_vec_pretty(&kept)?)
}

fn alert(condition: &Condition) -> Alert<'_> {
    Alert {
        id: condition.id,
        name: &condition.name,
        component: &condition.component,
        severity: match condition.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Unspecified => "unspecified",
        },
        message: &condition.message,
        since: (condition.since != 0).then_some(Timestamp(condition.since)),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks like this")]
const fn is_zero(id: &u32) -> bool {
    *id == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::Counter;

    #[test]
    fn the_latest_heartbeat_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source {
            sensor: "dc-site-1".to_owned(),
            spool: "0123456789abcdef".to_owned(),
        };
        let condition = Condition {
            component: "dc2".to_owned(),
            severity: Severity::Warning.into(),
            message: "no packet of dc2 for 10 min; …; …".to_owned(),
            id: 1017,
            name: "No traffic received from domain controller".to_owned(),
            since: 1_795_161_600_000_000_000,
        };
        let heartbeat = |lost| Heartbeat {
            losses: vec![Counter {
                name: "ring.cap0.frames".to_owned(),
                value: lost,
            }],
            health: vec![condition.clone()],
            ..Heartbeat::default()
        };
        for lost in [1, 7] {
            keep(folder.path(), &source, &heartbeat(lost)).unwrap();
        }
        let text = std::fs::read(folder.path().join("health/dc-site-1.json")).unwrap();
        let kept: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(kept["losses"]["ring.cap0.frames"], 7);
        assert_eq!(kept["health"][0]["id"], 1017);
        assert_eq!(kept["health"][0]["severity"], "warning");
        assert_eq!(kept["health"][0]["since"], "2026-11-20T08:00:00.000000Z");
    }
}
