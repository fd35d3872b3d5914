//! QUERY_INFO, SET_INFO and QUERY_DIRECTORY: what is asked about files, and what is changed in them.

use crate::fields::Fields;
use crate::reader::Malformed;
use crate::smb::names;
use crate::smb::wire::change::{Change, FILE};
use crate::smb::wire::{FileId, body, buffer, file_id};
use crate::text;

/// InfoType: about the file system it lies on.
const FILESYSTEM: u8 = 2;

/// QUERY_INFO ([MS-SMB2] 2.2.37).
///
/// ```text
/// StructureSize(2)=41 InfoType(1) FileInfoClass(1) OutputBufferLength(4) InputBufferOffset(2) Reserved(2)
/// InputBufferLength(4) AdditionalInformation(4) Flags(4) FileId(16)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct QueryRequest {
    kind: u8,
    class: u8,
    additional: u32,
    file_id: FileId,
}

impl QueryRequest {
    pub(in crate::smb) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 41)?;
        let kind = reader.u8("info type")?;
        let class = reader.u8("info class")?;
        reader.skip(12, "buffers")?;
        let additional = reader.u32_le("additional information")?;
        reader.skip(4, "flags")?;
        Ok(Self {
            kind,
            class,
            additional,
            file_id: file_id(&mut reader)?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        class_fields(self.kind, self.class, self.additional, fields);
        fields.set("file_id", self.file_id.text());
    }
}

/// SET_INFO ([MS-SMB2] 2.2.39).
///
/// ```text
/// StructureSize(2)=33 InfoType(1) FileInfoClass(1) BufferLength(4) BufferOffset(2) Reserved(2) AdditionalInformation(4)
/// FileId(16)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct SetRequest<'a> {
    kind: u8,
    class: u8,
    additional: u32,
    pub(in crate::smb) file_id: FileId,
    buffer: &'a [u8],
}

impl<'a> SetRequest<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 33)?;
        let kind = reader.u8("info type")?;
        let class = reader.u8("info class")?;
        let length = reader.u32_le("buffer")? as usize;
        let offset = usize::from(reader.u16_le("buffer")?);
        reader.skip(2, "reserved")?;
        Ok(Self {
            kind,
            class,
            additional: reader.u32_le("additional information")?,
            file_id: file_id(&mut reader)?,
            buffer: buffer(message, offset, length, "buffer")?,
        })
    }

    /// The change, where it is one that is followed.
    pub(in crate::smb) fn change(&self) -> Option<Change<'a>> {
        Change::of(self.kind, self.class, self.additional, self.buffer)
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        class_fields(self.kind, self.class, self.additional, fields);
        fields.set("file_id", self.file_id.text());
        if let Some(change) = self.change() {
            change.fields(fields);
        }
    }
}

fn class_fields(kind: u8, class: u8, additional: u32, fields: &mut Fields) {
    fields.set("info_type", kind);
    fields.set_some("info_type_name", names::info_type(kind));
    if matches!(kind, FILE | FILESYSTEM) {
        fields.set("info_class", class);
        fields.set_some(
            "info_class_name",
            match kind {
                FILE => names::file_information(class),
                _ => names::filesystem_information(class),
            },
        );
    }
    if additional != 0 {
        fields.set("additional_information", additional);
        fields.list(
            "security_information",
            names::bits(additional, names::SECURITY_INFORMATION),
        );
    }
}

/// QUERY_DIRECTORY ([MS-SMB2] 2.2.33).
///
/// ```text
/// StructureSize(2)=33 FileInformationClass(1) Flags(1) FileIndex(4) FileId(16) FileNameOffset(2) FileNameLength(2)
/// OutputBufferLength(4)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct DirectoryRequest<'a> {
    class: u8,
    flags: u8,
    pub(in crate::smb) file_id: FileId,
    /// What names are looked for, in UTF-16.
    pub(in crate::smb) pattern: &'a [u8],
}

impl<'a> DirectoryRequest<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 33)?;
        let class = reader.u8("information class")?;
        let flags = reader.u8("flags")?;
        reader.skip(4, "file index")?;
        let file_id = file_id(&mut reader)?;
        let offset = usize::from(reader.u16_le("pattern")?);
        let length = usize::from(reader.u16_le("pattern")?);
        Ok(Self {
            class,
            flags,
            file_id,
            pattern: buffer(message, offset, length, "pattern")?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("info_class", self.class);
        fields.set_some("info_class_name", names::file_information(self.class));
        fields.set("file_id", self.file_id.text());
        fields.text("pattern", text::utf16(self.pattern));
        fields.flag("restart", self.flags & 1 != 0);
        fields.flag("single_entry", self.flags & 2 != 0);
    }
}

/// How many bytes a QUERY_INFO, QUERY_DIRECTORY or CHANGE_NOTIFY response brings: StructureSize(2)=9 OutputBufferOffset(2)
/// OutputBufferLength(4).
pub(in crate::smb) fn output_length(message: &[u8]) -> Result<u32, Malformed> {
    let mut reader = body(message, 9)?;
    reader.skip(2, "output")?;
    reader.u32_le("output")
}
