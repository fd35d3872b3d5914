//! The documented samples, every format and encoding, and what is no event.

mod activities;
mod cut;
mod rendered;
mod samba;
mod siem;

use capture::CaptureId;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The samples of Microsoft's page on event collection (`configure-event-collection`).
const RSA: &str = "RsaSA\\n2015-May-19 09:07:09\\n4776\\nMicrosoft-Windows-Security-Auditing\\nSecurity\\XXXXX.subDomain.domain.org.il\\nYYYYY$\\nMMMMM \\n0x0";
const CEF: &str = "CEF:0|Microsoft|Microsoft Windows||Microsoft-Windows-Security-Auditing:4776|The domain controller attempted to validate the credentials for an account.|Low| externalId=4776 cat=Security rt=1426218619000 shost=KKKKKK dhost=YYYYYY.subDomain.domain.com duser=XXXXXX cs2=Security cs3=Microsoft-Windows-Security-Auditing cs4=0x0 cs3Label=EventSource cs4Label=Reason or Error Code";
const SPLUNK: &str = "\\r\\nEventCode=4776\\r\\nLogfile=Security\\r\\nSourceName=Microsoft-Windows-Security-Auditing\\r\\nTimeGenerated=20150310132717.784882-000\\r\\ComputerName=YYYYY\\r\\nMessage=\nThe computer attempted to validate the credentials for an account.\n\nAuthentication Package: MICROSOFT_AUTHENTICATION_PACKAGE_V1_0\n\nLogon Account: Administrator\n\nSource Workstation: SIEM\n\nError Code: 0x0";
const QRADAR: &str = "<13>Feb 11 00:00:00 %IPADDRESS% AgentDevice=WindowsLog AgentLogFile=Security Source=Microsoft-Windows-Security-Auditing Computer=%FQDN% User= Domain= EventID=4776 EventIDCode=4776 EventType=8 EventCategory=14336 RecordNumber=1961417 TimeGenerated=1456144380009 TimeWritten=1456144380009 Message=The computer attempted to validate the credentials for an account. Authentication Package: MICROSOFT_AUTHENTICATION_PACKAGE_V1_0 Logon Account: Administrator Source Workstation: HOSTNAME Error Code: 0x0";

const XML: &str = r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Security-Auditing" Guid="{54849625-5478-4994-a5ba-3e3b0328c30d}"/><EventID>4776</EventID><Version>0</Version><Level>0</Level><Task>14336</Task><Opcode>0</Opcode><Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime="2026-11-20T08:15:30.1234567Z"/><EventRecordID>165437</EventRecordID><Correlation/><Execution ProcessID="500" ThreadID="540"/><Channel>Security</Channel><Computer>dc1.lab.example</Computer><Security/></System><EventData><Data Name="PackageName">MICROSOFT_AUTHENTICATION_PACKAGE_V1_0</Data><Data Name="TargetUserName">alice</Data><Data Name="Workstation">WS1</Data><Data Name="Status">0xc000006a</Data></EventData></Event>"#;
const SNARE: &str = "<13>Nov 20 08:15:31 dc1 MSWinEventLog\t1\tSecurity\t4711\tFri Nov 20 08:15:30 2026\t4776\tMicrosoft-Windows-Security-Auditing\talice\tN/A\tFailure Audit\tdc1.lab.example\tCredential Validation\t\tThe computer attempted to validate the credentials for an account.    Authentication Package:  MICROSOFT_AUTHENTICATION_PACKAGE_V1_0  Logon Account:  alice  Source Workstation:  WS1  Error Code:  0xc000006a\t165437";

fn winlogbeat() -> String {
    json!({
        "@timestamp": "2026-11-20T08:15:30.123Z",
        "agent": {"type": "winlogbeat", "version": "8.1.0"},
        "event": {"code": "4776", "kind": "event"},
        "log": {"level": "information"},
        "message": "The computer attempted to validate the credentials for an account.",
        "winlog": {
            "channel": "Security", "computer_name": "dc1.lab.example", "event_id": "4776", "record_id": 165_437,
            "provider_name": "Microsoft-Windows-Security-Auditing", "process": {"pid": 500, "thread": {"id": 540}},
            "event_data": {"PackageName": "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0", "TargetUserName": "alice",
                           "Workstation": "WS1", "Status": "0xc000006a"}
        }
    })
    .to_string()
}

