//! Standard names of the codes and flag bits that SMB messages carry ([MS-SMB2], [MS-FSCC], [MS-DTYP]).

mod fsctl;
mod information;

pub(super) use fsctl::fsctl;
pub(super) use information::{file_information, filesystem_information, info_type};

use crate::fields::Value;

/// The names of the bits that are set, in order of the bits; bits without a name are left out, their number stands beside.
pub(super) fn bits(value: u32, names: &[(u32, &'static str)]) -> Vec<Value> {
    names
        .iter()
        .filter(|(bit, _)| value & bit == *bit)
        .map(|(_, name)| Value::Name(name))
        .collect()
}

/// A dialect as people write it ([MS-SMB2] 2.2.4); 0x02ff only says that it is to be negotiated again.
pub(super) const fn dialect(revision: u16) -> Option<&'static str> {
    Some(match revision {
        0x0202 => "2.0.2",
        0x0210 => "2.1",
        0x02ff => "2.???",
        0x0300 => "3.0",
        0x0302 => "3.0.2",
        0x0311 => "3.1.1",
        _ => return None,
    })
}

/// The dialects by which a client's offer is told.
pub(super) const DIALECTS: [u16; 6] = [0x0202, 0x0210, 0x02ff, 0x0300, 0x0302, 0x0311];

/// The dialects of an offer, one of [`DIALECTS`] a bit.
pub(super) fn dialects(bits: u8) -> impl Iterator<Item = &'static str> {
    let offered = DIALECTS.iter().enumerate().filter(move |(bit, _)| bits & 1 << bit != 0);
    offered.filter_map(|(_, code)| dialect(*code))
}

/// SMB2_GLOBAL_CAP_* ([MS-SMB2] 2.2.3).
pub(super) const CAPABILITIES: &[(u32, &str)] = &[
    (0x01, "DFS"),
    (0x02, "LEASING"),
    (0x04, "LARGE_MTU"),
    (0x08, "MULTI_CHANNEL"),
    (0x10, "PERSISTENT_HANDLES"),
    (0x20, "DIRECTORY_LEASING"),
    (0x40, "ENCRYPTION"),
    (0x80, "NOTIFICATIONS"),
];

/// CAP_* of SMB1 ([MS-CIFS] 2.2.4.52.2, [MS-SMB] 2.2.4.5.2.1).
pub(super) const SMB1_CAPABILITIES: &[(u32, &str)] = &[
    (0x0000_0001, "RAW_MODE"),
    (0x0000_0002, "MPX_MODE"),
    (0x0000_0004, "UNICODE"),
    (0x0000_0008, "LARGE_FILES"),
    (0x0000_0010, "NT_SMBS"),
    (0x0000_0020, "RPC_REMOTE_APIS"),
    (0x0000_0040, "STATUS32"),
    (0x0000_0080, "LEVEL_II_OPLOCKS"),
    (0x0000_0100, "LOCK_AND_READ"),
    (0x0000_0200, "NT_FIND"),
    (0x0000_1000, "DFS"),
    (0x0000_2000, "INFOLEVEL_PASSTHRU"),
    (0x0000_4000, "LARGE_READX"),
    (0x0000_8000, "LARGE_WRITEX"),
    (0x0001_0000, "LWIO"),
    (0x0080_0000, "UNIX"),
    (0x0200_0000, "COMPRESSED_DATA"),
    (0x2000_0000, "DYNAMIC_REAUTH"),
    (0x4000_0000, "PERSISTENT_HANDLES"),
    (0x8000_0000, "EXTENDED_SECURITY"),
];

