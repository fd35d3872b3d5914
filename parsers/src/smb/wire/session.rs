//! SESSION_SETUP and TREE_CONNECT: who logs on, and which share is opened ([MS-SMB2] 2.2.5 to 2.2.10).

use crate::fields::Fields;
use crate::reader::Malformed;
use crate::smb::names;
use crate::smb::wire::{body, buffer, negotiate};
use crate::text;

/// A leg of the client's authentication.
///
/// ```text
/// StructureSize(2)=25 Flags(1) SecurityMode(1) Capabilities(4) Channel(4) SecurityBufferOffset(2) SecurityBufferLength(2)
/// PreviousSessionId(8)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct SetupRequest<'a> {
    flags: u8,
    security_mode: u8,
    capabilities: u32,
    channel: u32,
    previous_session_id: u64,
    /// The GSS token.
    pub(in crate::smb) token: &'a [u8],
}

impl<'a> SetupRequest<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 25)?;
        let flags = reader.u8("flags")?;
        let security_mode = reader.u8("security mode")?;
        let capabilities = reader.u32_le("capabilities")?;
        let channel = reader.u32_le("channel")?;
        let offset = usize::from(reader.u16_le("security buffer")?);
        let length = usize::from(reader.u16_le("security buffer")?);
        let previous_session_id = reader.u64_le("previous session")?;
        Ok(Self {
            flags,
            security_mode,
            capabilities,
            channel,
            previous_session_id,
            token: buffer(message, offset, length, "security buffer")?,
        })
    }

    /// The session exists on another connection; this one becomes another channel of it.
    pub(in crate::smb) const fn is_binding(&self) -> bool {
        self.flags & 1 != 0
    }

    /// The client comes back for a session that it lost the connection of.
    pub(in crate::smb) const fn is_reconnect(&self) -> bool {
        self.previous_session_id != 0
    }

    /// The client insists on signing.
    pub(in crate::smb) const fn requires_signing(&self) -> bool {
        self.security_mode & 2 != 0
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.flag("binding", self.is_binding());
        fields.set("security_mode", self.security_mode);
        fields.text("signing", negotiate::signing(u16::from(self.security_mode)));
        fields.list("capability_names", names::bits(self.capabilities, names::CAPABILITIES));
        if self.channel != 0 {
            fields.set("channel", self.channel);
        }
        if self.is_reconnect() {
            fields.set("previous_session_id", self.previous_session_id);
        }
        fields.set("security_buffer_length", self.token.len());
    }
}

/// A leg of the server's.
///
/// ```text
/// StructureSize(2)=9 SessionFlags(2) SecurityBufferOffset(2) SecurityBufferLength(2)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct SetupResponse<'a> {
    flags: u16,
    /// The GSS token.
    pub(in crate::smb) token: &'a [u8],
}

impl<'a> SetupResponse<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 9)?;
        let flags = reader.u16_le("session flags")?;
        let offset = usize::from(reader.u16_le("security buffer")?);
        let length = usize::from(reader.u16_le("security buffer")?);
        Ok(Self {
            flags,
            token: buffer(message, offset, length, "security buffer")?,
        })
    }

    /// Logged on as a guest instead.
    pub(in crate::smb) const fn is_guest(&self) -> bool {
        self.flags & 1 != 0
    }

    /// A null session.
    pub(in crate::smb) const fn is_anonymous(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Whatever follows is encrypted.
    pub(in crate::smb) const fn is_encrypted(&self) -> bool {
        self.flags & 4 != 0
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("session_flags", self.flags);
        fields.flag("guest", self.is_guest());
        fields.flag("anonymous", self.is_anonymous());
        fields.flag("encrypt_data", self.is_encrypted());
        fields.set("security_buffer_length", self.token.len());
    }
}

/// Which share is asked for: StructureSize(2)=9 Flags(2) PathOffset(2) PathLength(2), a UNC path in UTF-16.
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct TreeRequest<'a> {
    flags: u16,
    pub(in crate::smb) path: &'a [u8],
}

impl<'a> TreeRequest<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 9)?;
        let flags = reader.u16_le("flags")?;
        let offset = usize::from(reader.u16_le("path")?);
        let length = usize::from(reader.u16_le("path")?);
        Ok(Self {
            flags,
            path: buffer(message, offset, length, "path")?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        let path = text::utf16(self.path);
        if let Some((_, share)) = path.rsplit_once('\\') {
            fields.text("share", compact_str::CompactString::new(share));
        }
        fields.text("path", path);
        fields.flag("cluster_reconnect", self.flags & 1 != 0);
        fields.flag("redirect_to_owner", self.flags & 2 != 0);
        fields.flag("extension_present", self.flags & 4 != 0);
    }
}

/// What was opened: StructureSize(2)=16 ShareType(1) Reserved(1) ShareFlags(4) Capabilities(4) MaximalAccess(4).
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct TreeResponse {
    pub(in crate::smb) share_type: u8,
    share_flags: u32,
    capabilities: u32,
    maximal_access: u32,
}

impl TreeResponse {
    pub(in crate::smb) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 16)?;
        let share_type = reader.u8("share type")?;
        reader.skip(1, "reserved")?;
        Ok(Self {
            share_type,
            share_flags: reader.u32_le("share flags")?,
            capabilities: reader.u32_le("capabilities")?,
            maximal_access: reader.u32_le("maximal access")?,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("share_type", self.share_type);
        fields.set_some("share_type_name", names::share_type(self.share_type));
        fields.set("share_flags", self.share_flags);
        fields.list("share_flag_names", names::bits(self.share_flags, SHARE_FLAGS));
        fields.set("capabilities", self.capabilities);
        fields.list("capability_names", names::bits(self.capabilities, SHARE_CAPABILITIES));
        fields.set("maximal_access", self.maximal_access);
        fields.list(
            "maximal_access_names",
            names::bits(self.maximal_access, names::FILE_ACCESS),
        );
    }
}

/// SMB2_SHAREFLAG_* ([MS-SMB2] 2.2.10); offline caching is a number in two bits and has no name here.
const SHARE_FLAGS: &[(u32, &str)] = &[
    (0x0000_0001, "DFS"),
    (0x0000_0002, "DFS_ROOT"),
    (0x0000_0100, "RESTRICT_EXCLUSIVE_OPENS"),
    (0x0000_0200, "FORCE_SHARED_DELETE"),
    (0x0000_0400, "ALLOW_NAMESPACE_CACHING"),
    (0x0000_0800, "ACCESS_BASED_DIRECTORY_ENUM"),
    (0x0000_1000, "FORCE_LEVELII_OPLOCK"),
    (0x0000_2000, "ENABLE_HASH_V1"),
    (0x0000_4000, "ENABLE_HASH_V2"),
    (0x0000_8000, "ENCRYPT_DATA"),
    (0x0004_0000, "IDENTITY_REMOTING"),
    (0x0010_0000, "COMPRESS_DATA"),
];

/// SMB2_SHARE_CAP_* ([MS-SMB2] 2.2.10).
const SHARE_CAPABILITIES: &[(u32, &str)] = &[
    (0x008, "DFS"),
    (0x010, "CONTINUOUS_AVAILABILITY"),
    (0x020, "SCALEOUT"),
    (0x040, "CLUSTER"),
    (0x080, "ASYMMETRIC"),
    (0x100, "REDIRECT_TO_OWNER"),
];
