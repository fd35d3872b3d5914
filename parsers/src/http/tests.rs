//! Connections that authenticate, cut and damaged in every way.

use capture::Direction;
use proptest::prelude::{any, prop, proptest};
use serde_json::Value;

use crate::base64::encode as base64;
use crate::gss::tests::optimistic;
use crate::ntlm::tests::{V2_AUTHENTICATE, V2_CHALLENGE};
use crate::testing::{Conversation, Said, unhex};

const NEGOTIATE: &str = "4e544c4d53535000010000000702000000000000200000000000000020000000";

fn get(token: &str) -> String {
    let token = base64(&unhex(token));
    format!("GET /certsrv/?secret=1 HTTP/1.1\r\nHost: ca.lab.example\r\nAuthorization: NTLM {token}\r\n\r\n")
}

fn unauthorized(challenge: &str) -> String {
    format!("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 6\r\n\r\nHTTP/1")
}

/// What both sides say until the credentials are judged.
fn opening() -> [(Direction, String); 5] {
    let challenge = unauthorized(&format!("NTLM {}", base64(&unhex(V2_CHALLENGE))));
    [
        (
            Direction::Up,
            "GET /certsrv/ HTTP/1.1\r\nHost: ca.lab.example\r\n\r\n".to_owned(),
        ),
        (
            Direction::Down,
            unauthorized("Negotiate\r\nWWW-Authenticate: NTLM, Basic realm=\"x\""),
        ),
        (Direction::Up, get(NEGOTIATE)),
        (Direction::Down, challenge),
        (Direction::Up, get(V2_AUTHENTICATE)),
    ]
}

fn spoken(end: &str, size: usize) -> Said {
    let mut conversation = Conversation::tcp(4711);
    for (direction, text) in opening().into_iter().chain([(Direction::Down, end.to_owned())]) {
        conversation = conversation.cut(direction, text.as_bytes(), size);
    }
    conversation.finish()
}

/// Messages without their frame numbers, which follow the cutting.
fn unframed(said: &Said) -> Vec<Value> {
    let mut messages = said.messages.clone();
    for message in &mut messages {
        message.as_object_mut().unwrap().remove("frame");
        message.as_object_mut().unwrap().remove("time");
    }
    messages
}

#[test]
fn a_logon_in_three_steps() {
    let said = spoken(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHTTP/\r\n0\r\n\r\n",
        100_000,
    );
    let names: Vec<_> = said
        .messages
        .iter()
        .map(|message| message["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "response",
            "request",
            "NEGOTIATE",
            "response",
            "CHALLENGE",
            "request",
            "AUTHENTICATE",
            "response"
        ]
    );
    assert_eq!(
        said.messages[0]["schemes"],
        serde_json::json!(["Negotiate", "NTLM", "Basic"])
    );
    assert_eq!(said.messages[1]["path"], "/certsrv/");
    let [logon] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(
        (&logon["kind"], &logon["outcome"]),
        (&"ntlm_authenticate".into(), &"success".into())
    );
    assert_eq!(
        (&logon["observed"]["account"], &logon["carrier"][0]),
        (&"User".into(), &"http".into())
    );
    assert_eq!(logon["duration_us"], 1000);
    assert_eq!(
        (&logon["details"]["http_host"], &logon["details"]["http_path"]),
        (&"ca.lab.example".into(), &"/certsrv/".into())
    );
}

#[test]
fn a_ticket_over_negotiate_is_a_logon() {
    let request = format!(
        "GET /wsman HTTP/1.1\r\nHost: srv1.lab.example\r\nAuthorization: Negotiate {}\r\n\r\n",
        base64(&optimistic())
    );
    let accepted = base64(&unhex("a1073005a0030a0100"));
    let end = format!("HTTP/1.1 200 OK\r\nWWW-Authenticate: Negotiate {accepted}\r\nContent-Length: 0\r\n\r\n");
    for (end, outcome) in [(end, "success"), (unauthorized("Negotiate"), "failure")] {
        let said = Conversation::tcp(4711)
            .up(request.as_bytes())
            .down(end.as_bytes())
            .finish();
        let [logon] = said.activities.as_slice() else {
            panic!("{:?}", said.activities)
        };
        assert_eq!(
            (&logon["kind"], &logon["outcome"]),
            (&"kerberos_ap".into(), &outcome.into())
        );
        assert_eq!(
            (&logon["observed"]["spn"], &logon["carrier"][0]),
            (&"cifs/dc1".into(), &"http".into())
        );
        assert_eq!(logon["details"]["http_host"], "srv1.lab.example");
        assert_eq!(logon["details"]["ticket_etype"], 18);
    }
}

