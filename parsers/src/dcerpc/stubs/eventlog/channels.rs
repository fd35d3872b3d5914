//! [MS-EVEN6]: channels and log files that are queried, subscribed to, cleared, exported, listed and configured.

use compact_str::CompactString;

use super::variant::{self, Value, Variant};
use super::{LISTED, Malformed, Memory, Ndr, Subject, Told};
use crate::fields::Fields;

/// EvtQueryFilePath: what is named is no channel but a file ([MS-EVEN6] 3.1.4.12, 3.1.4.17, 3.1.4.19).
const FILE_PATH: u32 = 2;

/// Octets of BinXmlVariant's value ([MS-EVEN6] 2.2.18).
const VALUE: usize = 8;

/// Properties of a channel by their places: those that say what becomes of its events ([MS-EVEN6] 3.1.4.21).
const PROPERTIES: &[(usize, &str)] = &[
    (0, "enabled"),
    (1, "isolation"),
    (5, "sddl"),
    (6, "retention"),
    (7, "auto_backup"),
    (8, "max_size"),
    (9, "log_file"),
];

/// `EvtRpcRegisterRemoteSubscription([unique, string] channelPath, [string] query, [unique, string] bookmarkXml, DWORD
/// flags, …)` ([MS-EVEN6] 3.1.4.8).
pub(super) fn subscribe(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let log = ndr.wide_argument("channel")?.map(|log| log.text());
    told.long("query", ndr.wide_string("query")?.text());
    ndr.wide_argument("bookmark")?;
    told.details.set("flags", ndr.u32("flags")?);
    named(told, log, false);
    Ok(())
}

/// `EvtRpcRegisterLogQuery([unique, string] path, [string] query, DWORD flags, …)` ([MS-EVEN6] 3.1.4.12).
pub(super) fn query(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let log = ndr.wide_argument("channel")?.map(|log| log.text());
    told.long("query", ndr.wide_string("query")?.text());
    let flags = ndr.u32("flags")?;
    told.details.set("flags", flags);
    named(told, log, flags & FILE_PATH != 0);
    Ok(())
}

/// What is queried, subscribed to or opened, which the answer's handle names from then on.
fn named(told: &mut Told, log: Option<CompactString>, is_file: bool) {
    let name = if is_file { "file" } else { "log" };
    if let Some(log) = log {
        told.long(name, log.clone());
        told.opens(Subject::new().with(name, log));
    }
    if is_file {
        told.leads_away("file");
    }
}

/// `[out] handle, [out] control, [out] DWORD *queryChannelInfoSize, [out, size_is(, *queryChannelInfoSize)]
/// EvtRpcQueryChannelInfo **queryChannelInfo, [out] RpcInfo *error`, an EvtRpcQueryChannelInfo being `LPWSTR name; DWORD
/// status` ([MS-EVEN6] 2.2.11): what became of each channel of the query.
pub(super) fn registered(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.opened(ndr.handle("log")?, memory);
    ndr.handle("control")?;
    ndr.u32("channels")?;
    if !ndr.pointer("channels")? {
        return Ok(());
    }
    let count = ndr.conformance(8, "channels")?;
    let mut heads = Vec::new();
    for at in 0..count {
        ndr.align_pointer();
        let head = (ndr.pointer("channel")?, ndr.u32("channel")?);
        ndr.trailer(8);
        if at <= LISTED {
            heads.push(head);
        }
    }
    let mut channels = Vec::new();
    for (present, status) in heads {
        let mut channel = Fields::sized(2);
        if present {
            channel.text("log", told.cut(ndr.wide_string("channel")?.text()));
        }
        channel.set("status", status);
        channels.push(channel);
    }
    told.list("channels", channels);
    Ok(())
}

/// `EvtRpcClearLog(control, [string] channelPath, [unique, string] backupPath, DWORD flags)` ([MS-EVEN6] 3.1.4.16).
pub(super) fn clear(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.handle("control")?;
    told.long("log", ndr.wide_string("channel")?.text());
    told.argument(ndr, "backup file", "backup_file")?;
    told.leads_away("backup_file");
    Ok(())
}

/// `EvtRpcExportLog(control, [unique, string] channelPath, [string] query, [string] backupPath, DWORD flags)` ([MS-EVEN6]
/// 3.1.4.17).
pub(super) fn export(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.handle("control")?;
    let log = ndr.wide_argument("channel")?.map(|log| log.text());
    told.long("query", ndr.wide_string("query")?.text());
    told.long("backup_file", ndr.wide_string("backup file")?.text());
    let flags = ndr.u32("flags")?;
    told.details.set("flags", flags);
    named(told, log, flags & FILE_PATH != 0);
    told.leads_away("backup_file");
    Ok(())
}

/// `EvtRpcLocalizeExportLog(control, [string] logFilePath, LCID locale, DWORD flags)` ([MS-EVEN6] 3.1.4.18).
pub(super) fn localize(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.handle("control")?;
    told.long("file", ndr.wide_string("file")?.text());
    told.leads_away("file");
    Ok(())
}

/// `EvtRpcOpenLogHandle([string] channel, DWORD flags, …)` ([MS-EVEN6] 3.1.4.19).
pub(super) fn open(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let log = ndr.wide_string("channel")?.text();
    let flags = ndr.u32("flags")?;
    named(told, Some(log), flags & FILE_PATH != 0);
    Ok(())
}

