//! Who held an address before, and what ends a tenure.

use std::time::Duration;

use parsers::activity::Kind;
use parsers::sighting::{Sighting, Source};

use super::sensor::{Sensor, high, logon, low};
use super::{CLIENT, at, between, records};
use crate::entity::{Doubt, Method};
use crate::{Answer, History, Probe};

const ELSEWHERE: &str = "10.77.0.51";
const HOUR: i64 = 3_600;

fn lease(seconds: i64, name: &str, mac: u8) -> Sighting {
    Sighting {
        time: at(seconds),
        name: name.into(),
        mac: Some([2, 0, 0, 0, 0, mac]),
        until: Some(at(seconds + 2 * HOUR)),
        ..Sighting::new(Source::Dhcp, CLIENT.parse().unwrap())
    }
}

impl Sensor {
    fn history(&self, seconds: i64) -> History {
        self.0.history(CLIENT.parse().unwrap(), at(seconds)).unwrap()
    }

    /// Who held it at `seconds`, by what is known now.
    fn held(&self, seconds: i64) -> Option<String> {
        self.history(seconds).computer.map(|computer| computer.name.into())
    }

    /// How each tenure began and ended, in seconds.
    fn tenures(&self) -> Vec<(String, i64, Option<&'static str>)> {
        let holders = self.history(0).holders.into_iter();
        let start = at(0).seconds();
        let holders = holders.map(|held| (held.name.into(), held.from.seconds() - start, held.ended));
        holders.collect()
    }

    fn proves(&mut self, seconds: i64, client: &str, account: &str) {
        self.see(logon(Kind::KerberosAs, seconds, client, account, "LAB.EXAMPLE"));
    }
}

#[test]
fn a_new_holder_closes_the_interval_of_the_old_one() {
    let mut sensor = Sensor::new();
    sensor.proves(0, CLIENT, "CLIENT$");
    sensor.proves(2 * HOUR, CLIENT, "WS01$");
    assert_eq!(sensor.held(HOUR).as_deref(), Some("CLIENT"));
    assert_eq!(
        sensor.held(2 * HOUR - 1).as_deref(),
        Some("CLIENT"),
        "it was not yet closed"
    );
    assert_eq!(sensor.held(2 * HOUR).as_deref(), Some("WS01"));
    assert_eq!(sensor.held(-3), None, "nobody spoke for then");
    assert_eq!(
        sensor.tenures(),
        [
            ("client".into(), 0, Some("another computer proved itself here")),
            ("ws01".into(), 2 * HOUR, None)
        ]
    );
    let said = &sensor.history(0).holders[0].evidence[0];
    assert_eq!(
        (said.standing, said.name.as_str(), said.first),
        ("proof", "CLIENT$", at(0))
    );
    assert_eq!(said.until, at(16 * HOUR));
}

#[test]
fn a_lease_to_somebody_else_ends_a_tenure_and_a_renewal_does_not() {
    let mut sensor = Sensor::new();
    sensor.0.sighting(&lease(0, "client", 1));
    sensor.proves(1, CLIENT, "CLIENT$");
    sensor.0.sighting(&lease(HOUR, "somethingelse", 1));
    assert!(
        sensor.is_certain(CLIENT, HOUR),
        "the same card, whatever it calls itself"
    );
    sensor.0.sighting(&lease(2 * HOUR, "kiosk", 2));
    assert_eq!(
        sensor.holder(CLIENT, 2 * HOUR + 1),
        low("kiosk.? (unlisted)", Method::DhcpLease)
    );
    assert_eq!(sensor.holder(CLIENT, 4 * HOUR), None, "the lease is over");
    let (name, from, ended) = &sensor.tenures()[0];
    assert_eq!((name.as_str(), *from), ("client", 0));
    assert_eq!(*ended, Some("the address was granted to another"));
    assert_eq!(sensor.0.stats().address_conflicts, 0, "a lease explains it");
}

#[test]
fn what_is_given_back_is_nobodys() {
    let mut sensor = Sensor::new();
    sensor.proves(0, CLIENT, "CLIENT$");
    let release = Sighting::new(Source::DhcpRelease, CLIENT.parse().unwrap());
    sensor.0.sighting(&Sighting {
        time: at(60),
        ..release
    });
    assert_eq!(sensor.holder(CLIENT, 61), None);
    assert_eq!(sensor.held(59).as_deref(), Some("CLIENT"));
}

#[test]
fn leases_by_turns_are_no_sharing() {
    let mut sensor = Sensor::new();
    for (turn, (account, mac)) in [("CLIENT$", 1), ("WS01$", 2), ("CLIENT$", 1), ("WS01$", 2)]
        .into_iter()
        .enumerate()
    {
        let seconds = 60 * turn as i64;
        sensor.0.sighting(&lease(seconds, account, mac));
        sensor.proves(seconds + 1, CLIENT, account);
        assert!(sensor.is_certain(CLIENT, seconds + 2), "{account}");
    }
}

