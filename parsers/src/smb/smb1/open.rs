//! How SMB1 opens files, in its newest words and in its oldest ([MS-CIFS] 2.2.4.64, 2.2.4.41, 2.2.4.3, 2.2.4.4).

use compact_str::CompactString;

use crate::fields::Fields;
use crate::reader::{Malformed, Reader};
use crate::smb::names;
use crate::smb::smb1::body::{Body, put, put_list, put_number};
use crate::smb::smb1::wire::{Block, Header, string};
use crate::text;

/// A file to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Create {
    pub(super) path: CompactString,
    pub(super) access: u32,
    pub(super) disposition: u32,
    pub(super) options: u32,
}

/// A file that was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Created {
    pub(super) fid: u16,
    pub(super) action: u32,
    pub(super) size: u64,
    pub(super) is_directory: bool,
}

/// NT_CREATE_ANDX
///
/// ```text
/// AndX(4) Reserved(1) NameLength(2) Flags(4) RootDirectoryFID(4) DesiredAccess(4) AllocationSize(8) ExtFileAttributes(4)
/// ShareAccess(4) CreateDisposition(4) CreateOptions(4) ImpersonationLevel(4) SecurityFlags(1); FileName
/// ```
pub(super) fn create<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(1, "reserved")?;
    let length = usize::from(words.u16_le("name length")?);
    words.skip(8, "flags")?;
    let access = words.u32_le("desired access")?;
    words.skip(16, "attributes")?;
    let disposition = words.u32_le("create disposition")?;
    let options = words.u32_le("create options")?;
    let mut bytes = block.bytes();
    if header.is_unicode() {
        bytes.align(2);
    }
    let name = bytes.take(length.min(bytes.remaining()), "name")?;
    let path = match header.is_unicode() {
        true => text::utf16(name),
        false => text::bytes(name),
    };
    Ok(Body::Create(Create {
        path: CompactString::new(path.trim_end_matches('\0')),
        access,
        disposition,
        options,
    }))
}

/// OPEN_ANDX: AndX(4) Flags(2) AccessMode(2) SearchAttrs(2) FileAttrs(2) CreationTime(4) OpenMode(2) AllocationSize(4)
/// Timeout(4) Reserved(4); FileName
pub(super) fn open_andx<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(2, "flags")?;
    let access = words.u16_le("access mode")?;
    words.skip(8, "attributes")?;
    let mode = words.u16_le("open mode")?;
    let path = string(&mut block.bytes(), header.is_unicode());
    Ok(Body::Create(from_dos(path, access, mode)))
}

/// OPEN: AccessMode(2) SearchAttributes(2); BufferFormat(1)=4 FileName
pub(super) fn open<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let access = block.words().u16_le("access mode")?;
    let path = named(header, &mut block.bytes())?;
    Ok(Body::Create(from_dos(path, access, 1)))
}

/// CREATE, CREATE_NEW: FileAttributes(2) CreationTime(4); BufferFormat(1)=4 FileName. The one truncates what is there, the
/// other fails.
pub(super) fn create_dos<'a>(header: &Header, block: &Block<'a>, fails: bool) -> Result<Body<'a>, Malformed> {
    let path = named(header, &mut block.bytes())?;
    Ok(Body::Create(from_dos(path, 2, if fails { 0x10 } else { 0x12 })))
}

/// A name behind its BufferFormat, 4.
pub(super) fn named(header: &Header, bytes: &mut Reader<'_>) -> Result<CompactString, Malformed> {
    match bytes.u8("buffer format")? {
        4 => Ok(string(bytes, header.is_unicode())),
        _ => Err(Malformed("buffer format")),
    }
}

/// The words of DOS in those of NT: AccessMode ([MS-CIFS] 2.2.4.3.1) and OpenMode (2.2.4.41.1).
pub(super) fn from_dos(path: CompactString, access: u16, mode: u16) -> Create {
    const READ: u32 = 0x0000_0001;
    const WRITE: u32 = 0x0000_0002;
    const EXECUTE: u32 = 0x0000_0020;
    let access = match access & 7 {
        0 => READ,
        1 => WRITE,
        2 => READ | WRITE,
        _ => READ | EXECUTE,
    };
    let disposition = match (mode & 3, mode & 0x10 != 0) {
        (0, _) => 2,
        (1, false) => 1,
        (1, true) => 3,
        (_, false) => 4,
        (_, true) => 5,
    };
    Create {
        path,
        access,
        disposition,
        options: 0,
    }
}

