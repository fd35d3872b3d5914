//! WS-Management over HTTP ([MS-WSMV], DMTF DSP0226) as `winrm`: what is asked of which resource, as far as it stands in the
//! clear. Windows seals the body inside the connection's own authentication ([MS-WSMV] 2.2.9.1), and then says its length.
//!
//! Of a body the first few thousand octets are looked at, and in them only for the text of named elements: no tree is built.

use compact_str::CompactString;

use super::message;
use super::wire::Head;
use crate::activity::{Activity, Kind, Outcome, Status};
use crate::context::Context;
use crate::fields::Fields;
use crate::gss::Identity;
use crate::protocol::ProtocolId;
use crate::text;

/// Octets of a body that are looked at: the header of a SOAP envelope is shorter.
pub(super) const LOOK: usize = 4096;

/// The longest text of an element that is told.
const MAX_TEXT: usize = 512;

/// A request that waits for its response.
#[derive(Debug)]
pub(super) struct Call {
    activity: Box<Activity>,
    /// What its message says.
    said: Fields,
    told: bool,
}

/// Whether a request's target is WS-Management's.
pub(super) fn is_path(path: &[u8]) -> bool {
    path.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"/wsman"))
}

/// Whether a body is sealed: `multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted"`, or Kerberos, or CredSSP.
fn is_sealed(head: &Head<'_>) -> bool {
    const MARK: &[u8] = b"-session-encrypted";
    head.content_type.is_some_and(|kind| find(kind, MARK).is_some())
}

impl Call {
    pub(super) fn new(head: &Head<'_>, target: &[u8], identity: Option<&Identity>, context: &Context<'_>) -> Box<Self> {
        let mut activity = context.activity(Kind::Winrm, ProtocolId::Http);
        if let Some(identity) = identity.filter(|identity| !identity.is_anonymous()) {
            identity.attribute(&mut activity);
        } else {
            let user = head.origin.iter().find_map(|shown| shown.user());
            activity.observed.account = user.map(|user| text::bytes(&user));
        }
        let details = &mut activity.details;
        details.set_some("host", head.host.map(text::bytes));
        details.set_some("user_agent", head.user_agent.map(text::bytes));
        let version = version(target);
        details.set_some("ps_version", version.clone());
        details.flag("sealed", is_sealed(head));
        if version.is_some() {
            activity.action_type = Some(POWERSHELL);
        }
        let mut said = Fields::new();
        if context.wants_messages() {
            message::asked(head, &mut said);
            said.set_some("content_type", head.content_type.map(text::bytes));
            said.set_some("content_length", head.length);
            said.flag("sealed", is_sealed(head));
        }
        let mut call = Box::new(Self {
            activity,
            said,
            told: false,
        });
        call.tell("action", head.soap_action.map(text::bytes));
        call
    }

    /// What there is of the body.
    pub(super) fn body(&mut self, body: &[u8], context: &mut Context<'_>) {
        if self.activity.details.get("sealed").is_some() {
            let wanted = context.wants_messages();
            self.said
                .set_some("original_length", wanted.then(|| original(body)).flatten());
        } else {
            let narrow;
            let body = if let [0xff, 0xfe, ..] | [b'<', 0, ..] = body {
                narrow = body.iter().copied().filter(|byte| *byte != 0).collect::<Vec<u8>>();
                narrow.as_slice()
            } else {
                body
            };
            if self.activity.details.get("action").is_none() {
                self.tell("action", element(body, b"Action"));
            }
            self.tell("resource", element(body, b"ResourceURI"));
            self.tell("command", element(body, b"Command"));
        }
        self.say(context);
    }

    fn tell(&mut self, name: &'static str, value: Option<CompactString>) {
        if value.as_ref().is_some_and(|value| value.contains("/powershell/")) && name == "resource" {
            self.activity.action_type = Some(POWERSHELL);
        }
        if name == "action" {
            let verb = value
                .as_deref()
                .and_then(|action| action.trim_end_matches('"').rsplit('/').next());
            self.activity.changes = verb.is_some_and(|verb| CHANGES.contains(&verb));
        }
        self.said.set_some(name, value.clone());
        self.activity.details.set_some(name, value);
    }

