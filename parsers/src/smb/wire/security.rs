//! What of security descriptors and extended attributes is told: owners, how many rules there are, names ([MS-DTYP] 2.4.6,
//! [MS-FSCC] 2.4.16).

use compact_str::CompactString;

use crate::fields::Fields;
use crate::reader::Reader;
use crate::text;

/// Extended attributes of one message that are looked at.
const ATTRIBUTES: usize = 32;

/// Owner and group, and the number of rules in either list.
///
/// ```text
/// Revision(1) Sbz1(1) Control(2) OffsetOwner(4) OffsetGroup(4) OffsetSacl(4) OffsetDacl(4)
/// ACL: AclRevision(1) Sbz1(1) AclSize(2) AceCount(2) Sbz2(2)
/// ```
pub(super) fn fields(descriptor: &[u8], fields: &mut Fields) {
    let Some(offsets) = descriptor.get(4..).and_then(|rest| rest.first_chunk::<16>()) else {
        return;
    };
    let mut offsets = offsets.chunks_exact(4).map(|bytes| match *bytes {
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]) as usize,
        _ => 0,
    });
    let mut next = || {
        offsets
            .next()
            .filter(|at| *at >= 20)
            .and_then(|at| descriptor.get(at..))
    };
    let (owner, group, sacl, dacl) = (next(), next(), next(), next());
    fields.set_some("owner_sid", owner.and_then(text::sid));
    fields.set_some("group_sid", group.and_then(text::sid));
    fields.set_some("sacl_entries", sacl.and_then(entries));
    fields.set_some("dacl_entries", dacl.and_then(entries));
}

/// The owner's SID, where the descriptor names one.
pub(in crate::smb) fn owner(descriptor: &[u8]) -> Option<CompactString> {
    let at = u32::from_le_bytes(*descriptor.get(4..)?.first_chunk()?) as usize;
    descriptor.get(at..).filter(|_| at >= 20).and_then(text::sid)
}

fn entries(acl: &[u8]) -> Option<u16> {
    Some(u16::from_le_bytes(*acl.get(4..)?.first_chunk()?))
}

/// The names in a FILE_FULL_EA_INFORMATION list: `NextEntryOffset(4) Flags(1) EaNameLength(1) EaValueLength(2) EaName …`.
pub(in crate::smb) fn attribute_names(list: &[u8]) -> Vec<CompactString> {
    let mut found = Vec::new();
    let mut rest = list;
    while found.len() < ATTRIBUTES {
        let mut reader = Reader::new(rest);
        let (Ok(next), Ok([_, length, _, _])) = (reader.u32_le("next"), reader.array("lengths")) else {
            break;
        };
        let Ok(name) = reader.take(usize::from(length), "name") else {
            break;
        };
        found.push(text::bytes(name));
        match rest.get(next as usize..) {
            Some(following) if next > 0 => rest = following,
            _ => break,
        }
    }
    found
}
