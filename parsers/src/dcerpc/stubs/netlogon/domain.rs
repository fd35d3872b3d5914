//! Domains and their members: trusts, what a member says of itself, the databases of Windows NT.

use super::{Malformed, Memory, Ndr, Told, authenticator, forest, names, server};
use crate::fields::Fields;
use crate::text;

/// `DsrEnumerateDomainTrusts([in, unique, string] ServerName, ULONG Flags, …)` ([MS-NRPC] 3.5.4.7.1).
pub(super) fn enumerate_trusts(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.details.set("flags", ndr.u32("flags")?);
    Ok(())
}

/// `NetrEnumerateTrustedDomains`'s `[out] PDOMAIN_NAME_BUFFER`: `ULONG DomainNameByteCount; [size_is(DomainNameByteCount)] UCHAR
/// *DomainNames`, names in UTF-16 that each end in a null, the last in two ([MS-NRPC] 2.2.1.6.1, 3.5.4.7.3).
pub(super) fn trusted(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("trusts")?;
    if !ndr.pointer("trusts")? {
        return Ok(());
    }
    let size = ndr.conformance(1, "trusts")?;
    let names = text::utf16(ndr.octets(size, "trusts")?);
    let names = names.split('\0').filter(|name| !name.is_empty());
    told.list("trusted_domains", names.map(compact_str::CompactString::new));
    Ok(())
}

/// `DsrGetForestTrustInformation`'s `[out] PLSA_FOREST_TRUST_INFORMATION *`.
pub(super) fn forest_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("forest trust")? {
        true => forest::trust(ndr, told),
        false => Ok(()),
    }
}

/// `NetrGetForestTrustInformation`'s answer, which has `[out] PNETLOGON_AUTHENTICATOR ReturnAuthenticator` before it.
pub(super) fn member_forest_is(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    authenticator(ndr)?;
    forest_is(ndr, told, memory)
}

/// One DS_DOMAIN_TRUSTSW before what its pointers mean.
struct Trust {
    fields: Fields,
    netbios: bool,
    dns: bool,
    sid: bool,
}

/// `NETLOGON_TRUSTED_DOMAIN_ARRAY { DWORD DomainCount; PDS_DOMAIN_TRUSTSW Domains }` ([MS-NRPC] 2.2.1.6.3, 2.2.1.6.2).
pub(super) fn trusts(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.align_pointer();
    told.details.set("count", ndr.u32("trusts")?);
    if !ndr.pointer("trusts")? {
        return Ok(());
    }
    let count = ndr.conformance(44, "trusts")?;
    let trusts: Vec<Trust> = (0..count).map(|_| trust(ndr)).collect::<Result<_, _>>()?;
    let mut named = Vec::with_capacity(trusts.len());
    for mut trust in trusts {
        if trust.netbios {
            trust.fields.set("netbios_name", ndr.wide_string("trust")?.text());
        }
        if trust.dns {
            trust.fields.set("dns_name", ndr.wide_string("trust")?.text());
        }
        if trust.sid {
            trust.fields.set("sid", ndr.sid("trust")?);
        }
        named.push(trust.fields);
    }
    told.list("trusts", named);
    Ok(())
}

/// `[string] wchar_t *NetbiosDomainName, *DnsDomainName; ULONG Flags, ParentIndex, TrustType, TrustAttributes; PRPC_SID
/// DomainSid; GUID DomainGuid`.
fn trust(ndr: &mut Ndr<'_>) -> Result<Trust, Malformed> {
    ndr.align_pointer();
    let (netbios, dns) = (ndr.pointer("trust")?, ndr.pointer("trust")?);
    let mut fields = Fields::sized(6);
    fields.set("flags", ndr.u32("trust")?);
    ndr.u32("trust")?;
    fields.set("type", ndr.u32("trust")?);
    fields.set("attributes", ndr.u32("trust")?);
    let sid = ndr.pointer("trust")?;
    ndr.guid("trust")?;
    ndr.trailer(8);
    Ok(Trust {
        fields,
        netbios,
        dns,
        sid,
    })
}

/// `DsrGetForestTrustInformation([in, unique, string] ServerName, [in, unique, string] TrustedDomainName, DWORD Flags, …)`
/// ([MS-NRPC] 3.5.4.7.5).
pub(super) fn forest_trust(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.argument(ndr, "trusted domain", "domain")?;
    told.details.set("flags", ndr.u32("flags")?);
    Ok(())
}

