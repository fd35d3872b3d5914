//! Standard names of the codes and flag bits that SMB messages carry ([MS-SMB2], [MS-FSCC], [MS-DTYP]).

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

/// InfoType of QUERY_INFO and SET_INFO ([MS-SMB2] 2.2.37).
pub(super) const fn info_type(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "FILE",
        2 => "FILESYSTEM",
        3 => "SECURITY",
        4 => "QUOTA",
        _ => return None,
    })
}

/// File information classes ([MS-FSCC] 2.4).
pub(super) const fn file_information(class: u8) -> Option<&'static str> {
    Some(match class {
        1 => "FileDirectoryInformation",
        2 => "FileFullDirectoryInformation",
        3 => "FileBothDirectoryInformation",
        4 => "FileBasicInformation",
        5 => "FileStandardInformation",
        6 => "FileInternalInformation",
        7 => "FileEaInformation",
        8 => "FileAccessInformation",
        9 => "FileNameInformation",
        10 => "FileRenameInformation",
        11 => "FileLinkInformation",
        12 => "FileNamesInformation",
        13 => "FileDispositionInformation",
        14 => "FilePositionInformation",
        15 => "FileFullEaInformation",
        16 => "FileModeInformation",
        17 => "FileAlignmentInformation",
        18 => "FileAllInformation",
        19 => "FileAllocationInformation",
        20 => "FileEndOfFileInformation",
        21 => "FileAlternateNameInformation",
        22 => "FileStreamInformation",
        23 => "FilePipeInformation",
        24 => "FilePipeLocalInformation",
        25 => "FilePipeRemoteInformation",
        28 => "FileCompressionInformation",
        34 => "FileNetworkOpenInformation",
        35 => "FileAttributeTagInformation",
        37 => "FileIdBothDirectoryInformation",
        38 => "FileIdFullDirectoryInformation",
        39 => "FileValidDataLengthInformation",
        40 => "FileShortNameInformation",
        48 => "FileNormalizedNameInformation",
        60 => "FileIdExtdDirectoryInformation",
        64 => "FileDispositionInformationEx",
        65 => "FileRenameInformationEx",
        72 => "FileLinkInformationEx",
        _ => return None,
    })
}

/// File system information classes ([MS-FSCC] 2.5).
pub(super) const fn filesystem_information(class: u8) -> Option<&'static str> {
    Some(match class {
        1 => "FileFsVolumeInformation",
        2 => "FileFsLabelInformation",
        3 => "FileFsSizeInformation",
        4 => "FileFsDeviceInformation",
        5 => "FileFsAttributeInformation",
        6 => "FileFsControlInformation",
        7 => "FileFsFullSizeInformation",
        8 => "FileFsObjectIdInformation",
        11 => "FileFsSectorSizeInformation",
        _ => return None,
    })
}

/// Control codes of IOCTL ([MS-SMB2] 2.2.31, [MS-FSCC] 2.3).
pub(super) const fn fsctl(code: u32) -> Option<&'static str> {
    Some(match code {
        0x0006_0194 => "FSCTL_DFS_GET_REFERRALS",
        0x0006_01b0 => "FSCTL_DFS_GET_REFERRALS_EX",
        0x0009_0000 => "FSCTL_REQUEST_OPLOCK_LEVEL_1",
        0x0009_003c => "FSCTL_GET_COMPRESSION",
        0x0009_0060 => "FSCTL_FILESYSTEM_GET_STATISTICS",
        0x0009_0064 => "FSCTL_GET_NTFS_VOLUME_DATA",
        0x0009_0078 => "FSCTL_IS_VOLUME_DIRTY",
        0x0009_009c => "FSCTL_GET_OBJECT_ID",
        0x0009_00a4 => "FSCTL_SET_REPARSE_POINT",
        0x0009_00a8 => "FSCTL_GET_REPARSE_POINT",
        0x0009_00ac => "FSCTL_DELETE_REPARSE_POINT",
        0x0009_00c0 => "FSCTL_CREATE_OR_GET_OBJECT_ID",
        0x0009_00c4 => "FSCTL_SET_SPARSE",
        0x0009_00eb => "FSCTL_READ_FILE_USN_DATA",
        0x0009_027c => "FSCTL_GET_INTEGRITY_INFORMATION",
        0x0009_0284 => "FSCTL_QUERY_FILE_REGIONS",
        0x0009_0300 => "FSCTL_QUERY_SHARED_VIRTUAL_DISK_SUPPORT",
        0x0009_0304 => "FSCTL_SVHDX_SYNC_TUNNEL_REQUEST",
        0x0009_0350 => "FSCTL_STORAGE_QOS_CONTROL",
        0x0009_40cf => "FSCTL_QUERY_ALLOCATED_RANGES",
        0x0009_4264 => "FSCTL_OFFLOAD_READ",
        0x0009_8098 => "FSCTL_SET_OBJECT_ID",
        0x0009_80c8 => "FSCTL_SET_ZERO_DATA",
        0x0009_8208 => "FSCTL_FILE_LEVEL_TRIM",
        0x0009_8268 => "FSCTL_OFFLOAD_WRITE",
        0x0009_8344 => "FSCTL_DUPLICATE_EXTENTS_TO_FILE",
        0x0009_c040 => "FSCTL_SET_COMPRESSION",
        0x0009_c280 => "FSCTL_SET_INTEGRITY_INFORMATION",
        0x0011_0018 => "FSCTL_PIPE_WAIT",
        0x0011_400c => "FSCTL_PIPE_PEEK",
        super::PIPE_TRANSCEIVE => "FSCTL_PIPE_TRANSCEIVE",
        0x0014_0078 => "FSCTL_SRV_REQUEST_RESUME_KEY",
        0x0014_01d4 => "FSCTL_LMR_REQUEST_RESILIENCY",
        0x0014_01fc => "FSCTL_QUERY_NETWORK_INTERFACE_INFO",
        0x0014_0204 => "FSCTL_VALIDATE_NEGOTIATE_INFO",
        0x0014_4064 => "FSCTL_SRV_ENUMERATE_SNAPSHOTS",
        0x0014_40f2 => "FSCTL_SRV_COPYCHUNK",
        0x0014_41bb => "FSCTL_SRV_READ_HASH",
        0x0014_80f2 => "FSCTL_SRV_COPYCHUNK_WRITE",
        _ => return None,
    })
}
