//! IOCTL: control codes of file system, pipes and the protocol itself ([MS-SMB2] 2.2.31, 2.2.32).

use crate::fields::Fields;
use crate::reader::Malformed;
use crate::smb::names;
use crate::smb::wire::control::{self, CopyChunk};
use crate::smb::wire::{FileId, available, body, file_id};

/// ```text
/// StructureSize(2)=57 Reserved(2) CtlCode(4) FileId(16) InputOffset(4) InputCount(4) MaxInputResponse(4) OutputOffset(4)
/// OutputCount(4) MaxOutputResponse(4) Flags(4) Reserved2(4)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Request<'a> {
    pub(in crate::smb) code: u32,
    pub(in crate::smb) file_id: FileId,
    pub(in crate::smb) input_length: u32,
    /// As much of it as is there.
    pub(in crate::smb) input: &'a [u8],
    max_output: u32,
}

impl<'a> Request<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 57)?;
        reader.skip(2, "reserved")?;
        let code = reader.u32_le("control code")?;
        let file_id = file_id(&mut reader)?;
        let offset = reader.u32_le("input")? as usize;
        let input_length = reader.u32_le("input")?;
        reader.skip(12, "output")?;
        Ok(Self {
            code,
            file_id,
            input_length,
            input: available(message, offset, input_length as usize),
            max_output: reader.u32_le("output")?,
        })
    }

    /// A copy that the server is to make by itself.
    pub(in crate::smb) fn copy(&self) -> Option<CopyChunk<'a>> {
        CopyChunk::of(self.code, self.input)
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        code_fields(self.code, self.file_id, fields);
        fields.set("input_length", self.input_length);
        fields.set("max_output_length", self.max_output);
        control::input(self.code, self.input, fields);
    }
}

/// ```text
/// StructureSize(2)=49 Reserved(2) CtlCode(4) FileId(16) InputOffset(4) InputCount(4) OutputOffset(4) OutputCount(4)
/// Flags(4) Reserved2(4)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Response<'a> {
    pub(in crate::smb) code: u32,
    pub(in crate::smb) file_id: FileId,
    pub(in crate::smb) output_length: u32,
    /// As much of it as is there.
    pub(in crate::smb) output: &'a [u8],
}

impl<'a> Response<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 49)?;
        reader.skip(2, "reserved")?;
        let code = reader.u32_le("control code")?;
        let file_id = file_id(&mut reader)?;
        reader.skip(8, "input")?;
        let offset = reader.u32_le("output")? as usize;
        let output_length = reader.u32_le("output")?;
        Ok(Self {
            code,
            file_id,
            output_length,
            output: available(message, offset, output_length as usize),
        })
    }

    /// The key under which a copy may name the file as its source: ResumeKey(24) ([MS-SMB2] 2.2.32.3).
    pub(in crate::smb) fn resume_key(&self) -> Option<&'a [u8; 24]> {
        let answers = self.code == control::SRV_REQUEST_RESUME_KEY;
        answers.then(|| self.output.first_chunk()).flatten()
    }

    /// Bytes that a copy wrote.
    pub(in crate::smb) fn copied(&self) -> Option<u32> {
        control::copied(self.code, self.output)
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        code_fields(self.code, self.file_id, fields);
        fields.set("output_length", self.output_length);
        control::output(self.code, self.output, fields);
    }
}

fn code_fields(code: u32, file_id: FileId, fields: &mut Fields) {
    fields.set("ctl_code", code);
    fields.set_some("ctl_code_name", names::fsctl(code));
    fields.set("file_id", file_id.text());
}
