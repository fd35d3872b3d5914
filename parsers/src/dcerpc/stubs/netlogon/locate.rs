//! Who serves a domain: the controller locator's remote form, and the records that it rests upon.

use compact_str::CompactString;

use super::{Malformed, Memory, Ndr, Told, server};

/// `DsrGetDcName([in, unique, string] ComputerName, [in, unique, string] DomainName, [in, unique] GUID *DomainGuid, [in,
/// unique] GUID *SiteGuid, ULONG Flags, …)` ([MS-NRPC] 3.5.4.3.3).
pub(super) fn name(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    domain(ndr, told)?;
    guid(ndr)?;
    flags(ndr, told)
}

/// `DsrGetDcNameEx`: the site by its name ([MS-NRPC] 3.5.4.3.2).
pub(super) fn name_ex(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    by_site(ndr, told)
}

/// `DsrGetDcNameEx2([in, unique, string] ComputerName, [in, unique, string] AccountName, ULONG AllowableAccountControlBits,
/// [in, unique, string] DomainName, [in, unique] GUID *DomainGuid, [in, unique, string] SiteName, ULONG Flags, …)`
/// ([MS-NRPC] 3.5.4.3.1).
pub(super) fn name_ex2(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    if let Some(account) = ndr.wide_argument("account name")? {
        told.observed.target_account = Some(account.text());
        told.long("account", account.text());
    }
    told.details.set("aac", ndr.u32("account control")?);
    by_site(ndr, told)
}

fn by_site(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    domain(ndr, told)?;
    told.argument(ndr, "site name", "site")?;
    told.details.set("flags", ndr.u32("flags")?);
    Ok(())
}

/// `[in, unique, string] DomainName, [in, unique] GUID *DomainGuid`.
fn domain(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.argument(ndr, "domain name", "domain")?;
    guid(ndr)
}

fn guid(ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
    if ndr.pointer("guid")? {
        ndr.guid("guid")?;
    }
    Ok(())
}

fn flags(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.details.set("flags", ndr.u32("flags")?);
    Ok(())
}

/// `PDOMAIN_CONTROLLER_INFOW *` ([MS-NRPC] 2.2.1.2.1): `[string] wchar_t *DomainControllerName, *DomainControllerAddress;
/// ULONG DomainControllerAddressType; GUID DomainGuid; [string] wchar_t *DomainName, *DnsForestName; ULONG Flags; [string]
/// wchar_t *DcSiteName, *ClientSiteName`.
pub(super) fn found(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("controller")? {
        return Ok(());
    }
    ndr.align_pointer();
    let (name, address) = (ndr.pointer("controller")?, ndr.pointer("controller")?);
    ndr.u32("controller")?;
    told.details.set("domain_guid", ndr.guid("domain guid")?.text());
    let (domain, forest) = (ndr.pointer("controller")?, ndr.pointer("controller")?);
    told.details.set("controller_flags", ndr.u32("flags")?);
    let (site, client) = (ndr.pointer("controller")?, ndr.pointer("controller")?);
    for (name, present) in [
        ("controller", name),
        ("controller_address", address),
        ("controller_domain", domain),
        ("forest", forest),
        ("controller_site", site),
        ("client_site", client),
    ] {
        if present {
            let text = ndr.wide_string("controller")?.text();
            told.long(name, CompactString::from(text.trim_start_matches('\\')));
        }
    }
    if let Some(host) = told.details.get_text("controller") {
        told.observed.host = Some(host.into());
    }
    Ok(())
}

/// `DsrGetSiteName`'s `[out, string] wchar_t **SiteName`.
pub(super) fn site(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "site name", "site")
}

/// `NetrGetDCName([in, string] LOGONSRV_HANDLE ServerName, [in, unique, string] DomainName, …)` ([MS-NRPC] 3.5.4.3.4).
pub(super) fn controller_of(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.long("logon_server", ndr.wide_string("server name")?.text());
    told.argument(ndr, "domain name", "domain")
}

/// `NetrGetAnyDCName([in, unique, string] LOGONSRV_HANDLE ServerName, [in, unique, string] DomainName, …)`.
pub(super) fn any_controller(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.argument(ndr, "domain name", "domain")
}

/// `[out, string] wchar_t **Buffer`: the controller, after two backslashes.
pub(super) fn controller_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if let Some(controller) = ndr.wide_argument("controller")? {
        let controller = CompactString::from(controller.text().trim_start_matches('\\'));
        told.observed.host = Some(controller.clone()).filter(|controller| !controller.is_empty());
        told.long("controller", controller);
    }
    Ok(())
}

/// `DsrDeregisterDnsHostRecords([in, unique, string] ServerName, [in, unique, string] DnsDomainName, [in, unique] GUID
/// *DomainGuid, [in, unique] GUID *DsaGuid, [in, string] DnsHostName)` ([MS-NRPC] 3.5.4.3.11).
pub(super) fn deregister(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    domain(ndr, told)?;
    guid(ndr)?;
    let host = ndr.wide_string("host name")?.text();
    told.observed.host = Some(host.clone());
    told.long("host", host);
    Ok(())
}
