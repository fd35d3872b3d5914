//! Every condition opens an alert, keeps it open, and lets it close; what is remembered survives a restart and damage.

use std::collections::BTreeSet;
use std::time::Duration;

use capture::Timestamp;

use super::Health;
use super::alerts::{Alerts, Now, Standing};
use super::config::Config;
use super::evaluate::evaluate;
use super::examples::{START, healthy};
use super::issue::{Issue, Severity};
use super::memory::{Memory, Remembered};
use super::snapshot::{Link, Lookup, Named, Revoked, Snapshot};
use super::window::Window;
use crate::directory::{Duty, ElectionStatus, Kind, Unreachable};

/// Healthy seconds before something goes amiss.
const BEFORE: u64 = 900;

/// What goes amiss: for how many seconds it has been so far, and whether it still is.
type Amiss = fn(&mut Snapshot, u64, bool);

/// A condition: what goes amiss, for how long until its alert is open, and how long after its end until that is closed.
struct Case {
    issue: Issue,
    subject: &'static str,
    opens: u64,
    closes: u64,
    amiss: Amiss,
}

const fn case(issue: Issue, subject: &'static str, opens: u64, closes: u64, amiss: Amiss) -> Case {
    Case {
        issue,
        subject,
        opens,
        closes,
        amiss,
    }
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(Issue::AllInterfacesDown, "cap1", 6, 11, |snapshot, _, now| {
            if now {
                snapshot
                    .interfaces
                    .iter_mut()
                    .for_each(|interface| interface.link = Link::Down);
            }
        }),
        case(Issue::SomeInterfacesDown, "cap1", 6, 11, |snapshot, _, now| {
            if now {
                snapshot.interfaces[1].link = Link::Down;
            }
        }),
        case(Issue::InterfaceGone, "cap0", 6, 11, |snapshot, _, now| {
            if now {
                snapshot.interfaces[0].link = Link::Gone;
            }
        }),
        case(Issue::Offloads, "cap0", 6, 11, |snapshot, _, now| {
            if now {
                snapshot.interfaces[0].offloads = vec!["rx-gro".to_owned()];
            }
        }),
        case(Issue::UndecodedTunnel, "macsec", 150, 400, |snapshot, seconds, _| {
            snapshot.workers[0]
                .counters
                .0
                .insert("skipped.macsec".to_owned(), seconds * 5_000);
        }),
        case(Issue::NoTraffic, "dc2", 620, 41, |snapshot, seconds, now| {
            let silent = healthy(snapshot.uptime_seconds - seconds);
            if now {
                snapshot.controllers[1] = silent.controllers[1].clone();
            }
        }),
        case(Issue::NameResolution, "rdp", 75, 2_200, |snapshot, seconds, _| {
            let counts = |outcome: &str, count| Named::of([(outcome, count)]);
            let methods = [("rpc", counts("named", seconds)), ("rdp", counts("silent", seconds))];
            snapshot.lookup = Some(Lookup {
                methods: methods.map(|(method, counts)| (method.to_owned(), counts)).into(),
                ..Lookup::default()
            });
        }),
        case(Issue::OneWayMirror, "dc1", 140, 150, |snapshot, seconds, _| {
            snapshot.controllers[0].packets_from -= seconds * 4_890;
        }),
        case(Issue::NotAnalyzed, "mirror dc1", 80, 400, |snapshot, seconds, _| {
            snapshot.controllers[0].missing_bytes += seconds * 60_000;
        }),
        case(Issue::DuplicateMirror, "dc1", 150, 400, |snapshot, seconds, _| {
            snapshot.controllers[0].duplicates += seconds * 9_900;
        }),
        case(Issue::ClockSkew, "dc1", 61, 301, |snapshot, _, now| {
            if now {
                snapshot.controllers[0].clock_skew_ms = Some(-400_000);
            }
        }),
        case(Issue::NotAnalyzed, "nic cap0", 80, 400, |snapshot, seconds, _| {
            snapshot.interfaces[0].nic.rx_missed += seconds * 100;
        }),
        case(Issue::NotAnalyzed, "ring cap1", 80, 400, |snapshot, seconds, _| {
            snapshot.interfaces[1].ring.dropped += seconds * 100;
            snapshot.interfaces[1].ring.kernel += seconds * 100;
        }),
        case(Issue::NotAnalyzed, "limits", 80, 400, |snapshot, seconds, _| {
            snapshot.workers[0].lost += seconds * 100;
        }),
        case(Issue::NotAnalyzed, "handover", 80, 400, |snapshot, seconds, _| {
            snapshot.workers[0].handover_lost += seconds * 100;
        }),
        case(Issue::NotAnalyzed, "queue", 80, 400, |snapshot, seconds, _| {
            snapshot.workers[1].queue_lost += seconds * 3;
        }),
        case(Issue::NotAnalyzed, "spool evicted", 2, 400, |snapshot, seconds, _| {
            snapshot.spool.evicted = seconds.min(1);
        }),
        case(Issue::NotAnalyzed, "spool damaged", 2, 400, |snapshot, seconds, _| {
            snapshot.spool.damaged = seconds.min(1);
        }),
        case(Issue::NotAnalyzed, "spool unwritten", 2, 400, |snapshot, seconds, _| {
            snapshot.spool.unwritten = seconds.min(1);
        }),
        case(Issue::Disconnected, "", 320, 11, |snapshot, seconds, now| {
            snapshot.sender.connected = !now;
            snapshot.spool.waiting += if now { seconds * 200 } else { 0 };
        }),
        case(Issue::SpoolFilling, "", 31, 61, |snapshot, _, now| {
            snapshot.spool.bytes = if now { 900 << 20 } else { 10 << 20 };
        }),
        case(Issue::SpoolFilling, "stopped", 31, 61, |snapshot, _, now| {
            snapshot.spool.stopped = now.then(|| "no space left on device".to_owned());
        }),
        case(Issue::EventsNotAnalyzed, "syslog", 80, 400, |snapshot, seconds, _| {
            snapshot.listeners[1].shed = Named::of([("event_log", seconds)]);
            snapshot.listeners[1].dropped = seconds * 3;
        }),
        case(Issue::RadiusFailing, "", 2, 301, |snapshot, _, now| {
            snapshot.listeners[0].stopped = now.then(|| "10.77.0.5:1813 cannot be listened at".to_owned());
        }),
        case(Issue::RadiusFailing, "gateway", 80, 400, |snapshot, seconds, _| {
            snapshot.listeners[0].tellers[0].unproven = seconds;
        }),
        case(
            Issue::RadiusFailing,
            "unknown clients",
            80,
            400,
            |snapshot, seconds, _| {
                snapshot.listeners[0]
                    .counters
                    .0
                    .insert("unknown_client".to_owned(), seconds);
            },
        ),
        case(Issue::SyslogFailing, "", 2, 61, |snapshot, _, now| {
            snapshot.listeners[1].stopped = now.then(|| "10.77.0.5:514 cannot be listened at".to_owned());
        }),
        case(Issue::SourceSilent, "10.77.0.90", 620, 41, |snapshot, seconds, now| {
            let then = healthy(snapshot.uptime_seconds - seconds);
            if now {
                snapshot.listeners[1].tellers = then.listeners[1].tellers.clone();
            }
        }),
        case(Issue::SourceFlooding, "10.77.0.90", 140, 400, |snapshot, seconds, _| {
            snapshot.listeners[1].tellers[0].received += seconds * 30_000;
        }),
        case(
            Issue::SourceUnreadable,
            "10.77.0.90",
            620,
            1_200,
            |snapshot, seconds, _| {
                snapshot.listeners[1].tellers[0].refused = seconds * 15;
            },
        ),
        case(Issue::WefFailing, "", 2, 61, |snapshot, _, now| {
            snapshot.listeners[2].stopped = now.then(|| "10.77.0.5:5986 cannot be listened at".to_owned());
        }),
        case(
            Issue::ForeignEvents,
            "dc1.lab.example",
            80,
            400,
            |snapshot, seconds, _| {
                snapshot.listeners[2].tellers[0].unproven = seconds;
            },
        ),
        case(Issue::RevocationUnknown, "wef", 2, 61, |snapshot, _, now| {
            snapshot.listeners[2].revocation = now.then(|| Revoked {
                troubles: vec!["/etc/adtap/ca.crl: the list ended at 2026-11-30T10:00:00Z".to_owned()],
                consequence: "certificates of that CA let nobody in".to_owned(),
            });
        }),
        case(Issue::MemoryLimit, "", 2, 301, |snapshot, _, now| {
            if now {
                snapshot.process.rss_bytes = 1_650 << 20;
            }
        }),
        case(Issue::Shedding, "", 2, 301, |snapshot, seconds, now| {
            snapshot.process.shed_level = u8::from(now) * 2;
            snapshot.workers[0].shed = Named::of([("dns_query", seconds * 40)]);
        }),
        case(Issue::ParserFailed, "", 2, 4_300, |snapshot, seconds, _| {
            snapshot.workers[0].panics = seconds.min(1);
        }),
        case(Issue::WorkerStuck, "1", 17, 12, |snapshot, seconds, now| {
            snapshot.workers[1].silent_seconds = if now { seconds } else { 0 };
        }),
    ];
    cases.extend(directory_cases());
    cases
}

