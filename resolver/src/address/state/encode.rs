//! Timelines into bytes.

use std::io::{self, Write};
use std::net::IpAddr;

use capture::Timestamp;
use zstd::Encoder;

use super::{MAGIC, VERSION, code, end_code};
use crate::address::AddressBook;
use crate::address::claim::Standing;
use crate::address::tenure::{Piece, Tenure};
use crate::address::timeline::{Lot, Span, Timeline};

/// How hard the compressor tries: a hundred thousand addresses take it some 50 ms, and then a quarter of the room.
const LEVEL: i32 = 1;

impl AddressBook {
    /// Everything that is known, as of `now`.
    ///
    /// # Errors
    /// The compressor's: there is no memory for it.
    pub(crate) fn keep(&self, now: Timestamp) -> io::Result<Vec<u8>> {
        let mut packed = Encoder::new(Vec::new(), LEVEL)?;
        let mut out = Vec::new();
        time(&mut out, now);
        let pools = self.pools.all();
        count(&mut out, pools.len());
        for (network, pool) in pools {
            ip(&mut out, network);
            out.extend_from_slice(&pool.given.to_le_bytes());
            time(&mut out, pool.last);
        }
        let prefixes = self.pools.all_prefixes();
        count(&mut out, prefixes.len());
        for (prefix, last) in prefixes {
            ip(&mut out, prefix.network.into());
            out.push(prefix.length);
            time(&mut out, last);
        }
        count(&mut out, self.timelines.len());
        for (address, timeline) in self.queue.iter().filter_map(|ip| Some((*ip, self.timelines.get(ip)?))) {
            ip(&mut out, address);
            write(&mut out, timeline);
            packed.write_all(&out)?;
            out.clear();
        }
        packed.write_all(&out)?;
        Ok(seal(&packed.finish()?))
    }
}

/// The whole file around `packed`.
pub(super) fn seal(packed: &[u8]) -> Vec<u8> {
    let (version, crc) = (VERSION.to_le_bytes(), crc32fast::hash(packed).to_le_bytes());
    [&MAGIC[..], &version, &crc, packed].concat()
}

fn write(out: &mut Vec<u8>, timeline: &Timeline) {
    maybe(out, timeline.lot.as_deref(), lot);
    time(out, timeline.heard);
    out.push(timeline.used.into());
    let crowd = &timeline.crowd;
    out.extend_from_slice(&crowd.half.to_le_bytes());
    for bits in crowd.now.iter().chain(&crowd.before) {
        out.extend_from_slice(&bits.to_le_bytes());
    }
    out.extend_from_slice(&timeline.prints.minute.to_le_bytes());
    out.extend_from_slice(&timeline.prints.bytes());
    count(out, timeline.tenures.len());
    timeline.tenures.iter().for_each(|tenure| self::tenure(out, tenure));
}

fn lot(out: &mut Vec<u8>, lot: &Lot) {
    maybe(out, lot.mac, |out, mac| out.extend_from_slice(&mac));
    maybe(out, lot.session.as_deref(), text);
    count(out, lot.gateway.len());
    lot.gateway.iter().for_each(|name| text(out, name));
    for span in [lot.shared, lot.crowded, lot.pooled] {
        let Span { from, until } = span;
        time(out, from);
        time(out, until);
    }
    maybe(out, lot.changed, time);
}

fn tenure(out: &mut Vec<u8>, tenure: &Tenure) {
    text(out, &tenure.host.label);
    maybe(out, tenure.host.domain.as_deref(), text);
    time(out, tenure.from);
    maybe(out, tenure.closed(), |out, (at, why)| {
        time(out, at);
        out.push(end_code(why));
    });
    maybe(out, tenure.moved(), time);
    out.push(tenure.several.into());
    count(out, tenure.pieces.len());
    tenure.pieces.iter().for_each(|piece| self::piece(out, piece));
}

fn piece(out: &mut Vec<u8>, piece: &Piece) {
    out.push(code(piece.method));
    out.push(match piece.standing {
        Standing::Word => 0,
        Standing::Answer => 1,
        Standing::Proof => 2,
    });
    text(out, &piece.name);
    maybe(out, piece.domain.as_deref(), text);
    for at in [piece.first, piece.seen, piece.shown] {
        time(out, at);
    }
    maybe(out, piece.until, time);
}

fn ip(out: &mut Vec<u8>, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => {
            out.push(4);
            out.extend_from_slice(&ip.octets());
        }
        IpAddr::V6(ip) => {
            out.push(6);
            out.extend_from_slice(&ip.octets());
        }
    }
}

fn time(out: &mut Vec<u8>, time: Timestamp) {
    out.extend_from_slice(&time.0.to_le_bytes());
}

fn count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

/// Names are short: a longer one is cut where a character ends.
fn text(out: &mut Vec<u8>, text: &str) {
    let text = text
        .get(..text.floor_char_boundary(u16::MAX.into()))
        .unwrap_or_default();
    out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn maybe<T>(out: &mut Vec<u8>, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
    out.push(value.is_some().into());
    if let Some(value) = value {
        write(out, value);
    }
}
