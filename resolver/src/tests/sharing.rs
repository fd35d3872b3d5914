//! Addresses that many share, and names that lie: nothing about them is certain.

use parsers::activity::{Activity, Kind};
use parsers::sighting::{Sighting, Source};

use super::sensor::{Sensor, logon, low};
use super::{CLIENT, between};
use crate::Config;
use crate::entity::{Doubt, Method};

const DESK: &str = "10.77.0.51";
const HOUR: i64 = 3_600;
const WEEK: i64 = 7 * 24 * HOUR;

fn machine(seconds: i64, account: &str) -> Activity {
    logon(Kind::KerberosAs, seconds, CLIENT, account, "LAB.EXAMPLE")
}

fn session(seconds: i64, ip: &str, user: &str, status: i64, port: i64) -> Activity {
    let mut report = logon(Kind::VpnConnection, seconds, "10.0.0.1", user, "LAB");
    report.details.set("user", user.to_owned());
    report.details.set("status_type", status);
    report.details.set("framed_ip", ip.to_owned());
    report.details.set("nas_port_type", port);
    report
}

#[test]
fn several_machines_behind_one_address_are_recognised() {
    let mut sensor = Sensor::new();
    for (seconds, account) in [(0, "CLIENT$"), (10, "WS01$"), (20, "SRV1$")] {
        sensor.see(machine(seconds, account));
    }
    assert_eq!(sensor.doubts(CLIENT, 21), [Doubt::Nat]);
    for minute in 1..120 {
        for (second, account) in [(0, "CLIENT$"), (10, "WS01$"), (20, "SRV1$")] {
            sensor.see(machine(60 * minute + second, account));
        }
        assert!(!sensor.is_certain(CLIENT, 60 * minute + 30), "minute {minute}");
    }
    let conflicts = sensor.0.stats().address_conflicts;
    assert!(
        conflicts < 10,
        "once it is recognised nobody is driven out: {conflicts}"
    );
    // They go silent, over a weekend: what is behind the address is forgotten, that several are is not.
    assert_eq!(sensor.holder(CLIENT, 72 * HOUR), None);
    sensor.see(machine(72 * HOUR, "CLIENT$"));
    assert_eq!(sensor.doubts(CLIENT, 72 * HOUR + 1), [Doubt::Nat]);
    let last = 119 * 60 + 20;
    for (seconds, certain) in [(last + WEEK - 1, false), (last + WEEK, true)] {
        sensor.see(machine(seconds, "CLIENT$"));
        assert_eq!(sensor.is_certain(CLIENT, seconds), certain, "{seconds}");
    }
}

#[test]
fn a_shared_address_stays_one_over_a_restart() {
    let mut sensor = Sensor::new();
    for (seconds, account) in [(0, "CLIENT$"), (10, "WS01$"), (20, "SRV1$")] {
        sensor.see(machine(seconds, account));
    }
    for number in 0..20 {
        sensor.see(logon(
            Kind::KerberosAs,
            30,
            DESK,
            &format!("user{number}"),
            "LAB.EXAMPLE",
        ));
        sensor.see(logon(Kind::KerberosAs, 31, DESK, "WS01$", "LAB.EXAMPLE"));
    }
    let kept = sensor.0.keep().unwrap();
    let mut next = Sensor::new();
    next.0.restore(&kept).unwrap();
    next.see(machine(48 * HOUR, "CLIENT$"));
    next.see(logon(Kind::KerberosAs, 48 * HOUR, DESK, "WS01$", "LAB.EXAMPLE"));
    assert_eq!(next.doubts(CLIENT, 48 * HOUR + 1), [Doubt::Nat]);
    assert_eq!(next.doubts(DESK, 48 * HOUR + 1), [Doubt::TerminalServer]);
}

