//! Whom to ask and when, in a time that the test makes.

use std::net::IpAddr;
use std::time::Duration;

use super::named;
use crate::lookup::{Config, Finding, Identity, Probe, Reason, Schedule, Start, Step};

const fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn ip(number: u16) -> IpAddr {
    let [high, low] = number.to_be_bytes();
    IpAddr::from([10, 77, high, low])
}

fn schedule(json: &str) -> Schedule {
    Schedule::new(&serde_json::from_str::<Config>(json).unwrap())
}

fn started(schedule: &mut Schedule, now: Duration) -> Vec<Start> {
    std::iter::from_fn(|| schedule.poll_start(now)).collect()
}

/// Every probe of `start` comes to this; what follows the last.
fn all(schedule: &mut Schedule, start: &Start, told: &Result<Identity, Reason>, now: Duration) -> Step {
    let steps = start
        .probes
        .iter()
        .map(|probe| schedule.handle(start.ip, *probe, told.clone(), now));
    steps.last().unwrap()
}

#[test]
fn a_host_is_asked_by_every_way_at_once_and_named_it_is_left_in_peace() {
    let mut schedule = schedule(r#"{"named-seconds": 60}"#);
    assert_eq!(schedule.want(ip(1), at(0)), None);
    assert_eq!(schedule.want(ip(1), at(0)), None, "it waits already");
    let starts = started(&mut schedule, at(0));
    let [start] = starts.as_slice() else {
        panic!("{starts:?}")
    };
    assert_eq!(
        start.probes.as_slice(),
        [Probe::NtlmOverRpc, Probe::Netbios, Probe::Rdp]
    );
    assert_eq!(start.patience, at(1_500), "a quarter of the time is the DNS server's");
    assert_eq!(
        schedule.handle(ip(1), Probe::Rdp, Err(Reason::Refused), at(1)),
        Step::Wait
    );
    assert_eq!(
        schedule.handle(ip(1), Probe::Rdp, named("other", None), at(1)),
        Step::Wait,
        "once"
    );
    assert_eq!(
        schedule.handle(ip(1), Probe::Netbios, named("WS01", Some("LAB")), at(1)),
        Step::Wait
    );
    let Step::Over(finding) = schedule.handle(ip(1), Probe::NtlmOverRpc, named("ws01.lab.example", None), at(2)) else {
        panic!("it is not over")
    };
    assert_eq!((finding.identities().count(), finding.conflicts()), (2, false));
    assert_eq!(schedule.want(ip(1), at(60_001)), Some(Finding::nothing(ip(1))));
    assert_eq!(schedule.want(ip(1), at(60_002)), None);
    let stats = schedule.stats();
    assert_eq!((stats.begun, stats.named, stats.known, stats.joined), (1, 1, 1, 1));
    let counted: Vec<_> = stats.outcomes().filter(|(.., count)| *count > 0).collect();
    assert_eq!(
        counted,
        [("rpc", "named", 1), ("netbios", "named", 1), ("rdp", "refused", 1)]
    );
}

#[test]
fn the_dns_server_is_asked_on_silence_and_silence_is_remembered() {
    let mut schedule = schedule(r#"{"unnamed-seconds": 10}"#);
    schedule.want(ip(1), at(0));
    let start = schedule.poll_start(at(0)).unwrap();
    let step = all(&mut schedule, &start, &Err(Reason::Silent), at(1_500));
    assert_eq!(step, Step::Ask(Probe::Pointer, at(500)));
    assert_eq!(schedule.want(ip(1), at(1_600)), None, "it is still under way");
    let step = schedule.handle(ip(1), Probe::Pointer, Err(Reason::Silent), at(2_000));
    assert!(matches!(step, Step::Over(finding) if finding.told.len() == 4));
    assert!(schedule.want(ip(1), at(11_999)).is_some());
    assert_eq!(schedule.want(ip(1), at(12_000)), None);
}

#[test]
fn the_dns_server_is_asked_on_conflict_unless_the_time_is_over() {
    for (now, asked) in [(700, true), (2_000, false)] {
        let mut schedule = schedule("{}");
        schedule.want(ip(1), at(0));
        schedule.poll_start(at(0)).unwrap();
        schedule.handle(ip(1), Probe::NtlmOverRpc, named("dc1.lab.example", None), at(5));
        schedule.handle(ip(1), Probe::Netbios, Err(Reason::Silent), at(5));
        match schedule.handle(ip(1), Probe::Rdp, named("evil", None), at(now)) {
            Step::Ask(Probe::Pointer, left) => assert!(asked && left == at(1_300)),
            Step::Over(finding) => assert!(!asked && finding.conflicts()),
            other => panic!("{other:?}"),
        }
        if asked {
            schedule.handle(ip(1), Probe::Pointer, named("dc1.lab.example", None), at(710));
        }
        assert_eq!(schedule.stats().conflicts, 1);
    }
}

#[test]
fn what_is_switched_off_is_not_asked() {
    let mut without = schedule(r#"{"rpc": false, "rdp": false, "ptr": false}"#);
    without.want(ip(1), at(0));
    let start = without.poll_start(at(0)).unwrap();
    assert_eq!(
        (start.probes.as_slice(), start.patience),
        ([Probe::Netbios].as_slice(), at(2_000))
    );
    assert!(matches!(
        all(&mut without, &start, &Err(Reason::Silent), at(9)),
        Step::Over(_)
    ));
    let mut dns = schedule(r#"{"rpc": false, "rdp": false, "netbios": false}"#);
    dns.want(ip(1), at(0));
    let start = dns.poll_start(at(0)).unwrap();
    assert_eq!(start.probes.as_slice(), [Probe::Pointer]);
    assert!(matches!(
        all(&mut dns, &start, &named("ws01.lab.example", None), at(9)),
        Step::Over(_)
    ));
    let mut none = schedule(r#"{"rpc": false, "rdp": false, "ptr": false}"#);
    let six: IpAddr = "fd77::1".parse().unwrap();
    assert_eq!(
        none.want(six, at(0)),
        Some(Finding::nothing(six)),
        "NetBIOS does not reach it"
    );
    assert_eq!((none.poll_start(at(0)), none.stats().unaskable), (None, 1));
    let mut six = schedule("{}");
    six.want("fd77::1".parse().unwrap(), at(0));
    assert_eq!(
        six.poll_start(at(0)).unwrap().probes.as_slice(),
        [Probe::NtlmOverRpc, Probe::Rdp]
    );
}

#[test]
fn rates_queue_and_look_ups_at_once_are_bounded() {
    let mut schedule = schedule(r#"{"per-second": 10, "at-once": 20, "queue": 100}"#);
    let refused = (0..200)
        .filter(|number| schedule.want(ip(*number), at(0)).is_some())
        .count();
    assert_eq!((refused, schedule.stats().queue_full), (100, 100));
    let mut starts = Vec::new();
    for now in (0..10_000).step_by(10) {
        starts.extend(started(&mut schedule, at(now)));
        if now == 1_000 {
            assert_eq!(starts.len(), 8 + 10, "a burst, then ten a second");
            assert_eq!(schedule.poll_timeout(), Some(at(1_100)));
        }
    }
    assert_eq!(starts.len(), 20, "none has come to its end");
    assert_eq!(schedule.poll_timeout(), None);
    let step = all(&mut schedule, &starts[0], &named("ws01", None), at(10_000));
    assert!(matches!(step, Step::Over(_)) && schedule.poll_start(at(10_000)).is_some());
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut schedule = schedule(r#"{"per-second": 10000, "queue": 1, "ptr": false}"#);
    for number in 0..(1 << 17) + 500_u32 {
        let now = at(u64::from(number) * 10);
        assert_eq!(
            schedule.want(IpAddr::from((0x0a00_0000 | number).to_be_bytes()), now),
            None
        );
        let start = schedule.poll_start(now).unwrap();
        all(&mut schedule, &start, &Err(Reason::Silent), now);
    }
    assert_eq!(schedule.stats().forgotten, 500);
}

#[test]
fn what_was_not_asked_for_changes_nothing() {
    let mut schedule = schedule("{}");
    assert_eq!(
        schedule.handle(ip(1), Probe::Rdp, named("evil", None), at(0)),
        Step::Wait
    );
    schedule.want(ip(1), at(0));
    schedule.poll_start(at(0)).unwrap();
    assert_eq!(
        schedule.handle(ip(1), Probe::Pointer, named("evil", None), at(0)),
        Step::Wait
    );
    assert_eq!(schedule.stats().outcomes().map(|(.., count)| count).sum::<u64>(), 0);
}
