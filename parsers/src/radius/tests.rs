//! RADIUS from the wire to messages and VPN sessions. Vectors: a switch that admits a notebook by EAP.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::wire::Packet;
use crate::testing::{Conversation, Said, unhex};

const REQUEST: &str = "0105008becfe3d2fe4473ec6299095ee46aedf7704060a00000105060000c35c3d060000000f010e4a6f686e2e4d63477569726b
    1e1330302d31392d30362d45412d42382d38431f1330302d31342d32322d45392d35342d35450606000000020c06000005dc4f1302000011014a6f686e
    2e4d63477569726b501228c5beb8842486da70db51316f9d7889";
const CHALLENGE: &str =
    "0b05006df050649184625d36f14c9075b7a48b830806fffffffe0c0600000240060600000002120b48656c6c6f2c2025754f1801
    0100160410266b0e9a58322f4d01ab25b35f879464501211b5043c8a288758173133a5e07434cf1812c6d195032fdc30240f7313b231ef1d77";
const PASSWORD: &str = "018a002d2fa9d67772c68028d51aa25569dca3980107616c6963650212d67207b54dee10662b42a63753b458b4";
const ACCEPT: &str = "028a001470f11a79e8985647a48843e4fc3b7d81";

/// An Accounting-Request or -Response with these attributes.
fn packet(code: u8, identifier: u8, attributes: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![code, identifier, 0, 0];
    bytes.extend([identifier; 16]);
    for (number, value) in attributes {
        bytes.extend([*number, u8::try_from(value.len() + 2).unwrap()]);
        bytes.extend(*value);
    }
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    bytes[2..4].copy_from_slice(&length);
    bytes
}

/// A session of a VPN gateway: Acct-Status-Type `status`.
fn session(identifier: u8, status: u8) -> Vec<u8> {
    packet(
        4,
        identifier,
        &[
            (1, b"LAB\\alice"),
            (40, &[0, 0, 0, status]),
            (8, &[10, 8, 0, 7]),
            (31, b"203.0.113.9"),
            (44, b"0000002A"),
            (46, &[0, 0, 0x0e, 0x10]),
            (64, &[0, 0, 0, 3]),
            (66, b"\x01203.0.113.9"),
            (4, &[10, 0, 0, 1]),
            (61, &[0, 0, 0, 5]),
            (42, &[0, 0, 0, 9]),
            (52, &[0, 0, 0, 1]),
            (49, &[0, 0, 0, 1]),
        ],
    )
}

fn only(said: &Said) -> &Value {
    assert_eq!(said.activities.len(), 1);
    &said.activities[0]
}

#[test]
fn access_is_told_and_joined_by_its_identifier() {
    let said = Conversation::udp(1812)
        .up(&unhex(REQUEST))
        .down(&unhex(CHALLENGE))
        .finish();
    assert_eq!(said.activities.len(), 0);
    let [request, challenge] = said.messages.as_slice() else {
        panic!("two messages");
    };
    assert_eq!(
        (&request["protocol"], &request["message"]),
        (&json!("radius"), &json!("Access-Request"))
    );
    for (name, value) in [
        ("user_name", json!("John.McGuirk")),
        ("nas_ip_address", json!("10.0.0.1")),
        ("nas_port", json!(50_012)),
        ("nas_port_type_name", json!("Ethernet")),
        ("calling_station_id", json!("00-14-22-E9-54-5E")),
        ("called_station_id", json!("00-19-06-EA-B8-8C")),
        ("service_type_name", json!("Framed")),
        ("eap_code_name", json!("Response")),
        ("eap_type_name", json!("Identity")),
        ("eap_identity", json!("John.McGuirk")),
        ("hidden", json!(["message_authenticator"])),
    ] {
        assert_eq!(request[name], value, "{name}");
    }
    assert_eq!(challenge["message"], "Access-Challenge");
    assert_eq!(challenge["eap_type_name"], "MD5-Challenge");
    assert_eq!(challenge["request_user_name"], "John.McGuirk");
    assert_eq!(
        (&challenge["duration_us"], &challenge["framed_ip_address"]),
        (&json!(1_000), &json!("255.255.255.254"))
    );
    assert!(!challenge.to_string().contains("266b0e9a"), "no challenge");
}

#[test]
fn a_password_is_never_told() {
    let said = Conversation::udp(1812)
        .up(&unhex(PASSWORD))
        .down(&unhex(ACCEPT))
        .finish();
    assert_eq!(said.messages[0]["user_name"], "alice");
    assert_eq!(said.messages[0]["hidden"], json!(["user_password"]));
    assert_eq!(said.messages[1]["message"], "Access-Accept");
    assert!(!said.messages[0].to_string().contains("d67207b5"));
    let microsoft = |number: u8, value: &[u8]| {
        let inner = [&[0, 0, 1, 0x37, number, u8::try_from(value.len() + 2).unwrap()], value].concat();
        packet(2, 1, &[(26, &inner)])
    };
    let error = Conversation::udp(1812)
        .down(&microsoft(
            2,
            b"\x05E=691 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=Denied",
        ))
        .down(&microsoft(25, &[0x41; 50]))
        .down(&microsoft(10, b"\x05LAB"))
        .finish();
    assert_eq!(error.messages[0]["ms_chap_error"], "E=691 M=Denied");
    assert_eq!(error.messages[1]["hidden"], json!(["ms_chap2_response"]));
    assert_eq!(error.messages[2]["ms_chap_domain"], "LAB");
    assert!(
        !error
            .messages
            .iter()
            .any(|message| message.to_string().contains("AAAA"))
    );
}

