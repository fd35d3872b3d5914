//! NetSessionEnum and NetShareEnum as they were on the wire (NDR64), and their likes in NDR 2.0.

use proptest::prelude::*;
use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, pointer, said, string};
use crate::dcerpc::stubs::testing::{Stub, Talk};

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

fn ask(wide: bool, opnum: u16, rest: impl FnOnce(Stub) -> Stub, answer: Stub) -> serde_json::Value {
    let request = rest(Stub::new(wide).wide_argument("dc1"));
    Talk::new(SRVSVC, wide)
        .call(opnum, &request.done(), &answer.done())
        .only()
}

/// The union of `level` and the pointer that is its arm.
fn union(stub: Stub, level: u32) -> Stub {
    stub.pad64(8).u32(level).pad64(8).pointer().structure()
}

/// SHARE_INFO_2, 502 or 503 of a share `x$`.
fn share(stub: Stub, level: u32) -> Stub {
    let stub = union(stub, level)
        .pointer()
        .u32(0)
        .pointer()
        .u32(0)
        .u32(u32::MAX)
        .u32(0);
    let stub = stub.pointer().pointer();
    let stub = match level {
        2 => stub,
        502 => stub.u32(4).pointer(),
        _ => stub.pointer().u32(4).pointer(),
    };
    let stub = stub
        .wide_string("x$")
        .wide_string("a remark")
        .wide_string("C:\\")
        .wide_string("S3cret");
    match level {
        2 => stub,
        502 => stub.size(4).octets(&[1, 0, 4, 0x80]),
        _ => stub.wide_string("fs1").size(4).octets(&[1, 0, 4, 0x80]),
    }
}

#[test]
fn a_share_that_is_added_is_told() {
    for (wide, level) in [
        (false, 2),
        (true, 2),
        (false, 502),
        (true, 502),
        (false, 503),
        (true, 503),
    ] {
        let activity = ask(
            wide,
            14,
            |stub| share(stub.u32(level), level).null(),
            Stub::new(wide).null().u32(0),
        );
        let details = &activity["details"];
        assert_eq!(
            (&details["share"], &details["path"]),
            (&json!("x$"), &json!("C:\\")),
            "{wide} {level}"
        );
        assert_eq!((&details["type"], &details["remark"]), (&json!(0), &json!("a remark")));
        assert_eq!(
            (&details["level"], &details["server_name"]),
            (&json!(level), &json!("dc1"))
        );
        assert_eq!(details.get("server"), (level == 503).then_some(&json!("fs1")));
        assert!(!activity.to_string().contains("S3cret"));
    }
}

#[test]
fn a_share_that_is_asked_for_or_set_is_told() {
    for wide in [false, true] {
        let named = |stub: Stub| stub.wide_string("x$").u32(502);
        let details = &ask(wide, 16, named, share(Stub::new(wide), 502).u32(0))["details"];
        assert_eq!((&details["share"], &details["path"]), (&json!("x$"), &json!("C:\\")));
        let remark = |stub: Stub| {
            union(stub.wide_string("x$").u32(1004), 1004)
                .pointer()
                .wide_string("new")
                .null()
        };
        let details = &ask(wide, 17, remark, Stub::new(wide).null().u32(0))["details"];
        assert_eq!((&details["share"], &details["remark"]), (&json!("x$"), &json!("new")));
        let refused = Stub::new(wide).u32(502).pad64(8).null().u32(5);
        let activity = ask(wide, 16, named, refused);
        assert_eq!(
            (activity["details"].get("path"), &activity["outcome"]),
            (None, &json!("failure"))
        );
    }
}

