//! SMB1 on the wire ([MS-CIFS] 2.2.3): header, parameter words, data bytes, strings, and chains of commands.

use compact_str::CompactString;

use crate::fields::Fields;
use crate::ntstatus;
use crate::reader::{Malformed, Reader};
use crate::smb::smb1::names;
use crate::smb::wire;
use crate::text;

/// Bytes of an SMB1 header.
pub(in crate::smb) const HEADER: usize = 32;

/// Commands of one AndX chain.
const CHAIN: usize = 8;

/// The end of an AndX chain.
pub(super) const NO_ANDX: u8 = 0xff;

/// The commands that are read ([MS-CIFS] 2.2.2.1).
pub(super) mod command {
    pub(in crate::smb) const CREATE_DIRECTORY: u8 = 0x00;
    pub(in crate::smb) const DELETE_DIRECTORY: u8 = 0x01;
    pub(in crate::smb) const OPEN: u8 = 0x02;
    pub(in crate::smb) const CREATE: u8 = 0x03;
    pub(in crate::smb) const CLOSE: u8 = 0x04;
    pub(in crate::smb) const FLUSH: u8 = 0x05;
    pub(in crate::smb) const DELETE: u8 = 0x06;
    pub(in crate::smb) const RENAME: u8 = 0x07;
    pub(in crate::smb) const QUERY_INFORMATION: u8 = 0x08;
    pub(in crate::smb) const SET_INFORMATION: u8 = 0x09;
    pub(in crate::smb) const READ: u8 = 0x0a;
    pub(in crate::smb) const WRITE: u8 = 0x0b;
    pub(in crate::smb) const LOCK_BYTE_RANGE: u8 = 0x0c;
    pub(in crate::smb) const UNLOCK_BYTE_RANGE: u8 = 0x0d;
    pub(in crate::smb) const CREATE_NEW: u8 = 0x0f;
    pub(in crate::smb) const CHECK_DIRECTORY: u8 = 0x10;
    pub(in crate::smb) const SEEK: u8 = 0x12;
    pub(in crate::smb) const LOCK_AND_READ: u8 = 0x13;
    pub(in crate::smb) const WRITE_AND_UNLOCK: u8 = 0x14;
    pub(in crate::smb) const LOCKING_ANDX: u8 = 0x24;
    pub(in crate::smb) const TRANSACTION: u8 = 0x25;
    pub(in crate::smb) const TRANSACTION_SECONDARY: u8 = 0x26;
    pub(in crate::smb) const ECHO: u8 = 0x2b;
    pub(in crate::smb) const WRITE_AND_CLOSE: u8 = 0x2c;
    pub(in crate::smb) const OPEN_ANDX: u8 = 0x2d;
    pub(in crate::smb) const READ_ANDX: u8 = 0x2e;
    pub(in crate::smb) const WRITE_ANDX: u8 = 0x2f;
    pub(in crate::smb) const TRANSACTION2: u8 = 0x32;
    pub(in crate::smb) const TRANSACTION2_SECONDARY: u8 = 0x33;
    pub(in crate::smb) const TREE_CONNECT: u8 = 0x70;
    pub(in crate::smb) const TREE_DISCONNECT: u8 = 0x71;
    pub(in crate::smb) const NEGOTIATE: u8 = 0x72;
    pub(in crate::smb) const SESSION_SETUP_ANDX: u8 = 0x73;
    pub(in crate::smb) const LOGOFF_ANDX: u8 = 0x74;
    pub(in crate::smb) const TREE_CONNECT_ANDX: u8 = 0x75;
    pub(in crate::smb) const SEARCH: u8 = 0x81;
    pub(in crate::smb) const NT_TRANSACT: u8 = 0xa0;
    pub(in crate::smb) const NT_TRANSACT_SECONDARY: u8 = 0xa1;
    pub(in crate::smb) const NT_CREATE_ANDX: u8 = 0xa2;
    pub(in crate::smb) const NT_RENAME: u8 = 0xa5;
}

