//! Kerberos as it was recorded in a Samba domain: conversations in `vectors/`, one line a message, `>` from the client. What
//! was not recorded (U2U, S4U2proxy, NTSTATUS in its wrappings) is written by `rasn-kerberos`.

use capture::Direction;
use proptest::prelude::*;
use rasn::types::Integer;
use rasn_kerberos as theirs;
use serde_json::{Value, json};

use super::oracle::{body, der, encrypted, flags, name, padata, request, text, ticket, time};
use crate::testing::{Conversation, Said, unhex};

/// The messages of a vector, with the length that precedes them over TCP.
pub(super) fn vector(name: &str) -> Vec<(Direction, Vec<u8>)> {
    let path = format!("{}/src/kerberos/vectors/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| {
            let (arrow, hex) = line.split_once(' ').unwrap();
            let direction = if arrow == ">" { Direction::Up } else { Direction::Down };
            (direction, unhex(hex))
        })
        .collect()
}

pub(super) fn play(conversation: Conversation, messages: &[(Direction, Vec<u8>)]) -> Conversation {
    messages
        .iter()
        .fold(conversation, |conversation, (direction, bytes)| match direction {
            Direction::Up => conversation.up(bytes),
            Direction::Down => conversation.down(bytes),
        })
}

fn udp(name: &str) -> Said {
    play(Conversation::udp(88), &vector(name)).finish()
}

fn tcp(name: &str) -> Said {
    play(Conversation::tcp(88), &vector(name)).finish()
}

