//! NTP packets as borrowed views (RFC 5905 §7.3), with the authenticators that domain members use ([MS-SNTP] 2.2).

use capture::Timestamp;
use compact_str::{CompactString, format_compact};

use crate::reader::{Malformed, Reader};
use crate::text;

/// Octets of the header.
pub(super) const HEADER: usize = 48;

/// Seconds from 1900, where NTP's era 0 begins, to 1970.
const EPOCH: i64 = 2_208_988_800;

/// The uppermost bit of a member's key identifier: Key Selector.
const OLD_KEY: u32 = 1 << 31;

/// Seconds of an era.
const ERA: i64 = 1 << 32;

/// A header.
///
/// ```text
/// LI(2) VN(3) Mode(3); u8 stratum; i8 poll; i8 precision; u32 root delay; u32 root dispersion; u32 reference id;
/// u64 reference, origin, receive, transmit timestamp; extension fields; key identifier and digest
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) leap: u8,
    pub(super) version: u8,
    pub(super) mode: u8,
    pub(super) stratum: u8,
    pub(super) poll: i8,
    pub(super) precision: i8,
    /// Seconds in 16.16 fixed point.
    pub(super) root_delay: u32,
    /// The same.
    pub(super) root_dispersion: u32,
    pub(super) reference_id: [u8; 4],
    pub(super) reference: Time,
    pub(super) origin: Time,
    pub(super) receive: Time,
    pub(super) transmit: Time,
    /// What follows the header: extension fields and an authenticator.
    pub(super) rest: &'a [u8],
}

/// Seconds since the era's begin and their fraction; all zero where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time(pub(super) u64);

/// Who vouches for a packet: never its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Authenticator {
    pub(super) key: KeyId,
    /// Octets of the digest behind it.
    pub(super) digest: usize,
}

/// Which key makes the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyId {
    /// A symmetric key's number.
    Number(u32),
    /// The RID of the domain member's account, whose password's hash is the key ([MS-SNTP] 3.1.5.1).
    Account {
        rid: u32,
        /// The password before the present one.
        old: bool,
    },
}

impl<'a> Packet<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let first = reader.u8("header")?;
        let packet = Self {
            leap: first >> 6,
            version: first >> 3 & 7,
            mode: first & 7,
            stratum: reader.u8("header")?,
            poll: i8::from_be_bytes(reader.array("header")?),
            precision: i8::from_be_bytes(reader.array("header")?),
            root_delay: reader.u32_be("header")?,
            root_dispersion: reader.u32_be("header")?,
            reference_id: reader.array("header")?,
            reference: Time(reader.u64_be("header")?),
            origin: Time(reader.u64_be("header")?),
            receive: Time(reader.u64_be("header")?),
            transmit: Time(reader.u64_be("header")?),
            rest: reader.rest(),
        };
        match (packet.version, packet.mode) {
            (1..=4, 1..=5) => Ok(packet),
            _ => Err(Malformed("version or mode")),
        }
    }

    /// The authenticator at the end, where its length is one that is known.
    ///
    /// ```text
    /// u32 key identifier; MD5, SHA-1 or no digest (RFC 5905 §7.3: 16, 20 octets; a crypto-NAK has none)
    /// u32le RID, uppermost bit: old key; 16 octets checksum ([MS-SNTP] 2.2.1)
    /// u32le RID; u8 reserved; u8 flags, 1: old key; u8 hash hints; u8 hash; 64 octets checksum (2.2.3)
    /// ```
    /// The first two have one length; a client of the second leaves the checksum zero.
    pub(super) fn authenticator(&self) -> Option<Authenticator> {
        let (id, rest) = self.rest.split_first_chunk()?;
        let member = u32::from_le_bytes(*id);
        let (key, digest) = match rest.len() {
            digest @ (0 | 20) => (KeyId::Number(u32::from_be_bytes(*id)), digest),
            16 if rest.iter().all(|octet| *octet == 0) => (
                KeyId::Account {
                    rid: member & !OLD_KEY,
                    old: member & OLD_KEY != 0,
                },
                16,
            ),
            16 => (KeyId::Number(u32::from_be_bytes(*id)), 16),
            68 => (
                KeyId::Account {
                    rid: member,
                    old: rest.get(1).is_some_and(|flags| flags & 1 != 0),
                },
                64,
            ),
            _ => return None,
        };
        Some(Authenticator { key, digest })
    }

    /// A kiss of death (RFC 5905 §7.4): a refusal, whose times mean nothing.
    pub(super) fn is_kiss(&self) -> bool {
        self.mode == 4 && self.stratum == 0
    }

    /// Where the server takes its time from: a source's letters at stratum 0 and 1, an address beyond (RFC 5905 §7.3).
    pub(super) fn reference_name(&self) -> CompactString {
        match self.stratum {
            0 | 1 => {
                let end = self
                    .reference_id
                    .iter()
                    .rposition(|octet| *octet != 0)
                    .map_or(0, |at| at + 1);
                text::bytes(self.reference_id.get(..end).unwrap_or_default())
            }
            _ => text::dotted(self.reference_id.map(u32::from)),
        }
    }
}

impl Time {
    pub(super) const fn is_known(self) -> bool {
        self.0 != 0
    }

    /// As a time since 1970, in the era that is nearest to `now` (RFC 5905 §6); none where it is not known.
    pub(super) fn near(self, now: Timestamp) -> Option<Timestamp> {
        if !self.is_known() {
            return None;
        }
        let seconds = i64::try_from(self.0 >> 32).unwrap_or_default() - EPOCH;
        let eras = (now.seconds() - seconds + ERA / 2).div_euclid(ERA);
        let nanos = ((self.0 & 0xffff_ffff) * 1_000_000_000) >> 32;
        Some(Timestamp::new(
            seconds + eras * ERA,
            u32::try_from(nanos).unwrap_or_default(),
        ))
    }
}

/// Seconds in 16.16 fixed point as text, with microseconds.
pub(super) fn short(value: u32) -> CompactString {
    let micros = (u64::from(value & 0xffff) * 1_000_000) >> 16;
    format_compact!("{}.{micros:06}", value >> 16)
}

/// The leap indicator (RFC 5905 §7.3).
pub(super) const fn leap_name(leap: u8) -> Option<&'static str> {
    Some(match leap {
        0 => "no warning",
        1 => "last minute has 61 seconds",
        2 => "last minute has 59 seconds",
        3 => "unsynchronized",
        _ => return None,
    })
}
