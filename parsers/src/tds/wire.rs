//! The opening of a TDS connection as it stands on the wire ([MS-TDS] 2.2.3.1, 2.2.6.4, 2.2.6.5, 2.2.7). Packets are
//! big-endian, what is in them little-endian; text is UTF-16.

use compact_str::CompactString;

use crate::reader::{Malformed, Reader};
use crate::text;

/// Octets of a packet's header: `Type(1) Status(1) Length(2) SPID(2) PacketID(1) Window(1)`.
pub(super) const HEADER: usize = 8;

/// Packet types.
pub(super) const RESPONSE: u8 = 4;
pub(super) const LOGIN7: u8 = 16;
pub(super) const SSPI: u8 = 17;
pub(super) const PRELOGIN: u8 = 18;

/// Characters of a name in LOGIN7 (2.2.6.4).
const MAX_NAME: usize = 128;

/// A packet's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: u8,
    /// The last packet of its message.
    pub(super) last: bool,
    /// PacketID: its place in its message, from 1 on; clients may say 0 or 1 of all (2.2.3.1.5).
    pub(super) number: u8,
    /// With the header.
    pub(super) length: usize,
}

/// The header at the start of `head`, where one is.
pub(super) const fn header(head: &[u8]) -> Option<Header> {
    let [
        kind @ (1..=4 | 6..=8 | 14 | LOGIN7..=PRELOGIN),
        status @ 0..=0x1f,
        high,
        low,
        _,
        _,
        number,
        0,
        ..,
    ] = *head
    else {
        return None;
    };
    let length = u16::from_be_bytes([high, low]) as usize;
    if length < HEADER || length > 32_767 {
        return None;
    }
    Some(Header {
        kind,
        last: status & 1 != 0,
        number,
        length,
    })
}

/// PRELOGIN (2.2.6.5), of either side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prelogin<'a> {
    /// Major, minor, build.
    pub(super) version: Option<[u32; 3]>,
    pub(super) encryption: Option<u8>,
    /// INSTOPT: up to NUL.
    pub(super) instance: &'a [u8],
}

impl<'a> Prelogin<'a> {
    /// `{ PL_OPTION_TOKEN(1) PL_OFFSET(2) PL_OPTION_LENGTH(2) } … 0xff`, offsets from the start of the message.
    pub(super) fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(message);
        let mut prelogin = Self::default();
        loop {
            let kind = reader.u8("PRELOGIN option")?;
            if kind == 0xff {
                return Ok(prelogin);
            }
            let offset = usize::from(reader.u16_be("PRELOGIN option")?);
            let length = usize::from(reader.u16_be("PRELOGIN option")?);
            let value = message.get(offset..).and_then(|rest| rest.get(..length));
            prelogin.option(kind, value.ok_or(Malformed("PRELOGIN option"))?);
        }
    }

    fn option(&mut self, kind: u8, value: &'a [u8]) {
        match (kind, value) {
            (0, &[major, minor, high, low, ..]) => {
                self.version = Some([major.into(), minor.into(), u16::from_be_bytes([high, low]).into()]);
            }
            (1, &[encryption, ..]) => self.encryption = Some(encryption),
            (2, name) => self.instance = name.split(|byte| *byte == 0).next().unwrap_or_default(),
            _ => {}
        }
    }
}

/// LOGIN7 (2.2.6.4). The password is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Login<'a> {
    pub(super) version: u32,
    pub(super) host: CompactString,
    pub(super) user: CompactString,
    /// Whether there is one; it is masked, not encrypted.
    pub(super) password: bool,
    pub(super) application: CompactString,
    pub(super) server: CompactString,
    pub(super) library: CompactString,
    pub(super) database: CompactString,
    pub(super) token: &'a [u8],
}

