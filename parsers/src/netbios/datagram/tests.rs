//! The datagram service from the wire to messages. Vectors: a Windows computer that announces itself, and what others might send.

use proptest::prelude::*;
use serde_json::json;

use super::wire::Packet;
use crate::testing::{Conversation, Said};

/// Sixteen octets in first-level encoding, as a label and an empty scope.
fn encoded(text: &str, suffix: u8) -> Vec<u8> {
    let mut octets = [b' '; 16];
    octets[..text.len()].copy_from_slice(text.as_bytes());
    octets[15] = suffix;
    let letters = octets
        .iter()
        .flat_map(|octet| [b'A' + (octet >> 4), b'A' + (octet & 15)]);
    std::iter::once(32).chain(letters).chain([0]).collect()
}

/// A packet of a datagram from CLIENT to LAB's master browser.
fn datagram(kind: u8, flags: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, flags, 0x12, 0x34, 10, 0, 0, 50, 0, 138];
    let names = [encoded("CLIENT", 0x00), encoded("LAB", 0x1d)].concat();
    bytes.extend(u16::try_from(names.len() + data.len()).unwrap().to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(names);
    bytes.extend(data);
    bytes
}

/// SMB_COM_TRANSACTION with three words of setup: MAILSLOT_WRITE, priority, class ([MS-MAIL] 2.2.1).
fn mailslot(name: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\xffSMB\x25".to_vec();
    bytes.extend([0; 27]);
    let count = u16::try_from(data.len()).unwrap().to_le_bytes();
    let at = u16::try_from(32 + 1 + 34 + 2 + name.len() + 1).unwrap();
    bytes.push(17);
    bytes.extend([0, 0]);
    bytes.extend(count);
    bytes.extend([0; 16]);
    bytes.extend(at.to_le_bytes());
    bytes.extend(count);
    bytes.extend(at.to_le_bytes());
    bytes.extend([3, 0, 1, 0, 1, 0, 2, 0]);
    bytes.extend(u16::try_from(name.len() + 1 + data.len()).unwrap().to_le_bytes());
    bytes.extend(name.bytes().chain([0]));
    assert_eq!(bytes.len(), usize::from(at));
    bytes.extend(data);
    bytes
}

