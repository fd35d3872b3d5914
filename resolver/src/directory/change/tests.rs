//! Two records of an object, and what is said of them.

mod table;

use capture::{CaptureId, Timestamp};
use parsers::json::WriteJson;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Aspect, Difference, differences};
use crate::directory::sync::Change;
use crate::directory::{Attribute, Guid, Record};

const ALICE: &str = "CN=alice,OU=Staff,DC=lab,DC=example";
const SID: &str = "S-1-5-21-1-2-3-1104";

fn record(dn: &str, values: &[(Attribute, &str)]) -> Record {
    let values = values
        .iter()
        .map(|(attribute, value)| (*attribute, value.as_bytes().to_vec()));
    Record {
        line: 0,
        dn: dn.into(),
        values: values.collect(),
    }
}

/// A user with these attributes beside its name.
fn alice(values: &[(Attribute, &str)]) -> Record {
    let mut record = record(
        ALICE,
        &[
            (Attribute::ObjectClass, "top"),
            (Attribute::ObjectClass, "user"),
            (Attribute::SamAccountName, "alice"),
            (Attribute::ObjectSid, SID),
        ],
    );
    let values = values
        .iter()
        .map(|(attribute, value)| (*attribute, value.as_bytes().to_vec()));
    record.values.extend(values);
    record
}

fn change(before: Option<Record>, after: Option<Record>) -> Change {
    Change {
        domain: "lab.example".into(),
        guid: Guid([7; 16]),
        dn_before: before.as_ref().map(|record| record.dn.clone()),
        before,
        after,
        when_changed: Some(Timestamp::new(1_763_600_000, 0)),
        usn: Some(4_711),
    }
}

fn found(before: Option<Record>, after: Option<Record>) -> Vec<Difference> {
    differences(&change(before, after), Timestamp(0))
}

/// Action and details of every difference that these values make.
fn told(before: &[(Attribute, &str)], after: &[(Attribute, &str)]) -> Vec<(Option<&'static str>, Value)> {
    said(&found(Some(alice(before)), Some(alice(after))))
}

fn said(differences: &[Difference]) -> Vec<(Option<&'static str>, Value)> {
    let details = |difference: &Difference| serde_json::to_value(&difference.details).unwrap();
    differences
        .iter()
        .map(|difference| (difference.action, details(difference)))
        .collect()
}

/// The actions alone.
fn actions(before: &[(Attribute, &str)], after: &[(Attribute, &str)]) -> Vec<Option<&'static str>> {
    told(before, after).into_iter().map(|(action, _)| action).collect()
}

#[test]
fn each_flag_of_an_account_is_a_fact() {
    use Attribute::UserAccountControl as Control;
    assert_eq!(
        told(&[(Control, "512")], &[(Control, "66050")]),
        [
            (
                Some("Account Disabled changed"),
                json!({
                    "attribute": "userAccountControl", "old": false, "new": true, "flag": "ACCOUNTDISABLE",
                    "account_control": 66_050,
                })
            ),
            (
                Some("Account Password Never Expires changed"),
                json!({
                    "attribute": "userAccountControl", "old": false, "new": true, "flag": "DONT_EXPIRE_PASSWD",
                    "account_control": 66_050,
                })
            ),
        ]
    );
    for (flag, action) in [
        (0x20, "Account Password Not Required changed"),
        (0x4_0000, "Account Smartcard Required changed"),
        (0x8_0000, "Account Delegation changed"),
        (0x10_0000, "Account Delegation changed"),
        (0x20_0000, "Account Supported Encryption Types changed"),
        (0x80_0000, "Account Password expired"),
        (0x100_0000, "Account Constrained Delegation State changed"),
    ] {
        let with = (0x200 | flag).to_string();
        assert_eq!(actions(&[(Control, &with)], &[(Control, "512")]), [Some(action)]);
    }
    let preauth = told(&[(Control, "512")], &[(Control, "4194816")]);
    assert_eq!(
        (preauth[0].0, &preauth[0].1["flag"]),
        (None, &json!("DONT_REQUIRE_PREAUTH"))
    );
    assert!(
        told(&[], &[(Control, "514")]).is_empty(),
        "what was not shown before is not known to have changed"
    );
}

