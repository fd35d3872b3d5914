//! What the DNS server answers: what it is, its zones and partitions, the names in a zone ([MS-DNSP] 3.1.4).

use std::net::{Ipv4Addr, Ipv6Addr};

use compact_str::{CompactString, ToCompactString};

use super::{Malformed, Memory, Ndr, Told};
use crate::dcerpc::stubs::LISTED;
use crate::reader::Reader;
use crate::text;

/// `R_DnssrvQuery`, `R_DnssrvComplexOperation`: `[out] PDWORD pdwTypeId, [out, switch_is(*pdwTypeId)] DNSSRV_RPC_UNION *ppData`
/// ([MS-DNSP] 2.2.1.1.1, 2.2.1.2.6).
pub(super) fn answered(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("type id")?;
    ndr.union(8);
    let kind = ndr.u32("type id")?;
    ndr.union(8);
    if kind == 1 {
        told.details.set("answer", ndr.u32("value")?);
        return Ok(());
    }
    if !ndr.pointer("data")? {
        return Ok(());
    }
    match kind {
        2 => told.long("answer", ndr.narrow_string("value")?.text()),
        3 => told.long("answer", ndr.wide_string("value")?.text()),
        6 => server(ndr, told, Form::First)?,
        10 => zone_information(ndr, told, Form::First)?,
        16 => zones(ndr, told, Form::First)?,
        19 => server(ndr, told, Form::Second)?,
        22 | 36 => zone_information(ndr, told, Form::Second)?,
        27 => zones(ndr, told, Form::Second)?,
        30 => partitions(ndr, told)?,
        35 => server(ndr, told, Form::Third)?,
        _ => told.details.set("answer_type", kind),
    }
    Ok(())
}

/// Structures had three forms over the years: `…_W2K`, `…_DOTNET` with a version before it, `…_LONGHORN` with addresses of
/// any family.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    First,
    Second,
    Third,
}

impl Form {
    /// `DWORD dwRpcStructureVersion, dwReserved0`.
    fn begin(self, ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
        ndr.align_pointer();
        if self != Self::First {
            ndr.u32("version")?;
            ndr.u32("reserved")?;
        }
        Ok(())
    }
}

/// DNS_RPC_SERVER_INFO ([MS-DNSP] 2.2.4.2.2).
///
/// ```text
/// DWORD dwVersion; BYTE fBootMethod, fAdminConfigured, fAllowUpdate, fDsAvailable; [string] char *pszServerName; [string]
/// wchar_t *pszDsContainer; ARRAY *aipServerAddrs, *aipListenAddrs, *aipForwarders
/// since the second: ARRAY *aipLogFilter; [string] wchar_t *pwszLogFilePath; [string] char *pszDomainName, *pszForestName,
/// *pszDomainDirectoryPartition, *pszForestDirectoryPartition
/// pointers, numbers and flags that nobody is told
/// ```
fn server(ndr: &mut Ndr<'_>, told: &mut Told, form: Form) -> Result<(), Malformed> {
    form.begin(ndr)?;
    let version = ndr.u32("version")?;
    let [major, minor, low, high] = version.to_le_bytes();
    let revision = u32::from(u16::from_le_bytes([low, high]));
    let version = text::dotted([u32::from(major), u32::from(minor), revision]);
    told.details.set("os_version", version);
    ndr.skip(4, "server")?;
    let (pointers, unknown) = if form == Form::First { (5, 5) } else { (11, 6) };
    let mut present = [false; 11];
    for slot in present.iter_mut().take(pointers) {
        *slot = ndr.pointer("server")?;
    }
    for _ in 0..unknown {
        ndr.pointer("server")?;
    }
    settings(ndr, form)?;
    named(ndr, told, form, present)
}

/// The numbers and flags of DNS_RPC_SERVER_INFO, and its end.
fn settings(ndr: &mut Ndr<'_>, form: Form) -> Result<(), Malformed> {
    let (numbers, after) = match form {
        Form::First => (23, 0),
        Form::Second => (24, 0),
        // Between them, whether the controller is read-only.
        Form::Third => (20, 3),
    };
    ndr.align(4);
    ndr.skip(numbers * 4, "settings")?;
    if after > 0 {
        ndr.u8("settings")?;
        ndr.align(4);
        ndr.skip(after * 4, "settings")?;
    }
    ndr.skip(28, "settings")?;
    ndr.trailer(8);
    Ok(())
}

