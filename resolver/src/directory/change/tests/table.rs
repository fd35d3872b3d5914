//! Every type of change that Defender for Identity documents, and what is tracked beside: the exact name, old and new.

use parsers::text;
use serde_json::{Value, json};

use super::{ALICE, Attribute, Record, SID, alice, found, record, said, told};

type Values<'a> = &'a [(Attribute, &'a str)];

/// One change of attributes, one fact or more.
#[track_caller]
fn becomes(before: Values<'_>, after: Values<'_>, expected: &[(Option<&'static str>, Value)]) {
    assert_eq!(told(before, after), expected, "{before:?} → {after:?}");
}

fn flag(bit: u32, name: &str, set: bool) -> Value {
    let control = if set { 0x200 | bit } else { 0x200 };
    json!({
        "attribute": "userAccountControl", "old": !set, "new": set, "flag": name, "account_control": control,
    })
}

#[test]
fn flags_of_an_account() {
    for (bit, name, action) in [
        (0x2, "ACCOUNTDISABLE", "Account Disabled changed"),
        (0x20, "PASSWD_NOTREQD", "Account Password Not Required changed"),
        (0x1_0000, "DONT_EXPIRE_PASSWD", "Account Password Never Expires changed"),
        (0x4_0000, "SMARTCARD_REQUIRED", "Account Smartcard Required changed"),
        (0x8_0000, "TRUSTED_FOR_DELEGATION", "Account Delegation changed"),
        (0x10_0000, "NOT_DELEGATED", "Account Delegation changed"),
        (
            0x20_0000,
            "USE_DES_KEY_ONLY",
            "Account Supported Encryption Types changed",
        ),
        (0x80_0000, "PASSWORD_EXPIRED", "Account Password expired"),
        (
            0x100_0000,
            "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION",
            "Account Constrained Delegation State changed",
        ),
    ] {
        let (without, with) = ("512", (0x200 | bit).to_string());
        let control = Attribute::UserAccountControl;
        let expected = |set| [(Some(action), flag(bit, name, set))];
        becomes(&[(control, without)], &[(control, &with)], &expected(true));
        becomes(&[(control, &with)], &[(control, without)], &expected(false));
    }
}

#[test]
fn times_of_an_account() {
    let (early, late) = ("133000000000000000", "133000000010000000");
    let (early_time, late_time) = ("2022-06-18T04:26:40.000000Z", "2022-06-18T04:26:41.000000Z");
    let future = "143000000000000000";
    let (expires, lock, set) = (Attribute::AccountExpires, Attribute::LockoutTime, Attribute::PwdLastSet);
    let of =
        |attribute: Attribute, old: Value, new: Value| json!({"attribute": attribute.name(), "old": old, "new": new});
    let expired = |old: bool| (Some("Account expired"), of(expires, json!(old), json!(!old)));
    becomes(
        &[(expires, future)],
        &[(expires, early)],
        &[
            (
                Some("Account Expiry Time changed"),
                of(expires, json!("2054-02-24T06:13:20.000000Z"), json!(early_time)),
            ),
            expired(false),
        ],
    );
    becomes(
        &[(expires, early)],
        &[(expires, "0")],
        &[
            (
                Some("Account Expiry Time changed"),
                of(expires, json!(early_time), json!("never")),
            ),
            expired(true),
        ],
    );
    let locked = json!({"attribute": "lockoutTime", "old": false, "new": true, "locked_at": early_time});
    becomes(
        &[(lock, "0")],
        &[(lock, early)],
        &[(Some("Account Locked changed"), locked)],
    );
    let unlocked = of(lock, json!(true), json!(false));
    becomes(
        &[(lock, early)],
        &[(lock, "0")],
        &[(Some("Account Unlock changed"), unlocked)],
    );
    let changed = of(set, json!(early_time), json!(late_time));
    becomes(
        &[(set, early)],
        &[(set, late)],
        &[(Some("Account Password changed"), changed)],
    );
    let must_change = json!({"attribute": "pwdLastSet", "old": false, "new": true, "last_set": early_time});
    becomes(
        &[(set, early)],
        &[(set, "0")],
        &[(Some("Account Password expired"), must_change)],
    );
    becomes(
        &[(set, "0")],
        &[(set, late)],
        &[
            (
                Some("Account Password changed"),
                json!({"attribute": "pwdLastSet", "new": late_time}),
            ),
            (Some("Account Password expired"), of(set, json!(true), json!(false))),
        ],
    );
}

#[test]
fn attributes_of_one_text() {
    for (attribute, action, old, new) in [
        (
            Attribute::UserPrincipalName,
            Some("Account Upn Name changed"),
            "alice@lab.example",
            "a.archer@lab.example",
        ),
        (
            Attribute::Mail,
            Some("User Mail changed"),
            "alice@lab.example",
            "a.archer@lab.example",
        ),
        (
            Attribute::Manager,
            Some("User Manager changed"),
            "CN=bob,DC=lab,DC=example",
            "CN=carol,DC=lab,DC=example",
        ),
        (
            Attribute::TelephoneNumber,
            Some("User Phone Number changed"),
            "+1 555 0100",
            "+1 555 0101",
        ),
        (
            Attribute::Mobile,
            Some("User Phone Number changed"),
            "+1 555 0199",
            "+1 555 0198",
        ),
        (Attribute::Title, Some("User Title changed"), "Clerk", "Head of IT"),
        (
            Attribute::DisplayName,
            Some("Security Principal Display Name changed"),
            "Alice",
            "Alice Archer",
        ),
        (
            Attribute::OperatingSystem,
            Some("Device Operating System changed"),
            "Windows 10 Pro",
            "Windows 11 Pro",
        ),
        (
            Attribute::OperatingSystemVersion,
            Some("Device Operating System changed"),
            "10.0 (19045)",
            "10.0 (26100)",
        ),
        (Attribute::DnsHostName, None, "ws01.lab.example", "dc1.lab.example"),
        (Attribute::Department, None, "Sales", "Finance"),
    ] {
        let name = attribute.name();
        let expected = |details: Value| [(action, details)];
        becomes(
            &[(attribute, old)],
            &[(attribute, new)],
            &expected(json!({"attribute": name, "old": old, "new": new})),
        );
        becomes(
            &[],
            &[(attribute, new)],
            &expected(json!({"attribute": name, "new": new})),
        );
        becomes(
            &[(attribute, old)],
            &[],
            &expected(json!({"attribute": name, "old": old})),
        );
    }
}

#[test]
fn attributes_of_several_values() {
    let (spn, to, history) = (
        Attribute::ServicePrincipalName,
        Attribute::AllowedToDelegateTo,
        Attribute::SidHistory,
    );
    let (kept, old, new) = ("http/web", "http/old", "http/new");
    let details = json!({"attribute": "servicePrincipalName", "removed": [old], "added": [new]});
    becomes(
        &[(spn, kept), (spn, old)],
        &[(spn, new), (spn, kept)],
        &[(None, details)],
    );
    let details = json!({"attribute": "msDS-AllowedToDelegateTo", "removed": [old], "added": [new]});
    let action = Some("Account Constrained Delegation SPNs changed");
    becomes(&[(to, kept), (to, old)], &[(to, new), (to, kept)], &[(action, details)]);
    let state = json!({"attribute": "msDS-AllowedToDelegateTo", "old": true, "new": false});
    let details = json!({"attribute": "msDS-AllowedToDelegateTo", "removed": [old]});
    let state = (Some("Account Constrained Delegation State changed"), state);
    becomes(&[(to, old)], &[], &[state, (action, details)]);
    let (old, new) = ("S-1-5-21-9-9-9-500", "S-1-5-21-9-9-9-519");
    let details = json!({"attribute": "sIDHistory", "removed": [old], "added": [new]});
    becomes(
        &[(history, old)],
        &[(history, new)],
        &[(Some("SID-History changed"), details)],
    );
}

#[test]
fn bits_with_names() {
    let types = Attribute::SupportedEncryptionTypes;
    let details = json!({
        "attribute": "msDS-SupportedEncryptionTypes", "old": 24, "new": 4,
        "old_names": ["AES128-CTS-HMAC-SHA1-96", "AES256-CTS-HMAC-SHA1-96"], "new_names": ["RC4-HMAC"],
    });
    let action = Some("Account Supported Encryption Types changed");
    becomes(&[(types, "24")], &[(types, "4")], &[(action, details)]);
    // A security group becomes universal, and one for mail alone.
    let group = Attribute::GroupType;
    for (new, names) in [
        (-2_147_483_640_i64, json!(["UNIVERSAL_GROUP", "SECURITY_ENABLED"])),
        (8, json!(["UNIVERSAL_GROUP"])),
    ] {
        let details = json!({
            "attribute": "groupType", "old": -2_147_483_646_i64, "new": new,
            "old_names": ["ACCOUNT_GROUP", "SECURITY_ENABLED"], "new_names": names,
        });
        becomes(
            &[(group, "-2147483646")],
            &[(group, &new.to_string())],
            &[(None, details)],
        );
    }
}

/// A principal's names, and the place where it lies.
#[test]
fn names_and_places() {
    let called = |dn: &str, account: &str| {
        let values = [
            (Attribute::ObjectClass, "user"),
            (Attribute::SamAccountName, account),
            (Attribute::ObjectSid, SID),
        ];
        Some(record(dn, &values))
    };
    let (renamed, moved) = (
        "CN=Alice Archer,OU=Staff,DC=lab,DC=example",
        "CN=alice,OU=Board,DC=lab,DC=example",
    );
    for (dn, account, action, details) in [
        (
            ALICE,
            "a.archer",
            "Security Principal Sam Name changed",
            json!({"attribute": "sAMAccountName", "old": "alice", "new": "a.archer"}),
        ),
        // A computer account that takes a controller's name, the dollar sign aside (CVE-2021-42278).
        (
            ALICE,
            "DC1",
            "Security Principal Sam Name changed",
            json!({"attribute": "sAMAccountName", "old": "alice", "new": "DC1"}),
        ),
        (
            renamed,
            "alice",
            "Security Principal Name changed",
            json!({"old": "alice", "new": "Alice Archer"}),
        ),
        (
            moved,
            "alice",
            "Security Principal Path changed",
            json!({"old": ALICE, "new": moved}),
        ),
    ] {
        let found = found(called(ALICE, "alice"), called(dn, account));
        assert_eq!(said(&found), [(Some(action), details)]);
    }
}

/// A key credential ([MS-ADTS] 2.2.20) whose identifier is 32 times this octet, of `owner`.
fn key(octet: u8, owner: &str) -> (Attribute, String) {
    let mut blob = 0x200_u32.to_le_bytes().to_vec();
    for (identifier, value) in [(1, &[octet; 32][..]), (3, b"the key"), (4, &[1]), (5, &[0])] {
        blob.extend_from_slice(&(value.len() as u16).to_le_bytes());
        blob.push(identifier);
        blob.extend_from_slice(value);
    }
    let digits = text::hex(&blob);
    (
        Attribute::KeyCredentialLink,
        format!("B:{}:{digits}:{owner}", digits.len()),
    )
}

fn with_keys(dn: &str, keys: &[u8]) -> Option<Record> {
    let keys: Vec<_> = keys.iter().map(|octet| key(*octet, dn)).collect();
    let keys: Vec<_> = keys
        .iter()
        .map(|(attribute, value)| (*attribute, value.as_str()))
        .collect();
    let mut record = alice(&keys);
    record.dn = dn.into();
    Some(record)
}

#[test]
fn keys_that_come_and_go() {
    let told = |octet: u8| json!({"key_id": text::hex(&[octet; 32]).as_str(), "usage": "NGC", "source": "AD"});
    for (before, after, details) in [
        (&[][..], &[0xab][..], json!({"added": [told(0xab)]})),
        (&[0xab], &[], json!({"removed": [told(0xab)]})),
        (&[1, 2], &[2, 3], json!({"removed": [told(1)], "added": [told(3)]})),
    ] {
        let found = found(with_keys(ALICE, before), with_keys(ALICE, after));
        let mut expected = json!({"attribute": "msDS-KeyCredentialLink"});
        let details = details.as_object().unwrap().clone();
        expected.as_object_mut().unwrap().extend(details);
        assert_eq!(said(&found), [(None, expected)]);
    }
}

#[test]
fn keys_stay_whose_owner_is_renamed() {
    let renamed = "CN=Alice Archer,OU=Staff,DC=lab,DC=example";
    let name = (
        Some("Security Principal Name changed"),
        json!({"old": "alice", "new": "Alice Archer"}),
    );
    let found_of = |keys| said(&found(with_keys(ALICE, &[1, 2]), with_keys(renamed, keys)));
    assert_eq!(found_of(&[1, 2]), std::slice::from_ref(&name));
    let removed = json!({"key_id": text::hex(&[2; 32]).as_str(), "usage": "NGC", "source": "AD"});
    let details = json!({"attribute": "msDS-KeyCredentialLink", "removed": [removed]});
    assert_eq!(found_of(&[1]), [name, (None, details)]);
}

#[test]
fn members_and_primary_groups() {
    let group = |members: &[&str]| {
        let mut values = vec![
            (Attribute::ObjectClass, "group"),
            (Attribute::SamAccountName, "Domain Admins"),
            (Attribute::ObjectSid, "S-1-5-21-1-2-3-512"),
        ];
        values.extend(members.iter().map(|member| (Attribute::Member, *member)));
        Some(record("CN=Domain Admins,CN=Users,DC=lab,DC=example", &values))
    };
    let fact = |change: &str, member: &str| {
        let details = json!({
            "attribute": "member", "change": change, "group": "Domain Admins", "group_sid": "S-1-5-21-1-2-3-512",
            "member": member,
        });
        (Some("Group Membership changed"), details)
    };
    for (before, after, change) in [(&[][..], &[ALICE][..], "added"), (&[ALICE], &[], "removed")] {
        assert_eq!(said(&found(group(before), group(after))), [fact(change, ALICE)]);
    }
    // Whoever is in a group from its beginning, or again, came into it.
    let created = (
        Some("Security Principal created"),
        json!({"object_class": "group", "name": "Domain Admins"}),
    );
    let bob = "CN=bob,OU=Staff,DC=lab,DC=example";
    let new = found(None, group(&[ALICE, bob]));
    assert_eq!(said(&new), [created.clone(), fact("added", ALICE), fact("added", bob)]);
    let about: Vec<_> = new.iter().map(|difference| difference.about.as_deref()).collect();
    assert_eq!(about, [None, Some(ALICE), Some(bob)]);
    assert_eq!(said(&found(None, group(&[]))), [created]);
    let mut tombstone = group(&[]);
    tombstone
        .iter_mut()
        .for_each(|group| group.values.push((Attribute::IsDeleted, b"TRUE".to_vec())));
    let restored = (
        Some("Security Principal deleted changed"),
        json!({"old": true, "new": false, "object_class": "group", "name": "Domain Admins"}),
    );
    assert_eq!(
        said(&found(tombstone.clone(), group(&[bob]))),
        [restored, fact("added", bob)]
    );
    let deleted = said(&found(group(&[bob]), tombstone));
    assert_eq!(deleted.len(), 1, "who was in a group that is deleted is not told");
    let many: Vec<String> = (0..1_500).map(|number| format!("CN={number},DC=x")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let new = said(&found(None, group(&many)));
    let further = json!({"attribute": "member", "group": "Domain Admins", "further_members": 476});
    assert_eq!(
        (new.len(), &new[1_025].1),
        (1_026, &further),
        "created, 1,024 members, and a number"
    );
}

#[test]
fn comings_and_goings() {
    let computer = record(
        "CN=WS1,CN=Computers,DC=lab,DC=example",
        &[
            (Attribute::ObjectClass, "user"),
            (Attribute::ObjectClass, "computer"),
            (Attribute::SamAccountName, "WS1$"),
            (Attribute::UserAccountControl, "4096"),
            (Attribute::ServicePrincipalName, "host/ws1"),
        ],
    );
    let mut tombstone = computer.clone();
    tombstone.values.push((Attribute::IsDeleted, b"TRUE".to_vec()));
    let created = json!({
        "object_class": "computer", "name": "WS1$", "account_control": 4_096,
        "account_control_names": ["WORKSTATION_TRUST_ACCOUNT"], "spns": ["host/ws1"],
    });
    let deleted = |old: bool| json!({"old": old, "new": !old, "object_class": "computer", "name": "WS1$"});
    for (before, after, action, details) in [
        (None, Some(&computer), "Security Principal created", created),
        (
            Some(&computer),
            Some(&tombstone),
            "Security Principal deleted changed",
            deleted(false),
        ),
        (
            Some(&computer),
            None,
            "Security Principal deleted changed",
            deleted(false),
        ),
        (
            Some(&tombstone),
            Some(&computer),
            "Security Principal deleted changed",
            deleted(true),
        ),
    ] {
        assert_eq!(said(&found(before.cloned(), after.cloned())), [(Some(action), details)]);
    }
}
