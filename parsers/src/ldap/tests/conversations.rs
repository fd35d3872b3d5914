//! Binds, searches and security layers, from request to activity.

use capture::Direction;
use serde_json::{Value, json};

use crate::testing::{Conversation, Said, unhex};

use super::build::{
    all, buffer, entry, message, ntlm, octets, present, result, sasl_bind, search, signed, simple_bind, tlv,
};
use super::vectors::{
    BIT_ANSWER, BIT_SEARCH, REFUSAL, REFUSED_BIND, SICILY, SIGNED_ANSWER, SIGNED_BIND, SIGNED_BIND_ANSWER,
    SIGNED_SEARCH, SIGNED_UNBIND,
};

pub(super) fn only<'a>(said: &'a Said, kind: &str) -> &'a Value {
    let mut found = said.activities.iter().filter(|activity| activity["kind"] == kind);
    let first = found.next().unwrap();
    assert!(found.next().is_none(), "more than one {kind}");
    first
}

fn names(said: &Said) -> Vec<&str> {
    let ldap = said.messages.iter().filter(|message| message["protocol"] == "ldap");
    ldap.map(|message| message["message"].as_str().unwrap()).collect()
}

#[test]
fn a_refused_simple_bind_is_a_failed_logon() {
    let said = Conversation::tcp(389)
        .up(&unhex(REFUSED_BIND))
        .down(&unhex(REFUSAL))
        .finish();
    let bind = only(&said, "ldap_bind");
    assert_eq!(bind["action_type"], "LogonFailed");
    assert_eq!(bind["status"]["ntstatus_name"], "STATUS_LOGON_FAILURE");
    assert_eq!(bind.get("failure_reason"), None); // the name or the password: the server does not say
    assert_eq!(
        bind["observed"],
        json!({"account": "bob@lab.example", "domain": "lab.example"})
    );
    assert_eq!(bind["details"]["method"], "simple");
    assert_eq!(bind["details"]["cleartext_password"], true);
    assert_eq!(bind["duration_us"], 1000);
    for line in said.messages.iter().chain(&said.activities) {
        assert!(!line.to_string().contains("wrong"), "the password got out: {line}");
    }
}

#[test]
fn a_search_is_joined_with_its_answer() {
    let said = Conversation::tcp(10_389) // by content, on any port
        .up(&unhex(BIT_SEARCH))
        .down(&unhex(BIT_ANSWER))
        .finish();
    let found = only(&said, "ldap_search");
    assert_eq!(found["action_type"], "LDAP query");
    assert_eq!(found["outcome"], "success");
    assert_eq!(
        found["details"],
        json!({
            "base": "DC=lab,DC=example", "scope": "sub", "attributes": ["sAMAccountName"],
            "filter": "(userAccountControl:1.2.840.113556.1.4.803:=4194304)",
            "entries": 2, "size": 134, "references": 3,
            "objects": [
                {
                    "dn": "CN=roast,OU=Staff,DC=lab,DC=example",
                    "attributes": [{"attribute": "sAMAccountName", "values": ["roast"]}],
                },
                {
                    "dn": "CN=krbtgt,CN=Users,DC=lab,DC=example",
                    "attributes": [{"attribute": "sAMAccountName", "values": ["krbtgt"]}],
                },
            ],
        })
    );
    let wanted = ["searchRequest", "searchResEntry", "searchResEntry"];
    assert_eq!(names(&said)[..3], wanted);
    assert_eq!(said.messages[1]["dn"], "CN=roast,OU=Staff,DC=lab,DC=example");
}

#[test]
fn anonymous_and_unauthenticated_binds_are_nobodys_logon() {
    for (name, method) in [("", "anonymous"), ("CN=x,DC=lab", "unauthenticated")] {
        let said = Conversation::tcp(389)
            .up(&simple_bind(1, name, ""))
            .down(&result(1, 0x61, 0))
            .up(&search(2, "DC=lab", &present("objectClass")))
            .down(&result(2, 0x65, 0))
            .finish();
        let bind = only(&said, "ldap_bind");
        assert_eq!(
            (&bind["outcome"], &bind["action_type"]),
            (&json!("success"), &Value::Null)
        );
        assert_eq!(bind["details"]["method"], method);
        assert_eq!(only(&said, "ldap_search")["observed"], json!({"dn": "DC=lab"}));
    }
}

