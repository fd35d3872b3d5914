//! Addresses that many share, and names that lie: nothing about them is certain.

use parsers::activity::{Activity, Kind};

use super::sensor::{Sensor, logon, low};
use super::{CLIENT, between};
use crate::Config;
use crate::entity::{Doubt, Method};

const HOUR: i64 = 3_600;

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
    // They go silent, and their proofs stand against each other.
    assert_eq!(sensor.doubts(CLIENT, 3 * HOUR + 120), [Doubt::Conflict]);
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
    assert!(sensor.is_certain(CLIENT, 20 + HOUR));
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
    assert!(sensor.is_certain(CLIENT, 2 * HOUR));
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
