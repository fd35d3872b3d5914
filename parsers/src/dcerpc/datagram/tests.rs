//! Connectionless calls from the wire to activities.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::testing::{Conversation, Said, unhex};

/// A Messenger Service popup of 2006, as it stands on the wire: NetrSendMessage, which asks for no answer by a flag of its own.
const SEND: &str = "04002800 10000000 00000000000000000000000000000000 f8917b5a00ffd011a9b200c04fb6e6fc
    dc56321c2110cab4a37fa8cdd62934e3 00000000 01000000 00000000 0000 ffff ffff 2000 0000 00 00
    10000000 00000000 10000000 46524f4d 000000000000000000000000 00000000";

const SAMR: &str = "78573412 3412 cdab ef00 0123456789ac";

/// What a PDU's header says beside its type.
#[derive(Clone, Copy)]
struct Pdu {
    flags: u8,
    sequence: u8,
    fragment: u8,
    opnum: u8,
}

const PLAIN: Pdu = Pdu {
    flags: 0x08,
    sequence: 7,
    fragment: 0,
    opnum: 5,
};

impl Pdu {
    /// A PDU of SAMR with `body`, and perhaps a verifier of a level.
    fn of(self, ptype: u8, body: &[u8], level: Option<u8>) -> Vec<u8> {
        let mut pdu = vec![4, ptype, self.flags, 0, 0x10, 0, 0, 0];
        pdu.extend([0; 16]);
        pdu.extend(unhex(SAMR));
        pdu.extend([0xac; 16]);
        pdu.extend(unhex("00000000 01000000"));
        pdu.extend([self.sequence, 0, 0, 0, self.opnum, 0, 0xff, 0xff, 0xff, 0xff]);
        pdu.extend(u16::try_from(body.len()).unwrap().to_le_bytes());
        pdu.extend([self.fragment, 0, if level.is_some() { 10 } else { 0 }, 0]);
        pdu.extend(body);
        if let Some(level) = level {
            pdu.resize(pdu.len().next_multiple_of(8), 0);
            pdu.extend([level, 1, 0, 0, 0, 0, 0, 0]);
            pdu.extend([0x77; 16]);
        }
        pdu
    }
}

fn details(said: &Said) -> Vec<&Value> {
    said.activities.iter().map(|activity| &activity["details"]).collect()
}

