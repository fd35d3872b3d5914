//! What a client changes about a file: the buffers of SET_INFO, which SMB1 has too ([MS-FSCC] 2.4, [MS-SMB2] 2.2.39).

use crate::fields::Fields;
use crate::reader::Reader;
use crate::smb::names;
use crate::smb::wire::security;
use crate::text;

/// InfoType: information about the file itself.
pub(in crate::smb) const FILE: u8 = 1;
/// InfoType: its security descriptor.
const SECURITY: u8 = 3;

/// A change that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::smb) enum Change<'a> {
    /// FileRenameInformation: its new name, in UTF-16, relative to the share.
    Rename(&'a [u8]),
    /// FileLinkInformation: another name for it.
    Link(&'a [u8]),
    /// FileDispositionInformation: whether it goes when it is closed.
    Disposition(bool),
    /// FileEndOfFileInformation: its new size.
    EndOfFile(u64),
    /// FileAllocationInformation: the room kept for it.
    Allocation(u64),
    /// FileBasicInformation: its attributes, where not zero, and whether any of its times is set.
    Basic { attributes: u32, times: bool },
    /// FileFullEaInformation: extended attributes.
    Attributes(&'a [u8]),
    /// Parts of its security descriptor, SECURITY_INFORMATION.
    Security { parts: u32, descriptor: &'a [u8] },
}

impl<'a> Change<'a> {
    /// The change that `buffer` asks for, where it is one that is followed.
    ///
    /// ```text
    /// FileBasicInformation (2.4.7): CreationTime(8) LastAccessTime(8) LastWriteTime(8) ChangeTime(8) FileAttributes(4)
    /// FileRenameInformation (2.4.42.2), ..Ex, FileLinkInformation (2.4.27.2), ..Ex: ReplaceIfExists(1) Reserved(7)
    ///     RootDirectory(8) FileNameLength(4) FileName
    /// FileDispositionInformation (2.4.11): DeletePending(1); ..Ex: Flags(4), of which bit 0 deletes
    /// FileEndOfFileInformation (2.4.13), FileAllocationInformation (2.4.4): the size (8)
    /// ```
    pub(in crate::smb) fn of(kind: u8, class: u8, additional: u32, buffer: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(buffer);
        Some(match (kind, class) {
            (FILE, 4) => {
                let times = (0..4).try_fold(false, |any, _| {
                    // Minus one leaves the time as it is and stops its being kept up.
                    reader.u64_le("times").map(|time| any || !matches!(time, 0 | u64::MAX))
                });
                Self::Basic {
                    times: times.ok()?,
                    attributes: reader.u32_le("attributes").ok()?,
                }
            }
            (FILE, 10 | 65) => Self::Rename(name(reader)?),
            (FILE, 11 | 72) => Self::Link(name(reader)?),
            (FILE, 13 | 64) => Self::Disposition(buffer.first()? & 1 != 0),
            (FILE, 15) => Self::Attributes(buffer),
            (FILE, 19) => Self::Allocation(reader.u64_le("allocation size").ok()?),
            (FILE, 20) => Self::EndOfFile(reader.u64_le("end of file").ok()?),
            (SECURITY, _) => Self::Security {
                parts: additional,
                descriptor: buffer,
            },
            _ => return None,
        })
    }

    /// FileRenameInformation as SMB1 has it ([MS-FSCC] 2.4.42.1): ReplaceIfExists(1) Reserved(3) RootDirectory(4)
    /// FileNameLength(4) FileName.
    pub(in crate::smb) fn renamed(buffer: &'a [u8]) -> Option<Self> {
        named(Reader::new(buffer), 8).map(Self::Rename)
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        match *self {
            Self::Rename(name) => fields.text("renamed_to", text::utf16(name)),
            Self::Link(name) => fields.text("linked_as", text::utf16(name)),
            Self::Disposition(delete) => fields.set("delete_pending", delete),
            Self::EndOfFile(size) => fields.set("end_of_file", size),
            Self::Allocation(size) => fields.set("allocation_size", size),
            Self::Basic { attributes, times } => {
                fields.list("attributes_set", names::bits(attributes, names::FILE_ATTRIBUTES));
                fields.flag("times_set", times);
            }
            Self::Attributes(list) => fields.list("extended_attributes", security::attribute_names(list)),
            Self::Security { descriptor, .. } => security::fields(descriptor, fields),
        }
    }
}

fn name(reader: Reader<'_>) -> Option<&[u8]> {
    named(reader, 16)
}

/// A name behind its length, which stands at `at`.
fn named(mut reader: Reader<'_>, at: usize) -> Option<&[u8]> {
    reader.skip(at, "rename").ok()?;
    let length = reader.u32_le("rename").ok()? as usize;
    reader.take(length, "rename").ok()
}
