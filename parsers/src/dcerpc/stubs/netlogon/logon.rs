//! Logons that a server passes through to the domain controller: who, on what, by which kind of logon. Responses, hashes and
//! keys are passed over.

use compact_str::CompactString;

use super::{Malformed, Memory, Ndr, Told, authenticator, names, server};
use crate::dcerpc::ndr::Counted;

/// `NetrLogonSamLogon([in, unique, string] LogonServer, [in, string, unique] ComputerName, [in, unique]
/// PNETLOGON_AUTHENTICATOR Authenticator, [in, out, unique] ReturnAuthenticator, NETLOGON_LOGON_INFO_CLASS LogonLevel,
/// PNETLOGON_LEVEL LogonInformation, …)`; `…WithFlags`, `NetrLogonSamLogoff` alike ([MS-NRPC] 3.5.4.5).
pub(super) fn sam_logon(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ends(ndr, told)?;
    for _ in 0..2 {
        if ndr.pointer("authenticator")? {
            authenticator(ndr)?;
        }
    }
    level(ndr, told)
}

/// `NetrLogonSamLogonEx([in, unique, string] LogonServer, [in, unique, string] ComputerName, NETLOGON_LOGON_INFO_CLASS
/// LogonLevel, PNETLOGON_LEVEL LogonInformation, …)` ([MS-NRPC] 3.5.4.5.1).
pub(super) fn sam_logon_ex(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ends(ndr, told)?;
    level(ndr, told)
}

fn ends(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.logon = true;
    server(ndr, told)?;
    told.argument(ndr, "computer name", "computer")
}

/// `NETLOGON_LEVEL`, a union of pointers by NETLOGON_LOGON_INFO_CLASS ([MS-NRPC] 2.2.1.4.6).
fn level(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.enumeration("logon level")?;
    ndr.union(8);
    let level = ndr.enumeration("logon level")?;
    ndr.union(8);
    told.details.set("logon_level", level);
    told.details.set_some("logon_level_name", names::logon(level));
    match ndr.pointer("logon information")? {
        true => information(ndr, told, level),
        false => Ok(()),
    }
}

/// What every level begins with, NETLOGON_LOGON_IDENTITY_INFO ([MS-NRPC] 2.2.1.4.15): `RPC_UNICODE_STRING LogonDomainName;
/// ULONG ParameterControl; OLD_LARGE_INTEGER Reserved; RPC_UNICODE_STRING UserName; RPC_UNICODE_STRING Workstation`.
fn information(ndr: &mut Ndr<'_>, told: &mut Told, level: u32) -> Result<(), Malformed> {
    ndr.align_pointer();
    if level == 8 {
        ndr.align(8); // ULONGLONG RequestOptions
    }
    let domain = ndr.counted("logon domain")?;
    told.details.set("parameter_control", ndr.u32("parameter control")?);
    ndr.large("logon id")?;
    let (user, workstation) = (ndr.counted("user name")?, ndr.counted("workstation")?);
    ndr.trailer(8);
    let secret = secret(ndr, level)?;
    let mut text = |head: Counted, what| Ok(ndr.counted_wide(head, what)?.map(|text| text.text()));
    let (domain, user) = (text(domain, "logon domain")?, text(user, "user name")?);
    let workstation = text(workstation, "workstation")?;
    identity(told, domain, user, workstation);
    match secret {
        Secret::Responses(nt, lm) => responses(ndr, told, nt, lm),
        Secret::Package(name) => {
            if let Some(name) = ndr.counted_wide(name, "package")? {
                told.long("package", name.text());
            }
            Ok(())
        }
        Secret::Passed => Ok(()),
    }
}

/// What a level has beside the identity, of which no octet is told.
enum Secret {
    /// An answered challenge: the heads of its NT and LM responses.
    Responses(Counted, Counted),
    /// What is meant for a security package of this name.
    Package(Counted),
    /// Hashes or tickets.
    Passed,
}

fn secret(ndr: &mut Ndr<'_>, level: u32) -> Result<Secret, Malformed> {
    match level {
        2 | 6 => {
            ndr.skip(8, "challenge")?;
            Ok(Secret::Responses(
                ndr.counted("nt response")?,
                ndr.counted("lm response")?,
            ))
        }
        4 => {
            let package = ndr.counted("package")?;
            ndr.u32("logon data")?;
            ndr.pointer("logon data")?;
            Ok(Secret::Package(package))
        }
        8 => {
            ndr.u64("request options")?;
            for _ in 0..2 {
                ndr.u32("ticket")?;
                ndr.pointer("ticket")?;
            }
            Ok(Secret::Passed)
        }
        _ => ndr.skip(32, "owf passwords").map(|()| Secret::Passed),
    }
}

