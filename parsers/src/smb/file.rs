//! A share, and a file on it between its opening and its end.

use capture::Timestamp;
use compact_str::CompactString;

use crate::protocol::ProtocolId;
use crate::smb::pipe::NamedPipe;
use crate::smb::wire::change::Change;
use crate::smb::wire::{FileId, security};
use crate::text;

/// A connected share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    /// Without the server: `SYSVOL`.
    pub(super) name: CompactString,
    /// The server as the client called it.
    pub(super) host: CompactString,
    /// Its files are named pipes.
    pub(super) is_pipe: bool,
}

impl Share {
    /// Of a UNC path, `\\host\share`, or of a bare share name.
    pub(super) fn of(path: &str, is_pipe: bool) -> Self {
        let (front, name) = path.rsplit_once('\\').unwrap_or(("", path));
        Self {
            name: CompactString::new(name),
            host: CompactString::new(front.trim_start_matches('\\')),
            is_pipe: is_pipe || name.eq_ignore_ascii_case("IPC$"),
        }
    }
}

/// A share that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// As the client wrote it: `\\\\host\\share`.
    pub(super) path: CompactString,
    /// When.
    pub(super) asked: Timestamp,
}

/// How a file was opened: what its CREATE says.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening {
    pub(super) path: CompactString,
    pub(super) access: u32,
    pub(super) disposition: u32,
    /// CreateOptions.
    pub(super) options: u32,
    /// What was done with the path where nothing was opened, which only SMB1 does.
    pub(super) operation: Option<&'static str>,
}

impl Opening {
    /// FILE_DELETE_ON_CLOSE
    const DELETE_ON_CLOSE: u32 = 0x0000_1000;

    /// Opening the file also deletes it.
    pub(super) const fn deletes_on_close(&self) -> bool {
        self.options & Self::DELETE_ON_CLOSE != 0
    }
}

/// What is done to a file beside reading and writing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Alteration {
    Rename(CompactString),
    Disposition(bool),
    Link(CompactString),
    EndOfFile(u64),
    /// Attributes, where not zero, and whether any of its times was set.
    Basic(u32, bool),
    ExtendedAttributes(Vec<CompactString>),
    /// The parts of its security descriptor, and the owner it was given.
    Security(u32, Option<CompactString>),
}

impl Alteration {
    /// What a change is once it is granted; none for changes that are not told.
    pub(super) fn of(change: &Change<'_>) -> Option<Self> {
        Some(match *change {
            Change::Rename(name) => Self::Rename(text::utf16(name)),
            Change::Link(name) => Self::Link(text::utf16(name)),
            Change::Disposition(delete) => Self::Disposition(delete),
            Change::EndOfFile(size) => Self::EndOfFile(size),
            Change::Basic { attributes, times } => Self::Basic(attributes, times),
            Change::Attributes(list) => Self::ExtendedAttributes(security::attribute_names(list)),
            Change::Security { parts, descriptor } => Self::Security(parts, security::owner(descriptor)),
            Change::Allocation(_) => return None,
        })
    }
}

/// What few files have.
#[derive(Clone, Debug, Default)]
pub(super) struct Rare {
    /// The version of the past that was opened: when it was kept.
    pub(super) snapshot: Option<Timestamp>,
    pub(super) linked_as: Option<CompactString>,
    /// The size that was set.
    pub(super) end_of_file: Option<u64>,
    /// The attributes that were set, FILE_ATTRIBUTE_*.
    pub(super) attributes: u32,
    pub(super) times_set: bool,
    pub(super) extended_attributes: Vec<CompactString>,
    /// The parts of the security descriptor that were set, SECURITY_INFORMATION.
    pub(super) security: u32,
    /// The owner that was set.
    pub(super) owner: Option<CompactString>,
    /// Bytes that the server copied here, and the file it copied them from.
    pub(super) bytes_copied: u64,
    pub(super) copied_from: Option<CompactString>,
    /// The first patterns that names were looked for by.
    pub(super) patterns: Vec<CompactString>,
}

impl Rare {
    /// Whether anything of the file was set.
    const fn changes(&self) -> bool {
        self.linked_as.is_some()
            || self.end_of_file.is_some()
            || self.attributes != 0
            || self.times_set
            || !self.extended_attributes.is_empty()
            || self.security != 0
            || self.owner.is_some()
            || self.bytes_copied > 0
    }

