//! Comparisons, extended operations, and the values of controls.

use serde_json::{Value, json};

use crate::testing::{Conversation, Said};

use super::build::{all, message, octets, present, result, search, simple_bind, tlv};
use super::conversations::only;

/// An extended request with a value.
fn extended(id: u8, oid: &str, value: &[u8]) -> Vec<u8> {
    message(id, &tlv(0x77, &all(&[tlv(0x80, oid.as_bytes()), tlv(0x81, value)])))
}

/// Its answer, with a value.
fn answer(id: u8, code: u8, value: &[u8]) -> Vec<u8> {
    let result = all(&[tlv(10, &[code]), octets(b""), octets(b""), tlv(0x8b, value)]);
    message(id, &tlv(0x78, &result))
}

/// What is told of a search with the control `oid` of this value.
fn control(oid: &str, value: &[u8]) -> Value {
    let control = tlv(0x30, &all(&[octets(oid.as_bytes()), octets(value)]));
    let plain = search(1, "DC=lab", &present("cn"));
    let said = Conversation::tcp(389)
        .up(&tlv(0x30, &all(&[plain[2..].to_vec(), tlv(0xa0, &control)])))
        .finish();
    only(&said, "ldap_search")["details"]["controls"][0].clone()
}

#[test]
fn a_comparison_is_a_search_for_a_value_nobody_tells() {
    let ava = tlv(0x30, &all(&[octets(b"userPassword"), octets(b"guess")]));
    let compare = message(2, &tlv(0x6e, &all(&[octets(b"CN=bob,DC=lab"), ava])));
    let said = Conversation::tcp(389)
        .up(&simple_bind(1, "LAB\\bob", "x"))
        .down(&result(1, 0x61, 0))
        .up(&compare)
        .down(&result(2, 0x6f, 5))
        .finish();
    let told = only(&said, "ldap_search");
    assert_eq!(told["action_type"], "LDAP query");
    assert_eq!(told["outcome"], "success");
    assert_eq!(told["status"]["name"], "compareFalse");
    assert_eq!(told["observed"]["account"], "LAB\\bob");
    assert_eq!(told["details"]["operation"], "compare");
    assert_eq!(told["details"]["attributes"], json!(["userPassword"]));
    assert!(!told.to_string().contains("guess"));
}

#[test]
fn who_am_i_names_whom_a_ticket_hides() {
    let said = Conversation::tcp(389)
        .up(&extended(1, "1.3.6.1.4.1.4203.1.11.3", b""))
        .down(&answer(1, 0, b"u:LAB\\alice"))
        .up(&search(2, "DC=lab", &present("cn")))
        .down(&result(2, 0x65, 0))
        .finish();
    let [asked, found] = said.activities.as_slice() else {
        panic!("{:#?}", said.activities)
    };
    assert_eq!(
        asked["details"],
        json!({"operation": "who_am_i", "authz_id": "u:LAB\\alice"})
    );
    for activity in [asked, found] {
        assert_eq!(activity["observed"]["account"], "LAB\\alice");
        assert_eq!(activity["observed"]["domain"], "LAB");
    }
    let nobody = Conversation::tcp(389)
        .up(&extended(1, "1.3.6.1.4.1.4203.1.11.3", b""))
        .down(&answer(1, 0, b""))
        .finish();
    assert_eq!(only(&nobody, "ldap_search").get("observed"), None);
}

fn password(fields: &[(u8, &str)], code: u8) -> Said {
    let fields: Vec<u8> = fields
        .iter()
        .flat_map(|(tag, text)| tlv(*tag, text.as_bytes()))
        .collect();
    Conversation::tcp(389)
        .up(&extended(1, "1.3.6.1.4.1.4203.1.11.1", &tlv(0x30, &fields)))
        .down(&result(1, 0x78, code))
        .finish()
}