#[test]
fn refused() {
    let said = spoken(&unauthorized("NTLM"), 100_000);
    let [logon] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(
        (&logon["outcome"], &logon["status"]["code"]),
        (&"failure".into(), &401.into())
    );
}

#[test]
fn where_it_is_cut_does_not_matter() {
    let end = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nHTTP/\r\n0\r\nx: y\r\n\r\nHTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\n\r\n";
    let whole = spoken(end, 100_000);
    for size in [1, 2, 3, 7, 64] {
        let cut = spoken(end, size);
        assert_eq!(unframed(&cut), unframed(&whole), "cut into {size}");
        assert_eq!(cut.activities[0]["outcome"], "success");
    }
}

#[test]
fn a_password_stays_where_it_is() {
    let secret = base64(b"alice:hunter2");
    let said = Conversation::tcp(80)
        .up(format!("GET / HTTP/1.0\r\nAuthorization: Basic {secret}\r\n\r\n").as_bytes())
        .finish();
    let text = said.messages[0].to_string();
    assert_eq!(said.messages[0]["user"], "alice");
    assert_eq!(said.messages[0]["cleartext_password"], true);
    assert!(!text.contains("hunter2") && !text.contains(&secret));
}

#[test]
fn digest_tells_its_user() {
    let said = Conversation::tcp(80)
        .up(b"GET / HTTP/1.1\r\nProxy-Authorization: Digest realm=\"lab\", username=\"bob\", response=\"6629fae4\"\r\n\r\n")
        .finish();
    assert_eq!(said.messages[0]["user"], "bob");
    assert_eq!(said.messages[0]["cleartext_password"], Value::Null);
    assert!(!said.messages[0].to_string().contains("6629fae4"));
}

#[test]
fn a_password_in_a_target_is_not_told() {
    let token = base64(&unhex(NEGOTIATE));
    for target in [
        "http://alice:hunter2@srv/x",
        "http://alice:hun@ter2@srv/x",
        "http://srv/x?alice:hunter2@",
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: srv\r\nProxy-Authorization: NTLM {token}\r\n\r\n");
        let said = Conversation::tcp(8080).up(request.as_bytes()).finish();
        let all = format!("{:?} {:?}", said.messages, said.activities);
        assert!(!all.contains("hunter2") && !all.contains("ter2"), "{all}");
        let path = said.messages[0]["path"].as_str().unwrap();
        assert!(path.ends_with("srv/x"), "{path}");
    }
    let said = Conversation::tcp(8080)
        .up(b"RPC_IN_DATA http://alice:hunter2@srv/rpc HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        .finish();
    assert!(!format!("{:?}", said.messages).contains("hunter2"));
}

/// A connection may have many requests that wait, and each of them remembers what it was for.
#[test]
fn what_a_head_tells_is_bounded() {
    let long = "x".repeat(10_000);
    let many = "a,".repeat(16);
    let request = format!(
        "POST /wsman?{long} HTTP/1.1\r\nHost: {long}\r\nUser-Agent: {long}\r\nContent-Type: {long}\r\n\
         Content-Length: 1\r\n\r\nx"
    );
    let said = Conversation::tcp(5985).up(request.as_bytes()).finish();
    assert_eq!(said.out.counters.limits(), [("http.text", 1)]);
    let activity = &said.activities[0]["details"];
    for name in ["host", "user_agent"] {
        assert_eq!(activity[name].as_str().map(str::len), Some(2048), "{name}");
    }
    let unseen = format!("GET /?{long} HTTP/1.1\r\n\r\n");
    let said = Conversation::tcp(80).up(unseen.as_bytes()).finish();
    assert_eq!(said.out.counters.limits(), [], "nothing of it is told");
    let challenges = format!("WWW-Authenticate: {many}\r\n").repeat(100);
    let said = Conversation::tcp(80)
        .up(b"GET / HTTP/1.1\r\n\r\n")
        .down(format!("HTTP/1.1 401 No\r\n{challenges}\r\n").as_bytes())
        .finish();
    assert_eq!(said.messages[0]["schemes"].as_array().map(Vec::len), Some(32));
    assert_eq!(said.out.counters.limits(), [("http.text", 1)]);
}

fn wsman(kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /wsman?PSVersion=5.1.18362.752 HTTP/1.1\r\nConnection: Keep-Alive\r\nContent-Type: {kind}\r\n\
         User-Agent: Microsoft WinRM Client\r\nContent-Length: {length}\r\nHost: workstation6:5985\r\n\r\n{body}"
    )
}

