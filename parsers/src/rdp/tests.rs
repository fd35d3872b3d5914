//! Connections as clients and servers of Windows open them, and damage of every kind.

use capture::Direction;
use proptest::prelude::{any, prop, proptest};
use serde_json::json;

use crate::testing::{Conversation, Said, unhex};

const REQUEST: &str = "0300002f2ae00000000000436f6f6b69653a206d737473686173683d4a4f484e2d504320200d0a0100080000000000";
const STANDARD: &str = "030000130ed000001234000200080000000000";
const CONNECT_INITIAL: &str = include_str!("vectors/connect_initial.hex");

fn spoken(parts: &[(Direction, &str)], size: usize) -> Said {
    let conversation = parts
        .iter()
        .fold(Conversation::tcp(4711), |conversation, (direction, hex)| {
            conversation.cut(*direction, &unhex(hex), size)
        });
    conversation.finish()
}

#[test]
fn standard_security_tells_the_clients_name() {
    let said = spoken(
        &[
            (Direction::Up, REQUEST),
            (Direction::Down, STANDARD),
            (Direction::Up, CONNECT_INITIAL),
            (Direction::Down, "0300000802f0807f66"),
            (Direction::Up, "0300000802f0807f66"),
        ],
        100_000,
    );
    let names: Vec<_> = said.messages.iter().map(|it| it["message"].as_str().unwrap()).collect();
    assert_eq!(names, ["connection_request", "connection_confirm", "client_hello"]);
    let [connection] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(
        (&connection["kind"], &connection["action_type"], &connection["outcome"]),
        (&json!("rdp_connection"), &json!("Remote Desktop"), &json!("success"))
    );
    assert_eq!(connection["observed"]["workstation"], "JOHN-PC-LAPTOP");
    let details = &connection["details"];
    assert_eq!(
        (&details["mstshash"], &details["protocols"], &details["selected"]),
        (&json!("JOHN-PC"), &json!(["rdp"]), &json!("rdp"))
    );
    assert_eq!(
        (
            &details["client_build"],
            &details["keyboard_layout"],
            &details["desktop_width"]
        ),
        (&json!(9600), &json!(0x0004_041e), &json!(1920))
    );
    assert_eq!(said.out.counters.opaque_bytes(), [("rdp", 18)]);
}

/// X.224 says in one octet how long a request is; TPKT could say more.
#[test]
fn a_request_is_as_long_as_x224_says() {
    let cookie = [b"Cookie: mstshash=".as_slice(), &[b'x'; 60_000], b"\r\n"].concat();
    let length = u16::try_from(cookie.len() + 11).unwrap().to_be_bytes();
    let request = [&[3, 0], length.as_slice(), &[6, 0xe0, 0, 0, 0, 0, 0], &cookie].concat();
    let said = Conversation::tcp(3389).up(&unhex(REQUEST)).up(&request).finish();
    assert_eq!(said.out.counters.malformed().len(), 1);
    assert_eq!(said.activities.len(), 1);
}

#[test]
fn tls_follows() {
    let hello =
        "16030100310100002d0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000061301130213030100";
    let request = "0300004f4ae00000000000436f6f6b69653a206d737473686173683d616c6963650d0a0109080003000000\
                   0600240000112233445566778899aabbccddeeff00000000000000000000000000000000";
    let said = spoken(
        &[
            (Direction::Up, request),
            (Direction::Down, "030000130ed00000123400021f080002000000"),
            (Direction::Up, hello),
        ],
        100_000,
    );
    let [connection, session] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    let details = &connection["details"];
    assert_eq!(
        (&details["protocols"], &details["restricted_admin"]),
        (&json!(["ssl", "hybrid"]), &json!(true))
    );
    assert_eq!(
        (&details["selected"], &details["credssp"]),
        (&json!("hybrid"), &json!(true))
    );
    assert_eq!(details["correlation_id"], "33221100-5544-7766-8899-aabbccddeeff");
    assert_eq!(
        (&session["kind"], &session["carrier"]),
        (&json!("tls_session"), &json!(["rdp"]))
    );
}

#[test]
fn the_server_refuses() {
    let said = spoken(
        &[
            (Direction::Up, REQUEST),
            (Direction::Down, "030000130ed000001234000300080005000000"),
        ],
        100_000,
    );
    let [connection] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(
        (&connection["outcome"], &connection["status"]),
        (
            &json!("failure"),
            &json!({"code": 5, "name": "HYBRID_REQUIRED_BY_SERVER"})
        )
    );
}

#[test]
fn nobody_answers() {
    let said = Conversation::tcp(3389).up(&unhex(REQUEST)).wait(31).finish();
    assert_eq!(said.activities.len(), 1);
    assert_eq!(said.activities[0]["outcome"], "unknown");
}

#[test]
fn other_protocols_over_x224_are_left_alone() {
    // A connection request of S7 and one of H.323.
    for bytes in ["0300001611e00000000100c1020100c2020102c0010a", "0300000b06e00000000100"] {
        let said = Conversation::tcp(102).up(&unhex(bytes)).finish();
        assert!(said.messages.is_empty() && said.activities.is_empty());
    }
}

#[test]
fn where_it_is_cut_does_not_matter() {
    let parts = [
        (Direction::Up, REQUEST),
        (Direction::Down, STANDARD),
        (Direction::Up, CONNECT_INITIAL),
    ];
    let whole = spoken(&parts, 100_000);
    for size in [1, 2, 3, 5, 11, 100] {
        let cut = spoken(&parts, size);
        assert_eq!(
            cut.activities[0]["details"], whole.activities[0]["details"],
            "cut into {size}"
        );
        assert_eq!(cut.messages.len(), whole.messages.len());
    }
}

proptest! {
    #[test]
    fn mutations_do_not_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), size in 1_usize..100) {
        let mut conversation = Conversation::tcp(3389);
        for (direction, hex) in [
            (Direction::Up, REQUEST), (Direction::Down, STANDARD), (Direction::Up, CONNECT_INITIAL), (Direction::Down, STANDARD),
        ] {
            let mut bytes = unhex(hex);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            conversation = conversation.cut(direction, &bytes, size);
        }
        conversation.finish();
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in prop::sample::select(vec![0xe0_u8, 0xd0, 0xf0])) {
        let packet = [[3, 0, 0, bytes.len() as u8 + 6, bytes.len() as u8 + 1, kind].as_slice(), &bytes].concat();
        Conversation::tcp(3389).up(&packet).down(&packet).up(&packet).down(&packet).finish();
    }
}
