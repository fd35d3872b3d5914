//! What goes in and out of control codes, where it tells something: referrals, copies on the server, reparse points, the
//! check of the negotiation, the server's addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use compact_str::{CompactString, ToCompactString};

use crate::fields::{Fields, Value};
use crate::reader::{Malformed, Reader};
use crate::smb::names;
use crate::smb::wire::negotiate;
use crate::text;

pub(in crate::smb) const SRV_REQUEST_RESUME_KEY: u32 = 0x0014_0078;
const DFS_GET_REFERRALS: u32 = 0x0006_0194;
const DFS_GET_REFERRALS_EX: u32 = 0x0006_01b0;
const SET_REPARSE_POINT: u32 = 0x0009_00a4;
const GET_REPARSE_POINT: u32 = 0x0009_00a8;
const PIPE_WAIT: u32 = 0x0011_0018;
const QUERY_NETWORK_INTERFACE_INFO: u32 = 0x0014_01fc;
const VALIDATE_NEGOTIATE_INFO: u32 = 0x0014_0204;
const SRV_COPYCHUNK: u32 = 0x0014_40f2;
const SRV_COPYCHUNK_WRITE: u32 = 0x0014_80f2;

/// Interfaces of one answer that are shown.
const INTERFACES: usize = 64;
/// Dialects of one check that are shown.
const DIALECTS: usize = 16;

/// What a request hands in.
pub(in crate::smb) fn input(code: u32, input: &[u8], fields: &mut Fields) {
    match code {
        // MaxReferralLevel(2) RequestFileName ([MS-DFSC] 2.2.2)
        DFS_GET_REFERRALS => path(input.get(2..), fields),
        DFS_GET_REFERRALS_EX => path(extended_path(input), fields),
        SET_REPARSE_POINT => reparse(input, fields),
        PIPE_WAIT => fields.set_some("pipe", awaited(input).ok()),
        VALIDATE_NEGOTIATE_INFO => fields.set_some("validate", checked(input, true).ok()),
        SRV_COPYCHUNK | SRV_COPYCHUNK_WRITE => {
            fields.set_some("chunks", CopyChunk::of(code, input).map(|copy| copy.chunks));
        }
        _ => {}
    }
}

/// What an answer brings back.
pub(in crate::smb) fn output(code: u32, output: &[u8], fields: &mut Fields) {
    match code {
        GET_REPARSE_POINT => reparse(output, fields),
        VALIDATE_NEGOTIATE_INFO => fields.set_some("validate", checked(output, false).ok()),
        QUERY_NETWORK_INTERFACE_INFO => fields.list("interfaces", interfaces(output)),
        _ => fields.set_some("copied_bytes", copied(code, output)),
    }
}

/// The bytes that a copy wrote: ChunksWritten(4) ChunkBytesWritten(4) TotalBytesWritten(4) ([MS-SMB2] 2.2.32.1).
pub(in crate::smb) fn copied(code: u32, output: &[u8]) -> Option<u32> {
    let total = output.get(8..)?.first_chunk()?;
    matches!(code, SRV_COPYCHUNK | SRV_COPYCHUNK_WRITE).then(|| u32::from_le_bytes(*total))
}

/// SRV_COPYCHUNK_COPY ([MS-SMB2] 2.2.31.1): SourceKey(24) ChunkCount(4) Reserved(4) Chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::smb) struct CopyChunk<'a> {
    /// Names the file that is copied from.
    pub(in crate::smb) source: &'a [u8; 24],
    chunks: u32,
}

impl<'a> CopyChunk<'a> {
    pub(super) fn of(code: u32, input: &'a [u8]) -> Option<Self> {
        let (source, rest) = input.split_first_chunk()?;
        let chunks = u32::from_le_bytes(*rest.first_chunk()?);
        matches!(code, SRV_COPYCHUNK | SRV_COPYCHUNK_WRITE).then_some(Self { source, chunks })
    }
}

fn path(name: Option<&[u8]>, fields: &mut Fields) {
    let path = text::utf16(name.unwrap_or_default());
    fields.text("path", CompactString::new(path.trim_end_matches('\0')));
}

/// REQ_GET_DFS_REFERRAL_EX ([MS-DFSC] 2.2.3): MaxReferralLevel(2) RequestFlags(2) RequestDataLength(4)
/// RequestFileNameLength(2) RequestFileName …
fn extended_path(input: &[u8]) -> Option<&[u8]> {
    let length = u16::from_le_bytes(*input.get(8..)?.first_chunk()?);
    input.get(10..)?.get(..usize::from(length))
}

