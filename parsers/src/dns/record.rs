//! Resource records as text: `{name, type, ttl, data}`, bounded in number and length.

use std::fmt::{self, Write};

use compact_str::{CompactString, format_compact};
use domain::base::iana::{Class, Rtype};
use domain::base::message::Section;
use domain::base::name::ParsedName;
use domain::base::rdata::ParseRecordData;
use domain::base::record::ParsedRecord;
use domain::rdata::{A, Aaaa, AllRecordData, Cname, Mx, Ns, Ptr, Soa, Srv};

use super::wire;
use crate::fields::{Fields, Value};
use crate::text;

/// Most records of a message that are told one by one.
pub(super) const MAX_RECORDS: usize = 64;

/// Most bytes of one record's data as text; what is longer ends in an ellipsis.
const MAX_DATA: usize = 512;

/// A record's type by name, or as RFC 3597 §5 writes unknown ones: `TYPE65281`.
pub(super) fn type_name(rtype: Rtype) -> Value {
    match rtype.to_mnemonic_str() {
        Some(name) => Value::Name(name),
        None => Value::Text(format_compact!("TYPE{}", rtype.to_int())),
    }
}

/// A record of an answer. Without its time to live: that differs between repeats which are otherwise the same.
pub(super) fn answer(record: &ParsedRecord<'_, [u8]>) -> Fields {
    let mut fields = Fields::sized(3);
    fields.set("name", wire::name(&record.owner()));
    fields.set("type", type_name(record.rtype()));
    fields.text("data", data(record));
    fields
}

/// A record as it stands in a zone.
pub(super) fn whole(record: &ParsedRecord<'_, [u8]>) -> Fields {
    let mut fields = Fields::sized(4);
    fields.set("name", wire::name(&record.owner()));
    fields.set("type", type_name(record.rtype()));
    fields.set("ttl", record.ttl().as_secs());
    fields.text("data", data(record));
    fields
}

/// A record of an update (RFC 2136 §2.4, §2.5): what is added has its time to live, what is deleted or required may be a
/// whole set of records (no data) or all of a name's (type ANY), and may be required to be absent.
pub(super) fn updated(record: &ParsedRecord<'_, [u8]>, section: Section) -> Fields {
    if !matches!(record.class(), Class::NONE | Class::ANY) {
        return whole(record);
    }
    let mut fields = answer(record);
    fields.flag("absent", section == Section::Answer && record.class() == Class::NONE);
    fields
}

/// A record's data in presentation form; empty where there is none or it is broken.
pub(super) fn data(record: &ParsedRecord<'_, [u8]>) -> CompactString {
    if record.rdlen() == 0 {
        return CompactString::default();
    }
    match record.rtype() {
        Rtype::A => typed::<A>(record).map(|data| text::dotted(data.addr().octets().map(u32::from))),
        Rtype::AAAA => typed::<Aaaa>(record).map(|data| format_compact!("{}", data.addr())),
        Rtype::CNAME => typed::<Cname<_>>(record).map(|data| wire::name(data.cname())),
        Rtype::NS => typed::<Ns<_>>(record).map(|data| wire::name(data.nsdname())),
        Rtype::PTR => typed::<Ptr<_>>(record).map(|data| wire::name(data.ptrdname())),
        Rtype::MX => {
            typed::<Mx<_>>(record).map(|data| format_compact!("{} {}", data.preference(), wire::name(data.exchange())))
        }
        Rtype::SRV => typed::<Srv<_>>(record).map(|data| service(&data)),
        Rtype::SOA => typed::<Soa<_>>(record).map(|data| authority(&data)),
        Rtype::TSIG | Rtype::TKEY | Rtype::OPT => None, // told apart; never a signature or token
        _ => any(record),
    }
    .unwrap_or_default()
}

fn typed<'a, D: ParseRecordData<'a, [u8]>>(record: &ParsedRecord<'a, [u8]>) -> Option<D> {
    record.to_record::<D>().ok()?.map(domain::base::Record::into_data)
}

/// `priority weight port target` (RFC 2782).
fn service(srv: &Srv<ParsedName<&[u8]>>) -> CompactString {
    let target = wire::name(srv.target());
    format_compact!("{} {} {} {target}", srv.priority(), srv.weight(), srv.port())
}

/// `mname rname serial refresh retry expire minimum` (RFC 1035 §3.3.13).
fn authority(soa: &Soa<ParsedName<&[u8]>>) -> CompactString {
    format_compact!(
        "{} {} {} {} {} {} {}",
        wire::name(soa.mname()),
        wire::name(soa.rname()),
        soa.serial(),
        soa.refresh().as_secs(),
        soa.retry().as_secs(),
        soa.expire().as_secs(),
        soa.minimum().as_secs()
    )
}

/// Every other type as a zone file writes it, unknown ones as RFC 3597 §5 does: `\# length hexadecimal`.
fn any(record: &ParsedRecord<'_, [u8]>) -> Option<CompactString> {
    let record = record.to_any_record::<AllRecordData<&[u8], ParsedName<&[u8]>>>().ok()?;
    let mut text = Bounded::default();
    if write!(text, "{}", record.data()).is_err() {
        text.0.push('…');
    }
    Some(text.0)
}

/// Text that refuses to grow beyond [`MAX_DATA`].
#[derive(Default)]
struct Bounded(CompactString);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_DATA.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let fits = text
            .char_indices()
            .map(|(at, _)| at)
            .take_while(|at| *at <= room)
            .last();
        self.0.push_str(text.get(..fits.unwrap_or(0)).unwrap_or_default());
        Err(fmt::Error)
    }
}

/// The serial of a zone's SOA record.
pub(super) fn serial(record: &ParsedRecord<'_, [u8]>) -> Option<u32> {
    if record.rtype() != Rtype::SOA {
        return None;
    }
    typed::<Soa<_>>(record).map(|soa| soa.serial().into_int())
}
