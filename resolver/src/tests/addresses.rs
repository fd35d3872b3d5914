//! Addresses: what the traffic tells of their computers, and how long it is believed.

use super::sensor::{Sensor, brief, high, logon, low};
use super::{CLIENT, DC1, activity, at, between, fields, records, run};
use crate::Config;
use crate::entity::{Certainty, Doubt, Method};
use parsers::activity::{Kind, Outcome};
use parsers::fields::Value;
use parsers::sighting::{Sighting, Source};

#[test]
fn a_machine_account_logs_on_from_its_own_address() {
    let mut sensor = Sensor::new();
    let own = sensor.see(logon(Kind::KerberosAs, 0, CLIENT, "CLIENT$", "LAB.EXAMPLE"));
    assert_eq!(
        own.source.as_deref().map(brief),
        high("CLIENT.lab.example", Method::MachineLogon)
    );
    let source = own.source.unwrap();
    assert_eq!(source.os.as_deref(), Some("Windows 11 Enterprise 10.0 (22631)"));
    assert_eq!(source.evidence[0].name, "CLIENT$");
    assert_eq!(source.evidence[0].time, at(0));
    let mut failed = logon(Kind::KerberosAs, 1, "10.77.0.77", "SRV1$", "LAB");
    failed.outcome = Outcome::Failure;
    assert!(sensor.see(failed).source.is_none());
    assert!(
        sensor
            .see(logon(Kind::KerberosAs, 2, "10.77.0.78", "build$", "DEVELOP"))
            .source
            .is_none()
    );
}

/// Controllers as they are configured: DC1 by its name, an address that is said to be DC1's and is CLIENT's, a name for health.
fn configured() -> Config {
    let controllers = [(DC1, "dc1"), (CLIENT, "dc1.lab.example"), ("10.77.0.99", "rack-3")];
    Config {
        controllers: controllers
            .map(|(ip, name)| (ip.parse().unwrap(), name.into()))
            .to_vec(),
        ..Config::default()
    }
}

#[test]
fn a_configured_controller_is_known_from_the_first_packet() {
    let mut sensor = Sensor::with(&configured());
    let first = sensor.see(between(Kind::DnsQuery, 0, "10.77.0.77", DC1));
    let told = first.destination.as_deref().map(brief);
    assert_eq!(told, high("DC1.lab.example", Method::Configuration));
    assert_eq!(
        sensor.holder("10.77.0.99", 1),
        None,
        "no computer of the directory is called so"
    );
    // For as long as it is asked about, as one holder.
    for minute in 0..600 {
        let seen = sensor.see(between(Kind::LdapChange, 60 * minute, "10.77.0.77", DC1));
        assert_eq!(seen.destination.as_deref().map(brief), told);
    }
    let history = sensor.0.history(DC1.parse().unwrap(), at(600 * 60)).unwrap();
    assert_eq!(history.holders.len(), 1);
    // Without a directory it is a name.
    let mut blind = Sensor(crate::Resolver::new(
        &configured(),
        std::sync::Arc::new(crate::directory::Snapshot::empty()),
    ));
    assert_eq!(blind.holder(DC1, 0), low("dc1.? (unlisted)", Method::Configuration));
}

#[test]
fn a_configured_controller_is_doubted_by_proofs_alone() {
    let mut sensor = Sensor::with(&configured());
    let mut ntlm = logon(Kind::NtlmAuthenticate, 0, DC1, "bob", "LAB");
    ntlm.observed.workstation = Some("WS01".into());
    sensor.see(ntlm);
    assert!(sensor.is_certain(DC1, 1), "others' names for it are words");
    assert_eq!(sensor.holder(CLIENT, 2), high("DC1.lab.example", Method::Configuration));
    sensor.see(logon(Kind::KerberosAs, 3, CLIENT, "CLIENT$", "LAB.EXAMPLE"));
    let proved = sensor.holder(CLIENT, 4).unwrap();
    assert_eq!(
        (proved.0.as_str(), proved.2[0]),
        ("CLIENT.lab.example", Method::MachineLogon)
    );
}

