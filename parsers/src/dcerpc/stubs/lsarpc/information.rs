//! Information about trusted domains by class, and the Kerberos policy of the domain ([MS-LSAD] 2.2.7.2, 2.2.4.16).
//!
//! Classes that hold the secrets of a trust are read as far as their names and no further.

use super::{Malformed, Memory, Ndr, Told, handles, trust};
use crate::dcerpc::ndr::Text;
use crate::dcerpc::stubs::forest;

/// `([in] LSAPR_HANDLE TrustedDomainHandle, [in] TRUSTED_INFORMATION_CLASS, …)`.
pub(super) fn asked(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    class(ndr, told)
}

/// `([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_SID TrustedDomainSid, [in] TRUSTED_INFORMATION_CLASS, …)`.
pub(super) fn asked_by_sid(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    trust::delete(ndr, told, memory)?;
    class(ndr, told)
}

/// `([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_UNICODE_STRING TrustedDomainName, [in] TRUSTED_INFORMATION_CLASS, …)`.
pub(super) fn asked_by_name(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    trust::forest(ndr, told, memory)?;
    class(ndr, told)
}

/// As [`asked`], with `[in, switch_is(InformationClass)] PLSAPR_TRUSTED_DOMAIN_INFO` behind it.
pub(super) fn set(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    asked(ndr, told, memory)?;
    information(ndr, told)
}

/// As [`asked_by_sid`], with the information behind it.
pub(super) fn set_by_sid(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    asked_by_sid(ndr, told, memory)?;
    information(ndr, told)
}

/// As [`asked_by_name`], with the information behind it.
pub(super) fn set_by_name(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    asked_by_name(ndr, told, memory)?;
    information(ndr, told)
}

/// `[out, switch_is(InformationClass)] PLSAPR_TRUSTED_DOMAIN_INFO *`.
pub(super) fn is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("information")? {
        true => information(ndr, told),
        false => Ok(()),
    }
}

fn class(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let class = ndr.enumeration("information level")?;
    told.details.set("information_level", class);
    told.details.set_some("information_level_name", class_name(class));
    Ok(())
}

/// LSAPR_TRUSTED_DOMAIN_INFO ([MS-LSAD] 2.2.7.3). The full classes lead on to what authenticates the trust.
fn information(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.union(8);
    let class = ndr.enumeration("information level")?;
    ndr.union(8);
    match class {
        1 => {
            let name = ndr.unicode_argument("trust")?;
            told.details.set_some("trusted_name", name.as_ref().map(Text::text));
        }
        2 => controllers(ndr, told)?,
        5 => {
            let (mut names, mut sids) = trust::named(ndr, 1)?;
            told.details.set_some("trusted_name", names.pop());
            told.observed.sid = sids.pop().filter(|sid| !sid.is_empty());
        }
        6 | 8 | 10 | 11 | 12 => extended(ndr, told, class)?,
        13 => told.details.set("supported_etypes", ndr.u32("encryption types")?),
        _ => {}
    }
    Ok(())
}

/// `LSAPR_TRUSTED_CONTROLLERS_INFO { ULONG Entries; [size_is(Entries)] PRPC_UNICODE_STRING Names }`.
fn controllers(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("controllers")?;
    if ndr.pointer("controllers")? {
        let count = ndr.conformance(8, "controllers")?;
        let names = ndr.unicode_strings(count, "controllers")?;
        told.list("controllers", names);
    }
    Ok(())
}

