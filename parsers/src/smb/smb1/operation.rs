//! What a transaction does, read from its parameters and data ([MS-CIFS] 2.2.6, 2.2.7).

use compact_str::CompactString;

use crate::fields::{Fields, Value};
use crate::reader::{Malformed, Reader};
use crate::smb::names;
use crate::smb::smb1::open::{Create, from_dos};
use crate::smb::smb1::transaction::Family;
use crate::smb::smb1::wire::string;
use crate::smb::wire::change::{Change, FILE};
use crate::text;

/// TRANS_TRANSACT_NMPIPE
const TRANSACT_NMPIPE: u16 = 0x0026;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    /// A write to a pipe and the read of its answer in one.
    Transact(u16),
    /// Something else about a pipe or a mailslot.
    Pipe,
    /// A file is opened.
    Open(Create),
    /// Names are looked for.
    Search {
        pattern: CompactString,
        level: u16,
    },
    /// The search goes on.
    SearchOn {
        level: u16,
    },
    QueryPath {
        path: CompactString,
        level: u16,
    },
    SetPath {
        path: CompactString,
        level: u16,
        data: &'a [u8],
    },
    QueryFile {
        file: u16,
        level: u16,
    },
    SetFile {
        file: u16,
        level: u16,
        data: &'a [u8],
    },
    CreateDirectory(CompactString),
    /// Where a path of the distributed file system leads.
    Referral(CompactString),
    /// A control code.
    Control {
        file: u16,
        code: u32,
    },
    /// Parts of a security descriptor are set, SECURITY_INFORMATION.
    SetSecurity {
        file: u16,
        parts: u32,
        descriptor: &'a [u8],
    },
    QuerySecurity {
        file: u16,
        parts: u32,
    },
    /// A directory is watched.
    Watch {
        file: u16,
        filter: u32,
        tree: bool,
    },
    Other,
}

/// What a transaction consists of, once it is put together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<'a> {
    pub(super) family: Family,
    pub(super) function: Option<u16>,
    pub(super) setup: &'a [u8],
    pub(super) parameters: &'a [u8],
    pub(super) data: &'a [u8],
    pub(super) unicode: bool,
}

