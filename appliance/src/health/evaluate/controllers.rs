//! Conditions of domain controllers: that their traffic is there, both ways, whole, once, and that their clocks agree.

use super::MINUTE;
use crate::health::config::Config;
use crate::health::finding::Finding;
use crate::health::issue::Issue;
use crate::health::snapshot::{Controller, Snapshot};
use crate::health::window::Window;
use crate::number::{bytes, duration, number, percent, share};

/// Packets below which nothing is said of their directions or copies.
const TELLING_PACKETS: u64 = 100;

/// Bytes below which nothing is said of those missing.
const TELLING_BYTES: u64 = 64 << 10;

/// A configured controller of which nothing is seen.
pub(super) fn no_traffic(window: &Window, config: &Config) -> Vec<Finding> {
    let seconds = config.no_traffic_minutes * 60;
    let silent = pairs(window, seconds).filter(|(then, now)| now.configured && now.packets() == then.packets());
    silent
        .map(|(_, now)| {
            let name = &now.name;
            let addresses: Vec<_> = now.addresses.iter().map(ToString::to_string).collect();
            let what = match now.last {
                Some(last) => format!("no packet of {name} for {}, the last at {last}", duration(seconds)),
                None => format!("no packet of {name} since the start"),
            };
            let fix = format!(
                "check that the mirror has its port and VLAN, and that {} is its address, or take it out of [[capture.controllers]] where it is switched off for good",
                addresses.join(" or ")
            );
            Finding::new(Issue::NoTraffic, name, what, "what it is asked and answers is not seen", &fix)
        })
        .collect()
}

/// A controller that is only heard, or only spoken to.
pub(super) fn one_way(window: &Window, config: &Config) -> Vec<Finding> {
    pairs(window, MINUTE)
        .filter_map(|(then, now)| {
            let to = now.packets_to.saturating_sub(then.packets_to);
            let from = now.packets_from.saturating_sub(then.packets_from);
            let part = share(to.max(from), to + from);
            if to + from < TELLING_PACKETS || part * 100.0 < config.one_way_percent {
                return None;
            }
            let (seen, unseen) = if to > from { ("to", "from") } else { ("from", "to") };
            let name = &now.name;
            Some(Finding::new(
                Issue::OneWayMirror,
                name,
                format!(
                    "{} of {} packets of {name} in the last minute went {seen} it, {} {unseen} it",
                    number(to.max(from)),
                    number(to + from),
                    number(to.min(from))
                ),
                "requests and answers cannot be paired: outcomes are unknown and most activities are missing",
                "mirror both directions of its port (rx and tx), or capture both legs of the tap",
            ))
        })
        .collect()
}

/// Bytes that a controller's peers acknowledged and that never arrived here: lost before adtap, on the mirror itself.
pub(super) fn missing(window: &Window, config: &Config) -> Vec<Finding> {
    pairs(window, MINUTE)
        .filter_map(|(then, now)| {
            let missing = now.missing_bytes.saturating_sub(then.missing_bytes);
            let all = missing + now.seen_bytes.saturating_sub(then.seen_bytes);
            let part = share(missing, all);
            if all < TELLING_BYTES || part * 100.0 < config.missing_percent {
                return None;
            }
            let name = &now.name;
            Some(Finding::new(
                Issue::NotAnalyzed,
                &format!("mirror {name}"),
                format!("{} of the TCP bytes of {name} were seen in the last minute, {} never arrived", percent(1.0 - part), bytes(missing)),
                "activities in the missing part are lost or have no outcome",
                "look for drops at the switch's mirror session (more is mirrored than the port carries), and at the layers `nic` and `ring` here",
            ))
        })
        .collect()
}

/// A controller whose packets come twice.
pub(super) fn duplicates(window: &Window, config: &Config) -> Vec<Finding> {
    pairs(window, MINUTE)
        .filter_map(|(then, now)| {
            let copies = now.duplicates.saturating_sub(then.duplicates);
            let all = copies + now.packets().saturating_sub(then.packets());
            let part = share(copies, all);
            if all < TELLING_PACKETS || part * 100.0 < config.duplicate_percent {
                return None;
            }
            let name = &now.name;
            Some(Finding::new(
                Issue::DuplicateMirror,
                name,
                format!("{} of the packets of {name} in the last minute are copies ({})", percent(part), number(copies)),
                "copies are left out, so nothing is counted twice, but they take up the mirror port and processor time",
                "mirror each packet once: one direction of each port where both ends of a link are mirrored, and each VLAN in one session",
            ))
        })
        .collect()
}

/// A controller whose clock is off.
pub(super) fn clock_skew(window: &Window, config: &Config) -> Vec<Finding> {
    let skewed = window.now().controllers.iter().filter_map(|controller| {
        let skew = controller.clock_skew_ms?;
        (skew.unsigned_abs() >= config.clock_skew_seconds.saturating_mul(1_000)).then(|| {
            let (name, seconds) = (&controller.name, duration(skew.unsigned_abs() / 1_000));
            let way = if skew > 0 { "ahead of" } else { "behind" };
            Finding::new(
                Issue::ClockSkew,
                name,
                format!("the clock of {name} is {seconds} {way} the sensor's"),
                "Kerberos refuses tickets beyond five minutes, and times of activities and of the controller's events do not match",
                "see which of the two is wrong, and synchronise both with the domain's time source (`timedatectl`, `w32tm /query /status`)",
            )
        })
    });
    skewed.collect()
}

/// Every controller as it is and as it was so many seconds ago; one that was not there then starts from nothing.
fn pairs(window: &Window, seconds: u64) -> impl Iterator<Item = (Controller, &Controller)> {
    let then: Option<&Snapshot> = window.before(seconds);
    let now = window.now().controllers.iter();
    now.filter_map(move |now| {
        let before = then?.controllers.iter().find(|then| then.name == now.name);
        Some((before.cloned().unwrap_or_default(), now))
    })
}
