//! SMB 2 and 3 on the wire ([MS-SMB2] 2.2): the header of every message, and the two that hide one.
//!
//! Pure decoding over borrowed bytes. Offsets inside a message count from its header, so every body is read from the whole
//! message, which ends where the next one of a compound chain begins.

pub(super) mod change;
pub(super) mod contexts;
pub(super) mod control;
pub(super) mod create;
mod create_context;
pub(super) mod file;
pub(super) mod info;
pub(super) mod ioctl;
pub(super) mod lock;
pub(super) mod negotiate;
pub(super) mod security;
pub(super) mod session;

use capture::Timestamp;
use compact_str::CompactString;

use crate::fields::Fields;
use crate::ntlm::av::filetime;
use crate::ntstatus;
use crate::reader::{Malformed, Reader};
use crate::smb::transport::PREFIX;
use crate::text;

/// Bytes of an SMB2 header.
pub(super) const HEADER: usize = 64;
/// Bytes of a TRANSFORM_HEADER.
pub(super) const TRANSFORM: usize = 52;
/// Bytes of a COMPRESSION_TRANSFORM_HEADER.
pub(super) const COMPRESSION: usize = 16;

/// The protocol identifiers that may stand at the start of a message.
pub(super) const SMB1_ID: [u8; 4] = *b"\xffSMB";
pub(super) const SMB2_ID: [u8; 4] = *b"\xfeSMB";
pub(super) const TRANSFORM_ID: [u8; 4] = *b"\xfdSMB";
pub(super) const COMPRESSION_ID: [u8; 4] = *b"\xfcSMB";

/// The answer is still to come; this one only says so ([MS-SMB2] 3.3.4.2).
pub(super) const STATUS_PENDING: u32 = 0x0000_0103;
/// Another leg of the authentication is asked for.
pub(super) const STATUS_MORE_PROCESSING_REQUIRED: u32 = 0xc000_0016;

macro_rules! commands {
    ($($variant:ident = $code:literal $name:literal,)*) => {
        /// SMB2 commands ([MS-SMB2] 2.2.1.2).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Command { $($variant,)* }

        impl Command {
            pub(super) const fn of(code: u16) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// The name of its message, one way and the other.
            pub(super) const fn message(self, response: bool) -> &'static str {
                match (self, response) {
                    $((Self::$variant, false) => concat!($name, " request"),
                      (Self::$variant, true) => concat!($name, " response"),)*
                }
            }
        }
    };
}

commands! {
    Negotiate = 0 "NEGOTIATE",
    SessionSetup = 1 "SESSION_SETUP",
    Logoff = 2 "LOGOFF",
    TreeConnect = 3 "TREE_CONNECT",
    TreeDisconnect = 4 "TREE_DISCONNECT",
    Create = 5 "CREATE",
    Close = 6 "CLOSE",
    Flush = 7 "FLUSH",
    Read = 8 "READ",
    Write = 9 "WRITE",
    Lock = 10 "LOCK",
    Ioctl = 11 "IOCTL",
    Cancel = 12 "CANCEL",
    Echo = 13 "ECHO",
    QueryDirectory = 14 "QUERY_DIRECTORY",
    ChangeNotify = 15 "CHANGE_NOTIFY",
    QueryInfo = 16 "QUERY_INFO",
    SetInfo = 17 "SET_INFO",
    OplockBreak = 18 "OPLOCK_BREAK",
    ServerToClientNotification = 19 "SERVER_TO_CLIENT_NOTIFICATION",
}

/// A file's identifier: its persistent and volatile halves as they stand on the wire ([MS-SMB2] 2.2.14.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FileId(pub(super) [u8; 16]);

impl FileId {
    /// All ones: the file that an earlier message of the same chain opened ([MS-SMB2] 3.2.4.1.4).
    pub(super) const RELATED: Self = Self([0xff; 16]);

    /// The 16-bit identifier of SMB1, which no connection mixes with those of SMB2.
    pub(super) fn of_smb1(fid: u16) -> Self {
        Self((u128::from(fid) | u128::from(u32::from_le_bytes(SMB1_ID)) << 96).to_le_bytes())
    }

    /// What it says in messages.
    pub(super) fn text(self) -> CompactString {
        text::hex(&self.0)
    }
}