const SEALED: &str =
    "multipart/encrypted;protocol=\"application/HTTP-Kerberos-session-encrypted\";boundary=\"Encrypted Boundary\"";
const SEALED_BODY: &str = "--Encrypted Boundary\r\nContent-Type: application/HTTP-Kerberos-session-encrypted\r\n\
    OriginalContent: type=application/soap+xml;charset=UTF-8;Length=5409\r\n--Encrypted Boundary\r\n\
    Content-Type: application/octet-stream\r\nsealed--Encrypted Boundary--\r\n";
const ENVELOPE: &str = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header>\
    <w:ResourceURI s:mustUnderstand=\"true\">http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd</w:ResourceURI>\
    <a:Action s:mustUnderstand=\"true\">http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command</a:Action>\
    </s:Header><s:Body><rsp:CommandLine><rsp:Command>whoami</rsp:Command><rsp:Arguments>/secret</rsp:Arguments>\
    </rsp:CommandLine></s:Body></s:Envelope>";

/// As PowerShell remoting speaks in a domain: the body is sealed, its length and PowerShell's version are not.
#[test]
fn sealed_management_still_counts() {
    let said = Conversation::tcp(5985)
        .up(wsman(SEALED, SEALED_BODY).as_bytes())
        .down(b"HTTP/1.1 200 \r\nContent-Length: 6\r\n\r\nsealed")
        .finish();
    let [call] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(
        (&call["kind"], &call["action_type"], &call["outcome"]),
        (&"winrm".into(), &"PowerShell execution".into(), &"success".into())
    );
    assert_eq!(
        (&call["details"]["sealed"], &call["details"]["ps_version"]),
        (&true.into(), &"5.1.18362.752".into())
    );
    assert_eq!(
        (
            &said.messages[0]["original_length"],
            &said.messages[0]["content_length"]
        ),
        (&5409.into(), &SEALED_BODY.len().into())
    );
    assert_eq!(said.messages[1]["message"], "response");
}