fn told(name: &str, data: &[u8]) -> Said {
    Conversation::udp(138)
        .up(&datagram(0x11, 0x0a, &mailslot(name, data)))
        .finish()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// HostAnnouncement of a member server, Windows 10.
fn announcement() -> Vec<u8> {
    let mut frame = vec![1, 0, 0x80, 0xfc, 0x0a, 0];
    frame.extend(b"SRV1\0\0\0\0\0\0\0\0\0\0\0\0");
    frame.extend([10, 0, 0x03, 0x91, 0, 0, 15, 1, 0x55, 0xaa]);
    frame.extend(b"files\0");
    frame
}

#[test]
fn a_host_announces_itself() {
    let said = told(r"\MAILSLOT\BROWSE", &announcement());
    assert_eq!(said.messages.len(), 2);
    let (datagram, smb) = (&said.messages[0], &said.messages[1]);
    assert_eq!(
        (&datagram["protocol"], &datagram["message"]),
        (&json!("netbios"), &json!("DIRECT_GROUP DATAGRAM"))
    );
    assert_eq!(
        (
            &datagram["source"]["name"],
            &datagram["destination"]["suffix_name"],
            &datagram["node_type"]
        ),
        (&json!("CLIENT"), &json!("master browser"), &json!("M"))
    );
    assert_eq!(
        (&smb["protocol"], &smb["message"], &smb["carrier"]),
        (&json!("smb1"), &json!("TRANSACTION request"), &json!(["netbios"]))
    );
    assert_eq!(
        (&smb["browser_opcode_name"], &smb["server_name"], &smb["comment"]),
        (&json!("HostAnnouncement"), &json!("SRV1"), &json!("files"))
    );
    assert_eq!(smb["function"], "TRANS_MAILSLOT_WRITE");
    let activity = &said.activities[0];
    assert_eq!(
        (&activity["kind"], &activity["protocol"], &activity["observed"]["host"]),
        (&json!("nbns"), &json!("smb1"), &json!("SRV1"))
    );
    assert_eq!(activity["client"]["ip"], "10.0.0.50");
    assert_eq!(
        activity["details"],
        json!({
            "operation": "host_announcement", "periodicity_ms": 720_000, "server_name": "SRV1", "os_version": "10.0",
            "server_type": 37_123, "server_type_names": ["workstation", "server", "domain_member", "nt", "server_nt"],
            "browser_version": "15.1", "comment": "files",
        })
    );
}

#[test]
fn the_other_frames_of_the_browser_say_what_they_are() {
    let mut domain = announcement();
    domain[0] = 12;
    let cases: [(&[u8], &str, &str, serde_json::Value); 7] = [
        (&domain, "DomainAnnouncement", "local_master", json!("files")),
        (
            b"\x02\0CLIENT\0",
            "AnnouncementRequest",
            "response_name",
            json!("CLIENT"),
        ),
        (
            b"\x08\x01\x1f\0\x02\x14\x10\x27\0\0\0\0\0\0SRV1\0",
            "RequestElection",
            "uptime_ms",
            json!(10_000),
        ),
        (
            b"\x09\x04\x01\0\0\0",
            "GetBackupListRequest",
            "requested_count",
            json!(4),
        ),
        (
            b"\x0a\x02\x01\0\0\0A\0B\0",
            "GetBackupListResponse",
            "backup_servers",
            json!(["A", "B"]),
        ),
        (b"\x0bSRV1\0", "BecomeBackup", "browser_to_promote", json!("SRV1")),
        (b"\x0dSRV1\0", "MasterAnnouncement", "server_name", json!("SRV1")),
    ];
    for (frame, name, field, value) in cases {
        let said = told(r"\MAILSLOT\BROWSE", frame);
        assert_eq!(said.messages[1]["browser_opcode_name"], name);
        assert_eq!(said.messages[1][field], value, "{name}");
        assert!(said.activities.is_empty());
    }
}

#[test]
fn who_looks_for_a_controller_is_told_with_the_answer() {
    let mut ask = vec![18, 0, 0, 0];
    ask.extend(wide("CLIENT"));
    ask.extend(wide("CLIENT$"));
    ask.extend(b"\\MAILSLOT\\NET\\GETDC123\0");
    ask.extend([0x80, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    let said = told(r"\MAILSLOT\NET\NETLOGON", &ask);
    let asked = &said.messages[1];
    assert_eq!(
        (&asked["netlogon_opcode_name"], &asked["computer"], &asked["user"]),
        (&json!("LOGON_SAM_LOGON_REQUEST"), &json!("CLIENT"), &json!("CLIENT$"))
    );
    assert_eq!(
        (&asked["answer_to"], &asked["aac"], &asked["nt_version"]),
        (&json!(r"\MAILSLOT\NET\GETDC123"), &json!(128), &json!(11))
    );
    let mut answer = vec![19, 0];
    for name in [r"\\DC1", "CLIENT$", "LAB"] {
        answer.extend(wide(name));
    }
    answer.extend([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    let said = told(r"\MAILSLOT\NET\GETDC123", &answer);
    let told = &said.messages[1];
    assert_eq!(
        (
            &told["netlogon_opcode_name"],
            &told["netbios_dc"],
            &told["netbios_domain"]
        ),
        (&json!("LOGON_SAM_LOGON_RESPONSE"), &json!("DC1"), &json!("LAB"))
    );
}

#[test]
fn parts_errors_and_questions_are_told() {
    let part = datagram(0x10, 0x0b, &mailslot(r"\MAILSLOT\BROWSE", &announcement())[..60]);
    let query = [&[0x14, 0, 0, 1, 10, 0, 0, 50, 0, 138][..], &encoded("SRV1", 0x20)].concat();
    let error = [0x13, 0x0a, 0, 1, 10, 0, 0, 50, 0, 138, 0x82];
    let said = Conversation::udp(138).up(&part).up(&query).down(&error).finish();
    let names: Vec<_> = said.messages.iter().map(|message| &message["message"]).collect();
    assert_eq!(
        names,
        [
            "DIRECT_UNIQUE DATAGRAM",
            "TRANSACTION request",
            "DATAGRAM QUERY REQUEST",
            "DATAGRAM ERROR"
        ]
    );
    assert_eq!(said.messages[0]["more_fragments"], true);
    assert_eq!(said.messages[2]["name"], "SRV1");
    assert_eq!(said.messages[3]["error_code_name"], "DESTINATION NAME NOT PRESENT");
}

#[test]
fn damage_is_counted() {
    let whole = datagram(0x11, 2, &[]);
    let said = Conversation::udp(138)
        .up(&whole[..40])
        .up(&[0x20, 0])
        .up(&whole[..12])
        .finish();
    let counted: u64 = said.out.counters.malformed().iter().map(|(_, _, count)| count).sum();
    assert_eq!(counted, 3);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        drop(Conversation::udp(138).up(&bytes).finish());
        drop(told(r"\MAILSLOT\BROWSE", &bytes));
        drop(told(r"\MAILSLOT\NET\NETLOGON", &bytes));
        let _ = Packet::parse(&bytes);
    }

    #[test]
    fn changed_octets_never_panic(at in 0_usize..220, octet: u8, cut in 0_usize..220) {
        let mut bytes = datagram(0x11, 2, &mailslot(r"\MAILSLOT\BROWSE", &announcement()));
        if let Some(slot) = bytes.get_mut(at) {
            *slot = octet;
        }
        let end = cut.min(bytes.len());
        drop(Conversation::udp(138).up(&bytes).up(&bytes[..end]).finish());
    }
}
