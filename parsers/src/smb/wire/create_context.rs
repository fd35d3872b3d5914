//! Create contexts: what a CREATE asks for, or is told, beside the file itself ([MS-SMB2] 2.2.13.2, 2.2.14.2).

use crate::fields::{Fields, Value};
use crate::reader::Reader;
use crate::smb::names;
use crate::smb::wire::{security, when};
use crate::text;

/// Contexts of one message that are looked at.
const CONTEXTS: usize = 32;

/// SMB2_CREATE_APP_INSTANCE_ID, as a GUID in network order.
const APP_INSTANCE_ID: [u8; 4] = [0x45, 0xbc, 0xa6, 0x6a];
/// SMB2_CREATE_APP_INSTANCE_VERSION
const APP_INSTANCE_VERSION: [u8; 4] = [0xb9, 0x82, 0xd0, 0xb7];
/// SVHDX_OPEN_DEVICE_CONTEXT
const SVHDX_OPEN_DEVICE_CONTEXT: [u8; 4] = [0x9c, 0xcb, 0xcf, 0x9e];

/// The contexts of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct CreateContexts<'a>(pub(super) &'a [u8]);

impl<'a> CreateContexts<'a> {
    /// Name and data of each: `Next(4) NameOffset(2) NameLength(2) Reserved(2) DataOffset(2) DataLength(4) …`, offsets from
    /// its own start; one that is cut ends the chain.
    fn iter(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut rest = Some(self.0);
        (0..CONTEXTS).map_while(move |_| {
            let chain = rest.take()?;
            let mut reader = Reader::new(chain);
            let next = reader.u32_le("next").ok()? as usize;
            let name = part(chain, reader.u16_le("name").ok()?, reader.u16_le("name").ok()?.into())?;
            reader.skip(2, "reserved").ok()?;
            let data = part(chain, reader.u16_le("data").ok()?, reader.u32_le("data").ok()?)?;
            rest = chain.get(next..).filter(|_| next > 0);
            Some((name, data))
        })
    }

    fn data(self, wanted: &[u8; 4]) -> Option<&'a [u8]> {
        let mut contexts = self.iter();
        contexts
            .find(|(name, _)| name.starts_with(wanted))
            .map(|(_, data)| data)
    }

    /// The version of the past that is asked for, FILETIME: TWrp.
    pub(super) fn snapshot(self) -> Option<u64> {
        let ticks = self.data(b"TWrp")?.first_chunk()?;
        Some(u64::from_le_bytes(*ticks))
    }

    /// The security descriptor that the file is created with: SecD.
    pub(super) fn security_descriptor(self) -> Option<&'a [u8]> {
        self.data(b"SecD")
    }

    /// What the contexts of a request say.
    pub(super) fn request_fields(self, fields: &mut Fields) {
        fields.list("create_contexts", self.iter().map(|(name, _)| context_name(name)));
        if let Some(lease) = self.data(b"RqLs") {
            lease_fields(lease, fields);
        }
        if let Some(durable) = self.data(b"DH2Q") {
            durable_fields(durable, fields);
        }
        if let Some(handle) = self.data(b"DHnC").or_else(|| self.data(b"DH2C")) {
            fields.set_some("reconnects", handle.get(..16).map(text::hex));
        }
        fields.set_some("snapshot", self.snapshot().and_then(when));
        if let Some(descriptor) = self.security_descriptor() {
            security::fields(descriptor, fields);
        }
        fields.set_some("allocation_size", self.data(b"AlSi").and_then(number));
        if let Some(attributes) = self.data(b"ExtA") {
            fields.list("extended_attributes", security::attribute_names(attributes));
        }
    }

    /// What those of a response say: the same names stand for the answers.
    pub(super) fn response_fields(self, fields: &mut Fields) {
        fields.list("create_contexts", self.iter().map(|(name, _)| context_name(name)));
        if let Some(lease) = self.data(b"RqLs") {
            lease_fields(lease, fields);
        }
        if let Some(access) = self.data(b"MxAc") {
            maximal_access(access, fields);
        }
        if let Some(on_disk) = self.data(b"QFid").and_then(|data| data.first_chunk::<16>()) {
            let (file, volume) = on_disk.split_at(8);
            fields.set("disk_file_id", text::hex(file));
            fields.set("volume_id", text::hex(volume));
        }
    }
}

fn part(chain: &[u8], offset: u16, length: u32) -> Option<&[u8]> {
    let from = chain.get(usize::from(offset)..)?;
    from.get(..length as usize)
}

fn number(data: &[u8]) -> Option<u64> {
    data.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// ```text
/// LeaseKey(16) LeaseState(4) LeaseFlags(4) LeaseDuration(8) [ParentLeaseKey(16) Epoch(2) Reserved(2)]
/// ```
fn lease_fields(data: &[u8], fields: &mut Fields) {
    let mut reader = Reader::new(data);
    let (Ok(key), Ok(state), Ok(flags)) = (
        reader.array::<16>("lease"),
        reader.u32_le("lease"),
        reader.u32_le("lease"),
    ) else {
        return;
    };
    fields.set("lease_key", text::hex(&key));
    fields.list("lease_state", names::bits(state, names::LEASE));
    fields.flag("lease_break_in_progress", flags & 2 != 0);
    let parent = data.get(32..48).filter(|_| flags & 4 != 0);
    fields.set_some("parent_lease_key", parent.map(text::hex));
}

/// `Timeout(4) Flags(4) Reserved(8) CreateGuid(16)`
fn durable_fields(data: &[u8], fields: &mut Fields) {
    let mut reader = Reader::new(data);
    let (Ok(timeout), Ok(flags)) = (reader.u32_le("timeout"), reader.u32_le("flags")) else {
        return;
    };
    fields.set("durable_timeout_ms", timeout);
    fields.flag("persistent", flags & 2 != 0);
    let guid = data.get(16..).and_then(|rest| rest.first_chunk());
    fields.set_some("create_guid", guid.map(text::guid));
}

/// `QueryStatus(4) MaximalAccess(4)`
fn maximal_access(data: &[u8], fields: &mut Fields) {
    let mut reader = Reader::new(data);
    if let (Ok(0), Ok(access)) = (reader.u32_le("status"), reader.u32_le("access")) {
        fields.set("maximal_access", access);
        fields.list("maximal_access_names", names::bits(access, names::FILE_ACCESS));
    }
}

/// A context without a known name keeps its own.
fn context_name(name: &[u8]) -> Value {
    if let Some(known) = known(name) {
        return Value::Name(known);
    }
    match name.iter().all(u8::is_ascii_graphic) {
        true => Value::Text(text::bytes(name)),
        false => Value::Text(text::hex(name)),
    }
}

fn known(name: &[u8]) -> Option<&'static str> {
    Some(match name.first_chunk::<4>()? {
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
        &APP_INSTANCE_ID => "SMB2_CREATE_APP_INSTANCE_ID",
        &APP_INSTANCE_VERSION => "SMB2_CREATE_APP_INSTANCE_VERSION",
        &SVHDX_OPEN_DEVICE_CONTEXT => "SVHDX_OPEN_DEVICE_CONTEXT",
        _ => return None,
    })
}
