//! dnsserver: administration of the DNS server that a controller is ([MS-DNSP] 3.1.4): zones, records, and settings such as
//! ServerLevelPluginDll, by which it loads a library.
//!
//! Operations 5 to 9 are 0 to 4 with the client's version and flags before their arguments.

mod answers;
mod record;
#[cfg(test)]
mod tests;

use super::{Memory, Operation, Returns, Stubs, Told, unc};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

pub(super) const STUBS: Stubs = Stubs::new(
    "50abc2a4-574d-40b3-9d66-ee4fd5fba076",
    &[
        call(0).changes().request(operate::<false>),
        call(1).request(query::<false>).response(answers::answered),
        call(2).request(complex::<false>).response(answers::answered),
        call(3).request(enumerate::<false>).response(answers::enumerated),
        call(4).changes().request(update::<false>),
        call(5).changes().request(operate::<true>),
        call(6).request(query::<true>).response(answers::answered),
        call(7).request(complex::<true>).response(answers::answered),
        call(8).request(enumerate::<true>).response(answers::enumerated),
        call(9).changes().request(update::<true>),
    ],
);

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `[in, unique, string] LPCWSTR pwszServerName, [in, unique, string] LPCSTR pszZone`, in the newer operations after `DWORD
/// dwClientVersion, DWORD dwSettingFlags`.
fn ends<const NEW: bool>(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    if NEW {
        ndr.u32("client version")?;
        ndr.u32("setting flags")?;
    }
    told.argument(ndr, "server", "dns_server")?;
    if let Some(zone) = ndr.narrow_argument("zone")? {
        told.long("zone", zone.text());
    }
    Ok(())
}

/// `R_DnssrvOperation(…, DWORD dwContext, [in, unique, string] LPCSTR pszOperation, DWORD dwTypeId, [switch_is(dwTypeId)]
/// DNSSRV_RPC_UNION pData)` ([MS-DNSP] 3.1.4.1).
fn operate<const NEW: bool>(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ends::<NEW>(ndr, told)?;
    ndr.u32("context")?;
    operation(ndr, told)?;
    data(ndr, told)
}

/// `R_DnssrvQuery(…, [in, unique, string] LPCSTR pszOperation, …)` ([MS-DNSP] 3.1.4.2).
fn query<const NEW: bool>(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ends::<NEW>(ndr, told)?;
    operation(ndr, told)
}

/// `R_DnssrvComplexOperation(…, [in, unique, string] LPCSTR pszOperation, DWORD dwTypeIn, [switch_is(dwTypeIn)]
/// DNSSRV_RPC_UNION pDataIn, …)` ([MS-DNSP] 3.1.4.3).
fn complex<const NEW: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    query::<NEW>(ndr, told, memory)?;
    data(ndr, told)
}

/// `R_DnssrvEnumRecords(…, [in, unique, string] LPCSTR pszNodeName, [in, unique, string] LPCSTR pszStartChild, WORD
/// wRecordType, DWORD fSelectFlag, …)` ([MS-DNSP] 3.1.4.4).
fn enumerate<const NEW: bool>(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ends::<NEW>(ndr, told)?;
    if let Some(node) = ndr.narrow_argument("node")? {
        told.long("node", node.text());
    }
    ndr.narrow_argument("start child")?;
    let kind = ndr.u16("record type")?;
    told.details.set("record_type", kind);
    told.details.set_some("record_type_name", record::type_name(kind));
    told.details.set("select_flags", ndr.u32("select flags")?);
    Ok(())
}

/// `R_DnssrvUpdateRecord(…, [in, string] LPCSTR pszNodeName, [in, unique] PDNS_RPC_RECORD pAddRecord, [in, unique]
/// PDNS_RPC_RECORD pDeleteRecord)` ([MS-DNSP] 3.1.4.5).
fn update<const NEW: bool>(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ends::<NEW>(ndr, told)?;
    told.long("node", ndr.narrow_string("node")?.text());
    for name in ["added", "deleted"] {
        if ndr.pointer("record")? {
            told.details.set(name, record::read(ndr)?);
        }
    }
    Ok(())
}

fn operation(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    if let Some(operation) = ndr.narrow_argument("operation")? {
        told.long("dns_operation", operation.text());
    }
    Ok(())
}

/// `DWORD dwTypeId, DNSSRV_RPC_UNION` ([MS-DNSP] 2.2.1.2.6): numbers, texts, a property by its name, a zone to be created.
fn data(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.u32("type id")?;
    ndr.union(8);
    let kind = ndr.u32("type id")?;
    ndr.union(8);
    match kind {
        1 => told.details.set("value", ndr.u32("value")?),
        2 => text(ndr.narrow_argument("value")?.map(|text| text.text()), told),
        3 => text(ndr.wide_argument("value")?.map(|text| text.text()), told),
        15 if ndr.pointer("property")? => property(ndr, told)?,
        26 | 40 if ndr.pointer("zone")? => zone(ndr, told)?,
        _ => told.details.set("data_type", kind),
    }
    Ok(())
}

fn text(text: Option<compact_str::CompactString>, told: &mut Told) {
    let text = text.unwrap_or_default();
    if let Some(host) = unc::host(&text) {
        told.observed.host = Some(host.into());
    }
    told.long("value", text);
}

/// `DNS_RPC_NAME_AND_PARAM { DWORD dwParam; [string] char *pszNodeName }` ([MS-DNSP] 2.2.1.2.5).
fn property(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    told.details.set("value", ndr.u32("value")?);
    if let Some(name) = ndr.narrow_argument("property")? {
        told.long("property", name.text());
    }
    Ok(())
}

/// `DNS_RPC_ZONE_CREATE_INFO_DOTNET` and its successor ([MS-DNSP] 2.2.5.2.7.2).
///
/// ```text
/// DWORD dwRpcStructureVersion, dwReserved0; [string] char *pszZoneName; DWORD dwZoneType, fAllowUpdate, fAging, dwFlags;
/// [string] char *pszDataFile; DWORD fDsIntegrated, fLoadExisting; [string] char *pszAdmin; PIP4_ARRAY aipMasters,
/// aipSecondaries; DWORD fSecureSecondaries, fNotifyLevel, dwTimeout, fRecurseAfterForwarding, dwDpFlags; [string] char
/// *pszDpFqdn; DWORD dwReserved[32];
/// ```
fn zone(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("zone")?;
    ndr.u32("zone")?;
    let name = ndr.pointer("zone")?;
    told.details.set("zone_type", ndr.u32("zone")?);
    for _ in 0..3 {
        ndr.u32("zone")?;
    }
    let file = ndr.pointer("zone")?;
    let directory = ndr.u32("zone")?;
    told.details.flag("directory_integrated", directory != 0);
    ndr.u32("zone")?;
    for _ in 0..3 {
        ndr.pointer("zone")?;
    }
    for _ in 0..5 {
        ndr.u32("zone")?;
    }
    ndr.pointer("zone")?;
    for _ in 0..32 {
        ndr.u32("zone")?;
    }
    ndr.trailer(8);
    if name {
        told.long("created_zone", ndr.narrow_string("zone")?.text());
    }
    if file {
        told.long("data_file", ndr.narrow_string("data file")?.text());
    }
    Ok(())
}