#[test]
fn a_request_names_interface_and_operation_itself() {
    let said = Conversation::udp(1026).up(&unhex(SEND)).finish();
    let message = &said.messages[0];
    assert_eq!(
        (&message["protocol"], &message["message"]),
        (&json!("dcerpc"), &json!("request"))
    );
    assert_eq!(message["interface_uuid"], "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc");
    assert_eq!(message["activity_id"], "1c3256dc-1021-b4ca-a37f-a8cdd62934e3");
    assert_eq!(
        (&message["idempotent"], &message["no_fack"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(said.activities.len(), 1);
    assert_eq!(said.activities[0]["outcome"], "unknown");
    assert_eq!(said.activities[0]["details"]["operation"], "NetrSendMessage");
    assert_eq!(said.activities[0]["details"]["port"], 1026);
}

#[test]
fn a_call_meets_its_answer() {
    let fault = PLAIN.of(3, &unhex("0100011c"), None);
    for (answer, outcome) in [(PLAIN.of(2, &[0; 8], None), "success"), (fault, "failure")] {
        let said = Conversation::udp(1025)
            .up(&PLAIN.of(0, &[0; 28], None))
            .down(&PLAIN.of(4, &[], None))
            .up(&PLAIN.of(1, &[], None))
            .down(&answer)
            .up(&PLAIN.of(7, &[], None))
            .finish();
        let names: Vec<_> = said.messages.iter().map(|message| &message["message"]).collect();
        assert_eq!(names[..3], ["request", "working", "ping"]);
        assert_eq!(names[4], "ack");
        assert_eq!(said.activities.len(), 1);
        assert_eq!(said.activities[0]["outcome"], outcome);
        assert_eq!(said.activities[0]["duration_us"], 3000);
        assert_eq!(
            said.activities[0]["details"]["operation"],
            "SamrLookupDomainInSamServer"
        );
        assert_eq!(said.activities[0]["details"]["stub_size"], 28);
    }
}

/// SamrLookupDomainInSamServer, and the domain's SID.
#[test]
fn stubs_are_read_whole_and_in_fragments() {
    let request =
        unhex("0000000000000000000000000000000000000000 06000600 00000200 03000000 00000000 03000000 4c0041004200");
    let response = unhex("00000200 01000000 0101000000000005 20000000 00000000");
    let whole = Conversation::udp(1025)
        .up(&PLAIN.of(0, &request, None))
        .down(&PLAIN.of(2, &response, None))
        .finish();
    let part = |flags, fragment| Pdu {
        flags,
        fragment,
        ..PLAIN
    };
    let cut = Conversation::udp(1025)
        .up(&part(4, 0).of(0, &request[..24], None))
        .up(&part(6, 1).of(0, &request[24..], None))
        .down(&part(4, 0).of(2, &response[..8], None))
        .down(&part(4, 0).of(2, &response[..8], None))
        .down(&part(6, 1).of(2, &response[8..], None))
        .finish();
    for said in [whole, cut] {
        assert_eq!(said.activities[0]["kind"], "samr_query");
        assert_eq!(details(&said)[0]["domain"], "LAB");
        assert_eq!(details(&said)[0]["domain_sid"], "S-1-5-32");
        assert_eq!(said.activities[0]["status"]["name"], "STATUS_SUCCESS");
    }
}

#[test]
fn a_rejection_names_its_status() {
    let said = Conversation::udp(1025)
        .up(&PLAIN.of(0, &[0; 28], None))
        .down(&PLAIN.of(6, &unhex("0300011c"), None))
        .finish();
    assert_eq!(said.messages[1]["fault_status_name"], "nca_s_unk_if");
    assert_eq!(said.activities[0]["status"]["name"], "nca_s_unk_if");
}

#[test]
fn fragments_are_one_call_and_what_is_sent_again_is_not_told_again() {
    let part = |flags, fragment| Pdu {
        flags,
        fragment,
        ..PLAIN
    };
    let first = part(0x04, 0).of(0, &[0; 100], None);
    let last = part(0x06, 1).of(0, &[0; 30], None);
    let fack = PLAIN.of(9, &unhex("0000 2000 00100000 78050000 0000 0000"), None);
    let answer = part(0x06, 1).of(2, &[0; 4], None);
    let said = Conversation::udp(1025)
        .up(&first)
        .down(&fack)
        .up(&first)
        .up(&last)
        .down(&part(0x04, 0).of(2, &[0; 90], None))
        .down(&answer)
        .down(&answer)
        .up(&last)
        .finish();
    assert_eq!(said.messages[1]["window_size"], 32);
    assert_eq!(said.messages[0]["fragment_number"], 0);
    assert_eq!(said.activities.len(), 1);
    assert_eq!(details(&said)[0]["stub_size"], 130);
}

#[test]
fn overlapping_calls_are_told_apart_by_their_sequence_number() {
    let other = Pdu {
        sequence: 8,
        opnum: 6,
        ..PLAIN
    };
    let said = Conversation::udp(1025)
        .up(&PLAIN.of(0, &[], None))
        .up(&other.of(0, &[], None))
        .down(&other.of(2, &[], None))
        .down(&PLAIN.of(2, &[], None))
        .finish();
    let opnums: Vec<_> = details(&said).iter().map(|details| &details["opnum"]).collect();
    assert_eq!(opnums, [6, 5]);
}

#[test]
fn a_sealed_call_says_so() {
    let said = Conversation::udp(1025)
        .up(&PLAIN.of(0, &[0; 13], Some(6)))
        .down(&PLAIN.of(2, &[0; 8], Some(6)))
        .finish();
    assert_eq!(said.messages[0]["auth_type_name"], "RPC_C_AUTHN_WINNT");
    assert_eq!(details(&said)[0]["sealed"], true);
}

#[test]
fn a_maybe_call_waits_for_nobody_and_a_lone_answer_names_its_operation() {
    let maybe = Pdu { flags: 0x10, ..PLAIN };
    let said = Conversation::udp(1025).up(&maybe.of(0, &[], None)).finish();
    assert_eq!(
        (said.activities.len(), &said.activities[0]["outcome"]),
        (1, &json!("unknown"))
    );
    let said = Conversation::udp(1025).down(&PLAIN.of(2, &[], None)).finish();
    assert_eq!(details(&said)[0]["opnum"], 5);
    assert_eq!(said.activities[0]["client"]["port"], 50_000);
}

#[test]
fn what_does_not_hold_together_is_not_rpc() {
    let good = PLAIN.of(0, &[0; 28], None);
    for (at, value) in [(0, 5), (1, 11), (3, 0x80), (4, 0x40), (5, 9), (6, 1), (74, 13)] {
        let mut bad = good.clone();
        bad[at] = value;
        assert!(Conversation::udp(1025).up(&bad).finish().messages.is_empty(), "{at}");
    }
    let said = Conversation::udp(1025).up(&good).up(&good[..40]).finish();
    assert_eq!(said.messages[1]["message"], "malformed");
    assert_eq!(said.activities.len(), 1);
}

#[test]
fn calls_that_nobody_answers_are_bounded() {
    let mut conversation = Conversation::udp(1025);
    for sequence in 0..=200 {
        conversation = conversation.up(&Pdu { sequence, ..PLAIN }.of(0, &[], None));
    }
    let said = conversation.finish();
    assert_eq!(said.activities.len(), 201);
    assert_eq!(said.out.counters.limits(), [("dcerpc.pending", 137)]);
}

proptest! {
    #[test]
    fn no_datagram_panics(
        head in prop::collection::vec(any::<u8>(), 0..100),
        at in 0_usize..130,
        value in any::<u8>(),
        ptype in 0_u8..12,
    ) {
        let mut pdu = PLAIN.of(ptype, &head, Some(5));
        if let Some(byte) = pdu.get_mut(at) {
            *byte = value;
        }
        let first = PLAIN.of(0, &[], None);
        Conversation::udp(1025).up(&first).up(&head).down(&pdu).up(&pdu).finish();
    }
}
