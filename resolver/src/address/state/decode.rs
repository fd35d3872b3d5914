//! Bytes into timelines. What does not read to the last byte is damaged, and nothing of it is used.

use std::io::{self, Read};
use std::net::IpAddr;

use capture::Timestamp;
use compact_str::CompactString;
use zstd::Decoder;

use super::{ENDS, MAGIC, METHODS, OLDEST, StateError, VERSION};
use crate::address::AddressBook;
use crate::address::claim::Standing;
use crate::address::crowd::Crowd;
use crate::address::pool::{Pool, Prefix};
use crate::address::prints::Prints;
use crate::address::tenure::{Fate, Piece, Tenure};
use crate::address::timeline::{Lot, MAX_TENURES, Span, Timeline};
use crate::host::HostName;

/// The most bytes that are taken for possible: a few times what [`AddressBook`] can hold.
const MAX_KEPT: u64 = 256 << 20;
/// The most names of one gateway that are taken for possible.
const MAX_NAMES: usize = 8;
/// The most pieces of one tenure that are taken for possible.
const MAX_PIECES: usize = 64;

impl AddressBook {
    /// Takes over what [`Self::keep`] wrote into an empty book, and answers as of when. On an error the book stays as it was.
    pub(crate) fn restore(&mut self, bytes: &[u8]) -> Result<Timestamp, StateError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(StateError::Foreign)?;
        let (version, rest) = rest.split_first_chunk().ok_or(StateError::Damaged)?;
        let version = u32::from_le_bytes(*version);
        if !(OLDEST..=VERSION).contains(&version) {
            return Err(StateError::Version(version));
        }
        let (crc, rest) = rest.split_first_chunk().ok_or(StateError::Damaged)?;
        if crc32fast::hash(rest) != u32::from_le_bytes(*crc) {
            return Err(StateError::Damaged);
        }
        let plain = unpack(rest).map_err(|_| StateError::Damaged)?;
        let kept = Kept::read(&plain, version).ok_or(StateError::Damaged)?;
        let now = kept.now;
        self.take_over(kept);
        Ok(now)
    }

    fn take_over(&mut self, kept: Kept) {
        for (network, pool) in kept.pools {
            self.pools.restore(network, pool);
        }
        for (prefix, last) in kept.prefixes {
            self.pools.restore_prefix(prefix, last);
        }
        let surplus = kept.timelines.len().saturating_sub(self.limit);
        self.counts.evicted += surplus as u64;
        for (ip, timeline) in kept.timelines.into_iter().skip(surplus) {
            if self.timelines.insert(ip, Box::new(timeline)).is_none() {
                self.queue.push_back(ip);
            }
        }
        self.find_homes();
    }

    /// Where each computer proved itself last.
    fn find_homes(&mut self) {
        let mut proofs = Vec::new();
        for (ip, timeline) in &self.timelines {
            let here = |tenure: &&Tenure| tenure.is_proved() && tenure.closed().is_none() && tenure.moved().is_none();
            for tenure in timeline.tenures.iter().filter(here) {
                proofs.push((tenure.seen(), *ip, tenure.host.clone()));
            }
        }
        proofs.sort_by_key(|(seen, ip, _)| (*seen, *ip));
        for (_, ip, host) in proofs {
            self.homes.settle(&host, ip);
        }
    }
}

/// What `packed` holds: no more than is read of it.
pub(super) fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    Decoder::new(packed)?.take(MAX_KEPT).read_to_end(&mut plain)?;
    Ok(plain)
}

/// What a file holds.
struct Kept {
    now: Timestamp,
    pools: Vec<(IpAddr, Pool)>,
    prefixes: Vec<(Prefix, Timestamp)>,
    timelines: Vec<(IpAddr, Timeline)>,
}

impl Kept {
    fn read(bytes: &[u8], version: u32) -> Option<Self> {
        let mut input = Input(bytes, version);
        let now = input.time()?;
        let pools = input.many(usize::MAX, |input| {
            let network = input.ip()?;
            let given = input.u64()?;
            let last = input.time()?;
            Some((network, Pool { given, last }))
        })?;
        let prefixes = match version > OLDEST {
            true => input.many(usize::MAX, Input::prefix)?,
            false => Vec::new(),
        };
        let timelines = input.many(usize::MAX, |input| Some((input.ip()?, input.timeline()?)))?;
        input.0.is_empty().then_some(Self {
            now,
            pools,
            prefixes,
            timelines,
        })
    }
}