#[test]
fn names_that_the_directory_lacks_are_given_all_the_same() {
    let mut sensor = Sensor::new();
    sensor.see(logon(Kind::NtlmAuthenticate, 0, "10.77.0.99", "KIOSK$", "LAB"));
    assert_eq!(
        sensor.holder("10.77.0.99", 1),
        low("KIOSK.lab (unlisted)", Method::MachineLogon)
    );
    assert_eq!(sensor.doubts("10.77.0.99", 2), [Doubt::Unlisted]);
    sensor.see(logon(Kind::NtlmAuthenticate, 0, "10.77.0.98", "FAR$", "OTHER.EXAMPLE"));
    assert!(
        sensor.is_certain("10.77.0.98", 1),
        "the directory has nothing of that domain"
    );
    let mut blind = Sensor::without_directory();
    blind.see(logon(Kind::KerberosAs, 0, CLIENT, "CLIENT$", "LAB.EXAMPLE"));
    assert_eq!(
        blind.holder(CLIENT, 1),
        high("CLIENT.lab.example (unlisted)", Method::MachineLogon)
    );
}

#[test]
fn a_challenge_names_the_server_and_a_workstation_hints_at_the_client() {
    let mut sensor = Sensor::new();
    let mut ntlm = logon(Kind::NtlmAuthenticate, 0, CLIENT, "bob", "LAB");
    ntlm.observed.workstation = Some("WS01".into());
    ntlm.details = fields([
        ("nb_computer", "DC1"),
        ("dns_computer", "dc1.lab.example"),
        ("dns_domain", "lab.example"),
    ]);
    let seen = sensor.see(ntlm);
    assert_eq!(
        seen.destination.as_deref().map(brief),
        low("DC1.lab.example", Method::NtlmChallenge),
        "who relays a logon shows another's"
    );
    assert_eq!(
        seen.source.as_deref().map(brief),
        low("WS01.lab.example", Method::NtlmWorkstation)
    );
    let mut answer = activity(Kind::DnsQuery, 5);
    answer
        .details
        .set("answers", records([["ws01.lab.example", "A", CLIENT]]));
    sensor.see(answer);
    let (name, certainty, methods) = sensor.holder(CLIENT, 6).unwrap();
    assert_eq!((name.as_str(), certainty), ("WS01.lab.example", Certainty::High));
    assert_eq!(methods, [Method::DnsAnswer, Method::NtlmWorkstation]);
}

#[test]
fn host_addresses_name_the_client() {
    let mut sensor = Sensor::without_directory();
    let mut logon = logon(Kind::KerberosAs, 0, CLIENT, "alice", "LAB.EXAMPLE");
    let mut address = fields([("address", "WS01")]);
    address.set("type", 20);
    logon.details.set("addresses", vec![Value::Map(address)]);
    sensor.see(logon);
    assert_eq!(
        sensor.holder(CLIENT, 1),
        low("WS01.? (unlisted)", Method::KerberosHostAddress)
    );
}

#[test]
fn dns_is_believed_of_hosts_alone() {
    let mut sensor = Sensor::new();
    let mut answer = activity(Kind::DnsQuery, 0);
    let list = [
        ["dc2.lab.example", "A", "10.77.0.11"],
        ["ws01.lab.example", "A", "10.77.0.70"],
        ["lab.example", "A", "10.77.0.12"],
        ["gc._msdcs.lab.example", "A", "10.77.0.13"],
        ["DomainDnsZones.lab.example", "A", "10.77.0.14"],
        ["www.example.com", "A", "93.184.216.34"],
        ["many.lab.example", "A", "10.77.0.15"],
        ["many.lab.example", "A", "10.77.0.16"],
        ["60.0.77.10.in-addr.arpa", "PTR", "srv1.lab.example"],
        ["ws01.lab.example", "AAAA", "fd77::70"],
        ["loop.lab.example", "A", "127.0.0.1"],
    ];
    answer.details.set("answers", records(list));
    sensor.see(answer);
    assert_eq!(
        sensor.holder("10.77.0.11", 1),
        high("DC2.lab.example", Method::DnsAnswer),
        "a controller's"
    );
    assert_eq!(
        sensor.holder("10.77.0.70", 1),
        low("WS01.lab.example", Method::DnsAnswer)
    );
    assert_eq!(
        sensor.holder("10.77.0.60", 1),
        low("SRV1.lab.example", Method::DnsAnswer)
    );
    assert_eq!(sensor.holder("fd77::70", 1), low("WS01.lab.example", Method::DnsAnswer));
    assert_eq!(sensor.0.stats().addresses, 4);
}

