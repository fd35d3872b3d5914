//! DHCP of both versions from the wire to leases.

use std::net::IpAddr;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::{six, wire};
use crate::sighting::Source;
use crate::testing::{Conversation, Said, unhex};

/// A SOLICIT of a domain controller.
const SOLICIT: &str =
    "01df372f0008000200650001000e00010001216976730800271666590003000c120800270000000000000000002700140003
    44433107636f6e746f736f056c6f63616c000010000e0000013700084d53465420352e30000600080018001700110027";

/// A message between a relay and its server, with these options.
fn message(op: u8, xid: u8, address: [u8; 4], options: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![op, 1, 6, 1, 0, 0, 0, xid, 0, 0, 0x80, 0, 0, 0, 0, 0];
    bytes.extend(address);
    bytes.extend([0, 0, 0, 0, 10, 0, 0, 1]);
    bytes.extend([2, 0x77, 0, 0, 0, 0x32]);
    bytes.resize(wire::HEADER - 4, 0);
    bytes.extend(wire::COOKIE);
    for (code, data) in options {
        bytes.extend([*code, u8::try_from(data.len()).unwrap()]);
        bytes.extend(*data);
    }
    bytes.push(255);
    bytes
}

/// Labels as DNS has them.
fn labels(name: &str) -> Vec<u8> {
    let label = |label: &str| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat();
    name.split('.').flat_map(label).chain([0]).collect()
}

fn seen(said: &Said) -> Vec<(IpAddr, &str, Option<&str>)> {
    said.out
        .sightings
        .iter()
        .map(|sighting| (sighting.ip, sighting.name.as_str(), sighting.domain.as_deref()))
        .collect()
}

#[test]
fn a_lease_tells_who_holds_the_address() {
    let request = message(
        1,
        7,
        [0; 4],
        &[
            (53, &[3]),
            (61, &[1, 2, 0x77, 0, 0, 0, 0x32]),
            (50, &[10, 0, 0, 77]),
            (12, b"CLIENT"),
            (60, b"MSFT 5.0"),
            (55, &[1, 3, 6]),
            (82, b"\x01\x02ab\x02\x01c"),
        ],
    );
    let ack = message(
        2,
        7,
        [10, 0, 0, 77],
        &[
            (53, &[5]),
            (51, &[0, 0, 0x0e, 0x10]),
            (54, &[10, 0, 0, 10]),
            (6, &[10, 0, 0, 10, 10, 0, 0, 11]),
            (15, b"lab.example"),
        ],
    );
    let said = Conversation::udp(67).up(&request).down(&ack).finish();
    assert_eq!(said.activities.len(), 0);
    let (asked, granted) = (&said.messages[0], &said.messages[1]);
    for (name, value) in [
        ("protocol", json!("dhcp")),
        ("message", json!("DHCPREQUEST")),
        ("mac", json!("02:77:00:00:00:32")),
        ("relay_address", json!("10.0.0.1")),
        ("requested_address", json!("10.0.0.77")),
        ("host_name", json!("CLIENT")),
        ("vendor_class", json!("MSFT 5.0")),
        ("parameters", json!([1, 3, 6])),
        ("client_id", json!("01027700000032")),
        ("relay_circuit", json!("6162")),
    ] {
        assert_eq!(asked[name], value, "{name}");
    }
    assert_eq!(
        (&granted["message"], &granted["your_address"]),
        (&json!("DHCPACK"), &json!("10.0.0.77"))
    );
    assert_eq!(
        (&granted["lease_seconds"], &granted["dns_servers"]),
        (&json!(3600), &json!(["10.0.0.10", "10.0.0.11"]))
    );
    assert_eq!(
        seen(&said),
        [("10.0.0.77".parse().unwrap(), "CLIENT", Some("lab.example"))]
    );
    let lease = &said.out.sightings[0];
    assert_eq!(lease.mac, Some([2, 0x77, 0, 0, 0, 0x32]));
    assert_eq!(lease.until, Some(lease.time.after(Duration::from_secs(3_600))));
}

#[test]
fn a_lease_of_a_nameless_client_and_its_end_are_told_too() {
    let ack = message(2, 7, [10, 0, 0, 77], &[(53, &[5]), (51, &[0xff; 4])]);
    let mut release = message(1, 8, [0; 4], &[(53, &[7])]);
    release[12..16].copy_from_slice(&[10, 0, 0, 77]);
    let said = Conversation::udp(67).down(&ack).up(&release).finish();
    let ip = "10.0.0.77".parse().unwrap();
    assert_eq!(seen(&said), [(ip, "", None), (ip, "", None)]);
    let [lease, end] = &said.out.sightings[..] else {
        panic!("two sightings")
    };
    assert_eq!((lease.source, lease.until), (Source::Dhcp, None));
    assert_eq!((end.source, end.mac), (Source::DhcpRelease, None));
}

