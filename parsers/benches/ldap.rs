//! What a search costs per entry of its answer: with all attributes, where secrets may be among them, and with some that hold none.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use capture::{CaptureId, Chunk, Direction, Endpoint, Flow, FrameId, Payload, Timestamp, Transport, Tunnel};
use criterion::{Criterion, Throughput};
use parsers::context::Output;
use parsers::session::Session;

/// Entries of an answer.
const ENTRIES: usize = 294;

/// What a segment carries.
const SEGMENT: usize = 1460;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("ldap");
    group.throughput(Throughput::Elements(ENTRIES as u64));
    for (name, attributes) in [
        ("all attributes", &["*"][..]),
        ("some attributes", &["cn", "whenChanged"]),
    ] {
        let talk = conversation(attributes);
        assert_eq!(read(&talk), 1, "the search is one activity");
        group.bench_function(name, |bencher| bencher.iter(|| read(black_box(&talk))));
    }
    group.finish();
    criterion.final_summary();
}

/// Which way, and what.
fn conversation(attributes: &[&str]) -> Vec<(Direction, Vec<u8>)> {
    let answer: Vec<u8> = (0..ENTRIES)
        .map(entry)
        .chain([message(&tlv(0x65, &[0x0a, 1, 0, 4, 0, 4, 0]))])
        .flatten()
        .collect();
    let answer = answer.chunks(SEGMENT).map(|part| (Direction::Down, part.to_vec()));
    [(Direction::Up, search(attributes))]
        .into_iter()
        .chain(answer)
        .collect()
}

/// How many activities come of a conversation.
fn read(talk: &[(Direction, Vec<u8>)]) -> usize {
    let (mut flow, mut session, mut out) = (flow(), Session::default(), Output::new(false));
    for (at, (direction, bytes)) in talk.iter().enumerate() {
        let chunk = Chunk {
            direction: *direction,
            time: Timestamp(at as i64),
            frame: FrameId {
                capture: CaptureId(0),
                number: at as u64,
            },
            payload: Payload::Bytes(bytes),
        };
        session.chunk(&mut flow, &chunk, &mut out);
    }
    session.finish(&flow, Timestamp(talk.len() as i64), &mut out);
    out.activities.len()
}

fn flow() -> Flow {
    let end = |last, port| Endpoint {
        ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
        port,
        mac: None,
    };
    Flow {
        id: 1,
        transport: Transport::Tcp,
        client: end(50, 50_000),
        server: end(10, 389),
        tunnel: Tunnel::default(),
        capture: CaptureId(0),
        midstream: false,
    }
}

fn search(attributes: &[&str]) -> Vec<u8> {
    let asked: Vec<u8> = attributes.iter().flat_map(|name| octets(name)).collect();
    let body = [
        octets("DC=lab,DC=example"),
        vec![0x0a, 1, 2, 0x0a, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0],
        tlv(0x87, b"objectClass"),
        tlv(0x30, &asked),
    ];
    message(&tlv(0x63, &body.concat()))
}

/// A user's object, as a controller answers it.
fn entry(number: usize) -> Vec<u8> {
    let dn = format!("CN=User {number},OU=Staff,DC=lab,DC=example");
    let list: Vec<u8> = USER
        .iter()
        .flat_map(|(name, values)| {
            let values: Vec<u8> = values.iter().flat_map(|value| octets(value)).collect();
            tlv(0x30, &[octets(name), tlv(0x31, &values)].concat())
        })
        .collect();
    message(&tlv(0x64, &[octets(&dn), tlv(0x30, &list)].concat()))
}

/// Attributes of a user, in the order in which Windows Server 2022 gives them.
const USER: &[(&str, &[&str])] = &[
    ("objectClass", &["top", "person", "organizationalPerson", "user"]),
    ("cn", &["User"]),
    ("sn", &["User"]),
    ("title", &["Engineer"]),
    ("description", &["Works in the second building"]),
    ("telephoneNumber", &["+49 30 1234567"]),
    ("givenName", &["Some"]),
    ("distinguishedName", &["CN=User,OU=Staff,DC=lab,DC=example"]),
    ("instanceType", &["4"]),
    ("whenCreated", &["20240301080000.0Z"]),
    ("whenChanged", &["20251120101500.0Z"]),
    ("displayName", &["Some User"]),
    ("uSNCreated", &["12889"]),
    (
        "memberOf",
        &[
            "CN=Staff,OU=Groups,DC=lab,DC=example",
            "CN=VPN,OU=Groups,DC=lab,DC=example",
        ],
    ),
    ("uSNChanged", &["420010"]),
    ("department", &["Development"]),
    ("company", &["Example"]),
    ("name", &["User"]),
    ("objectGUID", &["0123456789abcdef"]),
    ("userAccountControl", &["66048"]),
    ("badPwdCount", &["0"]),
    ("codePage", &["0"]),
    ("countryCode", &["0"]),
    ("badPasswordTime", &["133771234567890123"]),
    ("lastLogoff", &["0"]),
    ("lastLogon", &["133771234567890123"]),
    ("pwdLastSet", &["133771234567890123"]),
    ("primaryGroupID", &["513"]),
    ("objectSid", &["0123456789abcdef01234567ab"]),
    ("accountExpires", &["9223372036854775807"]),
    ("logonCount", &["211"]),
    ("sAMAccountName", &["user"]),
    ("sAMAccountType", &["805306368"]),
    ("userPrincipalName", &["user@lab.example"]),
    (
        "objectCategory",
        &["CN=Person,CN=Schema,CN=Configuration,DC=lab,DC=example"],
    ),
    ("dSCorePropagationData", &["20240301080000.0Z", "16010101000000.0Z"]),
    ("lastLogonTimestamp", &["133770000000000000"]),
    ("mail", &["user@lab.example"]),
];

fn message(operation: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&[2, 1, 7], operation].concat())
}

fn octets(text: &str) -> Vec<u8> {
    tlv(4, text.as_bytes())
}

/// As Windows writes lengths: of four octets wherever contents are constructed.
fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = (contents.len() as u32).to_be_bytes();
    match tag & 0x20 {
        0 => [&[tag, contents.len() as u8], contents].concat(),
        _ => [&[tag, 0x84], &length[..], contents].concat(),
    }
}
