//! NetSessionEnum and NetShareEnum as they were on the wire (NDR64), and their likes in NDR 2.0.

use proptest::prelude::*;
use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, pointer, said, string};

const SRVSVC: &str = "4b324fc8-1670-01d3-1278-5a47bf6ee188";

#[test]
fn sessions_name_client_and_user() {
    let asked = "00000200000000000900000000000000000000000000000009000000000000004d004f00520044004f005200440043000000000000
        000000000002000000000001000000000000000000000000000000010000000000000000000000000000000000020000000000010000000000
        00000000000000000000010000000000000000000000000000000a000000000000000a00000000000000000002000000000000000000000000
        000000000000000000ffffffff00000000000002000000000000000000";
    let answered = "0a000000000000000a000000000000000000020000000000010000000000000000000200000000000100000000000000000002
        0000000000000002000000000002000000000000000e0000000000000000000000000000000e000000000000005c005c003100370032002e00
        310038002e00330039002e003500000000000000090000000000000000000000000000000900000000000000700067007500730074006100
        76006f00000000000100000000000200000000001200000000000000";
    let said = activities(
        SRVSVC,
        Marshalled::Ndr64,
        &[Step::Asks(12, asked), Step::Answers(answered)],
    );
    assert_eq!(
        (&said[0]["kind"], &said[0]["action_type"]),
        (&json!("session_enumeration"), &json!("SMB session"))
    );
    let details = &said[0]["details"];
    assert_eq!((&details["level"], &details["entries"]), (&json!(10), &json!(1)));
    assert_eq!(details["server_name"], "MORDORDC");
    assert_eq!(
        details["sessions"],
        json!([{"client": "\\\\172.18.39.5", "user": "pgustavo"}])
    );
    assert_eq!(details.get("client_filter"), None);
}

#[test]
fn what_is_asked_for_is_told_when_it_is_refused() {
    let asked = format!(
        "{}{}{} 01000000 01000000 04000200 00000000 00000000 ffffffff 00000000",
        pointer("dc1"),
        pointer("\\\\ws1"),
        pointer("eve"),
    );
    let refused = "01000000 01000000 00000200 00000000 00000000 00000000 00000000 05000000";
    let said = activities(
        SRVSVC,
        Marshalled::Ndr20,
        &[Step::Asks(12, &asked), Step::Answers(refused)],
    );
    let details = &said[0]["details"];
    assert_eq!(
        (&details["client_filter"], &details["user_filter"]),
        (&json!("\\\\ws1"), &json!("eve"))
    );
    assert_eq!(said[0]["outcome"], "failure");
    assert_eq!(details["entries"], 0);
}

#[test]
fn shares_have_their_paths_and_no_password() {
    let answered = format!(
        "02000000 02000000 00000200 01000000 04000200 01000000
         08000200 03000080 0c000200 00000000 ffffffff 01000000 10000200 14000200 {}{}{}{} 01000000 00000000 00000000",
        string("IPC$"),
        string("Remote IPC"),
        string("C:\\tmp"),
        string("S3cret"),
    );
    let asked = format!(
        "{} 02000000 02000000 04000200 00000000 00000000 ffffffff 00000000",
        pointer("dc1")
    );
    let said = activities(
        SRVSVC,
        Marshalled::Ndr20,
        &[Step::Asks(15, &asked), Step::Answers(&answered)],
    );
    assert_eq!(
        said[0]["details"]["shares"],
        json!([{"share": "IPC$", "type": 0x8000_0003_u32, "remark": "Remote IPC", "path": "C:\\tmp"}])
    );
    assert!(!said[0].to_string().contains("S3cret"));
}

#[test]
fn a_table_that_lies_costs_its_call() {
    let answered = "0a000000 0a000000 00000200 ffffffff 04000200 ffffffff 00000000";
    let said = said(
        SRVSVC,
        Marshalled::Ndr20,
        &[Step::Asks(12, "00"), Step::Answers(answered)],
    );
    assert_eq!(said.activities[0]["kind"], "session_enumeration");
    assert_eq!(
        said.out.counters.malformed().len(),
        2,
        "the request's name and the answer's rows"
    );
}

#[test]
fn long_tables_are_cut() {
    let rows: String = (1..=300).map(|_| "08000200").collect();
    let names: String = (0..300).map(|_| string("c")).collect();
    let answered =
        format!("00000000 00000000 00000200 2c010000 04000200 2c010000 {rows} {names} 2c010000 00000000 00000000");
    let said = said(
        SRVSVC,
        Marshalled::Ndr20,
        &[Step::Asks(12, ""), Step::Answers(&answered)],
    );
    assert_eq!(said.activities[0]["details"]["entries"], 300);
    assert_eq!(
        said.activities[0]["details"]["sessions"].as_array().map(Vec::len),
        Some(256)
    );
    assert_eq!(said.out.counters.limits(), [("dcerpc.listed", 1)]);
}

proptest! {
    #[test]
    fn no_stub_panics(opnum in 8_u16..37, stub in proptest::collection::vec(any::<u8>(), 0..200), wide: bool, level in 0_u8..4) {
        let marshalled = if wide { Marshalled::Ndr64 } else { Marshalled::Ndr20 };
        let hex: String = stub.iter().map(|octet| format!("{octet:02x}")).collect();
        let answer = format!("{level:02x}000000{level:02x}000000{hex}");
        drop(said(SRVSVC, marshalled, &[Step::Asks(opnum, &hex), Step::Answers(&answer)]));
    }
}