impl Create {
    pub(super) fn fields(&self, fields: &mut Fields) {
        put(fields, "path", &self.path);
        put_number(fields, "access", self.access);
        put_list(fields, "access_names", names::bits(self.access, names::FILE_ACCESS));
        put_number(fields, "disposition", self.disposition);
        if let Some(name) = names::disposition(self.disposition) {
            put_number(fields, "disposition_name", name);
        }
        put_number(fields, "create_options", self.options);
        put_list(
            fields,
            "create_option_names",
            names::bits(self.options, names::CREATE_OPTIONS),
        );
    }
}

/// ```text
/// AndX(4) OpLockLevel(1) FID(2) CreateDisposition(4) CreateTime(8) LastAccessTime(8) LastWriteTime(8) LastChangeTime(8)
/// ExtFileAttributes(4) AllocationSize(8) EndOfFile(8) ResourceType(2) NMPipeStatus(2) Directory(1)
/// ```
pub(super) fn created<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(1, "oplock level")?;
    let fid = words.u16_le("fid")?;
    let action = words.u32_le("create action")?;
    words.skip(32 + 4 + 8, "times")?;
    let size = words.u64_le("end of file")?;
    words.skip(4, "resource type")?;
    Ok(Body::Created(Created {
        fid,
        action,
        size,
        is_directory: words.u8("directory")? != 0,
    }))
}

/// OPEN_ANDX: AndX(4) FID(2) FileAttrs(2) LastWriteTime(4) FileDataSize(4) AccessRights(2) ResourceType(2) NMPipeStatus(2)
/// OpenResults(2) …
pub(super) fn opened_andx<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    opened_dos(block.andx_words()).map(Body::Created)
}

/// OPEN: FID(2) FileAttrs(2) LastModified(4) FileSize(4) AccessMode(2)
pub(super) fn opened<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.words();
    let fid = words.u16_le("fid")?;
    words.skip(6, "attributes")?;
    Ok(Body::Created(Created {
        fid,
        action: 1,
        size: words.u32_le("file size")?.into(),
        is_directory: false,
    }))
}

/// CREATE, CREATE_NEW: FID(2)
pub(super) fn created_dos<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    Ok(Body::Created(Created {
        fid: block.words().u16_le("fid")?,
        action: 2,
        size: 0,
        is_directory: false,
    }))
}

/// FID(2) FileAttributes(2) Time(4) FileDataSize(4) AccessMode(2) ResourceType(2) NMPipeStatus(2) ActionTaken(2), the same
/// in the parameters of an answer to TRANS2_OPEN2.
pub(super) fn opened_dos(mut reader: Reader<'_>) -> Result<Created, Malformed> {
    let fid = reader.u16_le("fid")?;
    reader.skip(6, "attributes")?;
    let size = reader.u32_le("file size")?;
    reader.skip(6, "access mode")?;
    Ok(Created {
        fid,
        action: u32::from(reader.u16_le("action")? & 3),
        size: size.into(),
        is_directory: false,
    })
}

/// The parameters of an answer to NT_TRANSACT_CREATE: OpLockLevel(1) Reserved(1) FID(2) CreateAction(4) EAErrorOffset(4)
/// Times(32) ExtFileAttributes(4) AllocationSize(8) EndOfFile(8) ResourceType(2) NMPipeStatus(2) Directory(1).
pub(super) fn created_nt(parameters: &[u8]) -> Result<Created, Malformed> {
    let mut reader = Reader::new(parameters);
    reader.skip(2, "oplock level")?;
    let fid = reader.u16_le("fid")?;
    let action = reader.u32_le("create action")?;
    reader.skip(4 + 32 + 4 + 8, "times")?;
    let size = reader.u64_le("end of file")?;
    reader.skip(4, "resource type")?;
    Ok(Created {
        fid,
        action,
        size,
        is_directory: reader.u8("directory")? != 0,
    })
}

impl Created {
    pub(super) fn fields(&self, fields: &mut Fields) {
        put_number(fields, "fid", self.fid);
        put_number(fields, "create_action", self.action);
        if let Some(name) = names::create_action(self.action) {
            put_number(fields, "create_action_name", name);
        }
        put_number(fields, "file_size", self.size);
    }
}
