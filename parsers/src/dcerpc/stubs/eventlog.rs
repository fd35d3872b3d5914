//! Event logs of another machine: [MS-EVEN] and [MS-EVEN6].
//!
//! A handle's log is remembered. What is read from a log passes; that it is read, cleared or saved, and by which query, is
//! told.

#[cfg(test)]
mod tests;

use super::{Memory, Operation, Returns, Stubs, Subject, Told, handles};
use crate::activity::Kind;
use crate::dcerpc::ndr::{Ndr, Text};
use crate::reader::Malformed;

const fn old(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::EventLog, Returns::NtStatus)
}

const fn new(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::EventLog, Returns::Win32)
}

/// `eventlog` ([MS-EVEN] 3.1.4).
pub(super) const EVENTLOG: Stubs = Stubs::new(
    "82273fdc-e32a-18c3-3f78-827929dc23ea",
    &[
        old(0).changes().request(clear::<true>),
        old(1).changes().request(backup::<true>),
        Operation::new(2, Kind::RpcCall, Returns::NtStatus)
            .request(on_log)
            .response(handles::gone),
        Operation::new(3, Kind::RpcCall, Returns::NtStatus)
            .request(on_log)
            .response(handles::gone),
        old(4).request(on_log),
        old(5).request(on_log),
        old(6).request(on_log),
        old(7).request(open::<true>).response(opened),
        old(8).request(open::<true>).response(opened),
        old(9).request(open_backup::<true>).response(opened),
        old(10).request(on_log),
        old(11).changes().request(report),
        old(12).changes().request(clear::<false>),
        old(13).changes().request(backup::<false>),
        old(14).request(open::<false>).response(opened),
        old(15).request(open::<false>).response(opened),
        old(16).request(open_backup::<false>).response(opened),
        old(17).request(on_log),
        old(18).changes().request(report),
        old(22).request(on_log),
        old(24).changes().request(report),
        old(25).changes().request(report),
        old(26).changes().request(report),
    ],
);

/// `eventlog6` ([MS-EVEN6] 3.1.4).
pub(super) const EVENTLOG6: Stubs = Stubs::new(
    "f6beaff7-1e19-4fbb-9f8f-b89e2018337c",
    &[
        new(0).request(query).response(opened),
        new(1).request(on_log),
        new(2).request(on_log),
        new(5).request(query).response(opened),
        new(6).changes().request(clear_log),
        new(7).changes().request(export),
        new(8).changes().request(localize),
        new(11).request(on_log),
        new(12).request(on_log),
        Operation::new(13, Kind::RpcCall, Returns::Win32)
            .request(on_log)
            .response(handles::gone),
        new(17).request(channel).response(opened),
        new(18).request(on_log),
        new(19),
        new(20).request(channel),
        new(21).changes().request(channel),
        new(22),
        new(24).request(publisher),
    ],
);

/// `ElfrOpenELW([unique] UNCServerName, PRPC_UNICODE_STRING ModuleName, PRPC_UNICODE_STRING RegModuleName, ULONG
/// MajorVersion, ULONG MinorVersion, [out] LogHandle)` ([MS-EVEN] 3.1.4.3): the server name is a single character.
fn open<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    names::<WIDE>(ndr, told, "log")
}

/// `ElfrOpenBELW([unique] UNCServerName, PRPC_UNICODE_STRING BackupFileName, …)` ([MS-EVEN] 3.1.4.4): a file of another host
/// makes the server log on there.
fn open_backup<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    names::<WIDE>(ndr, told, "file")?;
    told.leads_away("file");
    Ok(())
}

fn names<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, what: &'static str) -> Result<(), Malformed> {
    if ndr.pointer("server name")? {
        if WIDE {
            ndr.u16("server name")?;
        } else {
            ndr.u8("server name")?;
        }
    }
    if let Some(name) = counted::<WIDE>(ndr, what)? {
        told.details.set(what, name.text());
        told.opens(Subject::new().with(what, name.text()));
    }
    Ok(())
}