#[test]
fn what_is_no_longer_shared_is_named() {
    let delete = |stub: Stub| stub.wide_string("x$").u32(0);
    for (opnum, wide) in [(18, false), (19, true)] {
        let details = &ask(wide, opnum, delete, Stub::new(wide).u32(0))["details"];
        assert_eq!(details["share"], "x$");
    }
    let handle = "00000000 c255930e0aaf2c45910fe56e9bc0f915";
    let start = delete(Stub::new(false).wide_argument("dc1")).done();
    let commit = Stub::new(false).handle(handle).done();
    let said = Talk::new(SRVSVC, false)
        .call(37, &start, &Stub::new(false).handle(handle).u32(0).done())
        .call(38, &commit, &[0; 24])
        .call(38, &commit, &[0; 24])
        .finish();
    let shares: Vec<_> = said.activities.iter().map(|call| &call["details"]["share"]).collect();
    assert_eq!(shares, [&json!("x$"), &json!("x$"), &json!(null)]);
}

#[test]
fn a_file_that_is_closed_is_named() {
    for wide in [false, true] {
        let details = &ask(wide, 11, |stub| stub.u32(77), Stub::new(wide).u32(0))["details"];
        assert_eq!(
            (&details["operation"], &details["file_id"]),
            (&json!("NetrFileClose"), &json!(77))
        );
        let file = union(Stub::new(wide), 3).u32(77).u32(1).u32(0).pointer().pointer();
        let file = file.wide_string("C:\\x.txt").wide_string("eve").u32(0);
        let details = &ask(wide, 10, |stub| stub.u32(77).u32(3), file)["details"];
        assert_eq!(
            (&details["path"], &details["user"]),
            (&json!("C:\\x.txt"), &json!("eve"))
        );
    }
}

#[test]
fn a_server_says_what_it_is() {
    for (wide, level) in [(false, 101), (true, 101), (false, 102), (true, 103)] {
        let head = union(Stub::new(wide), level)
            .u32(500)
            .pointer()
            .u32(10)
            .u32(0)
            .u32(0x8_100b)
            .pointer();
        let more = |stub: Stub| {
            [3, u32::MAX, 0, 240, 3000, 0]
                .iter()
                .fold(stub, |stub, word| stub.u32(*word))
        };
        let stub = match level {
            101 => head,
            102 => more(head).pointer(),
            _ => more(head).pointer().u32(0),
        };
        let stub = stub.pad64(8).wide_string("DC1").wide_string("the first");
        let stub = if level == 101 { stub } else { stub.wide_string("c:\\") };
        let details = &ask(wide, 21, |stub| stub.u32(level), stub.u32(0))["details"];
        assert_eq!(
            (&details["computer"], &details["comment"]),
            (&json!("DC1"), &json!("the first")),
            "{wide} {level}"
        );
        assert_eq!(
            (&details["version_major"], &details["version_minor"]),
            (&json!(10), &json!(0))
        );
        assert_eq!(
            details["server_type_names"],
            json!(["workstation", "server", "domain_ctrl", "nt", "domain_master"])
        );
    }
}

#[test]
fn a_clock_is_held_against_the_packets() {
    for wide in [false, true] {
        let words = [1_763_600_300, 5_000, 12, 0, 0, 50, 0, 310, 20, 11, 2025, 4];
        let answer = words
            .iter()
            .fold(Stub::new(wide).pointer(), |stub, word| stub.u32(*word))
            .u32(0);
        let details = &ask(wide, 28, |stub| stub, answer)["details"];
        assert_eq!(details["server_time"], "2025-11-20T00:58:20.500000Z");
        let skew = details["clock_skew_us"].as_i64().unwrap();
        assert!(
            (300_400_000..300_500_000).contains(&skew),
            "{skew}: the packets are of 2025-11-20T00:53:20Z"
        );
    }
}

proptest! {
    #[test]
    fn no_stub_panics(opnum in 8_u16..58, stub in proptest::collection::vec(any::<u8>(), 0..200), wide: bool, level in 0_u8..4) {
        let marshalled = if wide { Marshalled::Ndr64 } else { Marshalled::Ndr20 };
        let hex: String = stub.iter().map(|octet| format!("{octet:02x}")).collect();
        let answer = format!("{level:02x}000000{level:02x}000000{hex}");
        drop(said(SRVSVC, marshalled, &[Step::Asks(opnum, &hex), Step::Answers(&answer)]));
    }
}
