//! What SMB1 commands say that connections are followed by ([MS-CIFS] 2.2.4, [MS-SMB] 2.2.4).

use compact_str::CompactString;

use crate::fields::Fields;
use crate::reader::{Malformed, Reader};
use crate::smb::smb1::wire::{Block, Header, command, string};
use crate::smb::wire::available;
use crate::smb::{names, wire};
use crate::text;

/// A command that was understood; others are shown by name.
#[derive(Clone, Debug)]
pub(super) enum Body<'a> {
    Offer(Vec<CompactString>),
    Chosen(Chosen<'a>),
    Setup(Setup<'a>),
    SetupAnswer(SetupAnswer<'a>),
    TreeConnect(CompactString),
    TreeConnected(CompactString),
    TreeDisconnect,
    Logoff,
    Create(Create),
    Created(Created),
    Close(u16),
    Read(u16),
    HaveRead(Data<'a>),
    Write(u16, Data<'a>),
    Written(u32),
    Transact(u16, Data<'a>),
    Transacted(Data<'a>, bool),
    Other,
}

/// The server's choice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen<'a> {
    pub(super) index: u16,
    /// Bits as in SMB2: 1 enabled, 2 required.
    pub(super) signing: u16,
    pub(super) challenge: Option<&'a [u8; 8]>,
}

/// A leg of the client's authentication.
#[derive(Clone, Debug)]
pub(super) struct Setup<'a> {
    pub(super) proof: Proof<'a>,
    pub(super) account: CompactString,
    pub(super) domain: CompactString,
    pub(super) os: CompactString,
    pub(super) lan_manager: CompactString,
}

/// How the client proves who it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Proof<'a> {
    /// With a GSS token.
    Token(&'a [u8]),
    /// With responses to the challenge of the negotiation.
    Responses { lm: &'a [u8], nt: &'a [u8] },
}

/// A leg of the server's.
#[derive(Clone, Debug)]
pub(super) struct SetupAnswer<'a> {
    pub(super) token: &'a [u8],
    pub(super) guest: bool,
    pub(super) os: CompactString,
    pub(super) lan_manager: CompactString,
}

/// A file to be opened.
#[derive(Clone, Debug)]
pub(super) struct Create {
    pub(super) path: CompactString,
    pub(super) access: u32,
    pub(super) disposition: u32,
    pub(super) options: u32,
}

/// A file that was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Created {
    pub(super) fid: u16,
    pub(super) action: u32,
    pub(super) size: u64,
    pub(super) is_directory: bool,
}

/// Payload: how much there was, and as much of it as is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Data<'a> {
    pub(super) length: u32,
    pub(super) bytes: &'a [u8],
}

impl<'a> Body<'a> {
    pub(super) fn parse(header: &Header, block: &Block<'a>) -> Result<Self, Malformed> {
        match (block.command, header.is_response()) {
            (command::NEGOTIATE, false) => Ok(Self::Offer(dialects(block.bytes()))),
            (command::NEGOTIATE, true) if block.count > 0 => chosen(block),
            (command::SESSION_SETUP_ANDX, false) => setup(header, block),
            (command::SESSION_SETUP_ANDX, true) if block.count >= 3 => setup_answer(header, block),
            (command::TREE_CONNECT_ANDX, false) if block.count >= 4 => tree_connect(header, block),
            (command::TREE_CONNECT_ANDX, true) if block.count >= 2 => {
                Ok(Self::TreeConnected(string(&mut block.bytes(), false)))
            }
            (command::TREE_DISCONNECT, false) => Ok(Self::TreeDisconnect),
            (command::LOGOFF_ANDX, false) => Ok(Self::Logoff),
            (command::NT_CREATE_ANDX, false) if block.count >= 24 => create(header, block),
            (command::NT_CREATE_ANDX, true) if block.count >= 34 => created(block),
            (command::CLOSE, false) => Ok(Self::Close(block.words().u16_le("fid")?)),
            (command::READ_ANDX, false) => Ok(Self::Read(block.andx_words().u16_le("fid")?)),
            (command::READ_ANDX, true) if block.count >= 12 => have_read(block),
            (command::WRITE_ANDX, false) if block.count >= 12 => write(block),
            (command::WRITE_ANDX, true) if block.count >= 6 => written(block),
            (command::TRANSACTION, false) if block.count >= 16 => transact(block),
            (command::TRANSACTION, true) if block.count >= 10 => transacted(block),
            _ => Ok(Self::Other),
        }
    }

    pub(super) fn fields(&self, fields: &mut Fields) {
        match self {
            Self::Offer(dialects) => fields.list("dialects", dialects.iter().cloned()),
            Self::Chosen(chosen) => {
                fields.set("dialect_index", chosen.index);
                fields.set("signing", wire::negotiate::signing(chosen.signing));
            }
            Self::Setup(setup) => setup.fields(fields),
            Self::SetupAnswer(answer) => answer.fields(fields),
            Self::TreeConnect(path) => {
                if let Some((_, share)) = path.rsplit_once('\\') {
                    put(fields, "share", &CompactString::new(share));
                }
                put(fields, "path", path);
            }
            Self::TreeConnected(service) => put(fields, "service", service),
            Self::Create(create) => create.fields(fields),
            Self::Created(created) => created.fields(fields),
            Self::Close(fid) | Self::Read(fid) => put_number(fields, "fid", *fid),
            Self::Write(fid, data) | Self::Transact(fid, data) => {
                put_number(fields, "fid", *fid);
                put_number(fields, "length", data.length);
            }
            Self::HaveRead(data) | Self::Transacted(data, _) => put_number(fields, "length", data.length),
            Self::Written(count) => put_number(fields, "length", *count),
            Self::TreeDisconnect | Self::Logoff | Self::Other => {}
        }
    }
}

/// A chain can hold two commands that say the same: the first counts.
fn put(fields: &mut Fields, name: &'static str, value: &CompactString) {
    if fields.get(name).is_none() {
        fields.text(name, value.clone());
    }
}

fn put_number(fields: &mut Fields, name: &'static str, value: impl Into<crate::fields::Value>) {
    if fields.get(name).is_none() {
        fields.set(name, value);
    }
}

/// `(BufferFormat(1)=2 DialectString)*`
fn dialects(mut reader: Reader<'_>) -> Vec<CompactString> {
    const OFFERED: usize = 32;
    let mut dialects = Vec::new();
    while dialects.len() < OFFERED && matches!(reader.u8("dialect"), Ok(2)) {
        dialects.push(string(&mut reader, false));
    }
    dialects
}

/// ```text
/// NT LM 0.12 (17 words): DialectIndex(2) SecurityMode(1) MaxMpxCount(2) MaxNumberVcs(2) MaxBufferSize(4) MaxRawSize(4)
///     SessionKey(4) Capabilities(4) SystemTime(8) ServerTimeZone(2) ChallengeLength(1); Challenge …, or with
///     CAP_EXTENDED_SECURITY ServerGuid(16) SecurityBlob
/// older (13 words): DialectIndex(2) SecurityMode(2) …; the oldest: DialectIndex(2)
/// ```
fn chosen<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.words();
    let index = words.u16_le("dialect index")?;
    let mut chosen = Chosen {
        index,
        signing: 0,
        challenge: None,
    };
    if block.count >= 17 {
        let mode = words.u8("security mode")?;
        chosen.signing = u16::from(mode >> 2 & 3);
        words.skip(30, "negotiation")?;
        if words.u8("challenge length")? == 8 {
            chosen.challenge = block.bytes().rest().first_chunk();
        }
    }
    Ok(Body::Chosen(chosen))
}