fn directory_cases() -> [Case; 7] {
    [
        case(Issue::PasswordExpiring, "lab.example", 2, 11, |snapshot, _, now| {
            if now {
                snapshot.directory[0].password_expires = Some(snapshot.time.after(Duration::from_hours(24)));
            }
        }),
        case(Issue::PasswordExpired, "lab.example", 2, 11, |snapshot, _, now| {
            snapshot.directory[0].trouble = now.then_some(Kind::PasswordExpired);
        }),
        case(Issue::SynchronizerMissing, "lab.example", 61, 11, |snapshot, _, now| {
            let duty = if now { Duty::Unassigned } else { Duty::Follower };
            snapshot.directory[0].election = Some(ElectionStatus {
                duty,
                ..ElectionStatus::default()
            });
        }),
        case(Issue::WrongCredentials, "lab.example", 2, 11, |snapshot, _, now| {
            snapshot.directory[0].trouble = now.then_some(Kind::Credentials);
        }),
        case(Issue::ControllerUnreachable, "dc2", 31, 11, |snapshot, _, now| {
            let (controller, why) = ("dc2".to_owned(), "dc2: connection refused".to_owned());
            let other = Unreachable { controller, why };
            snapshot.directory[0].unreachable.extend(now.then_some(other));
        }),
        case(Issue::DirectoryStale, "lab.example", 2, 11, |snapshot, _, now| {
            if now {
                snapshot.directory[0].synced = Some(Timestamp::new(START, 0));
            }
        }),
        case(Issue::TrustUnreachable, "other.example", 31, 11, |snapshot, _, now| {
            let mut other = snapshot.directory[0].clone();
            (other.name, other.followed) = ("other.example".to_owned(), "lab.example".to_owned());
            if now {
                let (controller, why) = ("far".to_owned(), "far: connection refused".to_owned());
                (other.trouble, other.error) = (Some(Kind::Unreachable), Some(why.clone()));
                other.unreachable.push(Unreachable { controller, why });
            }
            snapshot.directory.push(other);
        }),
    ]
}

