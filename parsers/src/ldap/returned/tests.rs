//! What entries tell, what they never tell, and that thousands of them tell no more than a few.

use capture::Direction;
use serde_json::{Value, json};

use crate::ldap::tests::{all, answered, attribute, octets, present, search_for, tlv};
use crate::testing::{Conversation, Said};

/// An entry with attributes.
fn entry(id: u8, dn: &str, attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
    let list: Vec<u8> = attributes
        .iter()
        .flat_map(|(name, values)| attribute(name, values))
        .collect();
    let contents = all(&[octets(dn.as_bytes()), tlv(0x30, &list)]);
    crate::ldap::tests::message(id, &tlv(0x64, &contents))
}

/// A search for `attributes`, answered with `entries`.
fn found(attributes: &[&str], entries: &[Vec<u8>]) -> Said {
    conversation(Conversation::tcp(389), attributes, entries, usize::MAX)
}

fn conversation(conversation: Conversation, attributes: &[&str], entries: &[Vec<u8>], size: usize) -> Said {
    conversation
        .up(&search_for(7, "DC=lab", &present("cn"), attributes))
        .cut(Direction::Down, &all(&[all(entries), answered(7)]), size)
        .finish()
}

fn details(said: &Said) -> &Value {
    assert_eq!(said.activities.len(), 1);
    &said.activities[0]["details"]
}

/// `S-1-5-21-1-2-3-1104` as it stands in `objectSid`.
const SID: &[u8] = b"\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x50\x04\0\0";

#[test]
fn few_objects_are_told_with_what_detections_ask() {
    let bob = entry(
        7,
        "CN=bob,DC=lab",
        &[
            ("sAMAccountName", &[b"bob"]),
            ("objectSid", &[SID]),
            ("userAccountControl", &[b"4194816"]),
            ("servicePrincipalName", &[b"HTTP/a", b"HTTP/b"]),
            ("memberOf", &[b"CN=g1,DC=lab", b"CN=g2,DC=lab"]),
            ("description", &[b"his password is hunter2"]),
        ],
    );
    let said = found(&["sAMAccountName", "objectSid"], &[bob]);
    let told = json!([
        {"attribute": "sAMAccountName", "values": ["bob"]},
        {"attribute": "objectSid", "values": ["S-1-5-21-1-2-3-1104"]},
        {"attribute": "userAccountControl", "values": ["4194816"], "flags": ["NORMAL_ACCOUNT", "DONT_REQUIRE_PREAUTH"]},
        {"attribute": "servicePrincipalName", "values": ["HTTP/a", "HTTP/b"], "count": 2},
        {"attribute": "memberOf", "count": 2},
    ]);
    assert_eq!(
        details(&said)["objects"],
        json!([{"dn": "CN=bob,DC=lab", "attributes": told}])
    );
    assert_eq!(details(&said).get("objects_omitted"), None);
    assert!(said.out.activities[0].folds());
    let message = &said.messages[1]["attributes"];
    assert_eq!(message[4], told[4]);
    assert_eq!(message[5], json!({"attribute": "description"}));
    assert!(!format!("{:?}{:?}", said.messages, said.activities).contains("hunter2"));
}

#[test]
fn passwords_that_come_back_are_named_and_never_told() {
    let secrets: &[(&str, &[&[u8]])] = &[
        ("cn", &[b"ws1"]),
        ("ms-Mcs-AdmPwd", &[b"hunter2"]),
        (
            "1.2.840.113556.1.6.44.1.2",
            &[b"{\"n\":\"Administrator\",\"p\":\"hunter2\"}"],
        ),
        ("msDS-ManagedPassword", &[&[7; 268]]),
        ("unicodePwd", &[]),
    ];
    let said = found(&["ms-mcs-admpwd"], &[entry(7, "CN=ws1,DC=lab", secrets)]);
    assert_eq!(details(&said)["secrets_returned"], 3);
    assert!(!said.out.activities[0].folds());
    assert_eq!(
        details(&said)["secrets"],
        json!([
            {"dn": "CN=ws1,DC=lab", "attribute": "ms-Mcs-AdmPwd"},
            {"dn": "CN=ws1,DC=lab", "attribute": "msLAPS-Password"},
            {"dn": "CN=ws1,DC=lab", "attribute": "msDS-ManagedPassword", "size": 268},
        ])
    );
    assert_eq!(
        said.messages[1]["attributes"],
        json!([
            {"attribute": "cn"},
            {"attribute": "ms-Mcs-AdmPwd", "returned": true},
            {"attribute": "msLAPS-Password", "returned": true},
            {"attribute": "msDS-ManagedPassword", "returned": true, "size": 268},
            {"attribute": "unicodePwd"},
        ])
    );
    assert!(!format!("{:?}{:?}", said.messages, said.activities).contains("hunter2"));
}

/// Many entries whose last has a password.
fn crowd(count: usize) -> Vec<Vec<u8>> {
    let named = |number: usize| entry(7, &format!("CN=ws{number},DC=lab"), &[("sAMAccountName", &[b"ws$"])]);
    let mut entries: Vec<_> = (0..count - 1).map(named).collect();
    entries.push(entry(7, "CN=last,DC=lab", &[("ms-Mcs-AdmPwd", &[b"hunter2"])]));
    entries
}