#[test]
fn who_is_bound_acts() {
    let said = Conversation::tcp(389)
        .up(&simple_bind(1, "LAB\\Иван", "secret"))
        .down(&result(1, 0x61, 0))
        .up(&search(2, "DC=lab", &present("objectClass")))
        .down(&result(2, 0x65, 4))
        .finish();
    let found = only(&said, "ldap_search");
    assert_eq!(
        found["observed"],
        json!({"account": "LAB\\Иван", "domain": "LAB", "dn": "DC=lab"})
    );
    assert_eq!(found["outcome"], "failure");
    assert_eq!(found["status"], json!({"code": 4, "name": "sizeLimitExceeded"}));
}

#[test]
fn a_sicily_bind_is_one_logon_of_ntlm() {
    let [negotiate, challenge, authenticate, success] = SICILY.map(unhex);
    let said = Conversation::tcp(389)
        .up(&negotiate)
        .down(&challenge)
        .up(&authenticate)
        .down(&success)
        .finish();
    let bind = only(&said, "ldap_bind");
    assert_eq!(
        (&bind["outcome"], &bind["action_type"]),
        (&json!("success"), &Value::Null)
    );
    assert_eq!(bind["details"]["method"], "sicily");
    assert_eq!(bind["observed"]["account"], "user01");
    let logon = only(&said, "ntlm_authenticate");
    assert_eq!(
        (&logon["outcome"], &logon["action_type"]),
        (&json!("success"), &json!("LogonSuccess"))
    );
    assert_eq!(logon["carrier"], json!(["ldap"]));
}

#[test]
fn a_sasl_bind_of_several_legs_is_one_activity() {
    let refused = result(2, 0x61, 49);
    let said = Conversation::tcp(389)
        .up(&sasl_bind(1, "DIGEST-MD5", b""))
        .down(&result(1, 0x61, 14))
        .up(&sasl_bind(
            2,
            "DIGEST-MD5",
            b"username=\"bob\",realm=\"lab.example\",response=00",
        ))
        .down(&refused)
        .finish();
    let bind = only(&said, "ldap_bind");
    assert_eq!(bind["action_type"], "LogonFailed");
    assert_eq!(bind["observed"], json!({"account": "bob", "domain": "lab.example"}));
    assert_eq!(bind["time"], "2025-11-20T00:53:20.001000Z");
    let left = Conversation::tcp(389)
        .up(&sasl_bind(1, "GSSAPI", b""))
        .down(&result(1, 0x61, 14))
        .finish();
    assert_eq!(only(&left, "ldap_bind")["outcome"], "continued");
}

#[test]
fn a_password_of_sasl_plain_is_seen_and_not_told() {
    let said = Conversation::tcp(389)
        .up(&sasl_bind(1, "PLAIN", b"\0bob\0hunter2"))
        .down(&result(1, 0x61, 0))
        .finish();
    let bind = only(&said, "ldap_bind");
    assert_eq!(bind["details"]["cleartext_password"], true);
    assert_eq!(bind["observed"]["account"], "bob");
    assert!(!bind.to_string().contains("hunter2"));
}

#[test]
fn signed_messages_are_read_through() {
    let said = Conversation::tcp(389)
        .up(&unhex(SIGNED_BIND))
        .down(&unhex(SIGNED_BIND_ANSWER))
        .up(&unhex(SIGNED_SEARCH))
        .down(&unhex(SIGNED_ANSWER))
        .up(&unhex(SIGNED_UNBIND))
        .finish();
    let bind = only(&said, "ldap_bind");
    assert_eq!(
        (&bind["details"]["signing"], &bind["details"]["sealing"]),
        (&json!(true), &Value::Null)
    );
    let found = only(&said, "ldap_search");
    assert_eq!(found["details"]["filter"], "(sAMAccountName=bob)");
    assert_eq!(
        (&found["details"]["entries"], &found["outcome"]),
        (&json!(1), &json!("success"))
    );
    assert_eq!(names(&said).last(), Some(&"unbindRequest"));
}