/// What the pointers of DNS_RPC_SERVER_INFO mean.
fn named(ndr: &mut Ndr<'_>, told: &mut Told, form: Form, present: [bool; 11]) -> Result<(), Malformed> {
    let fields = [
        ("server_fqdn", Means::Narrow),
        ("ds_container", Means::Wide),
        ("server_addresses", Means::Addresses),
        ("listen_addresses", Means::Addresses),
        ("forwarders", Means::Addresses),
        ("log_filter", Means::Addresses),
        ("log_file", Means::Wide),
        ("domain", Means::Narrow),
        ("forest", Means::Narrow),
        ("domain_partition", Means::Narrow),
        ("forest_partition", Means::Narrow),
    ];
    for ((name, means), _) in fields.into_iter().zip(present).filter(|(_, present)| *present) {
        match means {
            Means::Narrow => told.long(name, ndr.narrow_string(name)?.text()),
            Means::Wide => told.long(name, ndr.wide_string(name)?.text()),
            Means::Addresses => {
                let addresses = addresses(ndr, form)?;
                told.list(name, addresses);
            }
        }
    }
    Ok(())
}

/// What a pointer of a structure leads to.
#[derive(Clone, Copy)]
enum Means {
    Narrow,
    Wide,
    Addresses,
}

/// IP4_ARRAY `{ DWORD AddrCount; [size_is(AddrCount)] DWORD AddrArray[] }`, or DNS_ADDR_ARRAY: 32 octets, then DNS_ADDRs of 64
/// octets that begin with a socket address ([MS-DNSP] 2.2.3.2.1, 2.2.3.2.2, 2.2.3.2.3).
fn addresses(ndr: &mut Ndr<'_>, form: Form) -> Result<Vec<CompactString>, Malformed> {
    let (head, size) = if form == Form::Third { (32, 64) } else { (4, 4) };
    let count = ndr.conformance(size, "addresses")?;
    ndr.align(4);
    ndr.skip(head, "addresses")?;
    let mut shown = Vec::new();
    for _ in 0..count {
        let octets = ndr.octets(size, "address")?;
        if shown.len() <= LISTED {
            shown.extend(address(octets));
        }
    }
    Ok(shown)
}

/// An IPv4 address, or one behind a family, port and, of IPv6, flow: AF_INET 2, AF_INET6 23.
fn address(octets: &[u8]) -> Option<CompactString> {
    if octets.len() == 4 {
        return Some(Ipv4Addr::from(*octets.first_chunk::<4>()?).to_compact_string());
    }
    match octets {
        [2, 0, _, _, rest @ ..] => Some(Ipv4Addr::from(*rest.first_chunk::<4>()?).to_compact_string()),
        [23, 0, _, _, _, _, _, _, rest @ ..] => Some(Ipv6Addr::from(*rest.first_chunk::<16>()?).to_compact_string()),
        _ => None,
    }
}

/// DNS_RPC_ZONE_INFO: how a zone is kept, who may change it, to whom it is transferred ([MS-DNSP] 2.2.5.2.4).
///
/// ```text
/// [string] char *pszZoneName; DWORD dwZoneType, fReverse, fAllowUpdate, fPaused, fShutdown, fAutoCreated, fUseDatabase;
/// [string] char *pszDataFile; ARRAY *aipMasters; DWORD fSecureSecondaries; …
/// ```
fn zone_information(ndr: &mut Ndr<'_>, told: &mut Told, form: Form) -> Result<(), Malformed> {
    form.begin(ndr)?;
    ndr.pointer("zone")?;
    let kind = ndr.u32("zone type")?;
    ndr.u32("reverse")?;
    let update = ndr.u32("allow update")?;
    ndr.skip(16, "zone")?;
    ndr.pointer("data file")?;
    ndr.pointer("masters")?;
    let secondaries = ndr.u32("secondaries")?;
    told.details.set("zone_type", kind);
    told.details.set("allow_update", update);
    told.details.set_some("allow_update_name", update_name(update));
    told.details.set("secure_secondaries", secondaries);
    told.details
        .set_some("secure_secondaries_name", secondaries_name(secondaries));
    Ok(())
}

/// DNS_ZONE_UPDATE ([MS-DNSP] 2.2.6.1.1).
const fn update_name(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "ZONE_UPDATE_OFF",
        1 => "ZONE_UPDATE_UNSECURE",
        2 => "ZONE_UPDATE_SECURE",
        _ => return None,
    })
}

/// DNS_ZONE_SECONDARY_SECURITY ([MS-DNSP] 2.2.5.1.2).
const fn secondaries_name(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "ZONE_SECSECURE_NO_SECURITY",
        1 => "ZONE_SECSECURE_NS_ONLY",
        2 => "ZONE_SECSECURE_LIST_ONLY",
        3 => "ZONE_SECSECURE_NO_XFER",
        _ => return None,
    })
}