impl<'a> Whole<'a> {
    /// What it does; whoever sends something unreadable does something else.
    pub(super) fn operation(&self) -> Operation<'a> {
        let read = match self.family {
            Family::Pipe => self.pipe(),
            Family::Two => self.two(),
            Family::Nt => self.nt(),
        };
        read.unwrap_or(Operation::Other)
    }

    fn pipe(&self) -> Result<Operation<'a>, Malformed> {
        match self.function {
            Some(TRANSACT_NMPIPE) => Ok(Operation::Transact(Reader::new(self.setup).u16_le("fid")?)),
            _ => Ok(Operation::Pipe),
        }
    }

    /// ```text
    /// OPEN2: Flags(2) AccessMode(2) Reserved1(2) FileAttributes(2) CreationTime(4) OpenMode(2) AllocationSize(4)
    ///     Reserved(10) FileName
    /// FIND_FIRST2: SearchAttributes(2) SearchCount(2) Flags(2) InformationLevel(2) SearchStorageType(4) FileName
    /// FIND_NEXT2: SID(2) SearchCount(2) InformationLevel(2) ResumeKey(4) Flags(2) FileName
    /// QUERY_PATH_INFORMATION, SET_PATH_INFORMATION: InformationLevel(2) Reserved(4) FileName
    /// QUERY_FILE_INFORMATION, SET_FILE_INFORMATION: FID(2) InformationLevel(2)
    /// CREATE_DIRECTORY: Reserved(4) DirectoryName
    /// GET_DFS_REFERRAL: MaxReferralLevel(2) RequestFileName
    /// ```
    fn two(&self) -> Result<Operation<'a>, Malformed> {
        const WHAT: &str = "transaction parameters";
        let mut reader = Reader::new(self.parameters);
        let name = |reader: &mut Reader<'_>| string(reader, self.unicode);
        Ok(match self.function.unwrap_or(u16::MAX) {
            0x00 => {
                reader.skip(2, WHAT)?;
                let access = reader.u16_le(WHAT)?;
                reader.skip(8, WHAT)?;
                let mode = reader.u16_le(WHAT)?;
                reader.skip(14, WHAT)?;
                Operation::Open(from_dos(name(&mut reader), access, mode))
            }
            0x01 => {
                reader.skip(6, WHAT)?;
                let level = reader.u16_le(WHAT)?;
                reader.skip(4, WHAT)?;
                let pattern = name(&mut reader);
                Operation::Search { pattern, level }
            }
            0x02 => {
                reader.skip(4, WHAT)?;
                let level = reader.u16_le(WHAT)?;
                Operation::SearchOn { level }
            }
            code @ (0x05 | 0x06) => {
                let level = reader.u16_le(WHAT)?;
                reader.skip(4, WHAT)?;
                let (path, data) = (name(&mut reader), self.data);
                match code {
                    0x05 => Operation::QueryPath { path, level },
                    _ => Operation::SetPath { path, level, data },
                }
            }
            code @ (0x07 | 0x08) => {
                let (file, level, data) = (reader.u16_le(WHAT)?, reader.u16_le(WHAT)?, self.data);
                match code {
                    0x07 => Operation::QueryFile { file, level },
                    _ => Operation::SetFile { file, level, data },
                }
            }
            0x0d => {
                reader.skip(4, WHAT)?;
                Operation::CreateDirectory(name(&mut reader))
            }
            0x10 => {
                reader.skip(2, WHAT)?;
                let path = text::utf16(reader.rest());
                Operation::Referral(CompactString::new(path.trim_end_matches('\0')))
            }
            _ => Operation::Other,
        })
    }

    /// ```text
    /// CREATE: Flags(4) RootDirectoryFID(4) DesiredAccess(4) AllocationSize(8) ExtFileAttributes(4) ShareAccess(4)
    ///     CreateDisposition(4) CreateOptions(4) SecurityDescriptorLength(4) EALength(4) NameLength(4)
    ///     ImpersonationLevel(4) SecurityFlags(1) Name
    /// IOCTL, setup: FunctionCode(4) FID(2) IsFsctl(1) IsFlags(1)
    /// SET_SECURITY_DESC, QUERY_SECURITY_DESC: FID(2) Reserved(2) SecurityInformation(4)
    /// NOTIFY_CHANGE, setup: CompletionFilter(4) FID(2) WatchTree(1) Reserved(1)
    /// ```
    fn nt(&self) -> Result<Operation<'a>, Malformed> {
        const WHAT: &str = "transaction parameters";
        let mut reader = Reader::new(self.parameters);
        let mut setup = Reader::new(self.setup);
        Ok(match self.function.unwrap_or_default() {
            1 => {
                reader.skip(8, WHAT)?;
                let access = reader.u32_le(WHAT)?;
                reader.skip(16, WHAT)?;
                let (disposition, options) = (reader.u32_le(WHAT)?, reader.u32_le(WHAT)?);
                reader.skip(17, WHAT)?;
                Operation::Open(Create {
                    path: string(&mut reader, self.unicode),
                    access,
                    disposition,
                    options,
                })
            }
            2 => {
                let code = setup.u32_le(WHAT)?;
                let file = setup.u16_le(WHAT)?;
                Operation::Control { file, code }
            }
            code @ (3 | 6) => {
                let file = reader.u16_le(WHAT)?;
                reader.skip(2, WHAT)?;
                let (parts, descriptor) = (reader.u32_le(WHAT)?, self.data);
                match code {
                    3 => Operation::SetSecurity {
                        file,
                        parts,
                        descriptor,
                    },
                    _ => Operation::QuerySecurity { file, parts },
                }
            }
            4 => {
                let filter = setup.u32_le(WHAT)?;
                let file = setup.u16_le(WHAT)?;
                let tree = setup.u8(WHAT)? != 0;
                Operation::Watch { file, filter, tree }
            }
            _ => Operation::Other,
        })
    }
}

