//! Logins as [MS-TDS] 4 shows them, integrated logins, and damage of every kind.

use capture::Direction;
use proptest::prelude::{any, prop, proptest};
use serde_json::{Value, json};

use crate::ntlm::tests::{V2_AUTHENTICATE, V2_CHALLENGE};
use crate::testing::{Conversation, Said, unhex};

/// [MS-TDS] 4.1.
const PRELOGIN: &str =
    "1201002f00000100 00001a0006 0100200001 0200210001 0300220004 0400260001 ff 090000000000 01 00 b80d0000 01";
/// [MS-TDS] 4.2.
const LOGIN: &str = "1001009000000100 88000000 02000972 00100000 00000007 00010000 00000000 e0030000 e0010000 09040000 \
    5e000800 6e000200 72000000 72000700 80000000 80000000 80000400 88000000 88000000 00508be2b78f 88000000 88000000 88000000 \
    00000000 73006b006f00730074006f0076003100 73006100 4f00530051004c002d0033003200 4f00440042004300";
const NEGOTIATE: &str = "4e544c4d53535000010000000702000000000000200000000000000020000000";

fn packet(kind: u8, last: bool, body: &[u8]) -> Vec<u8> {
    numbered(kind, last, 1, body)
}

/// A packet of its message: the first one is number 1.
fn numbered(kind: u8, last: bool, number: u8, body: &[u8]) -> Vec<u8> {
    [
        [kind, u8::from(last)].as_slice(),
        &(body.len() as u16 + 8).to_be_bytes(),
        &[0, 0, number, 0],
        body,
    ]
    .concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn token(kind: u8, body: &[u8]) -> Vec<u8> {
    [[kind].as_slice(), &(body.len() as u16).to_le_bytes(), body].concat()
}

fn granted() -> Vec<u8> {
    let body = [
        &[1, 0x74, 0, 0, 4, 10],
        utf16("SQL Server").as_slice(),
        &[16, 0, 3, 232],
    ]
    .concat();
    [
        token(0xe3, &[1, 0, 0]),
        token(0xad, &body),
        vec![0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat()
}

fn refused() -> Vec<u8> {
    let text = utf16("Login failed for user 'sa'.");
    let body = [
        &18_456_u32.to_le_bytes(),
        [1, 14].as_slice(),
        &(text.len() as u16 / 2).to_le_bytes(),
        &text,
        &[4],
        &utf16("SQL1"),
        &[0; 5],
    ];
    token(0xaa, &body.concat())
}

/// A LOGIN7 with a token: all places point at its end but the server's name and the token.
fn integrated(sspi: &[u8]) -> Vec<u8> {
    let name = utf16("sql1.lab.example");
    let end = 94 + name.len();
    let mut body = vec![0; 36];
    body[4..8].copy_from_slice(&0x7400_0004_u32.to_le_bytes());
    for place in 0..9 {
        let (offset, units) = if place == 4 { (94, name.len() / 2) } else { (end, 0) };
        body.extend((offset as u16).to_le_bytes());
        body.extend((units as u16).to_le_bytes());
    }
    body.extend([0; 6]);
    body.extend((end as u16).to_le_bytes());
    body.extend((sspi.len() as u16).to_le_bytes());
    body.extend([0; 12]);
    body.extend(name);
    body.extend(sspi);
    body
}

fn names(said: &Said) -> Vec<&str> {
    said.messages.iter().map(|it| it["message"].as_str().unwrap()).collect()
}

#[test]
fn a_login_by_password_is_a_message() {
    let said = Conversation::tcp(4711)
        .up(&unhex(PRELOGIN))
        .down(&packet(4, true, &unhex(PRELOGIN)[8..]))
        .up(&unhex(LOGIN))
        .down(&packet(4, true, &refused()))
        .up(&packet(1, true, b"select"))
        .finish();
    assert_eq!(
        names(&said),
        ["prelogin", "prelogin_response", "login7", "login_response"]
    );
    let [prelogin, _, login, answer] = said.messages.as_slice() else {
        panic!()
    };
    assert_eq!(
        (&prelogin["version"], &prelogin["encryption_name"]),
        (&json!("9.0.0"), &json!("on"))
    );
    assert_eq!(
        (
            &login["workstation"],
            &login["user"],
            &login["application"],
            &login["library"]
        ),
        (&json!("skostov1"), &json!("sa"), &json!("OSQL-32"), &json!("ODBC"))
    );
    assert_eq!(
        (&login["tds_version_name"], &login["cleartext_password"]),
        (&json!("7.2"), &Value::Null)
    );
    assert_eq!(
        (&answer["error"], &answer["error_name"], &answer["server"]),
        (&json!(18456), &json!("login failed"), &json!("SQL1"))
    );
    assert!(said.activities.is_empty());
    assert_eq!(said.out.counters.opaque_bytes(), [("tds", 14)]);
}

fn integrated_login(answer: &[u8], size: usize) -> Said {
    Conversation::tcp(1433)
        .cut(Direction::Up, &packet(16, true, &integrated(&unhex(NEGOTIATE))), size)
        .cut(
            Direction::Down,
            &packet(4, true, &token(0xed, &unhex(V2_CHALLENGE))),
            size,
        )
        .cut(Direction::Up, &packet(17, true, &unhex(V2_AUTHENTICATE)), size)
        .cut(Direction::Down, &packet(4, true, answer), size)
        .finish()
}

/// The rest of a message is none, whatever it looks like.
#[test]
fn the_rest_of_a_message_whose_beginning_was_lost_is_not_read() {
    let login = || {
        Conversation::tcp(1433)
            .up(&packet(16, true, &integrated(&unhex(NEGOTIATE))))
            .down(&packet(4, true, &token(0xed, &unhex(V2_CHALLENGE))))
            .up(&packet(17, true, &unhex(V2_AUTHENTICATE)))
    };
    let lost = login()
        .down(&packet(4, false, &[0xe3, 9]))
        .gap(Direction::Down, 4000)
        .down(&numbered(4, true, 3, &granted()))
        .down(&packet(4, true, &refused()))
        .finish();
    assert_eq!(lost.activities[0]["outcome"], "failure");
    let long = login();
    let long = (1..4).fold(long, |long, number| {
        long.down(&numbered(4, false, number, &[0xff; 30_000]))
    });
    let long = long
        .down(&numbered(4, true, 4, &granted()))
        .down(&packet(4, true, &refused()))
        .finish();
    assert_eq!(long.activities[0]["outcome"], "failure");
    assert_eq!(long.out.counters.limits(), [("tds.message", 1)]);
}

/// Every place may name the same octets.
#[test]
fn names_are_no_longer_than_they_may_be() {
    let long = |units: usize| {
        let mut login = integrated(&unhex(NEGOTIATE));
        let end = login.len();
        login.extend(utf16(&"x".repeat(units)));
        for place in [0, 3] {
            login[36 + 4 * place..][..2].copy_from_slice(&(end as u16).to_le_bytes());
            login[38 + 4 * place..][..2].copy_from_slice(&(units as u16).to_le_bytes());
        }
        Conversation::tcp(1433).up(&packet(16, true, &login)).finish()
    };
    let said = long(128);
    assert_eq!(said.messages[0]["application"].as_str().map(str::len), Some(128));
    let said = long(129);
    assert_eq!(said.out.counters.malformed().len(), 1);
    assert!(!format!("{:?} {:?}", said.messages, said.activities).contains("xxx"));
}

#[test]
fn an_integrated_login_is_a_logon() {
    for (answer, outcome) in [(granted(), "success"), (refused(), "failure")] {
        let said = integrated_login(&answer, 100_000);
        assert_eq!(
            names(&said),
            ["login7", "NEGOTIATE", "CHALLENGE", "AUTHENTICATE", "login_response"]
        );
        let [logon] = said.activities.as_slice() else {
            panic!("{:?}", said.activities)
        };
        assert_eq!(
            (&logon["kind"], &logon["outcome"], &logon["carrier"]),
            (&json!("ntlm_authenticate"), &json!(outcome), &json!(["tds"]))
        );
        assert_eq!(logon["observed"]["account"], "User");
    }
    assert_eq!(
        integrated_login(&refused(), 100_000).activities[0]["status"]["code"],
        18456
    );
}

#[test]
fn a_message_over_several_packets() {
    let body = integrated(&unhex(V2_AUTHENTICATE));
    let (head, tail) = body.split_at(60);
    let said = Conversation::tcp(1433)
        .up(&packet(16, false, head))
        .up(&packet(16, true, tail))
        .down(&packet(4, true, &granted()))
        .finish();
    let [logon] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(logon["details"]["tds_server"], "sql1.lab.example");
    assert_eq!(said.messages[2]["program"], "SQL Server");
}

/// The login is sealed, the answer is not: the handshake is wrapped, the login's record stands bare.
#[test]
fn a_sealed_login_and_a_clear_answer() {
    let off = unhex(&PRELOGIN.replace(" 01 00 b80d", " 00 00 b80d"));
    let hello = unhex(
        "16030300310100002d0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000061301130213030100",
    );
    let server = unhex(
        "16030300300200002c0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00c02f000004ff010001",
    );
    let finished = unhex("140303000101 1603030004deadbeef");
    let said = Conversation::tcp(1433)
        .up(&off)
        .down(&packet(4, true, &off[8..]))
        .up(&packet(18, true, &hello))
        .down(&packet(18, true, &server))
        .up(&packet(18, true, &finished))
        .down(&packet(18, true, &finished))
        .up(&unhex("1703030004deadbeef"))
        .down(&packet(4, true, &token(0xed, &unhex(V2_CHALLENGE))))
        .up(&packet(17, true, &unhex(V2_AUTHENTICATE)))
        .down(&packet(4, true, &granted()))
        .finish();
    let kinds: Vec<_> = said.activities.iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["tls_session", "ntlm_authenticate"]);
    assert_eq!(said.activities[0]["carrier"], json!(["tds"]));
    assert_eq!(said.activities[1]["outcome"], "success");
}

#[test]
fn nobody_answers_and_the_middle_of_a_connection() {
    let said = Conversation::tcp(1433)
        .up(&packet(16, true, &integrated(&unhex(V2_AUTHENTICATE))))
        .wait(31)
        .finish();
    assert_eq!(said.activities[0]["outcome"], "unknown");
    let said = Conversation::tcp(1433)
        .midstream()
        .up(&packet(1, true, b"select something"))
        .down(&packet(4, true, &[0xd1; 40]))
        .finish();
    assert!(said.activities.is_empty() && said.messages.is_empty());
}

#[test]
fn where_it_is_cut_does_not_matter() {
    let whole = integrated_login(&granted(), 100_000);
    for size in [1, 2, 3, 7, 8, 9, 50] {
        let cut = integrated_login(&granted(), size);
        assert_eq!(names(&cut), names(&whole), "cut into {size}");
        assert_eq!(cut.activities[0]["details"], whole.activities[0]["details"]);
    }
}

#[test]
fn bombs() {
    let said = (0..20).fold(Conversation::tcp(1433), |conversation, _| {
        conversation.up(&packet(16, false, &[0; 30_000]))
    });
    assert!(said.finish().out.counters.limits().contains(&("tds.message", 6)));
}

proptest! {
    #[test]
    fn mutations_do_not_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), size in 1_usize..100) {
        let parts = [
            (Direction::Up, unhex(PRELOGIN)),
            (Direction::Down, packet(4, true, &unhex(PRELOGIN)[8..])),
            (Direction::Up, unhex(LOGIN)),
            (Direction::Up, packet(16, true, &integrated(&unhex(V2_AUTHENTICATE)))),
            (Direction::Down, packet(4, true, &[refused(), granted()].concat())),
        ];
        let conversation = parts.into_iter().fold(Conversation::tcp(1433), |conversation, (direction, mut bytes)| {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            conversation.cut(direction, &bytes, size)
        });
        conversation.finish();
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in prop::sample::select(vec![4_u8, 16, 17, 18])) {
        Conversation::tcp(1433).up(&packet(kind, true, &bytes)).down(&packet(kind, true, &bytes)).finish();
    }
}
