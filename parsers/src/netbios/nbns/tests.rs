//! The name service from the wire to activities. Vectors: a workgroup's Windows 98, and what it might be answered.

use proptest::prelude::*;
use serde_json::json;

use super::wire::Message;
use crate::testing::{Conversation, unhex};

/// Sixteen octets in first-level encoding, as a label and an empty scope.
fn encoded(text: &str, suffix: u8) -> Vec<u8> {
    let mut octets = [b' '; 16];
    octets[..text.len()].copy_from_slice(text.as_bytes());
    octets[15] = suffix;
    let mut name = vec![32];
    name.extend(
        octets
            .iter()
            .flat_map(|octet| [b'A' + (octet >> 4), b'A' + (octet & 15)]),
    );
    name.push(0);
    name
}

/// `flags`, a question, and a record about the same name by pointer, where there are such.
fn message(id: u16, flags: u16, question: Option<(&[u8], u16)>, record: Option<(&[u8], u16, &[u8])>) -> Vec<u8> {
    let count = |there: bool| u16::from(there).to_be_bytes();
    let mut bytes = [id.to_be_bytes(), flags.to_be_bytes(), count(question.is_some())].concat();
    let registers = question.is_some() && record.is_some();
    let counts = [record.is_some() && !registers, false, registers].map(count);
    bytes.extend(counts.concat());
    if let Some((name, qtype)) = question {
        bytes.extend([name, &qtype.to_be_bytes(), &[0, 1]].concat());
    }
    if let Some((name, rtype, data)) = record {
        bytes.extend([name, &rtype.to_be_bytes(), &[0, 1, 0, 4, 0x93, 0xe0]].concat());
        bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
    }
    bytes
}

#[test]
fn a_query_meets_its_answer() {
    let query = message(7, 0x0110, Some((&encoded("SRV1", 0x20), 0x20)), None);
    let answer = message(
        7,
        0x8500,
        None,
        Some((&encoded("SRV1", 0x20), 0x20, &[0x60, 0, 10, 0, 0, 10])),
    );
    let said = Conversation::udp(137).up(&query).up(&query).down(&answer).finish();
    assert_eq!((said.messages.len(), said.activities.len()), (3, 1));
    let (asked, told) = (&said.messages[0], &said.messages[2]);
    assert_eq!(
        (&asked["protocol"], &asked["message"], &told["message"]),
        (&json!("nbns"), &json!("query"), &json!("response"))
    );
    assert_eq!(
        (&asked["name"], &asked["flags"]),
        (&json!("SRV1"), &json!(["rd", "broadcast"]))
    );
    let activity = &said.activities[0];
    assert_eq!(
        (&activity["kind"], &activity["outcome"]),
        (&json!("nbns"), &json!("success"))
    );
    assert_eq!(activity["observed"]["host"], "SRV1");
    assert_eq!(
        activity["details"],
        json!({
            "operation": "query", "name": "SRV1", "suffix": 32, "suffix_name": "file server service", "qtype": 32,
            "qtype_name": "NB", "answers": [{"address": "10.0.0.10", "node_type": "H"}],
        })
    );
}

#[test]
fn an_answer_alone_says_who_answered() {
    let answer = message(
        7,
        0x8500,
        None,
        Some((&encoded("WPAD", 0), 0x20, &[0, 0, 10, 0, 0, 66])),
    );
    let said = Conversation::udp(137).up(&answer).finish();
    let activity = &said.activities[0];
    assert_eq!(activity["outcome"], "success");
    assert_eq!(activity["server"]["ip"], "10.0.0.50", "who sent it answered");
    assert_eq!(activity["details"]["answers"][0]["address"], "10.0.0.66");
}

