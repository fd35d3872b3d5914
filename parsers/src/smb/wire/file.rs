//! What is done with an open file: CLOSE, READ, WRITE, and what carries little else than its identifier.

use crate::fields::Fields;
use crate::reader::Malformed;
use crate::smb::wire::{FileId, available, body, file_id};

/// READ ([MS-SMB2] 2.2.19).
///
/// ```text
/// StructureSize(2)=49 Padding(1) Flags(1) Length(4) Offset(8) FileId(16) MinimumCount(4) Channel(4) RemainingBytes(4)
/// ReadChannelInfoOffset(2) ReadChannelInfoLength(2)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct ReadRequest {
    flags: u8,
    length: u32,
    offset: u64,
    pub(in crate::smb) file_id: FileId,
}

impl ReadRequest {
    pub(in crate::smb) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 49)?;
        reader.skip(1, "padding")?;
        Ok(Self {
            flags: reader.u8("flags")?,
            length: reader.u32_le("length")?,
            offset: reader.u64_le("offset")?,
            file_id: file_id(&mut reader)?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("file_id", self.file_id.text());
        fields.set("length", self.length);
        fields.set("offset", self.offset);
        fields.flag("unbuffered", self.flags & 1 != 0);
        fields.flag("compressed", self.flags & 2 != 0);
    }
}

/// The answer to READ ([MS-SMB2] 2.2.20): StructureSize(2)=17 DataOffset(1) Reserved(1) DataLength(4) DataRemaining(4)
/// Reserved2(4), then the data.
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct ReadResponse<'a> {
    /// Bytes that were read.
    pub(in crate::smb) length: u32,
    remaining: u32,
    /// As many of them as were kept.
    pub(in crate::smb) data: &'a [u8],
}

impl<'a> ReadResponse<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 17)?;
        let offset = usize::from(reader.u8("data offset")?);
        reader.skip(1, "reserved")?;
        let length = reader.u32_le("length")?;
        let remaining = reader.u32_le("remaining")?;
        Ok(Self {
            length,
            remaining,
            data: available(message, offset, length as usize),
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("length", self.length);
        if self.remaining > 0 {
            fields.set("remaining", self.remaining);
        }
    }
}

/// WRITE ([MS-SMB2] 2.2.21).
///
/// ```text
/// StructureSize(2)=49 DataOffset(2) Length(4) Offset(8) FileId(16) Channel(4) RemainingBytes(4) WriteChannelInfoOffset(2)
/// WriteChannelInfoLength(2) Flags(4)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct WriteRequest<'a> {
    pub(in crate::smb) length: u32,
    offset: u64,
    pub(in crate::smb) file_id: FileId,
    /// As many of the bytes as were kept.
    pub(in crate::smb) data: &'a [u8],
}

impl<'a> WriteRequest<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 49)?;
        let at = usize::from(reader.u16_le("data offset")?);
        let length = reader.u32_le("length")?;
        Ok(Self {
            length,
            offset: reader.u64_le("offset")?,
            file_id: file_id(&mut reader)?,
            data: available(message, at, length as usize),
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("file_id", self.file_id.text());
        fields.set("length", self.length);
        fields.set("offset", self.offset);
    }
}

/// The answer to WRITE ([MS-SMB2] 2.2.22): StructureSize(2)=17 Reserved(2) Count(4) …
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct WriteResponse {
    pub(in crate::smb) count: u32,
}

impl WriteResponse {
    pub(in crate::smb) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 17)?;
        reader.skip(2, "reserved")?;
        Ok(Self {
            count: reader.u32_le("count")?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("length", self.count);
    }
}

/// The file a CLOSE or FLUSH request is about ([MS-SMB2] 2.2.15, 2.2.17): StructureSize(2)=24 Flags(2) Reserved(4)
/// FileId(16).
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct About {
    pub(in crate::smb) file_id: FileId,
}

impl About {
    pub(in crate::smb) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 24)?;
        reader.skip(6, "flags")?;
        Ok(Self {
            file_id: file_id(&mut reader)?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("file_id", self.file_id.text());
    }
}

/// The answer to CLOSE ([MS-SMB2] 2.2.16): StructureSize(2)=60 Flags(2) Reserved(4) CreationTime(8) LastAccessTime(8)
/// LastWriteTime(8) ChangeTime(8) AllocationSize(8) EndofFile(8) FileAttributes(4).
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct CloseResponse {
    flags: u16,
    size: u64,
}

impl CloseResponse {
    pub(in crate::smb) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 60)?;
        let flags = reader.u16_le("flags")?;
        reader.skip(4 + 4 * 8 + 8, "times")?;
        Ok(Self {
            flags,
            size: reader.u64_le("end of file")?,
        })
    }

    /// The file's size in the end, where it is told.
    pub(in crate::smb) fn size(&self) -> Option<u64> {
        (self.flags & 1 != 0).then_some(self.size)
    }

    /// Size and times are there where the client asked for them.
    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set_some("file_size", self.size());
    }
}
