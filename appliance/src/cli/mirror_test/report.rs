//! The printed page of a mirror test: what was seen, then what it means.

use std::fmt::Write;

use super::verdict::{Controller, Level, Probe, Seen, Verdict};
use crate::number::number;

/// The page, for a terminal of any width.
pub(super) fn page(seen: &Seen, verdicts: &[Verdict]) -> String {
    let mut page = String::new();
    let _ = writeln!(page, "{} frames in {} s", number(seen.frames), seen.seconds);
    for interface in &seen.interfaces {
        let state = if interface.up { "up" } else { "down" };
        let _ = writeln!(
            page,
            "  {:<16} {state}, {} frames, {} lost in the ring, {} in the NIC",
            interface.name,
            number(interface.frames),
            number(interface.dropped),
            number(interface.nic_dropped)
        );
    }
    for controller in &seen.controllers {
        describe(controller, &mut page);
    }
    if !seen.tunnels.is_empty() {
        let tunnels: Vec<_> = seen.tunnels.iter().map(|(name, _)| name.as_str()).collect();
        let _ = writeln!(page, "in {}", tunnels.join(", "));
    }
    page.push('\n');
    for verdict in verdicts {
        let mark = match verdict.level {
            Level::Good => "good   ",
            Level::Warning => "warning",
            Level::Bad => "BAD    ",
        };
        let _ = writeln!(page, "{mark}  {}", verdict.sentence);
    }
    page
}

fn describe(controller: &Controller, page: &mut String) {
    let known = if controller.configured { "" } else { " (recognised)" };
    let _ = writeln!(page, "{}{known}", controller.name);
    let seen = controller.seen.map_or_else(String::new, |seen| {
        format!(", {:.2} % of its traffic seen", seen * 100.0)
    });
    let _ = writeln!(
        page,
        "  packets          {} to it, {} from it, {} twice{seen}",
        number(controller.to_packets),
        number(controller.from_packets),
        number(controller.duplicates)
    );
    let protocols: Vec<_> = controller
        .protocols
        .iter()
        .map(|(name, count)| format!("{name} {}", number(*count)))
        .collect();
    if !protocols.is_empty() {
        let _ = writeln!(page, "  messages         {}", protocols.join(", "));
    }
    for (name, probe) in [("ping", controller.ping), ("CLDAP ping", controller.cldap)] {
        let _ = writeln!(page, "  {name:<16} {}", probe.map_or("not sent", outcome));
    }
}

const fn outcome(probe: Probe) -> &'static str {
    match (probe.answered, probe.request, probe.answer) {
        (true, true, true) => "answered; request and answer on the mirror",
        (true, true, false) => "answered; only the request on the mirror",
        (true, false, true) => "answered; only the answer on the mirror",
        (true, false, false) => "answered; not on the mirror",
        (false, true, _) => "not answered; the request is on the mirror",
        (false, false, _) => "not answered",
    }
}
