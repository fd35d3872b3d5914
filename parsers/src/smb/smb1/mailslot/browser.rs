//! Frames of the browser service ([MS-BRWS] 2.2): who is there, in which version, and who keeps the list.

use compact_str::CompactString;

use super::Slot;
use crate::fields::Fields;
use crate::reader::{Malformed, Reader};
use crate::server_type;
use crate::smb::names::bits;
use crate::text;

/// Most servers of a list that are told.
const MAX_SERVERS: usize = 64;

/// Writes what a frame says; what is cut short says what it has.
pub(super) fn fields(data: &[u8], fields: &mut Fields) {
    let mut reader = Reader::new(data);
    let Ok(opcode) = reader.u8("browser opcode") else {
        return;
    };
    fields.set("browser_opcode", opcode);
    fields.set_some("browser_opcode_name", opcode_name(opcode));
    // Of a frame that is cut short, what was read stands.
    let _ = match opcode {
        1 | 12 | 15 => announced(opcode, &mut reader, fields),
        8 => election(&mut reader, fields),
        9 => requested(&mut reader, fields),
        10 => backups(&mut reader, fields),
        2 => reader
            .skip(1, WHAT)
            .map(|()| name(&mut reader, "response_name", fields)),
        11 => {
            name(&mut reader, "browser_to_promote", fields);
            Ok(())
        }
        13 => {
            name(&mut reader, "server_name", fields);
            Ok(())
        }
        14 => reader.u8(WHAT).map(|options| fields.set("reset_options", options)),
        _ => Ok(()),
    };
}

const WHAT: &str = "browser frame";

/// HostAnnouncement, LocalMasterAnnouncement and DomainAnnouncement ([MS-BRWS] 2.2.1, 2.2.10, 2.2.7): of a domain, the name is the
/// domain's, and the comment who keeps its list.
///
/// ```text
/// UpdateCount(1) Periodicity(4) ServerName(16) OSVersionMajor(1) OSVersionMinor(1) ServerType(4) BrowserVersionMajor(1)
/// BrowserVersionMinor(1) Signature(2) Comment
/// ```
fn announced(opcode: u8, reader: &mut Reader<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    let is_domain = opcode == 12;
    reader.skip(1, WHAT)?;
    fields.set("periodicity_ms", reader.u32_le(WHAT)?);
    let announced = terminated(reader.take(16, WHAT)?);
    fields.text(if is_domain { "domain" } else { "server_name" }, announced);
    let (major, minor) = (reader.u8(WHAT)?, reader.u8(WHAT)?);
    let version = if is_domain {
        "browser_config_version"
    } else {
        "os_version"
    };
    fields.set(version, text::dotted([u32::from(major), u32::from(minor)]));
    let server_type = reader.u32_le(WHAT)?;
    fields.set("server_type", server_type);
    fields.list("server_type_names", bits(server_type, server_type::NAMES));
    let (major, minor) = (reader.u8(WHAT)?, reader.u8(WHAT)?);
    fields.set("browser_version", text::dotted([u32::from(major), u32::from(minor)]));
    reader.skip(2, WHAT)?;
    name(reader, if is_domain { "local_master" } else { "comment" }, fields);
    Ok(())
}

/// RequestElection ([MS-BRWS] 2.2.3): `ElectionVersion(1) Criteria(4) Uptime(4) Unused(4) ServerName`.
fn election(reader: &mut Reader<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    fields.set("election_version", reader.u8(WHAT)?);
    fields.set("criteria", reader.u32_le(WHAT)?);
    fields.set("uptime_ms", reader.u32_le(WHAT)?);
    reader.skip(4, WHAT)?;
    name(reader, "server_name", fields);
    Ok(())
}

/// GetBackupListRequest ([MS-BRWS] 2.2.4): `RequestedCount(1) Token(4)`.
fn requested(reader: &mut Reader<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    fields.set("requested_count", reader.u8(WHAT)?);
    fields.set("token", reader.u32_le(WHAT)?);
    Ok(())
}

/// GetBackupListResponse ([MS-BRWS] 2.2.5): `BackupServerCount(1) Token(4) BackupServerList`, names that each end in a null.
fn backups(reader: &mut Reader<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    let count = usize::from(reader.u8(WHAT)?);
    fields.set("token", reader.u32_le(WHAT)?);
    let servers = reader.rest().split(|byte| *byte == 0).take(count.min(MAX_SERVERS));
    let servers = servers.filter(|name| !name.is_empty()).map(text::bytes);
    fields.list("backup_servers", servers);
    Ok(())
}

fn name(reader: &mut Reader<'_>, field: &'static str, fields: &mut Fields) {
    fields.text(field, terminated(reader.rest()));
}

/// Text up to its null, or to the end.
fn terminated(bytes: &[u8]) -> CompactString {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    text::bytes(text.trim_ascii_end())
}

/// Who announces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::smb) struct Announcement {
    /// `host_announcement` or `local_master_announcement`.
    pub(in crate::smb) operation: &'static str,
    pub(in crate::smb) name: CompactString,
    /// What it says of itself.
    pub(in crate::smb) fields: Fields,
}

/// What a computer says of itself in `data`, written to the mailslot `slot`; none where it is another frame.
pub(in crate::smb) fn announcement(slot: &str, data: &[u8]) -> Option<Announcement> {
    if Slot::of(slot) != Some(Slot::Browse) {
        return None;
    }
    let operation = match data.first()? {
        1 => "host_announcement",
        15 => "local_master_announcement",
        _ => return None,
    };
    let mut reader = Reader::new(data.get(1..)?);
    let mut fields = Fields::new();
    announced(1, &mut reader, &mut fields).ok()?;
    let name = CompactString::new(fields.get_text("server_name")?);
    Some(Announcement {
        operation,
        name,
        fields,
    })
}

/// By the names of [MS-BRWS] 2.2.
const fn opcode_name(opcode: u8) -> Option<&'static str> {
    Some(match opcode {
        1 => "HostAnnouncement",
        2 => "AnnouncementRequest",
        8 => "RequestElection",
        9 => "GetBackupListRequest",
        10 => "GetBackupListResponse",
        11 => "BecomeBackup",
        12 => "DomainAnnouncement",
        13 => "MasterAnnouncement",
        14 => "ResetStateRequest",
        15 => "LocalMasterAnnouncement",
        _ => return None,
    })
}
