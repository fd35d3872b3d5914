//! `AdditionalFields`: what has no column of its own, under the keys that the product's records use.

use parsers::json::Object;

use super::super::table::Row;
use super::entity;
use crate::proto::Outcome;

/// The fields that every view has.
pub(super) fn print(row: &Row<'_, '_>, text: &mut Vec<u8>) {
    let mut object = Object::begin(text);
    common(row, &mut object);
    object.end();
}

/// And those of a query.
pub(super) fn print_query(row: &Row<'_, '_>, text: &mut Vec<u8>) {
    let mut object = Object::begin(text);
    common(row, &mut object);
    some(&mut object, "BaseObject", &row.details.base.0);
    some(&mut object, "SearchFilter", &row.details.filter.0);
    object.end();
}

/// And those of a file, or of a change.
pub(super) fn print_directory(row: &Row<'_, '_>, text: &mut Vec<u8>) {
    let mut object = Object::begin(text);
    common(row, &mut object);
    let target_key = if row.view.target.kind == "group" {
        "TARGET_OBJECT.GROUP"
    } else {
        "TARGET_OBJECT.USER"
    };
    some(&mut object, target_key, entity::target_name(row));
    match row.view.kind {
        "smb_file" => file(row, &mut object),
        "directory_change" => change(row, &mut object),
        _ => {}
    }
    object.end();
}

fn common(row: &Row<'_, '_>, object: &mut Object<'_>) {
    let (view, source, destination) = (row.view, &row.view.source, &row.view.destination);
    object.entry("Count", &view.count);
    match view.outcome {
        Outcome::Success => object.entry("IsSuccess", "True"),
        Outcome::Failure => object.entry("IsSuccess", "False"),
        Outcome::Continued | Outcome::Unknown => {}
    }
    some(object, "ACTOR.ACCOUNT", entity::account_name(row));
    some(
        object,
        "FROM.DEVICE",
        entity::either(source.name, view.observed.workstation),
    );
    some(object, "TO.DEVICE", destination.name);
    some(object, "SourceAccountSid", view.actor.sid);
    some(object, "SourceComputerSid", source.sid);
    some(object, "SourceComputerObjectGuid", source.guid);
    some(object, "SourceComputerOperatingSystem", source.os);
    some(object, "TargetAccountSid", view.target.sid);
    some(object, "DestinationComputerObjectGuid", destination.guid);
    some(object, "DestinationComputerOperatingSystem", destination.os);
    some(object, "Spns", view.observed.spn);
}

fn file(row: &Row<'_, '_>, object: &mut Object<'_>) {
    let details = row.details;
    let name = details.path.0.rsplit(['\\', '/']).next().unwrap_or_default();
    some(object, "FilePath", &format!("{}\\{}", details.share.0, details.path.0));
    some(object, "FileName", name);
    object.entry("FileSize", &details.bytes_read.max(details.bytes_written));
    some(
        object,
        "Method",
        if details.bytes_written > 0 { "Write" } else { "Read" },
    );
}

/// What it was and what it is: of a membership the group that was left or entered, else `FROM …` and `TO …` with the name of the
/// action.
fn change(row: &Row<'_, '_>, object: &mut Object<'_>) {
    let details = row.details;
    if row.view.action_type == "Group Membership changed" {
        let key = if details.change.0 == "removed" {
            "FROM.GROUP"
        } else {
            "TO.GROUP"
        };
        some(object, key, &details.group.0);
        return;
    }
    let known = CHANGES.iter().find(|(action, _, _)| *action == row.view.action_type);
    if let Some((_, from, to)) = known {
        some(object, from, &details.old.0);
        some(object, to, &details.new.0);
    }
}

macro_rules! changes {
    ($($subject:literal: $verb:literal,)*) => {
        &[$((concat!($subject, $verb), concat!("FROM ", $subject), concat!("TO ", $subject)),)*]
    };
}

/// Actions that have an old and a new value, and the keys of these.
const CHANGES: &[(&str, &str, &str)] = changes! {
    "Account Constrained Delegation State": " changed",
    "Account Delegation": " changed",
    "Account Disabled": " changed",
    "Account": " expired",
    "Account Expiry Time": " changed",
    "Account Locked": " changed",
    "Account Unlock": " changed",
    "Account Password": " changed",
    "Account Password": " expired",
    "Account Password Never Expires": " changed",
    "Account Password Not Required": " changed",
    "Account Smartcard Required": " changed",
    "Account Supported Encryption Types": " changed",
    "Account Upn Name": " changed",
    "Device Operating System": " changed",
    "Security Principal deleted": " changed",
    "Security Principal Display Name": " changed",
    "Security Principal Name": " changed",
    "Security Principal Path": " changed",
    "Security Principal Sam Name": " changed",
    "User Mail": " changed",
    "User Manager": " changed",
    "User Phone Number": " changed",
    "User Title": " changed",
};

/// Absent rather than empty.
fn some(object: &mut Object<'_>, name: &'static str, value: &str) {
    object.some(name, Some(value).filter(|value| !value.is_empty()));
}
