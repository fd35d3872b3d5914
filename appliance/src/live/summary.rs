//! How a generation went, in one line.

use uplink::Drained;

use super::delay::Delays;
use super::pipeline::Pipeline;
use super::pulse::LiveTotals;

/// How prompt acknowledgements were.
pub(super) fn promptness(delays: &Delays) -> String {
    match (delays.quantile(0.5), delays.quantile(0.99)) {
        (Some(half), Some(most)) => {
            format!("; frame to acknowledgement {half} ms for half of them, {most} ms for 99 of 100")
        }
        _ => String::new(),
    }
}

/// How a generation went, in one line.
pub(super) fn summary<F>(pipeline: &Pipeline<F>, last_id: u64, drained: Option<&Drained>) -> String {
    let mut all = LiveTotals::default();
    for pulse in pipeline.pulses() {
        all.add(&pulse.totals());
    }
    let stats = &all.totals.stats;
    let sent = drained.map_or_else(
        || "what waits in the spool is sent at the next start".to_owned(),
        |drained| {
            format!(
                "{} acknowledged by this run, {} wait in the spool",
                drained.acknowledged, drained.waiting
            )
        },
    );
    format!(
        "ended: {} frames = {} decoded + {} skipped + {} malformed + {} lost; {} activities, {} lost before the spool; last id {last_id}; {sent}",
        stats.frames,
        stats.decoded,
        stats.skipped(),
        stats.malformed(),
        stats.lost(),
        all.kinds.total(),
        all.queue_lost,
    )
}
