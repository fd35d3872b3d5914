//! NTLMSSP tokens as they stand on the wire ([MS-NLMP] 2.2.1).
//!
//! Every variable field is a length and an offset that the sender chose, so nothing but the bounds of the token is trusted:
//! fields may overlap, lie in any order, or point behind the end, where what is there is taken. All numbers are
//! little-endian. What proves a password (responses, keys, MICs) is looked at here and never handed on as bytes.

use compact_str::CompactString;

use super::av::{Info, Pairs};
use super::flags::Flags;
use super::response::{Response, zero};
use crate::reader::{Malformed, Reader};
use crate::text;

/// What every token begins with.
pub const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// One of the three tokens.
#[derive(Clone, Copy, Debug)]
pub enum Token<'a> {
    /// NEGOTIATE_MESSAGE, from the client.
    Negotiate(Negotiate<'a>),
    /// CHALLENGE_MESSAGE, from the server.
    Challenge(Challenge<'a>),
    /// AUTHENTICATE_MESSAGE, from the client.
    Authenticate(Authenticate<'a>),
}

/// A name in the encoding its sender chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Name<'a> {
    bytes: &'a [u8],
    unicode: bool,
}

impl Name<'_> {
    /// UTF-16LE, or the sender's OEM code page, which nothing on the wire names: its bytes outside ASCII stay visible.
    #[must_use]
    pub fn text(&self) -> CompactString {
        if self.unicode {
            text::utf16(self.bytes)
        } else {
            text::bytes(self.bytes)
        }
    }

    /// Whether it has no character.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// VERSION: ProductMajorVersion, ProductMinorVersion, ProductBuild, three reserved bytes, NTLMRevisionCurrent
/// ([MS-NLMP] 2.2.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// ProductMajorVersion.
    pub major: u8,
    /// ProductMinorVersion.
    pub minor: u8,
    /// ProductBuild.
    pub build: u16,
}

impl Version {
    /// `10.0.20348`.
    #[must_use]
    pub fn text(&self) -> CompactString {
        text::dotted([self.major.into(), self.minor.into(), self.build.into()])
    }
}

/// `Signature(8) 1(4) NegotiateFlags(4) DomainNameFields(8) WorkstationFields(8) Version(8)`; old clients stop after the flags
/// ([MS-NLMP] 2.2.1.1).
#[derive(Clone, Copy, Debug)]
pub struct Negotiate<'a> {
    /// What the client offers.
    pub flags: Flags,
    /// Domain it says it belongs to; always OEM.
    pub domain: Name<'a>,
    /// Its own name; always OEM.
    pub workstation: Name<'a>,
    /// Its operating system.
    pub version: Option<Version>,
}

/// `Signature(8) 2(4) TargetNameFields(8) NegotiateFlags(4) ServerChallenge(8) Reserved(8) TargetInfoFields(8) Version(8)`
/// ([MS-NLMP] 2.2.1.2).
#[derive(Clone, Copy, Debug)]
pub struct Challenge<'a> {
    /// The domain or server that will judge.
    pub target: Name<'a>,
    /// What was agreed.
    pub flags: Flags,
    /// The nonce that the response answers.
    pub challenge: &'a [u8; 8],
    /// TargetInfo.
    pub info: Pairs<'a>,
    /// The server's operating system.
    pub version: Option<Version>,
}

/// `Signature(8) 3(4) LmChallengeResponseFields(8) NtChallengeResponseFields(8) DomainNameFields(8) UserNameFields(8)
/// WorkstationFields(8) EncryptedRandomSessionKeyFields(8) NegotiateFlags(4) Version(8) MIC(16)`; old clients stop before the
/// session key, the flags, the version or the MIC, which shows by where the payload begins ([MS-NLMP] 2.2.1.3).
#[derive(Clone, Copy, Debug)]
pub struct Authenticate<'a> {
    /// The account's domain, or the client's own name for a local account.
    pub domain: Name<'a>,
    /// Who logs on; empty for an anonymous logon.
    pub account: Name<'a>,
    /// The name the client calls itself by.
    pub workstation: Name<'a>,
    /// What was agreed, where the token says so.
    pub flags: Option<Flags>,
    /// The client's operating system.
    pub version: Option<Version>,
    /// What proves the password.
    pub response: Response<'a>,
    /// Whether EncryptedRandomSessionKey is there.
    pub session_key: bool,
    /// Whether a MIC that is not zero stands before the payload.
    pub mic: bool,
}

impl Authenticate<'_> {
    /// Whether the client says that there is a MIC, and there is none: MsvAvFlags is part of what the response proves, so
    /// that somebody between client and server took the MIC away (CVE-2019-1040).
    #[must_use]
    pub fn is_stripped(&self) -> bool {
        let claimed = self.response.info().info().flags.unwrap_or_default() & Info::MIC != 0;
        claimed && !self.mic
    }
}

