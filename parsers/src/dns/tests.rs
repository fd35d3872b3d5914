//! DNS flows from the wire to activities. Vectors: a domain member that looks for its controllers and registers itself.

use capture::Direction;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::testing::{Conversation, Said, unhex};

/// NS lab.example.
const QUERY: &str = "85af01000001000000000000036c6162076578616d706c650000020001";
const ANSWER: &str = "85af85000001000200010000036c6162076578616d706c650000020001c00c0002000100000384000603646331c00c
    c00c0002000100000384000603646332c00cc00c0006000100000e100023c0290a686f73746d6173746572c00c000000020000038400000258
    0001518000000e10";

/// An update of client.lab.example, unsigned, and its refusal; then the same one signed.
const UPDATE: &str =
    "986928000001000100020000036c6162076578616d706c65000006000106636c69656e74036c6162076578616d706c6500
    000500fe00000000000006636c69656e74036c6162076578616d706c650000ff00ff00000000000006636c69656e74036c6162076578616d70
    6c65000001000100000e1000040a4d0032";
const REFUSAL: &str =
    "9869a8050001000100020000036c6162076578616d706c65000006000106636c69656e74036c6162076578616d706c6500
    000500fe00000000000006636c69656e74036c6162076578616d706c650000ff00ff00000000000006636c69656e74036c6162076578616d70
    6c65000001000100000e1000040a4d0032";
const SIGNED: &str =
    "487328000001000100020001036c6162076578616d706c65000006000106636c69656e74036c6162076578616d706c65000
    00500fe00000000000006636c69656e74036c6162076578616d706c650000ff00ff00000000000006636c69656e74036c6162076578616d706c
    65000001000100000e1000040a4d00322437366235643030632d366164632d343139612d393662322d3565303735316465346336330000fa00
    ff00000000003f03677373096d6963726f736f667403636f6d0000006b00d5e20e10001c040404ffffffffff00000000050756f8b2c251536b
    fc0868c0727ab3487300000000";
const ACCEPTED: &str =
    "4873a8000001000100020001036c6162076578616d706c65000006000106636c69656e74c00c000500fe000000000000c01
    d00ff00ff000000000000c01d0001000100000e1000040a4d00322437366235643030632d366164632d343139612d393662322d356530373531
    6465346336330000fa00ff000000000036086773732d747369670000006b00d5e2012c001c040405ffffffffff0000000005ada163b5b46a732
    f971309034b806a487300000000";

/// The message behind its length, as TCP carries it.
fn stream(messages: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        let message = unhex(message);
        bytes.extend(u16::try_from(message.len()).unwrap().to_be_bytes());
        bytes.extend(message);
    }
    bytes
}

fn counts(said: &Said) -> (usize, usize) {
    (said.messages.len(), said.activities.len())
}

#[test]
fn a_query_meets_its_answer() {
    let said = Conversation::udp(53).up(&unhex(QUERY)).down(&unhex(ANSWER)).finish();
    assert_eq!(counts(&said), (2, 1));
    let message = &said.messages[1];
    assert_eq!(message["message"], "response");
    assert_eq!(
        (&message["qname"], &message["qtype"]),
        (&json!("lab.example"), &json!(2))
    );
    assert_eq!(message["flags"], json!(["aa", "rd"]));
    assert_eq!(
        message["authorities"][0]["data"],
        "dc1.lab.example hostmaster.lab.example 2 900 600 86400 3600"
    );
    let activity = &said.activities[0];
    assert_eq!(
        (&activity["kind"], &activity["outcome"]),
        (&json!("dns_query"), &json!("success"))
    );
    assert_eq!(activity["duration_us"], 1000);
    assert_eq!(activity["action_type"], "DNS query");
    assert_eq!(activity["status"], json!({"code": 0, "name": "NOERROR"}));
    assert_eq!(activity["observed"]["host"], "lab.example");
    assert_eq!(
        activity["details"],
        json!({
            "qname": "lab.example", "qtype": 2, "qtype_name": "NS",
            "answers": [
                {"name": "lab.example", "type": "NS", "data": "dc1.lab.example"},
                {"name": "lab.example", "type": "NS", "data": "dc2.lab.example"},
            ],
            "rcode": 0, "rcode_name": "NOERROR",
        })
    );
}

#[test]
fn a_retransmitted_query_is_one_query_and_an_unanswered_one_is_said() {
    let said = Conversation::udp(53)
        .up(&unhex(QUERY))
        .up(&unhex(QUERY))
        .wait(31)
        .finish();
    assert_eq!(counts(&said), (2, 1));
    assert_eq!(said.activities[0]["outcome"], "unknown");
    assert_eq!(said.activities[0]["details"].get("rcode"), None);
}

