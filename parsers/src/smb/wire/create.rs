//! CREATE: which file is opened, how, and what came of it ([MS-SMB2] 2.2.13, 2.2.14).

use crate::fields::{Fields, Value};
use crate::reader::{Malformed, Reader};
use crate::smb::names;
use crate::smb::wire::{FileId, body, buffer, file_id};
use crate::text;

/// Contexts of one message that are looked at.
const CONTEXTS: usize = 32;

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
    contexts: &'a [u8],
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
            contexts: buffer(message, contexts_offset, contexts_length, "create contexts")?,
        })
    }

    /// Opening the file also deletes it.
    pub(in crate::smb) const fn deletes_on_close(&self) -> bool {
        self.options & DELETE_ON_CLOSE != 0
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.text("path", text::utf16(self.name));
        fields.set("access", self.access);
        fields.list("access_names", names::bits(self.access, names::FILE_ACCESS));
        fields.set("file_attributes", self.attributes);
        fields.list("share_access", names::bits(self.share_access, names::SHARE_ACCESS));
        fields.set("disposition", self.disposition);
        fields.set_some("disposition_name", names::disposition(self.disposition));
        fields.set("create_options", self.options);
        fields.list("create_option_names", names::bits(self.options, names::CREATE_OPTIONS));
        fields.flag("delete_on_close", self.deletes_on_close());
        fields.set("oplock_level", self.oplock);
        fields.set("impersonation_level", self.impersonation);
        fields.list("create_contexts", context_names(self.contexts));
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
    pub(in crate::smb) size: u64,
    pub(in crate::smb) attributes: u32,
    pub(in crate::smb) file_id: FileId,
    contexts: &'a [u8],
}

impl<'a> Response<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 89)?;
        let oplock = reader.u8("oplock level")?;
        reader.skip(1, "flags")?;
        let action = reader.u32_le("create action")?;
        reader.skip(40, "times")?;
        let size = reader.u64_le("end of file")?;
        let attributes = reader.u32_le("file attributes")?;
        reader.skip(4, "reserved")?;
        let file_id = file_id(&mut reader)?;
        let offset = reader.u32_le("create contexts")? as usize;
        let length = reader.u32_le("create contexts")? as usize;
        Ok(Self {
            oplock,
            action,
            size,
            attributes,
            file_id,
            contexts: buffer(message, offset, length, "create contexts")?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("create_action", self.action);
        fields.set_some("create_action_name", names::create_action(self.action));
        fields.set("file_id", self.file_id.text());
        fields.set("file_size", self.size);
        fields.set("file_attributes", self.attributes);
        fields.set("oplock_level", self.oplock);
        fields.list("create_contexts", context_names(self.contexts));
    }
}

/// The names of a chain of create contexts, each `Next(4) NameOffset(2) NameLength(2) Reserved(2) DataOffset(2)
/// DataLength(4) …` ([MS-SMB2] 2.2.13.2); a context without a known name keeps its own.
fn context_names(mut chain: &[u8]) -> Vec<Value> {
    let mut found = Vec::new();
    while found.len() < CONTEXTS {
        let mut reader = Reader::new(chain);
        let (Ok(next), Ok(offset), Ok(length)) = (reader.u32_le("next"), reader.u16_le("name"), reader.u16_le("name"))
        else {
            break;
        };
        let Some(name) = chain
            .get(usize::from(offset)..)
            .and_then(|from| from.get(..usize::from(length)))
        else {
            break;
        };
        found.push(context_name(name));
        match chain.get(next as usize..) {
            Some(rest) if next > 0 => chain = rest,
            _ => break,
        }
    }
    found
}

fn context_name(name: &[u8]) -> Value {
    Value::Name(match name {
        b"ExtA" => "SMB2_CREATE_EA_BUFFER",
        b"SecD" => "SMB2_CREATE_SD_BUFFER",
        b"DHnQ" => "SMB2_CREATE_DURABLE_HANDLE_REQUEST",
        b"DHnC" => "SMB2_CREATE_DURABLE_HANDLE_RECONNECT",
        b"AlSi" => "SMB2_CREATE_ALLOCATION_SIZE",
        b"MxAc" => "SMB2_CREATE_QUERY_MAXIMAL_ACCESS_REQUEST",
        b"TWrp" => "SMB2_CREATE_TIMEWARP_TOKEN",
        b"QFid" => "SMB2_CREATE_QUERY_ON_DISK_ID",
        b"RqLs" => "SMB2_CREATE_REQUEST_LEASE",
        b"DH2Q" => "SMB2_CREATE_DURABLE_HANDLE_REQUEST_V2",
        b"DH2C" => "SMB2_CREATE_DURABLE_HANDLE_RECONNECT_V2",
        b"AAPL" => "AAPL",
        [0x45, 0xbc, 0xa6, 0x6a, ..] => "SMB2_CREATE_APP_INSTANCE_ID",
        [0xb9, 0x82, 0xd0, 0xb7, ..] => "SMB2_CREATE_APP_INSTANCE_VERSION",
        _ if name.iter().all(u8::is_ascii_graphic) => return Value::Text(text::bytes(name)),
        _ => return Value::Text(text::hex(name)),
    })
}