impl Operation<'_> {
    /// The change it makes to a file or a path, where it is one that is followed.
    pub(super) fn change(&self) -> Option<Change<'_>> {
        match *self {
            Self::SetPath { level, data, .. } | Self::SetFile { level, data, .. } => change(level, data),
            Self::SetSecurity { parts, descriptor, .. } => Some(Change::Security { parts, descriptor }),
            _ => None,
        }
    }

    pub(super) fn fields(&self, fields: &mut Fields) {
        match self {
            Self::Transact(file) => fields.set("fid", *file),
            Self::Open(create) => create.fields(fields),
            Self::Search { pattern, level } => {
                fields.text("pattern", pattern.clone());
                level_fields(*level, fields);
            }
            Self::SearchOn { level } => level_fields(*level, fields),
            Self::QueryPath { path, level } | Self::SetPath { path, level, .. } => {
                fields.text("path", path.clone());
                level_fields(*level, fields);
            }
            Self::QueryFile { file, level } | Self::SetFile { file, level, .. } => {
                fields.set("fid", *file);
                level_fields(*level, fields);
            }
            Self::CreateDirectory(path) | Self::Referral(path) => fields.text("path", path.clone()),
            Self::Control { file, code } => {
                fields.set("fid", *file);
                fields.set("ctl_code", *code);
                fields.set_some("ctl_code_name", names::fsctl(*code));
            }
            Self::SetSecurity { file, parts, .. } | Self::QuerySecurity { file, parts } => {
                fields.set("fid", *file);
                fields.list("security_information", names::bits(*parts, names::SECURITY_INFORMATION));
            }
            Self::Watch { file, filter, tree } => {
                fields.set("fid", *file);
                fields.list(
                    "completion_filter_names",
                    names::bits(*filter, names::COMPLETION_FILTER),
                );
                fields.flag("watch_tree", *tree);
            }
            Self::Pipe | Self::Other => {}
        }
        if let Some(change) = self.change() {
            change.fields(fields);
        }
    }
}

/// SET levels ([MS-CIFS] 2.2.8.4); from 1000 on those of Windows itself pass through ([MS-SMB] 2.2.2.3.5).
fn change(level: u16, data: &[u8]) -> Option<Change<'_>> {
    let class = match level {
        0x0101 => 4,
        0x0102 => 13,
        0x0103 => 19,
        0x0104 => 20,
        1010 => return Change::renamed(data),
        1000.. => u8::try_from(level - 1000).ok()?,
        _ => return None,
    };
    Change::of(FILE, class, 0, data)
}

fn level_fields(level: u16, fields: &mut Fields) {
    fields.set("information_level", level);
    fields.set_some("information_level_name", level_name(level));
}

/// Information levels ([MS-CIFS] 2.2.2.3).
fn level_name(level: u16) -> Option<&'static str> {
    if let Some(class) = level.checked_sub(1000) {
        return names::file_information(u8::try_from(class).ok()?);
    }
    Some(match level {
        0x0001 => "SMB_INFO_STANDARD",
        0x0002 => "SMB_INFO_QUERY_EA_SIZE",
        0x0003 => "SMB_INFO_QUERY_EAS_FROM_LIST",
        0x0004 => "SMB_INFO_QUERY_ALL_EAS",
        0x0006 => "SMB_INFO_IS_NAME_VALID",
        0x0101 => "BASIC_INFO",
        0x0102 => "STANDARD_INFO or DISPOSITION_INFO",
        0x0103 => "EA_INFO or ALLOCATION_INFO",
        0x0104 => "FIND_FILE_BOTH_DIRECTORY_INFO, NAME_INFO or END_OF_FILE_INFO",
        0x0105 => "FIND_FILE_ID_FULL_DIRECTORY_INFO",
        0x0106 => "FIND_FILE_ID_BOTH_DIRECTORY_INFO",
        0x0107 => "QUERY_FILE_ALL_INFO",
        0x0108 => "QUERY_FILE_ALT_NAME_INFO",
        0x0109 => "QUERY_FILE_STREAM_INFO",
        0x010b => "QUERY_FILE_COMPRESSION_INFO",
        0x0200 => "QUERY_FILE_UNIX_BASIC",
        0x0201 => "QUERY_FILE_UNIX_LINK",
        _ => return None,
    })
}