#[test]
fn an_answer_without_its_query_says_what_it_repeats_of_it() {
    let said = Conversation::udp(53).midstream().down(&unhex(ANSWER)).finish();
    assert_eq!(said.activities[0]["details"]["qname"], "lab.example");
    assert_eq!(said.activities[0]["client"]["ip"], "10.0.0.50");
    assert_eq!(said.activities[0].get("duration_us"), None);
}

#[test]
fn a_message_without_its_length_does_not_swallow_the_next_one() {
    let whole = stream(&[SIGNED]);
    let (length, message) = whole.split_at(2);
    let said = Conversation::tcp(53)
        .midstream()
        .up(&unhex(UPDATE))
        .up(length)
        .up(message)
        .finish();
    assert_eq!(said.messages.len(), 1, "the identifier of the first is no length");
    assert_eq!(said.messages[0]["id"], 0x4873);
}

#[test]
fn servers_ask_each_other_both_ways_on_one_flow() {
    let said = Conversation::udp(53)
        .up(&unhex(QUERY))
        .down(&unhex(QUERY))
        .up(&unhex(ANSWER))
        .down(&unhex(ANSWER))
        .finish();
    let clients: Vec<_> = said
        .activities
        .iter()
        .map(|activity| &activity["client"]["ip"])
        .collect();
    assert_eq!(clients, ["10.0.0.10", "10.0.0.50"]);
}

#[test]
fn an_update_tells_what_it_adds_and_deletes() {
    let said = Conversation::tcp(53)
        .up(&stream(&[UPDATE]))
        .down(&stream(&[REFUSAL]))
        .finish();
    assert_eq!(said.messages[0]["message"], "update");
    assert_eq!(said.messages[1]["message"], "update_response");
    let activity = &said.activities[0];
    assert_eq!(
        (&activity["kind"], &activity["outcome"]),
        (&json!("dns_update"), &json!("failure"))
    );
    assert_eq!(activity["status"], json!({"code": 5, "name": "REFUSED"}));
    assert_eq!(activity.get("action_type"), None);
    assert_eq!(
        activity["details"],
        json!({
            "zone": "lab.example",
            "prerequisites": [{"name": "client.lab.example", "type": "CNAME", "absent": true}],
            "added": [{"name": "client.lab.example", "type": "A", "ttl": 3600, "data": "10.77.0.50"}],
            "deleted": [{"name": "client.lab.example", "type": "ANY"}],
            "rcode": 5, "rcode_name": "REFUSED",
        })
    );
}

#[test]
fn a_signature_names_its_key_and_nothing_else() {
    let said = Conversation::tcp(53)
        .up(&stream(&[SIGNED]))
        .down(&stream(&[ACCEPTED]))
        .finish();
    let details = &said.activities[0]["details"];
    assert_eq!(said.activities[0]["outcome"], "success");
    assert_eq!(details["tsig_algorithm"], "gss.microsoft.com");
    assert_eq!(details["tsig_key"], "76b5d00c-6adc-419a-96b2-5e0751de4c63");
    assert!(!said.messages[0].to_string().contains("56f8b2c251536b"));
}

/// A message about the TKEY `key`, whose GSS-API token is `token`, with `other` data behind it.
fn tkey(flags: u16, token: &[u8], other: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let fixed = unhex("08 6773732d74736967 00 00000000 00000000 0003 0000");
    let data = [&fixed, &length(token)[..], token, &length(other), other].concat();
    let name = unhex("036b6579 00");
    let message = [
        &[0, 9],
        &flags.to_be_bytes()[..],
        &[0, 1, 0, 0, 0, 0, 0, 1],
        &name,
        &[0, 249, 0, 255],
        &name,
        &[0, 249, 0, 255, 0, 0, 0, 0],
        &length(&data),
        &data,
    ]
    .concat();
    [&length(&message)[..], &message].concat()
}

#[test]
fn a_key_is_negotiated_with_a_ticket() {
    let vector = include_str!("../kerberos/vectors/ap_req.hex");
    let ticket = &unhex(vector.trim_start_matches('>'))[4..];
    for other in [&b""[..], b"other"] {
        let said = Conversation::tcp(53)
            .up(&tkey(0, ticket, other))
            .down(&tkey(0x8000, b"", other))
            .finish();
        let logon = said
            .activities
            .iter()
            .find(|told| told["kind"] == "kerberos_ap")
            .unwrap();
        assert_eq!(
            (&logon["outcome"], &logon["carrier"]),
            (&json!("success"), &json!(["dns"]))
        );
        assert_eq!(logon["observed"]["spn"], "cifs/dc1.lab.example");
        assert_eq!(said.messages[0]["tkey_mode"], 3);
    }
}