/// Access rights of files and pipes ([MS-SMB2] 2.2.13.1.1).
pub(super) const FILE_ACCESS: &[(u32, &str)] = &[
    (0x0000_0001, "FILE_READ_DATA"),
    (0x0000_0002, "FILE_WRITE_DATA"),
    (0x0000_0004, "FILE_APPEND_DATA"),
    (0x0000_0008, "FILE_READ_EA"),
    (0x0000_0010, "FILE_WRITE_EA"),
    (0x0000_0020, "FILE_EXECUTE"),
    (0x0000_0040, "FILE_DELETE_CHILD"),
    (0x0000_0080, "FILE_READ_ATTRIBUTES"),
    (0x0000_0100, "FILE_WRITE_ATTRIBUTES"),
    (0x0001_0000, "DELETE"),
    (0x0002_0000, "READ_CONTROL"),
    (0x0004_0000, "WRITE_DAC"),
    (0x0008_0000, "WRITE_OWNER"),
    (0x0010_0000, "SYNCHRONIZE"),
    (0x0100_0000, "ACCESS_SYSTEM_SECURITY"),
    (0x0200_0000, "MAXIMUM_ALLOWED"),
    (0x1000_0000, "GENERIC_ALL"),
    (0x2000_0000, "GENERIC_EXECUTE"),
    (0x4000_0000, "GENERIC_WRITE"),
    (0x8000_0000, "GENERIC_READ"),
];

/// FILE_SHARE_* ([MS-SMB2] 2.2.13).
pub(super) const SHARE_ACCESS: &[(u32, &str)] = &[
    (1, "FILE_SHARE_READ"),
    (2, "FILE_SHARE_WRITE"),
    (4, "FILE_SHARE_DELETE"),
];

/// CreateOptions ([MS-SMB2] 2.2.13).
pub(super) const CREATE_OPTIONS: &[(u32, &str)] = &[
    (0x0000_0001, "FILE_DIRECTORY_FILE"),
    (0x0000_0002, "FILE_WRITE_THROUGH"),
    (0x0000_0004, "FILE_SEQUENTIAL_ONLY"),
    (0x0000_0008, "FILE_NO_INTERMEDIATE_BUFFERING"),
    (0x0000_0010, "FILE_SYNCHRONOUS_IO_ALERT"),
    (0x0000_0020, "FILE_SYNCHRONOUS_IO_NONALERT"),
    (0x0000_0040, "FILE_NON_DIRECTORY_FILE"),
    (0x0000_0100, "FILE_COMPLETE_IF_OPLOCKED"),
    (0x0000_0200, "FILE_NO_EA_KNOWLEDGE"),
    (0x0000_0800, "FILE_RANDOM_ACCESS"),
    (0x0000_1000, "FILE_DELETE_ON_CLOSE"),
    (0x0000_2000, "FILE_OPEN_BY_FILE_ID"),
    (0x0000_4000, "FILE_OPEN_FOR_BACKUP_INTENT"),
    (0x0000_8000, "FILE_NO_COMPRESSION"),
    (0x0010_0000, "FILE_RESERVE_OPFILTER"),
    (0x0020_0000, "FILE_OPEN_REPARSE_POINT"),
    (0x0040_0000, "FILE_OPEN_NO_RECALL"),
    (0x0080_0000, "FILE_OPEN_FOR_FREE_SPACE_QUERY"),
];

/// CreateDisposition ([MS-SMB2] 2.2.13).
pub(super) const fn disposition(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "FILE_SUPERSEDE",
        1 => "FILE_OPEN",
        2 => "FILE_CREATE",
        3 => "FILE_OPEN_IF",
        4 => "FILE_OVERWRITE",
        5 => "FILE_OVERWRITE_IF",
        _ => return None,
    })
}

/// CreateAction ([MS-SMB2] 2.2.14).
pub(super) const fn create_action(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "FILE_SUPERSEDED",
        1 => "FILE_OPENED",
        2 => "FILE_CREATED",
        3 => "FILE_OVERWRITTEN",
        _ => return None,
    })
}

/// ShareType ([MS-SMB2] 2.2.10).
pub(super) const fn share_type(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "disk",
        2 => "pipe",
        3 => "print",
        _ => return None,
    })
}

/// ImpersonationLevel ([MS-SMB2] 2.2.13).
pub(super) const fn impersonation(level: u32) -> Option<&'static str> {
    Some(match level {
        0 => "Anonymous",
        1 => "Identification",
        2 => "Impersonation",
        3 => "Delegate",
        _ => return None,
    })
}