/// Bytes yet to be read, and the version that they are written in.
struct Input<'a>(&'a [u8], u32);

impl Input<'_> {
    fn timeline(&mut self) -> Option<Timeline> {
        Some(Timeline {
            lot: self.maybe(Self::lot)?.map(Box::new),
            heard: self.time()?,
            used: self.flag()?,
            crowd: Crowd {
                half: self.time()?.0,
                now: [self.u64()?, self.u64()?],
                before: [self.u64()?, self.u64()?],
            },
            prints: Prints::from_bytes(u32::from_le_bytes(self.array()?), self.array()?)?,
            tenures: self.many(MAX_TENURES, Self::tenure)?,
            ..Timeline::default()
        })
    }

    fn lot(&mut self) -> Option<Lot> {
        Some(Lot {
            mac: self.maybe(Self::array)?,
            session: self.maybe(Self::text)?,
            gateway: match self.1 > OLDEST {
                true => self.many(MAX_NAMES, Self::text)?,
                false => Vec::new(),
            },
            shared: self.span()?,
            crowded: self.span()?,
            pooled: self.span()?,
            changed: self.maybe(Self::time)?,
        })
    }

    fn tenure(&mut self) -> Option<Tenure> {
        Some(Tenure {
            host: HostName {
                label: self.text()?,
                domain: self.maybe(Self::text)?,
            },
            from: self.time()?,
            fate: self.fate()?,
            several: self.flag()?,
            pieces: self.many(MAX_PIECES, Self::piece)?.into_iter().collect(),
        })
    }

    fn fate(&mut self) -> Option<Option<Box<Fate>>> {
        let fate = Fate {
            closed: self.maybe(|input| Some((input.time()?, *ENDS.get(usize::from(input.u8()?))?)))?,
            moved: self.maybe(Self::time)?,
        };
        Some((fate != Fate::default()).then(|| Box::new(fate)))
    }

    fn piece(&mut self) -> Option<Piece> {
        Some(Piece {
            method: *METHODS.get(usize::from(self.u8()?))?,
            standing: match self.u8()? {
                0 => Standing::Word,
                1 => Standing::Answer,
                2 => Standing::Proof,
                _ => return None,
            },
            name: self.text()?,
            domain: self.maybe(Self::text)?,
            first: self.time()?,
            seen: self.time()?,
            shown: self.time()?,
            until: self.maybe(Self::time)?,
        })
    }

    fn span(&mut self) -> Option<Span> {
        Some(Span {
            from: self.time()?,
            until: self.time()?,
        })
    }

    fn prefix(&mut self) -> Option<(Prefix, Timestamp)> {
        let IpAddr::V6(network) = self.ip()? else { return None };
        Some((Prefix::of(network, self.u8()?), self.time()?))
    }

    fn ip(&mut self) -> Option<IpAddr> {
        match self.u8()? {
            4 => Some(self.array::<4>()?.into()),
            6 => Some(self.array::<16>()?.into()),
            _ => None,
        }
    }

    /// As many as stand there, up to `most`; room is made for no more than there are bytes for.
    fn many<T>(&mut self, most: usize, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = u32::from_le_bytes(self.array()?) as usize;
        if count > most.min(self.0.len()) {
            return None;
        }
        (0..count).map(|_| read(self)).collect()
    }

    fn maybe<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.flag()? {
            true => read(self).map(Some),
            false => Some(None),
        }
    }

    fn text(&mut self) -> Option<CompactString> {
        let length = u16::from_le_bytes(self.array()?);
        let (text, rest) = self.0.split_at_checked(length.into())?;
        self.0 = rest;
        CompactString::from_utf8(text).ok()
    }

    fn time(&mut self) -> Option<Timestamp> {
        self.array().map(i64::from_le_bytes).map(Timestamp)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn u8(&mut self) -> Option<u8> {
        let [byte] = self.array()?;
        Some(byte)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }
}