#[test]
fn a_registration_of_ones_own_address_is_certain() {
    let mut sensor = Sensor::new();
    let mut update = activity(Kind::DnsUpdate, 0);
    update.details.set(
        "added",
        records([
            ["client.lab.example", "A", CLIENT],
            ["alicehost.lab.example", "A", "10.77.0.99"],
        ]),
    );
    let mut refused = update.clone();
    refused.outcome = Outcome::Failure;
    sensor.see(refused);
    assert_eq!(sensor.0.stats().addresses, 0);
    sensor.see(update.clone());
    assert_eq!(sensor.holder(CLIENT, 1), low("CLIENT.lab.example", Method::DnsUpdate));
    update.details.set("tsig_key", "1.dc1.lab.example");
    sensor.see(update);
    let (name, certainty, methods) = sensor.holder(CLIENT, 1).unwrap();
    assert_eq!((name.as_str(), certainty), ("CLIENT.lab.example", Certainty::High));
    assert_eq!(methods, [Method::DnsUpdate, Method::DnsUpdate]);
    assert_eq!(
        sensor.holder("10.77.0.99", 1),
        low("alicehost.lab.example (unlisted)", Method::DnsUpdate)
    );
}

#[test]
fn pings_shares_and_tickets_name_servers() {
    let mut sensor = Sensor::new();
    let mut ping = activity(Kind::CldapPing, 0);
    ping.details = fields([("host", "CLIENT")]);
    ping.details
        .set("answer", fields([("domain", "lab.example"), ("dc", "dc1.lab.example")]));
    sensor.see(ping);
    assert_eq!(sensor.holder(DC1, 1), high("DC1.lab.example", Method::CldapAnswer));
    assert_eq!(sensor.holder(CLIENT, 1), low("CLIENT.lab.example", Method::CldapHost));
    let mut share = between(Kind::SmbFile, 2, CLIENT, "10.77.0.60");
    share.details = fields([("share", "\\\\srv1.lab.example\\data")]);
    sensor.see(share);
    assert_eq!(
        sensor.holder("10.77.0.60", 3),
        low("SRV1.lab.example", Method::SharePath)
    );
    let mut ticket = between(Kind::KerberosAp, 4, CLIENT, "10.77.0.60");
    ticket.observed.spn = Some("cifs/srv1.lab.example".into());
    sensor.see(ticket);
    let (name, certainty, methods) = sensor.holder("10.77.0.60", 5).unwrap();
    assert_eq!((name.as_str(), certainty), ("SRV1.lab.example", Certainty::High));
    assert_eq!(methods, [Method::KerberosService, Method::SharePath]);
}

#[test]
fn evidence_ends_and_certain_evidence_moves_on() {
    let mut sensor = Sensor::new();
    let lease = |seconds, account| logon(Kind::KerberosAs, seconds, CLIENT, account, "LAB.EXAMPLE");
    sensor.see(lease(0, "CLIENT$"));
    let mut ntlm = logon(Kind::NtlmAuthenticate, 10, CLIENT, "bob", "LAB");
    ntlm.observed.workstation = Some("FORGED".into());
    sensor.see(ntlm);
    assert_eq!(
        sensor.holder(CLIENT, 20),
        high("CLIENT.lab.example", Method::MachineLogon),
        "no hint is heard against a proof"
    );
    sensor.see(lease(8_000, "WS01$"));
    assert_eq!(
        sensor.holder(CLIENT, 8_001),
        high("WS01.lab.example", Method::MachineLogon)
    );
    assert_eq!(sensor.0.stats().address_conflicts, 1);
    sensor.see(lease(20_000, "WS01$"));
    assert_eq!(
        sensor.holder(CLIENT, 20_000 + 8 * 3_600 - 1),
        high("WS01.lab.example", Method::MachineLogon)
    );
    let faded = low("WS01.lab.example", Method::MachineLogon);
    assert_eq!(sensor.holder(CLIENT, 20_000 + 8 * 3_600), faded);
    assert_eq!(sensor.doubts(CLIENT, 20_000 + 8 * 3_600), [Doubt::Stale]);
    assert_eq!(sensor.holder(CLIENT, 20_000 + 16 * 3_600), None);
}