/// An SMB2 header, synchronous or asynchronous ([MS-SMB2] 2.2.1).
///
/// ```text
/// ProtocolId(4) StructureSize(2)=64 CreditCharge(2) Status(4) Command(2) Credits(2) Flags(4) NextCommand(4)
/// MessageId(8) (Reserved(4) TreeId(4) | AsyncId(8)) SessionId(8) Signature(16)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) credit_charge: u16,
    /// In responses; requests carry a channel sequence in its place.
    pub(super) status: u32,
    pub(super) command: Command,
    pub(super) credits: u16,
    pub(super) flags: u32,
    pub(super) next: u32,
    pub(super) message_id: u64,
    /// Of synchronous messages.
    pub(super) tree_id: Option<u32>,
    /// Of asynchronous ones.
    pub(super) async_id: Option<u64>,
    pub(super) session_id: u64,
}

impl Header {
    const RESPONSE: u32 = 0x0000_0001;
    const ASYNC: u32 = 0x0000_0002;
    const RELATED: u32 = 0x0000_0004;
    const SIGNED: u32 = 0x0000_0008;
    const DFS: u32 = 0x1000_0000;
    const REPLAY: u32 = 0x2000_0000;

    /// Reads the header at the start of `bytes`.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.array::<4>("header")? != SMB2_ID || reader.u16_le("header")? != 64 {
            return Err(Malformed("protocol identifier"));
        }
        let credit_charge = reader.u16_le("header")?;
        let status = reader.u32_le("header")?;
        let command = Command::of(reader.u16_le("header")?).ok_or(Malformed("command"))?;
        let credits = reader.u16_le("header")?;
        let flags = reader.u32_le("header")?;
        let next = reader.u32_le("header")?;
        let message_id = reader.u64_le("header")?;
        let identifier = reader.u64_le("header")?;
        let session_id = reader.u64_le("header")?;
        reader.skip(16, "header")?;
        let is_async = flags & Self::ASYNC != 0;
        Ok(Self {
            credit_charge,
            status,
            command,
            credits,
            flags,
            next,
            message_id,
            tree_id: (!is_async).then_some((identifier >> 32) as u32),
            async_id: is_async.then_some(identifier),
            session_id,
        })
    }

    /// The server sent it: an answer, or a notification nobody asked for.
    pub(super) const fn is_response(&self) -> bool {
        self.flags & Self::RESPONSE != 0
    }

    /// It works on what the message before it in the chain worked on.
    pub(super) const fn is_related(&self) -> bool {
        self.flags & Self::RELATED != 0
    }

    pub(super) const fn is_signed(&self) -> bool {
        self.flags & Self::SIGNED != 0
    }

    /// The command's message name.
    pub(super) const fn message(&self) -> &'static str {
        self.command.message(self.is_response())
    }

    pub(super) fn fields(&self, fields: &mut Fields) {
        if self.is_response() {
            fields.set("nt_status", self.status);
            fields.set_some("nt_status_name", ntstatus::name(self.status));
        }
        fields.set("message_id", self.message_id);
        fields.set("session_id", self.session_id);
        fields.set_some("tree_id", self.tree_id);
        fields.set_some("async_id", self.async_id);
        fields.set("credit_charge", self.credit_charge);
        fields.set("credits", self.credits);
        fields.flag("related", self.is_related());
        fields.flag("signed", self.is_signed());
        fields.flag("dfs", self.flags & Self::DFS != 0);
        fields.flag("replay", self.flags & Self::REPLAY != 0);
    }
}

/// A TRANSFORM_HEADER: a message follows that only its two ends can read ([MS-SMB2] 2.2.41).
///
/// ```text
/// ProtocolId(4) Signature(16) Nonce(16) OriginalMessageSize(4) Reserved(2) Flags/EncryptionAlgorithm(2) SessionId(8)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transform {
    pub(super) original_size: u32,
    /// What encrypts in 3.0 and 3.0.2; since 3.1.1 flags, of which the first says that it is encrypted: the same 1.
    flags: u16,
    pub(super) session_id: u64,
}

impl Transform {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.skip(36, "transform header")?;
        let original_size = reader.u32_le("transform header")?;
        reader.skip(2, "transform header")?;
        let flags = reader.u16_le("transform header")?;
        let session_id = reader.u64_le("transform header")?;
        Ok(Self {
            original_size,
            flags,
            session_id,
        })
    }

    pub(super) fn fields(&self, fields: &mut Fields, total: u64) {
        fields.set("session_id", self.session_id);
        fields.set("original_size", self.original_size);
        fields.set("transform_flags", self.flags);
        fields.set("size", total);
    }
}

