//! What a controller tells a member of its domain: NETLOGON_DOMAIN_INFO ([MS-NRPC] 2.2.1.3.11, 3.5.4.4.10).

use compact_str::CompactString;
use smallvec::SmallVec;

use super::{Malformed, Memory, Ndr, Told, authenticator};
use crate::dcerpc::ndr::{Counted, Text};
use crate::dcerpc::stubs::LISTED;
use crate::dcerpc::uuid::Uuid;
use crate::fields::Fields;

/// `NetrLogonGetDomainInfo`'s `[in, out] PNETLOGON_AUTHENTICATOR ReturnAuthenticator, [out, switch_is(Level)]
/// PNETLOGON_DOMAIN_INFORMATION DomBuffer`.
pub(super) fn is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    const DOMAIN_INFO: u32 = 1;
    authenticator(ndr)?;
    ndr.union(8);
    let level = ndr.u32("level")?;
    ndr.union(8);
    match (level, ndr.pointer("domain")?) {
        (DOMAIN_INFO, true) => information(ndr, told),
        _ => Ok(()),
    }
}

/// `NETLOGON_DOMAIN_INFO { NETLOGON_ONE_DOMAIN_INFO PrimaryDomain; ULONG TrustedDomainCount; PNETLOGON_ONE_DOMAIN_INFO
/// TrustedDomains; NETLOGON_LSA_POLICY_INFO { ULONG LsaPolicySize; UCHAR *LsaPolicy } LsaPolicy; RPC_UNICODE_STRING
/// DnsHostNameInDs, Dummy[3]; ULONG WorkstationFlags, SupportedEncTypes, Dummy[2] }`.
fn information(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let primary = Domain::fixed(ndr)?;
    told.details.set("count", ndr.u32("trusts")?);
    let trusts = ndr.pointer("trusts")?;
    ndr.align_pointer();
    ndr.u32("policy")?;
    let policy = ndr.pointer("policy")?;
    let host = ndr.counted("host")?;
    for _ in 0..3 {
        ndr.counted("domain")?;
    }
    ndr.u32("flags")?;
    told.details
        .set("domain_supported_etypes", ndr.u32("encryption types")?);
    ndr.skip(8, "domain")?;
    ndr.trailer(8);
    primary.read(ndr)?.tell(told);
    if trusts {
        trusted(ndr, told)?;
    }
    if policy {
        let size = ndr.conformance(1, "policy")?;
        ndr.skip(size, "policy")?;
    }
    if let Some(host) = ndr.counted_wide(host, "host")? {
        told.long("host_in_ds", host.text());
    }
    Ok(())
}

fn trusted(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let count = ndr.conformance(92, "trusts")?;
    let mut fixed: SmallVec<[Domain; 4]> = SmallVec::new();
    for _ in 0..count {
        fixed.push(Domain::fixed(ndr)?);
    }
    let mut trusts = Vec::new();
    for domain in fixed {
        let fields = domain.read(ndr)?.fields();
        if trusts.len() <= LISTED {
            trusts.push(fields);
        }
    }
    told.list("trusts", trusts);
    Ok(())
}

/// The fixed part of `NETLOGON_ONE_DOMAIN_INFO { RPC_UNICODE_STRING DomainName, DnsDomainName, DnsForestName; GUID DomainGuid;
/// PRPC_SID DomainSid; RPC_UNICODE_STRING TrustExtension, Dummy[3]; ULONG Dummy[4] }` ([MS-NRPC] 2.2.1.3.10).
struct Domain {
    names: [Counted; 3],
    guid: Uuid,
    sid: bool,
    rest: [Counted; 4],
}

/// What it says.
struct Named {
    names: [Option<CompactString>; 3],
    guid: Uuid,
    sid: Option<CompactString>,
}

impl Domain {
    fn fixed(ndr: &mut Ndr<'_>) -> Result<Self, Malformed> {
        let mut counted = || ndr.counted("domain");
        let names = [counted()?, counted()?, counted()?];
        let guid = ndr.guid("domain guid")?;
        let sid = ndr.pointer("domain sid")?;
        let mut counted = || ndr.counted("domain");
        let rest = [counted()?, counted()?, counted()?, counted()?];
        ndr.skip(16, "domain")?;
        ndr.trailer(8);
        Ok(Self { names, guid, sid, rest })
    }

    /// Reads the referents.
    fn read(self, ndr: &mut Ndr<'_>) -> Result<Named, Malformed> {
        let mut names = [None, None, None];
        for (name, head) in names.iter_mut().zip(self.names) {
            *name = ndr.counted_wide(head, "domain")?.as_ref().map(Text::text);
        }
        let sid = if self.sid { Some(ndr.sid("domain sid")?) } else { None };
        for head in self.rest {
            ndr.counted_wide(head, "domain")?;
        }
        Ok(Named {
            names,
            guid: self.guid,
            sid,
        })
    }
}

impl Named {
    fn tell(self, told: &mut Told) {
        let [name, dns, forest] = self.names;
        for (detail, text) in [("domain", name), ("dns_domain", dns), ("forest", forest)] {
            told.long(detail, text.unwrap_or_default());
        }
        told.details.set("domain_guid", self.guid.text());
        told.details.set_some("domain_sid", self.sid);
    }

    fn fields(self) -> Fields {
        let [name, dns, forest] = self.names;
        let mut fields = Fields::sized(4);
        fields.set_some("netbios_name", name);
        fields.set_some("dns_name", dns.filter(|name| !name.is_empty()));
        fields.set_some("forest", forest.filter(|name| !name.is_empty()));
        fields.set_some("sid", self.sid);
        fields
    }
}
