//! Files of Windows events beside captures: in order of time, and joined with what the packets say.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use tests::{adtap, case, replay};

const SECURITY: &str = "Microsoft-Windows-Security-Auditing";

/// An event of dc1 as Windows writes it.
fn event(id: u32, time: &str, data: &[(&str, &str)]) -> String {
    let data: String = data
        .iter()
        .map(|(name, value)| format!("<Data Name=\"{name}\">{value}</Data>"))
        .collect();
    format!(
        "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"{SECURITY}\"/>\
         <EventID>{id}</EventID><TimeCreated SystemTime=\"{time}\"/><EventRecordID>{id}</EventRecordID><Channel>Security</Channel>\
         <Computer>dc1.lab.example</Computer></System><EventData>{data}</EventData></Event>\n"
    )
}

/// The capture of a case, with `files` beside it.
fn folder(capture: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(case(capture).join("capture.pcap"), folder.path().join("capture.pcap")).unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn said(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = replay(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The identifiers of the events behind an activity.
fn ids(activity: &Value) -> Vec<u64> {
    let events = activity.pointer("/details/events").and_then(Value::as_array);
    let id = |event: &Value| event.get("event_id").and_then(Value::as_u64);
    events.into_iter().flatten().filter_map(id).collect()
}

#[test]
fn a_validation_says_what_the_packets_do_not() {
    let wrong = event(
        4_776,
        "2026-11-20T23:20:47.3500000Z",
        &[
            ("TargetUserName", "alice"),
            ("Workstation", "CLIENT"),
            ("Status", "0xc000006a"),
        ],
    );
    let folder = folder("ntlm/wrong-password-in-ldap", &[("events.xml", &wrong)]);
    let plain = said(folder.path(), &["capture.pcap"]);
    let joined = said(folder.path(), &["capture.pcap", "events.xml"]);
    assert_eq!(joined.len(), plain.len(), "one activity, not two");
    let logon = |all: &[Value]| {
        all.iter()
            .find(|one| one["kind"] == "ntlm_authenticate")
            .unwrap()
            .clone()
    };
    assert_eq!(logon(&plain)["failure_reason"], Value::Null);
    let logon = logon(&joined);
    assert_eq!(logon["failure_reason"], "WrongPassword");
    assert_eq!((logon["transport"].as_str(), ids(&logon)), (Some("tcp"), vec![4_776]));
}

#[test]
fn a_controller_of_samba_says_so_too() {
    // What dc1 wrote down of the logon in that capture.
    let record = r#"{"timestamp": "2026-11-20T23:20:47.360812+0000", "type": "Authentication", "Authentication": {"version": {"major": 1, "minor": 2}, "eventId": 4625, "logonId": "0", "logonType": 3, "status": "NT_STATUS_WRONG_PASSWORD", "localAddress": "ipv4:10.77.0.10:389", "remoteAddress": "ipv4:10.77.0.50:37318", "serviceDescription": "LDAP", "authDescription": "NTLMSSP", "clientDomain": "LAB", "clientAccount": "alice", "workstation": "CLIENT", "becameAccount": null, "becameDomain": null, "becameSid": null, "mappedAccount": "alice", "mappedDomain": "LAB", "netlogonComputer": null, "netlogonTrustAccount": null, "netlogonNegotiateFlags": "0x00000000", "netlogonSecureChannelType": 0, "netlogonTrustAccountSid": null, "passwordType": "NTLMv2", "duration": 16254}}"#;
    let syslog = format!("<13>Nov 20 23:20:47 dc1 samba:   {record}\n");
    let other = record.replace(":37318", ":37319");
    let lines = format!("{record}\n{other}\n");
    let folder = folder(
        "ntlm/wrong-password-in-ldap",
        &[("audit.jsonl", &lines), ("messages", &syslog)],
    );
    let plain = said(folder.path(), &["capture.pcap"]);
    for (file, more) in [("messages", 0), ("audit.jsonl", 1)] {
        let joined = said(folder.path(), &["capture.pcap", file]);
        assert_eq!(
            joined.len(),
            plain.len() + more,
            "{file}: what was at another port is another logon"
        );
        let logon = joined
            .iter()
            .find(|one| one["kind"] == "ntlm_authenticate" && one.get("transport").is_some());
        let logon = logon.unwrap();
        assert_eq!(
            (&logon["failure_reason"], ids(logon)),
            (&"WrongPassword".into(), vec![4_625])
        );
        let event = &logon["details"]["events"][0];
        assert_eq!(
            (&event["format"], &event["channel"]),
            (&"samba".into(), &"Authentication".into())
        );
    }
}

#[test]
fn a_ticket_joins_by_its_client_s_port_and_the_rest_stands_alone() {
    let ticket = |port, id, service| {
        event(
            id,
            "2026-11-20T23:20:25.1140000Z",
            &[
                ("TargetUserName", "alice@LAB.EXAMPLE"),
                ("ServiceName", service),
                ("TicketEncryptionType", "0x17"),
                ("Status", "0x0"),
                ("IpAddress", "::ffff:10.77.0.50"),
                ("IpPort", port),
            ],
        )
    };
    let added = event(
        4_728,
        "2026-11-20T23:20:00Z",
        &[
            ("TargetUserName", "Domain Admins"),
            ("SubjectUserName", "admin"),
            ("MemberSid", "S-1-5-21-1-2-3-1105"),
        ],
    );
    let events = format!(
        "<Events>{}{}{added}</Events>",
        ticket("51666", 4_769, "SRV1$"),
        ticket("1", 4_769, "SRV2$")
    );
    let folder = folder("kerberos/rc4-service-ticket", &[("events.xml", &events)]);
    let (plain, all) = (said(folder.path(), &["capture.pcap"]), said(folder.path(), &["."]));
    assert_eq!(all.len(), plain.len() + 2);
    let joined = all
        .iter()
        .find(|one| one["kind"] == "kerberos_tgs" && one.get("transport").is_some() && !ids(one).is_empty())
        .unwrap();
    assert_eq!(
        (joined["client"]["port"].as_u64(), &joined["details"]["service_account"]),
        (Some(51_666), &"SRV1$".into())
    );
    let first = all.first().unwrap();
    assert_eq!(
        (&first["kind"], &first["destination"]["name"]),
        (&"directory_change".into(), &"dc1".into())
    );
    assert_eq!((first.get("transport"), first.get("client")), (None, None));
    for workers in ["1", "2", "4"] {
        assert_eq!(
            said(folder.path(), &["--workers", workers, "."]),
            all,
            "{workers} workers"
        );
    }
}

#[test]
fn every_kind_of_file_is_one() {
    let lines = "{\"EventID\":4726,\"SourceName\":\"Microsoft-Windows-Security-Auditing\",\"EventTime\":\"2026-11-20 23:20:00\",\
                 \"Hostname\":\"dc1\",\"TargetUserName\":\"one\"}\n{\"EventID\":\n{\"EventID\":4726,\"EventTime\":\
                 \"2026-11-20 23:20:01\",\"Hostname\":\"dc1\",\"TargetUserName\":\"two\"}\n";
    let syslog = "<13>Nov 20 23:20:02 dc1 CEF:0|Microsoft|Microsoft Windows||Microsoft-Windows-Security-Auditing:4776|x|Low| \
                  externalId=4776 rt=1795216802000 dhost=dc1 duser=three cs1=0x0 cs1Label=Reason or Error Code\n";
    let xml: Vec<u8> = event(4_726, "2026-11-20T23:20:03Z", &[("TargetUserName", "four")])
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines).unwrap();
    fs::write(folder.path().join("b.log"), syslog).unwrap();
    fs::write(folder.path().join("c.xml"), [b"\xff\xfe", &xml[..]].concat()).unwrap();
    fs::write(folder.path().join("d.json"), "{\"nothing\": \"of the kind\"}").unwrap();
    let mut all = said(folder.path(), &["."]);
    // What may be joined waits, and leaves later.
    all.sort_by_key(|one| one["time"].as_str().unwrap().to_owned());
    let names: Vec<_> = all
        .iter()
        .map(|one| {
            let observed = &one["observed"];
            let name = observed["target_account"].as_str().or(observed["account"].as_str());
            (name.unwrap().to_owned(), one["capture"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [
        ("one", "./a.jsonl"),
        ("two", "./a.jsonl"),
        ("three", "./b.log"),
        ("four", "./c.xml"),
    ];
    assert_eq!(names, expected.map(|(name, file)| (name.to_owned(), file.to_owned())));
}

#[test]
fn decode_shows_events_among_the_messages_without_secrets() {
    let secret = event(
        5_136,
        "2026-11-20T23:20:00Z",
        &[
            ("AttributeLDAPDisplayName", "ms-Mcs-AdmPwd"),
            ("AttributeValue", "hunter2"),
        ],
    );
    let unlisted = event(4_688, "2099-11-20T23:20:00Z", &[("CommandLine", "net user x hunter2")]);
    let folder = folder(
        "ntlm/wrong-password-in-ldap",
        &[("events.xml", &format!("{secret}{unlisted}"))],
    );
    let output = Command::new(adtap())
        .current_dir(folder.path())
        .args(["decode", "--json", "events.xml", "capture.pcap"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("hunter2"));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
    assert_eq!(
        (&first["message"], &first["file"], first.get("src")),
        (&"5136".into(), &"events.xml".into(), None)
    );
    assert_eq!((&last["message"], &last["frame"]), (&"4688".into(), &2.into()));
    assert!(lines.len() > 4);
}

/// The log was made by hand, token by token: a validation, and an earlier deletion behind it.
#[test]
fn an_event_log_of_windows_is_one_too() {
    let folder = tempfile::tempdir().unwrap();
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/two-events.evtx");
    fs::copy(log, folder.path().join("Security.evtx")).unwrap();
    let all = said(folder.path(), &["Security.evtx"]);
    let kinds: Vec<_> = all
        .iter()
        .map(|one| (one["kind"].as_str().unwrap(), ids(one)))
        .collect();
    assert_eq!(
        kinds,
        [("directory_change", vec![4_726]), ("ntlm_authenticate", vec![4_776])]
    );
    assert_eq!(all[1]["observed"]["account"], "alice & bob <x>");
    assert_eq!(all[1]["time"], "2026-11-20T08:15:30.123456Z");
}

#[test]
fn a_damaged_log_is_told() {
    let folder = folder("ntlm/wrong-password-in-ldap", &[("cut.evtx", "ElfFile\0and no more")]);
    let output = replay(folder.path(), &["capture.pcap", "cut.evtx"]);
    assert_eq!(output.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cut.evtx"));
    assert!(!output.stdout.is_empty(), "the capture was replayed all the same");
}
