//! Workstations that are asked, and made to join.

use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, pointer, string};

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