/// The network says whose the address is from now on, and that ends what was seen of it before.
#[test]
fn a_lease_to_another_ends_what_was_shared() {
    let lease = |seconds, mac, name: &str| Sighting {
        time: super::at(seconds),
        mac: Some([2, 0, 0, 0, 0, mac]),
        name: name.into(),
        domain: Some("lab.example".into()),
        ..Sighting::new(Source::Dhcp, CLIENT.parse().unwrap())
    };
    let mut sensor = Sensor::new();
    sensor.0.sighting(&lease(0, 1, "ROUTER"));
    for (seconds, account) in [(1, "CLIENT$"), (10, "WS01$"), (20, "SRV1$")] {
        sensor.see(machine(seconds, account));
    }
    sensor.0.sighting(&lease(30, 1, "ROUTER"));
    assert_eq!(
        sensor.doubts(CLIENT, 31),
        [Doubt::Nat],
        "a lease that is renewed ends nothing"
    );
    sensor.0.sighting(&lease(40, 2, "WS01"));
    sensor.see(machine(41, "WS01$"));
    assert!(sensor.is_certain(CLIENT, 42));
}

#[test]
fn several_names_behind_one_address_are_enough() {
    let mut sensor = Sensor::new();
    sensor.see(machine(0, "CLIENT$"));
    for (seconds, name) in [(10, "PHONE"), (20, "TABLET")] {
        let mut ntlm = logon(Kind::NtlmAuthenticate, seconds, CLIENT, "bob", "LAB");
        ntlm.observed.workstation = Some(name.into());
        assert!(sensor.is_certain(CLIENT, seconds));
        sensor.see(ntlm);
    }
    assert_eq!(sensor.doubts(CLIENT, 21), [Doubt::Nat]);
    let proved = |sensor: &mut Sensor, seconds| {
        sensor.see(machine(seconds, "CLIENT$"));
        sensor.is_certain(CLIENT, seconds)
    };
    assert!(!proved(&mut sensor, 20 + HOUR) && !proved(&mut sensor, 20 + WEEK - 1) && proved(&mut sensor, 20 + WEEK));
}

#[test]
fn many_accounts_are_a_terminal_servers_unless_it_is_a_controllers() {
    let mut sensor = Sensor::new();
    for (ip, account) in [(CLIENT, "SRV1$"), ("10.77.0.11", "DC2$")] {
        sensor.see(logon(Kind::KerberosAs, 0, ip, account, "LAB.EXAMPLE"));
        for number in 0..20 {
            let user = format!("user{number}");
            sensor.see(logon(Kind::KerberosAs, 1 + number, ip, &user, "LAB.EXAMPLE"));
            let few = number < 7;
            assert!(!few || sensor.is_certain(ip, 1 + number), "{ip} {number}");
        }
    }
    assert_eq!(sensor.doubts(CLIENT, 30), [Doubt::TerminalServer]);
    assert!(sensor.doubts("10.77.0.11", 30).is_empty());
    for (seconds, certain) in [(2 * HOUR, false), (WEEK, false), (WEEK + HOUR, true)] {
        sensor.see(logon(Kind::KerberosAs, seconds, CLIENT, "SRV1$", "LAB.EXAMPLE"));
        assert_eq!(sensor.is_certain(CLIENT, seconds), certain, "{seconds}");
    }
}

#[test]
fn a_vpn_session_is_never_certain_and_makes_its_network_a_pool() {
    let mut sensor = Sensor::new();
    let ip = "10.9.0.17";
    sensor.see(session(0, ip, "alice", 1, 5));
    sensor.see(logon(Kind::KerberosAs, 1, ip, "WS01$", "LAB.EXAMPLE"));
    assert_eq!(sensor.holder(ip, 2), low("WS01.lab.example", Method::MachineLogon));
    assert_eq!(sensor.doubts(ip, 2), [Doubt::Vpn]);
    sensor.see(session(3, ip, "alice", 3, 5));
    assert!(sensor.holder(ip, 4).is_some(), "the session goes on");
    sensor.see(session(5, ip, "bob", 1, 5));
    assert_eq!(sensor.holder(ip, 6), None, "another user's");
    sensor.see(logon(Kind::KerberosAs, 10, "10.9.0.99", "SRV1$", "LAB.EXAMPLE"));
    assert!(sensor.is_certain("10.9.0.99", 11));
    for last in 18..21 {
        sensor.see(session(20, &format!("10.9.0.{last}"), "carol", 1, 5));
    }
    assert_eq!(
        sensor.doubts("10.9.0.99", 21),
        [Doubt::Vpn],
        "its neighbours are a pool's"
    );
    let history = sensor.0.history(ip.parse().unwrap(), super::at(6)).unwrap();
    assert_eq!(history.session.as_deref(), Some("bob"));
}