#[test]
fn vendors_attributes_have_names_and_their_secrets_none() {
    let cisco = |text: &str| {
        let inner = [&[0, 0, 0, 9, 1, u8::try_from(text.len() + 2).unwrap()], text.as_bytes()].concat();
        (26, inner)
    };
    let pairs = [cisco("ip:addr=10.1.1.1"), cisco("ipsec:psk=hunter2")];
    let gaia = [0, 0, 0x0a, 0x3c, 229, 7, b'a', b'd', b'm', b'i', b'n'];
    let other = [0, 0, 0x22, 0x22, 7, 3, 1];
    let attributes: Vec<(u8, &[u8])> = pairs
        .iter()
        .map(|(number, value)| (*number, value.as_slice()))
        .chain([(26, gaia.as_slice()), (26, other.as_slice()), (250, b"x")])
        .collect();
    let said = Conversation::udp(1812).down(&packet(2, 1, &attributes)).finish();
    let message = &said.messages[0];
    assert_eq!(
        message["cisco_avpair"],
        json!(["ip:addr=10.1.1.1", "ipsec:psk=(hidden)"])
    );
    assert_eq!(message["cp_gaia_user_role"], "admin");
    assert_eq!(
        message["unknown"],
        json!([{"vendor": 8738, "type": 7, "size": 1}, {"type": 250, "size": 1}])
    );
}

#[test]
fn f5s_attributes_have_names() {
    let f5 = |number: u8, value: &[u8]| {
        let inner = [
            &[0, 0, 0x0d, 0x2f, number, u8::try_from(value.len() + 2).unwrap()],
            value,
        ]
        .concat();
        (26, inner)
    };
    let all = [
        f5(1, &[0, 0, 0, 100]),
        f5(2, &[0, 0, 0, 1]),
        f5(3, b"Common"),
        f5(4, &[0, 0, 0, 1]),
        f5(5, b"tmsh"),
        f5(10, &[0, 0, 0, 7]),
        f5(11, &[0, 0, 0, 8]),
        f5(12, b"staff"),
        f5(13, b"london"),
        f5(14, b"logon of alice"),
        f5(99, b"x"),
    ];
    let mut attributes: Vec<(u8, &[u8])> = all.iter().map(|(number, value)| (*number, value.as_slice())).collect();
    attributes.extend([(40, &[0, 0, 0, 1][..]), (1, b"alice")]);
    let said = Conversation::udp(1813)
        .up(&packet(4, 1, &attributes))
        .down(&packet(5, 1, &[]))
        .finish();
    for (name, value) in [
        ("f5_ltm_user_role", json!(100)),
        ("f5_ltm_user_role_universal", json!(1)),
        ("f5_ltm_user_partition", json!("Common")),
        ("f5_ltm_user_console", json!(1)),
        ("f5_ltm_user_shell", json!("tmsh")),
        ("f5_ltm_user_context_1", json!(7)),
        ("f5_ltm_user_context_2", json!(8)),
        ("f5_ltm_user_info_1", json!("staff")),
        ("f5_ltm_user_info_2", json!("london")),
        ("f5_ltm_audit_msg", json!("logon of alice")),
    ] {
        assert_eq!(said.messages[0][name], value, "{name}");
        assert_eq!(only(&said)["details"][name], value, "{name}");
    }
    assert_eq!(
        said.messages[0]["unknown"],
        json!([{"vendor": 3375, "type": 99, "size": 1}])
    );
}

#[test]
fn ipv6_prefixes_are_told() {
    let framed = [&[0, 64][..], &[0x20, 1, 0x0d, 0xb8, 0, 7, 0, 9]].concat();
    let delegated = [&[0, 56][..], &[0x20, 1, 0x0d, 0xb8, 0, 8, 1]].concat();
    let told: [(u8, &[u8]); 4] = [
        (40, &[0, 0, 0, 1]),
        (97, &framed),
        (96, &[0, 0, 0, 0, 0, 0, 0, 0x77]),
        (123, &delegated),
    ];
    let said = Conversation::udp(1813)
        .up(&packet(4, 1, &told))
        .down(&packet(5, 1, &[]))
        .finish();
    let details = &only(&said)["details"];
    assert_eq!(details["framed_ipv6_prefix"], "2001:db8:7:9::/64");
    assert_eq!(details["framed_interface_id"], "0000000000000077");
    assert_eq!(details["delegated_ipv6_prefix"], "2001:db8:8:100::/56");
}

