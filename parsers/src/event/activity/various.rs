//! Services, replicas, the password of restore mode, and what is told as it is.

use capture::CaptureId;

use super::{actor, begin, code, conclude, host, subject, text};
use crate::activity::{Activity, Kind, Outcome, Status};
use crate::event::{Event, listed, names};
use crate::protocol::ProtocolId;
use crate::win32;

/// 7045: a service was installed.
pub(super) fn service(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::ServiceCreation, ProtocolId::WindowsEvent, event, capture);
    activity.action_type = Some("Service creation");
    activity.outcome = Outcome::Success;
    activity.changes = true;
    let details = &mut activity.details;
    for (field, name) in [
        ("service", "ServiceName"),
        ("binary_path", "ImagePath"),
        ("service_type", "ServiceType"),
        ("start_type", "StartType"),
        ("account", "AccountName"),
    ] {
        details.set_some(field, text(event, name));
    }
    activity
}

/// 4794: the password for restoring the directory was set, or was to be.
pub(super) fn restore_password(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::PasswordChange, ProtocolId::WindowsEvent, event, capture);
    activity.action_type = Some("Account Password changed");
    activity.changes = true;
    subject(&mut activity, event);
    activity.observed.workstation = host(event, "Workstation");
    activity.details.set("method", "dsrm");
    activity.details.set("operation", "set");
    if let Some(status) = code(event, "Status") {
        conclude(&mut activity, status);
    }
    activity
}

/// 4928, 4929: a source of replication came or went.
pub(super) fn replica(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::DirectoryReplication, ProtocolId::WindowsEvent, event, capture);
    activity.action_type = Some("Directory Services replication");
    activity.changes = true;
    let details = &mut activity.details;
    details.set(
        "operation",
        match event.id {
            4_928 => "source_established",
            _ => "source_removed",
        },
    );
    for (field, name) in [
        ("naming_context", "NamingContext"),
        ("destination_dsa", "DestinationDRA"),
        ("source_dsa", "SourceDRA"),
        ("source_address", "SourceAddr"),
        ("options", "Options"),
    ] {
        details.set_some(field, text(event, name));
    }
    if let Some(status) = code(event, "StatusCode") {
        activity.status = Some(Status::new(status.into(), win32::name(status)));
        activity.outcome = match status {
            0 => Outcome::Success,
            _ => Outcome::Failure,
        };
    }
    activity
}

/// What certificate authorities log: who did it, or asked for it, and the other data as they are.
pub(super) fn told(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::WindowsEvent, ProtocolId::WindowsEvent, event, capture);
    subject(&mut activity, event);
    actor(&mut activity, event.get("Requester"), None);
    activity.outcome = match event.id {
        4_888 => Outcome::Failure,
        _ => Outcome::Success,
    };
    let data = listed(event.id, &event.provider).map_or(&[][..], |listed| listed.data);
    for name in data {
        if let Some(field) = names::field(name) {
            activity.details.set_some(field, text(event, name));
        }
    }
    activity
}