/// ```text
/// 12 words, extended security ([MS-SMB] 2.2.4.6.1): AndX(4) MaxBufferSize(2) MaxMpxCount(2) VcNumber(2) SessionKey(4)
///     SecurityBlobLength(2) Reserved(4) Capabilities(4); SecurityBlob NativeOS NativeLanMan
/// 13 words ([MS-CIFS] 2.2.4.53.1): … OEMPasswordLen(2) UnicodePasswordLen(2) Reserved(4) Capabilities(4);
///     OEMPassword UnicodePassword AccountName PrimaryDomain NativeOS NativeLanMan
/// 10 words: … PasswordLength(2) Reserved(4); Password AccountName PrimaryDomain NativeOS NativeLanMan
/// ```
fn setup<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(10, "session setup")?;
    let first = usize::from(words.u16_le("password length")?);
    let mut bytes = block.bytes();
    let unicode = header.is_unicode();
    if block.count == 12 {
        let proof = Proof::Token(bytes.take(first, "security blob")?);
        return Ok(Body::Setup(Setup {
            proof,
            account: CompactString::default(),
            domain: CompactString::default(),
            os: string(&mut bytes, unicode),
            lan_manager: string(&mut bytes, unicode),
        }));
    }
    let second = match block.count {
        13 => usize::from(words.u16_le("password length")?),
        _ => 0,
    };
    let proof = Proof::Responses {
        lm: bytes.take(first, "password")?,
        nt: bytes.take(second, "password")?,
    };
    Ok(Body::Setup(Setup {
        proof,
        account: string(&mut bytes, unicode),
        domain: string(&mut bytes, unicode),
        os: string(&mut bytes, unicode),
        lan_manager: string(&mut bytes, unicode),
    }))
}