#[test]
fn accounting_becomes_a_vpn_connection() {
    let said = Conversation::udp(1813)
        .up(&session(7, 2))
        .down(&packet(5, 7, &[]))
        .finish();
    let activity = only(&said);
    assert_eq!(
        (&activity["kind"], &activity["outcome"], &activity["duration_us"]),
        (&json!("vpn_connection"), &json!("success"), &json!(1_000))
    );
    assert_eq!(activity["action_type"], "VPN connection");
    assert_eq!(activity["observed"], json!({"account": "alice", "domain": "LAB"}));
    assert_eq!(
        activity["details"],
        json!({
            "user": "LAB\\alice", "status_type": 2, "status_type_name": "Stop", "framed_ip": "10.8.0.7",
            "calling_station": "203.0.113.9", "session_id": "0000002A", "session_time": 3600,
            "tunnel_type_name": "L2TP", "tunnel_type": 3, "tunnel_client_endpoint": "203.0.113.9",
            "nas_ip": "10.0.0.1", "nas_port_type_name": "Virtual", "nas_port_type": 5,
            "terminate_cause_name": "User Request", "terminate_cause": 1, "bytes_in": 0x1_0000_0009_u64,
        })
    );
}

#[test]
fn a_upn_stays_whole() {
    for (name, observed) in [
        (
            "c.carter@example.com",
            json!({"account": "c.carter@example.com", "domain": "example.com"}),
        ),
        ("carol@", json!({"account": "carol@"})),
        ("carol", json!({"account": "carol"})),
    ] {
        let told = packet(4, 1, &[(1, name.as_bytes()), (40, &[0, 0, 0, 1])]);
        let said = Conversation::udp(1813).up(&told).down(&packet(5, 1, &[])).finish();
        assert_eq!(only(&said)["observed"], observed, "{name}");
        assert_eq!(only(&said)["details"]["user"], name);
    }
}

#[test]
fn repetitions_are_one_session_and_silence_is_told() {
    let said = Conversation::udp(1813)
        .up(&session(7, 1))
        .up(&session(7, 1))
        .wait(31)
        .finish();
    assert_eq!(said.messages[1]["retransmitted"], true);
    assert_eq!(only(&said)["outcome"], "unknown");
    let odd = Conversation::udp(1812)
        .up(&packet(1, 1, &[(1, b"a\xffb\x00c")]))
        .finish();
    assert_eq!(odd.messages[0]["user_name"], "a\u{fffd}b");
    assert_eq!(odd.messages[0]["user_name_escaped"], "a\\xffb\u{0}c");
    let device = packet(4, 1, &[(40, &[0, 0, 0, 7]), (4, &[10, 0, 0, 1])]);
    let said = Conversation::udp(1813).up(&device).down(&packet(5, 1, &[])).finish();
    assert_eq!(said.messages[0]["acct_status_type_name"], "Accounting-On");
    let told = only(&said);
    assert_eq!(
        (&told["kind"], told.get("action_type")),
        (&json!("vpn_connection"), None)
    );
    assert_eq!(
        told["details"],
        json!({"status_type": 7, "status_type_name": "Accounting-On", "nas_ip": "10.0.0.1"})
    );
}

#[test]
fn damage_costs_one_packet_and_is_counted() {
    let mut broken = session(7, 1);
    broken[21] = 1;
    let mut long = session(8, 1);
    long[2] = 0xff;
    let said = Conversation::udp(1813)
        .up(&session(1, 1))
        .up(&broken)
        .up(&long)
        .up(&[9; 3])
        .up(&session(2, 1))
        .finish();
    let counted: Vec<_> = said
        .out
        .counters
        .malformed()
        .into_iter()
        .map(|(_, what, count)| (what, count))
        .collect();
    assert_eq!(counted, [("attribute", 1), ("header", 1), ("length", 1)]);
    assert_eq!(said.activities.len(), 2);
}

#[test]
fn a_capture_from_its_middle_finds_its_direction() {
    let said = Conversation::udp(1812).midstream().up(&unhex(ACCEPT)).finish();
    assert_eq!(said.messages[0]["message"], "Access-Accept");
    assert_eq!(said.messages[0].get("request_user_name"), None);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        drop(Conversation::udp(1813).up(&bytes).down(&bytes).finish());
        if let Ok(packet) = Packet::parse(&bytes, true) {
            prop_assert!(packet.attributes().count() <= bytes.len());
        }
    }

    #[test]
    fn changed_octets_never_panic(at in 0_usize..139, octet: u8, cut in 0_usize..139) {
        let mut request = unhex(REQUEST);
        request[at] = octet;
        drop(Conversation::udp(1812).up(&request).down(&unhex(CHALLENGE)).finish());
        drop(Conversation::udp(1812).up(&request[..cut]).finish());
    }

    #[test]
    fn random_attributes_never_panic(attributes in prop::collection::vec((0_u8..=255, prop::collection::vec(0_u8..=255, 0..40)), 0..20)) {
        let attributes: Vec<(u8, &[u8])> = attributes.iter().map(|(number, value)| (*number, value.as_slice())).collect();
        for code in [1, 2, 4, 5, 11] {
            drop(Conversation::udp(1813).up(&packet(code, 1, &attributes)).finish());
        }
    }
}
