//! Workstations that are asked, and made to join.

use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, pointer, string};
use crate::dcerpc::stubs::testing::{Stub, Talk};

const WKSSVC: &str = "6bffd098-a112-3610-9833-46c3f87e345a";

#[test]
fn users_that_are_logged_on_have_names() {
    let ask = format!(
        "{} 01000000 01000000 04000200 00000000 00000000 ffffffff 00000000",
        pointer("ws1")
    );
    let answer = format!(
        "01000000 01000000 00000200 01000000 04000200 01000000 08000200 0c000200 10000200 14000200 {}{}{}{} 01000000
         00000000 00000000",
        string("alice"),
        string("LAB"),
        string(""),
        string("DC1"),
    );
    let said = activities(
        WKSSVC,
        Marshalled::Ndr20,
        &[Step::Asks(2, &ask), Step::Answers(&answer)],
    );
    assert_eq!(said[0]["kind"], "session_enumeration");
    assert_eq!(
        said[0]["details"]["users"],
        json!([{"user": "alice", "domain": "LAB", "logon_server": "DC1"}])
    );
}

#[test]
fn a_join_names_domain_and_account_and_no_password() {
    let join = format!(
        "{}{}{}{} 0c000200 {} 03000000",
        pointer("ws1"),
        string("lab.example"),
        pointer("OU=x"),
        pointer("LAB\\joiner"),
        "5a".repeat(524),
    );
    let said = activities(
        WKSSVC,
        Marshalled::Ndr20,
        &[Step::Asks(22, &join), Step::Answers("83050000")],
    );
    assert_eq!(said[0]["observed"]["target_domain"], "lab.example");
    let details = &said[0]["details"];
    assert_eq!(
        (&details["join_account"], &details["options"]),
        (&json!("LAB\\joiner"), &json!(3))
    );
    assert!(!said[0].to_string().contains("ZZZZ"));
    assert_eq!(said[0]["outcome"], "failure");
}

fn ask(wide: bool, opnum: u16, rest: impl FnOnce(Stub) -> Stub, answer: Stub) -> serde_json::Value {
    let request = rest(Stub::new(wide).wide_argument("ws1"));
    Talk::new(WKSSVC, wide)
        .call(opnum, &request.done(), &answer.done())
        .only()
}

/// The union of `level` and the pointer that is its arm.
fn union(stub: Stub, level: u32) -> Stub {
    stub.pad64(8).u32(level).pad64(8).pointer().structure()
}

#[test]
fn a_workstation_says_what_it_is() {
    for (wide, level) in [(false, 100), (true, 100), (false, 102), (true, 102), (true, 101)] {
        let stub = union(Stub::new(wide), level)
            .u32(500)
            .pointer()
            .pointer()
            .u32(10)
            .u32(0);
        let stub = match level {
            100 => stub,
            101 => stub.pointer(),
            _ => stub.pointer().u32(3).pad64(8),
        };
        let stub = stub.wide_string("WS1").wide_string("LAB");
        let stub = if level == 100 { stub } else { stub.wide_string("") };
        let details = &ask(wide, 0, |stub| stub.u32(level), stub.u32(0))["details"];
        assert_eq!(
            (&details["computer"], &details["domain"]),
            (&json!("WS1"), &json!("LAB")),
            "{wide} {level}"
        );
        assert_eq!(
            (&details["version_major"], &details["version_minor"]),
            (&json!(10), &json!(0))
        );
        assert_eq!(details.get("logged_on_users"), (level == 102).then_some(&json!(3)));
    }
}

/// USE_INFO_2 or 3 without what it lies in.
fn used(stub: Stub, level: u32) -> Stub {
    let stub = stub
        .pointer()
        .pointer()
        .pointer()
        .u32(0)
        .u32(0)
        .u32(1)
        .u32(1)
        .pointer()
        .pointer();
    let stub = if level == 3 { stub.u32(1).pad64(8) } else { stub };
    let stub = stub.wide_string("Z:").wide_string("\\\\evil\\c$").wide_string("S3cret");
    stub.wide_string("eve").wide_string("LAB")
}

#[test]
fn a_share_that_is_used_is_named_without_its_password() {
    for (wide, level) in [(false, 2), (true, 2), (false, 3), (true, 3)] {
        let add = |stub: Stub| used(union(stub.u32(level), level), level).null();
        let activity = ask(wide, 8, add, Stub::new(wide).null().u32(0));
        let details = &activity["details"];
        assert_eq!(
            (&details["unc_path"], &details["user"]),
            (&json!("\\\\evil\\c$"), &json!("eve")),
            "{wide} {level}"
        );
        assert_eq!(activity["observed"]["host"], "evil");
        assert!(!activity.to_string().contains("S3cret"));
        let list = |stub: Stub| stub.structure().u32(level).pad64(8).u32(level).pad64(8).pointer();
        let rows = used(list(Stub::new(wide)).structure().u32(1).pointer().size(1), level)
            .u32(1)
            .null()
            .u32(0);
        let asked = |stub: Stub| list(stub).structure().u32(0).null().u32(u32::MAX).null();
        let activity = ask(wide, 11, asked, rows);
        assert_eq!(
            activity["details"]["uses"],
            json!([{"local_device": "Z:", "unc_path": "\\\\evil\\c$", "user": "eve", "domain": "LAB"}])
        );
        assert!(!activity.to_string().contains("S3cret"));
    }
}

#[test]
fn names_and_membership_are_answered() {
    for wide in [false, true] {
        let names = Stub::new(wide).pointer().structure().u32(2).pointer().size(2);
        let names = names
            .counted("ws1")
            .counted("alias")
            .characters("ws1")
            .characters("alias")
            .u32(0);
        let details = &ask(wide, 30, |stub| stub.enumeration(2).u32(0), names)["details"];
        assert_eq!(
            (&details["names"], &details["entries"]),
            (&json!(["ws1", "alias"]), &json!(2))
        );
        let joined = Stub::new(wide).wide_argument("LAB").enumeration(3).u32(0);
        let activity = ask(wide, 20, |stub| stub.null(), joined);
        assert_eq!(activity["details"]["join_status_name"], "NetSetupDomainName");
        assert_eq!(activity["observed"]["target_domain"], "LAB");
    }
}
