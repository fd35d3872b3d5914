//! Trusted domains.

use compact_str::CompactString;
use smallvec::SmallVec;

use super::{Malformed, Memory, Ndr, Subject, Told, handles, policy};
use crate::dcerpc::ndr::{Counted, Text};
use crate::fields::{Fields, Value};

/// `LsarCreateTrustedDomain([in] LSAPR_HANDLE PolicyHandle, [in] PLSAPR_TRUST_INFORMATION, [in] ACCESS_MASK, …)`, of
/// `RPC_UNICODE_STRING Name; PRPC_SID Sid`.
pub(super) fn create(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let (name, sid) = (ndr.counted("trust")?, ndr.pointer("trust")?);
    let name = ndr.counted_wide(name, "trust")?;
    let mut subject = Subject {
        sid: if sid { Some(ndr.sid("trust")?) } else { None },
        ..Subject::new()
    };
    if let Some(name) = name {
        subject = subject.with("trusted_domain", name.text());
    }
    told.about(&subject);
    told.opens(subject);
    Ok(())
}

/// The fixed part of LSAPR_TRUSTED_DOMAIN_INFORMATION_EX ([MS-LSAD] 2.2.7.9).
///
/// ```text
/// RPC_UNICODE_STRING Name, FlatName; PRPC_SID Sid; u32 TrustDirection, TrustType, TrustAttributes
/// ```
#[derive(Clone, Copy)]
pub(super) struct Head {
    name: Counted,
    flat: Counted,
    sid: bool,
    direction: u32,
    kind: u32,
    attributes: u32,
}

impl Head {
    fn read(ndr: &mut Ndr<'_>) -> Result<Self, Malformed> {
        let head = Self::fixed(ndr)?;
        ndr.trailer(8);
        Ok(head)
    }

    /// As [`Self::read`], where more of the structure follows.
    pub(super) fn fixed(ndr: &mut Ndr<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            name: ndr.counted("trust")?,
            flat: ndr.counted("trust")?,
            sid: ndr.pointer("trust")?,
            direction: ndr.u32("trust")?,
            kind: ndr.u32("trust")?,
            attributes: ndr.u32("trust")?,
        })
    }

    /// Reads the referents.
    pub(super) fn finish(
        self,
        ndr: &mut Ndr<'_>,
    ) -> Result<(Option<CompactString>, Option<CompactString>, Fields), Malformed> {
        let name = ndr.counted_wide(self.name, "trust")?.as_ref().map(Text::text);
        let flat = ndr.counted_wide(self.flat, "trust")?.as_ref().map(Text::text);
        let sid = if self.sid { Some(ndr.sid("trust")?) } else { None };
        let mut fields = Fields::new();
        fields.set_some("trusted_domain", name.clone());
        fields.set_some("flat_name", flat);
        fields.set_some("sid", sid.clone());
        fields.set("trust_direction", self.direction);
        fields.set_some("trust_direction_name", direction(self.direction));
        fields.set("trust_type", self.kind);
        fields.set("trust_attributes", self.attributes);
        Ok((name, sid, fields))
    }
}

const fn direction(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "TRUST_DIRECTION_DISABLED",
        1 => "TRUST_DIRECTION_INBOUND",
        2 => "TRUST_DIRECTION_OUTBOUND",
        3 => "TRUST_DIRECTION_BIDIRECTIONAL",
        _ => return None,
    })
}

/// `LsarCreateTrustedDomainEx`, `…2`, `…3([in] LSAPR_HANDLE PolicyHandle, [in] PLSAPR_TRUSTED_DOMAIN_INFORMATION_EX, …)`.
pub(super) fn create_ex(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let (name, sid, fields) = Head::read(ndr)?.finish(ndr)?;
    told.details.append(fields);
    told.observed.sid.clone_from(&sid);
    let mut subject = Subject { sid, ..Subject::new() };
    if let Some(name) = name {
        subject = subject.with("trusted_domain", name);
    }
    told.opens(subject);
    Ok(())
}

/// `LsarEnumerateTrustedDomains`: `[in, out] u32 *EnumerationContext, [out] PLSAPR_TRUSTED_ENUM_BUFFER`, which is
/// `u32 EntriesRead; [size_is(EntriesRead)] LSAPR_TRUST_INFORMATION *Information`.
pub(super) fn domains(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("enumeration context")?;
    ndr.align_pointer();
    told.details.set("count", ndr.u32("trusts")?);
    if !ndr.pointer("trusts")? {
        return Ok(());
    }
    let count = ndr.conformance(12, "trusts")?;
    let (names, sids) = named(ndr, count)?;
    told.list("names", names);
    told.list("sids", sids);
    Ok(())
}

/// `count` times LSAPR_TRUST_INFORMATION, `RPC_UNICODE_STRING Name; PRPC_SID Sid`: names and SIDs, empty where there is none.
pub(super) fn named(ndr: &mut Ndr<'_>, count: usize) -> Result<(Vec<CompactString>, Vec<CompactString>), Malformed> {
    let mut heads: SmallVec<[(Counted, bool); 8]> = SmallVec::new();
    for _ in 0..count {
        heads.push((ndr.counted("domain")?, ndr.pointer("domain")?));
    }
    let (mut names, mut sids) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for (name, sid) in heads {
        let name = ndr.counted_wide(name, "domain")?;
        names.push(name.as_ref().map(Text::text).unwrap_or_default());
        sids.push(if sid {
            ndr.sid("domain")?
        } else {
            CompactString::default()
        });
    }
    Ok((names, sids))
}

/// `LsarEnumerateTrustedDomainsEx`: `[in, out] u32 *EnumerationContext, [out] PLSAPR_TRUSTED_ENUM_BUFFER_EX`.
pub(super) fn domains_ex(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("enumeration context")?;
    ndr.align_pointer();
    told.details.set("count", ndr.u32("trusts")?);
    if !ndr.pointer("trusts")? {
        return Ok(());
    }
    let count = ndr.conformance(32, "trusts")?;
    let mut heads: SmallVec<[Head; 8]> = SmallVec::new();
    for _ in 0..count {
        heads.push(Head::read(ndr)?);
    }
    let mut trusts = Vec::with_capacity(count);
    for head in heads {
        trusts.push(Value::Map(head.finish(ndr)?.2));
    }
    told.list("trusts", trusts);
    Ok(())
}

/// `LsarOpenTrustedDomain([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_SID TrustedDomainSid, [in] ACCESS_MASK, …)`.
pub(super) fn open(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let subject = Subject {
        sid: Some(ndr.sid("trust")?),
        ..Subject::new()
    };
    told.about(&subject);
    told.opens(subject);
    told.details.set("desired_access", ndr.u32("desired access")?);
    Ok(())
}

/// `LsarOpenTrustedDomainByName([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_UNICODE_STRING, [in] ACCESS_MASK, …)`.
pub(super) fn open_by_name(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let name = ndr.unicode_argument("trust")?;
    policy::opens(told, "trusted_domain", name.as_ref().map(Text::text));
    told.details.set("desired_access", ndr.u32("desired access")?);
    Ok(())
}

/// `LsarDeleteTrustedDomain([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_SID TrustedDomainSid)`.
pub(super) fn delete(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    told.observed.sid = Some(ndr.sid("trust")?);
    Ok(())
}

/// `([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_UNICODE_STRING TrustedDomainName, …)`.
pub(super) fn forest(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let name = ndr.unicode_argument("trust")?;
    told.details.set_some("trusted_domain", name.as_ref().map(Text::text));
    Ok(())
}