/// An SMB1 header.
///
/// ```text
/// Protocol(4) Command(1) Status(4) Flags(1) Flags2(2) PIDHigh(2) SecurityFeatures(8) Reserved(2) TID(2) PIDLow(2) UID(2)
/// MID(2)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::smb) struct Header {
    pub(in crate::smb) command: u8,
    pub(in crate::smb) status: u32,
    flags: u8,
    flags2: u16,
    pub(in crate::smb) tid: u16,
    pid: u16,
    pub(in crate::smb) uid: u16,
    mid: u16,
}

impl Header {
    const REPLY: u8 = 0x80;
    const SIGNED: u16 = 0x0004;
    const NT_STATUS: u16 = 0x4000;
    const UNICODE: u16 = 0x8000;

    /// Reads the header at the start of `message`.
    pub(in crate::smb) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(message);
        if reader.array::<4>("header")? != wire::SMB1_ID {
            return Err(Malformed("protocol identifier"));
        }
        let command = reader.u8("header")?;
        if names::command(command).is_none() {
            return Err(Malformed("command"));
        }
        let status = reader.u32_le("header")?;
        let flags = reader.u8("header")?;
        let flags2 = reader.u16_le("header")?;
        reader.skip(12, "header")?;
        Ok(Self {
            command,
            status,
            flags,
            flags2,
            tid: reader.u16_le("header")?,
            pid: reader.u16_le("header")?,
            uid: reader.u16_le("header")?,
            mid: reader.u16_le("header")?,
        })
    }

    pub(in crate::smb) const fn is_response(&self) -> bool {
        self.flags & Self::REPLY != 0
    }

    pub(in crate::smb) const fn is_unicode(&self) -> bool {
        self.flags2 & Self::UNICODE != 0
    }

    /// The server's status; for a client that speaks DOS errors, the NTSTATUS which that error stands for ([MS-CIFS]
    /// 2.2.2.4), where it is one that tells something.
    pub(in crate::smb) const fn nt_status(&self) -> u32 {
        if self.flags2 & Self::NT_STATUS != 0 || self.status == 0 {
            return self.status;
        }
        match (self.status & 0xff, self.status >> 16) {
            (1, 2) => 0xc000_0034,   // ERRDOS/ERRbadfile: OBJECT_NAME_NOT_FOUND
            (1, 3) => 0xc000_003a,   // ERRbadpath: OBJECT_PATH_NOT_FOUND
            (1, 5) => 0xc000_0022,   // ERRnoaccess: ACCESS_DENIED
            (1, 32) => 0xc000_0043,  // ERRbadshare: SHARING_VIOLATION
            (1, 234) => 0x8000_0005, // ERRmoredata: BUFFER_OVERFLOW
            (2, 2) => 0xc000_006d,   // ERRSRV/ERRbadpw: LOGON_FAILURE
            (2, 5) => 0xc000_00c9,   // ERRinvtid: NETWORK_NAME_DELETED
            (2, 6) => 0xc000_00cc,   // ERRinvnetname: BAD_NETWORK_NAME
            _ => 0xc000_0001,        // UNSUCCESSFUL
        }
    }

    /// What an answer is found by: process and multiplex identifier.
    pub(in crate::smb) fn key(&self) -> u32 {
        u32::from(self.pid) << 16 | u32::from(self.mid)
    }

    pub(in crate::smb) fn message(&self) -> &'static str {
        names::message(self.command, self.is_response()).unwrap_or("malformed")
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        if self.is_response() && self.flags2 & Self::NT_STATUS != 0 {
            fields.set("nt_status", self.status);
            fields.set_some("nt_status_name", ntstatus::name(self.status));
        } else if self.is_response() {
            fields.set("dos_error_class", self.status & 0xff);
            fields.set("dos_error_code", self.status >> 16);
        }
        fields.set("tid", self.tid);
        fields.set("pid", self.pid);
        fields.set("uid", self.uid);
        fields.set("mid", self.mid);
        fields.flag("unicode", self.is_unicode());
        fields.flag("signed", self.flags2 & Self::SIGNED != 0);
    }
}

