//! Objects by name, and what controllers change about them: names cracked, SPNs written, entries added, SID histories, keys.

use compact_str::CompactString;
use smallvec::SmallVec;

use super::dsname::DsName;
use super::{Malformed, Memory, Ndr, Told, names, version};
use crate::dcerpc::uuid::Uuid;
use crate::fields::Fields;

/// `DRS_MSG_CRACKREQ_V1 { ULONG CodePage, LocaleId; DWORD dwFlags, formatOffered, formatDesired, cNames; [string,
/// size_is(cNames)] WCHAR **rpNames }` ([MS-DRSR] 4.1.4.1.2).
pub(super) fn crack_names(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    ndr.u32("code page")?;
    ndr.u32("locale")?;
    told.details.set("flags", ndr.u32("flags")?);
    let (offered, desired) = (ndr.u32("format")?, ndr.u32("format")?);
    told.details.set("format_offered", offered);
    told.details.set_some("format_offered_name", names::format(offered));
    told.details.set("format_desired", desired);
    told.details.set_some("format_desired_name", names::format(desired));
    told.details.set("count", ndr.u32("names")?);
    if ndr.pointer("names")? {
        let names = strings(ndr)?;
        told.list("names", names);
    }
    Ok(())
}

/// `DRS_MSG_CRACKREPLY_V1 { DS_NAME_RESULTW { DWORD cItems; { DWORD status; [string] WCHAR *pDomain, *pName } *rItems } * }`
/// ([MS-DRSR] 4.1.4.1.4 to 4.1.4.1.7).
pub(super) fn cracked(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("version")?;
    ndr.union(8);
    ndr.u32("version")?;
    ndr.align_pointer();
    if !ndr.pointer("result")? {
        return Ok(());
    }
    ndr.align_pointer();
    ndr.u32("items")?;
    if !ndr.pointer("items")? {
        return Ok(());
    }
    let count = ndr.conformance(12, "items")?;
    let mut heads = SmallVec::<[(u32, bool, bool); 8]>::new();
    for _ in 0..count {
        ndr.align_pointer();
        heads.push((ndr.u32("item")?, ndr.pointer("item")?, ndr.pointer("item")?));
    }
    let mut items = Vec::with_capacity(heads.len());
    for (status, domain, name) in heads {
        let mut item = Fields::sized(3);
        item.set("status", status);
        if domain {
            item.set("domain", ndr.wide_string("item")?.text());
        }
        if name {
            item.set("name", ndr.wide_string("item")?.text());
        }
        items.push(item);
    }
    told.list("results", items);
    Ok(())
}

/// `DRS_MSG_SPNREQ_V1 { DWORD operation, flags; [string] const WCHAR *pwszAccount; DWORD cSPN; [string, size_is(cSPN)] const
/// WCHAR **rpwszSPN }` ([MS-DRSR] 4.1.28.1).
pub(super) fn write_spn(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    let operation = ndr.u32("operation")?;
    told.details.set("spn_operation", operation);
    told.details
        .set_some("spn_operation_name", names::spn_operation(operation));
    ndr.u32("flags")?;
    let account = ndr.pointer("account")?;
    told.details.set("count", ndr.u32("spns")?);
    let spns = ndr.pointer("spns")?;
    if account {
        object(told, ndr.wide_string("account")?.text());
    }
    if spns {
        let spns = strings(ndr)?;
        told.observed.spn = spns.first().cloned();
        told.list("spns", spns);
    }
    Ok(())
}

/// An array of pointers to strings, the referent of a pointer.
fn strings(ndr: &mut Ndr<'_>) -> Result<Vec<CompactString>, Malformed> {
    let count = ndr.conformance(4, "names")?;
    let mut present = SmallVec::<[bool; 16]>::new();
    for _ in 0..count {
        present.push(ndr.pointer("names")?);
    }
    let present = present.into_iter().filter(|present| *present);
    present.map(|_| Ok(ndr.wide_string("name")?.text())).collect()
}

/// The object that is changed, by its distinguished name.
fn object(told: &mut Told, dn: CompactString) {
    told.observed.dn = Some(dn.clone());
    told.long("dn", dn);
}