/// A transfer of `records` A records between two SOA records, a message each.
fn transfer(records: usize) -> Vec<String> {
    let question = "036c6162076578616d706c65 00 00fc 0001";
    let soa = "c00c 0006 0001 00000e10 0018 c00c c00c 00000002 00000384 00000258 00015180 00000e10";
    let a = "c00c 0001 0001 00000e10 0004 0a4d0032";
    let mut records = vec![a; records];
    records.insert(0, soa);
    records.push(soa);
    let message = |record| format!("0007 8400 0001 0001 0000 0000 {question} {record}");
    records.into_iter().map(message).collect()
}

#[test]
fn a_transfer_is_one_query_with_many_answers() {
    let query = "0007 0000 0001 0000 0000 0000 036c6162076578616d706c65 00 00fc 0001";
    let messages = transfer(5);
    let answers: Vec<_> = messages.iter().map(String::as_str).collect();
    let said = Conversation::tcp(53)
        .up(&stream(&[query]))
        .down(&stream(&answers))
        .up(&stream(&[QUERY]))
        .down(&stream(&[ANSWER]))
        .finish();
    assert_eq!(said.activities.len(), 2);
    let details = &said.activities[0]["details"];
    assert_eq!(
        (&details["qtype_name"], &details["records"]),
        (&json!("AXFR"), &json!(7))
    );
    assert_eq!(details["bytes"], stream(&answers).len());
    // Cut off before its end, it still says how far it came.
    let said = Conversation::tcp(53)
        .up(&stream(&[query]))
        .down(&stream(&answers[..3]))
        .finish();
    assert_eq!(
        (
            &said.activities[0]["outcome"],
            &said.activities[0]["details"]["records"]
        ),
        (&json!("success"), &json!(3))
    );
}

#[test]
fn kin_protocols_are_told_by_their_port() {
    for (port, name) in [(5353, "mdns"), (5355, "llmnr")] {
        let said = Conversation::udp(port).up(&unhex(QUERY)).finish();
        assert_eq!(counts(&said), (1, 1));
        assert_eq!(said.messages[0]["protocol"], name);
        assert_eq!(said.activities[0]["protocol"], name);
    }
}

/// Who has the name hs2011, asked of everyone on the link, and the answer of the one who says to be it.
const LLMNR: &str = "c34100000001000000000000066873323031310000010001";
const LLMNR_ANSWER: &str =
    "c341800000010001000000000668733230313100000100010648533230313100000100010000001e0004c0a80a65";

#[test]
fn an_llmnr_answer_says_who_answered() {
    let said = Conversation::udp(5355).up(&unhex(LLMNR)).wait(31).finish();
    assert_eq!(
        (&said.activities[0]["kind"], &said.activities[0]["outcome"]),
        (&json!("dns_query"), &json!("unknown"))
    );
    // The answer goes from the answerer's address to the asker's, on a flow of its own that begins with it.
    let said = Conversation::udp(50_001).from(5355).up(&unhex(LLMNR_ANSWER)).finish();
    let activity = &said.activities[0];
    assert_eq!(
        (&activity["protocol"], &activity["outcome"]),
        (&json!("llmnr"), &json!("success"))
    );
    assert_eq!(
        (&activity["server"]["ip"], &activity["server"]["port"]),
        (&json!("10.0.0.50"), &json!(5355))
    );
    assert_eq!(
        (&activity["details"]["qname"], &activity["observed"]["host"]),
        (&json!("hs2011"), &json!("hs2011"))
    );
    assert_eq!(
        activity["details"]["answers"],
        json!([{"name": "HS2011", "type": "A", "data": "192.168.10.101"}])
    );
}

#[test]
fn multicast_dns_waits_for_nobody() {
    let questions = "000000000002000000000000 0777706164 6e6574056c6f63616c0000010001 c00c001c8001";
    let announcement = "000084000000000100000000 057372763031056c6f63616c0000018001000000780004c0a80129";
    let said = Conversation::udp(5353)
        .from(5353)
        .up(&unhex(questions))
        .up(&unhex(announcement))
        .finish();
    assert_eq!(counts(&said), (2, 3));
    let qtypes: Vec<_> = said
        .activities
        .iter()
        .map(|activity| &activity["details"]["qtype_name"])
        .collect();
    assert_eq!(qtypes, [&json!("A"), &json!("AAAA"), &json!("A")]);
    assert_eq!(said.activities[1]["details"]["qname"], "wpadnet.local");
    let announced = &said.activities[2];
    assert_eq!(announced["server"]["ip"], "10.0.0.50");
    assert_eq!(
        (&announced["details"]["qname"], &announced["outcome"]),
        (&json!("srv01.local"), &json!("success"))
    );
    assert_eq!(announced["details"]["answers"][0]["data"], "192.168.1.41");
    let many = [unhex("000000000028000000000000"), unhex(&"00 0001 0001".repeat(40))].concat();
    let said = Conversation::udp(5353).up(&many).finish();
    assert_eq!(said.activities.len(), 16);
    assert_eq!(said.out.counters.limits(), [("mdns.questions", 1)]);
}