#[test]
fn a_node_tells_its_names() {
    let mut table = vec![3];
    for (name, suffix, flags) in [
        ("CLIENT", 0x00, 0x0400_u16),
        ("LAB", 0x00, 0x8400),
        ("CLIENT", 0x20, 0x0400),
    ] {
        table.extend(format!("{name:<15}").bytes().chain([suffix]));
        table.extend(flags.to_be_bytes());
    }
    table.extend([0, 0x0c, 0x29, 1, 2, 3]);
    table.extend([0; 40]);
    let mut star = encoded("*", 0);
    star[3..33].fill(b'A');
    let query = message(9, 0, Some((&star, 0x21)), None);
    let answer = message(9, 0x8400, None, Some((&star, 0x21, &table)));
    let said = Conversation::udp(137).up(&query).down(&answer).finish();
    let details = &said.activities[0]["details"];
    assert_eq!(
        (&details["operation"], &details["name"]),
        (&json!("node_status"), &json!("*"))
    );
    assert_eq!(details["mac"], "00:0c:29:01:02:03");
    assert_eq!(
        details["names"],
        json!([
            {"name": "CLIENT", "suffix": 0, "suffix_name": "workstation service"},
            {"name": "LAB", "suffix": 0, "suffix_name": "domain name", "group": true},
            {"name": "CLIENT", "suffix": 32, "suffix_name": "file server service"},
        ])
    );
}

#[test]
fn registrations_and_refusals_are_told() {
    let pointer = [0xc0, 0x0c];
    let register = message(
        3,
        0x2910,
        Some((&encoded("LAB", 0x1c), 0x20)),
        Some((&pointer, 0x20, &[0xe0, 0, 10, 0, 0, 50])),
    );
    let wait = message(3, 0xbc00, None, Some((&encoded("LAB", 0x1c), 0x0a, &[0x29, 0])));
    let refuse = message(
        3,
        0xad86,
        None,
        Some((&encoded("LAB", 0x1c), 0x20, &[0xe0, 0, 10, 0, 0, 50])),
    );
    let said = Conversation::udp(137).up(&register).down(&wait).down(&refuse).finish();
    assert_eq!(said.messages[1]["opcode_name"], "WACK");
    assert_eq!(said.activities.len(), 1);
    let activity = &said.activities[0];
    assert_eq!(
        (&activity["outcome"], &activity["status"]["name"]),
        (&json!("failure"), &json!("ACT_ERR"))
    );
    assert_eq!(activity["details"]["suffix_name"], "domain controllers");
    assert_eq!(
        activity["details"]["registers"],
        json!([{"address": "10.0.0.50", "group": true, "node_type": "H"}])
    );
    let said = Conversation::udp(137).up(&register).wait(31).finish();
    assert_eq!(said.activities[0]["outcome"], "unknown");
}

#[test]
fn the_encoding_is_known_on_any_port_and_damage_is_counted() {
    let query = message(7, 0x0110, Some((&encoded("SRV1", 0x20), 0x20)), None);
    let said = Conversation::udp(9_999).up(&query).finish();
    assert_eq!(said.messages[0]["name"], "SRV1");
    let looped = message(7, 0x8500, None, Some((&[0xc0, 0x0c], 0x20, &[0; 6])));
    let said = Conversation::udp(137)
        .up(&query)
        .up(&query[..30])
        .up(&looped)
        .up(&[0; 5])
        .finish();
    let counted: Vec<_> = said
        .out
        .counters
        .malformed()
        .into_iter()
        .map(|(_, what, count)| (what, count))
        .collect();
    assert_eq!(counted, [("header", 1), ("name", 1), ("name pointer", 1)]);
}

#[test]
fn a_recorded_registration_reads() {
    // Windows 98 registers its workgroup.
    let recorded = unhex(
        "00022900000100000000000120464845504643454c4548464345504646464143414341434143414341434141410000200001
         c00c00200001000493e000068000c0a8ef81",
    );
    let said = Conversation::udp(137).up(&recorded).finish();
    assert_eq!(said.messages[0]["opcode_name"], "registration");
    assert_eq!(said.messages[0]["name"], "WORKGROUP");
    assert_eq!(said.messages[0]["answers"][0]["address"], "192.168.239.129");
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        drop(Conversation::udp(137).up(&bytes).down(&bytes).finish());
        let _ = Message::parse(&bytes);
    }

    #[test]
    fn changed_octets_never_panic(at in 0_usize..60, octet: u8, cut in 0_usize..60) {
        let mut answer = message(7, 0x8500, None, Some((&encoded("SRV1", 0x20), 0x20, &[0x60, 0, 10, 0, 0, 10])));
        let end = cut.min(answer.len());
        if let Some(slot) = answer.get_mut(at) {
            *slot = octet;
        }
        drop(Conversation::udp(137).up(&answer).down(&answer[..end]).finish());
    }
}