/// FSCTL_PIPE_WAIT ([MS-FSCC] 2.3.49): Timeout(8) NameLength(4) TimeoutSpecified(1) Padding(1) Name.
fn awaited(input: &[u8]) -> Result<CompactString, Malformed> {
    let mut reader = Reader::new(input);
    reader.skip(8, "timeout")?;
    let length = reader.u32_le("name")? as usize;
    reader.skip(2, "padding")?;
    reader.take(length, "name").map(text::utf16)
}

/// REPARSE_DATA_BUFFER ([MS-FSCC] 2.1.2): ReparseTag(4) ReparseDataLength(2) Reserved(2), for links and mount points
/// SubstituteNameOffset(2) SubstituteNameLength(2) PrintNameOffset(2) PrintNameLength(2) [Flags(4)] PathBuffer.
fn reparse(data: &[u8], fields: &mut Fields) {
    let mut reader = Reader::new(data);
    let Ok(tag) = reader.u32_le("reparse tag") else {
        return;
    };
    fields.set("reparse_tag", tag);
    fields.set_some("reparse_tag_name", names::reparse_tag(tag));
    fields.set_some("reparse_target", target(tag, reader).ok());
}

fn target(tag: u32, mut reader: Reader<'_>) -> Result<CompactString, Malformed> {
    const WHAT: &str = "reparse target";
    let flags = match names::reparse_tag(tag) {
        Some("SYMLINK") => 4,
        Some("MOUNT_POINT") => 0,
        _ => return Err(Malformed(WHAT)),
    };
    reader.skip(4, WHAT)?;
    let offset = usize::from(reader.u16_le(WHAT)?);
    let length = usize::from(reader.u16_le(WHAT)?);
    reader.skip(4 + flags + offset, WHAT)?;
    reader.take(length, WHAT).map(text::utf16)
}

/// What a client checks after the fact, for the negotiation may have been tampered with ([MS-SMB2] 2.2.31.4, 2.2.32.6):
/// Capabilities(4) Guid(16) SecurityMode(2), then DialectCount(2) Dialects(2)*, or Dialect(2).
fn checked(data: &[u8], request: bool) -> Result<Fields, Malformed> {
    const WHAT: &str = "validate negotiate";
    let mut reader = Reader::new(data);
    let mut fields = Fields::new();
    let capabilities = reader.u32_le(WHAT)?;
    fields.list("capability_names", names::bits(capabilities, names::CAPABILITIES));
    fields.set("guid", text::guid(&reader.array(WHAT)?));
    fields.set("signing", negotiate::signing(reader.u16_le(WHAT)?));
    let count = if request { reader.u16_le(WHAT)? } else { 1 };
    let dialects = (0..usize::from(count).min(DIALECTS)).map_while(|_| reader.u16_le(WHAT).ok());
    let dialects = dialects.map(|code| names::dialect(code).map_or(Value::from(code), Value::Name));
    fields.list("dialects", dialects.collect::<Vec<_>>());
    Ok(fields)
}

/// NETWORK_INTERFACE_INFO ([MS-SMB2] 2.2.32.5): Next(4) IfIndex(4) Capability(4) Reserved(4) LinkSpeed(8)
/// SockAddr_Storage(128), of which Family(2) and IPv4: Port(2) Address(4), IPv6: Port(2) FlowInfo(4) Address(16).
fn interfaces(output: &[u8]) -> Vec<Value> {
    let mut rest = Some(output);
    let listed = (0..INTERFACES).map_while(|_| {
        let entry = rest.take()?;
        let next = u32::from_le_bytes(*entry.first_chunk()?) as usize;
        rest = entry.get(next..).filter(|_| next > 0);
        interface(entry).ok()
    });
    listed.map(Value::Map).collect()
}

fn interface(entry: &[u8]) -> Result<Fields, Malformed> {
    const WHAT: &str = "interface";
    let mut reader = Reader::new(entry);
    let mut fields = Fields::sized(4);
    reader.skip(8, WHAT)?;
    let capability = reader.u32_le(WHAT)?;
    reader.skip(4, WHAT)?;
    let speed = reader.u64_le(WHAT)?;
    let family = reader.u16_le(WHAT)?;
    reader.skip(2, WHAT)?;
    if family == 2 {
        fields.set("address", Ipv4Addr::from(reader.array::<4>(WHAT)?).to_compact_string());
    } else {
        reader.skip(4, WHAT)?;
        fields.set("address", Ipv6Addr::from(reader.array::<16>(WHAT)?).to_compact_string());
    }
    fields.set("link_speed", speed);
    fields.flag("rss", capability & 1 != 0);
    fields.flag("rdma", capability & 2 != 0);
    Ok(fields)
}
