//! The beginning of an RDP connection as it stands on the wire ([MS-RDPBCGR] 2.2.1.1 to 2.2.1.3): TPKT (RFC 1006 §6), X.224,
//! and the client's settings inside MCS and GCC. Numbers are little-endian inside the two negotiation structures and the
//! client's data, big-endian around them.

use crate::reader::{Malformed, Reader};

/// Octets of a TPKT header: `version(1) reserved(1) length(2)`.
pub(super) const TPKT: usize = 4;

/// Octets of a TPKT header and an X.224 connection request or confirm: `LI(1) code(1) DST-REF(2) SRC-REF(2) class(1)`.
pub(super) const FIXED: usize = TPKT + 7;

/// X.224 codes: connection request, connection confirm, data.
pub(super) const REQUEST: u8 = 0xe0;
pub(super) const CONFIRM: u8 = 0xd0;
pub(super) const DATA: u8 = 0xf0;

/// The length of the packet that starts at `head`, where one does.
pub(super) const fn length(head: &[u8]) -> Option<usize> {
    match *head {
        [3, 0, high, low, ..] => {
            let length = u16::from_be_bytes([high, low]) as usize;
            if length >= 7 { Some(length) } else { None }
        }
        _ => None,
    }
}

/// RDP_NEG_REQ's flags (2.2.1.1.1).
pub(super) mod ask {
    pub(crate) const RESTRICTED_ADMIN: u8 = 0x01;
    pub(crate) const REDIRECTED_AUTHENTICATION: u8 = 0x02;
    pub(crate) const CORRELATION: u8 = 0x08;
}

/// Client X.224 Connection Request PDU (2.2.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Request<'a> {
    /// The account that the cookie names, or as much of it as fits in nine characters.
    pub(super) mstshash: Option<&'a [u8]>,
    /// For a load balancer.
    pub(super) routing_token: Option<&'a [u8]>,
    /// Flags and requestedProtocols.
    pub(super) asked: Option<(u8, u32)>,
    /// RDP_NEG_CORRELATION_INFO's correlationId (2.2.1.1.2).
    pub(super) correlation: Option<[u8; 16]>,
}

impl<'a> Request<'a> {
    /// X.224's length indicator counts all behind itself, 254 octets at most (X.224 13.2.1).
    ///
    /// `[ routingToken | cookie ] [ RDP_NEG_REQ ] [ RDP_NEG_CORRELATION_INFO ]`; text ends with CR LF.
    pub(super) fn read(packet: &'a [u8]) -> Result<Self, Malformed> {
        let length = packet.get(TPKT).map(|indicator| TPKT + 1 + usize::from(*indicator));
        let whole = packet.get(FIXED..).filter(|_| length == Some(packet.len()));
        let mut rest = whole.ok_or(Malformed("connection request"))?;
        let mut request = Self::default();
        if let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            request.line(line);
            rest = after.get(2..).unwrap_or_default();
        }
        let mut reader = Reader::new(rest);
        if rest.first() == Some(&1) {
            let [_, flags, ..] = reader.array::<4>("RDP_NEG_REQ")?;
            let protocols = reader.u32_le("RDP_NEG_REQ")?;
            request.asked = Some((flags, protocols));
            if flags & ask::CORRELATION != 0 && reader.rest().first() == Some(&6) {
                reader.skip(4, "RDP_NEG_CORRELATION_INFO")?;
                request.correlation = Some(reader.array("RDP_NEG_CORRELATION_INFO")?);
            }
        }
        Ok(request)
    }

    fn line(&mut self, line: &'a [u8]) {
        match line.strip_prefix(b"Cookie: mstshash=") {
            Some(name) => self.mstshash = Some(name.trim_ascii()),
            None => self.routing_token = Some(line),
        }
    }
}

/// Server X.224 Connection Confirm PDU (2.2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// RDP_NEG_RSP: flags and selectedProtocol.
    Selected(u8, u32),
    /// RDP_NEG_FAILURE: failureCode.
    Failure(u32),
    /// Neither: the server knows standard security alone.
    Bare,
}

