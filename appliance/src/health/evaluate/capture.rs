//! Conditions of the capture interfaces: there, up, delivering frames as they were on the wire, in an encapsulation that is
//! decoded.

use super::MINUTE;
use crate::health::config::Config;
use crate::health::finding::Finding;
use crate::health::issue::Issue;
use crate::health::snapshot::{Interface, Link};
use crate::health::window::Window;
use crate::number::{number, percent, share};

/// Interfaces that are down or gone.
pub(super) fn unavailable(window: &Window) -> Vec<Finding> {
    let interfaces = &window.now().interfaces;
    let up = interfaces.iter().filter(|interface| interface.link == Link::Up).count();
    let issue = if up == 0 {
        Issue::AllInterfacesDown
    } else {
        Issue::SomeInterfacesDown
    };
    interfaces
        .iter()
        .filter_map(|interface| match interface.link {
            Link::Up => None,
            Link::Down => Some(down(issue, interface)),
            Link::Gone => Some(gone(interface)),
        })
        .collect()
}

fn down(issue: Issue, interface: &Interface) -> Finding {
    let name = &interface.name;
    Finding::new(
        issue,
        name,
        format!("{name} is down or has no carrier"),
        "what is mirrored to it is not seen",
        &format!("connect it, and enable it with `ip link set {name} up`, whereupon capture goes on by itself"),
    )
}

fn gone(interface: &Interface) -> Finding {
    let name = &interface.name;
    Finding::new(
        Issue::InterfaceGone,
        name,
        format!("there is no interface {name}"),
        "what was mirrored to it is not seen",
        "bring it back, whereupon capture goes on by itself, or take it out of [[capture.interfaces]]",
    )
}

/// Offloads that merge frames before they are captured.
pub(super) fn offloads(window: &Window) -> Vec<Finding> {
    let interfaces = window.now().interfaces.iter();
    interfaces
        .filter(|interface| !interface.offloads.is_empty())
        .map(|interface| {
            let (name, on) = (&interface.name, interface.offloads.join(", "));
            let off: Vec<_> = interface.offloads.iter().map(|offload| format!("{offload} off")).collect();
            Finding::new(
                Issue::Offloads,
                name,
                format!("{name} has {on} on"),
                "frames are merged before they are captured, so sizes and times are not those of the wire, and long ones may be cut",
                &format!("turn them off with `ethtool -K {name} {}`", off.join(" ")),
            )
        })
        .collect()
}

/// Frames wrapped in what is not followed.
pub(super) fn undecoded(window: &Window, config: &Config) -> Vec<Finding> {
    const WRAPPED: [(&str, &str, &str); 9] = [
        (
            "skipped.tags",
            "more VLAN tags than are looked through",
            "mirror with fewer tags",
        ),
        (
            "skipped.tunnel-depth",
            "more tunnels in each other than are followed",
            "end the outer tunnels before the sensor",
        ),
        ("skipped.macsec", "MACsec", "mirror behind the decrypting port"),
        (
            "skipped.tunnel-gre",
            "GRE whose payload is not read",
            "mirror in ERSPAN, VXLAN or GENEVE, or end the tunnel before the sensor",
        ),
        (
            "skipped.tunnel-mpls",
            "MPLS with neither IP nor Ethernet in it",
            "mirror where the labels are taken off",
        ),
        (
            "skipped.tunnel-nsh",
            "network service headers",
            "mirror where the service chain ends",
        ),
        (
            "skipped.tunnel-esp",
            "IPsec",
            "mirror behind the end of the IPsec tunnel",
        ),
        (
            "skipped.tunnel-l2tp",
            "L2TP",
            "mirror behind the end of the L2TP tunnel",
        ),
        (
            "skipped.tunnel-ip",
            "EtherIP, mobile IP or IP compression",
            "end the tunnel before the sensor",
        ),
    ];
    let Some(span) = window.span(MINUTE) else {
        return Vec::new();
    };
    let frames = span.grown(|snapshot| snapshot.workers(|worker| worker.frames));
    let wrapped = WRAPPED.iter().filter_map(|(counter, what, fix)| {
        let count = span.grown(|snapshot| snapshot.workers(|worker| worker.counters.value(counter)));
        let part = share(count, frames);
        (count > 0 && part * 100.0 >= config.undecoded_percent).then(|| {
            Finding::new(
                Issue::UndecodedTunnel,
                counter.trim_start_matches("skipped."),
                format!(
                    "{} of the frames of the last minute ({}) are wrapped in {what}",
                    percent(part),
                    number(count)
                ),
                "what they carry is not read",
                fix,
            )
        })
    });
    wrapped.collect()
}
