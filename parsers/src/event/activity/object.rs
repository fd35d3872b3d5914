//! 4662: an operation on an object of the directory.
//!
//! What was read or asked for stands in the properties, as GUIDs of attributes, property sets and extended rights ([MS-ADTS]
//! 5.1.3.2.1, [MS-ADA2]).

use capture::CaptureId;
use compact_str::CompactString;

use super::{begin, code, subject, text};
use crate::activity::{Activity, Kind, Outcome};
use crate::event::Event;
use crate::fields::Value;
use crate::protocol::ProtocolId;

/// The most GUIDs of one event that are told.
const MAX_GUIDS: usize = 64;

/// GUIDs with a meaning to whoever watches: name, and what the hunting tables call its use.
const RIGHTS: [(&str, &str, Option<&str>); 10] = [
    (
        "e362ed86-b728-0842-b27d-2dea7a9df218",
        "msDS-ManagedPassword",
        Some("gMSA password retrieval"),
    ),
    (
        "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2",
        "DS-Replication-Get-Changes",
        Some("Directory Services replication"),
    ),
    (
        "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2",
        "DS-Replication-Get-Changes-All",
        Some("Directory Services replication"),
    ),
    (
        "89e95b76-444d-4c62-991a-0facbeda640c",
        "DS-Replication-Get-Changes-In-Filtered-Set",
        Some("Directory Services replication"),
    ),
    (
        "00299570-246d-11d0-a768-00aa006e0529",
        "User-Force-Change-Password",
        None,
    ),
    ("ab721a53-1e2f-11d0-9819-00aa0040529b", "User-Change-Password", None),
    ("bf967a86-0de6-11d0-a285-00aa003049e2", "computer", None),
    ("bf967aba-0de6-11d0-a285-00aa003049e2", "user", None),
    ("bf967a9c-0de6-11d0-a285-00aa003049e2", "group", None),
    (
        "7b8b558a-93a5-4af7-adca-c017e67f1057",
        "msDS-GroupManagedServiceAccount",
        None,
    ),
];

pub(super) fn accessed(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::WindowsEvent, ProtocolId::WindowsEvent, event, capture);
    subject(&mut activity, event);
    activity.outcome = Outcome::Success;
    object(&mut activity, event);
    let guids: Vec<CompactString> = event
        .get("Properties")
        .into_iter()
        .flat_map(guids)
        .take(MAX_GUIDS)
        .collect();
    let known = |guid: &CompactString| RIGHTS.iter().find(|(known, ..)| guid.as_str() == *known);
    activity.action_type = guids.iter().filter_map(known).find_map(|(_, _, action)| *action);
    let details = &mut activity.details;
    details.list(
        "property_names",
        guids.iter().filter_map(known).map(|(_, name, _)| *name),
    );
    details.list("properties", guids);
    details.set_some("access_mask", code(event, "AccessMask"));
    let mask = code(event, "AccessMask").unwrap_or_default();
    details.list(
        "access",
        ACCESS.iter().filter(|(bit, _)| mask & bit != 0).map(|(_, name)| *name),
    );
    details.set_some("operation_type", text(event, "OperationType"));
    activity
}

/// The object by its DN, or by its GUID as `%{…}`.
fn object(activity: &mut Activity, event: &Event) {
    let details = &mut activity.details;
    if let Some(class) = event.get("ObjectType") {
        let guid = guids(class).next();
        let name = guid
            .as_ref()
            .and_then(|guid| RIGHTS.iter().find(|(known, ..)| guid.as_str() == *known));
        match (name, guid) {
            (Some((_, name, _)), _) => details.set("object_class", *name),
            (None, Some(guid)) => details.set("object_class_guid", guid),
            (None, None) => details.set("object_class", Value::from(CompactString::new(class))),
        }
    }
    let Some(name) = event.get("ObjectName") else { return };
    match guids(name).next() {
        Some(guid) => details.set("object_guid", guid),
        None => activity.observed.dn = Some(name.into()),
    }
}

/// Rights on objects of the directory ([MS-ADTS] 5.1.3.2).
const ACCESS: [(u32, &str); 13] = [
    (0x1, "CREATE_CHILD"),
    (0x2, "DELETE_CHILD"),
    (0x4, "LIST_CONTENTS"),
    (0x8, "SELF"),
    (0x10, "READ_PROPERTY"),
    (0x20, "WRITE_PROPERTY"),
    (0x40, "DELETE_TREE"),
    (0x80, "LIST_OBJECT"),
    (0x100, "CONTROL_ACCESS"),
    (0x1_0000, "DELETE"),
    (0x2_0000, "READ_CONTROL"),
    (0x4_0000, "WRITE_DACL"),
    (0x8_0000, "WRITE_OWNER"),
];

/// The GUIDs in braces in `text`, in lower case.
fn guids(text: &str) -> impl Iterator<Item = CompactString> {
    text.split('{').skip(1).filter_map(|rest| {
        let guid = rest.split_once('}')?.0;
        let formed = guid.len() == 36 && guid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        formed.then(|| CompactString::from(guid.to_ascii_lowercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_stand_in_braces() {
        let found: Vec<_> = guids("%%7688\n\t{E362ED86-b728-0842-b27d-2dea7a9df218}{x}{").collect();
        assert_eq!(found, ["e362ed86-b728-0842-b27d-2dea7a9df218"]);
    }
}
