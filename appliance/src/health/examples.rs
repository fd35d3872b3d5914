//! Numbers of a made-up sensor, for tests: two controllers, two interfaces, two workers, some of it amiss.

use std::net::{IpAddr, Ipv4Addr};

use capture::Timestamp;

use super::alerts::{Alerts, Now, Standing};
use super::snapshot::{
    Controller, Interface, Link, Listener, Lookup, Named, Nic, Process, Ring, Sender, Snapshot, Spool, Teller, Worker,
};
use super::status::Status;
use super::window::Window;
use super::{Config, evaluate};
use crate::directory::DomainStatus;

/// 2026-11-20T08:00:00Z.
pub(crate) const START: i64 = 1_795_161_600;

/// The sensor `seconds` after its start, with nothing amiss.
pub(crate) fn healthy(seconds: u64) -> Snapshot {
    Snapshot {
        time: Timestamp::new(START + seconds.cast_signed(), 0),
        uptime_seconds: seconds,
        workers: vec![worker(seconds), worker(seconds)],
        interfaces: vec![interface("cap0", seconds), interface("cap1", seconds)],
        controllers: vec![controller("dc1", 10, seconds), controller("dc2", 20, seconds)],
        listeners: vec![radius(seconds), syslog(seconds), wef(seconds)],
        directory: domains(seconds),
        resolver: Named::of([("folded", seconds * 300)]),
        lookup: None,
        spool: Spool {
            bytes: 10 << 20,
            max_bytes: 1 << 30,
            waiting: 400,
            last_id: seconds * 200 + 400,
            ..Spool::default()
        },
        sender: Sender {
            url: "https://receiver.example:4390".to_owned(),
            connected: true,
            acknowledged_id: seconds * 200,
            error: None,
            delay_ms: Some(52),
            delay_ms_p99: Some(92),
        },
        process: Process {
            rss_bytes: 240 << 20,
            cpu: 0.21,
            processors: 2,
            memory_limit_bytes: 1700 << 20,
            ..Process::default()
        },
    }
}

/// What sixty hosts came to that were asked who they are.
pub(crate) fn lookup() -> Lookup {
    let methods = [
        ("rpc", Named::of([("named", 40), ("silent", 20)])),
        (
            "rdp",
            Named::of([("named", 11), ("silent", 38), ("refused", 9), ("unnamed", 2)]),
        ),
    ];
    Lookup {
        methods: methods.map(|(method, counts)| (method.to_owned(), counts)).into(),
        counters: Named::of([("begun", 60), ("named", 41)]),
    }
}

/// A domain that is synchronised, with a day before its account's password is a matter.
pub(crate) fn domains(seconds: u64) -> Vec<DomainStatus> {
    let time = |seconds: u64| Some(Timestamp::new(START + seconds.cast_signed(), 0));
    vec![DomainStatus {
        name: "lab.example".to_owned(),
        objects: 12_345,
        method: "dirsync".to_owned(),
        synced: time(seconds.saturating_sub(3)),
        read: time(0),
        controller: "dc1.lab.example".to_owned(),
        changes: seconds / 60,
        account: "adtap@lab.example".to_owned(),
        password_expires: time(seconds + 31 * 86_400),
        trusts: vec!["dev.example".to_owned()],
        ..DomainStatus::default()
    }]
}

fn worker(seconds: u64) -> Worker {
    let frames = seconds * 10_000;
    Worker {
        frames,
        bytes: frames * 400,
        decoded: frames - seconds * 150,
        skipped: seconds * 150,
        counters: Named::of([
            ("skipped.arp", seconds * 100),
            ("skipped.duplicates", seconds * 50),
            ("tcp.gaps", seconds),
        ]),
        messages: Named::of([("kerberos", seconds * 40), ("ldap", seconds * 120)]),
        malformed_messages: Named::of([("kerberos.no tag", seconds / 60)]),
        limits: Named::of([("ldap.pending", seconds / 600)]),
        opaque_bytes: Named::of([("encrypted", seconds * 5_000)]),
        activities: Named::of([("kerberos_as", seconds * 20), ("ldap_search", seconds * 80)]),
        flows: 1_200,
        silent_seconds: 0,
        ..Worker::default()
    }
}

fn interface(name: &str, seconds: u64) -> Interface {
    Interface {
        name: name.to_owned(),
        link: Link::Up,
        mode: "tpacket".to_owned(),
        ring: Ring {
            received: seconds * 10_000,
            kernel: seconds * 10_000,
            ..Ring::default()
        },
        nic: Nic {
            rx_packets: seconds * 11_000,
            rx_bytes: seconds * 11_000 * 400,
            ..Nic::default()
        },
        ..Interface::default()
    }
}

