//! What is asked or set by information level, and the policies that come back.

use super::{Malformed, Memory, Ndr, Told, handles, lookup};
use crate::dcerpc::ndr::Counted;
use smallvec::SmallVec;

/// `SamrQuerySecurityObject`, `SamrSetSecurityObject([in] SAMPR_HANDLE ObjectHandle, [in] SECURITY_INFORMATION, …)`.
pub(super) fn security(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    told.details
        .set("security_information", ndr.u32("security information")?);
    Ok(())
}

/// `([in] SAMPR_HANDLE, [in] … InformationClass, …)` of groups, aliases and users.
pub(super) fn level(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::level(ndr, told, memory, |_| None)
}

/// `([in] SAMPR_HANDLE DomainHandle, [in] DOMAIN_INFORMATION_CLASS DomainInformationClass, …)` ([MS-SAMR] 2.2.3.16).
pub(super) fn domain(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::level(ndr, told, memory, |level| match level {
        1 => Some("DomainPasswordInformation"),
        2 => Some("DomainGeneralInformation"),
        3 => Some("DomainLogoffInformation"),
        4 => Some("DomainOemInformation"),
        5 => Some("DomainNameInformation"),
        6 => Some("DomainReplicationInformation"),
        7 => Some("DomainServerRoleInformation"),
        8 => Some("DomainModifiedInformation"),
        9 => Some("DomainStateInformation"),
        11 => Some("DomainGeneralInformation2"),
        12 => Some("DomainLockoutInformation"),
        13 => Some("DomainModifiedInformation2"),
        _ => None,
    })
}

/// `[out, switch_is(DomainInformationClass)] PSAMPR_DOMAIN_INFO_BUFFER *Buffer`: the policy for passwords and lockout.
pub(super) fn domain_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("information")? {
        return Ok(());
    }
    ndr.union(8);
    let level = ndr.enumeration("information level")?;
    ndr.union(8);
    match level {
        1 => {
            told.details
                .set("min_password_length", ndr.u16("minimum password length")?);
            told.details
                .set("password_history_length", ndr.u16("password history length")?);
            told.details.set("password_properties", ndr.u32("password properties")?);
        }
        12 => {
            ndr.large("lockout duration")?;
            ndr.large("lockout window")?;
            told.details.set("lockout_threshold", ndr.u16("lockout threshold")?);
        }
        _ => {}
    }
    Ok(())
}

/// `[out] PUSER_DOMAIN_PASSWORD_INFORMATION PasswordInformation`: `u16 MinPasswordLength; u32 PasswordProperties`.
pub(super) fn password_policy(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details
        .set("min_password_length", ndr.u16("minimum password length")?);
    told.details.set("password_properties", ndr.u32("password properties")?);
    Ok(())
}

/// `SamrQueryDisplayInformation`, `…2`, `…3([in] SAMPR_HANDLE DomainHandle, [in] DOMAIN_DISPLAY_INFORMATION, …)`.
pub(super) fn display(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let level = ndr.enumeration("display information")?;
    told.details.set("information_level", level);
    told.details.set_some(
        "information_level_name",
        match level {
            1 => Some("DomainDisplayUser"),
            2 => Some("DomainDisplayMachine"),
            3 => Some("DomainDisplayGroup"),
            4 => Some("DomainDisplayOemUser"),
            5 => Some("DomainDisplayOemGroup"),
            _ => None,
        },
    );
    Ok(())
}

/// `[out] DWORD *TotalAvailable, [out] DWORD *TotalReturned, [out, switch_is(…)] PSAMPR_DISPLAY_INFO_BUFFER Buffer`, whose
/// arms are `DWORD EntriesRead; [size_is(EntriesRead)] … *Buffer` ([MS-SAMR] 2.2.8).
pub(super) fn displayed(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("total available")?;
    ndr.u32("total returned")?;
    ndr.union(8);
    let level = ndr.enumeration("display information")?;
    ndr.union(8);
    let (count, entries) = (ndr.u32("entries")?, ndr.pointer("entries")?);
    told.details.set("count", count);
    // Names of an entry: account, comment and, of users, full name. OEM entries are not read further.
    let texts = match level {
        1 => 3,
        2 | 3 => 2,
        _ => return Ok(()),
    };
    if !entries {
        return Ok(());
    }
    let count = ndr.conformance(12 + texts * 8, "entries")?;
    let mut heads: SmallVec<[(u32, Counted); 16]> = SmallVec::new();
    for _ in 0..count {
        ndr.align_pointer();
        ndr.u32("index")?;
        let rid = ndr.u32("rid")?;
        ndr.u32("account control")?;
        for _ in 0..texts {
            heads.push((rid, ndr.counted("name")?));
        }
    }
    let mut found = Vec::with_capacity(count);
    for (at, (rid, head)) in heads.into_iter().enumerate() {
        let text = ndr.counted_wide(head, "name")?;
        if at % texts == 0 {
            found.push((rid, text.map(|text| text.text()).unwrap_or_default()));
        }
    }
    lookup::tell(found, told, memory);
    Ok(())
}
