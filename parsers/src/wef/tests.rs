//! Envelopes as Windows writes them, whole and cut, and what is answered.

use proptest::prelude::*;

use super::bookmark::Position;
use super::*;
use crate::event::{self, Arrival};

/// A batch, with an event in a CDATA section, one inline and one escaped.
fn batch() -> String {
    let event = |id: u32| {
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/>\
             <EventID>4776</EventID><TimeCreated SystemTime='2026-11-30T10:00:00.1Z'/><EventRecordID>{id}</EventRecordID><Channel>Security</Channel>\
             <Computer>dc1.lab.example</Computer></System><EventData><Data Name='TargetUserName'>J&#252;rgen &amp; ü</Data>\
             <Data Name='Status'>0x0</Data></EventData></Event>"
        )
    };
    let escaped = event(3).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:e=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" \
         xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\"><s:Header>\
         <a:To>https://adtap.lab.example:5986/wsman/subscriptions/1</a:To>\
         <m:MachineID xmlns:m=\"http://schemas.microsoft.com/wbem/wsman/1/machineid\" s:mustUnderstand=\"false\">dc1.lab.example</m:MachineID>\
         <a:ReplyTo><a:Address s:mustUnderstand=\"true\">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>\
         <a:Action s:mustUnderstand=\"true\">http://schemas.dmtf.org/wbem/wsman/1/wsman/Events</a:Action>\
         <w:MaxEnvelopeSize s:mustUnderstand=\"true\">512000</w:MaxEnvelopeSize><a:MessageID>uuid:31652DEB-C9E8-45D6-B3E8-90AC64D48422</a:MessageID>\
         <w:Locale xml:lang=\"en-US\" s:mustUnderstand=\"false\" /><p:OperationID s:mustUnderstand=\"false\">uuid:C7F39CB2</p:OperationID>\
         <p:SequenceId s:mustUnderstand=\"false\">1</p:SequenceId><w:OperationTimeout>PT60.000S</w:OperationTimeout>\
         <e:Identifier>219C5353-5F3D-4CD7-A644-F6B69E57C1C1</e:Identifier><w:Bookmark><BookmarkList>\
         <Bookmark Channel=\"Security\" RecordId=\"3\" IsCurrent=\"true\"/><Bookmark Channel=\"A &amp; B/Operational\" RecordId=\"7\"/>\
         </BookmarkList></w:Bookmark><w:AckRequested/></s:Header><s:Body><w:Events>\
         <w:Event Action=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/Event\"><![CDATA[{}]]></w:Event>\
         <w:Event Action=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/Event\">\n{}\n</w:Event><w:Event>{escaped}</w:Event>\
         <w:DroppedEvents Action=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/DroppedEvents\">2</w:DroppedEvents></w:Events></s:Body></s:Envelope>",
        event(1),
        event(2)
    )
}

fn subscription() -> Subscription {
    Subscription {
        name: "adtap".into(),
        notify_to: "https://adtap.lab.example:5986/wsman/subscriptions/1".into(),
        authentication: Authentication::Certificate("0123456789ABCDEF0123456789ABCDEF01234567".into()),
        query: Query::default().xml(),
        heartbeat: 300,
        latency: 5,
        envelope: 512_000,
        existing: false,
    }
}

#[test]
fn a_batch_says_who_and_where_and_what() {
    let text = batch();
    let envelope = envelope::read(&text).unwrap();
    assert_eq!(envelope.action, Action::Events);
    assert_eq!(envelope.message_id, "uuid:31652DEB-C9E8-45D6-B3E8-90AC64D48422");
    assert_eq!(envelope.operation_id.as_deref(), Some("uuid:C7F39CB2"));
    assert_eq!(envelope.machine.as_deref(), Some("dc1.lab.example"));
    assert_eq!(
        envelope.identifier.as_deref(),
        Some("219C5353-5F3D-4CD7-A644-F6B69E57C1C1")
    );
    assert!(envelope.acknowledge);
    assert_eq!(envelope.dropped, 2);
    let position = |channel: &str, record_id, current| Position {
        channel: channel.into(),
        record_id,
        current,
    };
    let bookmark = Bookmark(vec![
        position("Security", 3, true),
        position("A & B/Operational", 7, false),
    ]);
    assert_eq!(envelope.bookmark, Some(bookmark));
    let events: Vec<_> = envelope
        .events
        .iter()
        .map(|text| event::read(text.as_bytes(), &Arrival::default()).unwrap())
        .collect();
    assert_eq!(
        events.iter().map(|event| event.record_id).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(3)]
    );
    assert!(
        events
            .iter()
            .all(|event| event.get("TargetUserName") == Some("Jürgen & ü"))
    );
}

#[test]
fn a_cut_envelope_is_none_wherever_it_is_cut() {
    let text = batch();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        assert!(envelope::read(&text[..end]).is_err(), "{end}: {}", &text[..end]);
    }
    let limits = Limits { envelope: 1 << 20 };
    let body = Charset::Utf16.encode(&text);
    let content = Content::default();
    for end in 0..body.len() {
        let read = content.text(&body[..end], limits, &mut Vec::new());
        assert!(
            read.is_err() || read.is_ok_and(|(text, _)| envelope::read(&text).is_err()),
            "{end}"
        );
    }
}