fn radius(seconds: u64) -> Listener {
    Listener {
        name: "radius".to_owned(),
        places: vec!["udp 10.77.0.5:1813".to_owned()],
        counters: Named::of([
            ("answers", seconds * 3),
            ("sessions", seconds * 2),
            ("stored", seconds * 2),
            ("repetitions", seconds),
        ]),
        activities: Named::of([("vpn_connection", seconds * 2)]),
        tellers: vec![teller("gateway", seconds, 3, 2)],
        ..Listener::default()
    }
}

fn syslog(seconds: u64) -> Listener {
    Listener {
        name: "syslog".to_owned(),
        places: vec!["udp 10.77.0.5:514".to_owned(), "tls 10.77.0.5:6514".to_owned()],
        counters: Named::of([("irrelevant", seconds), ("connections", 1)]),
        activities: Named::of([("ntlm_authenticate", seconds * 19)]),
        connections: 1,
        silent_minutes: 10,
        flood_per_second: 20_000,
        tellers: vec![teller("10.77.0.90", seconds, 20, 19)],
        ..Listener::default()
    }
}

fn wef(seconds: u64) -> Listener {
    Listener {
        name: "wef".to_owned(),
        places: vec!["tls 10.77.0.5:5986".to_owned()],
        counters: Named::of([
            ("events", seconds * 5),
            ("stored", seconds * 5),
            ("heartbeats", 1),
            ("sources", 1),
        ]),
        activities: Named::of([("ntlm_authenticate", seconds * 5)]),
        connections: 1,
        silent_minutes: 10,
        flood_per_second: 20_000,
        tellers: vec![teller("dc1.lab.example", seconds, 5, 5)],
        ..Listener::default()
    }
}

fn teller(name: &str, seconds: u64, received: u64, activities: u64) -> Teller {
    Teller {
        name: name.to_owned(),
        received: seconds * received,
        activities: seconds * activities,
        last: Some(Timestamp::new(START + seconds.cast_signed(), 0)),
        ..Teller::default()
    }
}

fn controller(name: &str, host: u8, seconds: u64) -> Controller {
    Controller {
        name: name.to_owned(),
        addresses: vec![IpAddr::V4(Ipv4Addr::new(10, 77, 0, host))],
        configured: true,
        packets_to: seconds * 5_000,
        packets_from: seconds * 4_900,
        bytes_to: seconds * 1_500_000,
        bytes_from: seconds * 2_500_000,
        seen_bytes: seconds * 3_000_000,
        missing_bytes: seconds * 900,
        duplicates: seconds * 25,
        flows: seconds * 10,
        one_way_flows: seconds / 10,
        last: Some(Timestamp::new(START + seconds.cast_signed(), 0)),
        clock_skew_ms: Some(40),
    }
}

/// What a window shows in which `amiss` came upon the sensor a quarter of an hour after its start, and stayed for so many seconds.
pub(crate) fn window(seconds: u64, amiss: impl Fn(&mut Snapshot, u64)) -> Window {
    let mut window = Window::default();
    for second in 0..=900 + seconds {
        let mut snapshot = healthy(second);
        if second > 900 {
            amiss(&mut snapshot, second - 900);
        }
        window.push(snapshot);
    }
    window
}

/// A status with two alerts open and one suppressed.
pub(crate) fn status() -> Status {
    let window = window(700, |snapshot, seconds| {
        let then = healthy(900);
        snapshot.controllers[1] = then.controllers[1].clone();
        snapshot.interfaces[1].ring.dropped = seconds * 70;
        snapshot.interfaces[1].offloads = vec!["rx-gro".to_owned()];
        snapshot.spool.evicted = 12;
    });
    let mut alerts = Alerts::default();
    for uptime in [1590, 1600] {
        let time = Timestamp::new(START + uptime, 0);
        let findings = evaluate::evaluate(&window, &Config::default());
        alerts.observe(
            findings,
            Now {
                time,
                uptime: uptime.cast_unsigned(),
            },
        );
    }
    let offloads = alerts.open().find(|alert| alert.id == 1104).map(|alert| alert.number);
    alerts.set(
        offloads.expect("it is open"),
        Standing::Suppressed,
        Timestamp::new(START + 1600, 0),
    );
    Status {
        version: "1.2.3".to_owned(),
        ..Status::new(&window, &alerts, 0)
    }
}
