//! Kerberos as it was recorded in a Samba domain: conversations in `vectors/`, one line a message, `>` from the client.

use capture::Direction;
use serde_json::Value;

use crate::testing::{Conversation, Said, unhex};

/// The messages of a vector, without the length that precedes them over TCP.
fn vector(name: &str) -> Vec<(Direction, Vec<u8>)> {
    let path = format!("{}/src/kerberos/vectors/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| {
            let (arrow, hex) = line.split_once(' ').unwrap();
            let direction = if arrow == ">" { Direction::Up } else { Direction::Down };
            (direction, unhex(hex))
        })
        .collect()
}

fn play(conversation: Conversation, messages: &[(Direction, Vec<u8>)]) -> Conversation {
    messages
        .iter()
        .fold(conversation, |conversation, (direction, bytes)| match direction {
            Direction::Up => conversation.up(bytes),
            Direction::Down => conversation.down(bytes),
        })
}

fn udp(name: &str) -> Said {
    play(Conversation::udp(88), &vector(name)).finish()
}

fn tcp(name: &str) -> Said {
    play(Conversation::tcp(88), &vector(name)).finish()
}

fn only(said: &Said) -> &Value {
    assert_eq!(said.activities.len(), 1, "{:#?}", said.activities);
    &said.activities[0]
}

#[test]
fn one_logon_is_three_exchanges_of_which_one_counts() {
    for (name, code) in [("as_preauth_required", 25), ("as_too_big", 52), ("s4u_probe", 25)] {
        let said = udp(name);
        let step = only(&said);
        assert_eq!(step["outcome"], "continued", "{name}");
        assert_eq!(step["status"]["code"], code, "{name}");
        assert_eq!(step.get("action_type"), None, "{name}");
    }
    let said = tcp("as_nonascii");
    let logon = only(&said);
    assert_eq!(logon["outcome"], "success");
    assert_eq!(logon["action_type"], "LogonSuccess");
    assert_eq!(logon["observed"]["account"], "jürgen");
    assert_eq!(logon["details"]["salt"], "LAB.EXAMPLEjürgen");
    assert_eq!(logon["details"]["preauth"], "encrypted_timestamp");
    assert_eq!(logon["details"]["ticket_size"], 1020);
}
