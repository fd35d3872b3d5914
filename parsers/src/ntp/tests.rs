//! NTP from the wire to readings of the clock. Vectors: a domain member that asks its controller.

use capture::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::wire::{Packet, Time};
use crate::testing::{Conversation, unhex};

/// A member's request, extended authenticator: RID 1110, the checksum zero.
const REQUEST: &str = "db020ae90000014300100000c0a80104e886d1026990ea9ee886d105f1268b85e886d0dc5c8b1b51e886d501f180c663
    5604000000010000
    00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
const ANSWER: &str = "1c010ae9000000000000ae9c4c4f434ce885eed42ca7b692e886d501f180c663e886d5076ca7660ae886d5076cd81fe7
    5604000001000000
    c2a7d50c3a75a4100580 33ad79072dfcce3110ad6d7c68896445d205c95338ea4f12e2d2219153e795802c508694a6d0d5c223f2c9adb6675144ca35958bebf0";

/// When the answer was captured: 2023-08-16T04:54:28.553848Z.
const CAPTURED: i64 = 1_692_161_668;

fn server() -> std::net::IpAddr {
    "10.0.0.10".parse().unwrap()
}

#[test]
fn a_member_asks_with_the_rid_of_its_account() {
    let said = Conversation::udp(123).up(&unhex(REQUEST)).finish();
    assert_eq!(said.activities.len(), 0);
    let message = &said.messages[0];
    assert_eq!(
        (&message["protocol"], &message["message"]),
        (&json!("ntp"), &json!("client"))
    );
    assert_eq!(
        (&message["key_rid"], &message["digest_size"]),
        (&json!(1110), &json!(64))
    );
    assert_eq!(message["leap_name"], "unsynchronized");
    assert_eq!(message["reference_id"], "192.168.1.4");
    assert_eq!(message["transmit_time"], "2023-08-16T04:54:25.943371Z");
    assert_eq!(
        (&message["root_delay"], &message["root_dispersion"]),
        (&json!("0.004928"), &json!("16.000000"))
    );
    assert!(!message.to_string().contains("checksum"));
}

#[test]
fn an_answer_reads_the_servers_clock() {
    let said = Conversation::udp(123)
        .at(Timestamp::new(CAPTURED, 551_848_000))
        .up(&unhex(REQUEST))
        .down(&unhex(ANSWER))
        .finish();
    let message = &said.messages[1];
    assert_eq!(
        (&message["message"], &message["reference_id"]),
        (&json!("server"), &json!("LOCL"))
    );
    assert!(!message.to_string().contains("c2a7d50c"), "no digest");
    let reading = said.out.clocks.latest(&[server()]).unwrap();
    assert_eq!(reading.time, Timestamp::new(CAPTURED, 553_848_000));
    assert_eq!(reading.skew_us, 2_871_324);
}

#[test]
fn only_an_answer_to_what_was_asked_counts() {
    let blind = Conversation::udp(123).down(&unhex(ANSWER)).finish();
    assert_eq!((blind.messages.len(), blind.out.clocks.latest(&[server()])), (1, None));
    let mut other = unhex(REQUEST);
    other[47] ^= 1;
    let said = Conversation::udp(123).up(&other).down(&unhex(ANSWER)).finish();
    assert_eq!(said.out.clocks.latest(&[server()]), None);
    let mut kiss = unhex(ANSWER);
    kiss[1] = 0;
    let said = Conversation::udp(123).up(&unhex(REQUEST)).down(&kiss).finish();
    assert_eq!(said.out.clocks.latest(&[server()]), None);
}

#[test]
fn times_are_of_the_nearest_era() {
    let of = |now: i64, seconds: u64| Time(seconds << 32).near(Timestamp::new(now, 0)).map(Timestamp::seconds);
    assert_eq!(of(1_763_600_000, 0), None);
    assert_eq!(of(1_763_600_000, 1_763_600_005 + 2_208_988_800), Some(1_763_600_005));
    // The era of 1900 ends in February 2036.
    let end = (1_i64 << 32) - 2_208_988_800;
    assert_eq!(of(end - 5, 7), Some(end + 7));
    assert_eq!(of(end + 5, (1 << 32) - 3), Some(end - 3));
}

#[test]
fn other_modes_and_short_packets_cost_nothing() {
    let said = Conversation::udp(123)
        .up(&unhex(REQUEST))
        .up(&[0x16, 2, 0, 1])
        .up(&[0x23; 47])
        .up(&[0x20; 48])
        .finish();
    let names: Vec<_> = said
        .messages
        .iter()
        .map(|message| message["message"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["client", "control", "malformed", "malformed"]);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>, time: i64) {
        drop(Conversation::udp(123).up(&bytes).down(&bytes).finish());
        if let Ok(packet) = Packet::parse(&bytes) {
            let _ = (packet.authenticator(), packet.reference_name(), packet.transmit.near(Timestamp(time)));
        }
    }

    #[test]
    fn a_changed_octet_never_panics(at in 0_usize..120, octet: u8) {
        let mut answer = unhex(ANSWER);
        if let Some(slot) = answer.get_mut(at) {
            *slot = octet;
        }
        drop(Conversation::udp(123).up(&unhex(REQUEST)).down(&answer).finish());
    }
}