impl Setup<'_> {
    fn fields(&self, fields: &mut Fields) {
        put(fields, "account", &self.account);
        put(fields, "domain", &self.domain);
        put(fields, "native_os", &self.os);
        put(fields, "native_lan_man", &self.lan_manager);
        match self.proof {
            Proof::Token(token) => put_number(fields, "security_blob_length", token.len()),
            Proof::Responses { lm, nt } => {
                put_number(fields, "lm_response_length", lm.len());
                put_number(fields, "nt_response_length", nt.len());
            }
        }
    }
}

/// ```text
/// AndX(4) Action(2) [SecurityBlobLength(2)]; [SecurityBlob] NativeOS NativeLanMan PrimaryDomain
/// ```
fn setup_answer<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    let action = words.u16_le("action")?;
    let length = match block.count {
        4 => usize::from(words.u16_le("security blob length")?),
        _ => 0,
    };
    let mut bytes = block.bytes();
    Ok(Body::SetupAnswer(SetupAnswer {
        token: bytes.take(length, "security blob")?,
        guest: action & 1 != 0,
        os: string(&mut bytes, header.is_unicode()),
        lan_manager: string(&mut bytes, header.is_unicode()),
    }))
}

impl SetupAnswer<'_> {
    fn fields(&self, fields: &mut Fields) {
        fields.flag("guest", self.guest);
        put(fields, "native_os", &self.os);
        put(fields, "native_lan_man", &self.lan_manager);
        put_number(fields, "security_blob_length", self.token.len());
    }
}

/// `AndX(4) Flags(2) PasswordLength(2); Password Path Service`
fn tree_connect<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(2, "flags")?;
    let password = usize::from(words.u16_le("password length")?);
    let mut bytes = block.bytes();
    bytes.skip(password, "password")?;
    Ok(Body::TreeConnect(string(&mut bytes, header.is_unicode())))
}

/// ```text
/// AndX(4) Reserved(1) NameLength(2) Flags(4) RootDirectoryFID(4) DesiredAccess(4) AllocationSize(8) ExtFileAttributes(4)
/// ShareAccess(4) CreateDisposition(4) CreateOptions(4) ImpersonationLevel(4) SecurityFlags(1); FileName
/// ```
fn create<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(1, "reserved")?;
    let length = usize::from(words.u16_le("name length")?);
    words.skip(8, "flags")?;
    let access = words.u32_le("desired access")?;
    words.skip(16, "attributes")?;
    let disposition = words.u32_le("create disposition")?;
    let options = words.u32_le("create options")?;
    let mut bytes = block.bytes();
    if header.is_unicode() {
        bytes.align(2);
    }
    let name = bytes.take(length.min(bytes.remaining()), "name")?;
    let path = match header.is_unicode() {
        true => text::utf16(name),
        false => text::bytes(name),
    };
    Ok(Body::Create(Create {
        path: CompactString::new(path.trim_end_matches('\0')),
        access,
        disposition,
        options,
    }))
}

impl Create {
    fn fields(&self, fields: &mut Fields) {
        put(fields, "path", &self.path);
        put_number(fields, "access", self.access);
        fields.list("access_names", names::bits(self.access, names::FILE_ACCESS));
        put_number(fields, "disposition", self.disposition);
        fields.set_some("disposition_name", names::disposition(self.disposition));
        put_number(fields, "create_options", self.options);
    }
}

