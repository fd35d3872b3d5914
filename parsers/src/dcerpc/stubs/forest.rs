//! What a trust says of the other forest: its names and domains ([MS-LSAD] 2.2.7.21 to 2.2.7.25), as lsarpc and netlogon give
//! them.

use super::{LISTED, Told};
use crate::dcerpc::ndr::{Ndr, Text};
use crate::fields::Fields;
use crate::reader::Malformed;

/// `LSA_FOREST_TRUST_INFORMATION { ULONG RecordCount; [size_is(RecordCount)] PLSA_FOREST_TRUST_RECORD *Entries }`.
pub(super) fn trust(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    told.details.set("entries", ndr.u32("records")?);
    if !ndr.pointer("records")? {
        return Ok(());
    }
    let count = ndr.conformance(4, "records")?;
    let mut present = 0_usize;
    for _ in 0..count {
        present += usize::from(ndr.pointer("record")?);
    }
    let mut records = Vec::new();
    for _ in 0..present.min(LISTED + 1) {
        records.push(record(ndr)?);
    }
    told.list("forest_trust", records);
    Ok(())
}

/// `ULONG Flags; LSA_FOREST_TRUST_RECORD_TYPE ForestTrustType; LARGE_INTEGER Time; [switch_is(ForestTrustType)] union`.
fn record(ndr: &mut Ndr<'_>) -> Result<Fields, Malformed> {
    ndr.align(8);
    let flags = ndr.u32("flags")?;
    ndr.enumeration("record type")?;
    ndr.u64("time")?;
    ndr.union(8);
    let kind = ndr.enumeration("record type")?;
    ndr.union(8);
    let mut fields = Fields::sized(6);
    fields.set("type", kind);
    fields.set_some("type_name", type_name(kind));
    fields.set("flags", flags);
    match kind {
        0 | 1 => name(ndr, &mut fields)?,
        2 => domain(ndr, &mut fields)?,
        _ => binary(ndr)?,
    }
    Ok(fields)
}

/// `LSA_UNICODE_STRING TopLevelName`.
fn name(ndr: &mut Ndr<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    let name = ndr.unicode_argument("name")?;
    fields.set_some("name", name.as_ref().map(Text::text));
    Ok(())
}

/// `LSA_FOREST_TRUST_DOMAIN_INFO { PRPC_SID Sid; LSA_UNICODE_STRING DnsName, NetbiosName }`.
fn domain(ndr: &mut Ndr<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    ndr.align_pointer();
    let sid = ndr.pointer("sid")?;
    let (dns, netbios) = (ndr.counted("dns name")?, ndr.counted("netbios name")?);
    if sid {
        fields.set("sid", ndr.sid("sid")?);
    }
    let dns = ndr.counted_wide(dns, "dns name")?;
    fields.set_some("dns_name", dns.as_ref().map(Text::text));
    let netbios = ndr.counted_wide(netbios, "netbios name")?;
    fields.set_some("netbios_name", netbios.as_ref().map(Text::text));
    Ok(())
}

/// `LSA_FOREST_TRUST_BINARY_DATA { ULONG Length; [size_is(Length)] UCHAR *Buffer }`.
fn binary(ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("data")?;
    if ndr.pointer("data")? {
        let size = ndr.conformance(1, "data")?;
        ndr.skip(size, "data")?;
    }
    Ok(())
}

/// LSA_FOREST_TRUST_RECORD_TYPE ([MS-LSAD] 2.2.7.22).
const fn type_name(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "ForestTrustTopLevelName",
        1 => "ForestTrustTopLevelNameEx",
        2 => "ForestTrustDomainInfo",
        3 => "ForestTrustBinaryInfo",
        4 => "ForestTrustScannerInfo",
        _ => return None,
    })
}