/// `DRS_MSG_VERIFYREQ_V1 { DWORD dwFlags, cNames; [size_is(cNames)] DSNAME **rpNames; ATTRBLOCK RequiredAttrs;
/// SCHEMA_PREFIX_TABLE PrefixTable }` ([MS-DRSR] 4.1.27.1).
pub(super) fn verify_names(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    told.details.set("flags", ndr.u32("flags")?);
    told.details.set("count", ndr.u32("names")?);
    let present = ndr.pointer("names")?;
    for _ in 0..2 {
        ndr.align_pointer();
        ndr.u32("attributes")?;
        ndr.pointer("attributes")?;
    }
    if !present {
        return Ok(());
    }
    let count = ndr.conformance(4, "names")?;
    let mut pointers = 0_usize;
    for _ in 0..count {
        pointers += usize::from(ndr.pointer("name")?);
    }
    let names: Vec<Fields> = (0..pointers)
        .map(|_| DsName::read(ndr).map(DsName::fields))
        .collect::<Result<_, _>>()?;
    told.list("names", names);
    Ok(())
}

/// `DRS_MSG_DCINFOREQ_V1 { [string] WCHAR *Domain; DWORD InfoLevel }` ([MS-DRSR] 4.1.5.1).
pub(super) fn controllers(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    let domain = ndr.pointer("domain")?;
    told.details.set("level", ndr.u32("level")?);
    ndr.trailer(8);
    if domain {
        told.long("domain", ndr.wide_string("domain")?.text());
    }
    Ok(())
}

/// `DRS_MSG_GETREPLINFO_REQ_V1 { DWORD InfoType; [string] WCHAR *pszObjectDN; UUID uuidSourceDsaObjGuid }`; V2: the same,
/// and `ULONG ulFlags; [string] WCHAR *pszAttributeName, *pszValueDN; DWORD dwEnumerationContext` ([MS-DRSR] 4.1.13.1).
pub(super) fn replication_info(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let version = version(ndr, told, memory, 4)?;
    let info = ndr.u32("info type")?;
    told.details.set("info_type", info);
    told.details.set_some("info_type_name", names::info(info));
    let dn = ndr.pointer("object")?;
    let dsa = Some(ndr.guid("source dsa")?).filter(|dsa| !dsa.is_nil());
    told.details.set_some("source_dsa", dsa.map(Uuid::text));
    let mut attribute = false;
    if version >= 2 {
        ndr.u32("flags")?;
        attribute = ndr.pointer("attribute")?;
        ndr.pointer("value")?;
        ndr.u32("enumeration")?;
    }
    ndr.trailer(8);
    if dn {
        object(told, ndr.wide_string("object")?.text());
    }
    if attribute {
        told.long("attribute", ndr.wide_string("attribute")?.text());
    }
    Ok(())
}

/// `DRS_MSG_ADDENTRYREQ_V1 { [ref] DSNAME *pObject; ATTRBLOCK AttrBlock }`; V2, V3 begin with `ENTINFLIST { ENTINFLIST
/// *pNextEntInf; ENTINF { [unique] DSNAME *pName; ULONG ulFlags; ATTRBLOCK AttrBlock } Entinf }` ([MS-DRSR] 4.1.1.1). The
/// entries' fixed parts follow each other; the name that follows them is that of the last.
pub(super) fn add_entry(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let version = version(ndr, told, memory, 4)?;
    if version < 2 {
        let present = ndr.pointer("object")?;
        told.details.set("attributes", attributes(ndr)?);
        return named(ndr, told, present);
    }
    let (mut entries, mut client) = (1_u32, version >= 3);
    loop {
        ndr.align_pointer();
        let (next, name) = (ndr.pointer("entry")?, ndr.pointer("object")?);
        ndr.u32("flags")?;
        let attributes = attributes(ndr)?;
        if std::mem::take(&mut client) {
            ndr.pointer("client credentials")?;
        }
        if !next {
            told.details.set("entries", entries);
            told.details.set("attributes", attributes);
            return named(ndr, told, name);
        }
        entries = entries.saturating_add(1);
    }
}

/// `ATTRBLOCK { ULONG attrCount; ATTR *pAttr }`: how many attributes there are.
fn attributes(ndr: &mut Ndr<'_>) -> Result<u32, Malformed> {
    ndr.align_pointer();
    let count = ndr.u32("attributes")?;
    ndr.pointer("attributes")?;
    Ok(count)
}