/// ```text
/// AndX(4) OpLockLevel(1) FID(2) CreateDisposition(4) CreateTime(8) LastAccessTime(8) LastWriteTime(8) LastChangeTime(8)
/// ExtFileAttributes(4) AllocationSize(8) EndOfFile(8) ResourceType(2) NMPipeStatus(2) Directory(1)
/// ```
fn created<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(1, "oplock level")?;
    let fid = words.u16_le("fid")?;
    let action = words.u32_le("create action")?;
    words.skip(32 + 4 + 8, "times")?;
    let size = words.u64_le("end of file")?;
    words.skip(4, "resource type")?;
    Ok(Body::Created(Created {
        fid,
        action,
        size,
        is_directory: words.u8("directory")? != 0,
    }))
}

impl Created {
    fn fields(&self, fields: &mut Fields) {
        put_number(fields, "fid", self.fid);
        put_number(fields, "create_action", self.action);
        fields.set_some("create_action_name", names::create_action(self.action));
        put_number(fields, "file_size", self.size);
    }
}

/// `AndX(4) Available(2) DataCompactionMode(2) Reserved1(2) DataLength(2) DataOffset(2) DataLengthHigh(2) …`
fn have_read<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(6, "available")?;
    let low = u32::from(words.u16_le("data length")?);
    let offset = usize::from(words.u16_le("data offset")?);
    let length = u32::from(words.u16_le("data length")?) << 16 | low;
    Ok(Body::HaveRead(data(block, offset, length)))
}

/// ```text
/// AndX(4) FID(2) Offset(4) Timeout(4) WriteMode(2) Remaining(2) DataLengthHigh(2) DataLength(2) DataOffset(2) [OffsetHigh(4)]
/// ```
fn write<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    let fid = words.u16_le("fid")?;
    words.skip(12, "offset")?;
    let high = u32::from(words.u16_le("data length")?) << 16;
    let length = high | u32::from(words.u16_le("data length")?);
    let offset = usize::from(words.u16_le("data offset")?);
    Ok(Body::Write(fid, data(block, offset, length)))
}

/// `AndX(4) Count(2) Available(2) CountHigh(2) Reserved(2)`
fn written<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    let low = u32::from(words.u16_le("count")?);
    words.skip(2, "available")?;
    Ok(Body::Written(u32::from(words.u16_le("count")?) << 16 | low))
}

/// TRANSACT_NMPIPE, a write to a pipe and the read of its answer in one ([MS-CIFS] 2.2.5.6).
///
/// ```text
/// TotalParameterCount(2) TotalDataCount(2) MaxParameterCount(2) MaxDataCount(2) MaxSetupCount(1) Reserved1(1) Flags(2)
/// Timeout(4) Reserved2(2) ParameterCount(2) ParameterOffset(2) DataCount(2) DataOffset(2) SetupCount(1) Reserved3(1)
/// Setup: Subcommand(2)=0x26 FID(2)
/// ```
fn transact<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.words();
    words.skip(22, "transaction")?;
    let length = u32::from(words.u16_le("data count")?);
    let offset = usize::from(words.u16_le("data offset")?);
    words.skip(2, "setup count")?;
    if words.u16_le("subcommand")? != 0x0026 {
        return Ok(Body::Other);
    }
    let fid = words.u16_le("fid")?;
    Ok(Body::Transact(fid, data(block, offset, length)))
}

/// ```text
/// TotalParameterCount(2) TotalDataCount(2) Reserved1(2) ParameterCount(2) ParameterOffset(2) ParameterDisplacement(2)
/// DataCount(2) DataOffset(2) DataDisplacement(2) …
/// ```
fn transacted<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.words();
    words.skip(2, "transaction")?;
    let total = u32::from(words.u16_le("total data count")?);
    words.skip(8, "parameters")?;
    let length = u32::from(words.u16_le("data count")?);
    let offset = usize::from(words.u16_le("data offset")?);
    let displacement = u32::from(words.u16_le("data displacement")?);
    Ok(Body::Transacted(
        data(block, offset, length),
        displacement + length >= total,
    ))
}

fn data<'a>(block: &Block<'a>, offset: usize, length: u32) -> Data<'a> {
    Data {
        length,
        bytes: available(block.message, offset, length as usize),
    }
}