fn winlogbeat6() -> String {
    json!({
        "@timestamp": "2026-11-20T08:15:30.123Z", "beat": {"name": "dc1"}, "computer_name": "dc1.lab.example",
        "event_id": 4_776, "log_name": "Security", "record_number": "165437", "type": "wineventlog",
        "source_name": "Microsoft-Windows-Security-Auditing",
        "event_data": {"TargetUserName": "alice", "Workstation": "WS1", "Status": "0xc000006a"}
    })
    .to_string()
}

fn nxlog() -> String {
    json!({
        "EventTime": "2026-11-20T08:15:30.123456+00:00", "Hostname": "dc1.lab.example", "Keywords": "9232379236109516800",
        "EventType": "AUDIT_FAILURE", "SeverityValue": 4, "Severity": "ERROR", "EventID": 4_776,
        "SourceName": "Microsoft-Windows-Security-Auditing", "ProviderGuid": "{54849625-5478-4994-A5BA-3E3B0328C30D}",
        "Version": 0, "Task": 14_336, "OpcodeValue": 0, "RecordNumber": 165_437, "ExecutionProcessID": 500,
        "ExecutionThreadID": 540, "Channel": "Security", "Message": "The computer attempted to validate…",
        "PackageName": "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0", "TargetUserName": "alice", "Workstation": "WS1",
        "Status": "0xc000006a", "EventReceivedTime": "2026-11-20T08:15:31.000000+00:00", "SourceModuleName": "in",
        "SourceModuleType": "im_msvistalog"
    })
    .to_string()
}

fn openwec() -> String {
    json!({
        "System": {
            "Provider": {"Name": "Microsoft-Windows-Security-Auditing", "Guid": "{54849625-5478-4994-a5ba-3e3b0328c30d}"},
            "EventID": 4_776, "Version": 0, "Level": 0, "Task": 14_336, "Opcode": 0, "Keywords": "0x8010000000000000",
            "TimeCreated": "2026-11-20T08:15:30.123456700Z", "EventRecordID": 165_437, "Correlation": {},
            "Execution": {"ProcessID": 500, "ThreadID": 540}, "Channel": "Security", "Computer": "dc1.lab.example"
        },
        "EventData": {"PackageName": "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0", "TargetUserName": "alice",
                      "Workstation": "WS1", "Status": "0xc000006a"},
        "OpenWEC": {"IpAddress": "192.168.58.100", "Node": "node", "Principal": "DC1$@LAB.EXAMPLE"}
    })
    .to_string()
}

fn evtx_dump() -> String {
    json!({"Event": {
        "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
        "EventData": {"PackageName": "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0", "TargetUserName": "alice",
                      "Workstation": "WS1", "Status": "0xc000006a"},
        "System": {
            "Channel": "Security", "Computer": "dc1.lab.example", "EventID": {"#text": 4_776}, "EventRecordID": 165_437,
            "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
            "TimeCreated": {"#attributes": {"SystemTime": "2026-11-20T08:15:30.123456Z"}}
        }
    }})
    .to_string()
}

fn event(payload: &str) -> Event {
    read(payload.as_bytes(), &Arrival::default()).unwrap()
}

/// What a 4776 says.
fn validated(event: &Event) -> [&str; 7] {
    let get = |name| event.get(name).unwrap_or_default();
    [
        &event.provider,
        &event.channel,
        &event.computer,
        get("TargetUserName"),
        get("Workstation"),
        get("Status"),
        event.format.name(),
    ]
}

#[test]
fn the_documented_samples_say_what_is_documented() {
    let security = "Microsoft-Windows-Security-Auditing";
    for (sample, time, computer, account, workstation, format) in [
        (
            RSA,
            "2015-05-19T09:07:09.000000Z",
            "XXXXX.subDomain.domain.org.il",
            "YYYYY$",
            "MMMMM",
            "rsa",
        ),
        (
            CEF,
            "2015-03-13T03:50:19.000000Z",
            "YYYYYY.subDomain.domain.com",
            "XXXXXX",
            "KKKKKK",
            "cef",
        ),
        (
            SPLUNK,
            "2015-03-10T13:27:17.784882Z",
            "YYYYY",
            "Administrator",
            "SIEM",
            "splunk",
        ),
        (
            QRADAR,
            "2016-02-22T12:33:00.009000Z",
            "%FQDN%",
            "Administrator",
            "HOSTNAME",
            "qradar",
        ),
    ] {
        let event = event(sample);
        let expected = [security, "Security", computer, account, workstation, "0x0", format];
        assert_eq!(validated(&event), expected);
        assert_eq!(
            (event.id, event.time.to_string().as_str(), event.clock),
            (4_776, time, Clock::Event)
        );
        assert!(!event.unread);
    }
}