/// Accounting-On or -Off of a gateway that calls itself `name`.
fn gateway(seconds: i64, name: &'static str, value: &str, status: i64) -> Activity {
    let mut report = between(Kind::VpnConnection, seconds, "10.0.0.1", "10.77.0.9");
    report.details.set("status_type", status);
    report.details.set(name, value.to_owned());
    report
}

#[test]
fn a_gateway_that_begins_anew_has_no_sessions_left() {
    for status in [7, 8] {
        let mut sensor = Sensor::new();
        for (last, nas, account) in [(17, "vpn1", "WS01$"), (18, "vpn1", "CLIENT$"), (19, "vpn2", "SRV1$")] {
            let ip = format!("10.9.0.{last}");
            let mut began = session(0, &ip, "alice", 1, 5);
            began.details.set("nas", nas);
            began.details.set("nas_ip", format!("10.0.1.{last}"));
            sensor.see(began);
            sensor.see(logon(Kind::KerberosAs, 1, &ip, account, "LAB.EXAMPLE"));
        }
        sensor.see(logon(Kind::KerberosAs, 1, CLIENT, "DC2$", "LAB.EXAMPLE"));
        let kept = sensor.0.keep().unwrap();
        sensor = Sensor::new();
        sensor.0.restore(&kept).unwrap();
        let mut refused = gateway(2, "nas", "vpn1", status);
        refused.outcome = parsers::activity::Outcome::Unknown;
        sensor.see(refused);
        assert!(sensor.holder("10.9.0.17", 3).is_some(), "nobody took the report");
        sensor.see(gateway(4, "nas", "vpn1", status));
        assert_eq!(sensor.holder("10.9.0.17", 5), None);
        assert_eq!(sensor.holder("10.9.0.18", 5), None);
        let before = sensor.0.history("10.9.0.17".parse().unwrap(), super::at(3)).unwrap();
        assert!(
            before.computer.is_some() && before.session.is_none(),
            "it was its until then"
        );
        assert!(sensor.holder("10.9.0.19", 5).is_some(), "another gateway's");
        assert!(sensor.holder(CLIENT, 5).is_some(), "nobody's");
        assert_eq!(sensor.doubts("10.9.0.19", 5), [Doubt::Vpn]);
        sensor.see(gateway(6, "nas_ip", "10.0.1.19", status));
        assert_eq!(sensor.holder("10.9.0.19", 7), None, "by either of its names");
    }
    let mut sensor = Sensor::new();
    sensor.see(session(0, "10.9.0.17", "alice", 1, 5));
    sensor.see(logon(Kind::KerberosAs, 1, "10.9.0.17", "WS01$", "LAB.EXAMPLE"));
    sensor.see(gateway(2, "session_id", "1", 7));
    assert_eq!(
        sensor.holder("10.9.0.17", 3),
        None,
        "a gateway without a name is where it reports from"
    );
}

#[test]
fn a_prefix_that_a_session_was_given_is_a_pool() {
    let given = |name: &'static str, prefix: &str, port| {
        let mut began = logon(Kind::VpnConnection, 0, "10.0.0.1", "alice", "LAB");
        began.details.set("user", "alice");
        began.details.set("status_type", 1);
        began.details.set(name, prefix.to_owned());
        began.details.set("nas_port_type", port);
        began
    };
    let mut sensor = Sensor::new();
    sensor.see(given("framed_ipv6_prefix", "2001:db8:7:9::/64", 5));
    sensor.see(given("delegated_ipv6_prefix", "2001:db8:8:100::/56", 5));
    sensor.see(given("framed_ipv6_prefix", "2001:db8:9:9::/64", 15));
    for (ip, account, doubts) in [
        ("2001:db8:7:9::1", "WS01$", &[Doubt::Vpn][..]),
        ("2001:db8:8:1ff::1", "CLIENT$", &[Doubt::Vpn]),
        ("2001:db8:9:9::1", "SRV1$", &[]),
    ] {
        sensor.see(logon(Kind::KerberosAs, 1, ip, account, "LAB.EXAMPLE"));
        assert_eq!(sensor.doubts(ip, 2), doubts, "{ip}");
    }
    let kept = sensor.0.keep().unwrap();
    let mut next = Sensor::new();
    next.0.restore(&kept).unwrap();
    assert_eq!(next.doubts("2001:db8:8:1ff::1", 3), [Doubt::Vpn]);
}