fn named(ndr: &mut Ndr<'_>, told: &mut Told, present: bool) -> Result<(), Malformed> {
    if present {
        let name = DsName::read(ndr)?;
        told.details.set_some("guid", name.guid.map(Uuid::text));
        object(told, name.dn);
    }
    Ok(())
}

/// `DRS_MSG_RMSVRREQ_V1 { [string] LPWSTR ServerDN, DomainDN; BOOL fCommit }` ([MS-DRSR] 4.1.25.1).
pub(super) fn remove_server(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    let (server, domain) = (ndr.pointer("server")?, ndr.pointer("domain")?);
    let commit = ndr.u32("commit")?;
    told.details.flag("commit", commit != 0);
    ndr.trailer(8);
    if server {
        object(told, ndr.wide_string("server")?.text());
    }
    if domain {
        told.long("domain", ndr.wide_string("domain")?.text());
    }
    Ok(())
}

/// `DRS_MSG_RMDMNREQ_V1 { [string] LPWSTR DomainDN }`.
pub(super) fn remove_domain(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    if let Some(domain) = ndr.wide_argument("domain")? {
        object(told, domain.text());
    }
    Ok(())
}

/// `DRS_MSG_ADDSIDREQ_V1` ([MS-DRSR] 4.1.2.1): whose SID goes into whose history. User, domain and password that the source
/// is asked with are passed over.
///
/// ```text
/// DWORD Flags; [string] WCHAR *SrcDomain, *SrcPrincipal, *SrcDomainController; DWORD SrcCredsUserLength; WCHAR *SrcCredsUser;
/// DWORD SrcCredsDomainLength; WCHAR *SrcCredsDomain; DWORD SrcCredsPasswordLength; WCHAR *SrcCredsPassword; [string] WCHAR
/// *DstDomain, *DstPrincipal;
/// ```
pub(super) fn add_sid_history(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    told.details.set("flags", ndr.u32("flags")?);
    let source = [ndr.pointer("source")?, ndr.pointer("source")?, ndr.pointer("source")?];
    let mut credentials = 0_usize;
    for _ in 0..3 {
        ndr.u32("credentials")?;
        credentials += usize::from(ndr.pointer("credentials")?);
    }
    let target = [ndr.pointer("destination")?, ndr.pointer("destination")?];
    for (name, present) in ["source_domain", "source_account", "source_controller"]
        .into_iter()
        .zip(source)
    {
        if present {
            told.long(name, ndr.wide_string("source")?.text());
        }
    }
    for _ in 0..credentials {
        let count = ndr.conformance(2, "credentials")?;
        ndr.characters(count, true, "credentials")?;
    }
    if target == [true, true] {
        told.observed.target_domain = Some(ndr.wide_string("destination")?.text());
        told.observed.target_account = Some(ndr.wide_string("destination")?.text());
    }
    Ok(())
}

/// `DRS_MSG_ADDCLONEDCREQ_V1 { [string] const WCHAR *pwszCloneDCName, *pwszSite }` ([MS-DRSR] 4.1.29.1).
pub(super) fn clone_controller(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    let (name, site) = (ndr.pointer("clone")?, ndr.pointer("site")?);
    if name {
        told.long("clone", ndr.wide_string("clone")?.text());
    }
    if site {
        told.long("site", ndr.wide_string("site")?.text());
    }
    Ok(())
}

/// `DRS_MSG_WRITENGCKEYREQ_V1 { [string] const WCHAR *pwszAccount; DWORD cNgcKey; [size_is(cNgcKey)] UCHAR *pNgcKey }`
/// ([MS-DRSR] 4.1.30.1): a key to log on with.
pub(super) fn write_key(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    let account = ndr.pointer("account")?;
    told.details.set("key_size", ndr.u32("key")?);
    ndr.pointer("key")?;
    if account {
        object(told, ndr.wide_string("account")?.text());
    }
    Ok(())
}

/// `DRS_MSG_READNGCKEYREQ_V1 { [string] const WCHAR *pwszAccount }`.
pub(super) fn read_key(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    if let Some(account) = ndr.wide_argument("account")? {
        object(told, account.text());
    }
    Ok(())
}
