//! DNS_RPC_RECORD: one resource record as it is administered ([MS-DNSP] 2.2.2.2.5), its numbers little-endian.

use std::net::{Ipv4Addr, Ipv6Addr};

use compact_str::{CompactString, ToCompactString, format_compact};
use domain::base::iana::Rtype;

use super::{Malformed, Ndr};
use crate::fields::Fields;
use crate::reader::Reader;
use crate::text;

/// The name of a record type.
pub(super) fn type_name(kind: u16) -> Option<&'static str> {
    Rtype::from_int(kind).to_mnemonic_str()
}

/// `WORD wDataLength, wType; DWORD dwFlags, dwSerial, dwTtlSeconds, dwTimeStamp, dwReserved; [size_is(wDataLength)] BYTE
/// Buffer[]`, the referent of a pointer.
pub(super) fn read(ndr: &mut Ndr<'_>) -> Result<Fields, Malformed> {
    let size = ndr.conformance(1, "record")?;
    ndr.align(4);
    ndr.u16("record")?;
    let kind = ndr.u16("record")?;
    ndr.u32("record")?;
    ndr.u32("record")?;
    let ttl = ndr.u32("record")?;
    ndr.u32("record")?;
    ndr.u32("record")?;
    let data = ndr.octets(size, "record")?;
    let mut fields = Fields::sized(4);
    fields.set("type", kind);
    fields.set_some("type_name", type_name(kind));
    fields.set("ttl", ttl);
    fields.set_some("data", shown(kind, data).ok());
    Ok(fields)
}

/// The data of the common types as text.
fn shown(kind: u16, data: &[u8]) -> Result<CompactString, Malformed> {
    let mut reader = Reader::new(data);
    match Rtype::from_int(kind) {
        Rtype::A => Ok(Ipv4Addr::from(reader.array::<4>("address")?).to_compact_string()),
        Rtype::AAAA => Ok(Ipv6Addr::from(reader.array::<16>("address")?).to_compact_string()),
        Rtype::NS | Rtype::CNAME | Rtype::PTR | Rtype::DNAME | Rtype::TXT => name(&mut reader),
        Rtype::MX => {
            let preference = reader.u16_le("preference")?;
            Ok(format_compact!("{preference} {}", name(&mut reader)?))
        }
        Rtype::SRV => {
            let (priority, weight) = (reader.u16_le("priority")?, reader.u16_le("weight")?);
            let port = reader.u16_le("port")?;
            Ok(format_compact!("{priority} {weight} {port} {}", name(&mut reader)?))
        }
        _ => Err(Malformed("record data")),
    }
}

/// `DNS_RPC_NAME { UCHAR cchNameLength; UCHAR dnsName[] }` ([MS-DNSP] 2.2.2.2.1).
fn name(reader: &mut Reader<'_>) -> Result<CompactString, Malformed> {
    let length = reader.u8("name")?;
    reader.take(length.into(), "name").map(text::bytes)
}