impl<'a> Login<'a> {
    /// `Length(4) TDSVersion(4) PacketSize(4) ClientProgVer(4) ClientPID(4) ConnectionID(4) OptionFlags1 OptionFlags2 TypeFlags
    /// OptionFlags3 ClientTimeZone(4) ClientLCID(4) OffsetLength Data`
    pub(super) fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "LOGIN7";
        let mut reader = Reader::new(message);
        reader.skip(4, WHAT)?;
        let version = reader.u32_le(WHAT)?;
        reader.seek(36, WHAT)?;
        let mut place = || -> Result<(usize, usize), Malformed> {
            Ok((usize::from(reader.u16_le(WHAT)?), usize::from(reader.u16_le(WHAT)?)))
        };
        let [host, user, password, application, server, _, library, _, database] = {
            let mut places = [(0, 0); 9];
            for slot in &mut places {
                *slot = place()?;
            }
            places
        };
        reader.skip(6, WHAT)?; // ClientID
        let token = (usize::from(reader.u16_le(WHAT)?), usize::from(reader.u16_le(WHAT)?));
        reader.skip(8, WHAT)?; // AtchDBFile, ChangePassword
        let long = reader.u32_le("LOGIN7 cbSSPILong").unwrap_or(0); // not before TDS 7.2
        let octets = |(offset, length): (usize, usize)| {
            let found = message.get(offset..).and_then(|rest| rest.get(..length));
            found.ok_or(Malformed("LOGIN7 offset"))
        };
        let text = |(offset, units): (usize, usize)| match units <= MAX_NAME {
            true => octets((offset, units * 2)).map(text::utf16),
            false => Err(Malformed("LOGIN7 length")),
        };
        let length = match token.1 {
            0xffff if long > 0 => usize::try_from(long).map_err(|_| Malformed(WHAT))?,
            length => length,
        };
        Ok(Self {
            version,
            host: text(host)?,
            user: text(user)?,
            password: password.1 > 0,
            application: text(application)?,
            server: text(server)?,
            library: text(library)?,
            database: text(database)?,
            token: octets((token.0, length))?,
        })
    }
}

/// A token of a response (2.2.7) that says how a login goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// LOGINACK: the server's name of itself.
    Granted { version: u32, program: CompactString },
    /// ERROR.
    Error(Refusal),
    /// SSPI.
    Sspi(&'a [u8]),
}

/// ERROR's number, state and class; its text repeats them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) number: u32,
    pub(super) state: u8,
    pub(super) class: u8,
    pub(super) text: CompactString,
    pub(super) server: CompactString,
}

/// The tokens of a response, as far as those of a login reach.
pub(super) fn tokens<'a>(message: &'a [u8], mut each: impl FnMut(Token<'a>)) -> Result<(), Malformed> {
    let mut reader = Reader::new(message);
    while let Ok(kind) = reader.u8("token") {
        match kind {
            0xe3 | 0xab | 0xaa | 0xad | 0xed => {
                let length = reader.u16_le("token")?;
                if let Some(token) = token(kind, reader.take(usize::from(length), "token")?)? {
                    each(token);
                }
            }
            0xee => {
                let length = reader.u32_le("FEDAUTHINFO")?;
                reader.skip(usize::try_from(length).unwrap_or(usize::MAX), "FEDAUTHINFO")?;
            }
            0xae => features(&mut reader)?,
            _ => return Ok(()), // DONE, or what no answer to a login has
        }
    }
    Ok(())
}

/// FEATUREEXTACK: `{ FeatureId(1) Length(4) Data } … 0xff`
fn features(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    while reader.u8("FEATUREEXTACK")? != 0xff {
        let length = reader.u32_le("FEATUREEXTACK")?;
        reader.skip(usize::try_from(length).unwrap_or(usize::MAX), "FEATUREEXTACK")?;
    }
    Ok(())
}

fn token(kind: u8, value: &[u8]) -> Result<Option<Token<'_>>, Malformed> {
    let mut reader = Reader::new(value);
    Ok(match kind {
        0xad => {
            reader.skip(1, "LOGINACK")?;
            let version = reader.u32_be("LOGINACK")?;
            let units = reader.u8("LOGINACK")?;
            let program = text::utf16(reader.take(usize::from(units) * 2, "LOGINACK")?);
            let program = program.trim_end_matches('\0').into();
            Some(Token::Granted { version, program })
        }
        0xaa => {
            let (number, state, class) = (reader.u32_le("ERROR")?, reader.u8("ERROR")?, reader.u8("ERROR")?);
            let units = reader.u16_le("ERROR")?;
            let text = text::utf16(reader.take(usize::from(units) * 2, "ERROR")?);
            let units = reader.u8("ERROR")?;
            let server = text::utf16(reader.take(usize::from(units) * 2, "ERROR")?);
            Some(Token::Error(Refusal {
                number,
                state,
                class,
                text,
                server,
            }))
        }
        0xed => Some(Token::Sspi(value)),
        _ => None,
    })
}
