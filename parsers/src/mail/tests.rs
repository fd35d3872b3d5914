//! Logins as servers of Microsoft and others hold them, and damage of every kind.

use capture::Direction;
use proptest::prelude::{any, prop, proptest};
use serde_json::{Value, json};

use crate::base64::encode;
use crate::ntlm::tests::{V2_AUTHENTICATE, V2_CHALLENGE};
use crate::testing::{Conversation, Said, unhex};

const NEGOTIATE: &str = "4e544c4d53535000010000000702000000000000200000000000000020000000";

/// Lines of a dialogue: `C:` up, `S:` down; `<1>` to `<3>` are NTLM's tokens.
fn spoken(port: u16, dialogue: &str, size: usize) -> Said {
    let mut conversation = Conversation::tcp(port);
    for line in dialogue.lines().map(str::trim) {
        let (who, text) = line.split_once(": ").unwrap();
        let text = text
            .replace("<1>", &encode(&unhex(NEGOTIATE)))
            .replace("<2>", &encode(&unhex(V2_CHALLENGE)))
            .replace("<3>", &encode(&unhex(V2_AUTHENTICATE)));
        let direction = if who == "C" { Direction::Up } else { Direction::Down };
        conversation = conversation.cut(direction, format!("{text}\r\n").as_bytes(), size);
    }
    conversation.finish()
}

fn names(said: &Said) -> Vec<&str> {
    said.messages.iter().map(|it| it["message"].as_str().unwrap()).collect()
}

const SMTP: &str = "S: 220 mx.lab.example Microsoft ESMTP MAIL Service ready
    C: EHLO client
    S: 250-mx.lab.example Hello
    S: 250 AUTH NTLM LOGIN
    C: AUTH NTLM
    S: 334 ntlm supported
    C: <1>
    S: 334 <2>
    C: <3>";

#[test]
fn ntlm_in_all_three() {
    let imap = "S: * OK The Microsoft Exchange IMAP4 service is ready.
        C: a1 CAPABILITY
        S: * CAPABILITY IMAP4 IMAP4rev1 AUTH=NTLM
        S: a1 OK CAPABILITY completed.
        C: a2 AUTHENTICATE NTLM
        S: +
        C: <1>
        S: + <2>
        C: <3>";
    let pop3 = "S: +OK Microsoft Exchange POP3 server ready
        C: AUTH NTLM <1>
        S: + <2>
        C: <3>";
    for (port, dialogue, yes, no) in [
        (
            4711,
            SMTP,
            "235 2.7.0 Authentication successful",
            "535 5.7.3 Authentication unsuccessful",
        ),
        (4711, imap, "a2 OK done", "a2 NO AUTHENTICATE failed."),
        (4711, pop3, "+OK User successfully logged on.", "-ERR Logon failure"),
    ] {
        for (answer, outcome) in [(yes, "success"), (no, "failure")] {
            for size in [1, 5, 100_000] {
                let said = spoken(port, &format!("{dialogue}\nS: {answer}\nC: x DATA"), size);
                assert_eq!(
                    names(&said),
                    ["NEGOTIATE", "CHALLENGE", "AUTHENTICATE", "auth_response"],
                    "{dialogue}"
                );
                let [logon] = said.activities.as_slice() else {
                    panic!("{:?}", said.activities)
                };
                assert_eq!(
                    (&logon["kind"], &logon["outcome"]),
                    (&json!("ntlm_authenticate"), &json!(outcome))
                );
                assert_eq!(
                    (&logon["observed"]["account"], &logon["carrier"][0]),
                    (&json!("User"), &said.messages[3]["protocol"])
                );
            }
        }
    }
    let said = spoken(
        25,
        &format!("{SMTP}\nS: 535 5.7.3 Authentication unsuccessful"),
        100_000,
    );
    assert_eq!(
        said.activities[0]["status"],
        json!({"code": 535, "name": "authentication credentials invalid"})
    );
}

