//! Activities that wait for an answer, and no longer than their deadline.

use std::net::IpAddr;
use std::sync::Arc;

use capture::Timestamp;
use parsers::activity::Kind;

use super::named;
use crate::directory::Snapshot;
use crate::lookup::{Config, Finding, Probe, Waiting};
use crate::tests::between;
use crate::{Resolved, Resolver};

const WS: &str = "10.77.0.50";
const SERVER: &str = "10.77.0.60";

/// A sensor that asks, with two seconds for each answer.
struct Sensor {
    resolver: Resolver,
    waiting: Waiting,
    out: Vec<Resolved>,
}

impl Sensor {
    fn new() -> Self {
        let mut resolver = Resolver::new(&crate::Config::default(), Arc::new(Snapshot::empty()));
        resolver.ask();
        Self {
            resolver,
            waiting: Waiting::new(&Config::default()),
            out: Vec::new(),
        }
    }

    /// An activity between these at so many seconds, after which every question is asked.
    fn see(&mut self, client: &str, server: &str, seconds: i64) -> usize {
        let mut out = Vec::new();
        let activity = between(Kind::LdapChange, seconds, client, server);
        let now = activity.time;
        self.resolver.activity(Box::new(activity), &mut out);
        while let Some(ip) = self.resolver.question() {
            self.waiting.ask(ip, now);
        }
        let left = out.into_iter().filter_map(|resolved| self.waiting.hold(resolved, now));
        self.out.extend(left);
        self.out.len()
    }

    fn told(&mut self, ip: &str, name: Option<&str>) {
        let mut finding = Finding::nothing(ip.parse().unwrap());
        finding
            .told
            .extend(name.map(|name| (Probe::Netbios, named(name, None))));
        let now = self.resolver.now();
        finding.answers(now).for_each(|answer| self.resolver.answer(&answer));
        self.waiting.told(finding.ip);
    }

    fn release(&mut self, now: Timestamp) -> usize {
        self.waiting.release(now, &mut self.resolver, &mut self.out);
        self.out.len()
    }

    fn counted(&self) -> [u64; 3] {
        self.waiting.counters().map(|(_, count)| count)
    }
}

fn name(computer: Option<&Arc<crate::entity::Computer>>) -> Option<&str> {
    computer.map(|computer| computer.name.as_str())
}

#[test]
fn an_activity_waits_for_both_of_its_ends() {
    let mut sensor = Sensor::new();
    assert_eq!(sensor.see(WS, SERVER, 0), 0);
    let now = sensor.resolver.now();
    assert_eq!(sensor.release(now), 0);
    sensor.told(WS, Some("WS01"));
    assert_eq!(sensor.release(now), 0);
    sensor.told(SERVER, Some("SRV1"));
    assert_eq!(sensor.release(now), 1);
    let resolved = &sensor.out[0];
    assert_eq!(name(resolved.source.as_ref()), Some("WS01"));
    assert_eq!(name(resolved.destination.as_ref()), Some("SRV1"));
    assert_eq!(sensor.counted(), [1, 0, 0]);
    assert_eq!(sensor.resolver.stats().sources_resolved, 1);
}

#[test]
fn nobody_waits_longer_than_the_deadline_nor_for_who_is_not_asked() {
    let mut sensor = Sensor::new();
    sensor.see(WS, SERVER, 0);
    let began = sensor.resolver.now();
    let after = |milliseconds| began.after(std::time::Duration::from_millis(milliseconds));
    assert_eq!(sensor.release(after(1_999)), 0);
    assert_eq!(sensor.release(after(2_000)), 1);
    assert_eq!(sensor.counted(), [1, 1, 0]);
    assert_eq!(sensor.out[0].source, None);
    // It was asked, and is not asked again for a while: what comes now does not wait.
    assert_eq!(sensor.see(WS, SERVER, 3), 2);
}

#[test]
fn a_silent_answer_lets_go_at_once_and_the_end_of_everything() {
    let mut sensor = Sensor::new();
    sensor.see(WS, SERVER, 0);
    sensor.told(WS, None);
    sensor.told(SERVER, None);
    let now = sensor.resolver.now();
    assert_eq!(sensor.release(now), 1);
    sensor.see("10.77.0.51", SERVER, 1);
    sensor.waiting.finish(&mut sensor.resolver, &mut sensor.out);
    assert_eq!(sensor.out.len(), 2);
}

#[test]
fn waiting_is_bounded() {
    let mut sensor = Sensor::new();
    for number in 0..20_000_u32 {
        let ip = IpAddr::from((0x0a4d_0000 | number).to_be_bytes()).to_string();
        sensor.see(&ip, SERVER, 0);
    }
    let [waited, _, full] = sensor.counted();
    assert_eq!((waited, waited + full), (16_384, 20_000));
    sensor.waiting.finish(&mut sensor.resolver, &mut sensor.out);
    assert_eq!(sensor.out.len(), 20_000, "nothing is lost");
}