#[test]
fn relays_take_liberties_with_the_samples() {
    let plain = |text: &str| text.replace("\\r\\n", "\r\n").replace("\\r\\", "\r\n");
    let tabs = |text: &str| {
        let (pairs, message) = text.split_once("Message=").unwrap();
        let (header, pairs) = pairs.split_once("AgentDevice").unwrap();
        format!("{header}AgentDevice{}Message={message}", pairs.replace(' ', "\t"))
    };
    let escaped = |text: &str| text.replace('\t', "#011").replace('\n', "#012").replace('\r', "#015");
    let header = "<13>1 2026-11-20T08:15:31Z siem app - - - ";
    for (sample, others) in [
        (
            RSA,
            vec![
                RSA.replace("\\n", "\n"),
                RSA.replace("\\XX", "\\nXX"),
                escaped(&RSA.replace("\\n", "\n")),
            ],
        ),
        (
            CEF,
            vec![format!("<13>Nov 20 08:15:31 siem {CEF}"), format!("\u{feff}{CEF}")],
        ),
        (
            SPLUNK,
            vec![
                plain(SPLUNK),
                plain(SPLUNK).replace("\r\n", "\n"),
                escaped(&plain(SPLUNK)),
            ],
        ),
        (
            QRADAR,
            vec![
                tabs(QRADAR),
                escaped(&tabs(QRADAR)),
                QRADAR.replace("1456144380009", "20160222123300.009000"),
            ],
        ),
    ] {
        let expected = event(sample);
        for other in others {
            assert_eq!(event(&other), expected, "{other}");
            let headed = other
                .split_once("AgentDevice")
                .map_or(other.clone(), |(_, rest)| format!("AgentDevice{rest}"));
            if !headed.starts_with('<') && !headed.starts_with('\u{feff}') {
                assert_eq!(event(&format!("{header}{headed}")), expected);
            }
        }
    }
}

#[test]
fn every_format_says_the_same() {
    let xml = event(XML);
    assert_eq!(xml.time.to_string(), "2026-11-20T08:15:30.123456Z");
    assert_eq!((xml.id, xml.record_id), (4_776, Some(165_437)));
    let nested = format!("<13>Nov 20 08:15:31 dc1 wef[1]: <?xml version='1.0'?><Events>{XML}</Events>");
    for payload in [
        nested,
        winlogbeat(),
        winlogbeat6(),
        nxlog(),
        openwec(),
        evtx_dump(),
        SNARE.to_owned(),
        format!("<14>Nov 20 08:15:31 dc1 nxlog: {}", nxlog()),
    ] {
        let other = event(&payload);
        assert_eq!(validated(&other)[..6], validated(&xml)[..6], "{payload}");
        assert_eq!(other.id, xml.id);
        assert_eq!(other.time.seconds(), xml.time.seconds(), "{payload}");
        assert!(
            other.format == Format::Snare || other.record_id == xml.record_id,
            "{payload}"
        );
    }
}

#[test]
fn every_encoding_says_the_same() {
    let xml = XML.replace("alice", "Müller");
    let expected = event(&xml);
    assert_eq!(expected.get("TargetUserName"), Some("Müller"));
    let utf16: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cp1252: Vec<u8> = xml
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect();
    for payload in [
        [b"\xff\xfe", &utf16[..]].concat(),
        utf16,
        [b"\xef\xbb\xbf", xml.as_bytes()].concat(),
        [b"<13>1 - - - - - - \xef\xbb\xbf", xml.as_bytes()].concat(),
        cp1252,
    ] {
        assert_eq!(read(&payload, &Arrival::default()), Ok(expected.clone()));
    }
}

