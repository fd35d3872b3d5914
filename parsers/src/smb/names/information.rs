//! Levels of information about files and file systems by name ([MS-FSCC] 2.4, 2.5).

/// InfoType of QUERY_INFO and SET_INFO ([MS-SMB2] 2.2.37).
pub(in crate::smb) const fn info_type(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "FILE",
        2 => "FILESYSTEM",
        3 => "SECURITY",
        4 => "QUOTA",
        _ => return None,
    })
}

/// File information classes ([MS-FSCC] 2.4).
pub(in crate::smb) const fn file_information(class: u8) -> Option<&'static str> {
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
pub(in crate::smb) const fn filesystem_information(class: u8) -> Option<&'static str> {
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