/// A COMPRESSION_TRANSFORM_HEADER, chained or not ([MS-SMB2] 2.2.42).
///
/// ```text
/// unchained: ProtocolId(4) OriginalCompressedSegmentSize(4) CompressionAlgorithm(2) Flags(2)=0 Offset(4) Uncompressed(Offset) …
/// chained:   ProtocolId(4) OriginalCompressedSegmentSize(4) { CompressionAlgorithm(2) Flags(2) Length(4) … }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Compression<'a> {
    pub(super) original_size: u32,
    pub(super) algorithm: u16,
    pub(super) chained: bool,
    /// Where the compressed part begins; of a chain, how long its first part is.
    pub(super) offset: u32,
    /// The start of the message, where the sender left it as it was: usually at least its header.
    pub(super) plain: &'a [u8],
}

impl<'a> Compression<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.skip(4, "compression header")?;
        let original_size = reader.u32_le("compression header")?;
        let algorithm = reader.u16_le("compression header")?;
        let chained = reader.u16_le("compression header")? & 1 != 0;
        let offset = reader.u32_le("compression header")?;
        let plain = if chained && algorithm != 0 { 0 } else { offset as usize };
        let rest = reader.rest();
        Ok(Self {
            original_size,
            algorithm,
            chained,
            offset,
            plain: rest.get(..plain).unwrap_or(rest),
        })
    }

    /// The sizes do not go together: the offset lies beyond the message, or adds up with the size to more than 32 bits,
    /// which is how a server without the patch for CVE-2020-0796 is made to write past its buffer.
    pub(super) fn overflows(&self, total: u64) -> bool {
        let beyond = u64::from(self.offset) > total.saturating_sub((PREFIX + COMPRESSION) as u64);
        beyond || (!self.chained && self.offset.checked_add(self.original_size).is_none())
    }

    pub(super) fn fields(&self, fields: &mut Fields, total: u64) {
        fields.set("original_size", self.original_size);
        fields.set("size", total);
        fields.set("algorithm", self.algorithm);
        fields.set_some("algorithm_name", contexts::compression_name(self.algorithm));
        fields.set(if self.chained { "length" } else { "offset" }, self.offset);
        fields.flag("chained", self.chained);
        fields.flag("overflow", self.overflows(total));
    }
}

/// An ERROR response ([MS-SMB2] 2.2.2) in place of the command's own: StructureSize(2)=9 ErrorContextCount(1) Reserved(1)
/// ByteCount(4) ErrorData. Some servers leave the body away.
pub(super) fn is_error(header: &Header, message: &[u8]) -> bool {
    let answers = match header.status {
        0 => true,
        STATUS_MORE_PROCESSING_REQUIRED => matches!(header.command, Command::SessionSetup),
        // BUFFER_OVERFLOW carries as much as fitted; STOPPED_ON_SYMLINK is an error with data of its own.
        0x8000_0005 => true,
        // NOTIFY_CLEANUP, NOTIFY_ENUM_DIR
        0x0000_010b | 0x0000_010c => true,
        _ => false,
    };
    !answers || message.len() <= HEADER
}

/// `length` bytes at `offset` from the start of the message; nothing where there is no length.
pub(super) fn buffer<'a>(
    message: &'a [u8],
    offset: usize,
    length: usize,
    what: &'static str,
) -> Result<&'a [u8], Malformed> {
    if length == 0 {
        return Ok(&[]);
    }
    message
        .get(offset..offset.saturating_add(length))
        .ok_or(Malformed(what))
}

/// As [`buffer`], as much of it as there is: payload that was left out or cut is no error.
pub(super) fn available(message: &[u8], offset: usize, length: usize) -> &[u8] {
    let from = message.get(offset..).unwrap_or_default();
    from.get(..length).unwrap_or(from)
}

/// A FILETIME; zero, and all ones, stand for none.
pub(super) fn when(ticks: u64) -> Option<Timestamp> {
    filetime(ticks).filter(|_| ticks > 0)
}

/// Starts reading a body, whose first field is its StructureSize.
pub(super) fn body(message: &[u8], size: u16) -> Result<Reader<'_>, Malformed> {
    let mut reader = Reader::new(message);
    reader.skip(HEADER, "body")?;
    if reader.u16_le("body")? != size {
        return Err(Malformed("structure size"));
    }
    Ok(reader)
}

/// A FILEID.
pub(super) fn file_id(reader: &mut Reader<'_>) -> Result<FileId, Malformed> {
    reader.array("file id").map(FileId)
}