#[test]
fn an_acknowledgement_alone_may_name_its_client() {
    let name = [&[4, 255, 255][..], &labels("client.lab.example")].concat();
    let ack = message(2, 7, [10, 0, 0, 77], &[(53, &[5]), (81, &name)]);
    let said = Conversation::udp(68).from(67).up(&ack).finish();
    assert_eq!(said.messages[0]["client_fqdn"], "client.lab.example");
    assert_eq!(said.messages[0]["src"], "10.0.0.50:67");
    assert_eq!(
        seen(&said),
        [("10.0.0.77".parse().unwrap(), "client.lab.example", None)]
    );
}

#[test]
fn what_is_offered_or_refused_is_no_lease() {
    for kind in [2, 6] {
        let answer = message(2, 7, [10, 0, 0, 77], &[(53, &[kind]), (12, b"CLIENT")]);
        let request = message(1, 7, [0; 4], &[(53, &[3]), (12, b"CLIENT")]);
        let said = Conversation::udp(67).up(&request).down(&answer).finish();
        assert_eq!((said.messages.len(), seen(&said).len()), (2, 0));
    }
}

#[test]
fn version_six_reads_through_relays() {
    let said = Conversation::udp(547).up(&unhex(SOLICIT)).finish();
    assert_eq!(
        (&said.messages[0]["message"], &said.messages[0]["version"]),
        (&json!("SOLICIT"), &json!(6))
    );
    assert_eq!(said.messages[0]["client_fqdn"], "DC1.contoso.local");
    assert_eq!(said.messages[0]["mac"], "08:00:27:16:66:59");
    assert_eq!(said.messages[0]["vendor_class"], "MSFT 5.0");
    let option = |code: u8, data: &[u8]| [&[0, code, 0, u8::try_from(data.len()).unwrap()], data].concat();
    let address: std::net::Ipv6Addr = "fd77::50".parse().unwrap();
    let lease = [&address.octets()[..], &[0, 0, 0, 60, 0, 0, 0, 120]].concat();
    let association = [&[0; 12][..], &option(5, &lease)].concat();
    let name = [&[0][..], &labels("client.lab.example")].concat();
    let reply = [&[7, 0xdf, 0x37, 0x2f][..], &option(3, &association), &option(39, &name)].concat();
    let relayed = [&[13, 0][..], &[0; 16], &address.octets(), &option(9, &reply)].concat();
    let said = Conversation::udp(547).down(&relayed).finish();
    let message = &said.messages[0];
    assert_eq!(
        (&message["message"], &message["relay_peer"]),
        (&json!("REPLY"), &json!("fd77::50"))
    );
    assert_eq!(
        (&message["addresses"], &message["lease_seconds"]),
        (&json!(["fd77::50"]), &json!(120))
    );
    assert_eq!(seen(&said), [("fd77::50".parse().unwrap(), "client.lab.example", None)]);
}

#[test]
fn damage_is_counted() {
    let request = message(1, 7, [0; 4], &[(53, &[3])]);
    let mut cookie = request.clone();
    cookie[236] = 0;
    let said = Conversation::udp(67)
        .up(&request)
        .up(&cookie)
        .up(&request[..100])
        .up(&[7])
        .finish();
    assert_eq!(
        said.out
            .counters
            .malformed()
            .iter()
            .map(|(.., count)| count)
            .sum::<u64>(),
        3
    );
    let mut nested = unhex(SOLICIT);
    for _ in 0..20 {
        let length = u16::try_from(nested.len()).unwrap().to_be_bytes();
        nested = [&[12, 0][..], &[0; 32], &[0, 9], &length, &nested].concat();
    }
    let said = Conversation::udp(547).up(&nested).finish();
    assert_eq!(said.messages[0]["what"], "relays");
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        drop(Conversation::udp(67).up(&bytes).down(&bytes).finish());
        drop(Conversation::udp(547).up(&bytes).down(&bytes).finish());
        if let Ok(message) = six::Message::parse(&bytes) {
            let _ = (message.addresses().count(), message.fqdn(), message.mac());
        }
    }

    #[test]
    fn random_options_never_panic(options: Vec<u8>, at in 0_usize..80, octet: u8) {
        let mut bytes = message(2, 7, [10, 0, 0, 77], &[(53, &[5])]);
        bytes.pop();
        bytes.extend(options);
        drop(Conversation::udp(67).up(&bytes).finish());
        let mut solicit = unhex(SOLICIT);
        if let Some(slot) = solicit.get_mut(at) {
            *slot = octet;
        }
        drop(Conversation::udp(547).up(&solicit).finish());
    }
}