#[test]
fn bombs_are_refused() {
    let around = |inner: &str| {
        format!(
            "<s:Envelope><s:Header><a:MessageID>1</a:MessageID></s:Header><s:Body><w:Events>{inner}</w:Events></s:Body></s:Envelope>"
        )
    };
    let refusal = |inner: &str| envelope::read(&around(inner)).unwrap_err();
    assert_eq!(
        refusal(&format!("<w:Event>{}{}</w:Event>", "<a>".repeat(99), "</a>".repeat(99))),
        Refusal::Depth
    );
    assert_eq!(refusal(&"<w:Event/>".repeat(MAX_EVENTS + 1)), Refusal::TooMany);
    assert_eq!(refusal("<w:Event>&lol;</w:Event>"), Refusal::Malformed);
    let laughs = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><s:Envelope/>";
    assert_eq!(envelope::read(laughs).unwrap_err(), Refusal::DocumentType);
    assert_eq!(envelope::read("<html></html>").unwrap_err(), Refusal::Malformed);
    assert_eq!(envelope::read("").unwrap_err(), Refusal::Malformed);
    assert_eq!(
        envelope::read(&(around("") + &around(""))).unwrap_err(),
        Refusal::Malformed
    );
    assert_eq!(envelope::read(&(around("") + "x")).unwrap_err(), Refusal::Malformed);
    let anonymous = "<s:Envelope><s:Header/><s:Body/></s:Envelope>";
    assert_eq!(envelope::read(anonymous).unwrap_err(), Refusal::Addressing);
    let strange = "<s:Envelope><s:Header><x:Secret s:mustUnderstand=\"1\"/></s:Header></s:Envelope>";
    assert_eq!(envelope::read(strange).unwrap_err(), Refusal::NotUnderstood);
    let bookmarks = format!(
        "<s:Envelope><s:Header><w:Bookmark><BookmarkList>{}</BookmarkList></w:Bookmark></s:Header></s:Envelope>",
        "<Bookmark Channel='a' RecordId='1'/>".repeat(65)
    );
    assert_eq!(envelope::read(&bookmarks).unwrap_err(), Refusal::TooMany);
}

#[test]
fn an_answer_relates_to_its_request() {
    let text = batch();
    let request = envelope::read(&text).unwrap();
    let answer = reply::acknowledged(&request);
    for part in [
        "<a:Action>http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack</a:Action>",
        "<a:RelatesTo>uuid:31652DEB-C9E8-45D6-B3E8-90AC64D48422</a:RelatesTo>",
        "<p:OperationID s:mustUnderstand=\"false\">uuid:C7F39CB2</p:OperationID>",
        "<s:Body></s:Body>",
    ] {
        assert!(answer.contains(part), "{part} in {answer}");
    }
    assert!(envelope::read(&answer).is_ok());
    let fault = reply::refused(Fault::EncodingLimit, &Envelope::default());
    assert!(envelope::read(&fault).is_ok() && fault.contains("w:EncodingLimit") && !fault.contains("RelatesTo"));
    let hostile = Envelope {
        message_id: "</a:RelatesTo><x/>".into(),
        ..Envelope::default()
    };
    assert!(!reply::acknowledged(&hostile).contains("<x/>"));
}

#[test]
fn a_subscription_goes_on_where_its_source_is() {
    let text = batch();
    let request = envelope::read(&text).unwrap();
    let bookmark = request.bookmark.clone().unwrap();
    let answer = reply::enumerated(&request, &subscription(), &bookmark);
    let version = subscription().version();
    for part in [
        &format!("<m:Version>uuid:{version}</m:Version>"),
        &format!("<e:Identifier>{version}</e:Identifier>"),
        "<w:EndOfSequence/>",
        "<auth:Thumbprint Role=\"issuer\">0123456789ABCDEF0123456789ABCDEF01234567</auth:Thumbprint>",
        "<w:Option Name=\"Compression\">SLDC</w:Option>",
        "<w:Heartbeats>PT300.000S</w:Heartbeats>",
        "<Bookmark Channel=\"Security\" RecordId=\"3\" IsCurrent=\"true\"/><Bookmark Channel=\"A &amp; B/Operational\" RecordId=\"7\"/>",
    ] {
        assert!(answer.contains(part), "{part} in {answer}");
    }
    let mut other = subscription();
    assert_eq!(other.version(), version, "the same stays the same");
    let from_now = reply::enumerated(&request, &other, &Bookmark::default());
    assert!(!from_now.contains("<w:Bookmark>"));
    other.authentication = Authentication::Kerberos;
    let by_kerberos = reply::enumerated(&request, &other, &bookmark);
    assert!(by_kerberos.contains("secprofile/http/spnego-kerberos") && !by_kerberos.contains("Thumbprint"));
    other.existing = true;
    assert_ne!(other.version(), version);
    let from_the_beginning = reply::enumerated(&request, &other, &Bookmark::default());
    assert!(from_the_beginning.contains("/bookmark/earliest</w:Bookmark>"));
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_outgrows_its_bound(body in proptest::collection::vec(any::<u8>(), 0..600), sldc: bool) {
        let content = Content { sldc, ..Content::default() };
        let limits = Limits { envelope: 4_096 };
        if let Ok((text, _)) = content.text(&body, limits, &mut Vec::new()) {
            prop_assert!(text.len() <= 3 * limits.envelope);
            let _whatever = envelope::read(&text);
        }
    }

    #[test]
    fn what_is_written_is_read(text in "[ -~äöü€𝄞]{0,60}", utf8: bool) {
        let charset = if utf8 { Charset::Utf8 } else { Charset::Utf16 };
        let body = charset.encode(&format!("<{text}"));
        let read = Content::default().text(&body, Limits { envelope: 4_096 }, &mut Vec::new());
        prop_assert_eq!(read, Ok((format!("<{text}"), charset)));
    }
}
