//! What clients hold on to and wait for: locks, watched directories, oplocks and leases that are taken back.

use crate::fields::{Fields, Value};
use crate::reader::{Malformed, Reader};
use crate::smb::names;
use crate::smb::wire::{FileId, body, buffer, file_id};
use crate::text;

/// Locks of one request that are shown.
const LOCKS: usize = 32;
/// Changes of one notification that are shown.
const CHANGES: usize = 64;

/// SMB2_LOCKFLAG_* ([MS-SMB2] 2.2.26.1).
const LOCK_FLAGS: &[(u32, &str)] = &[
    (0x01, "SHARED"),
    (0x02, "EXCLUSIVE"),
    (0x04, "UNLOCK"),
    (0x10, "FAIL_IMMEDIATELY"),
];

/// LOCK ([MS-SMB2] 2.2.26): StructureSize(2)=48 LockCount(2) LockSequence(4) FileId(16) Locks, each Offset(8) Length(8)
/// Flags(4) Reserved(4).
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Lock<'a> {
    count: u16,
    file_id: FileId,
    locks: Reader<'a>,
}

impl<'a> Lock<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 48)?;
        let count = reader.u16_le("lock count")?;
        reader.skip(4, "lock sequence")?;
        Ok(Self {
            count,
            file_id: file_id(&mut reader)?,
            locks: reader,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("file_id", self.file_id.text());
        fields.set("lock_count", self.count);
        let mut locks = self.locks;
        let count = usize::from(self.count).min(LOCKS);
        fields.list("locks", (0..count).map_while(|_| lock(&mut locks).ok()));
    }
}

fn lock(reader: &mut Reader<'_>) -> Result<Fields, Malformed> {
    let mut fields = Fields::new();
    fields.set("offset", reader.u64_le("lock")?);
    fields.set("length", reader.u64_le("lock")?);
    fields.list("flags", names::bits(reader.u32_le("lock")?, LOCK_FLAGS));
    reader.skip(4, "lock")?;
    Ok(fields)
}

/// CHANGE_NOTIFY ([MS-SMB2] 2.2.35): StructureSize(2)=32 Flags(2) OutputBufferLength(4) FileId(16) CompletionFilter(4)
/// Reserved(4).
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Watch {
    flags: u16,
    max_length: u32,
    file_id: FileId,
    filter: u32,
}

impl Watch {
    pub(in crate::smb) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 32)?;
        Ok(Self {
            flags: reader.u16_le("flags")?,
            max_length: reader.u32_le("output length")?,
            file_id: file_id(&mut reader)?,
            filter: reader.u32_le("completion filter")?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("file_id", self.file_id.text());
        fields.flag("watch_tree", self.flags & 1 != 0);
        fields.set("completion_filter", self.filter);
        fields.list(
            "completion_filter_names",
            names::bits(self.filter, names::COMPLETION_FILTER),
        );
        fields.set("max_length", self.max_length);
    }
}

/// The answer to it ([MS-SMB2] 2.2.36): StructureSize(2)=9 OutputBufferOffset(2) OutputBufferLength(4), then
/// FILE_NOTIFY_INFORMATION ([MS-FSCC] 2.7.1): NextEntryOffset(4) Action(4) FileNameLength(4) FileName.
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Changes<'a> {
    list: &'a [u8],
}

impl<'a> Changes<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 9)?;
        let offset = usize::from(reader.u16_le("output")?);
        let length = reader.u32_le("output")? as usize;
        Ok(Self {
            list: buffer(message, offset, length, "output")?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("length", self.list.len());
        let mut rest = Some(self.list);
        let changes = (0..CHANGES).map_while(|_| {
            let entry = rest.take()?;
            let next = u32::from_le_bytes(*entry.first_chunk()?) as usize;
            rest = entry.get(next..).filter(|_| next > 0);
            change(entry)
        });
        fields.list("changes", changes);
    }
}

fn change(entry: &[u8]) -> Option<Fields> {
    let mut reader = Reader::new(entry);
    reader.skip(4, "next").ok()?;
    let action = reader.u32_le("action").ok()?;
    let length = reader.u32_le("name").ok()? as usize;
    let mut fields = Fields::sized(2);
    fields.set(
        "action",
        names::notify_action(action).map_or(Value::from(action), Value::Name),
    );
    fields.set("name", text::utf16(reader.take(length, "name").ok()?));
    Some(fields)
}

/// An oplock or lease break, its acknowledgement and the answer to that ([MS-SMB2] 2.2.23 to 2.2.25).
///
/// ```text
/// oplock:           StructureSize(2)=24 OplockLevel(1) Reserved(1) Reserved2(4) FileId(16)
/// lease is broken:  StructureSize(2)=44 NewEpoch(2) Flags(4) LeaseKey(16) CurrentLeaseState(4) NewLeaseState(4) …
/// lease is given up, and the answer: StructureSize(2)=36 Reserved(2) Flags(4) LeaseKey(16) LeaseState(4) LeaseDuration(8)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) enum Break {
    Oplock {
        level: u8,
        file_id: FileId,
    },
    Lease {
        key: [u8; 16],
        /// Of a notification.
        current: Option<u32>,
        state: u32,
    },
}

impl Break {
    pub(in crate::smb) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        if let Ok(reader) = body(message, 44) {
            return lease(reader, true);
        }
        if let Ok(reader) = body(message, 36) {
            return lease(reader, false);
        }
        let mut reader = body(message, 24)?;
        let level = reader.u8("oplock level")?;
        reader.skip(5, "reserved")?;
        Ok(Self::Oplock {
            level,
            file_id: file_id(&mut reader)?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        match self {
            Self::Oplock { level, file_id } => {
                fields.set("oplock_level", *level);
                fields.set_some("oplock_level_name", names::oplock(*level));
                fields.set("file_id", file_id.text());
            }
            Self::Lease { key, current, state } => {
                fields.set("lease", true);
                fields.set("lease_key", text::hex(key));
                let current = current.map(|state| names::bits(state, names::LEASE));
                fields.list("current_lease_state", current.unwrap_or_default());
                fields.list("lease_state", names::bits(*state, names::LEASE));
            }
        }
    }
}

fn lease(mut reader: Reader<'_>, notification: bool) -> Result<Break, Malformed> {
    reader.skip(6, "lease flags")?;
    Ok(Break::Lease {
        key: reader.array("lease key")?,
        current: match notification {
            true => Some(reader.u32_le("lease state")?),
            false => None,
        },
        state: reader.u32_le("lease state")?,
    })
}