/// LSAPR_TRUSTED_DOMAIN_INFORMATION_EX, alone (6) or with `ULONG ForestTrustLength; PUCHAR ForestTrustInfo` (11), and both
/// with a POSIX offset and what authenticates (8, 10, 12), whose pointers stand before the names.
fn extended(ndr: &mut Ndr<'_>, told: &mut Told, class: u32) -> Result<(), Malformed> {
    let head = trust::Head::fixed(ndr)?;
    if matches!(class, 11 | 12) {
        ndr.u32("forest trust")?;
        ndr.pointer("forest trust")?;
    }
    ndr.trailer(8);
    if matches!(class, 8 | 10 | 12) {
        ndr.u32("posix offset")?;
        for _ in 0..if class == 10 { 1 } else { 2 } {
            ndr.align_pointer();
            ndr.u32("authentication")?;
            ndr.pointer("authentication")?;
            if class != 10 {
                ndr.pointer("authentication")?;
            }
        }
        ndr.trailer(8);
    }
    let (name, sid, fields) = head.finish(ndr)?;
    told.details.set_some("trusted_name", name);
    told.details.append(fields);
    if sid.is_some() {
        told.observed.sid = sid;
    }
    Ok(())
}

/// `LsarQueryDomainInformationPolicy`'s `[out, switch_is(InformationClass)] PLSAPR_POLICY_DOMAIN_INFORMATION *`.
pub(super) fn policy_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("information")? {
        true => policy(ndr, told),
        false => Ok(()),
    }
}

/// `LsarSetDomainInformationPolicy([in] LSAPR_HANDLE PolicyHandle, [in] POLICY_DOMAIN_INFORMATION_CLASS, [in, unique,
/// switch_is(InformationClass)] PLSAPR_POLICY_DOMAIN_INFORMATION)`.
pub(super) fn set_policy(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    super::policy::level(ndr, told, memory)?;
    policy_is(ndr, told, memory)
}

/// `POLICY_DOMAIN_KERBEROS_TICKET_INFO { ULONG AuthenticationOptions; LARGE_INTEGER MaxServiceTicketAge, MaxTicketAge,
/// MaxRenewAge, MaxClockSkew, Reserved }` in units of 100 ns, told in seconds ([MS-LSAD] 2.2.4.19).
fn policy(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    const KERBEROS_TICKET: u32 = 3;
    ndr.union(8);
    let class = ndr.enumeration("information level")?;
    ndr.union(8);
    if class != KERBEROS_TICKET {
        return Ok(());
    }
    ndr.align(8);
    told.details
        .set("authentication_options", ndr.u32("authentication options")?);
    for name in [
        "max_service_ticket_seconds",
        "max_ticket_seconds",
        "max_renew_seconds",
        "max_clock_skew_seconds",
    ] {
        told.details.set(name, ndr.u64(name)? / 10_000_000);
    }
    Ok(())
}

/// `LsarQueryForestTrustInformation`, `…2`: `[out] PLSA_FOREST_TRUST_INFORMATION *`.
pub(super) fn forest_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("forest trust")? {
        true => forest::trust(ndr, told),
        false => Ok(()),
    }
}

/// `LsarSetForestTrustInformation`, `…2([in] LSAPR_HANDLE PolicyHandle, [in] PLSA_UNICODE_STRING TrustedDomainName, [in]
/// LSA_FOREST_TRUST_RECORD_TYPE HighestRecordType, [in] PLSA_FOREST_TRUST_INFORMATION, …)`.
pub(super) fn set_forest(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    trust::forest(ndr, told, memory)?;
    ndr.enumeration("record type")?;
    forest::trust(ndr, told)
}

/// TRUSTED_INFORMATION_CLASS ([MS-LSAD] 2.2.7.2).
const fn class_name(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "TrustedDomainNameInformation",
        2 => "TrustedControllersInformation",
        3 => "TrustedPosixOffsetInformation",
        4 => "TrustedPasswordInformation",
        5 => "TrustedDomainInformationBasic",
        6 => "TrustedDomainInformationEx",
        7 => "TrustedDomainAuthInformation",
        8 => "TrustedDomainFullInformation",
        9 => "TrustedDomainAuthInformationInternal",
        10 => "TrustedDomainFullInformationInternal",
        11 => "TrustedDomainInformationEx2Internal",
        12 => "TrustedDomainFullInformation2Internal",
        13 => "TrustedDomainSupportedEncryptionTypes",
        _ => return None,
    })
}