#[test]
fn an_account_expires_when_its_time_has_come() {
    use Attribute::AccountExpires as Expires;
    let never = i64::MAX.to_string();
    let (past, future) = ("133000000000000000", "143000000000000000");
    assert_eq!(
        told(&[(Expires, "0")], &[(Expires, past)]),
        [
            (
                Some("Account Expiry Time changed"),
                json!({"attribute": "accountExpires", "old": "never", "new": "2022-06-18T04:26:40.000000Z"})
            ),
            (
                Some("Account expired"),
                json!({"attribute": "accountExpires", "old": false, "new": true})
            ),
        ]
    );
    assert_eq!(
        actions(&[(Expires, &never)], &[(Expires, future)]),
        [Some("Account Expiry Time changed")]
    );
    assert!(told(&[(Expires, &never)], &[(Expires, "0")]).is_empty());
    assert!(told(&[(Expires, &never)], &[]).is_empty());
}

#[test]
fn locking_and_passwords_have_two_sides() {
    use Attribute::{LockoutTime as Lock, PwdLastSet as Set};
    let (early, late) = ("133000000000000000", "133000000010000000");
    assert_eq!(actions(&[], &[(Lock, early)]), [Some("Account Locked changed")]);
    assert_eq!(
        actions(&[(Lock, early)], &[(Lock, late)]),
        [Some("Account Locked changed")]
    );
    assert_eq!(
        actions(&[(Lock, early)], &[(Lock, "0")]),
        [Some("Account Unlock changed")]
    );
    assert!(actions(&[(Lock, "0")], &[]).is_empty());
    assert_eq!(
        actions(&[(Set, early)], &[(Set, late)]),
        [Some("Account Password changed")]
    );
    assert_eq!(
        actions(&[(Set, early)], &[(Set, "0")]),
        [Some("Account Password expired")]
    );
    assert_eq!(
        actions(&[(Set, "0")], &[(Set, late)]),
        [Some("Account Password changed"), Some("Account Password expired")]
    );
}

#[test]
fn delegation_names_its_services() {
    use Attribute::AllowedToDelegateTo as To;
    assert_eq!(
        told(&[], &[(To, "cifs/fs1"), (To, "cifs/fs1.lab.example")]),
        [
            (
                Some("Account Constrained Delegation State changed"),
                json!({"attribute": "msDS-AllowedToDelegateTo", "old": false, "new": true})
            ),
            (
                Some("Account Constrained Delegation SPNs changed"),
                json!({"attribute": "msDS-AllowedToDelegateTo", "added": ["cifs/fs1", "cifs/fs1.lab.example"]})
            ),
        ]
    );
    assert_eq!(
        actions(&[(To, "a/b")], &[(To, "a/c")]),
        [Some("Account Constrained Delegation SPNs changed")]
    );
}

#[test]
fn plain_attributes_have_the_tables_names() {
    for (attribute, action) in [
        (Attribute::UserPrincipalName, "Account Upn Name changed"),
        (Attribute::DisplayName, "Security Principal Display Name changed"),
        (Attribute::Mail, "User Mail changed"),
        (Attribute::Manager, "User Manager changed"),
        (Attribute::TelephoneNumber, "User Phone Number changed"),
        (Attribute::Title, "User Title changed"),
        (Attribute::OperatingSystem, "Device Operating System changed"),
    ] {
        assert_eq!(
            told(&[(attribute, "x")], &[(attribute, "y")]),
            [(
                Some(action),
                json!({"attribute": attribute.name(), "old": "x", "new": "y"})
            )]
        );
        assert_eq!(
            told(&[(attribute, "x")], &[]),
            [(Some(action), json!({"attribute": attribute.name(), "old": "x"}))]
        );
    }
    let types = Attribute::SupportedEncryptionTypes;
    assert_eq!(
        told(&[(types, "28")], &[(types, "4")]),
        [(
            Some("Account Supported Encryption Types changed"),
            json!({
                "attribute": "msDS-SupportedEncryptionTypes", "old": 28, "new": 4,
                "old_names": ["RC4-HMAC", "AES128-CTS-HMAC-SHA1-96", "AES256-CTS-HMAC-SHA1-96"],
                "new_names": ["RC4-HMAC"],
            })
        )]
    );
    let history = Attribute::SidHistory;
    assert_eq!(
        told(&[], &[(history, "S-1-5-21-9-9-9-500")]),
        [(
            Some("SID-History changed"),
            json!({"attribute": "sIDHistory", "added": ["S-1-5-21-9-9-9-500"]})
        )]
    );
}