#[test]
fn passwords_stay_where_they_are() {
    let plain = encode(b"\0alice@lab.example\0hunter2");
    let (user, password) = (encode(b"alice@lab.example"), encode(b"hunter2"));
    for (dialogue, clear) in [
        (format!("S: 220 mx ESMTP\nC: AUTH PLAIN {plain}\nS: 235 ok"), true),
        (
            format!("S: 220 mx ESMTP\nC: AUTH PLAIN\nS: 334 \nC: {plain}\nS: 235 ok"),
            true,
        ),
        (
            format!(
                "S: 220 mx ESMTP\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {user}\nS: 334 UGFzc3dvcmQ6\nC: {password}\nS: 235 ok"
            ),
            true,
        ),
        (
            format!(
                "S: * OK IMAP4 ready\nC: 1 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: {user}\nS: + UGFzc3dvcmQ6\nC: {password}\nS: 1 OK"
            ),
            true,
        ),
        (
            "S: * OK IMAP4 ready\nC: 1 LOGIN \"alice@lab.example\" \"hunter2\"\nS: 1 OK done".to_owned(),
            true,
        ),
        (
            "S: +OK POP3 ready\nC: USER alice@lab.example\nS: +OK\nC: PASS hunter2\nS: +OK welcome".to_owned(),
            true,
        ),
        (
            "S: +OK POP3 ready\nC: APOP alice@lab.example c4c9334bac560ecc979e58001b3e22fb\nS: +OK".to_owned(),
            false,
        ),
        (
            format!(
                "S: +OK POP3 ready\nC: AUTH CRAM-MD5\nS: + PDE4\nC: {}\nS: +OK",
                encode(b"alice@lab.example b913a602c7eda7a4")
            ),
            false,
        ),
    ] {
        let said = spoken(4711, &dialogue, 100_000);
        assert_eq!(names(&said), ["auth", "auth_response"], "{dialogue}");
        assert_eq!(said.messages[0]["user"], "alice@lab.example", "{dialogue}");
        assert_eq!(
            (&said.messages[1]["user"], &said.messages[1]["granted"]),
            (&json!("alice@lab.example"), &json!(true))
        );
        assert_eq!(
            said.messages[0]["cleartext_password"],
            if clear { json!(true) } else { Value::Null }
        );
        let all = format!("{:?}", said.messages);
        assert!(
            !["hunter2", &plain, &password, "c4c9", "b913"]
                .iter()
                .any(|secret| all.contains(secret)),
            "{all}"
        );
        assert!(said.activities.is_empty());
    }
}

/// What proves it stands where a name would, because something is missing before it.
#[test]
fn what_is_cut_short_shows_no_password() {
    let password = encode(b"hunter2");
    for dialogue in [
        format!(
            "S: 220 mx ESMTP\nC: AUTH PLAIN {}\nS: 501 no",
            encode(b"alice\0hunter2")
        ),
        format!(
            "S: 220 mx ESMTP\nC: AUTH PLAIN {}\nS: 501 no",
            encode(b"\0\0alice\0hunter2")
        ),
        format!("S: 220 mx ESMTP\nC: AUTH {password}\nS: 504 no"),
        "S: * OK IMAP4 ready\nC: 1 LOGIN \"alice hunter2\nS: 1 BAD no".to_owned(),
        format!(
            "S: 220 mx ESMTP\nC: AUTH XOAUTH2 {}\nS: 501 no",
            encode(b"user=alice auth=Bearer hunter2")
        ),
        format!(
            "S: 220 mx ESMTP\nC: AUTH OAUTHBEARER {}\nS: 501 no",
            encode(b"n,,\x01auth=Bearer user=hunter2\x01\x01")
        ),
        format!(
            "S: 220 mx ESMTP\nC: AUTH DIGEST-MD5 {}\nS: 501 no",
            encode(b"username=\"alice,response=hunter2")
        ),
        format!("S: 220 mx ESMTP\nC: AUTH CRAM-MD5 {password}\nS: 501 no"),
    ] {
        let said = spoken(4711, &dialogue, 100_000);
        let all = format!("{:?}", said.messages).to_lowercase();
        assert!(
            !all.contains("hunter2") && !all.contains(&password.to_lowercase()),
            "{dialogue}: {all}"
        );
    }
    let said = spoken(
        4711,
        &format!(
            "S: 220 mx ESMTP\nC: AUTH OAUTHBEARER {}\nS: 235 ok",
            encode(b"n,a=alice,\x01auth=Bearer x\x01\x01")
        ),
        100_000,
    );
    assert_eq!(said.messages[0]["user"], "alice");
}

#[test]
fn a_literal_is_no_command() {
    for (login, user) in [
        ("LOGIN alice {27}", json!("alice")),
        ("LOGIN {5}\nC: alice {27+}", Value::Null),
    ] {
        let dialogue =
            format!("S: * OK IMAP4 ready\nC: 1 {login}\nS: + go\nC: correct login horse battery\nS: 1 OK done");
        let said = spoken(4711, &dialogue, 7);
        assert_eq!(names(&said), ["auth", "auth_response"]);
        assert_eq!(said.messages[0]["user"], user);
        assert!(!format!("{:?}", said.messages).contains("horse"), "{:?}", said.messages);
    }
    let refused = "S: * OK IMAP4 ready\nC: 1 LOGIN alice {27}\nS: 1 BAD no\nC: 2 LOGIN bob x\nS: 2 OK done";
    let said = spoken(4711, refused, 100_000);
    assert_eq!(said.messages.last().unwrap()["user"], "bob");
}

#[test]
fn the_response_behind_a_lost_name_is_none() {
    for lost in [3, 8, 10] {
        let said = Conversation::tcp(25)
            .down(b"220 mx ESMTP\r\n")
            .up(b"EHLO a\r\nAUTH LOGIN\r\n")
            .gap(Direction::Up, lost)
            .up(&b"YWxpY2U=\r\n"[lost as usize..])
            .up(format!("{}\r\n", encode(b"hunter2")).as_bytes())
            .down(b"235 ok\r\n")
            .finish();
        assert!(
            !format!("{:?}", said.messages).contains("hunter2"),
            "{lost} lost: {:?}",
            said.messages
        );
        assert_eq!(said.messages.last().unwrap()["granted"], true);
    }
}

