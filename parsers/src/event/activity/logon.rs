//! Logons: what a domain controller validated, what a server let in.

use capture::CaptureId;

use super::{actor, begin, client, code, conclude, host, sid, text};
use crate::activity::{Activity, FailureReason, Kind, Outcome, Status};
use crate::event::Event;
use crate::ntstatus;
use crate::protocol::ProtocolId;

/// 4776: a domain controller validated credentials of NTLM. The workstation is what the client called itself.
pub(super) fn validated(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::NtlmAuthenticate, ProtocolId::Ntlm, event, capture);
    actor(
        &mut activity,
        event.get("TargetUserName"),
        event.get("TargetDomainName"),
    );
    activity.observed.workstation = host(event, "Workstation");
    activity.details.set_some("package", text(event, "PackageName"));
    if let Some(status) = code(event, "Status") {
        conclude(&mut activity, status);
    }
    activity
}

/// 8004: a domain controller would have refused NTLM, which is audited: the server that asked it is told, and no outcome.
pub(super) fn audited(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::NtlmAuthenticate, ProtocolId::Ntlm, event, capture);
    actor(&mut activity, event.get("UserName"), event.get("DomainName"));
    activity.observed.workstation = host(event, "WorkstationName");
    activity.observed.host = host(event, "SChannelName");
    activity.details.set_some("secure_channel", text(event, "SChannelName"));
    activity
        .details
        .set_some("secure_channel_type", event.number("SChannelType"));
    activity
}

/// 4624, 4625: a computer let somebody in, or did not.
pub(super) fn logon(event: &Event, capture: CaptureId) -> Activity {
    let (kind, protocol) = package(event);
    let mut activity = begin(kind, protocol, event, capture);
    actor(
        &mut activity,
        event.get("TargetUserName"),
        event.get("TargetDomainName"),
    );
    let observed = &mut activity.observed;
    sid::complete((&mut observed.account, &mut observed.domain), event, "TargetUserSid");
    observed.workstation = host(event, "WorkstationName");
    client(&mut activity, event);
    details(&mut activity, event);
    match event.id {
        4_624 => ended(&mut activity, Outcome::Success),
        _ => refused(&mut activity, event),
    }
    activity
}

/// By what it was: a logon by Negotiate alone says of no protocol.
fn package(event: &Event) -> (Kind, ProtocolId) {
    match event.get("AuthenticationPackageName") {
        Some("Kerberos") => (Kind::KerberosAp, ProtocolId::Kerberos),
        Some("NTLM") => (Kind::NtlmAuthenticate, ProtocolId::Ntlm),
        _ if event.get("LmPackageName").is_some() => (Kind::NtlmAuthenticate, ProtocolId::Ntlm),
        _ => (Kind::WindowsEvent, ProtocolId::WindowsEvent),
    }
}

fn details(activity: &mut Activity, event: &Event) {
    let details = &mut activity.details;
    let kind = event.number("LogonType");
    details.set_some("logon_type", kind);
    details.set_some("logon_type_name", kind.and_then(logon_type));
    details.set_some("account_sid", sid::sid(event, "TargetUserSid"));
    for (field, name) in [
        ("logon_id", "TargetLogonId"),
        ("logon_guid", "LogonGuid"),
        ("logon_process", "LogonProcessName"),
        ("package", "AuthenticationPackageName"),
        ("lm_package", "LmPackageName"),
        ("process", "ProcessName"),
    ] {
        details.set_some(field, text(event, name));
    }
    let version = match event.get("LmPackageName") {
        Some("NTLM V1") => Some(1_u8),
        Some("NTLM V2") => Some(2),
        _ => None,
    };
    details.set_some("version", version);
    details.set_some("subject_account", text(event, "SubjectUserName"));
    details.set_some("subject_domain", text(event, "SubjectDomainName"));
}

fn ended(activity: &mut Activity, outcome: Outcome) {
    activity.conclude(outcome);
    activity.action_type = Some(match outcome {
        Outcome::Success => "LogonSuccess",
        _ => "LogonFailed",
    });
}

/// The sub-status is the more particular.
fn refused(activity: &mut Activity, event: &Event) {
    let status = code(event, "Status").unwrap_or_default();
    let sub = code(event, "SubStatus").filter(|sub| *sub != 0);
    activity.status = Some(Status {
        ntstatus: sub,
        ntstatus_name: sub.and_then(ntstatus::name),
        ..Status::new(status.into(), ntstatus::name(status))
    });
    activity.failure_reason = sub
        .and_then(FailureReason::of_ntstatus)
        .or_else(|| FailureReason::of_ntstatus(status));
    ended(activity, Outcome::Failure);
}

/// SECURITY_LOGON_TYPE ([MS-LSAD] and the documentation of event 4624).
const fn logon_type(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "System",
        2 => "Interactive",
        3 => "Network",
        4 => "Batch",
        5 => "Service",
        7 => "Unlock",
        8 => "NetworkCleartext",
        9 => "NewCredentials",
        10 => "RemoteInteractive",
        11 => "CachedInteractive",
        12 => "CachedRemoteInteractive",
        13 => "CachedUnlock",
        _ => return None,
    })
}
