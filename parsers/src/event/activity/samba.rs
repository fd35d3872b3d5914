//! What Samba's controllers audit.
//!
//! | record | kind |
//! |---|---|
//! | `Authentication` of the KDC | `kerberos_as` |
//! | by NTLM, also where a member asks for it (`SamLogon`) | `ntlm_authenticate` |
//! | by a simple bind | `ldap_bind` |
//! | of a computer that sets up its secure channel | `netlogon` |
//! | of who changes a password, `passwordChange` | `password_change` |
//! | by anything else | `windows_event` |
//! | `groupChange`, `dsdbChange` | `directory_change`; of passwords alone `password_change` |
//!
//! Records say both ends of the connection: what is also captured is found by them.

use std::net::IpAddr;

use capture::CaptureId;
use compact_str::CompactString;
use thin_vec::ThinVec;

use super::{actor, begin, host, principal, sid, text};
use crate::activity::{Activity, FailureReason, Kind, Outcome, Status};
use crate::event::samba::ATTRIBUTES;
use crate::event::{Datum, Event};
use crate::fields::{Fields, Value};
use crate::kerberos::codes;
use crate::protocol::ProtocolId;
use crate::{ldap, ntstatus};

/// The activity of a record; none for one that says nothing more than others do, and for what a controller does to its own.
pub(super) fn activity(event: &Event, capture: CaptureId) -> Option<Activity> {
    let tell = match event.channel.as_str() {
        "Authentication" => return Some(authentication(event, capture)),
        "passwordChange" => password,
        "groupChange" => group,
        "dsdbChange" => object,
        _ => return None,
    };
    // Logons, replication and time change the directory too, without anybody who asks for it.
    let client = event.get("remoteAddress").and_then(end)?;
    let mut activity = tell(event, capture)?;
    (activity.client.ip, activity.client.port) = client;
    changed(&mut activity, event);
    Some(activity)
}

/// A check of credentials. Where a member asks for it, the connection is the member's own.
fn authentication(event: &Event, capture: CaptureId) -> Activity {
    let (kind, protocol) = way(event);
    let mut activity = begin(kind, protocol, event, capture);
    let (name, domain) = (account(event), event.get("clientDomain"));
    let name = name.as_deref();
    let (name, domain) = match kind {
        Kind::KerberosAs => name.map_or((None, domain), |name| {
            let (name, domain) = principal(name, domain);
            (Some(name), domain)
        }),
        _ => (name, domain),
    };
    actor(&mut activity, name, domain);
    if kind == Kind::NtlmAuthenticate {
        activity.observed.workstation = host(event, "workstation");
        activity.observed.host = host(event, "netlogonComputer");
    }
    if activity.observed.host.is_none() {
        ends(&mut activity, event);
    }
    details(&mut activity, event);
    conclude(&mut activity, event);
    activity
}

fn details(activity: &mut Activity, event: &Event) {
    let details = &mut activity.details;
    for (field, name) in [
        ("account_sid", "becameSid"),
        ("logon_id", "logonId"),
        ("password_type", "passwordType"),
        ("service", "serviceDescription"),
        ("authentication", "authDescription"),
        ("mapped_account", "mappedAccount"),
        ("secure_channel", "netlogonComputer"),
    ] {
        details.set_some(field, text(event, name).filter(|value| value != "0"));
    }
    details.set_some("logon_type", event.number("logonType"));
    let version = match event.get("passwordType") {
        Some("NTLMv1") => Some(1_u8),
        Some("NTLMv2") => Some(2),
        _ => None,
    };
    details.set_some("version", version);
    if activity.kind == Kind::LdapBind {
        details.set("method", "simple");
    }
}

/// What checked the credentials, and by what.
fn way(event: &Event) -> (Kind, ProtocolId) {
    let service = event.get("serviceDescription").unwrap_or_default();
    let by = event.get("authDescription").unwrap_or_default();
    match (service, by) {
        ("Kerberos KDC", _) => (Kind::KerberosAs, ProtocolId::Kerberos),
        (_, "ServerAuthenticate") => (Kind::Netlogon, ProtocolId::Dcerpc),
        ("SamLogon", _) | (_, "NTLMSSP" | "bare-NTLM") => (Kind::NtlmAuthenticate, ProtocolId::Ntlm),
        ("LDAP", by) if by.starts_with("simple bind") => (Kind::LdapBind, ProtocolId::Ldap),
        (service, _) if service.ends_with("Password Change") => (Kind::PasswordChange, ProtocolId::WindowsEvent),
        _ => (Kind::WindowsEvent, ProtocolId::WindowsEvent),
    }
}