/// Health without a disk.
#[derive(Default)]
struct Bench {
    window: Window,
    alerts: Alerts,
}

impl Bench {
    fn see(&mut self, snapshot: Snapshot) {
        let now = Now {
            time: snapshot.time,
            uptime: snapshot.uptime_seconds,
        };
        self.window.push(snapshot);
        let findings = evaluate(&self.window, &Config::default());
        self.alerts.observe(findings, now);
    }

    fn healthy(from: u64, to: u64) -> Self {
        let mut bench = Self::default();
        (from..to).for_each(|second| bench.see(healthy(second)));
        assert_eq!(bench.open(), BTreeSet::new(), "nothing was the matter");
        bench
    }

    fn open(&self) -> BTreeSet<(Issue, String)> {
        let open = self.alerts.open();
        open.map(|alert| (alert.finding.issue, alert.finding.subject.clone()))
            .collect()
    }

    /// Sees case after case second by second; answers whether its alert was open at the end.
    fn run(&mut self, case: &Case, from: u64, to: u64, over: Option<u64>) -> bool {
        for second in from..to {
            let mut snapshot = healthy(BEFORE + second);
            (case.amiss)(&mut snapshot, over.unwrap_or(second), over.is_none());
            self.see(snapshot);
        }
        self.open().contains(&(case.issue, case.subject.to_owned()))
    }
}