fn record(message: &[u8]) -> Vec<u8> {
    [&u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

pub(super) fn only(said: &Said) -> &Value {
    assert_eq!(said.activities.len(), 1, "{:#?}", said.activities);
    &said.activities[0]
}

#[test]
fn one_logon_is_three_exchanges_of_which_one_counts() {
    for (name, code) in [("as_preauth_required", 25), ("as_too_big", 52), ("s4u_probe", 25)] {
        let said = udp(name);
        let step = only(&said);
        assert_eq!(step["outcome"], "continued", "{name}");
        assert_eq!(step["status"]["code"], code, "{name}");
        assert_eq!(step.get("action_type"), None, "{name}");
    }
    let said = tcp("as_nonascii");
    let logon = only(&said);
    assert_eq!(logon["outcome"], "success");
    assert_eq!(logon["action_type"], "LogonSuccess");
    assert_eq!(logon["duration_us"], 1000);
    assert_eq!(
        logon["observed"],
        json!({"account": "jürgen", "domain": "LAB.EXAMPLE", "spn": "krbtgt/LAB.EXAMPLE"})
    );
    let details = &logon["details"];
    assert_eq!(details["salt"], "LAB.EXAMPLEjürgen");
    assert_eq!(details["preauth"], "encrypted_timestamp");
    assert_eq!(details["preauth_etype_name"], "aes256-cts-hmac-sha1-96");
    assert_eq!(details["etypes"], json!([18, 17, 20, 19, 16, 23, 25, 26]));
    assert_eq!(
        (&details["name_type_name"], &details["sname_type_name"]),
        (&json!("NT-PRINCIPAL"), &json!("NT-SRV-INST"))
    );
    assert_eq!(details["reply_padata"], json!([19]));
    assert_eq!(details["padata"], json!([2, 150, 149]));
    assert_eq!(
        (&details["ticket_kvno"], &details["ticket_size"]),
        (&json!(1), &json!(1020))
    );
    assert_eq!(
        details["ticket_sha256"],
        "228d877cb9f6b1e517349a7494f79e5a107c5b945c1afad1f374be6d91f7ace8"
    );
}

#[test]
fn messages_name_what_they_carry() {
    let said = udp("as_preauth_required");
    let names: Vec<_> = said.messages.iter().map(|message| &message["message"]).collect();
    assert_eq!(names, ["AS-REQ", "KRB-ERROR"]);
    assert_eq!(said.messages[0]["cname"], "alice");
    assert_eq!(said.messages[0]["till"], "2026-11-21T23:20:13.000000Z");
    assert_eq!(said.messages[1]["error_code"], 25);
    assert_eq!(said.messages[1]["sname"], "krbtgt/LAB.EXAMPLE");
    assert_eq!(said.messages[1]["e_data_padata"], json!([16, 15, 147, 2, 136, 655, 19]));
}

#[test]
fn refusals_have_their_reasons() {
    for (name, code, reason) in [
        ("as_wrong_password", 24, Some("WrongPassword")),
        ("as_unknown", 6, Some("UnknownUser")),
        ("as_expired", 23, Some("PasswordExpired")),
        ("as_locked", 18, None), // this server sends no NTSTATUS with it
    ] {
        let said = udp(name);
        let refusal = only(&said);
        assert_eq!(refusal["action_type"], "LogonFailed", "{name}");
        assert_eq!(refusal["status"]["code"], code, "{name}");
        assert_eq!(refusal.get("failure_reason").and_then(Value::as_str), reason, "{name}");
    }
    let said = udp("as_expired");
    assert_eq!(only(&said)["status"]["ntstatus"], 0xc000_0224_u32);
    assert_eq!(only(&said)["status"]["ntstatus_name"], "STATUS_PASSWORD_MUST_CHANGE");
}

#[test]
fn fast_shows_its_armour_and_hides_the_proof() {
    let said = tcp("as_fast");
    let logon = only(&said);
    assert_eq!(logon["details"]["preauth"], "fast");
    assert_eq!(logon["details"]["armor_type"], 1);
    assert_eq!(logon["details"]["armor_ticket"]["sname"], "krbtgt/LAB.EXAMPLE");
    assert_eq!(logon["observed"]["account"], "bob");
    let names: Vec<_> = said.messages.iter().map(|message| &message["message"]).collect();
    assert_eq!(names, ["AS-REQ", "AP-REQ", "AS-REP"]);
    assert_eq!(said.messages[1]["carrier"], json!(["fast"]));
    let said = tcp("as_fast_wrong");
    assert_eq!(only(&said)["failure_reason"], "WrongPassword");
}

#[test]
fn a_ticket_granted_names_the_client() {
    let said = tcp("tgs_renew");
    let granted = only(&said);
    assert_eq!(granted["observed"]["account"], "alice");
    assert_eq!(granted["details"]["renewal"], true);
    assert_eq!(granted["details"]["tgt_size"], 1042);
    assert_eq!(granted["details"]["authenticator_etype"], 18);
    let said = tcp("tgs_unknown_spn");
    assert_eq!(only(&said)["observed"]["account"], "alice");
    assert_eq!(only(&said)["details"]["spn"], "nosuch/host.lab.example");
    let said = tcp("tgs_hidden_name");
    assert_eq!(only(&said)["details"]["cname"], "WELLKNOWN/ANONYMOUS");
    assert_eq!(only(&said)["observed"], json!({"spn": "cifs/dc1.lab.example"}));
}

#[test]
fn the_impersonated_user_is_not_who_asks() {
    let said = tcp("s4u2self");
    let granted = only(&said);
    assert_eq!(
        granted["observed"],
        json!({"spn": "svc_web", "target_account": "alice", "target_domain": "LAB.EXAMPLE"})
    );
    assert_eq!(
        granted["details"]["s4u2self"],
        json!({"user": "alice", "realm": "LAB.EXAMPLE", "auth_package": "Kerberos", "options": ["sign-reply"]})
    );
    assert_eq!(granted["details"]["padata"], json!([1, 136, 130, 129]));
}

/// A TGS-REQ with `options`, which presents a TGT.
fn tgs(options: u32, extra: Vec<theirs::PaData>, additional: Option<theirs::Ticket>) -> Vec<u8> {
    let presented = theirs::ApReq {
        pvno: Integer::from(5),
        msg_type: Integer::from(14),
        ap_options: theirs::ApOptions(flags(0)),
        ticket: ticket(name(2, &["krbtgt", "LAB.EXAMPLE"]), 18, b"tgt"),
        authenticator: encrypted(18, None, b"proof"),
    };
    let mut all = vec![padata(1, &der(&presented))];
    all.extend(extra);
    let mut body = body(options, None, &["http", "web1"]);
    body.additional_tickets = additional.map(|ticket| vec![ticket]);
    der(&theirs::TgsReq(request(12, all, body)))
}

fn tgs_rep(cname: &[&str], sname: &[&str]) -> Vec<u8> {
    der(&theirs::TgsRep(theirs::KdcRep {
        pvno: Integer::from(5),
        msg_type: Integer::from(13),
        padata: None,
        crealm: text("LAB.EXAMPLE"),
        cname: name(1, cname),
        ticket: ticket(name(2, sname), 23, b"service ticket"),
        enc_part: encrypted(18, None, b"reply"),
    }))
}

fn error(code: i32, e_data: Option<Vec<u8>>, sname: &[&str]) -> Vec<u8> {
    der(&theirs::KrbError {
        pvno: Integer::from(5),
        msg_type: Integer::from(30),
        ctime: Some(time("2025-11-20T01:03:20Z")),
        cusec: Some(Integer::from(500_000)),
        stime: time("2025-11-20T00:53:20Z"),
        susec: Integer::from(0),
        error_code: code,
        crealm: None,
        cname: None,
        realm: text("LAB.EXAMPLE"),
        sname: name(2, sname),
        e_text: None,
        e_data: e_data.map(Into::into),
    })
}

const KRBTGT: [&str; 2] = ["krbtgt", "LAB.EXAMPLE"];

fn as_req(cname: &str) -> Vec<u8> {
    let body = body(0x4081_0010, Some(name(1, &[cname])), &KRBTGT);
    der(&theirs::AsReq(request(
        10,
        vec![padata(128, &unhex("3005a0030101ff"))],
        body,
    )))
}

#[test]
fn delegation_names_its_evidence() {
    let evidence = ticket(name(1, &["svc_web"]), 18, b"evidence");
    let asked = tgs(
        0x4002_0000,
        vec![padata(167, &unhex("3009a00703050010000000"))],
        Some(evidence),
    );
    let said = Conversation::udp(88)
        .up(&asked)
        .down(&tgs_rep(&["alice"], &["http", "web1"]))
        .finish();
    let granted = only(&said);
    let sha256 = &granted["details"]["s4u2proxy"]["evidence_ticket_sha256"];
    assert_eq!(*sha256, granted["details"]["additional_tickets"][0]["ticket_sha256"]);
    assert_eq!(granted["observed"]["target_account"], "alice");
    assert_eq!(granted["observed"].get("account"), None);
    assert_eq!(
        granted["details"]["pac_options"],
        json!(["resource-based-constrained-delegation"])
    );
    assert_eq!(granted["details"]["ticket_etype_name"], "rc4-hmac");
}

/// The same request over TCP names the datagram it repeats; flows of one worker meet in its output.
#[test]
fn what_a_kdc_wants_over_tcp_names_the_datagram() {
    let asked = as_req("alice");
    let too_big = error(52, None, &["krbtgt", "LAB.EXAMPLE"]);
    let datagram = Conversation::udp(88).up(&asked).down(&too_big);
    let said = Conversation::tcp(88).after(datagram).up(&record(&asked)).finish();
    let [first, again] = said.activities.as_slice() else {
        panic!("{:#?}", said.activities)
    };
    assert_eq!((&first["outcome"], first.get("retry_of")), (&json!("continued"), None));
    assert_eq!(
        again["details"]["retry_of"],
        json!({"transport": "udp", "time": first["time"]})
    );
    let other = Conversation::udp(88).up(&asked).down(&too_big);
    let said = Conversation::tcp(88).after(other).up(&record(&as_req("bob"))).finish();
    assert_eq!(said.activities[1]["details"].get("retry_of"), None);
}

#[test]
fn user_to_user_and_key_lists_are_told() {
    let tgt = ticket(name(2, &KRBTGT), 18, b"another's tgt");
    let keys = padata(161, &unhex("3003020117"));
    let said = Conversation::udp(88).up(&tgs(8, vec![keys], Some(tgt))).finish();
    let asked = only(&said);
    assert_eq!(asked["outcome"], "unknown");
    assert_eq!(asked["details"]["u2u"], true);
    assert_eq!(asked["details"]["key_list"], json!([23]));
}

#[test]
fn the_ntstatus_tells_why_a_client_is_revoked() {
    let locked = unhex("3015a103020103a20e040c340200c00000000001000000");
    let said = Conversation::udp(88)
        .up(&as_req("alice"))
        .down(&error(18, Some(locked), &KRBTGT))
        .finish();
    let refusal = only(&said);
    assert_eq!(refusal["failure_reason"], "AccountLocked");
    assert_eq!(refusal["status"]["ntstatus_name"], "STATUS_ACCOUNT_LOCKED_OUT");
    assert_eq!(refusal["details"]["pac_request"], true);
    assert_eq!(refusal["details"]["clock_skew_us"], -2_000);
    assert_eq!(refusal["details"]["client_clock_skew_us"], 600_500_000_i64);
    let clock = said.out.clocks.latest(&["10.0.0.10".parse().unwrap()]);
    assert_eq!(clock.map(|reading| reading.skew_us), Some(-2_000));
}

#[test]
fn a_repeated_datagram_is_one_exchange() {
    let (asked, refused) = (as_req("alice"), error(24, None, &KRBTGT));
    let said = Conversation::udp(88)
        .up(&asked)
        .up(&asked)
        .down(&refused)
        .down(&refused)
        .finish();
    assert_eq!(only(&said)["details"]["retransmitted"], 1);
    let again = Conversation::udp(88).up(&asked).down(&refused).up(&asked).finish();
    assert_eq!(again.activities.len(), 2);
}

#[test]
fn answers_find_their_requests() {
    let web = tgs(0, vec![], None);
    let said = Conversation::tcp(88)
        .up(&record(&as_req("alice")))
        .up(&record(&web))
        .down(&record(&error(7, None, &["http", "web1"])))
        .down(&record(&error(6, None, &KRBTGT)))
        .finish();
    let facts: Vec<_> = said
        .activities
        .iter()
        .map(|activity| {
            (
                activity["kind"].as_str().unwrap(),
                activity["status"]["code"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(facts, [("kerberos_tgs", 7), ("kerberos_as", 6)]);
}

#[test]
fn one_side_alone_says_what_it_knows() {
    let up = Conversation::udp(88).up(&as_req("alice")).wait(31);
    let said = up.finish();
    assert_eq!(only(&said)["outcome"], "unknown");
    assert_eq!(only(&said)["observed"]["account"], "alice");

    let said = Conversation::tcp(88)
        .midstream()
        .down(&record(&tgs_rep(&["alice"], &["cifs", "fs1"])))
        .down(&record(&error(24, None, &KRBTGT)))
        .finish();
    let [granted, refused] = &said.activities[..] else {
        panic!("{:#?}", said.activities)
    };
    assert_eq!(granted["kind"], "kerberos_tgs");
    assert_eq!(granted["observed"]["account"], "alice");
    assert_eq!(granted["client"]["port"], 50_000);
    assert_eq!(refused["kind"], "kerberos_as");
    assert_eq!(refused["action_type"], "LogonFailed");
}

#[test]
fn a_ticket_presented_by_itself_is_answered_by_itself() {
    let presented = der(&theirs::ApReq {
        pvno: Integer::from(5),
        msg_type: Integer::from(14),
        ap_options: theirs::ApOptions(flags(0x2000_0000)),
        ticket: ticket(name(2, &["host", "web1"]), 23, b"ticket"),
        authenticator: encrypted(23, None, b"proof"),
    });
    let accepted = der(&theirs::ApRep {
        pvno: Integer::from(5),
        msg_type: Integer::from(15),
        enc_part: encrypted(23, None, b"proof"),
    });
    let said = Conversation::tcp(4711)
        .up(&record(&presented))
        .down(&record(&accepted))
        .finish();
    let logon = only(&said);
    assert_eq!(
        (&logon["kind"], &logon["outcome"]),
        (&json!("kerberos_ap"), &json!("success"))
    );
    assert_eq!(logon["details"]["mutual"], true);
    assert_eq!(logon["observed"]["spn"], "host/web1");
}

#[test]
fn what_is_signed_and_what_is_handed_on_is_told_by_its_size_and_tickets() {
    let safe = theirs::KrbSafe {
        pvno: Integer::from(5),
        msg_type: Integer::from(20),
        body: theirs::KrbSafeBody {
            user_data: b"twelve bytes".to_vec().into(),
            timestamp: None,
            usec: None,
            seq_number: Some(1),
            s_address: theirs::HostAddress {
                addr_type: 2,
                address: vec![10, 0, 0, 50].into(),
            },
            r_address: None,
        },
        cksum: theirs::Checksum {
            r#type: 16,
            checksum: vec![7; 12].into(),
        },
    };
    let cred = theirs::KrbCred {
        pvno: Integer::from(5),
        msg_type: Integer::from(22),
        tickets: vec![
            ticket(name(2, &KRBTGT), 18, b"forwarded"),
            ticket(name(2, &["cifs", "fs1"]), 23, b"too"),
        ],
        enc_part: encrypted(18, None, b"keys"),
    };
    let said = Conversation::tcp(4711)
        .up(&record(&der(&safe)))
        .down(&record(&der(&cred)))
        .finish();
    let [safe, cred] = &said.messages[..] else {
        panic!("{:#?}", said.messages)
    };
    assert_eq!(
        (&safe["message"], &safe["size"], &safe["s_address"]),
        (&json!("KRB-SAFE"), &json!(12), &json!("10.0.0.50"))
    );
    assert_eq!(cred["message"], "KRB-CRED");
    let tickets = cred["tickets"].as_array().unwrap();
    assert_eq!(
        (&tickets[0]["sname"], &tickets[0]["ticket_etype"]),
        (&json!("krbtgt/LAB.EXAMPLE"), &json!(18))
    );
    assert_eq!((&tickets[1]["sname"], tickets.len()), (&json!("cifs/fs1"), 2));
    assert!(
        tickets.iter().all(|ticket| ticket["ticket_sha256"].is_string()),
        "{tickets:?}"
    );
    assert_eq!(said.activities, [] as [Value; 0]);
}

#[test]
fn a_password_change_keeps_its_result_sealed() {
    let said = play(Conversation::tcp(464), &vector("kpasswd")).finish();
    let [logon, change] = &said.activities[..] else {
        panic!("{:#?}", said.activities)
    };
    assert_eq!(
        (&logon["kind"], &logon["outcome"]),
        (&json!("kerberos_ap"), &json!("success"))
    );
    assert_eq!(logon["carrier"], json!(["kpasswd"]));
    assert_eq!(logon["observed"]["spn"], "kadmin/changepw");
    assert_eq!(
        (&change["kind"], &change["outcome"]),
        (&json!("password_change"), &json!("unknown"))
    );
    assert_eq!(change.get("action_type"), None);
    assert_eq!(change["details"]["sealed"], true);
    assert_eq!(change["details"]["method"], "kpasswd");
    let names: Vec<_> = said.messages.iter().map(|message| &message["message"]).collect();
    assert_eq!(names, ["request", "reply"]);
}

#[test]
fn a_refused_password_change_is_a_failure() {
    let mut messages = vector("kpasswd");
    let refusal = error(
        60,
        Some(b"\x00\x03Authentication error".to_vec()),
        &["kadmin", "changepw"],
    );
    let length = u16::try_from(refusal.len() + 6).unwrap().to_be_bytes();
    let reply = [&length, &[0, 1, 0, 0][..], &refusal].concat();
    messages[1].1 = record(&reply);
    let said = play(Conversation::tcp(464), &messages).finish();
    let change = &said.activities[1];
    assert_eq!(change["outcome"], "failure");
    assert_eq!(change["status"]["name"], "KRB5_KPASSWD_AUTHERROR");
    assert_eq!(change["details"]["result"], "Authentication error");
    let names: Vec<_> = said.messages.iter().map(|message| &message["message"]).collect();
    assert_eq!(names, ["request", "reply", "KRB-ERROR"]);
}

#[test]
fn what_a_gap_left_is_told_and_the_next_is_whole() {
    let messages = vector("as_nonascii");
    let (reply, half) = (&messages[1].1, messages[1].1.len() / 2);
    let said = Conversation::tcp(88)
        .up(&messages[0].1)
        .down(&reply[..half])
        .gap(Direction::Down, u64::try_from(reply.len() - half).unwrap())
        .down(&record(&tgs_rep(&["alice"], &["cifs", "fs1"])))
        .finish();
    let kinds: Vec<_> = said
        .messages
        .iter()
        .map(|message| (message["message"].as_str().unwrap(), message.get("gapped").is_some()))
        .collect();
    assert_eq!(kinds, [("AS-REQ", false), ("AS-REP", true), ("TGS-REP", false)]);
    assert_eq!(said.messages[1]["cname"], "jürgen");
    assert_eq!(said.messages[1].get("ticket_sha256"), None);
    assert_eq!(said.activities[0]["outcome"], "success");
    assert_eq!(said.activities[0]["details"]["gapped"], true);
    let lost = Conversation::tcp(88)
        .down(&record(&tgs_rep(&["alice"], &["cifs", "fs1"])))
        .gap(Direction::Down, 77)
        .down(
            &[
                b"the tail of what was lost",
                &record(&tgs_rep(&["bob"], &["cifs", "fs1"]))[..],
            ]
            .concat(),
        )
        .finish();
    assert_eq!(lost.activities.len(), 2);
}

fn heard(said: &Said) -> (Vec<Value>, Vec<Value>) {
    let strip = |values: &[Value]| {
        values
            .iter()
            .cloned()
            .map(|mut value| {
                for key in ["frame", "time", "duration_us"] {
                    value.as_object_mut().map(|map| map.remove(key));
                }
                value["details"].as_object_mut().map(|map| map.remove("clock_skew_us"));
                value
            })
            .collect()
    };
    (strip(&said.messages), strip(&said.activities))
}

const TCP: [&str; 6] = [
    "as_nonascii",
    "as_fast",
    "as_fast_wrong",
    "s4u2self",
    "tgs_unknown_spn",
    "tgs_renew",
];

proptest! {
    #[test]
    fn cuts_do_not_matter(which in 0..TCP.len() + 1, size in 1_usize..400) {
        let (port, messages) = match TCP.get(which) {
            Some(name) => (88, vector(name)),
            None => (464, vector("kpasswd")),
        };
        let whole = play(Conversation::tcp(port), &messages).finish();
        let cut = messages.iter().fold(Conversation::tcp(port), |conversation, (direction, bytes)| {
            conversation.cut(*direction, bytes, size)
        });
        prop_assert_eq!(heard(&whole), heard(&cut.finish()));
    }

    #[test]
    fn damage_never_panics(
        which in 0..TCP.len() + 1,
        hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let (port, mut messages) = match TCP.get(which) {
            Some(name) => (88, vector(name)),
            None => (464, vector("kpasswd")),
        };
        for (at, byte) in &hits {
            for (_, bytes) in &mut messages {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
        }
        play(Conversation::tcp(port), &messages).finish();
        for (_, bytes) in &mut messages {
            let body = bytes.split_off(4);
            *bytes = body;
        }
        play(Conversation::udp(port), &messages).finish();
        for (_, bytes) in &mut messages {
            bytes.truncate(cut.index(bytes.len()));
        }
        play(Conversation::udp(port), &messages).finish();
    }

    #[test]
    fn what_is_cut_short_is_read_as_far_as_it_goes(which in 0..TCP.len(), cut in any::<prop::sample::Index>()) {
        for (_, bytes) in vector(TCP[which]) {
            let body = &bytes[4..];
            let at = cut.index(body.len());
            if let Some(mended) = super::mend::mend(&body[..at]) {
                prop_assert!(mended.len() <= at);
                let _ = super::wire::Message::parse(&mended);
            }
        }
    }
}