/// `NetrDatabaseSync([in, string] PrimaryName, [in, string] ComputerName, PNETLOGON_AUTHENTICATOR Authenticator, [in, out]
/// ReturnAuthenticator, DWORD DatabaseID, …)`, `NetrDatabaseSync2`, `NetrDatabaseDeltas` alike ([MS-NRPC] 3.5.4.6).
pub(super) fn database(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.long("logon_server", ndr.wide_string("server name")?.text());
    told.long("computer", ndr.wide_string("computer name")?.text());
    let zero = authenticator(ndr)?;
    told.details.flag("all_zero_credential", zero);
    authenticator(ndr)?;
    let database = ndr.u32("database")?;
    told.details.set("database_id", database);
    told.details.set_some("database_name", names::database(database));
    Ok(())
}

/// `NetrLogonGetDomainInfo([in, string] ServerName, [in, string, unique] ComputerName, PNETLOGON_AUTHENTICATOR, [in, out]
/// ReturnAuthenticator, DWORD Level, [switch_is(Level)] PNETLOGON_WORKSTATION_INFORMATION WkstaBuffer, …)` ([MS-NRPC]
/// 3.5.4.4.9).
pub(super) fn info(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.long("logon_server", ndr.wide_string("server name")?.text());
    told.argument(ndr, "computer name", "computer")?;
    authenticator(ndr)?;
    authenticator(ndr)?;
    ndr.u32("level")?;
    ndr.union(8);
    let level = ndr.u32("level")?;
    ndr.union(8);
    match (level, ndr.pointer("workstation")?) {
        (1, true) => workstation(ndr, told),
        _ => Ok(()),
    }
}

/// `NETLOGON_WORKSTATION_INFO { NETLOGON_LSA_POLICY_INFO { ULONG LsaPolicySize; UCHAR *LsaPolicy } LsaPolicy; [string]
/// wchar_t *DnsHostName, *SiteName, *Dummy[4]; RPC_UNICODE_STRING OsVersion, OsName, Dummy[2]; ULONG WorkstationFlags,
/// KerberosSupportedEncryptionTypes, DummyLong[2] }` ([MS-NRPC] 2.2.1.3.6).
fn workstation(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("policy")?;
    let policy = ndr.pointer("policy")?;
    let (host, site) = (ndr.pointer("host")?, ndr.pointer("site")?);
    let mut dummies = 0;
    for _ in 0..4 {
        dummies += usize::from(ndr.pointer("workstation")?);
    }
    let version = ndr.counted("os version")?;
    let name = ndr.counted("os name")?;
    ndr.counted("workstation")?;
    ndr.counted("workstation")?;
    told.details.set("workstation_flags", ndr.u32("flags")?);
    told.details.set("supported_etypes", ndr.u32("encryption types")?);
    ndr.u32("workstation")?;
    ndr.u32("workstation")?;
    if policy {
        let size = ndr.conformance(1, "policy")?;
        ndr.skip(size, "policy")?;
    }
    if host {
        let host = ndr.wide_string("host")?.text();
        told.observed.host = Some(host.clone());
        told.long("host", host);
    }
    if site {
        told.long("site", ndr.wide_string("site")?.text());
    }
    for _ in 0..dummies {
        ndr.wide_string("workstation")?;
    }
    if let Some(version) = ndr.counted_wide(version, "os version")? {
        told.details.set_some("os_version", os_version(version.octets()));
    }
    if let Some(name) = ndr.counted_wide(name, "os name")? {
        told.long("os", name.text());
    }
    Ok(())
}

/// An OSVERSIONINFOEX in the place of characters: `DWORD dwOSVersionInfoSize, dwMajorVersion, dwMinorVersion, dwBuildNumber;
/// …` ([MS-NRPC] 2.2.1.3.6).
fn os_version(octets: &[u8]) -> Option<compact_str::CompactString> {
    let numbers = octets.get(4..16)?.as_chunks::<4>().0;
    let [major, minor, build] = numbers else { return None };
    let number = |octets: &[u8; 4]| u32::from_le_bytes(*octets);
    Some(text::dotted([number(major), number(minor), number(build)]))
}