#[test]
fn each_member_is_a_fact_about_the_member() {
    let group = |members: &[&str]| {
        let mut values = vec![
            (Attribute::ObjectClass, "group"),
            (Attribute::SamAccountName, "Domain Admins"),
            (Attribute::ObjectSid, "S-1-5-21-1-2-3-512"),
        ];
        values.extend(members.iter().map(|member| (Attribute::Member, *member)));
        record("CN=Domain Admins,CN=Users,DC=lab,DC=example", &values)
    };
    let found = found(
        Some(group(&["CN=b,DC=x", "CN=a,DC=x"])),
        Some(group(&["CN=c,DC=x", "CN=a,DC=x"])),
    );
    let about: Vec<_> = found.iter().map(|difference| difference.about.as_deref()).collect();
    assert_eq!(about, [Some("CN=b,DC=x"), Some("CN=c,DC=x")]);
    let membership = |change: &str, member: &str| {
        let details = json!({
            "attribute": "member", "change": change, "group": "Domain Admins", "group_sid": "S-1-5-21-1-2-3-512",
            "member": member,
        });
        (Some("Group Membership changed"), details)
    };
    assert_eq!(
        said(&found),
        [membership("removed", "CN=b,DC=x"), membership("added", "CN=c,DC=x")]
    );
    let many: Vec<String> = (0..1_500).map(|number| format!("CN={number},DC=x")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let all = self::found(Some(group(&[])), Some(group(&many)));
    assert_eq!(all.len(), 1_025);
    assert_eq!(
        serde_json::to_value(&all[1_024].details).unwrap()["further_members"],
        476
    );
}

#[test]
fn a_primary_group_is_a_membership_too() {
    let group = Attribute::PrimaryGroupId;
    assert_eq!(
        told(&[(group, "513")], &[(group, "512")]),
        [(
            Some("Group Membership changed"),
            json!({
                "attribute": "primaryGroupID", "old": 513, "new": 512, "old_group_sid": "S-1-5-21-1-2-3-513",
                "group_sid": "S-1-5-21-1-2-3-512",
            })
        )]
    );
}

#[test]
fn objects_come_go_and_come_back() {
    let new = found(None, Some(alice(&[(Attribute::UserAccountControl, "66080")])));
    assert_eq!(
        said(&new),
        [(
            Some("Security Principal created"),
            json!({
                "object_class": "user", "name": "alice", "account_control": 66_080,
                "account_control_names": ["PASSWD_NOTREQD", "NORMAL_ACCOUNT", "DONT_EXPIRE_PASSWD"],
            })
        )]
    );
    let mut tombstone = alice(&[(Attribute::IsDeleted, "TRUE")]);
    tombstone.dn = "CN=alice\\0ADEL:7,CN=Deleted Objects,DC=lab,DC=example".into();
    let details = |gone: bool| json!({"old": !gone, "new": gone, "object_class": "user", "name": "alice"});
    let action = Some("Security Principal deleted changed");
    let full = alice(&[(Attribute::Mail, "a@lab.example")]);
    assert_eq!(
        said(&found(Some(full.clone()), Some(tombstone.clone()))),
        [(action, details(true))]
    );
    assert_eq!(said(&found(Some(full.clone()), None)), [(action, details(true))]);
    assert_eq!(said(&found(Some(tombstone), Some(full))), [(action, details(false))]);
    let unit = record(
        "OU=Staff,DC=lab,DC=example",
        &[(Attribute::ObjectClass, "organizationalUnit")],
    );
    assert_eq!(
        found(None, Some(unit))[0].action,
        None,
        "a unit is no security principal"
    );
}

#[test]
fn another_name_and_another_place_are_two_things() {
    let at = |dn: &str| {
        let mut record = alice(&[]);
        record.dn = dn.into();
        Some(record)
    };
    let both = found(at(ALICE), at("CN=Alice Archer,OU=Board,DC=lab,DC=example"));
    assert_eq!(
        said(&both),
        [
            (
                Some("Security Principal Name changed"),
                json!({"old": "alice", "new": "Alice Archer"})
            ),
            (
                Some("Security Principal Path changed"),
                json!({"old": ALICE, "new": "CN=Alice Archer,OU=Board,DC=lab,DC=example"})
            ),
        ]
    );
    assert!(found(at(ALICE), at("CN=alice, ou=staff,dc=LAB,dc=example")).is_empty());
}

#[test]
fn the_activity_is_about_the_object_and_nobody_was_seen() {
    let account = |control| Some(alice(&[(Attribute::UserAccountControl, control)]));
    let change = change(account("512"), account("514"));
    let differences = differences(&change, Timestamp(0));
    let activity = differences[0].activity(&change, Timestamp(0), CaptureId(3));
    let mut line = Vec::new();
    let mut object = parsers::json::Object::begin(&mut line);
    activity.write_json(&mut object, "directory");
    object.entry("details", &activity.details);
    object.end();
    assert_eq!(
        serde_json::from_slice::<Value>(&line).unwrap(),
        json!({
            "time": "2025-11-20T00:53:20.000000Z", "kind": "directory_change", "action_type": "Account Disabled changed",
            "protocol": "ldap", "capture": "directory", "outcome": "success",
            "observed": {"dn": ALICE, "sid": SID, "target_account": "alice", "target_domain": "lab.example"},
            "details": {
                "attribute": "userAccountControl", "old": false, "new": true, "flag": "ACCOUNTDISABLE",
                "account_control": 514, "object_dn": ALICE, "object_guid": "07070707-0707-0707-0707-070707070707",
                "usn": 4_711,
            },
        })
    );
    assert!(!activity.folds());
    assert_eq!(change.entity().unwrap().sid.as_deref(), Some(SID));
}

/// Anything that a controller, or a file, may call an attribute and its value.
fn any_record() -> impl Strategy<Value = Record> {
    let attribute = prop::sample::select(Attribute::ALL);
    let text = prop_oneof![
        ".{0,12}".prop_map(String::into_bytes),
        any::<i64>().prop_map(|number| number.to_string().into_bytes()),
        prop::collection::vec(any::<u8>(), 0..64),
        Just(b"TRUE".to_vec()),
        Just(b"user".to_vec()),
    ];
    let values = prop::collection::vec((attribute, text), 0..24);
    ("(CN=[a-z,\\\\=]{0,6},)?(OU=[a-z]{1,3},)?DC=x", values).prop_map(|(dn, values)| Record {
        line: 0,
        dn: dn.into(),
        values,
    })
}

proptest! {
    #[test]
    fn what_did_not_change_is_not_told(record in any_record()) {
        prop_assert!(found(Some(record.clone()), Some(record)).is_empty());
    }

    #[test]
    fn any_two_records_are_told_within_bounds(before in prop::option::of(any_record()), after in prop::option::of(any_record())) {
        let change = change(before, after);
        let differences = differences(&change, Timestamp(0));
        prop_assert!(differences.len() <= 128);
        for difference in differences {
            let mut line = Vec::new();
            difference.activity(&change, Timestamp(0), CaptureId(0)).details.write_json(&mut line);
            prop_assert!(serde_json::from_slice::<Value>(&line).is_ok());
            if let Aspect::Attribute(attribute) = difference.aspect {
                prop_assert_eq!(difference.details.get_text("attribute"), Some(attribute.name()));
            }
        }
    }

    /// A record that was read from an export: of attributes that hold secrets nothing is kept, so nothing can be told.
    #[test]
    fn no_secret_is_told(secret in "[a-zA-Z0-9]{24}", name in prop::sample::select(SECRETS)) {
        let line = json!({
            "dn": ALICE, "sAMAccountName": "alice", "objectClass": ["user"], "userAccountControl": "512", name: secret,
        });
        let record = crate::directory::json::record(1, line.to_string().as_bytes()).unwrap();
        for (before, after) in [(None, Some(record.clone())), (Some(record.clone()), None), (Some(alice(&[])), Some(record))] {
            let change = change(before, after);
            for difference in differences(&change, Timestamp(0)) {
                let activity = difference.activity(&change, Timestamp(0), CaptureId(0));
                let told = format!("{activity:?}");
                prop_assert!(!told.contains(&secret));
            }
        }
    }
}

/// Attributes that are secrets, or that people write secrets into.
const SECRETS: &[&str] = &[
    "unicodePwd",
    "userPassword",
    "unixUserPassword",
    "dBCSPwd",
    "ntPwdHistory",
    "lmPwdHistory",
    "supplementalCredentials",
    "trustAuthIncoming",
    "trustAuthOutgoing",
    "msDS-ManagedPassword",
    "ms-Mcs-AdmPwd",
    "msLAPS-Password",
    "msLAPS-EncryptedPassword",
    "msFVE-RecoveryPassword",
    "description",
    "info",
];
