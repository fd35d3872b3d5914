//! Handles, and the policy itself.

use super::{Malformed, Memory, Ndr, Subject, Told, handles};
use crate::dcerpc::ndr::Text;

/// `LsarOpenPolicy([in, unique] wchar_t *SystemName, [in] PLSAPR_OBJECT_ATTRIBUTES, [in] ACCESS_MASK, [out] LSAPR_HANDLE *)`,
/// whose name is a single character.
pub(super) fn open(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("system name")? {
        ndr.u16("system name")?;
    }
    attributes(ndr, told)
}

/// `LsarOpenPolicy2`, `…3([in, unique, string] wchar_t *SystemName, [in] PLSAPR_OBJECT_ATTRIBUTES, [in] ACCESS_MASK, …)`.
pub(super) fn open2(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let name = ndr.wide_argument("system name")?;
    told.details.set_some("server_name", name.as_ref().map(Text::text));
    attributes(ndr, told)
}

/// LSAPR_OBJECT_ATTRIBUTES ([MS-LSAD] 2.2.2.4), which servers ignore, and the access that is asked for.
///
/// ```text
/// u32 Length; byte *RootDirectory; STRING *ObjectName; u32 Attributes; LSAPR_SECURITY_DESCRIPTOR *SecurityDescriptor;
/// { u32 Length; enum ImpersonationLevel; u8 ContextTrackingMode; u8 EffectiveOnly } *SecurityQualityOfService
/// ```
fn attributes(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("attributes")?;
    let root = ndr.pointer("attributes")?;
    let name = ndr.pointer("attributes")?;
    ndr.u32("attributes")?;
    let descriptor = ndr.pointer("attributes")?;
    let quality = ndr.pointer("attributes")?;
    if root || name || descriptor {
        return Ok(());
    }
    if quality {
        ndr.u32("quality of service")?;
        ndr.enumeration("quality of service")?;
        ndr.skip(2, "quality of service")?;
    }
    told.details.set("desired_access", ndr.u32("desired access")?);
    Ok(())
}

/// `([in] LSAPR_HANDLE, [in] SECURITY_INFORMATION, …)`.
pub(super) fn security(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    told.details
        .set("security_information", ndr.u32("security information")?);
    Ok(())
}

/// `([in] LSAPR_HANDLE, [in] … InformationClass, …)`.
pub(super) fn level(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::level(ndr, told, memory, |_| None)
}

/// `([in] LSAPR_HANDLE PolicyHandle, [in] POLICY_INFORMATION_CLASS, …)` ([MS-LSAD] 2.2.4.1).
pub(super) fn information(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::level(ndr, told, memory, |level| match level {
        1 => Some("PolicyAuditLogInformation"),
        2 => Some("PolicyAuditEventsInformation"),
        3 => Some("PolicyPrimaryDomainInformation"),
        4 => Some("PolicyPdAccountInformation"),
        5 => Some("PolicyAccountDomainInformation"),
        6 => Some("PolicyLsaServerRoleInformation"),
        7 => Some("PolicyReplicaSourceInformation"),
        9 => Some("PolicyModificationInformation"),
        10 => Some("PolicyAuditFullSetInformation"),
        11 => Some("PolicyAuditFullQueryInformation"),
        12 => Some("PolicyDnsDomainInformation"),
        13 => Some("PolicyDnsDomainInformationInt"),
        14 => Some("PolicyLocalAccountDomainInformation"),
        _ => None,
    })
}

/// `[out, switch_is(InformationClass)] PLSAPR_POLICY_INFORMATION *`: the domain, where it is about that.
pub(super) fn is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("information")? {
        return Ok(());
    }
    ndr.union(8);
    let level = ndr.enumeration("information level")?;
    ndr.union(8);
    match level {
        3 | 5 | 14 => named(ndr, told),
        12 | 13 => dns(ndr, told),
        _ => Ok(()),
    }
}

/// `RPC_UNICODE_STRING Name; PRPC_SID Sid`.
fn named(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let (name, sid) = (ndr.counted("domain")?, ndr.pointer("sid")?);
    let name = ndr.counted_wide(name, "domain")?;
    told.details.set_some("domain", name.as_ref().map(Text::text));
    if sid {
        told.details.set("domain_sid", ndr.sid("sid")?);
    }
    Ok(())
}

/// `RPC_UNICODE_STRING Name, DnsDomainName, DnsForestName; GUID DomainGuid; PRPC_SID Sid`.
fn dns(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let heads = [ndr.counted("domain")?, ndr.counted("domain")?, ndr.counted("forest")?];
    let guid = ndr.guid("guid")?;
    let sid = ndr.pointer("sid")?;
    for (name, head) in ["domain", "dns_domain", "dns_forest"].into_iter().zip(heads) {
        let text = ndr.counted_wide(head, "domain")?;
        told.details.set_some(name, text.as_ref().map(Text::text));
    }
    told.details.set("domain_guid", guid.text());
    if sid {
        told.details.set("domain_sid", ndr.sid("sid")?);
    }
    Ok(())
}

/// A handle that will name what `name` and `value` say.
pub(super) fn opens(told: &mut Told, name: &'static str, value: Option<compact_str::CompactString>) {
    if let Some(value) = value {
        let subject = Subject::new().with(name, value);
        told.about(&subject);
        told.opens(subject);
    }
}