/// DNS_RPC_ZONE_LIST: `DWORD dwZoneCount; [size_is(dwZoneCount)] ZONE *ZoneArray[]`, a zone being `[string] wchar_t
/// *pszZoneName; DWORD Flags; UCHAR ZoneType, Version` and, since the second form, `DWORD dwDpFlags; [string] char *pszDpFqdn`
/// ([MS-DNSP] 2.2.5.2.1, 2.2.5.2.3).
fn zones(ndr: &mut Ndr<'_>, told: &mut Told, form: Form) -> Result<(), Malformed> {
    let mut names = Vec::new();
    for _ in 0..members(ndr, told, form)? {
        form.begin(ndr)?;
        let name = ndr.pointer("zone")?;
        ndr.u32("flags")?;
        ndr.skip(2, "zone")?;
        let mut partition = false;
        if form != Form::First {
            ndr.u32("flags")?;
            partition = ndr.pointer("partition")?;
        }
        ndr.trailer(8);
        if name {
            names.push(told.cut(ndr.wide_string("zone")?.text()));
        }
        if partition {
            ndr.narrow_string("partition")?;
        }
    }
    told.list("zones", names);
    Ok(())
}

/// DNS_RPC_DP_LIST: `DWORD dwDpCount; [size_is(dwDpCount)] DP_ENUM *DpArray[]`, a directory partition being `[string] char
/// *pszDpFqdn; DWORD dwFlags, dwZoneCount` ([MS-DNSP] 2.2.7.2.2, 2.2.7.2.3).
fn partitions(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let mut names = Vec::new();
    for _ in 0..members(ndr, told, Form::Second)? {
        Form::Second.begin(ndr)?;
        let name = ndr.pointer("partition")?;
        ndr.u32("flags")?;
        ndr.u32("zones")?;
        ndr.trailer(8);
        if name {
            names.push(told.cut(ndr.narrow_string("partition")?.text()));
        }
    }
    told.list("partitions", names);
    Ok(())
}

/// The beginning of a structure that ends in an array of pointers: how many of what they lead to are read.
fn members(ndr: &mut Ndr<'_>, told: &mut Told, form: Form) -> Result<usize, Malformed> {
    let count = ndr.conformance(4, "list")?;
    form.begin(ndr)?;
    told.details.set("entries", ndr.u32("list")?);
    let mut present = 0_usize;
    for _ in 0..count {
        present += usize::from(ndr.pointer("list")?);
    }
    Ok(present.min(LISTED + 1))
}

/// `R_DnssrvEnumRecords`: `[out] PDWORD pdwBufferLength, [out, size_is(, *pdwBufferLength)] PBYTE *ppBuffer`, the buffer being
/// nodes and their records one behind the other, their numbers little-endian ([MS-DNSP] 2.2.2.2.3, 2.2.2.2.5).
///
/// ```text
/// node:   WORD wLength, wRecordCount; DWORD dwFlags, dwChildCount; UCHAR cchNameLength; name
/// record: WORD wDataLength, wType; DWORD dwFlags, dwSerial, dwTtlSeconds, dwTimeStamp, dwReserved; data
/// ```
pub(super) fn enumerated(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("buffer")?;
    if !ndr.pointer("buffer")? {
        return Ok(());
    }
    let size = ndr.conformance(1, "buffer")?;
    let mut reader = Reader::new(ndr.octets(size, "buffer")?);
    let (mut names, mut nodes, mut records) = (Vec::new(), 0_u32, 0_u32);
    while reader.remaining() > 0 {
        let (name, count) = node(&mut reader)?;
        nodes += 1;
        records += u32::from(count);
        if names.len() <= LISTED {
            names.push(text::bytes(name));
        }
    }
    told.details.set("entries", nodes);
    told.details.set("record_count", records);
    told.list("nodes", names);
    Ok(())
}

/// One node with its records: its name, which is empty where it is the one that was asked for, and how many records it has.
fn node<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8], u16), Malformed> {
    let start = reader.position();
    let (length, count) = (reader.u16_le("node")?, reader.u16_le("node")?);
    reader.skip(8, "node")?;
    let name = reader.u8("node")?;
    let name = reader.take(name.into(), "node")?;
    let end = start.saturating_add(length.into());
    if end > reader.position() {
        reader.seek(end, "node")?;
    }
    reader.align(4);
    for _ in 0..count {
        let size = reader.u16_le("record")?;
        reader.skip(22, "record")?;
        reader.skip(size.into(), "record")?;
        reader.align(4);
    }
    Ok((name, count))
}