/// As the client named itself, but for a distinguished name; of Kerberos without the escapes that its names are written with.
fn account(event: &Event) -> Option<CompactString> {
    let client = event.get("clientAccount");
    let named = client.filter(|name| !name.contains('='));
    let name = named.or_else(|| event.get("mappedAccount"))?;
    Some(name.replace("\\@", "@").into())
}

fn ends(activity: &mut Activity, event: &Event) {
    if let Some(client) = event.get("remoteAddress").and_then(end) {
        (activity.client.ip, activity.client.port) = client;
    }
    if let Some(server) = event.get("localAddress").and_then(end) {
        (activity.server.ip, activity.server.port) = server;
    }
}

/// An end as Samba writes it: `ipv4:10.77.0.50:42445`, `ipv6:fd77::50:40174`. Who asks over a local socket has none.
fn end(text: &str) -> Option<(IpAddr, u16)> {
    let rest = text.strip_prefix("ipv4:").or_else(|| text.strip_prefix("ipv6:"))?;
    let (ip, port) = rest.rsplit_once(':')?;
    let ip: IpAddr = ip.split('%').next()?.parse().ok()?;
    Some((ip.to_canonical(), port.parse().ok()?))
}

/// `NT_STATUS_WRONG_PASSWORD`.
fn conclude(activity: &mut Activity, event: &Event) {
    let Some(name) = event.get("status") else { return };
    match status(name) {
        Some(code) => {
            activity.status = Some(said(activity.kind, code));
            activity.failure_reason = FailureReason::of_ntstatus(code);
        }
        None => activity.details.set("status_name", CompactString::new(name)),
    }
    let changes = activity.kind == Kind::PasswordChange;
    let (outcome, action) = match name {
        "NT_STATUS_OK" if changes => (Outcome::Success, Some("Account Password changed")),
        "NT_STATUS_OK" => (Outcome::Success, Some("LogonSuccess")),
        _ => (Outcome::Failure, Some("LogonFailed").filter(|_| !changes)),
    };
    activity.conclude(outcome);
    activity.changes = changes;
    activity.action_type = action;
}

/// The status as the protocol's answer has it, beside the NTSTATUS.
fn said(kind: Kind, code: u32) -> Status {
    let (own, own_name) = match kind {
        Kind::KerberosAs => kerberos(code),
        _ => (code.into(), ntstatus::name(code)),
    };
    Status {
        ntstatus: Some(code),
        ntstatus_name: ntstatus::name(code),
        ..Status::new(own, own_name)
    }
}

/// The NTSTATUS of those that end a logon, by the name that Samba has for it.
fn status(name: &str) -> Option<u32> {
    if let Some(digits) = name.strip_prefix("NT code 0x") {
        return u32::from_str_radix(digits, 16).ok();
    }
    let standard = match name.strip_prefix("NT_")? {
        "STATUS_OK" => "STATUS_SUCCESS",
        name => name,
    };
    std::iter::once(0)
        .chain(0xc000_005e..=0xc000_0074)
        .chain([
            0xc000_0001,
            0xc000_000d,
            0xc000_0022,
            0xc000_00bb,
            0xc000_0122,
            0xc000_0133,
            0xc000_015b,
            0xc000_0185,
            0xc000_018a,
            0xc000_018b,
            0xc000_018c,
            0xc000_018d,
            0xc000_0192,
            0xc000_0193,
            0xc000_0198,
            0xc000_0199,
            0xc000_019a,
            0xc000_0224,
            0xc000_0234,
            0xc000_0380,
            0xc000_0413,
        ])
        .find(|code| ntstatus::name(*code) == Some(standard))
}

/// The error that the KDC answers with (RFC 4120 §7.5.9); Samba logs what brought it about.
fn kerberos(status: u32) -> (i64, Option<&'static str>) {
    let code = match status {
        0 => 0,
        0xc000_0064 => 6,
        0xc000_006a => 24,
        0xc000_0071 | 0xc000_0224 => 23,
        0xc000_006f | 0xc000_0070 | 0xc000_0072 | 0xc000_0193 | 0xc000_0234 => 18,
        _ => 60,
    };
    (code.into(), (code != 0).then(|| codes::error(code)).flatten())
}

