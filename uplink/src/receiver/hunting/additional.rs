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

/// And those of a file.
pub(super) fn print_directory(row: &Row<'_, '_>, text: &mut Vec<u8>) {
    let mut object = Object::begin(text);
    common(row, &mut object);
    let target_key = if row.view.target.kind == "group" {
        "TARGET_OBJECT.GROUP"
    } else {
        "TARGET_OBJECT.USER"
    };
    some(&mut object, target_key, entity::target_name(row));
    if row.view.kind == "smb_file" {
        file(row, &mut object);
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

/// Absent rather than empty.
fn some(object: &mut Object<'_>, name: &'static str, value: &str) {
    object.some(name, Some(value).filter(|value| !value.is_empty()));
}
