//! What SMB1 does to paths without opening anything ([MS-CIFS] 2.2.4.1, 2.2.4.2, 2.2.4.7 to 2.2.4.10, 2.2.4.17, 2.2.4.66).

use compact_str::CompactString;

use crate::fields::Fields;
use crate::reader::Malformed;
use crate::smb::smb1::body::{Body, put};
use crate::smb::smb1::open::named;
use crate::smb::smb1::wire::{Block, Header, command};

/// Something done to a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OnPath {
    /// What is done, as activities call it.
    pub(super) operation: &'static str,
    pub(super) path: CompactString,
    /// Of renamings and new links.
    pub(super) new_path: Option<CompactString>,
}

impl OnPath {
    /// ```text
    /// CREATE_DIRECTORY, DELETE_DIRECTORY, DELETE, QUERY_INFORMATION, SET_INFORMATION, CHECK_DIRECTORY, SEARCH and its like:
    ///     BufferFormat(1)=4 Path
    /// RENAME, NT_RENAME: BufferFormat(1)=4 OldFileName BufferFormat(1)=4 NewFileName
    /// ```
    pub(super) fn parse<'a>(header: &Header, block: &Block<'_>) -> Result<Body<'a>, Malformed> {
        let (operation, renames) = match block.command {
            command::CREATE_DIRECTORY => ("create_directory", false),
            command::DELETE_DIRECTORY => ("delete_directory", false),
            command::DELETE => ("delete", false),
            command::RENAME | command::NT_RENAME => ("rename", true),
            command::QUERY_INFORMATION | command::CHECK_DIRECTORY => ("query_path", false),
            command::SET_INFORMATION => ("set_path", false),
            _ => ("search", false),
        };
        let mut bytes = block.bytes();
        Ok(Body::OnPath(Self {
            operation,
            path: named(header, &mut bytes)?,
            new_path: match renames {
                true => Some(named(header, &mut bytes)?),
                false => None,
            },
        }))
    }

    pub(super) fn fields(&self, fields: &mut Fields) {
        put(fields, "path", &self.path);
        if let Some(path) = &self.new_path {
            put(fields, "renamed_to", path);
        }
    }
}
