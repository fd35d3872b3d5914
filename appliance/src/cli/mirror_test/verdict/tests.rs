//! What each mirror, good or bad, is told as.

use super::*;

fn interface() -> Interface {
    Interface {
        name: "cap0".into(),
        up: true,
        frames: 1_000,
        ..Interface::default()
    }
}

fn controller() -> Controller {
    let probe = Probe {
        answered: true,
        request: true,
        answer: true,
    };
    Controller {
        name: "dc1".into(),
        configured: true,
        to_packets: 480,
        from_packets: 520,
        seen: Some(1.0),
        ping: Some(probe),
        cldap: Some(probe),
        ..Controller::default()
    }
}

fn seen(change: impl FnOnce(&mut Seen)) -> Seen {
    let mut seen = Seen {
        seconds: 10,
        frames: 1_000,
        interfaces: vec![interface()],
        controllers: vec![controller()],
        ..Seen::default()
    };
    change(&mut seen);
    seen
}

/// The worst sentence.
fn worst(change: impl FnOnce(&mut Seen)) -> (Level, String) {
    let verdict = judge(&seen(change)).into_iter().next().unwrap();
    (verdict.level, verdict.sentence)
}

#[track_caller]
fn says(verdict: &(Level, String), level: Level, part: &str) {
    assert_eq!(verdict.0, level, "{}", verdict.1);
    assert!(verdict.1.contains(part), "{}", verdict.1);
}

#[test]
fn a_good_mirror_is_good_and_nothing_else_is_said() {
    let verdicts = judge(&seen(|_| {}));
    assert_eq!(verdicts.len(), 1, "{verdicts:?}");
    says(
        &(verdicts[0].level, verdicts[0].sentence.clone()),
        Level::Good,
        "both directions",
    );
}

#[test]
fn one_direction_is_told_apart_from_none() {
    let one_way = |to, from, request, answer| {
        worst(|seen| {
            let dc = &mut seen.controllers[0];
            (dc.to_packets, dc.from_packets) = (to, from);
            dc.ping = Some(Probe {
                answered: true,
                request,
                answer,
            });
            dc.cldap = dc.ping;
        })
    };
    says(&one_way(480, 0, true, false), Level::Bad, "only what is sent to it");
    says(&one_way(0, 480, false, true), Level::Bad, "only what it sends");
    // Broadcasts of its own do not hide a mirror of one direction.
    says(&one_way(480, 2, true, false), Level::Bad, "only what is sent to it");
    says(
        &one_way(480, 480, false, false),
        Level::Warning,
        "do not; part of its traffic",
    );
}

#[test]
fn another_vlan_is_named_with_what_is_there_instead() {
    let verdict = worst(|seen| {
        let dc = &mut seen.controllers[0];
        (dc.to_packets, dc.from_packets) = (0, 0);
        (dc.ping, dc.cldap) = (None, None);
        seen.tunnels = vec![("vlan:20".into(), 12)];
        seen.strangers = vec![("10.20.0.7".parse().unwrap(), 900)];
    });
    says(&verdict, Level::Bad, "another port or VLAN");
    assert!(
        verdict.1.contains("vlan:20") && verdict.1.contains("10.20.0.7"),
        "{}",
        verdict.1
    );
}

#[test]
fn silence_down_and_drops_are_the_interfaces() {
    says(
        &worst(|seen| seen.interfaces[0].frames = 0),
        Level::Bad,
        "no frame arrived on cap0",
    );
    says(&worst(|seen| seen.interfaces[0].up = false), Level::Bad, "cap0 is down");
    says(&worst(|seen| seen.interfaces[0].dropped = 3), Level::Bad, "ring full");
    says(
        &worst(|seen| seen.interfaces[0].nic_dropped = 3),
        Level::Bad,
        "NIC dropped",
    );
    let offloads = worst(|seen| seen.interfaces[0].offloads = vec!["gro".into(), "rxvlan".into()]);
    says(&offloads, Level::Warning, "ethtool -K cap0 gro off rxvlan off");
    says(
        &worst(|seen| seen.interfaces[0].descriptors = Some((512, 4_096))),
        Level::Warning,
        "512 of 4096",
    );
}

#[test]
fn a_mirror_that_loses_or_doubles_is_not_good_enough() {
    says(
        &worst(|seen| seen.controllers[0].seen = Some(0.97)),
        Level::Bad,
        "97.00 %",
    );
    says(
        &worst(|seen| seen.controllers[0].seen = Some(0.995)),
        Level::Warning,
        "99.50 %",
    );
    says(
        &worst(|seen| seen.controllers[0].duplicates = 1_000),
        Level::Warning,
        "50 % of its packets",
    );
    says(
        &worst(|seen| seen.superframes = 9),
        Level::Warning,
        "longer than any wire's",
    );
    says(
        &worst(|seen| seen.undecoded = vec![("l2tp".into(), 5)]),
        Level::Warning,
        "(l2tp)",
    );
}

#[test]
fn a_controller_out_of_reach_is_judged_by_its_traffic() {
    let verdict = worst(|seen| {
        let dc = &mut seen.controllers[0];
        (dc.ping, dc.cldap) = (Some(Probe::default()), Some(Probe::default()));
    });
    says(&verdict, Level::Good, "did not answer the probes");
    says(
        &worst(|seen| seen.controllers.clear()),
        Level::Bad,
        "--controller NAME=ADDRESS",
    );
}