#[test]
fn who_proves_itself_elsewhere_has_left() {
    let mut sensor = Sensor::new();
    sensor.proves(0, CLIENT, "WS01$");
    sensor.proves(HOUR, ELSEWHERE, "WS01$");
    assert_eq!(
        sensor.holder(CLIENT, HOUR + 1),
        low("WS01.lab.example", Method::MachineLogon)
    );
    assert_eq!(sensor.doubts(CLIENT, HOUR + 1), [Doubt::Elsewhere]);
    assert!(sensor.is_certain(ELSEWHERE, HOUR + 1));
    sensor.proves(3 * HOUR, CLIENT, "WS01$");
    assert!(sensor.is_certain(CLIENT, 3 * HOUR + 1) && !sensor.is_certain(ELSEWHERE, 3 * HOUR + 1));
    assert_eq!(sensor.held(2 * HOUR), None, "it was elsewhere then");
    let six = "fd77::51";
    sensor.proves(3 * HOUR + 2, six, "WS01$");
    assert!(sensor.is_certain(CLIENT, 3 * HOUR + 3) && sensor.is_certain(six, 3 * HOUR + 3));
}

#[test]
fn a_host_with_two_addresses_keeps_both() {
    let mut sensor = Sensor::new();
    for seconds in [0, 60, 120] {
        sensor.proves(seconds, CLIENT, "WS01$");
        sensor.proves(seconds + 10, ELSEWHERE, "WS01$");
    }
    assert!(sensor.is_certain(CLIENT, 200) && sensor.is_certain(ELSEWHERE, 200));
}

#[test]
fn a_tired_proof_yields_to_what_the_host_calls_itself() {
    let mut sensor = Sensor::new();
    sensor.proves(0, CLIENT, "WS01$");
    let mut ntlm = logon(Kind::NtlmAuthenticate, 0, CLIENT, "bob", "LAB");
    ntlm.observed.workstation = Some("PHONE".into());
    for turn in 1..14 {
        assert!(
            turn < 13 || sensor.is_certain(CLIENT, 7_199),
            "one way is not enough in the first two hours"
        );
        ntlm.time = at(600 * turn);
        sensor.see(ntlm.clone());
    }
    assert_eq!(sensor.doubts(CLIENT, 7_801), [Doubt::Conflict]);
    sensor.proves(7_900, CLIENT, "WS01$");
    assert!(sensor.is_certain(CLIENT, 7_901), "a new proof is none too tired");
}

#[test]
fn an_answer_counts_where_the_directory_lists_the_computer() {
    let mut sensor = Sensor::new();
    let answer = |seconds, probe, name: &str| Answer {
        time: at(seconds),
        ip: CLIENT.parse().unwrap(),
        probe,
        name: name.into(),
        domain: Some("lab.example".into()),
    };
    sensor.0.answer(&answer(0, Probe::Rdp, "ws01.lab.example"));
    assert!(!sensor.is_certain(CLIENT, 1));
    sensor.0.answer(&answer(2, Probe::NtlmOverRpc, "ws01.lab.example"));
    assert!(sensor.is_certain(CLIENT, 3));
    sensor.proves(10, ELSEWHERE, "WS01$");
    assert_eq!(
        sensor.doubts(CLIENT, 11),
        [Doubt::Elsewhere],
        "the computer proved that it is elsewhere"
    );
    sensor.proves(20, CLIENT, "CLIENT$");
    sensor.0.answer(&answer(30, Probe::NtlmOverRpc, "ws01.lab.example"));
    assert_eq!(sensor.doubts(CLIENT, 31), [Doubt::Conflict], "asked, it says otherwise");
    let mut printer = Sensor::new();
    printer.0.answer(&answer(0, Probe::NtlmOverRpc, "printer.lab.example"));
    assert!(!printer.is_certain(CLIENT, 1));
}

#[test]
fn a_controller_passes_on_what_others_ask() {
    let mut sensor = Sensor::new();
    let mut ping = between(Kind::CldapPing, 0, ELSEWHERE, CLIENT);
    let mut answer = parsers::fields::Fields::new();
    answer.set("domain", "lab.example");
    answer.set("dc", "dc1.lab.example");
    ping.details.set("answer", answer);
    sensor.see(ping);
    sensor.proves(1, CLIENT, "WS01$");
    assert_eq!(sensor.holder(CLIENT, 2), high("DC1.lab.example", Method::CldapAnswer));
}

#[test]
fn a_records_time_to_live_bounds_its_word() {
    let mut sensor = Sensor::new();
    let ask = |seconds, ttl: i64| {
        let mut query = super::activity(Kind::DnsQuery, seconds);
        let mut answers = records([["ws01.lab.example", "A", CLIENT]]);
        if let parsers::fields::Value::List(list) = &mut answers
            && let Some(parsers::fields::Value::Map(record)) = list.first_mut()
        {
            record.set("ttl", ttl);
        }
        query.details.set("answers", answers);
        query
    };
    sensor.see(ask(0, 1));
    assert!(sensor.holder(CLIENT, 299).is_some() && sensor.holder(CLIENT, 300).is_none());
    sensor.see(ask(1_000, 86_400));
    assert!(sensor.holder(CLIENT, 1_000 + 3_599).is_some() && sensor.holder(CLIENT, 1_000 + 3_600).is_none());
}

#[test]
fn evidence_speaks_for_the_moment_before() {
    let mut sensor = Sensor::new();
    sensor.proves(10, CLIENT, "WS01$");
    let then = |offset: Duration| {
        sensor
            .0
            .history(CLIENT.parse().unwrap(), at(7).after(offset))
            .unwrap()
            .computer
    };
    assert!(then(Duration::from_millis(999)).is_none());
    assert!(then(Duration::from_millis(1_000)).is_some());
}
