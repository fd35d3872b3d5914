//! The hunting views: the tables that Defender for Identity's users already query, with exactly their columns.
//!
//! Names, types and values follow the documented advanced-hunting schema; what a sensor cannot know (cloud object ids,
//! locations) is null. `AdditionalFields` is JSON text.

mod additional;
mod directory;
mod entity;
mod logon;
mod query;

pub(super) use directory::IDENTITY_DIRECTORY_EVENTS;
pub(super) use logon::IDENTITY_LOGON_EVENTS;
pub(super) use query::IDENTITY_QUERY_EVENTS;

use super::table::Row;

/// The value of `Application` in all three views.
const APPLICATION: &str = "Active Directory";

/// The protocol as the views spell it.
fn protocol<'a>(row: &Row<'a, '_>) -> &'a str {
    match row.view.protocol {
        "kerberos" | "kpasswd" => "Kerberos",
        "ntlm" => "NTLM",
        "ldap" | "cldap" => "Ldap",
        "dns" => "Dns",
        "smb1" | "smb2" => "Smb",
        "dcerpc" => "DceRpc",
        other => other,
    }
}

/// Unique among all receivers' rows: sensor, spool and id of the activity.
fn report_id(row: &Row<'_, '_>, text: &mut Vec<u8>) {
    for part in [&row.source.sensor, &row.source.spool] {
        text.extend_from_slice(part.as_bytes());
        text.push(b'/');
    }
    text.extend_from_slice(itoa::Buffer::new().format(row.view.id).as_bytes());
}