/// One command of a chain: `WordCount(1) Words(2)* ByteCount(2) Bytes`. Offsets count from the message's header.
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Block<'a> {
    pub(in crate::smb) command: u8,
    pub(in crate::smb) message: &'a [u8],
    /// How many words; the format of a command follows from it.
    pub(in crate::smb) count: usize,
    words_at: usize,
    bytes_at: usize,
}

impl<'a> Block<'a> {
    fn parse(command: u8, message: &'a [u8], at: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new(message);
        reader.seek(at, "word count")?;
        let count = usize::from(reader.u8("word count")?);
        let words_at = reader.position();
        reader.skip(count * 2, "words")?;
        // The byte count is wrong for large reads and writes, so the end of the message bounds the bytes.
        reader.skip(2.min(reader.remaining()), "byte count")?;
        Ok(Self {
            command,
            message,
            count,
            words_at,
            bytes_at: reader.position(),
        })
    }

    /// Reads the words; positions count from the message's header.
    pub(in crate::smb) fn words(&self) -> Reader<'a> {
        self.reader(self.words_at)
    }

    /// Reads the words of an AndX command, behind its link to the next.
    pub(in crate::smb) fn andx_words(&self) -> Reader<'a> {
        self.reader((self.words_at + 4).min(self.bytes_at))
    }

    /// Reads the bytes.
    pub(in crate::smb) fn bytes(&self) -> Reader<'a> {
        self.reader(self.bytes_at)
    }

    fn reader(&self, at: usize) -> Reader<'a> {
        let mut reader = Reader::new(self.message);
        // Both places were read past when the block was.
        let _ = reader.seek(at, "words");
        reader
    }

    /// The next command of the chain and where it is: AndXCommand(1) AndXReserved(1) AndXOffset(2).
    pub(in crate::smb) fn next(&self) -> Option<(u8, usize)> {
        if !is_andx(self.command) || self.count < 2 {
            return None;
        }
        let mut words = self.words();
        let command = words.u8("andx").ok()?;
        words.skip(1, "andx").ok()?;
        let at = usize::from(words.u16_le("andx").ok()?);
        (command != NO_ANDX && at > self.words_at).then_some((command, at))
    }
}

/// The commands of a message, first to last.
pub(in crate::smb) fn blocks<'a>(
    header: &Header,
    message: &'a [u8],
) -> impl Iterator<Item = Result<Block<'a>, Malformed>> + use<'a> {
    let mut at = Some((header.command, HEADER));
    (0..CHAIN).map_while(move |_| {
        let (command, offset) = at.take()?;
        let block = Block::parse(command, message, offset);
        if let Ok(block) = &block {
            at = block.next();
        }
        Some(block)
    })
}

/// Whether another command may follow in the same message.
const fn is_andx(command: u8) -> bool {
    matches!(command, 0x24 | 0x2d | 0x2e | 0x2f | 0x73 | 0x74 | 0x75 | 0x7e | 0xa2)
}

/// A string that ends with a null: UTF-16, aligned to two bytes of the message, or bytes of the machine's code page.
pub(in crate::smb) fn string(reader: &mut Reader<'_>, unicode: bool) -> CompactString {
    if unicode {
        reader.align(2);
    }
    let rest = reader.rest();
    let width = if unicode { 2 } else { 1 };
    let length = rest
        .chunks_exact(width)
        .position(|unit| unit.iter().all(|byte| *byte == 0))
        .map_or(rest.len() / width * width, |units| units * width);
    let value = rest.get(..length).unwrap_or_default();
    let _ = reader.skip((length + width).min(rest.len()), "string");
    if unicode {
        text::utf16(value)
    } else {
        text::bytes(value)
    }
}