/// Oplock levels ([MS-SMB2] 2.2.13).
pub(super) const fn oplock(level: u8) -> Option<&'static str> {
    Some(match level {
        0x00 => "NONE",
        0x01 => "II",
        0x08 => "EXCLUSIVE",
        0x09 => "BATCH",
        0xff => "LEASE",
        _ => return None,
    })
}

/// Lease states ([MS-SMB2] 2.2.13.2.8).
pub(super) const LEASE: &[(u32, &str)] = &[(1, "READ_CACHING"), (2, "HANDLE_CACHING"), (4, "WRITE_CACHING")];

/// FILE_ATTRIBUTE_* ([MS-FSCC] 2.6).
pub(super) const FILE_ATTRIBUTES: &[(u32, &str)] = &[
    (0x0000_0001, "READONLY"),
    (0x0000_0002, "HIDDEN"),
    (0x0000_0004, "SYSTEM"),
    (0x0000_0010, "DIRECTORY"),
    (0x0000_0020, "ARCHIVE"),
    (0x0000_0080, "NORMAL"),
    (0x0000_0100, "TEMPORARY"),
    (0x0000_0200, "SPARSE_FILE"),
    (0x0000_0400, "REPARSE_POINT"),
    (0x0000_0800, "COMPRESSED"),
    (0x0000_1000, "OFFLINE"),
    (0x0000_2000, "NOT_CONTENT_INDEXED"),
    (0x0000_4000, "ENCRYPTED"),
    (0x0000_8000, "INTEGRITY_STREAM"),
    (0x0002_0000, "NO_SCRUB_DATA"),
];

/// What a CHANGE_NOTIFY waits for ([MS-SMB2] 2.2.35).
pub(super) const COMPLETION_FILTER: &[(u32, &str)] = &[
    (0x001, "FILE_NAME"),
    (0x002, "DIR_NAME"),
    (0x004, "ATTRIBUTES"),
    (0x008, "SIZE"),
    (0x010, "LAST_WRITE"),
    (0x020, "LAST_ACCESS"),
    (0x040, "CREATION"),
    (0x080, "EA"),
    (0x100, "SECURITY"),
    (0x200, "STREAM_NAME"),
    (0x400, "STREAM_SIZE"),
    (0x800, "STREAM_WRITE"),
];

/// What happened to a file that is watched ([MS-FSCC] 2.7.1).
pub(super) const fn notify_action(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "ADDED",
        2 => "REMOVED",
        3 => "MODIFIED",
        4 => "RENAMED_OLD_NAME",
        5 => "RENAMED_NEW_NAME",
        6 => "ADDED_STREAM",
        7 => "REMOVED_STREAM",
        8 => "MODIFIED_STREAM",
        _ => return None,
    })
}

/// The parts of a security descriptor that are asked for or set: SECURITY_INFORMATION ([MS-DTYP] 2.4.7).
pub(super) const SECURITY_INFORMATION: &[(u32, &str)] = &[
    (0x0000_0001, "OWNER"),
    (0x0000_0002, "GROUP"),
    (0x0000_0004, "DACL"),
    (0x0000_0008, "SACL"),
    (0x0000_0010, "LABEL"),
    (0x0000_0020, "ATTRIBUTE"),
    (0x0000_0040, "SCOPE"),
    (0x0001_0000, "BACKUP"),
];

/// Reparse tags that servers tell apart ([MS-FSCC] 2.1.2.1).
pub(super) const fn reparse_tag(tag: u32) -> Option<&'static str> {
    Some(match tag {
        0xa000_0003 => "MOUNT_POINT",
        0xa000_000c => "SYMLINK",
        0xa000_001d => "LX_SYMLINK",
        0x8000_000a => "DFS",
        0x8000_0012 => "DFSR",
        0x8000_0013 => "DEDUP",
        0x8000_0014 => "NFS",
        0x8000_0023 => "AF_UNIX",
        _ => return None,
    })
}