impl Confirm {
    pub(super) fn read(packet: &[u8]) -> Result<Self, Malformed> {
        let rest = packet.get(FIXED..).ok_or(Malformed("connection confirm"))?;
        let Some((&[kind, flags, ..], number)) = rest.split_first_chunk::<4>() else {
            return Ok(Self::Bare);
        };
        let number = Reader::new(number).u32_le("RDP_NEG_RSP")?;
        Ok(match kind {
            2 => Self::Selected(flags, number),
            3 => Self::Failure(number),
            _ => Self::Bare,
        })
    }
}

/// What a client tells of itself: TS_UD_CS_CORE (2.2.1.3.2) and TS_UD_CS_NET (2.2.1.3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Client<'a> {
    /// Protocol version, minor in the lower half.
    pub(super) version: u32,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) keyboard: u32,
    pub(super) build: u32,
    /// UTF-16, up to 15 characters and NUL.
    pub(super) name: &'a [u8],
    /// Channels of twelve octets: a name of eight and options.
    pub(super) channels: &'a [u8],
}

/// `TPKT, X.224 data (02 f0 80), MCS Connect-Initial ([APPLICATION 101], BER)`.
pub(super) fn is_connect_initial(packet: &[u8]) -> bool {
    matches!(packet.get(TPKT..), Some([2, DATA, 0x80, 0x7f, 0x65, ..]))
}

impl<'a> Client<'a> {
    /// The client's data follow the key `Duca` of GCC's user data and a PER length; they are blocks of `type(2) length(2) …`,
    /// the length with its header.
    pub(super) fn read(packet: &'a [u8]) -> Result<Self, Malformed> {
        /// The key stands within the first 200 octets: all before it is fixed but for BER lengths.
        const WITHIN: usize = 256;
        const MISSING: Malformed = Malformed("GCC user data");
        let head = packet.get(..WITHIN).unwrap_or(packet);
        let key = head.windows(4).position(|key| key == b"Duca").ok_or(MISSING)?;
        let mut reader = Reader::new(packet.get(key + 4..).unwrap_or_default());
        if reader.u8("GCC user data")? & 0x80 != 0 {
            reader.skip(1, "GCC user data")?;
        }
        let mut client = Self::default();
        while let (Ok(kind), Ok(length)) = (reader.u16_le("block"), reader.u16_le("block")) {
            let length = usize::from(length)
                .checked_sub(4)
                .ok_or(Malformed("client data block"))?;
            let block = reader.take(length, "client data block")?;
            match kind {
                0xc001 => client.core(block)?,
                0xc003 => client.channels = block.get(4..).unwrap_or_default(),
                _ => {}
            }
        }
        Ok(client)
    }

    fn core(&mut self, block: &'a [u8]) -> Result<(), Malformed> {
        let mut reader = Reader::new(block);
        self.version = reader.u32_le("client core data")?;
        self.width = reader.u16_le("client core data")?;
        self.height = reader.u16_le("client core data")?;
        reader.skip(4, "client core data")?; // colorDepth, SASSequence
        self.keyboard = reader.u32_le("client core data")?;
        self.build = reader.u32_le("client core data")?;
        self.name = until_nul(reader.take(32, "client core data")?);
        Ok(())
    }

    /// The channels' names.
    pub(super) fn channels(&self) -> impl Iterator<Item = &'a [u8]> {
        /// CHANNEL_MAX_COUNT.
        const MOST: usize = 31;
        let names = self.channels.chunks_exact(12).take(MOST);
        names.filter_map(|channel| channel.get(..8)?.split(|byte| *byte == 0).next())
    }
}

fn until_nul(text: &[u8]) -> &[u8] {
    let end = text.chunks_exact(2).position(|unit| unit == [0, 0]);
    end.and_then(|end| text.get(..end * 2)).unwrap_or(text)
}
