//! Conditions of the process itself: memory, what it leaves out on purpose, its parsers and workers, and when it ran.

use crate::health::config::Config;
use crate::health::finding::Finding;
use crate::health::issue::{Issue, Severity};
use crate::health::window::Window;
use crate::number::{bytes, duration, number};

/// Seconds over which a parser's failure is told.
const TEN_MINUTES: u64 = 600;

/// Seconds of silence after which a worker is stuck; it says that it lives once a second.
const STUCK: u64 = 15;

/// Seconds of absence from which it is of high severity, as where a service failed to start.
const LONG_ABSENCE: u64 = 30 * 60;

/// Seconds after the start for which an earlier absence is told.
const TOLD: u64 = 24 * 3_600;

/// Memory is all but used up.
pub(super) fn memory(window: &Window) -> Vec<Finding> {
    let process = &window.now().process;
    let limit = process.memory_limit_bytes;
    if limit == 0 || process.rss_bytes < limit / 20 * 19 {
        return Vec::new();
    }
    let what = format!("adtap uses {} of the {} it may", bytes(process.rss_bytes), bytes(limit));
    let consequence = "low-ranking activities are left out to stay below";
    let fix = "raise limits.memory-mib, lower the limits of [capture], or mirror fewer controllers to this sensor";
    vec![Finding::new(Issue::MemoryLimit, "", what, consequence, fix)]
}

/// Work is left out under pressure.
pub(super) fn shedding(window: &Window) -> Vec<Finding> {
    let process = &window.now().process;
    if process.shed_level == 0 {
        return Vec::new();
    }
    let shed = window.recent(super::MINUTE).map_or(0, |span| {
        span.grown(|snapshot| snapshot.workers(|worker| worker.shed.sum()))
    });
    let why = process.pressure.as_deref().unwrap_or("pressure");
    let what = format!(
        "{why}: level {} of shedding, {} left out in the last minute",
        process.shed_level,
        number(shed)
    );
    let consequence = "low-ranking activities are missing, logons and changes are not";
    let fix = "give adtap more processors or memory ([limits]), or mirror fewer controllers to this sensor";
    vec![Finding::new(Issue::Shedding, "", what, consequence, fix)]
}

/// A parser panicked.
pub(super) fn parser_failed(window: &Window) -> Vec<Finding> {
    let failed = window.recent(TEN_MINUTES).map_or(0, |span| {
        span.grown(|snapshot| snapshot.workers(|worker| worker.panics))
    });
    if failed == 0 {
        return Vec::new();
    }
    let what = format!("{} flows were given up because a parser failed", number(failed));
    let fix = "it is a defect of adtap: please report it with the log, where its message stands";
    vec![Finding::new(
        Issue::ParserFailed,
        "",
        what,
        "the rest of these flows is not read",
        fix,
    )]
}

/// A worker has not been heard of.
pub(super) fn worker_stuck(window: &Window) -> Vec<Finding> {
    let workers = window.now().workers.iter().enumerate();
    let stuck = workers.filter(|(_, worker)| worker.silent_seconds >= STUCK);
    stuck
        .map(|(index, worker)| {
            let what = format!(
                "worker {index} has not answered for {}",
                duration(worker.silent_seconds)
            );
            let fix = "adtap is restarted by its watchdog, and where it happens again, please report it with the log";
            Finding::new(
                Issue::WorkerStuck,
                &index.to_string(),
                what,
                "its share of the traffic is not read",
                fix,
            )
        })
        .collect()
}

/// Nobody watched before this start.
pub(super) fn absence(window: &Window, config: &Config) -> Vec<Finding> {
    let absence = window.absence_seconds;
    if absence < config.absence_minutes.max(1) * 60 || window.now().uptime_seconds > TOLD {
        return Vec::new();
    }
    let severity = if absence >= LONG_ABSENCE {
        Severity::High
    } else {
        Severity::Medium
    };
    let what = format!("adtap did not run for {} before its last start", duration(absence));
    let fix = "see why with `journalctl -u adtap`, and close this alert once it is known";
    let finding = Finding::new(Issue::NotRunning, "", what, "what happened meanwhile was not seen", fix);
    vec![finding.severity(severity)]
}