#[test]
fn a_prefix_and_an_interface_make_an_address() {
    let mut sensor = Sensor::new();
    let report = |seconds, user: &str, status| {
        let mut report = session(seconds, "10.9.0.17", user, status, 5);
        report.details.set("framed_ipv6_prefix", "2001:db8:7:9::/64");
        report.details.set("framed_interface_id", "0000000000000077");
        report
    };
    let ip = "2001:db8:7:9::77";
    sensor.see(report(0, "alice", 1));
    sensor.see(logon(Kind::KerberosAs, 1, ip, "WS01$", "LAB.EXAMPLE"));
    assert_eq!(sensor.doubts(ip, 2), [Doubt::Vpn]);
    let history = sensor.0.history(ip.parse().unwrap(), super::at(2)).unwrap();
    assert_eq!(history.session.as_deref(), Some("alice"));
    sensor.see(report(3, "alice", 2));
    assert_eq!(sensor.holder(ip, 4), None);
}

#[test]
fn a_computer_that_the_network_let_in_is_believed_with_its_own_word() {
    let mut sensor = Sensor::new();
    sensor.see(session(0, CLIENT, "host/ws01.lab.example", 1, 15));
    assert_eq!(sensor.holder(CLIENT, 1), low("WS01.lab.example", Method::RadiusSession));
    let mut ping = between(Kind::CldapPing, 2, CLIENT, "10.77.0.10");
    ping.details.set("host", "WS01");
    sensor.see(ping);
    assert!(sensor.is_certain(CLIENT, 3));
    sensor.see(session(4, CLIENT, "host/ws01.lab.example", 2, 15));
    assert_eq!(sensor.holder(CLIENT, 5), None);
    sensor.see(session(6, CLIENT, "WS01$@lab.example", 1, 15));
    assert_eq!(sensor.holder(CLIENT, 7), low("WS01.lab.example", Method::RadiusSession));
}

#[test]
fn networks_of_the_configuration_are_shared_or_left_out() {
    let config = Config {
        shared_networks: vec!["10.77.0.0/24".into()],
        excluded_networks: vec!["10.78.0.1-10.78.0.9".into()],
        ..Config::default()
    };
    let mut sensor = Sensor::with(&config);
    for ip in [CLIENT, "10.78.0.5", "10.78.0.10"] {
        sensor.see(logon(Kind::KerberosAs, 0, ip, "CLIENT$", "LAB.EXAMPLE"));
    }
    assert_eq!(sensor.doubts(CLIENT, 1)[0], Doubt::SharedNetwork);
    assert_eq!(sensor.holder("10.78.0.5", 1), None);
    assert!(sensor.is_certain("10.78.0.10", 1));
}

#[test]
fn what_a_host_calls_itself_is_never_certain_alone() {
    let mut sensor = Sensor::new();
    let mut ntlm = logon(Kind::NtlmAuthenticate, 0, CLIENT, "bob", "LAB");
    ntlm.observed.workstation = Some("WS01".into());
    sensor.see(ntlm);
    let mut ping = between(Kind::CldapPing, 1, CLIENT, "10.77.0.10");
    ping.details.set("host", "WS01");
    sensor.see(ping);
    let mut register = between(Kind::Nbns, 2, CLIENT, "10.77.0.10");
    register.duration_us = Some(500);
    let mut address = parsers::fields::Fields::new();
    address.set("address", CLIENT);
    register.details.set("operation", "registration");
    register.details.set("name", "WS01");
    register.details.set("suffix", 0);
    register
        .details
        .set("registers", vec![parsers::fields::Value::Map(address)]);
    sensor.see(register);
    let (name, certainty, methods) = sensor.holder(CLIENT, 3).unwrap();
    assert_eq!(
        (name.as_str(), certainty),
        ("WS01.lab.example", crate::entity::Certainty::Low)
    );
    let said = [Method::NbnsRegistration, Method::CldapHost, Method::NtlmWorkstation];
    assert_eq!(methods, said);
    assert!(sensor.doubts(CLIENT, 3).is_empty());
}
