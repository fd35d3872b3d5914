//! `AdditionalFields`: what has no column of its own, under the keys that the product's records use.

use super::super::json::Object;
use super::super::table::Row;
use super::entity;
use crate::proto::Outcome;

/// The fields that every view has.
pub(super) fn print(row: &Row<'_, '_>, text: &mut String) {
    let mut object = Object::begin(text);
    common(row, &mut object);
    object.end();
}

/// And those of a query.
pub(super) fn print_query(row: &Row<'_, '_>, text: &mut String) {
    let mut object = Object::begin(text);
    common(row, &mut object);
    object.text("BaseObject", &row.details.base.0);
    object.text("SearchFilter", &row.details.filter.0);
    object.end();
}

/// And those of a file.
pub(super) fn print_directory(row: &Row<'_, '_>, text: &mut String) {
    let mut object = Object::begin(text);
    common(row, &mut object);
    let target_key = if row.view.target.kind == "group" {
        "TARGET_OBJECT.GROUP"
    } else {
        "TARGET_OBJECT.USER"
    };
    object.text(target_key, entity::target_name(row));
    if row.view.kind == "smb_file" {
        file(row, &mut object);
    }
    object.end();
}

fn common(row: &Row<'_, '_>, object: &mut Object<'_>) {
    let (view, source, destination) = (row.view, &row.view.source, &row.view.destination);
    object.number("Count", u64::from(view.count));
    match view.outcome {
        Outcome::Success => object.text("IsSuccess", "True"),
        Outcome::Failure => object.text("IsSuccess", "False"),
        Outcome::Continued | Outcome::Unknown => {}
    }
    object.text("ACTOR.ACCOUNT", entity::account_name(row));
    object.text("FROM.DEVICE", entity::either(source.name, view.observed.workstation));
    object.text("TO.DEVICE", destination.name);
    object.text("SourceAccountSid", view.actor.sid);
    object.text("SourceComputerSid", source.sid);
    object.text("SourceComputerObjectGuid", source.guid);
    object.text("SourceComputerOperatingSystem", source.os);
    object.text("TargetAccountSid", view.target.sid);
    object.text("DestinationComputerObjectGuid", destination.guid);
    object.text("DestinationComputerOperatingSystem", destination.os);
    object.text("Spns", view.observed.spn);
}

fn file(row: &Row<'_, '_>, object: &mut Object<'_>) {
    let details = row.details;
    let name = details.path.0.rsplit(['\\', '/']).next().unwrap_or_default();
    object.text("FilePath", &format!("{}\\{}", details.share.0, details.path.0));
    object.text("FileName", name);
    object.number("FileSize", details.bytes_read.max(details.bytes_written));
    object.text("Method", if details.bytes_written > 0 { "Write" } else { "Read" });
}