#[test]
fn every_condition_opens_stays_and_closes() {
    for case in cases() {
        let name = format!("{:?} {}", case.issue, case.subject);
        let mut bench = Bench::healthy(0, BEFORE);
        assert!(bench.run(&case, 0, case.opens + 1, None), "{name} opens");
        let opened = bench.alerts.open().next().map(|alert| alert.opened);
        let amiss = case.opens + 301;
        let once = ["spool ", "Parser"].iter().any(|kind| name.contains(kind));
        let amiss = if once { case.opens + 61 } else { amiss };
        assert!(bench.run(&case, case.opens + 1, amiss, None), "{name} stays open");
        assert_eq!(
            bench.alerts.open().next().map(|alert| alert.opened),
            opened,
            "{name} does not flicker"
        );
        assert!(
            bench.run(&case, amiss, amiss + 2, Some(amiss)),
            "{name} does not close at once"
        );
        assert!(
            !bench.run(&case, amiss + 2, amiss + case.closes, Some(amiss)),
            "{name} closes"
        );
        let closed = bench
            .alerts
            .history()
            .find(|alert| alert.finding.subject == case.subject);
        assert_eq!(closed.map(|alert| alert.standing), Some(Standing::ClosedAuto), "{name}");
    }
}

#[test]
fn every_finding_is_a_whole_sentence() {
    for case in cases() {
        let mut bench = Bench::healthy(0, BEFORE);
        bench.run(&case, 0, case.opens + 1, None);
        for alert in bench.alerts.open() {
            let finding = &alert.finding;
            for part in [&finding.what, &finding.consequence, &finding.fix] {
                assert!(
                    !part.is_empty() && !part.ends_with('.') && !part.contains(';'),
                    "{part:?}"
                );
            }
        }
    }
}

#[test]
fn every_issue_but_absence_has_a_case() {
    let tested: BTreeSet<_> = cases().iter().map(|case| case.issue).collect();
    let untested: Vec<_> = Issue::ALL.iter().filter(|issue| !tested.contains(issue)).collect();
    assert_eq!(untested, [&Issue::NotRunning]);
}

#[test]
fn suppressed_alerts_come_back_after_a_week_and_closed_ones_after_a_day() {
    for (standing, seconds) in [(Standing::Suppressed, 7 * 86_400), (Standing::ClosedManual, 86_400)] {
        let case = cases()
            .into_iter()
            .find(|case| case.issue == Issue::InterfaceGone)
            .unwrap();
        let mut bench = Bench::healthy(0, BEFORE);
        assert!(bench.run(&case, 0, 10, None));
        let number = bench.alerts.open().next().unwrap().number;
        let at = healthy(BEFORE + 10).time;
        assert!(bench.alerts.set(number, standing, at).is_some());
        assert!(!bench.run(&case, 10, 20, None));
        for (later, open) in [(seconds - 1, false), (seconds, true)] {
            let mut snapshot = healthy(BEFORE + 20);
            snapshot.interfaces[0].link = Link::Gone;
            snapshot.listeners.clear(); // a source would have been silent for that long
            snapshot.directory.clear(); // nobody looks at it in a week that passes at once
            snapshot.time = Timestamp::new(START + BEFORE.cast_signed() + 10 + later, 0);
            bench.see(snapshot);
            assert_eq!(bench.alerts.open().count() == 1, open, "{standing:?} after {later} s");
        }
        assert_eq!(bench.alerts.set(number + 1, standing, at), None);
    }
}

#[test]
fn what_is_remembered_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let health = Health::open(&Config::default(), folder.path());
    for second in 0..10 {
        let mut snapshot = healthy(second);
        snapshot.interfaces[0].link = Link::Gone;
        health.observe(snapshot);
    }
    let before = health.status();
    assert_eq!(before.open().count(), 1);
    health.keep();
    drop(health);

    let health = Health::open(&Config::default(), folder.path());
    let mut snapshot = healthy(2_400);
    (snapshot.uptime_seconds, snapshot.interfaces[0].link) = (0, Link::Gone);
    health.observe(snapshot);
    let status = health.status();
    let open: Vec<_> = status
        .open()
        .map(|alert| (alert.number, alert.id, alert.finding.severity))
        .collect();
    assert_eq!(open, [(2, 1018, Severity::High), (1, 1009, Severity::Medium)]);
    assert_eq!(health.set(2, Standing::ClosedManual).map(|alert| alert.number), Some(2));
    assert_eq!(health.report().health.len(), 1);
}

#[test]
fn a_damaged_file_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::new(folder.path());
    assert!(memory.recall().is_none());
    memory.keep(&Remembered::default()).unwrap();
    assert!(memory.recall().is_some());
    let path = folder.path().join("health.json");
    for damage in ["", "{", "null", "{\"alerts\": 7}", "\u{0}"] {
        std::fs::write(&path, damage).unwrap();
        let health = Health::open(&Config::default(), folder.path());
        health.observe(healthy(0));
        assert!(memory.recall().is_some(), "{damage:?}");
    }
}