/// The function's name, by family.
pub(super) fn function_name(family: Family, code: u16) -> Value {
    let name = match family {
        Family::Pipe => pipe_function(code),
        Family::Two => two_function(code),
        Family::Nt => nt_function(code),
    };
    name.map_or(Value::from(code), Value::Name)
}

/// [MS-CIFS] 2.2.5
const fn pipe_function(code: u16) -> Option<&'static str> {
    Some(match code {
        0x0001 => "TRANS_SET_NMPIPE_STATE",
        0x0011 => "TRANS_RAW_READ_NMPIPE",
        0x0021 => "TRANS_QUERY_NMPIPE_STATE",
        0x0022 => "TRANS_QUERY_NMPIPE_INFO",
        0x0023 => "TRANS_PEEK_NMPIPE",
        TRANSACT_NMPIPE => "TRANS_TRANSACT_NMPIPE",
        0x0031 => "TRANS_RAW_WRITE_NMPIPE",
        0x0036 => "TRANS_READ_NMPIPE",
        0x0037 => "TRANS_WRITE_NMPIPE",
        0x0053 => "TRANS_WAIT_NMPIPE",
        0x0054 => "TRANS_CALL_NMPIPE",
        _ => return None,
    })
}

/// [MS-CIFS] 2.2.6
const fn two_function(code: u16) -> Option<&'static str> {
    Some(match code {
        0x00 => "TRANS2_OPEN2",
        0x01 => "TRANS2_FIND_FIRST2",
        0x02 => "TRANS2_FIND_NEXT2",
        0x03 => "TRANS2_QUERY_FS_INFORMATION",
        0x04 => "TRANS2_SET_FS_INFORMATION",
        0x05 => "TRANS2_QUERY_PATH_INFORMATION",
        0x06 => "TRANS2_SET_PATH_INFORMATION",
        0x07 => "TRANS2_QUERY_FILE_INFORMATION",
        0x08 => "TRANS2_SET_FILE_INFORMATION",
        0x09 => "TRANS2_FSCTL",
        0x0a => "TRANS2_IOCTL2",
        0x0b => "TRANS2_FIND_NOTIFY_FIRST",
        0x0c => "TRANS2_FIND_NOTIFY_NEXT",
        0x0d => "TRANS2_CREATE_DIRECTORY",
        0x0e => "TRANS2_SESSION_SETUP",
        0x10 => "TRANS2_GET_DFS_REFERRAL",
        0x11 => "TRANS2_REPORT_DFS_INCONSISTENCY",
        _ => return None,
    })
}

/// [MS-CIFS] 2.2.7
const fn nt_function(code: u16) -> Option<&'static str> {
    Some(match code {
        1 => "NT_TRANSACT_CREATE",
        2 => "NT_TRANSACT_IOCTL",
        3 => "NT_TRANSACT_SET_SECURITY_DESC",
        4 => "NT_TRANSACT_NOTIFY_CHANGE",
        5 => "NT_TRANSACT_RENAME",
        6 => "NT_TRANSACT_QUERY_SECURITY_DESC",
        7 => "NT_TRANSACT_QUERY_QUOTA",
        8 => "NT_TRANSACT_SET_QUOTA",
        _ => return None,
    })
}
