//! What a source writes and reads, as Windows' own does: envelopes in UTF-16, events in CDATA sections.

use std::fmt::Write as _;

use super::sldc;

const ADDRESSING: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing";

/// How bodies are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// UTF-16, as it is.
    Plain,
    /// UTF-16, compressed.
    Compressed,
}

impl Form {
    /// The header lines and the octets of a body.
    #[must_use]
    pub fn body(self, text: &str) -> (&'static str, Vec<u8>) {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        let plain: Vec<u8> = [0xff, 0xfe].into_iter().chain(units).collect();
        match self {
            Self::Plain => ("", plain),
            Self::Compressed => ("Content-Encoding: SLDC\r\n", sldc::compress(&plain)),
        }
    }
}

/// The event `record_id` of `computer`: of every five, four validations and a change of a group.
#[must_use]
pub fn event(computer: &str, record_id: u64) -> String {
    let (minute, second, milli) = (record_id / 60_000 % 60, record_id / 1_000 % 60, record_id % 1_000);
    let hour = 1 + record_id / 3_600_000 % 20;
    let (id, data) = match record_id % 5 {
        4 => (
            4_728,
            format!(
                "<Data Name='MemberName'>CN=User {record_id},CN=Users,DC=lab,DC=example</Data><Data Name='MemberSid'>S-1-5-21-1-2-3-{record_id}</Data>\
             <Data Name='TargetUserName'>Domain Admins</Data><Data Name='TargetDomainName'>LAB</Data><Data Name='TargetSid'>S-1-5-21-1-2-3-512</Data>\
             <Data Name='SubjectUserSid'>S-1-5-21-1-2-3-500</Data><Data Name='SubjectUserName'>Administrator</Data>\
             <Data Name='SubjectDomainName'>LAB</Data><Data Name='SubjectLogonId'>0x3e7</Data><Data Name='PrivilegeList'>-</Data>"
            ),
        ),
        _ => (
            4_776,
            format!(
                "<Data Name='PackageName'>MICROSOFT_AUTHENTICATION_PACKAGE_V1_0</Data><Data Name='TargetUserName'>user{record_id}</Data>\
             <Data Name='Workstation'>PC{record_id}</Data><Data Name='Status'>0xc000006a</Data>"
            ),
        ),
    };
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' \
         Guid='{{54849625-5478-4994-a5ba-3e3b0328c30d}}'/><EventID>{id}</EventID><Version>0</Version><Level>0</Level><Task>14336</Task>\
         <Opcode>0</Opcode><Keywords>0x8010000000000000</Keywords>\
         <TimeCreated SystemTime='2026-11-29T{hour:02}:{minute:02}:{second:02}.{milli:03}0000Z'/><EventRecordID>{record_id}</EventRecordID>\
         <Correlation/><Execution ProcessID='756' ThreadID='816'/><Channel>Security</Channel><Computer>{computer}</Computer><Security/></System>\
         <EventData>{data}</EventData></Event>"
    )
}

/// A request of `machine` to `to`; `number` makes its identifier its own.
#[must_use]
pub fn envelope(machine: &str, to: &str, action: &str, number: u64, header: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"{ADDRESSING}\" \
         xmlns:e=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\" xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" \
         xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\"><s:Header>\
         <a:To>{to}</a:To><m:MachineID xmlns:m=\"http://schemas.microsoft.com/wbem/wsman/1/machineid\" s:mustUnderstand=\"false\">{machine}</m:MachineID>\
         <a:ReplyTo><a:Address s:mustUnderstand=\"true\">{ADDRESSING}/role/anonymous</a:Address></a:ReplyTo>\
         <a:Action s:mustUnderstand=\"true\">{action}</a:Action><w:MaxEnvelopeSize s:mustUnderstand=\"true\">512000</w:MaxEnvelopeSize>\
         <a:MessageID>uuid:{number:08X}-0000-4000-8000-000000000000</a:MessageID><w:Locale xml:lang=\"en-US\" s:mustUnderstand=\"false\" />\
         <p:DataLocale xml:lang=\"en-US\" s:mustUnderstand=\"false\" /><p:SessionId s:mustUnderstand=\"false\">uuid:1</p:SessionId>\
         <p:OperationID s:mustUnderstand=\"false\">uuid:2</p:OperationID><p:SequenceId s:mustUnderstand=\"false\">1</p:SequenceId>\
         <w:OperationTimeout>PT60.000S</w:OperationTimeout>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// Asks for subscriptions.
#[must_use]
pub fn enumerate(machine: &str, to: &str, number: u64) -> String {
    let header = "<w:ResourceURI s:mustUnderstand=\"true\">http://schemas.microsoft.com/wbem/wsman/1/SubscriptionManager/Subscription</w:ResourceURI>";
    let body = "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements></n:Enumerate>";
    let action = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate";
    envelope(machine, to, action, number, header, body)
}

/// Says that there is nothing to say.
#[must_use]
pub fn heartbeat(machine: &str, to: &str, number: u64) -> String {
    let action = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Heartbeat";
    envelope(
        machine,
        to,
        action,
        number,
        "<w:AckRequested/>",
        "<w:Events></w:Events>",
    )
}

/// The events `ids`, and where that leaves the log.
#[must_use]
pub fn batch(machine: &str, to: &str, number: u64, ids: std::ops::RangeInclusive<u64>) -> String {
    let header = format!(
        "<w:Bookmark><BookmarkList><Bookmark Channel=\"Security\" RecordId=\"{}\" IsCurrent=\"true\"/></BookmarkList></w:Bookmark><w:AckRequested/>",
        ids.end()
    );
    let mut events = String::from("<w:Events>");
    for id in ids {
        let event = event(machine, id);
        let _cannot_fail = write!(
            events,
            "<w:Event Action=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/Event\"><![CDATA[{event}]]></w:Event>"
        );
    }
    let action = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Events";
    envelope(machine, to, action, number, &header, &(events + "</w:Events>"))
}

/// What an EnumerateResponse says: where to send, and from which event on; none where it is none.
#[must_use]
pub fn subscribed(text: &str) -> Option<(String, u64)> {
    let between = |text: &str, begin: &str, end: &str| {
        let rest = text.split_once(begin)?.1;
        Some(rest.split_once(end)?.0.to_owned())
    };
    let delivery = between(text, "<e:NotifyTo>", "</e:NotifyTo>")?;
    let address = between(&delivery, "<a:Address>", "</a:Address>")?;
    let record = between(text, "<Bookmark Channel=\"Security\" RecordId=\"", "\"");
    let record = record.and_then(|number| number.parse().ok()).unwrap_or(0);
    let path = address.splitn(4, '/').nth(3)?.to_owned();
    Some((format!("/{path}"), record))
}
