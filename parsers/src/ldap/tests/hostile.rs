//! What must always hold: cuts change nothing, silence loses no activity, and no bytes are too bad.

use capture::Direction;
use proptest::prelude::{Strategy, any, prop, proptest};
use serde_json::Value;

use crate::testing::{Conversation, Said, unhex};

use super::build::{all, entry, message, modify, ntlm, present, result, sasl_bind, search, signed, simple_bind, tlv};
use super::vectors::{
    BIT_ANSWER, BIT_SEARCH, PONG, SICILY, SIGNED_ANSWER, SIGNED_BIND, SIGNED_BIND_ANSWER, SIGNED_SEARCH,
};

/// Everything a client and a server may say to one another, in order.
fn dialogue() -> Vec<(Direction, Vec<u8>)> {
    use Direction::{Down, Up};
    let [negotiate, challenge, authenticate, success] = SICILY.map(unhex);
    vec![
        (Up, simple_bind(1, "CN=Иван,DC=lab", "secret")),
        (Down, result(1, 0x61, 0)),
        (Up, unhex(BIT_SEARCH)),
        (Down, unhex(BIT_ANSWER)),
        (Up, negotiate),
        (Down, challenge),
        (Up, authenticate),
        (Down, success),
        (Up, search(9, "DC=lab", &present("cn"))),
        (
            Down,
            all(&[entry(9, "CN=a", 700), entry(9, "CN=b", 3), result(9, 0x65, 0)]),
        ),
        (Up, modify(10, "CN=g,DC=lab", &[(0, "member", &[b"CN=eve"])])),
        (Down, result(10, 0x67, 0)),
        (Up, sasl_bind(11, "GSSAPI", b"")),
        (Down, result(11, 0x61, 14)),
        (Up, unhex(SIGNED_BIND)),
        (Down, unhex(SIGNED_BIND_ANSWER)),
        (Up, unhex(SIGNED_SEARCH)),
        (Down, unhex(SIGNED_ANSWER)),
        (
            Up,
            signed(
                &all(&[search(20, "", &present("cn")), search(21, "", &present("sn"))]),
                false,
                12,
            ),
        ),
        (
            Down,
            ntlm(&all(&[entry(20, "CN=z", 40), result(20, 0x65, 0), result(21, 0x65, 0)])),
        ),
        (Up, message(30, &tlv(0x42, &[]))),
    ]
}

fn told(said: &Said) -> (Vec<Value>, Vec<Value>) {
    let strip = |line: &Value| {
        let mut line = line.clone();
        line.as_object_mut().unwrap().remove("frame");
        line
    };
    (said.messages.iter().map(strip).collect(), said.activities.clone())
}

fn spoken(dialogue: &[(Direction, Vec<u8>)], size: usize, conversation: Conversation) -> Said {
    dialogue
        .iter()
        .fold(conversation, |conversation, (way, bytes)| {
            conversation.cut(*way, bytes, size)
        })
        .finish()
}

proptest! {
    #[test]
    fn cuts_change_nothing(size in 1_usize..600) {
        let whole = spoken(&dialogue(), usize::MAX, Conversation::tcp(389));
        let cut = spoken(&dialogue(), size, Conversation::tcp(389));
        assert_eq!(told(&whole), told(&cut));
        assert!(whole.out.counters.malformed().is_empty(), "{:?}", whole.out.counters.malformed());
    }

    #[test]
    fn silence_loses_no_activity(size in 1_usize..600) {
        let loud = spoken(&dialogue(), size, Conversation::tcp(389));
        let silent = spoken(&dialogue(), size, Conversation::tcp(389).silent());
        assert_eq!(loud.activities, silent.activities);
        assert!(silent.messages.is_empty());
        assert!(loud.out.counters.messages().eq(silent.out.counters.messages()));
    }

    #[test]
    fn damage_never_panics(
        part in 0_usize..21,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        midstream in any::<bool>(),
    ) {
        let mut dialogue = dialogue();
        let bytes = &mut dialogue[part].1;
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let conversation = Conversation::tcp(389);
        spoken(&dialogue, 300, if midstream { conversation.midstream() } else { conversation });
    }

    #[test]
    fn gaps_never_panic(part in 0_usize..21, from in any::<prop::sample::Index>(), extra in 0_u64..2000) {
        let mut conversation = Conversation::tcp(389);
        for (index, (way, bytes)) in dialogue().iter().enumerate() {
            let at = from.index(bytes.len());
            conversation = match index == part {
                true => conversation.cut(*way, &bytes[..at], 900).gap(*way, (bytes.len() - at) as u64 + extra),
                false => conversation.cut(*way, bytes, 900),
            };
        }
        conversation.finish();
    }

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..400), head in heads()) {
        let noise = [head, noise].concat();
        Conversation::tcp(389).up(&noise).down(&noise).finish();
        Conversation::udp(389).up(&noise).down(&noise).finish();
        Conversation::udp(389).down(&unhex(PONG)).down(&noise).finish();
    }
}

fn heads() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        vec![],
        vec![0x30, 0x84, 0, 0, 0, 90, 2, 1, 1, 0x63],
        vec![0x30, 0x84, 0, 0, 0, 90, 2, 1, 1, 0x64, 0x84, 0, 0, 0, 50],
        vec![0, 0, 0, 90, 5, 4, 4, 0xff, 0, 12, 0, 12],
        vec![0, 0, 0, 90, 1, 0, 0, 0],
        vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 2, 1, 1, 0x64, 0x84, 0x7f, 0, 0, 0],
    ])
}

#[test]
fn one_bad_message_costs_one_message() {
    let bad = message(2, &tlv(0x63, b"no search at all"));
    let said = Conversation::tcp(389)
        .up(&search(1, "", &present("cn")))
        .up(&bad)
        .up(&message(3, &tlv(0x5f, b"")))
        .up(&search(4, "DC=lab", &present("cn")))
        .finish();
    assert_eq!(said.activities.len(), 2);
    assert_eq!(
        said.out
            .counters
            .malformed()
            .iter()
            .map(|(_, _, count)| count)
            .sum::<u64>(),
        2
    );
}

#[test]
fn requests_that_wait_are_bounded() {
    let flood: Vec<u8> = (0..3000_u16)
        .flat_map(|id| {
            let [high, low] = id.to_be_bytes();
            let body = search(1, "", &present("cn"))[5..].to_vec(); // behind the messageID
            tlv(0x30, &all(&[tlv(2, &[1, high, low]), body]))
        })
        .collect();
    let said = Conversation::tcp(389).up(&flood).finish();
    assert_eq!(said.activities.len(), 3000);
    assert_eq!(said.out.counters.limits(), [("ldap.pending", 3000 - 256)]);
}

#[test]
fn a_message_of_any_size_passes() {
    let said = Conversation::tcp(389)
        .up(&search(1, "", &present("cn")))
        .down(&all(&[entry(1, "CN=big", 3_000_000), result(1, 0x65, 0)]))
        .finish();
    assert_eq!(said.activities[0]["details"]["entries"], 1);
    assert_eq!(said.messages[1]["dn"], "CN=big");
    assert_eq!(said.activities[0]["outcome"], "success");
}
