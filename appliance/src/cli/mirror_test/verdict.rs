//! What the numbers of a mirror test mean, in sentences: what; consequence; fix. Pure, so that every case has a test.

use std::net::IpAddr;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// As it should be.
    Good,
    /// Works, but not as well as it could.
    Warning,
    /// Traffic is missed.
    Bad,
}

/// One sentence about the mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) level: Level,
    pub(super) sentence: String,
}

/// Whether a probe's request and answer were seen, at its own socket and on the mirror.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Probe {
    /// The controller answered.
    pub(super) answered: bool,
    /// The request came by on the mirror.
    pub(super) request: bool,
    /// The answer came by on the mirror.
    pub(super) answer: bool,
}

/// What was seen of one controller.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Controller {
    pub(super) name: String,
    pub(super) configured: bool,
    pub(super) to_packets: u64,
    pub(super) from_packets: u64,
    pub(super) duplicates: u64,
    /// Share of its TCP payload that was seen, 0 to 1; none where nothing tells.
    pub(super) seen: Option<f64>,
    /// Messages per protocol.
    pub(super) protocols: Vec<(&'static str, u64)>,
    pub(super) ping: Option<Probe>,
    pub(super) cldap: Option<Probe>,
}

/// What an interface is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) up: bool,
    pub(super) frames: u64,
    /// Frames the ring had no room for.
    pub(super) dropped: u64,
    /// Frames the NIC had no room for since the test began.
    pub(super) nic_dropped: u64,
    /// Offloads that are on and should be off.
    pub(super) offloads: Vec<String>,
    /// Receive descriptors of the NIC: now and at most.
    pub(super) descriptors: Option<(u32, u32)>,
    pub(super) addresses: Vec<IpAddr>,
}

/// All that a test has seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) seconds: u64,
    pub(super) frames: u64,
    /// Frames longer than any network's: put together by an offload.
    pub(super) superframes: u64,
    pub(super) interfaces: Vec<Interface>,
    pub(super) controllers: Vec<Controller>,
    /// Tunnels and VLANs that frames came in, and how many flows.
    pub(super) tunnels: Vec<(String, u64)>,
    /// Frames of tunnels that are not decapsulated, by kind.
    pub(super) undecoded: Vec<(String, u64)>,
    /// The busiest addresses that are no controllers.
    pub(super) strangers: Vec<(IpAddr, u64)>,
}

impl Verdict {
    fn new(level: Level, sentence: impl Into<String>) -> Self {
        Self {
            level,
            sentence: sentence.into(),
        }
    }
}

/// Everything there is to say, the worst first.
pub(super) fn judge(seen: &Seen) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for interface in &seen.interfaces {
        judge_interface(interface, &mut verdicts);
    }
    for controller in &seen.controllers {
        verdicts.push(judge_controller(controller, seen));
        judge_quality(controller, &mut verdicts);
    }
    judge_whole(seen, &mut verdicts);
    verdicts.sort_by_key(|verdict| std::cmp::Reverse(verdict.level));
    verdicts
}

fn judge_interface(interface: &Interface, verdicts: &mut Vec<Verdict>) {
    let name = &interface.name;
    let mut say = |level, sentence: String| verdicts.push(Verdict::new(level, sentence));
    if !interface.up {
        let sentence =
            format!("{name} is down; nothing is captured there; plug the mirror in, or `ip link set {name} up`");
        say(Level::Bad, sentence);
    } else if interface.frames == 0 {
        let sentence = format!(
            "no frame arrived on {name}; the mirror session does not end here; check its destination port, and that the cable is in it"
        );
        say(Level::Bad, sentence);
    }
    if interface.dropped > 0 {
        let sentence = format!(
            "{name}: {} frames found the ring full; they are lost; raise `ring-mib` of this interface, or add workers",
            interface.dropped
        );
        say(Level::Bad, sentence);
    }
    if interface.nic_dropped > 0 {
        let sentence = format!(
            "{name}: the NIC dropped {} frames; they are lost before adtap can see them; raise its receive descriptors (`ethtool -G {name} rx …`)",
            interface.nic_dropped
        );
        say(Level::Bad, sentence);
    }
    if !interface.offloads.is_empty() {
        let list = interface.offloads.join(", ");
        let off: Vec<_> = interface.offloads.iter().map(|name| format!("{name} off")).collect();
        let sentence = format!(
            "{name}: {list} on; frames reach adtap merged or without their VLAN tag, so sizes and counts are not those of the wire; `ethtool -K {name} {}`",
            off.join(" ")
        );
        say(Level::Warning, sentence);
    }
    if let Some((now, most)) = interface.descriptors
        && now < most
    {
        let sentence = format!(
            "{name}: {now} of {most} receive descriptors in use; a burst may be dropped by the NIC; `ethtool -G {name} rx {most}`"
        );
        say(Level::Warning, sentence);
    }
    if !interface.addresses.is_empty() {
        let sentence = format!(
            "{name} has an address ({}); a capture interface that answers can be found and attacked; remove it",
            interface
                .addresses
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        );
        say(Level::Warning, sentence);
    }
}

