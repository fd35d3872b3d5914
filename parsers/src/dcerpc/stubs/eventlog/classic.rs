//! [MS-EVEN]: logs that are opened, counted, cleared and backed up, and events that are written to them.

use super::{LISTED, Malformed, Memory, Ndr, Subject, Told, bits, on_log};
use crate::dcerpc::ndr::Text;

/// How a log is read ([MS-EVEN] 3.1.4.7).
const READ_FLAGS: &[(u32, &str)] = &[
    (0x1, "EVENTLOG_SEQUENTIAL_READ"),
    (0x2, "EVENTLOG_SEEK_READ"),
    (0x4, "EVENTLOG_FORWARDS_READ"),
    (0x8, "EVENTLOG_BACKWARDS_READ"),
];

/// `ElfrOpenELW([unique] UNCServerName, PRPC_UNICODE_STRING ModuleName, PRPC_UNICODE_STRING RegModuleName, ULONG
/// MajorVersion, ULONG MinorVersion, [out] LogHandle)` ([MS-EVEN] 3.1.4.3): the server name is a single character.
pub(super) fn open<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    named::<WIDE>(ndr, told, "log")
}

/// `ElfrOpenBELW([unique] UNCServerName, PRPC_UNICODE_STRING BackupFileName, …)` ([MS-EVEN] 3.1.4.1): a file of another host
/// makes the server log on there.
pub(super) fn open_backup<const WIDE: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    _: &mut Memory,
) -> Result<(), Malformed> {
    named::<WIDE>(ndr, told, "file")?;
    told.leads_away("file");
    Ok(())
}

fn named<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, what: &'static str) -> Result<(), Malformed> {
    if ndr.pointer("server name")? {
        if WIDE {
            ndr.u16("server name")?;
        } else {
            ndr.u8("server name")?;
        }
    }
    if let Some(name) = counted::<WIDE>(ndr, what)? {
        told.long(what, name.text());
        told.opens(Subject::new().with(what, name.text()));
    }
    Ok(())
}

/// `ElfrClearELFW(LogHandle, [unique] PRPC_UNICODE_STRING BackupFileName)` ([MS-EVEN] 3.1.4.9).
pub(super) fn clear<const WIDE: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    memory: &mut Memory,
) -> Result<(), Malformed> {
    on_log(ndr, told, memory)?;
    match ndr.pointer("backup file")? {
        true => backup_file::<WIDE>(ndr, told),
        false => Ok(()),
    }
}

/// `ElfrBackupELFW(LogHandle, PRPC_UNICODE_STRING BackupFileName)` ([MS-EVEN] 3.1.4.11).
pub(super) fn backup<const WIDE: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    memory: &mut Memory,
) -> Result<(), Malformed> {
    on_log(ndr, told, memory)?;
    backup_file::<WIDE>(ndr, told)
}

fn backup_file<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    if let Some(file) = counted::<WIDE>(ndr, "backup file")? {
        told.long("backup_file", file.text());
        told.leads_away("backup_file");
    }
    Ok(())
}

/// `ElfrNumberOfRecords`' `[out] unsigned long *NumberOfRecords` ([MS-EVEN] 3.1.4.18).
pub(super) fn record_count(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("record_count", ndr.u32("records")?);
    Ok(())
}

/// `ElfrOldestRecord`'s `[out] unsigned long *OldestRecordNumber` ([MS-EVEN] 3.1.4.19).
pub(super) fn oldest_record(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("oldest_record", ndr.u32("oldest record")?);
    Ok(())
}

/// `ElfrReadELW(LogHandle, unsigned long ReadFlags, unsigned long RecordOffset, …)` ([MS-EVEN] 3.1.4.7): where it reads is
/// another place in every call.
pub(super) fn read(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    on_log(ndr, told, memory)?;
    let flags = ndr.u32("read flags")?;
    told.details.set("flags", flags);
    told.details.list("flag_names", bits::names(flags, READ_FLAGS));
    Ok(())
}