#[test]
fn a_password_among_thousands_is_found_and_the_rest_is_counted() {
    for silent in [false, true] {
        let talk = || match silent {
            true => Conversation::tcp(389).silent(),
            false => Conversation::tcp(389),
        };
        for asked in [&[][..], &["*"], &["cn", "+"], &["cn", "MS-MCS-ADMPWD;binary"]] {
            let said = conversation(talk(), asked, &crowd(3000), 1460);
            assert_eq!(details(&said)["entries"], 3000);
            assert_eq!(details(&said)["objects"].as_array().unwrap().len(), 16);
            assert_eq!(details(&said)["objects_omitted"], 3000 - 16);
            assert_eq!(
                details(&said)["secrets"],
                json!([{"dn": "CN=last,DC=lab", "attribute": "ms-Mcs-AdmPwd"}])
            );
        }
        let said = conversation(talk(), &["cn"], &crowd(3000), 1460);
        assert_eq!(
            details(&said).get("secrets"),
            None,
            "what was not asked for is not looked for"
        );
        assert_eq!(details(&said)["entries"], 3000);
    }
}

#[test]
fn passwords_read_by_the_hundred_are_counted() {
    let entries: Vec<_> = (0..100)
        .map(|number| {
            entry(
                7,
                &format!("CN=ws{number},DC=lab"),
                &[("msLAPS-EncryptedPassword", &[&[1; 40]])],
            )
        })
        .collect();
    let said = found(&["msLAPS-EncryptedPassword"], &entries);
    assert_eq!(details(&said)["secrets_returned"], 100);
    assert_eq!(details(&said)["secrets"].as_array().unwrap().len(), 64);
    assert_eq!(said.out.counters.limits(), [("ldap.secrets", 36)]);
}

#[test]
fn passwords_of_objects_with_long_names_are_told_as_far_as_there_is_room() {
    let long = |number: usize| format!("CN=ws{number}{},DC=lab", ",OU=staff".repeat(200));
    let mut entries: Vec<_> = (0..100)
        .map(|number| entry(7, &long(number), &[("ms-Mcs-AdmPwd", &[b"hunter2"])]))
        .collect();
    entries.push(entry(7, "CN=short,DC=lab", &[("ms-Mcs-AdmPwd", &[b"hunter2"])]));
    for talk in [Conversation::tcp(389), Conversation::tcp(389).silent()] {
        let said = conversation(talk, &["ms-Mcs-AdmPwd"], &entries, usize::MAX);
        let secrets = details(&said)["secrets"].as_array().unwrap();
        assert!((3..16).contains(&secrets.len()), "{}", secrets.len());
        assert_eq!(secrets.last().unwrap()["dn"], "CN=short,DC=lab");
        assert!(details(&said)["secrets"].to_string().len() <= 16 * 1024);
        assert_eq!(details(&said)["secrets_returned"], 101);
        let omitted = 101 - secrets.len() as u64;
        assert_eq!(said.out.counters.limits(), [("ldap.secrets", omitted)]);
    }
}

#[test]
fn a_long_entry_is_read_as_far_as_it_is_kept() {
    let long = entry(
        7,
        "CN=photo,DC=lab",
        &[
            ("sAMAccountName", &[b"bob"]),
            ("thumbnailPhoto", &[&[0xff; 100_000]]),
            ("ms-Mcs-AdmPwd", &[b"hunter2"]),
        ],
    );
    for talk in [Conversation::tcp(389), Conversation::tcp(389).silent()] {
        let said = conversation(talk, &[], &[long.clone(), long.clone()], 1460);
        assert_eq!(details(&said)["entries_cut"], 2);
        assert_eq!(details(&said).get("secrets"), None);
        assert_eq!(details(&said)["objects"][1]["attributes"][0]["values"], json!(["bob"]));
        assert_eq!(said.activities[0]["outcome"], "success");
    }
}

#[test]
fn values_are_bounded() {
    let many: Vec<Vec<u8>> = (0..20)
        .map(|number| format!("HTTP/{number}{}", "x".repeat(300)).into_bytes())
        .collect();
    let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    let attributes: &[(&str, &[&[u8]])] = &[
        ("sAMAccountName", &[b"svc"]),
        ("objectSid", &[&[9; 4000]]),
        ("servicePrincipalName", &many),
        ("msDS-AllowedToDelegateTo", &many),
        ("adminCount", &[b"1"]),
    ];
    let said = found(&["cn"], &[entry(7, "CN=svc,DC=lab", attributes)]);
    let object = &details(&said)["objects"][0];
    assert_eq!(object["attributes_cut"], true);
    assert_eq!(object["attributes"].as_array().unwrap().len(), 3);
    let message = &said.messages[1]["attributes"][2];
    assert_eq!(
        (message["values"].as_array().unwrap().len(), &message["count"]),
        (16, &json!(20))
    );
    assert!(details(&said).to_string().len() < 7000);
}

#[test]
fn entries_alone_tell_of_a_search_nobody_saw() {
    let said = Conversation::tcp(389)
        .down(&entry(9, "CN=ws1,DC=lab", &[("ms-Mcs-AdmPwd", &[b"hunter2"])]))
        .down(&answered(9))
        .finish();
    let search = &said.activities[0];
    assert_eq!((said.activities.len(), &search["kind"]), (1, &json!("ldap_search")));
    assert_eq!(
        (&search["outcome"], search.get("duration_us")),
        (&json!("success"), None)
    );
    assert_eq!(search["details"]["entries"], 1);
    assert_eq!(search["details"]["secrets"][0]["dn"], "CN=ws1,DC=lab");
}

#[test]
fn names_alone_and_the_root_dse_are_no_objects_with_values() {
    let said = found(&["*"], &[entry(7, "", &[("dnsHostName", &[b"dc1.lab"])])]);
    assert_eq!(
        (details(&said).get("objects"), details(&said).get("objects_omitted")),
        (None, None)
    );
    let said = found(&["1.1"], &[entry(7, "CN=a,DC=lab", &[])]);
    assert_eq!(details(&said)["objects"], json!([{"dn": "CN=a,DC=lab"}]));
}