#[test]
fn a_password_is_modified_and_stays_untold() {
    let said = password(
        &[(0x80, "CN=eve,DC=lab"), (0x81, "Old-Secret"), (0x82, "New-Secret")],
        0,
    );
    let told = only(&said, "password_change");
    assert_eq!(told["action_type"], "Account Password changed");
    assert_eq!(
        told["details"],
        json!({"method": "ldap_password_modify", "target": "CN=eve,DC=lab", "operation": "change"})
    );
    for line in said.messages.iter().chain(&said.activities) {
        assert!(!line.to_string().contains("Secret"), "{line}");
    }
    let refused = password(&[(0x80, "eve")], 53);
    let told = only(&refused, "password_change");
    assert_eq!((&told["outcome"], told.get("action_type")), (&json!("failure"), None));
    assert_eq!(told["observed"]["target_account"], "eve");
    assert_eq!(
        (&told["details"]["operation"], &told["details"]["generated"]),
        (&json!("reset"), &json!(true))
    );
}

#[test]
fn a_dynamic_object_is_refreshed() {
    let asked = tlv(0x30, &all(&[tlv(0x80, b"CN=d,DC=lab"), tlv(0x81, &[0x0e, 0x10])]));
    let said = Conversation::tcp(389)
        .up(&extended(1, "1.3.6.1.4.1.1466.101.119.1", &asked))
        .down(&answer(1, 0, &tlv(0x30, &tlv(0x81, &[0x07, 0x08]))))
        .finish();
    assert_eq!(
        only(&said, "ldap_change")["details"],
        json!({"operation": "ttl_refresh", "dn": "CN=d,DC=lab", "ttl": 3600, "granted_ttl": 1800})
    );
}

/// Binds of a fast-bind connection check passwords and bind nobody.
#[test]
fn fast_binds_bind_nobody() {
    let said = Conversation::tcp(389)
        .up(&extended(1, "1.2.840.113556.1.4.1781", b""))
        .down(&result(1, 0x78, 0))
        .up(&simple_bind(2, "LAB\\bob", "x"))
        .down(&result(2, 0x61, 0))
        .up(&search(3, "DC=lab", &present("cn")))
        .down(&result(3, 0x65, 1))
        .finish();
    assert_eq!(only(&said, "ldap_bind")["details"]["fast_bind"], true);
    assert_eq!(only(&said, "ldap_search")["observed"], json!({"dn": "DC=lab"}));
}

#[test]
fn controls_tell_what_their_values_say() {
    let number = |value: &[u8]| tlv(2, value);
    let dirsync = tlv(
        0x30,
        &all(&[number(&[0x80, 0, 0x08, 1]), number(&[0x10, 0]), octets(b"cookie")]),
    );
    let told = control("1.2.840.113556.1.4.841", &dirsync);
    assert_eq!(told["flags"], 0x8000_0801_u32);
    assert_eq!(
        told["flag_names"],
        json!(["object_security", "ancestors_first_order", "incremental_values"])
    );
    assert_eq!((&told["max_bytes"], told.get("cookie")), (&json!(4096), None));
    let vlv = tlv(0x30, &all(&[number(&[1]), number(&[9]), tlv(0x81, b"m")]));
    let told = control("2.16.840.1.113730.3.4.9", &vlv);
    assert_eq!(
        (&told["before"], &told["after"], &told["greater_or_equal"]),
        (&json!(1), &json!(9), &json!("m"))
    );
    let keys = [
        tlv(0x30, &octets(b"cn")),
        tlv(0x30, &all(&[octets(b"whenCreated"), tlv(0x81, &[0xff])])),
    ];
    assert_eq!(
        control("1.2.840.113556.1.4.473", &tlv(0x30, &all(&keys)))["keys"],
        json!(["cn", "-whenCreated"])
    );
    assert_eq!(
        control("1.2.840.113556.1.4.529", &tlv(0x30, &number(&[1])))["option"],
        1
    );
    assert_eq!(
        control("1.2.840.113556.1.4.1504", &tlv(0x30, &octets(b"member")))["attribute"],
        "member"
    );
    assert_eq!(
        control("2.16.840.1.113730.3.4.18", b"u:LAB\\eve")["authz_id"],
        "u:LAB\\eve"
    );
    assert_eq!(
        control("1.2.840.113556.1.4.417", b"")["name"],
        "LDAP_SERVER_SHOW_DELETED_OID"
    );
    assert_eq!(
        control("1.2.840.113556.1.4.841", b"\x30\x7f")["name"],
        "LDAP_SERVER_DIRSYNC_OID"
    );
}