#[test]
fn nothing_is_certain_of_a_shared_address() {
    let mut sensor = Sensor::new();
    for (seconds, account) in [(0, "CLIENT$"), (60, "WS01$"), (120, "CLIENT$")] {
        sensor.see(logon(Kind::KerberosAs, seconds, CLIENT, account, "LAB.EXAMPLE"));
    }
    assert_eq!(
        sensor.holder(CLIENT, 121),
        low("CLIENT.lab.example", Method::MachineLogon)
    );
    let week = 7 * 86_400;
    for (seconds, certain) in [(3_800, false), (120 + week - 1, false), (120 + week, true)] {
        sensor.see(logon(Kind::KerberosAs, seconds, CLIENT, "CLIENT$", "LAB.EXAMPLE"));
        assert_eq!(sensor.is_certain(CLIENT, seconds), certain, "{seconds}");
    }
}

#[test]
fn a_ticket_confirms_a_machine_but_proves_none() {
    let mut sensor = Sensor::new();
    let buys = |seconds, client| logon(Kind::KerberosTgs, seconds, client, "DC2$", "LAB.EXAMPLE");
    sensor.see(buys(0, CLIENT));
    assert_eq!(sensor.holder(CLIENT, 1), low("DC2.lab.example", Method::MachineLogon));
    sensor.see(logon(Kind::KerberosAs, 10, "10.77.0.11", "DC2$", "LAB.EXAMPLE"));
    sensor.see(buys(20_000, "10.77.0.11"));
    let proved = high("DC2.lab.example", Method::MachineLogon);
    assert_eq!(sensor.holder("10.77.0.11", 20_000 + 8 * 3_600 - 1), proved);
    sensor.see(logon(Kind::KerberosAs, 20_000, CLIENT, "CLIENT$", "LAB.EXAMPLE"));
    sensor.see(buys(20_001, CLIENT));
    let own = high("CLIENT.lab.example", Method::MachineLogon);
    assert_eq!(sensor.holder(CLIENT, 20_002), own);
}

#[test]
fn a_lease_and_a_nodes_own_table_hint_at_the_host() {
    let mut resolver = super::resolver(&Config::default());
    resolver.sighting(&Sighting {
        time: at(0),
        name: "KIOSK".into(),
        domain: Some("lab.example".into()),
        ..Sighting::new(Source::Dhcp, CLIENT.parse().unwrap())
    });
    let mut status = between(Kind::Nbns, 1, CLIENT, "10.77.0.88");
    status.duration_us = Some(900);
    let mut name = fields([("name", "PRINTER")]);
    name.set("suffix", 0);
    status.details.set("names", vec![Value::Map(name)]);
    let seen = run(&mut resolver, [status]).remove(0);
    let source = seen.source.unwrap();
    assert_eq!((source.name.as_str(), source.certainty), ("KIOSK", Certainty::Low));
    assert_eq!(source.evidence[0].method, Method::DhcpLease);
    let destination = seen.destination.unwrap();
    assert_eq!(
        (destination.name.as_str(), destination.certainty),
        ("PRINTER", Certainty::Low)
    );
    assert_eq!(destination.evidence[0].method, Method::NetbiosName);
}

#[test]
fn what_an_address_answers_is_heard_and_who_is_unknown_is_asked() {
    let mut sensor = Sensor::new();
    assert_eq!(sensor.holder(CLIENT, 0), None);
    assert_eq!(sensor.0.question(), None, "nobody asks in a replay");
    sensor.0.ask();
    sensor.see(between(Kind::LdapChange, 1, CLIENT, "192.0.2.1"));
    let asked: Vec<_> = std::iter::from_fn(|| sensor.0.question()).collect();
    assert_eq!(
        asked,
        [CLIENT, "192.0.2.1"].map(|ip| ip.parse::<std::net::IpAddr>().unwrap())
    );
    sensor.0.answer(&crate::Answer {
        time: at(2),
        ip: CLIENT.parse().unwrap(),
        probe: crate::Probe::Netbios,
        name: "WS01".into(),
        domain: Some("LAB".into()),
    });
    assert_eq!(sensor.holder(CLIENT, 3), low("WS01.lab.example", Method::AskedNetbios));
}
