//! 1202, 1203: a federation server let somebody in, or did not. What happened is XML inside the event, of which the parts that
//! say who and from where are told, and nothing else.

use capture::CaptureId;
use compact_str::CompactString;

use super::{actor, address, begin};
use crate::activity::{Activity, Kind, Outcome};
use crate::event::Event;
use crate::event::xml::unescaped;
use crate::protocol::ProtocolId;

pub(super) fn logon(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::WindowsEvent, ProtocolId::WindowsEvent, event, capture);
    let audit = event.get("AuditBase").unwrap_or_default();
    actor(&mut activity, element(audit, "UserId").as_deref(), None);
    // Behind proxies there are several: the client's is the first.
    let list = element(audit, "IpAddress").unwrap_or_default();
    if let Some(ip) = list.split(',').next().and_then(|text| address(text.trim())) {
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
        activity.details.set_some(field, element(audit, name));
    }
    let (outcome, action) = match event.id {
        1_202 => (Outcome::Success, "LogonSuccess"),
        _ => (Outcome::Failure, "LogonFailed"),
    };
    (activity.outcome, activity.action_type) = (outcome, Some(action));
    activity
}

/// The text of the first element `name`, without its references. An entity that XML does not have is not looked up: such text is
/// none, and so is `N/A`.
fn element(audit: &str, name: &str) -> Option<CompactString> {
    let mut rest = audit;
    loop {
        (_, rest) = rest.split_once('<')?;
        let Some(behind) = rest.strip_prefix(name) else {
            continue;
        };
        let (attributes, inside) = behind.split_once('>')?;
        match attributes.as_bytes() {
            [] => {}
            [first, .., last] if first.is_ascii_whitespace() && *last != b'/' => {}
            _ => continue,
        }
        let text = unescaped(inside.split('<').next().unwrap_or_default().trim())?;
        return (!text.is_empty() && text != "N/A").then_some(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_element_is_told_without_its_references() {
        let audit = "<a><UserIds>x</UserIds><UserId/><UserId xsi:nil=\"true\" /><UserId a=\"b\">LAB\\m&amp;&#252;</UserId>\
                     <Server>N/A</Server><Bomb>&lol9;</Bomb><Open";
        let text = |name| element(audit, name).map(String::from);
        assert_eq!(text("UserId").as_deref(), Some("LAB\\m&ü"));
        for none in ["Server", "Bomb", "Open", "Absent"] {
            assert_eq!(text(none), None, "{none}");
        }
    }
}
