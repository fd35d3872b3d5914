//! Groups, accounts and objects that change.

use capture::CaptureId;
use compact_str::CompactString;

use super::{begin, host, sid, subject, text};
use crate::activity::{Activity, Kind, Outcome};
use crate::event::Event;
use crate::ldap;
use crate::protocol::ProtocolId;

const MEMBERSHIP: &str = "Group Membership changed";
const CREATED: &str = "Security Principal created";
const DELETED: &str = "Security Principal deleted changed";
const LOCKED: &str = "Account Locked changed";

fn change(event: &Event, capture: CaptureId, operation: &'static str) -> Activity {
    let mut activity = begin(Kind::DirectoryChange, ProtocolId::WindowsEvent, event, capture);
    activity.outcome = Outcome::Success;
    activity.changes = true;
    activity.details.set("operation", operation);
    subject(&mut activity, event);
    activity
}

/// Whom or what it happened to.
fn target(activity: &mut Activity, event: &Event) {
    let observed = &mut activity.observed;
    observed.target_account = text(event, "TargetUserName");
    observed.target_domain = text(event, "TargetDomainName");
    observed.sid = sid::sid(event, "TargetSid");
    let named = (&mut observed.target_account, &mut observed.target_domain);
    sid::complete(named, event, "TargetSid");
}

/// Members that come and go; groups that are deleted.
pub(super) fn group(event: &Event, capture: CaptureId) -> Activity {
    let (operation, scope) = match event.id {
        4_728 => ("member_added", "global"),
        4_729 => ("member_removed", "global"),
        4_732 => ("member_added", "local"),
        4_733 => ("member_removed", "local"),
        4_756 => ("member_added", "universal"),
        4_757 => ("member_removed", "universal"),
        4_730 | 4_753 => ("deleted", "global"),
        _ => ("deleted", "universal"),
    };
    let mut activity = change(event, capture, operation);
    target(&mut activity, event);
    activity.action_type = Some(if operation == "deleted" { DELETED } else { MEMBERSHIP });
    let details = &mut activity.details;
    details.set("object_class", "group");
    details.set("group_scope", scope);
    details.set(
        "group_type",
        match event.id {
            4_753 | 4_763 => "distribution",
            _ => "security",
        },
    );
    details.set_some("member_dn", text(event, "MemberName"));
    details.set_some("member_sid", sid::sid(event, "MemberSid"));
    details.set_some("member", sid::rendered(event, "MemberSid").map(CompactString::new));
    details.set_some("membership_expires", text(event, "MembershipExpirationTime"));
    activity
}

/// Accounts of users and computers that are made, deleted or locked.
pub(super) fn account(event: &Event, capture: CaptureId) -> Activity {
    let (operation, class, action) = match event.id {
        4_726 => ("deleted", "user", DELETED),
        4_740 => ("locked_out", "user", LOCKED),
        4_741 => ("created", "computer", CREATED),
        _ => ("deleted", "computer", DELETED),
    };
    let mut activity = change(event, capture, operation);
    target(&mut activity, event);
    activity.action_type = Some(action);
    if event.id == 4_740 {
        // What the event calls the target's domain is where the attempts came from.
        activity.observed.target_domain = activity.observed.domain.clone();
        activity.observed.workstation = host(event, "TargetDomainName");
    }
    let details = &mut activity.details;
    details.set("object_class", class);
    for (field, name) in [
        ("sam_account_name", "SamAccountName"),
        ("dns_host_name", "DnsHostName"),
        ("service_principal_names", "ServicePrincipalNames"),
        ("primary_group_id", "PrimaryGroupId"),
        ("user_account_control", "NewUacValue"),
        ("allowed_to_delegate_to", "AllowedToDelegateTo"),
        ("sid_history", "SidHistory"),
    ] {
        details.set_some(field, text(event, name));
    }
    activity
}

/// What 5136 says happened, by the number of its message or as Windows renders that in English.
fn operation(kind: &str) -> Option<&'static str> {
    match kind {
        "%%14674" | "Value Added" => Some("value_added"),
        "%%14675" | "Value Deleted" => Some("value_deleted"),
        _ => None,
    }
}

/// 5136: an attribute of an object got or lost a value, which is told of tracked attributes alone: passwords of local
/// administrators and the like stand in the event as they are.
pub(super) fn object(event: &Event, capture: CaptureId) -> Activity {
    let kind = event.get("OperationType");
    let operation = kind.and_then(operation);
    let mut activity = change(event, capture, operation.unwrap_or("changed"));
    if operation.is_none() {
        // Another language's words are told as they stand.
        activity
            .details
            .set_some("operation_type", kind.map(CompactString::new));
    }
    activity.observed.dn = text(event, "ObjectDN");
    let details = &mut activity.details;
    details.set_some("object_class", text(event, "ObjectClass"));
    let guid = event
        .get("ObjectGUID")
        .map(|guid| guid.trim_matches(['{', '}']).to_lowercase());
    details.set_some("object_guid", guid);
    details.set_some("naming_context", text(event, "DSName"));
    details.set_some("correlation_id", text(event, "OpCorrelationID"));
    if let Some(attribute) = event.get("AttributeLDAPDisplayName") {
        let told = ldap::told(attribute, event.get("AttributeValue").unwrap_or_default());
        details.set("attribute", told.attribute);
        details.set_some("value", told.value);
        activity.action_type = told.action;
    }
    activity
}
