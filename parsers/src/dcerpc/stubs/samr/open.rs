//! Handles: of the server, of domains and of what is in them.

use super::{Malformed, Memory, Ndr, Subject, Told, handles, member};

/// `SamrConnect([in, unique] wchar_t *ServerName, [out] SAMPR_HANDLE *ServerHandle, [in] DWORD DesiredAccess)`, whose name is
/// a single character.
pub(super) fn connect(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("server name")? {
        ndr.u16("server name")?;
    }
    told.details.set("desired_access", ndr.u32("desired access")?);
    Ok(())
}

/// `SamrConnect2([in, unique, string] wchar_t *ServerName, [out] SAMPR_HANDLE *, [in] DWORD DesiredAccess)`.
pub(super) fn connect2(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.details.set("desired_access", ndr.u32("desired access")?);
    Ok(())
}

/// `SamrConnect4([in, unique, string] wchar_t *ServerName, [out] …, [in] DWORD ClientRevision, [in] DWORD DesiredAccess)`.
pub(super) fn connect4(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    ndr.u32("revision")?;
    told.details.set("desired_access", ndr.u32("desired access")?);
    Ok(())
}

/// `SamrConnect5([in, unique, string] wchar_t *ServerName, [in] DWORD DesiredAccess, [in] DWORD InVersion, …)`.
pub(super) fn connect5(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.details.set("desired_access", ndr.u32("desired access")?);
    Ok(())
}

/// `[out] DWORD *OutVersion, [out, switch_is(*OutVersion)] SAMPR_REVISION_INFO *, [out] SAMPR_HANDLE *ServerHandle`, of
/// which the union's only arm is `DWORD Revision; DWORD SupportedFeatures`.
pub(super) fn connected5(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    ndr.skip(16, "revision")?;
    handles::opened(ndr, told, memory)
}

fn server(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let name = ndr.wide_argument("server name")?;
    told.details.set_some("server_name", name.map(|name| name.text()));
    Ok(())
}

/// `SamrOpenDomain([in] SAMPR_HANDLE ServerHandle, [in] DWORD DesiredAccess, [in] PRPC_SID DomainId, [out] …)`.
pub(super) fn domain(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("server handle")?, memory);
    told.details.set("desired_access", ndr.u32("desired access")?);
    let sid = ndr.sid("domain")?;
    let subject = Subject {
        domain: memory.name(&sid).cloned(),
        ..Subject::new().with("domain_sid", sid)
    };
    let subject = match subject.domain.clone() {
        Some(name) => subject.with("domain", name),
        None => subject,
    };
    told.about(&subject);
    told.opens(subject);
    Ok(())
}

/// `SamrOpenGroup([in] SAMPR_HANDLE DomainHandle, [in] DWORD DesiredAccess, [in] DWORD GroupId, [out] …)`.
pub(super) fn group(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    entry("group", ndr, told, memory)
}

/// `SamrOpenAlias([in] SAMPR_HANDLE DomainHandle, [in] DWORD DesiredAccess, [in] DWORD AliasId, [out] …)`.
pub(super) fn alias(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    entry("alias", ndr, told, memory)
}

/// `SamrOpenUser([in] SAMPR_HANDLE DomainHandle, [in] DWORD DesiredAccess, [in] DWORD UserId, [out] …)`.
pub(super) fn user(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    entry("user", ndr, told, memory)
}

fn entry(what: &'static str, ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let domain = told.on(ndr.handle("domain handle")?, memory).cloned();
    told.details.set("desired_access", ndr.u32("desired access")?);
    let rid = ndr.u32("rid")?;
    let subject = found(what, rid, domain.as_ref(), memory);
    told.about(&subject);
    told.opens(subject);
    Ok(())
}

/// The user, group or alias that has `rid` in `domain`.
pub(super) fn found(what: &'static str, rid: u32, domain: Option<&Subject>, memory: &Memory) -> Subject {
    let sid = domain.and_then(|domain| domain.text("domain_sid"));
    let sid = sid.map(|sid| member(sid, rid));
    let name = sid.as_deref().and_then(|sid| memory.name(sid)).cloned();
    let mut subject = domain.cloned().unwrap_or_default().with("rid", rid);
    if let Some(name) = name.clone() {
        subject = subject.with(what, name);
    }
    Subject {
        account: name,
        sid,
        ..subject
    }
}