/// DIGEST-MD5 with integrity: the message, then ten octets of HMAC, a version of 1 and a sequence number (RFC 2831 §2.3).
#[test]
fn digests_signed_buffers_are_read_through() {
    let signed =
        |message: &[u8], number: u8| buffer(&all(&[message.to_vec(), vec![7; 10], vec![0, 1, 0, 0, 0, number]]));
    let credentials = b"username=\"bob\",realm=\"lab.example\",qop=auth-int,response=00";
    for opening in [true, false] {
        let mut conversation = Conversation::tcp(389);
        if opening {
            conversation = conversation
                .up(&sasl_bind(1, "DIGEST-MD5", credentials))
                .down(&result(1, 0x61, 0));
        }
        let said = conversation
            .up(&signed(&search(2, "DC=lab", &present("cn")), 0))
            .down(&all(&[
                signed(&entry(2, "CN=x,DC=lab", 3), 0),
                signed(&result(2, 0x65, 0), 1),
            ]))
            .up(&signed(&search(3, "DC=lab", &present("sn")), 1))
            .down(&signed(&result(3, 0x65, 0), 2))
            .finish();
        let found: Vec<_> = said
            .activities
            .iter()
            .filter(|activity| activity["kind"] == "ldap_search")
            .collect();
        assert_eq!(found.len(), 2, "{opening}");
        assert_eq!(
            (&found[0]["details"]["filter"], &found[0]["details"]["entries"]),
            (&json!("(cn=*)"), &json!(1))
        );
        assert!(found.iter().all(|search| search["outcome"] == "success"));
        assert_eq!(said.out.counters.malformed(), []);
        if opening {
            let bind = only(&said, "ldap_bind");
            assert_eq!(
                (&bind["observed"]["account"], &bind["details"]["signing"]),
                (&json!("bob"), &json!(true))
            );
        }
    }
}

#[test]
fn signed_streams_are_found_midstream_and_cut_anywhere() {
    let question = search(7, "DC=lab", &present("cn"));
    let (first, second) = question.split_at(20);
    for turn in [0, 5, 12, 14] {
        let up = all(&[signed(first, false, turn), signed(second, false, turn)]);
        let down = signed(&result(7, 0x65, 0), true, turn);
        let said = Conversation::tcp(389)
            .midstream()
            .down(&signed(&result(6, 0x67, 0), true, turn))
            .up(&up)
            .down(&down)
            .finish();
        assert_eq!(only(&said, "ldap_search")["outcome"], "success", "turned by {turn}");
        assert_eq!(only(&said, "ldap_change")["details"], json!({"operation": "modify"}));
    }
    let said = Conversation::tcp(389)
        .up(&ntlm(first))
        .up(&ntlm(second))
        .down(&ntlm(&result(7, 0x65, 0)))
        .finish();
    assert_eq!(only(&said, "ldap_search")["outcome"], "success");
}

#[test]
fn what_is_sealed_is_counted_and_the_flow_goes_on() {
    let sealed = buffer(&[&[5, 4, 6, 0xff, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0xee; 400]].concat());
    let said = Conversation::tcp(389)
        .up(&simple_bind(1, "bob", "x"))
        .up(&sealed)
        .up(&ntlm(&[0xee; 90]))
        .up(&search(2, "", &present("cn")))
        .finish();
    assert_eq!(names(&said), ["bindRequest", "sealed", "sealed", "searchRequest"]);
    assert_eq!(
        (&said.messages[1]["size"], &said.messages[2]["size"]),
        (&json!(420), &json!(110))
    );
    assert_eq!(said.out.counters.opaque_bytes(), [("ldap sealed", 420 + 110)]);
}

#[test]
fn behind_a_gap_a_short_answer_need_not_wait_for_more() {
    let answer = unhex("300c02010161070a010004000400");
    for (front, size) in [("", 14), ("", 1), ("", 13), ("ffff", 16), ("ffff", 1), ("ffff", 5)] {
        let said = Conversation::tcp(389)
            .up(&search(1, "", &present("cn")))
            .gap(Direction::Down, 100)
            .cut(Direction::Down, &all(&[unhex(front), answer.clone()]), size)
            .finish();
        let last = said.messages.last().map(|message| &message["message"]);
        assert_eq!(last.unwrap(), "bindResponse", "behind {front:?}, by {size}");
    }
}