/// Whether both directions of a controller's traffic arrive. The probes decide where they were answered; else the traffic does.
fn judge_controller(controller: &Controller, seen: &Seen) -> Verdict {
    let name = &controller.name;
    let (to, from) = (controller.to_packets, controller.from_packets);
    let probes = [controller.ping, controller.cldap];
    let answered = || probes.iter().flatten().filter(|probe| probe.answered);
    let unproven = if probes.iter().flatten().count() > 0 && answered().next().is_none() {
        "; it did not answer the probes, so the management network may not reach it"
    } else {
        ""
    };
    if to == 0 && from == 0 {
        return Verdict::new(Level::Bad, nothing_of(controller, seen, unproven));
    }
    if from == 0 || (answered().next().is_some() && answered().all(|probe| probe.request && !probe.answer)) {
        let sentence = format!(
            "{name}: only what is sent to it arrives ({to} packets to it, {from} from it); answers are missing, so no logon has an outcome; mirror both directions of its port (`both`, or rx and tx)"
        );
        return Verdict::new(Level::Bad, sentence);
    }
    if to == 0 || (answered().next().is_some() && answered().all(|probe| !probe.request && probe.answer)) {
        let sentence = format!(
            "{name}: only what it sends arrives ({to} packets to it, {from} from it); requests are missing, so nobody knows who asked; mirror both directions of its port (`both`, or rx and tx)"
        );
        return Verdict::new(Level::Bad, sentence);
    }
    if answered().next().is_some() && answered().all(|probe| !probe.request && !probe.answer) {
        let sentence = format!(
            "{name}: its traffic arrives, but this sensor's own probes do not; part of its traffic takes a path that is not mirrored; mirror all of its ports or VLANs"
        );
        return Verdict::new(Level::Warning, sentence);
    }
    Verdict::new(
        Level::Good,
        format!("{name}: both directions arrive ({to} packets to it, {from} from it){unproven}"),
    )
}

fn nothing_of(controller: &Controller, seen: &Seen, unproven: &str) -> String {
    let name = &controller.name;
    if seen.frames == 0 {
        return format!("{name}: nothing seen, as nothing arrives at all{unproven}");
    }
    let vlans: Vec<_> = seen.tunnels.iter().map(|(name, _)| name.as_str()).collect();
    let within = if vlans.is_empty() {
        String::new()
    } else {
        format!(" in {}", vlans.join(", "))
    };
    let others: Vec<_> = seen.strangers.iter().take(3).map(|(ip, _)| ip.to_string()).collect();
    let of = if others.is_empty() {
        String::new()
    } else {
        format!(", mostly of {}", others.join(", "))
    };
    format!(
        "{name}: nothing seen, while {} frames of others arrive{within}{of}; the mirror copies another port or VLAN; point its source at {name}'s port or VLAN, or correct the controller's addresses{unproven}",
        seen.frames
    )
}

fn judge_quality(controller: &Controller, verdicts: &mut Vec<Verdict>) {
    let name = &controller.name;
    let packets = controller.to_packets + controller.from_packets;
    if controller.duplicates * 20 > packets {
        let share = controller.duplicates as f64 * 100.0 / (packets + controller.duplicates).max(1) as f64;
        let sentence = format!(
            "{name}: {share:.0} % of its packets arrive twice; they are removed and cost capacity; mirror each port once, or one direction of each"
        );
        verdicts.push(Verdict::new(Level::Warning, sentence));
    }
    if let Some(seen) = controller.seen.filter(|seen| *seen < 0.999) {
        let level = if seen < 0.99 { Level::Bad } else { Level::Warning };
        let sentence = format!(
            "{name}: {:.2} % of its traffic was seen, the rest was acknowledged without passing here; the switch drops mirrored frames or mirrors a part; check the mirror port's output drops and its speed",
            seen * 100.0
        );
        verdicts.push(Verdict::new(level, sentence));
    }
}

fn judge_whole(seen: &Seen, verdicts: &mut Vec<Verdict>) {
    if seen.controllers.is_empty() {
        let sentence = "no domain controller is configured and none was recognised; nothing can be said about the mirror; name them with --controller NAME=ADDRESS or [[capture.controllers]]";
        verdicts.push(Verdict::new(Level::Bad, sentence));
    }
    if seen.superframes > 0 {
        let sentence = format!(
            "{} frames are longer than any wire's; an offload of the sender or of a virtual switch merged them; they are read, but turn tso, gso, gro and lro off on the mirrored hosts' uplinks where counts matter",
            seen.superframes
        );
        verdicts.push(Verdict::new(Level::Warning, sentence));
    }
    for (kind, frames) in &seen.undecoded {
        let sentence = format!(
            "{frames} frames are in a tunnel that is not read ({kind}); what is in them is not analysed; have the switch send plain frames, ERSPAN, GRE, VXLAN or GENEVE"
        );
        verdicts.push(Verdict::new(Level::Warning, sentence));
    }
}

#[cfg(test)]
mod tests;
