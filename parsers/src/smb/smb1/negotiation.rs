//! How an SMB1 connection begins: dialects, sessions, shares ([MS-CIFS] 2.2.4.52 to 2.2.4.55, [MS-SMB] 2.2.4.5 to 2.2.4.7).

use compact_str::CompactString;

use crate::fields::Fields;
use crate::reader::{Malformed, Reader};
use crate::smb::names;
use crate::smb::smb1::body::{Body, put, put_list, put_number};
use crate::smb::smb1::open::named;
use crate::smb::smb1::wire::{Block, Header, string};
use crate::smb::wire::negotiate;
use crate::text;

/// Dialects of one offer that are read.
const OFFERED: usize = 32;

/// CAP_EXTENDED_SECURITY
const EXTENDED_SECURITY: u32 = 0x8000_0000;

/// The server's choice.
#[derive(Clone, Debug)]
pub(super) struct Chosen<'a> {
    pub(super) index: u16,
    /// Bits as in SMB2: 1 enabled, 2 required.
    pub(super) signing: u16,
    /// Passwords come as responses to a challenge; if not, they come in the clear.
    pub(super) encrypts: bool,
    pub(super) capabilities: Option<u32>,
    pub(super) challenge: Option<&'a [u8; 8]>,
    /// With extended security.
    pub(super) server_guid: Option<[u8; 16]>,
    /// Without it.
    domain: CompactString,
    server: CompactString,
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
    domain: CompactString,
}

/// A share that was connected.
#[derive(Clone, Debug)]
pub(super) struct Connected {
    /// `A:`, `IPC`, `LPT1:`, `COMM`.
    pub(super) service: CompactString,
    /// Where the answer has it in its words, not in its header.
    pub(super) tid: Option<u16>,
    maximal_access: Option<u32>,
    file_system: CompactString,
}

/// `(BufferFormat(1)=2 DialectString)*`
pub(super) fn dialects(mut reader: Reader<'_>) -> Vec<CompactString> {
    let mut dialects = Vec::new();
    while dialects.len() < OFFERED && matches!(reader.u8("dialect"), Ok(2)) {
        dialects.push(string(&mut reader, false));
    }
    dialects
}

/// ```text
/// NT LM 0.12 (17 words): DialectIndex(2) SecurityMode(1) MaxMpxCount(2) MaxNumberVcs(2) MaxBufferSize(4) MaxRawSize(4)
///     SessionKey(4) Capabilities(4) SystemTime(8) ServerTimeZone(2) ChallengeLength(1); Challenge DomainName ServerName,
///     or with CAP_EXTENDED_SECURITY ServerGuid(16) SecurityBlob
/// older (13 words): DialectIndex(2) SecurityMode(2) …; the oldest: DialectIndex(2)
/// ```
pub(super) fn chosen<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.words();
    let mut chosen = Chosen {
        index: words.u16_le("dialect index")?,
        signing: 0,
        encrypts: false,
        capabilities: None,
        challenge: None,
        server_guid: None,
        domain: CompactString::default(),
        server: CompactString::default(),
    };
    if block.count >= 13 {
        chosen.encrypts = words.u8("security mode")? & 2 != 0;
    }
    if block.count >= 17 {
        chosen.newest(header, block)?;
    }
    Ok(Body::Chosen(chosen))
}

impl<'a> Chosen<'a> {
    fn newest(&mut self, header: &Header, block: &Block<'a>) -> Result<(), Malformed> {
        let mut words = block.words();
        words.skip(2, "dialect index")?;
        self.signing = u16::from(words.u8("security mode")? >> 2 & 3);
        words.skip(16, "sizes")?;
        let capabilities = words.u32_le("capabilities")?;
        self.capabilities = Some(capabilities);
        words.skip(10, "system time")?;
        let length = words.u8("challenge length")?;
        let mut bytes = block.bytes();
        if capabilities & EXTENDED_SECURITY != 0 {
            self.server_guid = bytes.array("server guid").ok();
            return Ok(());
        }
        if length == 8 {
            self.challenge = bytes.rest().first_chunk();
        }
        // What follows stands directly behind the challenge, aligned or not.
        let names = bytes.rest().get(usize::from(length)..).unwrap_or_default();
        let mut names = Reader::new(names);
        self.domain = string(&mut names, header.is_unicode());
        self.server = string(&mut names, header.is_unicode());
        Ok(())
    }