#[test]
fn what_is_no_event_says_why() {
    let reason = |payload: &[u8]| read(payload, &Arrival::default()).unwrap_err();
    assert_eq!(reason(b""), Reason::Empty);
    assert_eq!(reason(b"<13>Nov 20 08:15:31 dc1 \n"), Reason::Empty);
    assert_eq!(
        reason(b"<13>Nov 20 08:15:31 dc1 sshd[1]: Accepted"),
        Reason::Unrecognised
    );
    assert_eq!(reason(b"{}"), Reason::Id);
    assert_eq!(reason(b"{\"EventID\": [}"), Reason::Malformed);
    assert_eq!(reason(b"<Event><System></Wrong></Event>"), Reason::Malformed);
    assert_eq!(reason(&vec![b'x'; MAX_EVENT + 1]), Reason::Oversized);
    let deep = format!("{{\"EventData\": {}1{}}}", "{\"a\":".repeat(100), "}".repeat(100));
    assert_eq!(reason(deep.as_bytes()), Reason::Depth);
    let many: String = (0..1_000).map(|number| format!(",\"d{number}\":1")).collect();
    assert_eq!(
        reason(format!("{{\"EventData\": {{\"a\":1{many}}}}}").as_bytes()),
        Reason::Data
    );
}

#[test]
fn the_time_is_the_event_s_own_where_it_makes_sense() {
    let arrival = Arrival {
        time: time::any("2026-11-30T00:00:00Z", 0),
        utc_offset: 0,
    };
    let at = |payload: &str| {
        let event = read(payload.as_bytes(), &arrival).unwrap();
        (event.time.to_string(), event.clock)
    };
    assert_eq!(at(XML), ("2026-11-20T08:15:30.123456Z".into(), Clock::Event));
    let header = "<13>Nov 20 08:15:31 dc1 ";
    for absurd in ["1601-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "yesterday"] {
        let forged = XML.replace("2026-11-20T08:15:30.1234567Z", absurd);
        assert_eq!(at(&forged), ("2026-11-30T00:00:00.000000Z".into(), Clock::Arrival));
        let headed = format!("{header}{forged}");
        assert_eq!(at(&headed), ("2026-11-20T08:15:31.000000Z".into(), Clock::Header));
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(payload in prop::collection::vec(any::<u8>(), 0..300), start in 0..9_usize) {
        let start = ["", "{\"dsdbChange\": {\"attributes\": {\"a\": {\"actions\": [", "<Event><System>", "{\"EventID\":", "CEF:0|", "MSWinEventLog\t", "RsaSA\n", "EventCode=", "AgentDevice="][start];
        let payload = [start.as_bytes(), &payload[..]].concat();
        if let Ok(event) = read(&payload, &Arrival::default()) {
            prop_assert!(event.data.len() <= MAX_DATA);
            let _ = activity(&event, CaptureId(0));
        }
    }

    #[test]
    fn names_of_any_letters_survive(account in "[^\\x00-\\x1f&<>]{1,20}", workstation in "[A-Z][A-Z0-9-]{0,14}") {
        prop_assume!(account.trim() == account && account != "-");
        let xml = XML.replace("alice", &account).replace("WS1", &workstation);
        let event = event(&xml);
        prop_assert_eq!(event.get("TargetUserName"), Some(account.as_str()));
        prop_assert_eq!(event.get("Workstation"), Some(workstation.as_str()));
    }
}

#[test]
fn a_message_in_another_language_is_read_by_place() {
    let message = "Der Computer hat versucht, die Anmeldeinformationen für ein Konto zu überprüfen.\r\n\r\n\
        Authentifizierungspaket:\tMICROSOFT_AUTHENTICATION_PACKAGE_V1_0\r\nAnmeldekonto:\tMüller\r\n\
        Arbeitsstation:\tPC-1\r\nFehlercode:\t0xC000006A\r\n";
    let payload = SPLUNK
        .split_once("Message=")
        .unwrap()
        .0
        .replace("\\r\\n", "\r\n")
        .replace("\\r\\", "\r\n");
    let event = event(&format!("{payload}Message={message}"));
    assert_eq!(validated(&event)[3..6], ["Müller", "PC-1", "0xC000006A"]);
}