    /// The message, once.
    fn say(&mut self, context: &mut Context<'_>) {
        let said = std::mem::take(&mut self.said);
        if !std::mem::replace(&mut self.told, true) {
            context.message(ProtocolId::Http, "request", |fields| *fields = said);
        }
    }

    /// The response came.
    pub(super) fn answered(mut self, status: u16, context: &mut Context<'_>) {
        self.say(context);
        let mut activity = self.activity;
        activity.answered(context.time);
        activity.outcome = match status {
            200..300 => Outcome::Success,
            401 | 407 => Outcome::Continued,
            _ => Outcome::Failure,
        };
        if activity.outcome != Outcome::Success {
            activity.status = Some(Status::new(i64::from(status), message::status_name(status)));
        }
        context.emit(activity);
    }

    /// Nobody answered.
    pub(super) fn abandon(mut self, context: &mut Context<'_>) {
        self.say(context);
        context.emit(self.activity);
    }
}

/// What actions end in that make, change, delete or run something: repeats of them are told one by one.
const CHANGES: [&str; 4] = ["Command", "Create", "Delete", "Put"];

/// The hunting tables' name for what is done through PowerShell's own resource.
const POWERSHELL: &str = "PowerShell execution";

/// The version that PowerShell's client puts behind its path: `/wsman?PSVersion=5.1.19041.1`.
fn version(target: &[u8]) -> Option<CompactString> {
    const NAME: &[u8] = b"PSVersion=";
    let value = target.get(find(target, NAME)? + NAME.len()..)?;
    let end = value.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.');
    let value = value.get(..end.unwrap_or(value.len()).min(32))?;
    Some(text::bytes(value))
}

/// The length of what is sealed: `OriginalContent: type=application/soap+xml;charset=UTF-8;Length=1234`.
fn original(body: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"OriginalContent:";
    const LENGTH: &[u8] = b";Length=";
    let line = body
        .get(find(body, NAME)? + NAME.len()..)?
        .split(|byte| *byte == b'\r')
        .next()?;
    let digits = line.get(find(line, LENGTH)? + LENGTH.len()..)?;
    std::str::from_utf8(digits).ok()?.trim().parse().ok()
}

/// The text of the first element of this local name: `<a:Action s:mustUnderstand="true">text</a:Action>`.
fn element(body: &[u8], name: &[u8]) -> Option<CompactString> {
    let mut rest = body;
    loop {
        rest = rest.get(find(rest, b"<")? + 1..)?;
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'>' | b' ' | b'/' | b'\r' | b'\n' | b'\t' | b'<'))?;
        let tag = rest.get(..end)?;
        if tag.rsplit(|byte| *byte == b':').next() != Some(name) {
            continue;
        }
        let content = rest.get(find(rest, b">")? + 1..)?;
        let content = content
            .get(..content.iter().take(MAX_TEXT).position(|byte| *byte == b'<')?)?
            .trim_ascii();
        return (!content.is_empty()).then(|| text::bytes(content));
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_by_local_name() {
        let body = b"<s:Envelope><s:Header><a:ActionX>n</a:ActionX><a:Action s:mustUnderstand=\"true\"> urn:x </a:Action></s:Header>";
        assert_eq!(element(body, b"Action").as_deref(), Some("urn:x"));
        assert_eq!(element(body, b"ResourceURI"), None);
        assert_eq!(element(b"<Action", b"Action"), None);
        assert_eq!(element(&b"<".repeat(4096), b"Action"), None);
    }

    #[test]
    fn lengths_and_versions() {
        let part =
            b"--Encrypted Boundary\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=1741\r\n";
        assert_eq!(original(part), Some(1741));
        assert_eq!(
            version(b"/wsman?PSVersion=5.1.19041.1&x").as_deref(),
            Some("5.1.19041.1")
        );
        assert_eq!(version(b"/wsman"), None);
    }
}