    /// Patterns of one directory that are told.
    const PATTERNS: usize = 8;

    /// Names are looked for by `pattern`; false where it is one more than are told.
    pub(super) fn search(&mut self, pattern: CompactString) -> bool {
        if self.patterns.contains(&pattern) {
            return true;
        }
        let fits = self.patterns.len() < Self::PATTERNS;
        if fits {
            self.patterns.push(pattern);
        }
        fits
    }
}

// What came of an opening ([MS-SMB2] 2.2.14, [MS-CIFS] 2.2.4.64.2).
const FILE_SUPERSEDED: u32 = 0;
const FILE_CREATED: u32 = 2;
const FILE_OVERWRITTEN: u32 = 3;

/// A file between its opening and its end.
#[derive(Debug)]
pub(super) struct File {
    pub(super) protocol: ProtocolId,
    pub(super) session: u64,
    pub(super) tree: u32,
    /// The share, where its connecting was seen.
    pub(super) share: Option<Share>,
    /// Absent where the file was open before.
    pub(super) opening: Option<Opening>,
    /// When it was asked for; when it was first seen, where that was not.
    pub(super) opened: Timestamp,
    /// When the answer to that came.
    pub(super) answered: Option<Timestamp>,
    pub(super) status: Option<u32>,
    pub(super) action: Option<u32>,
    pub(super) size: Option<u64>,
    pub(super) is_directory: bool,
    pub(super) bytes_read: u64,
    pub(super) bytes_written: u64,
    pub(super) deleted: bool,
    pub(super) renamed_to: Option<CompactString>,
    pub(super) rare: Option<Box<Rare>>,
    pub(super) pipe: Option<Box<NamedPipe>>,
    pub(super) id: Option<FileId>,
}

impl File {
    /// Whether it was made, replaced, written, renamed, deleted, or anything of it set: repeats of that are told one by one.
    pub(super) fn changes(&self) -> bool {
        let operation = self.opening.as_ref().and_then(|opening| opening.operation);
        self.bytes_written > 0
            || self.deleted
            || self.renamed_to.is_some()
            || matches!(self.action, Some(FILE_SUPERSEDED | FILE_CREATED | FILE_OVERWRITTEN))
            || matches!(operation, Some("create_directory" | "set_path"))
            || self.rare.as_ref().is_some_and(|rare| rare.changes())
    }

    pub(super) fn new(protocol: ProtocolId, session: u64, tree: u32, opened: Timestamp) -> Self {
        Self {
            protocol,
            session,
            tree,
            share: None,
            opening: None,
            opened,
            answered: None,
            status: None,
            action: None,
            size: None,
            is_directory: false,
            bytes_read: 0,
            bytes_written: 0,
            deleted: false,
            renamed_to: None,
            rare: None,
            pipe: None,
            id: None,
        }
    }

    /// What few files have, of this one too from now on.
    pub(super) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// An alteration was granted.
    pub(super) fn alter(&mut self, alteration: Alteration) {
        match alteration {
            Alteration::Rename(name) => self.renamed_to = Some(name),
            Alteration::Disposition(delete) => self.deleted = delete,
            Alteration::Link(name) => self.rare().linked_as = Some(name),
            Alteration::EndOfFile(size) => self.rare().end_of_file = Some(size),
            Alteration::Basic(0, false) => {}
            Alteration::Basic(attributes, times) => {
                self.rare().attributes |= attributes;
                self.rare().times_set |= times;
            }
            Alteration::ExtendedAttributes(names) => self.rare().extended_attributes = names,
            Alteration::Security(parts, owner) => {
                self.rare().security |= parts;
                self.rare().owner = owner;
            }
        }
    }

    /// Neither its share nor its name was seen, nor yet what it is.
    pub(super) const fn is_unknown(&self) -> bool {
        self.share.is_none() && self.opening.is_none() && self.pipe.is_none()
    }
}

/// What the answer to a CREATE says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) id: FileId,
    pub(super) action: u32,
    pub(super) size: u64,
    pub(super) is_directory: bool,
}