/// Reads a token, which begins with [`SIGNATURE`]. `agreed` are the flags of the CHALLENGE before it: they say how names are
/// encoded where an old AUTHENTICATE has none of its own.
pub fn token(bytes: &[u8], agreed: Option<Flags>) -> Result<Token<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.take(8, "signature")? != SIGNATURE {
        return Err(Malformed("signature"));
    }
    match reader.u32_le("message type")? {
        1 => negotiate(bytes, reader).map(Token::Negotiate),
        2 => challenge(bytes, reader).map(Token::Challenge),
        3 => authenticate(bytes, reader, agreed).map(Token::Authenticate),
        _ => Err(Malformed("message type")),
    }
}

fn negotiate<'a>(bytes: &'a [u8], mut reader: Reader<'a>) -> Result<Negotiate<'a>, Malformed> {
    let flags = Flags(reader.u32_le("flags")?);
    let domain = Field::read(&mut reader, "domain").unwrap_or_default();
    let workstation = Field::read(&mut reader, "workstation").unwrap_or_default();
    let start = payload(&[domain, workstation]);
    Ok(Negotiate {
        flags,
        domain: domain.name(bytes, false),
        workstation: workstation.name(bytes, false),
        version: version(&mut reader, flags, start),
    })
}

fn challenge<'a>(bytes: &'a [u8], mut reader: Reader<'a>) -> Result<Challenge<'a>, Malformed> {
    let target = Field::read(&mut reader, "target name")?;
    let flags = Flags(reader.u32_le("flags")?);
    let nonce = reader.take(8, "server challenge")?;
    let challenge = nonce.first_chunk().ok_or(Malformed("server challenge"))?;
    let reserved = reader.skip(8, "reserved");
    let info = reserved
        .and_then(|()| Field::read(&mut reader, "target info"))
        .unwrap_or_default();
    let start = payload(&[target, info]);
    Ok(Challenge {
        target: target.name(bytes, flags.has(Flags::UNICODE)),
        flags,
        challenge,
        info: Pairs::new(info.bytes(bytes)),
        version: version(&mut reader, flags, start),
    })
}

fn authenticate<'a>(
    bytes: &'a [u8],
    mut reader: Reader<'a>,
    agreed: Option<Flags>,
) -> Result<Authenticate<'a>, Malformed> {
    let lm = Field::read(&mut reader, "LM response")?;
    let nt = Field::read(&mut reader, "NT response")?;
    let domain = Field::read(&mut reader, "domain")?;
    let account = Field::read(&mut reader, "user name")?;
    let workstation = Field::read(&mut reader, "workstation")?;
    let start = payload(&[lm, nt, domain, account, workstation]);
    let within = |end: usize| start.is_none_or(|start| start >= end);
    let key = within(60)
        .then(|| Field::read(&mut reader, "session key").ok())
        .flatten();
    let flags = within(64).then(|| reader.u32_le("flags").ok()).flatten().map(Flags);
    let version = version(&mut reader, flags.unwrap_or_default(), start);
    let unicode = flags.or(agreed).map_or_else(
        || looks_unicode(account.bytes(bytes)),
        |flags| flags.has(Flags::UNICODE),
    );
    Ok(Authenticate {
        domain: domain.name(bytes, unicode),
        account: account.name(bytes, unicode),
        workstation: workstation.name(bytes, unicode),
        flags,
        version,
        response: Response::cut(lm.bytes(bytes), nt.bytes(bytes), nt.length),
        session_key: key.is_some_and(|key| key.length > 0),
        mic: within(88) && bytes.get(72..88).is_some_and(|mic| !zero(mic)),
    })
}

/// `Len(2) MaxLen(2) BufferOffset(4)`.
#[derive(Clone, Copy, Debug, Default)]
struct Field {
    length: u16,
    offset: u32,
}

impl Field {
    fn read(reader: &mut Reader<'_>, what: &'static str) -> Result<Self, Malformed> {
        let length = reader.u16_le(what)?;
        reader.skip(2, what)?;
        let offset = reader.u32_le(what)?;
        Ok(Self { length, offset })
    }

    /// As much of it as there is.
    fn bytes<'a>(&self, token: &'a [u8]) -> &'a [u8] {
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let there = token.get(start..).unwrap_or_default();
        there.get(..usize::from(self.length)).unwrap_or(there)
    }

    fn name<'a>(&self, token: &'a [u8], unicode: bool) -> Name<'a> {
        Name {
            bytes: self.bytes(token),
            unicode,
        }
    }
}

/// Where the payload begins, which is where the header ends.
fn payload(fields: &[Field]) -> Option<usize> {
    let used = fields.iter().filter(|field| field.length > 0);
    used.map(|field| usize::try_from(field.offset).unwrap_or(usize::MAX))
        .min()
}

/// The version, where the flags promise one and the payload leaves room for it.
fn version(reader: &mut Reader<'_>, flags: Flags, payload: Option<usize>) -> Option<Version> {
    let room = payload.is_none_or(|start| start >= reader.position().saturating_add(8));
    if !room || !flags.has(Flags::VERSION) {
        return None;
    }
    let [major, minor, low, high, ..] = reader.array::<8>("version").ok()?;
    Some(Version {
        major,
        minor,
        build: u16::from_le_bytes([low, high]),
    })
}

/// Judges a name whose encoding nobody told: the first character of most has a high byte of zero.
fn looks_unicode(name: &[u8]) -> bool {
    name.len().is_multiple_of(2) && name.get(1) == Some(&0)
}
