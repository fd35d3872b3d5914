//! The locator's ping over UDP: [MS-ADTS] 6.3.3.

use serde_json::{Value, json};

use crate::testing::{Conversation, unhex};

use super::build::{all, message, octets, result, tlv};
use super::conversations::only;
use super::vectors::{PING, PONG};

fn equal(name: &str, value: &[u8]) -> Vec<u8> {
    tlv(0xa3, &all(&[octets(name.as_bytes()), octets(value)]))
}

fn ping(filter: &[u8]) -> Vec<u8> {
    let contents = all(&[
        octets(b""),
        tlv(10, &[0]),
        tlv(10, &[0]),
        tlv(2, &[0]),
        tlv(2, &[0]),
        tlv(1, &[0]),
        filter.to_vec(),
        tlv(0x30, &octets(b"Netlogon")),
    ]);
    message(1, &tlv(0x63, &contents))
}

fn answer(netlogon: &[u8]) -> Vec<u8> {
    let attribute = tlv(0x30, &all(&[octets(b"netlogon"), tlv(0x31, &octets(netlogon))]));
    let entry = message(1, &tlv(0x64, &all(&[octets(b""), tlv(0x30, &attribute)])));
    all(&[entry, result(1, 0x65, 0)])
}

fn asked(netlogon: &[u8]) -> Value {
    let said = Conversation::udp(389)
        .up(&ping(&equal("NtVer", &[6, 0, 0, 0])))
        .down(&answer(netlogon))
        .finish();
    only(&said, "cldap_ping").clone()
}

#[test]
fn a_ping_is_joined_with_its_answer() {
    let said = Conversation::udp(389).up(&unhex(PING)).down(&unhex(PONG)).finish();
    let ping = only(&said, "cldap_ping");
    assert_eq!(ping["protocol"], "cldap");
    assert_eq!(ping["observed"], json!({"host": "dc1.lab.example"}));
    assert_eq!(ping["details"]["nt_ver"], 6);
    let told = &ping["details"]["answer"];
    assert_eq!(told["opcode_name"], "LOGON_SAM_LOGON_RESPONSE_EX");
    assert_eq!(told["domain"], "lab.example"); // compressed
    assert_eq!(told["client_site"], "Default-First-Site-Name");
    assert_eq!(told["netbios_dc"], "DC1");
    assert_eq!((&told["flags"], &told["nt_version"]), (&json!(0x13fd), &json!(5)));
    let names: Vec<_> = said
        .messages
        .iter()
        .map(|message| message["message"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["searchRequest", "searchResEntry", "searchResDone"]);
}

#[test]
fn everything_a_filter_asks_is_told() {
    let sid = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
    let filter = tlv(
        0xa0,
        &all(&[
            equal("DnsDomain", b"lab.example."),
            equal("Host", b"CLIENT"),
            equal("User", "Иван".as_bytes()),
            equal("AAC", &[0x10, 0, 0, 0]),
            equal("DomainSid", &sid),
            equal("DomainGuid", &[0x11; 16]),
            equal("NtVer", &[0x16, 0, 0, 0x20]),
        ]),
    );
    let said = Conversation::udp(389).up(&ping(&filter)).finish();
    let ping = only(&said, "cldap_ping");
    let wanted = json!({
        "dns_domain": "lab.example.", "host": "CLIENT", "user": "Иван", "aac": 16, "domain_sid": "S-1-5-32-544",
        "domain_guid": "11111111-1111-1111-1111-111111111111", "nt_ver": 0x2000_0016,
    });
    assert_eq!(ping["details"], wanted);
    assert_eq!(ping["observed"]["target_account"], "Иван");
    assert_eq!(ping["outcome"], "unknown");
}

#[test]
fn older_answers_are_read() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect() };
    let names = all(&[wide("\\\\DC1"), wide("eve"), wide("LAB")]);
    let tail = [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
    let told = asked(&[&[21, 0][..], &names, &tail].concat());
    let wanted = json!({
        "opcode": 21, "opcode_name": "LOGON_SAM_USER_UNKNOWN", "netbios_dc": "DC1", "user": "eve", "netbios_domain": "LAB",
        "nt_version": 1,
    });
    assert_eq!(told["details"]["answer"], wanted);
    let dns = b"\x03lab\x00\xc0\x5a\x03dc1\xc0\x5a"; // lab, lab, dc1.lab
    let start = 2 + names.len() + 32;
    let dns: Vec<u8> = dns
        .iter()
        .map(|byte| {
            if *byte == 0x5a {
                u8::try_from(start).unwrap()
            } else {
                *byte
            }
        })
        .collect();
    let middle = [&[0x22; 16][..], &[0; 16], &dns, &[10, 0, 0, 1], &[0xfd, 3, 0, 0]].concat();
    let told = asked(&[&[19, 0][..], &names, &middle, &tail].concat());
    assert_eq!(told["details"]["answer"]["dc"], "dc1.lab");
    assert_eq!(told["details"]["answer"]["flags"], 0x3fd);
    assert_eq!(told["observed"]["host"], "dc1.lab");
}

#[test]
fn names_that_lead_in_circles_end() {
    for name in [&[0xc0, 24][..], &[1, b'a', 0xc0, 24], &[0xc0, 0xff], &[63], &[0x80]] {
        let message = [&[23, 0, 0, 0, 1, 0, 0, 0][..], &[0x22; 16], name].concat();
        let said = Conversation::udp(389)
            .up(&ping(&equal("NtVer", &[6, 0, 0, 0])))
            .down(&answer(&message))
            .finish();
        assert_eq!(only(&said, "cldap_ping")["details"]["answer"]["opcode"], 23);
        assert_eq!(said.out.counters.malformed().len(), 1);
    }
}

#[test]
fn other_searches_over_udp_are_searches() {
    let said = Conversation::udp(389)
        .up(&super::build::search(1, "", &super::build::present("objectClass")))
        .down(&result(1, 0x65, 0))
        .finish();
    assert_eq!(only(&said, "ldap_search")["protocol"], "cldap");
}
