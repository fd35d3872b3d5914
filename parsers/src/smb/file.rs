//! A share, and a file on it between its opening and its end.

use capture::Timestamp;
use compact_str::CompactString;

use crate::protocol::ProtocolId;
use crate::smb::pipe::NamedPipe;
use crate::smb::wire::FileId;

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

/// How a file was opened: what its CREATE says.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening {
    pub(super) path: CompactString,
    pub(super) access: u32,
    pub(super) disposition: u32,
    pub(super) delete_on_close: bool,
}

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
    pub(super) pipe: Option<Box<NamedPipe>>,
    pub(super) id: Option<FileId>,
}

impl File {
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
            pipe: None,
            id: None,
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