/// `ElfrGetLogInformation`'s `[out, size_is(cbBufSize)] unsigned char *lpBuffer`: EVENTLOG_FULL_INFORMATION `{ DWORD dwFull }`
/// ([MS-EVEN] 2.2.4, 3.1.4.20).
pub(super) fn information(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let size = ndr.conformance(1, "information")?;
    let full = ndr.octets(size, "information")?.first_chunk::<4>();
    told.details.set_some("full", full.map(|full| *full != [0; 4]));
    Ok(())
}

/// `ElfrReportEventW(LogHandle, ULONG Time, …)` ([MS-EVEN] 3.1.4.13).
pub(super) fn report<const WIDE: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    memory: &mut Memory,
) -> Result<(), Malformed> {
    on_log(ndr, told, memory)?;
    ndr.u32("time")?;
    event(ndr, told)?;
    event_data::<WIDE>(ndr, told)
}

/// `ElfrReportEventAndSourceW`, which names the source between event and data ([MS-EVEN] 3.1.4.15).
pub(super) fn report_of_source(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    on_log(ndr, told, memory)?;
    ndr.u32("time")?;
    event(ndr, told)?;
    if let Some(source) = counted::<true>(ndr, "source")? {
        told.long("source", source.text());
    }
    event_data::<true>(ndr, told)
}

/// `ElfrReportEventExW(LogHandle, PFILETIME TimeGenerated, …)` ([MS-EVEN] 3.1.4.16).
pub(super) fn report_ex<const WIDE: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    memory: &mut Memory,
) -> Result<(), Malformed> {
    on_log(ndr, told, memory)?;
    ndr.large("time")?;
    event(ndr, told)?;
    event_data::<WIDE>(ndr, told)
}

/// `USHORT EventType, USHORT EventCategory, ULONG EventID`.
fn event(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.details.set("event_type", ndr.u16("event type")?);
    ndr.u16("category")?;
    told.details.set("event_id", ndr.u32("event id")?);
    Ok(())
}

/// `USHORT NumStrings, ULONG DataSize, PRPC_UNICODE_STRING ComputerName, [unique] PRPC_SID UserSID, [size_is(NumStrings),
/// unique] PRPC_UNICODE_STRING Strings[*], …`: what the event claims, whoever writes it.
fn event_data<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.u16("strings")?;
    ndr.u32("data")?;
    if let Some(computer) = counted::<WIDE>(ndr, "computer")? {
        told.long("computer", computer.text());
    }
    if ndr.pointer("user")? {
        told.details.set("user_sid", ndr.sid("user")?);
    }
    if ndr.pointer("strings")? {
        let count = ndr.conformance(4, "strings")?;
        let strings = strings::<WIDE>(ndr, told, count)?;
        told.list("strings", strings);
    }
    Ok(())
}

fn strings<const WIDE: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    count: usize,
) -> Result<Vec<compact_str::CompactString>, Malformed> {
    let mut present = 0_usize;
    for _ in 0..count {
        present += usize::from(ndr.pointer("string")?);
    }
    let mut strings = Vec::new();
    for _ in 0..present.min(LISTED + 1) {
        let text = counted::<WIDE>(ndr, "string")?;
        strings.push(told.cut(text.map(|text| text.text()).unwrap_or_default()));
    }
    Ok(strings)
}

/// An RPC_UNICODE_STRING, or an RPC_STRING, whose `[size_is(MaximumLength)] char *Buffer` has no bounds of its own ([MS-EVEN]
/// appendix A).
fn counted<'a, const WIDE: bool>(ndr: &mut Ndr<'a>, what: &'static str) -> Result<Option<Text<'a>>, Malformed> {
    let head = ndr.counted(what)?;
    if WIDE {
        ndr.counted_wide(head, what)
    } else {
        ndr.counted_conformant(head, what)
    }
}