/// 4723, 4724: who owns an account, or who may, set its password.
fn password(event: &Event, capture: CaptureId) -> Option<Activity> {
    let mut activity = begin(Kind::PasswordChange, ProtocolId::WindowsEvent, event, capture);
    activity.action_type = Some("Account Password changed");
    activity.details.set(
        "operation",
        match event.get("action") {
            Some("Change") => "change",
            _ => "reset",
        },
    );
    activity.observed.dn = text(event, "dn");
    activity.details.set_some("target", text(event, "dn"));
    Some(activity)
}

/// 4728 and its like: a group's members. A new account's record names the account itself for a group, and is none.
fn group(event: &Event, capture: CaptureId) -> Option<Activity> {
    let (group, user) = (event.get("group")?, event.get("user")?);
    if group.eq_ignore_ascii_case(user) {
        return None;
    }
    let mut activity = begin(Kind::DirectoryChange, ProtocolId::WindowsEvent, event, capture);
    activity.action_type = Some("Group Membership changed");
    activity.observed.dn = Some(group.into());
    let details = &mut activity.details;
    details.set(
        "operation",
        match event.get("action") {
            Some("Removed") => "member_removed",
            Some("PrimaryGroup") => "primary_group_set",
            _ => "member_added",
        },
    );
    details.set("object_class", "group");
    details.set_some("group_scope", scope(event.id));
    details.set_some("group_type", kind(event.id));
    details.set("member_dn", CompactString::new(user));
    Some(activity)
}

/// Of groups of both types, by the event that Windows has for it.
const fn scope(id: u32) -> Option<&'static str> {
    match id {
        4_728 | 4_729 | 4_751 | 4_752 => Some("global"),
        4_732 | 4_733 | 4_746 | 4_747 => Some("local"),
        4_756 | 4_757 | 4_761 | 4_762 => Some("universal"),
        _ => None,
    }
}

const fn kind(id: u32) -> Option<&'static str> {
    match id {
        4_728 | 4_729 | 4_732 | 4_733 | 4_756 | 4_757 => Some("security"),
        4_746 | 4_747 | 4_751 | 4_752 | 4_761 | 4_762 => Some("distribution"),
        _ => None,
    }
}

/// An object was added, modified or deleted.
fn object(event: &Event, capture: CaptureId) -> Option<Activity> {
    let changes = changes(event);
    let password = !changes.is_empty()
        && changes
            .iter()
            .all(|change| ldap::is_password(change.attribute.as_bytes()));
    let kind = if password {
        Kind::PasswordChange
    } else {
        Kind::DirectoryChange
    };
    let mut activity = begin(kind, ProtocolId::WindowsEvent, event, capture);
    let (operation, action) = match event.get("operation")? {
        "Add" => (
            "add",
            Some("Security Principal created").filter(|_| is_principal(&changes)),
        ),
        "Delete" => (
            "delete",
            Some("Security Principal deleted changed").filter(|_| is_named(event)),
        ),
        "Modify" if password => ("reset", Some("Account Password changed")),
        "Modify" => (
            "modify",
            changes
                .iter()
                .find_map(|change| ldap::told(change.attribute, "").action),
        ),
        _ => ("rename", None),
    };
    activity.action_type = action;
    activity.observed.dn = text(event, "dn");
    let details = &mut activity.details;
    details.set("operation", operation);
    details.set_some("dn", text(event, "dn"));
    let told: ThinVec<_> = changes.iter().map(|change| Value::Map(change.fields())).collect();
    if !told.is_empty() {
        details.set("changes", Value::List(told));
    }
    Some(activity)
}

/// What all changes say alike. What was refused has not changed, so it has no name.
fn changed(activity: &mut Activity, event: &Event) {
    activity.changes = true;
    activity.details.set_some("subject_sid", sid::sid(event, "userSid"));
    activity
        .details
        .flag("as_system", event.get("performedAsSystem") == Some("true"));
    activity.outcome = match event.get("statusCode") {
        Some("0") => Outcome::Success,
        _ => Outcome::Failure,
    };
    if activity.outcome == Outcome::Failure {
        activity.action_type = None;
        activity.details.set_some("status_name", text(event, "status"));
    }
}