/// `EvtRpcGetChannelConfig([string] channelPath, …)`, `EvtRpcGetClassicLogDisplayName([string] logName, …)`.
pub(super) fn channel(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.long("log", ndr.wide_string("channel")?.text());
    Ok(())
}

/// `EvtRpcAssertConfig`, `EvtRpcRetractConfig([string] path, DWORD flags)`: a channel or a publisher comes or goes
/// ([MS-EVEN6] 2.2.10, 3.1.4.29, 3.1.4.30).
pub(super) fn configured_of(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let path = ndr.wide_string("path")?.text();
    let name = match ndr.u32("flags")? {
        1 => "publisher",
        _ => "log",
    };
    told.long(name, path);
    Ok(())
}

/// `EvtRpcPutChannelConfig([string] channelPath, DWORD flags, EvtRpcVariantList *props, …)` ([MS-EVEN6] 3.1.4.22): those
/// properties that are to be set.
pub(super) fn configure(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    channel(ndr, told, memory)?;
    ndr.u32("flags")?;
    let properties = variant::list(ndr)?;
    properties_of(told, &properties, |property| property.modified);
    Ok(())
}

/// `EvtRpcGetChannelConfig`'s `[out] EvtRpcVariantList *props` ([MS-EVEN6] 3.1.4.21).
pub(super) fn configuration(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let properties = variant::list(ndr)?;
    properties_of(told, &properties, |_| true);
    Ok(())
}

fn properties_of(told: &mut Told, properties: &[Variant], wanted: impl Fn(&Variant) -> bool) {
    for (place, name) in PROPERTIES {
        match properties.get(*place).filter(|property| wanted(property)) {
            Some(Variant {
                value: Value::Boolean(value),
                ..
            }) => told.details.set(name, *value),
            Some(Variant {
                value: Value::Number(value),
                ..
            }) => told.details.set(name, *value),
            Some(Variant {
                value: Value::Text(value),
                ..
            }) => told.long(name, value.clone()),
            _ => {}
        }
    }
}

/// `EvtRpcGetLogFileInfo(logHandle, DWORD propertyId, …)` ([MS-EVEN6] 3.1.4.15).
pub(super) fn property(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("log")?, memory);
    let property = ndr.u32("property")?;
    told.details.set("property", property);
    told.details.set_some("property_name", property_name(property));
    Ok(())
}

/// `[out, size_is(propertyValueBufferSize)] BYTE *propertyValueBuffer, [out] DWORD *propertyValueBufferLength`, a
/// BinXmlVariant: eight octets of value, its count and its type, little-endian in any PDU ([MS-EVEN6] 2.2.18). How many
/// records a log has, which is its oldest, and whether it is full.
pub(super) fn property_value(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let size = ndr.conformance(1, "value")?;
    let value = ndr.octets(size, "value")?.first_chunk::<VALUE>();
    let length = ndr.u32("value")?;
    let answered = ndr.u32("result")? == 0;
    let Some(value) = value
        .filter(|_| answered && length >= 8)
        .map(|value| u64::from_le_bytes(*value))
    else {
        return Ok(());
    };
    match told.number("property") {
        Some(3) => told.details.set("file_size", value),
        Some(5) => told.details.set("record_count", value),
        Some(6) => told.details.set("oldest_record", value),
        Some(7) => told.details.set("full", value & 0xffff_ffff != 0),
        _ => {}
    }
    Ok(())
}

/// What is known of a log ([MS-EVEN6] 3.1.4.15).
const fn property_name(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "EvtLogCreationTime",
        1 => "EvtLogLastAccessTime",
        2 => "EvtLogLastWriteTime",
        3 => "EvtLogFileSize",
        4 => "EvtLogAttributes",
        5 => "EvtLogNumberOfLogRecords",
        6 => "EvtLogOldestRecordNumber",
        7 => "EvtLogFull",
        _ => return None,
    })
}

/// `EvtRpcGetChannelList`'s `[out] DWORD *numChannelPaths, [out, size_is(, *numChannelPaths), string] LPWSTR **channelPaths`,
/// `EvtRpcGetPublisherList` and `EvtRpcGetPublisherListForChannel` alike ([MS-EVEN6] 3.1.4.20, 3.1.4.23, 3.1.4.24).
pub(super) fn listed<const CHANNELS: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    _: &mut Memory,
) -> Result<(), Malformed> {
    told.details.set("entries", ndr.u32("names")?);
    let names = told.strings(ndr, "names")?;
    told.list(if CHANNELS { "logs" } else { "publishers" }, names);
    Ok(())
}

/// `EvtRpcGetPublisherMetadata([unique, string] publisherId, [unique, string] logFilePath, …)` ([MS-EVEN6] 3.1.4.25).
pub(super) fn publisher(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let publisher = ndr.wide_argument("publisher")?.map(|publisher| publisher.text());
    if let Some(publisher) = publisher {
        told.long("publisher", publisher.clone());
        told.opens(Subject::new().with("publisher", publisher));
    }
    told.argument(ndr, "file", "file")?;
    told.leads_away("file");
    Ok(())
}

/// `[out] EvtRpcVariantList *pubMetadataProps, [out] pubMetadata`.
pub(super) fn published(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    variant::list(ndr)?;
    told.opened(ndr.handle("publisher")?, memory);
    Ok(())
}