    pub(super) fn fields(&self, fields: &mut Fields) {
        fields.set("dialect_index", self.index);
        fields.set("signing", negotiate::signing(self.signing));
        fields.set("encrypt_passwords", self.encrypts);
        if let Some(capabilities) = self.capabilities {
            fields.set("capabilities", capabilities);
            fields.list("capability_names", names::bits(capabilities, names::SMB1_CAPABILITIES));
        }
        fields.set_some("server_guid", self.server_guid.as_ref().map(text::guid));
        put(fields, "domain", &self.domain);
        put(fields, "server", &self.server);
    }
}

/// ```text
/// 12 words, extended security ([MS-SMB] 2.2.4.6.1): AndX(4) MaxBufferSize(2) MaxMpxCount(2) VcNumber(2) SessionKey(4)
///     SecurityBlobLength(2) Reserved(4) Capabilities(4); SecurityBlob NativeOS NativeLanMan
/// 13 words ([MS-CIFS] 2.2.4.53.1): … OEMPasswordLen(2) UnicodePasswordLen(2) Reserved(4) Capabilities(4);
///     OEMPassword UnicodePassword AccountName PrimaryDomain NativeOS NativeLanMan
/// 10 words: … PasswordLength(2) Reserved(4); Password AccountName PrimaryDomain NativeOS NativeLanMan
/// ```
pub(super) fn setup<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
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
    pub(super) fn fields(&self, fields: &mut Fields) {
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
pub(super) fn setup_answer<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
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
        domain: string(&mut bytes, header.is_unicode()),
    }))
}

impl SetupAnswer<'_> {
    pub(super) fn fields(&self, fields: &mut Fields) {
        if self.guest {
            put_number(fields, "guest", true);
        }
        put(fields, "native_os", &self.os);
        put(fields, "native_lan_man", &self.lan_manager);
        put(fields, "domain", &self.domain);
        put_number(fields, "security_blob_length", self.token.len());
    }
}

/// TREE_CONNECT_ANDX: AndX(4) Flags(2) PasswordLength(2); Password Path Service. The password goes no further.
pub(super) fn tree_connect_andx<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(2, "flags")?;
    let password = usize::from(words.u16_le("password length")?);
    let mut bytes = block.bytes();
    bytes.skip(password, "password")?;
    Ok(Body::TreeConnect(string(&mut bytes, header.is_unicode())))
}

/// TREE_CONNECT: no words; (BufferFormat(1)=4 String)*: Path Password Service.
pub(super) fn tree_connect<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    named(header, &mut block.bytes()).map(Body::TreeConnect)
}

/// TREE_CONNECT_ANDX: AndX(4) OptionalSupport(2) [MaximalShareAccessRights(4) GuestMaximalShareAccessRights(4)]; Service
/// NativeFileSystem
pub(super) fn connected_andx<'a>(header: &Header, block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    let mut bytes = block.bytes();
    let maximal_access = if block.count >= 5 {
        words.skip(2, "optional support")?;
        Some(words.u32_le("maximal access")?)
    } else {
        None
    };
    Ok(Body::TreeConnected(Connected {
        service: string(&mut bytes, false),
        tid: None,
        maximal_access,
        file_system: string(&mut bytes, header.is_unicode()),
    }))
}

/// TREE_CONNECT: MaxBufferSize(2) TID(2)
pub(super) fn connected<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.words();
    words.skip(2, "buffer size")?;
    Ok(Body::TreeConnected(Connected {
        service: CompactString::default(),
        tid: Some(words.u16_le("tid")?),
        maximal_access: None,
        file_system: CompactString::default(),
    }))
}

impl Connected {
    pub(super) fn fields(&self, fields: &mut Fields) {
        put(fields, "service", &self.service);
        put(fields, "native_file_system", &self.file_system);
        if let Some(access) = self.maximal_access {
            put_number(fields, "maximal_access", access);
            put_list(fields, "maximal_access_names", names::bits(access, names::FILE_ACCESS));
        }
    }
}