/// What happened to one attribute.
struct Altered<'a> {
    attribute: &'a str,
    operation: &'a str,
    values: Vec<&'a str>,
    count: Option<u64>,
}

/// The changes of a record, from its data.
fn changes(event: &Event) -> Vec<Altered<'_>> {
    let mut changes: Vec<Altered<'_>> = Vec::new();
    for Datum { name, value } in &event.data {
        let Some(name) = name.strip_prefix(ATTRIBUTES) else {
            continue;
        };
        if let Some(name) = name.strip_suffix(".count") {
            if let Some(last) = changes.last_mut().filter(|last| last.is(name)) {
                last.count = value.parse().ok();
            }
            continue;
        }
        let Some((attribute, operation)) = name.rsplit_once('.') else {
            continue;
        };
        match changes.last_mut().filter(|last| last.is(name)) {
            Some(last) => last.values.push(value),
            None => changes.push(Altered {
                attribute,
                operation,
                values: Some(value.as_str())
                    .filter(|value| !value.is_empty())
                    .into_iter()
                    .collect(),
                count: None,
            }),
        }
    }
    changes
}

impl Altered<'_> {
    fn is(&self, name: &str) -> bool {
        name.rsplit_once('.') == Some((self.attribute, self.operation))
    }

    /// As the same is told of a modify on the wire: values of tracked, non-secret attributes only.
    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("attribute", ldap::told(self.attribute, "").attribute);
        fields.set("operation", CompactString::new(self.operation));
        let plain = self.values.iter().map(|value| name(value));
        let values = plain.filter_map(|value| ldap::told(self.attribute, value).value);
        fields.list("values", values);
        let count = self.count.unwrap_or(self.values.len() as u64);
        if count > 1 {
            fields.set("count", count);
        }
        fields
    }
}

/// A distinguished name without the GUID and SID that services write before it: `<GUID=…>;<SID=…>;CN=…`.
fn name(value: &str) -> &str {
    match value.rsplit_once(">;") {
        Some((_, name)) if value.starts_with('<') => name,
        _ => value,
    }
}

/// Whether what was added is an account or a group.
fn is_principal(changes: &[Altered<'_>]) -> bool {
    let classes = changes
        .iter()
        .filter(|change| change.attribute.eq_ignore_ascii_case("objectClass"));
    classes
        .flat_map(|change| &change.values)
        .any(|class| ldap::is_principal(class.as_bytes()))
}

/// Accounts and groups are named by their common name.
fn is_named(event: &Event) -> bool {
    event.get("dn").is_some_and(|dn| ldap::may_be_principal(dn.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_of_both_families() {
        assert_eq!(
            end("ipv4:10.77.0.50:42445"),
            Some(("10.77.0.50".parse().unwrap(), 42_445))
        );
        assert_eq!(end("ipv6:fd77::50:40174"), Some(("fd77::50".parse().unwrap(), 40_174)));
        assert_eq!(end("ipv6:::ffff:10.0.0.1:1"), Some(("10.0.0.1".parse().unwrap(), 1)));
        for none in ["unix:", "unix:/run/samba", "ipv4:", "ipv4:10.0.0.1", "ipv4:x:1", ""] {
            assert_eq!(end(none), None, "{none:?}");
        }
    }

    #[test]
    fn statuses_are_known_by_name() {
        for (name, code) in [
            ("NT_STATUS_OK", Some(0)),
            ("NT_STATUS_WRONG_PASSWORD", Some(0xc000_006a)),
            ("NT_STATUS_NO_SUCH_USER", Some(0xc000_0064)),
            ("NT_STATUS_ACCOUNT_LOCKED_OUT", Some(0xc000_0234)),
            ("NT_STATUS_PASSWORD_MUST_CHANGE", Some(0xc000_0224)),
            ("NT_STATUS_ACCOUNT_DISABLED", Some(0xc000_0072)),
            ("NT code 0xc000040a", Some(0xc000_040a)),
            ("NT_STATUS_GENERIC_COMMAND_FAILED", None),
            ("nonsense", None),
        ] {
            assert_eq!(status(name), code, "{name}");
        }
    }
}