#[test]
fn on_a_foreign_port_it_must_be_beyond_doubt() {
    assert_eq!(
        counts(&Conversation::udp(443).up(&unhex(QUERY)).down(&unhex(ANSWER)).finish()),
        (2, 1)
    );
    let trailing = [unhex(QUERY), vec![0]].concat();
    assert_eq!(counts(&Conversation::udp(443).up(&trailing).finish()), (0, 0));
    // A NetBIOS node status query looks the same, but for its name.
    let status = format!("0001 0010 0001 0000 0000 0000 20 {} 00 0021 0001", "43 4b".repeat(16));
    let said = Conversation::udp(137).up(&unhex(&status)).finish();
    assert_eq!(said.messages[0]["protocol"], "nbns");
}

#[test]
fn a_record_that_is_cut_off_costs_only_itself() {
    let answer = unhex(ANSWER);
    let said = Conversation::udp(53).up(&unhex(QUERY)).down(&answer[..70]).finish();
    let answers = said.activities[0]["details"]["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 2);
}

/// A label type that is reserved (RFC 1035 §4.1.4), and a pointer forward.
#[test]
fn a_broken_question_costs_the_transaction_and_not_the_header() {
    for question in ["80 6c6162 00 0001 0001", "c012 0001 0001 00 00"] {
        let query = unhex(&format!("85af 0110 0001 0000 0000 0000 {question}"));
        let said = Conversation::udp(53).up(&query).down(&unhex(ANSWER)).finish();
        let [message, malformed, answer] = &said.messages[..] else {
            panic!("{:?}", said.messages);
        };
        assert_eq!((&message["message"], &message["id"]), (&json!("query"), &json!(0x85af)));
        assert_eq!(
            (&message["flags"], &message["malformed"]),
            (&json!(["rd", "cd"]), &json!("question"))
        );
        assert_eq!(message["qname"], Value::Null);
        assert_eq!(
            (&malformed["message"], &malformed["what"]),
            (&json!("malformed"), &json!("question"))
        );
        assert_eq!(answer["message"], "response");
        assert_eq!(said.activities.len(), 1, "the answer's alone");
    }
}

/// Nothing that could not be a header is told as one.
#[test]
fn a_header_that_announces_more_than_there_is_is_only_counted() {
    let query = unhex("85af 0100 0001 0000 0000 00ff 80 6c6162 00 0001 0001");
    let said = Conversation::udp(53).up(&query).down(&unhex(ANSWER)).finish();
    assert_eq!(said.messages[0]["message"], "malformed");
    assert_eq!(said.messages.len(), 2);
}

#[test]
fn more_records_than_are_told_are_counted() {
    let many = format!(
        "0001 8000 0000 00c8 0000 0000 {}",
        "00 0001 0001 00000000 0004 0a000001".repeat(200)
    );
    let said = Conversation::udp(53).down(&unhex(&many)).finish();
    let answers = said.activities[0]["details"]["answers"].as_array().map(Vec::len);
    assert_eq!(answers, Some(super::record::MAX_RECORDS));
    assert_eq!(said.out.counters.limits(), [("dns.records", 1)]);
}

/// A conversation over TCP with both sides cut into segments of `size`.
fn conversation(size: usize) -> (Vec<Value>, Vec<Value>) {
    let said = Conversation::tcp(53)
        .cut(Direction::Up, &stream(&[QUERY, SIGNED]), size)
        .cut(Direction::Down, &stream(&[ACCEPTED, ANSWER]), size)
        .finish();
    let strip = |mut values: Vec<Value>| {
        for value in &mut values {
            value["frame"] = Value::Null;
        }
        values
    };
    (strip(said.messages), strip(said.activities))
}

proptest! {
    #[test]
    fn cuts_do_not_matter(size in 1_usize..400) {
        prop_assert_eq!(conversation(size), conversation(4096));
    }

    #[test]
    fn mutated_bytes_never_panic(at in 0_usize..300, value: u8, size in 1_usize..400, which in 0_usize..4) {
        let mut bytes = unhex([ANSWER, SIGNED, ACCEPTED, UPDATE][which]);
        let length = bytes.len();
        bytes[at % length] = value;
        let said = Conversation::udp(53).up(&bytes).down(&bytes[..size.min(length)]).finish();
        drop(said);
        let mut framed = u16::try_from(length).unwrap().to_be_bytes().to_vec();
        framed.extend(bytes);
        drop(Conversation::tcp(53).cut(Direction::Up, &framed, size).finish());
    }

    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        drop(Conversation::udp(53).up(&bytes).finish());
        drop(Conversation::tcp(53).midstream().up(&bytes).finish());
    }
}