#[test]
fn management_in_the_clear_tells_what_it_does() {
    let utf16: Vec<u8> = ENVELOPE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (body, size) in [
        (ENVELOPE.as_bytes(), 100_000),
        (ENVELOPE.as_bytes(), 7),
        (utf16.as_slice(), 100),
    ] {
        let mut request = format!(
            "POST /WSMAN HTTP/1.1\r\nHost: srv\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend(body);
        let said = Conversation::tcp(4711)
            .cut(Direction::Up, &request, size)
            .down(b"HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n")
            .finish();
        let call = &said.activities[0];
        let details = &call["details"];
        assert_eq!(
            details["resource"],
            "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"
        );
        assert_eq!(
            details["action"],
            "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command"
        );
        assert_eq!(details["command"], "whoami");
        assert_eq!(
            (&call["outcome"], &call["status"]["code"]),
            (&"failure".into(), &500.into())
        );
        assert!(said.out.activities[0].changes, "it runs something");
        assert!(!said.messages[0].to_string().contains("secret"));
    }
}

#[test]
fn management_that_asks_changes_nothing() {
    for (action, changes) in [
        ("transfer/Get", false),
        ("enumeration/Pull", false),
        ("Win32_Process/Create", true),
    ] {
        let body = ENVELOPE.replace("shell/Command</a", &format!("{action}</a"));
        let request = format!(
            "POST /wsman HTTP/1.1\r\nHost: srv\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let said = Conversation::tcp(5985).up(request.as_bytes()).finish();
        assert_eq!(said.out.activities[0].changes, changes, "{action}");
    }
}

#[test]
fn chunked_management_and_management_without_answer() {
    let (head, tail) = ENVELOPE.split_at(100);
    let request = format!(
        "POST /wsman HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{head}\r\n{:x}\r\n{tail}\r\n0\r\n\r\n",
        head.len(),
        tail.len()
    );
    for size in [1, 64, 100_000] {
        let said = Conversation::tcp(5985)
            .cut(Direction::Up, request.as_bytes(), size)
            .finish();
        assert_eq!(said.activities[0]["outcome"], "unknown");
        assert!(said.activities[0]["details"]["action"].is_string());
    }
}

#[test]
fn nobody_answers() {
    let mut conversation = Conversation::tcp(80);
    for (direction, text) in opening() {
        conversation = conversation.cut(direction, text.as_bytes(), 100_000);
    }
    let said = conversation.wait(31).down(b"HTTP/1.1 200 OK\r\n\r\n").finish();
    assert_eq!(said.activities.len(), 1);
    assert_eq!(said.activities[0]["outcome"], "unknown");
}

#[test]
fn damage_costs_one_message() {
    let said = Conversation::tcp(80)
        .up(b"GET / HTTP/1.1\r\n\r\n")
        .up(b"nonsense\r\n\r\nmore of it\r\n")
        .up(get(V2_AUTHENTICATE).as_bytes())
        .finish();
    let names: Vec<_> = said
        .messages
        .iter()
        .map(|message| message["message"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["malformed", "request", "AUTHENTICATE"]);
}

#[test]
fn gaps_and_tunnels() {
    let said = Conversation::tcp(8080)
        .up(b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\nabc")
        .gap(Direction::Up, 2000)
        .up(b"\x00\x01tail of a body that was lost\r\n")
        .up(get(V2_AUTHENTICATE).as_bytes())
        .finish();
    assert_eq!(said.activities.len(), 1);
    let said = Conversation::tcp(8080)
        .up(b"CONNECT dc1:636 HTTP/1.1\r\n\r\n")
        .down(b"HTTP/1.1 200 OK\r\n\r\n")
        .up(&[7; 100])
        .finish();
    assert_eq!(said.out.counters.opaque_bytes(), [("http_tunnel", 100)]);
    let hello =
        "16030300310100002d0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000061301130213030100";
    let said = Conversation::tcp(8080)
        .up(b"CONNECT dc1:636 HTTP/1.1\r\n\r\n")
        .down(b"HTTP/1.1 200 OK\r\n\r\n")
        .up(&unhex(hello))
        .finish();
    assert_eq!(said.messages[0]["message"], "client_hello");
    assert_eq!(said.activities[0]["carrier"][0], "http");
}

#[test]
fn others_are_left_alone() {
    for greeting in [
        b"220 mail ESMTP\r\n".as_slice(),
        b"EHLO x\r\n",
        b"INVITE sip:a SIP/2.0\r\n\r\n",
        b"SSH-2.0-x\r\n",
    ] {
        let said = Conversation::tcp(4711).up(greeting).finish();
        assert!(said.messages.is_empty() && said.out.counters.malformed().is_empty());
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), size in 1_usize..40) {
        Conversation::tcp(80)
            .cut(Direction::Up, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", size)
            .cut(Direction::Up, &bytes, size)
            .cut(Direction::Down, b"HTTP/1.1 ", size)
            .cut(Direction::Down, &bytes, size)
            .finish();
    }

    #[test]
    fn damaged_streams_do_not_depend_on_cuts(at in any::<prop::sample::Index>(), byte in any::<u8>(), size in 1_usize..200) {
        let speak = |size: usize| {
            let mut conversation = Conversation::tcp(80).up(b"GET / HTTP/1.1\r\n\r\n");
            for (direction, text) in opening() {
                let mut bytes = text.into_bytes();
                let at = at.index(bytes.len());
                if direction == Direction::Up {
                    bytes[at] = byte;
                }
                conversation = conversation.cut(direction, &bytes, size);
            }
            unframed(&conversation.finish())
        };
        assert_eq!(speak(size), speak(100_000));
    }
}