#[test]
fn tls_begins() {
    let hello = unhex(
        "16030300310100002d0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000061301130213030100",
    );
    for (dialogue, answer) in [
        ("S: 220 mx ESMTP\nC: STARTTLS", "220 go"),
        ("S: * OK IMAP4 ready\nC: a STARTTLS", "a OK go"),
        ("S: +OK POP3 ready\nC: STLS", "+OK go"),
    ] {
        let mut conversation = Conversation::tcp(4711);
        for line in dialogue.lines().chain([format!("S: {answer}").as_str()]) {
            let (who, text) = line.split_once(": ").unwrap();
            let text = format!("{text}\r\n");
            conversation = if who == "C" {
                conversation.up(text.as_bytes())
            } else {
                conversation.down(text.as_bytes())
            };
        }
        let said = conversation.up(&hello).finish();
        assert_eq!(names(&said), ["client_hello"], "{dialogue}");
        assert_eq!(said.activities[0]["kind"], "tls_session");
        assert_eq!(said.activities[0]["carrier"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn mail_is_not_read() {
    let said = spoken(
        25,
        "S: 220 mx ESMTP\nC: MAIL FROM:<a@b>\nS: 250 ok\nC: AUTH PLAIN AGEAYg==\nS: 235 x",
        100_000,
    );
    assert!(said.messages.is_empty());
    assert_eq!(said.out.counters.opaque_bytes().len(), 1);
}

#[test]
fn several_attempts_gaps_and_silence() {
    let again = SMTP.lines().skip(4).collect::<Vec<_>>().join("\n");
    let said = spoken(25, &format!("{SMTP}\nS: 535 no\n{again}\nS: 235 yes"), 100_000);
    let outcomes: Vec<_> = said
        .activities
        .iter()
        .map(|it| it["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["failure", "success"]);
    let said = spoken(25, SMTP, 100_000);
    assert_eq!(said.activities[0]["outcome"], "unknown");
    let said = Conversation::tcp(25)
        .down(b"220 mx ESMTP\r\n")
        .up(b"EHLO a\r\nAUTH PL")
        .gap(Direction::Up, 100)
        .up(b"rest of a line that was lost\r\nAUTH PLAIN AGFsaWNlAGh1bnRlcjI=\r\n")
        .finish();
    assert_eq!(said.messages[0]["user"], "alice");
}

#[test]
fn long_lines() {
    let said = Conversation::tcp(25)
        .down(b"220 mx ESMTP\r\n")
        .cut(Direction::Up, &[b'A'; 100_000], 1000)
        .up(b"\r\nAUTH PLAIN AGFsaWNlAGh1bnRlcjI=\r\n")
        .finish();
    assert_eq!(said.out.counters.limits(), [("mail.line", 1)]);
    assert_eq!(said.messages[0]["user"], "alice");
}

#[test]
fn others_are_left_alone() {
    for greeting in [
        b"220 ftp ready\r\n".as_slice(),
        b"+OK\r\n",
        b"* something\r\n",
        b"HELP\r\n",
    ] {
        let said = Conversation::tcp(4711)
            .down(greeting)
            .up(b"USER a\r\nPASS b\r\n")
            .finish();
        assert!(said.messages.is_empty());
    }
}

proptest! {
    #[test]
    fn damaged_dialogues_do_not_depend_on_cuts(at in any::<prop::sample::Index>(), byte in any::<u8>(), size in 1_usize..200) {
        let speak = |size: usize| {
            let mut conversation = Conversation::tcp(25);
            for line in SMTP.lines().chain(["S: 235 ok"]).map(str::trim) {
                let (who, text) = line.split_once(": ").unwrap();
                let text = text.replace("<2>", &encode(&unhex(V2_CHALLENGE))).replace("<3>", &encode(&unhex(V2_AUTHENTICATE)));
                let mut bytes = format!("{text}\r\n").into_bytes();
                let at = at.index(bytes.len());
                if who == "C" {
                    bytes[at] = byte;
                }
                conversation = conversation.cut(if who == "C" { Direction::Up } else { Direction::Down }, &bytes, size);
            }
            let said = conversation.finish();
            (names(&said).join(" "), said.activities.len(), said.out.counters.malformed())
        };
        assert_eq!(speak(size), speak(100_000));
    }

    #[test]
    fn no_bytes_panic(up in prop::collection::vec(any::<u8>(), 0..200), port in prop::sample::select(vec![25_u16, 110, 143]), size in 1_usize..50) {
        Conversation::tcp(port)
            .cut(Direction::Down, b"+OK 220 \r\n", size)
            .cut(Direction::Up, b"a AUTHENTICATE PLAIN ", size)
            .cut(Direction::Up, &up, size)
            .cut(Direction::Down, &up, size)
            .finish();
    }
}
