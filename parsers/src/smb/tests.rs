//! Behaviour of whole conversations: recorded ones in `vectors/`, one line a segment, `>` from the client, out of a Samba
//! domain; and written ones, for what no recording holds.

mod contexts;
mod hostile;
mod old;
mod recorded;
mod written;

use capture::Direction;
use serde_json::Value;

use crate::testing::{Conversation, Said, unhex};

/// The segments of a recorded conversation.
fn recorded(name: &str) -> Vec<(Direction, Vec<u8>)> {
    let path = format!("{}/src/smb/vectors/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| match line.split_at(1) {
            (">", bytes) => (Direction::Up, unhex(bytes)),
            (_, bytes) => (Direction::Down, unhex(bytes)),
        })
        .collect()
}

/// Plays segments to port 445, each cut into pieces of `size`.
fn play(segments: &[(Direction, Vec<u8>)], size: usize) -> Said {
    segments
        .iter()
        .fold(Conversation::tcp(445), |conversation, (direction, bytes)| {
            conversation.cut(*direction, bytes, size)
        })
        .finish()
}

fn replay(name: &str) -> Said {
    play(&recorded(name), usize::MAX)
}

/// The messages' names of one protocol.
fn names<'a>(said: &'a Said, protocol: &str) -> Vec<&'a str> {
    said.messages
        .iter()
        .filter(|message| message["protocol"] == protocol)
        .map(|message| message["message"].as_str().unwrap())
        .collect()
}

/// The activities of one kind.
fn of<'a>(said: &'a Said, kind: &str) -> Vec<&'a Value> {
    said.activities
        .iter()
        .filter(|activity| activity["kind"] == kind)
        .collect()
}

/// Nothing was malformed and no limit was hit.
fn clean(said: &Said) {
    assert_eq!(said.out.counters.malformed(), []);
    assert_eq!(said.out.counters.limits(), []);
}
