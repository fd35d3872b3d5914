//! Handshakes as OpenSSL speaks them, fingerprints as their authors publish them, and damage of every kind.

use capture::Direction;
use proptest::prelude::{any, prop, proptest};
use serde_json::{Value, json};

use super::fingerprint;
use super::wire::ClientHello;
use crate::testing::{Conversation, Said, unhex};

/// What the sides of a connection sent: lines of a direction and its octets.
const CLIENT_CERTIFICATE: &str = include_str!("vectors/tls12_client_certificate.txt");
const RESUMED: &str = include_str!("vectors/tls12_resumed.txt");
const RETRY: &str = include_str!("vectors/tls13_retry.txt");

fn flights(text: &str) -> Vec<(Direction, Vec<u8>)> {
    let lines = text.lines().map(|line| line.split_once(' ').unwrap());
    let direction = |way| if way == "up" { Direction::Up } else { Direction::Down };
    lines.map(|(way, hex)| (direction(way), unhex(hex))).collect()
}

fn spoken(text: &str, size: usize) -> Said {
    let mut conversation = Conversation::tcp(636);
    for (direction, bytes) in flights(text) {
        conversation = conversation.cut(direction, &bytes, size);
    }
    conversation.finish()
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [[kind, 3, 3].as_slice(), &(body.len() as u16).to_be_bytes(), body].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 0], (body.len() as u16).to_be_bytes().as_slice(), body].concat()
}

fn names(said: &Said) -> Vec<&str> {
    said.messages.iter().map(|it| it["message"].as_str().unwrap()).collect()
}

