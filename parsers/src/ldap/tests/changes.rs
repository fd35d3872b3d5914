//! Changes of the directory: what is told of them, and what never is.

use serde_json::{Value, json};

use crate::testing::Conversation;

use super::build::{all, attribute, message, modify, octets, result, tlv};

fn change(operation: &[u8], answer: u8, code: u8) -> Vec<Value> {
    Conversation::tcp(389)
        .up(operation)
        .down(&result(1, answer, code))
        .finish()
        .activities
}

fn modified(changes: &[(u8, &str, &[&[u8]])]) -> Value {
    change(&modify(1, "CN=a,DC=lab", changes), 0x67, 0).remove(0)
}

#[test]
fn a_member_is_added() {
    let told = modified(&[(0, "Member", &[b"CN=eve,DC=lab"])]);
    assert_eq!(told["action_type"], "Group Membership changed");
    assert_eq!(told["observed"]["dn"], "CN=a,DC=lab");
    let wanted = json!({
        "operation": "modify", "dn": "CN=a,DC=lab",
        "changes": [{"attribute": "member", "operation": "add", "values": ["CN=eve,DC=lab"]}],
    });
    assert_eq!(told["details"], wanted);
    let refused = change(&modify(1, "CN=a,DC=lab", &[(0, "member", &[b"CN=eve"])]), 0x67, 50);
    assert_eq!(
        (&refused[0]["outcome"], &refused[0]["action_type"]),
        (&json!("failure"), &Value::Null)
    );
}

#[test]
fn an_attribute_is_known_by_its_oid_and_with_options() {
    let told = modified(&[(0, "1.2.840.113556.1.4.1787", &[b"cifs/dc1"])]);
    assert_eq!(told["action_type"], "Account Constrained Delegation SPNs changed");
    assert_eq!(told["details"]["changes"][0]["attribute"], "msDS-AllowedToDelegateTo");
    let told = modified(&[(0, "member;range=0-*", &[b"CN=eve"])]);
    assert_eq!(told["action_type"], "Group Membership changed");
}

#[test]
fn account_control_tells_its_flags() {
    let told = modified(&[(2, "userAccountControl", &[b"514"])]);
    assert_eq!(told["action_type"], "Account Disabled changed");
    assert_eq!(
        told["details"]["changes"][0]["flags"],
        json!(["ACCOUNTDISABLE", "NORMAL_ACCOUNT"])
    );
    let enabled = modified(&[
        (1, "userAccountControl", &[b"514"]),
        (0, "userAccountControl", &[b"512"]),
    ]);
    assert_eq!(enabled["action_type"], "Account Disabled changed");
}

#[test]
fn untracked_and_secret_values_are_not_told() {
    let told = modified(&[
        (2, "msDS-KeyCredentialLink", &[b"B:828:00020000"]),
        (2, "info", &[b"hunter2"]),
        (2, "dBCSPwd", &[b"hunter2"]),
        (0, "servicePrincipalName", &[b"HTTP/web1", b"HTTP/web2"]),
    ]);
    let wanted = json!([
        {"attribute": "msDS-KeyCredentialLink", "operation": "replace"},
        {"attribute": "info", "operation": "replace"},
        {"attribute": "dBCSPwd", "operation": "replace"},
        {"attribute": "servicePrincipalName", "operation": "add", "values": ["HTTP/web1", "HTTP/web2"], "count": 2},
    ]);
    assert_eq!(told["details"]["changes"], wanted);
}

#[test]
fn a_password_is_changed_or_reset() {
    let own = change(
        &modify(
            1,
            "CN=a,DC=lab",
            &[
                (1, "unicodePwd", &[b"\"\0o\0l\0d\0\"\0"]),
                (0, "unicodePwd", &[b"\"\0n\0\"\0"]),
            ],
        ),
        0x67,
        0,
    );
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["kind"], "password_change");
    assert_eq!(own[0]["action_type"], "Account Password changed");
    assert_eq!(
        own[0]["details"],
        json!({"method": "ldap", "target": "CN=a,DC=lab", "operation": "change"})
    );
    let reset = change(
        &modify(
            1,
            "CN=a,DC=lab",
            &[(2, "unicodePwd", &[b"x"]), (2, "pwdLastSet", &[b"0"])],
        ),
        0x67,
        0,
    );
    assert_eq!(
        (&reset[0]["kind"], &reset[1]["kind"]),
        (&json!("ldap_change"), &json!("password_change"))
    );
    assert_eq!(reset[0]["details"]["changes"].as_array().unwrap().len(), 1);
    assert_eq!(reset[1]["details"]["operation"], "reset");
}

#[test]
fn principals_are_made_moved_and_deleted() {
    let attributes = all(&[
        attribute("objectClass", &[b"top", b"user"]),
        attribute("sAMAccountName", &[b"eve"]),
        attribute("unicodePwd", &[b"hunter2"]),
    ]);
    let add = message(1, &tlv(0x68, &all(&[octets(b"CN=eve,DC=lab"), tlv(0x30, &attributes)])));
    let told = change(&add, 0x69, 0);
    assert_eq!(told[0]["action_type"], "Security Principal created");
    assert_eq!(told[0]["observed"]["target_account"], "eve");
    assert!(!told[0].to_string().contains("hunter2"));
    let delete = change(&message(1, &tlv(0x4a, b"CN=eve,DC=lab")), 0x6b, 0);
    assert_eq!(delete[0]["action_type"], "Security Principal deleted changed");
    let server = b"CN=NTDS Settings,CN=x,CN=Sites,CN=Configuration,DC=lab";
    assert_eq!(
        change(&message(1, &tlv(0x4a, server)), 0x6b, 0)[0]["action_type"],
        Value::Null
    );
    let moved = all(&[
        octets(b"CN=eve,DC=lab"),
        octets(b"CN=eve"),
        tlv(1, &[0xff]),
        tlv(0x80, b"OU=x,DC=lab"),
    ]);
    let told = change(&message(1, &tlv(0x6c, &moved)), 0x6d, 0);
    assert_eq!(told[0]["action_type"], "Security Principal Path changed");
    assert_eq!(told[0]["details"]["new_superior"], "OU=x,DC=lab");
}

#[test]
fn a_compared_value_is_not_told() {
    let assertion = tlv(0x30, &all(&[octets(b"userPassword"), octets(b"hunter2")]));
    let said = Conversation::tcp(389)
        .up(&message(1, &tlv(0x6e, &all(&[octets(b"CN=eve"), assertion]))))
        .down(&result(1, 0x6f, 6))
        .finish();
    assert_eq!(said.messages[0]["attribute"], "userPassword");
    for line in said.messages.iter().chain(&said.activities) {
        assert!(!line.to_string().contains("hunter2"));
    }
    assert_eq!(said.messages[1]["result_name"], "compareTrue");
}
