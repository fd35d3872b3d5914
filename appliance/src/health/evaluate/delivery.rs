//! Conditions of delivery: that the receiver takes what is sent, and that the spool has room until it does.

use crate::health::config::Config;
use crate::health::finding::Finding;
use crate::health::issue::Issue;
use crate::health::window::Window;
use crate::number::{bytes, duration, number, percent, share};

/// No receiver, or one that acknowledges nothing, for some minutes.
pub(super) fn unreachable(window: &Window, config: &Config) -> Vec<Finding> {
    let seconds = config.unreachable_minutes * 60;
    let now = window.now();
    let why = if window.always(seconds, |snapshot| !snapshot.sender.connected) {
        let error = now.sender.error.as_deref().unwrap_or("no connection came about");
        format!("no receiver at {} for {} ({error})", now.sender.url, duration(seconds))
    } else if window.span(seconds).is_some_and(|span| {
        let waited = span.then.spool.waiting > 0 && now.spool.waiting > 0;
        waited && span.grown(|snapshot| snapshot.sender.acknowledged_id) == 0
    }) {
        format!(
            "the receiver at {} has acknowledged nothing for {}",
            now.sender.url,
            duration(seconds)
        )
    } else {
        return Vec::new();
    };
    let consequence = format!(
        "{} activities wait in the spool, nothing is lost until it is full",
        number(now.spool.waiting)
    );
    let fix = "see that the receiver runs, and that name, firewall and certificates let the sensor reach it";
    vec![Finding::new(Issue::Disconnected, "", why, &consequence, fix)]
}

/// The spool is nearly full of what was not acknowledged.
pub(super) fn filling(window: &Window, config: &Config) -> Vec<Finding> {
    let spool = &window.now().spool;
    let mut found = Vec::new();
    if let Some(why) = &spool.stopped {
        let what = format!("the spool does not take activities: {why}");
        let fix = "make room on its disk, and see that it can be written to";
        let finding = Finding::new(Issue::SpoolFilling, "stopped", what, "new activities are lost", fix);
        found.push(finding.severity(crate::health::issue::Severity::High));
    }
    let full = share(spool.bytes, spool.max_bytes);
    if spool.waiting > 0 && full * 100.0 >= config.spool_percent {
        let (used, most) = (bytes(spool.bytes), bytes(spool.max_bytes));
        let what = format!("the spool is {} full ({used} of {most})", percent(full));
        let consequence = "once it is full, the oldest activities are evicted unsent";
        let fix = "bring the receiver back or speed it up, or raise spool.max-bytes";
        found.push(Finding::new(Issue::SpoolFilling, "", what, consequence, fix));
    }
    found
}