#[test]
fn both_sides_show_certificates() {
    let said = spoken(CLIENT_CERTIFICATE, 100_000);
    assert_eq!(
        names(&said),
        ["client_hello", "server_hello", "certificate", "certificate"]
    );
    let [hello, _, leaf, _] = said.messages.as_slice() else {
        panic!()
    };
    assert_eq!(hello["ja3"], "4b8d470696ed27ff4ab2f65da377b774");
    assert_eq!(
        (&hello["alpn"], &hello["alpn_offered"]),
        (&json!("ldap"), &json!(["ldap"]))
    );
    assert_eq!(leaf["certificates"], 2);
    let [session] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(
        (&session["kind"], &session["outcome"], &session["observed"]["host"]),
        (&json!("tls_session"), &json!("success"), &json!("dc1.lab.example"))
    );
    let details = &session["details"];
    assert_eq!(
        details["certificate"],
        json!({
            "subject": "CN=dc1.lab.example",
            "issuer": "CN=LAB-CA,DC=lab,DC=example",
            "serial": "6100000000000f8b",
            "not_before": "2026-11-21T07:30:16.000000Z",
            "not_after": "2027-11-21T07:30:16.000000Z",
            "alternative_names": ["dc1.lab.example", "lab.example", "10.0.0.10"],
            "sha1": "63a3b77d2f19dd287279677a9ea0aae7d27b62b0",
            "sha256": "9b30c996b0c407fb701123550d1c57127af73ad2f066ac81bfd2df00795b9518",
        })
    );
    let client = &details["client_certificate"];
    assert_eq!(client["subject"], "CN=alice,OU=Staff,DC=lab,DC=example");
    assert_eq!(client["alternative_names"], json!(["alice@lab.example"]));
    assert_eq!(
        (
            &details["version_name"],
            &details["cipher_suite_name"],
            &details["server_port"]
        ),
        (
            &json!("TLS 1.2"),
            &json!("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
            &json!(636)
        )
    );
    assert_eq!(details["ja3s"], "abade5a4a7f42baf54766e5d108283b6");
    assert_eq!(
        (&details["sni"], &details["resumed"]),
        (&json!("dc1.lab.example"), &Value::Null)
    );
}

#[test]
fn a_session_is_resumed() {
    let said = spoken(RESUMED, 100_000);
    assert_eq!(names(&said), ["client_hello", "server_hello"]);
    let details = &said.activities[0]["details"];
    assert_eq!(
        (&details["resumed"], &details["certificate"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(details["ja3s"], "f14f2862ee2df5d0f63a88b60c8eee56");
}

#[test]
fn the_server_asks_for_another_hello() {
    let said = spoken(RETRY, 100_000);
    assert_eq!(
        names(&said),
        ["client_hello", "server_hello", "client_hello", "server_hello"]
    );
    let [session] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    let details = &session["details"];
    assert_eq!(
        (&details["version_name"], &details["hello_retry"], &session["outcome"]),
        (&json!("TLS 1.3"), &json!(true), &json!("success"))
    );
    assert_eq!(details["ja3"], "a1d35c4caf27bc00886917fc52ea308f");
    assert_eq!(said.out.counters.opaque_bytes().len(), 1);
}

#[test]
fn where_it_is_cut_does_not_matter() {
    let unframed = |said: &Said| -> Vec<Value> {
        let lines = said.messages.iter().chain(&said.activities).cloned();
        let bare = |mut line: Value| {
            for name in ["frame", "time", "duration_us"] {
                line.as_object_mut().unwrap().remove(name);
            }
            line
        };
        lines.map(bare).collect()
    };
    for text in [CLIENT_CERTIFICATE, RESUMED, RETRY] {
        let whole = unframed(&spoken(text, 100_000));
        for size in [1, 2, 5, 6, 7, 100] {
            assert_eq!(unframed(&spoken(text, size)), whole, "cut into {size}");
        }
    }
}

/// Messages over several records, and several in one.
#[test]
fn records_are_not_messages() {
    let mut conversation = Conversation::tcp(4711);
    for (direction, bytes) in flights(CLIENT_CERTIFICATE) {
        let mut stream = Vec::new();
        let mut rest = bytes.as_slice();
        while let [22, _, _, high, low, ..] = *rest {
            let (body, after) = rest[5..].split_at(usize::from(u16::from_be_bytes([high, low])));
            let pieces = if body.len() > 30 {
                body.chunks(33)
            } else {
                body.chunks(usize::MAX)
            };
            stream.extend(pieces.flat_map(|piece| record(22, piece)));
            rest = after;
            if rest.first() != Some(&22) {
                break;
            }
        }
        stream.extend(rest);
        conversation = conversation.cut(direction, &stream, 100_000);
    }
    let said = conversation.finish();
    assert_eq!(
        names(&said),
        ["client_hello", "server_hello", "certificate", "certificate"]
    );
    assert_eq!(said.activities[0]["outcome"], "success");
}

#[test]
fn an_alert_ends_it() {
    let (_, hello) = flights(RETRY).swap_remove(0);
    let said = Conversation::tcp(443).up(&hello).down(&record(21, &[2, 40])).finish();
    let [session] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(
        (&session["outcome"], &session["status"]),
        (&json!("failure"), &json!({"code": 40, "name": "handshake_failure"}))
    );
    assert_eq!(said.messages[1]["description_name"], "handshake_failure");
}

#[test]
fn one_side_alone() {
    for only in [Direction::Up, Direction::Down] {
        let mut conversation = Conversation::tcp(636);
        for (direction, bytes) in flights(CLIENT_CERTIFICATE) {
            if direction == only {
                conversation = conversation.cut(direction, &bytes, 100_000);
            }
        }
        let said = conversation.finish();
        assert_eq!(said.activities.len(), 1);
        assert_eq!(said.activities[0]["outcome"], "unknown");
        assert_eq!(said.messages.len(), 2);
    }
}

#[test]
fn a_lost_hello_costs_the_hello() {
    let flights = flights(CLIENT_CERTIFICATE);
    let (_, server) = &flights[1];
    let first = 5 + usize::from(u16::from_be_bytes([server[3], server[4]]));
    let said = Conversation::tcp(636)
        .up(&flights[0].1)
        .gap(Direction::Down, first as u64)
        .down(&server[first..])
        .up(&flights[2].1)
        .finish();
    assert_eq!(names(&said), ["client_hello", "certificate", "certificate"]);
    assert_eq!(
        said.activities[0]["details"]["certificate"]["subject"],
        "CN=dc1.lab.example"
    );
}

#[test]
fn the_middle_of_a_connection() {
    let said = Conversation::tcp(636)
        .midstream()
        .up(&unhex("1703030004deadbeef 1703030004deadbeef"))
        .finish();
    assert_eq!(
        said.out.counters.opaque_bytes().last().map(|(reason, _)| *reason),
        Some("tls")
    );
    assert!(said.messages.is_empty() && said.activities.is_empty());
}

/// A client that tells little, as the fingerprint's authors describe it; and what its fields come to by hand.
#[test]
fn a_hello_without_extensions() {
    let mut body = unhex("0301");
    body.extend([7; 32]);
    body.extend(unhex("00 0004 000a 0a0a 01 00"));
    let hello = ClientHello::read(&body).unwrap();
    assert_eq!(fingerprint::ja3_text(&hello), "769,10,,,");
    assert_eq!(fingerprint::ja4(&hello), "t10i010000_a8f3e973773c_000000000000");
}

/// The example of JA4's description, put together from the lists it gives.
/// supported_groups, signature_algorithms, ec_point_formats, supported_versions and ALPN, each with an octet or two behind its list.
#[test]
fn a_list_ends_where_its_length_says() {
    let extension = |kind: u8, value: &[u8]| [&[0, kind, 0, value.len() as u8][..], value].concat();
    let extensions = [
        extension(10, &[0, 2, 0, 29, 0, 99]),
        extension(13, &[0, 2, 4, 3, 9, 9]),
        extension(11, &[1, 0, 7]),
        extension(43, &[2, 3, 4, 3, 0]),
        extension(16, b"\0\x03\x02h2\x01x"),
    ]
    .concat();
    let length = (extensions.len() as u16).to_be_bytes();
    let body = [&[3, 3][..], &[7; 32], &[0, 0, 2, 0x13, 1, 1, 0], &length, &extensions].concat();
    let hello = record(22, &handshake(1, &body));
    let said = Conversation::tcp(636).up(&hello).finish();
    let [hello] = said.messages.as_slice() else {
        panic!("{:?}", said.messages)
    };
    assert_eq!(hello["groups"], json!([29]));
    assert_eq!(hello["signature_algorithms"], json!([0x0403]));
    assert_eq!(hello["point_formats"], json!([0]));
    assert_eq!(hello["supported_versions"], json!([0x0304]));
    assert_eq!(hello["alpn_offered"], json!(["h2"]));
    assert_eq!(hello["ja3_full"], "771,4865,10-13-11-43-16,29,0");
}

#[test]
fn ja4_as_published() {
    let suites = [
        0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
        0x0035,
    ];
    let kinds: [u16; 16] = [
        0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b,
        0x000a, 0x0015,
    ];
    let numbers = |list: &[u16]| -> Vec<u8> { list.iter().flat_map(|number| number.to_be_bytes()).collect() };
    let listed = |list: &[u8]| [(list.len() as u16).to_be_bytes().as_slice(), list].concat();
    let mut extensions = numbers(&[0x3a3a, 0]);
    for kind in kinds {
        let value = match kind {
            13 => listed(&numbers(&[
                0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
            ])),
            16 => listed(b"\x02h2\x08http/1.1"),
            43 => unhex("06 2a2a 0304 0303"),
            _ => Vec::new(),
        };
        extensions.extend(kind.to_be_bytes());
        extensions.extend(listed(&value));
    }
    let mut body = unhex("0303");
    body.extend([7; 32]);
    body.push(0);
    body.extend(listed(&[numbers(&[0x1a1a]), numbers(&suites)].concat()));
    body.extend([1, 0]);
    body.extend(listed(&extensions));
    let hello = ClientHello::read(&body).unwrap();
    assert_eq!(fingerprint::ja4(&hello), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

#[test]
fn bombs() {
    let long = [[11, 0xff, 0xff, 0xff].as_slice(), &[0; 12_000]].concat();
    let (_, hello) = flights(RETRY).swap_remove(0);
    let said = Conversation::tcp(443).up(&hello).down(&record(22, &long)).finish();
    assert_eq!(said.out.counters.limits(), [("tls.handshake", 1)]);
    let deep: Vec<u8> = [0x30, 0x80].repeat(4000);
    let chain = [unhex("001f43 001f40"), deep].concat();
    let said = Conversation::tcp(443)
        .up(&hello)
        .down(&record(22, &handshake(11, &chain)))
        .finish();
    assert_eq!(said.out.counters.malformed().len(), 1);
}

proptest! {
    #[test]
    fn mutations_do_not_panic(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(), size in 1_usize..300,
    ) {
        let mut conversation = Conversation::tcp(636);
        for (direction, mut bytes) in flights(CLIENT_CERTIFICATE) {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len() + 1));
            conversation = conversation.cut(direction, &bytes, size);
        }
        conversation.finish();
    }

    #[test]
    fn damaged_streams_do_not_depend_on_cuts(at in any::<prop::sample::Index>(), byte in any::<u8>(), size in 1_usize..200) {
        let speak = |size: usize| {
            let mut conversation = Conversation::tcp(636);
            for (direction, mut bytes) in flights(CLIENT_CERTIFICATE) {
                let at = at.index(bytes.len());
                bytes[at] = byte;
                conversation = conversation.cut(direction, &bytes, size);
            }
            let said = conversation.finish();
            (names(&said).join(" "), said.out.counters.opaque_bytes(), said.out.counters.malformed())
        };
        assert_eq!(speak(size), speak(100_000));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        Conversation::tcp(636)
            .up(&record(22, &handshake(1, &bytes)))
            .down(&[record(22, &handshake(2, &bytes)), record(22, &handshake(11, &bytes)), record(22, &bytes)].concat())
            .finish();
    }
}
