//! 1202, 1203: a federation server let somebody in, or did not. What happened is XML inside the event, of which the parts that
//! say who and from where are told, and nothing else.

use capture::CaptureId;

use super::{actor, address, begin};
use crate::activity::{Activity, Kind, Outcome};
use crate::event::Event;
use crate::protocol::ProtocolId;

pub(super) fn logon(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::WindowsEvent, ProtocolId::WindowsEvent, event, capture);
    let audit = event.get("AuditBase").unwrap_or_default();
    actor(&mut activity, element(audit, "UserId"), None);
    // Behind proxies there are several: the client's is the first.
    let first = element(audit, "IpAddress").and_then(|list| list.split(',').next());
    if let Some(ip) = first.and_then(|text| address(text.trim())) {
        activity.client.ip = ip;
    }
    for (field, name) in [
        ("audit_type", "AuditType"),
        ("failure_type", "FailureType"),
        ("error_code", "ErrorCode"),
        ("relying_party", "RelyingParty"),
        ("auth_protocol", "AuthProtocol"),
        ("network_location", "NetworkLocation"),
        ("user_agent", "UserAgentString"),
        ("server", "Server"),
    ] {
        activity
            .details
            .set_some(field, element(audit, name).map(compact_str::CompactString::new));
    }
    let (outcome, action) = match event.id {
        1_202 => (Outcome::Success, "LogonSuccess"),
        _ => (Outcome::Failure, "LogonFailed"),
    };
    (activity.outcome, activity.action_type) = (outcome, Some(action));
    activity
}

/// The text of the first element `name`.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = xml;
    loop {
        let (_, behind) = rest.split_once('<')?;
        rest = behind;
        let Some(inside) = behind.strip_prefix(name).and_then(|behind| behind.strip_prefix('>')) else {
            continue;
        };
        let text = inside.split('<').next().unwrap_or_default().trim();
        return (!text.is_empty() && text != "N/A").then_some(text);
    }
}