#[test]
fn a_lost_part_of_a_signed_stream_costs_only_itself() {
    let whole = signed(&search(3, "DC=lab", &present("cn")), false, 12);
    let (seen, lost) = whole.split_at(40);
    let next = |id| signed(&search(id, "DC=lab,DC=example", &present("mail")), false, 12);
    let said = Conversation::tcp(389)
        .up(&signed(&search(2, "", &present("cn")), false, 12))
        .up(seen)
        .gap(Direction::Up, lost.len() as u64)
        .up(&next(4))
        .up(&next(5)[..30])
        .gap(Direction::Up, 4000)
        .up(&all(&[next(6), next(7)]))
        .finish();
    let bases: Vec<_> = said
        .activities
        .iter()
        .map(|activity| &activity["details"]["base"])
        .collect();
    let other = "DC=lab,DC=example";
    assert_eq!(bases, ["", other, other, other]);
}

#[test]
fn after_starttls_the_stream_is_tls() {
    let start = message(1, &tlv(0x77, &tlv(0x80, b"1.3.6.1.4.1.1466.20037")));
    let hello = [0x17, 3, 3, 0, 4, 1, 2, 3, 4];
    let said = Conversation::tcp(389)
        .up(&start)
        .down(&result(1, 0x78, 0))
        .up(&hello)
        .down(&hello)
        .finish();
    assert_eq!(said.messages[0]["name"], "LDAP_SERVER_START_TLS_OID");
    assert_eq!(said.out.counters.opaque_bytes(), [("tls", 18)]);
    let refused = Conversation::tcp(389)
        .up(&start)
        .down(&result(1, 0x78, 52))
        .up(&search(2, "", &present("cn")))
        .finish();
    assert_eq!(names(&refused).last(), Some(&"searchRequest"));
}

#[test]
fn requests_without_answer_and_answers_without_request_are_told() {
    let said = Conversation::tcp(389)
        .up(&search(1, "DC=lab", &present("cn")))
        .down(&entry(1, "CN=a,DC=lab", 9))
        .wait(20)
        .down(&entry(1, "CN=b,DC=lab", 9)) // its answer is still coming
        .wait(20)
        .wait(31)
        .down(&result(9, 0x65, 0))
        .down(&result(8, 0x6b, 50))
        .down(&result(7, 0x61, 49))
        .finish();
    let told: Vec<_> = said
        .activities
        .iter()
        .map(|activity| {
            (
                activity["kind"].as_str().unwrap(),
                activity["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    let wanted = [
        ("ldap_search", "unknown"),
        ("ldap_search", "success"),
        ("ldap_change", "failure"),
        ("ldap_bind", "failure"),
    ];
    assert_eq!(told, wanted);
    assert_eq!(said.activities[0]["details"]["entries"], 2);
}

#[test]
fn an_abandoned_search_is_told_at_once() {
    let said = Conversation::tcp(389)
        .up(&search(5, "DC=lab", &present("cn")))
        .up(&message(6, &tlv(0x50, &[5])))
        .finish();
    let found = only(&said, "ldap_search");
    assert_eq!(
        (&found["outcome"], &found["details"]["abandoned"]),
        (&json!("unknown"), &json!(true))
    );
    assert_eq!(names(&said), ["searchRequest", "abandonRequest"]);
}

#[test]
fn controls_are_named_and_pages_look_alike() {
    let value = tlv(0x30, &all(&[tlv(2, &[100]), octets(b"cookie")]));
    let paged = tlv(
        0x30,
        &all(&[octets(b"1.2.840.113556.1.4.319"), tlv(1, &[0xff]), octets(&value)]),
    );
    let flags = tlv(0x30, &tlv(2, &[7]));
    let descriptor = tlv(0x30, &all(&[octets(b"1.2.840.113556.1.4.801"), octets(&flags)]));
    let plain = search(1, "DC=lab", &present("cn"));
    let body = all(&[plain[2..].to_vec(), tlv(0xa0, &all(&[paged, descriptor]))]);
    let said = Conversation::tcp(389).up(&tlv(0x30, &body)).finish();
    let wanted = json!([
        {"oid": "1.2.840.113556.1.4.319", "name": "LDAP_PAGED_RESULT_OID_STRING", "critical": true, "size": 100},
        {"oid": "1.2.840.113556.1.4.801", "name": "LDAP_SERVER_SD_FLAGS_OID", "flags": 7, "flag_names": ["owner", "group", "dacl"]},
    ]);
    assert_eq!(said.messages[0]["controls"], wanted);
    assert_eq!(only(&said, "ldap_search")["details"]["controls"], wanted);
}