fn identity(
    told: &mut Told,
    domain: Option<CompactString>,
    user: Option<CompactString>,
    workstation: Option<CompactString>,
) {
    told.observed.target_domain.clone_from(&domain);
    told.observed.target_account.clone_from(&user);
    for (name, text) in [("account", user), ("domain", domain), ("workstation", workstation)] {
        told.long(name, text.unwrap_or_default());
    }
}

/// The version of NTLM by the length of the NT response, and whether an LM response came with it ([MS-NLMP] 2.2.2).
fn responses(ndr: &mut Ndr<'_>, told: &mut Told, nt: Counted, lm: Counted) -> Result<(), Malformed> {
    let nt = ndr.counted_narrow(nt, "nt response")?.map_or(0, |nt| nt.size());
    let version = match nt {
        0..24 => None,
        24 => Some(1),
        _ => Some(2),
    };
    told.details.set_some("ntlm_version", version);
    let lm = ndr.counted_narrow(lm, "lm response")?;
    told.details.flag("lm_present", lm.is_some_and(|lm| !lm.is_empty()));
    Ok(())
}

/// `[in, out, unique] ReturnAuthenticator, PNETLOGON_VALIDATION ValidationInformation, UCHAR *Authoritative, …`.
pub(super) fn logged_on(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("authenticator")? {
        authenticator(ndr)?;
    }
    logged_on_ex(ndr, told, memory)
}

/// `PNETLOGON_VALIDATION ValidationInformation, UCHAR *Authoritative, …`: a union of pointers by
/// NETLOGON_VALIDATION_INFO_CLASS ([MS-NRPC] 2.2.1.4.14).
pub(super) fn logged_on_ex(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.union(8);
    let level = ndr.enumeration("validation level")?;
    ndr.union(8);
    match (ndr.pointer("validation information")?, level) {
        (true, 2 | 3 | 6) => validated(ndr, told, level),
        _ => Ok(()),
    }
}

/// NETLOGON_VALIDATION_SAM_INFO, …_INFO2 and …_INFO4, which begin alike ([MS-NRPC] 2.2.1.4.11 to 2.2.1.4.13).
///
/// ```text
/// OLD_LARGE_INTEGER LogonTime, LogoffTime, KickOffTime, PasswordLastSet, PasswordCanChange, PasswordMustChange;
/// RPC_UNICODE_STRING EffectiveName, FullName, LogonScript, ProfilePath, HomeDirectory, HomeDirectoryDrive;
/// USHORT LogonCount, BadPasswordCount; ULONG UserId, PrimaryGroupId, GroupCount; PGROUP_MEMBERSHIP GroupIds;
/// ULONG UserFlags; USER_SESSION_KEY UserSessionKey; RPC_UNICODE_STRING LogonServer, LogonDomainName; PRPC_SID LogonDomainId;
/// ```
fn validated(ndr: &mut Ndr<'_>, told: &mut Told, level: u32) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.skip(48, "logon times")?;
    let mut heads = Vec::with_capacity(6);
    for _ in 0..6 {
        heads.push(ndr.counted("user")?);
    }
    told.details.set("logon_count", ndr.u16("logon count")?);
    told.details.set("bad_password_count", ndr.u16("bad password count")?);
    let rid = ndr.u32("user id")?;
    told.details.set("primary_group_id", ndr.u32("primary group")?);
    ndr.u32("groups")?;
    let groups = ndr.pointer("groups")?;
    told.details.set("user_flags", ndr.u32("user flags")?);
    ndr.skip(16, "session key")?;
    let (server, domain) = (ndr.counted("logon server")?, ndr.counted("logon domain")?);
    let sid = ndr.pointer("domain sid")?;
    ndr.skip(40, "expansion room")?;
    beyond(ndr, level)?;
    for head in heads {
        ndr.counted_wide(head, "user")?;
    }
    if groups {
        let count = ndr.conformance(8, "groups")?;
        told.details.set("groups", count);
        ndr.align(4);
        ndr.skip(count * 8, "groups")?;
    }
    ndr.counted_wide(server, "logon server")?;
    ndr.counted_wide(domain, "logon domain")?;
    if sid {
        let domain = ndr.sid("domain sid")?;
        told.observed.sid = Some(compact_str::format_compact!("{domain}-{rid}"));
    }
    Ok(())
}

/// The fixed part after the forty octets: `ULONG SidCount; PNETLOGON_SID_AND_ATTRIBUTES ExtraSids`, in INFO4 followed by
/// `RPC_UNICODE_STRING DnsLogonDomainName, Upn, ExpansionString[10]`.
fn beyond(ndr: &mut Ndr<'_>, level: u32) -> Result<(), Malformed> {
    if level >= 3 {
        ndr.u32("extra sids")?;
        ndr.pointer("extra sids")?;
    }
    if level == 6 {
        for _ in 0..12 {
            ndr.counted("expansion")?;
        }
    }
    ndr.trailer(8);
    Ok(())
}