/// `[out] handle`, first or alone.
fn opened(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.opened(ndr.handle("log")?, memory);
    Ok(())
}

/// Operations whose handle says all that is the same in every call of its kind.
fn on_log(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("log")?, memory);
    Ok(())
}

/// `ElfrClearELFW(LogHandle, [unique] PRPC_UNICODE_STRING BackupFileName)` ([MS-EVEN] 3.1.4.9).
fn clear<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("log")?, memory);
    if ndr.pointer("backup file")?
        && let Some(file) = counted::<WIDE>(ndr, "backup file")?
    {
        told.long("backup_file", file.text());
        told.leads_away("backup_file");
    }
    Ok(())
}

/// `ElfrBackupELFW(LogHandle, PRPC_UNICODE_STRING BackupFileName)` ([MS-EVEN] 3.1.4.10).
fn backup<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("log")?, memory);
    if let Some(file) = counted::<WIDE>(ndr, "backup file")? {
        told.long("backup_file", file.text());
        told.leads_away("backup_file");
    }
    Ok(())
}

/// `ElfrReportEventW(LogHandle, ULONG Time, USHORT EventType, USHORT EventCategory, ULONG EventID, …)` ([MS-EVEN]
/// 3.1.4.13).
fn report(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("log")?, memory);
    ndr.u32("time")?;
    told.details.set("event_type", ndr.u16("event type")?);
    ndr.u16("category")?;
    told.details.set("event_id", ndr.u32("event id")?);
    Ok(())
}

/// `EvtRpcRegisterRemoteSubscription([unique, string] channelPath, [string] query, …)`, `EvtRpcRegisterLogQuery([unique,
/// string] path, [string] query, DWORD flags, …)` ([MS-EVEN6] 3.1.4.8, 3.1.4.12): both answer their handle first.
fn query(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let log = ndr.wide_argument("channel")?.map(|log| log.text());
    if let Some(log) = log {
        told.long("log", log.clone());
        told.opens(Subject::new().with("log", log));
    }
    told.long("query", ndr.wide_string("query")?.text());
    Ok(())
}

/// `EvtRpcClearLog(control, [string] channelPath, [unique, string] backupPath, DWORD flags)` ([MS-EVEN6] 3.1.4.16).
fn clear_log(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.handle("control")?;
    told.long("log", ndr.wide_string("channel")?.text());
    told.argument(ndr, "backup file", "backup_file")
}

/// `EvtRpcExportLog(control, [unique, string] channelPath, [string] query, [string] backupPath, DWORD flags)` ([MS-EVEN6]
/// 3.1.4.17).
fn export(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.handle("control")?;
    told.argument(ndr, "channel", "log")?;
    told.long("query", ndr.wide_string("query")?.text());
    told.long("backup_file", ndr.wide_string("backup file")?.text());
    Ok(())
}

/// `EvtRpcLocalizeExportLog(control, [string] logFilePath, LCID locale, DWORD flags)`.
fn localize(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.handle("control")?;
    told.long("file", ndr.wide_string("file")?.text());
    Ok(())
}

/// `EvtRpcOpenLogHandle([string] channel, …)`, `EvtRpcGetChannelConfig`, `EvtRpcPutChannelConfig([string] channelPath, …)`.
fn channel(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let log = ndr.wide_string("channel")?.text();
    told.long("log", log.clone());
    told.opens(Subject::new().with("log", log));
    Ok(())
}

/// `EvtRpcGetPublisherMetadata([unique, string] publisherId, …)`.
fn publisher(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "publisher", "publisher")
}

fn counted<'a, const WIDE: bool>(ndr: &mut Ndr<'a>, what: &'static str) -> Result<Option<Text<'a>>, Malformed> {
    let head = ndr.counted(what)?;
    if WIDE {
        ndr.counted_wide(head, what)
    } else {
        ndr.counted_narrow(head, what)
    }
}
