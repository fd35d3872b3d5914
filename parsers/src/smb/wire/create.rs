//! CREATE: which file is opened, how, and what came of it ([MS-SMB2] 2.2.13, 2.2.14).

use compact_str::CompactString;

use crate::fields::Fields;
use crate::reader::Malformed;
use crate::smb::names;
use crate::smb::wire::create_context::CreateContexts;
use crate::smb::wire::{FileId, body, buffer, file_id, security, when};
use crate::text;

/// The file goes when its last handle does.
const DELETE_ON_CLOSE: u32 = 0x0000_1000;

/// What is asked for.
///
/// ```text
/// StructureSize(2)=57 SecurityFlags(1) RequestedOplockLevel(1) ImpersonationLevel(4) SmbCreateFlags(8) Reserved(8)
/// DesiredAccess(4) FileAttributes(4) ShareAccess(4) CreateDisposition(4) CreateOptions(4) NameOffset(2) NameLength(2)
/// CreateContextsOffset(4) CreateContextsLength(4)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Request<'a> {
    oplock: u8,
    impersonation: u32,
    pub(in crate::smb) access: u32,
    attributes: u32,
    share_access: u32,
    pub(in crate::smb) disposition: u32,
    pub(in crate::smb) options: u32,
    /// UTF-16, relative to the share.
    pub(in crate::smb) name: &'a [u8],
    contexts: CreateContexts<'a>,
}

impl<'a> Request<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 57)?;
        reader.skip(1, "security flags")?;
        let oplock = reader.u8("oplock level")?;
        let impersonation = reader.u32_le("impersonation level")?;
        reader.skip(16, "create flags")?;
        let [access, attributes, share_access, disposition, options] = [
            reader.u32_le("desired access")?,
            reader.u32_le("file attributes")?,
            reader.u32_le("share access")?,
            reader.u32_le("create disposition")?,
            reader.u32_le("create options")?,
        ];
        let name_offset = usize::from(reader.u16_le("name")?);
        let name_length = usize::from(reader.u16_le("name")?);
        let contexts_offset = reader.u32_le("create contexts")? as usize;
        let contexts_length = reader.u32_le("create contexts")? as usize;
        Ok(Self {
            oplock,
            impersonation,
            access,
            attributes,
            share_access,
            disposition,
            options,
            name: buffer(message, name_offset, name_length, "name")?,
            contexts: CreateContexts(buffer(message, contexts_offset, contexts_length, "create contexts")?),
        })
    }

    /// Opening the file also deletes it.
    pub(in crate::smb) const fn deletes_on_close(&self) -> bool {
        self.options & DELETE_ON_CLOSE != 0
    }

    /// The version of the past that is opened: when it was kept.
    pub(in crate::smb) fn snapshot(&self) -> Option<capture::Timestamp> {
        self.contexts.snapshot().and_then(when)
    }

    /// The file is created with a security descriptor of its own; its owner, where that is named.
    pub(in crate::smb) fn security(&self) -> Option<Option<CompactString>> {
        self.contexts.security_descriptor().map(security::owner)
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.text("path", text::utf16(self.name));
        fields.set("access", self.access);
        fields.list("access_names", names::bits(self.access, names::FILE_ACCESS));
        fields.set("file_attributes", self.attributes);
        fields.list(
            "file_attribute_names",
            names::bits(self.attributes, names::FILE_ATTRIBUTES),
        );
        fields.list("share_access", names::bits(self.share_access, names::SHARE_ACCESS));
        fields.set("disposition", self.disposition);
        fields.set_some("disposition_name", names::disposition(self.disposition));
        fields.set("create_options", self.options);
        fields.list("create_option_names", names::bits(self.options, names::CREATE_OPTIONS));
        fields.flag("delete_on_close", self.deletes_on_close());
        fields.set("oplock_level", self.oplock);
        fields.set_some("oplock_level_name", names::oplock(self.oplock));
        fields.set("impersonation_level", self.impersonation);
        fields.set_some("impersonation_level_name", names::impersonation(self.impersonation));
        self.contexts.request_fields(fields);
    }
}

/// What was opened.
///
/// ```text
/// StructureSize(2)=89 OplockLevel(1) Flags(1) CreateAction(4) CreationTime(8) LastAccessTime(8) LastWriteTime(8)
/// ChangeTime(8) AllocationSize(8) EndofFile(8) FileAttributes(4) Reserved2(4) FileId(16) CreateContextsOffset(4)
/// CreateContextsLength(4)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Response<'a> {
    oplock: u8,
    pub(in crate::smb) action: u32,
    times: [u64; 4],
    pub(in crate::smb) size: u64,
    pub(in crate::smb) attributes: u32,
    pub(in crate::smb) file_id: FileId,
    contexts: CreateContexts<'a>,
}

impl<'a> Response<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 89)?;
        let oplock = reader.u8("oplock level")?;
        reader.skip(1, "flags")?;
        let action = reader.u32_le("create action")?;
        let times = [
            reader.u64_le("times")?,
            reader.u64_le("times")?,
            reader.u64_le("times")?,
            reader.u64_le("times")?,
        ];
        reader.skip(8, "allocation size")?;
        let size = reader.u64_le("end of file")?;
        let attributes = reader.u32_le("file attributes")?;
        reader.skip(4, "reserved")?;
        let file_id = file_id(&mut reader)?;
        let offset = reader.u32_le("create contexts")? as usize;
        let length = reader.u32_le("create contexts")? as usize;
        Ok(Self {
            oplock,
            action,
            times,
            size,
            attributes,
            file_id,
            contexts: CreateContexts(buffer(message, offset, length, "create contexts")?),
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("create_action", self.action);
        fields.set_some("create_action_name", names::create_action(self.action));
        fields.set("file_id", self.file_id.text());
        fields.set("file_size", self.size);
        fields.set("file_attributes", self.attributes);
        fields.list(
            "file_attribute_names",
            names::bits(self.attributes, names::FILE_ATTRIBUTES),
        );
        let [created, accessed, written, changed] = self.times.map(when);
        fields.set_some("creation_time", created);
        fields.set_some("last_access_time", accessed);
        fields.set_some("last_write_time", written);
        fields.set_some("change_time", changed);
        fields.set("oplock_level", self.oplock);
        fields.set_some("oplock_level_name", names::oplock(self.oplock));
        self.contexts.response_fields(fields);
    }
}
